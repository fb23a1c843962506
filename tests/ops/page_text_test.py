#!/usr/bin/python3
"""What a page says: each episode once, in 80 columns, since when it began, with links that fit the alert and work from outside."""

import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import yaml

from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_pager import alert  # noqa: E402
from paging.links import CHOSEN_TRACES, UNTRACED_ALERTS, Links, traces_query  # noqa: E402
from paging.notifications import parse_time  # noqa: E402
from paging.page_text import WIDTH, Teller, columns, wrapped  # noqa: E402
from paging.prometheus import Prometheus, graphed  # noqa: E402


def told(*alerts: dict, kind: str = "page", began=None) -> str:
    output = io.StringIO()
    teller = Teller(Links("http://127.0.0.1:9099", "http://127.0.0.1:9093"), began or (lambda one: parse_time(one["startsAt"])), output)
    for one in alerts:
        teller.tell(kind, one)
    return output.getvalue()


def expected_alerts() -> list[dict]:
    """Every text that a rule was seen to fire with."""
    found = []
    for path in sorted((ROOT / "alerts").glob("*.test.yaml")):
        for test in yaml.safe_load(path.read_text())["tests"]:
            for case in test.get("alert_rule_test", []):
                for row in case.get("exp_alerts") or []:
                    labels = {name: str(value) for name, value in row["exp_labels"].items()} | {"alertname": case["alertname"], "env": "local"}
                    notes = {name: str(value) for name, value in (row.get("exp_annotations") or {}).items()}
                    found.append(alert() | {"labels": labels, "annotations": notes})
    return found


def width_faults(text: str) -> list[str]:
    """A word may be longer than a line, then it stands in it alone or behind its name."""
    return [f"{columns(line)} columns: {line}" for line in text.splitlines() if columns(line) > WIDTH and len(line.split()) > 2]


class PageText(RepositoryTest):
    def test_every_page_fits_into_80_columns_and_breaks_no_word(self):
        alerts = expected_alerts()
        self.assertGreater(len(alerts), 100)
        for one in alerts:
            text = told(one)
            self.assert_none(width_faults(text))
            words = text.split()
            for note in ("summary", "description"):
                wanted = one["annotations"].get(note, "").split()
                self.assertIn(" ".join(wanted)[:1_000], " ".join(words), one["labels"]["alertname"])
        self.assert_caught(width_faults("two words " + "x" * 80), "columns")
        self.assertEqual(wrapped("aaa bbb " + "c" * 90, 10), ["aaa bbb", "c" * 90])

    def test_the_runbook_is_the_first_link_and_all_are_short(self):
        text = told(alert())
        rows = [line.split()[0] for line in text.splitlines() if re.match(r"  [a-z]+ {2,}", line)]
        self.assertEqual(rows, ["runbook", "since", "alert", "dashboard", "graph", "traces", "silence"])
        self.assertIn("  runbook    http://127.0.0.1:9099/runbooks/database.md#dbdown\n", text)
        self.assertIn("  alert      http://127.0.0.1:9099/a/0123456789abcdef\n", text)
        self.assertIn("amtool --alertmanager.url=http://127.0.0.1:9093 silence add \\", text)
        self.assertNotIn("%", text)
        self.assertNotIn("traces", told(alert(alertname="ApiDown", component="api")))

    def test_links_lead_to_the_external_address(self):
        output = io.StringIO()
        Teller(Links("https://oncall.example.org", "http://am"), lambda one: datetime.now(timezone.utc), output).tell("page", alert())
        self.assertIn("runbook    https://oncall.example.org/runbooks/database.md#dbdown", output.getvalue())
        self.assertNotIn("127.0.0.1", output.getvalue())
        self.assertEqual(Links("https://o", "x").local("http://127.0.0.1:3000/d/vigie-jobs?from=now-1h"), "/d/vigie-jobs?from=now-1h")
        self.assertEqual(Links("https://o", "x").local("https://wiki.example/x"), "https://wiki.example/x")

    def test_an_episode_is_told_once_and_its_end_once(self):
        again = alert("firing") | {"startsAt": "2026-01-01T05:00:00Z"}
        text = told(alert(), alert(), alert(), alert("resolved"), alert("resolved"), again)
        heads = [re.sub(r"^\[[\d:]+\] ", "", line).split("  ")[0] for line in text.splitlines() if line.startswith("[")]
        self.assertEqual(heads, ["PAGE", "still firing", "still firing", "RESOLVED", "PAGE"])
        self.assertEqual(text.count("runbook "), 2)
        self.assertIn("RESOLVED", told(alert("resolved")), "the pager was started in between")
        two = told(alert(), alert(alertname="Other") | {"fingerprint": "fedcba9876543210"})
        self.assertEqual(two.count("PAGE  "), 2, "a new one of the group is a page")

    def test_since_is_when_it_began(self):
        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                rows = [{"labels": {"alertname": "DbDown", "service": "other"}, "activeAt": "2026-01-01T01:00:00Z"},
                        {"labels": {"alertname": "DbDown", "service": "vigie"}, "activeAt": "2026-01-01T02:59:24.123456789Z"}]
                content = json.dumps({"data": {"alerts": rows}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        with HTTPServer(("127.0.0.1", 0), Answers) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            prometheus = Prometheus(f"http://127.0.0.1:{server.server_address[1]}")
            began = prometheus.began(alert())
            self.assertEqual(began.isoformat(), "2026-01-01T02:59:24.123456+00:00")
            self.assertIn(f"since      {began.astimezone():%H:%M:%S}, ", told(alert(), began=prometheus.began))
            self.assertIn("lasted 10 min 35 s", told(alert(), alert("resolved"), began=prometheus.began))
            self.assertEqual(prometheus.began(alert(service="third")), parse_time("2026-01-01T03:00:00Z"))
            server.shutdown()
        self.assertEqual(prometheus.began(alert()), parse_time("2026-01-01T03:00:00Z"), "Prometheus is gone")


class ExternalLinks(RepositoryTest):
    def test_every_link_of_alerts_leads_out_and_receivers_stay(self):
        """As compose.yaml renders them."""
        with tempfile.TemporaryDirectory() as directory:
            (Path(directory) / "left.yaml").touch()
            for _ in range(2):
                subprocess.run([ROOT / "scripts/external_links.py", "https://oncall.example.org/", ROOT / "alerts", directory], check=True)
            texts = {path.name: path.read_text() for path in Path(directory).rglob("*.*")}
            self.assertFalse((Path(directory) / "left.yaml").exists())
            # promtool looks for the secret that is mounted in its container.
            rendered = Path(directory) / "prometheus.yml"
            rendered.write_text(rendered.read_text().replace("/run/secrets/admin_token", str(rendered)))
            subprocess.run(["promtool", "check", "config", str(rendered)], check=True, capture_output=True)
        left = {name: re.findall(r"http://127\.0\.0\.1:(?:9099|3000)/\w+", text) for name, text in texts.items() if not name.endswith(".test.yaml")}
        self.assertEqual({name: found for name, found in left.items() if found},
                         {"alertmanager.yml": [f"http://127.0.0.1:9099/{kind}" for kind in ("page", "chat", "ticket", "ticket", "heartbeat")]})
        self.assertIn("https://oncall.example.org/runbooks/database.md#dbdown", texts["database.yaml"])
        self.assertIn("https://oncall.example.org/d/vigie-start-here?", texts["database.yaml"])
        self.assertIn("https://oncall.example.org/a/{{ .Fingerprint }}", texts["vigie.tmpl"])

    def test_tickets_are_told_in_the_hours_of_whoever_reads_them(self):
        def rendered(hours: str) -> tuple[subprocess.CompletedProcess, str]:
            with tempfile.TemporaryDirectory() as directory:
                done = subprocess.run([ROOT / "scripts/external_links.py", "http://127.0.0.1:9099", ROOT / "alerts", directory], text=True,
                                      env=os.environ | {"VIGIE_WORKING_HOURS": hours}, capture_output=True)
                path = Path(directory) / "alertmanager.yml"
                text = path.read_text() if path.exists() else ""
                if text:
                    path.write_text(text.replace("/run/secrets/pager_webhook_token", str(path)))
                    subprocess.run(["amtool", "check-config", str(path)], check=True, capture_output=True)
                return done, text
        self.assertEqual(rendered("")[1], text_of("alerts/alertmanager.yml"))
        interval = yaml.safe_load(rendered("sunday:thursday 09:30-17:00 Asia/Jerusalem")[1])["time_intervals"][0]["time_intervals"][0]
        self.assertEqual(interval, {"weekdays": ["sunday:thursday"], "times": [{"start_time": "09:30", "end_time": "17:00"}],
                                    "location": "Asia/Jerusalem"})
        for wrong in ("always", "monday:friday 8-18 Europe/Paris", "monday:friday 08:00-18:00"):
            done, _ = rendered(wrong)
            self.assertNotEqual(done.returncode, 0, wrong)
            self.assertIn(f'VIGIE_WORKING_HOURS is "{wrong}"', done.stderr)


class Traces(RepositoryTest):
    def test_they_fit_the_alert(self):
        for labels, wanted in [
            ({"alertname": "DbSlowQueries", "component": "database"}, {"min_ms": "100"}),
            ({"alertname": "ApiLatencyBurn", "component": "api", "slo": "latency", "http_route": "/api/v1/events"}, {"min_ms": "250", "route": "/api/v1/events"}),
            ({"alertname": "ApiAvailabilityBurn", "component": "api", "slo": "availability"}, {"error": "true"}),
            ({"alertname": "DbDown", "component": "database"}, {"error": "true"}),
            ({"alertname": "BlobStoreDown", "component": "media"}, {"error": "true"}),
            ({"alertname": "MediaProcessingFailing", "component": "media"}, {"error": "true"}),
            ({"alertname": "JobFailuresSurge", "component": "jobs"}, {"error": "true"}),
            ({"alertname": "JobDeadLetters", "component": "jobs"}, {"error": "true"}),
            ({"alertname": "RefreshTokenReused", "component": "security"}, {"route": "/api/v1/auth/refresh"}),
        ]:
            self.assertEqual(traces_query(labels), wanted | {"limit": "5"}, labels["alertname"])
        for name, component in [("ApiDown", "api"), ("ApiInstanceDown", "api"), ("ApiProbeFailing", "proxy"), ("CertificateExpiring", "security"),
                                ("HostDiskFilling", "host"), ("TargetMissing", "monitoring"), ("WatchdogMissing", "monitoring")]:
            self.assertIsNone(traces_query({"alertname": name, "component": component}), name)

    def test_they_name_what_exists(self):
        names = {one["labels"]["alertname"] for one in expected_alerts()}
        self.assertEqual((set(CHOSEN_TRACES) | UNTRACED_ALERTS) - names, set())
        routes = set(re.findall(r'\.pattern = "([^"]+)"', text_of("server/http/routes.cpp")))
        self.assertEqual({chosen["route"] for chosen in CHOSEN_TRACES.values() if "route" in chosen} - routes, set())


class Graph(RepositoryTest):
    def test_it_is_of_what_the_alert_compares(self):
        for expression, wanted in [
            ("vigie_db_up == 0", ("vigie_db_up", "0")),
            ('max by (service) (last_over_time(vigie_db_up{job="a"}[1m])) == 0', ('max by (service) (last_over_time(vigie_db_up{job="a"}[1m]))', "0")),
            ("a / b > 0.05 and c > 3", ("a / b", "0.05")),
            ("(a > 1) or b", ("a", "1")),
            ('a{b=~"x > 1 and y"} > 2', ('a{b=~"x > 1 and y"}', "2")),
            ("sum(a or b) >= bool 7", ("sum(a or b)", "7")),
            ("a > on (b) c", ("a", "")),
            ("a > 14.4 * 0.001", ("a", "")),
            ("vector(1)", ("vector(1)", "")),
            ("a unless b", ("a", "")),
        ]:
            self.assertEqual(graphed(expression), wanted)

    def test_prometheus_parses_what_is_graphed_of_each_rule(self):
        rules = [rule["expr"] for path in sorted((ROOT / "alerts").glob("*.yaml")) if ".test." not in path.name
                 for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"] if "alert" in rule]
        self.assertGreater(len(rules), 60)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({"groups": [{"name": "g", "rules": [{"record": f"r:{n}", "expr": graphed(rule)[0]} for n, rule in enumerate(rules)]}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([rule for rule in rules if re.search(r"==\s*0$", graphed(rule)[0])], [], "no console of `== 0`")


if __name__ == "__main__":
    main()
