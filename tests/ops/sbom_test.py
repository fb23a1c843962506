#!/usr/bin/python3
"""The bill of materials against the programs themselves: what readelf says they want, and what is compiled into them, is in it."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from repository import ROOT, RepositoryTest, files_of, main, text_of

sys.path.insert(0, str(ROOT / "scripts"))
from sbom import COMPILED_IN, document_of, outdated  # noqa: E402

BINARY = os.environ.get("VIGIE_BINARY", "")
# https://github.com/package-url/purl-spec: a character of its own meaning is encoded.
PURL = re.compile(r"pkg:deb/debian/[a-z0-9.+-]+@[A-Za-z0-9._~%-]+\?arch=(amd64|arm64|all)&distro=[a-z]+")
# third-party header -> the package that has it, of those that come without a library
HEADERS = {"boost/": "libboost-context-dev", "CLI/": "libcli11-dev", "nlohmann/": "nlohmann-json3-dev",
           "pistache/": "libpistache-dev", "prometheus/": "prometheus-cpp-dev", "llhttp": "node-llhttp"}


def programs() -> list[str]:
    return [BINARY, str(Path(BINARY).with_name("vigie-preview"))]


def wanted_by(program: str) -> set[str]:
    """Names of shared objects, of its own dynamic section."""
    said = subprocess.run(["readelf", "--dynamic", "--wide", program], check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"\(NEEDED\).*\[(.+?)\]", said))


def files_of_package(name: str) -> set[str]:
    said = subprocess.run(["dpkg-query", "--listfiles", name], check=True, capture_output=True, text=True).stdout
    return {line.rsplit("/", 1)[-1] for line in said.splitlines()}


def lacking(document: dict, names: set[str]) -> set[str]:
    """Of the shared objects `names` those that no component has."""
    had: set[str] = set()
    for component in document["components"]:
        had |= files_of_package(component["name"])
    return names - had


@unittest.skipUnless(BINARY, "VIGIE_BINARY names no server")
class BillOfMaterials(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        cls.document = document_of(programs())

    def test_has_what_each_program_wants(self):
        for program in programs():
            self.assertEqual(lacking(self.document, wanted_by(program)), set(), program)

    def test_has_what_is_compiled_in(self):
        sources = "\n".join(text_of(name) for name in files_of(".cpp", ".hpp", under=("server/", "telemetry/")))
        used = {package for prefix, package in HEADERS.items() if f"#include <{prefix}" in sources}
        self.assertEqual(used, set(COMPILED_IN))
        self.assertLessEqual(used, {component["name"] for component in self.document["components"]})

    def test_names_each_once_by_a_package_url(self):
        urls = [component["purl"] for component in self.document["components"]]
        self.assertEqual(len(urls), len(set(urls)))
        self.assertEqual([url for url in urls if not PURL.fullmatch(url)], [])
        self.assertEqual(set(self.document["dependencies"][0]["dependsOn"]), set(urls))
        json.dumps(self.document)

    def test_misses_one_that_is_left_out(self):
        components = [one for one in self.document["components"] if one["name"] != "libpq5"]
        self.assertEqual(lacking({"components": components}, wanted_by(BINARY)), {"libpq.so.5"})

    def test_tells_of_a_newer_version(self):
        with tempfile.TemporaryDirectory() as directory:
            program = Path(directory, "apt-cache")
            program.write_text("#!/bin/sh\necho \"$2:\"; echo '  Installed: 1.0-1'; echo \"  Candidate: 1.0-$((1 + ($(expr $2 : .*new) > 0)))\"\n")
            program.chmod(0o755)
            with patch.dict(os.environ, PATH=f"{directory}:{os.environ['PATH']}"):
                self.assertEqual(outdated(["liba", "libnew"]), ["libnew: 1.0-1 is installed, Debian has 1.0-2"])


if __name__ == "__main__":
    main()
