"""The Vigie process of the stack: its keys, its migrations, its environment."""

import secrets
import shlex
from pathlib import Path

from local_stack import back_ends, monitoring
from local_stack.child import Child, run_to_end
from local_stack.postgres import tools_directory
from local_stack.settings import HOST, STACK_ONLY, Layout, binary, server_environment, write_private

SECRET_BYTES = 32


class Server:
    def __init__(self, layout: Layout, ports: dict[str, int], database_url: str, repair_url: str):
        self.repair_url = repair_url
        self.layout = layout
        self.ports = ports
        self.binary = binary()
        self.environment = server_environment() | back_ends.server_environment(ports) | {
            "VIGIE_HTTP_ADDRESS": HOST,
            "VIGIE_HTTP_PORT": str(ports["api"]),
            "VIGIE_ADMIN_ADDRESS": HOST,
            "VIGIE_ADMIN_PORT": str(ports["admin"]),
            "VIGIE_KEYS_DIR": str(layout.secrets / "keys"),
            "VIGIE_SECRET_FILE": str(layout.secrets / "server_secret"),
            "VIGIE_BLOB_DIRECTORY": str(layout / "blobs"),
            "VIGIE_TELEMETRY_SPOOL_DIRECTORY": str(layout / "spool"),
            "DATABASE_URL": database_url,
        }

    def prepare(self) -> None:
        """Makes what is missing: a signing key, the secret, the database's tables."""
        secret = Path(self.environment["VIGIE_SECRET_FILE"])
        if not secret.exists():
            write_private(secret, secrets.token_bytes(SECRET_BYTES))
        keys = Path(self.environment["VIGIE_KEYS_DIR"])
        keys.mkdir(mode=0o700, exist_ok=True)
        if not any(keys.iterdir()):
            self.run("keygen", str(keys))
        self.run("migrate", "up")

    def run(self, *arguments: str) -> str:
        return run_to_end([str(self.binary), *arguments], f"vigie {' '.join(arguments)} failed", self.environment)

    def child(self) -> Child:
        child = Child("Vigie", [str(self.binary), "serve"], self.layout.logs / "vigie.log")
        child.environment = self.environment
        return child

    @property
    def ready_url(self) -> str:
        return f"http://{HOST}:{self.ports['admin']}/readyz"

    def why_not_ready(self) -> str:
        """The reasons of /readyz."""
        return monitoring.reasons_of(self.ready_url)

    def write_commands(self) -> None:
        """bin/vigie and bin/psql have this stack's environment: a runbook's commands work as printed, from any folder."""
        directory = self.layout / "bin"
        directory.mkdir(mode=0o700, exist_ok=True)
        own = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(self.environment.items())
                      if name.startswith(("VIGIE_", "OTEL_", "DATABASE_")))
        # The server refuses a VIGIE_ variable that is none of its settings; those of the stack are.
        others = f"unset {' '.join(sorted(STACK_ONLY))}\n"
        write_private(directory / "vigie", f'#!/bin/sh\n{others}{own}exec {shlex.quote(str(self.binary))} "$@"\n')
        write_private(directory / "psql", f'#!/bin/sh\n# As a superuser: some connections are kept for it.\n'
                                          f'exec {tools_directory() / "psql"} {shlex.quote(self.repair_url)} "$@"\n')
        for name in ("vigie", "psql"):
            (directory / name).chmod(0o700)

    def command_environment(self) -> dict[str, str]:
        """For programs that call the server's commands, such as the demo data's `vigie user`."""
        return self.environment | {"VIGIE_BINARY": str(self.binary)}
