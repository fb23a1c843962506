#!/usr/bin/python3
"""Every PromQL, LogQL and TraceQL expression parses with its own grammar, and names only what is emitted."""

import json
import re
import unittest

import grammars
from promql import names_in, without_variables
from queries import Query, all_queries, log_queries, trace_queries
from repository import RepositoryTest, main, text_of

# Labels of a stream; everything else of a line is a field (docs of the log store: few labels, many fields).
STREAM_LABELS = {"service_name", "env", "level"}
# What each line carries besides the attributes of its event.
LINE_FIELDS = {"timestamp", "severity_text", "event", "message", "trace_id", "span_id", "correlation_id", "service_name",
               "service_version"} | STREAM_LABELS
RESOURCE_ATTRIBUTES = {"service.name", "service.version", "service.instance.id", "deployment.environment.name"}

# Of a query of traces: an attribute and what it is compared with.
COMPARED = re.compile(r'\bspan\.([\w.]+)\s*(?:=~|!~|!=|>=|<=|=|>|<)\s*("[^"]*"|`[^`]*`|[^\s)}&|]+)')
LITERALS = {"int": r"-?\d+", "double": r"-?\d+\.\d+", "bool": "true|false", "string": r'"[^"]*"|`[^`]*`'}


def catalogue() -> dict:
    return json.loads(text_of("tests/ops/catalogue.golden.json"))


def parse_faults(queries: list[Query]) -> list[str]:
    return [f"{query.place}: {query.language} does not parse at: {fault}"
            for query, tree in zip(queries, grammars.parsed(queries)) for fault in tree["faults"]]


def scanner_faults(queries: list[Query]) -> list[str]:
    """promql.py reads names without node, for the checks that run everywhere: it must find what the grammar finds."""
    faults = []
    for query, tree in zip(queries, grammars.parsed(queries)):
        found = names_in(without_variables(query.text))
        scanned = {
            "metrics": sorted(selector.metric for selector in found.selectors if selector.metric),
            "labels": sorted(label for selector in found.selectors for label, _, _ in selector.matchers),
            "grouping": sorted(found.grouping),
        }
        for kind, names in scanned.items():
            real = sorted(set(tree["names"][kind])) if kind == "grouping" else sorted(tree["names"][kind])
            if names != real:
                faults.append(f"{query.place}: the scanner reads {kind} {names}, the grammar {real}")
    return faults


def log_faults(queries: list[Query]) -> list[str]:
    """`| json` makes `http_route` of the attribute `http.route`."""
    events = {event["name"] for event in catalogue()["log_events"]}
    fields = {attribute["name"].replace(".", "_") for attribute in catalogue()["attributes"]} | LINE_FIELDS
    faults = []
    for query, tree in zip(queries, grammars.parsed(queries)):
        faults += [f"{query.place}: {name} is no label of a stream" for name in tree["names"]["streams"] if name not in STREAM_LABELS]
        shown = re.findall(r"\{\{\.(\w+)\}\}", query.text)
        faults += [f"{query.place}: no log line has the field {name}" for name in tree["names"]["fields"] + shown if name not in fields]
        for values in re.findall(r'\bevent\s*=~?\s*"([^"]*)"', query.text):
            faults += [f"{query.place}: there is no log event {name}" for name in values.split("|") if name not in events]
    return faults


def trace_faults(queries: list[Query]) -> list[str]:
    """Tempo finds no double by an integer, and says nothing of it: `> 10` where `> 10.0` is meant."""
    attributes = {attribute["name"]: attribute["type"] for attribute in catalogue()["attributes"]}
    faults = []
    for query, tree in zip(queries, grammars.parsed(queries)):
        for name in tree["names"]["attributes"]:
            scope, _, attribute = name.partition(".")
            known = RESOURCE_ATTRIBUTES if scope == "resource" else attributes
            if attribute not in known:
                faults.append(f"{query.place}: no span has the attribute {name}")
        for name, literal in COMPARED.findall(query.text):
            kind = attributes.get(name)
            if kind and literal != "nil" and not re.fullmatch(LITERALS[kind], literal):
                faults.append(f"{query.place}: span.{name} is of type {kind}, {literal} is not")
    return faults


@unittest.skipIf(grammars.missing(), str(grammars.missing()))
class Grammars(RepositoryTest):
    def test_every_expression_parses(self):
        self.assert_none(parse_faults(all_queries() + log_queries() + trace_queries()))

    def test_the_scanner_reads_what_the_grammar_reads(self):
        self.assert_none(scanner_faults(all_queries()))

    def test_log_queries_name_what_is_logged(self):
        self.assertGreater(len(log_queries()), 1)
        self.assert_none(log_faults(log_queries()))

    def test_trace_queries_name_what_is_traced(self):
        self.assert_none(trace_faults(trace_queries()))

    def test_catches_planted_expressions(self):
        for language, text in [("promql", "sum by (a (up)"), ("logql", '{a="b"} | | json'), ("traceql", "{ span.a = }")]:
            self.assert_caught(parse_faults([Query("p", text, language)]), f"{language} does not parse")
        self.assert_caught(log_faults([Query("p", '{app="vigie"} | json', "logql")]), "app is no label of a stream")
        self.assert_caught(log_faults([Query("p", '{env="a"} | json | http_status >= 500', "logql")]), "the field http_status")
        self.assert_caught(log_faults([Query("p", '{env="a"} | json | line_format "{{.body}}"', "logql")]), "the field body")
        self.assert_caught(log_faults([Query("p", '{env="a"} | json | event="http.gone"', "logql")]), "no log event http.gone")
        self.assert_caught(trace_faults([Query("p", '{ span.http.path = "/" }', "traceql")]), "the attribute span.http.path")
        for text, fault in [("span.vigie.job.wait > 10", "type double, 10 is not"), ("span.http.route != 7", "type string, 7 is not"),
                            ("span.http.response.status_code >= 500.0", "type int, 500.0 is not")]:
            self.assert_caught(trace_faults([Query("p", f"{{ {text} }}", "traceql")]), fault)


if __name__ == "__main__":
    main()
