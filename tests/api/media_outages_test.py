#!/usr/bin/python3
"""PostgreSQL that crashes, a store that is away, a full disk: while clients upload, look and delete."""

import contextlib
import errno
import os
import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from client import RawConnection  # noqa: E402
from media_case import content_of, digest  # noqa: E402
from media_faults_case import MediaFaultsCase  # noqa: E402
from media_traffic import picture  # noqa: E402


class OutagesCase(MediaFaultsCase):
    """Jobs are the worker's alone: a test can have them wait."""

    settings = MediaFaultsCase.settings | {"VIGIE_JOBS": "false", "VIGIE_JOBS_RETRY_PAUSE_MS": "500",
                                           "VIGIE_JOBS_RETRY_PAUSE_MAX_MS": "2000"}
    # As durable as a commit can be for a server that crashes without its machine, and quick to come back.
    postgres_settings = {"synchronous_commit": "on"}


class Outages(OutagesCase):
    @contextlib.contextmanager
    def store_away(self):
        """As a volume that is not mounted any more."""
        store, away = self.directory / "blobs", self.directory / "blobs-away"
        store.rename(away)
        try:
            yield
        finally:
            if store.exists():
                store.rmdir()  # a directory to mount it at, in which nothing has been written
            away.rename(store)

    @contextlib.contextmanager
    def store_away_for_everybody(self):
        sweeps = "select count(*) from jobs where kind = 'blob.sweep' and error_code = 'unavailable'"
        with self.store_away():
            yield
            self.until_store_is(0)
            self.until(lambda: self.postgres.psql(sweeps) == "1", "no sweep is tried again")
        self.until_store_is(1)

    @contextlib.contextmanager
    def store_away_at_the_start(self):
        """Who is killed meanwhile and started again finds an empty directory, and does not begin a store in it."""
        with self.store_away():
            (self.directory / "blobs").mkdir()
            for process in (self.vigie, self.worker):
                process.kill()
                process.spawn()
            self.until_ready()
            yield
            self.until_store_is(0)
        self.until_store_is(1)

    @contextlib.contextmanager
    def crashing_database(self):
        socket_dir = self.postgres.socket_dir
        self.postgres.stop("immediate", keep_socket_dir=True)
        yield
        for _ in range(3):
            self.postgres.start(socket_dir=socket_dir)
            time.sleep(self.random.uniform(0.1, 0.5))  # when it crashes is the test's very input
            self.postgres.stop("immediate", keep_socket_dir=True)
        self.postgres.start(socket_dir=socket_dir)

    def test_a_crash_of_postgresql_loses_nothing(self):
        self.assert_survived(self.crashing_database())

    def test_a_store_that_is_away_loses_nothing(self):
        self.assert_survived(self.store_away_for_everybody())

    def test_a_store_that_is_away_when_the_server_starts_loses_nothing(self):
        self.assert_survived(self.store_away_at_the_start())

    def test_a_job_waits_for_the_store(self):
        """And does not take it that the content is gone."""
        customer = self.customers[0]
        content = picture(self.seed)
        self.worker.process.send_signal(signal.SIGSTOP)
        made = customer.create(content, "image/png", len(content))
        customer.put_part(made["parts"][0], content)
        customer.complete(made, content, "ready")
        tried = ("select count(*) from jobs where kind = 'media.process' and state = 'scheduled' and error_code = 'unavailable' "
                 f"and payload like '%{made['id']}%'")
        with self.store_away():
            self.worker.process.send_signal(signal.SIGCONT)
            self.until(lambda: self.postgres.psql(tried) == "1", "the job is not tried again")
            self.assert_problem(self.client(customer.token).get(f"/api/v1/media/{made['id']}/content"), 503, "unavailable")
        self.assert_nothing_is_lost()


class FullDisk(OutagesCase):
    """The store lies on a small disk of its own."""

    @classmethod
    def new_vigie(cls, **extra):
        store = cls.directory / "blobs"
        if not store.exists():
            cls.mount(store)
        return super().new_vigie(**extra)

    @classmethod
    def mount(cls, store):
        if os.geteuid() != 0:
            raise unittest.SkipTest("SKIPPED: no small disk can be mounted here: needs root")
        store.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=38m,mode=700", "vigie-test", str(store)], check=False,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f"SKIPPED: no small disk can be mounted here: {done.stderr.strip()}")
        cls.addClassCleanup(subprocess.run, ["umount", "-l", str(store)], check=True)

    @contextlib.contextmanager
    def full_disk(self):
        ballast = self.directory / "blobs" / "ballast"
        content = content_of(40_000, seed=self.seed)
        begun = self.create(self.client(self.customers[0].token), content)
        with open(ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 16, 1 << 12):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)) == size:
                        pass
            with self.assertRaises(OSError) as full:
                file.write(bytes(4096))
            self.assertEqual(full.exception.errno, errno.ENOSPC)
            yield
            self.until_store_is(0)
            self.assert_reads_and_removals_need_no_room(begun, content)
        ballast.unlink()
        self.until_store_is(1)

    def assert_reads_and_removals_need_no_room(self, begun, content):
        customer = self.customers[0]
        client = self.client(customer.token)
        self.assertEqual(self.download(client, {"id": self.kept_for_good.id}).status, 200)
        self.assert_problem(self.put_part(client, begun["parts"][0], content), 507, "storage_full")
        client = self.client(customer.token)
        self.assert_refused_when_it_begins(client, len(content))
        self.assertEqual(client.delete(f"/api/v1/media/{begun['id']}").status, 204)

    def assert_refused_when_it_begins(self, client, size):
        """And nothing is made."""
        count = f"select count(*) from media where bytes = {size}"
        before = self.postgres.psql(count)
        answer = client.post("/api/v1/media", {"file_name": "a.png", "type": "image/png", "bytes": size})
        problem = self.assert_problem(answer, 507, "storage_full")
        self.assertEqual([fault["pointer"] for fault in problem["errors"]], ["/bytes"])
        self.assertNotIn("Retry-After", answer.headers)
        self.assertEqual(self.postgres.psql(count), before)

    def until_free_is_known(self):
        """By the next probe."""
        self.until(lambda: abs(self.vigie.metrics()["vigie_blob_free_bytes"] - self.free()) < 1 << 19, "what is free is not seen")

    def free(self):
        status = os.statvfs(self.directory / "blobs")
        return status.f_bavail * status.f_frsize

    @contextlib.contextmanager
    def nearly_full_disk(self, free):
        ballast = self.directory / "blobs" / "ballast"
        ballast.write_bytes(bytes(self.free() - free))
        yield
        ballast.unlink()

    def sent(self, client, made, content, **headers):
        return client.request("PUT", f"/api/v1/media/{made['id']}/content", content,
                              {name.replace("_", "-"): value for name, value in headers.items()})

    def test_what_fails_gives_its_bytes_back_at_once(self):
        client = self.client(self.customers[0].token)
        large, small = content_of(9 << 20, seed="large"), content_of(1 << 20, seed="small")
        made, wrong, gone = self.create(client, large), self.create(client, large), self.create(client, large)
        self.until_store_is(1)
        before = self.free()
        self.assert_problem(self.sent(client, wrong, large, content_digest=digest(b"else")), 422, "checksum_mismatch")
        self.assertLess(before - self.free(), 1 << 19, "a digest that does not match")
        with RawConnection(self.vigie.port) as raw:
            raw.send(f"PUT /api/v1/media/{gone['id']}/content HTTP/1.1\r\nHost: x\r\nContent-Length: {len(large)}\r\n"
                     f"Authorization: Bearer {client.token}\r\n\r\n".encode() + large[:8 << 20])
            self.until(lambda: before - self.free() > 4 << 20, "nothing is written")
        self.until(lambda: before - self.free() < 1 << 19, "a client that went away")
        with RawConnection(self.vigie.port) as raw:
            raw.send(f"PUT /api/v1/media/{gone['id']}/content HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                     f"Authorization: Bearer {client.token}\r\n\r\n".encode())
            for piece in (large, b"too long"):
                raw.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            raw.send("0\r\n\r\n")
            self.assertEqual(raw.read_answer().status, 422)
        self.assertLess(before - self.free(), 1 << 19, "longer than was declared")
        with self.nearly_full_disk(free=4 << 20):
            self.until_free_is_known()
            self.assert_refused_when_it_begins(client, len(large))
            self.assert_problem(self.sent(client, made, large), 507, "storage_full")
            self.assertGreater(self.free(), 3 << 20, "a full disk")
            self.until_store_is(1)
            client = self.client(self.customers[0].token)
            self.assertEqual(self.sent(client, self.create(client, small), small).status, 202)
        self.until_free_is_known()
        self.assertEqual(self.sent(client, made, large).status, 202)
        for media in (made, wrong, gone):
            self.assertEqual(client.delete(f"/api/v1/media/{media['id']}").status, 204)

    def test_of_two_that_were_let_in_one_is_refused_and_leaves_nothing(self):
        client = self.client(self.customers[0].token)
        size = 12 << 20
        at_first = self.free()
        with self.nearly_full_disk(free=20 << 20):
            self.until_free_is_known()
            contents = [content_of(size, seed=f"race {number}") for number in range(2)]
            made = [self.create(client, content) for content in contents]
            before = self.free()
            with RawConnection(self.vigie.port) as first, RawConnection(self.vigie.port) as second:
                for raw, media, content in zip((first, second), made, contents, strict=True):
                    raw.send(f"PUT /api/v1/media/{media['id']}/content HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n"
                             f"Authorization: Bearer {client.token}\r\n\r\n".encode() + content[:2 << 20])
                self.until(lambda: before - self.free() > 3 << 20, "the two are not begun")
                first.send(contents[0][2 << 20:11 << 20])
                self.until(lambda: before - self.free() > 12 << 20, "the first does not go on")
                with contextlib.suppress(OSError):  # refused while it is sent
                    second.send(contents[1][2 << 20:])
                self.assertEqual(second.read_answer().status, 507)
                self.until(lambda: before - self.free() < 12 << 20, "the second leaves bytes")
                first.send(contents[0][11 << 20:])
                self.assertEqual(first.read_answer().status, 202)
            self.assertLess(before - self.free(), size + (1 << 19))
        for media in made:
            self.assertEqual(client.delete(f"/api/v1/media/{media['id']}").status, 204)
        self.until(lambda: at_first - self.free() < 1 << 19, "not purged")

    def test_a_full_disk_loses_nothing(self):
        customer = self.customers[0]
        customer.upload_at_once()
        self.kept_for_good = customer.own.pop()
        self.assert_survived(self.full_disk())
        customer.check(self.kept_for_good)


if __name__ == "__main__":
    unittest.main(verbosity=2)
