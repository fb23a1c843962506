#!/usr/bin/python3
"""tests/ops/catalogue.golden.json is what the binary prints: dashboards, rules and documents are checked against it."""

import json
import os
import subprocess
import unittest

from repository import RepositoryTest, main, text_of

BINARY = os.environ.get("VIGIE_BINARY", "")


class Catalogue(RepositoryTest):
    @unittest.skipUnless(BINARY, "VIGIE_BINARY names no server to ask")
    def test_golden_file_is_fresh(self):
        done = subprocess.run([BINARY, "describe", "--catalogue"], capture_output=True, text=True, check=True, timeout=30)
        printed = json.loads(done.stdout)
        golden = json.loads(text_of("tests/ops/catalogue.golden.json"))
        renew = f"renew it: {BINARY} describe --catalogue | scripts/renew_catalogue.py, then `make dashboards`"
        for table in printed.keys() | golden.keys():
            self.assertEqual({row["name"]: row for row in golden.get(table, [])},
                             {row["name"]: row for row in printed.get(table, [])}, f"{table}: {renew}")


if __name__ == "__main__":
    main()
