"""Reads metric and label names out of PromQL. The grammar itself is checked by promtool; this finds names only."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s+|\#[^\n]*
    |(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
    |(?P<range>\[[^\]]*\])
    |(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    |(?P<number>[0-9][0-9a-zA-Z.+]*)
    |(?P<mark>=~|!~|!=|==|>=|<=|[-+*/%^=<>(){},@])""",
    re.X,
)
GROUPING = {"by", "without", "on", "ignoring", "group_left", "group_right"}
KEYWORDS = GROUPING | {"and", "or", "unless", "bool", "offset", "inf", "nan"}


@dataclass
class Selector:
    metric: str
    matchers: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def labels(self) -> set[str]:
        return {name for name, _, _ in self.matchers}


@dataclass
class Names:
    selectors: list[Selector] = field(default_factory=list)
    grouping: set[str] = field(default_factory=set)


class Reader:
    def __init__(self, expression: str):
        self.tokens = [match for match in TOKEN.finditer(expression) if match.lastgroup]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at].group() if self.at < len(self.tokens) else ""

    def take(self) -> re.Match | None:
        token = self.tokens[self.at] if self.at < len(self.tokens) else None
        self.at += 1
        return token


def names_in(expression: str) -> Names:
    reader, found = Reader(expression), Names()
    while (token := reader.take()) is not None:
        word = token.group()
        if token.lastgroup == "mark" and word == "{":
            found.selectors.append(Selector("", matchers(reader)))
        if token.lastgroup != "name":
            continue
        if word.lower() in GROUPING and reader.peek() == "(":
            found.grouping |= label_list(reader)
        elif word.lower() in KEYWORDS or reader.peek() == "(" or reader.peek().lower() in ("by", "without"):
            continue
        elif reader.peek() == "{":
            reader.take()
            found.selectors.append(Selector(word, matchers(reader)))
        else:
            found.selectors.append(Selector(word))
    return found


def label_list(reader: Reader) -> set[str]:
    labels = set()
    reader.take()
    while (token := reader.take()) is not None and token.group() != ")":
        if token.lastgroup == "name":
            labels.add(token.group())
    return labels


def matchers(reader: Reader) -> list[tuple[str, str, str]]:
    found = []
    while (token := reader.take()) is not None and token.group() != "}":
        if token.lastgroup == "name":
            operator, value = reader.take(), reader.take()
            if operator and value:
                found.append((token.group(), operator.group(), value.group()[1:-1]))
    return found


def without_variables(expression: str) -> str:
    """Puts values where Grafana does: durations for intervals, `.+` for what stands in quotes, 1 for the rest."""
    expression = re.sub(r"\$__(?:rate_interval|interval|range|auto)\b", "5m", expression)
    # ${1} is a group of a regular expression in label_replace, not a variable.
    expression = re.sub(r'"[^"]*\$[^"]*"', lambda m: re.sub(r"\$(?:\{[a-zA-Z_][\w.]*(?::\w+)?\}|[a-zA-Z_]\w*)", ".+", m.group(0)), expression)
    return re.sub(r"\$(?:\{[a-zA-Z_][\w.]*(?::\w+)?\}|[a-zA-Z_]\w*)", "1", expression)
