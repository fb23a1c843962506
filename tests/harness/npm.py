"""Test tools from npm, installed once under build/; where they cannot be had, the reason for skipping."""

import fcntl
import pathlib
import shutil
import subprocess

LIMIT_S = 100
# A connection that stalls is given up and tried anew well before the limit.
COMMON = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-timeout=15000", "--fetch-retries=2",
          "--fetch-retry-mintimeout=1000"]


def missing_programs() -> str | None:
    absent = [program for program in ("node", "npm") if not shutil.which(program)]
    return f"{absent[0]} is not on PATH" if absent else None


def run_npm(directory: pathlib.Path, arguments: list[str], limit_s: float) -> str | None:
    """Why it did not work, or None. What a failed run left is removed."""
    try:
        done = subprocess.run(["npm", *arguments, "--prefix", str(directory), *COMMON], cwd=directory, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=limit_s)
        reason = None if done.returncode == 0 else "npm cannot install it: " + done.stderr[-300:]
    except subprocess.TimeoutExpired:
        reason = f"npm did not answer within {limit_s} s"
    if reason:
        shutil.rmtree(directory / "node_modules", ignore_errors=True)
    return reason


def is_whole(directory: pathlib.Path) -> bool:
    """npm writes its own account of node_modules when it is done: without it, an installation was cut off."""
    return (directory / "node_modules/.package-lock.json").is_file()


def why_missing(directory: pathlib.Path, packages: list[str] | None = None, pins: pathlib.Path | None = None,
                limit_s: float = LIMIT_S) -> str | None:
    """Installs `packages` ("name@version"), or what the package.json and package-lock.json in `pins` say, into `directory`.
    None when they are there, and else the reason."""
    if reason := missing_programs():
        return reason
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory.with_suffix(".lock"), "w") as lock:  # several tests of one run want the same
        fcntl.flock(lock, fcntl.LOCK_EX)
        if pins is None:
            return None if is_whole(directory) else run_npm(directory, ["install", *packages], limit_s)
        names = ("package.json", "package-lock.json")
        is_fresh = all((directory / name).is_file() and (directory / name).read_text() == (pins / name).read_text() for name in names)
        if is_whole(directory) and is_fresh:
            return None
        for name in names:
            shutil.copy(pins / name, directory / name)
        # What the lock file says and nothing else: npm would resolve peers anew, by what the registry has today, and refuse.
        return run_npm(directory, ["ci", "--legacy-peer-deps"], limit_s)
