"""Runbooks as pages: headings with the anchors that alerts link to, commands to copy, queries to follow."""

import re
from functools import lru_cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from paging import commands
from paging.links import graph_path
from paging.markup import Markup, document, link, tag

ROOT = Path(__file__).resolve().parents[2]
DIRECTORY = ROOT / "docs/runbooks"
NAME = re.compile(r"[a-z_]{1,40}\.md")
ALERT = re.compile(r"[A-Za-z]{1,80}")
PLACES = {"local": "of the local stack", "containers": "of compose.yaml"}
# A choice of the text, "A. It is stopped: …", and the words that begin a line of their own in it.
CHOICE = re.compile(r"^([A-Z])\. ", re.M)
OWN_LINE = re.compile(r"^( +)(Rollback|Start|Stop|Check):", re.M)


def anchor_of(heading: str) -> str:
    """As code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def paragraphed(text: str) -> str:
    """What is a line of its own in the text is one in the page too."""
    parts = re.split(r"(^ *```.*?^ *```$)", text, flags=re.M | re.S)
    return "".join(part if number % 2 else OWN_LINE.sub(r"\n\1\2:", CHOICE.sub(r"\n**\1.** ", part)) for number, part in enumerate(parts))


def markdown() -> MarkdownIt:
    """CommonMark with tables. HTML in a text is text."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def prepared(tokens: list[Token]) -> list[Token]:
    """Headings get their anchors; no token carries a style, which the page's policy would refuse."""
    for number, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(tokens[number + 1].content))
        if token.type in ("th_open", "td_open") and token.attrGet("style"):
            token.attrs = {"class": "number"} if "right" in str(token.attrGet("style")) else {}
    return tokens


def html_of(text: str, place: str = "local") -> Markup:
    reader = markdown()
    reader.add_render_rule("fence", lambda self, tokens, index, options, env: fence(tokens[index], place))
    reader.add_render_rule("code_inline", lambda self, tokens, index, options, env: tag("code", code_at(tokens[index].content, place)))
    reader.add_render_rule("table_open", lambda self, *_: '<div class="scroll"><table>')
    reader.add_render_rule("table_close", lambda self, *_: "</table></div>")
    return Markup(reader.renderer.render(prepared(reader.parse(paragraphed(text))), reader.options, {}))


def code_at(code: str, place: str) -> str:
    return commands.shown(code) if place == "containers" else code


def fence(token: Token, place: str) -> Markup:
    """A query leads to its graph; a command is in the form of the place."""
    code = token.content.rstrip("\n")
    if token.info.strip() in ("", "sh") and place == "containers":
        code = commands.in_containers(code)
    block = tag("pre", tag("code", code))
    return Markup(block + tag("p", link(graph_path(code), "Graph of it"), class_="quiet")) if token.info.strip() == "promql" else block


@lru_cache(maxsize=64)
def topic(name: str, place: str = "local") -> Markup | None:
    path = DIRECTORY / name
    if not NAME.fullmatch(name) or not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    title = re.search(r"^# (.*)$", text, re.M)
    body = text.replace(title[0], "", 1) if title else text
    sections = re.findall(r"^## (.*)$", body, re.M)
    contents = tag("p", ([link(f"#{anchor_of(section)}", section), " "] for section in sections), class_="links")
    other = next(one for one in PLACES if one != place)
    forms = tag("p", f"Commands are those {PLACES[place]}. ", link(f"/runbooks/{name}?in={other}", f"Those {PLACES[other]}"), class_="quiet")
    return document(f"Runbook: {title[1] if title else name}", contents, forms, html_of(body, place))


def section(alert: str, place: str = "local") -> tuple[str, Markup] | None:
    """The runbook's file and the section of one alert, for the page of that alert."""
    if not ALERT.fullmatch(alert):
        return None
    for path in sorted(DIRECTORY.glob("*.md")):
        match = re.search(rf"^## {alert}\n(.*?)(?=^## |\Z)", path.read_text(encoding="utf-8"), re.M | re.S)
        if match:
            return path.name, html_of(match[1], place)
    return None


def index() -> Markup:
    rows = []
    for path in sorted(DIRECTORY.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        sections = re.findall(r"^## (.*)$", text, re.M)
        title = re.search(r"^# (.*)$", text, re.M)
        rows.append(tag("h2", link(f"/runbooks/{path.name}", title[1] if title else path.stem)))
        rows.append(tag("p", ([link(f"/runbooks/{path.name}#{anchor_of(name)}", name), " "] for name in sections), class_="links"))
    return document("Runbooks", rows)
