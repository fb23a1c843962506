"""Traces of the process that answers at the admin port, through the pager: a telephone does not reach that port."""

import json
import re
from dataclasses import dataclass

from paging.fetched import Unavailable, fetched_json
from paging.markup import Markup, document, link, tag
from paging.notifications import parse_time
from paging.sparkline import value_text

FILTERS = {"route": re.compile(r"[\w./{}-]{1,200}", re.ASCII), "min_ms": re.compile(r"\d{1,6}"), "error": re.compile(r"true|false"),
           "limit": re.compile(r"\d{1,3}")}
TRACE_ID = re.compile(r"[0-9a-f]{32}")
SPANS_MAX = 500
CHOICES = (("/traces?error=true&limit=20", "failed"), ("/traces?min_ms=250&limit=20", "over 250 ms"),
           ("/traces?min_ms=100&limit=20", "over 100 ms"), ("/traces?limit=20", "the last"))


@dataclass(frozen=True)
class Admin:
    """`token` is what the admin port asks for where it is not on loopback."""

    url: str
    token: str | None = None

    def get(self, path: str, fields: dict[str, str] | None = None) -> dict:
        answer = fetched_json(self.url + path, fields, headers={"Authorization": f"Bearer {self.token}"} if self.token else None)
        if not isinstance(answer, dict):
            raise Unavailable(f"{self.url}{path} answers no object")
        return answer


def list_page(fields: dict[str, str], admin: Admin) -> Markup:
    chosen = {name: value for name, value in fields.items() if name in FILTERS and FILTERS[name].fullmatch(value)}
    said = ", ".join(f"{name} {value}" for name, value in chosen.items()) or "the last"
    choices = tag("p", "Show: ", (link(path, text) for path, text in CHOICES), class_="links")
    try:
        items = admin.get("/debug/traces", chosen).get("items", [])
    except Unavailable as fault:
        return document("Traces", choices, tag("p", "The process does not answer, or keeps no traces.", class_="orange"), tag("p", str(fault)))
    return document("Traces", choices, tag("p", f"Of one process, from its memory: {said}.", class_="quiet"),
                    [trace_card(item) for item in items[:100]] or tag("p", "None of this kind."))


def trace_card(item: dict) -> Markup:
    status = str(item.get("status") or "")
    colour = "red" if item.get("error") or status.startswith("5") else "yellow" if status.startswith("4") else ""
    head = f"{item.get('method') or ''} {item.get('route') or item.get('name') or '(no route)'}".strip()
    said = " · ".join(filter(None, (status, duration_of(item), str(item.get("start") or ""),
                                str(item.get("error_type") or ""))))
    identity = str(item.get("trace_id", ""))
    shown = link(f"/traces/{identity}", head) if TRACE_ID.fullmatch(identity) else head
    return tag("section", tag("p", tag("strong", shown)), tag("p", said, class_="quiet"), class_=f"card {colour}".strip())


def duration_of(node: dict) -> str:
    milliseconds = node.get("duration_ms")
    return value_text(float(milliseconds) / 1000, "s") if isinstance(milliseconds, (int, float)) else ""


def trace_page(identity: str, admin: Admin) -> Markup | None:
    if not TRACE_ID.fullmatch(identity):
        return None
    try:
        trace = admin.get(f"/debug/traces/{identity}")
    except Unavailable as fault:
        return document("Trace", tag("p", "It is no longer in memory, or the process does not answer.", class_="orange"), tag("p", str(fault)))
    spans = [span for span in trace.get("spans", []) if isinstance(span, dict)][:SPANS_MAX]
    lines = [tag("pre", tag("code", json.dumps(line, indent=1))) for line in trace.get("logs", [])[:50]]
    return document("Trace", tag("p", tag("code", identity)),
                    tag("div", tag("table", tag("tr", tag("th", "Span"), tag("th", "When"), tag("th", "Took"), tag("th", "What")),
                                   waterfall(spans)), class_="scroll"),
                    tag("h2", "Log lines"), lines or tag("p", "None."))


def waterfall(spans: list[dict]) -> list[Markup]:
    """A row a span, each with its place in the whole."""
    starts = [parse_time(span["start"]).timestamp() for span in spans]
    ends = [start + float(span.get("duration_ms") or 0) / 1000 for start, span in zip(starts, spans)]
    begin, whole = min(starts, default=0), max(max(ends, default=0) - min(starts, default=0), 1e-6)
    return [span_row(span, (start - begin) / whole * 100, max((end - start) / whole * 100, 1))
            for span, start, end in sorted(zip(spans, starts, ends), key=lambda row: row[1])]


def span_row(span: dict, offset: float, width: float) -> Markup:
    attributes = span.get("attributes") or {}
    said = ", ".join(f"{name}={value}" for name, value in list(attributes.items())[:20]) if isinstance(attributes, dict) else ""
    bar = tag("svg", tag("rect", x=f"{offset:.1f}", y="1", width=f"{width:.1f}", height="8", fill="currentColor"),
              viewBox="0 0 101 10", class_="bar", role="img", aria_label=f"begins at {offset:.0f} % of the whole")
    colour = "red" if span.get("error") else None
    return tag("tr", tag("td", str(span.get("name", "")), class_=colour), tag("td", bar, class_=colour), tag("td", duration_of(span)),
               tag("td", " ".join(filter(None, (str(span.get("description") or ""), said))), class_="quiet"))
