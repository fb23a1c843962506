#!/usr/bin/python3
"""One request through the proxy, found in Tempo, in Loki and in the span metrics by its trace id, with the real programs."""

import json
import os
import re
import signal
import ssl
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from repository import ROOT, main

sys.path.insert(0, str(ROOT / "tests/harness"))

from live_stack import MISSING, StackTest, read, wait_for  # noqa: E402
from local_stack import back_ends  # noqa: E402

NEEDED = ("loki", "tempo", "otelcol", "alloy")
ABSENT = [name for name in NEEDED if name not in back_ends.installed()] + MISSING
# Loki takes queries a quarter of a minute after its start.
LIMIT_S = 60


@unittest.skipIf(ABSENT, f"not on PATH: {', '.join(ABSENT)}")
class BackEnds(StackTest):
    @classmethod
    def setUpClass(cls):
        cls.stack = cls.started_stack(cls.new_directory(), 1, {"VIGIE_STACK_BACK_ENDS": ""})
        cls.trace_id = cls.request()

    @classmethod
    def request(cls) -> str:
        """The trace id of a request that came through nginx."""
        trust = ssl.create_default_context(cafile=cls.stack.endpoints["certificate"])
        return cls.trace_of(f"{cls.stack.endpoints['https']}/api/v1/events?limit=1", trust)

    @staticmethod
    def trace_of(url: str, trust: ssl.SSLContext | None = None) -> str:
        with urllib.request.urlopen(url, timeout=5, context=trust) as answer:
            answer.read()
            return answer.headers["traceparent"].split("-")[1]

    def lines(self, query: str) -> list[dict]:
        """Streams with their lines, of the last quarter of an hour."""
        url = f"{self.stack.endpoints['loki']}/loki/api/v1/query_range?" + urllib.parse.urlencode(
            {"query": query, "start": int(time.time() - 900) * 10**9, "limit": 1000})
        return read(url)["data"]["result"]

    def answered(self, name: str, path: str) -> object | None:
        try:
            return read(self.stack.endpoints[name] + path)
        except urllib.error.HTTPError:
            return None  # not ready, or not there yet

    def test_its_trace_is_in_tempo(self):
        wait_for("the trace is in Tempo", LIMIT_S, lambda: self.spans(self.trace_id))
        self.assertIn("GET /api/v1/events", self.spans(self.trace_id))
        self.assertGreaterEqual(len(self.spans(self.trace_id)), 2, "the query is a span of its own")

    def spans(self, trace_id: str) -> list[str]:
        trace = self.answered("tempo", f"/api/v2/traces/{trace_id}") or {}
        return [span["name"] for resource in trace.get("trace", {}).get("resourceSpans", [])
                for scope in resource["scopeSpans"] for span in scope["spans"]]

    def end(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        os.kill(self.stack.pid_of(name), number)
        wait_for(f"{name} has ended", 20, lambda: re.search(rf"{name} (ended|was ended)", self.stack.text()))

    def test_while_tempo_is_away_a_trace_outlives_the_collector(self):
        """It waits on disk: the collector is ended too, and started again with Tempo."""
        self.end("tempo", signal.SIGKILL)
        trace_id = self.request()
        queued = 'otelcol_exporter_queue_size{exporter="otlp_http/tempo"} > 0'
        wait_for("the trace is in the collector's queue", LIMIT_S, lambda: self.stack.query(queued))
        self.end("otelcol")
        self.stack.command("start")
        wait_for("the trace is in Tempo", LIMIT_S, lambda: self.spans(trace_id))

    def test_its_lines_are_in_loki_by_trace_id(self):
        query = f'{{service_name=~"vigie|vigie-proxy"}} | trace_id="{self.trace_id}"'
        wait_for("Vigie's line and the proxy's are in Loki", LIMIT_S, lambda: len(self.lines(query)) == 2)
        for stream in self.lines(query):
            self.assertEqual(stream["stream"]["correlation_id"], self.trace_id)
            self.assertEqual(json.loads(stream["values"][0][1])["trace_id"], self.trace_id)
        labels = {label for row in self.answered("loki", "/loki/api/v1/series")["data"] for label in row}
        self.assertEqual(labels, {"service_name", "env", "level"}, "what has many values makes no streams")

    def test_its_metric_leads_back_to_it(self):
        """The exemplars of the span metrics are the newest few."""
        trace_id = self.request()
        query = 'traces_spanmetrics_calls_total{service_name="vigie",http_route="/api/v1/events"}'
        wait_for("the span is counted", LIMIT_S, lambda: self.stack.query(query))
        wait_for("an exemplar names its trace", LIMIT_S, lambda: trace_id in self.exemplars("traces_spanmetrics_duration_seconds_bucket"))

    def test_exemplars_lead_to_traces_that_are_kept(self):
        """Also of requests that are neither slow, nor failed, nor sampled by a caller: what Vigie keeps nobody thins out."""
        asked = {self.trace_of(f"{self.stack.endpoints['api']}/api/v1/events?limit=1") for _ in range(20)}
        lists = 'http_server_request_duration_seconds_bucket{http_route="/api/v1/events"}'
        wait_for("an exemplar names one of them", LIMIT_S, lambda: self.exemplars(lists) & asked)
        wait_for("Tempo has all of them", LIMIT_S, lambda: all(self.spans(trace_id) for trace_id in asked))

    def exemplars(self, query: str) -> set[str]:
        """The ids of traces that they name."""
        url = f"{self.stack.endpoints['prometheus']}/api/v1/query_exemplars?" + urllib.parse.urlencode(
            {"query": query, "start": time.time() - 900, "end": time.time() + 10})
        return {exemplar["labels"]["trace_id"] for series in read(url)["data"] for exemplar in series["exemplars"]}

    def test_everything_is_scraped(self):
        jobs = {"otelcol", "loki", "tempo", "alloy"}
        wait_for("the back ends are scraped", LIMIT_S, lambda: jobs <= {row["metric"]["job"] for row in self.stack.query("up == 1")})

    def test_loki_has_loaded_our_rules(self):
        files = sorted((ROOT / "loki/rules").glob("*/*.yaml"))
        ours = {rule["alert"] for path in files for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]}

        def loaded() -> set[str]:
            groups = (self.answered("loki", "/prometheus/api/v1/rules") or {"data": {"groups": []}})["data"]["groups"]
            return {rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "err"}

        self.assertTrue(ours)
        wait_for("the ruler has them", LIMIT_S, lambda: loaded() == ours)

    def test_no_line_comes_twice_and_no_credential_stays(self):
        """Alloy is killed and started again in between: it goes on where it was."""
        log = self.stack.directory / "logs/vigie.log"
        token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"
        self.write(log, f"aborted: Authorization: Bearer {token} first")
        wait_for("it is in Loki", LIMIT_S, lambda: self.lines('{service_name="vigie"} |= "first"'))
        self.end("alloy")
        self.write(log, 'refused: {"password": "correct horse"} second')
        self.stack.command("start")
        wait_for("what came meanwhile is in Loki", LIMIT_S, lambda: self.lines('{service_name="vigie"} |= "second"'))
        found = [line for stream in self.lines('{service_name="vigie"} |~ "first|second"') for _, line in stream["values"]]
        self.assertEqual(sorted(found), ["aborted: Authorization: Bearer <credential> first", 'refused: {"password": "<credential>"} second'])

    @staticmethod
    def write(log: Path, line: str) -> None:
        with open(log, "a") as output:
            output.write(line + "\n")


if __name__ == "__main__":
    main()
