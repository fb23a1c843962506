#!/usr/bin/python3
"""Types of contents, judged by file(1): all files of this machine that are of a type that is taken, and thousands of others."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

RECOGNISE = os.environ.get("RECOGNISE", "build/dev/tests/domain/recognise")
TAKEN = {
    "image/jpeg": "image/jpeg", "image/png": "image/png", "image/webp": "image/webp", "image/gif": "image/gif",
    "image/avif": "image/avif", "audio/mpeg": "audio/mpeg", "audio/ogg": "audio/ogg", "audio/flac": "audio/flac",
    "audio/x-wav": "audio/wav", "audio/x-m4a": "video/mp4", "video/x-m4v": "video/mp4", "video/mp4": "video/mp4",
    "video/webm": "video/webm", "application/pdf": "application/pdf",
}
#: Where pictures, sounds, films and documents are, and where everything else is.
PLACES = ("/usr/share/backgrounds", "/usr/share/sounds", "/usr/share/developers-reference", "/usr/share/gocode",
          "/usr/share/icons", "/usr/share/pixmaps", "/usr/lib/python3", "/usr/share/doc", "/usr/share/fonts", "/usr/bin",
          "/usr/lib/x86_64-linux-gnu", "/usr/share/zoneinfo", "/usr/share/perl", "/usr/include")
FILES_MAX = 300  # of one place
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".mp3", ".oga", ".ogg", ".opus", ".flac", ".wav", ".m4a",
           ".mp4", ".webm", ".pdf"}


def files() -> list[str]:
    found = []
    for place in PLACES:
        here = sorted(str(path) for path in pathlib.Path(place).rglob("*") if path.is_file() and not path.is_symlink())
        media = [path for path in here if pathlib.Path(path).suffix.lower() in ENDINGS]
        others = [path for path in here if pathlib.Path(path).suffix.lower() not in ENDINGS]
        step = max(1, len(others) // FILES_MAX)
        found += media[:FILES_MAX] + others[::step]
    return [path for path in found if "\n" not in path]


def judged(paths: list[str]) -> list[str]:
    listed = "\n".join(paths) + "\n"
    told = subprocess.run(["file", "--brief", "--no-pad", "--mime-type", "--files-from", "-"], input=listed, text=True,
                          capture_output=True, check=True).stdout.splitlines()
    return [TAKEN.get(name, "-") for name in told]


def recognised(paths: list[str]) -> list[str]:
    return subprocess.run([RECOGNISE], input="\n".join(paths) + "\n", text=True, capture_output=True,
                          check=True).stdout.splitlines()


@unittest.skipUnless(shutil.which("file"), "file(1) is not installed")
class Corpus(unittest.TestCase):
    def test_file_says_the_same_of_every_file(self):
        paths = files()
        differences = [f"{path}: {ours}, file says {theirs}"
                       for path, ours, theirs in zip(paths, recognised(paths), judged(paths), strict=True)
                       if ours != theirs]
        self.assertEqual(differences[:20], [], f"{len(differences)} of {len(paths)}")
        kinds = set(recognised(paths)) - {"-"}
        self.assertLessEqual({"image/jpeg", "image/png", "audio/ogg", "audio/wav", "application/pdf"}, kinds)
        print(f"{len(paths)} files, of them {sum(name != '-' for name in recognised(paths))} of {sorted(kinds)}",
              file=sys.stderr)

    def test_real_sounds_behind_tags_and_padding(self):
        music = pathlib.Path("/usr/share/gocode/src/github.com/hjfreyer/taglib-go/taglib/testdata/BeatThee.mp3")
        if not music.exists():
            self.skipTest(f"{music} is not installed (docs/media-samples.md)")
        data = music.read_bytes()
        size = 10 + sum(byte << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0)))
        sound = data[size:].lstrip(b"\0")
        cover = b"ID3\3\0\0" + bytes((0, 0x7f, 0x7f, 0x70)) + b"APIC" + b"x" * (0x1ffff0 - 4)
        forms = {"plain": data, "without": sound, "padding": bytes(417) + sound, "cut": sound[100:], "cover": cover + sound,
                 "two tags": cover + data}
        with tempfile.TemporaryDirectory() as directory:
            paths = []
            for name, content in forms.items():
                path = pathlib.Path(directory, name)
                path.write_bytes(content)
                paths.append(str(path))
            self.assertEqual(dict(zip(forms, recognised(paths))), dict.fromkeys(forms, "audio/mpeg"))


if __name__ == "__main__":
    unittest.main()
