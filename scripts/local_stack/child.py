"""One process of the stack: its log, its end, and that it never outlives the supervisor."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


class StartError(Exception):
    """A component did not come up; the message says what to look at."""


def end_with_parent(end_signal: int) -> Callable[[], None]:
    """For preexec_fn: the kernel sends `end_signal` when the supervisor is gone, however it went."""
    parent = os.getpid()

    def arrange() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, end_signal, 0, 0, 0)
        if os.getppid() != parent:  # it went in between
            os._exit(1)

    return arrange


def run_to_end(argv: list[str], fault: str, environment: Mapping[str, str] | None = None, limit_s: float = 120, *, given: str = "") -> str:
    """The output of a program that ends by itself; `given` is its input. In a session of its own: Ctrl-C is the supervisor's to
    handle."""
    done = subprocess.run(argv, env=environment, input=given, capture_output=True, text=True, timeout=limit_s,
                          start_new_session=True, preexec_fn=end_with_parent(signal.SIGTERM))
    if done.returncode != 0:
        raise StartError(f"{fault}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Child:
    """Runs in a session of its own, so that Ctrl-C reaches the supervisor alone, which ends the children in order."""

    def __init__(self, name: str, argv: list[str], log: Path, *, end_signal: int = signal.SIGTERM, stop_s: float = 25):
        self.name = name
        self.argv = argv
        self.log = log
        self.end_signal = end_signal
        self.stop_s = stop_s
        self.environment: Mapping[str, str] | None = None
        self.directory: Path | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, output: BinaryIO | None = None) -> None:
        if output is None:
            keep_previous(self.log)
        if shutil.which(self.argv[0]) is None:
            raise StartError(f"{self.name} cannot start: {self.argv[0]} is not installed (scripts/install_packages.sh run).")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output or log,
                stderr=log,
                env=self.environment,
                cwd=self.directory,
                start_new_session=True,
                preexec_fn=end_with_parent(self.end_signal),
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def how_it_ended(self) -> str:
        code = self.process.poll() if self.process else None
        if code is None:
            return "is running"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def wait_until(self, is_ready: Callable[[], bool], limit_s: float, why_not: Callable[[], str] = lambda: "") -> None:
        """`why_not` is asked when the time is over: what the component itself says of it."""
        deadline = time.monotonic() + limit_s
        while not is_ready():
            if not self.is_running:
                raise StartError(f"{self.name} {self.how_it_ended()}.\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} was not ready after {limit_s:.0f} s.{why_not()}\n{self.last_lines()}")
            time.sleep(0.05)

    def last_lines(self, count: int = 6) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-count:] if self.log.exists() else []
        if not lines:
            return f"It wrote nothing into {self.log}."
        return "\n".join([f"The end of {self.log}:"] + [f"  {readable(line)}" for line in lines])

    def ask_to_end(self) -> None:
        if self.process and self.is_running:
            self.process.send_signal(self.end_signal)

    def stop(self) -> None:
        """Asks, waits `stop_s`, then kills the whole session."""
        if self.process is None:
            return
        self.ask_to_end()
        try:
            self.process.wait(self.stop_s)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


# A second crash must not take the first one's last words.
GENERATIONS = 5

# Of a JSON log line, what a person at a terminal wants first.
SHOWN = ("http.request.method", "url.path", "http.response.status_code", "error.type", "vigie.reason", "vigie.detail",
         "exception.message", "process.pid")


def readable(line: str) -> str:
    """A JSON log line as time, severity, event and a few fields; any other line as it is."""
    try:
        record = json.loads(line)
        head = f"{record['timestamp'][11:19]} {record['severity_text']:5} {record['event']}"
    except (ValueError, KeyError, TypeError):
        return line[:200]
    fields = [str(record[name]) for name in SHOWN if record.get(name) not in (None, "")]
    return f"{head}  {' '.join(fields)}"[:200]


def keep_previous(log: Path) -> None:
    """The last words of the starts before this one: vigie.1.log is the one before, vigie.5.log the oldest."""
    if not log.exists() or log.stat().st_size == 0:
        return
    for number in range(GENERATIONS - 1, 0, -1):
        older = log.with_suffix(f".{number}.log")
        if older.exists():
            older.replace(log.with_suffix(f".{number + 1}.log"))
    log.replace(log.with_suffix(".1.log"))
