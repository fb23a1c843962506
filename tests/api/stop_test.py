#!/usr/bin/python3
"""SIGTERM: the process is gone about a second after its last request, whatever else it was doing."""

import pathlib
import socket
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

import job_rows  # noqa: E402
from api_case import ApiCase  # noqa: E402
from client import Client  # noqa: E402

# A second, and what a busy machine adds: far below what was waited for, 5 s of telemetry and 20 s of jobs.
STOP_MAX_S = 4
PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


class Stop(ApiCase):
    settings = {"VIGIE_BACKUP_INTERVAL_MS": "86400000", "VIGIE_BACKUP_VERIFY_INTERVAL_MS": "86400000"}

    def setUp(self):
        self.vigie.stop()  # the jobs are for the servers of the tests
        self.postgres.psql("delete from jobs")

    def seconds_to_stop(self, server):
        began = time.monotonic()
        server.process.terminate()
        self.assertEqual(server.process.wait(60), 0)
        return time.monotonic() - began

    def programs(self):
        """PostgreSQL's, but for a pg_restore that does not end."""
        directory = self.directory / "programs"
        directory.mkdir(exist_ok=True)
        for name in ("pg_dump", "psql"):
            if not (directory / name).exists():
                (directory / name).symlink_to(PROGRAMS / name)
        slow = directory / "pg_restore"
        slow.write_text("#!/bin/sh\necho begun >>" + str(self.directory / "restores") + "\nexec sleep 600\n")
        slow.chmod(0o755)
        (self.directory / "restores").unlink(missing_ok=True)
        return str(directory)

    def stop_in_a_proof(self, **more):
        programs = self.programs()
        server = self.new_vigie(VIGIE_BACKUP_PROGRAMS=programs)
        self.assertEqual(server.run("backup", "run", check=False).returncode, 0)
        server.command = more.get("command", ("serve",))
        server.start()
        self.addCleanup(server.stop)
        job = job_rows.insert(self.postgres, kind="backup.verify", unique_key=f"proof-{time.monotonic()}")
        server.wait_until((self.directory / "restores").exists, "the proof to restore", 60)
        took = self.seconds_to_stop(server)
        self.assertLess(took, STOP_MAX_S)
        state = self.postgres.psql(f"select state from jobs where id = '{job}'")
        self.assertEqual(state, "ready", "another process goes on with it at once")

    def test_does_not_wait_for_a_proof_of_a_backup(self):
        self.stop_in_a_proof()

    def test_a_worker_does_not_wait_for_it_either(self):
        self.stop_in_a_proof(command=("worker",))

    def test_does_not_wait_for_a_statement_of_a_backup(self):
        server = self.new_vigie().start()
        self.addCleanup(server.stop)
        with self.locked("events", "access exclusive"):
            job_rows.insert(self.postgres, kind="backup.run", unique_key="held")
            waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            server.wait_until(lambda: self.postgres.psql(waits) != "0", "the backup to wait for a table", 60)
            self.assertLess(self.seconds_to_stop(server), STOP_MAX_S)

    def test_does_not_wait_for_a_collector_that_takes_a_connection_and_says_nothing(self):
        silent = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(silent.close)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = self.new_vigie(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, OTEL_BSP_SCHEDULE_DELAY="10").start()
        self.addCleanup(server.stop)
        with Client(server.port) as client:
            for _ in range(20):
                client.get("/api/v1/events")
        silent.accept()
        self.assertLess(self.seconds_to_stop(server), STOP_MAX_S)
        events = [line["event"] for line in server.log_lines()]
        self.assertIn("telemetry.ledger", events)


if __name__ == "__main__":
    unittest.main(verbosity=2)
