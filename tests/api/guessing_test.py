#!/usr/bin/python3
"""Who guesses: passwords of one account from many addresses, accounts from one, and what others notice of it."""

import concurrent.futures
import pathlib
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase  # noqa: E402
from client import Client  # noqa: E402

LOGIN = "/api/v1/auth/login"
ACCOUNTS = "/api/v1/accounts"


def address(number):
    return f"198.51.{number // 250}.{number % 250 + 1}"


class Case(ApiCase):
    settings = {"VIGIE_HTTP_TRUSTED_PROXIES": "127.0.0.1"}

    def sign_in(self, email, password, where):
        return self.client().post(LOGIN, {"email": email, "password": password}, X_Forwarded_For=where)


class OneAccount(Case):
    settings = Case.settings | {"VIGIE_LOGIN_FAILURES_PER_HOUR_MAX": "100"}

    def test_a_hundred_tries_fail_an_hour_over_all_addresses_and_servers(self):
        _, email = self.new_account()
        home = "203.0.113.7"
        self.assertEqual(self.sign_in(email, PASSWORD, home).status, 200)
        other = self.new_vigie().start()
        self.addCleanup(other.stop)

        def guess(number):
            with Client(other.port if number % 2 else self.vigie.port) as client:
                return client.post(LOGIN, {"email": email, "password": f"guess {number}"}, X_Forwarded_For=address(number))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(guess, range(200)))
        failed = [answer for answer in answers if answer.status == 401]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertEqual(len(failed) + len(refused), 200)
        self.assertLessEqual(len(failed), 50)
        self.assert_problem(refused[-1], 429, "rate_limited")
        self.assertTrue(1 <= int(refused[-1].headers["Retry-After"]) <= 180)
        # The owner comes in from home, and not from elsewhere.
        self.assertEqual(self.sign_in(email, PASSWORD, home).status, 200)
        self.assertEqual(self.sign_in(email, PASSWORD, "192.0.2.50").status, 429)
        # Who is next door at home has twenty more, and that is all.
        statuses = [self.sign_in(email, f"guess {number}", home).status for number in range(60)]
        self.assertLessEqual(statuses.count(401), 21)
        self.assertLessEqual(len(failed) + statuses.count(401), 100)
        kept = self.postgres.psql("select string_agg(t::text, '') from (select * from sign_in_allowances) as t")
        self.assertNotIn(email, kept)

    def test_nobodys_address_is_treated_alike(self):
        email = f"{uuid.uuid4().hex}@example.org"
        statuses = [self.sign_in(email, "guess", address(number)).status for number in range(60)]
        _, known = self.new_account()
        self.assertEqual(statuses.count(401), [self.sign_in(known, "guess", address(number)).status for number in range(60)].count(401))


class Registration(Case):
    settings = Case.settings | {"VIGIE_REGISTRATION_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "30", "VIGIE_PASSWORD_PER_ADDRESS_MAX": "8",
                                "VIGIE_ARGON2_MEMORY_KIB": "19456", "VIGIE_ARGON2_PASSES": "2"}

    def register(self, where, email=None):
        with Client(self.vigie.port) as client:
            return client.post(ACCOUNTS, {"email": email or f"{uuid.uuid4().hex}@example.org", "display_name": "Someone",
                                          "password": PASSWORD}, X_Forwarded_For=where)

    def test_one_address_delays_nobody_who_signs_in(self):
        _, email = self.new_account()

        def sign_in():
            began = time.monotonic()
            self.assertEqual(self.sign_in(email, PASSWORD, "203.0.113.7").status, 200)
            return time.monotonic() - began
        alone = sorted(sign_in() for _ in range(8))[-1]
        stopping, answers = threading.Event(), []

        def storm():
            while not stopping.is_set():
                answers.append(self.register("2001:db8::1:%x" % (len(answers) % 60000)).status)
                time.sleep(0.1)
        threads = [threading.Thread(target=storm) for _ in range(10)]
        for thread in threads:
            thread.start()
        try:
            self.vigie.wait_until(lambda: len(answers) >= 20, "a storm")
            beside = sorted(sign_in() for _ in range(8))[-1]
        finally:
            stopping.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(answers) - {201, 429}, set())
        self.assertIn(429, answers)
        # Eight hashes of the other's at most, and a busy machine.
        self.assertLess(beside, 3 * alone + 8 * 0.3)

    def test_an_address_asks_who_is_there_thirty_times_a_minute(self):
        _, email = self.new_account()
        statuses = []
        for number in range(60):
            statuses.append(self.register("192.0.2.77", email if number % 2 else None).status)
        self.assertEqual(set(statuses[:25]), {201, 409})
        self.assertIn(429, statuses)
        self.assertLessEqual(len([status for status in statuses if status != 429]), 40)
        self.assertEqual(self.register("192.0.2.78").status, 201)
        refused = self.register("192.0.2.77")
        self.assert_problem(refused, 429, "rate_limited")
        self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
        self.assertGreater(self.vigie.metrics()['vigie_rate_limited_total{scope="address"}'], 0)


class Passwords(ApiCase):
    def register(self, password, email="grace.hopper@example.org", name="Amazing Grace"):
        return self.client().post(ACCOUNTS, {"email": email, "display_name": name, "password": password})

    def test_what_is_refused_and_why(self):
        for password, reason in (("éàüöñçßøåæþ", "at least 12 characters"), (" " * 12, "blank"), ("\u200b" * 12, "blank"),
                                 ("password1234", "tried first"), ("Grace.Hopper1!", "e-mail address"), ("amazing grace 9", "display name"),
                                 ("é" * 257, "at most 256 characters"), ("abcdefghijkl", "tried first")):
            with self.subTest(password):
                problem = self.assert_problem(self.register(password), 422, "validation_failed")
                self.assertEqual([fault["pointer"] for fault in problem["errors"]], ["/password"])
                self.assertIn(reason, problem["errors"][0]["message"])

    def test_what_is_taken_signs_in_as_it_is(self):
        for password in ("éàüöñçßøåæþð", "  spaces around it  ", "\U0001f40e" * 2 + "\U0001f50b" * 3 + "\U0001f4ce\U0001f30a\U0001f3bb" * 3,
                         "x1" + "é, ß" * 63, "cafe\u0301 au lait"):
            with self.subTest(password):
                email = f"{uuid.uuid4().hex}@example.org"
                self.assertEqual(self.register(password, email).status, 201)
                self.assertEqual(self.client().post(LOGIN, {"email": email, "password": password}).status, 200)
        # Byte for byte: the composed form is another password.
        self.assertEqual(self.client().post(LOGIN, {"email": email, "password": "caf\u00e9 au lait"}).status, 401)

    def test_the_command_line_and_a_change_ask_the_same(self):
        made = self.vigie.run("user", "create", "--email", "cli@example.org", "--name", "X", "--role", "user", stdin="password1234\n", check=False)
        self.assertEqual(made.returncode, 1)
        self.assertIn("tried first", made.stderr)
        client = self.signed_in()
        refused = client.post("/api/v1/accounts/me/password", {"current_password": PASSWORD, "new_password": "password1234"})
        self.assertEqual(self.assert_problem(refused, 422, "validation_failed")["errors"][0]["pointer"], "/new_password")


if __name__ == "__main__":
    unittest.main(verbosity=1)
