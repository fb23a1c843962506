#!/usr/bin/python3
"""A pager for one machine: takes what Alertmanager sends, prints it for a person, and keeps it for tests.

POST /page, /ticket and /heartbeat take Alertmanager's webhook form, POST /chat Slack's. GET /pages answers everything
taken so far; GET /runbooks/<topic>.md shows docs/runbooks, /runbooks/<AlertName> leads to its section, GET /d/<uid> shows a
dashboard where there is no Grafana. When heartbeats stop, it says so: then no alert can arrive.
"""

import argparse
import html
import json
import re
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import dashboard_page  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 100
BODY_BYTES_MAX = 4_000_000
HELD_MAX = 10_000
# Three beats of a minute and a margin; a test passes its own.
HEARTBEAT_LIMIT_S = 200.0
TRACED_COMPONENTS = {"api", "database", "proxy", "workers", "security"}

RED, GREEN, YELLOW, BOLD, PLAIN = "\033[1;31m", "\033[1;32m", "\033[1;33m", "\033[1m", "\033[0m"


class Printer:
    """Writes blocks to the terminal, one at a time, in colour where there is a terminal."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.has_colour = sys.stdout.isatty()

    def block(self, colour: str, title: str, rows: list[str]) -> None:
        start, end = (colour, PLAIN) if self.has_colour else ("", "")
        with self.lock:
            print(f"\n{start}{title}{end}", *(f"  {row}" for row in rows), "", sep="\n", flush=True)


def parse_time(text: str) -> datetime:
    # Alertmanager writes up to nine digits of a second, more than datetime reads.
    return datetime.fromisoformat(re.sub(r"\.(\d{1,6})\d*", r".\1", text).replace("Z", "+00:00"))


def duration_text(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"


def wrapped(text: str, width: int = WIDTH - 2) -> list[str]:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line] if line else lines


def silence_url(alertmanager: str, labels: dict[str, str]) -> str:
    matchers = ",".join(f'{name}="{labels[name]}"' for name in ("alertname", "service") if name in labels)
    return f"{alertmanager}/#/silences/new?filter={quote('{' + matchers + '}')}"


def traces_url(admin: str, labels: dict[str, str]) -> str:
    """Example traces of what the alert is about, as in alerts/templates; nothing for what no request shows."""
    if labels.get("component") not in TRACED_COMPONENTS:
        return "(none)"
    chosen = "min_ms=250" if labels.get("slo") == "latency" else "error=true"
    route = f"&route={quote(labels['http_route'], safe='')}" if "http_route" in labels else ""
    return f"{admin}/debug/traces?{chosen}{route}&limit=5"


def print_alert(printer: Printer, kind: str, alert: dict, alertmanager: str, admin: str) -> None:
    labels, notes = alert["labels"], alert["annotations"]
    now = datetime.now(timezone.utc)
    since = parse_time(alert["startsAt"])
    burn = f", burn over {labels['long']}" if "long" in labels else ""
    place = f"{labels.get('service', '?')} / {labels.get('component', '?')} / {labels.get('env', '?')}{burn}"
    clock = now.astimezone().strftime("%H:%M:%S")
    if alert["status"] == "resolved":
        lasted = duration_text((parse_time(alert["endsAt"]) - since).total_seconds())
        printer.block(GREEN, f"[{clock}] RESOLVED  {labels['alertname']}   {place}   it lasted {lasted}", [])
        return
    title = f"[{clock}] {kind.upper()}  {labels['alertname']}   {place}"
    rows = [
        *wrapped(notes.get("summary", "")),
        *wrapped(notes.get("description", "")),
        "",
        f"since      {since.astimezone():%H:%M:%S}, {duration_text((now - since).total_seconds())} ago",
        f"runbook    {notes.get('runbook_url', '(none)')}",
        f"dashboard  {notes.get('dashboard_url', '(none)')}",
        f"graph      {alert.get('generatorURL', '(none)')}",
        f"traces     {traces_url(admin, labels)}",
        f"silence    {silence_url(alertmanager, labels)}",
    ]
    printer.block(RED if kind == "page" else YELLOW, title, rows)


class Pager:
    """What was taken, in order. Shared by the server's threads; `lock` guards the list and the beats."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.lock = threading.Lock()
        self.taken: list[dict] = []
        self.journal = open(arguments.journal, "a", encoding="utf-8") if arguments.journal else None
        self.printer = Printer()
        self.admin = arguments.admin
        self.runbook_url = f"http://127.0.0.1:{arguments.port}/runbooks/watchdog.md#watchdog"
        self.heartbeat_limit_s = arguments.heartbeat_limit_s
        # From the start on: beats that never begin are missing too.
        self.last_beat = time.monotonic()
        self.blind_since: datetime | None = None

    def take(self, kind: str, body: dict) -> None:
        record = {"kind": kind, "received_at": datetime.now(timezone.utc).isoformat(), "body": body}
        with self.lock:
            self.taken.append(record)
            del self.taken[:-HELD_MAX]
            if self.journal and kind != "heartbeat":
                self.journal.write(json.dumps(record) + "\n")
                self.journal.flush()
        if kind == "heartbeat":
            self.beat()
        if kind in ("page", "ticket"):
            for alert in body["alerts"]:
                print_alert(self.printer, kind, alert, body.get("externalURL", ""), self.admin)
            if body.get("truncatedAlerts"):
                self.printer.block(YELLOW, f"{body['truncatedAlerts']} more alerts of this group are in Alertmanager", [])

    def beat(self) -> None:
        with self.lock:
            self.last_beat = time.monotonic()
            since, self.blind_since = self.blind_since, None
        if since:
            self.take("page", watchdog_missing("resolved", since, self.runbook_url))

    def watch(self) -> None:
        """Pages once when beats are missing, of its own: nothing that is broken could say so."""
        while True:
            time.sleep(min(5.0, self.heartbeat_limit_s / 4))
            with self.lock:
                if self.blind_since or time.monotonic() - self.last_beat < self.heartbeat_limit_s:
                    continue
                self.blind_since = datetime.now(timezone.utc)
            self.take("page", watchdog_missing("firing", self.blind_since, self.runbook_url))


def watchdog_missing(status: str, since: datetime, runbook_url: str) -> dict:
    """A page in the form of Alertmanager's, so that whoever reads pages reads this one."""
    labels = {"alertname": "WatchdogMissing", "severity": "critical", "service": "monitoring", "component": "monitoring"}
    alert = {
        "status": status,
        "labels": labels,
        "annotations": {
            "summary": "Monitoring is blind: the Watchdog does not arrive.",
            "description": "Nobody is told when users suffer: three heartbeats are missing. Look at Prometheus and Alertmanager.",
            "runbook_url": runbook_url,
        },
        "startsAt": since.isoformat(),
        "endsAt": datetime.now(timezone.utc).isoformat(),
    }
    return {"status": status, "receiver": "page", "groupLabels": {"alertname": "WatchdogMissing"}, "commonLabels": labels,
            "alerts": [alert]}


def runbook_page(name: str) -> str | None:
    """A runbook as HTML: headings carry the anchors that alerts link to, the rest stands as written."""
    path = ROOT / "docs/runbooks" / name
    if not re.fullmatch(r"[a-z_]+\.md", name) or not path.is_file():
        return None
    body = html.escape(path.read_text(encoding="utf-8"))
    body = re.sub(r"^(#+ )(.*)$", lambda m: f'<b id="{m[2].lower().replace(" ", "-")}">{m[0]}</b>', body, flags=re.M)
    return f"<!doctype html><meta charset=utf-8><title>{name}</title><pre style='max-width:110ch;white-space:pre-wrap'>{body}</pre>"


def runbook_of(alert: str) -> str | None:
    """Leads to the section of an alert, for links that know its name only."""
    for path in (ROOT / "docs/runbooks").glob("*.md"):
        if f"\n## {alert}\n" in path.read_text(encoding="utf-8"):
            return f"<!doctype html><meta http-equiv=refresh content='0; url=/runbooks/{path.name}#{alert.lower()}'>"
    return None


def page_of(target: str, prometheus: str) -> str | None:
    if target.startswith("/d/"):
        return dashboard_page.page(target, prometheus)
    if not target.startswith("/runbooks/"):
        return None
    name = target.removeprefix("/runbooks/")
    return runbook_of(name) if name.isalpha() else runbook_page(name)


def handler_of(pager: Pager, prometheus: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kind = self.path.strip("/")
            length = int(self.headers.get("Content-Length", 0))
            if kind not in ("page", "ticket", "chat", "heartbeat") or length > BODY_BYTES_MAX:
                self.answer(404, "text/plain", "no such receiver\n")
                return
            try:
                pager.take(kind, json.loads(self.rfile.read(length)))
            except (ValueError, KeyError) as fault:
                self.answer(400, "text/plain", f"not what Alertmanager sends: {fault!r}\n")
                return
            self.answer(200, "text/plain", "ok")

        def do_GET(self) -> None:
            if self.path == "/pages":
                with pager.lock:
                    text = json.dumps(pager.taken)
                self.answer(200, "application/json", text)
                return
            page = page_of(self.path, prometheus)
            if page:
                self.answer(200, "text/html; charset=utf-8", page)
            else:
                self.answer(404, "text/plain", "GET /pages, /runbooks/<topic>.md or /d/<uid>\n")

        def answer(self, status: int, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the terminal is for pages."""

    return Handler


def main() -> None:
    parser = argparse.ArgumentParser(description="Prints what Alertmanager sends.")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--journal", type=Path, help="file that each page, ticket and chat message is appended to")
    parser.add_argument("--prometheus", default="http://127.0.0.1:9090", help="where the panels of a dashboard lead")
    parser.add_argument("--admin", default="http://127.0.0.1:9464", help="Vigie's admin port, where example traces are")
    parser.add_argument("--heartbeat-limit-s", type=float, default=HEARTBEAT_LIMIT_S)
    arguments = parser.parse_args()
    pager = Pager(arguments)
    threading.Thread(target=pager.watch, daemon=True).start()
    ThreadingHTTPServer((arguments.address, arguments.port), handler_of(pager, arguments.prometheus)).serve_forever()


if __name__ == "__main__":
    main()
