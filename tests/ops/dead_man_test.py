#!/usr/bin/python3
"""The dead-man's switch, live: Alertmanager beats once a minute, and the pager pages by itself when three beats are missing.

Times are those of alerts/alertmanager.yml times SCALE; a minute is three seconds.
"""

import sys
import tempfile
import unittest
from datetime import datetime, timedelta, timezone

from alert_rules import alerts, full_labels
from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_alertmanager import MISSING, LiveAlertmanager  # noqa: E402
from live_stack import wait_for  # noqa: E402
from pager import HEARTBEAT_LIMIT_S  # noqa: E402

SCALE = 0.05
MINUTE_S = 60 * SCALE
BEATS = 5
# A beat passes two processes on a machine that may be busy.
LATE_S = 2.0


def watchdog(lasts: timedelta) -> dict:
    labels = next(full_labels(rule) for rule in alerts() if rule.name == "Watchdog")
    return {"labels": labels, "endsAt": (datetime.now(timezone.utc) + lasts).isoformat()}


def delay_s(records: list[dict]) -> float:
    """How much longer these beats took than one a minute. A single late one in between does not count."""
    first, last = (datetime.fromisoformat(records[i]["received_at"]) for i in (0, -1))
    return (last - first).total_seconds() - (len(records) - 1) * MINUTE_S


def slow_repeat(configuration: dict) -> dict:
    heartbeat = configuration["route"]["routes"][0]
    heartbeat["repeat_interval"] = heartbeat["group_interval"]
    return configuration


@unittest.skipIf(MISSING, str(MISSING))
class DeadMan(RepositoryTest):
    def started(self, change=None) -> LiveAlertmanager:
        directory = tempfile.TemporaryDirectory(prefix="vigie-dead-man-")
        self.addCleanup(directory.cleanup)
        limit = ["--heartbeat-limit-s", str(HEARTBEAT_LIMIT_S * SCALE)]
        alertmanager = LiveAlertmanager(directory.name, SCALE, change, pager_arguments=limit)
        self.addCleanup(alertmanager.stop)
        return alertmanager

    def told(self, alertmanager: LiveAlertmanager, status: str) -> list[dict]:
        return [record["body"]["alerts"][0] for record in alertmanager.taken("page") if record["body"]["status"] == status]

    def test_beats_each_minute_and_their_end_pages(self):
        alertmanager = self.started()
        alertmanager.post([watchdog(timedelta(hours=1))])
        wait_for("beats arrive", BEATS * MINUTE_S + 5, lambda: len(alertmanager.taken("heartbeat")) >= BEATS)
        self.assertLess(delay_s(alertmanager.taken("heartbeat")), LATE_S)
        self.assertEqual(alertmanager.taken("page"), [])

        alertmanager.post([watchdog(timedelta(0))])
        silent = wait_for("the pager pages", HEARTBEAT_LIMIT_S * SCALE + MINUTE_S + 10, lambda: self.told(alertmanager, "firing"))
        self.assertGreater(silent, 2 * MINUTE_S, "two missing beats are no alarm")
        page = self.told(alertmanager, "firing")[0]
        self.assertEqual((page["labels"]["alertname"], page["labels"]["severity"]), ("WatchdogMissing", "critical"))
        self.assertTrue(page["annotations"]["runbook_url"].endswith("/runbooks/watchdog.md#watchdog"))

        alertmanager.post([watchdog(timedelta(hours=1))])
        wait_for("it resolves", 2 * MINUTE_S + 10, lambda: self.told(alertmanager, "resolved"))
        self.assertEqual(len(self.told(alertmanager, "firing")), 1, "one page for one silence")

    def test_catches_a_planted_repeat_that_skips_beats(self):
        alertmanager = self.started(slow_repeat)
        alertmanager.post([watchdog(timedelta(hours=1))])
        wait_for("beats arrive", 20 * MINUTE_S, lambda: len(alertmanager.taken("heartbeat")) >= 3)
        self.assertGreater(delay_s(alertmanager.taken("heartbeat")), LATE_S)

    def test_beats_that_never_begin_page_too(self):
        alertmanager = self.started()
        wait_for("the pager pages", HEARTBEAT_LIMIT_S * SCALE + 10, lambda: self.told(alertmanager, "firing"))


if __name__ == "__main__":
    main()
