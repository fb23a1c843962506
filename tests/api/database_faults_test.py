#!/usr/bin/python3
"""What clients and probes see while PostgreSQL is gone, and how soon it is over."""

import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402


class DatabaseFaults(ApiCase):
    def timed(self, call):
        begin = time.monotonic()
        result = call()
        return result, time.monotonic() - begin

    def assert_unavailable_quickly(self):
        answer, seconds = self.timed(lambda: self.client().get("/api/v1/events"))
        self.assert_problem(answer, 503, "unavailable")
        self.assertTrue(answer.headers["Retry-After"])
        self.assertLess(seconds, 1.0)

    def assert_admin_is_quick(self):
        for path in ("/livez", "/metrics", "/readyz"):
            (status, _), seconds = self.timed(lambda path=path: self.vigie.admin(path))
            self.assertLess(seconds, 1.0, path)
            self.assertEqual(status, 503 if path == "/readyz" else 200, path)

    def every_reactor_answers(self):
        """Connections are dealt out to the reactors in turn: eight in a row reach each of them."""
        return all(self.client().get("/api/v1/events").status == 200 for _ in range(8))

    def test_stopped_postgresql_is_503_and_back_within_two_seconds(self):
        for mode in ("fast", "immediate"):
            socket_dir = self.postgres.socket_dir
            self.vigie.wait_until(self.every_reactor_answers, "every reactor's connection", 5)
            self.postgres.stop(mode, keep_socket_dir=True)
            self.assert_unavailable_quickly()
            self.vigie.wait_until(lambda: self.vigie.readyz()[0] == 503, "unreadiness", 5)
            self.assertIn("database", self.vigie.readyz()[1])
            self.assert_unavailable_quickly()
            self.assert_admin_is_quick()
            self.vigie.wait_until(lambda: self.vigie.metrics()["vigie_db_up"] == 0, "vigie_db_up 0", 5)
            self.postgres.start(socket_dir=socket_dir)
            begin = time.monotonic()
            self.vigie.wait_until(self.every_reactor_answers, "recovery", 10)
            self.assertLess(time.monotonic() - begin, 2.0)
            self.vigie.wait_until(lambda: self.vigie.readyz()[0] == 200, "readiness", 5)

    def test_starts_without_a_database_and_becomes_ready_with_it(self):
        socket_dir = self.postgres.socket_dir
        self.postgres.stop(keep_socket_dir=True)
        second = self.new_vigie().start(wait_until_ready=False)
        self.addCleanup(second.stop)
        self.assertEqual(second.readyz()[0], 503)
        self.assertEqual(second.admin("/livez")[0], 200)
        self.postgres.start(socket_dir=socket_dir)
        second.wait_until(lambda: second.readyz()[0] == 200, "readiness", 10)


#: Sessions that hold the lock of a migration: of the two halves of its number the lower one is shown as objid.
LOCKS = f"select count(*) from pg_locks where locktype = 'advisory' and granted and objid = {8246517023 % 2**32}"


class Migrations(ApiCase):
    def test_two_processes_migrate_once(self):
        self.postgres.psql("drop schema public cascade; create schema public")
        processes = [subprocess.Popen([self.vigie.program, "migrate", "up"], env=self.vigie.environment,
                                      stdout=subprocess.PIPE, text=True) for _ in range(2)]
        outputs = [process.communicate(timeout=60)[0] for process in processes]
        self.assertEqual([process.returncode for process in processes], [0, 0])
        lines = [line for output in outputs for line in output.splitlines()]
        self.assertEqual(len(lines), len(set(lines)))
        self.assertEqual(self.vigie.run("migrate", "status").returncode, 0)

    def server_of_empty_database(self, name):
        self.postgres.psql(f"create database {name}", "postgres")
        return self.new_vigie(DATABASE_URL=self.postgres.url.replace("///vigie?", f"///{name}?"))

    def test_status_tells_what_is_pending_and_up_applies_it_once(self):
        program = self.server_of_empty_database("unmigrated")

        def migrate(command):
            done = subprocess.run([program.program, "migrate", command], env=program.environment, timeout=60,
                                  stdout=subprocess.PIPE, text=True)
            return done.returncode, done.stdout.splitlines()
        code, lines = migrate("status")
        self.assertEqual((code, lines[0]), (1, "pending  0001 accounts (expand)"))
        code, applied = migrate("up")
        self.assertEqual((code, applied[0], len(applied)), (0, "applied accounts", len(lines)))
        code, lines = migrate("status")
        self.assertEqual(code, 0)
        self.assertRegex(lines[0], r"^applied  0001 accounts \(expand\) at \d{4}-\d\d-\d\dT")
        self.assertEqual(migrate("up"), (0, []))

    def test_a_server_becomes_ready_and_stops_while_somebody_migrates(self):
        server = self.server_of_empty_database("migrating")
        server.run("migrate", "up")
        holder = threading.Thread(target=self.postgres.psql, args=(
            "select pg_advisory_lock(8246517023), pg_sleep(10)", "migrating"))
        holder.start()
        self.addCleanup(holder.join)
        self.vigie.wait_until(lambda: self.postgres.psql(LOCKS) == "1", "the lock")
        server.start()
        self.addCleanup(server.stop)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(self.postgres.psql(LOCKS), "1")

    def test_a_server_before_its_migration_is_not_ready(self):
        server = self.server_of_empty_database("empty")
        server.start(wait_until_ready=False)
        self.addCleanup(server.stop)
        server.wait_until(lambda: "schema" in server.readyz()[1], "the word schema")
        server.run("migrate", "up")
        server.wait_until(lambda: server.readyz()[0] == 200, "readiness")


if __name__ == "__main__":
    unittest.main(verbosity=1)
