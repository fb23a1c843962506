"""The local stack on free ports, for tests: started, asked, and ended with its children whatever happens."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_LIMIT_S = 150
BINARY = os.environ.get("VIGIE_BINARY", "")
TOOLS = ("prometheus", "prometheus-alertmanager", "prometheus-postgres-exporter", "prometheus-node-exporter",
         "prometheus-blackbox-exporter", "prometheus-nginx-exporter")
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]

sys.path.insert(0, str(ROOT / "scripts"))

from local_stack import settings  # noqa: E402


def read(url: str) -> object:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "application/json"}), timeout=5) as answer:
        return json.load(answer)


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def wait_for(what: str, limit_s: float, is_so) -> float:
    """How long it took; waits on the condition, never on time alone."""
    begin = time.monotonic()
    while True:
        try:
            if is_so():
                return time.monotonic() - begin
        except OSError:
            pass  # not listening yet
        if time.monotonic() - begin > limit_s:
            raise AssertionError(f"{what}: not within {limit_s} s")
        time.sleep(0.1)


class Stack:
    """`scripts/stack.py run` in a directory of its own. `extra` is added to its environment. Ends with the thread that made it."""

    def __init__(self, directory: str, scale: float, extra: dict[str, str] | None = None):
        self.directory = pathlib.Path(directory)
        ports = {variable: "0" for variable, _, _ in settings.PORTS.values()}
        self.environment = os.environ | ports | {
            "VIGIE_STACK_DIR": directory, "VIGIE_STACK_SCALE": str(scale), "VIGIE_STACK_DEMO": "none", "VIGIE_STACK_BACK_ENDS": "none",
            "VIGIE_BINARY": BINARY,
        } | (extra or {})
        self.environment.pop("DATABASE_URL", None)
        self.output = open(self.directory / "output.log", "wb")
        self._run()

    def _run(self) -> None:
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", sys.executable, str(ROOT / "scripts/stack.py"), "run"],
                                        env=self.environment, stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)

    def start_after_a_kill(self) -> None:
        """The supervisor is ended so that it can stop nothing; its children end with it, and an operator starts it again."""
        children = json.loads((self.directory / "pids.json").read_text())
        self.process.kill()
        self.process.wait(10)
        wait_for("nothing is left of it", 30, lambda: not any(pathlib.Path(f"/proc/{pid}").exists() for pid in children.values()))
        (self.directory / "ready").unlink(missing_ok=True)
        self._run()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        try:
            wait_for("the stack starts", START_LIMIT_S, self.is_ready)
        except AssertionError as fault:
            self.stop()
            raise AssertionError(f"{fault}\n{self.text()}") from None
        self.endpoints = json.loads((self.directory / "endpoints.json").read_text())

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError("the stack ended")
        return (self.directory / "ready").exists()

    def text(self) -> str:
        return (self.directory / "output.log").read_text(errors="replace")

    def command(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run([sys.executable, str(ROOT / "scripts/stack.py"), *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        assert done.returncode == code, f"{arguments} ends with {done.returncode}: {done.stdout}"
        return done.stdout

    def pid_of(self, component: str) -> int:
        return json.loads((self.directory / "pids.json").read_text())[component]

    def query(self, expression: str) -> list[dict]:
        url = f"{self.endpoints['prometheus']}/api/v1/query?query={urllib.parse.quote(expression)}"
        return read(url)["data"]["result"]

    def received(self) -> list[dict]:
        """Everything that the pager has taken, in order."""
        return read(f"{self.endpoints['pager']}/pages")

    def pages(self, status: str, kind: str = "page", since: int = 0) -> list[dict]:
        """Those after the first `since` of what was received."""
        return [record["body"] for record in self.received()[since:]
                if record["kind"] == kind and (kind == "chat" or record["body"]["status"] == status)]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(60)
        self.output.close()

    def end(self) -> None:
        """As stop(), and nothing that it started or wrote of itself outlives it."""
        children = json.loads((self.directory / "pids.json").read_text())
        self.stop()
        left = [name for name, pid in children.items() if pathlib.Path(f"/proc/{pid}").exists()]
        assert not left, f"still running: {left}"
        assert not (self.directory / "endpoints.json").exists(), "endpoints.json outlives the stack"


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
@unittest.skipUnless(BINARY, "VIGIE_BINARY names no server")
class StackTest(unittest.TestCase):
    """Tests of one stack, which starts in setUpClass and ends after the last of them."""

    @classmethod
    def new_directory(cls) -> str:
        """Under build/, removed after the class. The user that PostgreSQL runs as may pass through it."""
        directory = tempfile.TemporaryDirectory(prefix=f"vigie-{cls.__name__.lower()}-", dir=ROOT / "build")
        cls.addClassCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        return directory.name

    @classmethod
    def started_stack(cls, directory: str, scale: float, extra: dict[str, str] | None = None) -> Stack:
        stack = Stack(directory, scale, extra)
        stack.wait_until_ready()
        cls.addClassCleanup(stack.end)
        return stack
