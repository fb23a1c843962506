#!/usr/bin/python3
"""How soon a person knows at real scale: rules, scrapes and waits as they are shipped, one fault after the other.

    tests/drills/real_time.py ApiDown ApiProbeSlow…     pages of these alerts; minutes each, so no test runs it

Writes the seconds from the fault to the receiver into docs/drills.md.
"""

import os
import re
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from declared import DRILLS  # noqa: E402
from drill import MISSING_BEAT, Drill, told  # noqa: E402
from scene import BINARY, MISSING, ROOT, Scene, wait_for  # noqa: E402
from table import DOCUMENT  # noqa: E402

TOLD_LIMIT_S, OVER_LIMIT_S = 900, 1_500
BEGIN, END = "<!-- written by real_time.py -->\n", "<!-- end of what is written -->\n"


def rows(text: str) -> dict[str, str]:
    """alert and fault -> seconds, as they stand there."""
    return {match[1]: match[2] for match in re.finditer(r"^\| (`\w+` \| [^|]+) \| (\d+) \|$", text.partition(BEGIN)[2].partition(END)[0], re.M)}


def write(drill: Drill, seconds: float) -> None:
    text = DOCUMENT.read_text()
    known = rows(text) | {f"`{drill.alert}` | {drill.what}": f"{seconds:.0f}"}
    lines = "".join(f"| {name} | {taken} |\n" for name, taken in sorted(known.items(), key=lambda row: int(row[1])))
    head, _, rest = text.partition(BEGIN)
    table = "| page | fault | seconds from fault to receiver |\n|---|---|---|\n" + lines
    DOCUMENT.write_text(head + BEGIN + table + END + rest.partition(END)[2])


def measure(scene: Scene, drill: Drill) -> float:
    """As a drill, without what compressed time has shown already; the next begins when nothing critical is left."""
    scene.start_traffic()
    since, begin = len(scene.stack.received()), time.monotonic()
    with drill.fault(scene):
        told(scene, drill, since, "firing", TOLD_LIMIT_S)
        seconds = time.monotonic() - begin
    if drill.alert != MISSING_BEAT:
        wait_for("critical alerts end", OVER_LIMIT_S, lambda: not [
            alert for alert in scene.active_alerts() if alert["labels"]["severity"] == "critical"])
    return seconds


def main() -> int:
    if MISSING or not BINARY:
        sys.exit(f"missing: {', '.join(MISSING) or 'VIGIE_BINARY'}")
    faults = 0
    with tempfile.TemporaryDirectory(prefix="vigie-real-", dir=ROOT / "build") as directory:
        os.chmod(directory, 0o755)
        with Scene(directory, scale=1) as scene:
            for name in sys.argv[1:]:
                drill = next(drill for drill in DRILLS if drill.alert == name and drill.severity == "critical")
                try:
                    seconds = measure(scene, drill)
                    write(drill, seconds)
                    print(f"{name}: told after {seconds:.0f} s", flush=True)
                except Exception:  # noqa: BLE001: the next one is worth measuring
                    traceback.print_exc()
                    faults += 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
