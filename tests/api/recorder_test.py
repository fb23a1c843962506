#!/usr/bin/python3
"""What on-call finds under /debug/: traces and log lines of real requests, also when nothing is exported."""

import concurrent.futures
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import time
import unittest
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402


class RecorderCase(ApiCase):
    def debug(self, path):
        status, text = self.vigie.admin("/debug/" + path)
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def access_line(self, correlation_id):
        """The line of a request, once the log's thread has had it."""
        found = []

        def look():
            found[:] = [line for line in self.debug(f"logs?correlation_id={correlation_id}")["items"]
                        if line["event"] == "http.request"]
            return bool(found)
        self.vigie.wait_until(look, "a log line")
        return found[0]

    def trace(self, trace_id):
        found = {}

        def look():
            status, text = self.vigie.admin(f"/debug/traces/{trace_id}")
            found.update(json.loads(text))
            return status == 200 and bool(found["requests"])
        self.vigie.wait_until(look, "a trace")
        return found


class WithoutCollector(RecorderCase):
    """All that nobody exports is still here."""

    def test_a_request_is_found_by_its_correlation_id(self):
        correlation_id = uuid.uuid4().hex
        answer = self.client().get("/api/v1/events?limit=1", x_correlation_id=correlation_id)
        self.assertEqual(answer.status, 200)
        line = self.access_line(correlation_id)
        self.assertEqual((line["http.route"], line["http.response.status_code"]), ("/api/v1/events", 200))
        trace = self.trace(line["trace_id"])
        request = trace["requests"][0]
        self.assertEqual((request["route"], request["method"], request["status"], request["error"]),
                         ("/api/v1/events", "GET", 200, False))
        self.assertEqual(request["correlation_id"], correlation_id)
        self.assertEqual(request["keep_reason"], "always_on")
        self.assertIn("recent", request["recorded_as"])
        self.assertEqual([line["correlation_id"] for line in trace["logs"]], [correlation_id])
        spans = {span["name"]: span for span in trace["spans"]}
        root, query = spans["GET /api/v1/events"], spans["events.list"]
        self.assertEqual((root["parent_span_id"], root["kind"]), (None, "server"))
        self.assertEqual((query["parent_span_id"], query["kind"]), (root["span_id"], "client"))
        self.assertLessEqual(query["duration_ms"], root["duration_ms"])
        self.assertIn(line["span_id"], {span["span_id"] for span in trace["spans"]})

    def test_lists_are_filtered(self):
        client = self.client()
        for _ in range(3):
            client.get("/api/v1/events")
            client.get("/api/v1/nothing")
        items = self.debug("traces?route=/api/v1/events&limit=2")["items"]
        self.assertEqual([item["route"] for item in items], ["/api/v1/events"] * 2)
        self.assertGreaterEqual(items[0]["start"], items[1]["start"])
        self.assertEqual(self.debug("traces?min_ms=600000")["items"], [])
        self.assertEqual(self.debug("traces?error=true&route=/api/v1/events")["items"], [])
        self.assertEqual(self.debug("logs?level=error")["items"], [])

    def test_nothing_is_told_to_be_exported(self):
        answer = self.client().get("/livez")
        flags = int(answer.headers["traceparent"].split("-")[3], 16)
        self.assertEqual(flags & 1, 0, "not sampled")
        traces = self.debug("ledger")["signals"]["traces"]
        self.assertGreater(traces["created"], 0)
        self.assertEqual(traces["created"], traces["sampled_out"])
        metrics = self.vigie.metrics()
        self.assertGreater(metrics['vigie_trace_decisions_total{decision="left_out",reason="not_exported"}'], 0)
        self.assertEqual(metrics["vigie_recorder_missed_traces_total"], 0)
        for signal in ("traces", "logs"):
            held, limit = (metrics[f'vigie_recorder_bytes{suffix}{{signal="{signal}"}}'] for suffix in ("", "_limit"))
            self.assertTrue(0 < held <= limit)

    def test_bad_parameters_are_named(self):
        for path, pointer in (("traces?limit=0", "?limit"), ("traces?min_ms=x", "?min_ms"), ("logs?level=loud", "?level"),
                              ("logs?colour=red", "?colour")):
            status, text = self.vigie.admin("/debug/" + path)
            problem = json.loads(text)
            self.assertEqual((status, problem["code"]), (422, "validation_failed"), path)
            self.assertEqual(problem["errors"][0]["pointer"], pointer)
        status, text = self.vigie.admin("/debug/traces/" + "a" * 32)
        self.assertEqual((status, json.loads(text)["code"]), (404, "not_found"))

    def test_is_not_on_the_public_port(self):
        for path in ("traces", "logs", "ledger", "bundle"):
            self.assertEqual(self.client().get("/debug/" + path).status, 404)

    def test_is_off_when_it_may_have_no_memory(self):
        off = self.new_vigie(VIGIE_TELEMETRY_RECORDER_BYTES_MAX="0").start()
        self.addCleanup(off.stop)
        self.assertEqual(json.loads(off.admin("/debug/traces")[1])["code"], "recorder_off")
        self.assertEqual(json.loads(off.admin("/debug/ledger")[1])["signals"]["traces"]["created"], 0)


class Bundle(RecorderCase):
    """One archive for an incident, that may be passed on."""

    @classmethod
    def setUpClass(cls):
        cls.canaries = [f"canary{uuid.uuid4().hex}" for _ in range(3)]
        header, user, query = cls.canaries
        cls.settings = {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{header}",
                        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://someone:{user}@127.0.0.1:1/base?key={query}"}
        super().setUpClass()

    def fetch(self):
        with urllib.request.urlopen(self.vigie.admin_url + "/debug/bundle", timeout=30) as answer:
            return answer.headers, answer.read()

    def test_holds_what_is_known(self):
        correlation_id = uuid.uuid4().hex
        self.client().get("/api/v1/events", x_correlation_id=correlation_id)
        trace_id = self.access_line(correlation_id)["trace_id"]
        headers, archive = self.fetch()
        self.assertEqual(headers["Content-Type"], "application/gzip")
        name = re.fullmatch(r'attachment; filename="(vigie-bundle-\d{8}T\d{6}Z)\.tar\.gz"', headers["Content-Disposition"])[1]
        listed = subprocess.run(["tar", "tzf", "-"], input=archive, capture_output=True, check=True, timeout=30)
        self.assertEqual(listed.stderr, b"")
        files = {"build.json", "readiness.json", "configuration.json", "ledger.json", "metrics.txt", "logs.ndjson", "traces.json"}
        self.assertEqual(set(listed.stdout.decode().split()), {f"{name}/{file}" for file in files})
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            content = {file: tar.extractfile(f"{name}/{file}").read().decode() for file in files}
            self.assertLess(abs(tar.getmember(f"{name}/build.json").mtime - time.time()), 60)
        parsed = {file: json.loads(text) for file, text in content.items() if file.endswith(".json")}
        self.assertIn("version", parsed["build.json"])
        self.assertEqual(parsed["readiness.json"], {"status": "ready", "reasons": []})
        self.assertEqual(set(parsed["ledger.json"]["signals"]), {"traces", "logs"})
        self.assertIn("vigie_ready 1", content["metrics.txt"])
        self.assertIn(trace_id, {json.loads(line).get("trace_id") for line in content["logs.ndjson"].splitlines()})
        self.assertEqual(parsed["traces.json"]["left_out_count"], 0)
        for trace in parsed["traces.json"]["traces"]:
            self.assertEqual(trace["request"]["span_count"], len(trace["spans"]))
        self.assertEqual(parsed["configuration.json"]["settings"]["DATABASE_URL"], "(secret)")
        self.assertEqual(parsed["configuration.json"]["opentelemetry"]["traces"]["headers"], {"authorization": "(secret)"})
        everything = "".join(content.values())
        for secret in (*self.canaries, self.vigie.environment["DATABASE_URL"]):
            self.assertNotIn(secret, everything)

    def test_probes_are_answered_meanwhile(self):
        client = self.client()
        for _ in range(300):
            client.get("/api/v1/events")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            bundle = pool.submit(self.fetch)
            while not bundle.done():
                self.assertEqual(self.vigie.admin("/livez")[0], 200)
        self.assertGreater(len(bundle.result()[1]), 1000)


class BesideCollector(RecorderCase):
    """Exported traces are here once they are encoded; of those that are not kept, the slowest and the failed."""

    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50",
                        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0",
                        "VIGIE_HTTP_TRACING_CALLERS": "127.0.0.1"}
        super().setUpClass()

    def test_what_is_exported_is_held_too(self):
        trace_id = uuid.uuid4().hex
        self.client().get("/api/v1/events", traceparent=f"00-{trace_id}-{'1' * 16}-01")
        held = self.trace(trace_id)
        self.vigie.wait_until(lambda: self.receiver.of_trace(trace_id), "spans")
        self.assertEqual({span["span_id"] for span in held["spans"]},
                         {span["span_id"] for span in self.receiver.of_trace(trace_id)})
        self.assertEqual(held["requests"][0]["keep_reason"], "caller")

    def test_what_is_not_kept_is_held_when_it_is_among_the_slowest(self):
        client = self.client()
        for _ in range(20):
            client.get("/api/v1/docs")
        items = self.debug("traces?route=/api/v1/docs")["items"]
        self.assertEqual({tuple(item["recorded_as"]) for item in items}, {("slowest",)})
        self.assertEqual({item["keep_reason"] for item in items}, {None})
        self.assertEqual(len(items), 8)
        self.assertEqual(self.receiver.of_trace(items[0]["trace_id"]), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
