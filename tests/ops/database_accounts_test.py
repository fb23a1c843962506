#!/usr/bin/python3
"""PostgreSQL as compose.yaml makes it: Vigie owns its database and nothing else, the exporter may look and not read."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from repository import ROOT, RepositoryTest, main

sys.path.insert(0, str(ROOT / "scripts"))

import private_postgres  # noqa: E402

BINARY = os.environ.get("VIGIE_BINARY", "")


@unittest.skipUnless(BINARY, "VIGIE_BINARY names no server")
class Accounts(RepositoryTest):
    @classmethod
    def setUpClass(cls):
        cls.directory = Path(tempfile.mkdtemp(prefix="vigie-accounts-"))
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.directory.chmod(0o755)
        configuration = cls.directory / "postgresql.conf"
        configuration.write_text((ROOT / "deploy/postgres/postgresql.conf").read_text())
        configuration.chmod(0o644)
        # The official image makes its cluster for this account too.
        names = mock.patch.multiple(private_postgres, ROLE="postgres", DATABASE="postgres")
        names.start()
        cls.addClassCleanup(names.stop)
        cls.postgres = private_postgres.PrivatePostgres(cls.directory / "data", cls.directory / "postgres.log",
                                                        {"config_file": str(configuration)}, is_durable=False).start()
        cls.addClassCleanup(cls.postgres.stop)
        for account in ("database", "backup", "monitor"):
            (cls.directory / f"{account}_password").write_text(f"{account}'s secret")
        subprocess.run([str(ROOT / "deploy/postgres/init.sh")], check=True, capture_output=True, timeout=30, cwd="/",
                       env=os.environ | {"SECRETS": str(cls.directory), "POSTGRES_USER": "postgres", "PGHOST": cls.postgres.socket_dir})

    def sql(self, account: str, statement: str) -> tuple[int, str]:
        done = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.postgres.socket_dir, "-U", account,
                               "-d", "vigie", "-c", statement], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        return done.returncode, (done.stdout + done.stderr).strip()

    def test_vigie_migrates_as_the_owner_of_its_database_alone(self):
        url = f"postgresql:///vigie?host={self.postgres.socket_dir}&user=vigie"
        done = subprocess.run([BINARY, "migrate", "up"], env={"PATH": os.environ["PATH"], "DATABASE_URL": url}, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotEqual(self.sql("vigie", "CREATE ROLE another")[0], 0)
        code, said = self.sql("vigie_monitor", "SELECT count(*) FROM events")
        self.assertIn("permission denied", said)
        self.assertNotEqual(code, 0)

    def test_backups_read_everything_and_write_only_what_is_theirs(self):
        self.assertEqual(self.sql("vigie", "CREATE TABLE IF NOT EXISTS kept (id int)")[0], 0)
        self.assertEqual(self.sql("vigie_backup", "SELECT count(*) FROM kept"), (0, "0"))
        code, said = self.sql("vigie_backup", "INSERT INTO kept VALUES (1)")
        self.assertIn("permission denied", said)
        self.assertNotEqual(code, 0)
        self.assertEqual(self.sql("vigie_backup", "CREATE DATABASE scratch")[0], 0)
        self.assertEqual(self.sql("vigie_backup", "DROP DATABASE scratch")[0], 0)

    def test_the_exporter_sees_what_others_do(self):
        self.assertEqual(self.sql("vigie", "SELECT 'a statement of Vigie'")[0], 0)
        self.assertEqual(self.sql("vigie_monitor", "SELECT count(*) > 0 FROM pg_stat_statements WHERE query LIKE 'SELECT $1'"), (0, "t"))
        self.assertEqual(self.sql("vigie_monitor", "SELECT count(*) FROM pg_stat_activity WHERE query = '<insufficient privilege>'"), (0, "0"))
        self.assertEqual(self.sql("vigie_monitor", "SHOW max_connections"), (0, "100"))

    def test_the_exporter_has_a_place_when_vigie_has_taken_all_of_its_own(self):
        free = int(self.sql("vigie_monitor", "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int")[1])
        limits = dict(line.split("|") for line in self.sql("vigie_monitor", "SELECT rolname, rolconnlimit FROM pg_roles WHERE rolname LIKE 'vigie%'")[1].splitlines())
        self.assertGreater(int(limits["vigie"]), 0.9 * free, "Vigie's own pools fit")
        self.assertGreaterEqual(free - int(limits["vigie"]), int(limits["vigie_monitor"]))

    def test_its_log_has_no_value_of_a_row(self):
        """What PostgreSQL says of a duplicate holds the address, in a line of its own: log_error_verbosity leaves that out."""
        self.assertEqual(self.sql("vigie", "CREATE TABLE IF NOT EXISTS people (email text UNIQUE)")[0], 0)
        insert = "INSERT INTO people SELECT 'canary' || chr(64) || 'example.org' FROM generate_series(1, 2)"
        code, said = self.sql("vigie", insert)
        self.assertNotEqual(code, 0)
        self.assertIn("Key (email)=(canary@example.org)", said, "the client is told")
        log = (self.directory / "postgres.log").read_text()
        self.assertIn("duplicate key value violates unique constraint", log)
        self.assertNotIn("canary@example.org", log)
        self.assertNotIn("DETAIL", log)
        # The same with the setting as PostgreSQL has it: the check can fail.
        done = subprocess.run(["psql", "-X", "-h", self.postgres.socket_dir, "-U", "postgres", "-d", "vigie", "-c", insert],
                              env=os.environ | {"PGOPTIONS": "-c log_error_verbosity=default"}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=30)
        self.assertIn("duplicate key", done.stderr)
        self.assertIn("canary@example.org", (self.directory / "postgres.log").read_text())

    def test_a_password_is_kept_as_it_is_and_hashed(self):
        stored = self.postgres.psql("SELECT rolname || ' ' || left(rolpassword, 14) FROM pg_authid WHERE rolname LIKE 'vigie%' ORDER BY 1", "postgres")
        self.assertEqual(stored.splitlines(), ["vigie SCRAM-SHA-256$", "vigie_backup SCRAM-SHA-256$", "vigie_monitor SCRAM-SHA-256$"])


if __name__ == "__main__":
    main()
