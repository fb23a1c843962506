#!/usr/bin/python3
"""The pager's pages as a telephone shows them: Chromium opens every kind, light and dark, over a stack whose database is away."""

import json
import re
import sys
import urllib.request

from repository import ROOT, main

sys.path.insert(0, str(ROOT / "tests/harness"))

from browser import Browser, why_missing  # noqa: E402
from live_stack import StackTest, read, status_of, wait_for  # noqa: E402
from paging import dashboards, runbooks  # noqa: E402

SCALE = 0.2
TELEPHONE, DESK = 360, 1280


def text_behind(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.read().decode()


class PagerPages(StackTest):
    @classmethod
    def setUpClass(cls):
        if why_missing():
            raise cls.skipTest(cls, f"SKIPPED: {why_missing()}")
        cls.stack = cls.started_stack(cls.new_directory(), SCALE)
        cls.pager = cls.stack.endpoints["pager"]
        cls.stack.command("stop", "postgres")
        for _ in range(3):
            status_of(cls.stack.endpoints["api"] + "/api/v1/events")
        wait_for("the page arrives", 60, lambda: cls.stack.pages("firing"))
        cls.fingerprint = cls.stack.pages("firing")[0]["alerts"][0]["fingerprint"]
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def faults_of(self, path: str, width: int = TELEPHONE, is_dark: bool = False) -> list[str]:
        self.browser.screen(width, 780, is_dark)
        self.browser.open(self.pager + path)
        said = f"{path} at {width}{' dark' if is_dark else ''}: "
        # That one is not found, or not an address, is said by the browser too.
        found = [fault for fault in self.browser.faults() if not re.search("status of 40[04]", fault)]
        return [said + fault for fault in found + self.browser.layout_faults()]

    def paths(self) -> list[str]:
        """One of each kind, and all that is made of files."""
        alert = f"/a/{self.fingerprint}"
        wait_for("a failed request is in memory", 15, lambda: "/traces/" in text_behind(f"{self.pager}/traces?error=true"))
        trace = re.search(r'href="(/traces/[0-9a-f]{32})"', text_behind(f"{self.pager}/traces?error=true"))[1]
        return ["/", "/alerts", "/pages", "/silence", alert, f"{alert}/graph", f"{alert}/silence", f"{alert}/traces", f"{alert}/dashboard",
                "/traces?limit=20", trace, "/graph?expr=up", "/graph?expr=%7B", "/nothing", "/a/0000000000000000", "/runbooks/", "/runbooks/DbDown",
                "/d/vigie-http?var-route=%22", *(f"/d/{uid}" for uid in dashboards.uids()),
                *(f"/runbooks/{path.name}" for path in sorted(runbooks.DIRECTORY.glob("*.md")))]

    def test_every_kind_of_page_on_a_telephone(self):
        paths = self.paths()
        self.assertGreater(len(paths), 40)
        faults = [fault for path in paths for fault in self.faults_of(path)]
        faults += [fault for path in paths[:18] for fault in self.faults_of(path, is_dark=True)]
        faults += [fault for path in ("/", "/d/vigie-start-here", f"/a/{self.fingerprint}") for fault in self.faults_of(path, DESK)]
        self.assertEqual(faults, [], "\n".join(faults))

    def test_catches_a_planted_page(self):
        self.browser.screen(TELEPHONE, 780)
        self.browser.open(f"{self.pager}/nothing")
        self.browser.run("document.body.innerHTML += arguments[0]", "<p style='width:900px'>wide</p><p class=w>x</p>")
        self.browser.run("const s = document.createElement('script'); s.textContent = '1'; document.body.append(s)")
        found = " ".join(self.browser.faults())
        self.assertIn("style-src", found)
        self.assertIn("script-src", found)
        self.browser.run("document.querySelector('.w').style.cssText = 'width:900px;color:#ccc'")
        self.assertRegex(" ".join(self.browser.layout_faults()), "wider than the window.*hard to read")

    def test_an_alert_is_told_with_its_graph_its_runbook_and_its_silence(self):
        self.browser.screen(TELEPHONE, 780)
        self.browser.open(f"{self.pager}/a/{self.fingerprint}")
        self.assertEqual(self.browser.texts("h1"), ["DbDown"])
        self.assertEqual(self.browser.run("return document.querySelectorAll('svg.graph path').length"), 2, "the series and the limit")
        headings = self.browser.texts("h2") + self.browser.texts("h3")
        for part in ("Graph", "Runbook", "Silence", "Decision tree", "Mitigations"):
            self.assertIn(part, headings)
        links = self.browser.run("return [...document.querySelectorAll('.card .links a')].map((a) => [a.textContent, a.pathname])")
        self.assertEqual(dict(links), {"This alert": f"/a/{self.fingerprint}", "Runbook": "/runbooks/database.md", "Dashboard": "/d/vigie-start-here",
                                       "Traces": "/traces", "Silence": f"/a/{self.fingerprint}/silence"})

    def test_a_command_is_copied_as_it_stands(self):
        self.browser.screen(TELEPHONE, 780)
        self.browser.driver.execute_cdp_cmd("Browser.grantPermissions", {"origin": self.pager, "permissions": ["clipboardReadWrite"]})
        self.browser.open(f"{self.pager}/runbooks/database.md")
        wanted = self.browser.run("return document.querySelector('pre code').textContent")
        self.browser.run("document.querySelector('pre button').click()")
        wait_for("it is copied", 10, lambda: self.browser.texts("pre button")[0] in ("Copied", "Selected"))
        copied = self.browser.driver.execute_async_script(
            "const done = arguments[0]; navigator.clipboard.readText().then(done, () => done(String(getSelection())))")
        self.assertEqual(copied.strip(), wanted.strip())

    def test_a_dashboard_has_values_colours_and_pictures(self):
        board = ""

        def is_answered() -> bool:
            """By a Prometheus that may be busy: the page is loaded anew."""
            nonlocal board
            board = text_behind(f"{self.pager}/d/vigie-start-here?from=now-15m")
            return "No answer:" not in board
        wait_for("every query is answered", 90, is_answered)
        self.assertRegex(board, 'PostgreSQL</h3><div class="series"><span></span><span class="value red">down</span>')
        self.assertRegex(board, r'Requests a second by status class</h3>.*?<span class="value[^>]*>[\d.]+ req/s</span><svg')
        points = max(len(re.findall("[ML]", path)) for path in re.findall(r' d="([^"]+)"', board))
        self.assertGreater(points, 1)
        self.assertLessEqual(points, 60)
        self.assertLess(len(board), 300_000)

    def test_the_form_silences_the_alert(self):
        self.browser.screen(TELEPHONE, 780)
        self.browser.open(f"{self.pager}/a/{self.fingerprint}/silence")
        self.browser.run("document.querySelector('[name=author]').value = 'me'; document.querySelector('[name=comment]').value = 'why'")
        self.browser.run("document.querySelector('form.fields').requestSubmit()")
        silences = f"{self.stack.endpoints['alertmanager']}/api/v2/silences"
        wait_for("Alertmanager has it", 10, lambda: [one for one in read(silences) if one["status"]["state"] == "active"])
        made = read(silences)[0]
        self.assertEqual((made["createdBy"], {one["name"]: one["value"] for one in made["matchers"]}),
                         ("me", {"alertname": "DbDown", "service": "vigie"}))
        wait_for("the page says so", 10, lambda: any("Silenced" in text for text in self.browser.texts("p")))
        self.assertIn("silenced", text_behind(f"{self.pager}/alerts"))

    def test_the_external_address_is_in_every_link_of_a_page(self):
        body = json.dumps(self.stack.pages("firing")[0])
        self.assertIn(f"{self.pager}/d/", body)
        self.assertIn(f"{self.pager}/runbooks/", body)
        self.assertNotIn(":9099/", body)
        self.assertNotIn(":3000/", body)


if __name__ == "__main__":
    main()
