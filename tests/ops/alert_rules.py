"""The alert rules and their tests, read once for the checks that need them."""

from dataclasses import dataclass, replace
from functools import cache

import yaml

from repository import files_of, text_of

# external_labels of alerts/prometheus.yml; the log store has none, so its rules carry it.
ENVIRONMENT = "local"


@dataclass(frozen=True)
class Rule:
    """A rule with the file and the topic it stands in: alerts/<topic>.yaml."""

    file: str
    topic: str
    name: str
    is_alert: bool
    expr: str
    labels: dict[str, str]
    annotations: dict[str, str]
    wait: str


def rule_files() -> list[str]:
    return [name for name in files_of(".yaml", under=("alerts/",)) if not name.endswith(".test.yaml")]


def test_files() -> list[str]:
    return files_of(".test.yaml", under=("alerts/",))


def rules_in(file: str, text: str) -> list[Rule]:
    found = []
    for group in yaml.safe_load(text)["groups"]:
        for rule in group["rules"]:
            found.append(Rule(
                file=file,
                topic=file.removeprefix("alerts/").removesuffix(".yaml"),
                name=rule.get("alert") or rule["record"],
                is_alert="alert" in rule,
                expr=str(rule["expr"]),
                labels={name: str(value) for name, value in (rule.get("labels") or {}).items()},
                annotations=rule.get("annotations") or {},
                wait=str(rule.get("for", "0s")),
            ))
    return found


@cache
def rules() -> tuple[Rule, ...]:
    return tuple(rule for file in rule_files() for rule in rules_in(file, text_of(file)))


def alerts() -> list[Rule]:
    return [rule for rule in rules() if rule.is_alert]


def log_alerts() -> list[Rule]:
    """Those that the log store evaluates, by the same form: their topic is `logs`."""
    files = files_of(".yaml", under=("loki/rules/",))
    return [replace(rule, topic="logs") for file in files for rule in rules_in(file, text_of(file)) if rule.is_alert]


def full_labels(rule: Rule) -> dict[str, str]:
    """What the alert carries when it fires for the server: its own labels and those its expression leaves."""
    return {"alertname": rule.name, "service": "vigie", "env": ENVIRONMENT, "slo": "availability"} | rule.labels


def fired_alerts() -> list[dict[str, str]]:
    """The alerts as their tests see them fire, label by label, and those of the log store: no combination twice."""
    found = []
    for file in test_files():
        for test in yaml.safe_load(text_of(file))["tests"]:
            for case in test.get("alert_rule_test") or []:
                found += [{"alertname": case["alertname"], "env": ENVIRONMENT} | alert["exp_labels"] for alert in case.get("exp_alerts") or []]
    found += [full_labels(rule) for rule in log_alerts()]
    return list({tuple(sorted((name, str(value)) for name, value in labels.items())): {name: str(value) for name, value in labels.items()}
                 for labels in found}.values())
