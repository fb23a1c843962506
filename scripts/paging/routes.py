"""Which address of the pager shows which page, and what a form of it does."""

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from paging import alert_pages, dashboards, runbooks, trace_pages
from paging.alertmanager import Alertmanager, Refused
from paging.fetched import Unavailable
from paging.links import Links, traces_path, traces_query
from paging.markup import Markup, document, link, tag
from paging.notifications import Held
from paging.prometheus import QUERY_CHARACTERS_MAX, Prometheus, window_s

STATIC = Path(__file__).resolve().parent / "static"
STATIC_TYPES = {"pager.css": "text/css; charset=utf-8", "pager.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml"}
FIELDS_MAX = 50
FORM_BYTES_MAX = 16_384
# Pages that ask Prometheus: so many at a time, whoever asks.
ASKING_MAX = 6


@dataclass(frozen=True)
class Answer:
    status: int
    kind: str
    content: str | bytes
    headers: tuple[tuple[str, str], ...] = ()


def shown(page: Markup | None, status: int = 200) -> Answer:
    if page is None:
        return shown(document("Not found", tag("p", "There is no such page here. ", link("/", "What there is"))), 404)
    return Answer(status, "text/html; charset=utf-8", page)


def redirect(path: str) -> Answer:
    return Answer(303, "text/plain; charset=utf-8", f"{path}\n", (("Location", path),))


def first_values(query: str) -> dict[str, str]:
    """ValueError where there are more fields than any page has."""
    return {name: values[-1] for name, values in parse_qs(query, max_num_fields=FIELDS_MAX, keep_blank_values=True).items()}


class Routes:
    """Knows the pages and whom they ask; holds nothing but the count of those that are being made."""

    def __init__(self, held: Held, links: Links, prometheus: Prometheus, alertmanager: Alertmanager, admin: trace_pages.Admin):
        self.held = held
        self.links = links
        self.prometheus = prometheus
        self.alertmanager = alertmanager
        self.admin = admin
        self.grafana: str | None = None
        self.place = "local"
        self.asking = threading.BoundedSemaphore(ASKING_MAX)

    def get(self, target: str, wants_json: bool = False) -> Answer:
        address = urlsplit(target)
        try:
            fields = first_values(address.query)
        except ValueError:
            return Answer(400, "text/plain; charset=utf-8", f"The address has more than {FIELDS_MAX} fields.\n")
        kept = self._kept(address.path, fields, wants_json)
        if kept is not None:
            return kept
        if not self.asking.acquire(timeout=5):
            return Answer(503, "text/plain; charset=utf-8", "Too many pages are being made; ask again in a moment.\n", (("Retry-After", "5"),))
        try:
            return self._asked(address.path, fields)
        except dashboards.BadVariable as fault:
            return shown(document("Not an address of a dashboard", tag("p", str(fault))), 400)
        except Exception:
            # What came from elsewhere was of another form than expected: said here, with its place in the pager's log.
            traceback.print_exc()
            return shown(document("This page failed", tag("p", "The pager's log says where. Its other pages work.")), 500)
        finally:
            self.asking.release()

    def _kept(self, path: str, fields: dict[str, str], wants_json: bool) -> Answer | None:
        """What is answered from here alone, whatever the others do."""
        if path == "/livez":
            return Answer(200, "text/plain; charset=utf-8", "ok\n")
        if path == "/pages":
            if wants_json:
                return Answer(200, "application/json", f"[{', '.join(self.held.texts())}]", (("Vary", "Accept"),))
            return shown(alert_pages.pages_page(self.held, self.links))
        name = path.rpartition("/")[2]
        if path.startswith("/static/"):
            kind = STATIC_TYPES.get(name) if path == f"/static/{name}" else None
            return Answer(200, kind, (STATIC / name).read_bytes()) if kind else shown(None)
        if path in ("/runbooks", "/runbooks/"):
            return shown(runbooks.index())
        if path.startswith("/runbooks/"):
            return self._runbook(path.removeprefix("/runbooks/"), fields.get("in", ""))
        return None

    def _runbook(self, name: str, place: str) -> Answer:
        if name.endswith(".md"):
            return shown(runbooks.topic(name, place if place in runbooks.PLACES else self.place))
        found = runbooks.section(name)
        return redirect(f"/runbooks/{found[0]}#{runbooks.anchor_of(name)}") if found else shown(None)

    def _asked(self, path: str, fields: dict[str, str]) -> Answer:
        parts = path.strip("/").split("/")
        pages: dict[str, Callable[[], Answer]] = {
            "": lambda: shown(self._index()),
            "alerts": lambda: shown(alert_pages.list_page(self.alertmanager, self.links)),
            "silence": lambda: shown(alert_pages.silence_page(self.alertmanager, self.links, fields)),
            "graph": lambda: self._graph(fields),
            "traces": lambda: shown(trace_pages.list_page(fields, self.admin)),
        }
        if len(parts) == 1 and parts[0] in pages:
            return pages[parts[0]]()
        if parts[0] == "d":
            uid = parts[1] if len(parts) == 2 else ""
            return shown(dashboards.page(uid, fields, self.prometheus, self.links, self.grafana))
        if parts[0] == "traces" and len(parts) == 2:
            return shown(trace_pages.trace_page(parts[1], self.admin))
        if parts[0] == "a" and len(parts) in (2, 3):
            return self._alert(parts[1], parts[2] if len(parts) == 3 else "")
        return shown(None)

    def _index(self) -> Markup:
        boards = ((tag("li", link(f"/d/{uid}", dashboards.board_of(uid)["title"]))) for uid in dashboards.uids())
        rows = (("/alerts", "Alerts that fire"), ("/pages", "What was paged"), ("/silence", "Silences"), ("/runbooks/", "Runbooks"),
                ("/traces?error=true&limit=20", "Failed requests and their traces"))
        return document("Vigie on call", tag("ul", (tag("li", link(url, text)) for url, text in rows)),
                        tag("h2", "Dashboards"), tag("ul", boards))

    def _graph(self, fields: dict[str, str]) -> Answer:
        expression = fields.get("expr", "")
        if not 0 < len(expression) <= QUERY_CHARACTERS_MAX:
            return shown(document("Graph", tag("p", f"expr is a query of 1 to {QUERY_CHARACTERS_MAX} characters.")), 400)
        expression = dashboards.with_values(expression, dashboards.VARIABLES)
        return shown(dashboards.graph_page(expression, window_s(fields.get("from", "")), self.prometheus))

    def _alert(self, fingerprint: str, part: str) -> Answer:
        found = alert_pages.found_alert(fingerprint, self.alertmanager, self.held)
        if found is None:
            return shown(document("No such alert", tag("p", "Neither Alertmanager nor the pager knows it any more. ",
                                                       link("/alerts", "What fires"))), 404)
        alert, state = found
        if part == "":
            return shown(alert_pages.alert_page(alert, state, self.prometheus, self.links, self.place))
        if part == "graph":
            return shown(document(f"Graph: {alert['labels']['alertname']}", alert_pages.graph_of(alert, self.prometheus), refresh_s=60))
        if part == "silence":
            return shown(alert_pages.silence_page(self.alertmanager, self.links, alert["labels"]))
        if part == "dashboard":
            path = alert_pages.dashboard_path(alert, self.links)
            return redirect(quote(path, safe="/:?&=%+.,;@~!$'()*-_")) if path else shown(None)
        if part == "traces":
            query = traces_query(alert["labels"])
            return redirect(traces_path(query)) if query else shown(document("Traces", tag("p", "No request shows what this alert is about.")))
        return shown(None)

    def post(self, path: str, content: bytes) -> Answer:
        try:
            form = first_values(content.decode())
        except ValueError:
            return Answer(400, "text/plain; charset=utf-8", "The form cannot be read.\n")
        try:
            if path == "/silence":
                identity = self.alertmanager.silence(form)
                said = f"Silenced until its end; its id is {identity}."
            else:
                self.alertmanager.expire(form.get("id", ""))
                said = "The silence has ended."
        except Refused as fault:
            return shown(alert_pages.silence_page(self.alertmanager, self.links, {}, fault=str(fault)), 422)
        except Unavailable as fault:
            return shown(alert_pages.silence_page(self.alertmanager, self.links, {}, fault=str(fault)), 502)
        return shown(alert_pages.silence_page(self.alertmanager, self.links, {}, said=said))
