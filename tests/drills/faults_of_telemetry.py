"""Telemetry that finds no way out, no room, or too many series."""

import http.server
import json
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from scene import Scene, list_events

MANY_SERIES = 13_000


@contextmanager
def collector_gone(scene: Scene) -> Iterator[None]:
    """The process that Vigie exports to: the stack's collector, or the scene's own where none is installed."""
    if scene.has_collector:
        scene.signal("otelcol", signal.SIGTERM)
    else:
        scene.collector.set_mood("refusing")
    try:
        yield
    finally:
        if scene.has_collector:
            scene.start_what_ended()
        else:
            scene.collector.set_mood("taking")


@contextmanager
def collector_gone_under_load(scene: Scene) -> Iterator[None]:
    with collector_gone(scene), scene.load(list_events, rate=1000, threads=8):
        yield


@contextmanager
def told_by_a_stand_in(scene: Scene, page) -> Iterator[None]:
    """A target of the service that answers scrapes with `page()`: what a faulty build would."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = page().encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Nothing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            with scene.target("stand-in", server.server_port):
                yield
        finally:
            server.shutdown()


def too_many_series(scene: Scene):
    text = "".join(f'drilled{{id="{number}"}} 1\n' for number in range(MANY_SERIES))
    return told_by_a_stand_in(scene, lambda: text)


def label_over_its_bound(scene: Scene):
    begin = time.monotonic()
    return told_by_a_stand_in(scene, lambda: f"vigie_telemetry_labels_over_bound_total {int(time.monotonic() - begin)}\n")


@contextmanager
def line_too_old(scene: Scene) -> Iterator[None]:
    """Loki refuses lines of last month, and counts them."""
    line = [str(int(time.time() - 60 * 86400) * 10**9), "late"]
    body = json.dumps({"streams": [{"stream": {"service_name": "drilled"}, "values": [line]}]}).encode()
    request = urllib.request.Request(f"{scene.endpoints['loki']}/loki/api/v1/push", body, {"Content-Type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except urllib.error.HTTPError as refusal:
        assert refusal.code == 400, refusal
    yield
