#!/usr/bin/python3
"""Secrets sent through every route, query, header and error path are in nothing that Vigie tells of itself.

What may be told of a request: docs/telemetry-privacy.md."""

import base64
import gzip
import json
import pathlib
import re
import sys
import unittest
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase, event_draft  # noqa: E402
from canaries import Canaries  # noqa: E402
from client import RawConnection  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402
from spool_files import requests_in  # noqa: E402
from vigie_process import free_port  # noqa: E402

HEADERS = ("Authorization: Bearer {0}", "Authorization: Basic {1}", "Authorization: {0}", "Cookie: session={0}", "User-Agent: {0}/1.0",
           "User-Agent: Mozilla/5.0 ({0})", "Referer: http://x/{0}", "Accept: {0}", "Accept: application/{0}", "Content-Type: {0}/{0}",
           "Content-Type: application/json; charset={0}", "Content-Encoding: {0}", "Idempotency-Key: {0}", "If-Match: \"{0}\"",
           "If-None-Match: {0}", "X-Correlation-ID: not valid {0}", "traceparent: {0}", "baggage: a={0}", "X-Forwarded-For: {0}",
           "Forwarded: for={0}", "X-{0}: 1", "Origin: {0}", "Expect: {0}", "X-Vigie-Debug: {0}", "Range: {0}", "Host: {0}")
QUERIES = ("?token={0}", "?{0}", "?limit={0}", "?cursor={0}", "?sort={0}", "?category={0}", "?q={0}", "?status={0}&from={0}&to={0}", "#{0}")
BODIES = ('{{"email": "{0}", "password": "{0}", "display_name": "{0}"}}', '{{"refresh_token": "{0}"}}', '{{"{0}": 1}}', '{{"title": "{0}',
          '"{0}"', "{0}", '{{"title": "{0}", "price": {{"amount_minor": "{0}"}}, "status": "{0}"}}', '{{"email": "x\\u0000{0}"}}')
# What net refuses, or a route that does not exist.
MALFORMED = ("{0} / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /{0} HTTP/9.9\r\nHost: x\r\n\r\n", "GET /{0}\r\n\r\n", "GET /{0} HTTP/1.1\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: x\r\n{0} : 1\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: {0}\x00\r\n\r\n",
             "GET /%zz{0} HTTP/1.1\r\nHost: x\r\n\r\n", "GET /" + "{0}" * 400 + " HTTP/1.1\r\nHost: x\r\n\r\n",
             "GET / HTTP/1.1\r\nHost: x\r\nX: " + "{0}" * 1600 + "\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {0}\r\n\r\n",
             "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {0}\r\n\r\n", "GET http://{0}@x/{0} HTTP/1.1\r\nHost: x\r\n\r\n",
             "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{0}\r\n", "\x16\x03{0}\r\n\r\n",
             "CONNECT {0}:443 HTTP/1.1\r\nHost: {0}\r\n\r\n", "GET /reset/{0} HTTP/1.1\r\nHost: x\r\n\r\n",
             "GET /api/v1/events/{0} HTTP/1.1\r\nHost: x\r\n\r\n", "DELETE /api/v1/events/{0}/publish HTTP/1.1\r\nHost: x\r\n\r\n")
DEBUG_ROUTES = ("/metrics", "/healthz", "/readyz", "/admin/log-level", "/debug/ledger", "/debug/sampling", "/debug/traces", "/debug/traces?limit=1000",
                "/debug/logs", "/debug/logs?level=debug&limit=1000", "/debug/bundle")
TRACE_ID = re.compile(rb"\b[0-9a-f]{32}\b")


class Privacy(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.canaries = Canaries()
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50", "VIGIE_LOG_LEVEL": "debug",
                        "VIGIE_HTTP_HEADER_BYTES_MAX": "16384",
                        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{cls.canaries.by_kind['bearer token']}"}
        super().setUpClass()

    def setUp(self):
        self.connections = {}  # by port
        self.routes_told = 0
        self.addCleanup(lambda: [connection.close() for connection in self.connections.values() if connection])

    def raw(self, text, vigie=None):
        """Sends exact bytes on a kept connection; whatever the answer is, or that there is none, is not this test's matter."""
        port = (vigie or self.vigie).port
        connection = self.connections.get(port) or RawConnection(port, timeout_s=1)
        self.connections[port] = None
        try:
            connection.send(text.encode("latin-1"))
            if connection.read_answer().headers.get("Connection") != "close" and not connection.buffer:
                self.connections[port] = connection
                return
        except (OSError, ValueError):
            pass
        connection.close()

    def routes(self):
        rows = [line.split()[:2] for line in self.vigie.run("describe", "--routes").stdout.splitlines()]
        self.assertGreater(len(rows), 15)
        return [row for row in rows if row[1].startswith("/")]

    def through_every_route(self, secret, vigie=None):
        encoded = base64.b64encode(secret.encode()).decode()
        for method, pattern in self.routes():
            path = pattern.replace("{id}", secret)
            known = pattern.replace("{id}", str(uuid.uuid4()))
            for target in (path, *(known + query.format(secret) for query in QUERIES)):
                self.raw(f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n", vigie)
            for header in HEADERS:
                self.raw(f"{method} {known} HTTP/1.1\r\nHost: x\r\n{header.format(secret, encoded)}\r\n\r\n", vigie)
            for body in BODIES if method in ("POST", "PATCH") else ():
                content = body.format(secret)
                kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
                self.raw(f"{method} {known} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nIdempotency-Key: {secret}\r\n"
                         f"Content-Length: {len(content)}\r\n\r\n{content}", vigie)
        for text in MALFORMED:
            self.raw(text.format(secret), vigie)

    def as_clients_do(self):
        """Real secrets, used as they should be, and the tokens that are answered."""
        client = self.client()
        mail, password = self.canaries.by_kind["mail address"], self.canaries.by_kind["password"]
        account = {"email": mail, "display_name": self.canaries.by_kind["card number"], "password": password}
        for _ in range(2):
            client.post("/api/v1/accounts", account, Idempotency_Key=self.canaries.by_kind["Idempotency-Key"])
        client.post("/api/v1/auth/login", {"email": mail, "password": PASSWORD})
        pair = client.post("/api/v1/auth/login", {"email": mail, "password": password}).json
        self.canaries.add("access token", pair["access_token"].rsplit(".", 1)[1])
        self.canaries.add("issued refresh token", pair["refresh_token"])
        for _ in range(3):  # the second use revokes the family
            client.post("/api/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})
        client.post("/api/v1/auth/logout", {"refresh_token": pair["refresh_token"]})
        client.token = pair["access_token"]
        client.get("/api/v1/accounts/me")
        organiser = self.signed_in("organiser")
        event, _ = self.new_event(organiser, title=self.canaries.by_kind["card number"], description=mail)
        organiser.patch(f"/api/v1/events/{event['id']}", event_draft(title=password), If_Match="*")
        self.uploads(organiser, mail, password)

    def uploads(self, organiser, mail, password):
        """Names, types and contents of media are clients' words too."""
        content = b"\x89PNG\r\n\x1a\n" + password.encode() * 20
        wanted = {"file_name": mail, "type": "image/png", "bytes": len(content)}
        organiser.post("/api/v1/media", wanted | {"type": password})
        for text in (content, content + b"x", password.encode() * 20):
            made = organiser.post("/api/v1/media", wanted | {"bytes": len(text)}).json
            path = f"/api/v1/media/{made['id']}"
            organiser.request("PUT", path + "/parts/1", text, {"Content-Digest": password})
            organiser.request("PUT", path + "/parts/1", content)
            organiser.request("PUT", path + "/content", text)
            organiser.request("GET", path + "/content", headers={"Range": password, "If-Range": mail})
            organiser.request("GET", f"{path}/previews/{password}")
            organiser.delete(path)

    def wait_until_told(self, vigie):
        """A last request; its log line and span come after all others."""
        last = uuid.uuid4().hex
        self.raw(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nX-Correlation-ID: {last}\r\n\r\n", vigie)
        return vigie.wait_for_log(lambda line: line.get("correlation_id") == last and line["event"] == "http.request")["trace_id"]

    def told_by_admin(self, vigie):
        """(route, text) of every admin route that tells of requests; /debug/traces with each of its traces."""
        for route in DEBUG_ROUTES:
            status, text = self.binary(vigie, route)
            if status == 404:
                continue
            yield route, text
            self.routes_told += 1
            if route.startswith("/debug/traces"):
                for trace_id in sorted(set(TRACE_ID.findall(text)))[:200]:
                    self.routes_told += 1
                    yield "/debug/traces/{id}", self.binary(vigie, f"/debug/traces/{trace_id.decode()}")[1]

    @staticmethod
    def binary(vigie, route):
        try:
            with urllib.request.urlopen(vigie.admin_url + route, timeout=10) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        return 200, body

    def test_no_secret_is_told(self):
        self.as_clients_do()
        for secret in list(self.canaries):
            if len(secret) < 60:
                self.through_every_route(secret)
                for route in DEBUG_ROUTES:
                    self.binary(self.vigie, route.split("?")[0] + f"/{secret}?{secret}={secret}")
        trace_id = self.wait_until_told(self.vigie)
        self.vigie.wait_until(lambda: self.receiver.of_trace(trace_id), "the last span")
        found = []
        for line in self.vigie.log.read_text(errors="replace").splitlines():
            found += self.canaries.found_in("log: " + line, line)
        for span in self.receiver.spans:
            found += self.canaries.found_in(f"span: {span}", json.dumps(span))
        for body in self.receiver.bodies:
            found += self.canaries.found_in("OTLP request", body)
        for route, text in self.told_by_admin(self.vigie):
            found += self.canaries.found_in(route, text)
        found += self.canaries.found_in("standard error", (self.directory / "vigie.stderr").read_bytes())
        self.assertGreater(len(self.receiver.spans), 1000)
        self.assertGreater(self.routes_told, 50)
        self.assertEqual(found[:10], [], f"{len(found)} leaks")

    def test_no_secret_waits_on_disk(self):
        spool = self.directory / "spool"
        vigie = self.new_vigie(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}", OTEL_BSP_SCHEDULE_DELAY="50",
                               VIGIE_TELEMETRY_SPOOL_DIRECTORY=str(spool)).start()
        self.addCleanup(vigie.stop)
        for kind in ("password", "mail address"):
            self.through_every_route(self.canaries.by_kind[kind], vigie)
        vigie.wait_until(lambda: vigie.metrics()['vigie_telemetry_spooled_records{signal="traces"}'] > 100, "spooled spans")
        vigie.stop()
        requests = [request for file in spool.rglob("*.spool") for request in requests_in(file.read_bytes())]
        self.assertGreater(sum(map(len, requests)), 10_000)
        self.assertEqual([leak for request in requests for leak in self.canaries.found_in("spool", request)], [])

    def test_no_secret_is_in_log_records_that_are_exported(self):
        receiver = OtlpReceiver()
        self.addCleanup(receiver.close)
        vigie = self.new_vigie(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint, OTEL_LOGS_EXPORTER="otlp", OTEL_BLRP_SCHEDULE_DELAY="50").start()
        for kind in ("password", "card number"):
            self.through_every_route(self.canaries.by_kind[kind], vigie)
        vigie.stop()
        self.assertEqual(vigie.log.read_bytes(), b"")
        self.assertGreater(sum(body.count(b"request answered") for body in receiver.log_requests), 500)
        self.assertEqual([leak for body in receiver.log_requests for leak in self.canaries.found_in("log request", body)], [])

    def test_no_secret_of_the_configuration_is_told(self):
        password, token = self.canaries.by_kind["password"], self.canaries.by_kind["bearer token"]
        vigie = self.new_vigie(DATABASE_URL=f"postgresql://vigie:{password}@127.0.0.1:{free_port()}/vigie", VIGIE_LOG_LEVEL="debug",
                               OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{free_port()}", OTEL_BSP_SCHEDULE_DELAY="50",
                               OTEL_EXPORTER_OTLP_HEADERS=f"authorization={token}").start(wait_until_ready=False)
        self.addCleanup(vigie.stop)
        self.canaries.add("servers' secret", (self.directory / "secret").read_bytes().hex())
        vigie.wait_for_log(lambda line: line["event"] == "db.unavailable")
        self.raw("GET /api/v1/events HTTP/1.1\r\nHost: x\r\n\r\n", vigie)
        vigie.wait_for_log(lambda line: line["event"] == "telemetry.export_failed")
        told = [("log", vigie.log.read_bytes()), ("standard error", (self.directory / "vigie.stderr").read_bytes()), *self.told_by_admin(vigie)]
        self.assertEqual([leak for place, text in told for leak in self.canaries.found_in(place, text)], [])
        refused = self.new_vigie(OTEL_EXPORTER_OTLP_HEADERS=f"authorization {token}", DATABASE_URL=f"postgresql://x:{password}@[bad").run("serve", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertEqual(self.canaries.found_in("refused start", refused.stdout + refused.stderr), [])

    def test_the_search_finds_what_is_planted(self):
        canaries = Canaries()
        password, mail = canaries.by_kind["password"], canaries.by_kind["mail address"]
        for text in (password, password.upper(), f'{{"url.path": "/reset/{password}"}}', password[:20], f"/x?mail={mail.replace('@', '%40')}",
                     base64.b64encode(f"user:{password}".encode()), base64.b64encode(f"a:{password}".encode()), password.encode().hex()):
            self.assertTrue(canaries.found_in("here", text), text)
        self.assertEqual(canaries.found_in("here", canaries.by_kind["card number"]), [("card number", "here")])
        self.assertEqual(canaries.found_in("here", "nothing"), [])

    def test_the_search_finds_what_a_request_may_plant(self):
        """A correlation id is the caller's to choose, and told: so a planted one is found in log and span alike."""
        canaries = Canaries()
        planted = canaries.by_kind["password"]
        trace_id = self.client().get("/api/v1/nothing", X_Correlation_ID=planted).json["trace_id"]
        self.vigie.wait_until(lambda: self.receiver.of_trace(trace_id), "the span")
        self.vigie.wait_for_log(lambda line: canaries.found_in("log", json.dumps(line)))
        self.assertTrue(any(canaries.found_in("span", body) for body in self.receiver.bodies))


if __name__ == "__main__":
    unittest.main(verbosity=1)
