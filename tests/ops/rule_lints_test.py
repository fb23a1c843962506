#!/usr/bin/python3
"""What promtool accepts in a rule or its tests, and what then never fires, fires always or says nothing."""

import json
import re

import yaml

from alert_rules import Rule, alerts, rules, rules_in, test_files
from objectives import seconds
from promql_tree import COMPARISONS, Node, labels_of, nodes, tree_of
from queries import HISTOGRAM_SUFFIXES, catalogue_labels, contracts, foreign_labels, recorded_labels
from repository import RepositoryTest, main, text_of

# Of a counter only how fast it grows means anything; the others need no value of it. `unless`: whether it is new.
OF_COUNTERS = {"rate", "increase", "irate", "resets", "changes", "absent", "absent_over_time", "count", "group", "timestamp", "unless"}
OF_COUNTERS_ALONE = {"rate", "increase", "irate", "resets"}
# Series that are counters by their nature and gauges by their name, with the reason.
NO_COUNTER = {"process_start_time_seconds": "a moment, in seconds"}
SCRAPES_IN_A_RANGE_MIN = 4
# Scraped where they are installed.
OPTIONAL_JOBS = {"otelcol", "loki", "tempo", "alloy", "grafana"}


def expected_jobs(jobs: set[str]) -> set[str]:
    """Without the service itself, which is ApiDown's, and what runs only where it is installed."""
    return jobs - {"vigie"} - OPTIONAL_JOBS


def kinds() -> dict[str, str]:
    """Series -> counter or gauge, of everything that is scraped."""
    metrics = [(metric["name"], metric["type"]) for metric in json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]]
    for contract in contracts().values():
        metrics += [(name, metric["type"]) for name, metric in contract["metrics"].items()]
    found = {}
    for name, kind in metrics:
        if kind == "histogram":
            found |= {name + suffix: "counter" for suffix in HISTOGRAM_SUFFIXES}
        else:
            found[name] = kind
    return found


def scrape_seconds() -> int:
    return seconds(yaml.safe_load(text_of("alerts/prometheus.yml"))["global"]["scrape_interval"])


def known_labels() -> dict[str, set[str]]:
    return catalogue_labels() | foreign_labels() | recorded_labels()


def compares(node: Node) -> bool:
    """Whether each way to a result goes through a comparison."""
    if node.name == "or":
        return all(compares(part) for part in node.parts)
    if node.name in ("and", "unless"):
        return any(compares(part) for part in node.parts)
    if node.kind == "call" and node.name in ("label_replace", "label_join", "vector"):
        return node.name == "vector" or compares(node.parts[0])
    return node.kind == "binary" and node.name in COMPARISONS and "bool" not in node.grouping


def counter_faults(where: str, tree: Node, kind_of: dict[str, str]) -> list[str]:
    faults = []
    for node, above in nodes(tree):
        if node.kind != "selector" or node.name in NO_COUNTER:
            continue
        around = {part.name for part in above}
        if kind_of.get(node.name) == "counter" and not around & OF_COUNTERS:
            faults.append(f"{where}: the counter {node.name} stands outside rate() and increase()")
        if kind_of.get(node.name) == "gauge" and above and above[0].name in OF_COUNTERS_ALONE:
            faults.append(f"{where}: {above[0].name}() of the gauge {node.name}")
    return faults


def matching_faults(where: str, tree: Node, known: dict[str, set[str]]) -> list[str]:
    """`and` between series of different labels is empty for ever; with on() the author has thought of it."""
    faults = []
    for node, _ in nodes(tree):
        if node.kind != "binary" or node.name == "or" or {"on", "ignoring"} & node.grouping.keys():
            continue
        left, right = (labels_of(part, known) for part in node.parts)
        if left is not None and right is not None and left != right:
            faults.append(f"{where}: {sorted(left)} {node.name} {sorted(right)} match nothing without on()")
    return faults


def range_faults(where: str, tree: Node, scrape: int) -> list[str]:
    return [f"{where}: [{node.range}] holds fewer than {SCRAPES_IN_A_RANGE_MIN} scrapes" for node, _ in nodes(tree)
            if node.range and seconds(node.range.split(":")[0]) < SCRAPES_IN_A_RANGE_MIN * scrape]


def template_faults(rule: Rule, labels: set[str]) -> list[str]:
    faults = []
    for name, text in rule.annotations.items():
        optional = set(re.findall(r"\{\{-? ?(?:with|if) \$labels\.(\w+)", text))
        for label in sorted(set(re.findall(r"\$labels\.(\w+)", text)) - labels - optional):
            faults.append(f"{rule.file}: {rule.name}: {name} names the label {label}, which the expression does not leave")
        if "$value" in text and not re.search(r"\$value \| (?:humanize|printf \"%\.0f\")|\$value \}\}", text):
            faults.append(f"{rule.file}: {rule.name}: {name} has a value that no function makes readable")
    return faults


def alert_faults(rule: Rule, known: dict[str, set[str]], kind_of: dict[str, str], scrape: int) -> list[str]:
    where, tree = f"{rule.file}: {rule.name}", tree_of(rule.expr)
    faults = counter_faults(where, tree, kind_of) + matching_faults(where, tree, known) + range_faults(where, tree, scrape)
    if not rule.is_alert:
        return faults
    if not compares(tree):
        faults.append(f"{where}: a way to a result goes through no comparison")
    calls = {node.name for node, _ in nodes(tree)}
    if calls & {"absent", "absent_over_time"} and seconds(rule.wait) < 2 * scrape:
        faults.append(f"{where}: absent() without `for` fires while Prometheus starts")
    if calls & {"topk", "bottomk"}:
        faults.append(f"{where}: topk makes a new alert when the order changes")
    return faults + template_faults(rule, (labels_of(tree, known) or set()) | rule.labels.keys())


def job_faults(rule: Rule, jobs: set[str]) -> list[str]:
    """`up == 0` is silent when the last target of a job is gone."""
    named = {value for node, _ in nodes(tree_of(rule.expr)) if node.name == "absent"
             for label, _, value in node.parts[0].matchers if label == "job"}
    return ([f"{rule.file}: {rule.name} does not name the scrape job {job}" for job in sorted(jobs - named)]
            + [f"{rule.file}: {rule.name} names {job}, which alerts/prometheus.yml does not scrape" for job in sorted(named - jobs)])


def variant_faults(found: list[Rule], tests: list[dict]) -> list[str]:
    """Each rule fires in a test, and not only one of its name; each recorded name is asked for."""
    seen = [(case["alertname"], {key: str(value) for key, value in alert["exp_labels"].items()})
            for document in tests for test in document["tests"] for case in test.get("alert_rule_test") or []
            for alert in case.get("exp_alerts") or []]
    asked = {node.name for document in tests for test in document["tests"]
             for case in test.get("promql_expr_test") or [] for node, _ in nodes(tree_of(case["expr"]))}
    faults = []
    for rule in found:
        if not rule.is_alert and rule.name not in asked:
            faults.append(f"{rule.file}: no promql_expr_test asks for {rule.name}")
        if rule.is_alert and not any(name == rule.name and rule.labels.items() <= labels.items() for name, labels in seen):
            faults.append(f"{rule.file}: no test sees {rule.name} fire with {rule.labels}")
    return faults


def fixture_faults(where: str, series: str, exact: dict[str, set[str]], known: dict[str, set[str]], edges: dict[str, list]) -> list[str]:
    """A fixture has the labels and bucket edges of the real series: one that is made up proves nothing."""
    node = tree_of(series)
    found = {label: value for label, _, value in node.matchers}
    # Of the collector's counters some versions write _total, others do not.
    name = node.name if node.name in known else node.name.removesuffix("_total")
    faults = []
    if name not in known:
        return [f"{where}: {node.name} is emitted by nothing"]
    if name in exact and (missing := exact[name] - found.keys() - {"env"}):
        faults.append(f"{where}: {name} lacks {', '.join(sorted(missing))}")
    faults += [f"{where}: {name} has no label {label}" for label in sorted(found.keys() - known[name])]
    if "le" in found and found["le"] != "+Inf" and float(found["le"]) not in edges.get(name, [float(found["le"])]):
        faults.append(f"{where}: {found['le']} is no edge of {name}")
    return faults


def fixtures() -> list[tuple[str, str]]:
    return sorted({(file, row["series"]) for file in test_files() for test in yaml.safe_load(text_of(file))["tests"]
                   for row in test["input_series"]})


def catalogue_edges() -> dict[str, list[float]]:
    metrics = json.loads(text_of("tests/ops/catalogue.golden.json"))["metrics"]
    return {metric["name"] + "_bucket": metric["buckets"] for metric in metrics if metric["type"] == "histogram"}


class RuleLints(RepositoryTest):
    def planted(self, expr: str, **rest: object) -> list[str]:
        text = yaml.safe_dump({"groups": [{"name": "a", "rules": [{"alert": "A", "expr": expr} | rest]}]})
        return alert_faults(rules_in("alerts/a.yaml", text)[0], known_labels(), kinds(), scrape_seconds())

    def test_rules_can_fire_and_say_what_they_mean(self):
        known, kind_of, scrape = known_labels(), kinds(), scrape_seconds()
        self.assert_none([fault for rule in rules() for fault in alert_faults(rule, known, kind_of, scrape)])

    def test_catches_planted_rules(self):
        up = 'up{job="vigie"}'
        for expr, rest, part in [
            (f"{up} == 0 or vigie_db_up", {}, "through no comparison"),
            (f"{up} == bool 0", {}, "through no comparison"),
            ("vigie_accounts_created_total > 5", {}, "outside rate()"),
            ("rate(vigie_db_up[5m]) > 0", {}, "rate() of the gauge"),
            ("sum by (service) (up) == 0 and sum by (instance) (up) == 0", {}, "match nothing without on()"),
            ("increase(vigie_accounts_created_total[15s]) > 1", {}, "fewer than 4 scrapes"),
            (f"absent({up}) == 1", {}, "without `for`"),
            ("topk(3, up) == 0", {}, "topk"),
            ("sum by (service) (up) == 0", {"annotations": {"description": "{{ $labels.instance }} is gone."}}, "names the label instance"),
            (f"{up} == 0", {"annotations": {"description": "It is {{ printf \"%f\" $value | title }}."}}, "makes readable"),
        ]:
            self.assert_caught(self.planted(expr, **rest), part)
        self.assert_none(self.planted(f"min by (job, instance) ({up}) == 0 or absent({up}) == 1", **{
            "for": "1m", "annotations": {"description": "{{ $labels.job }}{{ with $labels.instance }} {{ . }}{{ end }}"}}))

    def test_every_scrape_job_may_not_vanish_unseen(self):
        rule = next(rule for rule in alerts() if rule.name == "TargetMissing")
        jobs = {job["job_name"] for job in yaml.safe_load(text_of("alerts/prometheus.yml"))["scrape_configs"]}
        self.assert_none(job_faults(rule, expected_jobs(jobs)))
        self.assert_caught(job_faults(rule, {*expected_jobs(jobs), "new"}), "does not name the scrape job new")
        self.assert_caught(job_faults(rule, expected_jobs(jobs) - {"node"}), "names node")

    def test_each_rule_is_seen_in_a_test(self):
        documents = [yaml.safe_load(text_of(file)) for file in test_files()]
        self.assert_none(variant_faults(rules(), documents))
        text = ("groups: [{name: a, rules: [{alert: ApiDown, expr: up == 0, labels: {severity: warning}}, "
                "{record: 'a:b:c', expr: up}]}]")
        for part in ("no test sees ApiDown fire with", "no promql_expr_test asks for a:b:c"):
            self.assert_caught(variant_faults(rules_in("alerts/a.yaml", text), documents), part)

    def test_fixtures_are_as_the_series_are(self):
        exact, known, edges = catalogue_labels(), known_labels(), catalogue_edges()
        self.assert_none([fault for file, series in fixtures() for fault in fixture_faults(file, series, exact, known, edges)])
        for series, part in [
            ('gone_total{job="vigie"}', "emitted by nothing"),
            ('vigie_db_up{job="vigie"}', "lacks instance, service"),
            ('up{job="vigie",host="a"}', "has no label host"),
            ('vigie_password_hash_duration_seconds_bucket{job="vigie",service="vigie",instance="a",le="0.3"}', "0.3 is no edge"),
        ]:
            self.assert_caught(fixture_faults("p", series, exact, known, edges), part)

    def test_reads_which_labels_are_left(self):
        known = {"a": {"x", "y", "job"}, "b": {"x", "z"}}
        for expr, labels in [
            ("a > 0", {"x", "y", "job"}),
            ("sum by (x) (rate(a[5m])) / on (x) group_left (z) b > 1", {"x", "z"}),
            ("sum without (y) (a) or 0 * sum by (x) (b)", {"x"}),
            ('label_replace(max(a) > 1, "sign", "v", "", "")', {"sign"}),
            ('absent(up{job="j",env=~"e"}) == 1', {"job"}),
            ("histogram_quantile(0.9, sum by (le, x) (rate(b[5m]))) > 1 unless a offset 5m", {"x"}),
            ("(time() - a) * 2 > 3 and on (x) b", {"x", "y", "job"}),
        ]:
            self.assertEqual(labels_of(tree_of(expr), known), labels, expr)


if __name__ == "__main__":
    main()
