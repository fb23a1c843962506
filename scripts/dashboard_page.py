"""A dashboard for machines without Grafana: its panels as text, each query a link into Prometheus."""

import html
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

ROOT = Path(__file__).resolve().parents[1]
# What Grafana would put in: the interval for a scrape each 5 s, every route, the service of our own stack.
VARIABLES = {"__rate_interval": "1m", "route": ".+", "instance": ".+", "service": "vigie"}
STYLE = "body{font-family:sans-serif;max-width:110ch;margin:2em auto;line-height:1.4}code{font-size:85%}h2{margin-bottom:0}"


def with_values(expression: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        expression = expression.replace(f"${name}", value)
    return expression


def window_of(start: str) -> str:
    """Grafana's `now-6h` as the range of Prometheus's graph."""
    match = re.fullmatch(r"now-(\d+[mhd])", start)
    return match[1] if match else "1h"


def panel_part(panel: dict, prometheus: str, values: dict[str, str], window: str) -> str:
    """Queries of another store than Prometheus are shown without a link: there is nothing here that answers them."""
    queries = [with_values(target.get("expr") or target["query"], values) for target in panel["targets"]]
    title = html.escape(panel["title"])
    if panel["datasource"]["type"] == "prometheus":
        fields = {}
        for number, query in enumerate(queries):
            fields |= {f"g{number}.expr": query, f"g{number}.tab": "0", f"g{number}.range_input": window}
        title = f'<a href="{html.escape(f"{prometheus}/graph?{urlencode(fields)}")}">{title}</a>'
    listed = "".join(f"<br><code>{html.escape(query)}</code>" for query in queries)
    return f'<h2>{title}</h2><p>{html.escape(panel["description"])}{listed}</p>'


def page(target: str, prometheus: str) -> str | None:
    """For `/d/<uid>?from=now-1h&var-service=vigie`, the form of Grafana's own addresses; None when there is no such one."""
    address = urlsplit(target)
    uid = address.path.removeprefix("/d/")
    path = ROOT / "grafana/dashboards" / f"{uid}.json"
    if not re.fullmatch(r"[a-z-]+", uid) or not path.is_file():
        return None
    board = json.loads(path.read_text(encoding="utf-8"))
    given = {name: chosen[-1] for name, chosen in parse_qs(address.query).items()}
    values = VARIABLES | {name.removeprefix("var-"): value for name, value in given.items() if name.startswith("var-")}
    window = window_of(given.get("from", ""))
    parts = "".join(panel_part(panel, prometheus, values, window) for panel in board["panels"])
    return (f"<!doctype html><meta charset=utf-8><title>{html.escape(board['title'])}</title><style>{STYLE}</style>"
            f"<h1>{html.escape(board['title'])}</h1><p>{html.escape(board['description'])}</p>"
            f"<p>Grafana is not installed here. Each title opens its queries in Prometheus, over {html.escape(window)}.</p>{parts}")
