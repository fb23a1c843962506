"""Faults as context managers: on inside the block, off after it, whatever happens in between."""

from collections.abc import Iterator
from contextlib import contextmanager

from scene import Client, Scene, list_events


@contextmanager
def postgres_stopped(scene: Scene) -> Iterator[None]:
    scene.stack.command("stop", "postgres")
    try:
        yield
    finally:
        scene.start_what_ended()


@contextmanager
def server_stopped(scene: Scene) -> Iterator[None]:
    scene.stack.command("stop", "vigie")
    try:
        yield
    finally:
        scene.start_what_ended()


class EveryNth:
    """One request in `n` is of another kind."""

    def __init__(self, n: int, usual, other):
        self.n = n
        self.usual = usual
        self.other = other
        self.count = 0

    def __call__(self, client: Client) -> None:
        self.count += 1
        (self.other if self.count % self.n == 0 else self.usual)(client)


def sign_in(client: Client) -> None:
    client.post("/api/v1/auth/login", {"email": "nobody@example.org", "password": "a wrong password"})


@contextmanager
def few_errors(scene: Scene) -> Iterator[None]:
    """4 of 1,000 requests fail: signing in does, the rest is well. Less than a page's rate, more than the budget's."""
    with scene.without_table("accounts"), scene.load(EveryNth(250, list_events, sign_in), rate=200, threads=1):
        yield


@contextmanager
def table_renamed(scene: Scene) -> Iterator[None]:
    """As after a migration that the running version does not know: every query of events fails, PostgreSQL is well."""
    with scene.without_table("events"):
        yield
