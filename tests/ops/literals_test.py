#!/usr/bin/python3
"""Telemetry names are written once, in telemetry/catalogue: a literal of one elsewhere in the code is a fault, and so is
a declaration that no code uses."""

import json
import re

from cpp_scanner import PREPROCESSOR
from repository import RepositoryTest, files_of, main, text_of

CATALOGUE = "telemetry/catalogue/"
STRING = re.compile(r'"((?:\\.|[^"\\\n])*)"')
METRIC_LIKE = re.compile(r"(?:vigie|http_server|http_client|db_client|otel_sdk|process)_[a-z0-9_]+")
DECLARATION = re.compile(r"inline constexpr (?:AttributeKey|LogEventType|MetricType|Span\w*Type) (k\w+)\{")
WORD = re.compile(r"\bk[A-Z]\w*")
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


def unused_declarations(catalogue: dict[str, str], code: dict[str, str]) -> list[str]:
    """`catalogue` and `code`: text by file. To be allowed on a span is not to be used: somebody has to set it."""
    used = {word for text in code.values() for word in WORD.findall(COMMENT.sub("", text))}
    declared_in = [(name, constant) for name, text in catalogue.items() for constant in DECLARATION.findall(text)]
    return [f"{name}: {constant} is declared and never used" for name, constant in declared_in if constant not in used]


def counted_by_hand(name: str, text: str) -> list[str]:
    """An array of instruments is as long as the list of its names, and not as long as somebody has counted."""
    code = COMMENT.sub("", text)
    return [f"{name}: {match[0]} is counted by hand" for match in
            re.finditer(r"(?:std::array<)+(?:telemetry::)?(?:Counter|Gauge|Histogram)\*, \d+>(?:, \d+>)?", code)]


class Literals(RepositoryTest):
    def test_no_list_is_counted_by_hand(self):
        faults = []
        for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/")):
            faults += counted_by_hand(name, text_of(name))
        self.assert_none(faults)
        for planted in ("std::array<telemetry::Gauge*, 3> a_;", "std::array<std::array<Counter*, 4>, 3> b_;"):
            self.assert_caught(counted_by_hand("a.cpp", planted), "is counted by hand")

    def test_names_stand_in_the_catalogue_alone(self):
        names = declared()
        faults = []
        for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/")):
            if not name.startswith(CATALOGUE):
                faults += faults_of(name, text_of(name), names)
        self.assert_none(faults)

    def test_what_is_declared_is_used(self):
        sources = {name: text_of(name) for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/"))}
        catalogue = {name: sources.pop(name) for name in list(sources) if name.startswith(CATALOGUE)}
        self.assert_none(unused_declarations(catalogue, sources))

    def test_catches_a_planted_declaration(self):
        catalogue = {"attributes.hpp": 'inline constexpr AttributeKey kColour{"a", kString, "A"};\n',
                     "log_events.hpp": 'inline constexpr LogEventType kPainted{"b", kInfo, "B",\n     {}};\n'}
        self.assert_caught(unused_declarations(catalogue, {"a.cpp": "// kPainted\n"}), "kColour is declared and never used")
        self.assert_caught(unused_declarations(catalogue, {"a.cpp": "// kPainted\n"}), "kPainted is declared and never used")
        self.assertEqual(unused_declarations(catalogue, {"a.cpp": "f(kPainted, kColour);"}), [])

    def test_catches_planted_literals(self):
        names = declared()
        self.assert_caught(faults_of("a.cpp", 'f("http_server_active_requests");', names), "telemetry name")
        self.assert_caught(faults_of("a.cpp", 'f("vigie_jobs_total");', names), "telemetry name")
        self.assert_caught(faults_of("a.cpp", 'span.set("http.route", x);', names), "telemetry name")
        self.assertEqual(faults_of("a.cpp", '// like "http.route"\nf("id");', names), [])


if __name__ == "__main__":
    main()
