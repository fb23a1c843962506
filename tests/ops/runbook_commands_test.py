#!/usr/bin/python3
"""What a runbook tells somebody to type at three in the morning: it is read by a shell, and PostgreSQL runs its statements."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from alert_rules import alerts
from repository import ROOT, RepositoryTest, files, main, text_of

sys.path.insert(0, str(ROOT / "scripts"))
from local_stack import settings  # noqa: E402
from private_postgres import PROGRAMS, PrivatePostgres  # noqa: E402

BINARY = os.environ.get("VIGIE_BINARY")
CODE = re.compile(r"```(sh|)\n(.*?)```|`([^`]+)`", re.S)
COMMAND = re.compile(r"\s*((amtool|curl|df|dmesg|du|findmnt|gdb|grep|iostat|journalctl|kill|ls|make|nginx|openssl|pg_ctlcluster|pg_isready|promtool|psql|renice|"
                     r"tail|top|vigie)\s|[A-Z_]+=)")
STATEMENT = re.compile(r'psql (?:"\$DATABASE_URL"|"\$\(.*?\)")? ?(?:-\w+ )*-\w*c "((?:[^"\\]|\\.)*)"', re.S)
VERB = re.compile(r"(SELECT|ALTER|DROP|CREATE|ANALYZE|EXPLAIN) ")
# What stands for a value that only the night knows.
VALUES = {"pid": "0", "role": "vigie", "table": "events", "name": "nobody",
          "account": "0199aaaa-0000-7000-8000-000000000000"}
NEEDS_POSTGRES = unittest.skipUnless(BINARY and Path(PROGRAMS, "postgres").exists(), "VIGIE_BINARY or PostgreSQL's programs are missing")


def runbooks() -> list[str]:
    return [name for name in files() if name.startswith("docs/runbooks/")]


def commands_in(text: str) -> list[str]:
    """Code that begins as a command does, in fences and in lines."""
    found = []
    for language, fence, inline in CODE.findall(re.sub(r"```(?:promql|logql|traceql)\n.*?```", "", text, flags=re.S)):
        code = fence or " ".join(inline.split())
        if language == "sh" or (COMMAND.match(code) and (fence or " " in code)):
            found.append(code)
    return found


def shell_faults(name: str, commands: list[str]) -> list[str]:
    faults = []
    for command in commands:
        done = subprocess.run(["bash", "-n"], input=re.sub(r"<[\w -]+>", "1", command), capture_output=True, text=True)
        if done.returncode != 0:
            faults.append(f"{name}: the shell does not take '{command[:60]}': {done.stderr.strip()[:120]}")
    return faults


def setting_faults(name: str, text: str, known: set[str]) -> list[str]:
    return [f"{name}: there is no setting {setting}" for setting in sorted(set(re.findall(r"\bVIGIE_[A-Z0-9_]+", text)) - known)]


def admin_faults(name: str, text: str, patterns: list[str]) -> list[str]:
    shapes = [re.sub(r"\{\w+\}", r"[^/]+", pattern) for pattern in patterns]
    paths = re.findall(r"http://127\.0\.0\.1:9464(/[\w/<>.-]*)", text)
    return [f"{name}: the admin port has no {path}" for path in paths if not any(re.fullmatch(shape, path) for shape in shapes)]


def event_faults(name: str, text: str, known: set[str]) -> list[str]:
    named = set(re.findall(r'event"?[:=] ?\\?"([a-z_.]+)"', text)) | set(re.findall(r"grep (?:-\w+ )*([a-z_]+\.[a-z_]+) ", text))
    return [f"{name}: no log event is called {event}" for event in sorted(named - known)]


def user_faults(name: str, text: str, known: set[str]) -> list[str]:
    named = set(re.findall(r"\bvigie user ([a-z][\w-]*)", text))
    return [f"{name}: there is no command vigie user {command}" for command in sorted(named - known)]


def sections(text: str) -> dict[str, dict[str, str]]:
    """Alert -> heading -> what stands under it."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.M)[1:]:
        alert, _, body = part.partition("\n")
        parts = re.split(r"^### (.*)$", body, flags=re.M)
        found[alert] = dict(zip(parts[1::2], parts[2::2]))
    return found


def mitigation_faults(name: str, text: str) -> list[str]:
    faults = []
    for alert, headings in sections(text).items():
        for block in re.split(r"^(?=[A-Z]\. )", headings.get("Mitigations", ""), flags=re.M)[1:]:
            if not re.search(r"roll ?back", block, re.I):
                faults.append(f"{name}: {alert}: mitigation {block[0]} does not say how to take it back")
    return faults


def severity_faults(name: str, text: str, severities: dict[str, set[str]]) -> list[str]:
    return [f"{name}: {alert} does not say that it is {severity}" for alert, headings in sections(text).items()
            for severity in sorted(severities.get(alert, set()) - {"none"})
            if severity not in headings.get("Severity and deadline", "").lower()]


def statements_in(commands: list[str], text: str) -> list[str]:
    """Of `psql -c`, and those that stand alone in a line of text."""
    found = [statement for command in commands for statement in STATEMENT.findall(command)]
    plain = [" ".join(inline.split()) for _, _, inline in CODE.findall(text) if inline]
    return found + [code for code in plain if VERB.match(code) and not code.startswith("CREATE EXTENSION")]


def filled(statement: str) -> str:
    return re.sub(r"<(\w+)>", lambda match: VALUES[match[1]], statement).replace(r"\"", '"')


def statement_faults(name: str, statements: list[str], database: PrivatePostgres) -> list[str]:
    faults = []
    for statement in map(filled, statements):
        # The index that a runbook makes is missing when it does.
        made = re.match(r"CREATE INDEX CONCURRENTLY (\w+)", statement)
        if made:
            database.psql(f"DROP INDEX IF EXISTS {made[1]}")
        try:
            database.psql(statement)
        except subprocess.CalledProcessError as refusal:
            faults.append(f"{name}: PostgreSQL refuses '{statement[:60]}': {refusal.stderr.strip()[:160]}")
    return faults


def known_settings() -> set[str]:
    return set(re.findall(r"^\| `(\w+)`", text_of("docs/configuration.md"), re.M)) | settings.STACK_ONLY


def admin_patterns() -> list[str]:
    return re.findall(r'\.pattern = "([^"]+)"', text_of("server/http/admin_handlers.cpp"))


def user_commands() -> set[str]:
    """As the program declares them; tests/api/account_life_test.py types each."""
    text = text_of("server/app/commands.cpp")
    return set(re.findall(r'"([a-z-]+)",?\s+"[A-Z]', text[text.index("kUserSubcommands"):text.index("void add_backup")]))


class RunbookCommands(RepositoryTest):
    def test_each_command_about_an_account_exists(self):
        known = user_commands()
        self.assertGreaterEqual(known, {"show", "disable", "enable", "end-sessions", "reset-password", "set-password", "delete", "list", "create"})
        texts = {name: text_of(name) for name in runbooks()}
        self.assertIn("vigie user disable", texts["docs/runbooks/security.md"])
        self.assert_none([fault for name, text in texts.items() for fault in user_faults(name, text, known)])
        self.assert_caught(user_faults("p", "`vigie user forget <id>`", known), "no command vigie user forget")


    def test_a_shell_takes_them(self):
        found = {name: commands_in(text_of(name)) for name in runbooks()}
        self.assertGreater(sum(map(len, found.values())), 80)
        self.assert_none([fault for name, commands in found.items() for fault in shell_faults(name, commands)])
        self.assert_caught(shell_faults("p", commands_in("`make \"down && make up`")), "does not take")
        self.assert_caught(shell_faults("p", commands_in("```sh\nfor i in 1 2; do curl a\n```")), "does not take")

    def test_they_name_what_exists(self):
        events = {event["name"] for event in json.loads(text_of("tests/ops/catalogue.golden.json"))["log_events"]}
        patterns, known = admin_patterns(), known_settings()
        for name in runbooks():
            text = text_of(name)
            self.assert_none(setting_faults(name, text, known) + admin_faults(name, text, patterns) + event_faults(name, text, events))
        self.assert_caught(setting_faults("p", "`VIGIE_GONE=1 make up`", known), "no setting VIGIE_GONE")
        self.assert_caught(admin_faults("p", "`curl http://127.0.0.1:9464/debug/gone`", patterns), "no /debug/gone")
        self.assert_caught(event_faults("p", "`grep db.gone .local/logs/vigie.log`", events), "no log event is called db.gone")

    def test_each_mitigation_can_be_taken_back(self):
        self.assert_none([fault for name in runbooks() for fault in mitigation_faults(name, text_of(name))])
        self.assert_caught(mitigation_faults("p", "## A\n### Mitigations\nA. Delete it.\nB. Stop. Rollback: start.\n"), "mitigation A")

    def test_the_severity_is_the_rules(self):
        severities: dict[str, set[str]] = {}
        for rule in alerts():
            severities.setdefault(rule.name, set()).add(rule.labels["severity"])
        self.assert_none([fault for name in runbooks() for fault in severity_faults(name, text_of(name), severities)])
        self.assert_caught(severity_faults("p", "## A\n### Severity and deadline\nWarning: look.\n", {"A": {"critical"}}), "it is critical")

    @NEEDS_POSTGRES
    def test_postgresql_runs_their_statements(self):
        found = {name: statements_in(commands_in(text_of(name)), text_of(name)) for name in runbooks()}
        self.assertGreater(sum(map(len, found.values())), 15)
        with tempfile.TemporaryDirectory() as directory:
            Path(directory).chmod(0o755)
            database = PrivatePostgres(Path(directory) / "data", Path(directory) / "log", is_durable=False,
                                       settings={"shared_preload_libraries": "pg_stat_statements"})
            with database:
                subprocess.run([BINARY, "migrate", "up"], env={"DATABASE_URL": database.url}, check=True, capture_output=True)
                database.psql("CREATE EXTENSION pg_stat_statements")
                self.assert_none([fault for name, statements in found.items() for fault in statement_faults(name, statements, database)])
                self.assert_caught(statement_faults("p", ["SELECT gone FROM events"], database), "PostgreSQL refuses")


if __name__ == "__main__":
    main()
