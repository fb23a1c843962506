#!/usr/bin/python3
"""Whatever callers make up, the set of time series stays the same: 10,000 random requests add none. And the limit of
CardinalityBudgetExceeded lies above all that a process may expose."""

import contextlib
import http.client
import itertools
import pathlib
import random
import re
import sys
import time
import unittest
import urllib.error
import urllib.request

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ROOT, ApiCase, event_draft  # noqa: E402
from client import Client, RawConnection  # noqa: E402

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

ALERT = "CardinalityBudgetExceeded"
SOMETHING = "018f0000-0000-7000-8000-000000000000"
ADMIN_PATHS = ("/metrics", "/livez", "/readyz", "/healthz", "/debug/traces", "/debug/logs", "/debug/ledger", "/admin/log-level", "/debug/nothing")
BODIES = (b"", b"{", b"{}", b"[1]", b'{"title": 1}', b"x" * 200_000)
# A route of the admin port has one method; what no route took has one status, by whatever method.
ANSWERS_OF_AN_OPERATOR = 5
ERRORS_OF_A_QUERY = 4  # no answer in time, no connection, a conflict, and one that nobody foresaw


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


def limits():
    """What a process may expose before somebody is told, and before its scrape is refused."""
    rules = [rule for group in yaml.safe_load((ROOT / "alerts/telemetry.yaml").read_text())["groups"] for rule in group["rules"]
             if rule["alert"] == ALERT and rule["labels"]["limit"] == "samples"]
    jobs = yaml.safe_load((ROOT / "alerts/prometheus.yml").read_text())["scrape_configs"]
    return (int(re.search(r"> (\d+)$", rules[0]["expr"])[1]),
            next(job["sample_limit"] for job in jobs if job["job_name"] == "vigie"))


def response_of(description, response):
    """A response that is shared is a component."""
    name = response.get("$ref", "").split("/")[-1]
    return description["components"]["responses"][name] if name else response


def operations(description):
    """(method, path, responses) for each operation of the API description."""
    return [(method, path, {status: response_of(description, node) for status, node in operation["responses"].items()})
            for path, methods in description["paths"].items()
            for method, operation in methods.items() if method != "parameters"]


def answers_of(responses):
    """How many label sets the answers have: a refusal counts by its status, a failure by its code."""
    count = 0
    for status, answer in responses.items():
        count += max(len(set(re.findall(r'"(\w+)"', str(codes_of(answer)).replace("'", '"')))), 1) if status >= "500" else 1
    return count


def codes_of(node):
    """The codes that a response's schema names, wherever it does."""
    if isinstance(node, list):
        return [code for item in node for code in codes_of(item)]
    if not isinstance(node, dict):
        return []
    found = node["code"].get("enum", [node["code"].get("const")]) if isinstance(node.get("code"), dict) else []
    return found + [code for value in node.values() for code in codes_of(value)]


class Budget(ApiCase):
    """A fresh process, one that has answered everything well and badly, and all that the catalogue lets it expose."""

    def samples(self):
        """As Prometheus counts them."""
        return len(self.vigie.metrics())

    def test_lies_above_all_that_a_process_may_expose(self):
        limit, refused_above = limits()
        fresh, buckets = self.samples(), self.samples_of_a_request()
        self.tour()
        toured, bound = self.samples(), self.bound(buckets)
        print(f"fresh {fresh}, after the tour {toured}, bound {bound}, limit {limit}, refused above {refused_above}")
        self.assertGreater(toured, fresh, "the tour has met nothing new")
        self.assertLess(toured, bound)
        self.assertLess(bound, limit)
        self.assertLessEqual(2 * limit, refused_above)

    def samples_of_a_request(self):
        """Of one label set: its buckets, its count and its sum."""
        one = [series for series in self.vigie.metrics() if series.startswith("http_server_request_duration_seconds")]
        return len(one) // sum("_count{" in series for series in one)

    def bound(self, buckets):
        """What is there, each answer that is described, by each of its methods, and each query with its errors."""
        metrics = self.vigie.metrics()
        described = sum(answers_of(responses) * (2 if method == "get" else 1) for method, _, responses in operations(self.description()))
        named = {re.search(r'http_route="([^"]*)"', series)[1] for series in metrics if "http_route=" in series}
        elsewhere = sum(ANSWERS_OF_AN_OPERATOR if name.startswith("/") else len(METHODS)
                        for name in named - set(self.description()["paths"]))
        queries = [series for series in metrics if series.startswith("db_client_operation_duration_seconds")]
        summaries = {re.search(r'db_query_summary="([^"]*)"', series)[1] for series in queries}
        of_a_query = len(queries) // sum("_count{" in series for series in queries)
        others = sum("http_route=" not in series and series not in queries for series in metrics)
        return (described + elsewhere) * buckets + len(summaries) * (1 + ERRORS_OF_A_QUERY) * of_a_query + others

    def description(self):
        return self.client().get("/api/v1/openapi.json").json

    def tour(self):
        """Each operation by each method, as anybody and as an organiser, with nothing, with rubbish, and as it should be."""
        _, email = self.new_account("organiser")
        token = self.client().post("/api/v1/auth/login", {"email": email, "password": PASSWORD}).json["access_token"]
        made = self.client(token).post("/api/v1/events", event_draft(title="Toured"))
        self.assertEqual(made.status, 201, made)
        for _, path, _ in operations(self.description()):
            path = re.sub(r"\{(\w+)\}", lambda name: "1" if name[1] == "number" else SOMETHING, path)
            for method, holder in itertools.product([name for name in METHODS if name], (None, token, "no.such.token")):
                for body in BODIES if method in ("POST", "PUT", "PATCH") else BODIES[:1]:
                    self.ask(holder, method, path, body)
        for path, method in itertools.product(ADMIN_PATHS, ("GET", "POST", "PUT")):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(urllib.request.Request(self.vigie.admin_url + path, method=method), timeout=5).close()

    def ask(self, holder, method, path, body):
        headers = {"Content-Type": "application/json"} if body else {}
        with Client(self.vigie.port, holder) as client, contextlib.suppress(OSError, http.client.HTTPException):
            client.request(method, path, body, headers=headers)


class BudgetIsChecked(unittest.TestCase):
    def test_counts_what_is_described(self):
        answer = {"content": {"application/problem+json": {"schema": {"properties": {"code": {"enum": ["overloaded", "unavailable"]}}}}}}
        self.assertEqual(answers_of({"200": {}, "404": answer, "503": answer}), 4)


if __name__ == "__main__":
    unittest.main(verbosity=1)
