"""Pages of alerts: all that fire, one with its graph and its runbook, the silences, and what was paged."""

import json
from datetime import datetime, timezone

from paging import dashboards, runbooks
from paging.alertmanager import SILENCE_S, Alertmanager
from paging.fetched import Unavailable
from paging.links import Links, is_web, matchers, traces_path, traces_query
from paging.markup import Markup, command, document, link, tag
from paging.notifications import Held, fingerprint_of, parse_time
from paging.page_text import duration_text, place_of
from paging.prometheus import Prometheus, graphed, window_s

PAGES_SHOWN_MAX = 100
COLOUR_OF = {"critical": "red", "warning": "yellow"}
STATE_TEXT = {"active": "fires", "suppressed": "muted", "unprocessed": "just arrived"}


def since_text(moment: datetime) -> str:
    now = datetime.now(timezone.utc)
    return f"since {moment:%Y-%m-%d %H:%M:%S} UTC, {duration_text((now - moment).total_seconds())}"


def alert_links(alert: dict, links: Links) -> Markup:
    notes = alert["annotations"]
    path = f"/a/{fingerprint_of(alert)}"
    found = [link(path, "This alert")]
    if notes.get("runbook_url"):
        found.append(link(links.local(notes["runbook_url"]), "Runbook"))
    if notes.get("dashboard_url"):
        found.append(link(links.local(notes["dashboard_url"]), "Dashboard"))
    query = traces_query(alert["labels"])
    if query is not None:
        found.append(link(traces_path(query), "Traces"))
    found.append(link(f"{path}/silence", "Silence"))
    return tag("p", found, class_="links")


def card(alert: dict, links: Links, state: str = "") -> Markup:
    labels, notes = alert["labels"], alert["annotations"]
    colour = "green" if state == "resolved" else COLOUR_OF.get(labels.get("severity", ""), "")
    said = " · ".join(filter(None, (state, place_of(labels), labels.get("severity"), since_text(parse_time(alert["startsAt"])))))
    return tag("section", tag("p", tag("strong", labels["alertname"]), " ", tag("span", said, class_="quiet")),
               tag("p", notes.get("summary", "")), tag("p", notes.get("description", ""), class_="quiet"), alert_links(alert, links),
               class_=f"card {colour}".strip())


def list_page(alertmanager: Alertmanager, links: Links) -> Markup:
    try:
        found = [alert for alert in alertmanager.alerts() if alert["labels"].get("severity") != "none"]
        silences = alertmanager.silences()
    except Unavailable as fault:
        return document("Alerts", tag("p", "Alertmanager does not answer; nobody is told of anything.", class_="red"), tag("p", str(fault)),
                        tag("p", link("/runbooks/watchdog.md#watchdog", "Runbook: the Watchdog does not arrive")))
    active = [alert for alert in found if alert["status"]["state"] != "suppressed"]
    muted = [alert for alert in found if alert["status"]["state"] == "suppressed"]
    return document("Alerts",
                    tag("p", f"{len(active)} told, {len(muted)} muted, {len(silences)} silences."),
                    [card(alert, links) for alert in active] or tag("p", "Nothing fires.", class_="green"),
                    tag("h2", "Muted by another alert or a silence") if muted else None,
                    [card(alert, links, muted_text(alert)) for alert in muted], refresh_s=30)


def muted_text(alert: dict) -> str:
    status = alert["status"]
    return "silenced" if status.get("silencedBy") else "muted by another alert"


def silence_form(labels: dict[str, str], links: Links, fault: str = "") -> Markup:
    chosen = "\n".join(matchers(labels)) or "alertname="
    durations = (tag("option", each, value=each, selected=each == "2h") for each in SILENCE_S)
    return tag("div",
               tag("p", fault, class_="red") if fault else None,
               tag("form",
                   tag("label", "Matchers, name=value, one a line", tag("textarea", chosen, name="matchers", rows="3", required=True)),
                   tag("label", "For", tag("select", durations, name="duration")),
                   tag("label", "Who", tag("input", name="author", required=True, maxlength="100", autocomplete="name")),
                   tag("label", "Why", tag("input", name="comment", required=True, maxlength="500")),
                   tag("button", "Silence it", type="submit"),
                   method="post", action="/silence", class_="fields"),
               tag("p", "The same from a terminal:", class_="quiet"), command("\n".join(links.silence_command(labels))))


def silence_page(alertmanager: Alertmanager, links: Links, labels: dict[str, str], fault: str = "", said: str = "") -> Markup:
    try:
        rows = [silence_card(silence) for silence in alertmanager.silences()] or tag("p", "Nothing is silenced.")
    except Unavailable as trouble:
        rows = tag("p", str(trouble), class_="red")
    return document("Silences", tag("p", said, class_="green") if said else None, tag("h2", "In force"), rows,
                    tag("h2", "A new one"), silence_form(labels, links, fault))


def silence_card(silence: dict) -> Markup:
    said = ", ".join(f"{one['name']}{'=' if one.get('isEqual', True) else '!='}{'~' if one.get('isRegex') else ''}{one['value']}"
                     for one in silence["matchers"])
    until = parse_time(silence["endsAt"])
    return tag("section", tag("p", tag("strong", said)),
               tag("p", f"until {until:%Y-%m-%d %H:%M} UTC, by {silence['createdBy']}: {silence['comment']}"),
               tag("form", tag("input", type="hidden", name="id", value=silence["id"]), tag("button", "End it", type="submit"),
                   method="post", action="/silence/end"), class_="card")


def found_alert(fingerprint: str, alertmanager: Alertmanager, held: Held) -> tuple[dict, str] | None:
    """As Alertmanager has it now, else as it was told last; with what is said of it."""
    try:
        alert = alertmanager.alert(fingerprint)
    except Unavailable:
        alert = None
    if alert is not None:
        state = alert["status"]["state"]
        return alert, muted_text(alert) if state == "suppressed" else STATE_TEXT.get(state, state)
    told = held.newest_alert(fingerprint)
    return (told, "resolved" if told["status"] == "resolved" else "told, and no longer with Alertmanager") if told else None


def alert_page(alert: dict, state: str, prometheus: Prometheus, links: Links, place: str = "local") -> Markup:
    labels = alert["labels"]
    told = {**alert, "startsAt": prometheus.began(alert).isoformat()}
    section = runbooks.section(labels["alertname"], place)
    return document(labels["alertname"], card(told, links, state),
                    tag("h2", "Graph", id="graph"), graph_of(alert, prometheus),
                    (tag("h2", "Runbook", id="runbook"), section[1]) if section else None,
                    tag("h2", "Silence", id="silence"), silence_form(labels, links),
                    tag("h2", "Labels"), tag("div", tag("table", (tag("tr", tag("th", name), tag("td", value))
                                                                 for name, value in sorted(labels.items()))), class_="scroll"))


def graph_of(alert: dict, prometheus: Prometheus, window: str = "1h") -> list[Markup] | Markup:
    expression = prometheus.rule_expression(alert)
    if expression is None:
        return tag("p", "This alert is no rule of Prometheus.", class_="quiet")
    left, limit = graphed(expression)
    seconds = window_s(f"now-{window}")
    try:
        found = prometheus.series(left, seconds)
        own = [series for series in found if all(alert["labels"].get(name) in (None, value) for name, value in series.labels.items())]
        return dashboards.graph_parts(left, own or found, seconds, limit)
    except Unavailable as fault:
        return tag("p", str(fault), class_="orange")


def pages_page(held: Held, links: Links) -> Markup:
    """What was told, the newest first."""
    parts = []
    for text in reversed(held.texts(("page", "ticket"))):
        record = json.loads(text)
        for alert in record["body"]["alerts"]:
            state = f"{record['kind']}, {'resolved' if alert['status'] == 'resolved' else 'told'} {record['received_at'][11:19]} UTC"
            parts.append(card(alert, links, "resolved" if alert["status"] == "resolved" else state))
        if len(parts) >= PAGES_SHOWN_MAX:
            break
    return document("Pages", tag("p", f"The newest {PAGES_SHOWN_MAX} pages and tickets; programs get all with Accept: application/json."),
                    parts[:PAGES_SHOWN_MAX] or tag("p", "Nobody was paged.", class_="green"), refresh_s=30)


def dashboard_path(alert: dict, links: Links) -> str | None:
    url = links.local(alert["annotations"].get("dashboard_url", ""))
    return url if url.startswith("/d/") or is_web(url) else None
