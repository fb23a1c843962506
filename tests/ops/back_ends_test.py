#!/usr/bin/python3
"""Loki, Tempo, Collector and Alloy: each file is read by its program where that is on PATH, and by our own checks everywhere."""

import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import yaml

from alloy_file import parse
from back_end_faults import agreement_faults, alloy_faults, key_faults, loki_faults, network_faults, otelcol_faults, path_faults, tempo_faults
from objectives import objective
from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "scripts"))

from local_stack import back_ends, proxy, settings  # noqa: E402
from local_stack.rendered import write_rendered  # noqa: E402

CHECKS = {"loki": loki_faults, "tempo": tempo_faults, "otelcol": otelcol_faults}
# How each program is asked whether it understands its file.
QUESTIONS = {
    "loki": ["loki", "-verify-config", "-config.file={}"],
    "tempo": ["tempo", "-config.verify=true", "-config.file={}"],
    "otelcol": ["otelcol", "validate", "--config={}"],
    "alloy": ["alloy", "validate", "{}"],
}


def source(name: str) -> str:
    return text_of(back_ends.CONFIGURATIONS[name])


def config(name: str) -> dict:
    return yaml.safe_load(source(name))


def planted(name: str, path: str, value: object = None) -> dict:
    """The real file with one thing changed; None takes it out."""
    whole = copy.deepcopy(config(name))
    *above, last = path.split(".")
    node = whole
    for key in above:
        node = node[int(key)] if isinstance(node, list) else node[key]
    if value is None:
        del node[last]
    else:
        node[last] = value
    return whole


class Files(RepositoryTest):
    def test_are_sound(self):
        for name, check in CHECKS.items():
            self.assert_none(key_faults(name, config(name)) + path_faults(name, source(name)) + check(config(name)))
        self.assert_none(path_faults("alloy", source("alloy")) + alloy_faults(parse(source("alloy"))))

    def test_catches_a_setting_that_does_not_exist(self):
        for name, path in [("loki", "limits_config.retention_perod"), ("tempo", "compactor"), ("tempo", "live_store.wal.filepath"),
                           ("otelcol", "processors.memory_limiter.limit_percent"), ("otelcol", "exporters.prometheus.listen")]:
            self.assert_caught(key_faults(name, planted(name, path, 1)), f"{path} is no setting")

    def test_catches_what_the_programs_accept(self):
        for name, path, value, part in [
            ("loki", "compactor.retention_enabled", False, "kept for ever"),
            ("loki", "compactor.delete_request_store", None, "needs compactor.delete_request_store"),
            ("loki", "schema_config.configs.0.schema", "v12", "not tsdb v13"),
            ("loki", "schema_config.configs.0.index.period", "168h", "not tsdb v13"),
            ("loki", "limits_config.max_query_length", "24h", "shorter than what is kept"),
            ("loki", "limits_config.allow_structured_metadata", False, "trace_id is one"),
            ("loki", "server.http_server_read_timeout", "30s", "before query_timeout"),
            ("loki", "compactor.working_directory", "/srv/compactor", "on no volume"),
            ("loki", "analytics.reporting_enabled", True, "analytics"),
            ("tempo", "backend_worker.compaction.block_retention", "48h", "disagree"),
            ("tempo", "overrides.defaults.metrics_generator", {"processors": ["span-metrics"]}, "exists twice"),
            ("otelcol", "service.pipelines.traces/kept.processors", ["tail_sampling", "memory_limiter"], "not the first"),
            ("otelcol", "service.pipelines.traces/measured.processors", ["memory_limiter", "tail_sampling"], "what sampling leaves"),
            ("otelcol", "service.pipelines.traces/measured.exporters", ["otlp_http/tempo"], "connectors.spanmetrics is defined and not used"),
            ("otelcol", "receivers.otlp/second", {}, "defined and not used"),
            ("otelcol", "service.extensions", ["health_check", "pprof"], "extensions.pprof is used and not defined"),
            ("otelcol", "exporters.otlp_http/tempo.sending_queue.storage", None, "no bounded queue on disk"),
            ("otelcol", "exporters.otlp_http/tempo.sending_queue.storage", "file_storage", "is no extension"),
            ("otelcol", "exporters.otlp_http/tempo.retry_on_failure.max_elapsed_time", "300s", "gives up"),
            ("otelcol", "connectors.spanmetrics.histogram.unit", None, "in seconds"),
        ]:
            with self.subTest(path):
                self.assert_caught(CHECKS[name](planted(name, path, value)), part)
        self.assert_caught(path_faults("loki", "path_prefix: /tmp/loki"), "not in /tmp")

    def test_catches_a_pipeline_of_log_lines_that_leaks_or_splits(self):
        text = source("alloy")
        for old, new, part in [
            ("values = {level = \"\"}", "values = {trace_id = \"\"}", "trace_id is no label"),
            ("forward_to = [loki.process.redacted.receiver]", "forward_to = [loki.write.loki.receiver]", "no stage.replace has looked at"),
            ("correlation_id = \"\",", "", "correlation_id is not in the structured metadata"),
            ("loki.write \"loki\"", "loki.write \"other\"", "loki.write.loki is used and not defined"),
            ("max_backoff_retries", "max_retries", "max_retries is no setting"),
        ]:
            self.assertIn(old, text)
            self.assert_caught(alloy_faults(parse(text.replace(old, new))), part)


class Agreement(RepositoryTest):
    def faults(self, config: dict) -> list[str]:
        return agreement_faults(config, json.loads(text_of("tests/ops/catalogue.golden.json")), objective("latency")["threshold_seconds"])

    def test_the_collector_has_vigies_names_and_numbers(self):
        self.assert_none(self.faults(config("otelcol")))

    def test_catches_planted_differences(self):
        for path, value, part in [
            ("connectors.spanmetrics.histogram.explicit.buckets", ["5ms", "1s"], "other buckets"),
            ("connectors.spanmetrics.dimensions", [{"name": "http.rout"}], "no span has http.rout"),
            ("processors.tail_sampling.policies.1.latency.threshold_ms", 300, "another one than the objective's"),
            ("processors.tail_sampling.policies.2.string_attribute.values", ["debug"], "no trace is kept for debug"),
            ("processors.tail_sampling.policies.2.string_attribute.values", ["error"], "kept for always_on lead nowhere"),
        ]:
            self.assert_caught(self.faults(planted("otelcol", path, value)), part)


class Programs(RepositoryTest):
    """What the programs themselves say of the files as the local stack renders them."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.layout = settings.Layout(Path(directory.name))
        with mock.patch.dict(os.environ, {variable: "0" for variable, _, _ in settings.PORTS.values()}):
            self.ports = settings.choose_ports()

    def rendered(self, name: str) -> Path:
        original = back_ends.CONFIGURATIONS[name]
        return write_rendered(original, back_ends.changes(name, self.layout, self.ports), self.layout / Path(original).name)

    def test_rendered_files_stay_on_this_machine(self):
        for name in QUESTIONS:
            self.assert_none(network_faults(name, self.rendered(name).read_text().replace(str(self.layout.root), "")))
            self.assertNotEqual(network_faults(name, source(name)), [], "as it stands it is for the network of compose.yaml")

    def answer(self, name: str, text: str | None = None) -> tuple[int, str]:
        program = shutil.which(name)
        if not program or not back_ends.is_the_program(name, program):
            self.skipTest(f"{name} is not on PATH: its file is held against our own checks only")
        target = self.rendered(name)
        if text is not None:
            target.write_text(text)
        argv = [word.format(target) for word in QUESTIONS[name]]
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def assert_understood(self, name: str) -> None:
        code, said = self.answer(name)
        self.assertEqual(code, 0, said)
        self.assertNotEqual(self.answer(name, "nothing: [of, this]\n")[0], 0, "a file that is none is refused")

    def test_loki(self):
        self.assert_understood("loki")

    def test_tempo(self):
        self.assert_understood("tempo")

    def test_otelcol(self):
        self.assert_understood("otelcol")

    def test_alloy(self):
        self.assert_understood("alloy")

    @unittest.skipUnless(os.path.exists("/usr/sbin/nginx"), "nginx is not installed")
    def test_nginx(self):
        self.layout.logs.mkdir()
        child = proxy.nginx(self.layout, self.ports)
        done = subprocess.run([*child.argv, "-t"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    main()
