#!/usr/bin/python3
"""Each command of a runbook has a form for the local stack and one for containers (docs/commands.md), and both run.

Those that only look are run: in the local form as printed, with this stack's ports; in the other against a stand-in for
`docker compose` (tests/harness/compose_stand_in.py).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from compose_files import load
from repository import ROOT, RepositoryTest, main, text_of
from runbook_commands_test import commands_in, runbooks

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_stack import StackTest, settings  # noqa: E402
from paging import commands  # noqa: E402
from paging.commands import in_containers, segments  # noqa: E402

# Programs of the images that compose.yaml names, besides those of a shell.
PROGRAMS = {"vigie-1": set(), "worker": {"env"}, "postgres": {"psql", "pg_isready"}, "prometheus": {"promtool"}, "alertmanager": {"amtool"},
            "nginx": {"nginx"}, "grafana": {"curl"}}
OF_A_SHELL = {"cat", "df", "du", "findmnt", "grep", "head", "ls", "sh", "sed", "tail"}
LOOKS = re.compile(r"(curl (?!.*-X)|grep|tail|head|ls |df|dmesg|du |findmnt|psql [^;]*-A?t?c \"(SELECT|EXPLAIN)|(\.local/bin/)?vigie (jobs list|user list|--version|describe --config|migrate status)"
                   r"|promtool check \w+ \S|amtool check-config \S|pg_isready|nginx -t$|make status|top|openssl s_client)")
# What is not on this machine or not in this stack, with the reason.
NOT_RUN = {":3100": "Loki is no Debian package", ":4318": "the collector is no Debian package", "otelcol.log": "the collector is no Debian package",
           "alloy.log": "Alloy is no Debian package", "<": "a value that only the night knows", "vigie.1.log": "there was one start", "ls core": "nothing crashed",
           "promtool check config alerts/": "looks for files that only a start makes"}


@cache
def services() -> dict[str, dict]:
    return load().services


@cache
def all_commands() -> list[tuple[str, str]]:
    return [(name, command) for name in runbooks() for command in commands_in(text_of(name))]


def mounts_of(service: dict) -> list[str]:
    return [volume.split(":")[1] for volume in service.get("volumes", [])] + ["/var/lib/vigie/blobs"]


def form_faults(name: str, command: str) -> list[str]:
    """What is wrong with the form for containers."""
    form = in_containers(command)
    where = f"{name}: {command.strip()[:60]}"
    faults = [f"{where}: {part.strip()} is nothing in containers" for part in re.findall(r"\.local/\S*|(?<![\w-])make [a-z]\S*", form)]
    done = subprocess.run(["bash", "-n"], input=re.sub(r"<[\w -]+>", "1", form), capture_output=True, text=True)
    if done.returncode:
        faults.append(f"{where}: no shell takes {form[:80]}: {done.stderr.strip()[:80]}")
    for service, program in re.findall(rf"{commands.EXEC} (\S+) (\S+)", form):
        if service not in services():
            faults.append(f"{where}: there is no service {service}")
        elif program not in PROGRAMS[service] | OF_A_SHELL:
            faults.append(f"{where}: {service} has no {program}")
    for service, rest in re.findall(rf"{commands.EXEC} (\S+) ([^|;&\n]*)", form):
        for path in re.findall(r"(?<![\w.>])/(?:var|etc)/[\w./*-]+", rest):
            if not any(path.startswith(mount) for mount in mounts_of(services().get(service, {}))):
                faults.append(f"{where}: {service} has nothing at {path}")
    made = text_of("deploy/make_secrets.sh")
    faults += [f"{where}: nobody makes .secrets/{secret}" for secret in re.findall(r"\.secrets/([\w/.]+)", form)
               if secret.split("/")[-1] not in made]
    return faults


class Forms(RepositoryTest):
    def test_each_command_has_one_for_containers(self):
        found = all_commands()
        self.assertGreater(len(found), 150)
        self.assert_none([fault for name, command in found for fault in form_faults(name, command)])
        self.assertGreater(sum(in_containers(command) != command for _, command in found), 100)
        for command, part in [("tail .local/logs/gone.log", ".local/logs/gone.log is nothing"), ("make gone", "make gone is nothing")]:
            self.assert_caught(form_faults("p", command), part)

    def test_they_are_what_one_types_there(self):
        for command, wanted in [
            ("vigie jobs list", "docker compose exec -T worker env LOG_FILE= entrypoint.sh jobs list"),
            ("grep 'a|b' .local/logs/vigie.log | tail -n 3", "docker compose exec -T vigie-1 grep 'a|b' /var/log/vigie/vigie-1.log | tail -n 3"),
            ("grep x .local/logs/alertmanager.log | tail", "docker compose logs --no-log-prefix --no-color alertmanager | grep x | tail"),
            ('psql "$DATABASE_URL" -c "SELECT count(*)"', 'docker compose exec -T postgres psql -U vigie vigie -c "SELECT count(*)"'),
            ("make down && VIGIE_A=1 make up", "echo VIGIE_A=1 >>deploy/compose/vigie.env; docker compose up -d --no-deps vigie-1 vigie-2 worker"),
            ("nginx -t && nginx -s reload", "docker compose exec -T nginx nginx -t && docker compose exec -T nginx nginx -s reload"),
            ("curl -s http://127.0.0.1:9090/-/ready", "curl -s http://127.0.0.1:9090/-/ready"),
            ("findmnt -T .local/blobs -o OPTIONS", "docker compose exec -T worker findmnt -T /var/lib/vigie/blobs -o OPTIONS"),
            ("df -h .local", "docker compose exec -T worker df -h /var/lib/vigie"),
        ]:
            self.assertEqual(in_containers(command), wanted)
        self.assertEqual(commands.shown(".local/logs/vigie.log"), "/var/log/vigie/vigie-1.log (vigie-1)")
        self.assertEqual(commands.shown("vigie.detail"), "vigie.detail")

    def test_simple_commands_are_found_in_quotes_and_parentheses(self):
        for command, wanted in [("a | b && c; d", ["a ", " b ", " c", " d"]), ("a '|' \"&\" \\| b", ["a '|' \"&\" \\| b"]),
                                ('a "$(b | c)" d', ['b ', ' c', 'a "$(b | c)" d'])]:
            self.assertEqual(sorted(command[start:end] for start, end in segments(command)), sorted(wanted))

    def test_settings_for_a_while_reach_the_containers(self):
        for name in ("vigie-1", "vigie-2", "worker"):
            self.assertEqual(services()[name]["env_file"], [commands.SETTINGS])
        fixed = {name for service in ("vigie-1", "worker") for name in services()[service]["environment"]}
        for _, command in all_commands():
            form = in_containers(command)
            self.assertEqual(fixed & set(re.findall(rf"echo (VIGIE_\w+)=\S+ >>{commands.SETTINGS}", form)), set(), form)


class Runs(StackTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(cls.new_directory())
        cls.stack = cls.started_stack(str(cls.directory), 0.2)
        (cls.directory / "spool").mkdir(exist_ok=True)  # made when there is something to hold
        tools = Path(tempfile.mkdtemp(prefix="vigie-tools-"))
        cls.addClassCleanup(shutil.rmtree, tools, ignore_errors=True)
        (tools / "docker").symlink_to(ROOT / "tests/harness/compose_stand_in.py")
        # A tree of links: what a command writes beside README must not lie in the checkout.
        cls.tree = Path(tempfile.mkdtemp(prefix="vigie-tree-"))
        cls.addClassCleanup(shutil.rmtree, cls.tree, ignore_errors=True)
        for entry in ROOT.iterdir():
            if entry.name != ".secrets":
                (cls.tree / entry.name).symlink_to(entry)
        # What deploy/make_secrets.sh makes; nobody asks for it on loopback.
        (cls.tree / ".secrets/tls").mkdir(parents=True)
        shutil.copy(cls.directory / "tls/proxy.crt", cls.tree / ".secrets/tls")
        (cls.tree / ".secrets/admin_token").write_text("0123456789abcdef")
        cls.environment = os.environ | cls.stack.environment | {
            "PATH": f"{tools}:{cls.directory}/bin:/usr/lib/postgresql/15/bin:{os.environ['PATH']}", "STACK": str(cls.directory),
            "DATABASE_URL": cls.stack.endpoints["database_url"]}

    def here(self, text: str) -> str:
        names = {default: name for name, (_, default, _) in settings.PORTS.items()}

        def address(match: re.Match) -> str:
            endpoint = self.stack.endpoints.get(names.get(int(match[1]), ""))
            return endpoint.split("//")[1] if endpoint else match[0]

        text = re.sub(r"127\.0\.0\.1:(\d+)", address, text).replace(" .local ", f" {self.directory} ")
        return re.sub(r"\.local$", str(self.directory), text.replace(".local/", f"{self.directory}/"))

    def faults_of(self, command: str) -> list[str]:
        """A search that finds nothing is an answer; a program or a file that is not there is none."""
        done = subprocess.run(["bash", "-uc", self.here(command)], cwd=self.tree, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        for bundle in self.tree.glob("vigie-bundle-*"):  # curl -OJ writes over none of the same second
            bundle.unlink()
        said = done.stderr.strip()
        missing = re.search(r"not found|No such file|cannot access|unrecognized|usage:|does not know", said)
        if done.returncode == 0 and not missing or done.returncode == 1 and "grep" in command and not missing:
            return []
        return [f"{command.strip()}: {done.returncode}: {said[:200] or done.stdout[-200:]}"]

    def test_both_forms_of_what_only_looks(self):
        run, faults = [], []
        for name, command in all_commands():
            if not LOOKS.match(command.strip()) or any(part in command for part in NOT_RUN) or command in run:
                continue
            run.append(command)
            for form in {command, in_containers(command)}:
                # The pager's password is the containers' alone.
                faults += [f"{name}: {fault}" for fault in self.faults_of(re.sub(r'-u me:"[^"]*" ', "", form))]
        self.assertGreater(len(run), 50)
        self.assertEqual(faults, [], "\n".join(faults))
        for planted in ("tail -n 3 .local/logs/gone.log", in_containers("tail -n 3 .local/logs/vigie.log").replace("vigie-1.log", "gone.log"), "vigie-gone x"):
            self.assertNotEqual(self.faults_of(planted), [], planted)


if __name__ == "__main__":
    main()
