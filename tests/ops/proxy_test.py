#!/usr/bin/python3
"""nginx with our configuration in front of a server that says what it was told: who the client is, what is repeated, what is logged."""

import http.client
import json
import os
import re
import socket
import ssl
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

from repository import ROOT, RepositoryTest, main

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/harness")]

from live_stack import status_of, wait_for  # noqa: E402
from local_stack import proxy, settings  # noqa: E402
from slow_clients import SlowClients  # noqa: E402

#: Of one address, as deploy/nginx/nginx.conf says, and what compose.yaml gives nginx.
HELD_MAX = 400
SLOW = 2500  # more than a worker has connections
MEMORY_MB_MAX = 128
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"


class Told(BaseHTTPRequestHandler):
    """Answers with the headers that it was sent; at /silent it hangs up without a word."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else a kept connection waits 40 ms for each answer
    seen: list[str] = []

    def answer(self) -> None:
        Told.seen.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/silent"):
            self.close_connection = True
            return
        body = json.dumps(dict(self.headers)).encode()
        self.send_response(418 if self.path == "/refused" else 200)
        for name, value in (("Content-Length", str(len(body))), ("traceparent", f"00-{TRACE_ID}-b7ad6b7169203331-01"),
                            ("X-Correlation-ID", "a-correlation")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_: object) -> None:
        pass


@unittest.skipUnless(os.access(proxy.program(), os.X_OK), "nginx is not installed")
class Proxy(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        layout = settings.Layout(Path(cls.directory.name))
        layout.logs.mkdir()
        with mock.patch.dict(os.environ, {variable: "0" for variable, _, _ in settings.PORTS.values()}):
            cls.ports = settings.choose_ports()
        cls.upstream = ThreadingHTTPServer(("127.0.0.1", cls.ports["api"]), Told)
        cls.upstream.handle_error = lambda *_: None  # of who has left
        threading.Thread(target=cls.upstream.serve_forever, daemon=True).start()
        cls.nginx = proxy.nginx(layout, cls.ports)
        cls.add_replica(layout / "nginx/nginx.conf")
        cls.nginx.start()
        cls.status = f"http://127.0.0.1:{cls.ports['nginx_status']}"
        wait_for("nginx answers", 20, lambda: status_of(f"{cls.status}/stub_status") == 200)
        cls.trust = ssl.create_default_context(cafile=str(layout / "tls/proxy.crt"))

    @classmethod
    def add_replica(cls, configuration: Path) -> None:
        """The same one twice: what is repeated is seen twice. Neither is left alone after a failure."""
        replica = f"server 127.0.0.1:{cls.ports['api']} max_fails=0;"
        text = configuration.read_text().replace(replica, f"{replica} {replica}")
        # Few enough to be met by a test.
        configuration.write_text(text.replace("rate=10000r/s", "rate=5r/s").replace("burst=40000", "burst=300"))

    def handshake(self, ciphers: str) -> tuple[str, str]:
        """The protocol and the cipher that nginx agrees to, of TLS 1.2 and these ciphers."""
        trust = ssl.create_default_context(cafile=str(Path(self.directory.name) / "tls/proxy.crt"))
        trust.check_hostname = False
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
        trust.set_ciphers(ciphers + ":@SECLEVEL=0")
        with socket.create_connection(("127.0.0.1", self.ports["https"]), timeout=10) as plain:
            with trust.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                return connection.version(), connection.cipher()[0]

    def test_tls_1_2_takes_nothing_but_authenticated_ciphers_with_forward_secrecy(self):
        for weak in ("CAMELLIA", "ECDHE+AES+SHA", "ECDHE+AES+SHA256", "ECDHE+AES+SHA384", "kRSA", "DHE+AES"):
            with self.subTest(weak), self.assertRaises(ssl.SSLError):
                self.handshake(f"{weak}:!AESGCM:!CHACHA20:!AESCCM" if weak != "kRSA" else weak)
        for good in ("ECDHE+AESGCM", "ECDHE+CHACHA20"):
            with self.subTest(good):
                self.assertEqual(self.handshake(good)[0], "TLSv1.2")

    @classmethod
    def tearDownClass(cls):
        cls.nginx.stop()
        cls.upstream.shutdown()
        cls.upstream.server_close()
        cls.directory.cleanup()

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None):
        connection = http.client.HTTPSConnection("localhost", self.ports["https"], timeout=10, context=self.trust)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer, answer.read()

    def logged(self, path: str) -> dict:
        found: list[dict] = []

        def is_there() -> bool:
            lines = [json.loads(line) for line in self.nginx.log.read_text().splitlines() if line.startswith("{")]
            found[:] = [line for line in lines if line["url.path"] == path]
            return bool(found)

        wait_for("the line is written", 10, is_there)
        return found[-1]

    def test_the_client_is_who_connects_not_whom_he_names(self):
        told = json.loads(self.ask("/a", headers={"X-Forwarded-For": "6.6.6.6", "X-Correlation-ID": "mine"})[1])
        self.assertEqual((told["X-Forwarded-For"], told["X-Forwarded-Proto"]), ("127.0.0.1", "https"))
        self.assertEqual(told["X-Correlation-ID"], "mine")
        self.assertEqual(told["Host"], f"localhost:{self.ports['https']}")

    def test_what_vigie_answers_is_passed_on(self):
        answer, body = self.ask("/refused")
        self.assertEqual((answer.status, answer.headers["X-Correlation-ID"]), (418, "a-correlation"))
        self.assertIn("max-age", answer.headers["Strict-Transport-Security"])
        self.assertEqual(answer.headers["Server"], "nginx", "no version")
        self.assertTrue(body)

    def test_a_line_joins_the_trace_and_tells_no_more_than_it_may(self):
        self.ask("/b?email=somebody%40vigie.example", headers={"Authorization": "Bearer abcdef", "Referer": "https://a.example/secret"})
        line = self.logged("/b")
        self.assertEqual((line["trace_id"], line["correlation_id"], line["http.response.status_code"]), (TRACE_ID, "a-correlation", 200))
        for secret in ("somebody", "abcdef", "secret"):
            self.assertNotIn(secret, json.dumps(line))
        self.ask('/c%22%0a"}', headers={"User-Agent": '"}\n'.strip()})
        self.assertEqual(self.logged('/c"\n"}')["http.response.status_code"], 200, "a path cannot break out of its line")

    def test_what_may_have_had_an_effect_is_sent_once(self):
        answer, body = self.ask("/silent/post", "POST", b"{}")
        self.assertEqual(answer.status, 503)
        self.assertEqual(Told.seen.count("POST /silent/post"), 1)
        self.assertEqual(self.ask("/silent/get")[0].status, 503)
        self.assertEqual(Told.seen.count("GET /silent/get"), 2)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        self.assertEqual(answer.headers["Retry-After"], "2")
        self.assertEqual(json.loads(body)["code"], "unavailable")

    def test_a_body_over_the_limit_does_not_reach_vigie(self):
        answer, body = self.ask("/large", "POST", b"x" * 200_000)
        self.assertEqual((answer.status, json.loads(body)["code"]), (413, "content_too_large"))
        self.assertNotIn("POST /large", Told.seen)

    def test_contents_of_media_pass_up_to_a_part(self):
        path = "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4"
        for name in ("/parts/7", "/content"):
            self.assertEqual(self.ask(path + name, "PUT", b"x" * 3_000_000)[0].status, 200)
            self.assertIn(f"PUT {path}{name}", Told.seen)
        self.assertEqual(self.ask(path, "PUT", b"x" * 200_000)[0].status, 413)
        self.assertEqual(self.ask(path + "/parts/7/more", "PUT", b"x" * 200_000)[0].status, 413)
        answer, body = self.ask(path + "/parts/8", "PUT", headers={"Content-Length": str(64 * 1024 * 1024 + 1)})
        self.assertEqual((answer.status, json.loads(body)["code"]), (413, "content_too_large"))

    def worker_rss_mb(self) -> float:
        supervisor = self.nginx.process.pid
        worker = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()[0]
        status = Path(f"/proc/{worker}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def kept(self, address: str) -> http.client.HTTPSConnection:
        connection = http.client.HTTPSConnection("localhost", self.ports["https"], timeout=10, context=self.trust,
                                                 source_address=(address, 0))
        self.addCleanup(connection.close)
        return connection

    def resumed(self):
        """Begins TLS on a socket with one session for all: thousands of full handshakes would measure the tester."""
        trust = ssl.create_default_context(cafile=str(Path(self.directory.name) / "tls/proxy.crt"))
        trust.maximum_version = ssl.TLSVersion.TLSv1_2
        with socket.create_connection(("127.0.0.1", self.ports["https"]), timeout=10) as plain:
            with trust.wrap_socket(plain, server_hostname="localhost") as first:
                session = first.session
        return lambda client: trust.wrap_socket(client, server_hostname="localhost", session=session)

    def p99_of(self, address: str, requests: int = 200) -> float:
        """Seconds that the requests of that address take, one after the other. None is refused."""
        connection, times = self.kept(address), []
        for _ in range(requests):
            began = time.monotonic()
            connection.request("GET", "/other")
            answer = connection.getresponse()
            answer.read()
            times.append(time.monotonic() - began)
            self.assertEqual(answer.status, 200)
        return sorted(times)[requests * 99 // 100]

    def test_thousands_of_slow_requests_of_one_address_leave_the_others_alone(self):
        head = b"POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx"
        before, memory = self.p99_of("127.0.0.20"), self.worker_rss_mb()
        with SlowClients(self.ports["https"], "127.0.0.9", [head] * SLOW, bytes_per_second=1, tls=self.resumed()) as slow:
            grown = self.worker_rss_mb() - memory
            during = min(self.p99_of(f"127.0.0.{21 + round_}") for round_ in range(3))
        self.assertLess(grown, MEMORY_MB_MAX / 2)
        self.assertLess(during, 3 * max(before, 0.02))
        # Held are as many as may be; whoever is refused is told so, as far as it listens while it sends, and most of them
        # leave no line.
        self.assertGreaterEqual(slow.statuses[429] + slow.statuses["closed"], SLOW - 2 * HELD_MAX, slow.statuses)
        self.assertGreater(slow.statuses[429], SLOW / 5, slow.statuses)
        lines = [line for line in self.nginx.log.read_text().splitlines() if '"http.response.status_code":429' in line]
        self.assertLess(len(lines), slow.statuses[429] / 10)

    def test_an_address_that_asks_without_end_is_told_to_wait(self):
        greedy = self.kept("127.0.0.10")
        for _ in range(400):
            greedy.request("GET", "/greedy")
            answer = greedy.getresponse()
            body = answer.read()
            if answer.status == 429:
                break
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (429, "application/problem+json"))
        self.assertEqual((json.loads(body)["code"], answer.headers["Retry-After"]), ("rate_limited", "1"))
        self.p99_of("127.0.0.11", 20)

    def test_its_words_are_vigies(self):
        types = (ROOT / "server/http/problem_type.hpp").read_text()
        for body in re.findall(r"return \d+ '(\{.*\})'", (ROOT / proxy.SOURCE).read_text()):
            self.assertIn(json.loads(body)["title"], types)

    def test_figures_are_for_the_exporter_alone(self):
        self.assertEqual(status_of(f"{self.status}/"), 404)
        self.assertEqual(json.loads(self.ask("/stub_status")[1])["X-Forwarded-Proto"], "https", "outside it is a path like others")


if __name__ == "__main__":
    main()
