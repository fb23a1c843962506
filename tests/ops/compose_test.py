#!/usr/bin/python3
"""compose.yaml and the Dockerfile: what they name exists, nobody may do more than his work, nothing is published."""

import copy
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import compose_files
from compose_files import EXEMPT, Compose, address_faults, faults_of, load
from repository import ROOT, RepositoryTest, main, text_of


def planted(name: str, key: str, value: object) -> Compose:
    compose = copy.deepcopy(load())
    if value is None:
        del compose.services[name][key]
    else:
        compose.services[name][key] = value
    return compose


def dockerfile_faults(text: str) -> list[str]:
    faults = []
    stages = re.split(r"^FROM ", text, flags=re.M)[1:]
    for stage in stages:
        base, name = re.match(r"(\S+) AS (\w+)", stage).groups()
        if not re.fullmatch(r"debian:12\.\d+-slim", base):
            faults.append(f"{name}: {base} is not the Debian 12 that the tests run on, by its point release")
        if name == "build":
            continue
        if not re.search(r"^USER [1-9]\d*:[1-9]\d*$", stage, re.M):
            faults.append(f"{name}: runs as root")
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.M):
        faults += [f"{path} is copied and is not in the repository" for path in source.split() if not (ROOT / path).exists()]
    last = stages[-1]
    if "HEALTHCHECK" not in last:
        faults.append("the image has no health check")
    for label in ("title", "licenses", "version", "revision", "base.name"):
        if f"org.opencontainers.image.{label}" not in last:
            faults.append(f"the image has no label {label}")
    return faults


def ignored_faults(dockerfile: str, ignore: str) -> list[str]:
    """What is copied must reach the builder; everything else stays out, secrets before all."""
    kept = [line[1:] for line in ignore.splitlines() if line.startswith("!")]
    faults = [] if ignore.splitlines()[1] == "*" else [".dockerignore does not start from nothing"]
    for source in re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M):
        for path in source.split():
            if not any(path == name or path.startswith(name + "/") for name in kept):
                faults.append(f"{path} is copied, and .dockerignore keeps it out")
    return faults + [f"{name} is let in" for name in kept if name.startswith((".secrets", ".local", ".git", "build"))]


class ComposeFile(RepositoryTest):
    def test_is_sound(self):
        self.assert_none(faults_of(load()))

    @unittest.skipUnless(compose_files.has_docker_compose(), "docker compose is not installed: the files are held against our own checks only")
    def test_docker_understands_it(self):
        for profile in sorted(compose_files.PROFILES):
            done = subprocess.run(["docker", "compose", "-f", str(ROOT / "compose.yaml"), "--profile", profile, "config", "--quiet"],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_each_exemption_is_of_a_service(self):
        self.assertEqual({name for name, _ in EXEMPT} - set(load().services), set())

    def test_catches_planted_faults(self):
        for name, key, value, part in [
            ("vigie-1", "user", None, "runs as root"),
            ("loki", "user", "0:0", "runs as root"),
            ("tempo", "image", "grafana/tempo:latest", "not pinned"),
            ("tempo", "image", "grafana/tempo", "not pinned"),
            ("nginx", "read_only", False, "can be written"),
            ("nginx", "cap_drop", None, "keeps capabilities"),
            ("nginx", "cap_add", ["NET_ADMIN"], "takes capabilities back"),
            ("grafana", "mem_limit", None, "no mem_limit"),
            ("grafana", "ports", ["3000:3000"], "published beyond this machine"),
            ("grafana", "environment", {"GF_SECURITY_ADMIN_PASSWORD": "admin"}, "a secret in the environment"),
            ("grafana", "healthcheck", None, "no health check"),
            ("grafana", "memory", "1g", "memory is no key"),
            ("grafana", "profiles", ["all"], "are not of"),
            ("grafana", "profiles", ["core"], "full is core and more"),
            ("grafana", "volumes", ["./grafana/boards:/b:ro"], "./grafana/boards is not in the repository"),
            ("grafana", "volumes", ["./grafana/dashboards:/b"], "can be written from inside"),
            ("grafana", "volumes", ["graphs:/b"], "graphs is no volume"),
            ("grafana", "secrets", ["grafana"], "grafana is no secret"),
            ("alloy", "volumes", ["/var/run/docker.sock:/s:ro"], "holds Docker itself"),
            ("grafana", "depends_on", {"loki": {"condition": "service_healthy"}}, "health of loki, which has no check"),
            ("prometheus", "depends_on", {"loki": {"condition": "service_started"}}, "in profile ['core'] there is no loki"),
            ("vigie-1", "depends_on", {"migrations": {"condition": "service_started"}}, "which is no service"),
            ("migrate", "restart", "always", "started again for ever"),
            ("vigie-1", "expose", ["9464"], "vigie-1:8080: vigie-1 listens on 9464"),
            ("grafana", "environment", {"A": "http://grafan:3000"}, "there is no service grafan"),
            ("node-exporter", "profiles", ["full"], "node-exporter does not run in profile core"),
            ("otelcol", "mem_limit", "1024m", "not 80 %"),
            ("otelcol", "environment", None, "has no GOMEMLIMIT"),
            ("otelcol", "expose", ["4318"], "otelcol:8888: otelcol listens on 4318"),
        ]:
            with self.subTest(f"{name}.{key}"):
                self.assert_caught(faults_of(planted(name, key, value)), part)

    def test_the_settings_of_core_are_asked_for(self):
        whole = "".join(text_of(name) for name in ("compose.yaml", "deploy/compose/monitoring.yaml"))
        rows = [line.split("=", 1) for line in text_of("deploy/compose/core.env").splitlines() if not line.startswith("#")]
        self.assertEqual([name for name, _ in rows if f"${{{name}" not in whole], [])
        for name, value in rows:
            self.assertTrue(not value or (ROOT / value).is_dir(), name)

    def test_reads_addresses_where_files_write_them(self):
        known = {"loki": {"3100"}}
        for line in ('url = "http://loki:3101/push"', "server loki:3101 max_fails=1;", '"targets": ["loki:3101"]', "uri: loki:3101/vigie"):
            self.assert_caught(address_faults("f", line, known), "loki:3101")
        for line in ("# http://nobody:1234", "http://127.0.0.1:3000", "http://loki:3100", "time: 12:30"):
            self.assertEqual(address_faults("f", line, known), [])


class Image(RepositoryTest):
    def test_is_sound(self):
        text = text_of("Dockerfile")
        self.assert_none(dockerfile_faults(text) + ignored_faults(text, text_of(".dockerignore")))
        version = re.search(r"project\(vigie VERSION ([\d.]+)", text_of("CMakeLists.txt"))[1]
        self.assertIn(f"ARG VERSION={version}", text)
        self.assertEqual(load().services["vigie-1"]["image"], f"vigie:{version}")

    def test_catches_planted_faults(self):
        text, ignore = text_of("Dockerfile"), text_of(".dockerignore")
        for old, new, part in [
            ("USER 10001:10001", "", "vigie: runs as root"), ("debian:12.11-slim AS vigie", "debian:latest AS vigie", "not the Debian 12"),
            ("HEALTHCHECK", "LABEL health", "no health check"), ("image.revision", "image.commit", "no label revision"),
            ("COPY cmake cmake", "COPY modules cmake", "modules is copied and is not in"),
        ]:
            self.assertIn(old, text)
            self.assert_caught(dockerfile_faults(text.replace(old, new)), part)
        self.assert_caught(ignored_faults(text, ignore.replace("!server\n", "")), "server is copied, and .dockerignore")
        self.assert_caught(ignored_faults(text, ignore + "!.secrets\n"), ".secrets is let in")


class Scripts(RepositoryTest):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)

    def test_secrets_are_made_once_behind_a_closed_door(self):
        place = self.directory / "secrets"
        run = [str(ROOT / "deploy/make_secrets.sh"), str(place)]
        subprocess.run(run, check=True, capture_output=True, timeout=60)
        first = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
        subprocess.run(run, check=True, capture_output=True, timeout=60)
        self.assertEqual(first, {path: path.read_bytes() for path in place.rglob("*") if path.is_file()})
        self.assertEqual(place.stat().st_mode & 0o777, 0o700)
        made = {f"./.secrets/{path.relative_to(place)}" for path in first}
        asked = {secret["file"] for secret in load().secrets.values()}
        mounted = {volume.split(":")[0] for service in load().services.values() for volume in service.get("volumes", [])
                   if volume.startswith(compose_files.MADE[0])}
        self.assertEqual(asked - made, set())
        self.assertTrue(all(any(name.startswith(mount) for name in made) for mount in mounted))

    def test_the_entrypoint_hands_over_the_passwords_and_the_log(self):
        fake = self.directory / "vigie"
        fake.write_text('#!/bin/sh\necho "$DATABASE_URL $VIGIE_BACKUP_DATABASE_URL $*"\n')
        fake.chmod(0o755)
        (self.directory / "password").write_text("secret")
        (self.directory / "backup").write_text("other")
        environment = {"PATH": f"{self.directory}:{os.environ['PATH']}", "DATABASE_PASSWORD_FILE": str(self.directory / "password"),
                       "DATABASE_USER": "vigie", "DATABASE_HOST": "postgres", "DATABASE_NAME": "vigie",
                       "BACKUP_PASSWORD_FILE": str(self.directory / "backup"),
                       "LOG_FILE": str(self.directory / "vigie.log")}
        subprocess.run([str(ROOT / "deploy/vigie/entrypoint.sh"), "serve"], env=environment, check=True, timeout=10)
        self.assertEqual((self.directory / "vigie.log").read_text(), "postgresql://vigie:secret@postgres/vigie postgresql://vigie_backup:other@postgres/vigie serve\n")

    def test_a_long_log_is_cut_while_it_is_written(self):
        log = self.directory / "a.log"
        with open(log, "ab", buffering=0) as writer:
            writer.write(b"x" * 5000)
            process = subprocess.Popen([str(ROOT / "deploy/vigie/rotate_logs.sh"), str(self.directory)],
                                       env=os.environ | {"BYTES_MAX": "2048"}, start_new_session=True)
            self.addCleanup(lambda: (os.killpg(process.pid, 15), process.wait(10)))
            for _ in range(200):
                if (self.directory / "a.log.1").exists() and log.stat().st_size == 0:
                    break
                try:
                    process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
            writer.write(b"more")
        self.assertEqual((log.read_bytes(), (self.directory / "a.log.1").stat().st_size), (b"more", 5000))


if __name__ == "__main__":
    main()
