#!/usr/bin/python3
"""capture_contract.py COMPONENT URL SOURCE [PREFIX …]: writes COMPONENT.json into tests/ops/contracts from a real scrape.

The contract says which series a program that is not ours exposes, with their labels: what the checks of tests/ops hold
queries against. Metrics under no PREFIX are left out. Runs again over an existing file and adds what it did not have.
"""

import json
import re
import sys
import urllib.request
from pathlib import Path

CONTRACTS = Path(__file__).resolve().parents[1] / "tests/ops/contracts"
SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ")
LABEL = re.compile(r'(\w+)="(?:\\.|[^"\\])*"')
PARTS = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("_count", "_sum")}


def stem(name: str, types: dict[str, str]) -> str:
    """The metric that a sample belongs to: x_bucket is of x, when x is a histogram."""
    for kind, suffixes in PARTS.items():
        for suffix in suffixes:
            base = name.removesuffix(suffix)
            if name != base and types.get(base) == kind:
                return base
    return name


def metrics_of(text: str, prefixes: tuple[str, ...]) -> dict[str, dict]:
    types = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.M))
    found: dict[str, dict] = {}
    for line in text.splitlines():
        sample = SAMPLE.match(line)
        if not sample or not sample[1].startswith(prefixes or ("",)):
            continue
        name = stem(sample[1], types)
        entry = found.setdefault(name, {"type": types.get(name, "untyped"), "labels": []})
        made = {"le"} if entry["type"] == "histogram" else set()
        entry["labels"] = sorted(set(entry["labels"]) | set(LABEL.findall(sample[2] or "")) - made)
    return found


def written(source: str, metrics: dict[str, dict]) -> str:
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(metrics[name])}" for name in sorted(metrics))
    return f'{{\n  "source": {json.dumps(source)},\n  "metrics": {{\n{rows}\n  }}\n}}\n'


def main() -> None:
    component, url, source, *prefixes = sys.argv[1:]
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "text/plain"}), timeout=10) as answer:
        metrics = metrics_of(answer.read().decode(), tuple(prefixes))
    path = CONTRACTS / f"{component}.json"
    known = json.loads(path.read_text())["metrics"] if path.exists() else {}
    path.write_text(written(source, known | metrics))
    print(f"{path}: {len(known | metrics)} metrics")


if __name__ == "__main__":
    main()
