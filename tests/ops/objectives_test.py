#!/usr/bin/python3
"""One table says what the service promises; the server's routes and the histogram are held to it."""

import copy
import json
import os
import re
import subprocess
import unittest

from alert_rules import Rule, rules
from objectives import DOCUMENT, TABLE, burns, document, document_parts, indicators, seconds, table
from repository import RepositoryTest, main, text_of

BINARY = os.environ.get("VIGIE_BINARY")


def described_routes() -> list[dict[str, str]]:
    """`vigie describe --routes`: method, pattern, access, status, keyed, body, class, summary."""
    listed = subprocess.run([BINARY, "describe", "--routes"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=7) for line in listed.splitlines()]
    return [{"pattern": row[1], "class": row[6]} for row in rows]


def route_faults(rows: list[dict[str, str]], objectives: dict) -> list[str]:
    """The server knows exactly the routes of the table, in the same classes."""
    wanted = {(route, group["class"]) for group in objectives["route_classes"] for route in group["routes"]}
    found = {(row["pattern"], row["class"]) for row in rows}
    faults = [f"{TABLE}: {route} is {name} there, and not in the server" for route, name in sorted(wanted - found)]
    return faults + [f"{TABLE}: the server has {route} as {name}" for route, name in sorted(found - wanted)]


def selection_faults(objectives: dict) -> list[str]:
    """The pattern that selects an objective's routes takes those of its class and no other."""
    faults = []
    for row in objectives["objectives"]:
        if "route_class" not in row:
            continue
        for group in objectives["route_classes"]:
            for route in group["routes"]:
                is_taken = re.fullmatch(row["http_route"], route) is not None
                if is_taken != (group["class"] == row["route_class"]):
                    faults.append(f"{TABLE}: {row['slo']} {'counts' if is_taken else 'leaves out'} {route}, which is {group['class']}")
    return faults


def threshold_faults(objectives: dict, edges: list[float]) -> list[str]:
    faults = []
    slow_after = {group["class"]: group["slow_after_seconds"] for group in objectives["route_classes"]}
    for name, value in slow_after.items():
        if value not in edges:
            faults.append(f"{TABLE}: {name} is slow from {value} s on, which is no bucket edge")
        if float(value).is_integer():
            faults.append(f"{TABLE}: {name}: an edge of {value} is le=\"{value}\" in one format and le=\"{value:.1f}\" in the other")
    for row in objectives["objectives"]:
        if "route_class" in row and row["threshold_seconds"] != slow_after[row["route_class"]]:
            faults.append(f"{TABLE}: {row['slo']} counts from {row['threshold_seconds']} s on, its traces are kept from "
                          f"{slow_after[row['route_class']]} s on")
    return faults


def burn_rate_faults(objectives: dict) -> list[str]:
    """A factor is the part of the budget that the long window spends, times the period over that window."""
    faults = []
    period = seconds(objectives["window"])
    for row in objectives["burn_rates"]:
        factor = row["budget_spent"] * period / seconds(row["long"])
        if abs(factor - row["factor"]) > 1e-9:
            faults.append(f"{TABLE}: {row['long']}: spending {row['budget_spent']:.0%} of the budget is factor {factor:g}, not {row['factor']}")
        if seconds(row["long"]) != 12 * seconds(row["short"]):
            faults.append(f"{TABLE}: {row['long']}: the short window is a twelfth of the long one")
        for slo in objectives["objectives"]:
            if row["factor"] * (1 - slo["objective"]) >= 1:
                faults.append(f"{TABLE}: {slo['slo']}: factor {row['factor']} needs more errors than there are requests")
        for name in (row["long"], row["short"]):
            if name not in objectives["windows"]:
                faults.append(f"{TABLE}: the window {name} is not among those recorded")
    return faults


def one_line(expr: str) -> str:
    return " ".join(expr.split())


def rule_faults(found: list[Rule], objectives: dict) -> list[str]:
    """The rules of alerts/slo.yaml say what the table says, number by number."""
    wanted_burns = {(row.name, row.long): row for row in burns(objectives)}
    names = {name for name, _ in wanted_burns}
    faults = []
    for rule in (rule for rule in found if rule.name in names):
        wanted = wanted_burns.pop((rule.name, rule.labels.get("long", "")), None)
        if wanted is None:
            faults.append(f"{rule.file}: {rule.name} over {rule.labels.get('long')} is not in the table")
            continue
        for what, is_, should in (("expression", one_line(rule.expr), wanted.expr), ("for", rule.wait, wanted.wait),
                                  ("severity", rule.labels["severity"], wanted.severity), ("short", rule.labels["short"], wanted.short)):
            if is_ != should:
                faults.append(f"{rule.file}: {rule.name} over {wanted.long}: {what} is {is_!r}, by the table {should!r}")
    faults += [f"{TABLE}: no rule for {name} over {long}" for name, long in wanted_burns]
    recorded = {(rule.name, rule.labels.get("slo")): one_line(rule.expr) for rule in found if not rule.is_alert}
    for key, expr in indicators(objectives).items():
        if recorded.get(key) != expr:
            faults.append(f"{TABLE}: {key[0]} of {key[1]} is {recorded.get(key)!r}, by the table {expr!r}")
    for window in objectives["windows"]:
        if (f"service:slo_errors_per_request:ratio_rate{window}", None) not in recorded:
            faults.append(f"{TABLE}: no rule records the window {window}")
    return faults


def text_faults(found: list[Rule], objectives: dict) -> list[str]:
    """A description names its threshold, and that is the table's."""
    faults = []
    budgets = {slo["alert"]: 1 - slo["objective"] for slo in objectives["objectives"]}
    factors = {row["long"]: row["factor"] for row in objectives["burn_rates"]}
    for rule in (rule for rule in found if rule.name in budgets):
        number = f"budget is {factors[rule.labels['long']] * budgets[rule.name]:.4%}".rstrip("%").rstrip("0").rstrip(".") + "%"
        if number not in one_line(rule.annotations["description"]):
            faults.append(f"{rule.file}: {rule.name} over {rule.labels['long']}: the description does not say '{number}'")
    return faults


def histogram_edges(name: str = "") -> list[float]:
    metrics = json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]
    return next(metric["buckets"] for metric in metrics if metric["name"] == (name or table()["metric"]))


def own_edge_faults(objectives: dict) -> list[str]:
    """Objectives with a histogram of their own count at one of its edges."""
    return [f"{TABLE}: {row['slo']}: {row['threshold_seconds']} s is no bucket edge of {row['metric']}" for row in objectives["objectives"]
            if "metric" in row and row["threshold_seconds"] not in histogram_edges(row["metric"])]


class Objectives(RepositoryTest):
    @unittest.skipUnless(BINARY, "VIGIE_BINARY names no server")
    def test_the_server_classes_its_routes_by_the_table(self):
        rows = described_routes()
        self.assert_none(route_faults(rows, table()))
        self.assert_caught(route_faults([*rows, {"pattern": "/new", "class": "ordinary"}], table()), "the server has /new")
        self.assert_caught(route_faults(rows[1:], table()), "not in the server")

    def test_an_objective_counts_the_routes_of_its_class(self):
        self.assert_none(selection_faults(table()))
        planted = copy.deepcopy(table())
        planted["objectives"][1]["http_route"] = "/api/v1/(events|auth)(/.*)?"
        self.assert_caught(selection_faults(planted), "counts /api/v1/auth/login")
        self.assert_caught(selection_faults(planted), "leaves out /api/v1/accounts/me")

    def test_thresholds_are_bucket_edges(self):
        self.assert_none(threshold_faults(table(), histogram_edges()) + own_edge_faults(table()))
        planted = copy.deepcopy(table())
        planted["objectives"][2]["threshold_seconds"] = 12
        self.assert_caught(own_edge_faults(planted), "jobs: 12 s is no bucket edge of vigie_job_wait_seconds")
        planted["route_classes"][0]["slow_after_seconds"] = 0.3
        planted["route_classes"][1]["slow_after_seconds"] = 1
        for part in ("0.3 s on, which is no bucket edge", "its traces are kept from 0.3", 'le="1.0" in the other'):
            self.assert_caught(threshold_faults(planted, histogram_edges()), part)

    def test_burn_rates_add_up(self):
        self.assert_none(burn_rate_faults(table()))
        planted = copy.deepcopy(table())
        planted["burn_rates"][0] |= {"factor": 14, "short": "10m"}
        planted["objectives"][1]["objective"] = 0.9
        for part in ("is factor 14.4, not 14", "a twelfth", "more errors than there are requests", "10m is not among"):
            self.assert_caught(burn_rate_faults(planted), part)

    def test_rules_say_what_the_table_says(self):
        self.assert_none(rule_faults(rules(), table()) + text_faults(rules(), table()))
        for change, part in [
            (lambda t: t["burn_rates"][0].update(factor=15), "by the table 'service:slo_errors_per_request:ratio_rate1h{slo=\"availability\"} > (15 * 0.001)"),
            (lambda t: t["burn_rates"][1].update({"for": "20m"}), "for is '15m', by the table '20m'"),
            (lambda t: t["burn_rates"][2].update(severity="critical"), "severity is 'warning'"),
            (lambda t: t["burn_rates"][3].update(long="4d"), "no rule for ApiLatencyBurn over 4d"),
            (lambda t: t["objectives"][1].update(threshold_seconds=0.5), 'le="0.5"'),
            (lambda t: t["objectives"][2].update(threshold_seconds=5), 'le=~"5([.]0)?"'),
            (lambda t: t["objectives"][2]["counted"].update(lane="low"), 'lane="low"'),
            (lambda t: t["objectives"][0].update(objective=0.995), "slo:objective:ratio of availability"),
            (lambda t: t["not_counted"].update(http_route="/x"), 'http_route!~"/x"'),
            (lambda t: t["not_counted"].update(http_request_method="OPTIONS"), 'http_request_method!="OPTIONS"'),
            (lambda t: t["low_traffic"].update(bad_requests_over=4), "ApiSustainedErrorsLowTraffic over 1d: expression"),
            (lambda t: t["windows"].append("7d"), "no rule records the window 7d"),
        ]:
            planted = copy.deepcopy(table())
            change(planted)
            self.assert_caught(rule_faults(rules(), planted), part)
        planted = copy.deepcopy(table())
        planted["objectives"][1]["objective"] = 0.98
        self.assert_caught(text_faults(rules(), planted), "does not say 'budget is 28.8%'")

    def test_the_document_has_the_tables_numbers(self):
        text = text_of(DOCUMENT)
        for name in document_parts(table()):
            self.assertIn(f"<!-- {name} -->\n", text)
        self.assertEqual(document(text, table()), text, f"{DOCUMENT} is stale: run tests/ops/objectives.py")
        planted = copy.deepcopy(table())
        planted["burn_rates"][0]["for"] = "3m"
        self.assertNotEqual(document(text, planted), text)


if __name__ == "__main__":
    main()
