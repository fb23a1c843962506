"""Starts the stack's components, says what happens to them, and ends them all."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from collections.abc import Iterator
from pathlib import Path

from local_stack import back_ends, exporters, monitoring, proxy, settings
from local_stack.child import Child, StartError, end_with_parent
from local_stack.postgres import USER, Postgres
from local_stack.server import Server
from local_stack.settings import HOST, ROOT, Layout, SettingError

RED, GREEN, BOLD, PLAIN = ("\033[1;31m", "\033[1;32m", "\033[1m", "\033[0m") if sys.stdout.isatty() else ("",) * 4

DEMO_ACCOUNTS = {role: f"{role}@vigie.example" for role in ("administrator", "organiser", "user")}
START_AGAIN = {"PostgreSQL": "make db-start", "Vigie": "make api-start"}


def shown(path: Path) -> str:
    """As one types it where one is."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def log_of(pid: int) -> Path | None:
    """The file that a supervisor in the background writes to, and pages with it."""
    try:
        target = Path(os.readlink(f"/proc/{pid}/fd/1"))
    except OSError:
        return None
    return target if target.is_file() else None


class Stopped(Exception):
    """A signal asked for the end."""


def say(text: str = "") -> None:
    print(text, flush=True)


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Holds the stack's lock; whoever finds it taken is told by whom."""
    layout.root.mkdir(parents=True, exist_ok=True)
    with open(layout / "stack.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SettingError(f"The stack runs already (process {lock.read().strip()}): `make down` ends it.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class Supervisor:
    def __init__(self, layout: Layout, ports: dict[str, int]):
        self.layout = layout
        self.ports = ports
        self.postgres = None if os.environ.get("DATABASE_URL") else Postgres(layout)
        self.children: dict[str, Child] = {}
        self.reported: set[str] = set()
        self.is_asked_to_start = False
        self.started_at = time.monotonic()

    @property
    def database_url(self) -> str:
        return self.postgres.url if self.postgres else os.environ["DATABASE_URL"]

    @property
    def repair_url(self) -> str:
        return self.postgres.superuser_url if self.postgres else os.environ["DATABASE_URL"]

    def run(self) -> None:
        """Until a signal; every child has ended when it returns."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGUSR1, self._start_again)
        try:
            self._start()
            self._watch()
        except Stopped:
            pass
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            self._end()

    def _stop(self, *_: object) -> None:
        raise Stopped

    def _start_again(self, *_: object) -> None:
        self.is_asked_to_start = True

    def _start(self) -> None:
        for directory in (self.layout.logs, self.layout.secrets):
            directory.mkdir(parents=True, exist_ok=True)
        self.layout.secrets.chmod(0o700)
        monitoring.render(self.layout / "alerts", monitoring.Rendering(self.ports, settings.scale()))
        monitoring.check_rendered(self.layout)
        for component in (monitoring.pager, monitoring.alertmanager, monitoring.prometheus):
            self._add(component(self.layout, self.ports))
        self._start_back_ends()
        self._start_database()
        server = Server(self.layout, self.ports, self.database_url, self.repair_url)
        server.prepare()
        server.write_commands()
        vigie = self._add(server.child())
        vigie.wait_until(lambda: monitoring.answers(server.ready_url), 20, server.why_not_ready)
        say(f"Vigie is ready ({self._elapsed()})")
        for child, path in (("Alertmanager", "alertmanager"), ("Prometheus", "prometheus")):
            url = f"http://{HOST}:{self.ports[path]}/-/ready"
            self.children[child].wait_until(lambda url=url: monitoring.answers(url), 30)
        say(f"Prometheus, Alertmanager and the pager are ready ({self._elapsed()})")
        self._start_proxy_and_exporters()
        self._write_endpoints()
        chosen = settings.demo_arguments()
        if chosen is not None:
            self._load_demo_data(server, chosen)
        (self.layout / "ready").write_text(str(os.getpid()))
        self._print_summary()

    def _start_back_ends(self) -> None:
        """Not waited for: Loki takes a quarter of a minute, and who sends to them holds what they do not take yet."""
        children = [self._add(child) for child in back_ends.children(self.layout, self.ports)]
        if children:
            say(f"Started: {', '.join(child.name for child in children)}")
        if back_ends.missing():
            say(back_ends.missing())

    def _start_proxy_and_exporters(self) -> None:
        children = {name: self._add(component(self.layout, self.ports)) for name, component in {
            "nginx_status": proxy.nginx, "nginx_exporter": exporters.nginx, "node_exporter": exporters.node,
            "blackbox_exporter": exporters.blackbox,
        }.items()}
        children["postgres_exporter"] = self._add(exporters.postgres(self.layout, self.ports, self.postgres))
        for name, child in children.items():
            url = f"http://{HOST}:{self.ports[name]}/{'stub_status' if name == 'nginx_status' else 'metrics'}"
            child.wait_until(lambda url=url: monitoring.answers(url), 20)
        say(f"nginx and the exporters are ready ({self._elapsed()})")

    def _start_database(self) -> None:
        if self.postgres is None:
            say("PostgreSQL is the one that DATABASE_URL names")
            return
        if self.postgres.create():
            say(f"PostgreSQL has a new private cluster ({self._elapsed()})")
        database = self._add(self.postgres.child())
        database.wait_until(self.postgres.is_ready, 30)
        self.postgres.create_database()
        if self.postgres.superuser == USER:
            say("This cluster is of an earlier version: Vigie is its superuser. `make clean-local` starts afresh, without that.")
        say(f"PostgreSQL is ready ({self._elapsed()})")

    def _add(self, child: Child) -> Child:
        """Starts a component; from here on its end is noticed."""
        self.children[child.name] = child
        child.start(output=sys.stdout.buffer if child.name == "The pager" else None)
        pids = {child.name: child.process.pid for child in self.children.values() if child.process}
        (self.layout / "pids.json").write_text(json.dumps(pids))
        return child

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self.started_at:.1f} s"

    def _write_endpoints(self) -> None:
        password_file = self.layout.secrets / "demo_password"
        if not password_file.exists():
            settings.write_private(password_file, os.urandom(6).hex())
        password = password_file.read_text()
        endpoints = {name: f"http://{HOST}:{port}" for name, port in self.ports.items() if settings.is_used(name)}
        endpoints["https"] = f"https://{HOST}:{self.ports['https']}"
        endpoints |= {
            "certificate": str(self.layout / "tls/proxy.crt"),
            "database_url": self.database_url,
            "superuser_url": self.repair_url,
            "accounts": {role: {"email": email, "password": password} for role, email in DEMO_ACCOUNTS.items()},
        }
        settings.write_private(self.layout.endpoints, json.dumps(endpoints, indent=2) + "\n")

    def _load_demo_data(self, server: Server, chosen: list[str]) -> None:
        argv = ["/usr/bin/python3", str(ROOT / "scripts/demo_data.py"), "--endpoints", str(self.layout.endpoints), *chosen]
        done = subprocess.run(argv, env=server.command_environment(), stdin=subprocess.DEVNULL,
                              start_new_session=True, preexec_fn=end_with_parent(signal.SIGTERM))
        if done.returncode != 0:
            say(f"{RED}The demo data was not loaded; the rest runs.{PLAIN}")

    def _print_summary(self) -> None:
        endpoints = json.loads(self.layout.endpoints.read_text())
        api = endpoints["api"]
        external = settings.external_url(self.ports)
        where = f"it is printed into {shown(log_of(os.getpid()))}: tail -f it" if log_of(os.getpid()) else "it is printed here"
        outage, cure = ("db-stop", "db-start") if self.postgres else ("api-stop", "api-start")
        say(f"""
{GREEN}Everything is ready{PLAIN} after {self._elapsed()}. {'Ctrl-C stops it.' if sys.stdout.isatty() else '`make down` stops it.'}

  API            {api}/api/v1/docs
  through nginx  {endpoints['https']}/api/v1/docs
  Admin          {endpoints['admin']}/metrics
  Prometheus     {endpoints['prometheus']}
  On call        {external}
  Dashboard      {external}/d/vigie-start-here
  Logs           {shown(self.layout.logs)}
  All addresses, and a demo account of each role: {shown(self.layout.endpoints)}

Try:
  curl -s '{api}/api/v1/events?category=concert&limit=2'
  curl -s {api}/api/v1/auth/login -H 'Content-Type: application/json' -d "$(jq -c .accounts.organiser {shown(self.layout.endpoints)})"
  {shown(self.layout / "bin/vigie")} jobs list
  curl -s {endpoints['admin']}/readyz

See a page: `make {outage}` in another terminal; within two minutes {where}. `make {cure}` resolves it.
""")

    def _watch(self) -> None:
        while True:
            for child in self.children.values():
                if not child.is_running and child.name not in self.reported:
                    self.reported.add(child.name)
                    self._report_end(child)
            if self.is_asked_to_start:
                self.is_asked_to_start = False
                self._start_what_ended()
            time.sleep(0.25)

    def _report_end(self, child: Child) -> None:
        say(f"\n{RED}{child.name} {child.how_it_ended()}.{PLAIN} It stays down until `{START_AGAIN.get(child.name, 'make start')}`.")
        if child.process is not None and child.process.returncode != 0:
            say(child.last_lines())

    def _start_what_ended(self) -> None:
        for child in list(self.children.values()):
            if child.is_running or (child.name == "PostgreSQL" and self.postgres.postmaster()):
                continue
            self._add(child)
            self.reported.discard(child.name)
            say(f"\n{child.name} was started again")

    def _end(self) -> None:
        begin = time.monotonic()
        for name in ("ready", "endpoints.json", "pids.json"):
            (self.layout / name).unlink(missing_ok=True)
        # The server first, so that it can finish with its database; the pager last, so that it prints what still comes.
        turns = {"Vigie": 0, "The pager": 2}
        for turn in range(3):
            group = [child for child in self.children.values() if turns.get(child.name, 1) == turn]
            for child in group:
                child.ask_to_end()
            for child in group:
                child.stop()
        if self.postgres is not None:
            self.postgres.stop_server()
        say(f"\nStopped, nothing is left running ({time.monotonic() - begin:.1f} s)")
