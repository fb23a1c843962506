#!/usr/bin/python3
"""Whatever callers make up, the set of time series stays the same: 10,000 random requests add none."""

import itertools
import pathlib
import random
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from client import RawConnection  # noqa: E402

REQUESTS = 10_000
PIPELINED = 100
SECONDS_MAX = 60
MARK = "zq"  # begins everything that is made up, so that it can be searched for

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", None)  # None: made up
PATHS = ("/{0}", "/{0}/{0}?{0}={0}", "/api/v1/events/{0}", "/api/v1/events?{0}={0}", "/api/v1/events/{0}/publish", "/api/v1/auth/login",
         "/livez?{0}")
HEADERS = ("X-{0}: {0}", "User-Agent: {0}/1.0", "Accept: {0}/{0}", "Authorization: Bearer {0}", "Content-Type: {0}/{0}",
           "Idempotency-Key: {0}", "X-Correlation-ID: {0}", "traceparent: {0}", "tracestate: {0}={0}", "X-Forwarded-For: {0}",
           "If-None-Match: \"{0}\"", "Accept-Language: {0}")
KINDS = list(itertools.product(METHODS, PATHS, HEADERS))


class Cardinality(ApiCase):
    def made_up(self):
        return MARK + "".join(self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=self.random.randint(4, 24)))

    def request(self, kind):
        method, path, header = kind
        method = method or self.made_up().upper()
        return method, (f"{method} {path.format(self.made_up())} HTTP/1.1\r\nHost: {self.made_up()}.example\r\n"
                        f"{header.format(self.made_up())}\r\nContent-Length: 0\r\n\r\n")

    def send(self, kinds):
        """All of them, pipelined; a connection that the server closes is replaced."""
        waiting = [self.request(kind) for kind in kinds]
        while waiting:
            with RawConnection(self.vigie.port) as connection:
                connection.send("".join(text for _, text in waiting))
                waiting = self.answered(connection, waiting)

    def answered(self, connection, waiting):
        for count, (method, text) in enumerate(waiting, 1):
            answer = connection.read_answer(has_body=method != "HEAD")
            self.statuses.add(answer.status)
            self.assertLess(answer.status, 502, text)
            if answer.headers.get("Connection") == "close":
                return waiting[count:]
        return []

    def series(self):
        """Those of the histograms without their buckets, which are as many for each."""
        return {series for series in self.vigie.metrics() if "_bucket{" not in series}

    def requests(self):
        return sum(value for series, value in self.vigie.metrics().items()
                   if series.startswith("http_server_request_duration_seconds_count") and "/metrics" not in series)

    def test_made_up_requests_add_no_series(self):
        self.random = random.Random(20260101)
        self.statuses = set()
        self.send(KINDS)
        before, count = self.series(), self.requests()
        began = time.monotonic()
        chosen = self.random.choices(KINDS, k=REQUESTS)
        for start in range(0, REQUESTS, PIPELINED):
            self.send(chosen[start:start + PIPELINED])
        took = time.monotonic() - began
        after = self.series()
        print(f"{REQUESTS} requests in {took:.1f} s; {len(after)} series; statuses {sorted(self.statuses)}")
        self.assertEqual(sorted(after - before), [])
        self.assertEqual(sorted(before - after), [])
        self.assertEqual(self.requests() - count, REQUESTS)
        self.assertLess(took, SECONDS_MAX)
        self.assertLessEqual({200, 401, 404, 405, 501}, self.statuses)

    def test_a_series_that_is_new_is_seen(self):
        vigie, self.vigie = self.vigie, self.new_vigie().start()
        self.addCleanup(self.vigie.stop)
        try:
            before = self.series()
            self.client().delete("/livez")
            self.assertEqual(len(self.series() - before), 2)  # count and sum of one histogram
        finally:
            self.vigie = vigie

    def test_nothing_made_up_is_in_a_label(self):
        self.random = random.Random(3)
        self.statuses = set()
        self.send(KINDS)
        metrics = self.vigie.metrics()
        self.assertEqual([series for series in metrics if MARK in series.lower()], [])
        self.assertEqual(metrics["vigie_telemetry_labels_over_bound_total"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
