"""The part of Alloy's language that loki/alloy.alloy is written in: blocks, attributes, references."""

import re
from dataclasses import dataclass, field

OPENING = re.compile(r'^([\w.]+)(?:\s+"(\w+)")?\s*\{$')
ATTRIBUTE = re.compile(r"^(\w+)\s*=\s*(.*)$")
STRING = re.compile(r'"(?:\\.|[^"\\])*"')


@dataclass
class Block:
    name: str
    label: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    blocks: list["Block"] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.name}.{self.label}" if self.label else self.name

    def stages(self, name: str) -> list["Block"]:
        return [block for block in self.blocks if block.name == name]


def without_comment(line: str) -> str:
    return re.sub(r'("(?:\\.|[^"\\])*")|//.*', lambda found: found[1] or "", line).strip()


def depth(text: str) -> int:
    bare = STRING.sub("", text)
    return sum(bare.count(mark) for mark in "[{(") - sum(bare.count(mark) for mark in "]})")


def parse(text: str) -> Block:
    root = Block("")
    stack = [root]
    lines = iter([without_comment(line) for line in text.splitlines()])
    for line in lines:
        opening, attribute = OPENING.match(line), ATTRIBUTE.match(line)
        if opening:
            block = Block(opening[1], opening[2] or "")
            stack[-1].blocks.append(block)
            stack.append(block)
        elif attribute:
            value = attribute[2]
            while depth(value) > 0:
                value += "\n" + next(lines)
            stack[-1].attributes[attribute[1]] = value
        elif line == "}":
            stack.pop()
        elif line:
            raise ValueError(f"not understood: {line}")
    if stack != [root]:
        raise ValueError(f"{stack[-1].id} is not closed")
    return root
