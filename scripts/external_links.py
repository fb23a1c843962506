#!/usr/bin/python3
"""external_links.py URL SOURCE TARGET: copies a folder of alerts with links that lead to the pager at URL, for compose.yaml.

VIGIE_WORKING_HOURS ("monday:friday 08:00-18:00 Europe/Paris") says when tickets are told; without it, what the file says.
The local stack does the same as it starts (scripts/local_stack/monitoring.py).
"""

import os
import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from paging.hours import with_working_hours  # noqa: E402
from paging.links import with_external_links  # noqa: E402

TEXTS = (".yaml", ".yml", ".tmpl")


def copy(url: str, source: Path, target: Path) -> None:
    """What was there from an earlier start goes; `target` itself may be a mount."""
    for left in target.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif path.suffix in TEXTS:
            text = with_external_links(path.read_text(encoding="utf-8"), url)
            if path.name == "alertmanager.yml":
                text = with_working_hours(text, os.environ.get("VIGIE_WORKING_HOURS", ""))
            place.write_text(text, encoding="utf-8")
        else:
            shutil.copyfile(path, place)


if __name__ == "__main__":
    try:
        copy(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    except ValueError as fault:
        sys.exit(str(fault))
