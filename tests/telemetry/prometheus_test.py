#!/usr/bin/python3
"""The metrics as Prometheus sees them: its linter, and a real server that scrapes and stores the exemplar.

  prometheus_test.py PROBE      PROBE is the binary telemetry_probe
"""

import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from vigie_process import free_port  # noqa: E402

PROBE = sys.argv.pop()
DEADLINE_S = 60
QUERY = "http_server_request_duration_seconds_bucket"


def exposition(accept):
    text = subprocess.run([PROBE, "exposition", accept], check=True, capture_output=True, timeout=30).stdout.decode()
    content_type, _, metrics = text.partition("\n\n")
    return content_type, metrics


class Target(http.server.ThreadingHTTPServer):
    """Serves the metrics in the format that the scraper asks for, each made once."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.made = {}
        self.lock = threading.Lock()

    def metrics(self, accept):
        with self.lock:
            if accept not in self.made:
                self.made[accept] = exposition(accept)
            return self.made[accept]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        content_type, metrics = self.server.metrics(self.headers.get("Accept", ""))
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(metrics.encode())

    def log_message(self, *_):
        pass


class Linter(unittest.TestCase):
    def test_accepts_the_classic_format(self):
        content_type, metrics = exposition("text/plain")
        self.assertEqual(content_type, "text/plain; version=0.0.4; charset=utf-8")
        check = subprocess.run(["promtool", "check", "metrics"], input=metrics.encode(), capture_output=True, timeout=30)
        self.assertEqual((check.returncode, check.stdout + check.stderr), (0, b""))


class Server(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.target = Target()
        threading.Thread(target=cls.target.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.target.server_close)
        cls.addClassCleanup(cls.target.shutdown)
        cls.directory = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        (cls.directory / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "vigie", "static_configs": [
                {"targets": [f"127.0.0.1:{cls.target.server_port}"]}]}]}))
        cls.port = free_port()
        cls.log = open(cls.directory / "log", "wb")
        cls.addClassCleanup(cls.log.close)
        cls.process = subprocess.Popen(
            ["prometheus", "--enable-feature=exemplar-storage", f"--web.listen-address=127.0.0.1:{cls.port}",
             f"--config.file={cls.directory}/prometheus.yml", f"--storage.tsdb.path={cls.directory}/data"],
            stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.process.wait, 30)
        cls.addClassCleanup(cls.process.terminate)

    def api(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)["data"]

    def wait_for(self, ask):
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            try:
                if found := ask():
                    return found
            except OSError:
                pass
            self.assertIsNone(self.process.poll(), (self.directory / "log").read_text())
            time.sleep(0.1)
        self.fail("Prometheus did not answer in time:\n" + (self.directory / "log").read_text())

    def test_stores_the_exemplar_of_a_kept_trace(self):
        found = self.wait_for(lambda: self.api("query_exemplars", query=QUERY, start=time.time() - 3600,
                                               end=time.time() + 60))
        accept = next(accept for accept in self.target.made if "openmetrics" in accept)
        metrics = self.target.made[accept][1]
        exemplar = found[0]["exemplars"][0]
        self.assertEqual(found[0]["seriesLabels"]["le"], "0.025")
        self.assertEqual(exemplar["value"], "0.012")
        self.assertIn(f'# {{trace_id="{exemplar["labels"]["trace_id"]}",'
                      f'span_id="{exemplar["labels"]["span_id"]}"}} 0.012', metrics)

    def test_reads_types_units_and_values(self):
        value = self.wait_for(lambda: self.api("query", query="vigie_build_info")["result"])
        self.assertEqual(value[0]["value"][1], "1")
        self.assertEqual(self.api("query", query="up")["result"][0]["value"][1], "1")
        families = self.api("metadata")
        self.assertEqual(families["http_server_request_duration_seconds"][0]["type"], "histogram")
        self.assertEqual(families["http_server_request_duration_seconds"][0]["unit"], "seconds")
        odd = self.api("query", query='db_client_operation_duration_seconds_count{db_query_summary!=""}')["result"]
        self.assertEqual(odd[0]["metric"]["db_query_summary"], 'say "hi"\\\n')


if __name__ == "__main__":
    for tool in ("promtool", "prometheus"):
        if not shutil.which(tool):
            print(f"SKIPPED: {tool} is not on PATH")
            sys.exit(77)
    unittest.main(verbosity=2)
