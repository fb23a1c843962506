#!/usr/bin/python3
"""external_links.py URL SOURCE TARGET: copies a folder of alerts with links that lead to the pager at URL, for compose.yaml.

The local stack does the same as it starts (scripts/local_stack/monitoring.py).
"""

import shutil
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

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
            place.write_text(with_external_links(path.read_text(encoding="utf-8"), url), encoding="utf-8")
        else:
            shutil.copyfile(path, place)


if __name__ == "__main__":
    copy(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
