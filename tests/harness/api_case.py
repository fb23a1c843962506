"""A test case with a private PostgreSQL and a Vigie process, shared by the tests of one file."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "harness")]

from client import Client  # noqa: E402
from private_postgres import PrivatePostgres  # noqa: E402
from vigie_process import QUICK, VigieProcess  # noqa: E402

PASSWORD = "correct horse battery"


def event_draft(**changes):
    """A valid event as a client sends it."""
    return {
        "title": "Harbour concert",
        "description": "An evening of music on the quay.",
        "category": "concert",
        "tags": ["music", "outdoor"],
        "venue": {"name": "Old Port", "address": "1 Quai du Port, Marseille",
                  "latitude": 43.2951, "longitude": 5.3745},
        "starts_at": "2027-06-01T18:00:00Z",
        "ends_at": "2027-06-01T21:00:00Z",
        "time_zone": "Europe/Paris",
        "capacity": 500,
        "price": {"amount_minor": 2500, "currency": "EUR"},
    } | changes


class ApiCase(unittest.TestCase):
    """`settings` of a subclass are added to the server's environment."""

    settings = {}
    #: Of PostgreSQL, which otherwise loses at its crash what it has committed in the last moments.
    postgres_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix="vigie-api-"))
        os.chmod(cls.directory, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.postgres = PrivatePostgres(cls.directory / "data", cls.directory / "postgres.log",
                                       cls.postgres_settings, is_durable=False).start()
        cls.addClassCleanup(lambda: cls.postgres.stop())
        cls.vigie = cls.new_vigie()
        cls.vigie.run("migrate", "up")
        cls.vigie.start()
        cls.addClassCleanup(lambda: cls.vigie.stop())

    @classmethod
    def new_vigie(cls, **extra):
        return VigieProcess(cls.postgres.url, cls.directory, QUICK | cls.settings | extra)

    def client(self, token=None):
        client = Client(self.vigie.port, token)
        self.addCleanup(client.close)
        return client

    def new_account(self, role="user"):
        """A fresh account: (id, e-mail)."""
        email = f"{uuid.uuid4().hex}@example.org"
        if role == "user":
            answer = self.client().post("/api/v1/accounts", {
                "email": email, "display_name": "Someone", "password": PASSWORD})
            self.assertEqual(answer.status, 201, answer)
            return answer.json["id"], email
        made = self.vigie.run("user", "create", "--email", email, "--name", "Someone", "--role", role,
                              stdin=PASSWORD + "\n")
        return made.stdout.strip(), email

    def login(self, email, password=PASSWORD):
        answer = self.client().post("/api/v1/auth/login", {"email": email, "password": password})
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def signed_in(self, role="user"):
        """A client signed in as a fresh account of that role; its `account_id` is set."""
        account_id, email = self.new_account(role)
        client = self.client(self.login(email)["access_token"])
        client.account_id = account_id
        return client

    def new_event(self, client, publish=False, **changes):
        """Creates an event and returns (document, ETag)."""
        answer = client.post("/api/v1/events", event_draft(**changes))
        self.assertEqual(answer.status, 201, answer)
        if publish:
            answer = client.post(f"/api/v1/events/{answer.json['id']}/publish")
            self.assertEqual(answer.status, 200, answer)
        return answer.json, answer.headers["ETag"]

    @contextlib.contextmanager
    def locked(self, table, mode="share row exclusive"):
        """Who writes to the table (with "access exclusive": or reads) waits, and its request stays in flight."""
        with subprocess.Popen(["psql", "-X", "-q", "-h", self.postgres.socket_dir, "-U", "vigie", "-d", "vigie"], cwd="/", text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            holder.stdin.write(f"begin; lock table {table} in {mode} mode;\n\\echo locked\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline(), "locked\n")
            yield  # psql ends with its input, and the lock with its session

    def assert_problem(self, answer, status, code):
        """A complete problem document of RFC 9457."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json", answer)
        problem = answer.json
        self.assertEqual(problem["code"], code, answer)
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"])
        self.assertEqual(problem["correlation_id"], answer.headers["X-Correlation-ID"])
        self.assertRegex(problem["trace_id"], r"^[0-9a-f]{32}$")
        return problem
