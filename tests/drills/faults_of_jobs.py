"""Jobs that wait, are late, fail, or that nobody schedules."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scene import Scene, wait_for

# server/storage/leader_lock.cpp
LEADERS_LOCK = 8246517025
# Done in milliseconds, by whoever works.
QUICK = "sessions.clean"


def enqueue(scene: Scene, kind: str, count: int = 1, lane: str = "low", waited_s: float = 0, attempts_max: int = 1) -> None:
    """As a process would, in a transaction of its own. Nobody is told: the workers' poll finds them."""
    scene.psql("INSERT INTO jobs (id, kind, lane, priority, state, payload, payload_version, run_at, attempts_max, lease_seconds, "
               "correlation_id, traceparent, enqueued_at) "
               f"SELECT gen_random_uuid(), '{kind}', '{lane}', 0, 'ready', '{{}}', 1, now() - interval '{waited_s} seconds', "
               f"{attempts_max}, 60, 'drill', '', now() FROM generate_series(1, {count})")


@contextmanager
def again_and_again(act: Callable[[], None], pause_s: float) -> Iterator[None]:
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(pause_s):
            act()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(20)


@contextmanager
def nobody_knows_the_kind(scene: Scene) -> Iterator[None]:
    """As after a release went back: the newer one's jobs stay. Each worker takes only what it has a handler for."""
    enqueue(scene, "unknown.kind")
    try:
        yield
    finally:
        scene.psql("DELETE FROM jobs WHERE kind = 'unknown.kind'")


@contextmanager
def workers_stopped(scene: Scene) -> Iterator[None]:
    """Those of one lane, which the server leaves to them: they have worked, and what comes later waits until they are back."""
    worker = scene.process("worker", VIGIE_JOBS_EXTERNAL_CONCURRENCY="4", VIGIE_SCHEDULER="false")
    worker.command = ("worker", "--lanes", "external")

    def work() -> None:
        worker.start()
        enqueue(scene, QUICK, lane="external")
        wait_for("the lane's jobs are done", 20,
                 lambda: scene.psql("SELECT count(*) FROM jobs WHERE lane = 'external'").strip() == "0")
        worker.stop()
    work()
    enqueue(scene, QUICK, lane="external", waited_s=40)
    try:
        yield
    finally:
        work()


def begun_late(on_time_a_second: int):
    """Jobs of lane high that could have begun 15 s ago, one a second, beside those that begin in time."""
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        def act() -> None:
            enqueue(scene, QUICK, lane="high", waited_s=15)
            enqueue(scene, QUICK, on_time_a_second, lane="high")
        with again_and_again(act, 1):
            yield
    return fault


@contextmanager
def failing_jobs(scene: Scene, count: int, attempts_max: int) -> Iterator[None]:
    """The table that they clean is missing; nothing else reads it."""
    with scene.without_table("idempotency_keys"):
        enqueue(scene, "idempotency.clean", count, attempts_max=attempts_max)
        try:
            yield
        finally:
            scene.psql("DELETE FROM jobs WHERE kind = 'idempotency.clean'")


def failed_for_good(count: int):
    return lambda scene: failing_jobs(scene, count, attempts_max=1)


def tried_again(count: int):
    return lambda scene: failing_jobs(scene, count, attempts_max=1000)


@contextmanager
def lock_of_leaders_taken(scene: Scene) -> Iterator[None]:
    """A session that holds the lock and does nothing with it."""
    with scene.session("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted;"
                       f"SELECT pg_advisory_lock({LEADERS_LOCK});"):
        yield
