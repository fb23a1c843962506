#!/usr/bin/python3
"""Every PromQL expression (rules, dashboards, runbooks) parses, and names only metrics and labels that exist."""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from promql import names_in, without_variables
from queries import Query, all_queries, boards, catalogue_labels, contracts, dashboard_queries, faults_of, foreign_labels, recorded_labels, rule_queries
from repository import RepositoryTest, main, text_of


def parse_faults(queries: list[Query]) -> list[str]:
    """promtool has no command that parses one expression: each becomes a recording rule of its own group."""
    groups = [
        {"name": f"{number} {query.place}", "rules": [{"record": "a:b:c", "expr": without_variables(query.text)}]}
        for number, query in enumerate(queries)
    ]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "queries.yaml"
        path.write_text(yaml.safe_dump({"groups": groups}))
        done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True)
    return [] if done.returncode == 0 else [line.replace(str(path), "") for line in done.stderr.splitlines() if line.strip()]


def variable_faults(queries: list[Query]) -> list[str]:
    """A `$job` that leaked from a dashboard into a rule matches nothing, and promtool accepts it."""
    return [f"{query.place}: `$` in a rule is a dashboard variable" for query in queries
            if re.search(r"\$[a-zA-Z_{]", query.text)]  # "$1" is a group of label_replace


def window_faults(queries: list[Query]) -> list[str]:
    return [f"{query.place}: a graph's window is $__rate_interval, which follows the zoom" for query in queries
            if re.search(r"rate\([^)]*\[\d+[smhd]", query.text)]


class Queries(RepositoryTest):
    def known(self) -> dict[str, set[str]]:
        return catalogue_labels() | recorded_labels() | foreign_labels()

    def test_names_only_what_is_emitted(self):
        faults, known = [], self.known()
        for query in all_queries():
            faults += faults_of(query, known)
        self.assert_none(faults)
        self.assertGreater(len(all_queries()), 60)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
    def test_parses(self):
        self.assert_none(parse_faults(all_queries()))

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")
    def test_catches_a_planted_expression_that_does_not_parse(self):
        self.assert_caught(parse_faults([Query("p", "sum by (a (up)")]), "parse error")

    def test_rules_hold_no_dashboard_variable(self):
        self.assert_none(variable_faults(rule_queries()))
        self.assert_caught(variable_faults([Query("p", 'up{job="$job"}')]), "dashboard variable")

    def test_time_series_use_the_rate_interval(self):
        series = {f"{file}: {panel['title']}" for file, board in boards().items()
                  for panel in board["panels"] if panel["type"] in ("timeseries", "heatmap")}
        self.assert_none(window_faults([query for query in dashboard_queries() if query.place in series]))
        self.assert_caught(window_faults([Query("p", "rate(a_total[5m])")]), "$__rate_interval")

    def test_every_threshold_of_a_bucket_is_an_edge(self):
        edges = {metric["name"] + "_bucket": metric["buckets"] for metric in
                 json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"] if metric["type"] == "histogram"}
        self.assert_none([fault for query in all_queries() for fault in edge_faults(query, edges)])
        planted = Query("p", 'rate(http_server_request_duration_seconds_bucket{le="0.3"}[5m])')
        self.assert_caught(edge_faults(planted, edges), "0.3 is no bucket")

    def test_catches_planted_names(self):
        known = self.known()
        for text, part in [
            ("rate(http_requests_total[5m])", "emitted by nothing"),
            ('vigie_db_up{host="a"}', "no label host"),
            ("sum by (path) (rate(http_server_request_duration_seconds_count[5m]))", "the label path"),
            ("sum(rate(vigie_ready_bucket[5m]))", "emitted by nothing"),
            ('{job="vigie"}', "without a name"),
            ('{__name__=~"otelcol_gone(_total)?"}', "emitted by nothing"),
            ('{__name__=~"otelcol_exporter_sent_(spans|log_records)(_total)?",pool="a"}', "no label pool"),
        ]:
            self.assert_caught(faults_of(Query("p", text), known), part)

    def test_contracts_say_where_they_come_from(self):
        self.assertGreaterEqual(set(contracts()), {"postgres", "node", "blackbox", "nginx", "prometheus", "alertmanager"})
        self.assert_none([f"{name}: no source" for name, contract in contracts().items() if not contract["source"]])
        for name in set(contracts()) & {"alertmanager", "prometheus"}:
            self.assertIn(f"{name}_build_info", contracts()[name]["metrics"])

    def test_reads_names_as_prometheus_does(self):
        found = names_in('sum without (a) (rate(x_total{b="{c}", d!~"e"}[5m] offset 1h)) / on (f) group_left (g) y and z')
        self.assertEqual([s.metric for s in found.selectors], ["x_total", "y", "z"])
        self.assertEqual(found.selectors[0].labels, {"b", "d"})
        self.assertEqual(found.grouping, {"a", "f", "g"})


def edge_faults(query: Query, edges: dict[str, list[float]]) -> list[str]:
    faults = []
    for selector in names_in(without_variables(query.text)).selectors:
        for label, operator, value in selector.matchers:
            if label == "le" and operator == "=" and value != "+Inf" and float(value) not in edges.get(selector.metric, []):
                faults.append(f"{query.place}: {value} is no bucket of {selector.metric}")
    return faults


if __name__ == "__main__":
    main()
