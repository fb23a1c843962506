#!/usr/bin/python3
"""Alert rules: they load, each is tested both ways, and rule, runbook, dashboard and routes agree on names."""

import json
import os
import re
import shutil
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import yaml

from alert_rules import Rule, alerts, log_alerts, rule_files, rules, rules_in, test_files
from repository import ROOT, RepositoryTest, files, main, text_of

SEVERITIES = {"critical", "warning", "info", "none"}
# In every `equal` of an inhibition, therefore on every alert: an absent label equals an absent label.
REQUIRED_LABELS = {"severity", "component"}
# From the expression when it keeps them, else from the rule.
EXPECTED_FROM_EXPRESSION = {"service", "slo"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
RUNBOOK_SECTIONS = ["What users see", "Severity and deadline", "First three queries", "Decision tree", "Mitigations",
                    "Escalation", "False positives"]
# Alerts that cannot be silent, with the reason.
NEVER_SILENT = {"Watchdog": "it fires always: that is its use"}
NEEDS_PROMTOOL = unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (Debian: prometheus)")


def promtool(*arguments: str) -> subprocess.CompletedProcess:
    # Its garbage collector takes a quarter of its time otherwise.
    return subprocess.run(["promtool", *arguments], cwd=ROOT, capture_output=True, text=True, env=os.environ | {"GOGC": "400"})


def form_faults(rule: Rule) -> list[str]:
    where = f"{rule.file}: {rule.name}"
    faults = [f"{where}: no label {name}" for name in sorted(REQUIRED_LABELS - rule.labels.keys())]
    for name in sorted(EXPECTED_FROM_EXPRESSION - rule.labels.keys()):
        if not re.search(rf"\b{name}\b", rule.expr):
            faults.append(f"{where}: nothing gives it the label {name}")
    if rule.labels.get("severity") not in SEVERITIES:
        faults.append(f"{where}: severity must be one of {', '.join(sorted(SEVERITIES))}")
    faults += [f"{where}: no annotation {name}" for name in sorted(ANNOTATIONS - rule.annotations.keys())]
    if any("$value" in value or "{{" in value for value in rule.labels.values()):
        faults.append(f"{where}: a label with a template makes a new alert at each evaluation")
    if not rule.annotations.get("summary", "").endswith("."):
        faults.append(f"{where}: the summary is a sentence with a full stop")
    if not re.search(r"[<>]|==|!=|\bvector\(", rule.expr):
        faults.append(f"{where}: the expression compares with nothing")
    return faults


def link_faults(rule: Rule, runbooks: dict[str, str], boards: dict[str, set[str]]) -> list[str]:
    where = f"{rule.file}: {rule.name}"
    runbook = urlsplit(rule.annotations.get("runbook_url", ""))
    topic = runbook.path.rsplit("/", 1)[-1].removesuffix(".md")
    faults = []
    if topic != rule.topic or topic not in runbooks:
        faults.append(f"{where}: its runbook is docs/runbooks/{rule.topic}.md, not '{runbook.path}'")
    elif runbook.fragment != rule.name.lower() or f"\n## {rule.name}\n" not in runbooks[topic]:
        faults.append(f"{where}: docs/runbooks/{topic}.md has no heading '## {rule.name}' (#{rule.name.lower()})")
    board = urlsplit(rule.annotations.get("dashboard_url", ""))
    uid = board.path.rsplit("/", 1)[-1]
    if uid not in boards:
        faults.append(f"{where}: there is no dashboard with the uid '{uid}'")
        return faults
    parameters = parse_qs(board.query)
    if not {"from", "to"} <= parameters.keys():
        faults.append(f"{where}: dashboard_url opens no time window (from, to)")
    for name in parameters:
        if name.startswith("var-") and name.removeprefix("var-") not in boards[uid]:
            faults.append(f"{where}: dashboard {uid} has no variable {name.removeprefix('var-')}")
    return faults


def runbook_faults(topic: str, text: str, alert_names: set[str]) -> list[str]:
    faults = []
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        name, _, body = section.partition("\n")
        if name not in alert_names:
            faults.append(f"docs/runbooks/{topic}.md: '## {name}' is no alert of alerts/{topic}.yaml")
        headings = re.findall(r"^### (.*)$", body, re.M)
        if headings != RUNBOOK_SECTIONS:
            faults.append(f"docs/runbooks/{topic}.md: {name} has the sections {headings}, not {RUNBOOK_SECTIONS}")
        if len(re.findall(r"^```(?:promql|logql|traceql)$", body, re.M)) < 3:
            faults.append(f"docs/runbooks/{topic}.md: {name} needs three ```promql, ```logql or ```traceql queries")
    return faults


def coverage_faults(alert_names: set[str], tests: list[dict]) -> list[str]:
    fires, silent = set(), set()
    for document in tests:
        for test in document["tests"]:
            for case in test.get("alert_rule_test") or []:
                (fires if case.get("exp_alerts") else silent).add(case["alertname"])
    faults = [f"{name}: no promtool test sees it fire" for name in sorted(alert_names - fires)]
    return faults + [f"{name}: no promtool test sees it silent" for name in sorted(alert_names - silent - NEVER_SILENT.keys())]


def record_faults(records: list[str], tests: str) -> list[str]:
    faults = [f"{name}: no promql_expr_test asserts it" for name in records if name not in tests]
    return faults + [f"{name}: recorded names are level:metric:operations" for name in records if name.count(":") not in (1, 2)]


class Alerts(RepositoryTest):
    def runbooks(self) -> dict[str, str]:
        names = [name for name in files() if name.startswith("docs/runbooks/")]
        return {name.removeprefix("docs/runbooks/").removesuffix(".md"): text_of(name) for name in names}

    def boards(self) -> dict[str, set[str]]:
        names = [name for name in files() if name.startswith("grafana/dashboards/")]
        boards = [json.loads(text_of(name)) for name in names]
        return {board["uid"]: {variable["name"] for variable in board["templating"]["list"]} for board in boards}

    @NEEDS_PROMTOOL
    def test_rules_and_configuration_load(self):
        done = promtool("check", "rules", "--lint=all", "--lint-fatal", *rule_files())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # The rules were checked above; the secret that it names is a container's.
        done = promtool("check", "config", "--syntax-only", "alerts/prometheus.yml")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        configured = yaml.safe_load(text_of("alerts/prometheus.yml"))["rule_files"]
        self.assertEqual(sorted(f"alerts/{name}" for name in configured), sorted(rule_files()))

    @NEEDS_PROMTOOL
    def test_rule_tests_pass(self):
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            results = list(pool.map(lambda name: promtool("test", "rules", name), test_files()))
        self.assert_none([done.stdout + done.stderr for done in results if done.returncode != 0])

    def test_each_file_has_its_tests(self):
        # slo.test.yaml, and where it grew too long, slo.<part>.test.yaml
        self.assertEqual(sorted({re.sub(r"(\.\w+)?\.test\.yaml$", ".yaml", name) for name in test_files()}), sorted(rule_files()))

    def test_alerts_have_their_labels_and_texts(self):
        self.assert_none([fault for rule in alerts() + log_alerts() for fault in form_faults(rule)])

    def test_links_lead_somewhere(self):
        runbooks, boards = self.runbooks(), self.boards()
        self.assert_none([fault for rule in alerts() + log_alerts() for fault in link_faults(rule, runbooks, boards)])

    def test_runbooks_have_a_section_for_each_alert_alone(self):
        faults = []
        for topic, text in self.runbooks().items():
            faults += runbook_faults(topic, text, {rule.name for rule in alerts() + log_alerts() if rule.topic == topic})
        self.assert_none(faults)

    def test_each_alert_is_seen_firing_and_silent(self):
        documents = [yaml.safe_load(text_of(name)) for name in test_files()]
        self.assert_none(coverage_faults({rule.name for rule in alerts()}, documents))

    def test_each_recording_rule_is_asserted(self):
        tests = "".join(text_of(name) for name in test_files())
        self.assert_none(record_faults([rule.name for rule in rules() if not rule.is_alert], tests))

    def test_catches_planted_rules(self):
        text = "groups: [{name: a, rules: [{alert: Bad, expr: up, labels: {severity: urgent, x: '{{ $value }}'}}]}]"
        bad = rules_in("alerts/api.yaml", text)[0]
        for part in ("no label component", "severity must", "no annotation summary", "new alert", "full stop", "compares",
                     "nothing gives it the label service"):
            self.assert_caught(form_faults(bad), part)
        for annotations, part in [
            ({"runbook_url": "http://h/runbooks/gone.md#bad"}, "its runbook is"),
            ({"runbook_url": "http://h/runbooks/api.md#bad"}, "no heading"),
            ({"dashboard_url": "http://h/d/gone?from=a&to=b"}, "no dashboard"),
            ({"dashboard_url": "http://h/d/vigie-http"}, "no time window"),
            ({"dashboard_url": "http://h/d/vigie-http?from=a&to=b&var-host=c"}, "no variable host"),
        ]:
            bad.annotations.clear()
            bad.annotations.update(annotations)
            self.assert_caught(link_faults(bad, self.runbooks(), self.boards()), part)

    def test_catches_planted_runbooks_and_gaps(self):
        self.assert_caught(runbook_faults("api", "# A\n\n## Gone\n### What users see\n", {"ApiDown"}), "is no alert")
        self.assert_caught(runbook_faults("api", "# A\n\n## ApiDown\n### What users see\n", {"ApiDown"}), "has the sections")
        only_fires = [{"tests": [{"alert_rule_test": [{"alertname": "A", "exp_alerts": [{}]}]}]}]
        self.assert_caught(coverage_faults({"A"}, only_fires), "sees it silent")
        self.assert_caught(coverage_faults({"A", "B"}, only_fires), "B: no promtool test sees it fire")
        self.assert_caught(record_faults(["a:b:c"], ""), "no promql_expr_test")


if __name__ == "__main__":
    main()
