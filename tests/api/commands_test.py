#!/usr/bin/python3
"""Commands as somebody types them who does not know them yet: what is wrong is named, with what was meant."""

import pathlib
import re
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402
from job_rows import insert  # noqa: E402

KINDS = ("account.erase", "media.process", "media.purge", "media.expire_uploads", "blob.sweep", "idempotency.clean", "sessions.clean", "backup.run", "backup.verify")


class CommandsCase(ApiCase):
    def refused(self, *arguments, vigie=None, code=None):
        done = (vigie or self.vigie).run(*arguments, check=False)
        self.assertNotEqual(done.returncode, 0, arguments)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr


class Words(CommandsCase):
    def test_an_unknown_command_is_named(self):
        for words, named, meant in [(["bogus"], "bogus", None), (["serv"], "serv", "serve"), (["wroker"], "wroker", "worker"), (["job"], "job", "jobs"),
                                    (["jobs", "lst"], "lst", "list"), (["migrate", "upp"], "upp", None), (["backup", "verfy"], "verfy", "verify"),
                                    (["chekc"], "chekc", "check")]:
            said = self.refused(*words, code=64)
            self.assertIn(f"there is no command {named}", said)
            self.assertEqual(re.findall(r"did you mean (\S+)\?", said), [meant] if meant else [], said)
            self.assertIn("There are ", said)

    def test_an_unknown_setting_names_the_one_that_was_meant(self):
        for given, meant in [("VIGIE_HTTP_PROT", "VIGIE_HTTP_PORT"), ("VIGIE_REACTOR", "VIGIE_REACTORS"), ("VIGIE_ADMIN_TOKEN_FIEL", "VIGIE_ADMIN_TOKEN_FILE"),
                             ("VIGIE_LOG_LEVELL", "VIGIE_LOG_LEVEL"), ("VIGIE_COLOUR", None)]:
            said = self.refused("serve", vigie=self.new_vigie(**{given: "1"}), code=78)
            self.assertIn(f"{given} is not a setting", said)
            self.assertEqual(re.findall(r"did you mean (\S+)\?", said), [meant] if meant else [], said)

    def test_a_missing_key_directory_says_what_makes_one(self):
        said = self.refused("serve", vigie=self.new_vigie(VIGIE_KEYS_DIR="/nope"))
        self.assertIn("VIGIE_KEYS_DIR: there is no directory /nope; vigie keygen /nope makes it", said)
        empty = self.directory / "empty"
        empty.mkdir()
        said = self.refused("serve", vigie=self.new_vigie(VIGIE_KEYS_DIR=str(empty)))
        self.assertRegex(said, rf"VIGIE_KEYS_DIR: .*\.pem.*; vigie keygen {empty} makes a key")

    def test_every_option_has_words(self):
        for command in ([], ["serve"], ["worker"], ["jobs", "list"], ["jobs", "retry"], ["jobs", "discard"], ["jobs", "show"], ["migrate", "up"],
                        ["user", "create"], ["keygen"], ["describe"], ["check"], ["backup"]):
            said = self.vigie.run(*command, "--help").stdout
            # Words may begin on the next line.
            for line in re.findall(r"^  (-.*(?:\n {10,}\S.*)?)$", said, re.M):
                self.assertRegex(line, r"\S\s{2,}\S", f"{command}: {line}")
        described = self.vigie.run("describe", "--help").stdout
        self.assertNotIn("benchmark", described)
        self.refused("describe", "--benchmark-sql", code=64)

    def test_an_empty_queue_says_so(self):
        self.assertIn("no such jobs", self.vigie.run("jobs", "list", "--state", "failed").stdout)

    def test_a_kind_that_is_none_is_an_error(self):
        for arguments in (("retry", "--kind", "nonsense"), ("discard", "--kind", "nonsense"), ("list", "--kind", "nonsense")):
            said = self.refused("jobs", *arguments)
            self.assertIn("--kind nonsense is no kind of job", said)
            for kind in KINDS:
                self.assertIn(kind, said)
        self.assertIn("did you mean media.process?", self.refused("jobs", "retry", "--kind", "media.proces"))
        self.assertEqual(self.vigie.run("jobs", "retry", "--kind", "media.process").stdout, "0 retried, 0 refused\n")
        insert(self.postgres, "failed", kind="of.an.older.version")
        self.assertEqual(self.vigie.run("jobs", "discard", "--kind", "of.an.older.version").stdout, "1 discarded, 0 refused\n")


class Check(CommandsCase):
    def checked(self, vigie, code):
        done = vigie.run("check", check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        rows = re.findall(r"^(ok|failed|not checked) +([a-z ]+): (.*)$", done.stdout, re.M)
        self.assertEqual(len(rows), len(done.stdout.splitlines()), done.stdout)
        return {name: (verdict, reason) for verdict, name, reason in rows}

    def verdicts(self, vigie, code):
        return {name: verdict for name, (verdict, _) in self.checked(vigie, code).items()}

    def test_all_is_well(self):
        verdicts = self.verdicts(self.vigie, 0)
        self.assertEqual(set(verdicts), {"configuration", "database", "schema", "keys", "secret", "admin port", "store"})
        self.assertEqual(set(verdicts.values()), {"ok"})

    def test_what_is_wrong_is_named_and_the_rest_is_looked_at(self):
        store = self.directory / "file"
        store.write_text("no directory")
        cases = [({"VIGIE_HTTP_PORT": "70000"}, 78, {"configuration"}, "VIGIE_HTTP_PORT must be"),
                 ({"DATABASE_URL": "host=127.0.0.1 port=1 user=a dbname=b connect_timeout=2"}, 1, {"database", "schema"}, "port 1"),
                 ({"DATABASE_URL": re.sub(r"///\w+", "///gone", self.postgres.url)}, 1, {"database", "schema"}, "gone"),
                 ({"VIGIE_KEYS_DIR": "/nope"}, 1, {"keys"}, "vigie keygen /nope"),
                 ({"VIGIE_SECRET_FILE": "/dev/null"}, 1, {"secret"}, "at least 32"),
                 ({"VIGIE_ADMIN_ADDRESS": "0.0.0.0", "VIGIE_ADMIN_TOKEN_FILE": "/nope"}, 1, {"admin port"}, "cannot read /nope"),
                 ({"VIGIE_BLOB_DIRECTORY": str(store)}, 1, {"store"}, "")]
        for settings, code, failed, part in cases:
            rows = self.checked(self.new_vigie(**settings), code)
            self.assertEqual({name for name, (verdict, _) in rows.items() if verdict == "failed"}, failed, settings)
            self.assertIn(part, " ".join(reason for _, reason in rows.values()))

    def test_a_missing_setting_leaves_its_part_out(self):
        vigie = self.new_vigie()
        del vigie.environment["DATABASE_URL"]
        rows = self.checked(vigie, 78)
        self.assertIn("DATABASE_URL must be set", rows["configuration"][1])
        self.assertEqual([rows[name][0] for name in ("database", "schema", "keys")], ["not checked", "not checked", "ok"])

    def test_a_schema_that_is_behind_is_told(self):
        self.postgres.psql("create database behind")
        behind = re.sub(r"///\w+", "///behind", self.postgres.url)
        rows = self.checked(self.new_vigie(DATABASE_URL=behind), 1)
        self.assertEqual(rows["database"][0], "ok")
        self.assertEqual(rows["schema"][0], "failed")
        self.assertIn("vigie migrate up applies them", rows["schema"][1])

    def test_to_check_makes_nothing(self):
        place = self.directory / "not-yet"
        self.assertEqual(self.verdicts(self.new_vigie(VIGIE_BLOB_DIRECTORY=str(place)), 0)["store"], "ok")
        self.assertFalse(place.exists())
        before = sorted(str(path) for path in (self.directory / "blobs").rglob("*"))
        self.verdicts(self.vigie, 0)
        self.assertEqual(sorted(str(path) for path in (self.directory / "blobs").rglob("*")), before)

    def tearDown(self):
        shutil.rmtree(self.directory / "empty", ignore_errors=True)


if __name__ == "__main__":
    unittest.main()
