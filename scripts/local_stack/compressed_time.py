"""The rules and the configuration of alerts/ with all their durations shortened by one factor, so that hours become seconds.

A duration is a key that waits or recurs, or inside an expression a range, a subquery's step, an offset, or the seconds of
a step that multiply the sum over such steps, or the limit of an age (AGES). Steps that are counted stay as many. Nothing else
changes: any other number that an expression compares with stays.
"""

import re

SCRAPE_MS_MIN = 1_000
# rate() needs two samples however the range lies over the scrapes, and a scrape may fail.
SCRAPES_A_RANGE_MIN = 4

# What waits; 0 is as good as little.
WAITS = {"for", "keep_firing_for", "group_wait", "group_interval", "repeat_interval"}
# What is done over and over, and costs each time.
INTERVALS = {"interval", "refresh_interval", "scrape_interval", "scrape_timeout", "evaluation_interval"}
EXPRESSIONS = {"expr"}

# Gauges whose value is how long something lasts already, in seconds, or since when: what an age is compared with is a wait.
AGES = re.compile(r"\b(?:pg_stat_activity_max_tx_duration|vigie_(?:job_oldest_ready|media_purge_due|backup_last_success|backup_verified)_timestamp_seconds)\b")
LIMIT_OF_AGE = re.compile(r"(?<=>)\s*(\d+)\s*$")

MS_OF_UNIT = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
DURATION = r"(?:\d+(?:ms|[smhdw]))+"
IN_EXPRESSION = re.compile(
    rf"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<counted>count_over_time\([^()\[\]]*)\[\s*(?P<counted_range>{DURATION})\s*:\s*(?P<counted_step>{DURATION})\s*\]
    |\[\s*(?P<range>{DURATION})\s*(?:(?P<is_subquery>:)\s*(?P<step>{DURATION})?\s*)?\]
    |(?P<seconds>\b\d+)(?P<sum>\s*\*\s*sum_over_time\([^()\[\]]*)(?=\[\s*{DURATION}\s*:\s*(?P<ahead>{DURATION})\s*\])
    |\boffset\s+(?P<sign>-?)\s*(?P<offset>{DURATION})""", re.X | re.I)


def milliseconds(duration: str) -> int:
    return sum(int(number) * MS_OF_UNIT[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration))


class CompressedTime:
    """`scrape_interval` is the one that the ranges were written for."""

    def __init__(self, scale: float, scrape_interval: str):
        self.scale = scale
        self.scrape_ms = self._interval(milliseconds(scrape_interval))

    def _interval(self, ms: int) -> int:
        """Never under the shortest scrape, unless it was so before."""
        return max(round(ms * self.scale), min(ms, SCRAPE_MS_MIN))

    def node(self, node: object) -> object:
        """A document as YAML gives it."""
        if isinstance(node, dict):
            return {key: self._value(key, value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.node(item) for item in node]
        return node

    def _value(self, key: str, value: object) -> object:
        if key in WAITS:
            return f"{round(milliseconds(value) * self.scale)}ms"
        if key in INTERVALS:
            return f"{self._interval(milliseconds(value))}ms"
        return self.expression(value) if key in EXPRESSIONS else self.node(value)

    def expression(self, expression: str) -> str:
        if AGES.search(expression):
            expression = LIMIT_OF_AGE.sub(lambda match: f" {int(match[1]) * self.scale:g}", expression)
        return IN_EXPRESSION.sub(self._inside, expression)

    def _inside(self, match: re.Match) -> str:
        if match["text"] is not None:
            return match["text"]
        if match["offset"] is not None:
            return f"offset {match['sign']}{round(milliseconds(match['offset']) * self.scale)}ms"
        if match["seconds"] is not None:
            step = milliseconds(match["ahead"])
            is_step = int(match["seconds"]) * 1_000 == step
            return (f"{self._range(step) / 1_000:g}" if is_step else match["seconds"]) + match["sum"]
        if match["counted"] is not None:
            step_count = milliseconds(match["counted_range"]) / milliseconds(match["counted_step"])
            counted_ms = self._range(milliseconds(match["counted_range"]))
            return f"{match['counted']}[{counted_ms}ms:{max(1, int(counted_ms / step_count))}ms]"
        range_ms = self._range(milliseconds(match["range"]))
        if match["is_subquery"] is None:
            return f"[{range_ms}ms]"
        step = f"{self._range(milliseconds(match['step']))}ms" if match["step"] else ""
        return f"[{range_ms}ms:{step}]"

    def _range(self, ms: int) -> int:
        """A step has the floor of a range: it stands for the range of what is recorded at each."""
        return max(round(ms * self.scale), min(ms, SCRAPES_A_RANGE_MIN * self.scrape_ms))
