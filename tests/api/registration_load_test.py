#!/usr/bin/python3
"""One address that registers as fast as it can: everybody else goes on."""

import contextlib
import pathlib
import sys
import threading
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase, event_draft  # noqa: E402
from client import Client  # noqa: E402

FLOOD = "127.0.0.9"


class RegistrationLoad(ApiCase):
    # What a password costs in production.
    settings = {"VIGIE_ARGON2_MEMORY_KIB": "19456", "VIGIE_ARGON2_PASSES": "2", "VIGIE_REACTORS": "1"}

    @contextlib.contextmanager
    def flood(self, registrations, threads, keyed):
        """That many registrations from one address, side by side with the body of the with statement."""
        answers, left, lock = [], [registrations], threading.Lock()

        def register():
            with Client(self.vigie.port, address=FLOOD) as client:
                while True:
                    with lock:
                        if left[0] == 0:
                            return
                        left[0] -= 1
                    headers = {"idempotency_key": uuid.uuid4().hex} if keyed else {}
                    answers.append(client.post("/api/v1/accounts", {
                        "email": f"{uuid.uuid4().hex}@example.org", "display_name": "Flood",
                        "password": PASSWORD}, **headers).status)
        workers = [threading.Thread(target=register) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            yield lambda: any(worker.is_alive() for worker in workers)
        finally:
            for worker in workers:
                worker.join()
            self.assertEqual(len(answers), registrations)
            self.assertIn(201, answers)

    def test_keyed_registrations_leave_writes_and_searches_alone(self):
        owner = self.signed_in("organiser")
        others = []
        with self.flood(300, 30, keyed=True) as is_on:
            while is_on():
                others.append(owner.post("/api/v1/events", event_draft()))
                others.append(owner.post("/api/v1/events", event_draft(), idempotency_key=uuid.uuid4().hex))
                others.append(owner.get("/api/v1/events?q=harbour"))
        self.assertGreaterEqual(len(others), 9)
        self.assertEqual({answer.status for answer in others}, {201, 200}, others)


if __name__ == "__main__":
    unittest.main(verbosity=1)
