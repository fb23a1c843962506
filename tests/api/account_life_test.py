#!/usr/bin/python3
"""The life of an account against a real server and PostgreSQL: passwords, sessions, disabling, resets, erasure, and who may."""

import concurrent.futures
import json
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import PASSWORD, ApiCase, event_draft  # noqa: E402
from client import Client  # noqa: E402

ANOTHER = "four other words than these"
NOBODY = "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d"
#: So long an access token may outlive its session, with what a busy machine adds.
BOUND_S = 5


class Case(ApiCase):
    settings = {"VIGIE_ENDED_SESSIONS_INTERVAL_MS": "200"}

    def someone(self, role="user"):
        """A fresh account: (id, e-mail, client that is signed in, its refresh token)."""
        account_id, email = self.new_account(role)
        pair = self.login(email)
        return account_id, email, self.client(pair["access_token"]), pair["refresh_token"]

    def status(self, email, password=PASSWORD):
        return self.client().post("/api/v1/auth/login", {"email": email, "password": password}).status

    def wait_for_end(self, client):
        self.vigie.wait_until(lambda: client.get("/api/v1/accounts/me").status == 401, "the end of the session", BOUND_S)

    def refresh(self, token):
        return self.client().post("/api/v1/auth/refresh", {"refresh_token": token})

    def shown(self, who):
        return json.loads(self.vigie.run("user", "show", who).stdout)

    def changes(self, who):
        return [change["change"] for change in self.shown(who)["changes"]]


class OwnAccount(Case):
    def test_a_changed_password_ends_the_other_sessions_alone(self):
        account_id, email, mine, my_token = self.someone()
        theirs = self.login(email)
        thief = self.client(theirs["access_token"])
        path = "/api/v1/accounts/me/password"
        wrong = mine.post(path, {"current_password": "wrong", "new_password": ANOTHER})
        self.assert_problem(wrong, 403, "forbidden")
        self.assertEqual(mine.post(path, {"current_password": PASSWORD, "new_password": ANOTHER}).status, 204)
        self.wait_for_end(thief)
        self.assertEqual(self.refresh(theirs["refresh_token"]).status, 401)
        self.assertEqual(mine.get("/api/v1/accounts/me").status, 200)
        self.assertEqual(self.refresh(my_token).status, 200)
        self.assertEqual((self.status(email), self.status(email, ANOTHER)), (401, 200))
        self.assertEqual(self.changes(email), ["password_changed"])
        line = self.vigie.wait_for_log(
            lambda line: line["event"] == "account.changed" and line["vigie.account.id"] == account_id)
        self.assertEqual((line["vigie.account.change"], line["user.id"]), ("password_changed", account_id))

    def test_all_sessions_end_at_once_and_the_password_stays(self):
        _, email, mine, token = self.someone()
        other = self.client(self.login(email)["access_token"])
        self.assertEqual(mine.delete("/api/v1/accounts/me/sessions").status, 204)
        for client in (mine, other):
            self.wait_for_end(client)
        self.assertEqual(self.refresh(token).status, 401)
        self.assertEqual(self.status(email), 200)

    def test_signing_out_ends_the_access_token_too(self):
        _, _, mine, token = self.someone()
        self.assertEqual(mine.post("/api/v1/auth/logout", {"refresh_token": token}).status, 204)
        self.wait_for_end(mine)


class Administration(Case):
    def test_a_disabled_account_is_shut_out_until_it_is_enabled(self):
        administrator = self.signed_in("administrator")
        account_id, email, mine, token = self.someone("organiser")
        for _ in range(2):
            self.assertEqual(administrator.post(f"/api/v1/accounts/{account_id}/disable").status, 204)
        self.wait_for_end(mine)
        self.assertEqual(self.refresh(token).status, 401)
        refused = self.client().post("/api/v1/auth/login", {"email": email, "password": PASSWORD})
        self.assert_problem(refused, 403, "account_disabled")
        self.assertEqual(self.status(email, "not the password"), 401)
        self.assertEqual(administrator.post(f"/api/v1/accounts/{account_id}/enable").status, 204)
        self.assertEqual(self.status(email), 200)
        self.assertEqual(mine.get("/api/v1/accounts/me").status, 401)
        self.assertEqual(self.changes(account_id), ["disabled", "enabled"])
        self.assertEqual({change["by"] for change in self.shown(email)["changes"]}, {administrator.account_id})

    def test_who_may(self):
        target, *_ = self.someone()
        callers = {"anonymous": self.client(), "user": self.signed_in(), "organiser": self.signed_in("organiser")}
        for name, caller in callers.items():
            for verb in ("disable", "enable", "end-sessions"):
                for account in (target, NOBODY, "me"):
                    with self.subTest(name, verb=verb, account=account):
                        wanted = 401 if name == "anonymous" else 403
                        self.assertEqual(caller.post(f"/api/v1/accounts/{account}/{verb}").status, wanted)
        administrator = self.signed_in("administrator")
        self.assertEqual(administrator.post(f"/api/v1/accounts/{administrator.account_id}/disable").status, 403)
        self.assertEqual(administrator.post(f"/api/v1/accounts/{target}/end-sessions").status, 204)

    def test_another_server_learns_it_too(self):
        other = self.new_vigie().start()
        self.addCleanup(other.stop)
        _, _, mine, _ = self.someone()
        there = Client(other.port, mine.token)
        self.addCleanup(there.close)
        self.assertEqual(there.get("/api/v1/accounts/me").status, 200)
        self.assertEqual(mine.delete("/api/v1/accounts/me/sessions").status, 204)
        self.wait_for_end(there)


class Resets(Case):
    path = "/api/v1/auth/password-resets"

    def complete(self, token, password=ANOTHER):
        return self.client().post(self.path + "/complete", {"token": token, "new_password": password})

    def test_a_token_sets_another_password_once(self):
        _, email, mine, token = self.someone()
        printed = self.vigie.run("user", "reset-password", email)
        reset = printed.stdout.strip()
        self.assertIn("30 minutes", printed.stderr)
        self.assertRegex(reset, r"^[A-Za-z0-9_-]{43}$")
        self.assertEqual(self.postgres.psql(f"select count(*) from password_resets as r where r::text like '%{reset}%'"), "0")
        self.assert_problem(self.complete(reset, "short"), 422, "validation_failed")
        self.assertEqual(self.complete(reset).status, 204)
        self.assert_problem(self.complete(reset), 422, "validation_failed")
        self.wait_for_end(mine)
        self.assertEqual(self.refresh(token).status, 401)
        self.assertEqual((self.status(email), self.status(email, ANOTHER)), (401, 200))
        self.assertEqual(self.changes(email), ["reset_issued", "password_reset"])

    def test_of_many_at_once_one_is_used(self):
        _, email, *_ = self.someone()
        reset = self.vigie.run("user", "reset-password", email).stdout.strip()
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda n: self.complete(reset, f"{ANOTHER} {n}").status, range(4)))
        self.assertEqual(sorted(statuses), [204, 422, 422, 422])

    def test_without_mails_everybody_is_told_so(self):
        _, email, *_ = self.someone()
        answers = [self.client().post(self.path, {"email": address}) for address in (email, "nobody@example.org", "x")]
        for answer in answers:
            self.assert_problem(answer, 403, "reset_not_offered")
        self.assertEqual(len({answer.json["detail"] for answer in answers}), 1)


class Erasure(Case):
    def test_nothing_of_the_person_is_left(self):
        account_id, email, mine, _ = self.someone("organiser")
        shown, _ = self.new_event(mine, publish=True, **event_draft())
        draft, _ = self.new_event(mine, **event_draft())
        media = mine.post("/api/v1/media", {"file_name": "private.png", "type": "image/png", "bytes": 100}).json["id"]
        self.assertEqual(mine.post("/api/v1/accounts/me/delete", {"password": PASSWORD}).status, 204)
        self.wait_for_end(mine)
        self.assertEqual(self.status(email), 401)
        counts = (f"select (select count(*) from events where id = '{shown['id']}'), "
                  f"(select count(*) from events where id = '{draft['id']}'), (select count(*) from media where id = '{media}')")
        self.vigie.wait_until(lambda: self.postgres.psql(counts) == "1|0|0", "the erasure")
        self.assertEqual(self.client().get(f"/api/v1/events/{shown['id']}").json["owner_id"], account_id)
        for table in self.postgres.psql("select relname from pg_stat_user_tables").split():
            if table == "idempotency_keys":
                continue  # answers are kept for a day
            with self.subTest(table):
                found = self.postgres.psql(f"select count(*) from {table} as t where position('{email}' in t::text) > 0")
                self.assertEqual(found, "0")
        self.assertEqual(self.changes(account_id), ["erased"])
        again = self.client().post("/api/v1/accounts", {"email": email, "display_name": "Someone", "password": PASSWORD})
        self.assertEqual(again.status, 201)


class Commands(Case):
    """`vigie user`, as an operator types it."""

    def test_each_does_what_its_help_says(self):
        account_id, email, mine, _ = self.someone()
        self.assertIn(f"{account_id} user          enabled", self.vigie.run("user", "list").stdout)
        self.vigie.run("user", "end-sessions", email)
        self.wait_for_end(mine)
        told = self.vigie.run("user", "disable", account_id).stderr
        line = json.loads(told.splitlines()[0])
        self.assertEqual((line["event"], line["vigie.account.id"], line["vigie.account.change"]),
                         ("account.changed", account_id, "disabled"))
        self.assertEqual(self.status(email), 403)
        self.assertIn(account_id, self.vigie.run("user", "list", "--disabled").stdout)
        self.vigie.run("user", "enable", email)
        self.assertNotIn(account_id, self.vigie.run("user", "list", "--disabled").stdout)
        self.vigie.run("user", "set-password", email, stdin=ANOTHER + "\n")
        self.assertEqual(self.status(email, ANOTHER), 200)
        self.assertEqual(self.shown(email)["email"], email)
        self.assertNotEqual(self.vigie.run("user", "delete", email, check=False).returncode, 0)
        self.vigie.run("user", "delete", email, "--yes")
        self.assertEqual(self.status(email, ANOTHER), 401)
        self.assertNotIn("email", self.shown(account_id))
        self.assertEqual(self.changes(account_id), ["sessions_ended", "disabled", "enabled", "password_changed", "erased"])

    def test_each_says_that_there_is_no_such_account(self):
        for command in ("show", "disable", "enable", "end-sessions", "reset-password", "set-password", "delete"):
            for who in ("nobody@example.org", NOBODY, "x"):
                with self.subTest(command, who=who):
                    more = ["--yes"] if command == "delete" else []
                    done = self.vigie.run("user", command, who, *more, stdin=ANOTHER + "\n", check=False)
                    self.assertEqual((done.returncode, done.stderr), (1, f"vigie: there is no account {who}\n"))


class Repeats(Case):
    settings = Case.settings | {"VIGIE_REFRESH_TOKEN_REPEAT_MS": "3000"}

    def test_a_lost_answer_does_not_end_the_session(self):
        _, _, mine, token = self.someone()
        lost = self.refresh(token)
        repeated = self.refresh(token)
        self.assertEqual((lost.status, repeated.status), (200, 200))
        for pair in (lost.json, repeated.json):
            self.assertEqual(self.client(pair["access_token"]).get("/api/v1/accounts/me").status, 200)
        metrics = self.vigie.metrics()
        self.assertEqual(metrics['vigie_auth_attempts_total{method="refresh",outcome="repeated"}'], 1)
        self.assertEqual(metrics['vigie_auth_attempts_total{method="refresh",outcome="reused"}'], 0)
        time.sleep(3.1)  # what is awaited is the end of a time
        self.assert_problem(self.refresh(token), 401, "refresh_token_reused")
        self.assertEqual(self.refresh(repeated.json["refresh_token"]).status, 401)
        self.wait_for_end(mine)


if __name__ == "__main__":
    unittest.main(verbosity=1)
