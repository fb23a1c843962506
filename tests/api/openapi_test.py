#!/usr/bin/python3
"""The API description, held against the live server by tools nobody here wrote (Redocly, Prism)."""

import contextlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

import npm  # noqa: E402
from api_case import PASSWORD, ROOT, ApiCase, event_draft  # noqa: E402
from client import Client  # noqa: E402
from media_case import digest, sha256  # noqa: E402
from vigie_process import free_port  # noqa: E402

PACKAGES = ["@redocly/cli@2.77", "@stoplight/prism-cli@5.14"]
NODE_MAJOR_MIN = 20
NPM_DIR = ROOT / "build" / "npm-api"


def npm_program(name):
    """The path of a program of PACKAGES, installed once under build/; a reason to skip otherwise."""
    if reason := npm.missing_programs():
        raise unittest.SkipTest(f"SKIPPED: {reason}")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30).stdout
    if int(version.lstrip("v").split(".")[0] or 0) < NODE_MAJOR_MIN:
        raise unittest.SkipTest(f"SKIPPED: {PACKAGES} need Node {NODE_MAJOR_MIN}, this is {version.strip()}")
    if reason := npm.why_missing(NPM_DIR, PACKAGES):
        raise unittest.SkipTest(f"SKIPPED: {PACKAGES}: {reason}")
    return NPM_DIR / "node_modules" / ".bin" / name


class Description(ApiCase):
    def test_what_is_served_is_what_the_binary_describes(self):
        served = self.client().get("/api/v1/openapi.json")
        self.assertEqual(served.status, 200)
        self.assertEqual(served.json, json.loads(self.vigie.run("describe", "--openapi").stdout))
        self.assertTrue(served.json["openapi"].startswith("3.1"))

    def test_a_page_to_browse_it_is_served(self):
        page = self.client().get("/api/v1/docs", accept="text/html")
        self.assertEqual(page.status, 200)
        self.assertIn("text/html", page.headers["Content-Type"])
        self.assertNotRegex(page.body.decode(), r'(src|href)="https?://')

    def test_redocly_finds_no_fault(self):
        program = npm_program("redocly")
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "openapi.json"
            path.write_bytes(self.client().get("/api/v1/openapi.json").body)
            linted = subprocess.run([program, "lint", str(path), "--format=stylish"], capture_output=True, text=True,
                                    timeout=90, cwd=directory)
        self.assertEqual(linted.returncode, 0, linted.stdout + linted.stderr)


class Tour(ApiCase):
    """Every operation and its commonest refusals, sent through Prism, which compares each request and
    answer with the description and says so in the header sl-violations."""

    settings = {"VIGIE_MEDIA_PART_BYTES_MIN": "1024", "VIGIE_MEDIA_QUOTA_BYTES": "1000000"}

    @classmethod
    def setUpClass(cls):
        program = npm_program("prism")
        super().setUpClass()
        description = cls.directory / "openapi.json"
        with Client(cls.vigie.port) as client:
            description.write_bytes(client.get("/api/v1/openapi.json").body)
        cls.prism_port = free_port()
        cls.prism_log = cls.directory / "prism.log"
        with open(cls.prism_log, "wb") as log:
            cls.prism = subprocess.Popen([program, "proxy", str(description), cls.vigie.url, "--port",
                                          str(cls.prism_port), "--host", "127.0.0.1"], stdout=log, stderr=log)
        cls.addClassCleanup(cls.prism.wait)
        cls.addClassCleanup(cls.prism.terminate)
        cls.vigie.wait_until(lambda: "is listening" in cls.prism_log.read_text(), "Prism", 120)

    def through_prism(self, token=None):
        client = Client(self.prism_port, token)
        self.addCleanup(client.close)
        return client

    def assert_described(self, answer, status):
        """Prism found nothing in the answer; what it finds in a request is what we sent wrong on purpose."""
        self.assertEqual(answer.status, status, answer)
        violations = json.loads(answer.headers.get("sl-violations", "[]"))
        self.assertEqual([v for v in violations if v["location"][0] == "response"], [], answer)

    def test_every_operation_answers_as_described(self):
        seen, located = set(), set()

        def call(client, method, path, status, body=None, **headers):
            answer = client.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
            self.assert_described(answer, status)
            operation = (method.lower(), re.sub(r"/[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/parts)/\d+|(?<=/previews)/[^/]+", "/{id}",
                                                path.split("?")[0]))
            seen.add(operation)
            if status in (201, 202) and "Location" in answer.headers:
                located.add(operation)
            return answer
        anyone = self.through_prism()
        account = {"email": "tour@example.org", "display_name": "Tour", "password": PASSWORD}
        call(anyone, "POST", "/api/v1/accounts", 201, account)
        call(anyone, "POST", "/api/v1/accounts", 409, account)
        call(anyone, "POST", "/api/v1/accounts", 422, account | {"email": "x"})
        call(anyone, "POST", "/api/v1/auth/login", 401, {"email": "tour@example.org", "password": "x" * 12})
        pair = call(anyone, "POST", "/api/v1/auth/login", 200, {"email": "tour@example.org", "password": PASSWORD}).json
        user = self.through_prism(pair["access_token"])
        call(user, "GET", "/api/v1/accounts/me", 200)
        call(anyone, "GET", "/api/v1/accounts/me", 401)
        pair = call(anyone, "POST", "/api/v1/auth/refresh", 200, {"refresh_token": pair["refresh_token"]}).json
        call(anyone, "POST", "/api/v1/auth/logout", 204, {"refresh_token": pair["refresh_token"]})
        user = self.through_prism(self.login("tour@example.org")["access_token"])  # signing out has ended the other
        self.tour_of_accounts(call, anyone)
        call(anyone, "GET", "/.well-known/jwks.json", 200)
        owner = self.through_prism(self.signed_in("organiser").token)
        made = call(owner, "POST", "/api/v1/events", 201, event_draft(), idempotency_key="tour")
        call(owner, "POST", "/api/v1/events", 422, event_draft(title="other"), idempotency_key="tour")
        call(user, "POST", "/api/v1/events", 403, event_draft())
        call(owner, "POST", "/api/v1/events", 422, event_draft(capacity=0))
        path = f"/api/v1/events/{made.json['id']}"
        etag = call(owner, "GET", path, 200).headers["ETag"]
        call(owner, "GET", path, 304, if_none_match=etag)
        call(anyone, "GET", path, 404)
        call(owner, "PATCH", path, 428, {"title": "New"})
        etag = call(owner, "PATCH", path, 200, {"title": "New"}, if_match=etag).headers["ETag"]
        call(owner, "PATCH", path, 412, {"title": "Newer"}, if_match='"1"')
        call(owner, "POST", path + "/publish", 200)
        call(owner, "POST", path + "/publish", 409)
        call(anyone, "GET", "/api/v1/events", 200)
        call(anyone, "GET", "/api/v1/events?limit=1&sort=-created_at&category=concert&tag=music", 200)
        call(anyone, "GET", "/api/v1/events?cursor=tampered", 400)
        self.tour_of_media(call, anyone, owner, made.json["id"])
        etag = call(owner, "POST", path + "/cancel", 200).headers["ETag"]
        call(owner, "DELETE", path, 204, if_match=etag)
        call(anyone, "GET", "/", 200)
        call(anyone, "GET", "/api/v1/openapi.json", 200)
        call(anyone, "GET", "/api/v1/docs", 200)
        with contextlib.suppress(KeyError):
            seen |= {("get", "/livez")} if self.through_prism().get("/livez").status == 200 else set()
        described = self.client().get("/api/v1/openapi.json").json["paths"]
        operations = {(method, re.sub(r"\{\w+\}", "{id}", path)): answers.get("responses", {}) for path, item in described.items()
                      for method, answers in item.items() if method in ("get", "post", "patch", "put", "delete")}
        self.assertEqual(set(operations) - seen, set(), "operations without a call")
        self.assertEqual({operation for operation, responses in operations.items() for status in ("201", "202")
                          if "Location" in responses.get(status, {}).get("headers", {})}, located, "described, and answered")

    def tour_of_accounts(self, call, anyone):
        account_id, email = self.new_account()
        user = self.through_prism(self.login(email)["access_token"])
        administrator = self.through_prism(self.signed_in("administrator").token)
        own, others = "/api/v1/accounts/me", f"/api/v1/accounts/{account_id}"
        new = "four other words than these"
        call(user, "POST", own + "/password", 403, {"current_password": "wrong", "new_password": new})
        call(user, "POST", own + "/password", 422, {"current_password": PASSWORD, "new_password": "short"})
        call(user, "POST", own + "/password", 204, {"current_password": PASSWORD, "new_password": new})
        call(anyone, "POST", own + "/password", 401, {"current_password": new, "new_password": PASSWORD})
        for verb in ("end-sessions", "disable", "enable"):
            call(administrator, "POST", f"{others}/{verb}", 204)
            call(anyone, "POST", f"{others}/{verb}", 401)
        call(administrator, "POST", "/api/v1/accounts/0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d/disable", 404)
        call(anyone, "POST", "/api/v1/auth/password-resets", 403, {"email": email})
        token = self.vigie.run("user", "reset-password", email).stdout.strip()
        call(anyone, "POST", "/api/v1/auth/password-resets/complete", 422, {"token": token + "x", "new_password": PASSWORD})
        call(anyone, "POST", "/api/v1/auth/password-resets/complete", 204, {"token": token, "new_password": PASSWORD})
        user = self.through_prism(self.login(email)["access_token"])
        call(user, "POST", f"/api/v1/accounts/{account_id}/disable", 403)
        call(user, "DELETE", own + "/sessions", 204)
        user = self.through_prism(self.login(email)["access_token"])
        call(user, "POST", own + "/delete", 403, {"password": "wrong"})
        call(user, "POST", own + "/delete", 204, {"password": PASSWORD})

    def tour_of_media(self, call, anyone, owner, event_id):
        content = b"%PDF-1.7\n" + b"ASCII, since Prism takes bytes for text.\n" * 71  # 2,920 bytes
        wanted = {"file_name": "Kai.pdf", "type": "application/pdf", "bytes": len(content), "event_id": event_id,
                  "sha256": sha256(content), "part_bytes": 1024}
        call(owner, "POST", "/api/v1/media", 422, wanted | {"type": "text/html"})
        call(owner, "POST", "/api/v1/media", 413, wanted | {"bytes": 10**6 + 1})
        made = call(owner, "POST", "/api/v1/media", 201, wanted).json
        media = f"/api/v1/media/{made['id']}"

        def put(path, status, body, **headers):
            return call(owner, "PUT", path, status, body, content_type="application/octet-stream", **headers)

        first = content[:1024]
        put(media + "/parts/1", 422, first, content_digest=digest(b"other"))
        put(media + "/parts/1", 200, first, content_digest=digest(first))
        call(owner, "GET", media + "/parts/1", 200)
        call(owner, "GET", media + "/parts/2", 404)
        call(owner, "GET", media + "/parts", 200)
        call(owner, "POST", media + "/complete", 409)
        put(media + "/content", 202, content)
        call(owner, "POST", media + "/complete", 202)
        put(media + "/parts/1", 409, first)
        call(anyone, "GET", media, 200)
        call(anyone, "GET", "/api/v1/media", 401)
        call(anyone, "GET", f"/api/v1/media?event_id={event_id}&limit=5", 200)
        etag = call(anyone, "GET", media + "/content", 200).headers["ETag"]
        call(anyone, "GET", media + "/content", 206, range="bytes=0-9")
        call(anyone, "GET", media + "/content", 206, range="bytes=0-9,20-29")
        call(anyone, "GET", media + "/content", 304, if_none_match=etag)
        call(anyone, "GET", media + "/content", 416, range="bytes=5000-")
        call(anyone, "GET", media + "/previews/small.webp", 404)
        call(anyone, "DELETE", media, 401)
        call(owner, "DELETE", media, 204)
        call(anyone, "GET", media, 404)
        call(owner, "POST", media + "/restore", 200)
        call(owner, "POST", media + "/restore", 409)


if __name__ == "__main__":
    unittest.main(verbosity=1)
