#!/usr/bin/python3
"""What a Release build is hardened with is read from what it makes: by readelf, with each part left out once."""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "scripts"))
from check_hardening import faults_of  # noqa: E402

PROJECT = """cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES C CXX)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(hardening.cmake)
add_executable(probe probe.cpp)
"""
# Something for each check: a buffer on the stack, a call that is checked, a container.
PROBE = """#include <unistd.h>
#include <cstring>
#include <vector>
int main(int count, char** arguments) {
  char buffer[64];
  const long got = ::read(0, buffer, static_cast<unsigned long>(count));
  std::strcpy(buffer, arguments[0]);
  std::vector<int> numbers(3);
  return numbers[static_cast<unsigned long>(count)] + buffer[got & 63];
}
"""
# What is left out, and what is then missed.
LEFT_OUT = {
    "-fstack-protector-strong": "stack protector",
    "-fstack-clash-protection": "-fstack-clash-protection",
    "-D_FORTIFY_SOURCE=3": "no call is checked",
    "-D_GLIBCXX_ASSERTIONS": "containers check nothing",
    "-fcf-protection=full": "-fcf-protection",
    "-Wl,-z,relro": "writable",
    "-Wl,-z,now": "lazily",
}
INSTEAD = {
    "-fstack-protector-strong": "-fno-stack-protector",
    "-fcf-protection=full": "-fcf-protection=none",
    "-Wl,-z,relro": "-Wl,-z,norelro",
    "-Wl,-z,now": "-Wl,-z,lazy",
    "-fstack-clash-protection": "-fno-stack-clash-protection",
}


def built(directory: Path, settings: str) -> str:
    """The probe, as a Release build with these settings makes it."""
    (directory / "CMakeLists.txt").write_text(PROJECT)
    (directory / "probe.cpp").write_text(PROBE)
    (directory / "hardening.cmake").write_text(settings)
    for command in (["cmake", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -g1 -DNDEBUG", "."],
                    ["cmake", "--build", "."]):
        done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
    return str(directory / "probe")


class Hardening(RepositoryTest):
    settings = (ROOT / "cmake/hardening.cmake").read_text()

    def faults(self, settings: str) -> list[str]:
        with tempfile.TemporaryDirectory() as directory:
            return faults_of(built(Path(directory), settings))

    def test_a_release_build_has_all_of_it(self):
        self.assertEqual(self.faults(self.settings), [])

    def test_each_part_is_missed_when_it_is_left_out(self):
        for switch, missed in LEFT_OUT.items():
            with self.subTest(switch):
                self.assertIn(switch, self.settings)
                faults = self.faults(re.sub(rf"(?<=[ (\n]){re.escape(switch)}(?=[ )\n])", INSTEAD.get(switch, ""), self.settings))
                self.assertTrue(any(missed in fault for fault in faults), faults)

    def test_a_program_that_is_not_position_independent_is_noticed(self):
        faults = self.faults(self.settings.replace("check_pie_supported(LANGUAGES C CXX)",
                                                   "set(CMAKE_POSITION_INDEPENDENT_CODE OFF)\nadd_link_options(-no-pie)"))
        self.assertTrue(any("position-independent" in fault for fault in faults), faults)

    def test_every_build_includes_it(self):
        self.assertIn("include(hardening)", (ROOT / "cmake/vigie.cmake").read_text())
        self.assertIn("check_hardening.py", (ROOT / "Dockerfile").read_text())

    def test_the_programs_of_a_release_build_that_is_here(self):
        programs = [str(path) for name in ("vigie", "vigie-preview")
                    if (path := ROOT / "build/release/server" / name).exists()]
        if not programs:
            self.skipTest("no release build is here; the image's build and the bench run read theirs")
        for program in programs:
            self.assertEqual(faults_of(program), [], program)


if __name__ == "__main__":
    main()
