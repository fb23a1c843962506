#!/usr/bin/python3
"""The page of the API description as a reader has it: in Chromium, and its commands in a shell of a bare Debian."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft  # noqa: E402
from browser import Browser, why_missing  # noqa: E402
from client import Client  # noqa: E402

PICTURES = pathlib.Path("/usr/share/backgrounds/mate")
#: What every Debian has, and curl: essential packages alone, so no uuidgen, no jq.
BARE = ["sh", "cat", "cut", "echo", "sed", "grep", "sha256sum", "stat", "wc", "tr", "head", "tail", "date", "curl"]
ADA = "ada@example.org"
CHANGES_THE_ACCOUNT = ("changePassword", "deleteAccount", "completePasswordReset")
ADMINISTRATION = ("disableAccount", "enableAccount", "endSessionsOf")
METHODS = ("get", "post", "put", "patch", "delete")
#: Answers other than the one that is described first, and why.
OTHERWISE = {
    "requestPasswordReset": 403,  # no mails are sent yet: an operator gives tokens out
    "registerAccount": 409,  # the account of the example is there already: it signs in for the rest
}


def status_of(output):
    """The last status line: a large upload is told 100 first."""
    found = re.findall(r"^HTTP/1\.1 (\d{3})", output, re.M)
    return int(found[-1]) if found else None


class DocsCase(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        with Client(cls.vigie.port) as client:
            cls.description = client.get("/api/v1/openapi.json").json
        cls.operations = {item[method]["operationId"]: (method, path, item[method])
                          for path, item in cls.description["paths"].items() for method in METHODS if method in item}

    def open(self, fragment="", **screen):
        self.browser.screen(**screen)
        self.browser.open(f"{self.vigie.url}/api/v1/docs{fragment}")
        self.browser.wait_for("#problems")


class Page(DocsCase):
    def test_has_every_operation_and_every_problem(self):
        self.open()
        ids = self.browser.ids()
        self.assertGreater(len(self.operations), 20)
        self.assertEqual(set(self.operations) - ids, set())
        codes = {code for problem in self.description["x-problems"] for code in [problem["code"]]}
        self.assertEqual(codes - ids, set())
        self.assertEqual(codes, set(self.description["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]))
        linked = set(self.browser.run("return [...document.querySelectorAll('a[href^=\"#\"]')].map((a) => a.hash.slice(1))"))
        self.assertEqual(linked - ids, set(), "links that lead nowhere")
        self.assertNotRegex(" ".join(self.browser.texts("main, nav")), r"\bundefined\b|\bNaN\b|\[object ")

    def test_the_browser_has_nothing_to_say_against_it(self):
        for width, is_dark in ((1280, False), (1280, True), (360, False), (360, True)):
            with self.subTest(width=width, is_dark=is_dark):
                self.open(width=width, is_dark=is_dark)
                self.browser.run("document.querySelectorAll('details').forEach((e) => { e.open = true; })")
                self.assertEqual(self.browser.layout_faults(), [])
                self.assertEqual(self.browser.faults(), [])
                if directory := os.environ.get("VIGIE_PICTURES"):
                    self.browser.picture(f"{directory}/docs-{width}{'-dark' if is_dark else ''}.png")

    def test_what_a_problem_document_names_is_shown(self):
        kind = self.client().get("/api/v1/nothing").json["type"]
        self.assertEqual(kind, "/api/v1/docs#route_not_found")
        self.open("#route_not_found")
        top = self.browser.run("return document.getElementById('route_not_found').getBoundingClientRect().top")
        self.assertTrue(0 <= top <= 1000, top)
        self.assertEqual(self.browser.run("return document.querySelectorAll('.target').length"), 1)

    def test_its_policy_lets_nothing_in(self):
        policy = self.client().get("/api/v1/docs").headers["Content-Security-Policy"]
        self.assertNotRegex(policy, r"unsafe|\*|https?:")
        self.open()
        self.browser.run("const s = document.createElement('script'); s.textContent = 'window.wasRun = true';"
                         "document.body.append(s);"
                         "const d = document.createElement('div'); d.setAttribute('style', 'color: red'); document.body.append(d);")
        self.assertIsNone(self.browser.run("return window.wasRun"))
        self.assertEqual(len(self.browser.run("return window.policyReports")), 2)


class Commands(DocsCase):
    """Each command as printed, in an empty directory with photo.jpeg, with what `Before you begin` says."""

    settings = {"VIGIE_MEDIA_PART_BYTES_MIN": "1024"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls.directory / "desk"
        (cls.desk / "bin").mkdir(parents=True)
        for name in BARE:
            (cls.desk / "bin" / name).symlink_to(shutil.which(name))
        cls.photo = min(PICTURES.rglob("*.jp*g"), key=lambda path: path.stat().st_size)
        shutil.copy(cls.photo, cls.desk / "photo.jpeg")
        cls.browser.open(f"{cls.vigie.url}/api/v1/docs")
        cls.browser.wait_for("#problems")
        cls.printed = dict(cls.browser.run(
            "return [...document.querySelectorAll('article')].map((a) => [a.id, a.querySelector('.try pre').textContent])"))
        cls.begin = cls.browser.run("return document.querySelector('#begin .try pre').textContent")
        first = cls.in_shell(cls.printed["registerAccount"])
        if status_of(first) != 201:
            raise AssertionError(f"a fresh server does not register as printed: {first}")
        cls.postgres.psql("update accounts set role = 'organiser'")

    @classmethod
    def in_shell(cls, script, **variables):
        done = subprocess.run(["/bin/sh", "-c", script], cwd=cls.desk, env={"PATH": str(cls.desk / "bin"), **variables},
                              capture_output=True, text=True, errors="replace", timeout=60)
        return done.stdout + done.stderr

    def signed_in_as_printed(self, role="organiser"):
        """The variables that the printed block sets, and a client with them."""
        self.postgres.psql(f"update accounts set role = '{role}' where email = '{ADA}'")
        told = self.in_shell(self.begin + '\necho "$ACCESS_TOKEN" "$REFRESH_TOKEN"').split()
        self.assertEqual(len(told), 2, told)
        return {"ACCESS_TOKEN": told[0], "REFRESH_TOKEN": told[1]}, self.client(told[0])

    def media_for(self, client, operation):
        content = self.photo.read_bytes()
        made = client.post("/api/v1/media", {"file_name": "photo.jpeg", "type": "image/jpeg", "bytes": len(content)})
        self.assertEqual(made.status, 201, made)
        media = f"/api/v1/media/{made.json['id']}"
        if operation in ("createMedia", "listParts", "writePart", "writeContent"):
            return made.json["id"]
        sent = client.request("PUT", media + "/parts/1", content)
        self.assertEqual(sent.status, 200, sent)
        if operation in ("showPart", "completeUpload"):
            return made.json["id"]
        done = client.post(media + "/complete")
        self.assertEqual(done.status, 202, done)
        if operation == "downloadPreview":
            self.vigie.wait_until(lambda: client.get(media).json["state"] == "ready", "previews", 60)
        if operation == "restoreMedia":
            self.assertEqual(client.delete(media).status, 204)
        return made.json["id"]

    def register_anew(self):
        """After a command that leaves nobody who could sign in as printed. The key of the first time would be answered."""
        self.postgres.psql("delete from idempotency_keys")
        self.vigie.run("user", "delete", ADA, "--yes", check=False)
        self.assertEqual(status_of(self.in_shell(self.printed["registerAccount"])), 201)

    def run_as_printed(self, operation, command):
        variables, client = self.signed_in_as_printed("administrator" if operation in ADMINISTRATION else "organiser")
        if "$ACCOUNT_ID" in command:
            variables["ACCOUNT_ID"], _ = self.new_account()
        if "$RESET_TOKEN" in command:
            variables["RESET_TOKEN"] = self.vigie.run("user", "reset-password", ADA).stdout.strip()
        if "$EVENT_ID" in command:
            event, _ = self.new_event(client, publish=operation == "cancelEvent", **event_draft())
            variables["EVENT_ID"] = event["id"]
        if "$MEDIA_ID" in command:
            variables["MEDIA_ID"] = self.media_for(client, operation)
        return self.in_shell(command, **variables)

    def test_each_runs_as_printed(self):
        self.assertEqual(set(self.printed), set(self.operations))
        for operation, command in self.printed.items():
            with self.subTest(operation):
                self.assertNotRegex(command, r"undefined|[{]\w+[}]\"|uuidgen|\bjq\b")
                output = self.run_as_printed(operation, command)
                wanted = OTHERWISE.get(operation, int(next(iter(self.operations[operation][2]["responses"]))))
                if operation in CHANGES_THE_ACCOUNT:
                    self.register_anew()
                self.assertEqual(status_of(output), wanted, f"{command}\n{output[:2000]}")

    def test_what_is_repeated_with_another_key_happens_twice_and_has_a_key(self):
        variables, client = self.signed_in_as_printed()
        made = [self.in_shell(self.printed["createEvent"], **variables) for _ in range(2)]
        self.assertEqual(len(set(re.findall(r'"id":"([0-9a-f-]{36})"', "".join(made)))), 2)
        echoed = self.printed["createEvent"].replace("curl ", "curl -sv ", 1)
        self.assertRegex(self.in_shell(echoed, **variables), r"> Idempotency-Key: [0-9a-f-]{36}")

    def test_an_upload_arrives_whole(self):
        variables, client = self.signed_in_as_printed()
        made = self.in_shell(self.printed["createMedia"], **variables)
        variables["MEDIA_ID"] = re.search(r'"id":"([0-9a-f-]{36})"', made).group(1)
        self.assertEqual(status_of(self.in_shell(self.printed["writeContent"], **variables)), 202)
        self.in_shell(self.printed["downloadMedia"], **variables)
        self.assertEqual((self.desk / "download").read_bytes(), self.photo.read_bytes())


if __name__ == "__main__":
    if reason := why_missing():
        print(f"SKIPPED: {reason}")
        sys.exit(77)
    unittest.main(verbosity=1)
