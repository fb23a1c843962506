#!/usr/bin/python3
"""One table says what the service promises; the server's routes and the histogram are held to it."""

import copy
import json
import os
import re
import subprocess
import unittest

from objectives import TABLE, seconds, table
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


def histogram_edges() -> list[float]:
    metrics = json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]
    return next(metric["buckets"] for metric in metrics if metric["name"] == table()["metric"])


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
        self.assert_none(threshold_faults(table(), histogram_edges()))
        planted = copy.deepcopy(table())
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


if __name__ == "__main__":
    main()
