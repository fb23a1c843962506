"""A server and a worker on one PostgreSQL and one store, customers who use them, and what must be true afterwards."""

import hashlib
import json
import os
import random
import sys
import time
import uuid

from media_audit import MediaAudit
from media_case import MediaCase
from media_traffic import Customer, Ledger
from vigie_process import QUICK, VigieProcess

CUSTOMERS = 3
STORE_UP = "vigie_blob_store_up"
#: Before and after a fault, and while it lasts.
UPLOADS = 5
REFUSALS = 10


class MediaFaultsCase(MediaCase):
    """Both do jobs. Deleted media are purged after a second, and whatever nothing names is swept at once."""

    settings = MediaCase.settings | {
        "VIGIE_REACTORS": "1", "VIGIE_MEDIA_PURGE_AFTER_MS": "1000", "VIGIE_BLOB_SWEEP_INTERVAL_MS": "1000",
        "VIGIE_BLOB_SWEEP_GRACE_MS": "0", "VIGIE_JOBS_POLL_INTERVAL_MS": "200", "VIGIE_JOBS_RETRY_PAUSE_MS": "200",
        "VIGIE_JOBS_RETRY_PAUSE_MAX_MS": "1000", "VIGIE_BLOB_PROBE_INTERVAL_MS": "200"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vigie.keep_ports()
        cls.worker = VigieProcess(cls.postgres.url, cls.directory, QUICK | cls.settings, command=("worker", "--lanes", "high,low"))
        cls.worker.start()
        cls.worker.keep_ports()
        cls.addClassCleanup(lambda: cls.worker.stop())
        cls.audit = cls.new_audit()
        cls.audit.begin()

    @classmethod
    def new_audit(cls):
        return MediaAudit(cls.postgres, cls.directory / "blobs")

    def setUp(self):
        seed = int(os.environ.get("VIGIE_SEED", random.SystemRandom().randrange(10**6)))
        self.random = random.Random(seed)
        self.ledger = Ledger()
        self.seed = f"{seed} {self.id()}"
        print(f"{self.id()}: VIGIE_SEED={seed}", file=sys.stderr, flush=True)
        self.customers = [Customer(self.vigie.port, self.signed_in().token, self.ledger, f"{self.seed} {number}")
                          for number in range(CUSTOMERS)]
        for customer in self.customers:
            self.addCleanup(customer.forget_connection)

    def begin_traffic(self):
        for customer in self.customers:
            customer.start()
            self.addCleanup(customer.stop)

    def end_traffic(self):
        """Each customer ends what it has begun, and then goes on with what it left unfinished."""
        for customer in self.customers:
            customer.stop()
        for customer, *upload in self.ledger.unfinished:
            customer.finish(*upload)
        self.assertEqual(self.ledger.faults, [])

    def until(self, is_true, what, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while not is_true():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def until_ready(self):
        for process in (self.vigie, self.worker):
            process.wait_until(lambda process=process: process.readyz()[0] == 200, "ready")

    def until_settled(self):
        left = []

        def is_settled():
            left[:] = self.audit.work_left()
            return not left
        self.until(is_settled, left)

    def sweep(self):
        """One that begins now, and has ended when this returns."""
        job = str(uuid.uuid4())
        self.postgres.psql(
            "insert into jobs (id, kind, lane, priority, state, payload, payload_version, run_at, attempts_max, lease_seconds, "
            f"correlation_id, traceparent, enqueued_at) values ('{job}', 'blob.sweep', 'low', 0, 'ready', '{{}}', 1, now(), 10, 30, "
            "'sweep', '', now())")
        self.until(lambda: self.postgres.psql(f"select count(*) from jobs where id = '{job}'") == "0", "the sweep does not end")

    def plant_orphan(self):
        """As a process leaves it that was killed before its commit. No sweep takes it yet: it is too young."""
        content = f"orphan of {self.seed}".encode()
        digits = hashlib.sha256(content).hexdigest()
        path = self.directory / "blobs/objects/blobs" / digits[:2] / digits
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.directory / "blobs" / "orphan"
        draft.write_bytes(content)
        tomorrow = time.time() + 86_400
        os.utime(draft, (tomorrow, tomorrow))
        draft.rename(path)
        return path

    def assert_orphan_is_swept(self):
        planted = self.plant_orphan()
        self.sweep()
        self.assertEqual(self.audit.orphans(), [f"blobs/{planted.parent.name}/{planted.name}"])
        os.utime(planted)
        self.sweep()

    def assert_nothing_is_lost(self):
        """Of what was acknowledged nothing is lost, of the rest nothing stays; whoever looks for it would see it."""
        self.end_traffic()
        self.until_settled()
        before = self.audit.orphans()
        self.assert_orphan_is_swept()
        self.assertEqual(self.audit.orphans(), [])
        self.assertEqual(self.audit.faults(), [])
        for customer in self.customers:
            for kept in customer.own:
                self.assert_as_acknowledged(customer, kept)
        self.report(before)

    def until_uploaded(self, count):
        wanted = len(self.ledger.kept) + count
        self.until(lambda: len(self.ledger.kept) >= wanted, "nothing is uploaded")

    def until_refused(self, count):
        def refused():
            return sum(self.ledger.answers.get(status, 0) for status in (503, 507))
        wanted = refused() + count
        self.until(lambda: refused() >= wanted, "nobody is refused")

    def until_store_is(self, up):
        for process in (self.vigie, self.worker):
            self.until(lambda process=process: process.metrics()[STORE_UP] == up, f"{STORE_UP} {up}")

    def assert_survived(self, fault):
        """There is traffic before, during and after the fault, which ends with the context."""
        self.begin_traffic()
        self.until_uploaded(UPLOADS)
        with fault:
            self.until_refused(REFUSALS)
        self.until_uploaded(UPLOADS)
        self.until_ready()
        self.assert_nothing_is_lost()

    def assert_as_acknowledged(self, customer, kept):
        if kept.id in self.ledger.deleted:
            self.assertEqual(customer.insist({404}, "GET", f"/api/v1/media/{kept.id}")[0].status, 404)
            return
        customer.check(kept)
        media = customer.insist({200}, "GET", f"/api/v1/media/{kept.id}")[0].json
        self.assertEqual((media["state"], media["sha256"]), (kept.outcome, kept.sha256), media)
        self.assertEqual(bool(media["previews"]), kept.has_previews, media)
        for preview in media["previews"]:
            customer.insist({200}, "GET", preview["url"])

    def report(self, orphans):
        jobs = {kind: self.audit.count("done", kind) for kind in ("media.process", "media.purge", "blob.sweep")}
        print(f"{self.id()}: {len(self.ledger.kept)} uploads acknowledged, {len(self.ledger.unfinished)} of them after a pause, "
              f"{len(self.ledger.deleted)} deleted; jobs done: {json.dumps(jobs)}; orphans before the last sweep: {len(orphans)}, "
              f"after it: 0; answers: {self.ledger.answers}", file=sys.stderr, flush=True)
