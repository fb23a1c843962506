"""A command of a runbook as it is typed where Vigie runs in containers. What is where is the table of docs/commands.md."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs/commands.md"
EXEC = "docker compose exec -T"
LOGS = "docker compose logs --no-log-prefix --no-color"
# What is set for one start of the local stack; containers read this file (compose.yaml, env_file).
SETTINGS = "deploy/compose/vigie.env"
ENDPOINTS = re.compile(r'psql "\$\(sed .*?endpoints\.json\)"', re.S)
WITH_SETTINGS = re.compile(r"make down && ((?:VIGIE_\w+=\S+ )+)make up")


@dataclass(frozen=True)
class Row:
    """`local` in a command becomes `there`. With a service, the simple command that it stands in runs in its container."""

    local: str
    there: str
    service: str


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Longest first: the part of a path is no path."""
    found = re.findall(r"^\| `([^`]+)` \| `([^`]*)` \| (\S*) \|$", TABLE.read_text(encoding="utf-8"), re.M)
    return tuple(sorted((Row(*row) for row in found), key=lambda row: -len(row.local)))


def segments(command: str) -> list[tuple[int, int]]:
    """Where each simple command begins and ends, with those inside $(…) too; text in quotes ends none."""
    found, stack, position, quote = [], [0], 0, []
    quote.append("")
    while position < len(command):
        character, ahead = command[position], command[position:position + 2]
        if character == "\\" and quote[-1] != "'":
            position += 2
            continue
        if quote[-1] == "'":
            quote[-1] = "" if character == "'" else "'"
        elif ahead == "$(":
            stack.append(position + 2)
            quote.append("")
            position += 1
        elif character == ")" and not quote[-1] and len(stack) > 1:
            found.append((stack.pop(), position))
            quote.pop()
        elif character in "'\"":
            quote[-1] = "" if quote[-1] == character else quote[-1] or character
        elif character in "|;&\n" and not quote[-1]:
            found.append((stack[-1], position))
            stack[-1] = position + (2 if ahead in ("||", "&&") else 1)
            position += stack[-1] - position - 1
        position += 1
    return [(start, end) for start, end in [*found, (stack[0], len(command))] if command[start:end].strip()]


def is_word(text: str, start: int, length: int) -> bool:
    """Not the middle of another path or word."""
    before, after = text[start - 1:start], text[start + length:start + length + 1]
    # What follows an address belongs to it; what follows a folder is another place.
    is_longer = re.match(r"[\w-]" if "//" in text[start:start + length] or text[start + length - 1] == "/" else r"[\w/-]", after or " ")
    return not re.match(r"[\w./-]", before or " ") and not (is_longer and text[start + length - 1] != "/")


def simple_form(simple: str) -> str:
    """Of one simple command without its $(…): the first row that gives a service decides where it runs."""
    service, is_pattern = "", False
    for row in rows():
        start = simple.find(row.local)
        if start < 0 or not is_word(simple, start, len(row.local)):
            continue
        if row.service == "curl":
            simple = re.sub(r"^curl ", lambda _: f"curl {row.there} ", simple)
            continue
        if row.there.startswith(LOGS):
            rest = simple[:start].rstrip() + simple[start + len(row.local):]
            return f"{row.there} | {rest}"
        if row.service and service and row.service != service:
            continue
        service, is_pattern = service or row.service, is_pattern or "*" in row.there
        simple = simple[:start] + row.there + simple[start + len(row.local):]
    if not service:
        return simple
    # The container's shell knows which files there are.
    return f"{EXEC} {service} sh -c '{simple}'" if is_pattern else f"{EXEC} {service} {simple}"


def setting_form(command: str) -> str | None:
    """What the local stack is given for one start."""
    settings = WITH_SETTINGS.search(command)
    if settings is None:
        return None
    lines = "".join(f"echo {one} >>{SETTINGS}; " for one in settings[1].split())
    return command.replace(settings[0], f"{lines}docker compose up -d --no-deps vigie-1 vigie-2 worker")


def in_containers(command: str) -> str:
    """The whole of it. What is the same there comes back as it is."""
    whole = next((row for row in rows() if row.local == command.strip() and " " in row.local), None)
    if whole is not None and not whole.there.startswith(LOGS):
        return f"{EXEC} {whole.service} {whole.there}" if whole.service else whole.there
    # The address of the database is in the container's own environment.
    if re.match(r"\s*DATABASE_URL=\$\(.*\)\s*$", command, re.S):
        return "# nothing to set: psql is asked in the container"
    if (given := setting_form(command)) is not None:
        return given
    form = ENDPOINTS.sub('psql "$DATABASE_URL"', command)
    # From the last to the first, the outer one of two that nest after the inner one: places before stay what they were.
    places = sorted(segments(form), key=lambda place: (-place[0], place[1]))
    grown: list[tuple[int, int]] = []
    for start, end in places:
        end += sum(more for at, more in grown if start < at < end)
        simple = form[start:end]
        leading, trailing = len(simple) - len(simple.lstrip()), len(simple.rstrip())
        changed = simple[:leading] + simple_form(simple[leading:trailing]) + simple[trailing:]
        form = form[:start] + changed + form[end:]
        grown.append((start, len(changed) - len(simple)))
    return form


def shown(code: str) -> str:
    """What stands in a sentence: a command, or a file with the container that has it."""
    row = next((row for row in rows() if row.local == code and "/" in code), None)
    if row is not None and not row.there.startswith("docker"):
        return f"{row.there} ({row.service})" if row.service else row.there
    return in_containers(code) if row is not None or " " in code else code
