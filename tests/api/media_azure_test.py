#!/usr/bin/python3
"""Contents in Azure Blob Storage, which is Azurite here: clients are sent there by URLs that are good for a moment, and wait
while it is away."""

import contextlib
import pathlib
import subprocess
import sys
import unittest
import urllib.parse
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

import azurite  # noqa: E402
from media_audit import MediaAudit  # noqa: E402
from media_case import content_of, sha256  # noqa: E402
from media_faults_case import MediaFaultsCase  # noqa: E402

CONTAINER = "vigie"
SKIPPED = 77
LIFETIME = timedelta(minutes=5)


class AzureAudit(MediaAudit):
    """Blobs have no path; each is as old as its upload."""

    def __init__(self, postgres, service):
        self.postgres = postgres
        self.service = service

    def files(self):
        return {name: None for name in self.service.names(CONTAINER) if not name.startswith(("backups/", "probe/", "uploads/"))}

    def named_files(self):
        return {name: None for name in super().named_files()}

    def temporaries(self):
        return []


class AzureCase(MediaFaultsCase):
    """Sweeps are the test's alone."""

    settings = MediaFaultsCase.settings | {"VIGIE_BLOB_STORE": "azure", "VIGIE_BLOB_AZURE_ACCOUNT": azurite.ACCOUNT,
                                           "VIGIE_BLOB_AZURE_CONTAINER": CONTAINER, "VIGIE_BLOB_SWEEP_INTERVAL_MS": "3600000"}

    @classmethod
    def new_vigie(cls, **extra):
        service = cls.directory / "azurite"
        if not service.exists():
            service.mkdir()
            cls.service = azurite.Azurite(service).start()
            cls.addClassCleanup(lambda: cls.service.stop())
            cls.service.make_container(CONTAINER)
            key = cls.directory / "azure.key"
            key.write_text(cls.service.key)
            key.chmod(0o600)
            cls.settings = cls.settings | {"VIGIE_BLOB_AZURE_ENDPOINT": cls.service.endpoint,
                                           "VIGIE_BLOB_AZURE_KEY_FILE": str(key)}
        return super().new_vigie(**extra)

    @classmethod
    def new_audit(cls):
        return AzureAudit(cls.postgres, cls.service)

    def assert_orphan_is_swept(self):
        content = f"orphan of {self.seed}".encode()
        name = f"blobs/{sha256(content)[:2]}/{sha256(content)}"
        self.service.put(f"{CONTAINER}/{name}", content)
        self.assertEqual(self.audit.orphans(), [name])
        self.sweep()


def curl(url, *options):
    """Status and body, by a client that is not ours."""
    done = subprocess.run(["curl", "-sS", "-o", "-", "-w", "%{stderr}%{http_code}", *options, url], check=True, capture_output=True,
                          timeout=30)
    return int(done.stderr), done.stdout


class Redirects(AzureCase):
    settings = AzureCase.settings | {"VIGIE_MEDIA_REDIRECT": "true"}

    def setUp(self):
        super().setUp()
        self.customer = self.customers[0]
        self.owner = self.client(self.customer.token)
        self.content = content_of(30_000, "audio/ogg", seed=self.seed)
        self.media = self.upload(self.owner, self.content, "audio/ogg", part_bytes=9_000)

    def location(self):
        answer = self.download(self.owner, self.media)
        self.assertEqual((answer.status, answer.headers["Cache-Control"], answer.body), (302, "no-store", b""), answer)
        return answer.headers["Location"]

    def test_the_location_serves_the_bytes_and_ranges_of_them(self):
        url = self.location()
        self.assertTrue(url.startswith(self.service.endpoint), url)
        self.assertEqual(curl(url), (200, self.content))
        self.assertEqual(curl(url, "-r", "100-199"), (206, self.content[100:200]))
        content_url = self.vigie.url + self.media["content_url"]
        self.assertEqual(curl(content_url, "-L", "-H", f"Authorization: Bearer {self.owner.token}"), (200, self.content))

    def test_the_location_is_for_reading_one_content_for_five_minutes(self):
        url = self.location()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.assertEqual((query["sp"], query["sr"]), ("r", "b"))
        left = datetime.fromisoformat(query["se"]) - datetime.now(timezone.utc)
        self.assertTrue(LIFETIME - timedelta(seconds=30) < left <= LIFETIME, left)
        for refused in ((url, "-X", "DELETE"), (url.replace("se=2", "se=3"),), (url.split("?")[0],),
                        (url.replace(sha256(self.content), sha256(b"another")),)):
            self.assertIn(curl(*refused)[0], (403, 404), refused)
        self.assertEqual(curl(url)[0], 200)

    def test_only_who_may_read_is_sent_there(self):
        for caller in (self.client(), self.signed_in()):
            self.assert_problem(self.download(caller, self.media), 404, "not_found")
        self.owner.delete(f"/api/v1/media/{self.media['id']}")
        self.assert_problem(self.download(self.owner, self.media), 404, "not_found")


class Away(AzureCase):
    @contextlib.contextmanager
    def stopped(self):
        self.service.stop()
        yield
        self.service.start()

    def test_a_service_that_is_away_loses_nothing(self):
        self.assert_survived(self.stopped())


if __name__ == "__main__":
    if reason := azurite.why_missing():
        print(f"SKIPPED: {reason}")
        sys.exit(SKIPPED)
    unittest.main(verbosity=1)
