#!/usr/bin/python3
"""stack.py run|up|down|status|start|stop COMPONENT|clean: the local stack, in front or in the background."""

import argparse
import contextlib
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
from local_stack.supervisor import Supervisor, log_of, only_one, shown  # noqa: E402

UP_LIMIT_S = 120
DOWN_LIMIT_S = 60
# A start after a crash reads its log first.
DATABASE_LIMIT_S = 10


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
    settings.write_private(log, "")
    with open(log, "ab") as output:
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


def wait_for(is_done, limit_s: float, what: str, why_not=lambda: "") -> None:
    deadline = time.monotonic() + limit_s
    while not is_done():
        if time.monotonic() > deadline:
            raise StartError(f"{what} within {limit_s:.0f} s.{why_not()}")
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


def status() -> int:
    """0 when everything answers, 1 when something does not, 3 when the stack does not run, as of init scripts."""
    if supervisor() is None:
        print("The stack does not run: `make run` or `make up` starts it.")
        return 3
    is_well = True
    for name, path in PROBES.items():
        code = monitoring.status_of(endpoint(name) + path)
        state = "DOES NOT ANSWER" if code is None else "answers" if code == 200 else f"ANSWERS {code}"
        is_well = is_well and code == 200
        print(f"{name:18}{endpoint(name):26}{state}")
    database = Postgres(settings.layout())
    if endpoint("database_url") == database.url_or_none():
        trouble = database.trouble()
        is_well = is_well and not trouble
        print(f"{'postgres':18}{'private, no port':26}{'DOES NOT ANSWER' if trouble else 'answers'}")
        if trouble:
            print(trouble)
    return 0 if is_well else 1


def told_where(cure: str) -> str:
    log = log_of(required_supervisor())
    where = f"is printed into {shown(log)} (tail -f it)" if log else "is printed where `make run` runs"
    return f"Within two minutes a page {where}; `{cure}` ends the outage."


def stop(component: str) -> None:
    """What has ended already is no fault: that is what was asked for."""
    pid = required_supervisor()
    if component == "postgres":
        stop_postgres()
        return
    vigie = json.loads((settings.layout() / "pids.json").read_text())["Vigie"]
    # The number may be another process's by now: only a child of the supervisor is ours.
    if parent_of(vigie) != pid:
        print("Vigie is stopped already; `make api-start` starts it.")
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(vigie, signal.SIGTERM)
    wait_for(lambda: parent_of(vigie) != pid, 30, "Vigie did not stop")
    print(f"Vigie is stopped. {told_where('make api-start')}")


def stop_postgres() -> None:
    database = Postgres(settings.layout())
    if endpoint("database_url") != database.url_or_none():
        raise settings.SettingError("DATABASE_URL names a PostgreSQL that is not the stack's own.")
    if database.postmaster() is None:
        print("PostgreSQL is stopped already; `make db-start` starts it.")
        return
    database.stop_server()
    print(f"PostgreSQL is stopped. {told_where('make db-start')}")


def parent_of(pid: int) -> int | None:
    """None when there is no such process, or when it has ended and waits to be noticed."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return None if fields[0] == "Z" else int(fields[1])


def start() -> None:
    os.kill(required_supervisor(), signal.SIGUSR1)
    database = Postgres(settings.layout())
    if endpoint("database_url") == database.url_or_none():
        wait_for(database.is_ready, DATABASE_LIMIT_S, "PostgreSQL did not answer", lambda: f"\n{database.trouble()}")
    for name, path in PROBES.items():
        wait_for(lambda url=endpoint(name) + path: monitoring.answers(url), 30, f"{name} did not answer", lambda name=name: why_not(name))
    print("Everything runs again.")


def why_not(name: str) -> str:
    if name in ("api", "https", "admin"):
        return monitoring.reasons_of(endpoint("admin") + "/readyz")
    return f" Its log is in {shown(settings.layout().logs)}."


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
            code = 0
        else:
            code = globals()[arguments.command]() or 0
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # `make status | head`: who reads has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (settings.SettingError, StartError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
