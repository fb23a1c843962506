#!/usr/bin/python3
"""What compose.yaml does at its start and at its end: what an engine refuses, what an interruption leaves, who gets which secret."""

import copy
import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from compose_files import Compose, load
from repository import ROOT, RepositoryTest, main, text_of

# What each program asks for: anything else is a secret too many.
NEEDS = {
    "migrate": {"database_password"},
    "worker": {"database_password", "backup_password", "admin_token"},
    "vigie-1": {"database_password", "server_secret", "admin_token"},
    "vigie-2": {"database_password", "server_secret", "admin_token"},
    "prometheus": {"admin_token"},
}
KEYS = "/run/vigie-keys"


def propagation_faults(compose: Compose) -> list[str]:
    """Only where the root of the host is a shared mount does an engine take these."""
    return [f"{name}: {volume} asks for a propagation that not every engine has"
            for name, service in compose.services.items() for volume in service.get("volumes", [])
            if isinstance(volume, str) and set(volume.split(":")[-1].split(",")) & {"rslave", "slave", "rshared", "shared"}]


def copy_faults(compose: Compose) -> list[str]:
    """An engine fills an empty volume with what the image has at its place, under the image's accounts. Who only reads a volume
    would so give files to whoever writes it, which that one may not even delete."""
    return [f"{name}: {volume} is filled from the image that only reads it" for name, service in compose.services.items()
            for volume in service.get("volumes", []) if volume.split(":")[0] in compose.volumes
            and "ro" in (options := volume.split(":")[-1].split(",")) and "nocopy" not in options]


def tmpfs_faults(compose: Compose) -> list[str]:
    """A tmpfs belongs to root, but for /tmp, whose mode lets everybody write: another needs the account of its service."""
    faults = []
    for name, service in compose.services.items():
        user, group = (service.get("user", "0:0").split(":") + ["0"])[:2]
        for place in service.get("tmpfs", []):
            path, _, options = place.partition(":")
            if path != "/tmp" and user != "0" and not {f"uid={user}", f"gid={group}"} <= set(options.split(",")):
                faults.append(f"{name}: {path} is not writable by {user}:{group}")
    return faults


def secret_faults(compose: Compose) -> list[str]:
    faults = []
    for name, needed in NEEDS.items():
        service = compose.services[name]
        faults += [f"{name}: has the secret {secret} and does not need it" for secret in sorted(set(service["secrets"]) - needed)]
        has_keys = any(KEYS in volume for volume in service.get("volumes", []))
        if "server_secret" not in needed and (has_keys or "VIGIE_KEYS_DIR" in service.get("environment", {})):
            faults.append(f"{name}: has the keys of tokens and signs none")
    return faults


def admin_faults(compose: Compose) -> list[str]:
    """Every container reaches a port that listens everywhere: it asks for a token, and those who ask have it."""
    token = "/run/secrets/admin_token"
    faults, names = [], set()
    for name, service in compose.services.items():
        environment = service.get("environment") or {}
        if (service.get("command") or [""])[0] not in ("serve", "worker"):
            continue
        names.add(name)
        if environment.get("VIGIE_ADMIN_TOKEN_FILE") != token or "admin_token" not in service["secrets"]:
            faults.append(f"{name}: its admin port asks nobody for a token")
        if name not in environment.get("VIGIE_ADMIN_HOSTS", "").split(","):
            faults.append(f"{name}: its admin port answers 421 to who asks by its name")
    scraped = {target.split(":")[0] for row in json.loads(text_of("alerts/targets/vigie.json")) for target in row["targets"]}
    faults += [f"{name}: has an admin port that Prometheus does not ask" for name in sorted(names ^ scraped)]
    jobs = {job["job_name"]: job for job in yaml.safe_load(text_of("alerts/prometheus.yml"))["scrape_configs"]}
    if jobs["vigie"].get("authorization") != {"credentials_file": token} or "admin_token" not in compose.services["prometheus"].get("secrets", []):
        faults.append("prometheus: asks admin ports without their token")
    if f"--admin-token-file={token}" not in compose.services["pager"]["command"] or "admin_token" not in compose.services["pager"]["secrets"]:
        faults.append("pager: asks the admin port without its token")
    return faults


def drain_faults(compose: Compose) -> list[str]:
    """The pause is for a proxy that has not noticed yet: nobody sends requests to a worker."""
    return [f"{name}: waits {service['environment']['VIGIE_DRAIN_DELAY_MS']} ms for nobody" for name, service in compose.services.items()
            if (service.get("command") or [""])[0] == "worker" and int(service["environment"].get("VIGIE_DRAIN_DELAY_MS", "0")) > 0]


def readiness_faults(compose: Compose) -> list[str]:
    """Whom the proxy waits for is asked whether he is ready."""
    return [f"{name}: nginx waits for its health, which is not /readyz" for name in compose.services["nginx"]["depends_on"]
            if not re.search(r"GET /readyz ", " ".join(compose.services[name]["healthcheck"]["test"]))]


def connection_faults(compose: Compose) -> list[str]:
    """All processes together, on a machine of any size, leave room for exporters, backups and an administrator."""
    most = int(re.search(r"^max_connections = (\d+)", text_of("deploy/postgres/postgresql.conf"), re.M)[1])
    reserved = int(re.search(r"^superuser_reserved_connections = (\d+)", text_of("deploy/postgres/postgresql.conf"), re.M)[1])
    wanted = [int(service["environment"].get("VIGIE_DATABASE_CONNECTIONS_MAX", "1000")) for service in compose.services.values()
              if (service.get("command") or [""])[0] in ("serve", "worker")]
    others = 10  # the accounts of the exporter and of backups, five each
    return [f"{sum(wanted)} + {others} connections of {most - reserved}"] if sum(wanted) + others > most - reserved else []


CHECKS = (propagation_faults, copy_faults, tmpfs_faults, secret_faults, admin_faults, drain_faults, readiness_faults, connection_faults)


def planted(change) -> list[str]:
    compose = copy.deepcopy(load())
    change(compose.services)
    return [fault for check in CHECKS for fault in check(compose)]


class ComposeStart(RepositoryTest):
    def test_starts_on_any_engine_with_no_secret_too_many(self):
        self.assertEqual([fault for check in CHECKS for fault in check(load())], [])

    def test_a_mount_that_some_engines_refuse_is_noticed(self):
        self.assertRegex(planted(lambda services: services["node-exporter"]["volumes"].append("/mnt:/mnt:ro,rslave"))[0], "propagation")

    def test_a_volume_that_its_reader_fills_is_noticed(self):
        self.assertRegex(planted(lambda services: services["prometheus"]["volumes"].append("alerts:/etc/rules:ro"))[0], "filled from the image")

    def test_a_tmpfs_of_root_is_noticed(self):
        self.assertRegex(planted(lambda services: services["postgres"].update(tmpfs=["/tmp", "/run/postgresql"]))[0], "not writable")

    def test_a_secret_too_many_is_noticed(self):
        self.assertRegex(planted(lambda services: services["migrate"]["secrets"].append("server_secret"))[0], "does not need")
        self.assertRegex(planted(lambda services: services["worker"]["volumes"].append(f"./.secrets/keys:{KEYS}:ro"))[0], "signs none")

    def test_an_admin_port_without_a_token_is_noticed(self):
        for change, part in [
            (lambda services: services["worker"]["environment"].pop("VIGIE_ADMIN_TOKEN_FILE"), "worker: its admin port asks nobody"),
            (lambda services: services["vigie-1"]["secrets"].remove("admin_token"), "vigie-1: its admin port asks nobody"),
            (lambda services: services["vigie-2"]["environment"].update(VIGIE_ADMIN_HOSTS="vigie-1"), "vigie-2: its admin port answers 421"),
            (lambda services: services["prometheus"].update(secrets=[]), "prometheus: asks admin ports without"),
            (lambda services: services["pager"]["secrets"].remove("admin_token"), "pager: asks the admin port without"),
        ]:
            self.assert_caught(planted(change), part)

    def test_a_worker_that_waits_for_nobody_is_noticed(self):
        self.assertRegex(planted(lambda services: services["worker"]["environment"].update(VIGIE_DRAIN_DELAY_MS="2000"))[0], "waits")

    def test_more_connections_than_postgresql_takes_are_noticed(self):
        self.assertRegex(planted(lambda services: services["vigie-1"]["environment"].pop("VIGIE_DATABASE_CONNECTIONS_MAX"))[0], "connections of 97")

    def test_a_proxy_that_waits_for_less_than_readiness_is_noticed(self):
        alive = {"test": ["CMD", "bash", "-c", "GET /livez HTTP/1.0"]}
        self.assertRegex(planted(lambda services: services["vigie-1"].update(healthcheck=alive))[0], "readyz")


# Stand-ins of what the image brings: its initdb makes a cluster step by step, and dies when it is told to.
ENSURE = """#!/bin/sh
set -eu
[ ! -s "$PGDATA/PG_VERSION" ] || { echo "already initialized"; exit 0; }
mkdir -p "$PGDATA"
echo 15 >"$PGDATA/PG_VERSION"
[ ! -e "$DIES" ] || kill -KILL $$
echo made >"$PGDATA/accounts"
"""
RUN = """#!/bin/sh
echo "runs $PGDATA: $(cat "$PGDATA/accounts"): $*"
"""


class FirstStart(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.place = Path(directory.name)
        self.cluster = self.place / "data/cluster"
        self.cluster.parent.mkdir()
        (self.place / "bin").mkdir()
        for name, text in (("docker-ensure-initdb.sh", ENSURE), ("docker-entrypoint.sh", RUN)):
            (self.place / "bin" / name).write_text(text)
            (self.place / "bin" / name).chmod(0o755)

    def start(self) -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.place / 'bin'}:{os.environ['PATH']}", "PGDATA": str(self.cluster), "DIES": str(self.place / "dies")}
        return subprocess.run(["sh", str(ROOT / "deploy/postgres/start.sh"), "postgres", "--a=b"], env=environment,
                              capture_output=True, text=True, timeout=30, check=False)

    def test_runs_the_cluster_that_it_has_made(self):
        for _ in range(2):  # the second start finds it
            done = self.start()
            self.assertEqual(done.stdout.splitlines()[-1], f"runs {self.cluster}: made: postgres --a=b", done.stderr)

    def test_an_empty_directory_is_no_cluster(self):
        self.cluster.mkdir()
        self.assertEqual(self.start().returncode, 0)

    def test_begins_anew_after_a_first_start_that_was_killed(self):
        (self.place / "dies").touch()
        self.assertNotEqual(self.start().returncode, 0)
        self.assertFalse(self.cluster.exists())
        (self.place / "dies").unlink()
        self.assertIn(": made: ", self.start().stdout)

    def test_never_touches_a_cluster_that_is_there(self):
        self.cluster.mkdir()
        (self.cluster / "PG_VERSION").write_text("15\n")
        (self.cluster / "accounts").write_text("of others\n")
        (self.place / "dies").touch()
        self.assertIn(": of others: ", self.start().stdout)


if __name__ == "__main__":
    main()
