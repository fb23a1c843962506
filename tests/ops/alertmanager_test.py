#!/usr/bin/python3
"""Alertmanager's configuration: it loads, each alert reaches its receiver, and matchers name labels that exist."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from alert_rules import Rule, alerts, full_labels
from repository import ROOT, RepositoryTest, main, text_of

CONFIGURATION = "alerts/alertmanager.yml"
# severity -> receivers, in the order of the routes. Watchdog has its own.
RECEIVERS = {"critical": "page,chat", "warning": "ticket"}
NEEDS_AMTOOL = unittest.skipUnless(shutil.which("amtool"), "amtool is not installed (Debian: prometheus-alertmanager)")


def amtool(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["amtool", *arguments], cwd=ROOT, capture_output=True, text=True)


def expected_receivers(rule: Rule) -> str:
    return "heartbeat" if rule.name == "Watchdog" else RECEIVERS[rule.labels["severity"]]


def route_faults(labels: dict[str, str], receivers: str) -> list[str]:
    matchers = [f"{name}={value}" for name, value in sorted(labels.items())]
    done = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", f"--verify.receivers={receivers}", *matchers)
    return [] if done.returncode == 0 else [f"{labels['alertname']}: {done.stdout.strip()} instead of {receivers}"]


def matchers_in(node: object) -> set[str]:
    """The label names that any route or inhibition looks at; amtool accepts a misspelt one."""
    found: set[str] = set()
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("matchers", "source_matchers", "target_matchers"):
                found |= {re.match(r"\w+", matcher).group() for matcher in value}
            elif key in ("equal", "group_by"):
                found |= set(value)
            else:
                found |= matchers_in(value)
    elif isinstance(node, list):
        for item in node:
            found |= matchers_in(item)
    return found


def label_faults(configuration: dict, rules: list[Rule]) -> list[str]:
    every = set.intersection(*(set(full_labels(rule)) for rule in rules))
    some = set.union(*(set(full_labels(rule)) for rule in rules))
    faults = [f"{CONFIGURATION}: no alert has the label {name}" for name in sorted(matchers_in(configuration) - some)]
    for inhibition in configuration["inhibit_rules"]:
        for name in sorted(set(inhibition["equal"]) - every):
            faults.append(f"{CONFIGURATION}: `equal` names {name}, which some alert lacks: absent equals absent")
    return faults


def seconds(duration: str) -> int:
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def timing_faults(route: dict, inherited: dict[str, str]) -> list[str]:
    times = inherited | {name: route[name] for name in ("group_wait", "group_interval", "repeat_interval") if name in route}
    interval, repeat = seconds(times["group_interval"]), seconds(times["repeat_interval"])
    faults = []
    if route["receiver"] == "heartbeat":
        if repeat >= interval:
            faults.append("heartbeat: repeat_interval must lie under group_interval, or every other beat is left out")
    elif repeat % interval:
        faults.append(f"{route['receiver']}: repeat_interval is no multiple of group_interval")
    for child in route.get("routes", []):
        faults += timing_faults(child, times)
    return faults


NOTIFICATION = {
    "status": "firing",
    "receiver": "chat",
    "externalURL": "http://am",
    "commonLabels": {"alertname": "DbDown", "service": "vigie", "env": "local"},
    "alerts": [{
        "status": "firing",
        "labels": {"alertname": "DbDown", "severity": "critical"},
        "annotations": {"summary": "A sentence.", "description": "More.", "runbook_url": "http://runbook",
                        "dashboard_url": "http://dashboard"},
        "startsAt": "2026-01-01T03:00:00Z",
        "generatorURL": "http://graph",
    }],
}


def rendered(template: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "notification.json"
        path.write_text(json.dumps(NOTIFICATION))
        done = amtool("template", "render", "--template.glob=alerts/templates/*.tmpl", f"--template.data={path}",
                      '--template.text={{ template "' + template + '" . }}')
    return done.stdout + done.stderr


class Alertmanager(RepositoryTest):
    def configuration(self) -> dict:
        return yaml.safe_load(text_of(CONFIGURATION))

    @NEEDS_AMTOOL
    def test_loads(self):
        done = amtool("check-config", CONFIGURATION)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @NEEDS_AMTOOL
    def test_each_alert_reaches_its_receiver(self):
        self.assert_none([fault for rule in alerts() for fault in route_faults(full_labels(rule), expected_receivers(rule))])
        self.assert_none(route_faults({"alertname": "Unknown"}, "ticket"))

    @NEEDS_AMTOOL
    def test_catches_a_planted_wrong_route(self):
        self.assert_caught(route_faults({"alertname": "DbDown", "severity": "critical"}, "ticket"), "instead of ticket")

    def test_matchers_name_labels_that_exist(self):
        self.assert_none(label_faults(self.configuration(), alerts()))
        planted = self.configuration()
        planted["inhibit_rules"].append({"source_matchers": ['severty="critical"'], "equal": ["long"]})
        self.assert_caught(label_faults(planted, alerts()), "no alert has the label severty")
        self.assert_caught(label_faults(planted, alerts()), "absent equals absent")

    def test_times_fit_each_other(self):
        self.assert_none(timing_faults(self.configuration()["route"], {}))
        planted = self.configuration()["route"]
        planted["routes"][0]["repeat_interval"] = "1m"
        planted["routes"][1]["repeat_interval"] = "90s"
        self.assert_caught(timing_faults(planted, {}), "every other beat")
        self.assert_caught(timing_faults(planted, {}), "page: repeat_interval is no multiple")

    @NEEDS_AMTOOL
    def test_the_message_carries_what_a_person_needs(self):
        self.assertEqual(rendered("vigie.title").strip(), "[FIRING:1] DbDown (vigie, local)")
        text = rendered("vigie.text")
        for part in ("A sentence.", "More.", "http://runbook", "http://dashboard", "http://graph", "%7Balertname%3D%22DbDown%22%2Cservice%3D%22vigie%22%7D",
                     "http://am/#/silences/new",
                     "2026-01-01 03:00:00 UTC"):
            self.assertIn(part, text)


if __name__ == "__main__":
    main()
