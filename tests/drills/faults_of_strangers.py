"""Faults that strangers thought of (docs/faults.md), where docs/drills.md has none that is the same."""

import contextlib
import os
import pathlib
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from scene import ROOT, Client, Load, Scene, free_port, list_events, wait_for

import clock  # tests/harness, put on the path by scene
from faults import STARTS_MAX, clock_ahead, frozen, prefix_lost, remembering
from faults_of_media import store_gone
from faulty_collector import FaultyCollector
from local_stack import proxy

__all__ = ["clock_ahead", "frozen", "prefix_lost"]

MANY_EVENTS = 60_000
DAY_S = 86_400


def processes_of(parent: int) -> list[int]:
    """It and its children, as PostgreSQL's are: none of them has any of its own."""
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [parent, *map(int, children)]


@contextmanager
def postgres_frozen(scene: Scene) -> Iterator[None]:
    """All of PostgreSQL is stopped: it takes connections, and answers none. What connects meanwhile is stopped with it."""
    stopped = processes_of(scene.stack.pid_of("PostgreSQL"))
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def connections_taken_by_another(scene: Scene) -> Iterator[None]:
    """Another application takes all that there are, until it gets no more."""
    with contextlib.ExitStack() as held:
        for _ in range(200):
            try:
                held.enter_context(scene.session("SELECT 1;"))
            except AssertionError:
                break
        yield


@contextmanager
def after_an_outage(scene: Scene) -> Iterator[None]:
    """What comes then comes into the aftermath: DbDown was told, and PostgreSQL is back for a moment only."""
    scene.stack.command("stop", "postgres")
    wait_for("DbDown fires", 30, lambda: any(alert["labels"]["alertname"] == "DbDown" and alert["state"] == "firing"
                                             for alert in scene.active_alerts()))
    scene.start_what_ended()
    wait_for("PostgreSQL is back", 30, lambda: scene.values("min(vigie_db_up)") == [1])
    yield


@contextmanager
def table_renamed_after_an_outage(scene: Scene) -> Iterator[None]:
    with after_an_outage(scene), scene.without_table("events"):
        yield


@contextmanager
def certificate_ended_after_an_outage(scene: Scene) -> Iterator[None]:
    with after_an_outage(scene):
        directory = scene.directory / "tls"
        with clock.at_another_time(scene.directory, -2 * DAY_S):
            proxy.make_certificate(directory, days=1)
        scene.signal("nginx", signal.SIGHUP)
        try:
            yield
        finally:
            proxy.make_certificate(directory)
            scene.signal("nginx", signal.SIGHUP)


@contextmanager
def blobs_read_only(scene: Scene) -> Iterator[None]:
    """The directory of contents is mounted anew, with all that is in it, so that nothing can be written there. Whoever is not
    root may not mount: then it is away."""
    if os.geteuid() != 0:
        with store_gone(scene):
            yield
        return
    directory, copy = str(scene.directory / "blobs"), str(scene.directory / "blobs-copy")
    subprocess.run(["cp", "-a", directory, copy], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", directory], check=True)
    try:
        subprocess.run(["cp", "-a", f"{copy}/.", directory], check=True)
        subprocess.run(["mount", "-o", "remount,ro", directory], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


@contextmanager
def segmentation_fault(scene: Scene) -> Iterator[None]:
    scene.signal("Vigie", signal.SIGSEGV)
    try:
        yield
    finally:
        scene.start_what_ended()


@contextmanager
def supervisor_killed(scene: Scene) -> Iterator[None]:
    """With SIGKILL, so that it can stop nothing; then an operator starts everything."""
    scene.stop_traffic()
    scene.stack.start_after_a_kill()
    scene.start_traffic()
    yield


def exporting_to(scene: Scene, name: str, url: str):
    """A process of its own with a spool, whose collector is elsewhere, and requests to it."""
    @contextmanager
    def instance() -> Iterator[object]:
        settings = remembering(scene, name) | {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": url, "OTEL_TRACES_EXPORTER": "otlp"}
        with scene.instance(name, **settings) as vigie, Load(vigie.port, list_events, rate=20):
            yield vigie
    return instance()


@contextmanager
def collector_not_resolvable(scene: Scene) -> Iterator[None]:
    with exporting_to(scene, "nameless", "http://collector.invalid:4318/v1/traces"):
        yield


@contextmanager
def segment_damaged(scene: Scene) -> Iterator[None]:
    """What waits on disk is damaged there while the process is away; then the collector takes again."""
    collector = FaultyCollector()
    collector.set_mood("refusing")
    spool = scene.directory / "damaged/spool"
    try:
        with exporting_to(scene, "damaged", collector.url) as vigie:
            wait_for("something waits on disk", 30, lambda: segments(spool))
            scene.wait_until_scraped("damaged")
            vigie.keep_ports()
            vigie.stop()
            for segment in segments(spool):
                with open(segment, "r+b") as file:
                    file.seek(os.path.getsize(segment) // 2)
                    file.write(os.urandom(64))
            collector.set_mood("taking")
            vigie.start()
            yield
    finally:
        collector.close()


def segments(spool: pathlib.Path) -> list[pathlib.Path]:
    return [path for path in spool.rglob("*") if path.is_file() and path.name != "last_run" and path.stat().st_size > 1_000]


@contextmanager
def index_dropped(scene: Scene) -> Iterator[None]:
    """Of the search, where there are many events; people search for a rare word meanwhile."""
    fill = (ROOT / "tests/bench/fill.sql").read_text().replace("generate_series(1, 200000)", f"generate_series(1, {MANY_EVENTS})")
    scene.psql_file(fill + "ANALYZE events;")
    scene.psql("DROP INDEX events_search")

    def search(client: Client) -> None:
        client.get("/api/v1/events?q=zebra&limit=1")
    try:
        with scene.load(search, rate=5, threads=4):
            yield
    finally:
        scene.psql("CREATE INDEX events_search ON events USING gin (search) WITH (fastupdate = off)")


@contextmanager
def restarted_by_an_operator(scene: Scene) -> Iterator[None]:
    """Three times within a quarter of an hour, here 15 s, and more, as the mitigations of runbooks say. A second process: in
    compressed time the first would be down for more than a minute."""
    with scene.instance("operated", VIGIE_ADMIN_PORT=str(free_port()), **remembering(scene, "operated")) as operated:
        for _ in range(STARTS_MAX):
            scene.wait_until_scraped("operated")
            if any(starts > 2 for starts in scene.values('changes(process_start_time_seconds{instance="operated"}[15s])')):
                break
            operated.stop()
            operated.start()
        yield


@contextmanager
def log_level_raised(scene: Scene) -> Iterator[None]:
    """Nothing is wrong: somebody looks closer for a while."""
    scene.set_log_level("debug")
    try:
        yield
    finally:
        scene.set_log_level("info")
