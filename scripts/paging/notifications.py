"""What Alertmanager sends: read with suspicion, and held within limits."""

import hashlib
import json
import re
import threading
from collections import deque
from datetime import datetime, timezone
from pathlib import Path

KINDS = ("page", "ticket", "chat", "heartbeat")
BODY_BYTES_MAX = 1_000_000
ALERTS_MAX = 200
LABEL_CHARACTERS_MAX = 4_096
# Of each kind what fits into these bytes as text, and at most so many: the oldest go.
HELD_BYTES_MAX = {"page": 8_000_000, "ticket": 8_000_000, "chat": 4_000_000, "heartbeat": 8_000_000}
HELD_MAX = 10_000
JOURNAL_BYTES_MAX = 32_000_000


class Malformed(ValueError):
    """Not what Alertmanager sends; the message says where."""


def parse_time(text: str) -> datetime:
    # Alertmanager writes up to nine digits of a second, more than datetime reads.
    return datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*", r".\1", text).replace("Z", "+00:00"))


def fingerprint_of(alert: dict) -> str:
    """Alertmanager's own, or one in its form for an alert that did not pass through it."""
    given = alert.get("fingerprint")
    if isinstance(given, str) and re.fullmatch(r"[0-9a-f]{16}", given):
        return given
    return hashlib.sha256(json.dumps(alert["labels"], sort_keys=True).encode()).hexdigest()[:16]


def parsed(kind: str, content: bytes) -> dict:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as fault:
        raise Malformed(f"the body is no JSON: {fault}") from None
    if not isinstance(body, dict):
        raise Malformed("the body is no object")
    if kind != "chat":
        check_alerts(body)
    if kind == "heartbeat" and not any(is_beat(alert) for alert in body["alerts"]):
        raise Malformed("a heartbeat is a Watchdog that fires")
    return body


def is_beat(alert: dict) -> bool:
    return alert["labels"].get("alertname") == "Watchdog" and alert["status"] == "firing"


def check_alerts(body: dict) -> None:
    alerts = body.get("alerts")
    if not isinstance(alerts, list) or not 0 < len(alerts) <= ALERTS_MAX:
        raise Malformed(f"alerts is no list of 1 to {ALERTS_MAX}")
    if not isinstance(body.get("truncatedAlerts", 0), int):
        raise Malformed("truncatedAlerts is no number")
    for number, alert in enumerate(alerts):
        if not isinstance(alert, dict) or alert.get("status") not in ("firing", "resolved"):
            raise Malformed(f"alerts[{number}].status is neither firing nor resolved")
        for name in ("labels", "annotations"):
            if not is_texts(alert.get(name)):
                raise Malformed(f"alerts[{number}].{name} is no object of texts of at most {LABEL_CHARACTERS_MAX} characters")
        if not alert["labels"].get("alertname"):
            raise Malformed(f"alerts[{number}].labels has no alertname")
        for name in ("startsAt", "endsAt") if alert["status"] == "resolved" else ("startsAt",):
            check_time(alert.get(name), f"alerts[{number}].{name}")


def check_time(given: object, place: str) -> None:
    try:
        moment = parse_time(given) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 < moment.year < 9999:
        raise Malformed(f"{place} is no time")


def is_texts(node: object) -> bool:
    return isinstance(node, dict) and all(isinstance(value, str) and max(len(value), len(name)) <= LABEL_CHARACTERS_MAX
                                          for name, value in node.items())


class Held:
    """What was taken, in order, as the text it is answered with. `lock` guards all of it: the server's threads share it."""

    def __init__(self, journal: Path | None = None) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.records: dict[str, deque[tuple[int, str]]] = {kind: deque(maxlen=HELD_MAX) for kind in KINDS}
        self.bytes = dict.fromkeys(KINDS, 0)
        self.journal = journal

    def add(self, kind: str, body: dict) -> None:
        text = json.dumps({"kind": kind, "received_at": datetime.now(timezone.utc).isoformat(), "body": body})
        with self.lock:
            records = self.records[kind]
            if len(records) == HELD_MAX:
                self.bytes[kind] -= len(records.popleft()[1])
            self.count += 1
            records.append((self.count, text))
            self.bytes[kind] += len(text)
            while self.bytes[kind] > HELD_BYTES_MAX[kind] and len(records) > 1:
                self.bytes[kind] -= len(records.popleft()[1])
            if self.journal and kind != "heartbeat":
                self._write(text)

    def _write(self, text: str) -> None:
        if self.journal.exists() and self.journal.stat().st_size > JOURNAL_BYTES_MAX:
            self.journal.replace(self.journal.with_suffix(".1" + self.journal.suffix))
        with open(self.journal, "a", encoding="utf-8") as file:
            file.write(text + "\n")

    def texts(self, kinds: tuple[str, ...] = KINDS) -> list[str]:
        """Those of `kinds`, the oldest first."""
        with self.lock:
            return [text for _, text in sorted(record for kind in kinds for record in self.records[kind])]

    def newest_alert(self, fingerprint: str) -> dict | None:
        """As Alertmanager told it last."""
        for text in reversed(self.texts(("page", "ticket"))):
            for alert in json.loads(text)["body"]["alerts"]:
                if fingerprint_of(alert) == fingerprint:
                    return alert
        return None
