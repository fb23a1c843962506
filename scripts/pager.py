#!/usr/bin/python3
"""A pager for one machine: takes what Alertmanager sends, prints it for a person, and keeps it for tests.

POST /page, /ticket and /heartbeat take Alertmanager's webhook form, POST /chat Slack's, each with the token that
--webhook-token-file holds. Its pages are for people, on a telephone too: / leads to all of them. GET /pages answers everything
taken so far to whom asks for application/json. When heartbeats stop, it says so: then no alert can arrive.
"""

import argparse
import json
import re
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from paging import runbooks  # noqa: E402
from paging.access import LOOPBACK_NAMES, Access  # noqa: E402
from paging.alertmanager import Alertmanager  # noqa: E402
from paging.bounded_server import BoundedHandler, BoundedServer  # noqa: E402
from paging.links import Links  # noqa: E402
from paging.markup import HEADERS  # noqa: E402
from paging.notifications import BODY_BYTES_MAX, KINDS, Held, Malformed, parsed  # noqa: E402
from paging.page_text import YELLOW, Teller  # noqa: E402
from paging.prometheus import Prometheus  # noqa: E402
from paging.routes import FORM_BYTES_MAX, Answer, Routes  # noqa: E402
from paging.trace_pages import Admin  # noqa: E402

# Three beats of a minute and a margin; a test passes its own.
HEARTBEAT_LIMIT_S = 200.0
WEBHOOKS = tuple(f"/{kind}" for kind in KINDS)
FORMS = ("/silence", "/silence/end")
TEXT = "text/plain; charset=utf-8"


class Pager:
    """Tells what is taken, and when nothing is. Shared by the server's threads; `lock` guards the beats."""

    def __init__(self, held: Held, teller: Teller, heartbeat_limit_s: float) -> None:
        self.lock = threading.Lock()
        self.held = held
        self.teller = teller
        self.heartbeat_limit_s = heartbeat_limit_s
        # From the start on: beats that never begin are missing too.
        self.last_beat = time.monotonic()
        self.blind_since: datetime | None = None

    def take(self, kind: str, body: dict) -> None:
        self.held.add(kind, body)
        if kind == "heartbeat":
            self.beat()
        if kind in ("page", "ticket"):
            for alert in body["alerts"]:
                self.teller.tell(kind, alert)
            if body.get("truncatedAlerts"):
                more = f"{body['truncatedAlerts']} more alerts of this group: {self.teller.links.external}/alerts"
                self.teller.block(YELLOW, [more], [])

    def beat(self) -> None:
        with self.lock:
            self.last_beat = time.monotonic()
            since, self.blind_since = self.blind_since, None
        if since:
            self.take("page", self.watchdog_missing("resolved", since))

    def watch(self) -> None:
        """Pages once when beats are missing, of its own: nothing that is broken could say so."""
        while True:
            time.sleep(min(5.0, self.heartbeat_limit_s / 4))
            with self.lock:
                if self.blind_since or time.monotonic() - self.last_beat < self.heartbeat_limit_s:
                    continue
                self.blind_since = datetime.now(timezone.utc)
                since = self.blind_since
            self.take("page", self.watchdog_missing("firing", since))

    def watchdog_missing(self, status: str, since: datetime) -> dict:
        """A page in the form of Alertmanager's, so that whoever reads pages reads this one."""
        labels = {"alertname": "WatchdogMissing", "severity": "critical", "service": "monitoring", "component": "monitoring"}
        external = self.teller.links.external
        alert = {
            "status": status,
            "labels": labels,
            "annotations": {
                "summary": "Monitoring is blind: the Watchdog does not arrive.",
                "description": "Nobody is told when users suffer: three heartbeats are missing. Look at Prometheus and Alertmanager.",
                "runbook_url": f"{external}/runbooks/watchdog.md#watchdog",
                "dashboard_url": f"{external}/d/vigie-telemetry",
            },
            "startsAt": since.isoformat(),
            "endsAt": datetime.now(timezone.utc).isoformat(),
        }
        return {"status": status, "receiver": "page", "groupLabels": {"alertname": "WatchdogMissing"}, "commonLabels": labels,
                "alerts": [alert]}


def wants_json(accept: str) -> bool:
    """JSON before HTML, by their weights; what accepts both alike is a person's."""
    def weight(kind: str) -> float:
        found = 0.0
        for part in accept.lower().split(","):
            name, _, parameters = part.partition(";")
            if name.strip() == kind:
                given = re.search(r"\bq=(\d(?:\.\d{1,3})?)\b", parameters)
                found = max(found, float(given[1]) if given else 1.0)
        return found

    return weight("application/json") > weight("text/html")


def handler_of(pager: Pager, routes: Routes, access: Access) -> type[BoundedHandler]:
    class Handler(BoundedHandler):
        def is_refused(self, path: str) -> bool:
            refusal = access.refusal(self.command, path, self.headers, WEBHOOKS)
            if refusal is not None:
                self.answer(refusal.status, TEXT, refusal.text, refusal.headers)
            return refusal is not None

        def do_POST(self) -> None:
            path = urlsplit(self.path).path
            if self.is_refused(path):
                return
            if path not in WEBHOOKS + FORMS:
                self.answer(404, TEXT, "no such receiver\n")
                return
            content = self.read_body(BODY_BYTES_MAX if path in WEBHOOKS else FORM_BYTES_MAX)
            if content is None:
                return
            if path in FORMS:
                self.send(routes.post(path, content))
                return
            try:
                kind = path.strip("/")
                pager.take(kind, parsed(kind, content))
            except Malformed as fault:
                self.answer(400, TEXT, f"not what Alertmanager sends: {fault}\n")
                return
            self.answer(200, TEXT, "ok")

        def do_GET(self) -> None:
            if not self.is_refused(urlsplit(self.path).path):
                self.server.was_read(self.connection)
                self.send(routes.get(self.path, wants_json(self.headers.get("Accept", ""))))

        do_HEAD = do_GET

        def send(self, answer: Answer) -> None:
            self.answer(answer.status, answer.kind, answer.content, (*HEADERS, *answer.headers))

    return Handler


def arguments_of() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Prints what Alertmanager sends, and shows it with what belongs to it.")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--external-url", help="how people reach the pager; links are made from it")
    parser.add_argument("--webhook-token-file", type=Path, required=True, help="what Alertmanager's authorization.credentials_file holds")
    parser.add_argument("--password-file", type=Path, help="needed to read the pages where --address is not loopback")
    parser.add_argument("--journal", type=Path, help="file that each page, ticket and chat message is appended to")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090")
    parser.add_argument("--alertmanager", default="http://127.0.0.1:9093")
    parser.add_argument("--admin", default="http://127.0.0.1:9464", help="Vigie's admin port, where example traces are")
    parser.add_argument("--admin-token-file", type=Path, help="what the admin port asks for where it is not on loopback")
    parser.add_argument("--grafana", help="its address for people, where there is one")
    parser.add_argument("--commands", choices=runbooks.PLACES, default="local", help="the form of a runbook's commands")
    parser.add_argument("--heartbeat-limit-s", type=float, default=HEARTBEAT_LIMIT_S)
    arguments = parser.parse_args()
    arguments.external_url = (arguments.external_url or f"http://127.0.0.1:{arguments.port}").rstrip("/")
    if urlsplit(arguments.external_url).scheme not in ("http", "https") or not urlsplit(arguments.external_url).hostname:
        parser.error(f"--external-url {arguments.external_url} is no http:// or https:// address")
    if arguments.address not in LOOPBACK_NAMES and not arguments.password_file:
        parser.error(f"--address {arguments.address} is not loopback: --password-file must name a file with a password")
    return arguments


def secret_of(path: Path) -> str:
    secret = path.read_text(encoding="utf-8").strip()
    if len(secret) < 16:
        sys.exit(f"{path} holds fewer than 16 characters: that is no secret.")
    return secret


def main() -> None:
    arguments = arguments_of()
    links = Links(arguments.external_url, arguments.alertmanager)
    prometheus, held = Prometheus(arguments.prometheus), Held(arguments.journal)
    pager = Pager(held, Teller(links, prometheus.began), arguments.heartbeat_limit_s)
    admin = Admin(arguments.admin, secret_of(arguments.admin_token_file) if arguments.admin_token_file else None)
    routes = Routes(held, links, prometheus, Alertmanager(arguments.alertmanager), admin)
    routes.grafana, routes.place = arguments.grafana, arguments.commands
    authorities = {urlsplit(arguments.external_url).netloc.lower()}
    if arguments.address not in ("0.0.0.0", "::"):
        authorities.add(arguments.address)
    access = Access(frozenset(authorities), secret_of(arguments.webhook_token_file),
                    secret_of(arguments.password_file) if arguments.password_file else None)
    threading.Thread(target=pager.watch, daemon=True).start()
    BoundedServer((arguments.address, arguments.port), handler_of(pager, routes, access)).serve_forever()


if __name__ == "__main__":
    main()
