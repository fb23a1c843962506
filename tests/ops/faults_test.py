#!/usr/bin/python3
"""docs/faults.md: each fault that strangers found has a row, and what guards it is a test or drill that is there."""

import re

from repository import ROOT, RepositoryTest, main, text_of

PAGE = "docs/faults.md"
# | V1 | kind | what is so now | `tests/file.py:name`, `drill Name` |
ROW = re.compile(r"^\| ([A-Z]*\d+[a-g]?(?:\.\d+)?) \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", re.M)
GUARD = re.compile(r"`((?:tests|alerts)/[\w./-]+)(?::([\w./ -]+))?`")
DRILL = re.compile(r"drill `([^`]+)`")


def numbers(prefix: str, last: int, without: tuple[int, ...] = ()) -> list[str]:
    return [f"{prefix}{number}" for number in range(1, last + 1) if number not in without]


# As the reports number them; what they left out is not here.
FOUND = [*numbers("V", 7, (4, 6)), *numbers("T", 6, (3, 5)), *numbers("H", 5, (3,)), *numbers("U", 3, (2,)),
         *numbers("X", 5, (3, 4)), *numbers("C", 4, (2,)), *numbers("A", 2), *numbers("G", 2), *numbers("S", 5),
         *numbers("M", 10), *numbers("L", 13), *numbers("F", 16), *numbers("P", 9), *numbers("R", 31)]


def row_faults(number: str, guards: str) -> list[str]:
    """A guard is a file and, behind a colon, words that stand in it."""
    named = GUARD.findall(guards)
    drills = DRILL.findall(guards)
    if not named and not drills:
        return [f"{number}: no test and no drill"]
    faults = []
    for path, case in named:
        if not (ROOT / path).is_file():
            faults.append(f"{number}: there is no {path}")
        elif case and case not in text_of(path):
            faults.append(f"{number}: {path} has no {case}")
    declared = text_of("tests/drills/declared.py")
    return faults + [f"{number}: there is no drill {name}" for name in drills if f'"{name}"' not in declared]


def page_faults(text: str) -> list[str]:
    rows = ROW.findall(text)
    seen = [row[0] for row in rows]
    faults = [f"{number} has no row" for number in FOUND if number not in seen]
    faults += [f"{number} has {seen.count(number)} rows" for number in sorted(set(seen)) if seen.count(number) > 1]
    return faults + [fault for number, _, _, guards in rows for fault in row_faults(number, guards)]


class Faults(RepositoryTest):
    def test_each_has_a_row_with_a_guard(self):
        self.assert_none(page_faults(text_of(PAGE)))

    def test_catches_planted_rows(self):
        self.assert_caught(page_faults("| V1 | a | b | nothing |"), "V1: no test")
        self.assert_caught(page_faults("| V1 | a | b | `tests/ops/gone_test.py:x` |"), "there is no tests/ops/gone_test.py")
        self.assert_caught(page_faults(f"| V1 | a | b | `tests/ops/size_test.py:{'no' + '_such'}` |"), "has no no_such")
        self.assert_caught(page_faults("| V1 | a | b | drill `NoSuchAlert` |"), "no drill NoSuchAlert")
        self.assert_caught(page_faults("| V1 | a | b | drill `DbDown` |\n| V1 | a | b | drill `DbDown` |"), "V1 has 2 rows")
        self.assert_caught(page_faults(""), "M10 has no row")


if __name__ == "__main__":
    main()
