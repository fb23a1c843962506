#!/usr/bin/python3
"""Files that people made: photographs, sound and documents of Debian packages (docs/media-samples.md) go up, are processed, and
come down as they were. VIGIE_LARGE_MIB adds one of that size."""

import io
import os
import pathlib
import sys
import time
import unittest
import wave

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/harness"), str(ROOT / "scripts")]

import demo_media  # noqa: E402
from media_case import MIB, MediaCase, sha256  # noqa: E402

LARGE_MIB = int(os.environ.get("VIGIE_LARGE_MIB", "0"))
INSTRUMENT = pathlib.Path("/usr/share/sounds/sound-icons/trumpet-12.wav")
#: As fast as this machine's disk may be, and slower.
PROCESSED_WITHIN_S = 60


class FilesCase(MediaCase):
    def processed(self, client, media):
        """The document of a media once its job is done."""
        deadline = time.monotonic() + PROCESSED_WITHIN_S
        while True:
            found = client.get(f"/api/v1/media/{media['id']}").json
            if found["state"] != "processing":
                return found
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.05)


class RealFiles(FilesCase):
    @classmethod
    def setUpClass(cls):
        cls.there = [(pathlib.Path(name), kind) for name, kind in demo_media.FILES if pathlib.Path(name).is_file()]
        if not cls.there:
            raise unittest.SkipTest("none of the packages in scripts/packages.txt with files for demo_media.py is installed")
        super().setUpClass()

    def test_what_people_upload_is_processed_and_comes_back_as_it_was(self):
        owner = self.signed_in("user")
        for path, kind in self.there:
            with self.subTest(path.name):
                content = path.read_bytes()
                media = self.upload(owner, content, kind, name=path.name, part_bytes=300_000, sha256=sha256(content))
                self.assertEqual(media["type"], kind)
                self.assertEqual(sha256(self.download(owner, media).body), sha256(content))
                self.assert_processed(owner, self.processed(owner, media), kind)

    def assert_processed(self, owner, media, kind):
        self.assertEqual((media["state"], media["failure"]), ("ready", None), media)
        self.assertEqual(bool(media["width"] and media["height"] and media["previews"]), kind.startswith("image/"), media)
        for preview in media["previews"]:
            answer = owner.get(preview["url"])
            wanted = "image/" + preview["name"].rsplit(".")[-1]
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, wanted))

    def test_every_kind_that_people_upload_is_among_them(self):
        """Where all packages are installed; which are not is said here."""
        missing = [name for name, _ in demo_media.FILES if not pathlib.Path(name).is_file()]
        if missing:
            self.skipTest(f"SKIPPED: not installed: {missing}")
        kinds = {kind for _, kind in self.there}
        self.assertEqual(kinds, {"image/jpeg", "image/png", "image/webp", "audio/ogg", "audio/wav", "audio/mpeg", "application/pdf"})


@unittest.skipUnless(LARGE_MIB, "SKIPPED: VIGIE_LARGE_MIB is not set")
@unittest.skipUnless(INSTRUMENT.is_file(), "SKIPPED: sound-icons is not installed")
class Large(FilesCase):
    def sound(self):
        """The instrument again and again."""
        with wave.open(str(INSTRUMENT)) as instrument:
            parameters, frames = instrument.getparams(), instrument.readframes(instrument.getnframes())
        made = io.BytesIO()
        with wave.open(made, "wb") as sound:
            sound.setparams(parameters)
            sound.writeframes(frames * (LARGE_MIB * MIB // len(frames)))
        return made.getvalue()

    def test_a_large_file_goes_up_and_comes_down(self):
        owner = self.signed_in("user")
        content = self.sound()
        begun = time.monotonic()
        media = self.upload(owner, content, "audio/wav", name="trumpets.wav", part_bytes=16 * MIB, sha256=sha256(content))
        uploaded = time.monotonic()
        self.assertEqual(sha256(self.download(owner, media).body), sha256(content))
        downloaded = time.monotonic()
        self.assertEqual(self.processed(owner, media)["state"], "ready")
        self.assertEqual(self.download(owner, media, range="bytes=-1000").body, content[-1000:])
        memory = pathlib.Path(f"/proc/{self.vigie.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        print(f"{len(content)} bytes up in {uploaded - begun:.1f} s, down in {downloaded - uploaded:.1f} s; "
              f"{int(memory) // 1024} MiB of memory at most", file=sys.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
