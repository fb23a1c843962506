#!/usr/bin/python3
"""Telemetry as behaviour: spans, log lines and metrics of real requests, and what must not be in them."""

import json
import pathlib
import shutil
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402

SERVER, CLIENT = 2, 3  # span kinds of OTLP


class Telemetry(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        super().setUpClass()

    def spans(self, trace_id, count=1):
        self.vigie.wait_until(lambda: len(self.receiver.of_trace(trace_id)) >= count, f"{count} spans")
        return {span["name"]: span for span in self.receiver.of_trace(trace_id)}

    def log_line(self, correlation_id):
        return self.vigie.wait_for_log(lambda line: line.get("correlation_id") == correlation_id
                                       and line["event"] == "http.request")

    def test_a_request_joins_the_callers_trace(self):
        trace_id, parent = uuid.uuid4().hex, uuid.uuid4().hex[:16]
        answer = self.client().get("/api/v1/events?limit=1", traceparent=f"00-{trace_id}-{parent}-01")
        spans = self.spans(trace_id, 2)
        root = spans["GET /api/v1/events"]
        self.assertEqual((root["kind"], root["parent_span_id"]), (SERVER, parent))
        self.assertEqual(root["attributes"]["http.route"], "/api/v1/events")
        self.assertEqual(root["attributes"]["http.response.status_code"], 200)
        query = spans["events.list"]
        self.assertEqual((query["kind"], query["attributes"]["db.system.name"]), (CLIENT, "postgresql"))
        self.assertTrue(root["start"] <= query["start"] <= query["end"] <= root["end"])
        self.assertIn(trace_id, answer.headers["traceparent"])

    def test_a_malformed_traceparent_starts_a_new_trace(self):
        for header in ("00-" + "0" * 32 + "-1234567890abcdef-01", "garbage", "00-xyz"):
            answer = self.client().get("/livez", traceparent=header)
            self.assertRegex(answer.headers["traceparent"], r"^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-0[0-9a-f]$")

    def test_password_hashing_has_its_span(self):
        _, email = self.new_account()
        trace_id = uuid.uuid4().hex
        self.client().post("/api/v1/auth/login", {"email": email, "password": PASSWORD},
                           traceparent=f"00-{trace_id}-{'1' * 16}-01")
        self.assertTrue([name for name in self.spans(trace_id, 3) if "password" in name])

    def test_every_request_has_one_log_line_with_its_ids(self):
        correlation_id = uuid.uuid4().hex
        answer = self.client().get("/api/v1/nothing", x_correlation_id=correlation_id)
        self.assertEqual(answer.headers["X-Correlation-ID"], correlation_id)
        line = self.log_line(correlation_id)
        self.assertEqual(line["trace_id"], answer.json["trace_id"])
        self.assertEqual((line["http.response.status_code"], line["http.route"]), (404, "unmatched"))
        for field in ("timestamp", "severity_text", "message", "span_id", "service.name"):
            self.assertTrue(line[field], field)

    def test_a_correlation_id_that_is_none_is_replaced(self):
        for header in ("x" * 129, "with space", "umlaut-\u00e4", ""):
            answer = self.client().get("/livez", x_correlation_id=header.encode())
            self.assertRegex(answer.headers["X-Correlation-ID"], r"^[A-Za-z0-9._-]{1,128}$")
            self.assertNotEqual(answer.headers["X-Correlation-ID"], header)

    def test_no_secret_reaches_logs_spans_or_metrics(self):
        secrets = [f"canary{uuid.uuid4().hex}" for _ in range(4)]
        password, token, cookie, query = secrets
        client = self.client()
        client.post("/api/v1/accounts", {"email": "c@example.org", "display_name": "C", "password": password})
        client.post("/api/v1/auth/login", {"email": "c@example.org", "password": password + "x"})
        pair = client.post("/api/v1/auth/login", {"email": "c@example.org", "password": password}).json
        client.request("GET", "/api/v1/accounts/me", headers={"Authorization": f"Bearer {token}", "Cookie": f"s={cookie}"})
        client.post("/api/v1/auth/refresh", {"refresh_token": pair["refresh_token"]})
        client.get(f"/api/v1/events?token={query}")
        last = uuid.uuid4().hex
        # The only refusal of its code here: of repeats no line is written.
        trace_id = client.request("DELETE", "/api/v1/events", headers={"X-Correlation-ID": last}).json["trace_id"]
        self.log_line(last)
        self.spans(trace_id)
        everything = self.vigie.log.read_bytes() + b"".join(self.receiver.bodies) + self.vigie.admin("/metrics")[1].encode()
        for secret in (*secrets, pair["access_token"], pair["refresh_token"]):
            self.assertNotIn(secret.encode(), everything)

    def test_metrics_are_accepted_by_promtool(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        status, text = self.vigie.admin("/metrics", headers={"Accept": "text/plain"})
        self.assertEqual(status, 200)
        checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=30)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_openmetrics_is_negotiated(self):
        _, text = self.vigie.admin("/metrics", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        self.assertTrue(text.endswith("# EOF\n"))
        self.assertIn('# {trace_id="', text)
        self.assertIn("vigie_build_info{", text)

    def test_log_level_changes_at_run_time(self):
        self.assertEqual(json.loads(self.vigie.admin("/admin/log-level")[1])["level"], "info")
        status, _ = self.vigie.admin("/admin/log-level", "PUT", b'{"level": "debug"}', {"Content-Type": "application/json"})
        self.assertEqual(status, 200)
        correlation_id = uuid.uuid4().hex
        self.client().get("/livez", x_correlation_id=correlation_id)
        self.vigie.wait_for_log(lambda line: line.get("correlation_id") == correlation_id)
        self.vigie.admin("/admin/log-level", "PUT", b'{"level": "info"}', {"Content-Type": "application/json"})
        self.assertEqual(self.vigie.admin("/admin/log-level", "PUT", b'{"level": "loud"}',
                                          {"Content-Type": "application/json"})[0], 422)

    def test_a_request_leaves_its_fiber_for_the_next(self):
        self.client().get("/api/v1/events?limit=1")
        self.vigie.wait_until(lambda: self.vigie.metrics()['vigie_fibers{state="pooled"}'] >= 1, "a pooled fiber")

    def test_enumerable_series_exist_before_anything_happened(self):
        fresh = self.new_vigie().start()
        self.addCleanup(fresh.stop)
        metrics = fresh.metrics()
        self.assertEqual(metrics['vigie_event_changes_total{change="cancelled"}'], 0)
        self.assertEqual(metrics['vigie_idempotency_requests_total{outcome="conflict"}'], 0)


if __name__ == "__main__":
    unittest.main(verbosity=1)
