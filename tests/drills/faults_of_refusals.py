"""Clients that are refused or wait where no budget is spent."""

from collections.abc import Iterator
from contextlib import contextmanager

from scene import PASSWORD, Client, Load, Scene, list_events, wait_for

# Few: whose query waits keeps the connection that others send theirs on.
SIGN_INS_AT_ONCE = 3


@contextmanager
def paths_lost(scene: Scene) -> Iterator[None]:
    """As many requests as usual, and a proxy that takes a part of the path away from half of them: once there was an hour of
    traffic, here six seconds, an hour ago."""
    usual = "count_over_time(service_status:http_refusals_per_request:ratio_rate5m{http_response_status_code='404'}[6s] offset 6s) >= 4"
    wait_for("an hour of traffic", 60, lambda: scene.values(usual))

    def lost(client: Client) -> None:
        client.get("/v1/events?limit=1")
    with scene.load(lost, rate=20, threads=2):
        yield


@contextmanager
def limit_too_tight(scene: Scene) -> Iterator[None]:
    """A second process with a limit for everybody that is one client's."""
    with scene.instance("tight", VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND="1", VIGIE_RATE_LIMIT_BURST="1") as tight:
        scene.wait_until_scraped("tight")
        with Load(tight.port, list_events, rate=20, threads=2):
            yield


@contextmanager
def slow_accounts(scene: Scene) -> Iterator[None]:
    email = scene.account()

    def sign_in(client: Client) -> None:
        client.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})
    # Who signs in asks twice: by the address, and again as the session begins.
    with scene.slow_table("accounts", 0.5), scene.load(sign_in, rate=20, threads=SIGN_INS_AT_ONCE):
        yield
