"""A dashboard for machines without Grafana, and for telephones: each panel's values, their colour, and sixty points of each."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from paging.fetched import Unavailable
from paging.links import Links, graph_path
from paging.markup import Markup, document, escaped, link, tag
from paging.prometheus import Prometheus, Series, window_s, window_text
from paging.sparkline import colour_of, sparkline, value_text

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "grafana/dashboards"
# What Grafana would put in: the interval for a scrape each 5 s, every route, the service of our own stack.
VARIABLES = {"__rate_interval": "1m", "__interval": "1m", "__range": "1h", "route": ".+", "instance": ".+", "service": "vigie"}
VARIABLE = re.compile(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))")
VALUE = re.compile(r"[\w./:{}*+|() -]{1,200}", re.ASCII)
SERIES_A_PANEL_MAX = 8
QUERIES_MAX = 80
QUERIES_AT_ONCE = 4
PAGE_S = 12.0
WINDOWS = ("15m", "1h", "6h", "1d", "7d")


class BadVariable(ValueError):
    """A var-… of the address that no query can hold; the message names it."""


@dataclass(frozen=True)
class Asked:
    """What the address says: `now-6h` and the variables."""

    window: int = 3_600
    values: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))

    @property
    def query(self) -> str:
        chosen = {f"var-{name}": value for name, value in self.values.items() if value != VARIABLES.get(name)}
        return urlencode({"from": f"now-{window_text(self.window)}", "to": "now"} | chosen)


def asked(fields: dict[str, str]) -> Asked:
    values = dict(VARIABLES)
    for name, value in fields.items():
        variable = name.removeprefix("var-")
        # What no query of ours takes from an address is left alone: Grafana's links carry its data sources too.
        if not name.startswith("var-") or variable not in VARIABLES or variable.startswith("__"):
            continue
        if value in ("$__all", "All"):
            continue
        if not VALUE.fullmatch(value):
            raise BadVariable(f"{name[:60]} is not 1 to 200 letters, digits and . / : {{ }} * + | ( ) - _")
        values[variable] = value
    window = window_s(fields.get("from", ""))
    values["__range"] = window_text(window)
    return Asked(window, values)


def with_values(expression: str, values: dict[str, str]) -> str:
    """Each variable once: what a value itself says of others stays text."""
    return VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), expression)


@dataclass(frozen=True)
class Query:
    panel: int
    target: int
    expression: str


def evaluable(panel: dict, expression: str) -> list[str]:
    """Of a heat map's buckets a picture of sixty points shows the quantiles; of a line that an alert has, nothing: its colour
    is that of the values over it."""
    if re.fullmatch(r"vector\([\d.e-]+\)", expression):
        return []
    if panel["type"] == "heatmap" and "le" in expression:
        return [f"histogram_quantile({quantile}, {expression})" for quantile in ("0.5", "0.99")]
    return [expression]


def flat(board: dict) -> dict:
    """The board with the panels of its folded rows in their places: rows are Grafana's."""
    return board | {"panels": [inner for panel in board["panels"] for inner in (panel["panels"] if panel["type"] == "row" else [panel])]}


def queries_of(board: dict, values: dict[str, str]) -> list[Query]:
    found = []
    for number, panel in enumerate(board["panels"]):
        if panel["datasource"]["type"] == "prometheus":
            for place, target in enumerate(panel["targets"]):
                found += [Query(number, place, one) for one in evaluable(panel, with_values(target["expr"], values))]
    return found[:QUERIES_MAX]


def answers_of(queries: list[Query], prometheus: Prometheus, window: int) -> dict[Query, list[Series] | Unavailable]:
    """Each query once, a few at a time, all of them within PAGE_S."""
    deadline = time.monotonic() + PAGE_S

    def ask(query: Query) -> list[Series] | Unavailable:
        left = deadline - time.monotonic()
        if left <= 0:
            return Unavailable(f"not asked: the page's {PAGE_S:.0f} s were over")
        try:
            return prometheus.series(query.expression, window, min(left, 4.0))
        except Unavailable as fault:
            return fault

    with ThreadPoolExecutor(QUERIES_AT_ONCE) as pool:
        return dict(zip(queries, pool.map(ask, queries)))


def legend(target: dict, query: Query, series: Series) -> str:
    pattern = target.get("legendFormat") or ""
    if pattern and pattern != "__auto":
        text = re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: series.labels.get(match[1], ""), pattern)
    else:
        text = ", ".join(value for name, value in sorted(series.labels.items()) if name not in ("__name__", "job", "service"))
    quantile = re.match(r"histogram_quantile\((0\.\d+), ", query.expression)
    return f"{text} p{float(quantile[1]) * 100:.0f}".strip() if quantile and "{{le}}" in pattern.replace(" ", "") else text


def defaults_of(panel: dict, target: dict) -> dict:
    """The panel's, with what an override says of this target's value."""
    settings = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"].get("overrides", []):
        if override["matcher"].get("options") in (f"Value #{target.get('refId')}", target.get("refId"), target.get("legendFormat")):
            settings |= {each["id"]: each["value"] for each in override["properties"]}
    return settings


def mapped(value: float, settings: dict) -> str:
    for mapping in settings.get("mappings") or []:
        texts = mapping.get("options") or {}
        for given in (str(value), str(int(value)) if value == value and abs(value) < 1e15 else ""):
            if mapping.get("type") == "value" and given in texts:
                return texts[given].get("text", given)
    return value_text(value, settings.get("unit", "short"), settings.get("decimals"))


def series_part(panel: dict, query: Query, series: Series, window: int, end: float) -> Markup:
    target = panel["targets"][query.target]
    settings = defaults_of(panel, target)
    steps = settings.get("thresholds", {}).get("steps", [])
    # A stat's number has a colour; a graph's has lines, which its last value is held against all the same.
    colour = colour_of(series.last, steps)
    name = " ".join(filter(None, (settings.get("displayName"), legend(target, query, series))))
    is_number = settings.get("unit") != "dateTimeFromNow" and series.last == series.last
    return tag("div", tag("span", name), tag("span", mapped(series.last, settings), class_=f"value {colour if is_number else 'quiet'}".strip()),
               sparkline(series, window, end) if is_number else None, class_="series")


def panel_part(panel: dict, answers: list[tuple[Query, list[Series] | Unavailable]], window: int, end: float) -> Markup:
    parts, shown, total = [], 0, 0
    for query, answer in answers:
        if isinstance(answer, Unavailable):
            parts.append(tag("p", f"No answer: {answer}"[:200], class_="quiet orange"))
            continue
        total += len(answer)
        for series in sorted(answer, key=lambda one: -one.last if one.last == one.last else 0)[:max(SERIES_A_PANEL_MAX - shown, 0)]:
            parts.append(series_part(panel, query, series, window, end))
            shown += 1
    if total > shown:
        parts.append(tag("p", f"and {total - shown} more", class_="quiet"))
    if not parts:
        parts.append(tag("p", panel["fieldConfig"]["defaults"].get("noValue") or "no data", class_="value quiet"))
    listed = tag("details", tag("summary", "What it says, and its queries"), tag("p", panel["description"]),
                 (tag("p", tag("code", query.expression), " ", link(graph_path(query.expression, window_text(window)), "graph"))
                  for query, _ in answers), class_="quiet")
    return tag("section", tag("h3", panel["title"]), parts, listed, class_="panel")


def foreign_part(panel: dict, values: dict[str, str]) -> Markup:
    """Panels of another store than Prometheus: the process's own memory has the same, for the last minutes."""
    kind = panel["datasource"]["type"]
    instead = link("/traces?error=true&limit=20", "The last failed requests") if kind == "tempo" else "The process's own /debug/logs has the last lines."
    listed = (tag("code", with_values(target.get("expr") or target["query"], values)) for target in panel["targets"])
    return tag("section", tag("h3", panel["title"]), tag("p", f"Needs {kind.capitalize()}. ", instead, class_="quiet"),
               tag("details", tag("summary", "What it says, and its queries"), tag("p", panel["description"]), listed, class_="quiet"),
               class_="panel")


def uids() -> list[str]:
    return sorted(path.stem for path in DIRECTORY.glob("*.json"))


def board_of(uid: str) -> dict | None:
    if not re.fullmatch(r"[a-z-]{1,60}", uid) or uid not in uids():
        return None
    return flat(json.loads((DIRECTORY / f"{uid}.json").read_text(encoding="utf-8")))


def page(uid: str, fields: dict[str, str], prometheus: Prometheus, links: Links, grafana: str | None = None) -> Markup | None:
    """None when there is no such dashboard."""
    board = board_of(uid)
    if board is None:
        return None
    chosen = asked(fields)
    queries = queries_of(board, chosen.values)
    answers = answers_of(queries, prometheus, chosen.window)
    end = time.time()
    parts = []
    for number, panel in enumerate(board["panels"]):
        own = [(query, answers[query]) for query in queries if query.panel == number]
        parts.append(panel_part(panel, own, chosen.window, end) if own else foreign_part(panel, chosen.values))
    windows = (link(f"/d/{uid}?{Asked(window_s(f'now-{each}'), chosen.values).query}", each) for each in WINDOWS)
    others = (link(f"/d/{other}?{chosen.query}", other.removeprefix("vigie-")) for other in uids() if other != uid)
    title = board["title"]
    return document(title, tag("p", board["description"]),
                    tag("p", "Window: ", windows, class_="links"), tag("p", "Others: ", others, class_="links"),
                    tag("p", link(f"{grafana}/d/{uid}?{chosen.query}", "The same in Grafana")) if grafana else None,
                    tag("p", f"Last {window_text(chosen.window)}, {len(queries)} queries, each evaluated once.", class_="quiet"),
                    tag("div", escaped(parts), class_="panels"), refresh_s=60)


def graph_page(expression: str, window: int, prometheus: Prometheus, *, limit: str = "", title: str = "Graph") -> Markup:
    """One query over a window, as an alert's link and a runbook's query lead here."""
    try:
        found = prometheus.series(expression, window)
    except Unavailable as fault:
        return document(title, tag("pre", tag("code", expression)), tag("p", str(fault), class_="orange"))
    return document(title, graph_parts(expression, found, window, limit), refresh_s=60)


def graph_parts(expression: str, found: list[Series], window: int, limit: str = "") -> list[Markup]:
    end = time.time()
    parts = [tag("pre", tag("code", expression))]
    for series in found[:SERIES_A_PANEL_MAX * 2]:
        name = ", ".join(f"{label}={value}" for label, value in sorted(series.labels.items()) if label != "job")
        parts.append(tag("div", tag("span", name or "value"), tag("span", value_text(series.last, "short"), class_="value"),
                         sparkline(series, window, end, limit=float(limit) if limit else None, is_graph=True), class_="series"))
    if len(found) > SERIES_A_PANEL_MAX * 2:
        parts.append(tag("p", f"and {len(found) - SERIES_A_PANEL_MAX * 2} more", class_="quiet"))
    if not found:
        parts.append(tag("p", "No series: nothing was recorded under this in the window.", class_="quiet"))
    links = (link(graph_path(expression, each), each) for each in WINDOWS)
    said = f"Last {window_text(window)}." + (f" The line is the alert's limit, {limit}." if limit else "")
    return [*parts, tag("p", said, class_="quiet"), tag("p", "Window: ", links, class_="links")]
