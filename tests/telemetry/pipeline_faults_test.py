#!/usr/bin/python3
"""The pipeline under random faults of its collector, its disk and its process: the ledger is balanced at every look,
and says what a receiver really got. VIGIE_SEED repeats a run.

  pipeline_faults_test.py PROBE     PROBE is the binary pipeline_probe
"""

import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from faulty_collector import MOODS, FaultyCollector  # noqa: E402

PROBE = sys.argv.pop()
SEED = int(os.environ.get("VIGIE_SEED") or random.randrange(2**32))
RANDOM = random.Random(SEED)
BATCH_SPANS_MAX = 64
PATIENCE_S = 30
COLUMNS = ("made", "created", "exported", "sampled_out", "dropped", "queued", "spooled")


class Look:
    def __init__(self, words):
        for name, word in zip(COLUMNS, words):
            setattr(self, name, int(word))
        self.reasons = {reason: int(count) for reason, count in (word.split("=") for word in words[len(COLUMNS):])}

    def is_balanced(self):
        return self.created == self.exported + self.sampled_out + self.dropped + self.queued + self.spooled

    def lost(self):
        """Dropped, but not because the collector said so."""
        return self.dropped - self.reasons.get("rejected", 0)


class Probe:
    """A process with a pipeline; every look at its ledger is checked as it comes."""

    def __init__(self, collector, directory, name, spool_bytes_max, file_bytes_max=None):
        self.name = name
        self.unbalanced, self.look_count, self.last, self.end = [], 0, None, None
        limit = (file_bytes_max, file_bytes_max)
        self.process = subprocess.Popen(
            [PROBE, collector.url, directory, str(spool_bytes_max), name, RANDOM.choice(("none", "gzip"))], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit)) if file_bytes_max else None)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            if not line.endswith("\n"):
                return
            what, *words = line.split()
            look = Look(words)
            if not look.is_balanced():
                self.unbalanced.append(line)
            self.look_count += 1
            self.last = look
            if what == "end":
                self.end = look

    def command(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def stop(self):
        self.command("stop")
        self.process.wait(PATIENCE_S)
        self.close()
        if self.process.returncode != 0:  # also what a sanitizer found
            raise AssertionError(f"the probe ended with {self.process.returncode}; seed {SEED}")
        return self.end

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.close()
        return self.last

    def close(self):
        self.reader.join(PATIENCE_S)
        self.process.stdin.close()
        self.process.stdout.close()

    def made_names(self, count):
        return {f"{self.name}/{number}" for number in range(count)}


def wait_until(holds, what):
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}; seed {SEED}")
        time.sleep(0.005)


class PipelineFaults(unittest.TestCase):
    def setUp(self):
        self.collector = FaultyCollector()
        self.addCleanup(self.collector.close)
        directory = tempfile.TemporaryDirectory(prefix="vigie_faults_")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name + "/spool"
        self.probes = []

    def start(self, name, **limits):
        probe = Probe(self.collector, self.directory, name, **limits)
        self.addCleanup(probe.process.kill)
        self.probes.append(probe)
        wait_until(lambda: probe.last is not None, "the probe says nothing")
        return probe

    def misbehave(self, seconds, moods=MOODS):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.collector.set_mood(RANDOM.choice(moods))
            time.sleep(RANDOM.uniform(0.02, 0.15))

    def drain(self, probe):
        """To the end of all faults, of the queue and of the spool."""
        self.collector.set_mood("taking")
        probe.command("quiet")
        wait_until(lambda: probe.last.queued == 0 and probe.last.spooled == 0, "the spool did not empty")
        return probe.stop()

    def assert_every_look_was_balanced(self):
        for probe in self.probes:
            self.assertEqual(probe.unbalanced, [], f"seed {SEED}")
        self.assertGreater(sum(probe.look_count for probe in self.probes), 50)

    def assert_the_books_agree(self, end, probe):
        """Of one process that began with nothing and ended in peace."""
        collector, made = self.collector, probe.made_names(end.made)
        self.assertEqual(end.created, end.made)
        self.assertEqual((end.queued, end.spooled), (0, 0))
        self.assertEqual(end.exported, collector.acked.total(), f"seed {SEED}")
        self.assertEqual(end.reasons.get("rejected", 0), collector.rejected.total(), f"seed {SEED}")
        self.assertEqual(max(collector.acked.values()), 1, "what was acknowledged is not sent again")
        self.assertEqual(collector.taken.keys() - made, set())
        missing = made - collector.acked.keys() - collector.rejected.keys()
        self.assertEqual(len(missing), end.lost(), f"nothing is lost without being counted; seed {SEED}")

    def test_loses_nothing_uncounted_whatever_the_collector_does(self):
        probe = self.start("c", spool_bytes_max=1 << 26)
        self.misbehave(2)
        for mood in ("stalling", "busy", "unavailable"):
            self.collector.set_mood(mood)
            wait_until(lambda: self.collector.requests[mood] > 0, "no request came")
        end = self.drain(probe)
        self.assert_every_look_was_balanced()
        self.assert_the_books_agree(end, probe)
        self.assertEqual(end.lost(), 0, f"there was room on the disk; {end.reasons}, seed {SEED}")
        self.assertGreater(end.made, 1000)

    def test_counts_what_is_over_the_spool(self):
        probe = self.start("e", spool_bytes_max=1 << 16)
        self.misbehave(0.5)
        self.misbehave(1.5, ("refusing", "unavailable"))
        end = self.drain(probe)
        self.assert_every_look_was_balanced()
        self.assert_the_books_agree(end, probe)
        self.assertGreater(end.reasons["spool_evicted"], 0)

    def test_counts_what_a_full_disk_refuses(self):
        probe = self.start("d", spool_bytes_max=1 << 26, file_bytes_max=20_000)
        self.misbehave(0.5)
        self.misbehave(1.5, ("refusing", "unavailable", "closing"))
        end = self.drain(probe)
        self.assert_every_look_was_balanced()
        self.assert_the_books_agree(end, probe)
        self.assertGreater(end.reasons.get("spool_failed", 0) + end.reasons.get("queue_full", 0), 0)

    def test_keeps_what_was_spooled_through_kills(self):
        killed = []
        for number in range(4):
            probe = self.start(f"k{number}", spool_bytes_max=1 << 26)
            self.misbehave(RANDOM.uniform(0.1, 0.7))
            killed.append((probe, probe.kill()))
        last = self.start("last", spool_bytes_max=1 << 26)
        end = self.drain(last)
        self.assert_every_look_was_balanced()
        self.assertEqual((end.queued, end.spooled, end.lost()), (0, 0, 0), f"seed {SEED}")
        dealt_with = self.collector.acked.keys() | self.collector.rejected.keys() | self.collector.taken.keys()
        missing = set().union(*(probe.made_names(look.made) for probe, look in killed)) - dealt_with
        in_memory = sum(look.queued + look.lost() for _, look in killed)
        self.assertLessEqual(len(missing), in_memory, f"only what was not spooled is lost; seed {SEED}")
        self.assertEqual(last.made_names(end.made) - dealt_with, set())
        twice = [body for body, count in self.collector.acked_bodies.items() if count > 1]
        self.assertLessEqual(len(twice), len(killed), f"a kill repeats one batch at most; seed {SEED}")
        exported = end.exported + sum(look.exported for _, look in killed)
        self.assertLessEqual(exported, self.collector.acked.total(), f"seed {SEED}")

    def test_replays_each_batch_once_through_kills(self):
        self.collector.set_mood("refusing")
        first = self.start("first", spool_bytes_max=1 << 26)
        wait_until(lambda: first.last.spooled > 4000, "nothing was spooled")
        end = first.stop()
        self.assertEqual((end.queued, end.dropped, end.spooled), (0, 0, end.made))
        self.collector.set_mood("slow")  # so that a kill comes in the middle
        kill_count = 4
        for number in range(kill_count):
            probe = self.start(f"k{number}", spool_bytes_max=1 << 26)
            probe.command("quiet")
            wanted = self.collector.acked_bodies.total() + 8
            wait_until(lambda: self.collector.acked_bodies.total() >= wanted, "nothing was replayed")
            self.assertGreater(probe.kill().spooled, 0, "the kill comes before the end")
        last = self.start("last", spool_bytes_max=1 << 26)
        self.assertEqual(self.drain(last).lost(), 0)
        self.assert_every_look_was_balanced()
        self.assertEqual(first.made_names(end.made) - self.collector.acked.keys(), set(), "none is skipped")
        repeated = self.collector.acked_bodies.total() - len(self.collector.acked_bodies)
        self.assertLessEqual(repeated, kill_count, "a kill repeats one batch at most")


if __name__ == "__main__":
    print("seed", SEED, flush=True)
    unittest.main(verbosity=2)
