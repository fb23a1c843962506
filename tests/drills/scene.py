"""Where drills happen: the local stack in compressed time, quiet traffic in front of it, and the levers that faults pull."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/harness"), str(ROOT / "scripts"), str(ROOT / "tests/ops")]

from api_case import PASSWORD, event_draft  # noqa: E402
from client import Client, RawConnection  # noqa: E402
from faulty_collector import FaultyCollector  # noqa: E402
from local_stack import back_ends  # noqa: E402
from live_stack import BINARY, MISSING, Stack, StackTest, read, status_of, wait_for  # noqa: E402
from vigie_process import VigieProcess, free_port  # noqa: E402

# `for: 5m` waits five seconds, and most ranges stay longer than four scrapes of a second.
HOUR_IS_A_MINUTE = 1 / 60
# For rules whose waits are hours and whose ranges are days; ranges under 40 minutes are all four scrapes.
HOUR_IS_SIX_SECONDS = 1 / 600

# Small limits, so that a fault needs no crowd. Background traffic stays far below them.
PASSWORD_QUEUE_MAX = 10
SPOOL_BYTES_MAX = 1_048_576
REQUESTS_IN_FLIGHT_MAX = 40
SERVER = {
    "VIGIE_TELEMETRY_SPOOL_BYTES_MAX": str(SPOOL_BYTES_MAX),
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "VIGIE_PASSWORD_QUEUE_MAX": str(PASSWORD_QUEUE_MAX),
    "VIGIE_BLOB_PROBE_INTERVAL_MS": "500",
    "VIGIE_JOBS_EXTERNAL_CONCURRENCY": "0",  # that lane is for workers beside it, which a drill stops
    "VIGIE_REACTORS": "2",
    "VIGIE_HTTP_REUSE_PORT": "true",
    "VIGIE_HTTP_REQUESTS_IN_FLIGHT_MAX": str(REQUESTS_IN_FLIGHT_MAX),
    "VIGIE_HTTP_REQUESTS_PER_ACCOUNT_MAX": "20",
    "VIGIE_ARGON2_MEMORY_KIB": "8192",
    "VIGIE_ARGON2_PASSES": "1",
    # All load is of one address, and of few accounts.
    "VIGIE_DATABASE_LEASED_PER_CALLER_MAX": "256",
    "VIGIE_DATABASE_WAITING_PER_CALLER_MAX": "256",
    "VIGIE_PASSWORD_PER_ADDRESS_MAX": "10000",
    "VIGIE_LOGIN_FAILURES_PER_HOUR_MAX": "10000000",
    "VIGIE_REGISTRATION_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "1000000",
    "VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE": "100000",
    "VIGIE_LOGIN_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "100000",
    "VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "100000",
    "VIGIE_RATE_LIMIT_BURST": "1000000",
}


class Load:
    """`act(client)` about `rate` times a second on each of `threads` kept connections, until the end of the block.
    A connection that breaks is made again: that is what clients do while a server is away."""

    def __init__(self, port: int, act, rate: float, threads: int = 1):
        self.port = port
        self.act = act
        self.rate = rate
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self) -> None:
        client = Client(self.port)
        while not self.ended.wait(1 / self.rate):
            try:
                self.act(client)
            except Exception:  # noqa: BLE001: whatever http.client raises on a connection that broke
                client.close()
        client.close()

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(20)


def list_events(client: Client) -> None:
    client.get("/api/v1/events?limit=1")


class Scene:
    """One started stack. Everything that a fault changes is changed back by the fault's own `with`."""

    def __init__(self, directory: str, scale: float = HOUR_IS_A_MINUTE, has_back_ends: bool = False, **extra: str):
        self.directory = pathlib.Path(directory)
        self.server = SERVER | extra
        self.has_back_ends = has_back_ends
        self.has_collector = self.has_program("otelcol")
        # Whom Vigie exports to where there is no collector.
        self.collector = None if self.has_collector else FaultyCollector()
        stack_only = {"VIGIE_STACK_BACK_ENDS": ""} if has_back_ends else {}
        exports = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": self.collector.url} if self.collector else {}
        self.stack = Stack(directory, scale, self.server | stack_only | exports)
        self.traffic: Load | None = None
        self.instances: dict[str, str] = {}
        self.instance_lock = threading.Lock()

    def __enter__(self) -> "Scene":
        self.stack.wait_until_ready()
        try:
            self._wait_until_watched()
        except BaseException:
            self.stack.stop()
            raise
        return self

    def _wait_until_watched(self) -> None:
        self.own_targets = json.loads(self.targets("vigie").read_text())
        wait_for("the server is scraped", 30, lambda: self.values('up{job="vigie"}') == [1])
        wait_for("the Watchdog beats", 30, lambda: self.stack.pages("firing", "heartbeat"))

    def __exit__(self, *_) -> None:
        if self.traffic is not None:
            self.stop_traffic()
        self.stack.end()
        if self.collector is not None:
            self.collector.close()

    @property
    def endpoints(self) -> dict:
        return self.stack.endpoints

    def start_traffic(self) -> None:
        """Enough requests that "no traffic" is no explanation for anything."""
        if self.traffic is None:
            self.traffic = self.load(list_events, rate=10, threads=2).__enter__()
            counted = "rate(http_server_request_duration_seconds_count[10s])"
            wait_for("requests are counted", 30, lambda: sum(self.values(counted)) > 0)

    def stop_traffic(self) -> None:
        self.traffic.__exit__()
        self.traffic = None

    def port_of(self, name: str) -> int:
        return urllib.parse.urlsplit(self.endpoints[name]).port

    def load(self, act, rate: float, threads: int = 1) -> Load:
        return Load(self.port_of("api"), act, rate, threads)

    # --- Prometheus

    def values(self, expression: str) -> list[float]:
        return [float(row["value"][1]) for row in self.stack.query(expression)]

    def answers(self, language: str) -> bool:
        """Whether somebody here answers queries of the language."""
        return language == "promql" or self.has_program({"logql": "loki", "traceql": "tempo"}[language])

    def has_program(self, name: str) -> bool:
        return self.has_back_ends and name in back_ends.installed()

    def ask(self, language: str, query: str) -> list:
        """What it finds now, or in the last hour where it asks for lines or traces. A query that is refused raises."""
        if language == "promql":
            return self.stack.query(query)
        span = {"start": int(time.time()) - 3600, "end": int(time.time()) + 1, "limit": 20}
        if language == "traceql":
            return read(f"{self.endpoints['tempo']}/api/search?{urllib.parse.urlencode({'q': query} | span)}")["traces"]
        is_of_lines = query.lstrip().startswith("{")
        path, when = ("query_range", span) if is_of_lines else ("query", {})
        url = f"{self.endpoints['loki']}/loki/api/v1/{path}?{urllib.parse.urlencode({'query': query} | when)}"
        return read(url)["data"]["result"]

    def active_alerts(self) -> list[dict]:
        """Pending and firing ones, as Prometheus and Loki see them now."""
        found = read(f"{self.endpoints['prometheus']}/api/v1/alerts")["data"]["alerts"]
        if self.has_program("loki"):
            with contextlib.suppress(urllib.error.HTTPError):  # not ready yet
                found += read(f"{self.endpoints['loki']}/prometheus/api/v1/alerts")["data"]["alerts"] or []
        return found

    def targets(self, job: str) -> pathlib.Path:
        return self.directory / f"alerts/targets/{job}.json"

    # --- the server

    def signal(self, component: str, number: int) -> None:
        os.kill(self.stack.pid_of(component), number)

    def set_log_level(self, level: str) -> None:
        request = urllib.request.Request(f"{self.endpoints['admin']}/admin/log-level", json.dumps({"level": level}).encode(),
                                         {"Content-Type": "application/json"}, method="PUT")
        urllib.request.urlopen(request, timeout=5).close()

    def start_what_ended(self) -> None:
        self.stack.command("start")

    def process(self, name: str, command: tuple[str, ...] = ("serve",), **environment: str) -> VigieProcess:
        """A process of the service with a configuration of its own; not started."""
        directory = self.directory / name
        directory.mkdir(exist_ok=True)
        shared = {"VIGIE_KEYS_DIR": str(self.directory / "secrets/keys"),
                  "VIGIE_SECRET_FILE": str(self.directory / "secrets/server_secret"),
                  "VIGIE_BLOB_DIRECTORY": str(self.directory / "blobs")}
        (directory / "secret").touch()  # it has the stack's; nothing is to be made
        return VigieProcess(self.endpoints["database_url"], directory, self.server | shared | environment, BINARY, command)

    def server_command(self, *arguments: str, stdin: str = "") -> str:
        return self.process("command").run(*arguments, stdin=stdin).stdout

    def account(self, role: str = "user") -> str:
        """A fresh one; its e-mail."""
        email = f"{uuid.uuid4().hex}@example.org"
        self.server_command("user", "create", "--email", email, "--name", "Someone", "--role", role, stdin=PASSWORD + "\n")
        return email

    def signed_in(self, role: str = "user") -> Client:
        """As a fresh account; close it."""
        account = {"email": self.account(role), "password": PASSWORD}
        client = Client(self.port_of("api"))
        tokens = client.post("/api/v1/auth/login", account).json
        client.token, client.refresh_token = tokens["access_token"], tokens["refresh_token"]
        return client

    @contextlib.contextmanager
    def instance(self, name: str, command: tuple[str, ...] = ("serve",), **environment: str):
        """A second process of the service, scraped as `instance=name`."""
        vigie = self.process(name, command, **environment)
        vigie.start()
        try:
            with self.target(name, vigie.admin_port):
                yield vigie
        finally:
            vigie.stop()

    def workers(self):
        """A process that does the jobs and answers no requests, as in compose.yaml."""
        return self.instance("worker", ("worker",), VIGIE_JOBS_HIGH_CONCURRENCY="4", VIGIE_JOBS_LOW_CONCURRENCY="2")

    @contextlib.contextmanager
    def target(self, name: str, port: int):
        """One more target of the service."""
        self._scrape(name, port)
        try:
            yield
        finally:
            self._scrape(name, None)

    def wait_until_scraped(self, instance: str) -> None:
        """By a scrape that began after now."""
        newest = f'timestamp(up{{job="vigie",instance="{instance}"}} == 1)'
        begin = time.time()
        wait_for(f"{instance} is scraped", 60, lambda: any(value > begin for value in self.values(newest)))

    def _scrape(self, name: str, port: int | None) -> None:
        with self.instance_lock:
            self.instances.pop(name, None)
            if port is not None:
                self.instances[name] = f"127.0.0.1:{port}"
            more = [{"targets": [address], "labels": {"service": "vigie", "instance": instance}}
                    for instance, address in self.instances.items()]
            replace(self.targets("vigie"), json.dumps(self.own_targets + more))

    # --- the database

    def psql(self, sql: str) -> str:
        return subprocess.run(["psql", "-X", "-q", "-A", "-t", self.endpoints["database_url"], "-c", sql], check=True,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20).stdout.strip()

    def psql_file(self, text: str) -> None:
        """Statements that take long, as a file has them."""
        subprocess.run(["psql", "-X", "-q", self.endpoints["database_url"]], input=text, check=True, capture_output=True, text=True,
                       timeout=120)

    @contextlib.contextmanager
    def without_table(self, table: str):
        """As after a migration that the running version does not know; PostgreSQL itself is well."""
        self.psql(f"ALTER TABLE {table} RENAME TO {table}_renamed")
        try:
            yield
        finally:
            self.psql(f"ALTER TABLE {table}_renamed RENAME TO {table}")

    @contextlib.contextmanager
    def slow_table(self, table: str, seconds: float = 0.3):
        """As after an index was dropped: every query of the table takes so long, and succeeds."""
        with self.without_table(table):
            self.psql(f"CREATE VIEW {table} AS WITH s AS MATERIALIZED (SELECT pg_sleep({seconds})) "
                      f"SELECT a.* FROM s, {table}_renamed a")
            try:
                yield
            finally:
                self.psql(f"DROP VIEW {table}")

    @contextlib.contextmanager
    def slow_inserts(self, table: str, seconds: float):
        self.psql(f"CREATE FUNCTION drilled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({seconds}); "
                  f"RETURN NEW; END $$; CREATE TRIGGER drilled BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION drilled()")
        try:
            yield
        finally:
            self.psql("DROP FUNCTION drilled CASCADE")

    # --- Prometheus's configuration

    @contextlib.contextmanager
    def edited(self, name: str, change, reload: str = "prometheus"):
        """A rendered file of alerts/ with `change(text)`, loaded by its program; the former one afterwards. `reload` is empty
        where the program looks by itself."""
        path = self.directory / "alerts" / name
        former = path.read_text()
        replace(path, change(former))
        self.reload(reload)
        try:
            yield
        finally:
            replace(path, former)
            self.reload(reload)

    def reload(self, program: str) -> None:
        """A configuration that is refused is an answer too: the program goes on with the former one."""
        if not program:
            return
        request = urllib.request.Request(f"{self.endpoints[program]}/-/reload", method="POST")
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(request, timeout=10).close()

    @contextlib.contextmanager
    def session(self, sql: str, url: str = "database_url"):
        """A session that has done `sql` and stays open. `url` is an endpoint: `superuser_url` where Vigie's account may not."""
        process = subprocess.Popen(["psql", "-X", "-q", "-A", "-t", self.endpoints[url]], text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            process.stdin.write(f"{sql}\n\\echo done\n")
            process.stdin.flush()
            while (line := process.stdout.readline()) != "done\n":
                assert line and "ERROR" not in line, f"{sql}: {line}"
            yield process
        finally:
            process.kill()
            process.wait(5)
            process.stdin.close()
            process.stdout.close()


def replace(path: pathlib.Path, text: str) -> None:
    """Whole or not at all: a reader never sees half of it."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text)
    draft.replace(path)


__all__ = ["BINARY", "HOUR_IS_A_MINUTE", "HOUR_IS_SIX_SECONDS", "MISSING", "PASSWORD", "PASSWORD_QUEUE_MAX", "REQUESTS_IN_FLIGHT_MAX", "ROOT",
           "Client", "Load", "RawConnection", "Scene", "StackTest", "event_draft", "free_port", "list_events", "read", "replace", "status_of", "wait_for"]
