#!/usr/bin/python3
"""What goes for good: purges of deleted media, and uploads that nobody finishes. By the workers of the server itself."""

import json
import os
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from media_case import MediaCase, content_of, sha256  # noqa: E402


class Gone(MediaCase):
    settings = MediaCase.settings | {"VIGIE_MEDIA_PURGE_AFTER_MS": "1500", "VIGIE_MEDIA_UPLOAD_LIFETIME_MS": "1500",
                                     "VIGIE_MEDIA_EXPIRY_INTERVAL_MS": "1000", "VIGIE_BLOB_SWEEP_INTERVAL_MS": "1000"}

    def setUp(self):
        self.owner = self.signed_in("user")

    def until(self, is_true, what):
        deadline = time.monotonic() + 60
        while not is_true():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.05)

    def is_gone(self, media):
        return self.owner.get(f"/api/v1/media/{media['id']}").status == 404

    def objects_of(self, media):
        """Content and previews."""
        return [path for kind in ("blobs", "previews") for path in self.stored_objects(kind) if media["sha256"] in str(path)]

    def steps(self, media):
        """What was logged of the media's purge: (reason, correlation id)."""
        lines = [json.loads(line) for line in self.vigie.log.read_text().splitlines()]
        return [(line["vigie.reason"], line["correlation_id"]) for line in lines
                if line["event"] == "media.purged" and line["vigie.media.id"] == media["id"]]

    def test_a_deleted_media_goes_with_its_content_under_the_correlation_of_its_deletion(self):
        media = self.upload(self.owner, content_of(5000, seed="purged"))
        self.assertEqual(len(self.stored_objects("blobs")), len({path.name for path in self.stored_objects("blobs")}))
        self.owner.delete(f"/api/v1/media/{media['id']}", x_correlation_id="goes-for-good")
        self.until(lambda: self.is_gone(media), "its name stays")
        self.until(lambda: not self.objects_of(media), "its content stays")
        self.until(lambda: len(self.steps(media)) == 2, "its purge is not logged")
        self.assertEqual(self.steps(media), [("forgotten", "goes-for-good"), ("content_removed", "goes-for-good")])
        self.assert_problem(self.owner.post(f"/api/v1/media/{media['id']}/restore"), 404, "not_found")

    def test_a_content_that_others_have_stays(self):
        content = content_of(5000, seed="shared")
        first, second = (self.upload(self.owner, content, name=name) for name in ("a.png", "b.png"))
        self.owner.delete(f"/api/v1/media/{first['id']}")
        self.until(lambda: ("still_referenced" in [step for step, _ in self.steps(first)]), "the purge does not end")
        self.assertEqual(self.download(self.owner, second).body, content)
        self.owner.delete(f"/api/v1/media/{second['id']}")
        self.until(lambda: not self.objects_of(second), "the last one's content stays")

    def test_what_was_restored_stays(self):
        content = content_of(5000, seed="restored")
        media = self.upload(self.owner, content)
        path = f"/api/v1/media/{media['id']}"
        self.owner.delete(path)
        self.assertEqual(self.owner.post(path + "/restore").status, 200)
        self.until(lambda: ("restored" in [step for step, _ in self.steps(media)]), "the purge does not end")
        self.assertEqual(self.download(self.owner, media).body, content)

    def test_a_purge_waits_for_a_server_that_is_killed(self):
        media = self.upload(self.owner, content_of(5000, seed="killed"))
        self.owner.delete(f"/api/v1/media/{media['id']}")
        self.vigie.kill()
        self.vigie.start()
        self.owner = self.client(self.owner.token)
        self.until(lambda: not self.objects_of(media), "its content stays")
        self.until(lambda: self.is_gone(media), "its name stays")

    def test_an_upload_that_nobody_finishes_goes_with_its_parts_and_frees_its_quota(self):
        content = content_of(5000, seed="unfinished")
        made = self.create(self.owner, content, part_bytes=1024)
        self.put_part(self.owner, made["parts"][0], content)
        self.until(lambda: self.is_gone(made), "the upload stays")
        uploads = self.directory / "blobs" / "objects" / "uploads"
        self.until(lambda: not [path for path in uploads.rglob("*") if made["id"] in str(path)], "its parts stay")
        self.assert_problem(self.put_part(self.owner, made["parts"][1], content), 404, "not_found")

    def planted(self, seed, age_s):
        """A content of that age that no row names, as a process leaves it that was killed."""
        content = content_of(5000, seed=seed)
        path = self.directory / "blobs" / "objects" / "blobs" / sha256(content)[:2] / sha256(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (time.time() - age_s,) * 2)
        return path

    def test_what_no_row_names_goes_when_it_is_old_and_is_counted_and_told_under_the_correlation_of_its_sweep(self):
        young, old = self.planted("young", age_s=60), self.planted("old", age_s=7200)
        told = f"blobs/{old.name[:2]}/{old.name[:12]}"
        line = self.vigie.wait_for_log(lambda line: line["event"] == "blob.orphan_removed" and line["vigie.blob.key"] == told)
        self.assertEqual((old.exists(), young.exists()), (False, True))
        self.assertEqual(line["vigie.reason"], "content_unnamed")
        self.vigie.wait_for_log(lambda job: job["event"] == "job.done" and job["vigie.job.kind"] == "blob.sweep"
                                and job["correlation_id"] == line["correlation_id"])
        self.assertEqual(self.vigie.metrics()["vigie_blob_orphans_removed_total"], 1)
        self.assertNotIn(old.name, self.vigie.log.read_text())


if __name__ == "__main__":
    unittest.main(verbosity=1)
