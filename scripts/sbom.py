#!/usr/bin/python3
"""The software bill of materials of a build: `sbom.py PROGRAM...` prints CycloneDX 1.5, JSON. A component is a Debian package: one
whose library a program loads, or one that is compiled into it. `sbom.py --outdated PROGRAM...` prints instead those for which
Debian has a newer version, and ends with 1 when there is any; `apt-get update` first."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
# Of packages.txt's "build", what leaves code in the programs without a library that they load.
COMPILED_IN = ("libboost-context-dev", "libcli11-dev", "node-llhttp", "nlohmann-json3-dev", "libpistache-dev", "prometheus-cpp-dev")


def output_of(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def libraries_of(program: str) -> set[str]:
    """Files that the loader maps for `program`, those that others want too."""
    return set(re.findall(r"(?:=> )?(/\S+) \(0x", output_of("ldd", program)))


def packages_of(programs: list[str]) -> list[str]:
    """By name and architecture. dpkg knows a file by the name it was installed under, before /lib became a link to /usr/lib."""
    names: dict[str, str] = {}
    for library in {library for program in programs for library in libraries_of(program)}:
        path = str(Path(library).resolve())
        names |= {name: library for name in (path, path.removeprefix("/usr"), library, library.removeprefix("/usr"))}
    said = subprocess.run(["dpkg-query", "--search", *names], capture_output=True, text=True, check=False).stdout
    found = [line.split(": ", 1) for line in said.splitlines()]
    foreign = set(names.values()) - {names[name] for _, name in found if name in names}
    if foreign:
        raise SystemExit(f"sbom.py: of no Debian package: {', '.join(sorted(foreign))}")
    return sorted({package for package, _ in found} | set(COMPILED_IN))


def fields_of(packages: list[str]) -> list[dict[str, str]]:
    names = ("Package", "Version", "Architecture", "source:Package", "source:Version", "Homepage")
    line = "\\t".join("${%s}" % name for name in names) + "\\n"
    said = output_of("dpkg-query", "--show", "--showformat", line, *packages)
    return [dict(zip(names, each.split("\t"), strict=True)) for each in said.splitlines()]


def component_of(of: dict[str, str], release: str) -> dict:
    purl = f"pkg:deb/debian/{of['Package']}@{quote(of['Version'], safe='~')}?arch={of['Architecture']}&distro={release}"
    references = [{"type": "website", "url": of["Homepage"]}] if of["Homepage"] else []
    return {"type": "library", "bom-ref": purl, "name": of["Package"], "version": of["Version"], "purl": purl,
            "externalReferences": references,
            "properties": [{"name": "debian:source", "value": of["source:Package"]},
                           {"name": "debian:source-version", "value": of["source:Version"]}]}


def document_of(programs: list[str]) -> dict:
    release = re.search(r"^VERSION_CODENAME=(\S+)", Path("/etc/os-release").read_text(encoding="utf-8"), re.M)[1]
    version = re.search(r"project\(vigie\s+VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
    components = [component_of(fields, release) for fields in fields_of(packages_of(programs))]
    root = {"type": "application", "bom-ref": f"vigie@{version}", "name": "vigie", "version": version}
    return {"$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
            "metadata": {"component": root}, "components": components,
            "dependencies": [{"ref": root["bom-ref"], "dependsOn": [one["bom-ref"] for one in components]}]}


def outdated(packages: list[str]) -> list[str]:
    lines = []
    for package in packages:
        policy = output_of("env", "LC_ALL=C", "apt-cache", "policy", package)
        installed, candidate = (re.search(rf"{name}: (\S+)", policy)[1] for name in ("Installed", "Candidate"))
        if installed != candidate:
            lines.append(f"{package}: {installed} is installed, Debian has {candidate}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outdated", action="store_true")
    parser.add_argument("programs", nargs="+", metavar="PROGRAM")
    given = parser.parse_args()
    if not given.outdated:
        print(json.dumps(document_of(given.programs), indent=2))
        return 0
    lines = outdated(packages_of(given.programs))
    print("\n".join(lines) or "Debian has nothing newer.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
