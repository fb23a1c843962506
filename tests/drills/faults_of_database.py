"""PostgreSQL that is slow, locked, full or in a tangle, while it answers its probe."""

import contextlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from scene import Client, Scene, event_draft, wait_for

WRITERS = 16
DEADLOCKS = 8


@contextmanager
def writers_blocked(scene: Scene) -> Iterator[None]:
    """A lock that lets readers pass: every writer keeps its connection until its statement times out."""
    owner = scene.signed_in("organiser")

    def create(client: Client) -> None:
        client.token = owner.token
        client.post("/api/v1/events", event_draft(title=uuid.uuid4().hex))
    with owner, scene.session("BEGIN; LOCK TABLE events IN SHARE MODE;"), scene.load(create, rate=100, threads=WRITERS):
        yield


def connections_taken(part: float):
    """Sessions of somebody else, that part of what the server takes of ordinary accounts together with those that are there."""
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        limit = int(scene.psql("SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"))
        # Not the processes of PostgreSQL itself, which have no database, nor this session.
        used = int(scene.psql("SELECT count(*) - 1 FROM pg_stat_activity WHERE datname IS NOT NULL"))
        with contextlib.ExitStack() as held:
            for _ in range(int(limit * part) - used):
                held.enter_context(scene.session("SELECT 1;"))
            yield
    return fault


@contextmanager
def transaction_left_open(scene: Scene) -> Iterator[None]:
    with scene.session("BEGIN; LOCK TABLE events IN ROW EXCLUSIVE MODE;"):
        yield


@contextmanager
def deadlocks(scene: Scene) -> Iterator[None]:
    """Two sessions that take the same two locks in opposite order, over and over."""
    for number in range(DEADLOCKS):
        one, two = (f"SELECT pg_advisory_xact_lock({2 * number + key});" for key in (0, 1))
        begin = "SET deadlock_timeout = '50ms'; BEGIN;"
        with scene.session(begin + one, "superuser_url") as first, scene.session(begin + two, "superuser_url") as second:
            for session, lock in ((first, two), (second, one)):
                session.stdin.write(lock + "\n\\echo over\n")
                session.stdin.flush()
            said = "".join(until(session, "over\n") for session in (first, second))
            assert "deadlock detected" in said, said
    wait_for("the deadlocks are counted", 10, lambda: int(scene.psql("SELECT sum(deadlocks) FROM pg_stat_database")) >= DEADLOCKS)
    yield


def until(session, line: str) -> str:
    said = ""
    while not said.endswith(line):
        read = session.stdout.readline()
        assert read, said
        said += read
    return said
