#!/usr/bin/python3
"""The truth table of inhibition, asked of Alertmanager itself: amtool has no test for it.

Each alert that can mute meets each alert there is, as rule tests see them fire, in a pair with an environment of its own.
"""

import sys
import tempfile
import unittest

from alert_rules import fired_alerts
from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "tests/harness"))

from live_alertmanager import MISSING, LiveAlertmanager  # noqa: E402
from live_stack import wait_for  # noqa: E402

SETTLE_LIMIT_S = 60
# Alertmanager compares each alert with every source it knows: four times the pairs take sixteen times as long.
PAIRS_AT_ONCE = 400
MAINTENANCE = {"alertname": "MaintenanceWindow", "severity": "none", "service": "vigie"}
BURNS = {"ApiAvailabilityBurn", "ApiLatencyBurn"}
OF_AN_OBJECTIVE = BURNS | {"JobWaitBurn"}
OF_THE_SERVICE = {"api", "database", "proxy", "workers", "telemetry", "media", "jobs", "backup"}
PROBES_THAT_READ = {"ApiProbeSlow", "ApiReadProbeFailing"}
AFTER_THE_DATABASE = BURNS | PROBES_THAT_READ | {
    "ApiSustainedErrorsLowTraffic", "ApiOverloaded", "ApiTrafficDropped", "DbPoolExhausted",
    "DbConnectionsNearLimit", "DbNotMeasured", "DbLongTransaction", "DbDeadlocks", "DbSlowQueries",
    "JobQueueOldestTooOld", "JobWaitBurn", "JobFailuresSurge", "SchedulerMissing"}
AFTER_A_CROWD = BURNS | PROBES_THAT_READ | {"ApiSustainedErrorsLowTraffic"}
# alert with two severities -> what tells two of them apart
OWN_TICKET = {"HostDiskFilling": ("instance", "mountpoint"), "HostInodesFilling": ("instance", "mountpoint"),
              "CertificateExpiring": ("instance",), "ClockSkewed": ("instance",), "AuthFailureSurge": ("method",), "BackupStale": (),
              "JobQueueOldestTooOld": ("lane",), "JobDeadLetters": ()}
TICKETS_WAIT = {"api", "database", "proxy", "workers", "monitoring", "media"}


def is_muted(source: dict, target: dict) -> bool:
    """Whether `source` must keep `target` from anybody, in words of our own and not those of the configuration."""
    if source["alertname"] == "LokiLoss" or (source["alertname"] == "TargetMissing" and source.get("job") in ("loki", "alloy")):
        if target["alertname"] == "LogsMissing":
            return True
    if source["service"] != target["service"] or target["severity"] == "none":
        return False
    name, other = source["alertname"], target["alertname"]
    is_ticket_of_a_page = source["severity"] == "critical" and target["severity"] == "warning"
    return any([
        name == "MaintenanceWindow",
        name == "ApiDown" and other != "ApiDown" and target["component"] in OF_THE_SERVICE,
        name in ("DbDown", "DbOutageRecent") and other in AFTER_THE_DATABASE,
        name == "DbPoolExhausted" and other in AFTER_A_CROWD | {"ApiOverloaded"},
        name == "ApiOverloaded" and other in AFTER_A_CROWD | {"ApiProbeFailing"},
        name == other and name in OF_AN_OBJECTIVE and source["slo"] == target["slo"]
        and (source["long"], target["long"]) == ("1h", "6h"),
        source["severity"] == "critical" and other == "ApiReadProbeFailing" and name in ("ApiAvailabilityBurn", "ApiProbeFailing"),
        source["severity"] == "critical" and other == "ApiProbeSlow"
        and name in ("ApiLatencyBurn", "ApiProbeFailing", "ApiReadProbeFailing"),
        name == "BlobStoreDown" and other == "JobFailuresSurge",
        is_ticket_of_a_page and source["component"] == target["component"] in TICKETS_WAIT,
        is_ticket_of_a_page and name in OF_AN_OBJECTIVE and other in OF_AN_OBJECTIVE | {"ApiSustainedErrorsLowTraffic"} and source["slo"] == target["slo"],
        is_ticket_of_a_page and name == other and name in OWN_TICKET
        and all(source.get(label) == target.get(label) for label in OWN_TICKET[name]),
    ])


def can_mute(alert: dict) -> bool:
    return alert["severity"] == "critical" or alert["alertname"] in ("MaintenanceWindow", "DbOutageRecent", "LokiLoss", "TargetMissing")


def pairs() -> list[tuple[dict, dict]]:
    alerts = [*fired_alerts(), {"alertname": "TargetMissing", "job": "loki", "service": "monitoring", "severity": "warning",
                                "component": "monitoring", "slo": "none"}]
    other_disk = {"alertname": "HostDiskFilling", "severity": "warning", "service": "vigie", "component": "host", "slo": "none",
                  "instance": "node", "mountpoint": "/other"}
    other_service = {"alertname": "ApiAvailabilityBurn", "severity": "critical", "service": "other", "component": "api",
                     "slo": "availability", "long": "1h", "short": "5m"}
    targets = [*alerts, other_disk, other_service]
    return [(source, target) for source in [*alerts, MAINTENANCE] if can_mute(source) for target in targets if source != target]


def name_of(alert: dict) -> str:
    shown = {name: value for name, value in alert.items() if name not in ("alertname", "env", "component")}
    return f"{alert['alertname']}{shown}"


def faults_of(alertmanager: LiveAlertmanager, asked: list[tuple[dict, dict]]) -> list[str]:
    """`pair` numbers the environments; which of the two an alert is, is said by a label that nothing looks at."""
    alerts = []
    for number, (source, target) in enumerate(asked):
        alerts += [source | {"env": f"pair-{number}", "side": "source"}, target | {"env": f"pair-{number}", "side": "target"}]
    alertmanager.post(alerts)
    wait_for("Alertmanager has them all", SETTLE_LIMIT_S, lambda: len(alertmanager.alerts()) == len(alerts))
    muted = {int(alert["labels"]["env"].removeprefix("pair-")): bool(alert["status"]["inhibitedBy"])
             for alert in alertmanager.alerts() if alert["labels"]["side"] == "target"}
    return [f"{name_of(source)} {'mutes' if muted[number] else 'does not mute'} {name_of(target)}"
            for number, (source, target) in enumerate(asked) if muted[number] != is_muted(source, target)]


@unittest.skipIf(MISSING, str(MISSING))
class Inhibition(RepositoryTest):
    def started(self, change=None) -> LiveAlertmanager:
        directory = tempfile.TemporaryDirectory(prefix="vigie-inhibition-")
        self.addCleanup(directory.cleanup)
        alertmanager = LiveAlertmanager(directory.name, change=change)
        self.addCleanup(alertmanager.stop)
        return alertmanager

    def test_follows_its_table(self):
        asked = pairs()
        self.assertGreater(sum(is_muted(*pair) for pair in asked), 250)
        self.assertGreater(sum(not is_muted(*pair) for pair in asked), 500)
        self.assert_none([fault for first in range(0, len(asked), PAIRS_AT_ONCE)
                          for fault in faults_of(self.started(), asked[first:first + PAIRS_AT_ONCE])])

    def test_catches_planted_rules(self):
        def planted(configuration: dict) -> dict:
            for rule in configuration["inhibit_rules"]:
                if rule["source_matchers"] == ['alertname=~"DbDown|DbOutageRecent"']:
                    rule["source_matchers"] = ['alertname=~"DbDwon|DbOutageRecent"']
                if rule["source_matchers"] == ['alertname="ApiDown"']:
                    rule["equal"] = ["env"]
            return configuration

        asked = [pair for pair in pairs() if pair[0]["alertname"] in ("ApiDown", "DbDown")]
        faults = faults_of(self.started(planted), asked)
        self.assert_caught([fault for fault in faults if fault.startswith("DbDown")], "does not mute ApiAvailabilityBurn")
        self.assert_caught([fault for fault in faults if "'service': 'other'" in fault], "mutes ApiAvailabilityBurn")


if __name__ == "__main__":
    main()
