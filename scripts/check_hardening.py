#!/usr/bin/python3
"""check_hardening.py PROGRAM...: reads ELF files with readelf, prints what they lack of cmake/hardening.cmake. 1 when they do.

What leaves no trace in the file itself is read from the compiler's switches in its debugging information, where it has any.
"""

import platform
import re
import subprocess
import sys

# Macros are not among the switches that a compiler records.
SWITCHES = ["-fstack-protector-strong", "-fstack-clash-protection"]
if platform.machine() == "x86_64":
    SWITCHES.append("-fcf-protection=full")


def readelf(program: str, *options: str) -> str:
    found = subprocess.run(["readelf", "-W", *options, program], capture_output=True, text=True, check=False)
    if found.returncode:
        raise SystemExit(f"{program}: {found.stderr.strip() or 'readelf failed'}")
    return found.stdout


def layout_faults(program: str) -> list[str]:
    header, segments, dynamic = readelf(program, "-h"), readelf(program, "-l"), readelf(program, "-d")
    faults = []
    if "DYN (" not in header or not re.search(r"FLAGS_1.*\bPIE\b", dynamic):
        faults.append("it is not position-independent (-pie)")
    if "GNU_RELRO" not in segments:
        faults.append("its relocations stay writable (-z relro)")
    if not re.search(r"FLAGS_1.*\bNOW\b", dynamic):
        faults.append("its relocations are made lazily (-z now)")
    if not re.search(r"GNU_STACK\s.*\sRW\s", segments):
        faults.append("its stack is executable, or it does not say (-z noexecstack)")
    if re.search(r"LOAD\s.*\sRWE\s", segments):
        faults.append("a segment is writable and executable")
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        faults.append("it looks for libraries in a path of its own (RPATH)")
    if "TEXTREL" in dynamic:
        faults.append("its code has relocations (TEXTREL)")
    return faults


def code_faults(program: str) -> list[str]:
    symbols = readelf(program, "--dyn-syms")
    faults = []
    if "__stack_chk_fail" not in symbols:
        faults.append("no function has a stack protector (-fstack-protector-strong)")
    if not re.search(r"UND __\w+_chk\b", symbols):
        faults.append("no call is checked (-D_FORTIFY_SOURCE=3)")
    if "__glibcxx_assert_fail" not in symbols:
        faults.append("the containers check nothing (-D_GLIBCXX_ASSERTIONS)")
    return faults


def switch_faults(program: str) -> list[str]:
    """Of its own units: a unit that lacks one is named."""
    if ".debug_info" not in readelf(program, "-S"):
        return []
    found = subprocess.run(["readelf", "--debug-dump=info", "--dwarf-depth=1", program], capture_output=True, text=True, check=False)
    producers = re.findall(r"DW_AT_producer.*?: (GNU C\S* .*)", found.stdout)
    return [f"{sum(switch not in producer for producer in producers)} units were compiled without {switch}"
            for switch in SWITCHES if any(switch not in producer for producer in producers)]


def faults_of(program: str) -> list[str]:
    return layout_faults(program) + code_faults(program) + switch_faults(program)


def main(programs: list[str]) -> int:
    failed = 0
    for program in programs:
        faults = faults_of(program)
        failed += bool(faults)
        print(f"{program}: {'hardened' if not faults else '; '.join(faults)}")
    return 1 if failed or not programs else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
