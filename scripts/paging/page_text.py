"""A notification as text for a terminal of 80 columns. What came over the network never moves the cursor."""

import sys
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timezone

from paging.links import Links, traces_query
from paging.notifications import fingerprint_of, parse_time

WIDTH = 80
# A label or a text longer than this is cut: a page is read, not scrolled.
TEXT_CHARACTERS_MAX = 1_200
TOLD_MAX = 10_000

RED, GREEN, YELLOW, PLAIN = "\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[0m"


def printable(text: str) -> str:
    """Control and format characters as what they are called: none of them reaches the terminal, nor turns the line round."""
    shown = "".join(character if is_plain(character) else f"<U+{ord(character):04X}>" for character in text[:TEXT_CHARACTERS_MAX])
    return shown + (" …" if len(text) > TEXT_CHARACTERS_MAX else "")


def is_plain(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def columns(text: str) -> int:
    """How wide a terminal shows it."""
    return sum(0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
               for character in text)


def wrapped(text: str, width: int = WIDTH - 2) -> list[str]:
    """Lines broken between words; a word that is longer than a line stands alone and whole."""
    lines, line = [], ""
    for word in text.split():
        if line and columns(line) + 1 + columns(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line] if line else lines


def duration_text(seconds: float) -> str:
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def place_of(labels: dict[str, str]) -> str:
    parts = " / ".join(one_line(labels[name]) for name in ("service", "component", "env") if labels.get(name))
    return f"{parts}, burn over {one_line(labels['long'])}" if "long" in labels else parts


def title_lines(head: str, rest: str) -> list[str]:
    """In one line where it fits."""
    if columns(head) + 2 + columns(rest) <= WIDTH:
        return [f"{head}  {rest}"]
    return [head, *(f"  {line}" for line in wrapped(rest))]


def alert_rows(alert: dict, began: datetime, now: datetime, links: Links) -> list[str]:
    labels, notes = alert["labels"], alert["annotations"]
    fingerprint = fingerprint_of(alert)
    rows = [*wrapped(one_line(notes.get("summary", ""))), *wrapped(one_line(notes.get("description", ""))), ""]
    runbook = one_line(links.of(notes.get("runbook_url", "")))
    rows.append(f"runbook    {runbook or '(none)'}")
    rows.append(f"since      {began.astimezone():%H:%M:%S}, {duration_text((now - began).total_seconds())} ago")
    rows.append(f"alert      {links.alert(fingerprint)}")
    if notes.get("dashboard_url"):
        rows.append(f"dashboard  {links.alert(fingerprint, '/dashboard')}")
    if alert.get("generatorURL"):
        rows.append(f"graph      {links.alert(fingerprint, '/graph')}")
    if traces_query(labels) is not None:
        rows.append(f"traces     {links.alert(fingerprint, '/traces')}")
    rows.append(f"silence    {links.alert(fingerprint, '/silence')}, or")
    return rows + [f"           {printable(line)}" for line in links.silence_command(labels)]


class Teller:
    """Tells each episode of an alert once: its page, then short lines while it goes on, then its end.

    `began` says when an alert began, which is before it fired. Shared by the server's threads; `lock` guards what was told
    and keeps blocks of lines whole.
    """

    def __init__(self, links: Links, began: Callable[[dict], datetime], output=None) -> None:
        self.links = links
        self.began = began
        self.output = output or sys.stdout
        self.lock = threading.Lock()
        # Fingerprint -> (its start, whether it still fires, when it began).
        self.told: OrderedDict[str, tuple[str, bool, datetime]] = OrderedDict()

    def tell(self, kind: str, alert: dict) -> None:
        fingerprint, starts_at = fingerprint_of(alert), alert["startsAt"]
        now = datetime.now(timezone.utc)
        before = self._before(fingerprint, starts_at)
        began = before[2] if before else self.began(alert)
        is_firing = alert["status"] == "firing"
        with self.lock:
            self.told[fingerprint] = (starts_at, is_firing, began)
            self.told.move_to_end(fingerprint)
            while len(self.told) > TOLD_MAX:
                self.told.popitem(last=False)
        if is_firing:
            self._tell_firing(kind, alert, began, bool(before))
        elif not before or before[1]:
            lasted = duration_text((parse_time(alert["endsAt"]) - began).total_seconds())
            head = f"[{clock(now)}] RESOLVED  {one_line(alert['labels']['alertname'])}"
            self.block(GREEN, title_lines(head, f"{place_of(alert['labels'])}, lasted {lasted}"), [])

    def _before(self, fingerprint: str, starts_at: str) -> tuple[str, bool, datetime] | None:
        """What was told of this very episode."""
        with self.lock:
            told = self.told.get(fingerprint)
        return told if told and told[0] == starts_at else None

    def _tell_firing(self, kind: str, alert: dict, began: datetime, is_repeat: bool) -> None:
        now = datetime.now(timezone.utc)
        colour = RED if kind == "page" else YELLOW
        name = one_line(alert["labels"]["alertname"])
        if is_repeat:
            rest = f"{place_of(alert['labels'])}, since {began.astimezone():%H:%M:%S}"
            lines = title_lines(f"[{clock(now)}] still firing  {name}", rest)
            self.block(colour, [*lines, f"  {self.links.alert(fingerprint_of(alert))}"], [])
            return
        self.block(colour, title_lines(f"[{clock(now)}] {kind.upper()}  {name}", place_of(alert["labels"])),
                   alert_rows(alert, began, now, self.links))

    def block(self, colour: str, title: list[str], rows: list[str]) -> None:
        start, end = (colour, PLAIN) if self.output.isatty() else ("", "")
        text = "\n".join(["", f"{start}{title[0]}{end}", *title[1:], *(f"  {row}".rstrip() for row in rows), ""])
        with self.lock:
            print(text, file=self.output, flush=True)


def clock(now: datetime) -> str:
    return f"{now.astimezone():%H:%M:%S}"
