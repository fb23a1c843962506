#!/usr/bin/python3
"""Alertmanager's configuration: it loads, each alert reaches its receiver, and matchers name labels that exist."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from alert_rules import alerts, fired_alerts, log_alerts
from repository import ROOT, RepositoryTest, main, text_of

CONFIGURATION = "alerts/alertmanager.yml"
EXAMPLES = "alerts/examples/receivers.yml"
# severity -> receivers, in the order of the routes. Watchdog has its own; what has no severity or another one is a ticket.
RECEIVERS = {"critical": "page,chat", "warning": "ticket", "none": "nobody"}
# What people set by hand and what scrapes give, besides the labels that rules are seen to fire with.
OTHER_VALUES = {"alertname": {"MaintenanceWindow"}, "job": {"loki", "alloy"}}
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"(.*)"')
NEEDS_AMTOOL = unittest.skipUnless(shutil.which("amtool"), "amtool is not installed (Debian: prometheus-alertmanager)")


def amtool(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["amtool", *arguments], cwd=ROOT, capture_output=True, text=True)


def expected_receivers(labels: dict[str, str]) -> str:
    if labels.get("kind") == "event":
        return "event"
    return "heartbeat" if labels["alertname"] == "Watchdog" else RECEIVERS[labels["severity"]]


def route_faults(labels: dict[str, str], receivers: str) -> list[str]:
    matchers = [f"{name}={value}" for name, value in sorted(labels.items())]
    done = amtool("config", "routes", "test", f"--config.file={CONFIGURATION}", f"--verify.receivers={receivers}", *matchers)
    return [] if done.returncode == 0 else [f"{labels['alertname']}: {done.stdout.strip()} instead of {receivers}"]


def fits(matchers: list[str], labels: dict[str, str]) -> bool:
    for matcher in matchers:
        name, operator, value = MATCHER.fullmatch(matcher).groups()
        is_equal = bool(re.fullmatch(value, labels.get(name, ""))) if "~" in operator else labels.get(name, "") == value
        if is_equal != operator.startswith("="):
            return False
    return True


def matchers_in(node: object) -> set[str]:
    """Every matcher of a route or an inhibition."""
    if isinstance(node, list):
        return set().union(*(matchers_in(item) for item in node))
    if not isinstance(node, dict):
        return set()
    found = set()
    for key, value in node.items():
        found |= set(value) if key.endswith("matchers") else matchers_in(value)
    return found


def matcher_faults(matcher: str, values: dict[str, set[str]]) -> list[str]:
    """amtool accepts a misspelt label, and a value that no alert has."""
    name, operator, value = MATCHER.fullmatch(matcher).groups()
    if name not in values:
        return [f"{CONFIGURATION}: no alert has the label {name}"]
    wanted = value.split("|") if "~" in operator else [value]
    return [f"{CONFIGURATION}: no alert has {name}={one}" for one in wanted if one not in values[name]]


def label_faults(configuration: dict, alerts: list[dict[str, str]]) -> list[str]:
    values: dict[str, set[str]] = {name: set(more) for name, more in OTHER_VALUES.items()}
    for labels in alerts:
        for name, value in labels.items():
            values.setdefault(name, set()).add(value)
    faults = [fault for matcher in sorted(matchers_in(configuration)) for fault in matcher_faults(matcher, values)]
    faults += [f"{CONFIGURATION}: no alert has the label {name}" for name in configuration["route"]["group_by"] if name not in values]
    for rule in configuration["inhibit_rules"]:
        for labels in alerts:
            lacks = sorted(set(rule["equal"]) - labels.keys())
            if lacks and (fits(rule["source_matchers"], labels) or fits(rule["target_matchers"], labels)):
                faults.append(f"{CONFIGURATION}: `equal` names {lacks}, which {labels['alertname']} lacks: absent equals absent")
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


def hours_faults(route: dict) -> list[str]:
    """Pages and beats come at any hour; what waits for the morning is said so by its severity."""
    waits = {child["receiver"] for child in route["routes"] if "active_time_intervals" in child}
    return [] if waits == {"ticket", "event"} else [f"{CONFIGURATION}: {sorted(waits)} wait for working hours, not the tickets alone"]


def event_faults(rules: list, receivers: dict[str, dict]) -> list[str]:
    """What happened does not resolve: who is told of it is not told that it is over."""
    faults = [f"{CONFIGURATION}: event tells that an event has resolved" for config in receivers["event"]["webhook_configs"]
              if config["send_resolved"]]
    faults += [f"{rule.name}: an event that waits, or that pages" for rule in rules
               if rule.labels.get("kind") == "event" and (rule.wait != "0s" or rule.labels["severity"] != "warning")]
    return faults


# Keys of receivers that hold a secret in the file itself.
INLINE_SECRETS = re.compile(r"(?:routing_key|service_key|api_key|api_url|slack_api_url|smtp_auth_password|auth_password|credentials|password|url"
                            r"|bearer_token)$")


def secret_faults(node: object, place: str = "") -> list[str]:
    if isinstance(node, list):
        return [fault for item in node for fault in secret_faults(item, place)]
    if not isinstance(node, dict):
        return []
    faults = []
    for key, value in node.items():
        # The address of a webhook is no secret where its token stands beside it in a file.
        has_token_file = key == "url" and "credentials_file" in str(node.get("http_config"))
        if INLINE_SECRETS.match(key) and not has_token_file:
            faults.append(f"{EXAMPLES}: {place}{key} holds its secret itself: {key}_file")
        faults += secret_faults(value, f"{place}{key}.")
    return faults


def notification(**labels: str) -> dict:
    return {
        "status": "firing",
        "receiver": "chat",
        "externalURL": "http://am",
        "commonLabels": {"alertname": "DbDown", "service": "vigie", "env": "local"},
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "DbDown", "severity": "critical", "component": "api", "slo": "none"} | labels,
            "annotations": {"summary": "A sentence.", "description": "More.", "runbook_url": "http://runbook",
                            "dashboard_url": "http://dashboard"},
            "startsAt": "2026-01-01T03:00:00Z",
            "generatorURL": "http://graph",
            "fingerprint": "0123456789abcdef",
        }],
    }


def rendered(template: str, **labels: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "notification.json"
        path.write_text(json.dumps(notification(**labels)))
        done = amtool("template", "render", "--template.glob=alerts/templates/*.tmpl", f"--template.data={path}",
                      '--template.text={{ template "' + template + '" . }}')
    return done.stdout + done.stderr


class Alertmanager(RepositoryTest):
    def configuration(self) -> dict:
        return yaml.safe_load(text_of(CONFIGURATION))

    @NEEDS_AMTOOL
    def test_loads_with_local_and_with_secret_receivers(self):
        for file in (CONFIGURATION, EXAMPLES):
            done = amtool("check-config", file)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_examples_replace_every_receiver_and_hold_no_secret(self):
        examples = yaml.safe_load(text_of(EXAMPLES))
        names = [[receiver["name"] for receiver in file["receivers"]] for file in (self.configuration(), examples)]
        self.assertEqual(names[0], names[1])
        self.assert_none(secret_faults(examples))
        self.assert_caught(secret_faults({"receivers": [{"slack_configs": [{"api_url": "https://x"}]}]}), "api_url_file")
        self.assert_caught(secret_faults({"webhook_configs": [{"url": "https://x"}]}), "webhook_configs.url holds")

    @NEEDS_AMTOOL
    def test_each_alert_of_each_severity_reaches_its_receiver(self):
        # The route of one alert does not depend on which of its instances fires.
        alerts = {(labels["alertname"], labels["severity"], labels["component"]): labels for labels in fired_alerts()}
        self.assertGreater(len(alerts), 45)
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda labels: route_faults(labels, expected_receivers(labels)), alerts.values())
            self.assert_none([fault for faults in found for fault in faults])
        self.assert_none(route_faults({"alertname": "MaintenanceWindow", "severity": "none"}, "nobody"))
        self.assert_none(route_faults({"alertname": "Unknown"}, "ticket"))

    @NEEDS_AMTOOL
    def test_catches_a_planted_wrong_route(self):
        self.assert_caught(route_faults({"alertname": "DbDown", "severity": "critical"}, "ticket"), "instead of ticket")

    def test_an_event_is_never_told_as_resolved(self):
        receivers = {receiver["name"]: receiver for receiver in self.configuration()["receivers"]}
        self.assertIn("RefreshTokenReused", [rule.name for rule in alerts() if rule.labels.get("kind") == "event"])
        self.assert_none(event_faults(alerts() + log_alerts(), receivers))
        receivers["event"] = receivers["ticket"]
        self.assert_caught(event_faults([], receivers), "has resolved")

    def test_every_rule_is_seen_to_fire(self):
        fired = {(labels["alertname"], labels["severity"]) for labels in fired_alerts()}
        self.assertEqual({(rule.name, rule.labels["severity"]) for rule in alerts() + log_alerts()}, fired)

    def test_matchers_name_labels_and_values_that_exist(self):
        self.assert_none(label_faults(self.configuration(), fired_alerts()))
        planted = self.configuration()
        planted["inhibit_rules"].append({"source_matchers": ['severty="critical"'], "target_matchers": ['severity="warning"'],
                                         "equal": ["long"]})
        planted["route"]["routes"][2]["matchers"] = ['severity="urgent"']
        faults = label_faults(planted, fired_alerts())
        for part in ("no alert has the label severty", "no alert has severity=urgent", "absent equals absent"):
            self.assert_caught(faults, part)

    def test_times_fit_each_other(self):
        self.assert_none(timing_faults(self.configuration()["route"], {}))
        self.assert_none(hours_faults(self.configuration()["route"]))
        planted = self.configuration()["route"]
        planted["routes"][0]["repeat_interval"] = "1m"
        planted["routes"][2]["repeat_interval"] = "80s"
        planted["routes"][2]["active_time_intervals"] = ["working_hours"]
        self.assert_caught(timing_faults(planted, {}), "every other beat")
        self.assert_caught(timing_faults(planted, {}), "page: repeat_interval is no multiple")
        self.assert_caught(hours_faults(planted), "page")

    @NEEDS_AMTOOL
    def test_the_message_carries_what_a_person_needs(self):
        self.assertEqual(rendered("vigie.title").strip(), "[FIRING:1] DbDown (vigie, local)")
        text = rendered("vigie.text")
        for part in ("A sentence.", "More.", "http://runbook", "http://dashboard", "2026-01-01 03:00:00 UTC",
                     "Graph, traces, silence: http://127.0.0.1:9099/a/0123456789abcdef"):
            self.assertIn(part, text)
        self.assertNotIn("#/silences", text, "Debian's Alertmanager has no web application")


if __name__ == "__main__":
    main()
