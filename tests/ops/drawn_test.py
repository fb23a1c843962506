#!/usr/bin/python3
"""Everything that is emitted is looked at: each metric, span and log event is drawn, alerted on, or waived with a reason.

And what an alert compares with is a line, or a step of colour, in the dashboard it leads to.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import alert_rules
from promql import names_in, without_variables
from queries import HISTOGRAM_SUFFIXES, Query, boards, dashboard_queries, log_queries, rule_queries, trace_queries
from repository import RepositoryTest, main, text_of

REASON_WORDS_MIN = 5
EVENT = re.compile(r'\bevent\s*=~?\s*"([^"]*)"')
SEVERITY = re.compile(r'\bseverity_text\s*=~?\s*"([^"]*)"')


def catalogue() -> dict[str, list[dict]]:
    return json.loads(text_of("tests/ops/catalogue.golden.json"))


def waived() -> dict[str, dict[str, str]]:
    return json.loads(text_of("tests/ops/waived.json"))


def metrics_of(queries: list[Query]) -> set[str]:
    """Names of metrics: a histogram's series count for it."""
    series = {selector.metric for query in queries for selector in names_in(without_variables(query.text)).selectors}
    return series | {name.removesuffix(suffix) for name in series for suffix in HISTOGRAM_SUFFIXES}


def events_of(queries: list[Query], events: list[dict]) -> set[str]:
    """Events that a query asks for by name, or by their severity when it names none."""
    found = set()
    for query in queries:
        names, severities = EVENT.findall(query.text), SEVERITY.findall(query.text)
        for event in events:
            asked, value = (names, event["name"]) if names else (severities, event["severity"])
            if any(re.fullmatch(pattern, value) for pattern in asked):
                found.add(event["name"])
    return found


def spans_of(queries: list[Query], spans: list[dict]) -> set[str]:
    """Spans that a query of traces asks for by name, or by an attribute that only some have."""
    return {span["name"] for span in spans for query in queries
            if f'"{span["name"]}"' in query.text or any(f"span.{name} " in query.text for name in span["attributes"])}


def faults(kind: str, declared: set[str], seen: set[str], excused: dict[str, str]) -> list[str]:
    found = [f"{kind} {name} is drawn by no panel and read by no alert: draw it, or say in waived.json why not"
             for name in sorted(declared - seen - set(excused))]
    found += [f"waived.json: {kind} {name} is not in the catalogue" for name in sorted(set(excused) - declared)]
    found += [f"waived.json: {kind} {name} is drawn: the waiver is out of date" for name in sorted(set(excused) & seen)]
    found += [f"waived.json: {kind} {name} needs a reason, not '{reason}'" for name, reason in excused.items()
              if len(reason.split()) < REASON_WORDS_MIN]
    return found


def numbers_of(expr: str) -> list[float]:
    """What an alert compares with, but for the zeros that guard divisors: `> (14.4 * 0.001)`, `< 14 * 86400`."""
    found = re.findall(r"[<>]=? \(?(\d[\d.]*)(?: \* (\d[\d.]*)(?![\w(]))?", expr)
    return [round(float(number) * float(factor or 1), 6) for number, factor in found if float(number)]


def steps_of(board: dict) -> set[float]:
    steps = [step for panel in board["panels"] for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    return {round(step["value"], 6) for step in steps if step["value"] is not None}


def number_faults(rules: list[alert_rules.Rule], drawn: dict[str, set[float]], excused: dict[str, str]) -> list[str]:
    faults = []
    for rule in rules:
        uid = urlsplit(rule.annotations["dashboard_url"]).path.removeprefix("/d/")
        number = (numbers_of(rule.expr) or [None])[0]
        is_drawn = number is None or number in drawn[uid]
        if not is_drawn and rule.name not in excused:
            faults.append(f"{rule.name} fires at {number:g}, which is no line in {uid}: use v.alert_lines, or waive it")
    return faults


def names(kind: str) -> set[str]:
    return {entry["name"] for entry in catalogue()[kind]}


class Drawn(RepositoryTest):
    def test_every_metric(self):
        seen = metrics_of(dashboard_queries() + rule_queries()) & names("metrics")
        self.assert_none(faults("metric", names("metrics"), seen, waived()["metrics"]))

    def test_every_log_event(self):
        seen = events_of(log_queries(), catalogue()["log_events"])
        self.assert_none(faults("log event", names("log_events"), seen, waived()["log_events"]))

    def test_every_span(self):
        seen = spans_of(trace_queries(), catalogue()["spans"])
        self.assert_none(faults("span", names("spans"), seen, waived()["spans"]))

    def test_every_number_of_an_alert_is_a_line_in_its_dashboard(self):
        drawn = {Path(file).stem: steps_of(board) for file, board in boards().items()}
        excused = waived()["alert_numbers"]
        self.assert_none(number_faults(alert_rules.alerts(), drawn, excused))
        self.assertEqual(set(excused) - {rule.name for rule in alert_rules.alerts()}, set(), "waivers of alerts that are gone")
        planted = next(rule for rule in alert_rules.alerts() if rule.name == "WorkerQueueSaturated")
        moved = replace(planted, expr=planted.expr.replace("0.8", "0.77"))
        self.assert_caught(number_faults([moved], drawn, excused), "fires at 0.77, which is no line in vigie-workers")

    def test_catches_what_nobody_looks_at(self):
        self.assert_caught(faults("metric", {"a"}, set(), {}), "metric a is drawn by no panel")
        self.assert_caught(faults("metric", {"a"}, {"a"}, {"a": "no one needs to see this"}), "out of date")
        self.assert_caught(faults("metric", {"a"}, set(), {"a": "later"}), "needs a reason")
        self.assert_caught(faults("metric", set(), set(), {"b": "no one needs to see this"}), "not in the catalogue")
        event = {"name": "a.b", "severity": "INFO"}
        self.assertEqual(events_of([Query("p", '{env="x"} | json | event=~"a.c|d"', "logql")], [event]), set())
        self.assertEqual(events_of([Query("p", '{env="x"} | json | severity_text="INFO"', "logql")], [event]), {"a.b"})


if __name__ == "__main__":
    main()
