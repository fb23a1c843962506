#!/usr/bin/python3
"""A member that is a view says in a comment, its own or its type's, what it looks into: rule 17 of CONTRIBUTING.md."""

import re

from repository import RepositoryTest, files_of, main, text_of

MEMBER = re.compile(r"(?!\s*(?:static|using)\b)[^()]*\bstd::(?:string_view|span<)[^()]*?\b(\w+)(?:\s*\{[^()]*\}|\s*=[^()]*)?;")
TYPE = re.compile(r"\s*(?:template\s*<.*>\s*)?(?:struct|class)\s+(?:alignas\(\S+\)\s+)?([\w:]+)[^;()]*\{")
# What says whose the viewed memory is: a literal or constant of the program, somebody who outlives the view, or a parameter's.
SOURCE = re.compile(r"\b(?:literals?|constants?|views?|outlives?|owner|binary|parameter type|the bytes given|caller's)\b", re.I)
COMMENT = re.compile(r"//.*")


def comment_above(lines: list[str], at: int) -> str:
    """The block of comments that ends above line `at`; a template's head may stand between."""
    first = at
    while first > 0 and re.match(r"\s*(?://|template\b)", lines[first - 1]):
        first -= 1
    return " ".join(lines[first:at])


def faults_of(name: str, text: str) -> list[str]:
    faults, types, depth = [], [], 0
    lines = text.split("\n")
    for at, line in enumerate(lines):
        code = COMMENT.sub("", line)
        opened = TYPE.match(code)
        member = MEMBER.fullmatch(code.rstrip())
        if opened:
            types.append((depth, opened.group(1), at))
        elif member and types and depth == types[-1][0] + 1:
            said = " ".join([comment_above(lines, types[-1][2]), comment_above(lines, at), *COMMENT.findall(line)])
            if not SOURCE.search(said):
                faults.append(f"{name}:{at + 1}: {types[-1][1]}.{member.group(1)} is a view: of what, which outlives it?")
        depth += code.count("{") - code.count("}")
        while types and depth <= types[-1][0] and "}" in code:
            types.pop()
    return faults


class Views(RepositoryTest):
    def test_each_member_says_what_it_looks_into(self):
        faults = []
        for name in files_of(".hpp", under=("server/", "telemetry/")):
            faults += faults_of(name, text_of(name))
        self.assert_none(faults)

    def test_catches_a_planted_one(self):
        text = "/// A label.\nstruct Label {\n  std::string_view name;\n  std::span<const int> bounds{};\n  int n = 0;\n};\n"
        self.assert_caught(faults_of("a.hpp", text), "a.hpp:3: Label.name is a view")
        self.assert_caught(faults_of("a.hpp", text), "a.hpp:4: Label.bounds is a view")
        self.assert_caught(faults_of("a.hpp", "class A {\n private:\n  const std::string_view name_;  // as given\n};\n"), "A.name_")
        self.assert_caught(faults_of("a.hpp", "struct A {\n  std::array<std::string_view, 4> names{};\n};\n"), "A.names")

    def test_is_content_with_one_that_says_so(self):
        for text in ["/// A label, of literals.\nstruct Label {\n  std::string_view name;\n};\n",
                     "struct Label {\n  std::string_view name;  // a literal\n};\n",
                     "struct Label {\n  /// Outlives the label.\n  std::string_view name;\n};\n",
                     "struct Label {\n  static constexpr std::string_view kName = \"a\";\n  void set(std::string_view name);\n};\n",
                     "std::string_view name_of(int label);\n"]:
            self.assertEqual(faults_of("a.hpp", text), [], text)


if __name__ == "__main__":
    main()
