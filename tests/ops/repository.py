"""The files of the repository, as the checks of this folder read them."""

import subprocess
import sys
import unittest
from functools import cache
from pathlib import Path

sys.dont_write_bytecode = True

ROOT = Path(__file__).resolve().parents[2]
SKIPPED_EXIT = 77
NOT_OURS = {".git", ".local", "build", "node_modules", "__pycache__"}


@cache
def files() -> tuple[str, ...]:
    """Paths from the root: what git knows or would add; in a tree without git, everything but what is made."""
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if not NOT_OURS & set(path.parts)]
    return tuple(sorted(name for name in set(names) if (ROOT / name).is_file()))


def files_of(*suffixes: str, under: tuple[str, ...] = ()) -> list[str]:
    return [name for name in files() if name.endswith(suffixes) and (not under or name.startswith(under))]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def main() -> None:
    """Runs the tests of the calling script. All skipped is an exit code of its own, so that ctest says Skipped."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(suite)
    if not result.wasSuccessful():
        sys.exit(1)
    ran = result.testsRun - len(result.skipped)
    for test, reason in result.skipped:
        print(f"SKIPPED {test.id()}: {reason}")
    sys.exit(0 if ran else SKIPPED_EXIT)


class RepositoryTest(unittest.TestCase):
    """A check is a function that returns its faults as lines; a test holds the repository against it."""

    maxDiff = None

    def assert_none(self, faults: list[str]) -> None:
        self.assertEqual(faults, [], "\n" + "\n".join(faults))

    def assert_caught(self, faults: list[str], part: str) -> None:
        """For planted cases: the check must name the fault."""
        self.assertTrue(any(part in fault for fault in faults), f"not caught: {part!r} in {faults}")
