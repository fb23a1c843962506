"""PromQL as a tree, and which labels an expression can leave on its result. The grammar itself is checked by promtool."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from promql import GROUPING, Reader, label_list, matchers

# Weakest first; `^` and unary minus need no level of their own here.
LEVELS = [{"or"}, {"and", "unless"}, {"==", "!=", ">", "<", ">=", "<="}, {"+", "-"}, {"*", "/", "%", "^"}]
COMPARISONS = LEVELS[2]
AGGREGATIONS = {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile"}
KEEP_SERIES = {"topk", "bottomk"}
SCALARS = {"time", "pi", "scalar"}


@dataclass(frozen=True)
class Node:
    """`kind`: selector, call, aggregation, binary, number, text. `name`: metric, function, operator."""

    kind: str
    name: str
    parts: tuple[Node, ...] = ()
    matchers: tuple[tuple[str, str, str], ...] = ()
    range: str = ""
    # by, without, on, ignoring, group_left, group_right -> labels
    grouping: dict[str, frozenset[str]] = field(default_factory=dict, hash=False)


def tree_of(expression: str) -> Node:
    reader = Reader(expression)
    node = binary(reader, 0)
    if reader.peek():
        raise ValueError(f"'{reader.peek()}' is left over in {expression}")
    return node


def binary(reader: Reader, level: int) -> Node:
    if level == len(LEVELS):
        return postfixed(reader)
    left = binary(reader, level + 1)
    while reader.peek().lower() in LEVELS[level]:
        operator = reader.take().group().lower()
        grouping = clauses(reader)
        left = Node("binary", operator, (left, binary(reader, level + 1)), grouping=grouping)
    return left


def clauses(reader: Reader) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    while (word := reader.peek().lower()) in GROUPING | {"bool"}:
        reader.take()
        found[word] = frozenset(label_list(reader)) if reader.peek() == "(" else frozenset()
    return found


def postfixed(reader: Reader) -> Node:
    node = primary(reader)
    while (token := reader.peek()) and (token.startswith("[") or token.lower() == "offset" or token == "@"):
        reader.take()
        if token.startswith("["):
            node = Node(node.kind, node.name, node.parts, node.matchers, token.strip("[]"), node.grouping)
            continue
        reader.take()
        while reader.peek()[:1].isalpha() and reader.peek().lower() in ("s", "m", "h", "d"):
            reader.take()
    return node


def primary(reader: Reader) -> Node:
    token = reader.take()
    if token is None:
        raise ValueError("an operand is missing")
    word = token.group()
    if word in ("-", "+"):
        return primary(reader)
    if word == "(":
        node = binary(reader, 0)
        reader.take()
        return node
    if word == "{":
        return Node("selector", "", matchers=tuple(matchers(reader)))
    if token.lastgroup == "string":
        return Node("text", word[1:-1])
    if token.lastgroup == "number":
        return Node("number", word)
    if word.lower() in AGGREGATIONS:
        return aggregation(reader, word.lower())
    if reader.peek() == "(":
        return Node("call", word, arguments(reader))
    if reader.peek() == "{":
        reader.take()
        return Node("selector", word, matchers=tuple(matchers(reader)))
    return Node("selector", word)


def aggregation(reader: Reader, name: str) -> Node:
    grouping = clauses(reader)
    parts = arguments(reader)
    return Node("aggregation", name, parts, grouping=grouping | clauses(reader))


def arguments(reader: Reader) -> tuple[Node, ...]:
    parts = []
    reader.take()
    while reader.peek() and reader.peek() != ")":
        parts.append(binary(reader, 0))
        if reader.peek() == ",":
            reader.take()
    reader.take()
    return tuple(parts)


def nodes(node: Node, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Each node with those it stands in, the nearest first."""
    yield node, above
    for part in node.parts:
        yield from nodes(part, (node, *above))


def labels_of(node: Node, known: dict[str, set[str]]) -> set[str] | None:
    """The labels that a result can be relied on to have; None of a number."""
    if node.kind in ("number", "text") or node.name in SCALARS:
        return None
    if node.kind == "selector":
        return set(known.get(node.name, set())) | {name for name, operator, _ in node.matchers if operator == "="}
    if node.kind == "call":
        return labels_of_call(node, known)
    if node.kind == "aggregation":
        return labels_of_aggregation(node, known)
    return labels_of_binary(node, known)


def first_vector(node: Node, known: dict[str, set[str]]) -> set[str] | None:
    return next((labels for part in node.parts if (labels := labels_of(part, known)) is not None), None)


def labels_of_call(node: Node, known: dict[str, set[str]]) -> set[str] | None:
    if node.name == "vector":
        return set()
    if node.name in ("absent", "absent_over_time"):
        return {name for name, operator, _ in node.parts[0].matchers if operator == "="}
    labels = first_vector(node, known)
    if node.name in ("label_replace", "label_join") and labels is not None:
        return labels | {node.parts[1].name}
    return labels - {"le"} if node.name == "histogram_quantile" and labels is not None else labels


def labels_of_aggregation(node: Node, known: dict[str, set[str]]) -> set[str]:
    if node.name in KEEP_SERIES:
        return first_vector(node, known) or set()
    if "without" in node.grouping:
        return (first_vector(node, known) or set()) - node.grouping["without"]
    return set(node.grouping.get("by", frozenset()))


def labels_of_binary(node: Node, known: dict[str, set[str]]) -> set[str] | None:
    left, right = (labels_of(part, known) for part in node.parts)
    if left is None or right is None:
        return right if left is None else left
    if node.name in ("and", "unless"):
        return left
    if node.name == "or":
        return left & right
    for group, kept in (("group_left", left), ("group_right", right)):
        if group in node.grouping:
            return kept | node.grouping[group]
    if "on" in node.grouping:
        return set(node.grouping["on"])
    return (left & right) - node.grouping.get("ignoring", frozenset())
