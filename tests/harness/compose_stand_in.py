#!/usr/bin/python3
"""Stands for `docker` where there is none: what compose would run in a container is run against the local stack in STACK.

Only what docs/commands.md has: exec, logs and ps. A path that no container of compose.yaml has is not found here either.
"""

import os
import subprocess
import sys

STACK = os.environ["STACK"]
PATHS = {
    "vigie-1": {"/var/log/vigie/vigie-1.log.1": "logs/vigie.1.log", "/var/log/vigie/vigie-1.log": "logs/vigie.log", "/var/spool/vigie": "spool"},
    "worker": {"/var/lib/vigie/blobs": "blobs", "/var/lib/vigie": ".", "/var/spool/vigie": "spool", "/var/log/vigie": "logs"},
    "postgres": {f"/var/log/postgresql/postgresql-{day}.log": "logs/postgres.log" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")},
    "prometheus": {"/etc/prometheus": "alerts"},
    "alertmanager": {"/etc/alertmanager": "alerts"},
    "nginx": {"/var/log/proxy/access.log": "logs/nginx.log"},
}
# Who starts otherwise in his container than on this machine.
PROGRAMS = {
    ("worker", ("env", "LOG_FILE=", "entrypoint.sh")): [f"{STACK}/bin/vigie"],
    ("postgres", ("psql", "-U", "vigie", "vigie")): ["psql", os.environ.get("DATABASE_URL", "")],
    ("postgres", ("psql", "-U", "postgres", "vigie")): [f"{STACK}/bin/psql"],
    ("postgres", ("pg_isready", "-U", "vigie", "-d", "vigie")): ["pg_isready", "-d", os.environ.get("DATABASE_URL", "")],
    ("nginx", ("nginx",)): ["/usr/sbin/nginx", "-e", "stderr", "-p", f"{STACK}/nginx", "-c", f"{STACK}/nginx/nginx.conf"],
}
LOGS = {"postgres-exporter": "postgres_exporter"}


def translated(service: str, words: list[str]) -> list[str]:
    for (where, before), after in PROGRAMS.items():
        if where == service and tuple(words[:len(before)]) == before:
            words = after + words[len(before):]
    for there, here in PATHS.get(service, {}).items():
        words = [word.replace(there, f"{STACK}/{here}") for word in words]
    return words


def main() -> int:
    verb, *rest = sys.argv[2:] if sys.argv[1:2] == ["compose"] else ["?"]
    if verb == "exec" and rest[0] == "-T":
        return subprocess.run(translated(rest[1], rest[2:])).returncode
    if verb == "logs":
        services = [word for word in rest if not word.startswith("-")]
        return subprocess.run(["cat", *(f"{STACK}/logs/{LOGS.get(name, name)}.log" for name in services)]).returncode
    if verb == "ps":
        return 0
    print(f"the stand-in does not know {sys.argv[1:]}", file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main())
