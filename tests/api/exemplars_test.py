#!/usr/bin/python3
"""Exemplars as a real Prometheus stores them, under load with failures and a sampler that leaves most out."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase  # noqa: E402
from client import Client  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402
from vigie_process import free_port  # noqa: E402

HISTOGRAMS = ("http_server_request_duration_seconds_bucket", "db_client_operation_duration_seconds_bucket",
              "vigie_password_hash_duration_seconds_bucket")
OPEN_METRICS = {"Accept": "application/openmetrics-text;version=1.0.0"}
LABELS = re.compile(r'^(\S+) \S+ # \{trace_id="([0-9a-f]{32})",span_id="([0-9a-f]{16})"\} \S+ \S+$')
BYTES_MAX = 128  # of an exemplar's label names and values (OpenMetrics 1.0)


class Exemplars(ApiCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        cls.settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": cls.receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50",
                        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1",
                        "VIGIE_HTTP_TRACING_CALLERS": "127.0.0.1"}
        super().setUpClass()

    def exemplars(self):
        """{series: trace id} of the exposition."""
        lines = self.vigie.admin("/metrics", headers=OPEN_METRICS)[1].splitlines()
        found = [(line, LABELS.match(line)) for line in lines if " # {" in line]
        self.assertEqual([line for line, match in found if not match], [])
        for _, match in found:
            self.assertLessEqual(len("trace_id" + match[2] + "span_id" + match[3]), BYTES_MAX)
        return {match[1]: match[2] for _, match in found}

    def test_the_newest_of_a_bucket_replaces_the_one_before(self):
        given = []
        for _ in range(20):
            trace_id = uuid.uuid4().hex
            self.client().get("/api/v1/docs", traceparent=f"00-{trace_id}-{'1' * 16}-01")
            given.append(trace_id)
            of_route = [found for series, found in self.exemplars().items() if '/api/v1/docs"' in series]
            self.assertIn(trace_id, of_route)
            self.assertLessEqual(set(of_route), set(given))
            self.assertEqual(len(of_route), len(set(of_route)))
        self.client().get("/api/v1/docs", traceparent=f"00-{'f' * 32}-{'1' * 16}-00")  # left out: its caller says so
        self.assertNotIn("f" * 32, self.exemplars().values())

    def start_prometheus(self):
        port = free_port()
        (self.directory / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "500ms"},
            "scrape_configs": [{"job_name": "vigie", "static_configs": [{"targets": [f"127.0.0.1:{self.vigie.admin_port}"]}]}]}))
        log = open(self.directory / "prometheus.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            ["prometheus", "--enable-feature=exemplar-storage", f"--web.listen-address=127.0.0.1:{port}",
             f"--config.file={self.directory}/prometheus.yml", f"--storage.tsdb.path={self.directory}/prometheus"], stdout=log, stderr=log)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        return port

    @staticmethod
    def stored(port):
        """(histogram, labels of the series, exemplar) of all that Prometheus has."""
        found = []
        for histogram in HISTOGRAMS:
            query = urllib.parse.urlencode({"query": histogram, "start": time.time() - 3600, "end": time.time() + 60})
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/query_exemplars?{query}", timeout=10) as answer:
                for row in json.load(answer)["data"]:
                    found += [(histogram, row["seriesLabels"], exemplar) for exemplar in row["exemplars"]]
        return found

    def load(self, stop, email):
        with Client(self.vigie.port) as client:
            while not stop.is_set():
                client.get("/api/v1/events?limit=1")
                client.get(f"/api/v1/events/{uuid.uuid4()}")
                client.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})

    @unittest.skipUnless(shutil.which("prometheus"), "prometheus is not on PATH")
    def test_under_load_every_stored_exemplar_leads_to_a_trace(self):
        """The last one: it stops the database and the server."""
        _, email = self.new_account()
        port, stop = self.start_prometheus(), threading.Event()
        threads = [threading.Thread(target=self.load, args=(stop, email)) for _ in range(3)]
        for thread in threads:
            thread.start()
        try:
            self.vigie.wait_until(lambda: {row[0] for row in self.stored(port)} == set(HISTOGRAMS), "exemplars of every histogram", 60)
            self.postgres.stop()  # what fails is kept, whatever the ratio
            failed = lambda: [row for row in self.stored(port) if row[1].get("http_response_status_code") == "503"]  # noqa: E731
            self.vigie.wait_until(failed, "an exemplar of a failure", 60)
        finally:
            stop.set()
            for thread in threads:
                thread.join(20)
        stored = self.stored(port)
        self.vigie.stop()  # sends what waits
        traces = {span["trace_id"] for span in self.receiver.spans}
        print(f"{len(stored)} exemplars of {len({row[2]['labels']['trace_id'] for row in stored})} traces; {len(traces)} traces arrived")
        spans = {span["span_id"] for span in self.receiver.spans}
        lost = [row for row in stored if row[2]["labels"]["trace_id"] not in traces or row[2]["labels"]["span_id"] not in spans]
        self.assertEqual(lost, [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
