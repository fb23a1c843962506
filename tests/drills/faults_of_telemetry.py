"""Telemetry that finds no way out, no room, or too many series."""

import http.server
import json
import shutil
import signal
import subprocess
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
    with collector_gone(scene), crowd(scene):
        yield


@contextmanager
def crowd(scene: Scene) -> Iterator[None]:
    """As many requests as come through: by wrk where it is installed, which is quicker than this process."""
    if not shutil.which("wrk"):
        with scene.load(list_events, rate=1000, threads=8):
            yield
        return
    argv = ["wrk", "-t1", "-c8", "-d300s", f"{scene.endpoints['api']}/api/v1/events?limit=1"]
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


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


def push(scene: Scene, line: str, stream: dict[str, str], age_s: float = 0) -> int:
    """A line straight into Loki; the status of its answer."""
    values = [[str(int(time.time() - age_s) * 10**9), line]]
    body = json.dumps({"streams": [{"stream": stream, "values": values}]}).encode()
    request = urllib.request.Request(f"{scene.endpoints['loki']}/loki/api/v1/push", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


@contextmanager
def line_too_old(scene: Scene) -> Iterator[None]:
    """Loki refuses lines of last month, and counts them."""
    assert push(scene, "late", {"service_name": "drilled"}, age_s=60 * 86400) == 400
    yield


@contextmanager
def credential_logged(scene: Scene) -> Iterator[None]:
    """On a way that leads around Alloy, which would take it out."""
    token = ".".join(["eyJ" + "a" * 20, "eyJ" + "b" * 20, "c" * 20])
    line = json.dumps({"event": "drilled", "message": f"Authorization: Bearer {token}"})
    assert push(scene, line, {"service_name": "vigie", "env": "local", "level": "info"}) == 204
    yield


@contextmanager
def last_words(scene: Scene) -> Iterator[None]:
    """What the C++ runtime writes into the log when nobody catches."""
    with open(scene.directory / "logs/vigie.log", "a") as log:
        log.write("terminate called after throwing an instance of 'std::runtime_error'\n")
    yield


@contextmanager
def nothing_is_logged(scene: Scene) -> Iterator[None]:
    """Somebody set the level to error, and nothing fails."""
    scene.set_log_level("error")
    try:
        yield
    finally:
        scene.set_log_level("info")
