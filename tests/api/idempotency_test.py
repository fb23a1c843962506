#!/usr/bin/python3
"""Idempotency-Key: one effect, one answer, however often and however simultaneously it is sent."""

import collections
import pathlib
import sys
import threading
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft  # noqa: E402
from client import Client  # noqa: E402


class Idempotency(ApiCase):
    settings = {"VIGIE_IDEMPOTENCY_CLEANUP_INTERVAL_MS": "200"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("count")
        cls.owner = maker.signed_in("organiser")
        cls.addClassCleanup(maker.doCleanups)

    def count(self, title):
        return int(self.postgres.psql(f"select count(*) from events where title = '{title}'"))

    def create(self, key, title, client=None):
        return (client or self.owner).post("/api/v1/events", event_draft(title=title), idempotency_key=key)

    def test_replay_is_the_first_answer_to_the_byte(self):
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        first, second = self.create(key, title), self.create(key, title)
        self.assertEqual((first.status, self.count(title)), (201, 1))
        self.assertEqual((second.status, second.body), (first.status, first.body))
        for name in ("Location", "ETag", "Content-Type"):
            self.assertEqual(second.headers[name], first.headers[name], name)
        self.assertIsNone(first.headers["Idempotency-Replayed"])
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")

    def test_patch_is_replayed_too(self):
        event, etag = self.new_event(self.owner)
        path, key = f"/api/v1/events/{event['id']}", uuid.uuid4().hex
        answers = [self.owner.patch(path, {"title": "Once"}, if_match=etag, idempotency_key=key) for _ in range(2)]
        self.assertEqual([a.status for a in answers], [200, 200])
        self.assertEqual(self.owner.get(path).json["version"], 2)

    def test_another_payload_is_refused(self):
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        self.create(key, title)
        self.assert_problem(self.create(key, title + "x"), 422, "idempotency_key_reused")
        self.assertEqual(self.count(title + "x"), 0)

    def test_keys_of_two_accounts_are_two_keys(self):
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        other = self.signed_in("organiser")
        self.assertEqual([self.create(key, title).status, self.create(key, title, other).status], [201, 201])
        self.assertEqual(self.count(title), 2)

    def test_refusals_are_replayed_as_well(self):
        key = uuid.uuid4().hex
        first, second = self.create(key, ""), self.create(key, "")
        self.assertEqual((first.status, second.status), (422, 422))
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")

    def test_sign_in_answers_are_never_stored(self):
        _, email = self.new_account()
        pairs = [self.client().post("/api/v1/auth/login", {"email": email, "password": "correct horse battery"},
                                    idempotency_key="same-key").json for _ in range(2)]
        self.assertNotEqual(pairs[0]["refresh_token"], pairs[1]["refresh_token"])

    def test_malformed_keys_are_refused(self):
        for key in ("", "x" * 256, "with space"):
            answer = self.create(key, "never")
            self.assert_problem(answer, 400, "invalid_idempotency_key")

    def test_fifty_simultaneous_calls_have_one_effect(self):
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        barrier = threading.Barrier(50)
        answers = []

        def call():
            with Client(self.vigie.port, self.owner.token) as client:
                barrier.wait()
                answers.append(self.create(key, title, client))
        threads = [threading.Thread(target=call) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counted = collections.Counter(answer.status for answer in answers)
        self.assertEqual(self.count(title), 1)
        self.assertLessEqual(set(counted), {201, 409, 503})
        self.assertEqual(len({a.body for a in answers if a.status == 201}), 1)
        for answer in answers:
            if answer.status == 409:
                self.assert_problem(answer, 409, "idempotency_key_in_flight")
                self.assertTrue(answer.headers["Retry-After"])
        self.assertEqual(self.create(key, title).headers["Idempotency-Replayed"], "true")

    def test_a_killed_process_leaves_the_key_usable_and_no_effect(self):
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        victim = self.new_vigie().start()
        caller = threading.Thread(target=self.call_and_expect_no_answer, args=(victim, key, title))
        # The insert waits for this lock: the process dies in the middle of the call.
        with self.locked("events"):
            caller.start()
            self.vigie.wait_until(lambda: self.waiting_sessions() == 1, "the call to wait in the database")
            self.assert_problem(self.create(key, title), 409, "idempotency_key_in_flight")
            victim.kill()
            caller.join(10)
        self.vigie.wait_until(lambda: self.create(key, title).status == 201, "the key to be usable")
        self.assertEqual(self.count(title), 1)

    def waiting_sessions(self):
        return int(self.postgres.psql("select count(*) from pg_stat_activity where wait_event_type = 'Lock'"))

    def call_and_expect_no_answer(self, victim, key, title):
        with Client(victim.port, self.owner.token) as client:
            try:
                self.create(key, title, client)
            except (ConnectionError, OSError):
                pass

    def test_outcomes_are_counted(self):
        before = self.vigie.metrics()
        key, title = uuid.uuid4().hex, uuid.uuid4().hex
        self.create(key, title), self.create(key, title), self.create(key, title + "x")
        after = self.vigie.metrics()
        for outcome in ("new", "replay", "conflict"):
            series = f'vigie_idempotency_requests_total{{outcome="{outcome}"}}'
            self.assertEqual(after[series] - before[series], 1, outcome)


class Expiry(ApiCase):
    settings = {"VIGIE_IDEMPOTENCY_LIFETIME_MS": "2000", "VIGIE_IDEMPOTENCY_CLEANUP_INTERVAL_MS": "200"}

    def test_expired_answers_are_deleted(self):
        owner = self.signed_in("organiser")
        answer = owner.post("/api/v1/events", event_draft(), idempotency_key="short-lived")
        self.assertEqual(answer.status, 201)
        table = "select count(*) from idempotency_keys"
        self.assertEqual(self.postgres.psql(table), "1")
        self.vigie.wait_until(lambda: self.postgres.psql(table) == "0", "the clean-up")


if __name__ == "__main__":
    unittest.main(verbosity=1)
