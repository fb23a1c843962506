#!/usr/bin/python3
"""What the exporter sends, decoded by OpenTelemetry's own code (npm @opentelemetry/otlp-transformer).

  otlp_test.py PROBE DIRECTORY     PROBE is the binary telemetry_probe; the package is installed below DIRECTORY
"""

import base64
import gzip
import http.server
import json
import pathlib
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

import npm  # noqa: E402

DIRECTORY = pathlib.Path(sys.argv.pop()).resolve()
PROBE = sys.argv.pop()
PACKAGE = "@opentelemetry/otlp-transformer"
VERSION = "0.57.2"
INSTALLED = DIRECTORY / "node_modules" / PACKAGE


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, dict(self.headers), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def exported(command, path):
    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}{path}"
        printed = subprocess.run([PROBE, command, url], check=True, timeout=30, stdout=subprocess.PIPE).stdout
    finally:
        server.shutdown()
        server.server_close()
    return server.received, printed


def decoded(body, signal):
    decoder = pathlib.Path(__file__).with_name("otlp_decoder.cjs")
    run = subprocess.run(["node", str(decoder), str(INSTALLED), signal], input=body, check=True, capture_output=True, timeout=30)
    return json.loads(run.stdout)


def attributes(rows):
    return {row["key"]: next(iter(row["value"].values())) for row in rows}


def hexadecimal(text):
    return base64.b64decode(text).hex()


REASON = npm.why_missing(DIRECTORY, [f"{PACKAGE}@{VERSION}"])


@unittest.skipIf(REASON, REASON)
class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ((cls.path, cls.headers, body),), _ = exported("export", "/v1/traces")
        cls.request = decoded(gzip.decompress(body), "trace")
        (cls.resource_spans,) = cls.request["resourceSpans"]
        (cls.scope_spans,) = cls.resource_spans["scopeSpans"]
        cls.spans = {span["name"]: span for span in cls.scope_spans["spans"]}

    def test_is_posted_as_the_specification_says(self):
        self.assertEqual(self.path, "/v1/traces")
        self.assertEqual(self.headers["Content-Type"], "application/x-protobuf")
        self.assertEqual(self.headers["Content-Encoding"], "gzip")

    def test_names_the_resource_and_the_scope(self):
        resource = attributes(self.resource_spans["resource"]["attributes"])
        self.assertEqual(resource["service.name"], "vigie")
        self.assertEqual(resource["service.version"], "1.2.3")
        self.assertEqual(resource["deployment.environment.name"], "test")
        self.assertEqual(self.scope_spans["scope"], {"name": "vigie", "version": "1.2.3"})

    def test_has_every_span(self):
        self.assertEqual(sorted(self.spans), ["GET /api/v1/events/{id}", "event_by_id", "{method} {route}"])

    def test_links_spans_to_their_parents(self):
        root, query = self.spans["GET /api/v1/events/{id}"], self.spans["event_by_id"]
        self.assertEqual(hexadecimal(root["traceId"]), "0af7651916cd43dd8448eb211c80319c")
        self.assertEqual(hexadecimal(root["parentSpanId"]), "b7ad6b7169203331")
        self.assertEqual(root["traceState"], "ot=th:0,a=b,c=d")
        self.assertEqual(query["parentSpanId"], root["spanId"])
        self.assertNotIn("parentSpanId", self.spans["{method} {route}"])

    def test_says_kind_status_and_times(self):
        root, query = self.spans["GET /api/v1/events/{id}"], self.spans["event_by_id"]
        self.assertEqual((root["kind"], query["kind"]), ("SPAN_KIND_SERVER", "SPAN_KIND_CLIENT"))
        self.assertEqual(root["status"]["code"], "STATUS_CODE_ERROR")
        self.assertNotIn("status", query)
        times = [int(root["startTimeUnixNano"]), int(query["startTimeUnixNano"]), int(query["endTimeUnixNano"]),
                 int(root["endTimeUnixNano"])]
        self.assertEqual(times, sorted(times))
        self.assertGreater(times[0], 1_700_000_000 * 10**9)

    def test_says_why_it_failed(self):
        self.assertEqual(self.spans["GET /api/v1/events/{id}"]["status"]["message"], "out of \ufffd memory")

    def test_carries_events(self):
        root, query = self.spans["GET /api/v1/events/{id}"], self.spans["event_by_id"]
        (exception,) = root["events"]
        self.assertEqual(exception["name"], "exception")
        self.assertEqual(attributes(exception["attributes"]), {"exception.type": "std::bad_alloc"})
        self.assertEqual(exception["droppedAttributesCount"], 1)
        self.assertLessEqual(int(root["startTimeUnixNano"]), int(exception["timeUnixNano"]))
        self.assertLessEqual(int(exception["timeUnixNano"]), int(root["endTimeUnixNano"]))
        self.assertEqual({event["name"] for event in query["events"]}, {"vigie.db.retry"})

    def test_carries_links(self):
        link = self.spans["event_by_id"]["links"][0]
        self.assertEqual(hexadecimal(link["traceId"]), "0af7651916cd43dd8448eb211c80319c")
        self.assertEqual(hexadecimal(link["spanId"]), "b7ad6b7169203331")

    def test_says_what_was_dropped(self):
        query = self.spans["event_by_id"]
        self.assertEqual((len(query["events"]), query["droppedEventsCount"]), (32, 1))
        self.assertEqual((len(query["links"]), query["droppedLinksCount"]), (8, 1))
        self.assertEqual(query["droppedAttributesCount"], 1)

    def test_carries_every_kind_of_attribute(self):
        root = attributes(self.spans["GET /api/v1/events/{id}"]["attributes"])
        self.assertEqual(root["http.response.status_code"], "500")
        self.assertEqual(root["error.type"], "internal")
        self.assertEqual(root["user_agent.name"], "bad \ufffd utf-8 \u00e9")
        self.assertEqual(root["url.path"], "/" * 200)
        query = attributes(self.spans["event_by_id"]["attributes"])
        self.assertEqual(query["db.response.returned_rows"], "-1")
        self.assertEqual(query["vigie.db.connection.wait"], 0.25)


@unittest.skipIf(REASON, REASON)
class Logs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        received, cls.printed = exported("logs", "/v1/logs")
        cls.bodies = [gzip.decompress(body) for _, _, body in received]
        requests = [decoded(body, "logs") for body in cls.bodies]
        cls.paths = {path for path, _, _ in received}
        (cls.resource,) = {json.dumps(logs["resource"]) for request in requests for logs in request["resourceLogs"]}
        cls.records = {record["body"]["stringValue"]: record for request in requests
                       for logs in request["resourceLogs"] for scope in logs["scopeLogs"] for record in scope["logRecords"]}

    def test_are_posted_and_nothing_is_printed(self):
        self.assertEqual(self.paths, {"/v1/logs"})
        self.assertEqual(self.printed, b"")

    def test_name_the_event(self):
        # Field 12 is younger than the decoder.
        self.assertTrue(any(b"\x62\x0chttp.request" in body for body in self.bodies))

    def test_name_the_resource(self):
        self.assertEqual(attributes(json.loads(self.resource)["attributes"])["service.version"], "1.2.3")

    def test_say_severity_and_time(self):
        severities = {text: (record["severityNumber"], record["severityText"]) for text, record in self.records.items()}
        self.assertEqual(severities["probe answered"], ("SEVERITY_NUMBER_DEBUG", "DEBUG"))
        self.assertEqual(severities["request answered"], ("SEVERITY_NUMBER_INFO", "INFO"))
        self.assertEqual(severities["database does not answer"], ("SEVERITY_NUMBER_ERROR", "ERROR"))
        for record in self.records.values():
            self.assertGreater(int(record["timeUnixNano"]), 1_700_000_000 * 10**9)
            self.assertEqual(record["timeUnixNano"], record["observedTimeUnixNano"])

    def test_belong_to_their_request(self):
        record = self.records["request answered"]
        self.assertEqual(hexadecimal(record["traceId"]), "0af7651916cd43dd8448eb211c80319c")
        self.assertEqual(hexadecimal(record["spanId"]), "b7ad6b7169203331")
        self.assertNotIn("traceId", self.records["probe answered"])

    def test_carry_every_kind_of_attribute(self):
        found = attributes(self.records["request answered"]["attributes"])
        self.assertEqual(found, {"http.request.method": "GET", "http.response.status_code": "503",
                                 "http.server.request.duration": 0.25, "user_agent.name": "bad \ufffd utf-8 \u00e9",
                                 "vigie.correlation_id": "order \ufffd 7"})
        self.assertEqual(attributes(self.records["readiness changed"]["attributes"]), {"vigie.ready": True})

    def test_include_the_last_account(self):
        self.assertIn("account of telemetry records at shutdown", self.records)


if __name__ == "__main__":
    if REASON:
        print("SKIPPED:", REASON)
        sys.exit(77)
    unittest.main(verbosity=2)
