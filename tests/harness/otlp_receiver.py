"""An OTLP/HTTP receiver for tests: keeps what is posted and decodes the spans (protobuf wire format)."""

import gzip
import http.server
import struct
import threading

from protobuf_wire import fields, submessages


def attribute_value(data):
    for number, value in fields(data):
        if number == 1:
            return value.decode()
        if number == 2:
            return bool(value)
        if number == 3:
            return value - (1 << 64) if value >= 1 << 63 else value
        if number == 4:
            return struct.unpack("<d", value.to_bytes(8, "little"))[0]
    return None


def attributes(messages):
    pairs = (dict(fields(message)) for message in messages)
    return {pair[1].decode(): attribute_value(pair[2]) for pair in pairs}


def decode_span(data):
    one = dict(fields(data))
    status = dict(fields(one.get(15, b"")))
    return {"trace_id": one[1].hex(), "span_id": one[2].hex(), "parent_span_id": one.get(4, b"").hex(),
            "trace_state": one.get(3, b"").decode(), "flags": one.get(16, 0), "name": one[5].decode(), "kind": one.get(6, 0), "start": one[7], "end": one[8],
            "status": status.get(3, 0), "attributes": attributes(submessages(data, 9))}


def decode_log_records(body):
    """The records of one ExportLogsServiceRequest."""
    return [decode_log_record(record) for resource_logs in submessages(body, 1)
            for scope_logs in submessages(resource_logs, 2) for record in submessages(scope_logs, 2)]


def decode_log_record(data):
    one = dict(fields(data))
    return {"time": one[1], "severity_number": one[2], "severity_text": one[3].decode(), "body": attribute_value(one[5]),
            "attributes": attributes(submessages(data, 6)), "trace_id": one.get(9, b"").hex(),
            "span_id": one.get(10, b"").hex(), "event_name": one.get(12, b"").decode()}


class OtlpReceiver:
    """Answers 200 to everything; `spans` are those decoded so far."""

    def __init__(self):
        self.spans, self.bodies, self.log_requests = [], [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.take(body, self.path)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def take(self, body, path="/v1/traces"):
        self.bodies.append(body)
        if path.endswith("/v1/logs"):
            self.log_requests.append(body)
            return
        for resource_spans in submessages(body, 1):
            for scope_spans in submessages(resource_spans, 2):
                self.spans += [decode_span(span) for span in submessages(scope_spans, 2)]

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def of_trace(self, trace_id):
        return [span for span in self.spans if span["trace_id"] == trace_id]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
