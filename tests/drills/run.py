#!/usr/bin/python3
"""Runs drills on one local stack in compressed time.

    make drill                         all of them, and the tests beside this file; writes times into docs/drills.md
    make drill ALERT=DbDown            one
    tests/drills/run.py --turn 0       every sixth one, as CI does in turns
"""

import argparse
import os
import pathlib
import re
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import table  # noqa: E402
from declared import BACKUP, DRILLS, JOBS, MEDIA, MONITORING  # noqa: E402
from drill import Drill, Result, run  # noqa: E402
from faults_of_backup import add_backup_for_days  # noqa: E402
from scene import BINARY, HOUR_IS_A_MINUTE, MISSING, ROOT, Scene  # noqa: E402

SKIPPED_EXIT = 77
SECONDS_A_DAY = 86_400
TURNS = 6


def chosen(alert: str | None, turn: str | None) -> list[Drill]:
    if alert:
        found = [drill for drill in DRILLS if alert in (drill.alert, drill.name)]
        if not found:
            sys.exit(f"There is no drill of {alert}; there are: {', '.join(sorted({drill.alert for drill in DRILLS}))}")
        return found
    if turn is None:
        return DRILLS
    if turn == "today":
        turn = os.environ.get("CI_TURN") or str(int(time.time()) // SECONDS_A_DAY)
    first = int(turn) % TURNS
    print(f"Turn {first} of {TURNS}; the same again: CI_TURN={first}", flush=True)
    return DRILLS[first::TURNS]


def run_one(scene: Scene, drill: Drill) -> Result | str | None:
    """Its result, or the fault; the next drill is worth running whatever befell this one."""
    if drill.needs and not scene.has_program(drill.needs):
        print(f"left out {drill.name}: {drill.needs} is not installed", flush=True)
        return None
    try:
        result = run(scene, drill)
    except Exception as fault:  # noqa: BLE001
        print(f"FAILED {drill.name}\n{traceback.format_exc()}", flush=True)
        return f"{drill.name}: {fault}"
    print("\n      ".join([f"ok    {result}", *result.not_executed]), flush=True)
    return result


def run_in_a_scene(drills: list[Drill], has_back_ends: bool) -> list[Result | str]:
    """All of them have one scale."""
    if not drills:
        return []
    with tempfile.TemporaryDirectory(prefix="vigie-drills-", dir=ROOT / "build") as directory:
        os.chmod(directory, 0o755)
        try:
            with Scene(directory, drills[0].scale, has_back_ends) as scene:
                if drills[0].scale != HOUR_IS_A_MINUTE:
                    add_backup_for_days(scene)
                return [run_one(scene, drill) for drill in sorted(drills, key=lambda drill: drill.has_traffic)]
        except Exception:  # noqa: BLE001
            return [f"the stack did not start or end: {traceback.format_exc()}"]


def run_all(drills: list[Drill]) -> list[Result | str]:
    """Three rows side by side, since drills mostly wait: the service, its work, and days in seconds, each with back ends;
    after the days the watchers are drilled on a stack of their own, which needs none."""
    watchers = [drill for drill in drills if drill in MONITORING]
    days = [drill for drill in drills if drill.scale != HOUR_IS_A_MINUTE]
    work = [drill for drill in drills if drill in JOBS + MEDIA + BACKUP and drill not in days]
    service = [drill for drill in drills if drill not in watchers + days + work]
    with ThreadPoolExecutor() as pool:
        first = pool.submit(run_in_a_scene, service, has_back_ends=True)
        second = pool.submit(run_in_a_scene, work, has_back_ends=True)
        third = pool.submit(lambda: run_in_a_scene(days, has_back_ends=True) + run_in_a_scene(watchers, has_back_ends=False))
        return first.result() + second.result() + third.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alert", help="only the drills of this alert")
    parser.add_argument("--only", help="the drills whose alerts match this regular expression")
    parser.add_argument("--turn", help=f"a number, or today: every drill number {TURNS}, beginning with this one")
    parser.add_argument("--write", action="store_true", help="write the times into docs/drills.md")
    arguments = parser.parse_args()
    if MISSING or not BINARY:
        print(f"SKIPPED: {', '.join(MISSING) or 'VIGIE_BINARY'} is missing")
        return SKIPPED_EXIT
    begin = time.monotonic()
    drills = chosen(arguments.alert, arguments.turn)
    if arguments.only:
        drills = [drill for drill in drills if re.search(arguments.only, drill.alert)]
    outcomes = run_all(drills)
    results = [outcome for outcome in outcomes if isinstance(outcome, Result)]
    faults = [outcome for outcome in outcomes if isinstance(outcome, str)]
    if arguments.write and results:
        table.write(results)
    print(f"{len(results)} of {len(drills)} drills passed in {time.monotonic() - begin:.0f} s")
    for fault in faults:
        print(f"  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
