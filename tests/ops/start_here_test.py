#!/usr/bin/python3
"""The first row of the dashboard for on-call, as promtool answers its queries: red while users are refused, whatever the process
counts; no number that says less than it seems to."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from repository import RepositoryTest, main, text_of

BOARD = "grafana/dashboards/vigie-start-here.json"
FIRST_ROW = 0
PROBE = 'probe_success{job="blackbox",service="vigie",instance="https"}'


def panels() -> dict[str, dict]:
    return {panel["title"]: panel for panel in json.loads(text_of(BOARD))["panels"]}


def query_of(title: str) -> str:
    return panels()[title]["targets"][0]["expr"].replace("$service", "vigie").replace("$instance", ".*")


def colour_of(title: str, value: float) -> str:
    steps = panels()[title]["fieldConfig"]["defaults"]["thresholds"]["steps"]
    return [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]


def budget(slo: str, remaining: float, rate: float) -> list[dict]:
    labels = f'{{service="vigie",slo="{slo}"}}'
    return [{"series": f"service:slo_error_budget_remaining:ratio30d{labels}", "values": f"{remaining}x120"},
            {"series": f"service:slo_requests:rate5m{labels}", "values": f"{rate}x120"},
            {"series": f"slo:objective:ratio{labels}", "values": "0.999x120"}]


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
class StartHere(RepositoryTest):
    def assert_answers(self, title: str, series: list[dict], samples: list[dict], at: str = "60m"):
        with tempfile.TemporaryDirectory() as directory:
            test = {"evaluation_interval": "1m", "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": [
                {"expr": query_of(title), "eval_time": at, "exp_samples": samples}]}]}
            path = Path(directory) / "test.yaml"
            path.write_text(yaml.safe_dump(test))
            done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_https_from_outside_is_red_while_nobody_is_served(self):
        title = "HTTPS from outside"
        self.assertEqual(panels()[title]["gridPos"]["y"], FIRST_ROW)
        up = {"series": 'up{job="blackbox",instance="https"}', "values": "1x120"}
        self.assert_answers(title, [up, {"series": PROBE, "values": "1x30 0x90"}], [{"labels": "{}", "value": 0}])
        self.assert_answers(title, [up, {"series": PROBE, "values": "1x120"}], [{"labels": "{}", "value": 1}])
        self.assertEqual((colour_of(title, 0), colour_of(title, 1)), ("red", "green"))

    def test_what_changed_draws_the_probe_and_not_its_exporter(self):
        series = [{"series": 'up{job="blackbox",instance="https"}', "values": "1x120"}, {"series": 'up{job="vigie",instance="a"}', "values": "1x120"},
                  {"series": PROBE, "values": "0x120"}]
        self.assert_answers("What changed: targets that answer", series, [
            {"labels": '{job="vigie",instance="a"}', "value": 1}, {"labels": '{job="blackbox",instance="https"}', "value": 0}])

    def test_marks_and_the_watchdog_are_no_firing_alerts(self):
        series = []
        for name, severity in (("Watchdog", "none"), ("DbOutageRecent", "none"), ("DbDown", "critical")):
            labels = f'alertname="{name}",severity="{severity}",component="database",service="vigie"'
            series += [{"series": f'ALERTS{{{labels},alertstate="firing"}}', "values": "1x120"},
                       {"series": f"ALERTS_FOR_STATE{{{labels}}}", "values": "60x120"}]
        self.assert_answers("Firing alerts", series, [
            {"labels": '{alertname="DbDown",severity="critical",component="database",service="vigie"}', "value": 60_000}])
        self.assert_answers("Critical alerts", series, [{"labels": "{}", "value": 1}])
        said = panels()["Critical alerts"]["description"]
        self.assertIn("no count of pages", said)

    def test_a_budget_is_never_below_minus_one_and_is_nothing_of_nothing(self):
        title, labels = "Error budget left, 30 days", '{service="vigie",slo="%s"}'
        series = budget("availability", -31.7, 5) + budget("latency", 0.75, 5) + budget("jobs", -12, 0.0001)
        # `and` drops the name of the metric where clamp_min has done so already.
        self.assert_answers(title, series, [{"labels": labels % "availability", "value": -1}, {"labels": labels % "latency", "value": 0.75}])
        self.assertEqual(panels()[title]["fieldConfig"]["defaults"]["noValue"], "too few requests")

    def test_failures_are_red_wherever_they_are_drawn(self):
        overrides = panels()["Requests a second by status class"]["fieldConfig"]["overrides"]
        colours = {re.sub(r"[.*]", "", row["matcher"]["options"]): row["properties"][0]["value"]["fixedColor"] for row in overrides}
        self.assertEqual(colours, {"2xx": "green", "3xx": "blue", "4xx": "orange", "5xx": "red"})


if __name__ == "__main__":
    main()
