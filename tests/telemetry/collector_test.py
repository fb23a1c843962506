#!/usr/bin/python3
"""A real OpenTelemetry Collector takes what the exporter sends, all of it: plain, compressed, and by TLS.

  collector_test.py PROBE      PROBE is the binary telemetry_probe

The collector passes on what it took as OTLP/JSON, which is read here."""

import contextlib
import gzip
import http.server
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from vigie_process import free_port  # noqa: E402

PROBE = sys.argv.pop() if len(sys.argv) > 1 else ""
COLLECTOR = shutil.which("otelcol") or shutil.which("otelcol-contrib")
COUNT = 700  # traces of two spans: more than one batch
DEADLINE_S = 30


def values(attributes):
    return {row["key"]: next(iter(row["value"].values())) for row in attributes}


class Sink(http.server.ThreadingHTTPServer):
    """Where the collector passes everything on to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), SinkHandler)
        self.spans, self.logs, self.resources = [], [], []

    def take(self, request):
        for resource in request.get("resourceSpans", []):
            self.resources.append(values(resource["resource"]["attributes"]))
            self.spans += [span for scope in resource["scopeSpans"] for span in scope["spans"]]
        for resource in request.get("resourceLogs", []):
            self.logs += [record for scope in resource["scopeLogs"] for record in scope["logRecords"]]


class SinkHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.take(json.loads(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def make_authority(directory):
    """A self-signed authority, and a certificate of it for 127.0.0.1."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True, timeout=30)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test authority", "-days", "2")
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=127.0.0.1")
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "server.pem",
            "-days", "2", "-extfile", "names")


class Collector(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="collector-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        make_authority(cls.directory)
        components = subprocess.run([COLLECTOR, "components"], capture_output=True, text=True, timeout=30).stdout
        cls.exporter = "otlp_http" if "otlp_http" in components else "otlphttp"

    def setUp(self):
        self.sink = Sink()
        threading.Thread(target=self.sink.serve_forever, daemon=True).start()
        self.addCleanup(self.sink.server_close)
        self.addCleanup(self.sink.shutdown)

    def start(self, tls=None):
        """The port of a collector that listens."""
        port = free_port()
        http_settings = {"endpoint": f"127.0.0.1:{port}"} | ({"tls": tls} if tls else {})
        pipeline = {"receivers": ["otlp"], "exporters": [self.exporter]}
        config = self.directory / f"{port}.json"
        config.write_text(json.dumps({
            "receivers": {"otlp": {"protocols": {"http": http_settings}}},
            "exporters": {self.exporter: {"endpoint": f"http://127.0.0.1:{self.sink.server_port}", "encoding": "json"}},
            "service": {"telemetry": {"metrics": {"level": "none"}}, "pipelines": {"traces": pipeline, "logs": pipeline}}}))
        log = open(self.directory / f"{port}.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen([COLLECTOR, f"--config={config}"], stdout=log, stderr=log)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        self.wait_for(lambda: self.is_open(port), pathlib.Path(log.name), process)
        return port

    @staticmethod
    def is_open(port):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    def wait_for(self, is_true, log=None, process=None):
        deadline = time.monotonic() + DEADLINE_S
        while not is_true():
            if time.monotonic() > deadline or (process and process.poll() is not None):
                self.fail("the collector did not do in time what was waited for" + ("\n" + log.read_text()[-2000:] if log else ""))
            time.sleep(0.02)

    def export(self, port, scheme="http", **variables):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        given = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"{scheme}://127.0.0.1:{port}", "OTEL_SERVICE_NAME": "probe",
                 "OTEL_BSP_MAX_QUEUE_SIZE": "4096"} | variables
        return subprocess.run([PROBE, "configured", str(COUNT)], env=kept | given, capture_output=True, text=True, timeout=60)

    def assert_complete(self):
        self.wait_for(lambda: len(self.sink.spans) >= 2 * COUNT)
        spans = {span["spanId"]: span for span in self.sink.spans}
        self.assertEqual((len(spans), len(self.sink.spans)), (2 * COUNT, 2 * COUNT))
        roots = [span for span in self.sink.spans if not span.get("parentSpanId")]
        sizes = sorted(int(values(span["attributes"])["http.request.body.size"]) for span in roots)
        self.assertEqual(sizes, list(range(COUNT)))
        for span in self.sink.spans:
            if parent := span.get("parentSpanId"):
                self.assertEqual(spans[parent]["traceId"], span["traceId"])
        self.assertEqual({resource["service.name"] for resource in self.sink.resources}, {"probe"})

    def test_takes_every_span(self):
        done = self.export(self.start())
        self.assertEqual((done.returncode, done.stderr), (0, f"{2 * COUNT} {2 * COUNT}\n"))
        self.assert_complete()

    def test_takes_compressed_spans(self):
        done = self.export(self.start(), OTEL_EXPORTER_OTLP_COMPRESSION="gzip")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_complete()

    def test_takes_spans_by_tls(self):
        port = self.start({"cert_file": str(self.directory / "server.pem"), "key_file": str(self.directory / "server.key")})
        done = self.export(port, "https", OTEL_EXPORTER_OTLP_CERTIFICATE=str(self.directory / "ca.pem"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_complete()

    def test_an_unknown_authority_is_not_trusted(self):
        port = self.start({"cert_file": str(self.directory / "server.pem"), "key_file": str(self.directory / "server.key")})
        done = self.export(port, "https", OTEL_BSP_EXPORT_TIMEOUT="500")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.sink.spans, [])

    def test_takes_every_log_record(self):
        done = self.export(self.start(), OTEL_LOGS_EXPORTER="otlp")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assert_complete()
        self.wait_for(lambda: len(self.sink.logs) >= COUNT)
        limited = [values(record["attributes"]) for record in self.sink.logs if "http.route" in str(record)]
        self.assertEqual(sorted(int(one["http.route"]) for one in limited), list(range(COUNT)))
        self.assertLessEqual({record["traceId"] for record in self.sink.logs if record.get("traceId")},
                             {span["traceId"] for span in self.sink.spans})


if __name__ == "__main__":
    missing = [name for name, path in (("otelcol (or otelcol-contrib)", COLLECTOR), ("openssl", shutil.which("openssl"))) if not path]
    if missing:
        print(f"SKIPPED: {', '.join(missing)} is not on PATH")
        sys.exit(77)
    unittest.main(verbosity=2)
