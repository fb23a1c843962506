#!/usr/bin/python3
"""RFC 9110's fields that are lists, conditions, ranges and codings: the same words for every representation.

The rows are sentences of RFC 9110: 5.3 (lines are one list), 5.6.7 (dates), 8.4, 12.5.1, 13.1, 13.2.2, 14.1, 15.5.16."""

import email.utils
import hashlib
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft, unittest  # noqa: E402
from client import RawConnection  # noqa: E402

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082")


class ConditionalRequests(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("organise")
        cls.organiser = case.signed_in("organiser")
        cls.event, cls.event_tag = case.new_event(cls.organiser, publish=True)
        cls.media = cls.uploaded(case)
        case.doCleanups()

    def organise(self):
        """A case to make things with before the first test."""

    @classmethod
    def uploaded(cls, case):
        made = cls.organiser.post("/api/v1/media", {"file_name": "dot.png", "type": "image/png", "bytes": len(PNG),
                                                    "event_id": cls.event["id"]}).json
        answer = cls.organiser.request("PUT", f"/api/v1/media/{made['id']}/content", PNG)
        case.assertEqual(answer.status, 202, answer)
        deadline = time.monotonic() + 60
        while (shown := cls.organiser.get(f"/api/v1/media/{made['id']}").json)["state"] == "processing":
            case.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return shown

    def send(self, method, path, *lines, body=b"", token=True):
        """The answer to exactly these header lines."""
        with RawConnection(self.vigie.port) as connection:
            head = [f"{method} {path} HTTP/1.1", "Host: api.example", *lines]
            if token:
                head.append(f"Authorization: Bearer {self.organiser.token}")
            if body or method in ("POST", "PUT", "PATCH"):
                head.append(f"Content-Length: {len(body)}")
            connection.send("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            return connection.read_answer(method != "HEAD")

    def representations(self):
        """Path and ETag of everything that has one."""
        paths = [f"/api/v1/events/{self.event['id']}", self.media["content_url"], "/api/v1/openapi.json",
                 "/.well-known/jwks.json", "/api/v1/docs", *(preview["url"] for preview in self.media["previews"][:1])]
        self.assertEqual(len(paths), 6, self.media)
        for path in paths:
            answer = self.send("GET", path)
            self.assertEqual(answer.status, 200, answer)
            yield path, answer.headers["ETag"], answer

    def test_tags_are_judged_alike_everywhere(self):
        for path, tag, full in self.representations():
            for method in "GET", "HEAD":
                for expected, *lines in (
                        (304, f"If-None-Match: {tag}"),
                        (304, f"If-None-Match: W/{tag}"),
                        (304, 'If-None-Match: "x"', f"If-None-Match: {tag}"),
                        (304, f"If-None-Match: {tag}", 'If-None-Match: "x"'),
                        (304, f'If-None-Match: "a,b" ,, W/"c",{tag}'),
                        (304, "If-None-Match: *"),
                        (200, 'If-None-Match: "x"'),
                        (200, "If-None-Match: " + tag.strip('"')),
                        (200, f"If-Match: {tag}"),
                        (200, 'If-Match: "x"', f"If-Match: {tag}"),
                        (200, "If-Match: *"),
                        (412, 'If-Match: "x"'),
                        (412, f"If-Match: W/{tag}"),
                        (412, 'If-Match: "x"', f"If-None-Match: {tag}"),
                        (304, f"If-Match: {tag}", f"If-None-Match: {tag}")):
                    with self.subTest(path, method=method, lines=lines):
                        answer = self.send(method, path, *lines)
                        self.assertEqual(answer.status, expected, answer)
                        if expected == 304:
                            for name in "ETag", "Cache-Control", "Vary":  # 15.4.5
                                self.assertEqual(answer.headers[name], full.headers[name], name)
                            self.assertNotIn("Content-Type", answer.headers)

    def test_dates_are_read_in_all_three_forms(self):
        for path, tag, full in self.representations():
            if "Last-Modified" not in full.headers:
                continue
            at = email.utils.parsedate_to_datetime(full.headers["Last-Modified"])
            forms = [full.headers["Last-Modified"], at.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
                     at.strftime("%a %b ") + f"{at.day:2d}" + at.strftime(" %H:%M:%S %Y")]
            old = ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
            for now, then in zip(forms, old):
                for expected, *lines in (
                        (304, f"If-Modified-Since: {now}"), (200, f"If-Modified-Since: {then}"),
                        (200, f"If-Unmodified-Since: {now}"), (412, f"If-Unmodified-Since: {then}"),
                        (200, f"If-Modified-Since: {now}", 'If-None-Match: "x"'),
                        (200, f"If-Unmodified-Since: {then}", f"If-Match: {tag}"),
                        (200, f"If-Modified-Since: {now}", f"If-Modified-Since: {now}"),
                        (206, "Range: bytes=0-3", f"If-Range: {now}"), (200, "Range: bytes=0-3", f"If-Range: {then}"),
                        (412, "Range: bytes=0-3", f"If-Unmodified-Since: {then}"),
                        (304, "Range: bytes=999999999-", f"If-Modified-Since: {now}")):
                    with self.subTest(path, lines=lines):
                        self.assertEqual(self.send("GET", path, *lines).status, expected)

    def test_units_of_ranges_have_no_case(self):
        for unit in "bytes", "Bytes", "BYTES":
            answer = self.send("GET", self.media["content_url"], f"Range: {unit}=0-9")
            self.assertEqual((answer.status, answer.body), (206, PNG[:10]))

    def test_changes_are_made_under_all_lines_of_their_condition(self):
        for expected, *lines in (
                (200, 'If-Match: "999"', "If-Match: {tag}"), (200, "If-Match: {tag}", 'If-Match: "999"'),
                (200, 'If-Match: "999" , {tag}'), (200, "If-Match: *"), (412, 'If-Match: "999"'),
                (412, "If-Match: W/{tag}"), (412, "If-Match: {tag}", "If-None-Match: {tag}"),
                (412, "If-Match: *", "If-None-Match: *"), (200, "If-Match: {tag}", 'If-None-Match: "999"'),
                (412, "If-Match: nonsense"), (428,), (428, 'If-None-Match: "999"')):
            with self.subTest(lines):
                event, tag = self.new_event(self.organiser)
                answer = self.send("PATCH", f"/api/v1/events/{event['id']}", "Content-Type: application/merge-patch+json",
                                   *(line.format(tag=tag) for line in lines), body=b'{"title":"Changed"}')
                self.assertEqual(answer.status, expected, answer)
        # Where a condition is welcome but not needed.
        event, tag = self.new_event(self.organiser)
        path = f"/api/v1/events/{event['id']}/publish"
        self.assertEqual(self.send("POST", path, f"If-None-Match: {tag}").status, 412)
        self.assertEqual(self.send("POST", path, 'If-Match: "9"', f"If-Match: {tag}").status, 200)

    def test_parts_are_replaced_only_where_their_condition_lets_them(self):
        part = b"%PDF-1.4 one part"
        made = self.organiser.post("/api/v1/media", {"file_name": "a.pdf", "type": "application/pdf",
                                                     "bytes": len(part)}).json
        path = f"/api/v1/media/{made['id']}/parts/1"
        tag = f'"{hashlib.sha256(part).hexdigest()}"'
        self.assertEqual(self.send("PUT", path, "If-Match: *", body=part).status, 412)
        self.assertEqual(self.send("PUT", path, "If-None-Match: *", body=part).headers["ETag"], tag)
        self.assertEqual(self.send("PUT", path, "If-None-Match: *", body=part).status, 412)
        self.assertEqual(self.send("PUT", path, 'If-Match: "x"', f"If-Match: {tag}", body=part).status, 200)
        self.assertEqual(self.send("GET", path, 'If-None-Match: "x"', f"If-None-Match: {tag}").status, 304)

    def test_lines_of_accept_are_one_list(self):
        path = "/api/v1/events"
        for expected, *lines in (
                (406, "Accept: application/json;q=0", "Accept: */*"), (406, "Accept: */*", "Accept: application/json;q=0"),
                (406, 'Accept: text/html;p="application/json, */*"'), (200, 'Accept: text/html;p="a,b;q=0"', "Accept: */*"),
                (200, "Accept: text/html", "Accept: application/json"), (200, "Accept: ,", "Accept:"),
                (200, "Accept: application/json;version=2;q=0", "Accept: application/*;q=0.1")):
            with self.subTest(lines):
                self.assertEqual(self.send("GET", path, *lines).status, expected)

    def test_an_encoded_content_is_not_taken(self):
        draft = str(event_draft()).replace("'", '"').encode()
        made = self.organiser.post("/api/v1/media", {"file_name": "a.png", "type": "image/png", "bytes": len(PNG)}).json
        routes = (("POST", "/api/v1/auth/login", b'{"email":"a@example.org","password":"x"}', "application/json", 401),
                  ("POST", "/api/v1/events", draft, "application/json", 201),
                  ("PATCH", f"/api/v1/events/{self.new_event(self.organiser)[0]['id']}", b"{}", "application/merge-patch+json", 428),
                  ("PUT", f"/api/v1/media/{made['id']}/parts/1", PNG, "image/png", 200),
                  ("PUT", f"/api/v1/media/{made['id']}/content", PNG, "image/png", 202))
        for method, path, body, content_type, status in routes:
            for refused in (["Content-Encoding: gzip"], ["Content-Encoding: identity", "content-encoding: br"],
                            ["Content-Encoding: identity, gzip"], ["Content-Encoding: x-unknown"]):
                with self.subTest(path, lines=refused):
                    answer = self.send(method, path, f"Content-Type: {content_type}", *refused, body=body)
                    self.assert_problem(answer, 415, "unsupported_media_type")
                    self.assertEqual(answer.headers["Accept-Encoding"], "identity")
            for taken in (["Content-Encoding: Identity"], ["Content-Encoding:"], []):
                with self.subTest(path, lines=taken):
                    answer = self.send(method, path, f"Content-Type: {content_type}", *taken, body=body)
                    self.assertIn(answer.status, (status, 409), answer)
        answer = self.send("POST", "/api/v1/events", "Content-Type: text/plain", body=draft)
        self.assertEqual((answer.status, answer.headers["Accept-Encoding"]), (415, None))

    def test_json_is_utf_8_whatever_charset_is_named(self):
        draft = '{"email":"a@example.org","password":"Zoë"}'.encode()
        for parameters in ("charset=utf8", "charset=latin1", 'charset="UTF-8"', "charset=utf-16;v=1", "version=1"):
            answer = self.send("POST", "/api/v1/auth/login", f"Content-Type: application/json;{parameters}", body=draft)
            self.assert_problem(answer, 401, "invalid_credentials")
        event, tag = self.new_event(self.organiser)
        answer = self.send("PATCH", f"/api/v1/events/{event['id']}", f"If-Match: {tag}",
                           "Content-Type: application/merge-patch+json; charset=latin1", body='{"title":"Été"}'.encode())
        self.assertEqual((answer.status, answer.json["title"]), (200, "Été"))


if __name__ == "__main__":
    unittest.main()
