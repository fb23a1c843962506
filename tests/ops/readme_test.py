#!/usr/bin/python3
"""README as a newcomer uses it: a stack is started as it says, each block is run as printed, each address is asked.

Ports are free ones and the stack's directory is the test's own; nothing else of what is printed is changed.
"""

import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "tests/harness"))

from live_pager import alert  # noqa: E402
from live_stack import BINARY, MISSING, settings, wait_for  # noqa: E402
from paging.links import Links  # noqa: E402
from paging.page_text import Teller  # noqa: E402

SCALE = "0.2"
START_S, BLOCK_S = 90, 90
# Blocks that are not for a test: they install and build, or start what is started here.
NOT_RUN = {"make run\n"}
WEB = ssl.create_default_context()
WEB.check_hostname = False
WEB.verify_mode = ssl.CERT_NONE


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)


def commands_of(text: str) -> set[str]:
    """`make …` in sentences."""
    return set(re.findall(r"`make ([a-z-]+)", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)))


def addresses(text: str) -> list[tuple[str, str]]:
    """(address, setting) of each row of the table; `http://a:1, 2, 3` is three of them."""
    found = []
    for row in re.findall(r"^\|.*\| (https?://.*?) \| (.*?) \|$", text, re.M):
        first, *more = row[0].split(", ")
        names = re.findall(r"VIGIE_\w+_PORT", row[1])
        urls = [first, *(re.sub(r":\d+", f":{port}", first) for port in more)]
        found += list(zip(urls, names, strict=False))
    return found


def port_names() -> dict[int, str]:
    return {default: name for name, (_, default, _) in settings.PORTS.items()}


class Shown(RepositoryTest):
    def test_the_page_is_as_the_pager_prints_it(self):
        shown = re.search(r"^```\n(\[03:00:47\] PAGE.*?)^```", text_of("README.md"), re.M | re.S)[1]
        output = StringIO()
        teller = Teller(Links("http://127.0.0.1:9099", "http://127.0.0.1:9093"), lambda _: datetime.now(timezone.utc), output)
        rules = text_of("alerts/database.test.yaml")
        description = re.search(r"Users of vigie get 503 on every request that needs the database\..*?30 seconds\.", rules, re.S)[0]
        one = alert() | {"fingerprint": "c169ab11c074ee2a"}
        one["annotations"] |= {"summary": "PostgreSQL does not answer; the API cannot read or write.", "description": description}
        teller.tell("page", one)
        printed = output.getvalue().strip("\n").split("  silence ")[0].rstrip()
        timeless = [re.sub(r"\d\d:\d\d:\d\d|\d+ s ago", "…", text).rstrip() for text in (shown, printed)]
        self.assertEqual(*timeless)

    def test_it_begins_with_what_it_looks_like(self):
        lines = text_of("README.md").splitlines()
        page, picture, run = (next(number for number, line in enumerate(lines) if part in line)
                              for part in ("PAGE  DbDown", "docs/pictures/vigie-start-here.png", "make run"))
        self.assertTrue(page < picture < run < 32, (page, picture, run))


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
@unittest.skipUnless(BINARY, "VIGIE_BINARY names no server")
class Readme(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="vigie-readme-", dir=ROOT / "build")
        cls.addClassCleanup(directory.cleanup)
        os.chmod(directory.name, 0o755)
        cls.directory = Path(directory.name)
        ports = {variable: "0" for variable, _, _ in settings.PORTS.values()}
        cls.environment = os.environ | ports | {
            "VIGIE_STACK_DIR": directory.name, "VIGIE_STACK_SCALE": SCALE, "VIGIE_STACK_DEMO": "200", "VIGIE_STACK_BACK_ENDS": "none",
            "VIGIE_BINARY": BINARY}
        # Under make these would have each `make` here print its directories.
        for variable in ("DATABASE_URL", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
            cls.environment.pop(variable, None)
        cls.addClassCleanup(subprocess.run, ["/usr/bin/python3", str(ROOT / "scripts/stack.py"), "down"], env=cls.environment,
                            capture_output=True, timeout=60)
        # As `make up` does, which would build the release first.
        done = subprocess.run(["/usr/bin/python3", str(ROOT / "scripts/stack.py"), "up"], env=cls.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=START_S)
        assert done.returncode == 0, done.stdout
        cls.said = done.stdout
        cls.endpoints = json.loads((cls.directory / "endpoints.json").read_text())

    def here(self, text: str) -> str:
        """With this stack's ports and directory."""
        names = port_names()
        text = re.sub(r"127\.0\.0\.1:(\d+)", lambda match: self.endpoint(names[int(match[1])]) if int(match[1]) in names else match[0], text)
        return text.replace(".local/", f"{self.directory}/")

    def endpoint(self, name: str) -> str:
        return self.endpoints[name].split("//")[1]

    def run_block(self, block: str) -> str:
        """Each line must succeed, in a pipe too."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.here(block)], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=BLOCK_S)
        self.assertEqual(done.returncode, 0, f"{block}\n{done.stdout}")
        return done.stdout

    def asked(self, url: str) -> int:
        try:
            with urllib.request.urlopen(url, timeout=10, context=WEB if url.startswith("https") else None) as answer:
                self.assertTrue(answer.read(), f"{url} says nothing")
                return answer.status
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code

    def test_1_each_address_answers_something(self):
        found = addresses(text_of("README.md"))
        self.assertGreater(len(found), 15)
        names = {variable: name for name, (variable, _, _) in settings.PORTS.items()}
        faults = []
        for url, variable in found:
            default = settings.PORTS[names[variable]][1]
            if f":{default}" not in url:
                faults.append(f"{url} is not the default of {variable}, {default}")
            elif names[variable] not in settings.PROGRAM_OF_PORT and (status := self.asked(self.here(url))) != 200:
                faults.append(f"{url} answers {status}")
        self.assert_none(faults)

    def test_2_every_block_runs_as_printed(self):
        for block in blocks(text_of("README.md")):
            if block in NOT_RUN:
                continue
            with self.subTest(block.splitlines()[0]):
                said = self.run_block(block)
                if "make db-stop" in block:
                    self.assertIn('"code":"unavailable"', said.replace(" ", ""))
                    wait_for("the page is printed where README says", 60, lambda: "PAGE  DbDown" in self.log())
                if "make db-start" in block:
                    wait_for("it resolves", 60, lambda: "RESOLVED  DbDown" in self.log())
        kept = (self.directory / "first-100-bytes").read_bytes()
        self.assertEqual(kept, (ROOT / "docs/pictures/vigie-start-here.png").read_bytes()[:100])

    def test_3_what_it_prints_holds_no_password_and_works(self):
        password = self.endpoints["accounts"]["administrator"]["password"]
        secret = self.endpoints["database_url"].split(":")[2].split("@")[0]
        for text in (self.said, self.log()):
            self.assertNotIn(password, text)
            self.assertNotIn(secret, text)
        self.assertEqual((self.directory / "logs/stack.log").stat().st_mode & 0o777, 0o600)
        self.assertIn("printed into", self.said)
        tried = re.findall(r"^  ((?:curl|\S*bin/vigie) .*)$", self.said, re.M)
        self.assertEqual(len(tried), 4)
        for command in tried:
            self.run_block(command.replace("curl -s ", "curl -sf "))
        for url in re.findall(r"^  \S[\w ]+? +(https?://\S+)$", self.said, re.M):
            self.assertEqual(self.asked(url), 200, url)

    def test_4_commands_end_as_scripts_expect(self):
        """0 when all is well, 1 when something is not, and again is no fault."""
        self.run_block("make status")
        self.run_block("make status | head -n 1")
        said = self.run_block("make api-stop; make api-stop; ! make status; make api-start; make status")
        self.assertIn("is stopped already", said)
        self.assertNotIn("Traceback", said)
        self.assertIn("VIGIE_HTTP_PORT", self.run_block('make vigie ARGS="describe --config"'))
        self.assertEqual(self.run_block(".local/bin/psql -Atc 'SELECT usesuper FROM pg_user WHERE usename = current_user'"), "t\n")
        mine = self.run_block(f"psql -Atc 'SELECT usesuper FROM pg_user WHERE usename = current_user' '{self.endpoints['database_url']}'")
        self.assertEqual(mine, "f\n")

    def test_5_every_make_target_is_one(self):
        targets = set(re.findall(r"^([a-z][a-z-]*):", text_of("Makefile"), re.M))
        self.assertEqual(commands_of(text_of("README.md")) - targets, set())

    def log(self) -> str:
        return (self.directory / "logs/stack.log").read_text()


if __name__ == "__main__":
    main()
