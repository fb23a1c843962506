#!/usr/bin/python3
"""Every alert has a drill or a written reason for having none, and docs/drills.md lists them as they are declared."""

import sys

import alert_rules
from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "tests/drills"))

import table  # noqa: E402
from declared import DRILLS, NOT_DRILLED  # noqa: E402
from drill import MISSING_BEAT, rule_of  # noqa: E402


def key(name: str, severity: str) -> str:
    return f"{name} ({severity})"


def faults_of(alerts: dict[str, str], drilled: set[str], excused: set[str]) -> list[str]:
    """`alerts`: alert with severity -> its name. An excuse is for the name, or for the name with its severity."""
    faults = [f"{alert}: no drill in tests/drills/declared.py, and no reason in NOT_DRILLED" for alert, name in alerts.items()
              if alert not in drilled and alert not in excused and name not in excused]
    faults += [f"{alert}: a drill of a rule that there is not" for alert in drilled - set(alerts)]
    faults += [f"{alert}: a reason for a rule that there is not" for alert in excused - set(alerts) - set(alerts.values())]
    named = {alerts.get(alert) for alert in drilled}
    faults += [f"{alert}: a drill and a reason for having none" for alert in excused if alert in drilled | named]
    return faults


class Drills(RepositoryTest):
    def test_every_alert_has_a_drill_or_a_reason(self):
        alerts = {key(rule.name, rule.labels["severity"]): rule.name for rule in alert_rules.alerts() + alert_rules.log_alerts()}
        alerts |= {key(MISSING_BEAT, "critical"): MISSING_BEAT}
        drilled = {key(drill.alert, drill.severity) for drill in DRILLS}
        self.assert_none(faults_of(alerts, drilled, set(NOT_DRILLED)))
        for alert, reason in NOT_DRILLED.items():
            self.assertGreater(len(reason.split()), 3, alert)

    def test_a_drill_chooses_a_rule(self):
        for drill in DRILLS:
            if drill.alert != MISSING_BEAT:
                rule_of(drill)

    def test_names_differ(self):
        names = [(drill.name, drill.severity) for drill in DRILLS]
        self.assertEqual(len(names), len(set(names)))

    def test_the_document_is_fresh(self):
        text = text_of("docs/drills.md")
        self.assertEqual(text, table.with_table(text, table.written_seconds(text)), "make drill writes it anew")

    def test_catches_planted_alerts(self):
        alerts = {"A (critical)": "A", "A (warning)": "A", "B (warning)": "B"}
        self.assert_caught(faults_of(alerts, {"A (critical)"}, {"B"}), "A (warning): no drill")
        self.assert_caught(faults_of(alerts, {"A (critical)", "A (warning)"}, set()), "B (warning): no drill")
        self.assert_caught(faults_of(alerts, set(alerts) | {"C (critical)"}, set()), "C (critical): a drill of a rule that there is not")
        self.assert_caught(faults_of(alerts, set(alerts), {"C"}), "C: a reason for a rule that there is not")
        for reason in ("A (warning)", "A"):
            self.assert_caught(faults_of(alerts, set(alerts), {reason}), "a drill and a reason")
        self.assertEqual(faults_of(alerts, {"A (critical)", "A (warning)"}, {"B"}), [])


if __name__ == "__main__":
    main()
