#!/usr/bin/python3
"""The process: how it starts, refuses to start, drains and hands its port over."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase  # noqa: E402
from client import Client, RawConnection  # noqa: E402
from otlp_receiver import OtlpReceiver  # noqa: E402


class Stopping(ApiCase):
    def test_sigterm_with_nothing_to_do_exits_zero(self):
        server = self.new_vigie().start()
        server.process.terminate()
        self.assertEqual(server.process.wait(10), 0)
        events = [line["event"] for line in server.log_lines()]
        for event in ("server.stopping", "server.stopped", "telemetry.ledger"):
            self.assertIn(event, events)

    def test_readiness_ends_before_accepting_does(self):
        server = self.new_vigie(VIGIE_DRAIN_DELAY_MS="2000").start()
        server.process.terminate()
        server.wait_until(lambda: server.readyz()[0] == 503, "unreadiness", 2)
        self.assertIn("draining", server.readyz()[1])
        with Client(server.port) as client:
            self.assertEqual(client.get("/api/v1/events").status, 200)
        self.assertEqual(server.process.wait(15), 0)

    def test_requests_in_flight_finish(self):
        server = self.new_vigie(VIGIE_REACTORS="1").start()
        kept, answers = Client(server.port), []
        self.addCleanup(kept.close)
        self.assertIsNone(kept.get("/livez").headers["Connection"])

        def is_draining():
            try:
                return kept.get("/livez").headers["Connection"] == "close"
            except OSError:  # it was idle for too long
                return True

        def register():
            with Client(server.port) as client:
                answers.append(client.post("/api/v1/accounts", {
                    "email": "slow@example.org", "display_name": "Slow", "password": PASSWORD}))
        caller = threading.Thread(target=register)
        with self.locked("accounts"):
            caller.start()
            waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
            server.wait_until(lambda: self.postgres.psql(waiting) == "1", "the request to wait in the database")
            server.process.terminate()
            server.wait_until(is_draining, "the drain")
        self.assertEqual(server.process.wait(20), 0)
        caller.join(10)
        self.assertEqual(answers[0].status, 201)
        self.assertEqual(answers[0].headers["Connection"], "close")

    def test_what_outlasts_the_drain_timeout_is_cut_off(self):
        server = self.new_vigie(VIGIE_DRAIN_TIMEOUT_MS="300").start()
        with RawConnection(server.port) as connection:
            connection.send("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 100\r\n\r\n{")
            server.wait_until(lambda: server.metrics()["http_server_active_requests"] == 1, "the request")
            begin = time.monotonic()
            server.process.terminate()
            self.assertEqual(server.process.wait(10), 0)  # half of what is the default
            self.assertGreater(time.monotonic() - begin, 0.3)
            self.assertTrue(connection.is_closed_by_peer())
        stopped = [line for line in server.log_lines() if line["event"] == "server.stopped"]
        self.assertIn("the drain timeout passed", str(stopped))

    def test_a_second_signal_exits_at_once(self):
        server = self.new_vigie(VIGIE_DRAIN_DELAY_MS="60000").start()
        server.process.terminate()
        server.wait_until(lambda: server.readyz()[0] == 503, "unreadiness", 5)
        server.process.terminate()
        self.assertEqual(server.process.wait(5), 128 + signal.SIGTERM)  # of the minute

    def test_spans_are_flushed_at_the_end(self):
        receiver = OtlpReceiver()
        self.addCleanup(receiver.close)
        server = self.new_vigie(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint, OTEL_BSP_SCHEDULE_DELAY="60000").start()
        with Client(server.port) as client:
            trace_id = client.get("/api/v1/nothing").json["trace_id"]
        self.assertEqual(server.stop(), 0)
        self.assertTrue(receiver.of_trace(trace_id))


class Handover(ApiCase):
    settings = {"VIGIE_HTTP_REUSE_PORT": "true"}

    def test_two_processes_share_the_port_and_no_request_is_lost(self):
        failures, served = [], [0]
        done = threading.Event()

        def load():
            while not done.is_set():
                try:
                    with Client(self.vigie.port, timeout_s=5) as client:
                        for _ in range(5):
                            answer = client.get("/livez")
                            served[0] += 1
                            if answer.status != 200:
                                failures.append(answer)
                            if answer.headers["Connection"] == "close":
                                break
                except OSError as error:
                    failures.append(error)
        threads = [threading.Thread(target=load) for _ in range(8)]
        for thread in threads:
            thread.start()
        old = self.vigie
        for _ in range(3):
            new = self.new_vigie(VIGIE_HTTP_PORT=str(old.port)).start()
            self.addCleanup(new.stop)
            self.assertEqual(old.stop(), 0)
            old = new
        done.set()
        for thread in threads:
            thread.join(10)
        self.assertEqual(failures, [])
        self.assertGreater(served[0], 500)


class Starting(ApiCase):
    def refused(self, **extra):
        server = self.new_vigie(**extra)
        return subprocess.run([server.program, "serve"], env=server.environment, capture_output=True, text=True, timeout=10)

    def test_all_faults_of_the_configuration_in_one_message(self):
        result = self.refused(VIGIE_HTTP_PORT="70000", VIGIE_LOG_LEVEL="loud", VIGIE_HTTP_PROT="1",
                              OTEL_BSP_MAX_QUEUE_SIZE="-3", DATABASE_URL="")
        self.assertEqual(result.returncode, os.EX_CONFIG)
        for name in ("VIGIE_HTTP_PORT", "VIGIE_LOG_LEVEL", "VIGIE_HTTP_PROT", "OTEL_BSP_MAX_QUEUE_SIZE", "DATABASE_URL"):
            self.assertIn(name, result.stderr)

    def test_a_port_in_use_is_a_clear_message(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = self.refused(VIGIE_HTTP_PORT=str(port))
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"127.0.0.1:{port}", result.stderr)
        self.assertIn("in use", result.stderr)

    def test_a_missing_secret_is_a_clear_message(self):
        result = self.refused(VIGIE_SECRET_FILE="/nonexistent/secret")
        self.assertEqual(result.returncode, 1)
        self.assertIn("/nonexistent/secret", result.stderr)

    def test_no_password_of_the_database_is_printed(self):
        result = self.refused(DATABASE_URL="postgresql://u:hunter2hunter2@/x?nonsense=1", VIGIE_HTTP_PORT="x")
        self.assertNotIn("hunter2", result.stdout + result.stderr)


class Isolation(ApiCase):
    settings = {"VIGIE_HTTP_REQUESTS_IN_FLIGHT_MAX": "8", "VIGIE_PASSWORD_QUEUE_MAX": "100",
                "VIGIE_ARGON2_MEMORY_KIB": "32768", "VIGIE_ARGON2_PASSES": "4"}

    def test_over_the_bound_of_requests_in_flight_is_503_and_the_admin_port_stays_quick(self):
        head = ("POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        body = f'{{"email": "nobody@example.org", "password": "{PASSWORD}"}}'
        connections = [RawConnection(self.vigie.port, 30) for _ in range(24)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.send(f"{head}Content-Length: {len(body)}\r\n\r\n{body}")
        begin = time.monotonic()
        self.assertEqual(self.vigie.admin("/livez")[0], 200)
        took = time.monotonic() - begin
        answers = [connection.read_answer() for connection in connections]
        self.assertLess(took, (time.monotonic() - begin) / 2)  # it has not waited for the passwords
        refused = [answer for answer in answers if answer.status == 503 and answer.json["code"] != "deadline_exceeded"]
        self.assertTrue(refused)
        self.assert_problem(refused[0], 503, "overloaded")
        self.assertTrue(refused[0].headers["Retry-After"])
        self.assertEqual(self.vigie.metrics()["vigie_http_requests_in_flight_limit"], 8)


if __name__ == "__main__":
    unittest.main(verbosity=1)
