#!/usr/bin/python3
"""OTEL_LOGS_EXPORTER=otlp: the log records of real requests arrive at a collector, and nowhere else."""

import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from otlp_receiver import OtlpReceiver, decode_log_records  # noqa: E402

INFO = 9


class OtlpLogs(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_LOGS_EXPORTER": "otlp",
                        "OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_BLRP_SCHEDULE_DELAY": "50"}
        super().setUpClass()

    def records(self, correlation_id):
        return [record for body in list(self.receiver.log_requests) for record in decode_log_records(body)
                if record["attributes"].get("vigie.correlation_id") == correlation_id]

    def record(self, correlation_id, vigie=None):
        (vigie or self.vigie).wait_until(lambda: self.records(correlation_id), "the log record")
        [record] = self.records(correlation_id)
        return record

    def test_a_request_has_one_record_with_its_ids(self):
        correlation_id = uuid.uuid4().hex
        trace_id = self.client().get("/api/v1/nothing", x_correlation_id=correlation_id).json["trace_id"]
        record = self.record(correlation_id)
        self.assertEqual((record["event_name"], record["trace_id"]), ("http.request", trace_id))
        self.assertEqual((record["severity_number"], record["severity_text"]), (INFO, "INFO"))
        self.assertEqual(record["attributes"]["http.response.status_code"], 404)
        self.assertEqual(record["attributes"]["http.route"], "unmatched")
        self.vigie.wait_until(lambda: self.receiver.of_trace(trace_id), "the span")
        self.assertIn(record["span_id"], [span["span_id"] for span in self.receiver.of_trace(trace_id)])

    def test_standard_output_is_silent_and_every_record_arrives(self):
        vigie = self.new_vigie().start()
        ids = [uuid.uuid4().hex for _ in range(40)]
        self.vigie, first = vigie, self.vigie
        self.addCleanup(lambda: setattr(self, "vigie", first))
        for correlation_id in ids:
            self.client().get("/api/v1/events", x_correlation_id=correlation_id)
        self.assertEqual(vigie.stop(), 0)
        self.assertEqual(vigie.log.read_bytes(), b"")
        self.assertEqual([len(self.records(correlation_id)) for correlation_id in ids], [1] * len(ids))


if __name__ == "__main__":
    unittest.main(verbosity=2)
