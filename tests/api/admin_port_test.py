#!/usr/bin/python3
"""Who may use the admin port: an operator, and not whatever page his browser happens to show. Asked with curl as programs do,
and from a page of another origin in Chromium."""

import base64
import collections
import http.server
import json
import pathlib
import re
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from browser import Browser  # noqa: E402
from client import RawConnection  # noqa: E402

TOKEN = "0123456789abcdef-token"
PATHS = ("/", "/admin", "/debug", "/metrics", "/healthz", "/admin/log-level", "/admin/jobs", "/debug/traces", "/debug/logs",
         "/debug/ledger", "/debug/sampling", "/debug/bundle", "/nothing")
CHANGES = (("PUT", "/admin/log-level", '{"level": "info"}'), ("PUT", "/debug/sampling", '{"ratio": 1}'),
           ("POST", "/admin/jobs/retry?all=true", ""), ("POST", "/admin/jobs/discard?all=true", ""))
#: What a foreign page can send without being asked for leave.
SIMPLE_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain;charset=UTF-8")


class AdminPortCase(ApiCase):
    def curl(self, path, *arguments, vigie=None):
        """(status, document of a problem or text)."""
        done = subprocess.run(["curl", "-s", "-m", "10", "-w", "\n%{http_code}", *arguments, (vigie or self.vigie).admin_url + path],
                              capture_output=True, timeout=20)
        text, _, status = done.stdout.rpartition(b"\n")
        return int(status), text.decode(errors="replace")

    def assert_refused(self, status, code, path, *arguments, vigie=None):
        said, text = self.curl(path, *arguments, vigie=vigie)
        self.assertEqual(said, status, f"{path} {arguments}: {text}")
        problem = json.loads(text)
        self.assertEqual((problem["code"], problem["status"]), (code, status), f"{path} {arguments}")


class Loopback(AdminPortCase):
    def test_only_its_own_names_are_answered(self):
        port = self.vigie.admin_port
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "localhost.", f"192.0.2.7:{port}", "0.0.0.0",
                     "localhost.evil.example", "evil.example:80"):
            for path in (*PATHS, "/livez", "/readyz"):
                self.assert_refused(421, "misdirected_request", path, "-H", f"Host: {host}")
            for method, path, body in CHANGES:
                self.assert_refused(421, "misdirected_request", path, "-X", method, "-d", body, "-H", "Content-Type: application/json",
                                    "-H", f"Host: {host}")
        for host in ("localhost", f"LOCALHOST:{port}", "[::1]:80", "127.0.0.1:12345", "127.0.0.1"):
            self.assertEqual(self.curl("/healthz", "-H", f"Host: {host}")[0], 200, host)

    def test_a_name_in_the_target_counts_before_host(self):
        with RawConnection(self.vigie.admin_port) as connection:
            connection.send(f"GET http://evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1:{self.vigie.admin_port}\r\nConnection: close\r\n\r\n")
            self.assertEqual(connection.read_answer().status, 421)

    def test_a_health_check_may_have_no_host(self):
        """As compose.yaml and the image ask; no browser can."""
        for path, status in (("/livez", 200), ("/readyz", 200), ("/healthz", 421), ("/metrics", 421)):
            with RawConnection(self.vigie.admin_port) as connection:
                connection.send(f"GET {path} HTTP/1.0\r\n\r\n")
                self.assertEqual(connection.read_answer().status, status, path)

    def test_another_page_is_refused_whatever_it_sends(self):
        foreign = [("Origin: http://evil.example",), ("Origin: null",), ("Origin: http://127.0.0.1:1",), ("Origin: file://",),
                   ("Sec-Fetch-Site: cross-site",), ("Sec-Fetch-Site: same-site",), ("Sec-Fetch-Site: anything",),
                   ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"),
                   ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"),
                   (f"Origin: http://127.0.0.1:{self.vigie.admin_port}", "Origin: http://evil.example"),
                   (f"Origin: http://127.0.0.1:{self.vigie.admin_port}.evil.example",), (f"Origin: ftp://127.0.0.1:{self.vigie.admin_port}",)]
        for headers in foreign:
            given = [part for header in headers for part in ("-H", header)]
            for path in PATHS:
                self.assert_refused(403, "foreign_page", path, *given)
            for method, path, body in CHANGES:
                for kind in ("application/json", *SIMPLE_TYPES):
                    self.assert_refused(403, "foreign_page", path, "-X", method, "-d", body, "-H", f"Content-Type: {kind}", *given)
            self.assert_refused(403, "foreign_page", "/admin/log-level", "-X", "OPTIONS", *given)
        navigation = ["-H", "Sec-Fetch-Site: cross-site", "-H", "Sec-Fetch-Mode: navigate", "-H", "Sec-Fetch-Dest: document"]
        self.assertEqual(self.curl("/debug/ledger", *navigation)[0], 200, "a link from a chat is followed")
        for method, path, body in CHANGES:
            self.assert_refused(403, "foreign_page", path, "-X", method, "-d", body, "-H", "Content-Type: application/json", *navigation)
        own = ["-H", f"Origin: {self.vigie.admin_url}", "-H", "Sec-Fetch-Site: same-origin"]
        self.assertEqual(self.curl("/admin/log-level", "-X", "PUT", "-d", '{"level": "info"}', "-H", "Content-Type: application/json", *own)[0], 200)

    def test_a_change_is_json(self):
        before = self.vigie.admin("/admin/log-level")[1]
        for method, path, body in CHANGES:
            for kind in (*SIMPLE_TYPES, "application/jsonx", "application/json, text/plain", ""):
                # A header without a value is not sent by curl at all.
                self.assert_refused(415, "unsupported_media_type", path, "-X", method, "-d", body, "-H", f"Content-Type: {kind}".rstrip())
            self.assert_refused(415, "unsupported_media_type", path, "-X", method, "-d", body, "-H", "Content-Type: application/json",
                                "-H", "Content-Type: text/plain")
            self.assertEqual(self.curl(path, "-X", method, *(["-d", body] if body else []), "-H", "Content-Type: application/json")[0], 200, path)
        self.assertEqual(self.vigie.admin("/admin/log-level")[1], before)

    def test_to_read_changes_nothing(self):
        """Each GET that the port has, and what it tells of itself before and after."""
        def told():
            return [self.vigie.admin(path)[1] for path in ("/admin/log-level", "/debug/sampling", "/admin/jobs?state=failed")]
        before = told()
        for path in (*PATHS, "/readyz", "/admin/jobs/retry?all=true", "/admin/jobs/discard?all=true"):
            self.curl(path)
        self.assertEqual(told(), before)
        self.assertEqual([self.vigie.admin(path)[0] for path in ("/admin/jobs/retry?all=true", "/admin/jobs/discard?all=true")], [405, 405])

    def test_what_it_refuses_is_counted_and_told(self):
        def is_told():
            """One refusal of a code and an address is told a second."""
            self.assert_refused(421, "misdirected_request", "/debug/ledger", "-H", "Host: evil.example")
            return [line for line in self.vigie.log_lines() if line.get("vigie.error.code") == "misdirected_request"
                    and line["http.route"] == "/debug/ledger" and line["http.response.status_code"] == 421]
        self.vigie.wait_until(is_told, "line of a refusal")
        series = [name for name in self.vigie.metrics() if 'http_response_status_code="421"' in name and "_count{" in name]
        self.assertTrue(series)


class Browsers(AdminPortCase):
    """Everything that a page can try against a port of the machine that shows it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

        class Evil(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>evil</title><iframe name=hole></iframe>")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Evil)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        cls.evil = f"http://localhost:{server.server_port}/"

    def tried(self, script):
        self.browser.open(self.evil)
        return self.browser.driver.execute_async_script(f"const admin = {json.dumps(self.vigie.admin_url)};"
                                                        "const done = arguments[arguments.length - 1];" + script)

    def requests(self):
        """How many came, by method, route and status: a line for each there is not."""
        found = collections.Counter()
        for series, value in self.vigie.metrics().items():
            name, _, labels = series.partition("{")
            if name == "http_server_request_duration_seconds_count":
                of = dict(re.findall(r'(\w+)="([^"]*)"', labels))
                found[of["http_request_method"], of["http_route"], int(of["http_response_status_code"])] += int(value)
        return found

    def requests_since(self, before):
        """But for those by which this test looks."""
        return {key: count for key, count in (self.requests() - before).items()
                if key not in (("GET", "/metrics", 200), ("GET", "/admin/log-level", 200))}

    def test_no_page_changes_anything(self):
        before, came_before = self.vigie.admin("/admin/log-level")[1], self.requests()
        self.tried("""
          const bodies = [['PUT', '/admin/log-level', '{"level":"off"}'], ['POST', '/admin/jobs/discard?all=true', ''],
                          ['POST', '/admin/jobs/discard?all=true', undefined], ['POST', '/admin/jobs/retry?all=true', '{}']];
          const all = bodies.flatMap(([method, path, body]) => ['text/plain', 'application/json', null].flatMap((type) =>
            ['no-cors', 'cors'].map((mode) => fetch(admin + path, {method, mode, body, headers: type ? {'Content-Type': type} : {}}).catch(() => 0))));
          Promise.all(all).then(() => done(1));""")
        self.tried("""
          const form = document.createElement('form');
          form.method = 'post'; form.enctype = 'text/plain'; form.target = 'hole'; form.action = admin + '/admin/jobs/discard?all=true';
          document.body.append(form); form.submit(); setTimeout(() => done(1), 1000);""")
        self.tried("navigator.sendBeacon(admin + '/admin/jobs/discard?all=true', ''); setTimeout(() => done(1), 1000);")
        self.assertEqual(self.vigie.admin("/admin/log-level")[1], before)
        self.vigie.wait_until(lambda: sum(self.requests_since(came_before).values()) >= 4, "what it tried")
        came = self.requests_since(came_before)
        self.assertEqual({status for _, _, status in came}, {403}, came)
        self.assertEqual([line for line in self.vigie.log_lines() if line["event"] in ("jobs.retried", "jobs.discarded", "config.changed")], [])

    def test_no_page_reads_anything(self):
        came_before = self.requests()
        read = self.tried("""
          const paths = ['/metrics', '/debug/bundle', '/debug/logs', '/admin/jobs', '/livez'];
          Promise.all(paths.flatMap((path) => ['cors', 'no-cors'].map((mode) => fetch(admin + path, {mode}).then((a) => a.text()).catch(() => ''))))
            .then((texts) => done(texts.join('')));""")
        self.assertEqual(read, "")
        loaded = self.tried("""
          const kinds = [['img', 'src'], ['script', 'src'], ['iframe', 'src'], ['object', 'data'], ['embed', 'src'], ['video', 'src']];
          for (const [name, attribute] of kinds) { const e = document.createElement(name); e[attribute] = admin + '/debug/ledger'; document.body.append(e); }
          setTimeout(() => { let seen = 0; for (const f of document.querySelectorAll('iframe')) { try { seen += f.contentDocument.body.textContent.length; } catch (e) {} } done(seen); }, 1500);""")
        self.assertEqual(loaded, 0)
        statuses = {status for _, route, status in self.requests_since(came_before) if route == "/debug/ledger"}
        self.assertEqual(statuses, {403})

    def test_a_link_is_followed(self):
        self.browser.open(self.evil)
        self.browser.run("const a = document.createElement('a'); a.href = arguments[0]; a.textContent = 'x'; document.body.append(a); a.click();",
                         self.vigie.admin_url + "/debug/ledger")
        self.browser.wait_for("nav")
        self.assertIn("signals", self.browser.texts("body")[0])


class BeyondLoopback(AdminPortCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.directory / "admin_token").write_text(TOKEN + "\n")
        cls.far = cls.new_vigie(VIGIE_ADMIN_ADDRESS="0.0.0.0", VIGIE_ADMIN_TOKEN_FILE=str(cls.directory / "admin_token"),
                                VIGIE_ADMIN_HOSTS="vigie-1,vigie.example:9464").start()
        cls.addClassCleanup(lambda: cls.far.stop())

    def test_without_a_token_it_does_not_start(self):
        for command in ("serve", "worker"):
            for settings, part in [({}, "VIGIE_ADMIN_TOKEN_FILE must be set"), ({"VIGIE_ADMIN_TOKEN": "short"}, "VIGIE_ADMIN_TOKEN must hold 16"),
                                   ({"VIGIE_ADMIN_TOKEN_FILE": "/nowhere"}, "cannot read /nowhere"),
                                   ({"VIGIE_ADMIN_TOKEN_FILE": "/dev/null"}, "VIGIE_ADMIN_TOKEN_FILE must hold 16")]:
                vigie = self.new_vigie(VIGIE_ADMIN_ADDRESS="0.0.0.0", **settings)
                done = vigie.run(command, check=False)
                self.assertNotEqual(done.returncode, 0, settings)
                self.assertIn(part, done.stderr, f"{command} {settings}")

    def test_the_token_is_asked_for_everywhere_but_of_probes(self):
        basic = base64.b64encode(f"me:{TOKEN}".encode()).decode()
        wrong = ["Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer wrong", f"Token {TOKEN}", TOKEN, "Basic", "Basic !",
                 f"Basic {base64.b64encode(TOKEN.encode()).decode()}", f"Basic {base64.b64encode(b'me:wrong').decode()}"]
        for path in PATHS:
            self.assert_refused(401, "not_authenticated", path, vigie=self.far)
            for given in wrong:
                self.assert_refused(401, "invalid_token", path, "-H", f"Authorization: {given}", vigie=self.far)
            self.assert_refused(401, "invalid_token", path, "-H", f"Authorization: Bearer {TOKEN}", "-H", "Authorization: Bearer x", vigie=self.far)
            for given in (f"Bearer {TOKEN}", f"bearer  {TOKEN}", f"Basic {basic}"):
                self.assertNotIn(self.curl(path, "-H", f"Authorization: {given}", vigie=self.far)[0], (401, 403, 421), f"{path} {given}")
        for method, path, body in CHANGES:
            self.assert_refused(401, "not_authenticated", path, "-X", method, "-d", body, "-H", "Content-Type: application/json", vigie=self.far)
        for path in ("/livez", "/readyz"):
            self.assertEqual(self.curl(path, vigie=self.far)[0], 200)
        told = self.curl("/metrics", "-D", "-", vigie=self.far)[1]
        self.assertEqual(re.findall(r"^WWW-Authenticate: (\w+) ", told, re.M | re.I), ["Bearer", "Basic"])

    def test_the_token_does_not_open_it_to_other_pages(self):
        for header, status, code in [("Host: evil.example", 421, "misdirected_request"), ("Origin: http://evil.example", 403, "foreign_page"),
                                     ("Sec-Fetch-Site: cross-site", 403, "foreign_page")]:
            self.assert_refused(status, code, "/metrics", "-H", f"Authorization: Bearer {TOKEN}", "-H", header, vigie=self.far)

    def test_it_is_asked_by_the_names_that_are_given(self):
        for host, status in [("vigie-1", 200), ("VIGIE-1:9464", 200), ("vigie.example:9464", 200), ("vigie.example", 421), ("vigie-2", 421),
                             ("10.1.2.3:9464", 421)]:
            self.assertEqual(self.curl("/metrics", "-H", f"Authorization: Bearer {TOKEN}", "-H", f"Host: {host}", vigie=self.far)[0], status, host)
        for host, status in [("10.1.2.3:9464", 200), ("[fd00::7]:9464", 200), ("evil.example", 421)]:
            self.assertEqual(self.curl("/readyz", "-H", f"Host: {host}", vigie=self.far)[0], status, host)

    def test_the_token_is_told_nowhere(self):
        self.curl("/metrics", "-H", f"Authorization: Bearer {TOKEN}", vigie=self.far)
        bundle = self.curl("/debug/logs", "-H", f"Authorization: Bearer {TOKEN}", vigie=self.far)[1]
        direct = self.new_vigie(VIGIE_ADMIN_ADDRESS="0.0.0.0", VIGIE_ADMIN_TOKEN=TOKEN).start()
        self.addCleanup(direct.stop)
        archive = subprocess.run(["curl", "-s", "-H", f"Authorization: Bearer {TOKEN}", direct.admin_url + "/debug/bundle"], capture_output=True,
                                 timeout=20).stdout
        text = subprocess.run(["tar", "-xzO"], input=archive, capture_output=True, timeout=20).stdout.decode(errors="replace")
        self.assertIn("VIGIE_ADMIN_TOKEN", text)
        for said in (bundle, text, self.far.log.read_text(), direct.log.read_text()):
            self.assertNotIn(TOKEN, said)


if __name__ == "__main__":
    unittest.main()
