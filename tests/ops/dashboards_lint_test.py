#!/usr/bin/python3
"""The rules of Grafana's dashboard-linter that fit here, and what links and variables must lead to.

Not kept: template-job, template-instance and their targets. `job` is fixed in each selector, and on call every filter is one
more way to look at the wrong thing (decision 22).
"""

import copy
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from promql import names_in, without_variables
from queries import OF_EACH_TARGET, boards, catalogue_labels, contracts, files_of_boards, panel_queries
from repository import RepositoryTest, main, text_of

FIRST_SCREEN = 18
# Of a page that is 24 wide: a line of panels that do not fit exactly may leave a little.
FULL_LINE = 20
PER_SECOND = {"reqps", "ops", "cps", "Bps"}
# It counts alerts; the table below it names each with its runbook.
NAMES_THEM_BELOW = {"Critical alerts"}
# Made by Prometheus or by our rules: they have no job to choose.
WITHOUT_JOB = {"ALERTS", "ALERTS_FOR_STATE", *OF_EACH_TARGET}
READS_A_COUNTER = re.compile(r"\b(rate|increase|irate|resets|changes|label_replace|absent|count(?:\s+by\s*\([^)]*\))?)\s*\(\s*$")
SENTENCE = re.compile(r"Empty:|Needs the scrape job")


def uids() -> set[str]:
    return {Path(name).stem for name in boards()}


def counters() -> set[str]:
    metrics = json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]
    foreign = [{"name": name, "type": metric["type"]} for contract in contracts().values() for name, metric in contract["metrics"].items()]
    found = {metric["name"] for metric in metrics + foreign if metric["type"] == "counter"}
    return found | {name for name in catalogue_labels() if name.endswith(("_bucket", "_sum")) or name.endswith("seconds_count")}


def variable_faults(name: str, board: dict) -> list[str]:
    """template-datasource, template-on-time-change-reload, template-required-variables."""
    variables = {variable["name"]: variable for variable in board["templating"]["list"]}
    faults = [f"{name}: no variable {needed}" for needed in ("datasource", "service") if needed not in variables]
    faults += [f"{name}: ${key} is read once only (refresh: 2 follows the time range)" for key, variable in variables.items()
               if variable["type"] == "query" and variable["refresh"] != 2]
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(board["panels"])))
    known = set(variables) | {"service"}
    return faults + [f"{name}: ${key} is no variable of this dashboard" for key in sorted(used - known)]


def board_faults(name: str, board: dict) -> list[str]:
    """uneditable, and one look for all: shared crosshair, an hour, half a minute, marks of starts and alerts."""
    wanted = {"editable": False, "graphTooltip": 1, "refresh": "30s", "time": {"from": "now-1h", "to": "now"}}
    faults = [f"{name}: {key} is {board[key]}, not {value}" for key, value in wanted.items() if board[key] != value]
    if [mark["name"] for mark in board["annotations"]["list"]] != ["Starts", "Builds", "Rules", "Alerts"]:
        faults.append(f"{name}: starts, builds, rules and alerts are marked on every dashboard")
    return faults


def links_of(panel: dict) -> list[str]:
    defaults = panel["fieldConfig"]["defaults"].get("links", [])
    values = [p["value"] for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "links"]
    return [link["url"] for links in [defaults, *values] for link in links]


def link_faults(where: str, url: str) -> list[str]:
    if url.startswith("${runbooks}/"):
        return []
    address = urlsplit(url)
    faults = [] if address.path.removeprefix("/d/") in uids() else [f"{where}: {url} leads to no dashboard"]
    if "${__url_time_range}" not in address.query or "${service:queryparam}" not in address.query:
        faults.append(f"{where}: {url} forgets the time or the service")
    return faults + [f"{where}: {url} sets {key}, which is no variable" for key in parse_qs(address.query)
                     if key.startswith("var-") and key.removeprefix("var-") not in ("route", "instance")]


def selector_faults(where: str, text: str, recorded: set[str]) -> list[str]:
    """target-job, target-counter-agg."""
    faults = []
    for selector in names_in(without_variables(text)).selectors:
        if selector.metric not in WITHOUT_JOB | recorded and "job" not in selector.labels:
            faults.append(f"{where}: {selector.metric} without a job: another program's metric may have that name")
    for match in re.finditer(r"[a-zA-Z_:][\w:]*(?=\{)", text):
        if match[0] in counters() and not READS_A_COUNTER.search(text[:match.start()]):
            faults.append(f"{where}: the counter {match[0]} is drawn as it is; draw its rate or increase")
    return faults


def panel_faults(where: str, panel: dict) -> list[str]:
    faults = [fault for url in links_of(panel) for fault in link_faults(where, url)]
    described = panel["description"]
    if len(SENTENCE.findall(described)) != len(re.findall(r"Empty: [^.]+\.|Needs the scrape job `\w+`\.", described)):
        faults.append(f"{where}: say it as v.empty and v.needs do, or the live tests do not read it")
    return faults


def units_of(panel: dict) -> set[str]:
    overridden = {p["value"] for o in panel["fieldConfig"]["overrides"] for p in o["properties"] if p["id"] == "unit"}
    return overridden | {panel["fieldConfig"]["defaults"]["unit"]}


def drawn_names(panel: dict) -> dict[float, str]:
    """What the legend says of a constant: number -> name."""
    found = [(re.fullmatch(r"vector\(([\d.e-]+)\)", target.get("expr", "")), target.get("legendFormat")) for target in panel["targets"]]
    return {float(match[1]): name for match, name in found if match and name}


def legibility_faults(where: str, panel: dict) -> list[str]:
    """What a tired reader cannot know: the unit of a rate, which line is which, what a red number asks for."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    lines = [step["value"] for step in steps if step["value"] is not None]
    faults = []
    if re.search(r"\ba second\b", panel["title"]) and not units_of(panel) & PER_SECOND:
        faults.append(f"{where}: so much a second has one of the units {sorted(PER_SECOND)}")
    if panel["type"] == "timeseries" and len(lines) > 1:
        faults += [f"{where}: the line at {line} has no name" for line in lines if not any(abs(line - known) < 1e-5 * line for known in drawn_names(panel))]
    legend = panel["options"].get("legend", {})
    if legend.get("placement") == "right":
        faults.append(f"{where}: a legend at the right leaves a stamp of the graph")
    is_warned = panel["type"] == "stat" and {step["color"] for step in steps} & {"red", "orange"}
    if is_warned and not any(url.startswith("${runbooks}/") for url in links_of(panel)) and panel["title"] not in NAMES_THEM_BELOW:
        faults.append(f"{where}: it turns red, and leads to no runbook")
    return faults


def colour_faults(where: str, panel: dict) -> list[str]:
    """Of a burn rate eight windows are drawn: no two look alike."""
    looks = {}
    for override in panel["fieldConfig"]["overrides"]:
        said = {p["id"]: p["value"] for p in override["properties"]}
        if said.get("custom.lineWidth"):
            looks[override["matcher"]["options"]] = (said["color"]["fixedColor"], "custom.lineStyle" in said)
    windows = [target["legendFormat"] for target in panel["targets"] if "burn rate" in panel["title"] and not target["expr"].startswith("vector")]
    if set(windows) - set(looks) or len(set(looks.values())) < len(looks):
        return [f"{where}: windows without a look of their own: {sorted(set(windows) - set(looks))}"]
    return []


def layout_faults(name: str, board: dict) -> list[str]:
    """No half of a line is empty; what needs another store than Prometheus is folded away."""
    faults, filled = [], {}
    for panel in board["panels"]:
        at = panel["gridPos"]
        filled[at["y"]] = filled.get(at["y"], 0) + at["w"]
        if panel["type"] != "row" and panel["datasource"]["type"] != "prometheus":
            faults.append(f"{name}: {panel['title']} is a grey box where its store does not run: into the folded row")
        if panel["type"] == "row" and not (panel["collapsed"] and panel["panels"]):
            faults.append(f"{name}: the row {panel['title']} is open, or empty")
    return faults + [f"{name}: the line at {y} is {width} of 24 wide" for y, width in filled.items() if width < FULL_LINE]


class DashboardsLint(RepositoryTest):
    def test_what_a_tired_reader_sees(self):
        named = [(f"{name}: {panel['title']}", panel) for name, board in boards().items() for panel in board["panels"]]
        self.assert_none([fault for where, panel in named for fault in legibility_faults(where, panel) + colour_faults(where, panel)])

    def test_no_part_of_a_page_is_empty(self):
        self.assert_none([fault for name, board in files_of_boards().items() for fault in layout_faults(name, board)])

    def test_catches_what_cannot_be_read(self):
        panels = {panel["title"]: panel for board in boards().values() for panel in board["panels"]}
        rate, burn, stat = panels["New connections a second"], panels["Latency: burn rate by window"], panels["PostgreSQL answers"]
        plain = copy.deepcopy(rate)
        plain["fieldConfig"]["defaults"]["unit"] = "short"
        self.assert_caught(legibility_faults("p", plain), "so much a second")
        nameless = burn | {"targets": [target for target in burn["targets"] if "vector" not in target["expr"]]}
        self.assert_caught(legibility_faults("p", nameless), "has no name")
        self.assert_caught(legibility_faults("p", rate | {"options": {"legend": {"placement": "right"}}}), "a stamp")
        mute = copy.deepcopy(stat)
        mute["fieldConfig"]["defaults"]["links"] = []
        self.assert_caught(legibility_faults("p", mute), "no runbook")
        alike = copy.deepcopy(burn)
        alike["fieldConfig"]["overrides"] = alike["fieldConfig"]["overrides"][:-1]
        self.assert_caught(colour_faults("p", alike), "['30d']")
        board = files_of_boards()["grafana/dashboards/vigie-slo.json"]
        self.assert_caught(layout_faults("b", board | {"panels": board["panels"][:1]}), "of 24 wide")
        logs = next(panel for panel in panels.values() if panel["type"] == "logs")
        self.assert_caught(layout_faults("b", board | {"panels": [logs]}), "a grey box")
        self.assert_caught(layout_faults("b", board | {"panels": [{"type": "row", "title": "r", "collapsed": False, "panels": [],
                                                                   "gridPos": {"y": 0, "w": 24}}]}), "is open")

    def test_every_dashboard(self):
        faults = [fault for name, board in boards().items() for fault in variable_faults(name, board) + board_faults(name, board)]
        self.assert_none(faults)

    def test_every_panel(self):
        faults = [fault for name, board in boards().items() for panel in board["panels"]
                  for fault in panel_faults(f"{name}: {panel['title']}", panel)]
        self.assert_none(faults)

    def test_every_selector(self):
        recorded = {name for file in ("slo", "refusals") for name in re.findall(r"record: (\S+)", text_of(f"alerts/{file}.yaml"))}
        self.assert_none([fault for name, board in boards().items() for panel in board["panels"] for query in panel_queries(name, panel)
                          if query.language == "promql" for fault in selector_faults(query.place, query.text, recorded)])

    def test_the_first_screen_says_whether_users_are_hurt(self):
        """Availability, latency, budget, pages, and whether to believe it; then where: all without scrolling."""
        panels = boards()["grafana/dashboards/vigie-start-here.json"]["panels"]
        first = " | ".join(panel["title"] for panel in panels if panel["gridPos"]["y"] + panel["gridPos"]["h"] <= FIRST_SCREEN)
        for words in ("Availability", "Answered within", "Error budget", "HTTPS from outside", "Critical alerts", "believed", "requests that fail", "Where: routes"):
            self.assertIn(words, first)

    def test_the_document_names_every_dashboard(self):
        listed = set(re.findall(r"^\| `(vigie-[a-z-]+)` \|", text_of("docs/dashboards.md"), re.M))
        self.assertEqual(listed, uids())

    def test_catches_planted_faults(self):
        name = "grafana/dashboards/vigie-start-here.json"
        board = boards()[name]
        self.assert_caught(variable_faults("b", board | {"templating": {"list": []}}), "no variable datasource")
        once = [variable | {"refresh": 1} for variable in board["templating"]["list"]]
        self.assert_caught(variable_faults("b", board | {"templating": {"list": once}}), "read once only")
        self.assert_caught(variable_faults("b", board | {"panels": [{"a": "$shard"}]}), "$shard is no variable")
        self.assert_caught(board_faults("b", board | {"editable": True}), "editable is True")
        self.assert_caught(board_faults("b", board | {"annotations": {"list": []}}), "starts, builds")
        self.assert_caught(link_faults("p", "/d/vigie-gone?${service:queryparam}&${__url_time_range}"), "leads to no dashboard")
        self.assert_caught(link_faults("p", "/d/vigie-http?var-route=a"), "forgets the time")
        self.assert_caught(selector_faults("p", 'vigie_db_up{service="a"}', set()), "without a job")
        self.assert_caught(selector_faults("p", 'sum(vigie_accounts_created_total{job="a"})', set()), "drawn as it is")
        panel = board["panels"][0]
        self.assert_caught(panel_faults("p", panel | {"description": "Empty: never"}), "v.empty")


if __name__ == "__main__":
    main()
