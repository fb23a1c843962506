#!/usr/bin/python3
"""Backups: taken, listed and restored for proof by command; what the process tells of them."""

import pathlib
import re
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from job_rows import insert  # noqa: E402

LINE = re.compile(r"(backups/\d{8}t\d{6}(?:\.\d+)?z\.dump) taken (\S+), (\d+) bytes, sha256 ([0-9a-f]{64}), (.*)")


class Backups(ApiCase):
    settings = {"VIGIE_BACKUP_KEEP": "2"}

    def setUp(self):
        self.signed_in()

    def backup(self, command, server=None):
        done = (server or self.vigie).run("backup", command, check=False)
        return done.returncode, done.stdout, done.stderr

    def taken(self):
        code, said, errors = self.backup("run")
        self.assertEqual(code, 0, errors)
        found = LINE.fullmatch(said.strip())
        self.assertTrue(found, said)
        return found.groups()

    def sql(self, statement):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.postgres.socket_dir, "-U", "vigie", "-d", "vigie",
                        "-c", statement], check=True, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, timeout=30)

    def stored(self, key):
        """The file in which the object lies."""
        files = [path for path in (self.directory / "blobs").rglob("*") if path.is_file() and path.name == key.split("/")[1]]
        self.assertEqual(len(files), 1, files)
        return files[0]

    def gauge(self, name):
        with urllib.request.urlopen(f"{self.vigie.admin_url}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        return self.fail(f"{name} is not exported")

    def test_is_taken_restored_and_told_by_the_server(self):
        key, _, size, _, state = self.taken()
        self.assertEqual(state, "never restored")
        self.assertEqual(self.stored(key).stat().st_size, int(size))
        code, said, errors = self.backup("verify")
        self.assertEqual(code, 0, said + errors)
        self.assertIn(key, said)
        self.assertIn("without a fault", said)
        newest = self.backup("list")[1].splitlines()[0]
        self.assertIn(key, newest)
        self.assertIn("without a fault", newest)
        self.vigie.wait_until(lambda: self.gauge("vigie_backup_bytes") == int(size), "the gauge of the newest backup")
        self.assertGreater(self.gauge("vigie_backup_last_success_timestamp_seconds"), 1.7e9)
        self.vigie.wait_until(lambda: self.gauge("vigie_backup_verified_timestamp_seconds") > 1.7e9, "the gauge of the proof")

    def test_that_was_cut_off_on_disk_is_found(self):
        key, _, size, _, _ = self.taken()
        with open(self.stored(key), "r+b") as file:
            file.truncate(int(size) // 2)
        code, said, _ = self.backup("verify")
        self.assertEqual(code, 1)
        self.assertIn("with a fault", said)
        self.assertIn("with a fault", self.backup("list")[1].splitlines()[0])

    def test_is_restored_as_it_was_by_hand(self):
        key = self.taken()[0]
        self.sql("create database by_hand")
        restore = ["/usr/lib/postgresql/15/bin/pg_restore", "--exit-on-error", "-h", self.postgres.socket_dir, "-U", "vigie",
                   "-d", "by_hand", str(self.stored(key))]
        done = subprocess.run(restore, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_old_ones_are_removed_with_their_objects(self):
        keys = [self.taken()[0] for _ in range(4)]
        listed = [LINE.fullmatch(line).group(1) for line in self.backup("list")[1].splitlines()]
        self.assertEqual(listed[:2], keys[:1:-1])
        objects = {path.name for path in (self.directory / "blobs").rglob("*.dump")}
        self.assertEqual(objects, {key.split("/")[1] for key in listed})

    def test_an_account_that_may_only_read_and_create_databases_is_enough(self):
        self.sql("create role backups login createdb; grant pg_read_all_data to backups")
        url = f"postgresql:///vigie?host={self.postgres.socket_dir}&user=backups"
        server = self.new_vigie(VIGIE_BACKUP_DATABASE_URL=url)
        for command in ("run", "verify"):
            code, said, errors = self.backup(command, server)
            self.assertEqual(code, 0, said + errors)

    def test_says_what_is_missing(self):
        self.taken()
        self.sql("create role reader login; grant pg_read_all_data to reader")
        url = f"postgresql:///vigie?host={self.postgres.socket_dir}&user=reader"
        code, _, errors = self.backup("verify", self.new_vigie(VIGIE_BACKUP_DATABASE_URL=url))
        self.assertEqual(code, 1)
        self.assertIn("permission denied to create database", errors)
        code, _, errors = self.backup("run", self.new_vigie(VIGIE_BACKUP_PROGRAMS="/nowhere"))
        self.assertEqual(code, 1)
        self.assertIn("/nowhere/pg_dump", errors)


class First(ApiCase):
    """Nothing but a `backup.run` is enqueued: there is no scheduler."""

    settings = {"VIGIE_SCHEDULER": "false"}

    def test_is_proven_soon_under_the_same_correlation_and_later_ones_by_their_schedule(self):
        first = self.taken()
        proof = self.vigie.wait_for_log(lambda line: line["event"] == "backup.verified")
        self.assertEqual([proof[name] for name in ("vigie.backup.key", "correlation_id")],
                         [first[name] for name in ("vigie.backup.key", "correlation_id")])
        self.vigie.wait_until(lambda: self.vigie.metrics()["vigie_backup_verified_timestamp_seconds"] > 1.7e9, "the gauge of the proof")
        self.taken()
        self.assertEqual(self.vigie.metrics()['vigie_jobs_enqueued_total{kind="backup.verify"}'], 1)

    def taken(self):
        """The line of a backup that a job took."""
        job = insert(self.postgres, kind="backup.run")
        return self.vigie.wait_for_log(lambda line: line["event"] == "backup.done" and line["correlation_id"] == "cause-" + job[:8])


if __name__ == "__main__":
    unittest.main()
