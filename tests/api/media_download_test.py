#!/usr/bin/python3
"""Downloads: ranges, conditions, descriptions; deletion and restoration; what a large one costs."""

import email
import email.policy
import pathlib
import sys
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from client import RawConnection  # noqa: E402
from media_case import MIB, MediaCase, content_of, sha256  # noqa: E402


class Downloads(MediaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("signed_in")
        cls.owner = maker.signed_in("organiser")
        event, _ = maker.new_event(cls.owner, publish=True)
        cls.event_id = event["id"]
        cls.content = content_of(300_000, "image/jpeg", seed="downloads")
        cls.media = maker.upload(cls.owner, cls.content, "image/jpeg", event_id=cls.event_id, name="Été – \"½\".jpeg")
        cls.path = cls.media["content_url"]
        cls.addClassCleanup(maker.doCleanups)

    def get(self, **headers):
        return self.client().get(self.path, **headers)

    def test_the_whole_with_its_description(self):
        answer = self.get()
        self.assertEqual((answer.status, answer.body), (200, self.content))
        expected = {"Content-Type": "image/jpeg", "Content-Length": "300000", "Accept-Ranges": "bytes",
                    "ETag": f'"{sha256(self.content)}"', "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "public, no-cache", "Vary": "Authorization",
                    "Content-Security-Policy": "default-src 'none'; sandbox"}
        self.assertEqual({name: answer.headers[name] for name in expected}, expected)
        self.assertEqual(self.owner.get(self.path).headers["Cache-Control"], "private, no-cache")

    def test_head_is_get_without_the_bytes(self):
        answer = self.client().request("HEAD", self.path)
        self.assertEqual((answer.status, answer.body, answer.headers["Content-Length"]), (200, b"", "300000"))
        self.assertEqual(answer.headers["ETag"], self.get().headers["ETag"])

    def test_single_ranges(self):
        size = len(self.content)
        for text, begin, end in (("0-0", 0, 1), ("100-199", 100, 200), ("299990-", 299990, size), ("-7", size - 7, size),
                                 ("0-999999999", 0, size), ("-999999999", 0, size)):
            answer = self.get(range=f"bytes={text}")
            self.assertEqual((answer.status, answer.body), (206, self.content[begin:end]), text)
            self.assertEqual(answer.headers["Content-Range"], f"bytes {begin}-{end - 1}/{size}")

    def test_several_ranges_are_read_by_a_parser_of_others(self):
        answer = self.get(range="bytes=0-9, 1000-1999, -5")
        self.assertEqual(answer.status, 206)
        self.assertEqual(answer.headers["Content-Length"], str(len(answer.body)))
        text = b"Content-Type: " + answer.headers["Content-Type"].encode() + b"\r\n\r\n" + answer.body
        message = email.message_from_bytes(text, policy=email.policy.HTTP)
        self.assertTrue(message.is_multipart())
        wanted = [(0, 10), (1000, 2000), (299995, 300000)]
        for part, (begin, end) in zip(message.iter_parts(), wanted, strict=True):
            self.assertEqual(part["Content-Range"], f"bytes {begin}-{end - 1}/300000")
            self.assertEqual(part["Content-Type"], "image/jpeg")
        # The bytes themselves, without what a parser of mail makes of line ends.
        for begin, end in wanted:
            self.assertIn(b"\r\n\r\n" + self.content[begin:end] + b"\r\n--", answer.body)

    def test_ranges_that_cannot_be_served(self):
        answer = self.get(range="bytes=300000-")
        self.assert_problem(answer, 416, "range_not_satisfiable")
        self.assertEqual(answer.headers["Content-Range"], "bytes */300000")
        for text in ("bytes=9-1", "items=0-1", "bytes=a-b"):
            self.assertEqual(self.get(range=text).status, 200, text)

    def test_conditions(self):
        whole = self.get()
        etag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
        for headers, status in (({"if_none_match": etag}, 304), ({"if_none_match": f'"x", W/{etag}'}, 304),
                                ({"if_none_match": '"x"'}, 200), ({"if_modified_since": date}, 304),
                                ({"if_modified_since": "Sun, 06 Nov 1994 08:49:37 GMT"}, 200),
                                ({"if_none_match": '"x"', "if_modified_since": date}, 200),
                                ({"range": "bytes=0-1", "if_range": etag}, 206),
                                ({"range": "bytes=0-1", "if_range": date}, 206),
                                ({"range": "bytes=0-1", "if_range": '"x"'}, 200),
                                ({"range": "bytes=0-1", "if_range": f"W/{etag}"}, 200)):
            answer = self.get(**headers)
            self.assertEqual(answer.status, status, headers)
            if status == 304:
                self.assertEqual((answer.body, answer.headers["ETag"]), (b"", etag))

    def test_a_download_goes_on_where_it_stopped(self):
        received = b""
        etag = self.get().headers["ETag"]
        while len(received) < len(self.content):
            with RawConnection(self.vigie.port) as raw:
                raw.send(f"GET {self.path} HTTP/1.1\r\nHost: x\r\nRange: bytes={len(received)}-\r\nIf-Range: {etag}\r\n\r\n")
                status, _ = raw.read_head()
                self.assertEqual(status, 206)
                wanted = min(50_000, len(self.content) - len(received))
                while len(raw.buffer) < wanted and raw._more():
                    pass
                received += raw.buffer
        self.assertEqual(sha256(received), sha256(self.content))

    def test_any_name_is_data_in_the_header(self):
        for name in ("Été – \"½\".jpeg", "../../etc/passwd", "a;b=c.png", "x\\y", "%0d%0aSet-Cookie: a=b", "日本語.png", "'", ".."):
            media = self.upload(self.owner, content_of(1200, seed=name), name=name)
            answer = self.download(self.owner, media)
            value = answer.headers["Content-Disposition"]
            self.assertIsNone(answer.headers["Set-Cookie"])
            self.assertRegex(value, r"""^inline; filename="[ !#$&-\[\]-~]*"; filename\*=UTF-8''[A-Za-z0-9._~%-]*$""")
            saved = urllib.parse.unquote(value.split("UTF-8''")[1])
            self.assertNotRegex(saved, r"[/\\]|^\.")
            self.assertEqual(media["file_name"], name)

    def test_a_name_is_saved_with_the_ending_of_its_type(self):
        for name, saved in (("holiday.exe", "holiday.exe.png"), ("Kai.PNG", "Kai.PNG"), ("a.png.html", "a.png.html.png"),
                            ("none", "none.png"), ("evil.exe. .", "evil.exe.png"), ("a.png ", "a.png"), ("...", "_.png"),
                            ("nul", "_ul.png"), ("COM1.png", "_OM1.png"), ("console.png", "console.png"),
                            ("a.exe:b.png", "a.exe_b.png"), ("Été.jpeg", "Été.jpeg.png"), ("x" * 255, "x" * 251 + ".png"),
                            ("a.svg.apng", "a.svg.apng")):
            media = self.upload(self.owner, content_of(1200, seed=name), name=name)
            self.assertEqual(media["file_name"], name)
            value = self.download(self.owner, media).headers["Content-Disposition"]
            self.assertEqual(urllib.parse.unquote(value.split("UTF-8''")[1]), saved)

    def test_a_name_is_one_line(self):
        with_line = {"file_name": "a\r\nb", "type": "image/png", "bytes": 9}
        self.assert_problem(self.owner.post("/api/v1/media", with_line), 422, "validation_failed")

    def test_a_document_is_saved_and_not_shown(self):
        media = self.upload(self.owner, content_of(2000, "application/pdf"), "application/pdf")
        self.assertTrue(self.download(self.owner, media).headers["Content-Disposition"].startswith("attachment;"))

    def test_deleted_is_gone_at_once_and_comes_back(self):
        media = self.upload(self.owner, content_of(2500, seed="deleted"), event_id=self.event_id)
        path = f"/api/v1/media/{media['id']}"
        self.assertEqual(self.client().get(path + "/content").status, 200)
        self.assertEqual(self.owner.delete(path).status, 204)
        for suffix in ("", "/content"):
            self.assert_problem(self.client().get(path + suffix), 404, "not_found")
        self.assert_problem(self.owner.get(path + "/content"), 404, "not_found")
        self.assert_problem(self.owner.delete(path), 404, "not_found")
        listed = self.client().get(f"/api/v1/media?event_id={self.event_id}").json["items"]
        self.assertNotIn(media["id"], [item["id"] for item in listed])
        shown = self.owner.get(path).json
        self.assertEqual((shown["state"], shown["content_url"]), ("deleted", None))
        self.assertGreater(shown["purge_at"], shown["deleted_at"])
        self.assertNotEqual(self.owner.post(path + "/restore").json["state"], "deleted")
        self.assertEqual(self.client().get(path + "/content").status, 200)
        self.assert_problem(self.owner.post(path + "/restore"), 409, "status_change_not_allowed")

    def test_lists_are_paged(self):
        someone = self.signed_in("user")
        made = [self.upload(someone, content_of(1100, seed=f"list {i}"))["id"] for i in range(5)]
        seen, path = [], "/api/v1/media?limit=2"
        while path:
            page = someone.get(path).json
            seen += [item["id"] for item in page["items"]]
            path = page["next_cursor"] and f"/api/v1/media?limit=2&cursor={page['next_cursor']}"
        self.assertEqual(seen, made[::-1])
        self.assert_problem(self.owner.get("/api/v1/media?cursor=nonsense"), 400, "invalid_cursor")
        self.assert_problem(self.client().get("/api/v1/media"), 401, "not_authenticated")


class Large(MediaCase):
    settings = {"VIGIE_REACTORS": "1"}

    def memory_bytes(self):
        status = pathlib.Path(f"/proc/{self.vigie.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def test_a_large_content_does_not_fill_the_memory(self):
        owner = self.signed_in("user")
        content = content_of(160 * MIB, "video/mp4", seed="large")
        before = self.memory_bytes()
        media = self.upload(owner, content, "video/mp4", sha256=sha256(content))
        self.assertEqual(sha256(self.download(owner, media).body), sha256(content))
        self.assertLess(self.memory_bytes() - before, 24 * MIB)
        begun = time.monotonic()
        self.assertEqual(self.download(owner, media, range="bytes=-10").body, content[-10:])
        self.assertLess(time.monotonic() - begun, 5)


if __name__ == "__main__":
    unittest.main(verbosity=1)
