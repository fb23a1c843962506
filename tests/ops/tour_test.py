#!/usr/bin/python3
"""docs/tour.md: each link goes to the first line that has its words. `tour_test.py --write` renews the lines."""

import os.path
import re
import sys

from repository import ROOT, RepositoryTest, main, text_of

PAGE = "docs/tour.md"
STOP = re.compile(r"\[`([^`]+)`\]\(([^)#\s]+)(?:#L(\d+))?\)")
STOPS_MIN = 30


def path_of(target: str) -> str:
    """From the root; the page lies in docs/."""
    return os.path.normpath(os.path.join("docs", target))


def line_of(words: str, path: str) -> int | None:
    """The first that has these words, counted from 1."""
    if not (ROOT / path).is_file():
        return None
    return next((number for number, line in enumerate(text_of(path).splitlines(), 1) if words in line), None)


def stop_faults(text: str) -> list[str]:
    faults = []
    for words, target, line in STOP.findall(text):
        found = line_of(words, path_of(target))
        if found is None:
            faults.append(f"{target}: no line has {words}")
        elif line != str(found):
            faults.append(f"{target}: {words} stands in line {found}, not {line or 'said'}")
    return faults


def renewed(text: str) -> str:
    return STOP.sub(lambda m: f"[`{m[1]}`]({m[2]}#L{line_of(m[1], path_of(m[2]))})", text)


class Tour(RepositoryTest):
    def test_each_stop_is_where_its_link_goes(self):
        self.assertGreaterEqual(len(STOP.findall(text_of(PAGE))), STOPS_MIN)
        self.assert_none(stop_faults(text_of(PAGE)))

    def test_catches_planted_stops(self):
        self.assert_caught(stop_faults("[`x`](../gone.cpp#L1)"), "no line has x")
        self.assert_caught(stop_faults("[`no such words`](../Makefile#L1)"), "no line has no such words")
        self.assert_caught(stop_faults("[`# Vigie`](../README.md#L2)"), "stands in line 1, not 2")
        self.assert_caught(stop_faults("[`# Vigie`](../README.md)"), "stands in line 1, not said")
        self.assertEqual(stop_faults(renewed("[`# Vigie`](../README.md#L9)")), [])


if __name__ == "__main__":
    if "--write" in sys.argv:
        (ROOT / PAGE).write_text(renewed(text_of(PAGE)))
    else:
        main()
