#!/usr/bin/python3
"""The rules of the log store, held against lines that the real server writes, and against lines that it must not write.

Everywhere by a reading of selector and filters of our own; by Loki itself where it is on PATH.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from alert_rules import ENVIRONMENT, log_alerts
from log_lines import line_query
from repository import ROOT, RepositoryTest, main, text_of

sys.path.insert(0, str(ROOT / "tests/harness"))
sys.path.insert(0, str(ROOT / "scripts"))

from live_stack import read, status_of, wait_for  # noqa: E402
from local_stack import back_ends, monitoring, settings  # noqa: E402
from local_stack.rendered import write_rendered  # noqa: E402
from local_stack.settings import Layout  # noqa: E402
from vigie_process import VigieProcess, binary  # noqa: E402

LABELS = {"service_name": "vigie", "env": ENVIRONMENT}
NO_DATABASE = "postgresql:///vigie?host=/nonexistent&user=vigie&password=hunter2hunter2"
SECRET = "hunter2hunter2"
TOKEN = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMWExZmUyYSJ9.c2lnbmF0dXJlLW9mLXRlc3Q"
# What each rule must find; none of it is in a line of the server.
PLANTED = {
    "CredentialInLogs": [
        f'{{"event":"http.request","url.path":"/api/v1/{TOKEN}"}}',
        '{"event":"internal.error","vigie.detail":"Authorization: Bearer abc"}',
        '{"event":"internal.error","vigie.detail":"postgresql://vigie:hunter2@db/vigie refused"}',
        f'{{"event":"internal.error","password":"{SECRET}"}}',
        '{"event":"internal.error","vigie.detail":"token <credential>"}',  # in its place, by Alloy
    ],
    "ProcessAborted": [
        "terminate called after throwing an instance of 'std::bad_alloc'",
        "vigie: server/net/reactor.cpp:7: void run(): Assertion `is_open' failed.",
        "free(): invalid pointer",
        "*** stack smashing detected ***: terminated",
    ],
    "ProxyOwnErrors": [
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":503,"upstream.status_code":"502, 502"}',
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":503,"upstream.status_code":"504"}',
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":500,"upstream.status_code":""}',
    ],
    "UnexpectedErrorNew": [
        '{"severity_text":"ERROR","event":"internal.error","error.type":"internal","http.route":"/api/v1/events","vigie.detail":"42P01"}',
    ],
}
# What looks like it and is not.
HARMLESS = {
    "CredentialInLogs": ['{"event":"http.request","url.path":"/api/v1/auth/login","vigie.error.code":"invalid_credentials"}',
                         '{"event":"auth.failed","vigie.reason":"password"}'],
    # A client wrote it into its path.
    "ProcessAborted": ['{"event":"http.request","url.path":"/terminate called after throwing"}'],
    # Vigie's own answers, the second after a replica that was gone.
    "ProxyOwnErrors": [
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":503,"upstream.status_code":"503"}',
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":500,"upstream.status_code":"502, 500"}',
        '{"event":"proxy.request","service.name":"vigie-proxy","http.response.status_code":200,"upstream.status_code":"502, 200"}',
    ],
    "UnexpectedErrorNew": ['{"severity_text":"ERROR","event":"db.unavailable","vigie.detail":"connection refused"}',
                           '{"severity_text":"INFO","event":"http.request","url.path":"/\\"event\\":\\"internal.error\\""}'],
}


def labels_of(line: str) -> dict[str, str]:
    """The stream that loki/alloy.alloy puts it into."""
    try:
        parsed = json.loads(line)
        return LABELS | {"service_name": parsed.get("service.name", "vigie"), "level": parsed.get("severity_text", "unknown").lower()}
    except json.JSONDecodeError:
        return LABELS | {"level": "unknown"}


def captured_lines() -> list[str]:
    """What the server writes of a start, good and bad requests with credentials in them, a database that is gone, and an end."""
    with tempfile.TemporaryDirectory(prefix="vigie-lines-") as directory:
        server = VigieProcess(NO_DATABASE, directory).start(wait_until_ready=False)
        login = json.dumps({"email": "ann@example.org", "password": SECRET}).encode()
        wait_for("the server answers", 10, lambda: status_of(f"{server.url}/livez") == 200)
        for path, body, headers in [
            ("/api/v1/events", None, {"Authorization": f"Bearer {TOKEN}"}),
            ("/api/v1/accounts/me", None, {"Authorization": f"Bearer {TOKEN}", "Cookie": f"session={TOKEN}"}),
            ("/api/v1/auth/login", login, {"Content-Type": "application/json"}),
            ("/api/v1/auth/refresh", json.dumps({"refresh_token": SECRET}).encode(), {"Content-Type": "application/json"}),
            (f"/nothing?access_token={TOKEN}", None, {}),
        ]:
            try:
                urllib.request.urlopen(urllib.request.Request(server.url + path, body, headers), timeout=15).close()
            except urllib.error.HTTPError as refusal:
                refusal.close()
        server.stop()
        return Path(server.log).read_text().splitlines()


def faults_of(name: str, expression: str, harmless: list[str]) -> list[str]:
    query = line_query(expression)
    faults = [f"{name}: does not find {line}" for line in PLANTED.get(name, []) if not query.takes(labels_of(line), line)]
    if name in PLANTED:
        faults += [f"{name}: fires at {line}" for line in harmless + HARMLESS[name] if query.takes(labels_of(line), line)]
    elif not any(query.takes(labels_of(line), line) for line in harmless):
        faults.append(f"{name}: sees no line of the server at all")
    return faults


@unittest.skipUnless(os.path.exists(binary()), "VIGIE_BINARY names no server")
class LogRules(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        cls.lines = captured_lines()

    def test_the_lines_are_those_of_a_server_in_trouble(self):
        events = {json.loads(line)["event"] for line in self.lines}
        self.assertLessEqual({"server.started", "http.request", "db.unavailable", "server.stopped"}, events)

    def test_each_rule_finds_what_it_is_for_and_nothing_else(self):
        self.assertEqual({rule.name for rule in log_alerts()}, {*PLANTED, "LogsMissing"})
        self.assert_none([fault for rule in log_alerts() for fault in faults_of(rule.name, rule.expr, self.lines)])

    def test_rules_have_the_environment_of_prometheus(self):
        configured = yaml.safe_load(text_of("alerts/prometheus.yml"))["global"]["external_labels"]["env"]
        self.assertEqual({configured, ENVIRONMENT}, {rule.labels["env"] for rule in log_alerts()} | {ENVIRONMENT})

    def test_late_lines_are_waited_for(self):
        self.assert_none([f"{rule.name}: no offset" for rule in log_alerts() if " offset 2m" not in rule.expr])

    def test_catches_planted_rules(self):
        self.assert_caught(faults_of("CredentialInLogs", '{service="vigie"} |~ `eyJ`', []), "does not find")
        self.assert_caught(faults_of("CredentialInLogs", '{service_name="vigie"} |~ `password`', []), "fires at")
        self.assert_caught(faults_of("ProcessAborted", '{service_name="vigie"} |~ `terminate called`', []), "fires at")
        self.assert_caught(faults_of("LogsMissing", 'absent_over_time({service_name="vgie"}[15m])', self.lines), "sees no line")


class Loki:
    """With loki/loki.yaml as the local stack renders it, and the rules with minutes as seconds."""

    def __init__(self, directory: str):
        layout = Layout(Path(directory))
        ports = {name: settings.free_port() for name in settings.PORTS}
        monitoring.render(layout / "alerts", monitoring.Rendering(ports, 1 / 60))
        configuration = write_rendered("loki/loki.yaml", back_ends.changes("loki", layout, ports), Path(directory) / "loki.yaml")
        self.url = f"http://127.0.0.1:{ports['loki']}"
        with open(Path(directory) / "output.log", "wb") as output:
            self.process = subprocess.Popen([settings.program("loki"), f"-config.file={configuration}"], cwd=directory,
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def push(self, lines: list[str]) -> None:
        now = time.time_ns()
        streams = [{"stream": labels_of(line), "values": [[str(now + number), line]]} for number, line in enumerate(lines)]
        body = json.dumps({"streams": streams}).encode()
        request = urllib.request.Request(f"{self.url}/loki/api/v1/push", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()

    def count(self, expression: str) -> float:
        now = re.sub(r" > 0\b|== 1$", "", expression.replace(" offset 2m", ""))
        query = urllib.parse.urlencode({"query": now})
        return sum(float(row["value"][1]) for row in read(f"{self.url}/loki/api/v1/query?{query}")["data"]["result"])

    def firing(self) -> set[str]:
        alerts = read(f"{self.url}/prometheus/api/v1/alerts")["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@unittest.skipUnless(os.path.exists(binary()), "VIGIE_BINARY names no server")
@unittest.skipUnless(back_ends.installed().get("loki"), "loki is not on PATH")
class LogRulesInLoki(RepositoryTest):
    def test_loki_agrees(self):
        directory = tempfile.TemporaryDirectory(prefix="vigie-loki-")
        self.addCleanup(shutil.rmtree, directory.name, True)
        loki = Loki(directory.name)
        self.addCleanup(loki.stop)
        wait_for("Loki is ready", 60, lambda: status_of(f"{loki.url}/ready") == 200)
        rules = {rule.name: rule.expr for rule in log_alerts()}
        wait_for("LogsMissing fires while there is nothing", 60, lambda: loki.firing() == {"LogsMissing"})
        loki.push(captured_lines())
        wait_for("the lines are found", 20, lambda: loki.count('count_over_time({service_name="vigie"}[10m])') > 0)
        self.assertEqual({name: loki.count(rules[name]) for name in rules}, dict.fromkeys(rules, 0))
        for name, lines in PLANTED.items():
            loki.push(lines + HARMLESS[name])
            wait_for(f"{name} finds each", 20, lambda name=name, lines=lines: loki.count(rules[name]) == len(lines))
            wait_for(f"{name} fires", 60, lambda name=name: name in loki.firing())


if __name__ == "__main__":
    main()
