"""A private PostgreSQL cluster: unix socket only, owned by an unprivileged user, gone when asked.

PostgreSQL refuses to run as root, and a checkout may lie where no other user can read. So as root the
server runs as the owner of the data directory (the user `postgres` of the Debian package), and its
socket lies in a short directory of its own, because a socket path is limited to 107 bytes.
"""

import fcntl
import hashlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parents[1] / "build"
PROGRAMS = "/usr/lib/postgresql/15/bin"
INITDB = [f"{PROGRAMS}/initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
ROLE = "vigie"
DATABASE = "vigie"


class PrivatePostgres:
    """One cluster. As root, `data` must lie where the user `postgres` can reach it. Authentication is
    by the socket's directory, which only the owner (and root) can enter."""

    def __init__(self, data, log, settings=None, is_durable=True):
        self.data = pathlib.Path(data).absolute()
        self.log = pathlib.Path(log).absolute()
        self.settings = settings or {}
        self.is_durable = is_durable
        self.process = None
        self.socket_dir = None

    @property
    def url(self):
        return f"postgresql:///{DATABASE}?host={self.socket_dir}&user={ROLE}"

    def start(self, timeout_s=30, socket_dir=None):
        """Starts the server, making the cluster and the database first where they are missing. With
        the `socket_dir` of an earlier run it comes back where its clients look for it."""
        self.socket_dir = socket_dir or self._short_dir("vigie-pg-")
        self._ensure_cluster()
        arguments = [f"{PROGRAMS}/postgres", "-D", str(self.data), "-k", self.socket_dir,
                     "-c", "listen_addresses=", "-c", "unix_socket_permissions=0700"]
        hasty = {} if self.is_durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        for name, value in (hasty | self.settings).items():
            arguments += ["-c", f"{name}={value}"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            cwd="/", start_new_session=True, **self._identity())
        self._wait_until_ready(timeout_s)
        self._ensure_database()
        return self

    def stop(self, mode="fast", timeout_s=20, keep_socket_dir=False):
        """Stops the server. Modes as of pg_ctl: fast ends sessions, immediate is a crash."""
        number = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode]
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)
        self.process = None
        if self.socket_dir and not keep_socket_dir:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def psql(self, sql, database=DATABASE):
        """Runs SQL as superuser and returns the unaligned output."""
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.socket_dir,
             "-U", ROLE, "-d", database, "-c", sql],
            check=True, capture_output=True, text=True, timeout=60, cwd="/").stdout.strip()

    def _identity(self):
        if os.geteuid() != 0:
            return {}
        owner = pwd.getpwnam("postgres")
        return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def _short_dir(self, prefix):
        path = tempfile.mkdtemp(prefix=prefix, dir="/tmp")
        if os.geteuid() == 0:
            shutil.chown(path, "postgres", "postgres")
        os.chmod(path, 0o700)
        return path

    def _ensure_cluster(self):
        if (self.data / "PG_VERSION").exists():
            return
        self.data.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(self.data, "postgres", "postgres")
        os.chmod(self.data, 0o700)
        subprocess.run(["cp", "-a", f"{self._template()}/.", str(self.data)], check=True, timeout=60)

    def _template(self):
        """An empty cluster under build/, made once: a copy costs a tenth of what initdb does. With the arguments of
        initdb its name changes."""
        arguments = [*INITDB, "-U", ROLE]
        template = BUILD / f"postgres-{hashlib.sha256(' '.join(arguments).encode()).hexdigest()[:8]}"
        BUILD.mkdir(exist_ok=True)
        with open(template.with_suffix(".lock"), "w") as lock:  # several tests of one run want it
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                self._make_template(arguments, template)
        return template

    def _make_template(self, arguments, template):
        draft = template.with_suffix(".draft")
        shutil.rmtree(draft, ignore_errors=True)
        made = self._short_dir("vigie-initdb-")  # the unprivileged user may not reach build/
        try:
            subprocess.run([*arguments, "-D", f"{made}/data"], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60,
                           **self._identity())
            subprocess.run(["cp", "-a", f"{made}/data", str(draft)], check=True, timeout=60)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        draft.rename(template)

    def _wait_until_ready(self, timeout_s):
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL ended with {self.process.returncode}; see {self.log}")
            ready = subprocess.run([f"{PROGRAMS}/pg_isready", "-q", "-h", self.socket_dir], check=False, cwd="/")
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        raise TimeoutError(f"PostgreSQL was not ready within {timeout_s} s; see {self.log}")

    def _ensure_database(self):
        if self.psql(f"select 1 from pg_database where datname = '{DATABASE}'", "postgres") != "1":
            self.psql(f"create database {DATABASE}", "postgres")
