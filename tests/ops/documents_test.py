#!/usr/bin/python3
"""Documents: links lead somewhere, named files exist, named commands exist, README stays short."""

import re
from pathlib import PurePosixPath

from repository import ROOT, RepositoryTest, files, files_of, main, text_of

README_LINES_MAX = 120
DECISION_LINES_MAX = 40
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# `path/like.this` in code quotes, from the root or from the document's folder.
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?)`")
MAKE = re.compile(r"`make ([a-z][a-z-]*)")
MADE_LATER = (".local", "build/", "/")


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def link_faults(name: str, text: str) -> list[str]:
    faults = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = ROOT / PurePosixPath(name).parent / path if path else ROOT / name
        if not file.exists():
            faults.append(f"{name}: the link {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            faults.append(f"{name}: {path or name} has no heading #{anchor}")
    return faults


def path_faults(name: str, text: str) -> list[str]:
    tops = {file.split("/")[0] for file in files()}
    faults = []
    for path in PATH.findall(text):
        is_ours = path.split("/")[0] in tops and not path.startswith(MADE_LATER)
        if is_ours and not (ROOT / path).exists():
            faults.append(f"{name}: there is no {path}")
    return faults


def comment_faults(name: str, text: str) -> list[str]:
    """What a comment of a configuration or a script sends its reader to."""
    paths = set(re.findall(r"(?<![\w./{-])((?:alerts|dashboards|docs|scripts|tests)/[\w./-]+\.[a-z]+)\b", text))
    return [f"{name}: there is no {path}" for path in sorted(paths) if not (ROOT / path).exists()]


def command_faults(name: str, text: str, targets: set[str]) -> list[str]:
    return [f"{name}: there is no `make {target}`" for target in MAKE.findall(text) if target not in targets]


class Documents(RepositoryTest):
    def test_links_and_paths_lead_somewhere(self):
        faults = []
        for name in files_of(".md"):
            faults += link_faults(name, text_of(name)) + path_faults(name, text_of(name))
        self.assert_none(faults)

    def test_comments_lead_somewhere(self):
        named = files_of(".tmpl", ".yml", ".yaml", ".jsonnet", ".libsonnet", ".txt", ".sh") + files_of(".py", under=("scripts/",))
        self.assert_none([fault for name in named for fault in comment_faults(name, text_of(name))])

    def test_commands_exist(self):
        targets = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.M))
        named = files_of(".md") + files_of("", under=("scripts/",))
        self.assert_none([fault for name in named for fault in command_faults(name, text_of(name), targets)])

    def test_sizes(self):
        self.assertLessEqual(len(text_of("README.md").splitlines()), README_LINES_MAX)
        for name in files_of(".md", under=("docs/decisions/",)):
            self.assertLessEqual(len(text_of(name).splitlines()), DECISION_LINES_MAX, name)

    def test_catches_planted_links(self):
        self.assert_caught(link_faults("README.md", "[a](docs/gone.md)"), "leads nowhere")
        self.assert_caught(link_faults("README.md", "[a](CONTRIBUTING.md#gone)"), "no heading #gone")
        self.assert_caught(path_faults("README.md", "see `scripts/gone.py`"), "there is no scripts/gone.py")
        self.assert_caught(comment_faults("a.tmpl", "{{/* Tested by tests/ops/gone_test.py. */}}"), "no tests/ops/gone_test.py")
        self.assert_caught(command_faults("README.md", "run `make coffee`", {"test"}), "no `make coffee`")


if __name__ == "__main__":
    main()
