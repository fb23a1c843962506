#!/usr/bin/python3
"""A silence is made from the pager's form and by the command that a page prints: amtool, which we did not write, sees both."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_alertmanager import MISSING, LiveAlertmanager  # noqa: E402
from live_stack import wait_for  # noqa: E402

LABELS = {"alertname": "DbDown", "service": "vigie", "severity": "critical", "component": "database", "slo": "availability", "env": "local"}
FORM = {"matchers": "alertname=DbDown\nservice=vigie", "duration": "2h", "author": "me", "comment": "we are on it"}


@unittest.skipIf(MISSING or not shutil.which("amtool"), MISSING or "not installed: amtool")
class Silence(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="vigie-silence-")
        cls.addClassCleanup(directory.cleanup)
        cls.alertmanager = LiveAlertmanager(directory.name, 0.05, pager_arguments=[])
        cls.addClassCleanup(cls.alertmanager.stop)
        cls.alertmanager.post([LABELS])

    def silences(self) -> list[dict]:
        done = subprocess.run(["amtool", f"--alertmanager.url={self.alertmanager.url}", "silence", "query", "-o", "json"],
                              capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        request = urllib.request.Request(self.alertmanager.pager_url + path, urllib.parse.urlencode(form).encode(),
                                         {"Origin": self.alertmanager.pager_url, "Sec-Fetch-Site": "same-origin"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def page(self, path: str) -> str:
        with urllib.request.urlopen(self.alertmanager.pager_url + path, timeout=10) as answer:
            return answer.read().decode()

    def tearDown(self):
        for silence in self.silences():
            self.post("/silence/end", {"id": silence["id"]})

    def test_the_form_makes_one_and_ends_it(self):
        self.assertIn("DbDown", self.page("/alerts"))
        status, text = self.post("/silence", FORM)
        self.assertEqual(status, 200, text)
        made = self.silences()
        self.assertEqual([(matcher["name"], matcher["value"], matcher["isRegex"]) for matcher in made[0]["matchers"]],
                         [("alertname", "DbDown", False), ("service", "vigie", False)])
        self.assertEqual((made[0]["createdBy"], made[0]["comment"]), ("me", "we are on it"))
        wait_for("the list says so", 10, lambda: "silenced" in self.page("/alerts"))
        self.assertEqual(self.post("/silence/end", {"id": made[0]["id"]})[0], 200)
        self.assertEqual(self.silences(), [])

    def test_a_wrong_field_is_named_and_nothing_is_silenced(self):
        for change, part in [({"matchers": ""}, "alertname"), ({"matchers": "service=vigie"}, "alertname"), ({"matchers": "alertname"}, "name=value"),
                             ({"matchers": "alertname=x\n1a=b"}, "1a=b"), ({"duration": "9y"}, "duration"), ({"author": " "}, "author"),
                             ({"comment": "x" * 501}, "comment"), ({"comment": ""}, "comment")]:
            status, text = self.post("/silence", FORM | change)
            self.assertEqual(status, 422, change)
            self.assertIn(part, text)
        for identity in ("", "x", "../../-/quit", "0" * 36):
            self.assertIn(self.post("/silence/end", {"id": identity})[0], (422, 502))
        self.assertEqual(self.silences(), [])

    def test_the_printed_command_works_as_printed(self):
        wait_for("the page is printed", 20, lambda: "silence add" in (self.alertmanager.directory / "output.log").read_text())
        printed = re.search(r"(amtool --alertmanager.url=.*?-c \"why\")", (self.alertmanager.directory / "output.log").read_text(), re.S)[1]
        subprocess.run(["bash", "-euc", printed], env={"PATH": "/usr/bin:/bin", "USER": "me"}, check=True, capture_output=True)
        self.assertEqual([(matcher["name"], matcher["value"]) for matcher in self.silences()[0]["matchers"]], [("alertname", "DbDown"), ("service", "vigie")])


if __name__ == "__main__":
    main()
