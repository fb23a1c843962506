"""Faults as context managers: on inside the block, off after it, whatever happens in between."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from scene import REQUESTS_IN_FLIGHT_MAX, Client, Scene, event_draft, free_port, list_events, replace, wait_for

import clock  # tests/harness, put on the path by scene

from faults_of_security import sign_in

# Far more than are needed where each takes a second or two.
STARTS_MAX = 10


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


def few_errors(one_in: int):
    """1 request in so many fails, and there is no other traffic: signing in does, the rest is well. In 200 it is less than a
    page's rate, and more than the budget's; in 100 it is the slower page's."""
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        with scene.without_table("accounts"), scene.load(EveryNth(one_in, list_events, sign_in), rate=200):
            scene.stop_traffic()
            yield
    return fault


@contextmanager
def table_renamed(scene: Scene) -> Iterator[None]:
    """As after a migration that the running version does not know: every query of events fails, PostgreSQL is well."""
    with scene.without_table("events"):
        yield


@contextmanager
def slow_queries(scene: Scene) -> Iterator[None]:
    with scene.slow_table("events"):
        yield


def few_slow_requests(one_in: int):
    """1 request in so many is slow, however quick the machine is and with no other traffic: in 24 more than the budget's rate,
    less than a page's; in 10 the slower page's. A write has a connection of its own: nobody waits behind it."""
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        owner = scene.signed_in("organiser")

        def create(client: Client) -> None:
            client.token = owner.token
            client.post("/api/v1/events", event_draft())
        with owner, scene.slow_inserts("events", 0.3), scene.load(EveryNth(one_in, list_events, create), rate=48, threads=4):
            scene.stop_traffic()
            yield
    return fault


@contextmanager
def trickle_of_errors(scene: Scene) -> Iterator[None]:
    """Hardly any traffic, and every third request of it fails. Not every fourth: rates are recorded each four seconds over
    three, and the failures could all fall between."""
    with scene.without_table("accounts"), scene.load(EveryNth(3, list_events, sign_in), rate=1):
        yield


@contextmanager
def histogram_dropped(scene: Scene) -> Iterator[None]:
    """A change of the scrape configuration that loses the metric all objectives are read from."""
    def change(text: str) -> str:
        configuration = yaml.safe_load(text)
        job = next(job for job in configuration["scrape_configs"] if job["job_name"] == "vigie")
        job["metric_relabel_configs"] = [{"source_labels": ["__name__"], "action": "drop",
                                          "regex": "http_server_request_duration_seconds.*"}]
        return yaml.safe_dump(configuration, sort_keys=False)
    with scene.edited("prometheus.yml", change):
        yield


@contextmanager
def one_of_two_killed(scene: Scene) -> Iterator[None]:
    with scene.instance("second") as second:
        scene.wait_until_scraped("second")
        second.kill()
        yield


@contextmanager
def killed_in_a_loop(scene: Scene) -> Iterator[None]:
    """A second process that dies soon after each start, until three starts lie within a quarter of an hour, here 15 s; the
    last start is left alone. Its spool remembers that nobody asked it to end."""
    with scene.instance("looping", VIGIE_ADMIN_PORT=str(free_port()), **remembering(scene, "looping")) as looping:
        for _ in range(STARTS_MAX):
            scene.wait_until_scraped("looping")
            if any(starts > 2.5 for starts in scene.values('increase(vigie_unclean_starts_total{instance="looping"}[15s])')):
                break
            looping.kill()
            looping.start()
        yield


def remembering(scene: Scene, name: str) -> dict[str, str]:
    return {"VIGIE_TELEMETRY_SPOOL_DIRECTORY": str(scene.directory / name / "spool")}


@contextmanager
def killed_and_started(scene: Scene) -> Iterator[None]:
    with scene.instance("killed", VIGIE_ADMIN_PORT=str(free_port()), **remembering(scene, "killed")) as killed:
        scene.wait_until_scraped("killed")
        killed.kill()
        killed.start()
        yield


def clock_ahead(seconds: int):
    """A second process that is told another time of day than everybody else."""
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        library = clock.library(scene.directory)
        with scene.instance("ahead", LD_PRELOAD=str(library), CLOCK_AHEAD_S=str(seconds)):
            yield
    return fault


def component_ended(name: str):
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        scene.signal(name, signal.SIGTERM)
        try:
            yield
        finally:
            scene.start_what_ended()
    return fault


@contextmanager
def crowd_at_a_slow_table(scene: Scene) -> Iterator[None]:
    """More requests at once than places for them. Who is refused asks again, ten times a second: at a hundred times the drills
    beside this one missed their scrapes."""
    with scene.slow_table("events", 0.8), scene.load(list_events, rate=10, threads=REQUESTS_IN_FLIGHT_MAX + 15):
        yield


@contextmanager
def prefix_lost(scene: Scene) -> Iterator[None]:
    """A change of the proxy's configuration after which it knows /livez and no API."""
    path = scene.directory / "nginx/nginx.conf"
    former = path.read_text()
    replace(path, former.replace("    location / {\n", "    location /api/ {\n      return 404;\n    }\n    location / {\n", 1))
    scene.signal("nginx", signal.SIGHUP)
    try:
        yield
    finally:
        replace(path, former)
        scene.signal("nginx", signal.SIGHUP)


class Frozen:
    """A process that is stopped for 0.6 s and runs for 0.06 s, in turn: throttled by a quota, on a machine that swaps, or
    under a hypervisor that has something else to do. Goes on when this ends."""

    STOPPED_S, RUNNING_S = 0.6, 0.06

    def __init__(self, pid: int):
        self.pid = pid
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.ended.wait(self.RUNNING_S):
            os.kill(self.pid, signal.SIGSTOP)
            self.ended.wait(self.STOPPED_S)
            os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> "Frozen":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join(5)


@contextmanager
def frozen(scene: Scene) -> Iterator[None]:
    with Frozen(scene.stack.pid_of("Vigie")):
        yield


@contextmanager
def traffic_gone(scene: Scene) -> Iterator[None]:
    """Once six hours, here 36 s, were never without traffic, an hour ago: so much that one probe a second is nothing beside it."""
    usual = "min_over_time(service:slo_requests:rate5m{slo='availability'}[36s] offset 6s) > 80"
    with scene.load(list_events, rate=30, threads=8):
        wait_for("there was traffic", 120, lambda: scene.values(usual))
    scene.stop_traffic()
    yield
