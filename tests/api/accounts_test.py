#!/usr/bin/python3
"""Accounts and sessions: registration, sign-in, rotation of tokens and of keys."""

import base64
import json
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase  # noqa: E402
from client import Client  # noqa: E402

ROUNDS_MAX = 100


def claims_of(token, part=1):
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Accounts(ApiCase):
    def register(self, **changes):
        return self.client().post("/api/v1/accounts", {
            "email": "ada@example.org", "display_name": "Ada", "password": PASSWORD} | changes)

    def test_registration_makes_a_user_and_tells_no_secret(self):
        answer = self.register(email="New.Person@Example.org")
        self.assertEqual(answer.status, 201)
        self.assertEqual((answer.json["email"], answer.json["role"]), ("new.person@example.org", "user"))
        self.assertNotIn("password", json.dumps(answer.json))

    def test_one_account_an_email(self):
        self.assertEqual(self.register(email="once@example.org").status, 201)
        self.assert_problem(self.register(email="ONCE@example.org"), 409, "email_taken")

    def test_all_faults_are_told_at_once(self):
        problem = self.assert_problem(self.register(email="nobody", display_name="", password="short"), 422,
                                      "validation_failed")
        self.assertEqual({fault["pointer"] for fault in problem["errors"]},
                         {"/email", "/display_name", "/password"})

    def test_role_is_not_for_the_client_to_choose(self):
        self.assert_problem(self.register(email="r@example.org", role="administrator"), 422, "validation_failed")

    def test_me_is_the_caller(self):
        client = self.signed_in("organiser")
        answer = client.get("/api/v1/accounts/me")
        self.assertEqual((answer.json["id"], answer.json["role"]), (client.account_id, "organiser"))
        self.assert_problem(self.client().get("/api/v1/accounts/me"), 401, "not_authenticated")
        self.assertIn("Bearer", self.client().get("/api/v1/accounts/me").headers["WWW-Authenticate"])


class Sessions(ApiCase):
    settings = {"VIGIE_KEYS_RELOAD_INTERVAL_MS": "100", "VIGIE_REFRESH_TOKEN_REPEAT_MS": "0"}

    def refresh(self, token):
        return self.client().post("/api/v1/auth/refresh", {"refresh_token": token})

    def line_of(self, event, answer):
        """The log line that the answer's request wrote."""
        return self.vigie.wait_for_log(
            lambda line: line["event"] == event and line.get("correlation_id") == answer.json["correlation_id"])

    def test_wrong_credentials_do_not_tell_which(self):
        _, email = self.new_account()
        for credentials in ({"email": email, "password": "wrong horse battery"},
                            {"email": "nobody@example.org", "password": PASSWORD}):
            answer = self.client().post("/api/v1/auth/login", credentials)
            self.assert_problem(answer, 401, "invalid_credentials")
            line = self.line_of("auth.failed", answer)
            self.assertEqual((line["vigie.reason"], line["client.address"]), ("password", "127.0.0.1"))

    def test_access_token_is_eddsa_and_names_its_key(self):
        _, email = self.new_account()
        pair = self.login(email)
        header, claims = claims_of(pair["access_token"], 0), claims_of(pair["access_token"])
        keys = self.client().get("/.well-known/jwks.json").json["keys"]
        self.assertEqual(header["alg"], "EdDSA")
        self.assertIn(header["kid"], [key["kid"] for key in keys])
        self.assertEqual(claims["exp"] - claims["iat"], 900)
        self.assertEqual(pair["expires_in"], 900)

    def test_refresh_rotates_and_reuse_revokes_the_family(self):
        _, email = self.new_account()
        first = self.login(email)["refresh_token"]
        second = self.refresh(first)
        self.assertEqual(second.status, 200)
        reused = self.refresh(first)
        self.assert_problem(reused, 401, "refresh_token_reused")
        self.assertEqual(self.line_of("auth.reuse_detected", reused)["client.address"], "127.0.0.1")
        self.assert_problem(self.refresh(second.json["refresh_token"]), 401, "invalid_token")

    def test_of_simultaneous_refreshes_at_most_one_succeeds(self):
        _, email = self.new_account()
        token = self.login(email)["refresh_token"]
        statuses = []
        threads = [threading.Thread(target=lambda: statuses.append(self.refresh(token).status)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [200] + [401] * 7)

    def test_logout_ends_the_family(self):
        _, email = self.new_account()
        token = self.login(email)["refresh_token"]
        self.assertEqual(self.client().post("/api/v1/auth/logout", {"refresh_token": token}).status, 204)
        self.assertEqual(self.refresh(token).status, 401)

    def test_refresh_token_is_kept_only_as_a_hash(self):
        _, email = self.new_account()
        token = self.login(email)["refresh_token"]
        tables = self.postgres.psql("select table_name from information_schema.tables where table_schema='public'")
        for table in tables.splitlines():
            self.assertNotIn(token, self.postgres.psql(f"select string_agg(t::text, '') from {table} t"), table)

    def test_tampered_tokens_are_refused(self):
        _, email = self.new_account()
        header, payload, signature = self.login(email)["access_token"].split(".")
        forged = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        flipped = ("A" if payload[10] != "A" else "B").join((payload[:10], payload[11:]))
        for token in (f"{header}.{flipped}.{signature}", f"{forged}.{payload}.", "x.y.z", "garbage"):
            answer = self.client(token).get("/api/v1/accounts/me")
            self.assert_problem(answer, 401, "invalid_token")

    def test_keys_rotate_without_a_restart(self):
        client = self.signed_in()
        old = claims_of(client.token, 0)["kid"]
        time.sleep(1.1)  # the name of a key begins with its second
        new = self.vigie.run("keygen", str(self.directory / "keys")).stdout.strip()
        self.vigie.wait_until(lambda: new in self.client().get("/.well-known/jwks.json").body.decode(), "the new key")
        _, email = self.new_account()
        self.assertEqual(claims_of(self.login(email)["access_token"], 0)["kid"], new)
        self.assertEqual(client.get("/api/v1/accounts/me").status, 200)
        (self.directory / "keys" / f"{old}.pem").unlink()
        self.vigie.wait_until(lambda: client.get("/api/v1/accounts/me").status == 401, "the end of the old key")


class Expiry(ApiCase):
    settings = {"VIGIE_REFRESH_TOKEN_LIFETIME_MS": "2000", "VIGIE_SESSION_CLEANUP_INTERVAL_MS": "200"}

    def test_expired_refresh_tokens_and_their_families_are_deleted(self):
        _, email = self.new_account()
        first = self.login(email)["refresh_token"]
        self.assertEqual(self.client().post("/api/v1/auth/refresh", {"refresh_token": first}).status, 200)
        counts = "select (select count(*) from refresh_tokens), (select count(*) from refresh_token_families)"
        self.vigie.wait_until(lambda: self.postgres.psql(counts) == "0|0", "the clean-up")


class LoginCost(ApiCase):
    settings = {"VIGIE_ARGON2_MEMORY_KIB": "19456", "VIGIE_ARGON2_PASSES": "2"}

    def test_unknown_account_and_wrong_password_cost_the_same(self):
        _, email = self.new_account()

        def cost(address):
            begin = time.monotonic()
            self.client().post("/api/v1/auth/login", {"email": address, "password": "wrong horse battery"})
            return time.monotonic() - begin
        # Other work of the machine makes single calls longer, never shorter.
        known, unknown = cost(email), cost("nobody@example.org")
        for call in range(ROUNDS_MAX):
            known, unknown = min(known, cost(email)), min(unknown, cost("nobody@example.org"))
            if call > 8 and 0.6 < known / unknown < 1.6:
                return
        self.fail(f"{known} s and {unknown} s")


    def test_a_sign_in_brings_the_hash_to_the_cost_that_is_configured(self):
        _, email = self.new_account()
        begin_of_hash = f"select substr(password_hash, 1, 27) from accounts where email = '{email}'"
        self.assertEqual(self.postgres.psql(begin_of_hash), "$argon2id$v=19$m=19456,t=2,")
        cheaper = self.new_vigie(VIGIE_ARGON2_MEMORY_KIB="9216", VIGIE_ARGON2_PASSES="4").start()
        self.addCleanup(cheaper.stop)
        client = Client(cheaper.port)
        self.addCleanup(client.close)
        for _ in range(2):
            answer = client.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})
            self.assertEqual(answer.status, 200)
            self.assertTrue(self.postgres.psql(begin_of_hash).startswith("$argon2id$v=19$m=9216,t=4,"))


class LoginRate(ApiCase):
    settings = {"VIGIE_LOGIN_RATE_LIMIT_PER_MINUTE": "5"}

    def test_guessing_is_slowed_down(self):
        _, email = self.new_account()
        statuses = [self.client().post("/api/v1/auth/login", {"email": email, "password": "x" * 12}).status
                    for _ in range(8)]
        self.assertIn(429, statuses)
        self.assertEqual(statuses[:5], [401] * 5)


class LoginRateOfAnAddress(ApiCase):
    settings = {"VIGIE_LOGIN_RATE_LIMIT_PER_ADDRESS_PER_MINUTE": "5"}

    def test_trying_one_password_on_every_account_is_refused_before_any_hashing(self):
        answers = [self.client().post("/api/v1/auth/login", {"email": f"someone{n}@example.org", "password": "x" * 12})
                   for n in range(10)]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertEqual([answer.status for answer in answers[:5]], [401] * 5)
        self.assert_problem(refused[0], 429, "rate_limited")
        metrics = self.vigie.metrics()
        self.assertEqual(metrics["vigie_password_hash_duration_seconds_count"], len(answers) - len(refused))
        self.assertEqual(metrics['vigie_rate_limited_total{scope="login"}'], len(refused))


if __name__ == "__main__":
    unittest.main(verbosity=1)
