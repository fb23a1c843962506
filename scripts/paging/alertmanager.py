"""What the pager asks Alertmanager: who fires, who is muted by whom, and that it be silent."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from paging.fetched import Unavailable, fetched_json

ALERTS_MAX = 300
SILENCE_S = {"30m": 1_800, "1h": 3_600, "2h": 7_200, "4h": 14_400, "8h": 28_800, "24h": 86_400}
COMMENT_CHARACTERS_MAX = 500
AUTHOR_CHARACTERS_MAX = 100
LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]{0,99}")


class Refused(ValueError):
    """A field of the silence form; the message names it."""


@dataclass(frozen=True)
class Alertmanager:
    url: str

    def alerts(self) -> list[dict]:
        """Pages first, then tickets, each the newest first."""
        answer = fetched_json(f"{self.url}/api/v2/alerts")
        if not isinstance(answer, list):
            raise Unavailable(f"{self.url} answers no list of alerts")
        order = {"critical": 0, "warning": 1}
        newest_first = sorted(answer, key=lambda alert: alert["startsAt"], reverse=True)
        return sorted(newest_first, key=lambda alert: order.get(alert["labels"].get("severity", ""), 2))[:ALERTS_MAX]

    def alert(self, fingerprint: str) -> dict | None:
        return next((alert for alert in self.alerts() if alert["fingerprint"] == fingerprint), None)

    def silences(self) -> list[dict]:
        """Those in force and to come, the next to end first."""
        answer = fetched_json(f"{self.url}/api/v2/silences")
        live = [silence for silence in answer if silence["status"]["state"] != "expired"]
        return sorted(live, key=lambda silence: silence["endsAt"])[:ALERTS_MAX]

    def silence(self, form: dict[str, str]) -> str:
        """Its id. Refused names the field that is wrong."""
        now = datetime.now(timezone.utc)
        body = {
            "matchers": [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in form_matchers(form)],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(seconds=duration_s(form))).isoformat(),
            "createdBy": text_of(form, "author", AUTHOR_CHARACTERS_MAX),
            "comment": text_of(form, "comment", COMMENT_CHARACTERS_MAX),
        }
        return fetched_json(f"{self.url}/api/v2/silences", body=body)["silenceID"]

    def expire(self, identity: str) -> None:
        if not re.fullmatch(r"[0-9a-f-]{36}", identity):
            raise Refused("id is not that of a silence.")
        fetched_json(f"{self.url}/api/v2/silence/{quote(identity)}", method="DELETE")


def form_matchers(form: dict[str, str]) -> list[tuple[str, str]]:
    """`matchers`: name=value, one a line."""
    found = []
    for line in form.get("matchers", "").splitlines():
        name, equals, value = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals or not LABEL_NAME.fullmatch(name) or not value or len(value) > 500:
            raise Refused(f"matchers: `{line.strip()[:60]}` is not name=value.")
        found.append((name, value.strip('"')))
    if not any(name == "alertname" for name, _ in found):
        raise Refused("matchers: alertname=… is missing; a silence of everything is none that should be made from here.")
    if len(found) > 20:
        raise Refused("matchers: more than 20.")
    return found


def duration_s(form: dict[str, str]) -> int:
    if form.get("duration") not in SILENCE_S:
        raise Refused(f"duration is one of {', '.join(SILENCE_S)}.")
    return SILENCE_S[form["duration"]]


def text_of(form: dict[str, str], name: str, characters_max: int) -> str:
    text = " ".join(form.get(name, "").split())
    if not text or len(text) > characters_max:
        raise Refused(f"{name} has 1 to {characters_max} characters.")
    return text
