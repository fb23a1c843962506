"""The line filters of LogQL, read far enough to try them on lines without a log store."""

import re
from dataclasses import dataclass

SELECTOR = re.compile(r"\{([^}]*)\}")
MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
FILTER = re.compile(r'(\|=|\|~|!=|!~)\s*(?:`([^`]*)`|"((?:\\.|[^"\\])*)")')


@dataclass(frozen=True)
class LineQuery:
    """{matchers} and the filters behind it; parsers and label filters are the grammar's and the log store's business."""

    matchers: list[tuple[str, str, str]]
    filters: list[tuple[str, str]]

    def takes(self, labels: dict[str, str], line: str) -> bool:
        return all(fits(operator, value, labels.get(name, "")) for name, operator, value in self.matchers) and all(
            found(operator, text, line) for operator, text in self.filters)


def fits(operator: str, wanted: str, value: str) -> bool:
    is_equal = bool(re.fullmatch(wanted, value)) if "~" in operator else value == wanted
    return is_equal == operator.startswith("=")


def found(operator: str, text: str, line: str) -> bool:
    is_there = bool(re.search(text, line)) if "~" in operator else text in line
    return is_there == operator.startswith("|")


def line_query(expression: str) -> LineQuery:
    selector = SELECTOR.search(expression)
    filters = [(operator, quoted or text) for operator, quoted, text in FILTER.findall(expression[selector.end():])]
    return LineQuery(MATCHER.findall(selector[1]), filters)
