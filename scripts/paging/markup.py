"""HTML of the pager's pages: what is put in is escaped unless it was made here, and one frame is around all of it."""

import html
import re
from collections.abc import Iterable

# Scripts and styles are files of our own; nothing in a page itself runs, whatever a label says.
CONTENT_SECURITY_POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
                           "base-uri 'none'; frame-ancestors 'none'")
# Under `no-referrer` a browser says `Origin: null` of our own forms.
HEADERS = (("Content-Security-Policy", CONTENT_SECURITY_POLICY), ("X-Content-Type-Options", "nosniff"),
           ("Referrer-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"), ("Cache-Control", "no-store"))
NAVIGATION = (("/", "Start"), ("/alerts", "Alerts"), ("/pages", "Pages"), ("/silence", "Silences"), ("/d/vigie-start-here", "Dashboard"),
              ("/runbooks/", "Runbooks"), ("/traces?error=true&limit=20", "Traces"))
# Of a page that is read in a terminal too: nothing moves its cursor, or turns a line round.
CONTROLS = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
VOID = {"meta", "link", "input", "br", "hr"}


class Markup(str):
    """HTML that was made here."""


Part = str | Iterable["Part"] | None


def escaped(part: Part) -> Markup:
    if part is None:
        return Markup("")
    if isinstance(part, Markup):
        return part
    if isinstance(part, str):
        return Markup(html.escape(CONTROLS.sub("\N{REPLACEMENT CHARACTER}", part)))
    return Markup("".join(escaped(one) for one in part))


def tag(name: str, /, *content: Part, **attributes: str | bool | None) -> Markup:
    """`class_` and `for_` lose their underscore; True is an attribute without a value, None and False are none."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escaped(str(value))}"')
        for key, value in attributes.items() if value is not None and value is not False)
    return Markup(f"<{name}{written}>") if name in VOID else Markup(f"<{name}{written}>{escaped(content)}</{name}>")


def link(url: str, text: Part) -> Markup:
    """A link to the web or to a path of ours; anything else that claims to be one stays text."""
    is_ours = url.startswith(("/", "#")) and not url.startswith("//")
    return tag("a", text, href=url) if is_ours or url.startswith(("http://", "https://")) else tag("span", text)


def command(text: str) -> Markup:
    return tag("pre", tag("code", text), class_="command")


def document(title: str, *content: Part, refresh_s: int | None = None) -> Markup:
    navigation = tag("nav", (link(url, text) for url, text in NAVIGATION))
    head = (tag("meta", charset="utf-8"), tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("meta", name="color-scheme", content="light dark"), tag("meta", name="robots", content="noindex"),
            tag("meta", http_equiv="refresh", content=str(refresh_s)) if refresh_s else None,
            tag("title", f"{title} · Vigie"), tag("link", rel="icon", href="/static/icon.svg"),
            tag("link", rel="stylesheet", href="/static/pager.css"),
            Markup('<script src="/static/pager.js" defer></script>'))
    return Markup(f"<!doctype html>{tag('html', tag('head', head), tag('body', navigation, tag('main', tag('h1', title), content)), lang='en')}")
