"""A configuration file that is written for compose.yaml, with the addresses and paths of this machine instead."""

from pathlib import Path

from local_stack.child import StartError
from local_stack.settings import ROOT


def rendered(name: str, text: str, changes: dict[str, str]) -> str:
    """Each change must find its place: a source that was edited must not start with an address of somewhere else."""
    for old, new in changes.items():
        if old not in text:
            raise StartError(f"{name} has no `{old.strip()}`, which the local stack replaces.")
        text = text.replace(old, new)
    return text


def write_rendered(name: str, changes: dict[str, str], target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(rendered(name, (ROOT / name).read_text(), changes))
    return target
