"""One drill: a fault, its alert's way to a person, what that person is led to, and the way back."""

import json
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from scene import HOUR_IS_A_MINUTE, ROOT, Scene, wait_for

import alert_rules  # tests/ops, put on the path by scene

RECEIVER = {"critical": "page", "warning": "ticket"}
QUIET_LIMIT_S = 90
RESOLVED_LIMIT_S = 120
# A failed request ends after seconds, and the collector decides on its trace ten seconds later.
FINDS_LIMIT_S = 40
# The pager makes this one itself: no rule could.
MISSING_BEAT = "WatchdogMissing"
SLOW_TO_END = {"ApiAvailabilityBurn", "ApiLatencyBurn"}


@dataclass(frozen=True)
class Drill:
    """`what` is the fault in a few words; `labels` choose one of several rules of the name. `also` fire along rightly.
    `seconds` are allowed from the fault to the receiver. `muted` says why nothing can arrive there; then firing is the end."""

    alert: str
    fault: Callable[[Scene], AbstractContextManager]
    what: str
    seconds: float = 40
    severity: str = "critical"
    labels: dict[str, str] = field(default_factory=dict)
    also: frozenset[str] = frozenset()
    muted: str = ""
    scale: float = HOUR_IS_A_MINUTE
    # A back end without which the drill cannot be.
    needs: str = ""
    # False: before any other traffic has been; such drills come first.
    has_traffic: bool = True
    # Number of a query of the runbook's section -> why it may find nothing during this fault.
    finds_nothing: dict[int, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        chosen = ",".join(f"{key}={value}" for key, value in self.labels.items())
        return f"{self.alert}{{{chosen}}}" if chosen else self.alert

    def is_about(self, labels: dict[str, str]) -> bool:
        wanted = self.labels | {"alertname": self.alert, "severity": self.severity}
        return all(labels.get(key) == value for key, value in wanted.items())


@dataclass
class Result:
    drill: Drill
    fired_s: float = 0
    told_s: float = 0
    resolved_s: float = 0
    answered: int = 0
    not_executed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = f"told after {self.told_s:4.1f} s" if not self.drill.muted else f"fired after {self.fired_s:4.1f} s"
        return f"{self.drill.name} ({self.drill.severity}): {told}, resolved after {self.resolved_s:4.1f} s, {self.answered} queries answered"


def notifications(scene: Scene, since: int, kinds: tuple[str, ...] = ("page", "ticket")) -> list[tuple[str, dict]]:
    """(kind, alert) for each alert told since then."""
    return [(record["kind"], alert) for record in scene.stack.received()[since:] if record["kind"] in kinds
            for alert in record["body"]["alerts"]]


def new_pages(scene: Scene, since: int) -> list[str]:
    """The names of alerts, one for each message that told of something new; a message may repeat what is known."""
    known: dict[str, set[str]] = {}
    names = []
    for record in scene.stack.received()[since:]:
        if record["kind"] != "page":
            continue
        body = record["body"]
        name = body["groupLabels"]["alertname"]
        firing = {json.dumps(alert["labels"], sort_keys=True) for alert in body["alerts"] if alert["status"] == "firing"}
        if firing - known.get(name, set()):
            names.append(name)
        known[name] = firing
    return names


def run(scene: Scene, drill: Drill) -> Result:
    if drill.alert == MISSING_BEAT:
        return run_missing_beat(scene, drill)
    result = Result(drill)
    if drill.has_traffic:
        scene.start_traffic()
    known = wait_until_quiet(scene, drill)
    since = len(scene.stack.received())
    begin = time.monotonic()
    with drill.fault(scene):
        wait_for(f"{drill.name} fires", drill.seconds, lambda: any(
            drill.is_about(alert["labels"]) and alert["state"] == "firing" for alert in scene.active_alerts()))
        result.fired_s = time.monotonic() - begin
        check_pending(scene, drill)
        if not drill.muted:
            alert = told(scene, drill, since, "firing", drill.seconds)
            result.told_s = time.monotonic() - begin
            check_links(alert)
        ask_the_runbook(scene, drill, result)
    scene.start_traffic()
    begin = time.monotonic()
    if not drill.muted and not is_event(drill):
        told(scene, drill, since, "resolved", RESOLVED_LIMIT_S)
    wait_for(f"{drill.name} is over", RESOLVED_LIMIT_S, lambda: not is_active(scene, drill))
    result.resolved_s = time.monotonic() - begin
    check_nobody_else_was_woken(scene, drill, since, known)
    return result


def run_missing_beat(scene: Scene, drill: Drill) -> Result:
    """For what cannot tell of itself: whoever waits for the Watchdog's beat raises the alarm."""
    result = Result(drill)
    wait_until_quiet(scene, drill)
    since = len(scene.stack.received())
    begin = time.monotonic()
    with drill.fault(scene):
        alert = told(scene, drill, since, "firing", drill.seconds)
        result.told_s = time.monotonic() - begin
        check_runbook_link(alert)
        result.not_executed.append("no query: Prometheus is what is gone")
    begin = time.monotonic()
    told(scene, drill, since, "resolved", RESOLVED_LIMIT_S)
    result.resolved_s = time.monotonic() - begin
    return result


def is_active(scene: Scene, drill: Drill) -> bool:
    return any(drill.is_about(alert["labels"]) for alert in scene.active_alerts())


def wait_until_quiet(scene: Scene, drill: Drill) -> set[str]:
    """Nothing of an earlier fault may be taken for this one's work, or inhibit it. A burn may still end: its windows are
    long, and it inhibits nothing but itself. Returns what is still active."""
    may_burn = SLOW_TO_END if drill.severity == "critical" else set()  # a page mutes the tickets of its component

    def disturbing() -> list[str]:
        return [alert["labels"]["alertname"] for alert in scene.active_alerts() if drill.is_about(alert["labels"])
                or alert["labels"]["severity"] == "critical" and alert["labels"]["alertname"] not in may_burn]
    try:
        wait_for("quiet", QUIET_LIMIT_S, lambda: not disturbing())
    except AssertionError:
        raise AssertionError(f"before {drill.name}: {disturbing()} did not end within {QUIET_LIMIT_S} s") from None
    return {alert["labels"]["alertname"] for alert in scene.active_alerts()}


def rule_of(drill: Drill) -> alert_rules.Rule:
    found = [rule for rule in alert_rules.alerts() + alert_rules.log_alerts() if rule.name == drill.alert
             and drill.labels.items() <= rule.labels.items() and rule.labels["severity"] == drill.severity]
    assert found, f"no rule {drill.name} with severity {drill.severity}"
    return found[0]


def is_event(drill: Drill) -> bool:
    """What happened, and is never told as resolved."""
    return rule_of(drill).labels.get("kind") == "event"


def check_pending(scene: Scene, drill: Drill) -> None:
    """A rule with a `for` was pending first: Prometheus recorded it. Loki records nothing of its own."""
    if rule_of(drill).wait == "0s" or drill.needs == "loki" and rule_of(drill).topic == "logs":
        return
    matchers = {"alertname": drill.alert, "alertstate": "pending", "severity": drill.severity} | drill.labels
    series = "ALERTS{" + ",".join(f'{key}="{value}"' for key, value in matchers.items()) + "}"
    assert scene.stack.query(f"last_over_time({series}[2m])"), f"{drill.name} was never pending"


def told(scene: Scene, drill: Drill, since: int, status: str, limit_s: float) -> dict:
    """The alert as the receiver of its severity got it."""
    found: list[dict] = []

    def has_come() -> bool:
        found[:] = [alert for kind, alert in notifications(scene, since, (RECEIVER[drill.severity],))
                    if alert["status"] == status and drill.is_about(alert["labels"])]
        return bool(found)
    wait_for(f"{drill.name} is {status} at the receiver", limit_s, has_come)
    return found[0]


def check_links(alert: dict) -> None:
    check_runbook_link(alert)
    with urllib.request.urlopen(alert["annotations"]["dashboard_url"], timeout=30) as answer:
        assert answer.status == 200


def check_runbook_link(alert: dict) -> None:
    runbook = urllib.parse.urlsplit(alert["annotations"]["runbook_url"])
    with urllib.request.urlopen(runbook._replace(fragment="").geturl(), timeout=5) as answer:
        assert f'id="{runbook.fragment}"' in answer.read().decode(), f"{runbook.geturl()}: no such heading"


def runbook_queries(runbook_url: str) -> list[tuple[str, str]]:
    """(language, query) for each fence of the section that the alert's link leads to."""
    place = urllib.parse.urlsplit(runbook_url)
    text = (ROOT / "docs/runbooks" / place.path.rpartition("/")[2]).read_text()
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        heading, _, body = section.partition("\n")
        if heading.strip().lower() == place.fragment:
            return re.findall(r"```(promql|logql|traceql)\n(.*?)```", body, re.S)
    raise AssertionError(f"{runbook_url}: no such section")


def ask_the_runbook(scene: Scene, drill: Drill, result: Result) -> None:
    """Every query of the section, executed while the fault is on; each finds something unless the drill says why not."""
    queries = runbook_queries(rule_of(drill).annotations["runbook_url"])
    assert queries, f"{drill.name}: the runbook's section holds no query"
    for number, (language, query) in enumerate(queries, 1):
        if not scene.answers(language):
            result.not_executed.append(f"query {number}: no {language} back end runs here")
            continue
        result.answered += 1
        if number in drill.finds_nothing:
            scene.ask(language, query.strip())
        else:
            wait_for(f"{drill.name}: query {number} of its runbook finds something", FINDS_LIMIT_S,
                     lambda language=language, query=query: scene.ask(language, query.strip()))


def check_nobody_else_was_woken(scene: Scene, drill: Drill, since: int, known: set[str]) -> None:
    others = {alert["labels"]["alertname"] for kind, alert in notifications(scene, since, ("page",))
              if alert["status"] == "firing"} - {drill.alert} - drill.also - known
    assert not others, f"{drill.name}: its fault paged {sorted(others)} too"

