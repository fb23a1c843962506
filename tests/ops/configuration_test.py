#!/usr/bin/python3
"""docs/configuration.md is what the binary prints, and names every OTEL_* variable that the code reads."""

import os
import re
import subprocess
import unittest

from repository import RepositoryTest, main, text_of

BINARY = os.environ.get("VIGIE_BINARY", "")


def variables_of(source):
    """The OTEL_* variables that a source names."""
    return set(re.findall(r'"(OTEL_[A-Z_]+)"', source))


def documented(document):
    """The variables of the table; `…_X` stands beside the variable whose beginning it shares."""
    names = set()
    for row in re.findall(r"^\| (`OTEL_.*?) \|", document, re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", row)
        names.add(first)
        names |= {re.sub(r"^…", "OTEL_EXPORTER_OTLP", other) for other in others}
    return names


class Configuration(RepositoryTest):
    @unittest.skipUnless(BINARY, "VIGIE_BINARY names no server to ask")
    def test_document_is_fresh(self):
        renew = "renew it: vigie describe --config > docs/configuration.md"
        done = subprocess.run([BINARY, "describe", "--config"], capture_output=True, text=True, check=True, timeout=30)
        self.assertEqual(text_of("docs/configuration.md"), done.stdout, renew)

    def test_every_variable_that_is_read_is_documented(self):
        read = variables_of(text_of("telemetry/config.cpp"))
        self.assertEqual(read - documented(text_of("docs/configuration.md")), set())

    def test_an_undocumented_variable_is_caught(self):
        self.assertEqual(variables_of('reader.text("OTEL_NEW");') - documented("| `OTEL_OLD` | | |"), {"OTEL_NEW"})


if __name__ == "__main__":
    main()
