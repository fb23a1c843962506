#!/usr/bin/python3
"""A process whose clock is wrong: it says by how much, and nothing that it measures depends on whose clock is right."""

import datetime
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

import clock  # noqa: E402
from api_case import ApiCase  # noqa: E402
from job_rows import insert  # noqa: E402

AHEAD_S = 1_020
SAMPLED_S = 60


class Clock(ApiCase):
    def started(self, **extra):
        vigie = self.new_vigie(**extra).start()
        self.addCleanup(vigie.stop)
        return vigie

    def value(self, vigie, series, is_so):
        """Once it is so; a probe comes each second or so, a count of the queue each few."""
        vigie.wait_until(lambda: is_so(vigie.metrics().get(series, 0)), series, SAMPLED_S)
        return vigie.metrics()[series]

    def ahead(self):
        return self.started(LD_PRELOAD=str(clock.library(self.directory)), CLOCK_AHEAD_S=str(AHEAD_S))

    def test_the_difference_is_told(self):
        offset = self.value(self.ahead(), "vigie_db_clock_offset_seconds", lambda value: value > 1)
        self.assertAlmostEqual(offset, AHEAD_S, delta=2)
        age = self.value(self.vigie, "vigie_db_transaction_age", lambda value: value > 0)
        self.assertLess(age, 10_000_000)
        self.assertLess(abs(self.vigie.metrics()["vigie_db_clock_offset_seconds"]), 2)

    def test_how_long_a_job_waits_is_not_how_wrong_the_clock_is(self):
        """Prometheus compares the instant with its own clock, which is that of the process: the same as each says of now."""
        insert(self.postgres, kind="nobody.knows", run_at=datetime.datetime.fromtimestamp(time.time() - 90, datetime.timezone.utc).isoformat())
        series = 'vigie_job_oldest_ready_timestamp_seconds{lane="low"}'
        oldest = self.value(self.ahead(), series, lambda value: value > 0)
        self.assertAlmostEqual(time.time() + AHEAD_S - oldest, 90, delta=30)
        right = self.value(self.vigie, series, lambda value: value > 0)
        self.assertAlmostEqual(time.time() - right, 90, delta=30)


if __name__ == "__main__":
    unittest.main(verbosity=1)
