"""The alert rules and their tests, read once for the checks that need them."""

from dataclasses import dataclass

import yaml

from repository import files_of, text_of


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


def rules() -> list[Rule]:
    return [rule for file in rule_files() for rule in rules_in(file, text_of(file))]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if rule.is_alert]


def full_labels(rule: Rule) -> dict[str, str]:
    """What the alert carries when it fires for the server: its own labels and those its expression leaves."""
    return {"alertname": rule.name, "service": "vigie", "env": "local", "slo": "availability"} | rule.labels
