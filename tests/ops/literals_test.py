#!/usr/bin/python3
"""Telemetry names are written once, in telemetry/catalogue: a literal of one elsewhere in the code is a fault."""

import json
import re

from cpp_scanner import PREPROCESSOR
from repository import RepositoryTest, files_of, main, text_of

CATALOGUE = "telemetry/catalogue/"
STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')
METRIC_LIKE = re.compile(r"(?:vigie|http_server|http_client|db_client|otel_sdk|process)_[a-z0-9_]+")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
# A dotted name that is in the catalogue and also something else where it stands: "file: name", each with its reason.
MEANS_SOMETHING_ELSE: dict[str, str] = {}


def declared() -> set[str]:
    catalogue = json.loads(text_of("tests/ops/catalogue.golden.json"))
    return {row["name"] for rows in catalogue.values() for row in rows}


def faults_of(name: str, text: str, names: set[str]) -> list[str]:
    code = COMMENT.sub(lambda match: "\n" * match.group(0).count("\n"), PREPROCESSOR.sub("", text))
    faults = []
    for match in STRING.finditer(code):
        literal = match.group(1)
        is_name = literal in names and ("_" in literal or "." in literal)
        if (is_name or METRIC_LIKE.fullmatch(literal)) and f"{name}: {literal}" not in MEANS_SOMETHING_ELSE:
            faults.append(f'{name}: "{literal}" is a telemetry name; use its constant of {CATALOGUE}')
    return faults


class Literals(RepositoryTest):
    def test_names_stand_in_the_catalogue_alone(self):
        names = declared()
        faults = []
        for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/")):
            if not name.startswith(CATALOGUE):
                faults += faults_of(name, text_of(name), names)
        self.assert_none(faults)

    def test_catches_planted_literals(self):
        names = declared()
        self.assert_caught(faults_of("a.cpp", 'f("http_server_active_requests");', names), "telemetry name")
        self.assert_caught(faults_of("a.cpp", 'f("vigie_jobs_total");', names), "telemetry name")
        self.assert_caught(faults_of("a.cpp", 'span.set("http.route", x);', names), "telemetry name")
        self.assertEqual(faults_of("a.cpp", '// like "http.route"\nf("id");', names), [])


if __name__ == "__main__":
    main()
