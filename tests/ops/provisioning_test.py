#!/usr/bin/python3
"""Grafana's data sources and folders: what they name exists, and a request is found from a number and back."""

import copy
import os
import re
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from unittest import mock

import yaml

from queries import boards
from repository import ROOT, RepositoryTest, files, main, text_of

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/harness")]

from local_stack import back_ends, settings  # noqa: E402
from vigie_process import QUICK, VigieProcess  # noqa: E402

SOURCES = "grafana/provisioning/datasources/vigie.yaml"
FOLDERS = "grafana/provisioning/dashboards/vigie.yaml"
UIDS = {"prometheus", "loki", "tempo", "alertmanager"}
# A variable of Grafana's environment is expanded; what Grafana fills in later must survive that: $${__value.raw}.
UNESCAPED = re.compile(r"(?<!\$)\$(?!\$|\{VIGIE_)")
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)\}")


def sources() -> dict:
    return yaml.safe_load(text_of(SOURCES))


def named_uids(node: object) -> list[str]:
    if isinstance(node, list):
        return [uid for item in node for uid in named_uids(item)]
    if not isinstance(node, dict):
        return []
    own = [node["datasourceUid"]] if "datasourceUid" in node else []
    return own + [uid for value in node.values() for uid in named_uids(value)]


def by_uid(config: dict) -> dict[str, dict]:
    return {source["uid"]: source for source in config["datasources"]}


def escape_faults(text: str) -> list[str]:
    return [f"{line.strip()}: write $$, or Grafana empties it" for line in text.splitlines()
            if not line.lstrip().startswith("#") and UNESCAPED.search(line)]


def source_faults(config: dict) -> list[str]:
    found = by_uid(config)
    faults = [f"no data source {uid}" for uid in sorted(UIDS - set(found))]
    faults += [f"{uid} is named and no data source" for uid in sorted(set(named_uids(config)) - set(found))]
    faults += [f"{uid} can be edited in Grafana, and then differs from this file" for uid, source in found.items() if source["editable"]]
    if [uid for uid, source in found.items() if source.get("isDefault")] != ["prometheus"]:
        faults.append("Prometheus alone is the default")
    return faults


def correlation_faults(config: dict) -> list[str]:
    """Exemplar to trace, trace to lines and metrics, line to trace."""
    found = {uid: source["jsonData"] for uid, source in by_uid(config).items()}
    faults = []
    if not any(row["datasourceUid"] == "tempo" for row in found["prometheus"].get("exemplarTraceIdDestinations", [])):
        faults.append("an exemplar leads nowhere")
    if {field["matcherType"] for field in found["loki"].get("derivedFields", []) if field["datasourceUid"] == "tempo"} != {"label", "regex"}:
        faults.append("a log line leads to its trace by its metadata and by its text")
    logs, metrics = found["tempo"].get("tracesToLogsV2", {}), found["tempo"].get("tracesToMetrics", {})
    if logs.get("datasourceUid") != "loki" or '| trace_id="$${__trace.traceId}"' not in logs.get("query", ""):
        faults.append("a trace does not lead to its lines")
    if not (logs.get("spanStartTimeShift", "").startswith("-") and logs.get("spanEndTimeShift", "-")[0] != "-"):
        faults.append("the time around a span for its lines is turned inside out")
    if metrics.get("datasourceUid") != "prometheus" or not metrics.get("queries"):
        faults.append("a trace does not lead to the metrics of its route")
    return faults


def folder_faults(config: dict, places: dict[str, str]) -> list[str]:
    """A provider that points nowhere leaves Grafana without boards and without a fault."""
    faults = []
    for provider in config["providers"]:
        path = VARIABLE.sub(lambda name: places.get(name[1], ""), provider["options"]["path"])
        if not path or not Path(path).is_dir() or not any(Path(path).glob("*.json")):
            faults.append(f"{provider['name']}: no dashboards in '{path}'")
        if provider["allowUiUpdates"] or not provider["disableDeletion"]:
            faults.append(f"{provider['name']}: boards can be changed in Grafana, and are then lost")
        if not provider.get("folderUid"):
            faults.append(f"{provider['name']}: its folder has no fixed uid")
    return faults


def grafana_environment() -> dict[str, str]:
    with mock.patch.dict(os.environ, {variable: "0" for variable, _, _ in settings.PORTS.values()}):
        ports = settings.choose_ports()
    return dict(back_ends.grafana("grafana", settings.Layout(Path("/stack")), ports).environment)


def planted(uid: str, path: str, value: object) -> dict:
    config = copy.deepcopy(sources())
    *above, last = path.split(".")
    node = by_uid(config)[uid]
    for key in above:
        node = node[int(key)] if isinstance(node, list) else node[key]
    node[last] = value
    return config


class Provisioning(RepositoryTest):
    def test_is_sound(self):
        for name in files():
            if name.startswith("grafana/provisioning/"):
                self.assert_none(escape_faults(text_of(name)))
        self.assert_none(source_faults(sources()) + correlation_faults(sources()))

    def test_each_variable_is_set_and_each_folder_exists(self):
        environment = grafana_environment()
        used = {name for file in (SOURCES, FOLDERS) for name in VARIABLE.findall(text_of(file))}
        self.assertEqual(used - set(environment), set())
        self.assert_none(folder_faults(yaml.safe_load(text_of(FOLDERS)), environment))
        self.assert_caught(folder_faults(yaml.safe_load(text_of(FOLDERS)), {}), "no dashboards in ''")

    def test_dashboards_ask_sources_that_exist(self):
        kinds = {source["type"] for source in sources()["datasources"]}
        asked = {variable["query"] for board in boards().values() for variable in board["templating"]["list"]
                 if variable["type"] == "datasource"}
        self.assertEqual(asked - kinds, set())

    def test_catches_planted_faults(self):
        self.assert_caught(escape_faults("url: ${__value.raw}"), "write $$")
        self.assert_caught(escape_faults("query: rate(a[$__rate_interval])"), "write $$")
        self.assertEqual(escape_faults("url: ${VIGIE_LOKI_URL}\nquery: $${__tags}"), [])
        for check, uid, path, value, part in [
            (source_faults, "loki", "uid", "logs", "loki is named and no data source"),
            (source_faults, "tempo", "editable", True, "can be edited"),
            (source_faults, "tempo", "isDefault", True, "alone is the default"),
            (correlation_faults, "prometheus", "jsonData.exemplarTraceIdDestinations", [], "an exemplar leads nowhere"),
            (correlation_faults, "loki", "jsonData.derivedFields", [], "a log line leads"),
            (correlation_faults, "tempo", "jsonData.tracesToLogsV2.query", '{a="b"} |= "$${__trace.traceId}"', "not lead to its lines"),
            (correlation_faults, "tempo", "jsonData.tracesToLogsV2.spanStartTimeShift", "1h", "inside out"),
            (correlation_faults, "tempo", "jsonData.tracesToMetrics.queries", [], "metrics of its route"),
        ]:
            self.assert_caught(check(planted(uid, path, value)), part)


@unittest.skipUnless(os.environ.get("VIGIE_BINARY"), "VIGIE_BINARY names no server")
class Emitted(RepositoryTest):
    """A server without its database answers what it does not know with 404: a log line and an exemplar."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            vigie = VigieProcess("postgresql://nobody@127.0.0.1:1/nothing", directory, QUICK | {"OTEL_TRACES_EXPORTER": "otlp"})
            vigie.start(wait_until_ready=False)
            try:
                cls.trace_id = cls.refused(f"{vigie.url}/api/v1/nothing")
                cls.metrics = vigie.admin("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})[1]
            finally:
                vigie.stop()
            cls.log = vigie.log.read_text()

    @staticmethod
    def refused(url: str) -> str:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.headers["traceparent"].split("-")[1]
        raise AssertionError(f"{url} was answered")

    def test_the_exemplars_name_is_the_emitted_label(self):
        name = by_uid(sources())["prometheus"]["jsonData"]["exemplarTraceIdDestinations"][0]["name"]
        self.assertIn(f'# {{{name}="{self.trace_id}"', self.metrics)

    def test_the_derived_field_finds_the_id_in_a_real_line(self):
        pattern = next(field["matcherRegex"] for field in by_uid(sources())["loki"]["jsonData"]["derivedFields"]
                       if field["matcherType"] == "regex")
        self.assertIn(self.trace_id, re.findall(pattern, self.log))
        self.assertEqual(re.findall(pattern, self.log.replace('"trace_id"', '"traceID"')), [])


if __name__ == "__main__":
    main()
