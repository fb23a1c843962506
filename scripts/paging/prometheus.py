"""What the pager asks Prometheus: series of a query over a window, and when an alert began."""

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from paging.fetched import FETCH_S, Unavailable, fetched_json
from paging.notifications import parse_time

POINTS = 60
WINDOWS = re.compile(r"now-(\d{1,3})([mhd])")
SECONDS_OF = {"m": 60, "h": 3_600, "d": 86_400}
WINDOW_S_MAX = 32 * 86_400
QUERY_CHARACTERS_MAX = 3_500


@dataclass(frozen=True)
class Series:
    labels: dict[str, str]
    # (seconds since 1970, value), a gap is left out.
    points: list[tuple[float, float]]

    @property
    def last(self) -> float:
        return self.points[-1][1]


def window_s(start: str) -> int:
    """Grafana's `now-6h` in seconds; an hour where it says something else."""
    match = WINDOWS.fullmatch(start)
    asked = int(match[1]) * SECONDS_OF[match[2]] if match else 3_600
    return min(max(asked, 300), WINDOW_S_MAX)


def window_text(seconds: int) -> str:
    for unit in "dhm":
        if seconds % SECONDS_OF[unit] == 0:
            return f"{seconds // SECONDS_OF[unit]}{unit}"
    return f"{seconds // 60}m"


@dataclass(frozen=True)
class Prometheus:
    url: str

    def series(self, expression: str, window: int, seconds: float = FETCH_S) -> list[Series]:
        """One evaluation at 60 points. The last of them is now, so the last value of a series that has ended is not shown as
        today's: it has no point there."""
        end = int(time.time())
        step = max(window // (POINTS - 1), 1)
        answer = fetched_json(f"{self.url}/api/v1/query_range", {
            "query": expression, "start": str(end - step * (POINTS - 1)), "end": str(end), "step": str(step),
            "timeout": f"{max(int(seconds * 1000), 50)}ms"}, seconds=seconds)
        try:
            return [Series(row["metric"], [(float(at), float(value)) for at, value in row["values"]])
                    for row in answer["data"]["result"] if row["values"]]
        except (KeyError, TypeError, ValueError) as fault:
            raise Unavailable(f"{self.url} answers something else than series: {fault!r}") from None

    def began(self, alert: dict) -> datetime:
        """When the alert's condition became true: before it fired, by its `for`. When it fired, where nobody knows."""
        fired = parse_time(alert["startsAt"])
        try:
            answer = fetched_json(f"{self.url}/api/v1/alerts", seconds=1.5)
            for row in answer["data"]["alerts"]:
                is_it = row["labels"].items() <= alert["labels"].items()
                active = parse_time(row["activeAt"])
                # Another episode of it, or one of Prometheus's restarts, tells nothing of this one.
                if is_it and timedelta(0) <= fired - active < timedelta(days=3):
                    return active
        except (Unavailable, KeyError, TypeError, ValueError, AttributeError):
            pass
        return fired

    def rule_expression(self, alert: dict) -> str | None:
        """Of an alert that came from it: the link that it sends carries the expression."""
        given = parse_qs(urlsplit(alert.get("generatorURL") or "").query).get("g0.expr")
        return given[0] if given else None


def graphed(expression: str) -> tuple[str, str]:
    """What an alert compares, and with what: `a / b > 0.1 and c` is a graph of `a / b` and a line at 0.1."""
    first = operand(expression, re.compile(r"\b(?:and|or|unless)\b"))
    left = operand(first, re.compile(r"[<>]=?(?:\s*bool\b)?|[=!]="))
    limit = re.fullmatch(r"(?:[<>]=?|[=!]=)\s*(?:bool\s+)?(-?\d+(?:\.\d+)?(?:e-?\d+)?)", first[len(left):].strip())
    left = left.strip()
    if left.startswith("(") and closing(left) == len(left) - 1:
        return graphed(left[1:-1])
    return left, limit[1] if limit else ""


TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`|[({\[]|[)}\]]|[\w:.]+|\S|\s+")


def operand(expression: str, operator: re.Pattern) -> str:
    """Until the first such operator outside of parentheses and texts."""
    depth = 0
    for match in TOKEN.finditer(expression):
        token = match[0]
        depth += token in "([{" if len(token) == 1 else 0
        depth -= token in ")]}" if len(token) == 1 else 0
        if depth == 0 and operator.match(expression, match.start()) and not token.isspace():
            return expression[:match.start()]
    return expression


def closing(expression: str) -> int:
    depth = 0
    for match in TOKEN.finditer(expression):
        if match[0] in ("(", "[", "{"):
            depth += 1
        elif match[0] in (")", "]", "}"):
            depth -= 1
            if depth == 0:
                return match.start()
    return -1
