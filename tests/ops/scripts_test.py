#!/usr/bin/python3
"""Scripts: shellcheck finds nothing, each runs with what a bare Debian has, and the package list is sound."""

import re
import shutil
import subprocess
import unittest
from pathlib import PurePath

from repository import ROOT, RepositoryTest, files, files_of, main, text_of

NEEDS = {"build", "run", "test", "ci", "lint", "bench", "pictures"}


def first_line_faults(name: str, text: str) -> list[str]:
    """Another python3 on PATH lacks Debian's modules; bash is not on every machine."""
    first = text.splitlines()[0] if text else ""
    if first.startswith("#!") and first not in ("#!/usr/bin/python3", "#!/bin/sh"):
        return [f"{name}: starts with {first}, not #!/usr/bin/python3 or #!/bin/sh"]
    return []


def package_faults(text: str) -> list[str]:
    rows = [line for line in text.splitlines() if line and not line.startswith("#")]
    faults = [f"not '<need> <package>': {row}" for row in rows if not re.fullmatch(r"[a-z]+ [a-z0-9.+-]+", row)]
    faults += [f"unknown need: {row}" for row in rows if row.split()[0] not in NEEDS]
    packages = [row.split()[-1] for row in rows]
    return faults + [f"listed twice: {package}" for package in sorted(set(packages)) if packages.count(package) > 1]


def unregistered_faults(test: str, cmake: str) -> list[str]:
    """A test that ctest does not know is run by nobody."""
    name = PurePath(test).name.removesuffix("_test.py")
    return [] if re.search(rf"\b{name}\b", cmake) else [f"{test}: its folder's CMakeLists.txt does not name it"]


# Areas without tests of our own code in C++, or that sanitizers cannot run: benchmarks and fuzz targets have builds of their own.
NOT_SANITIZED = {"bench", "fuzz"}


def areas() -> set[str]:
    return {PurePath(name).parts[1] for name in files_of(".cpp", under=("tests/",))
            if name.count("/") == 2 and f"{PurePath(name).parent}/CMakeLists.txt" in files()} - NOT_SANITIZED


def turn_faults(script: str, sanitized: set[str]) -> list[str]:
    """Each area of C++ tests runs under both sanitizers, within three days."""
    faults = []
    for preset in ("asan", "tsan"):
        call = re.search(rf"^sanitize {preset} \$\(turn_of ([^)]+)\)", script, re.M)
        turns = re.findall(r'"([^"]+)"', call.group(1)) if call else []
        taken = [area for turn in turns for area in turn.split()]
        faults += [f"{preset}: {len(turns)} turns, so an area waits longer than three days"] if not 0 < len(turns) <= 3 else []
        faults += [f"{preset}: tests/{area} is in no turn" for area in sorted(sanitized - set(taken))]
        faults += [f"{preset}: tests/{area} is no area of C++ tests" for area in sorted(set(taken) - sanitized)]
    return faults


class Turns(RepositoryTest):
    def test_every_area_is_sanitized_within_three_days(self):
        self.assertGreater(len(areas()), 10)
        self.assert_none(turn_faults(text_of(".ci/run"), areas()))

    def test_catches_planted_turns(self):
        script = 'sanitize asan $(turn_of "net auth" "http")\nsanitize tsan $(turn_of "net" "auth" "http" "blob")\n'
        self.assertEqual(turn_faults(script, {"net", "auth", "http", "domain"}),
                         ["asan: tests/domain is in no turn", "tsan: 4 turns, so an area waits longer than three days",
                          "tsan: tests/domain is in no turn", "tsan: tests/blob is no area of C++ tests"])


class Scripts(RepositoryTest):
    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_shellcheck_finds_nothing(self):
        shell = files_of(".sh") + [name for name in files() if name == ".ci/run"]
        done = subprocess.run(["shellcheck", *shell], cwd=ROOT, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_interpreters_are_those_of_a_bare_debian(self):
        faults = []
        for name in files_of(".py", ".sh", "run"):
            faults += first_line_faults(name, text_of(name))
        self.assert_none(faults)

    def test_package_list_is_sound(self):
        self.assert_none(package_faults(text_of("scripts/packages.txt")))

    def test_every_test_is_known_to_ctest(self):
        tests = files_of("_test.py", under=("tests/",))
        self.assertGreater(len(tests), 50)
        self.assert_none([fault for test in tests
                          for fault in unregistered_faults(test, text_of(f"{PurePath(test).parent}/CMakeLists.txt"))])
        self.assert_caught(unregistered_faults("tests/ops/lost_test.py", "vigie_check(last)\nfound"), "does not name it")

    def test_catches_planted_scripts(self):
        self.assert_caught(first_line_faults("a.py", "#!/usr/bin/env python3\n"), "starts with")
        self.assert_caught(package_faults("run a b\n"), "not '<need> <package>'")
        self.assert_caught(package_faults("dev a\n"), "unknown need")
        self.assert_caught(package_faults("run a\ntest a\n"), "listed twice")


if __name__ == "__main__":
    main()
