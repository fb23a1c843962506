"""The table of objectives, alerts/objectives.json, as the checks of this folder read it."""

import json
import re
from functools import cache

from repository import text_of

TABLE = "alerts/objectives.json"
SECONDS_OF_UNIT = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


@cache
def table() -> dict:
    return json.loads(text_of(TABLE))


def seconds(duration: str) -> int:
    return sum(int(number) * SECONDS_OF_UNIT[unit] for number, unit in re.findall(r"(\d+)([smhd])", duration))


def objective(slo: str) -> dict:
    return next(row for row in table()["objectives"] if row["slo"] == slo)


def routes_of_class(name: str) -> list[str]:
    return next(row["routes"] for row in table()["route_classes"] if row["class"] == name)
