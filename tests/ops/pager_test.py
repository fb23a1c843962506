#!/usr/bin/python3
"""The pager withstands what a browser, a stranger and a broken sender do to it."""

import base64
import io
import json
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
from pathlib import Path

from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_pager import BEAT, TOKEN, LivePager, alert, notification, path_with  # noqa: E402
from live_stack import status_of, wait_for  # noqa: E402
from paging import dashboards, markup, notifications  # noqa: E402
from paging.bounded_server import CONNECTIONS_MAX, DeadlineReader  # noqa: E402
from paging.notifications import Held, Malformed, fingerprint_of, parsed  # noqa: E402
from paging.page_text import printable  # noqa: E402

ESCAPE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp\u2028\r\x00"
PASSWORD = "a-password-of-the-tests"


class PagerTest(RepositoryTest):
    def started(self, *arguments: str) -> LivePager:
        directory = tempfile.TemporaryDirectory(prefix="vigie-pager-")
        self.addCleanup(directory.cleanup)
        pager = LivePager(directory.name, *arguments)
        self.addCleanup(pager.stop)
        return pager


class WhoMayAsk(PagerTest):
    def test_a_notification_needs_its_token(self):
        pager = self.started()
        for given in (None, "Bearer wrong", "Bearer", f"Basic {base64.b64encode(f'a:{TOKEN}'.encode()).decode()}", f"Bearer {TOKEN}x"):
            for kind in ("page", "ticket", "chat", "heartbeat"):
                self.assertEqual(pager.send(kind, BEAT, Authorization=given), 401, f"{kind} {given}")
        self.assertEqual(pager.held(), [])
        for kind in ("page", "ticket", "chat", "heartbeat"):
            self.assertEqual(pager.send(kind, BEAT), 200, kind)
        self.assertEqual([record["kind"] for record in pager.held()], ["page", "ticket", "chat", "heartbeat"])

    def test_another_page_is_refused_whatever_it_sends(self):
        """Headers as browsers send them: fetch() with no-cors, a form, an image, a page under a rebound name."""
        pager = self.started()
        foreign = [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:1"}, {"Sec-Fetch-Site": "cross-site"},
                   {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}]
        for headers in foreign:
            for path in ("/page", "/heartbeat", "/silence", "/silence/end", "/nothing"):
                status, _ = pager.ask("POST", path, json.dumps(BEAT).encode(), headers | {"Authorization": f"Bearer {TOKEN}"})
                self.assertEqual(status, 403, f"{path} {headers}")
            if headers.get("Sec-Fetch-Mode") != "navigate":
                self.assertEqual(pager.ask("GET", "/runbooks/", headers=headers)[0], 403, headers)
        self.assertEqual(pager.held(), [])
        followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        self.assertEqual(pager.ask("GET", "/runbooks/", headers=followed)[0], 200, "a link from a chat is followed")

    def test_only_its_own_names_are_answered(self):
        pager = self.started("--external-url", "https://oncall.example.org:8444/")
        for host, status in [("evil.example", 421), (f"evil.example:{pager.port}", 421), ("127.0.0.1.evil.example", 421), ("oncall.example.org", 421),
                             ("localhost.", 421), ("192.0.2.7:9099", 421), (None, 400), ("a b", 400), ("user@127.0.0.1", 400), ("[::1", 400),
                             ("127.0.0.1:0", 400), ("127.0.0.1:99999", 400), ("localhost", 200), (f"LOCALHOST:{pager.port}", 200), ("[::1]:80", 200),
                             ("127.0.0.1:12345", 200), ("oncall.example.org:8444", 200)]:
            self.assertEqual(pager.ask("GET", "/runbooks/", headers={"Host": host})[0], status, host)
        self.assertIn(b" 400 ", pager.raw(b"GET / HTTP/1.0\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"))
        own = {"Host": "oncall.example.org:8444", "Origin": "https://oncall.example.org:8444", "Sec-Fetch-Site": "same-origin"}
        self.assertEqual(pager.ask("POST", "/silence", b"", own)[0], 422, "its own form")

    def test_beyond_loopback_a_password_is_asked_for(self):
        done = subprocess.run([sys.executable, str(ROOT / "scripts/pager.py"), "--address", "0.0.0.0", "--webhook-token-file", "/dev/null"],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--password-file must name a file", done.stderr)
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(PASSWORD)
            file.flush()
            pager = self.started("--address", "0.0.0.0", "--password-file", file.name)
            basic = f"Basic {base64.b64encode(f'me:{PASSWORD}'.encode()).decode()}"
            for path in ("/", "/pages", "/runbooks/", "/static/pager.css", "/nothing"):
                for given in (None, f"Bearer {TOKEN}", "Basic", "Basic !", f"Basic {base64.b64encode(b'me:wrong').decode()}"):
                    self.assertEqual(pager.ask("GET", path, headers={"Authorization": given})[0], 401, f"{path} {given}")
                self.assertNotEqual(pager.ask("GET", path, headers={"Authorization": basic})[0], 401)
            self.assertEqual(pager.ask("POST", "/silence", b"", {})[0], 401)
            self.assertEqual(pager.ask("GET", "/runbooks/", headers={"Authorization": f"Bearer {PASSWORD}"})[0], 200)
            self.assertEqual(pager.send("heartbeat", BEAT, Authorization=f"Bearer {PASSWORD}"), 401, "who reads does not page")
            self.assertEqual((pager.send("heartbeat", BEAT), status_of(f"{pager.url}/livez")), (200, 200))

    def test_forged_beats_do_not_hide_that_monitoring_is_blind(self):
        pager = self.started("--heartbeat-limit-s", "2")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and "WatchdogMissing" not in pager.output:
            pager.send("heartbeat", BEAT, Authorization=None)
            pager.send("heartbeat", BEAT, Origin="http://evil.example")
            pager.send("heartbeat", notification(alert()))
            time.sleep(0.1)
        self.assertIn("WatchdogMissing", pager.output)
        self.assertIn(f"{pager.url}/runbooks/watchdog.md#watchdog", pager.output)
        fingerprint = fingerprint_of(pager.held()[-1]["body"]["alerts"][0])
        self.assertIn(f"{pager.url}/a/{fingerprint}/silence", pager.output)
        self.assertIn("Watchdog", pager.ask("GET", f"/a/{fingerprint}")[1])


class Bounds(PagerTest):
    def test_nested_variables_stay_as_small_as_they_were_asked_for(self):
        pager = self.started()
        nested = {"var-route": "$service$service$service", "var-service": "$instance" * 20, "var-instance": "${route}" * 20}
        begin = time.monotonic()
        for uid in dashboards.uids():
            status, text = pager.ask("GET", path_with(f"/d/{uid}", nested))
            self.assertEqual((status, len(text) < 10_000), (400, True), uid)
        self.assertLess(time.monotonic() - begin, 10)
        self.assertEqual(dashboards.with_values("a$x$y", {"x": "$y$y", "y": "$x$x"}), "a$y$y$x$x", "each once, however they name each other")
        self.assertEqual(dashboards.with_values("${x:regex}$gone$1", {"x": "v"}), "v$gone$1")
        for value in ('"', "\\", "a\nb", "x" * 201, "é", "$a", "'"):
            with self.assertRaisesRegex(dashboards.BadVariable, "var-service"):
                dashboards.asked({"var-service": value})
        self.assertEqual(dashboards.asked({"var-route": "$__all", "var-datasource": "$"}).values["route"], ".+")

    def test_an_address_has_a_limit(self):
        pager = self.started()
        self.assertEqual(pager.ask("GET", "/d/vigie-http?" + "&".join(f"var-a{number}=1" for number in range(60)))[0], 400)
        self.assertEqual(pager.ask("GET", "/graph?expr=" + "a" * 5_000)[0], 414)
        self.assertEqual(pager.ask("GET", "/graph?expr=" + "a" * 3_600)[0], 400)
        for path in ("/runbooks/..%2f..%2fREADME.md", "/runbooks/../README.md", "/static/../pager.py", "/static/%2e%2e/pager.py", "/d/../x",
                     "/a/" + "x" * 100, "/a/0123456789abcdef/x", "/traces/zz", "//evil.example/", "/d/", "/runbooks/Nothing"):
            self.assertEqual(pager.ask("GET", path)[0], 404, path)

    def test_a_body_has_one_length_that_is_a_number(self):
        pager = self.started()
        head = f"POST /page HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        for lengths, status in [("Content-Length: -1", 400), ("Content-Length: +2", 400), ("Content-Length: 0x2", 400), ("Content-Length: 2, 2", 400),
                                ("Content-Length: 2\r\nContent-Length: 3", 400), ("Content-Length: ", 400), ("Content-Length: ٢", 400), ("X: 1", 411),
                                ("Content-Length: 1000001", 413), ("Content-Length: 99999999999999999999", 400),
                                ("Transfer-Encoding: chunked", 411), ("Transfer-Encoding: chunked\r\nContent-Length: 2", 411)]:
            begin = time.monotonic()
            answer = pager.raw(f"{head}{lengths}\r\n\r\n{{}}".encode())
            self.assertIn(f" {status} ", answer.splitlines()[0].decode(), lengths)
            self.assertLess(time.monotonic() - begin, 5, "it does not wait for what will not come")

    def test_who_sends_slowly_keeps_nobody_out(self):
        pager = self.started()
        slow = [socket.create_connection(("127.0.0.1", pager.port)) for _ in range(CONNECTIONS_MAX * 2)]
        for number, connection in enumerate(slow):
            self.addCleanup(connection.close)
            try:
                connection.sendall(b"POST /page HTTP/1.0\r\n" if number % 2 else b"G")
            except OSError:
                pass  # given up already for a newer one
        begin = time.monotonic()
        self.assertEqual(pager.send("page", notification(alert())), 200)
        self.assertLess(time.monotonic() - begin, 5)
        threads = int(re.search(r"Threads:\s+(\d+)", Path(f"/proc/{pager.process.pid}/status").read_text())[1])
        self.assertLess(threads, CONNECTIONS_MAX + 20)

    def test_a_request_has_a_deadline_however_it_trickles(self):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            reader = io.BufferedReader(DeadlineReader(ours, 0.5), 16)
            begin = time.monotonic()
            trickle = threading.Thread(target=lambda: [theirs.send(b"x") or time.sleep(0.1) for _ in range(10)], daemon=True)
            trickle.start()
            with self.assertRaises(TimeoutError):
                reader.read(100)
            self.assertLess(time.monotonic() - begin, 5)
            trickle.join()

    def test_a_head_has_a_limit(self):
        pager = self.started()
        try:
            answer = pager.raw(b"GET / HTTP/1.0\r\nHost: localhost\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"y" * 10_000) for n in range(90)) + b"\r\n")
            self.assertNotIn(b" 200 ", answer[:20])
        except ConnectionError:
            pass  # closed before it had all been sent
        self.assertEqual(pager.ask("GET", "/livez")[0], 200)

    def test_what_is_held_fits_into_its_bytes(self):
        held = Held()
        for number in range(60):
            held.add("page", {"alerts": [], "n": number, "filler": "x" * 900_000})
        texts = held.texts()
        self.assertLessEqual(sum(map(len, texts)), notifications.HELD_BYTES_MAX["page"])
        self.assertEqual(json.loads(texts[-1])["body"]["n"], 59, "the newest is there")
        for number in range(notifications.HELD_MAX + 5):
            held.add("heartbeat", {"n": number})
        self.assertEqual(len(held.texts(("heartbeat",))), notifications.HELD_MAX)
        self.assertEqual(held.bytes["heartbeat"], sum(map(len, held.texts(("heartbeat",)))))
        self.assertEqual(len(held.texts(("page",))), len(texts), "beats push no page out")

    def test_the_journal_is_turned_over(self):
        with tempfile.TemporaryDirectory() as directory:
            journal = Path(directory) / "pages.jsonl"
            journal.write_bytes(b"x" * (notifications.JOURNAL_BYTES_MAX + 1))
            Held(journal).add("page", {"alerts": []})
            self.assertEqual((len(journal.read_text().splitlines()), (Path(directory) / "pages.1.jsonl").exists()), (1, True))

    def test_what_is_no_notification_is_refused_by_name(self):
        right = alert()
        for body, part in [
            (b"", "no JSON"), (b"[" * 100_000, "no JSON"), (b"\xff", "no JSON"), (b"[]", "no object"), (b"{}", "alerts is no list"),
            (notification(right) | {"alerts": []}, "alerts is no list"), (notification(*[right] * 201), "alerts is no list"),
            (notification(right) | {"alerts": [1]}, r"alerts\[0\].status"), (notification(right | {"status": "burning"}), r"alerts\[0\].status"),
            (notification(right | {"labels": {"alertname": 1}}), r"alerts\[0\].labels"), (notification(right | {"labels": {}}), "no alertname"),
            (notification(right | {"labels": {"alertname": "x" * 5000}}), r"alerts\[0\].labels"),
            (notification(right | {"annotations": None}), r"alerts\[0\].annotations"), (notification(right | {"startsAt": "now"}), "startsAt"),
            (notification(right | {"startsAt": "2026-01-01T00:00:00"}), "startsAt"), (notification(right | {"startsAt": 7}), "startsAt"),
            (notification(right | {"status": "resolved", "endsAt": None}), "endsAt"), (notification(right) | {"truncatedAlerts": "x"}, "truncated"),
        ]:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            with self.assertRaisesRegex(Malformed, part):
                parsed("page", content)
        pager = self.started()
        self.assertEqual([pager.send("page", body) for body in (b"[" * 100_000, b"{}", notification(right | {"startsAt": "x"}))], [400] * 3)
        self.assertEqual(pager.send("page", notification(right)), 200)


class Terminal(PagerTest):
    def test_nothing_that_came_moves_the_cursor(self):
        pager = self.started()
        hostile = alert(alertname=f"A{ESCAPE}", service=ESCAPE, env=ESCAPE, component=f"api{ESCAPE}", long=ESCAPE, http_route=ESCAPE)
        hostile["annotations"] = {name: f"{ESCAPE}http://a/{ESCAPE}" for name in ("summary", "description", "runbook_url", "dashboard_url")}
        hostile |= {"generatorURL": ESCAPE, "fingerprint": ESCAPE}
        for one in (hostile, hostile, hostile | {"status": "resolved", "endsAt": "2026-01-01T04:00:00Z"}):
            self.assertEqual(pager.send("page", notification(one) | {"externalURL": ESCAPE, "truncatedAlerts": 3}), 200)
        self.assertEqual(pager.send("chat", {"text": ESCAPE}), 200)
        wait_for("all of it is printed", 10, lambda: "RESOLVED" in pager.output)
        found = {f"U+{ord(c):04X}" for c in pager.output if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}
        self.assertEqual(found, set())
        self.assertIn("<U+001B>", pager.output)
        for path in ("/pages", f"/a/{fingerprint_of(hostile)}", f"/a/{fingerprint_of(hostile)}/silence"):
            status, text = pager.ask("GET", path)
            self.assertEqual(status, 200, path)
            self.assertIsNone(markup.CONTROLS.search(text.replace("\n", "")), "curl shows it in a terminal")

    def test_labels_are_text_in_html_too(self):
        pager = self.started()
        hostile = alert(alertname="<script>alert(1)</script>", service='"><img src=x onerror=alert(1)>')
        hostile["annotations"] = {"summary": "<b>x</b>", "runbook_url": "javascript:alert(1)", "dashboard_url": "data:text/html,x"}
        pager.send("page", notification(hostile))
        for path in ("/pages", f"/a/{hostile['fingerprint']}", f"/a/{hostile['fingerprint']}/silence"):
            text = pager.ask("GET", path)[1]
            for part in ("<script>alert", "<img", "<b>x", 'href="javascript:', 'href="data:'):
                self.assertNotIn(part, text, path)
        self.assertEqual(pager.ask("GET", f"/a/{hostile['fingerprint']}/dashboard")[0], 404)
        self.assertEqual(str(markup.link("//evil.example", "x")), "<span>x</span>")

    def test_text_is_cut_and_control_characters_are_named(self):
        self.assertEqual(printable("a\tb\x7f\x85\ufeff\ud800"), "a<U+0009>b<U+007F><U+0085><U+FEFF><U+D800>")
        self.assertEqual(printable("Événement, 会議 ✓"), "Événement, 会議 ✓")
        self.assertLess(len(printable("x" * 5_000)), 1_300)


if __name__ == "__main__":
    main()
