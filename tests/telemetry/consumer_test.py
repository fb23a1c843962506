#!/usr/bin/python3
"""Telemetry as a package: installed, moved, found by a foreign CMake project, used with a catalogue of its own.

  consumer_test.py CMAKE BUILD COMPILER FLAGS      BUILD is the build tree that the package is installed from
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "harness"))

from otlp_receiver import OtlpReceiver  # noqa: E402

CMAKE, BUILD, COMPILER, FLAGS = sys.argv[1:5]
del sys.argv[1:5]


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=280)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="consumer-", dir=BUILD))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        run(CMAKE, "--install", BUILD, "--component", "telemetry", "--prefix", cls.directory / "first")
        cls.package = (cls.directory / "first").rename(cls.directory / "moved")
        run(CMAKE, "-S", HERE / "consumer", "-B", cls.directory / "build", f"-DCMAKE_CXX_COMPILER={COMPILER}",
            f"-DCMAKE_CXX_FLAGS={FLAGS}", f"-DCMAKE_PREFIX_PATH={cls.package}")
        run(CMAKE, "--build", cls.directory / "build")
        cls.receiver = OtlpReceiver()
        cls.addClassCleanup(cls.receiver.close)
        done = run(cls.directory / "build/lighthouse", cls.receiver.endpoint + "/v1/traces")
        cls.log = [json.loads(line) for line in done.stdout.splitlines()]
        catalogue, cls.metrics = done.stderr.split("\n", 1)
        cls.catalogue = json.loads(catalogue)

    def test_nothing_of_the_source_tree_is_needed(self):
        for file in self.package.rglob("*.cmake"):
            self.assertNotIn(str(HERE.parents[1]), file.read_text(), file)
        self.assertTrue((self.package / "include/vigie/telemetry/telemetry.hpp").exists())
        self.assertFalse(list(self.package.rglob("*.cpp")))

    def test_its_spans_arrive(self):
        names = sorted(span["name"] for span in self.receiver.spans)
        self.assertEqual(names, ["lamp.signal"] * 3 + ["watch"] * 3)
        watch = next(span for span in self.receiver.spans if span["attributes"].get("ship.name") == "Argo")
        self.assertNotIn("lamp.flashes", watch["attributes"])
        (signal,) = [span for span in self.receiver.of_trace(watch["trace_id"]) if span["name"] == "lamp.signal"]
        self.assertEqual((signal["parent_span_id"], signal["attributes"]["lamp.flashes"]), (watch["span_id"], 3))

    def test_its_log_lines_are_tied_to_its_spans(self):
        passed = [line for line in self.log if line["event"] == "ship.passed"]
        self.assertEqual([line["ship.name"] for line in passed], ["Argo", "Beagle", "Calypso"])
        self.assertEqual(passed[0]["service.name"], "lighthouse")
        self.assertIn(passed[0]["trace_id"], {span["trace_id"] for span in self.receiver.spans})
        (ledger,) = [line for line in self.log if line["event"] == "telemetry.ledger" and line["vigie.signal"] == "traces"]
        self.assertEqual((ledger["vigie.ledger.created"], ledger["vigie.ledger.exported"]), (6, 6))

    def test_its_metrics_stand_beside_the_librarys(self):
        lines = self.metrics.splitlines()
        self.assertIn('lighthouse_ships_total{side="port"} 3', lines)
        self.assertIn('lighthouse_ships_total{side="starboard"} 0', lines)
        self.assertIn("# UNIT lighthouse_watch_duration_seconds seconds", lines)
        self.assertIn('lighthouse_watch_duration_seconds_count{flag="other"} 1', lines)
        self.assertIn('vigie_telemetry_cuts_total{reason="undeclared"} 3', lines)
        self.assertIn('vigie_telemetry_labels_over_bound_total 1', lines)
        self.assertRegex(self.metrics, r'lighthouse_watch_duration_seconds_bucket\{flag="gr",le="100\.0"\} 1 # \{trace_id="')

    def test_nothing_of_vigies_own_is_there(self):
        for foreign in ("http_server_", "db_client_", "vigie_event_changes", "vigie_ready"):
            self.assertNotIn(foreign, self.metrics)
        self.assertEqual([row["name"] for row in self.catalogue["log_events"]], ["ship.passed"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
