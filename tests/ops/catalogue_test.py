#!/usr/bin/python3
"""tests/ops/catalogue.golden.json is what the binary prints: dashboards, rules and documents are checked against it."""

import json
import os
import re
import subprocess
import unittest

from repository import RepositoryTest, files_of, main, text_of

BINARY = os.environ.get("VIGIE_BINARY", "")


PATTERN = re.compile(r'\.pattern = "([^"]+)"')
# What stands for a request that no route has.
UNROUTED = 2


def faults_of_routes(catalogue: dict, sources: list[str]) -> list[str]:
    """Over its bound a label becomes "other", and it does so for the routes that were added last."""
    patterns = {pattern for text in sources for pattern in PATTERN.findall(text)}
    bounds = {(metric["name"], label["bound"]) for metric in catalogue["metrics"] for label in metric["labels"] if label["name"] == "http_route"}
    return [f"{name}: http_route is bound to {bound}, there are {len(patterns) + UNROUTED}" for name, bound in sorted(bounds)
            if bound < len(patterns) + UNROUTED]


class Catalogue(RepositoryTest):
    def test_every_route_has_a_label(self):
        sources = [text_of(name) for name in files_of(".cpp", ".hpp", under=("server/http/",))]
        golden = json.loads(text_of("tests/ops/catalogue.golden.json"))
        self.assertGreater(len({pattern for text in sources for pattern in PATTERN.findall(text)}), 30)
        self.assert_none(faults_of_routes(golden, sources))

    def test_catches_a_route_too_many(self):
        golden = {"metrics": [{"name": "m", "labels": [{"name": "http_route", "bound": 3}]}]}
        self.assert_none(faults_of_routes(golden, ['.pattern = "/a"']))
        self.assertEqual(len(faults_of_routes(golden, ['.pattern = "/a"', '.pattern = "/b"'])), 1)

    @unittest.skipUnless(BINARY, "VIGIE_BINARY names no server to ask")
    def test_golden_file_is_fresh(self):
        done = subprocess.run([BINARY, "describe", "--catalogue"], capture_output=True, text=True, check=True, timeout=30)
        printed = json.loads(done.stdout)
        golden = json.loads(text_of("tests/ops/catalogue.golden.json"))
        renew = f"renew it: {BINARY} describe --catalogue | scripts/renew_catalogue.py, then `make dashboards`"
        for table in printed.keys() | golden.keys():
            self.assertEqual({row["name"]: row for row in golden.get(table, [])},
                             {row["name"]: row for row in printed.get(table, [])}, f"{table}: {renew}")


if __name__ == "__main__":
    main()
