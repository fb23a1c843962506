#!/usr/bin/python3
"""run.py DIRECTORY [--minutes N]: pictures of all dashboards over a local stack of its own with successes and refusals."""

import argparse
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/drills"), str(ROOT / "tests/pictures")]

import pictures  # noqa: E402
from scene import BINARY, MISSING, Scene  # noqa: E402
from tour import Tour  # noqa: E402

ROUND_S = 25
REQUESTS_A_SECOND = 25
THREADS = 3


def visitor():
    """What one connection asks in turn: lists, one event, something that is not there."""
    paths = itertools.cycle(["/api/v1/events?limit=20", "/api/v1/events?category=concert&limit=5", "/api/v1/events?limit=1",
                             "/.well-known/jwks.json", "/api/v1/events?limit=50", "/api/v1/nothing"])

    def act(client) -> None:
        client.get(next(paths))

    return act


class Visit(Tour):
    """The process with strict limits is met once: started and stopped each round, it would look like one that crashes."""

    is_strict = True

    def strict(self) -> None:
        if self.is_strict:
            super().strict()
        self.is_strict = False


def drive(scene: Scene, minutes: float) -> None:
    """The load is bounded; each round has one of every refusal, and one round a broken database."""
    tour = Visit(scene)
    until = time.monotonic() + 60 * minutes
    with scene.load(visitor(), REQUESTS_A_SECOND, THREADS):
        for number in itertools.count():
            begun = time.monotonic()
            tour.run()
            if number == 3:
                tour.broken()
            if begun + ROUND_S > until:
                return
            time.sleep(max(0.0, begun + ROUND_S - time.monotonic()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--minutes", type=float, default=4)
    arguments = parser.parse_args()
    fault = pictures.missing() or (f"not installed: {', '.join(MISSING)}" if MISSING else None)
    if fault or not BINARY:
        sys.exit(fault or "VIGIE_BINARY names no server")
    with tempfile.TemporaryDirectory(prefix="vigie-pictures-") as directory:
        os.chmod(directory, 0o755)
        with Scene(directory, scale=1, has_back_ends=True) as scene:
            drive(scene, arguments.minutes)
            uids = sorted(path.stem for path in pictures.BOARDS.glob("*.json"))
            pictures.pictures(scene.endpoints, arguments.directory, round(arguments.minutes + 1), uids)


if __name__ == "__main__":
    main()
