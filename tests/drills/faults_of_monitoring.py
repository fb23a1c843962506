"""Prometheus and Alertmanager misconfigured, cut off from each other, or from whom they tell."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from scene import Scene, replace

# Nothing listens there.
NOBODY = "127.0.0.1:1"


def edit_yaml(change):
    """A change of the document as a change of its text."""
    def changed(text: str) -> str:
        document = yaml.safe_load(text)
        change(document)
        return yaml.safe_dump(document, sort_keys=False, width=1000)
    return changed


def rule_added(rule: dict, interval: str = "1s"):
    """A group with one rule more in a rule file."""
    return edit_yaml(lambda document: document["groups"].append({"name": "drilled", "interval": interval, "rules": [rule]}))


def rule_file_with(rule: dict, interval: str = "1s"):
    @contextmanager
    def fault(scene: Scene) -> Iterator[None]:
        with scene.edited("watchdog.yaml", rule_added(rule, interval)):
            yield
    return fault


# Two series on each side: accepted by every check that only reads it.
rule_that_fails = rule_file_with({"record": "drilled:failing", "expr": "up * on (env) up"})
# No evaluation ends within its interval.
rule_that_takes_long = rule_file_with({"record": "drilled:slow", "expr": 'count({__name__=~".+"})'}, interval="1ms")


# Accepted when it is loaded: that `event` is no number is seen in the lines.
TEXT_AS_NUMBER = {"alert": "Drilled", "expr": 'sum(sum_over_time({service_name="vigie"} | json | unwrap event [1m])) > 0'}


@contextmanager
def log_rule_that_fails(scene: Scene) -> Iterator[None]:
    """Loki looks at its rules every few seconds; there is nothing to reload."""
    with scene.edited("log_rules/fake/vigie.yaml", rule_added(TEXT_AS_NUMBER), reload=""):
        yield


@contextmanager
def prometheus_file_broken(scene: Scene) -> Iterator[None]:
    with scene.edited("prometheus.yml", lambda text: text + "scrape_config: []\n"):
        yield


@contextmanager
def alertmanager_file_broken(scene: Scene) -> Iterator[None]:
    with scene.edited("alertmanager.yml", lambda text: text + "rout: {}\n", "alertmanager"):
        yield


@contextmanager
def scrape_limit_low(scene: Scene) -> Iterator[None]:
    def lower(document: dict) -> None:
        next(job for job in document["scrape_configs"] if job["job_name"] == "node")["sample_limit"] = 5
    with scene.edited("prometheus.yml", edit_yaml(lower)):
        yield


@contextmanager
def alertmanagers_are(scene: Scene, change) -> Iterator[None]:
    path = scene.targets("alertmanagers")
    former = path.read_text()
    replace(path, json.dumps(change(json.loads(former))))
    try:
        yield
    finally:
        replace(path, former)


def no_alertmanager(scene: Scene):
    return alertmanagers_are(scene, lambda groups: [])


def one_alertmanager_of_two_is_gone(scene: Scene):
    return alertmanagers_are(scene, lambda groups: [*groups, {"targets": [NOBODY], "labels": {}}])


@contextmanager
def prometheus_ended(scene: Scene) -> Iterator[None]:
    scene.signal("Prometheus", signal.SIGTERM)
    try:
        yield
    finally:
        scene.start_what_ended()


@contextmanager
def heartbeat_refused(scene: Scene) -> Iterator[None]:
    """Whom the beats are sent to listens no more; pages go elsewhere and arrive."""
    def lead_astray(document: dict) -> None:
        receiver = next(receiver for receiver in document["receivers"] if receiver["name"] == "heartbeat")
        receiver["webhook_configs"][0]["url"] = f"http://{NOBODY}/heartbeat"
    with scene.edited("alertmanager.yml", edit_yaml(lead_astray), "alertmanager"):
        yield
