#!/usr/bin/python3
"""Nothing that may block is called on a reactor: a library between the server and libc writes down what is.

The same library is a resolver that is silent, which used to hold the reactors of a server whose database has a name.
"""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft  # noqa: E402
from client import Client  # noqa: E402
from media_case import MediaCase, picture  # noqa: E402

TRAP, PROBE = os.environ.get("BLOCKING_TRAP", ""), os.environ.get("BLOCKING_PROBE", "")
PLANTED = {"open", "write", "pwrite", "fsync", "fdatasync", "read", "pread", "ftruncate", "flock", "fopen", "rename", "unlink", "mkdir",
           "rmdir", "getaddrinfo", "connect", "send", "recv", "waitpid", "wait4", "usleep", "nanosleep", "clock_nanosleep", "poll",
           "select", "mutex", "sem_wait", "pthread_cond_wait", "pthread_join"}
# What a reactor may do all the same, with the reason.
ALLOWED = {
    r"^getaddrinfo \d": "an address, not a name",
    # libpq, once a process: what the machine says of TLS and of passwords, in files that are as local as the program.
    r"^f?open .*(openssl\.cnf|\.pgpass|pg_service\.conf|krb5\.conf|krb5/)": "read by libpq when it connects",
    r"^(read|fopen|open) .*\tlib(crypto|ssl|gssapi_krb5|krb5|krb5support|pq)\.so": "read by libpq when it connects",
}


def calls(log):
    lines = log.read_text().splitlines() if log.exists() else []
    return [line for line in lines if not any(re.search(pattern, line) for pattern in ALLOWED)]


@unittest.skipUnless(TRAP and PROBE, "BLOCKING_TRAP and BLOCKING_PROBE name nothing")
class Trap(unittest.TestCase):
    def trapped(self, thread):
        with tempfile.TemporaryDirectory() as directory:
            log = pathlib.Path(directory) / "log"
            subprocess.run([PROBE, thread, directory], check=True, timeout=60,
                           env=os.environ | {"LD_PRELOAD": TRAP, "BLOCKING_TRAP_LOG": str(log)})
            return {line.split(" ")[0] for line in log.read_text().splitlines()}

    def test_writes_down_every_call_that_is_planted_on_a_reactor(self):
        self.assertEqual(PLANTED - self.trapped("reactor0"), set())

    def test_leaves_other_threads_alone(self):
        self.assertEqual(self.trapped("blocking0"), set())


@unittest.skipUnless(TRAP, "BLOCKING_TRAP names nothing")
class Tour(MediaCase):
    """Every kind of request, with the trap in place."""

    settings = MediaCase.settings | {"VIGIE_BACKUP_INTERVAL_MS": "3600000"}

    @classmethod
    def new_vigie(cls, **extra):
        vigie = super().new_vigie(**extra)
        cls.trap_log = cls.directory / "blocking.log"
        vigie.environment |= {"LD_PRELOAD": TRAP, "BLOCKING_TRAP_LOG": str(cls.trap_log), "BLOCKING_TRAP_LOCK_MS": "500"}
        return vigie

    def accounts(self):
        _, email = self.new_account()
        session = self.login(email)
        with Client(self.vigie.port) as client:
            client.post("/api/v1/auth/refresh", {"refresh_token": session["refresh_token"]})
            client.post("/api/v1/auth/login", {"email": email, "password": "wrong password"})

    def events(self, client):
        event, tag = self.new_event(client, publish=True)
        path = f"/api/v1/events/{event['id']}"
        for query in ("", "?q=harbour", "?tag=music", "?category=concert&status=published", "?sort=-created_at&limit=1", "?limit=x"):
            client.get("/api/v1/events" + query)
        client.get(path)
        client.patch(path, {"title": "Another"}, If_Match=tag)
        client.post("/api/v1/events", event_draft(), Idempotency_Key="a-key")
        client.post("/api/v1/events", event_draft(), Idempotency_Key="a-key")
        client.post("/api/v1/events", {"title": ""})
        client.delete(path)

    def media(self, client):
        media = self.upload(client, picture(1, 200), "image/png")
        ready = f"/api/v1/media/{media['id']}"
        self.vigie.wait_until(lambda: client.get(ready).json["state"] == "ready", "previews", 60)
        for path in (ready, f"{ready}/content", f"{ready}/previews/small.webp", "/api/v1/media", f"{ready}/nothing"):
            self.assertLess(client.get(path).status, 500)
        client.request("GET", f"{ready}/content", headers={"Range": "bytes=0-9"})
        client.delete(ready)
        client.post(f"{ready}/restore")

    def test_no_request_blocks_a_reactor(self):
        self.accounts()
        client = self.signed_in("organiser")
        self.events(client)
        self.media(client)
        for path in ("/", "/livez", "/readyz", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/nothing"):
            self.assertLess(client.get(path).status, 500)
        self.assertEqual(calls(self.trap_log), [])


class Forwarder:
    """A TCP port in front of PostgreSQL's socket."""

    def __init__(self, path):
        self.path = path
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                one, _ = self.listener.accept()
                other = socket.socket(socket.AF_UNIX)
                other.connect(self.path)
            except OSError:
                return  # the listener was closed
            self.connections += [one, other]
            for source, sink in ((one, other), (other, one)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def drop(self):
        """Every connection ends; new ones are taken."""
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections.clear()

    def close(self):
        self.listener.close()
        self.drop()


@unittest.skipUnless(TRAP, "BLOCKING_TRAP names nothing")
class SilentResolver(ApiCase):
    def setUp(self):
        self.forwarder = Forwarder(f"{self.postgres.socket_dir}/.s.PGSQL.5432")
        self.addCleanup(self.forwarder.close)
        self.silence = self.directory / f"silence-{id(self)}"

    def named_vigie(self, addresses="127.0.0.1", hosts=None, **extra):
        vigie = self.new_vigie(**extra)
        hosts = hosts or f"db.silent.example:{self.forwarder.port}"
        vigie.environment |= {"DATABASE_URL": f"postgresql://vigie@{hosts}/vigie?sslmode=disable&gssencmode=disable", "LD_PRELOAD": TRAP,
                              "SILENT_HOST": f"db.silent.example={addresses}", "SILENT_WHILE": str(self.silence)}
        self.addCleanup(vigie.stop)
        return vigie

    def slowest_livez(self, vigie, seconds):
        slowest, until = 0, time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.monotonic()
            with Client(vigie.port, timeout_s=10) as client:
                self.assertEqual(client.get("/livez").status, 200)
            slowest = max(slowest, time.monotonic() - began)
        return slowest

    def test_a_start_under_a_silent_resolver_keeps_the_reactors_free(self):
        self.silence.touch()
        vigie = self.named_vigie().start(wait_until_ready=False)
        self.assertLess(self.slowest_livez(vigie, 6), 2)
        self.assertEqual(vigie.readyz()[0], 503)
        self.silence.unlink()
        vigie.wait_until(lambda: vigie.readyz()[0] == 200, "the database, once the resolver answers", 60)

    def test_what_was_known_counts_while_the_resolver_is_silent(self):
        vigie = self.named_vigie().start()
        self.silence.touch()
        self.addCleanup(lambda: self.silence.unlink(missing_ok=True))
        self.forwarder.drop()
        self.assertLess(self.slowest_livez(vigie, 3), 2)
        vigie.wait_until(lambda: vigie.readyz()[0] == 200, "the database at its last address", 60)

    def test_every_address_of_a_name_is_tried(self):
        # Nobody is at the first one, and nobody says so at the second: a port that is never accepted on.
        vigie = self.named_vigie("127.9.9.9,127.0.0.1").start(wait_until_ready=False)
        vigie.wait_until(lambda: vigie.readyz()[0] == 200, "the database at its second address", 60)

    def test_another_host_takes_over_when_the_first_has_no_address(self):
        self.silence.touch()
        self.addCleanup(lambda: self.silence.unlink(missing_ok=True))
        hosts = f"db.silent.example:{self.forwarder.port},127.0.0.1:{self.forwarder.port}"
        vigie = self.named_vigie(hosts=hosts).start(wait_until_ready=False)
        # Not readiness: the schema is looked at once, by libpq alone, on a thread that may wait.
        with Client(vigie.admin_port) as admin:
            vigie.wait_until(lambda: b"\nvigie_db_up 1" in admin.get("/metrics").body, "the database at the second host", 60)

    def test_a_stop_does_not_wait_for_the_resolver(self):
        self.silence.touch()
        self.addCleanup(lambda: self.silence.unlink(missing_ok=True))
        vigie = self.named_vigie().start(wait_until_ready=False)
        began = time.monotonic()
        vigie.process.terminate()
        self.assertEqual(vigie.process.wait(15), 0)
        self.assertLess(time.monotonic() - began, 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
