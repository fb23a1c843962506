#!/usr/bin/python3
"""A commit's subject is `area: imperative summary` in at most 72 characters: rule 46 of CONTRIBUTING.md."""

import re
import subprocess
import unittest

from repository import ROOT, RepositoryTest, main

SUBJECT_LENGTH_MAX = 72
#: The last commit whose subject was longer. What is written stays.
BEFORE_THE_RULE = "3d90b7a"


def subject_faults(subjects: list[str]) -> list[str]:
    faults = [f"{len(subject)} characters, at most {SUBJECT_LENGTH_MAX}: {subject}" for subject in subjects
              if len(subject) > SUBJECT_LENGTH_MAX]
    return faults + [f"no area in front: {subject}" for subject in subjects if not re.match(r"[\w/.-]+(, [\w/.-]+)*: \S", subject)]


class Commits(RepositoryTest):
    def test_subjects_are_short_and_name_their_area(self):
        log = subprocess.run(["git", "-C", str(ROOT), "log", "--no-merges", "--format=%s", f"{BEFORE_THE_RULE}..HEAD"],
                             capture_output=True, text=True)
        if log.returncode != 0:
            raise unittest.SkipTest("no history that reaches back to the rule: " + log.stderr.strip())
        self.assert_none(subject_faults(log.stdout.splitlines()))

    def test_catches_planted_subjects(self):
        self.assertEqual(subject_faults(["http: " + "x" * 66]), [])
        self.assert_caught(subject_faults(["http: " + "x" * 67]), "73 characters")
        self.assert_caught(subject_faults(["Fixed a thing"]), "no area in front")


if __name__ == "__main__":
    main()
