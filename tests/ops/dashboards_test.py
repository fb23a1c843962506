#!/usr/bin/python3
"""Dashboards: the committed JSON is what the jsonnet says, and each panel can be read at three in the morning."""

import html
import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

from repository import ROOT, RepositoryTest, files, files_of, main, text_of

sys.path.append(str(ROOT / "scripts"))

from paging import dashboards as pager_dashboards  # noqa: E402
from paging.links import Links  # noqa: E402
from paging.prometheus import Prometheus  # noqa: E402

COMPILED = "grafana/dashboards/"
PANELS_MAX = 20
# The units our panels use; Grafana takes an unknown one without a word.
UNITS = {"short", "s", "reqps", "ops", "cps", "percentunit", "bytes", "Bps", "dateTimeFromNow"}


def compiled() -> dict[str, dict]:
    return {name: pager_dashboards.flat(json.loads(text_of(name))) for name in files_of(".json", under=(COMPILED,))}


def board_faults(name: str, board: dict) -> list[str]:
    faults = []
    if board["uid"] != Path(name).stem or board["id"] is not None:
        faults.append(f"{name}: uid is the file's name and id is null")
    if any(key.startswith("__") for key in board) or "${DS_" in json.dumps(board):
        faults.append(f"{name}: was exported for import (__inputs, DS_…): provisioning needs plain JSON")
    if not board.get("description"):
        faults.append(f"{name}: no description")
    if len(board["panels"]) > PANELS_MAX:
        faults.append(f"{name}: {len(board['panels'])} panels, at most {PANELS_MAX}")
    links = board.get("links", [])
    if not links or not all(link["includeVars"] and link["keepTime"] for link in links):
        faults.append(f"{name}: links keep variables and time")
    ids = [panel["id"] for panel in board["panels"]]
    if len(set(ids)) != len(ids):
        faults.append(f"{name}: two panels have one id")
    faults += overlap_faults(name, board["panels"])
    for panel in board["panels"]:
        faults += panel_faults(f"{name}: {panel.get('title')}", panel)
    return faults


def sli_exclusion() -> str:
    """What the objectives leave out: probes and the admin port."""
    return f'http_route!~"{objectives()["not_counted"]["http_route"]}"'


# By the route itself.
OF_THE_API = re.compile(r'http_route=~?"/api/')


def public_faults(where: str, expr: str, exclusion: str) -> list[str]:
    """A panel that counts what the objective does not shows a /readyz of 503 as users being hurt."""
    found = re.findall(r"http_server_request_duration_seconds_\w+\{[^}]*\}", expr)
    return [f"{where}: counts probes: {selector}" for selector in found if exclusion not in selector and not OF_THE_API.search(selector)]


def overlap_faults(name: str, panels: list[dict]) -> list[str]:
    taken: dict[tuple[int, int], str] = {}
    faults = []
    for panel in panels:
        at = panel["gridPos"]
        if at["x"] + at["w"] > 24:
            faults.append(f"{name}: {panel['title']} is wider than the page")
        for cell in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            if cell in taken:
                faults.append(f"{name}: {panel['title']} lies over {taken[cell]}")
                break
            taken[cell] = panel["title"]
    return faults


def panel_faults(where: str, panel: dict) -> list[str]:
    faults = []
    if not panel.get("title"):
        faults.append(f"{where}: no title")
    if not re.search(r"\bNormal:", panel.get("description", "")):
        faults.append(f"{where}: the description does not say what is normal (Normal: …)")
    if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
        faults.append(f"{where}: no unit, or one not in {sorted(UNITS)}")
    if not panel.get("targets"):
        faults.append(f"{where}: no query")
    if panel["type"] == "stat" and not panel["fieldConfig"]["defaults"].get("noValue"):
        faults.append(f"{where}: a number that is absent must say what that means (noValue)")
    for part in [panel, *panel.get("targets", [])]:
        if part.get("datasource", {}).get("uid") not in ("${datasource}", "${loki}", "${tempo}"):
            faults.append(f"{where}: the data source is the variable")
    for target in (target for target in panel.get("targets", []) if "expr" in target):
        is_histogram = "histogram_quantile" in target["expr"] or panel["type"] == "heatmap"
        if is_histogram and "http_server" in target["expr"] and panel["type"] in ("timeseries", "heatmap"):
            if not target.get("exemplar"):
                faults.append(f"{where}: exemplars are off")
        if re.search(r'=~"5\.\."', target["expr"]) and "or " not in target["expr"]:
            faults.append(f"{where}: absent, not 0, while there was no 5xx yet")
    return faults


def objectives() -> dict:
    return json.loads(text_of("alerts/objectives.json"))


def burn_numbers(slo: str) -> set[float]:
    """Parts of bad requests at which the burn alerts of an objective fire."""
    objective = next(o["objective"] for o in objectives()["objectives"] if o["slo"] == slo)
    return {round(rate["factor"] * (1 - objective), 6) for rate in objectives()["burn_rates"]}


def threshold_faults(where: str, panel: dict, numbers: set[float]) -> list[str]:
    """Lines in a panel of failing parts are the alerts' numbers, all of them."""
    steps = {round(step["value"], 6) for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"] if step["value"] is not None}
    is_ratio = "requests that fail" in panel["title"] and panel["fieldConfig"]["defaults"]["unit"] == "percentunit"
    if not is_ratio or panel["type"] != "timeseries" or steps == numbers:
        return []
    return [f"{where}: lines at {sorted(steps)}, the alerts fire at {sorted(numbers)}"]


class Dashboards(RepositoryTest):
    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_compiled_files_are_fresh(self):
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([str(ROOT / "scripts/compile_dashboards.sh"), directory], check=True)
            fresh = {path.name: path.read_text() for path in Path(directory).iterdir()}
        committed = {Path(name).name: text_of(name) for name in files_of(".json", under=(COMPILED,))}
        self.assertEqual(fresh.keys(), committed.keys())
        for name, text in fresh.items():
            self.assertEqual(text, committed[name], f"{name} is stale: run `make dashboards`")

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_the_library_refuses_unknown_names(self):
        for code, part in [("metric('gone_total')", "metric is not in the catalogue"),
                           ("metric('vigie_db_up', {path: '=\"/\"'})", "labels not in the catalogue"),
                           ("foreign('nginx', 'nginx_gone')", "not in the contract of nginx"),
                           ("alert_limit('Gone')", "there is no alert Gone")]:
            done = subprocess.run(["jsonnet", "-J", ".", "-J", "dashboards/lib", "--ext-code-file",
                                   "catalogue=tests/ops/catalogue.golden.json", "--ext-code", "rules=[importstr 'alerts/api.yaml']",
                                   "--ext-code", "contracts={nginx: import 'tests/ops/contracts/nginx.json'}",
                                   "-e", f"(import 'vigie.libsonnet').{code}"],
                                  cwd=ROOT, capture_output=True, text=True)
            self.assertIn(part, done.stderr)

    @unittest.skipUnless(shutil.which("jsonnet"), "jsonnet is not installed")
    def test_numbers_are_read_from_the_rules(self):
        for text, limits in [("a / b > 0.8 and c < 14 * 86400", [0.8, 1209600]), ("a / (b > 0) > 5 * sum(b) or b == 7", [5, 7])]:
            rules = json.dumps({"groups": [{"rules": [{"alert": "A", "expr": text, "labels": {"severity": "warning"}}]}]})
            for nth, limit in enumerate(limits):
                done = subprocess.run(["jsonnet", "-J", ".", "--ext-str", f"text={rules}", "--ext-code", "rules=[std.extVar('text')]",
                                       "-e", f"(import 'dashboards/lib/alerts.libsonnet').alert_limit('A', {nth})"],
                                      cwd=ROOT, capture_output=True, text=True)
                self.assertEqual(float(done.stdout or "nan"), limit, done.stderr)

    def test_panels_are_readable(self):
        self.assertEqual({Path(name).stem for name in compiled()}, {Path(name).stem for name in files_of(".jsonnet")})
        self.assert_none([fault for name, board in compiled().items() for fault in board_faults(name, board)])

    def test_panels_count_what_the_objective_counts(self):
        exclusion = sli_exclusion()
        queries = [(f"{name}: {panel['title']}", target["expr"])
                   for name, board in compiled().items() for panel in board["panels"] for target in panel["targets"] if "expr" in target]
        self.assert_none([fault for where, expr in queries for fault in public_faults(where, expr, exclusion)])
        self.assert_caught(public_faults("p", 'rate(http_server_request_duration_seconds_count{service="a"}[5m])', exclusion), "counts probes")

    def test_threshold_lines_are_the_alerts_numbers(self):
        numbers = burn_numbers("availability")
        self.assertEqual(len(numbers), 4)
        faults = []
        for name, board in compiled().items():
            for panel in board["panels"]:
                faults += threshold_faults(f"{name}: {panel['title']}", panel, numbers)
        self.assert_none(faults)

    def test_provisioning_expands_only_what_it_should(self):
        for name in files():
            if name.startswith("grafana/provisioning/"):
                text = text_of(name)
                self.assertIsNone(re.search(r"(?<!\$)\$\{__", text), f"{name}: write $${{__…}}: Grafana expands this file")
                self.assertEqual(yaml.safe_load(text)["apiVersion"], 1)
        sources = yaml.safe_load(text_of("grafana/provisioning/datasources/vigie.yaml"))["datasources"]
        self.assertEqual([source["uid"] for source in sources if source.get("isDefault")], ["prometheus"])
        scrape = yaml.safe_load(text_of("alerts/prometheus.yml"))["global"]["scrape_interval"]
        self.assertEqual(sources[0]["jsonData"]["timeInterval"], scrape)

    def test_every_dashboard_can_be_read_without_grafana(self):
        """The pager shows each panel, though Prometheus is away, with its queries; no variable is left in them."""
        links = Links("http://127.0.0.1:9099", "http://127.0.0.1:9093")
        for name, board in compiled().items():
            page = pager_dashboards.page(board["uid"], {"from": "now-6h", "var-service": "vigie"}, Prometheus("http://127.0.0.1:1"), links)
            text = html.unescape(page)
            self.assert_none([f"{name}: {panel['title']} is missing" for panel in board["panels"] if panel["title"] not in text])
            self.assert_none([f"{name}: {query} holds a variable" for query in re.findall(r"<code>(.*?)</code>", text)
                              if re.search(r"\$[a-z_{]", query.replace("${1}", ""))])
            asked = len(pager_dashboards.queries_of(board, pager_dashboards.VARIABLES))
            self.assertEqual(text.count(">graph</a>"), asked)
            self.assertLess(asked, pager_dashboards.QUERIES_MAX, "none is left out")

    def test_library_is_short(self):
        for name in files_of(".libsonnet", under=("dashboards/",)):
            self.assertLessEqual(len(text_of(name).splitlines()), 150, name)

    def test_catches_planted_panels(self):
        name = "grafana/dashboards/vigie-http.json"
        board = compiled()[name]
        panel = next(p for p in board["panels"] if p["type"] == "timeseries" and "requests that fail" in p["title"])
        for change, part in [
            ({"description": "A graph."}, "what is normal"),
            ({"targets": []}, "no query"),
            ({"title": ""}, "no title"),
            ({"datasource": {"uid": "prometheus"}}, "is the variable"),
            ({"targets": [panel["targets"][0] | {"expr": 'sum(rate(a{b=~"5.."}[5m]))'}]}, "absent, not 0"),
            ({"targets": [panel["targets"][0] | {"expr": "histogram_quantile(0.9, http_server_x)"}]}, "exemplars are off"),
            ({"fieldConfig": {"defaults": {"unit": "furlong"}}}, "no unit"),
        ]:
            self.assert_caught(panel_faults("p", panel | change), part)
        self.assert_caught(overlap_faults("p", [panel, panel]), "lies over")
        self.assert_caught(threshold_faults("p", panel, {0.5}), "the alerts fire at [0.5]")
        self.assert_caught(board_faults(name, board | {"panels": board["panels"] * 2}), "at most 20")
        self.assert_caught(board_faults(name, board | {"__inputs": []}), "exported for import")


if __name__ == "__main__":
    main()
