#!/usr/bin/python3
"""What people meet on the admin port and at the root of the public one: pages in a browser, the same documents as JSON for
programs, and nothing on them that the process does not know."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from browser import Browser  # noqa: E402

PAGES = ("/", "/console", "/debug", "/admin", "/problems", "/debug/traces?limit=20", "/debug/traces?error=true&limit=20", "/debug/logs?limit=100",
         "/debug/ledger", "/debug/sampling", "/admin/log-level", "/admin/jobs", "/healthz", "/nothing", "/debug/traces/" + "a" * 32, "/debug/logs?colour=red")
OF_A_BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}


class ConsoleCase(ApiCase):
    # No backup holds the table that is to be renamed.
    settings = {"VIGIE_BLOB_PROBE_INTERVAL_MS": "200", "VIGIE_JOBS": "false", "VIGIE_SCHEDULER": "false"}

    def get(self, path, **headers):
        status, text = self.vigie.admin(path, headers=headers)
        return status, json.loads(text)

    def console(self):
        return self.get("/console")[1]

    def load(self):
        """Something of each kind: answers, refusals, failures."""
        client = self.client()
        for _ in range(5):
            client.get("/api/v1/events?limit=2")
            client.get("/api/v1/nothing")
        with self.without_table("events"):
            for _ in range(3):
                self.assertEqual(client.get("/api/v1/events").status, 500)

    def without_table(self, name):
        case = self

        class Renamed:
            def __enter__(self):
                case.postgres.psql(f"alter table {name} rename to {name}_gone")

            def __exit__(self, *_):
                case.postgres.psql(f"alter table {name}_gone rename to {name}")
        return Renamed()


class Documents(ConsoleCase):
    def test_programs_get_json_and_browsers_pages(self):
        self.load()
        for path in PAGES:
            for accept, kind in [("*/*", "json"), ("application/json", "json"), (OF_A_BROWSER["Accept"], "html"), ("text/html", "html"),
                                 ("application/json, text/html", "html"), ("text/html;q=0.1, application/json", "json"), ("text/html;q=0", "json")]:
                if "application/json" not in accept and "*" not in accept and kind == "json":
                    continue
                _, text = self.vigie.admin(path, headers={"Accept": accept})
                self.assertEqual(text.startswith("<!DOCTYPE html>"), kind == "html", f"{path} {accept}: {text[:80]}")

    def test_the_public_root_says_what_is_where(self):
        client = self.client()
        answer = client.get("/")
        self.assertEqual(answer.status, 200)
        for link in answer.json["links"]:
            self.assertEqual(client.get(link["path"]).status, 200, link)
        page = client.request("GET", "/", headers=OF_A_BROWSER)
        self.assertIn('<a href="/api/v1/docs">', page.body.decode())
        self.assertNotRegex(page.headers["Content-Security-Policy"], r"unsafe|\*|https?:")

    def test_every_link_of_every_document_leads_somewhere(self):
        self.load()
        seen, waiting = set(), ["/"]
        while waiting:
            path = waiting.pop()
            if path in seen or len(seen) > 150:
                continue
            seen.add(path)
            status, text = self.vigie.admin(path, headers=OF_A_BROWSER) if path not in ("/metrics", "/debug/bundle") else (200, "")
            # What the memory has held is given up for what is newer.
            self.assertIn(status, (200, 404) if path.startswith("/debug/traces/") else (200,), path)
            waiting += [urllib.parse.unquote(link.replace("&amp;", "&")) if "%" not in link else link.replace("&amp;", "&")
                        for link in re.findall(r'href="(/[^"#]*)', text)]
        self.assertTrue({"/console", "/debug", "/admin", "/problems", "/metrics"} <= seen)

    def test_the_kind_of_a_problem_is_explained_where_it_says(self):
        page = self.vigie.admin("/problems", headers=OF_A_BROWSER)[1]
        known = set(re.findall(r'<tr id="(\w+)"', page))
        self.assertEqual(known, {problem["code"] for problem in self.get("/problems")[1]["problems"]})
        answers = [self.get("/nothing"), self.get("/debug/traces/7"), self.get("/admin/jobs?state=lost"), self.get("/metrics", Host="evil.example"),
                   self.get("/metrics", Origin="http://evil.example"),
                   (405, json.loads(self.vigie.admin("/metrics", "DELETE")[1])),
                   (415, json.loads(self.vigie.admin("/admin/log-level", "PUT", b"{}", {"Content-Type": "text/plain"})[1]))]
        for status, problem in answers:
            self.assertGreaterEqual(status, 400)
            where, _, anchor = problem["type"].partition("#")
            self.assertEqual((where, anchor), ("/problems", problem["code"]))
            self.assertIn(anchor, known)

    def test_the_console_tells_what_happened(self):
        self.load()
        self.vigie.admin("/admin/log-level", "PUT", b'{"level": "info"}')
        self.vigie.wait_until(lambda: any("events" in error["detail"] for error in self.console()["errors"]), "the error")
        told = self.console()
        self.assertEqual((told["status"], told["reasons"], told["database_is_up"], told["store_is_up"]), ("ready", [], True, True))
        error = next(error for error in told["errors"] if error["event"] == "db.query_failed" or "42P01" in error["detail"])
        self.assertIn("42P01", json.dumps(error))
        self.assertGreaterEqual(error["count"], 3)
        self.assertLessEqual(error["first"], error["last"])
        self.assertEqual(self.vigie.admin(f"/debug/traces/{error['example']['trace_id']}")[0], 200)
        routes = {(route["method"], route["route"]): route for route in told["routes"]}
        events = routes["GET", "/api/v1/events"]
        self.assertTrue(events["requests_per_s"] > events["failed_per_s"] > 0)
        self.assertTrue(0 < events["p99_ms"] < 60_000)
        self.assertGreater(routes["GET", "unmatched"]["refused_per_s"] if ("GET", "unmatched") in routes else 1, 0)
        self.assertEqual([route for route in told["routes"] if route["route"].startswith(("/debug", "/metrics"))], [], "of the public port")
        changes = [line["event"] for line in told["changes"]]
        self.assertTrue({"server.started", "readiness.changed", "config.changed"} <= set(changes), changes)
        self.assertEqual(changes, [line["event"] for line in sorted(told["changes"], key=lambda line: line["timestamp"], reverse=True)])
        for signal in told["ledger"]["signals"].values():
            self.assertEqual(signal["created"], sum(signal[name] for name in ("exported", "sampled_out", "queued", "spooled"))
                             + sum(signal["dropped"].values()))
        self.assertEqual(set(told["jobs"]), {"high", "low", "external"})

    def test_a_database_that_is_gone_is_a_warning_and_red(self):
        other = self.new_vigie().start()
        self.addCleanup(other.stop)
        other.wait_for_log(lambda line: line["event"] == "readiness.changed" and line["vigie.ready"])
        socket_dir = self.postgres.socket_dir
        self.postgres.stop("immediate", keep_socket_dir=True)
        try:
            other.wait_until(lambda: other.readyz()[0] == 503, "unreadiness")
            line = other.wait_for_log(lambda line: line["event"] == "readiness.changed" and not line["vigie.ready"]
                                      and line["vigie.reason"] == "database" and line["severity_text"] == "WARN")
            self.assertEqual(line["vigie.reason"], "database")
            told = json.loads(other.admin("/console")[1])
            self.assertEqual((told["status"], told["reasons"], told["database_is_up"]), ("not_ready", ["database"], False))
            page = other.admin("/console", headers=OF_A_BROWSER)[1]
            self.assertIn("no: database", page)
            self.assertIn("does not answer", page)
            warned = json.loads(other.admin("/debug/logs?level=warn&event=readiness.changed")[1])["items"]
            self.assertEqual({item["vigie.ready"] for item in warned}, {False})
        finally:
            self.postgres.start(socket_dir=socket_dir)
            self.vigie.wait_until(lambda: self.vigie.readyz()[0] == 200, "readiness")
        for vigie in (other, self.vigie):
            vigie.wait_until(lambda vigie=vigie: vigie.readyz()[0] == 200, "readiness", 30)

    def test_to_ask_changes_nothing(self):
        """R6: who looks does not write the log, nor set the gauge."""
        before = len([line for line in self.vigie.log_lines() if line["event"] == "readiness.changed"])
        for path in ("/readyz", "/healthz", "/console"):
            self.vigie.admin(path)
        subprocess.run(["curl", "-s", "-o", "/dev/null", self.vigie.admin_url + "/debug/bundle"], check=True, timeout=20)
        self.assertEqual(len([line for line in self.vigie.log_lines() if line["event"] == "readiness.changed"]), before)
        self.assertEqual(self.vigie.metrics()["vigie_ready"], 1)


class LogLines(ConsoleCase):
    def lines(self, query):
        status, answer = self.get("/debug/logs?" + query)
        self.assertEqual(status, 200, answer)
        return answer["items"]

    def test_are_found_by_time_event_and_route(self):
        client = self.client()
        client.get("/api/v1/events?limit=1")
        self.vigie.wait_until(lambda: self.lines("event=http.request&route=/api/v1/events"), "the line")
        found = self.lines("event=http.request&route=/api/v1/events&since=15m")
        self.assertEqual({(line["event"], line["http.route"]) for line in found}, {("http.request", "/api/v1/events")})
        last = found[-1]["timestamp"]
        self.assertEqual({line["timestamp"] >= last for line in self.lines(f"since={last}")}, {True})
        self.assertEqual(self.lines("since=2100-01-01T00:00:00Z"), [])
        self.assertEqual(self.lines("event=gone"), [])
        for query, pointer in [("since=yesterday", "?since"), ("since=15", "?since"), ("since=1d", "?since"), ("since=-1m", "?since"),
                               ("event=", "?event"), ("route=", "?route"), ("event=a&event=b", "?event"), ("since=2030-01-01", "?since")]:
            status, problem = self.get("/debug/logs?" + query)
            self.assertEqual((status, problem["errors"][0]["pointer"]), (422, pointer), query)

    def test_a_burst_of_one_pair_is_one_line(self):
        client = self.client()
        with self.without_table("events"):
            answers = [client.get("/api/v1/events", x_correlation_id=f"burst-{i}") for i in range(60)]
        self.assertEqual({answer.status for answer in answers}, {500})
        self.vigie.wait_until(lambda: sum(line.get("repeated_count", 1) for line in self.lines("level=warn&event=db.query_failed")) >= 60, "the burst")
        warned = self.lines("level=warn&limit=1000")
        pairs = [(line["event"], line["vigie.detail"]) for line in warned if "vigie.detail" in line]
        self.assertEqual(len(pairs), len(set(pairs)), pairs)
        mine = self.lines("correlation_id=burst-30")
        self.assertEqual(len([line for line in mine if line["event"] == "db.query_failed"]), 1, "of one request each line is told")

    def test_those_who_watch_do_not_fill_recent(self):
        for _ in range(20):
            for path in ("/metrics", "/livez", "/readyz", "/healthz", "/debug/logs", "/debug/traces", "/console"):
                self.vigie.admin(path, headers={"Accept-Encoding": "identity"})
            self.client().get("/livez")
        correlation_id = uuid.uuid4().hex
        self.client().get("/api/v1/events?limit=1", x_correlation_id=correlation_id)
        self.vigie.wait_until(lambda: any(item["correlation_id"] == correlation_id for item in self.get("/debug/traces?limit=1000")[1]["items"]), "a trace")
        recent = {item["route"] for item in self.get("/debug/traces?limit=1000")[1]["items"] if "recent" in item["recorded_as"]}
        self.assertIn("/api/v1/events", recent)
        self.assertEqual(recent & {"/metrics", "/livez", "/readyz", "/healthz", "/debug/logs", "/debug/traces", "/console"}, set())


class Looks(ConsoleCase):
    """In Chromium, wide and narrow, light and dark."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def test_every_page_is_sound(self):
        self.load()
        failed = next(item["trace_id"] for item in self.get("/debug/traces?error=true&limit=5")[1]["items"])
        self.vigie.wait_until(lambda: self.get(f"/debug/traces/{failed}")[1].get("spans"), "its spans")
        for number, path in enumerate([*PAGES, f"/debug/traces/{failed}", "public"]):
            url = self.vigie.url + "/" if path == "public" else self.vigie.admin_url + path
            for width, is_dark in ((1280, False), (360, True)):
                with self.subTest(path=path, width=width):
                    self.browser.screen(width=width, is_dark=is_dark)
                    self.browser.open(url)
                    self.browser.wait_for("main")
                    self.assertEqual(self.browser.layout_faults(), [])
                    refused = {"/nothing", "/debug/traces/" + "a" * 32, "/debug/logs?colour=red"}
                    faults = self.browser.faults()
                    self.assertEqual([fault for fault in faults if path not in refused or "status of 4" not in fault], [])
                    self.assertNotRegex(" ".join(self.browser.texts("main")), r"\bundefined\b|\bNaN\b|\bnull\b|\binf\b|-nan")
                    if directory := os.environ.get("VIGIE_PICTURES"):
                        self.browser.picture(f"{directory}/console-{number}-{width}.png")

    def test_a_failure_is_walked_to_its_words(self):
        """Console, the error's example, its waterfall with the line between the spans."""
        self.load()
        self.vigie.wait_until(lambda: self.console()["errors"], "an error")
        self.browser.open(self.vigie.admin_url + "/console")
        self.browser.wait_for("main")
        row = self.browser.run("return [...document.querySelectorAll('tr')].findIndex((r) => r.textContent.includes('42P01') && r.querySelector('a[href^=\"/debug/traces/\"]'))")
        self.assertGreaterEqual(row, 0)
        self.browser.run("document.querySelectorAll('tr')[arguments[0]].querySelector('a[href^=\"/debug/traces/\"]').click()", row)
        self.browser.wait_for("tr.log")
        spans, lines = self.browser.texts("tr:not(.log)"), self.browser.texts("tr.log")
        self.assertTrue(any("GET /api/v1/events" in text for text in spans))
        self.assertTrue(any("42P01" in text for text in lines), lines)
        self.assertTrue(self.browser.run("return document.querySelectorAll('svg.bar rect').length >= 2"))

    def test_its_policy_lets_nothing_in(self):
        self.browser.open(self.vigie.admin_url + "/console")
        self.browser.wait_for("main")
        self.browser.run("const s = document.createElement('script'); s.textContent = 'window.wasRun = true'; document.body.append(s);"
                         "const i = document.createElement('img'); i.src = 'http://127.0.0.1:1/beacon'; document.body.append(i);"
                         "const d = document.createElement('div'); d.setAttribute('style', 'color: red'); document.body.append(d);")
        self.assertIsNone(self.browser.run("return window.wasRun"))
        self.assertEqual(len(self.browser.run("return window.policyReports")), 3)


if __name__ == "__main__":
    unittest.main()
