"""Finds the function bodies of a C++ file, roughly: without types or macros, from braces alone.

A body is a brace block that follows a parameter list, at namespace or class level. Functions inside functions (lambdas)
count as lines of the outer one. Good enough to count lines, parameters and nesting; not a parser.
"""

import re
from dataclasses import dataclass

LITERAL_OR_COMMENT = re.compile(
    r'R"([^(\s]{0,16})\(.*?\)\1"'  # raw string
    r"|//[^\n]*|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.S,
)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
# What opens a block that holds declarations, not statements.
SCOPE = re.compile(r"(?:^|[\s;{}])(?:namespace|class|struct|union|enum)\b[^;(){}=]*$|extern\s*$")
TAIL = r"(?:\s*(?:const|noexcept(?:\s*\([^()]*\))?|override|final|mutable|&&?|try|->\s*[\w:<>,\s*&]+|requires\s[^{;]*))*\s*$"
SIGNATURE_END = re.compile(r"\)" + TAIL)
INITIALISERS = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)[^;]*$", re.S)
FOR_HEADER = re.compile(r"\bfor\s*\([^;{}]*;[^;{}]*;")
# A table returned as one braced list is data in the form of a function.
TABLE = re.compile(r"\s*(?:using\s[^;]+;\s*)?return\s*\{[^;]*\};\s*")
ACCESS = re.compile(r"(?:\s*(?:public|private|protected)\s*:(?!:))?\s*")
CONTROL = re.compile(r"(?:\b(?:if|else|for|while|switch|do|try|catch)\b)[^;{}]*$")


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    line_count: int
    is_table: bool
    parameter_count: int
    nesting: int


def blank(match: re.Match) -> str:
    """Keeps the line breaks, and a stand-in so that `f("{")` still has an argument."""
    text = match.group(0)
    breaks = "\n" * text.count("\n")
    return breaks if text.startswith(("//", "/*")) else '""' + breaks


def without_noise(text: str) -> str:
    text = LITERAL_OR_COMMENT.sub(blank, text)
    return PREPROCESSOR.sub(lambda match: "\n" * match.group(0).count("\n"), text)


def functions(text: str) -> list[Function]:
    code = without_noise(text)
    found: list[Function] = []
    position = 0
    head_start = 0
    while position < len(code):
        character = code[position]
        if character in ";}":
            head_start = position + 1
        if character == "{":
            head = code[head_start:position]
            if is_function_head(head):
                end = block_end(code, position)
                found.append(function_of(code, head_start, position, end))
                position = end
                head_start = end + 1
            elif SCOPE.search(head) or not head.strip():
                head_start = position + 1
            else:
                # an initialiser: skip it, the head goes on behind it
                position = block_end(code, position)
        position += 1
    return found


def is_function_head(head: str) -> bool:
    return "(" in head and not re.search(r"\b(?:enum|namespace)\b[^()]*$", head) and bool(
        SIGNATURE_END.search(head) or is_after_initialisers(head))


def is_after_initialisers(head: str) -> bool:
    """`A::A(int x) : b_(x), c_{y} {`: the last brace follows a complete initialiser."""
    return bool(INITIALISERS.search(head)) and bool(re.search(r"[)}]\s*$", head))


def block_end(code: str, start: int) -> int:
    depth = 0
    for position in range(start, len(code)):
        depth += (code[position] == "{") - (code[position] == "}")
        if depth == 0:
            return position
    return len(code) - 1


def function_of(code: str, head_start: int, start: int, end: int) -> Function:
    head = code[head_start:start]
    first = head_start + len(ACCESS.match(head).group(0))
    name, parameters = name_and_parameters(head)
    line = code.count("\n", 0, first) + 1
    return Function(
        name=name,
        line=line,
        line_count=code.count("\n", first, end) + 1,
        is_table=TABLE.fullmatch(code[start + 1 : end]) is not None,
        parameter_count=parameters,
        nesting=nesting_of(code[start + 1 : end]),
    )


def name_and_parameters(head: str) -> tuple[str, int]:
    match = re.search(r"((?:[\w~]+::)*(?:operator\s*[^\s\w(]{1,3}|operator\(\)|[\w~]+))\s*\(", head)
    if match is None:
        return "?", 0
    depth, angle, commas, content = 1, 0, 0, ""
    for character in head[match.end() :]:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            break
        angle += (character == "<") - (character == ">")
        commas += character == "," and depth == 1 and angle <= 0
        content += character
    return match.group(1), commas + 1 if content.strip() not in ("", "void") else 0


def nesting_of(body: str) -> int:
    """The deepest stack of control blocks; bare blocks, lambdas and initialisers do not count."""
    body = FOR_HEADER.sub("for (", body)
    deepest, stack, head_start = 0, [], 0
    for position, character in enumerate(body):
        if character in ";{}":
            head = body[head_start:position]
            if character == "{":
                stack.append(bool(CONTROL.search(head)))
                deepest = max(deepest, sum(stack))
            elif character == "}" and stack:
                stack.pop()
            head_start = position + 1
    return deepest
