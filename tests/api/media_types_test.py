#!/usr/bin/python3
"""Types of contents: how they may be declared, by what bytes they are told, and how a refusal says what was sent."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from media_case import MediaCase  # noqa: E402

WEBM = bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878102428581020000") + b"\0" * 200
VORBIS = b"OggS\0\x02" + bytes(20) + b"\x01\x1e\x01vorbis" + bytes(400)
FRAMES = b"".join(b"\xff\xfb\x90\x64" + bytes([number]) * 413 for number in range(1, 7))
ACCEPTED = "image/jpeg, image/png, image/webp, image/gif, image/avif, audio/mpeg, audio/ogg, audio/flac, audio/wav, " \
           "video/mp4, video/webm, application/pdf."


def box(kind, body):
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def film(major, compatible=b""):
    return box(b"ftyp", major + bytes(4) + compatible) + box(b"mdat", bytes(64))


class Types(MediaCase):
    def setUp(self):
        self.client = self.signed_in("organiser")

    def declare(self, kind, size=9, **more):
        return self.client.post("/api/v1/media", {"file_name": "r.webm", "type": kind, "bytes": size} | more)

    def sent(self, content, kind, **headers):
        made = self.create(self.client, content, kind)
        return made, self.client.request("PUT", f"/api/v1/media/{made['id']}/content", content, headers)

    def test_a_declared_type_may_have_parameters(self):
        for kind in ("video/webm;codecs=vp8,opus", 'audio/mp4; codecs="mp4a.40.2"', "audio/ogg; codecs=opus",
                     "image/jpeg; charset=binary", "VIDEO/WebM ; codecs=\"vp8, opus\"", "audio/webm;codecs=opus",
                     "video/mp4;codecs=avc1.42E01E,mp4a.40.2", "image/png;"):
            answer = self.declare(kind)
            self.assertEqual((answer.status, answer.json.get("declared_type")), (201, kind), answer)

    def test_what_is_no_accepted_type_is_told_with_those_that_are(self):
        for kind in ("text/html", "text/html;video/webm", "video/webm, image/png", "image / png", ""):
            answer = self.declare(kind)
            self.assertEqual(answer.status, 422, answer)
            [error] = answer.json["errors"]
            self.assertEqual(error["pointer"], "/type")
            self.assertIn(ACCEPTED[:-1], error["message"])
        for kind in ("video/webm;a=" + "x" * 300, "video/webm;a=\n"):
            self.assertEqual(self.declare(kind).json["errors"][0]["pointer"], "/type")

    def test_parameters_are_kept_as_said_and_the_type_is_plain(self):
        made, answer = self.sent(WEBM, "video/webm;codecs=vp8,opus")
        self.assertEqual((answer.status, answer.json["type"], answer.json["declared_type"]),
                         (202, "video/webm", "video/webm;codecs=vp8,opus"), answer)
        self.assertEqual(self.download(self.client, made).headers["Content-Type"], "video/webm")
        for accept in ("video/webm;codecs=vp8", "video/*", "audio/ogg, */*;q=0.1"):
            self.assertEqual(self.download(self.client, made, Accept=accept).status, 200)

    def test_a_content_is_taken_whatever_its_content_type_says(self):
        for said in ("application/octet-stream", "video/webm;codecs=vp8,opus", 'video/webm; codecs="vp8, opus"', "x"):
            self.assertEqual(self.sent(WEBM, "video/webm", **{"Content-Type": said})[1].status, 202)

    def test_contents_are_told_by_their_formats_rules(self):
        cover = b"ID3\3\0\0" + bytes((0, 4, 0, 0)) + b"APIC" + bytes((4 << 14) - 4)
        for content, kind in ((film(b"mif1", b"avifmif1miaf"), "image/avif"), (film(b"avis", b"msf1avif"), "image/avif"),
                              (film(b"M4A ", b"mp42isom"), "audio/mp4"), (box(b"free", bytes(99)) + film(b"isom"), "video/mp4"),
                              (b"\n%PDF-1.4\n", "application/pdf"), (bytes(1000) + b"%PDF-1.4\n", "application/pdf"),
                              (bytes(417) + FRAMES, "audio/mpeg"), (FRAMES[100:], "audio/mpeg"),
                              (cover + FRAMES, "audio/mpeg"),
                              (cover + b"fLaC\0\0\0\x22" + bytes(200), "audio/flac"),
                              (b"OggS\0\x02" + bytes(20) + b"\x01\x08fishead\0" + VORBIS, "audio/ogg"),
                              (b"RF64\xff\xff\xff\xffWAVEds64" + bytes(100), "audio/x-wav")):
            answer = self.sent(content, kind)[1]
            self.assertEqual(answer.status, 202, (kind, content[:40], answer))

    def test_a_refusal_says_what_was_declared_what_it_is_and_what_is_accepted(self):
        for content, kind, beginning in (
                (film(b"heic", b"mif1heic"), "image/avif", "The content is image/heic, and was declared as image/avif. "
                 "This is not one of the accepted types: "),
                (b"just words", "image/png;a=b", "The content is of no type that is known here, and was declared as "
                 "image/png;a=b. This is not one of the accepted types: "),
                (VORBIS, "video/webm", "The content is audio/ogg, and was declared as video/webm. Accepted types: ")):
            made, answer = self.sent(content, kind)
            self.assertEqual((answer.status, answer.json["code"]), (422, "media_type_not_allowed"), answer)
            self.assertEqual(answer.json["detail"], beginning + ACCEPTED)
            self.assertEqual(self.client.get(f"/api/v1/media/{made['id']}").status, 404)

    def test_nothing_is_taken_for_a_sound_or_a_document_by_luck(self):
        for content, kind in ((b"\xff\xfb\x90\x64" + bytes(600), "audio/mpeg"), (b"PK\3\4" + FRAMES, "audio/mpeg"),
                              (b"<script>" + FRAMES, "audio/mpeg"), (b"x" * 1024 + b"%PDF-1.4", "application/pdf"),
                              (b"<html>%PDF-1.4", "application/pdf"), (b"ID3\3\0\0\0\0\0\x09TIT2" + bytes(900), "audio/mpeg"),
                              (b"OggS\0\x02" + bytes(20) + b"\x01\x08fishead\0", "audio/ogg")):
            self.assertEqual(self.sent(content, kind)[1].status, 422, content[:30])


if __name__ == "__main__":
    unittest.main()
