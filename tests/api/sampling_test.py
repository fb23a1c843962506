#!/usr/bin/python3
"""Which traces are kept, why, and how that is changed at run time."""

import json
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402

JSON = {"Content-Type": "application/json"}


class Sampling(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50",
                        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0",
                        "VIGIE_HTTP_TRACING_CALLERS": "127.0.0.1, 10.2.0.0/16", "VIGIE_HTTP_TRUSTED_PROXIES": "127.0.0.1",
                        "VIGIE_ARGON2_MEMORY_KIB": "16384"}  # so that a password takes some milliseconds
        super().setUpClass()

    def change(self, document):
        status, text = self.vigie.admin("/debug/sampling", "PUT", json.dumps(document).encode(), JSON)
        return status, json.loads(text)

    def root_of(self, answer):
        """The exported root span of a request; waits for it."""
        trace_id = answer.headers["traceparent"].split("-")[1]
        self.vigie.wait_until(lambda: self.receiver.of_trace(trace_id), "a span")
        return next(span for span in self.receiver.of_trace(trace_id) if "vigie.trace.keep_reason" in span["attributes"])

    def reason_of(self, answer):
        return self.root_of(answer)["attributes"]["vigie.trace.keep_reason"]

    def decisions(self, decision, reason):
        return self.vigie.metrics()[f'vigie_trace_decisions_total{{decision="{decision}",reason="{reason}"}}']

    def test_the_ratio_of_the_environment_is_in_effect(self):
        document = json.loads(self.vigie.admin("/debug/sampling")[1])
        self.assertEqual((document["sampler"], document["ratio"]), ("parentbased_traceidratio", 0))
        self.assertEqual(document["slow_ms"]["listEvents"], 250)
        before = self.decisions("left_out", "ratio")
        self.client().get("/livez")
        self.vigie.wait_until(lambda: self.decisions("left_out", "ratio") > before, "a decision")

    def test_the_callers_flag_decides(self):
        before = self.decisions("left_out", "caller")
        trace_id = uuid.uuid4().hex
        self.client().get("/livez", traceparent=f"00-{trace_id}-{'1' * 16}-00")
        self.vigie.wait_until(lambda: self.decisions("left_out", "caller") == before + 1, "a decision")
        answer = self.client().get("/livez", traceparent=f"00-{trace_id}-{'1' * 16}-01", tracestate="a=1,ot=th:8,b=2")
        root = self.root_of(answer)
        self.assertEqual(root["attributes"]["vigie.trace.keep_reason"], "caller")
        self.assertEqual(root["trace_state"], "a=1,ot=th:8,b=2")

    def test_a_stranger_decides_nothing(self):
        """Neither by its flag nor by randomness of its choice: our ratio decides, which here is 0 and then half."""
        stranger = {"x_forwarded_for": "192.0.2.7"}
        before = self.decisions("left_out", "ratio")
        for flags in ("00", "01", "03"):
            answer = self.client().get("/livez", traceparent=f"00-{'f' * 32}-{'1' * 16}-{flags}", tracestate="ot=th:0;rv:ffffffffffffff",
                                       **stranger)
            self.assertIn("f" * 32, answer.headers["traceparent"])
        self.vigie.wait_until(lambda: self.decisions("left_out", "ratio") >= before + 3, "three decisions")
        self.assertEqual(self.receiver.of_trace("f" * 32), [])
        partner = self.client().get("/livez", traceparent=f"00-{uuid.uuid4().hex}-{'1' * 16}-01", x_forwarded_for="10.2.3.4")
        self.assertEqual(self.reason_of(partner), "caller")
        self.addCleanup(self.change, {"ratio": 0})
        self.change({"ratio": 0.5})
        for _ in range(60):
            self.client().get("/livez", traceparent=f"00-{'f' * 32}-{'1' * 16}-01", tracestate="a=1,ot=rv:ffffffffffffff", **stranger)
        self.change({"ratio": 1})
        self.root_of(self.client().get("/livez", **stranger))  # comes after them
        kept = self.receiver.of_trace("f" * 32)
        self.assertTrue(10 <= len(kept) <= 50, len(kept))
        self.assertRegex(kept[0]["trace_state"], r"^ot=th:8;rv:[0-9a-f]{14},a=1$")

    def test_the_ratio_is_changed_at_run_time(self):
        self.addCleanup(self.change, {"ratio": 0})
        self.assertEqual(self.change({"ratio": 1})[1]["ratio"], 1)
        root = self.root_of(self.client().get("/livez"))
        self.assertEqual(root["attributes"]["vigie.trace.keep_reason"], "ratio")
        self.assertEqual(root["trace_state"], "ot=th:0")
        self.vigie.wait_for_log(lambda line: line["event"] == "config.changed"
                                and (line["vigie.setting.name"], line["vigie.setting.value"]) == ("sampling.ratio", "1"))

    def test_slow_requests_are_kept_by_their_route(self):
        self.addCleanup(self.change, {"slow_ms": {"registerAccount": 1000}})
        self.change({"slow_ms": {"registerAccount": 1}})
        answer = self.client().post("/api/v1/accounts", {"email": f"{uuid.uuid4().hex}@example.org", "display_name": "S",
                                                         "password": "correct horse battery"})
        self.assertEqual(self.reason_of(answer), "slow")

    def test_debug_requests_of_administrators_are_kept(self):
        administrator, user = self.signed_in("administrator"), self.signed_in()
        before = self.decisions("left_out", "ratio")
        user.get("/api/v1/events", x_vigie_debug="1")
        self.vigie.wait_until(lambda: self.decisions("left_out", "ratio") > before, "a decision")
        root = self.root_of(administrator.get("/api/v1/events", x_vigie_debug="1"))
        self.assertEqual(root["attributes"]["vigie.trace.keep_reason"], "asked")
        self.assertEqual(root["trace_state"], "ot=th:0")

    def test_what_is_wrong_is_refused_as_a_whole(self):
        for document in ({"ratio": 2}, {"ratio": 1, "slow_ms": {"nothing": 1}}, {"ratio": 1, "slow_ms": {"listEvents": -1}}):
            status, problem = self.change(document)
            self.assertEqual((status, problem["code"]), (422, "validation_failed"), document)
        self.assertEqual(json.loads(self.vigie.admin("/debug/sampling")[1])["ratio"], 0)

    def test_is_not_on_the_public_port(self):
        self.assertEqual(self.client().get("/debug/sampling").status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=1)
