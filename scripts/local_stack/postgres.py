"""A private PostgreSQL cluster: no port, an unprivileged account, files in the stack's directory only."""

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from urllib.parse import quote

from local_stack.child import Child, run_to_end
from local_stack.settings import ROOT, Layout, SettingError, write_private

SUPERUSER = "postgres"
USER = "vigie"
DATABASE = "vigie"
SOCKET_NAME = "/.s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 107  # sockaddr_un.sun_path holds 108 with its final zero

SOURCE = ROOT / "deploy/postgres/postgresql.conf"
# What the private cluster has otherwise than deploy/postgres/postgresql.conf says.
PRIVATE_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0770",
    # A commit is answered before it is on disk: after a crash of the machine the last few are lost, never the consistency.
    # Right for a development database, wrong for production.
    "synchronous_commit": "off",
}


def tools_directory() -> Path:
    """Debian keeps the server's programs out of PATH, in a directory a version."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    raise SettingError("PostgreSQL's server programs (initdb, postgres) are not installed.")


STATES = {"T": "stopped by a signal: `kill -CONT` lets it go on", "t": "held by a debugger", "D": "waiting for a disk", "Z": "ended"}


def state_of(pid: int) -> str:
    """What the kernel says of a process, in words."""
    try:
        letter = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return "gone"
    return STATES.get(letter, "running" if letter == "R" else "idle")


class Postgres:
    """`account` is whom the server runs as: None is the caller. PostgreSQL refuses to run as root."""

    def __init__(self, layout: Layout):
        self.directory = layout / "postgres"
        self.data = self.directory / "data"
        self.log = layout.logs / "postgres.log"
        self.password_file = layout.secrets / "database_password"
        self.superuser_password_file = layout.secrets / "database_superuser_password"
        self.tools = tools_directory()
        self.socket = self._socket()
        self.account = None if os.geteuid() != 0 else self._account(layout.root)

    def _socket(self) -> str:
        directory = str(self.directory / "s")
        if len(os.fsencode(directory + SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX:
            return directory
        # The checkout's path is too long for a socket file: an abstract socket has no path. The password keeps other
        # accounts of the machine out, as the directory's mode does otherwise.
        return "@vigie-" + hashlib.sha256(directory.encode()).hexdigest()[:16]

    def _account(self, root: Path) -> pwd.struct_passwd:
        """The owner of the cluster there is, else the owner of the checkout, else an account without privileges."""
        for path in (self.data, root.parent):
            if path.exists() and path.stat().st_uid != 0:
                return pwd.getpwuid(path.stat().st_uid)
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise SettingError("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as.")

    def command(self, program: str, *arguments: str) -> list[str]:
        plain = [str(self.tools / program), *arguments]
        if self.account is None:
            return plain
        return [*self._switch(), *plain]

    def _switch(self) -> list[str]:
        switch = ["setpriv", f"--reuid={self.account.pw_uid}", f"--regid={self.account.pw_gid}", "--clear-groups",
                  # setpriv drops the parent-death signal with the account; SIGINT is PostgreSQL's fast shutdown
                  "--pdeathsig=INT"]
        # not `test -x`: access(2) leaves capabilities out of account
        reach = ["stat", str(self.directory / "s")]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if subprocess.run([*switch, *reach], check=False, **quiet).returncode == 0:
            return switch
        # A checkout below a directory closed to others, such as /root: the account may pass through directories it
        # could not read, and nothing else is opened to it.
        for capability in ("dac_read_search", "dac_override"):
            granted = [*switch, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
            if subprocess.run([*granted, *reach], check=False, **quiet).returncode == 0:
                return granted
        raise SettingError(
            f"PostgreSQL runs as `{self.account.pw_name}`, which cannot reach {self.directory}: "
            "allow it to pass (chmod o+x on the directories above), or keep the checkout elsewhere."
        )

    @property
    def url(self) -> str:
        """Vigie's: it owns its database, and is no superuser."""
        return self._url(USER, self.password_file, quote(self.socket, safe=""))

    @property
    def superuser_url(self) -> str:
        """For repairs: some connections are kept for it when all others are taken."""
        return self._url(self.superuser, self._superuser_secret, quote(self.socket, safe=""))

    @property
    def data_source(self) -> str:
        """The exporter's, which must see when all connections are taken. For a program written in Go whose working directory is
        ours: lib/pq takes no abstract socket."""
        return self._url(self.superuser, self._superuser_secret, "/proc/self/cwd/s")

    @staticmethod
    def _url(user: str, password_file: Path, host: str) -> str:
        return f"postgresql://{user}:{password_file.read_text().strip()}@/{DATABASE}?host={host}"

    @property
    def superuser(self) -> str:
        """A cluster that an earlier version made has Vigie itself for one."""
        return SUPERUSER if self.superuser_password_file.exists() else USER

    @property
    def _superuser_secret(self) -> Path:
        return self.superuser_password_file if self.superuser_password_file.exists() else self.password_file

    def url_or_none(self) -> str | None:
        """None while no cluster was made, as with a DATABASE_URL of somebody else's."""
        return self.url if self.password_file.exists() else None

    def create(self) -> bool:
        """Makes the cluster if there is none; says whether it did."""
        if self.data.exists():
            return False
        # Under this name only once it is whole: Ctrl-C in the middle of it leaves a draft, which the next start removes.
        draft = self.directory / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        for directory in (self.directory, draft, self.directory / "s"):
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(stat.S_IRWXU)
            self._give(directory)
        for file in (self.password_file, self.superuser_password_file):
            write_private(file, secrets.token_hex(24))
        # initdb reads the password from a file of its own, which its account can open.
        handover = self.directory / "password"
        write_private(handover, self.superuser_password_file.read_text())
        self._give(handover)
        try:
            self._run("initdb", "-D", str(draft), "-U", SUPERUSER, "--pwfile", str(handover), "-A", "scram-sha-256",
                      "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        finally:
            handover.unlink()
        draft.rename(self.data)
        return True

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _run(self, program: str, *arguments: str) -> str:
        return run_to_end(self.command(program, *arguments), f"{program} failed")

    def child(self) -> Child:
        # A copy at each start, in a place that the server's account can read: a changed file reaches an old cluster.
        configuration = self.directory / "postgresql.conf"
        configuration.write_text(SOURCE.read_text())
        self._give(configuration)
        settings = [f"--{name}={value}" for name, value in PRIVATE_SETTINGS.items()]
        # Relative to the data, a path of any length fits into a socket's address: for who takes no abstract socket.
        sockets = self.socket if self.socket.startswith("/") else f"{self.socket},../s"
        argv = self.command("postgres", "-D", str(self.data), "-k", sockets, f"--config_file={configuration}", *settings)
        return Child("PostgreSQL", argv, self.log, end_signal=signal.SIGINT, stop_s=20)

    def is_ready(self) -> bool:
        probe = [str(self.tools / "pg_isready"), "-q", "-h", self.socket, "-U", USER, "-d", "postgres"]
        return subprocess.run(probe, stdin=subprocess.DEVNULL).returncode == 0

    def create_database(self) -> None:
        fault = f"The cluster in {self.data} has no database `{DATABASE}` and none can be made (`make clean-local` starts afresh)"
        if not self._query("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'", fault).strip():
            # CREATEDB: a backup is proven in a database of its own.
            self._query("postgres", f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{self.password_file.read_text().strip()}'", fault)
        there = self._query("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'", fault)
        if not there.strip():
            self._query("postgres", f"CREATE DATABASE {DATABASE} OWNER {USER}", fault)
        self._query(DATABASE, "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS pg_stat_statements", fault)

    def _query(self, database: str, statement: str, fault: str) -> str:
        """The statement comes by the input: what runs, with its arguments, everybody on the machine can read."""
        environment = os.environ | {"PGPASSWORD": self._superuser_secret.read_text().strip()}
        psql = [str(self.tools / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.socket, "-U", self.superuser,
                "-d", database, "-f", "-"]
        return run_to_end(psql, fault, environment, given=statement)

    def postmaster(self) -> int | None:
        """The process that serves the cluster, whoever started it."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
        except (OSError, ValueError, IndexError):
            return None
        return pid

    def trouble(self) -> str:
        """Why it does not answer, as far as its process tells: nothing where it answers."""
        if self.is_ready():
            return ""
        pid = self.postmaster()
        if pid is None:
            return f"PostgreSQL does not run; the end of its log says why: {self.log}"
        return (f"PostgreSQL runs (pid {pid}, {state_of(pid)}) but does not answer; the API therefore says 503. "
                f"See {self.log}, and `ps -o pid,stat,wchan:20,cmd -p {pid}`.")

    def stop_server(self) -> None:
        """Stops the cluster's server even when it is not a child of this process."""
        if self.postmaster() is not None:
            subprocess.run(self.command("pg_ctl", "stop", "-s", "-m", "fast", "-t", "20", "-D", str(self.data)),
                           stdin=subprocess.DEVNULL, check=False)
