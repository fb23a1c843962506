"""Numbers as people read them, and sixty points of one as a small picture."""

import math
from datetime import datetime, timezone

from paging.markup import Markup, tag
from paging.prometheus import POINTS, Series

WIDTH, HEIGHT = 300, 40
COLOURS = {"green": "green", "red": "red", "orange": "orange", "yellow": "yellow", "blue": "blue"}
SECONDS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"), (1e-3, "ms"), (1e-6, "µs"))
BINARY = ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
DECIMAL = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
A_SECOND = {"reqps": " req/s", "ops": " /s", "cps": " /s", "wps": " /s", "rps": " /s", "iops": " /s"}


def number_text(value: float, decimals: int | None = None) -> str:
    if decimals is not None:
        return f"{value:.{min(max(int(decimals), 0), 6)}f}"
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"


def scaled(value: float, steps: tuple[tuple[float, str], ...], decimals: int | None, smallest: str) -> str:
    for size, name in steps:
        if abs(value) >= size:
            return f"{number_text(value / size, decimals)} {name}"
    return f"{number_text(value, decimals)} {smallest}".rstrip()


def value_text(value: float, unit: str, decimals: int | None = None) -> str:
    """`unit` as Grafana calls it; one that is not known here stands behind the number."""
    if math.isnan(value) or math.isinf(value):
        return "no value" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if unit == "percentunit":
        return f"{number_text(value * 100, decimals)} %"
    if unit == "percent":
        return f"{number_text(value, decimals)} %"
    if unit == "s":
        return "0 s" if value == 0 else scaled(value, SECONDS, decimals, "s")
    if unit in ("bytes", "Bps"):
        return scaled(value, BINARY, decimals, "B") + ("/s" if unit == "Bps" else "")
    if unit == "dateTimeFromNow":
        return moment_text(value / 1000)
    if unit in A_SECOND:
        return scaled(value, DECIMAL, decimals, "").strip() + A_SECOND[unit]
    text = scaled(value, DECIMAL, decimals, "").strip()
    return text if unit in ("short", "none", "") else f"{text} {unit}"


def moment_text(seconds: float) -> str:
    """When it was, in UTC, and how long ago that is."""
    try:
        at = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        return "no time"
    ago = (datetime.now(timezone.utc) - at).total_seconds()
    return f"{at:%Y-%m-%d %H:%M} UTC ({scaled(abs(ago), SECONDS[:4], 0, 's')} {'ago' if ago >= 0 else 'ahead'})"


def colour_of(value: float, steps: list[dict]) -> str:
    """The colour of the highest threshold that the value reaches, as Grafana chooses it; nothing where it says nothing."""
    chosen = ""
    for step in steps:
        if step.get("value") is None or value >= step["value"]:
            chosen = step.get("color", "")
    return next((name for word, name in COLOURS.items() if word in chosen), "")


def sparkline(series: Series, window: int, end: float, *, limit: float | None = None, is_graph: bool = False) -> Markup:
    """Gaps stay gaps. The scale begins at 0 where no value is below it."""
    values = [value for _, value in series.points if math.isfinite(value)]
    if not values:
        return Markup("")
    low, high = min(0.0, *values), max(*values, 0.0)
    if limit is not None:
        low, high = min(low, limit), max(high, limit)
    span = (high - low) or 1.0
    step = window / (POINTS - 1)

    def y_of(value: float) -> float:
        return round(HEIGHT - 2 - (value - low) / span * (HEIGHT - 4), 2)

    path, before = [], None
    for at, value in series.points:
        if not math.isfinite(value):
            before = None
            continue
        x = round(WIDTH - (end - at) / window * WIDTH, 1)
        is_next = before is not None and at - before < 1.5 * step + 1
        path.append(f"{'L' if is_next else 'M'}{x} {y_of(value)}" + ("" if is_next else "h.5"))
        before = at
    line = tag("path", d="".join(path), fill="none", stroke="currentColor", stroke_width="1.5", vector_effect="non-scaling-stroke")
    mark = None
    if limit is not None:
        mark = tag("path", d=f"M0 {y_of(limit)}H{WIDTH}", class_="limit", stroke_dasharray="4 3", vector_effect="non-scaling-stroke")
    return tag("svg", line, mark, class_="spark graph" if is_graph else "spark", viewBox=f"0 0 {WIDTH} {HEIGHT}",
               preserveAspectRatio="none", role="img", aria_label=f"from {number_text(low)} to {number_text(high)}")
