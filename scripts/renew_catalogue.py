#!/usr/bin/python3
"""Writes tests/ops/catalogue.golden.json, one row a line, from what `vigie describe --catalogue` prints on standard input.

  build/dev/server/vigie describe --catalogue | scripts/renew_catalogue.py
"""

import json
import sys
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "tests/ops/catalogue.golden.json"


def golden_text(catalogue: dict) -> str:
    tables = []
    for name, rows in catalogue.items():
        lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        tables.append(f'  "{name}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(tables) + "\n}\n"


if __name__ == "__main__":
    GOLDEN.write_text(golden_text(json.load(sys.stdin)))
