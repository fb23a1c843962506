#!/usr/bin/python3
"""stack.py run|up|down|status|start|stop COMPONENT|clean: the local stack, in front or in the background."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

from local_stack import monitoring, settings  # noqa: E402
from local_stack.child import StartError  # noqa: E402
from local_stack.postgres import Postgres  # noqa: E402
from local_stack.supervisor import Supervisor, only_one  # noqa: E402

UP_LIMIT_S = 120
DOWN_LIMIT_S = 60


def run() -> None:
    layout = settings.layout()
    with only_one(layout):
        (layout / "ready").unlink(missing_ok=True)
        Supervisor(layout, settings.choose_ports()).run()


def up() -> None:
    layout = settings.layout()
    if supervisor() is not None:
        raise settings.SettingError("The stack runs already: `make down` ends it.")
    settings.choose_ports()  # says what is wrong here, not in a log
    layout.logs.mkdir(parents=True, exist_ok=True)
    log = layout.logs / "stack.log"
    (layout / "ready").unlink(missing_ok=True)
    with open(log, "wb") as output:
        process = subprocess.Popen([sys.executable, __file__, "run"], stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + UP_LIMIT_S
    while not (layout / "ready").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            sys.stderr.write(log.read_text(errors="replace"))
            if process.poll() is None:
                process.terminate()
                process.wait()
            raise StartError("The stack did not come up; the whole of it is in " + str(log))
        time.sleep(0.1)
    time.sleep(0.1)
    print(log.read_text(errors="replace"), end="")
    print(f"Pages are printed into {log}")


def supervisor() -> int | None:
    """The process that runs the stack: the one that holds its lock."""
    layout = settings.layout()
    try:
        with only_one(layout):
            return None
    except settings.SettingError:
        return int((layout / "stack.lock").read_text().strip() or 0) or None


def down() -> None:
    pid = supervisor()
    if pid is None:
        print("The stack does not run.")
        return
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: supervisor() is None, DOWN_LIMIT_S, "The stack did not stop")
    print("The stack has stopped.")


def wait_for(is_done, limit_s: float, what: str) -> None:
    deadline = time.monotonic() + limit_s
    while not is_done():
        if time.monotonic() > deadline:
            raise StartError(f"{what} within {limit_s:.0f} s.")
        time.sleep(0.1)


def required_supervisor() -> int:
    pid = supervisor()
    if pid is None:
        raise settings.SettingError("The stack does not run: `make run` or `make up` starts it.")
    return pid


def endpoint(name: str) -> str:
    return json.loads(settings.layout().endpoints.read_text())[name]


# What each component is asked when somebody wants to know whether it works.
PROBES = {"api": "/api/v1/events?limit=1", "https": "/api/v1/events?limit=1", "admin": "/readyz", "prometheus": "/-/ready", "alertmanager": "/-/ready",
          "pager": "/pages", "postgres_exporter": "/metrics", "node_exporter": "/metrics", "blackbox_exporter": "/metrics",
          "nginx_exporter": "/metrics"}


def status() -> None:
    required_supervisor()
    for name, path in PROBES.items():
        code = monitoring.status_of(endpoint(name) + path)
        state = "DOES NOT ANSWER" if code is None else "answers" if code == 200 else f"ANSWERS {code}"
        print(f"{name:18}{endpoint(name):26}{state}")
    database = Postgres(settings.layout())
    if endpoint("database_url") == database.url_or_none():
        ready = database.is_ready()
        print(f"{'postgres':18}{'private, no port':26}{'answers' if ready else 'DOES NOT ANSWER'}")


def stop(component: str) -> None:
    required_supervisor()
    if component == "postgres":
        database = Postgres(settings.layout())
        if database.postmaster() is None:
            raise settings.SettingError("The stack's own PostgreSQL does not run: it was stopped, or DATABASE_URL names another.")
        database.stop_server()
        print("PostgreSQL is stopped. A page arrives within two minutes; `make db-start` ends the outage.")
        return
    pid = json.loads((settings.layout() / "pids.json").read_text())["Vigie"]
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not Path(f"/proc/{pid}").exists(), 30, "Vigie did not stop")
    print("Vigie is stopped. A page arrives within two minutes; `make api-start` ends the outage.")


def start() -> None:
    os.kill(required_supervisor(), signal.SIGUSR1)
    for name, path in PROBES.items():
        wait_for(lambda url=endpoint(name) + path: monitoring.answers(url), 30, f"{name} did not answer")
    print("Everything runs again.")


def clean() -> None:
    if supervisor() is not None:
        raise settings.SettingError("The stack runs: `make down` first.")
    shutil.rmtree(settings.layout().root, ignore_errors=True)
    print(f"{settings.layout().root} is gone; the next `make run` starts afresh.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["run", "up", "down", "status", "start", "stop", "clean"])
    parser.add_argument("component", nargs="?", choices=["postgres", "vigie"])
    arguments = parser.parse_args()
    try:
        if arguments.command == "stop":
            if arguments.component is None:
                parser.error("stop what: postgres or vigie?")
            stop(arguments.component)
        else:
            globals()[arguments.command]()
    except (settings.SettingError, StartError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
