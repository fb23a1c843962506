"""PromQL, LogQL and TraceQL as their own grammars read them: one node process for all expressions."""

import fcntl
import json
import shutil
import subprocess
from functools import cache

from promql import without_variables
from queries import Query
from repository import ROOT

SOURCE = ROOT / "tests/ops/grammars"
INSTALLED = ROOT / "build/grammars"
PINS = ("package.json", "package-lock.json")


def is_installed() -> bool:
    """npm writes its own account of node_modules when it is done: without it, an installation was cut off."""
    return (INSTALLED / "node_modules/.package-lock.json").is_file() and all(
        (INSTALLED / name).is_file() and (INSTALLED / name).read_text() == (SOURCE / name).read_text() for name in PINS)


@cache
def missing() -> str | None:
    """Why the grammars cannot be had, or None. They are installed into build/ once for each change of their pins."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return f"{tool} is not on PATH"
    INSTALLED.parent.mkdir(exist_ok=True)
    with open(INSTALLED.with_suffix(".lock"), "w") as lock:  # several checks of one run want them
        fcntl.flock(lock, fcntl.LOCK_EX)
        return None if is_installed() else install()


def install() -> str | None:
    shutil.rmtree(INSTALLED, ignore_errors=True)
    INSTALLED.mkdir(parents=True)
    for name in PINS:
        shutil.copy(SOURCE / name, INSTALLED / name)
    command = ["npm", "ci", "--prefix", str(INSTALLED), "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90)
    except subprocess.TimeoutExpired:
        shutil.rmtree(INSTALLED, ignore_errors=True)
        return "npm did not answer in time"
    if done.returncode == 0:
        return None
    shutil.rmtree(INSTALLED, ignore_errors=True)
    return "npm cannot install the grammars: " + done.stderr[-300:]


def parsed(queries: list[Query]) -> list[dict]:
    """For each query {"faults": [text around what does not parse], "names": {kind: [name]}}."""
    asked = [{"language": query.language, "text": without_variables(query.text)} for query in queries]
    done = subprocess.run(["node", str(SOURCE / "parse.mjs"), str(INSTALLED)], input=json.dumps(asked), capture_output=True,
                          text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)
