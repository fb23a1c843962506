#!/usr/bin/python3
"""Compiled dashboards are what Grafana's own types say: a wrong type or an unknown key is found by its compiler."""

import copy
import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import grammars
from queries import files_of_boards
from repository import RepositoryTest, main

HEAD = """import type { Dashboard } from "@grafana/schema";
// The types know enumerations, JSON their values.
type Plain<T> = T extends string ? `${T}` : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""
OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022"]
# Of an annotation, the fields that its data source reads: the types leave them to Prometheus's plugin.
OF_THE_DATA_SOURCE = ("expr", "step", "titleFormat")


def source_of(number: int, board: dict) -> str:
    plain = copy.deepcopy(board)
    for annotation in plain["annotations"]["list"]:
        for field in OF_THE_DATA_SOURCE:
            annotation.pop(field, None)
    return f"export const board_{number}: Plain<Dashboard> = {json.dumps(plain, indent=1)};\n"


def type_faults(named: dict[str, dict]) -> list[str]:
    """One run for all: each board is a file, so that a fault says which."""
    with tempfile.TemporaryDirectory(dir=grammars.INSTALLED) as directory:
        files = {}
        for number, (name, board) in enumerate(named.items()):
            path = Path(directory) / f"{number}.ts"
            path.write_text(HEAD + source_of(number, board))
            files[path.name] = name
        compiler = grammars.INSTALLED / "node_modules/typescript/bin/tsc"
        done = subprocess.run(["node", str(compiler), *OPTIONS, *(str(Path(directory) / file) for file in files)],
                              capture_output=True, text=True, timeout=100)
    faults = re.findall(r"(\d+\.ts)\(\d+,\d+\): error (.*)", done.stdout)
    if done.returncode != 0 and not faults:
        raise AssertionError(done.stdout + done.stderr)
    return [f"{files[file]}: {said[:300]}" for file, said in faults]


@unittest.skipIf(grammars.missing(), str(grammars.missing()))
class DashboardTypes(RepositoryTest):
    def test_every_dashboard(self):
        self.assert_none(type_faults(files_of_boards()))

    def test_catches_planted_faults(self):
        board = files_of_boards()["grafana/dashboards/vigie-slo.json"]
        wide = copy.deepcopy(board)
        wide["panels"][0]["gridPos"]["w"] = "12"
        loose = board | {"links": [{"title": "a"}]}
        faults = type_faults({"wide": wide, "old": board | {"schemaVersion": "39"}, "unknown": board | {"titel": "a"}, "loose": loose})
        for part in ("wide: TS2322", "old: TS2322", "unknown: TS2353", "loose: TS2740"):
            self.assert_caught(faults, part)


if __name__ == "__main__":
    main()
