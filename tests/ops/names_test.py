#!/usr/bin/python3
"""Names of files, words that say nothing, what must not be left behind, and that each C++ file starts as agreed."""

import re
from pathlib import PurePath

from repository import RepositoryTest, files, files_of, main, text_of

SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
# Programs and rule files are named after what people type: words joined by hyphens are right for them.
DASHES_ALLOWED = ("dashboards/", "grafana/", "docs/", "tests/load/", "deploy/")
EMPTY_WORDS = {"utils", "util", "helpers", "helper", "common", "manager", "data", "info", "misc", "impl"}
# Fixed by others: demo_data is what issue and Makefile call it.
EMPTY_WORDS_EXCEPTED = {"scripts/demo_data.py"}

LEFT_BEHIND = [
    (re.compile(r"\b(?:FIX" + r"ME|XX" + r"X)\b(?!\")"), "says that something is wrong: mend it or open an issue"),
    (re.compile(r"\bTO" + r"DO\b(?!\s*\(\S.{9,}\))"), "is a promise without the reason it waits: `TO" + "DO (reason)`"),
    (re.compile(r"^\s*//\s*(?:[-=*#/]\s*){8,}"), "is a banner"),
    (re.compile(r"^\s*//.*(?:;|\{)\s*$"), "looks like code in a comment"),
    (re.compile(r"(?:^|[^\w.])/(?:home|Users|work" + r")/[\w.-]+/"), "names a path of one machine"),
    (re.compile(r"^(?:<{7}|>{7}) "), "is left from a merge"),
    (re.compile(r"//.*\bNO" + r"LINT(?:NEXTLINE|BEGIN|END)?\b(?!\([\w*,. -]+\))"), "waives each check there is: name the one"),
]
CODE = (".cpp", ".hpp", ".py", ".sh", ".sql", ".jsonnet", ".libsonnet", ".yaml", ".yml", ".cmake", ".txt", ".tmpl")
COMMENTED_CODE_EXCEPTED = "looks like code in a comment"


def name_faults(name: str) -> list[str]:
    path = PurePath(name)
    stem = path.name.split(".")[0]
    faults = []
    if path.suffix in (".cpp", ".hpp", ".py", ".sh", ".sql") and not SNAKE.fullmatch(stem) and stem != "__init__":
        if not name.startswith(DASHES_ALLOWED):
            faults.append(f"{name}: file names are snake_case")
    empty = EMPTY_WORDS & set(stem.split("_"))
    if path.suffix in (".cpp", ".hpp", ".py", ".sh") and empty and name not in EMPTY_WORDS_EXCEPTED:
        faults.append(f"{name}: '{empty.pop()}' names nothing")
    return faults


def content_faults(name: str, text: str) -> list[str]:
    faults = []
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, complaint in LEFT_BEHIND:
            if pattern.search(line) and not is_contract(line, complaint):
                faults.append(f"{name}:{number}: {complaint}: {line.strip()[:80]}")
    if name.endswith(".hpp") and not text.startswith("#pragma once\n"):
        faults.append(f"{name}: starts with #pragma once")
    return faults


def is_contract(line: str, complaint: str) -> bool:
    """A contract of a header (`///`) and prose that ends in a semicolon are no code: code has an operator or a call."""
    is_prose = line.lstrip().startswith("///") or not re.search(r"[=()<>]|->|::", line)
    return complaint == COMMENTED_CODE_EXCEPTED and is_prose


def reference_faults(name: str, text: str, known: set[str]) -> list[str]:
    """A comment that names a file of ours names one that is there."""
    return [f"{name}: a comment names {reference}, which is no file" for comment in re.findall(r"//[^\n]*", text)
            for reference in re.findall(r"(?<![\w.*/])[a-z][\w/]*\.(?:cpp|hpp|py|jsonnet|cmake)\b", comment)
            if not any(path == reference or path.endswith("/" + reference) for path in known)]


class Names(RepositoryTest):
    def test_comments_name_files_that_are_there(self):
        known = set(files())
        faults = []
        for name in files_of(".cpp", ".hpp"):
            faults += reference_faults(name, text_of(name), known)
        self.assert_none(faults)
        self.assert_caught(reference_faults("a.hpp", "/// The table in server/app/gone.cpp says it.", known), "server/app/gone.cpp, which is no file")

    def test_files_are_named_as_agreed(self):
        faults = []
        for name in files():
            faults += name_faults(name)
        self.assert_none(faults)

    def test_nothing_is_left_behind(self):
        faults = []
        for name in files_of(*CODE, "Makefile", ".ci/run"):
            faults += content_faults(name, text_of(name))
        self.assert_none(faults)

    def test_catches_planted_names_and_leftovers(self):
        self.assert_caught(name_faults("server/http/requestRouter.cpp"), "snake_case")
        self.assert_caught(name_faults("server/http/string_utils.hpp"), "names nothing")
        for line, part in [
            ("// FIX" + "ME later", "mend it"),
            ("// TO" + "DO make it faster", "promise"),
            ("//---------------------", "banner"),
            ("// call(x);", "code in a comment"),
            ("path = /home/" + "ann/vigie/x", "path of one machine"),
            ("<<<<<<< HEAD", "merge"),
            ("int a;  // NO" + "LINT", "name the one"),
            ("int a;  // NO" + "LINT: for the reason", "name the one"),
        ]:
            self.assert_caught(content_faults("a.cpp", line), part)
        self.assert_caught(content_faults("a.hpp", "// first\n#pragma once\n"), "#pragma once")
        self.assertEqual(content_faults("a.cpp", "// TO" + "DO (libpq 16 has the call for it)\n// one; two;\n"), [])


if __name__ == "__main__":
    main()
