#!/usr/bin/python3
"""What must wake nobody: work near capacity, a rolling restart, a migration, clients that err. And an outage wakes once or twice."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from scene import ROOT, Client, Scene, StackTest, wait_for  # noqa: E402

from drill import new_pages  # noqa: E402
from faults_of_database import writers_blocked  # noqa: E402
from repository import main  # noqa: E402

PART_OF_CAPACITY = 0.7
# The time of an answer comes on top of each pause, so a little more is asked for; what came of it is looked at.
ASKED_MORE = 1.08
PART_OF_ASKED_LEAST = 0.85
CONNECTIONS = 24
# Many, each with long pauses: a pause of a few milliseconds would be rounded away.
PACED_CONNECTIONS = 960
SETTLE_LIMIT_S = 120
# An hour is a minute.
LOAD_S = 20
TEN_MINUTES_S = 10
OUTAGE_PAGES_MAX = 2


def wrk(url: str, seconds: int, rate: float | None = None) -> tuple[float, str]:
    """Requests per second, and what else wrk says."""
    paced = [f"-c{PACED_CONNECTIONS}", "-s", str(ROOT / "tests/drills/paced.lua")]
    environment = os.environ | ({"DELAY_MS": str(int(1000 * PACED_CONNECTIONS / rate))} if rate else {})
    said = subprocess.run(["wrk", "-t1", f"-d{seconds}s", *(paced if rate else [f"-c{CONNECTIONS}"]), url], check=True,
                          capture_output=True, text=True, timeout=seconds + 20, env=environment).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]), said


def refused(client: Client) -> None:
    """A 404, a 405, a 415 and a 422: what a broken client sends."""
    client.get("/api/v1/nothing")
    client.delete("/api/v1/events")
    client.post("/api/v1/auth/login", "a", content_type="text/plain")
    client.post("/api/v1/accounts", {"email": "nobody"})


class Quiet(StackTest):
    @classmethod
    def setUpClass(cls):
        cls.scene = cls.enterClassContext(Scene(cls.new_directory(), VIGIE_HTTP_REQUESTS_IN_FLIGHT_MAX="2000",
                                             VIGIE_HTTP_REQUESTS_PER_ADDRESS_MAX="2000"))  # all load is of one address
        cls.scene.start_traffic()

    def setUp(self):
        self.settle()
        self.since = len(self.scene.stack.received())

    def settle(self) -> None:
        """Nothing critical is on its way or on: what was to be told has been told."""
        def critical() -> list[str]:
            return [alert["labels"]["alertname"] for alert in self.scene.active_alerts()
                    if alert["labels"]["severity"] == "critical"]
        wait_for("critical alerts end", SETTLE_LIMIT_S, lambda: not critical())

    def pages(self) -> list[str]:
        self.settle()
        return new_pages(self.scene, self.since)

    def evaluate_for(self, seconds: float) -> None:
        """That much of the rules' own time goes by."""
        begin = self.scene.values("vector(time())")[0]
        newest = "min(prometheus_rule_group_last_evaluation_timestamp_seconds)"
        wait_for(f"{seconds} s of evaluations", seconds + 30, lambda: any(value > begin + seconds for value in self.scene.values(newest)))

    @unittest.skipUnless(shutil.which("wrk"), "wrk is not installed")
    def test_a_load_near_capacity(self):
        url = f"{self.scene.endpoints['api']}/api/v1/events?limit=1"
        capacity, _ = wrk(url, 2)
        rate, said = wrk(url, LOAD_S, ASKED_MORE * PART_OF_CAPACITY * capacity)
        print(f"{rate:.0f} of {capacity:.0f} requests/s for {LOAD_S} s")
        self.assertGreater(rate, PART_OF_ASKED_LEAST * PART_OF_CAPACITY * capacity, "this was no load near capacity")
        self.assertNotIn("Non-2xx", said)
        self.assertEqual(self.pages(), [])

    def test_b_rolling_restart(self):
        """A second process takes the port beside the first, each is replaced in turn, and nobody gets an error."""
        failed = []

        def ask(client: Client) -> None:
            answer = client.get("/api/v1/events?limit=1")
            if answer.status != 200:
                failed.append(answer.status)
        shared = {"VIGIE_HTTP_PORT": str(self.scene.port_of("api")), "VIGIE_HTTP_REUSE_PORT": "true"}
        with self.scene.load(ask, rate=25, threads=2):
            with self.scene.instance("second", **shared):
                self.scene.wait_until_scraped("second")
                self.scene.stack.command("stop", "vigie")
                self.scene.start_what_ended()
                self.scene.wait_until_scraped("admin")
            self.evaluate_for(10)
        self.assertEqual(failed, [])
        self.assertEqual(self.pages(), [])

    def test_c_migration(self):
        with contextlib.ExitStack() as after:
            after.callback(self.scene.psql, "DROP INDEX IF EXISTS drilled; ALTER TABLE events DROP COLUMN IF EXISTS drilled")
            self.scene.server_command("migrate", "up")
            self.scene.psql("ALTER TABLE events ADD COLUMN drilled text")
            self.scene.psql("CREATE INDEX CONCURRENTLY drilled ON events (drilled)")
            self.evaluate_for(10)
        self.assertEqual(self.pages(), [])

    def test_d_burst_of_refusals(self):
        with self.scene.load(refused, rate=50, threads=2):
            self.evaluate_for(15)
        self.assertEqual(self.pages(), [])

    def test_e_an_outage_of_ten_minutes_pages_twice_at_most(self):
        self.scene.stack.command("stop", "postgres")
        self.evaluate_for(TEN_MINUTES_S)
        self.scene.start_what_ended()
        self.evaluate_for(TEN_MINUTES_S)
        pages = self.pages()
        print(f"pages: {pages}")
        self.assertIn("DbDown", pages)
        self.assertLessEqual(len(pages), OUTAGE_PAGES_MAX)

    def test_f_a_lock_pages_that_users_suffer_and_why(self):
        """The first by the burn, which is quicker; nothing that follows from the cause is told beside it."""
        with writers_blocked(self.scene):
            self.evaluate_for(2 * TEN_MINUTES_S)
        pages = self.pages()
        print(f"pages: {pages}")
        self.assertIn("DbPoolExhausted", pages)
        # Both wait for five minutes, which are five seconds here: where refusals begin a scrape before the queue is seen, they are
        # told before they are muted.
        self.assertLessEqual(set(pages), {"ApiAvailabilityBurn", "ApiOverloaded", "DbPoolExhausted"})


if __name__ == "__main__":
    main()
