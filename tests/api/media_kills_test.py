#!/usr/bin/python3
"""kill -9 of server and worker at random moments while clients upload, look and delete. VIGIE_KILLS says how many,
VIGIE_SEED which."""

import fcntl
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from media_audit import is_nobodys  # noqa: E402
from media_case import content_of, sha256  # noqa: E402
from media_faults_case import MediaFaultsCase  # noqa: E402

KILLS = int(os.environ.get("VIGIE_KILLS", "10"))
LIFE_S_MAX = 0.7


class Kills(MediaFaultsCase):
    def kill(self, process):
        process.kill()
        process.spawn()

    def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(self):
        self.begin_traffic()
        for _ in range(KILLS):
            time.sleep(self.random.uniform(0, LIFE_S_MAX))  # how long it lives is the test's very input
            self.kill(self.random.choice((self.vigie, self.worker)))
        self.until_ready()
        self.assert_nothing_is_lost()
        self.assertGreater(len(self.ledger.kept), KILLS)

    def killed_before_its_commit(self, owner, content, part_bytes):
        """An upload whose parts have become the content, which no row names: the server waits with its job, and is killed."""
        made = self.create(owner, content, part_bytes=part_bytes)
        for part in made["parts"]:
            self.put_part(owner, part, content)
        with self.locked("jobs"):
            completing = threading.Thread(target=lambda: self.customers[0].ask("POST", made["complete_url"]))
            completing.start()
            self.until(lambda: sha256(content) in [path.name for path in self.stored_objects()], "the parts are not joined")
            self.kill(self.vigie)
            completing.join()
        self.until_ready()
        return made

    def test_an_upload_whose_parts_were_joined_before_a_kill_is_completed_after_a_sweep(self):
        customer = self.customers[0]
        owner = self.client(customer.token)
        for part_bytes in (1024, 5000):
            content = content_of(5000, seed=f"joined {part_bytes} {self.seed}")
            made = self.killed_before_its_commit(owner, content, part_bytes)
            self.sweep()
            customer.complete(made, content, "failed")
            customer.check(customer.own[-1])
            owner = self.client(customer.token)
        self.assert_nothing_is_lost()

    def test_whoever_looks_for_it_would_see_it(self):
        self.customers[0].upload_at_once()
        self.until_settled()
        self.assertEqual(self.audit.faults() + self.audit.orphans(), [])
        [stored, *_] = self.stored_objects()
        away = self.directory / "away"
        stored.rename(away)
        self.assertEqual(self.audit.missing(), [f"blobs/{stored.parent.name}/{stored.name} is not there"])
        stored.write_bytes(b"x" * away.stat().st_size)
        self.assertEqual(self.audit.missing(), [f"blobs/{stored.parent.name}/{stored.name} has another content"])
        self.assertTrue(is_nobodys(away))
        with open(away, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertFalse(is_nobodys(away))
        away.rename(stored)
        for fault, mended in (("update blobs set reference_count = reference_count + 1 where is_stored", "- 1"),
                              ("update media_usage set bytes = bytes + 1", "- 1")):
            self.postgres.psql(fault)
            self.assertTrue(self.audit.miscounted(), fault)
            self.postgres.psql(fault.replace("+ 1", mended))
        for fault in ("insert into audit select 'processed', id, null, id from media limit 1",
                      "delete from audit where what = 'done' and kind = 'media.process'"):
            self.postgres.psql(f"create table before as table audit; {fault}")
            self.assertTrue(self.audit.jobs_not_done_once(), fault)
            self.postgres.psql("truncate audit; insert into audit table before; drop table before")
        self.assertEqual(self.audit.faults(), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
