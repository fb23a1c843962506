#!/usr/bin/python3
"""The strangers' dozen: faults that nobody had planned, in the topology of compose.yaml: the workers are a process of their own.

    tests/drills/strangers.py                  all of them
    tests/drills/strangers.py --turn today     a quarter of them, as CI does in turns
    tests/drills/strangers.py --only NAME      those whose names match

Each says what must be told, and what must not: any other page is a fault.
"""

import argparse
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import faults_of_strangers as strange  # noqa: E402
from drill import RECEIVER, new_pages, notifications  # noqa: E402
from scene import BINARY, MISSING, ROOT, Scene, wait_for  # noqa: E402

SKIPPED_EXIT = 77
SECONDS_A_DAY = 86_400
TURNS = 4
QUIET_LIMIT_S = 120
# A quarter of an hour and more of the rules' own time.
WATCHED_S = 20
# What the first minutes of a repair may still page: each is one that began before it.
AFTER_AN_OUTAGE = frozenset({"DbDown", "ApiAvailabilityBurn"})
LATE = frozenset({"ApiLatencyBurn", "ApiProbeSlow", "ApiReadProbeFailing", "ApiProbeFailing", "ApiOverloaded", "DbPoolExhausted"})


@dataclass(frozen=True)
class Stranger:
    """`told` are (alert, severity), all of which must arrive within `seconds`, `A|B` being one of them; `may` are names that may
    page too."""

    name: str
    fault: Callable[[Scene], AbstractContextManager]
    told: frozenset[tuple[str, str]]
    may: frozenset[str] = frozenset()
    seconds: float = 60


def page(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, "critical") for name in names)


def ticket(*names: str) -> frozenset[tuple[str, str]]:
    return frozenset((name, "warning") for name in names)


STRANGERS = [
    Stranger("postgres_frozen", strange.postgres_frozen, page("DbDown"), may=AFTER_AN_OUTAGE | LATE),
    Stranger("table_renamed_after_an_outage", strange.table_renamed_after_an_outage, page("ApiAvailabilityBurn"),
             may=AFTER_AN_OUTAGE | {"ApiReadProbeFailing"}),
    # A scrape has one second in compressed time, and a frozen process may miss it: the drills of both alerts hold which.
    Stranger("process_frozen", strange.frozen, page("ApiProbeSlow|ApiLatencyBurn|ApiProbeFailing|ApiDown"), may=LATE),
    Stranger("restarted_by_an_operator", strange.restarted_by_an_operator, frozenset()),
    Stranger("certificate_ended_after_an_outage", strange.certificate_ended_after_an_outage, page("ApiProbeFailing"),
             may=AFTER_AN_OUTAGE | {"CertificateExpiring", "ApiReadProbeFailing"}),
    Stranger("connections_taken_by_another", strange.connections_taken_by_another, page("DbConnectionsNearLimit"),
             may=AFTER_AN_OUTAGE | LATE),
    Stranger("segmentation_fault", strange.segmentation_fault, page("ApiDown")),
    Stranger("collector_not_resolvable", strange.collector_not_resolvable, ticket("TelemetryExportFailing")),
    Stranger("blobs_read_only", strange.blobs_read_only, page("BlobStoreDown")),
    Stranger("clock_ahead", strange.clock_ahead(1_020), page("ClockSkewed")),
    Stranger("segment_damaged", strange.segment_damaged, ticket("TelemetryLoss")),
    Stranger("prefix_lost", strange.prefix_lost, page("ApiReadProbeFailing")),
    Stranger("log_level_raised", strange.log_level_raised, frozenset()),
    # On two cores the scans of the whole table keep others from the processor, and a scrape has one second here.
    Stranger("index_dropped", strange.index_dropped, ticket("DbSlowQueries"), may=LATE | {"ApiDown", "ApiIndicatorMissing"}, seconds=90),
    # The last: the stack is another one afterwards.
    Stranger("supervisor_killed", strange.supervisor_killed, frozenset()),
]


def settle(scene: Scene) -> None:
    def critical() -> list[str]:
        return [alert["labels"]["alertname"] for alert in scene.active_alerts() if alert["labels"]["severity"] == "critical"]
    wait_for("critical alerts end", QUIET_LIMIT_S, lambda: not critical())


def is_told(scene: Scene, since: int, name: str, severity: str) -> bool:
    return any(alert["status"] == "firing" and alert["labels"]["alertname"] in name.split("|") and alert["labels"]["severity"] == severity
               for _, alert in notifications(scene, since, (RECEIVER[severity],)))


def watch(scene: Scene) -> None:
    """That much of the rules' own time goes by."""
    begin = time.time()
    newest = "min(prometheus_rule_group_last_evaluation_timestamp_seconds)"
    wait_for("rules are evaluated", WATCHED_S + 60, lambda: any(value > begin + WATCHED_S for value in scene.values(newest)))


def meet(scene: Scene, stranger: Stranger) -> str:
    """How it went; raises when it did not go as it should."""
    settle(scene)
    since, begin, seconds = len(scene.stack.received()), time.monotonic(), {}
    with stranger.fault(scene):
        since = min(since, len(scene.stack.received()))  # a pager that was started anew begins at nothing
        for name, severity in sorted(stranger.told):
            wait_for(f"{name} is told", stranger.seconds, lambda name=name, severity=severity: is_told(scene, since, name, severity))
            seconds[name] = time.monotonic() - begin
        if not stranger.told:
            watch(scene)
    settle(scene)
    paged = set(new_pages(scene, since))
    others = paged - {name for names, _ in stranger.told for name in names.split("|")} - stranger.may
    assert not others, f"it paged {sorted(others)} too"
    return ", ".join(f"{name} after {taken:.0f} s" for name, taken in seconds.items()) or "nobody was woken"


def chosen(turn: str | None, only: str | None) -> list[Stranger]:
    if only:
        return [stranger for stranger in STRANGERS if re.search(only, stranger.name)]
    if turn is None:
        return STRANGERS
    first = int(os.environ.get("CI_TURN") or int(time.time()) // SECONDS_A_DAY) if turn == "today" else int(turn)
    print(f"Turn {first % TURNS} of {TURNS}; the same again: CI_TURN={first}", flush=True)
    return STRANGERS[first % TURNS::TURNS]


def meet_all(strangers: list[Stranger]) -> list[str]:
    faults = []
    with tempfile.TemporaryDirectory(prefix="vigie-strangers-", dir=ROOT / "build") as directory:
        os.chmod(directory, 0o755)
        with Scene(directory, VIGIE_JOBS_HIGH_CONCURRENCY="0", VIGIE_JOBS_LOW_CONCURRENCY="0") as scene, scene.workers():
            for stranger in strangers:
                scene.start_traffic()
                try:
                    print(f"ok    {stranger.name}: {meet(scene, stranger)}", flush=True)
                except Exception as fault:  # noqa: BLE001: the next one is worth meeting whatever befell this
                    print(f"FAILED {stranger.name}\n{traceback.format_exc()}", flush=True)
                    faults.append(f"{stranger.name}: {fault}")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turn", help=f"a number, or today: every stranger number {TURNS}, beginning with this one")
    parser.add_argument("--only", help="those whose names match this regular expression")
    arguments = parser.parse_args()
    if MISSING or not BINARY:
        print(f"SKIPPED: {', '.join(MISSING) or 'VIGIE_BINARY'} is missing")
        return SKIPPED_EXIT
    begin, strangers = time.monotonic(), chosen(arguments.turn, arguments.only)
    faults = meet_all(strangers)
    print(f"{len(strangers) - len(faults)} of {len(strangers)} strangers were met as they should in {time.monotonic() - begin:.0f} s")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
