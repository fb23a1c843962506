#!/usr/bin/python3
"""The live drill: the local stack with our configuration on free ports, PostgreSQL killed, the page read at the pager.

Times are those of alerts/ times SCALE, written by the same code that writes the stack's own files (local_stack/monitoring.py).
Scrapes come each second, DbDown waits six, Alertmanager groups for two.
"""

import html
import json
import os
import re
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from promql import without_variables
from queries import Query, dashboard_queries
from repository import ROOT, main

sys.path.insert(0, str(ROOT / "tests/harness"))

from live_stack import START_LIMIT_S, Stack, StackTest, read, status_of, settings, wait_for  # noqa: E402
from local_stack.targets import JOBS  # noqa: E402
from paging.notifications import parse_time  # noqa: E402

SCALE = 0.2
PAGE_LIMIT_S = 40
RESOLVED_LIMIT_S = 60


def text_behind(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


class LiveStack(StackTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(cls.new_directory())
        cls.interrupt_the_first_start()
        cls.stack = cls.started_stack(str(cls.directory), SCALE)

    @classmethod
    def interrupt_the_first_start(cls) -> None:
        """Ctrl-C while the cluster is being made; the start after it, which all tests use, must not notice."""
        stack = Stack(str(cls.directory), SCALE)
        postgres = cls.directory / "postgres"
        begun = (postgres / "draft/PG_VERSION", postgres / "data")
        wait_for("initdb is at work", START_LIMIT_S, lambda: any(path.exists() for path in begun))
        stack.stop(signal.SIGINT)
        assert "Traceback" not in stack.text(), stack.text()

    def test_0_endpoints_say_where_everything_is(self):
        endpoints = self.stack.endpoints
        self.assertEqual(set(endpoints),
                         set(settings.PORTS) - set(settings.PROGRAM_OF_PORT) | {"database_url", "superuser_url", "accounts", "certificate"})
        self.assertEqual(set(endpoints["accounts"]), {"administrator", "organiser", "user"})
        for account in endpoints["accounts"].values():
            self.assertEqual(set(account), {"email", "password"})
        self.assertTrue(endpoints["database_url"].startswith("postgresql://"))
        self.assertEqual((self.directory / "endpoints.json").stat().st_mode & 0o777, 0o600)
        for name, path in [("api", "/livez"), ("admin", "/readyz"), ("prometheus", "/-/ready"), ("alertmanager", "/-/ready"),
                           ("pager", "/pages")]:
            self.assertEqual(status_of(endpoints[name] + path), 200, name)
            if name != "alertmanager":  # it has no pages of its own
                self.assertIn(endpoints[name], self.stack.text(), "the summary names it")

    def test_1a_scrapes_and_rules_work(self):
        scraped = {f"{job}/{target.instance}" for job, targets in JOBS.items() for target in targets} | {"blackbox/https", "blackbox/api"}
        wait_for("everything is scraped", 20, lambda: scraped == {
            f"{row['metric']['job']}/{row['metric']['instance']}" for row in self.stack.query("up == 1")})
        wait_for("the probe comes through the proxy", 20, lambda: self.stack.query("probe_success == 1 and probe_http_ssl == 1"))
        rules = read(f"{self.stack.endpoints['prometheus']}/api/v1/rules")["data"]["groups"]
        faults = [rule["name"] for group in rules for rule in group["rules"] if rule["health"] == "err"]
        self.assertEqual(faults, [])
        wait_for("vigie_db_up is 1", 20, lambda: [row["value"][1] for row in self.stack.query("vigie_db_up")] == ["1"])
        wait_for("the Watchdog arrives", 30, lambda: self.stack.pages("firing", "heartbeat"))

    def empty(self, queries: list[Query]) -> list[str]:
        """Those that find no series; one that is refused raises."""
        jobs = {row["metric"]["job"] for row in self.stack.query("up")}
        return [query.place for query in queries if not query.empty and (not query.needs or query.needs in jobs)
                and not self.stack.query(without_variables(query.text))]

    def test_1b_panels_find_data(self):
        """Queries of runbooks find theirs in the drill of their alert."""
        queries = [replace(query, text=query.text.replace("$service", "vigie").replace("$route", ".+")) for query in dashboard_queries()]
        self.assertGreater(len(queries), 40)
        blind: list[str] = []

        def find_data() -> bool:
            for path in ("/api/v1/events", "/api/v1/nothing"):  # a rate needs traffic between two scrapes
                status_of(self.stack.endpoints["api"] + path)
            own = urllib.request.Request(self.stack.endpoints["api"] + "/api/v1/accounts/me", headers={"Authorization": "Bearer no"})
            status_of(own)
            blind[:] = self.empty(queries)
            return not blind

        try:
            wait_for("each query finds data", 60, find_data)
        except AssertionError as fault:
            raise AssertionError(f"{fault}; empty: {blind}") from None
        planted = Query("p", 'vigie_db_up{service="gone"}')
        self.assertEqual(self.empty([planted]), ["p"])

    def test_2_a_dead_database_pages_and_its_return_resolves(self):
        """One story, because each step needs the one before."""
        stack = self.stack
        admin = stack.endpoints["admin"]
        # While it started, the API was down for longer than a minute is here.
        wait_for("nothing critical is active", 30, lambda: not stack.query('ALERTS{severity="critical"}'))
        since = len(stack.received())
        stack.command("stop", "postgres")
        wait_for("/readyz says 503", 10, lambda: status_of(f"{admin}/readyz") == 503)
        self.assertEqual(status_of(f"{admin}/livez"), 200)
        paged = wait_for("the page arrives", PAGE_LIMIT_S, lambda: stack.pages("firing", since=since))
        alert = stack.pages("firing", since=since)[0]["alerts"][0]
        self.assertEqual(alert["labels"]["alertname"], "DbDown")
        self.assertEqual(alert["labels"]["severity"], "critical")
        runbook = urllib.parse.urlsplit(alert["annotations"]["runbook_url"])
        with urllib.request.urlopen(runbook._replace(fragment="").geturl(), timeout=5) as answer:
            self.assertIn(f'id="{runbook.fragment}"', answer.read().decode())
        board = text_behind(alert["annotations"]["dashboard_url"])
        self.assertRegex(board, '<h3>PostgreSQL</h3><div class="series"><span></span><span class="value red">down</span>')
        self.assertIn('<svg class="spark"', board)
        wait_for("the chat has it too", 20, lambda: stack.pages("firing", "chat", since))
        text = json.dumps(stack.pages("firing", "chat", since)[0])
        self.assertIn("Runbook: http", text)
        page = re.search(r"silence: (http\S+?)\\n", text)[1]
        self.assertIn(html.escape("max by (service) (last_over_time(vigie_db_up"), text_behind(page))
        self.assertEqual(status_of(f"{stack.endpoints['api']}/api/v1/events"), 503)
        wait_for("an example trace of what failed is behind the link", 15,
                 lambda: re.search("GET /api/v1/events</a>.*?503", text_behind(f"{page}/traces")))
        printed = re.search(r"PAGE  DbDown .*?\n\n(?=\[|\Z)", stack.text(), re.S)[0]
        self.assertIn(f"  alert      {page}\n", printed)
        began = datetime.strptime(re.search(r"since      ([\d:]+)", printed)[1], "%H:%M:%S")
        fired = parse_time(alert["startsAt"]).astimezone().replace(tzinfo=None)
        self.assertTrue(0 < (fired - began).seconds < 3600, "it began before the rule fired")
        self.assertRegex(stack.command("status", code=1), r"api .* ANSWERS 503\nhttps .* ANSWERS 503\nadmin .* ANSWERS 503\nprometheus .* answers\n")
        stack.command("start")
        resolved = wait_for("it resolves", RESOLVED_LIMIT_S, lambda: stack.pages("resolved", since=since))
        self.assertEqual({page["groupLabels"]["alertname"] for page in stack.pages("firing", since=since)}, {"DbDown"})
        print(f"paged after {paged:.0f} s, resolved after {resolved:.0f} s, at {SCALE} of the real times")

    def test_3_what_dies_is_said_and_started_again(self):
        stack = self.stack
        for component, number, cure in [("Prometheus", signal.SIGKILL, "make start"), ("Vigie", signal.SIGSEGV, "make api-start")]:
            os.kill(stack.pid_of(component), number)
            told = f"{component} was ended by {number.name}. It stays down until `{cure}`."
            wait_for(told, 5, lambda told=told: told in stack.text())
        self.assertIn("api               " + stack.endpoints["api"].ljust(26) + "DOES NOT ANSWER", stack.command("status", code=1))
        stack.command("start")
        self.assertEqual(status_of(stack.endpoints["prometheus"] + "/-/ready"), 200)
        self.assertEqual(status_of(stack.endpoints["admin"] + "/readyz"), 200)
        self.assertIn("Vigie is stopped. Within two minutes a page is printed into", stack.command("stop", "vigie"))
        self.assertIn("Vigie is stopped already", stack.command("stop", "vigie"))
        stack.command("start")

    def test_4_a_database_that_hangs_is_told_from_one_that_is_away(self):
        stack, pid = self.stack, int((self.directory / "postgres/data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            said = stack.command("start", code=1)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertRegex(said, rf"PostgreSQL runs \(pid {pid}, stopped by a signal.*but does not answer; the API therefore says 503\. See .*postgres\.log")
        stack.command("start")
        self.assertIn("PostgreSQL is stopped", stack.command("stop", "postgres"))
        self.assertIn("PostgreSQL is stopped already", stack.command("stop", "postgres"))
        stack.command("start")


# As a drill that somebody ends by kill: it cannot stop what it started.
STARTED_AND_LEFT = """
import signal, sys
sys.path.insert(0, sys.argv[1])
from live_stack import Stack
stack = Stack(sys.argv[2], 1)
print(stack.process.pid, flush=True)
signal.pause()
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Orphan(StackTest):
    def test_a_stack_ends_with_whoever_started_it(self):
        directory = Path(self.new_directory())
        with subprocess.Popen([sys.executable, "-c", STARTED_AND_LEFT, ROOT / "tests/harness", directory],
                              stdout=subprocess.PIPE) as starter:
            supervisor = int(starter.stdout.readline())
            wait_for("PostgreSQL has been started", START_LIMIT_S, (directory / "postgres/data/postmaster.pid").exists)
            postgres = int((directory / "postgres/data/postmaster.pid").read_text().splitlines()[0])
            starter.kill()
        wait_for("the supervisor and PostgreSQL are gone", START_LIMIT_S, lambda: not is_running(supervisor) and not is_running(postgres))


if __name__ == "__main__":
    main()
