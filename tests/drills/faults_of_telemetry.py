"""Telemetry that finds no way out, no room, or too many series."""

import contextlib
import http.server
import json
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from scene import Client, Scene, list_events, status_of, wait_for

MANY_SERIES = 21_000
# About 9 MB; telemetry/collector/tempo.yaml allows 5 MB a trace.
LARGE_BATCHES, SPANS_A_BATCH = 6, 5_000


def kill(scene: Scene, component: str) -> None:
    """Over when this returns: what ended later would not be started with the rest."""
    pid = scene.stack.pid_of(component)
    scene.signal(component, signal.SIGKILL)
    wait_for(f"{component} has ended", 20, lambda: not pathlib.Path(f"/proc/{pid}").exists())


@contextmanager
def collector_gone(scene: Scene) -> Iterator[None]:
    """The process that Vigie exports to: the stack's collector, or the scene's own where none is installed."""
    if scene.has_collector:
        kill(scene, "otelcol")
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
def stand_in(status: int, page, port: int = 0) -> Iterator[int]:
    """A server that answers everything with `status` and `page()`; its port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text = page().encode()
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Nothing."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


@contextmanager
def told_by_a_stand_in(scene: Scene, page) -> Iterator[None]:
    """A target of the service that answers scrapes with `page()`: what a faulty build would."""
    with stand_in(200, page) as port, scene.target("stand-in", port):
        yield


@contextmanager
def tempo_refuses(scene: Scene) -> Iterator[None]:
    """Whoever answers in Tempo's place calls every batch malformed: the collector may not try it again."""
    kill(scene, "tempo")
    try:
        with stand_in(400, lambda: "", scene.port_of("tempo_otlp")):
            yield
    finally:
        scene.start_what_ended()


@contextmanager
def trace_too_large(scene: Scene) -> Iterator[None]:
    """One trace beyond what Tempo takes of one: a loop that opens spans and never ends."""
    wait_for("Tempo answers", 60, lambda: status_of(f"{scene.endpoints['tempo']}/ready") == 200)
    now = time.time_ns()
    for batch in range(LARGE_BATCHES):
        spans = [{"traceId": "0123456789abcdef" * 2, "spanId": f"{batch * SPANS_A_BATCH + number + 1:016x}", "name": "drilled " * 30,
                  "startTimeUnixNano": str(now), "endTimeUnixNano": str(now + 1)} for number in range(SPANS_A_BATCH)]
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
        request = urllib.request.Request(f"{scene.endpoints['tempo_otlp']}/v1/traces", body, {"Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=20).close()
    yield


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
def proxy_answered_itself(scene: Scene) -> Iterator[None]:
    line = json.dumps({"event": "proxy.request", "service.name": "vigie-proxy", "http.response.status_code": 503,
                       "upstream.status_code": "502, 502"}, separators=(",", ":"))
    assert push(scene, line, {"service_name": "vigie-proxy", "env": "local", "level": "info"}) == 204
    yield


@contextmanager
def last_words(scene: Scene) -> Iterator[None]:
    """What the C++ runtime writes into the log when nobody catches."""
    with open(scene.directory / "logs/vigie.log", "a") as log:
        log.write("terminate called after throwing an instance of 'std::runtime_error'\n")
    yield


@contextmanager
def one_request_fails(scene: Scene) -> Iterator[None]:
    """A failure that nobody planned, on a route that has had none."""
    with scene.without_table("accounts"), Client(scene.port_of("api")) as client:
        answer = client.post("/api/v1/auth/login", {"email": "nobody@example.org", "password": "a wrong password"})
        assert answer.status == 500, answer
    yield


@contextmanager
def nothing_is_logged(scene: Scene) -> Iterator[None]:
    """Somebody set the level to error, and nothing fails."""
    scene.set_log_level("error")
    try:
        yield
    finally:
        scene.set_log_level("info")
