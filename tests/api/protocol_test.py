#!/usr/bin/python3
"""HTTP/1.1 over a real socket, through the whole server: refusals are explained and counted."""

import pathlib
import select
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft  # noqa: E402
from client import RawConnection  # noqa: E402

HOST = "Host: api.example\r\n"


class Counted(ApiCase):
    def count(self, route, status, method="_OTHER", error=""):
        """Of the requests with exactly these labels."""
        return self.vigie.metrics().get(
            f'http_server_request_duration_seconds_count{{error_type="{error}",http_request_method="{method}",'
            f'http_response_status_code="{status}",http_route="{route}"}}', 0)


class Protocol(Counted):
    def connect(self):
        connection = RawConnection(self.vigie.port)
        self.addCleanup(connection.close)
        return connection

    def exchange(self, text, has_body=True):
        connection = self.connect()
        connection.send(text)
        return connection.read_answer(has_body), connection

    def observed(self, route):
        return sum(value for series, value in self.vigie.metrics().items()
                   if series.startswith("http_server_request_duration_seconds_count")
                   and f'http_route="{route}"' in series)

    def test_pipelined_requests_are_answered_in_order(self):
        connection = self.connect()
        connection.send("".join(f"GET /nothing/{n} HTTP/1.1\r\n{HOST}X-Correlation-ID: c{n}\r\n\r\n" for n in range(5)))
        ids = [connection.read_answer().headers["X-Correlation-ID"] for _ in range(5)]
        self.assertEqual(ids, [f"c{n}" for n in range(5)])

    def test_head_is_get_without_the_body(self):
        get, _ = self.exchange(f"GET /api/v1/events HTTP/1.1\r\n{HOST}\r\n")
        head, connection = self.exchange(f"HEAD /api/v1/events HTTP/1.1\r\n{HOST}\r\n", has_body=False)
        self.assertEqual((head.status, head.headers["Content-Length"]), (200, get.headers["Content-Length"]))
        connection.send(f"GET /livez HTTP/1.1\r\n{HOST}\r\n")
        self.assertEqual(connection.read_answer().status, 200)

    def test_options_names_the_methods(self):
        answer, _ = self.exchange(f"OPTIONS /api/v1/events HTTP/1.1\r\n{HOST}\r\n")
        self.assertLess(answer.status, 300)
        self.assertLessEqual({"GET", "POST", "OPTIONS"}, set(answer.headers["Allow"].split(", ")))
        answer, _ = self.exchange(f"OPTIONS * HTTP/1.1\r\n{HOST}\r\n")
        self.assertLess(answer.status, 300)
        self.assertEqual({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"},
                         set(answer.headers["Allow"].split(", ")))

    def test_methods_that_a_route_lacks_and_that_nobody_knows(self):
        answer, _ = self.exchange(f"DELETE /api/v1/events HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 405, "method_not_allowed")
        self.assertIn("GET", answer.headers["Allow"])
        self.assertEqual(self.count("method_not_allowed", 405, method="DELETE"), 1)
        answer, _ = self.exchange(f"BREW /api/v1/events HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 501, "method_not_implemented")
        self.assertEqual(self.count("unsupported", 501, error="method_not_implemented"), 1)

    def test_a_transfer_coding_that_nobody_knows_is_501_and_closed(self):
        answer, connection = self.exchange(f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}Transfer-Encoding: gzip, chunked\r\n\r\n")
        self.assert_problem(answer, 501, "coding_not_implemented")
        self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.count("unsupported", 501, method="POST", error="coding_not_implemented"), 1)

    def test_unknown_resources(self):
        before = self.observed("unmatched")
        answer, _ = self.exchange(f"GET /api/v1/nothing HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 404, "route_not_found")
        self.assertEqual(self.observed("unmatched"), before + 1)

    def test_connection_handling(self):
        cases = [("HTTP/1.1", "", False), ("HTTP/1.1", "Connection: close\r\n", True), ("HTTP/1.0", "", True),
                 ("HTTP/1.0", "Connection: keep-alive\r\n", False)]
        for version, header, closes in cases:
            answer, connection = self.exchange(f"GET /livez {version}\r\n{HOST}{header}\r\n")
            self.assertEqual(answer.status, 200)
            if closes:
                self.assertTrue(connection.is_closed_by_peer(), (version, header))
            else:
                connection.send(f"GET /livez {version}\r\n{HOST}{header}\r\n")
                self.assertEqual(connection.read_answer().status, 200, (version, header))

    def test_malformed_requests_are_400_closed_and_counted(self):
        requests = [f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}",
                    f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}Content-Length: +2\r\n\r\n{{}}",
                    f"GET /livez HTTP/1.1\n{HOST}\n", f"GET /livez HTTP/1.1\r\n{HOST}X-A: 1\r\n  folded\r\n\r\n",
                    f"GET /livez HTTP/1.1\r\n{HOST}X-A: a\0b\r\n\r\n", "GET /livez HTTP/1.1\r\n\r\n",
                    f"GET /livez HTTP/1.1\r\n{HOST}{HOST}\r\n", f"GET /livez HTTP/1.1\r\n{HOST}X-A : 1\r\n\r\n"]
        before = self.observed("malformed")
        for request in requests:
            answer, connection = self.exchange(request)
            self.assert_problem(answer, 400, "malformed_request")
            self.assertTrue(connection.is_closed_by_peer(), request)
        self.assertEqual(self.observed("malformed"), before + len(requests))

    def test_expectations(self):
        owner = self.signed_in("organiser")
        head = (f"POST /api/v1/events HTTP/1.1\r\n{HOST}Authorization: Bearer {owner.token}\r\n"
                "Content-Type: application/json\r\n")
        import json
        body = json.dumps(event_draft())
        connection = self.connect()
        connection.send(f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(connection.read_head()[0], 100)
        connection.send(body)
        self.assertEqual(connection.read_answer().status, 201)
        answer, _ = self.exchange(f"{head}Content-Length: 9\r\nExpect: 200-maybe\r\n\r\n")
        self.assert_problem(answer, 417, "expectation_failed")
        answer, _ = self.exchange(f"{head}Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
        self.assert_problem(answer, 413, "content_too_large")

    def test_chunked_content_with_trailers(self):
        owner = self.signed_in("organiser")
        import json
        body = json.dumps(event_draft())
        connection = self.connect()
        connection.send(f"POST /api/v1/events HTTP/1.1\r\n{HOST}Authorization: Bearer {owner.token}\r\n"
                        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in (body[:10], body[10:200], body[200:]):
            connection.send(f"{len(part):x};ext=1\r\n{part}\r\n")
        connection.send("0\r\nX-Trailer: yes\r\n\r\n")
        self.assertEqual(connection.read_answer().status, 201)

    def test_chunked_content_over_the_limit_is_413(self):
        connection = self.connect()
        connection.send(f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}Content-Type: application/json\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                connection.send("10000\r\n" + "x" * 65536 + "\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        self.assert_problem(connection.read_answer(), 413, "content_too_large")

    def test_escapes_in_paths(self):
        answer, _ = self.exchange(f"GET /api/v1/%65vents HTTP/1.1\r\n{HOST}\r\n")
        self.assertEqual(answer.status, 200)
        answer, _ = self.exchange(f"GET /api/v1/events/a%2Fb HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 404, "not_found")  # one segment, no such event
        answer, _ = self.exchange(f"GET /api/v1/events/%zz HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 400, "malformed_target")


class Limits(Counted):
    settings = {"VIGIE_HTTP_HEADER_BYTES_MAX": "4096", "VIGIE_HTTP_HEADER_COUNT_MAX": "20",
                "VIGIE_HTTP_URI_BYTES_MAX": "1024", "VIGIE_HTTP_HEADER_TIMEOUT_MS": "1000",
                "VIGIE_HTTP_BODY_RATE_GRACE_MS": "300", "VIGIE_HTTP_IDLE_TIMEOUT_MS": "2000",
                "VIGIE_HTTP_CONNECTIONS_PER_ADDRESS_MAX": "20"}

    def exchange(self, text):
        connection = RawConnection(self.vigie.port)
        self.addCleanup(connection.close)
        connection.send(text)
        return connection.read_answer(), connection

    def test_sizes(self):
        answer, _ = self.exchange(f"GET /{'x' * 2000} HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 414, "uri_too_long")
        answer, _ = self.exchange(f"GET / HTTP/1.1\r\n{HOST}X-Long: {'x' * 5000}\r\n\r\n")
        self.assert_problem(answer, 431, "header_too_large")
        many = "".join(f"X-{n}: 1\r\n" for n in range(30))
        answer, _ = self.exchange(f"GET / HTTP/1.1\r\n{HOST}{many}\r\n")
        self.assert_problem(answer, 431, "header_too_large")
        self.assertEqual(self.count("too_large", 414, method="GET"), 1)
        self.assertEqual(self.count("too_large", 431, method="GET"), 2)

    def test_a_header_that_does_not_end_is_408(self):
        answer, connection = self.exchange(f"GET /livez HTTP/1.1\r\n{HOST}")
        self.assert_problem(answer, 408, "header_too_slow")
        self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.count("too_slow", 408), 1)

    def test_a_body_that_does_not_come_is_408(self):
        answer, connection = self.exchange(f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}"
                                           "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
        self.assert_problem(answer, 408, "body_too_slow")
        self.assertTrue(connection.is_closed_by_peer())

    def test_an_idle_connection_is_closed(self):
        _, connection = self.exchange(f"GET /livez HTTP/1.1\r\n{HOST}\r\n")
        self.assertTrue(connection.is_closed_by_peer())

    def test_connections_of_one_address_are_bounded(self):
        kept = [RawConnection(self.vigie.port) for _ in range(20)]
        for connection in kept:
            self.addCleanup(connection.close)
            connection.send(f"GET /livez HTTP/1.1\r\n{HOST}\r\n")
            self.assertEqual(connection.read_answer().status, 200)
        answer, connection = self.exchange(f"GET /livez HTTP/1.1\r\n{HOST}\r\n")
        self.assert_problem(answer, 429, "share_exceeded")
        self.assertTrue(connection.is_closed_by_peer())
        self.assertEqual(self.count("overloaded", 429), 1)
        self.assertGreaterEqual(
            self.vigie.metrics()['vigie_http_connections_refused_total{reason="connections_per_address"}'], 1)


class Deadline(ApiCase):
    settings = {"VIGIE_HTTP_REQUEST_DEADLINE_MS": "500"}

    def test_a_body_that_is_fast_enough_but_lasts_too_long_is_408(self):
        connection = RawConnection(self.vigie.port)
        self.addCleanup(connection.close)
        begin = time.monotonic()
        connection.send(f"POST /api/v1/auth/login HTTP/1.1\r\n{HOST}"
                        "Content-Type: application/json\r\nContent-Length: 4000\r\n\r\n")
        while not select.select([connection.socket], [], [], 0.05)[0]:
            connection.send(" " * 10)
        self.assertLess(time.monotonic() - begin, 5)  # of the 20 s that the body would take
        self.assert_problem(connection.read_answer(), 408, "body_too_slow")
        self.assertTrue(connection.is_closed_by_peer())

    def test_a_wait_for_the_database_ends_with_503(self):
        with self.locked("events", "access exclusive"):
            answer = self.client().get("/api/v1/events")
        self.assert_problem(answer, 503, "deadline_exceeded")
        self.assertTrue(answer.headers["Retry-After"])


class RateLimit(ApiCase):
    settings = {"VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "5", "VIGIE_RATE_LIMIT_BURST": "10"}

    def test_over_the_rate_is_429_with_the_time_to_wait(self):
        client = self.client()
        answers = [client.get("/api/v1/events") for _ in range(20)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertTrue(refused)
        self.assert_problem(refused[0], 429, "rate_limited")
        self.assertGreaterEqual(int(refused[0].headers["Retry-After"]), 1)
        self.assertTrue(answers[0].headers["RateLimit"])
        self.assertTrue(answers[0].headers["RateLimit-Policy"])
        self.assertGreaterEqual(self.vigie.metrics()['vigie_rate_limited_total{scope="address"}'], len(refused))


if __name__ == "__main__":
    unittest.main(verbosity=1)
