"""PromQL, LogQL and TraceQL as their own grammars read them: one node process for all expressions."""

import json
import subprocess
import sys
from functools import cache

from promql import without_variables
from queries import Query
from repository import ROOT

sys.path.insert(0, str(ROOT / "tests/harness"))

import npm  # noqa: E402

SOURCE = ROOT / "tests/ops/grammars"
INSTALLED = ROOT / "build/grammars"


@cache
def missing() -> str | None:
    """Why the grammars cannot be had, or None. They are installed into build/ once for each change of their pins."""
    return npm.why_missing(INSTALLED, pins=SOURCE)


def parsed(queries: list[Query]) -> list[dict]:
    """For each query {"faults": [text around what does not parse], "names": {kind: [name]}}."""
    asked = [{"language": query.language, "text": without_variables(query.text)} for query in queries]
    done = subprocess.run(["node", str(SOURCE / "parse.mjs"), str(INSTALLED)], input=json.dumps(asked), capture_output=True,
                          text=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return json.loads(done.stdout)
