#!/usr/bin/python3
"""The table of objectives, alerts/objectives.json, as the checks of this folder read it. Run, it renews docs/slo.md."""

import json
import re
from dataclasses import dataclass
from functools import cache

from repository import ROOT, text_of

TABLE = "alerts/objectives.json"
DOCUMENT = "docs/slo.md"
# What a budget buys.
TROUBLE = {"availability": "fails", "latency": "is slow", "jobs": "begins late"}
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


@dataclass(frozen=True)
class Burn:
    """What one line of the table says of an alert."""

    name: str
    expr: str
    wait: str
    severity: str
    long: str
    short: str


def burns(objectives: dict) -> list[Burn]:
    """The burn alerts as the table has them."""
    found = []
    for slo in objectives["objectives"]:
        budget = f"{round(1 - slo['objective'], 9):g}"
        for row in objectives["burn_rates"]:
            threshold = f"({row['factor']:g} * {budget})"
            ratio = f'service:slo_errors_per_request:ratio_rate%s{{slo="{slo["slo"]}"}} > {threshold}'
            expr = (f'{ratio % row["long"]} and {ratio % row["short"]} and '
                    f'service:slo_errors:increase{row["long"]}{{slo="{slo["slo"]}"}} > {row["bad_requests_over"]}'
                    + still(slo, budget, objectives["burn_rates"][0]["long"], row))
            found.append(Burn(slo["alert"], expr, row["for"], row["severity"], row["long"], row["short"]))
    return found + [low_traffic(objectives["low_traffic"])]


def still(slo: dict, budget: str, fastest: str, row: dict) -> str:
    """What is over pages nobody: more than the budget's own rate goes on, and the faster page of this fault has not just ended."""
    if "still_within" not in row:
        return ""
    within, of = row["still_within"], f'ALERTS{{alertname="{slo["alert"]}",long="{fastest}",alertstate="firing"}}'
    return (f' and service:slo_errors_per_request:ratio_rate{within}{{slo="{slo["slo"]}"}} > (1 * {budget})'
            f' unless on (service, slo) ( max by (service, slo) (max_over_time({of}[{within}])) unless on (service, slo) {of})')


def low_traffic(row: dict) -> Burn:
    of = f'{{slo="{row["slo"]}"}}'
    ratios = [f'service:slo_errors_per_request:ratio_rate{row[window]}{of} > {row["bad_ratio_over"]}' for window in ("long", "short")]
    errors = f'service:slo_errors:increase{row["long"]}{of}'
    expr = " and ".join([*ratios, f'{errors} > {row["bad_requests_over"]}', f'{errors} <= {row["bad_requests_at_most"]}'])
    return Burn(row["alert"], expr, row["for"], row["severity"], row["long"], row["short"])


def indicators(objectives: dict) -> dict[tuple[str, str], str]:
    """(recorded name, slo) -> the expression over raw series, as the table has it."""
    found = {}
    for slo in objectives["objectives"]:
        series, name = selections(objectives, slo), slo["slo"]
        for record, window, function in (("requests:rate5m", "5m", "rate"), ("errors:rate5m", "5m", "rate"), ("errors:increase1h", "1h", "increase")):
            total, bad = (f"sum by (service) ({function}({selector}[{window}]))" for selector in series)
            if record == "requests:rate5m":
                expr = total
            elif "threshold_seconds" in slo:
                expr = f"clamp_min({total} - {bad}, 0)"  # here the second selection is of the good ones
            else:
                expr = f"{bad} or 0 * {total}"
            found[f"service:slo_{record}", name] = expr
        found["slo:objective:ratio", name] = f'0 * service:slo_requests:rate5m{{slo="{name}"}} + {slo["objective"]}'
    return found


def selections(objectives: dict, slo: dict) -> tuple[str, str]:
    """All that counts, and what is told apart from it: the bad ones, or those under the threshold."""
    if "metric" in slo:
        of = ",".join([f'job="{objectives["service"]}"', *(f'{label}="{value}"' for label, value in slo["counted"].items())])
        return f"{slo['metric']}_count{{{of}}}", f"{slo['metric']}_bucket{{{of},{edge(slo['threshold_seconds'])}}}"
    metric, out = objectives["metric"], objectives["not_counted"]
    not_asked = f'http_request_method!="{out["http_request_method"]}"'
    if "threshold_seconds" in slo:
        of = f'job="vigie",http_route=~"{slo["http_route"]}",{not_asked},http_response_status_code=~"{slo["counted"]["http_response_status_code"]}"'
        return f"{metric}_count{{{of}}}", f'{metric}_bucket{{{of},le="{slo["threshold_seconds"]}"}}'
    of = f'job="vigie",http_route!~"{out["http_route"]}",{not_asked}'
    return f"{metric}_count{{{of}}}", f'{metric}_count{{{of},http_response_status_code=~"{slo["bad"]["http_response_status_code"]}"}}'


def edge(value: float) -> str:
    """An edge that is an integer is le="10" in one exposition format and le="10.0" in the other."""
    return f'le=~"{value:g}([.]0)?"' if float(value).is_integer() else f'le="{value}"'


def percent(part: float) -> str:
    return f"{part * 100:.6g} %"


def length(total: float) -> str:
    """Seconds for people, in the largest unit that is over one."""
    unit, size = next(((unit, size) for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)) if total >= size), ("seconds", 1))
    return f"{total / size:.3g} {unit}"


def markdown(*rows: list[str]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def document_parts(objectives: dict) -> dict[str, str]:
    """What stands between the markers of docs/slo.md."""
    period = seconds(objectives["window"])
    promises = []
    for slo in objectives["objectives"]:
        budget, trouble = 1 - slo["objective"], TROUBLE[slo["slo"]]
        promises.append([slo["slo"], percent(slo["objective"]), slo["sli"], f"{percent(budget)}: {length(period * budget)} in which everything {trouble}"])
    names = [slo["slo"] for slo in objectives["objectives"]]
    rates = [[f"{row['factor']:g}", f"{row['long']} / {row['short']}", *(percent(row["factor"] * (1 - slo["objective"])) for slo in objectives["objectives"]),
              f"> {row['bad_requests_over']}", row["for"], row["severity"], percent(row["budget_spent"]), length(period / row["factor"])]
             for row in objectives["burn_rates"]]
    low = objectives["low_traffic"]
    routes = [[f"{group['slow_after_seconds']:g} s", group["class"], group["why"], ", ".join(f"`{route}`" for route in group["routes"])]
              for group in objectives["route_classes"]]
    return {
        "objectives": markdown(["objective", "over 30 days", "of what", "budget"], *promises),
        "burn rates": markdown(["burn rate", "long / short", *(f"part that is bad, {name}" for name in names), "bad requests", "for", "severity",
                                "budget spent when it fires", "30 days' budget lasts"], *rates),
        "low traffic": f"`{low['alert']}` ({low['severity']}): more than {percent(low['bad_ratio_over'])} of the requests of {low['long']} and of {low['short']} "
                       f"failed, {low['bad_requests_over'] + 1} to {low['bad_requests_at_most']} of them, for {low['for']}.",
        "routes": markdown(["slow from", "class", "because", "routes"], *routes),
    }


def document(text: str, objectives: dict) -> str:
    for name, part in document_parts(objectives).items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda match: f"{match[1]}{part}\n{match[2]}", text, count=1, flags=re.S)
    return text


if __name__ == "__main__":
    (ROOT / DOCUMENT).write_text(document(text_of(DOCUMENT), table()))
