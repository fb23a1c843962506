"""Clients that guess, steal or repeat wrongly; a certificate near its end; pools and limits that fill."""

import contextlib
import pathlib
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from scene import PASSWORD_QUEUE_MAX, Client, Scene, event_draft, wait_for

from local_stack import proxy

OPEN_PART = 0.92
#: VIGIE_REFRESH_TOKEN_REPEAT_MS of the stack.
REPEAT_S = 10


def sign_in(client: Client) -> None:
    client.post("/api/v1/auth/login", {"email": "nobody@example.org", "password": "a wrong password"})


def with_token(token: str):
    def act(client: Client) -> None:
        client.token = token
        client.get("/api/v1/accounts/me")
    return act


@contextmanager
def credentials_guessed(scene: Scene) -> Iterator[None]:
    with scene.load(sign_in, rate=100, threads=4):
        yield


@contextmanager
def tokens_refused_after_success(scene: Scene) -> Iterator[None]:
    """As with a signing key that one side lost: callers who came in an hour ago are all refused now."""
    token = scene.signed_in().token
    an_hour_ago = "increase(vigie_auth_attempts_total{method='token',outcome='success'}[4s] offset 6s) > 150"
    with scene.load(with_token(token), rate=50, threads=2):
        wait_for("an hour of successes", 30, lambda: scene.values(an_hour_ago))
    with scene.load(with_token("no.such.token"), rate=50, threads=2):
        yield


@contextmanager
def refresh_token_replayed(scene: Scene) -> Iterator[None]:
    with scene.signed_in() as client:
        # A moment after its use it is taken again: the answer may have been lost.
        for expected, pause_s in ((200, 0), (200, 0), (401, REPEAT_S + 0.5)):
            time.sleep(pause_s)
            answer = client.post("/api/v1/auth/refresh", {"refresh_token": client.refresh_token})
            assert answer.status == expected, answer
    yield


@contextmanager
def share_asked_for_again_and_again(scene: Scene) -> Iterator[None]:
    """Ten requests a second whose content does not come: each holds its place until the deadline, beyond the share all are
    refused, and nobody else notices."""
    with scene.signed_in("organiser") as owner, contextlib.ExitStack() as open_ones:
        head = (f"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {owner.token}\r\n"
                "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n").encode()

        def begin(_: Client) -> None:
            connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", scene.port_of("api"))))
            connection.sendall(head)
        with scene.load(begin, rate=5, threads=2):
            yield


@contextmanager
def keys_reused(scene: Scene) -> Iterator[None]:
    """A client whose counter of keys starts over: new payloads under keys that were used."""
    owner, key = scene.signed_in("organiser"), uuid.uuid4().hex

    def create(client: Client) -> None:
        client.token = owner.token
        client.post("/api/v1/events", event_draft(title=uuid.uuid4().hex), idempotency_key=key)
    with owner, scene.load(create, rate=10):
        yield


@contextmanager
def passwords_flood(scene: Scene) -> Iterator[None]:
    """More sign-ins at once than may wait: some are answered late, some with 503."""
    with scene.load(sign_in, rate=50, threads=PASSWORD_QUEUE_MAX + 8):
        yield


@contextmanager
def few_descriptors(scene: Scene) -> Iterator[None]:
    pid = scene.stack.pid_of("Vigie")
    former = subprocess.run(["prlimit", f"--pid={pid}", "--nofile", "--output=SOFT,HARD", "--noheadings"], check=True,
                            capture_output=True, text=True).stdout.split()
    scene.wait_until_scraped("admin")  # what an earlier fault left open is closed by now
    used = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
    limit = f"--nofile={int(used / OPEN_PART)}:{former[1]}"
    subprocess.run(["prlimit", f"--pid={pid}", limit], check=True)
    try:
        yield
    finally:
        subprocess.run(["prlimit", f"--pid={pid}", f"--nofile={former[0]}:{former[1]}"], check=True)


def certificate_of(days: int):
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        directory = scene.directory / "tls"
        proxy.make_certificate(directory, days)
        scene.signal("nginx", signal.SIGHUP)
        try:
            yield
        finally:
            proxy.make_certificate(directory)
            scene.signal("nginx", signal.SIGHUP)
    return fault
