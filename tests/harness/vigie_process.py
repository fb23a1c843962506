"""One Vigie process on free ports, started and stopped by a test or a benchmark."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from local_stack.settings import free_port  # noqa: E402

#: Cheap passwords and no rate limit: what tests want unless they test these.
QUICK = {
    "VIGIE_ARGON2_MEMORY_KIB": "1024",
    "VIGIE_ARGON2_PASSES": "1",
    "VIGIE_RATE_LIMIT_REQUESTS_PER_SECOND": "1000000",
    "VIGIE_RATE_LIMIT_BURST": "10000000",
    "VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE": "1000000",
    "VIGIE_LOGIN_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "1000000",
    "VIGIE_LOGIN_FAILURES_PER_HOUR_MAX": "10000000",
    "VIGIE_REGISTRATION_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "1000000",
    "VIGIE_PASSWORD_PER_ADDRESS_MAX": "10000",
}


def binary():
    """The server under test: VIGIE_BINARY, or that of the dev preset."""
    return os.environ.get("VIGIE_BINARY", str(ROOT / "build/dev/server/vigie"))


def environment(database_url, directory, extra=None):
    """A complete environment without what the caller's own happens to hold."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VIGIE_", "OTEL_", "PG", "DATABASE_"))}
    return kept | {
        "DATABASE_URL": database_url,
        "VIGIE_HTTP_PORT": "0",
        "VIGIE_ADMIN_PORT": "0",
        "VIGIE_KEYS_DIR": str(directory / "keys"),
        "VIGIE_SECRET_FILE": str(directory / "secret"),
        "VIGIE_BLOB_DIRECTORY": str(directory / "blobs"),
    } | (extra or {})


def make_secrets(directory, program=None):
    """A signing key and the servers' secret, unless they are there."""
    secret = pathlib.Path(directory) / "secret"
    if secret.exists():
        return
    secret.write_bytes(os.urandom(32))
    subprocess.run([program or binary(), "keygen", str(pathlib.Path(directory) / "keys")], check=True,
                   stdout=subprocess.DEVNULL, timeout=10)


class VigieProcess:
    """`vigie serve`, or another command that runs until SIGTERM. Its standard output, the JSON log, goes to a file in `directory`."""

    def __init__(self, database_url, directory, extra=None, program=None, command=("serve",)):
        self.directory = pathlib.Path(directory)
        self.program = program or binary()
        self.command = command
        self.environment = environment(database_url, self.directory, extra)
        self.process = None
        self.port = self.admin_port = None
        self.log = None

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_url(self):
        return f"http://127.0.0.1:{self.admin_port}"

    def run(self, *arguments, stdin="", check=True):
        """Runs another command of the binary in the same environment."""
        return subprocess.run([self.program, *arguments], env=self.environment, input=stdin, check=check,
                              capture_output=True, text=True, timeout=60)

    def start(self, wait_until_ready=True):
        make_secrets(self.directory, self.program)
        tells_its_ports = (self.environment.get("VIGIE_TELEMETRY") != "false"
                           and self.environment.get("OTEL_LOGS_EXPORTER", "console") == "console")
        if not tells_its_ports:
            self.port, self.admin_port = free_port(), free_port()
            self.environment |= {"VIGIE_HTTP_PORT": str(self.port), "VIGIE_ADMIN_PORT": str(self.admin_port)}
        self.spawn()
        if tells_its_ports:
            started = self.wait_for_log(lambda line: line["event"] == "server.started")
            self.port, self.admin_port = started.get("server.port"), started["vigie.admin.port"]
        if wait_until_ready:
            self.wait_until(lambda: self.readyz()[0] == 200, "ready")
        return self

    def spawn(self):
        """Begins and waits for nothing. Its log is a new file."""
        number = len(list(self.directory.glob("vigie-*.log")))
        self.log = self.directory / f"vigie-{number}.log"
        with open(self.log, "wb") as log, open(self.directory / "vigie.stderr", "ab") as errors:
            self.process = subprocess.Popen([self.program, *self.command], env=self.environment, stdout=log,
                                            stderr=errors, stdin=subprocess.DEVNULL)

    def keep_ports(self):
        """From the next start on it is found where it is now."""
        self.environment["VIGIE_ADMIN_PORT"] = str(self.admin_port)
        if self.port is not None:
            self.environment["VIGIE_HTTP_PORT"] = str(self.port)

    def stop(self, timeout_s=30):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
            raise

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(5)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def readyz(self):
        """Status and document of /readyz."""
        return self.admin("/readyz")

    def admin(self, path, method="GET", body=None, headers=None):
        """What changes something is JSON, with or without a body."""
        given = ({} if method in ("GET", "HEAD") else {"Content-Type": "application/json"}) | (headers or {})
        request = urllib.request.Request(self.admin_url + path, method=method, data=body, headers=given)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self):
        """The classic exposition as {series: value}."""
        samples = {}
        for line in self.admin("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, value = line.rsplit(" ", 1)
                samples[series] = float(value)
        return samples

    def log_lines(self):
        """The complete lines of the log so far."""
        text = self.log.read_text(errors="replace")
        return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def wait_for_log(self, matches, timeout_s=15):
        found = []

        def look():
            found[:] = [line for line in self.log_lines() if matches(line)]
            return bool(found)
        self.wait_until(look, "log line", timeout_s)
        return found[0]

    def wait_until(self, condition, what, timeout_s=15):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                if condition():
                    return
            if self.process.poll() is not None:
                errors = (self.directory / "vigie.stderr").read_text()
                raise RuntimeError(f"vigie ended with {self.process.returncode} before {what}:\n{errors}")
            time.sleep(0.02)
        raise TimeoutError(f"no {what} within {timeout_s} s; see {self.log}")
