"""Every PromQL expression of the repository, and what of the catalogue it may name."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

import alert_rules
from promql import Selector, names_in, without_variables
from repository import ROOT, files_of, text_of

sys.path.append(str(ROOT / "scripts"))

from paging.dashboards import flat  # noqa: E402

HISTOGRAM_SUFFIXES = ("_bucket", "_count", "_sum")
# Labels that the target files and the scrape configuration add to every series.
TARGET_LABELS = {"job", "service", "instance", "env"}
ALERT_LABELS = {"alertname", "alertstate", "severity", "component", "slo", "long", "short"} | TARGET_LABELS
# By the level that a recorded name begins with.
RECORDED_LABELS = {"service": {"service", "slo", "env"}, "slo": {"service", "slo", "env"},
                   "service_status": {"service", "http_response_status_code", "env"}}
# What Prometheus makes itself: for each alert, and for each target it scrapes.
OF_EACH_TARGET = ("up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
                  "scrape_series_added")
CONTRACTS = "tests/ops/contracts/"
# label_replace(…, "target", "replacement", "source", "pattern") makes the label "target".
LABEL_REPLACE_TARGET = re.compile(r',\s*"(\w+)"(?:,\s*"[^"]*"){3}\)')


# What a panel's description says of its own silence (dashboards/lib/panels.libsonnet).
EMPTY = re.compile(r"\bEmpty: ([^.]+)\.")
NEEDS = re.compile(r"Needs the scrape job `(\w+)`\.")


@dataclass(frozen=True)
class Query:
    """An expression and where it stands; `empty` says when it may find nothing, `needs` which scrape job it reads."""

    place: str
    text: str
    language: str = "promql"
    empty: str = ""
    needs: str = ""


def rule_queries() -> list[Query]:
    return [Query(f"{rule.file}: {rule.name}", rule.expr) for rule in alert_rules.rules()]


def boards() -> dict[str, dict]:
    return {file: flat(board) for file, board in files_of_boards().items()}


def files_of_boards() -> dict[str, dict]:
    """As Grafana gets them, with rows."""
    return {file: json.loads(text_of(file)) for file in files_of(".json", under=("grafana/dashboards/",))}


def panel_queries(file: str, panel: dict) -> list[Query]:
    """The data source says the language: Prometheus where it names none."""
    languages = {"loki": "logql", "tempo": "traceql"}
    said = [pattern.search(panel.get("description", "")) for pattern in (EMPTY, NEEDS)]
    empty, needs = (match[1] if match else "" for match in said)
    return [
        Query(f"{file}: {panel['title']}", target.get("expr") or target["query"],
              languages.get(target.get("datasource", {}).get("type"), "promql"), empty, needs)
        for target in panel.get("targets", [])
    ]


def board_queries(file: str, board: dict) -> list[Query]:
    found = [query for panel in board["panels"] for query in panel_queries(file, panel)]
    for annotation in board["annotations"]["list"]:
        found.append(Query(f"{file}: annotation {annotation['name']}", annotation["expr"], empty="nothing happened"))
    for variable in board["templating"]["list"]:
        if variable["type"] == "query":
            found.append(Query(f"{file}: variable {variable['name']}", label_values(variable["query"]["query"])))
    return found


def dashboard_queries(language: str = "promql") -> list[Query]:
    return [query for file, board in boards().items() for query in board_queries(file, board) if query.language == language]


def label_values(definition: str) -> str:
    """label_values(metric{…}, label) as an expression that names the same."""
    match = re.fullmatch(r"label_values\((.*),\s*(\w+)\)", definition)
    return f"count by ({match[2]}) ({match[1]})" if match else definition


def document_queries(language: str = "promql") -> list[Query]:
    found = []
    for file in files_of(".md"):
        for number, block in enumerate(re.findall(rf"```{language}\n(.*?)```", text_of(file), re.S), 1):
            found.append(Query(f"{file}: query {number}", block.strip(), language))
    return found


def source_queries(language: str) -> list[Query]:
    """Links from one data source into another: each says the uid of the other, which is how it is called by its type."""
    languages = {"prometheus": "promql", "loki": "logql", "tempo": "traceql"}
    found = []

    def walk(place: str, node: object, uid: str, tags: str = "") -> None:
        if isinstance(node, list):
            for item in node:
                walk(place, item, uid, tags)
        elif isinstance(node, dict):
            uid = node.get("datasourceUid", uid)
            # $__tags are the attributes of the span, as labels of the other source.
            tags = ",".join(f'{tag["value"]}=~".+"' for tag in node["tags"]) if "tags" in node else tags
            if isinstance(node.get("query"), str) and languages.get(uid) == language:
                found.append(Query(place, node["query"].replace("$$", "$").replace("$__tags", tags), language))
            for value in node.values():
                walk(place, value, uid, tags)

    for file in files_of(".yaml", ".yml", under=("grafana/provisioning/datasources/",)):
        walk(file, yaml.safe_load(text_of(file)), "")
    return found


def log_rule_queries() -> list[Query]:
    """Rules that the log store evaluates (loki/rules): LogQL."""
    found = []
    for file in files_of(".yaml", ".yml", under=("loki/rules/",)):
        for group in yaml.safe_load(text_of(file))["groups"]:
            found += [Query(f"{file}: {rule.get('alert') or rule['record']}", str(rule["expr"]), "logql") for rule in group["rules"]]
    return found


def all_queries() -> list[Query]:
    return rule_queries() + dashboard_queries() + document_queries() + source_queries("promql")


def log_queries() -> list[Query]:
    return log_rule_queries() + dashboard_queries("logql") + document_queries("logql") + source_queries("logql")


def trace_queries() -> list[Query]:
    return dashboard_queries("traceql") + document_queries("traceql") + source_queries("traceql")


def series_of(name: str, kind: str, labels: set[str]) -> dict[str, set[str]]:
    """A metric as the series that Prometheus stores, with the labels of its target."""
    labels = labels | TARGET_LABELS
    if kind == "histogram":
        return {name + suffix: labels | ({"le"} if suffix == "_bucket" else set()) for suffix in HISTOGRAM_SUFFIXES}
    if kind == "summary":
        return {name: labels | {"quantile"}, name + "_count": labels, name + "_sum": labels}
    return {name: labels}


def catalogue_labels() -> dict[str, set[str]]:
    """Name of a series -> its labels, for everything the server exposes."""
    known = {}
    for metric in json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]:
        known |= series_of(metric["name"], metric["type"], {label["name"] for label in metric["labels"]})
    return known


def contracts() -> dict[str, dict]:
    """Component -> {"source": …, "metrics": {name: {"type": …, "labels": […]}}} of the programs that are not ours."""
    return {Path(name).stem: json.loads(text_of(name)) for name in files_of(".json", under=(CONTRACTS,))}


def foreign_labels() -> dict[str, set[str]]:
    known = {"ALERTS": ALERT_LABELS, "ALERTS_FOR_STATE": ALERT_LABELS} | {name: TARGET_LABELS for name in OF_EACH_TARGET}
    for contract in contracts().values():
        for name, metric in contract["metrics"].items():
            known |= series_of(name, metric["type"], set(metric["labels"]))
    return known


def recorded_labels() -> dict[str, set[str]]:
    return {rule.name: RECORDED_LABELS[rule.name.partition(":")[0]] for rule in alert_rules.rules() if not rule.is_alert}


def metrics_of(selector: Selector, known: dict[str, set[str]]) -> list[str]:
    """What a selector reads: its metric, or those whose names a matcher of __name__ allows."""
    for label, operator, value in selector.matchers:
        if label == "__name__":
            return [name for name in known if (re.fullmatch(value, name) if operator == "=~" else name == value)]
    return [selector.metric] if selector.metric in known else []


def faults_of(query: Query, known: dict[str, set[str]]) -> list[str]:
    found = names_in(without_variables(query.text))
    faults, possible = [], set()
    for selector in found.selectors:
        metrics = metrics_of(selector, known)
        if not metrics:
            faults.append(f"{query.place}: {selector.metric or 'a selector without a name'} is emitted by nothing")
            continue
        labels = set.union(*(known[metric] for metric in metrics))
        possible |= labels
        for label in sorted(selector.labels - labels - {"__name__"}):
            faults.append(f"{query.place}: {selector.metric or metrics[0]} has no label {label}")
    made = set(LABEL_REPLACE_TARGET.findall(query.text))
    for label in sorted(found.grouping - possible - made):
        faults.append(f"{query.place}: no metric of this query has the label {label}")
    return faults
