#!/usr/bin/python3
"""Uploads: in parts, in any order, at once, again, interrupted at any byte, by whom, and how they are refused."""

import concurrent.futures
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from client import Client, RawConnection  # noqa: E402
from media_case import HEADS, MIB, MediaCase, content_of, digest, sha256  # noqa: E402


class Uploads(MediaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("signed_in")
        cls.owner = maker.signed_in("organiser")
        cls.other = maker.signed_in("user")
        cls.addClassCleanup(maker.doCleanups)

    def test_parts_in_any_order_make_the_content(self):
        content = content_of(10 * 1024 + 7, seed="order")
        made = self.create(self.owner, content, part_bytes=1024, sha256=sha256(content))
        self.assertEqual((made["state"], made["part_count"]), ("uploading", 11))
        for part in reversed(made["parts"]):
            answer = self.put_part(self.owner, part, content, content_digest=digest(self.slice_of(content, part)))
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(answer.json["sha256"], sha256(self.slice_of(content, part)))
        answer = self.owner.post(made["complete_url"])
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(answer.headers["Location"], f"/api/v1/media/{made['id']}")
        media = answer.json
        self.assertIn(media["state"], ("processing", "ready", "failed"))
        self.assertEqual((media["sha256"], media["type"]), (sha256(content), "image/png"))
        self.assertTrue(media["job_id"])
        self.assertEqual(self.download(self.owner, media).body, content)

    def test_several_parts_at_once(self):
        content = content_of(8 * MIB, seed="at once")
        made = self.create(self.owner, content, part_bytes=MIB)

        def put(part):
            with Client(self.vigie.port, self.owner.token) as client:
                return self.put_part(client, part, content).status

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(put, made["parts"])), [200] * 8)
        self.assertEqual(self.owner.post(made["complete_url"]).status, 202)
        self.assertEqual(sha256(self.download(self.owner, made).body), sha256(content))

    def test_a_part_may_be_sent_again_and_the_last_counts(self):
        content = content_of(3000, seed="again")
        made = self.create(self.owner, content, part_bytes=1024)
        wrong = content_of(3000, seed="wrong")
        for text in (wrong, content, content):
            for part in made["parts"]:
                self.assertEqual(self.put_part(self.owner, part, text).status, 200)
        self.assertEqual(self.owner.post(made["complete_url"]).json["sha256"], sha256(content))

    def test_head_tells_what_is_there(self):
        content = content_of(3000, seed="head")
        made = self.create(self.owner, content, part_bytes=1024)
        first, second = made["parts"][:2]
        self.put_part(self.owner, second, content)
        self.assertEqual(self.owner.request("HEAD", first["url"]).status, 404)
        answer = self.owner.request("HEAD", second["url"])
        self.assertEqual((answer.status, answer.headers["ETag"]),
                         (200, f'"{sha256(self.slice_of(content, second))}"'))
        listed = self.owner.get(f"/api/v1/media/{made['id']}/parts").json
        self.assertEqual([part["is_received"] for part in listed["parts"]], [False, True, False])

    def test_interrupted_at_any_byte_it_goes_on(self):
        content = content_of(4096, seed="interrupted")
        made = self.create(self.owner, content, part_bytes=1024)
        for part in made["parts"]:
            self.put_part(self.owner, part, content)
        second = made["parts"][1]
        body = self.slice_of(content, second)
        head = (f"PUT {second['url']} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.owner.token}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        request = head + body
        for cut in [*range(1, len(head), 37), *range(len(head), len(request), 41), len(request) - 1]:
            with RawConnection(self.vigie.port) as raw:
                raw.send(request[:cut])
            early = cut < len(head)
            # A request whose header never came has touched nothing; one that began the part has undone it.
            answer = self.wait_for(second["url"], 200 if early else 404)
            if not early:
                self.assert_problem(self.owner.post(made["complete_url"]), 409, "upload_incomplete")
                self.assertEqual(self.put_part(self.owner, second, content).status, 200, answer)
        self.assertEqual(self.owner.post(made["complete_url"]).json["sha256"], sha256(content))

    def wait_for(self, url, status):
        """The server notices a broken connection a moment later."""
        deadline = time.monotonic() + 10
        while True:
            answer = self.owner.request("HEAD", url)
            if answer.status == status or time.monotonic() > deadline:
                self.assertEqual(answer.status, status)
                return answer
            time.sleep(0.002)

    def test_a_part_that_was_answered_for_survives_kill_9(self):
        vigie = self.new_vigie()
        vigie.start()
        self.addCleanup(lambda: vigie.stop())
        content = content_of(3000, seed="killed")
        made = self.create(self.owner, content, part_bytes=1024)
        for part in made["parts"]:
            with Client(vigie.port, self.owner.token) as client:
                self.assertEqual(self.put_part(client, part, content).status, 200)
            vigie.kill()
            vigie.start()
        self.assertEqual(self.owner.post(made["complete_url"]).json["sha256"], sha256(content))

    def test_one_request_uploads_all(self):
        content = content_of(100_000, seed="one request")
        made = self.create(self.owner, content, part_bytes=1024 * 7)
        url = f"/api/v1/media/{made['id']}/content"
        answer = self.owner.request("PUT", url, content, {"Content-Digest": digest(b"something else")})
        self.assert_problem(answer, 422, "checksum_mismatch")
        answer = self.owner.request("PUT", url, content, {"Content-Digest": digest(content)})
        self.assertEqual((answer.status, answer.json["sha256"]), (202, sha256(content)), answer)
        self.assertEqual(self.owner.request("PUT", url, content).status, 202)
        self.assertEqual(self.download(self.owner, made).body, content)

    def test_other_bytes_to_a_complete_upload_are_refused(self):
        content, other = content_of(50_000, seed="complete"), content_of(50_000, seed="other")
        made = self.create(self.owner, content)
        url = f"/api/v1/media/{made['id']}/content"
        self.assertEqual(self.owner.request("PUT", url, content).status, 202)
        for text, headers, status in (
                (content, {}, 202), (content, {"Content-Digest": digest(content)}, 202), (other, {}, 409),
                (other, {"Content-Digest": digest(other)}, 409), (other, {"Content-Digest": digest(content)}, 409),
                (content, {"Content-Digest": digest(other)}, 409), (content[:-1], {}, 409), (content + b"x", {}, 409)):
            with Client(self.vigie.port, self.owner.token) as client:
                answer = client.request("PUT", url, text, headers)
            self.assertEqual(answer.status, status, answer)
            self.assertEqual(answer.json.get("code"), "status_change_not_allowed" if status == 409 else None)
        with Client(self.vigie.port, self.owner.token) as client:
            self.assert_problem(client.request("PUT", made["parts"][0]["url"], content), 409, "status_change_not_allowed")
        self.assertEqual(sha256(self.download(self.owner, made).body), sha256(content))

    def test_of_two_contents_at_once_each_answer_is_true(self):
        for race in range(6):
            contents = [content_of(300_000, seed=f"race {race} {number}") for number in range(4)]
            made = self.create(self.owner, contents[0])

            def put(content, url=f"/api/v1/media/{made['id']}/content"):
                with Client(self.vigie.port, self.owner.token) as client:
                    return client.request("PUT", url, content)

            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(put, contents))
            self.assertLessEqual({answer.status for answer in answers}, {202, 409}, answers)
            taken = [sha256(content) for content, answer in zip(contents, answers) if answer.status == 202]
            self.assertLessEqual(len(taken), 1)  # none when each was in another's way
            if taken:
                self.assertEqual(sha256(self.download(self.owner, made).body), taken[0])

    def test_chunks_of_unknown_length_are_counted(self):
        content = content_of(5000, seed="chunks")
        made = self.create(self.owner, content)
        url = made["parts"][0]["url"]
        for text, status in ((content + b"x", 422), (content[:-1], 422), (content, 200)):
            with RawConnection(self.vigie.port) as raw:
                raw.send(f"PUT {url} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.owner.token}\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n")
                for at in range(0, len(text), 999):
                    piece = text[at:at + 999]
                    raw.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                raw.send("0\r\n\r\n")
                self.assertEqual(raw.read_answer().status, status)

    def test_a_wrong_checksum_is_refused_and_the_part_does_not_count(self):
        content = content_of(2000, seed="checksum")
        made = self.create(self.owner, content, sha256=sha256(b"something else"))
        part = made["parts"][0]
        answer = self.put_part(self.owner, part, content, content_digest=digest(b"something else"))
        self.assert_problem(answer, 422, "checksum_mismatch")
        self.assertEqual(self.owner.request("HEAD", part["url"]).status, 404)
        answer = self.put_part(self.owner, part, content, content_digest="sha-256=:nonsense:")
        self.assert_problem(answer, 422, "validation_failed")
        self.assertEqual(self.put_part(self.owner, part, content).status, 200)
        self.assert_problem(self.owner.post(made["complete_url"]), 422, "checksum_mismatch")

    def test_one_content_is_stored_once(self):
        content = content_of(9000, seed="once")
        first = self.upload(self.owner, content, name="a.png")
        before = self.stored_objects()
        second = self.upload(self.other, content, name="../../../etc/cron.d/x")
        self.assertEqual(self.stored_objects(), before)
        self.assertEqual(first["sha256"], second["sha256"])
        self.assertEqual(sum(path.name == first["sha256"] for path in before), 1)
        for client, media in ((self.owner, first), (self.other, second)):
            self.assertEqual(self.download(client, media).body, content)
        self.assertEqual(second["file_name"], "../../../etc/cron.d/x")

    def test_repeating_a_completion_is_harmless(self):
        media = self.upload(self.owner, content_of(2000, seed="repeated"))
        url = f"/api/v1/media/{media['id']}/complete"

        def complete(_):
            with Client(self.vigie.port, self.owner.token) as client:
                return client.post(url).json["job_id"]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(set(pool.map(complete, range(16))), {media["job_id"]})

    def test_types_are_told_by_bytes(self):
        for kind in HEADS:
            self.assertEqual(self.upload(self.owner, content_of(4000, kind), kind)["type"], kind)
        for kind, content in (("image/png", content_of(4000, "image/jpeg")),
                              ("image/png", b"<html><script>alert(1)</script>" + b" " * 400),
                              ("application/pdf", b"\x7fELF" + b"\0" * 400)):
            made = self.create(self.owner, content, kind)
            self.put_part(self.owner, made["parts"][0], content)
            self.assert_problem(self.owner.post(made["complete_url"]), 422, "media_type_not_allowed")
            self.assert_problem(self.owner.get(f"/api/v1/media/{made['id']}"), 404, "not_found")
        answer = self.owner.post("/api/v1/media", {"file_name": "x", "type": "text/html", "bytes": 5})
        self.assert_problem(answer, 422, "validation_failed")

    def test_creation_with_a_key_happens_once(self):
        body = {"file_name": "a.png", "type": "image/png", "bytes": 2000}
        answers = [self.owner.post("/api/v1/media", body, idempotency_key="media-once") for _ in range(2)]
        self.assertEqual(answers[0].json["id"], answers[1].json["id"])
        self.assertEqual(answers[1].headers["Idempotency-Replayed"], "true")

    def test_abandoning_an_upload(self):
        content = content_of(3000, seed="abandoned")
        made = self.create(self.owner, content, part_bytes=1024)
        self.put_part(self.owner, made["parts"][0], content)
        self.assertEqual(self.owner.delete(f"/api/v1/media/{made['id']}").status, 204)
        self.assert_problem(self.put_part(self.owner, made["parts"][1], content), 404, "not_found")
        self.assertFalse([path for path in self.stored_objects("uploads") if made["id"] in str(path)])


class Limits(MediaCase):
    settings = MediaCase.settings | {
        "VIGIE_MEDIA_PART_BYTES_MAX": str(MIB), "VIGIE_MEDIA_BYTES_MAX": str(3 * MIB),
        "VIGIE_MEDIA_QUOTA_BYTES": str(4 * MIB), "VIGIE_HTTP_REQUEST_DEADLINE_MS": "1000",
        "VIGIE_HTTP_BODY_RATE_BYTES_PER_SECOND_MIN": "1000", "VIGIE_HTTP_BODY_RATE_GRACE_MS": "1500"}

    def setUp(self):
        self.owner = self.signed_in("user")

    def put_head(self, url, length, *more):
        lines = (f"PUT {url} HTTP/1.1", "Host: x", f"Authorization: Bearer {self.owner.token}",
                 f"Content-Length: {length}", *more, "", "")
        return "\r\n".join(lines)

    def test_too_much_is_refused_with_the_limit_before_it_is_sent(self):
        made = self.create(self.owner, content_of(2000))
        for expectation in ((), ("Expect: 100-continue",)):
            with RawConnection(self.vigie.port) as raw:
                raw.send(self.put_head(made["parts"][0]["url"], MIB + 1, *expectation))
                answer = raw.read_answer()
                problem = self.assert_problem(answer, 413, "content_too_large")
                self.assertIn(str(MIB), problem["detail"])

    def test_a_client_that_waits_is_invited(self):
        content = content_of(2000)
        made = self.create(self.owner, content)
        with RawConnection(self.vigie.port) as raw:
            raw.send(self.put_head(made["parts"][0]["url"], 2000, "Expect: 100-continue"))
            self.assertEqual(raw.read_head()[0], 100)
            raw.send(content)
            self.assertEqual(raw.read_answer().status, 200)

    def test_a_client_that_waits_is_refused_without_an_invitation(self):
        made = self.create(self.owner, content_of(2000))
        stranger = self.signed_in("user")
        for head, status in (
                (self.put_head(made["parts"][0]["url"], 1999, "Expect: 100-continue"), 422),
                (self.put_head(made["parts"][0]["url"], 2000, "Expect: 100-continue")
                 .replace(self.owner.token, stranger.token), 404),
                (self.put_head(made["parts"][0]["url"], 2000, "Expect: 100-continue")
                 .replace(self.owner.token, "nonsense"), 401)):
            with RawConnection(self.vigie.port) as raw:
                raw.send(head)
                self.assertEqual(raw.read_answer().status, status)

    def test_sizes_and_quota(self):
        body = {"file_name": "a.png", "type": "image/png", "bytes": 3 * MIB + 1}
        self.assert_problem(self.owner.post("/api/v1/media", body), 422, "validation_failed")
        self.assertEqual(self.owner.post("/api/v1/media", body | {"bytes": 3 * MIB}).status, 201)
        problem = self.assert_problem(self.owner.post("/api/v1/media", body | {"bytes": MIB + 1}),
                                      413, "quota_exceeded")
        self.assertEqual(problem["detail"],
                         f"The account uses {3 * MIB} of {4 * MIB} bytes; this needs {MIB + 1}.")
        self.assertEqual(self.owner.post("/api/v1/media", body | {"bytes": MIB}).status, 201)

    def test_the_quota_holds_against_twenty_at_once(self):
        body = {"file_name": "a.png", "type": "image/png", "bytes": MIB}

        def create(_):
            with Client(self.vigie.port, self.owner.token) as client:
                return client.post("/api/v1/media", body).status

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            statuses = list(pool.map(create, range(20)))
        self.assertEqual((statuses.count(201), statuses.count(413)), (4, 16), statuses)

    def test_a_slow_transfer_has_time_by_its_rate(self):
        """Three times the deadline of a request, at twice the minimum rate."""
        content = content_of(6000, seed="slow")
        made = self.create(self.owner, content)
        with RawConnection(self.vigie.port, timeout_s=20) as raw:
            raw.send(self.put_head(made["parts"][0]["url"], len(content)))
            for at in range(0, len(content), 200):
                raw.send(content[at:at + 200])
                time.sleep(0.1)  # what is tested is time
            self.assertEqual(raw.read_answer().status, 200)

    def test_what_is_slower_than_the_minimum_is_408(self):
        made = self.create(self.owner, content_of(6000))
        with RawConnection(self.vigie.port, timeout_s=20) as raw:
            raw.send(self.put_head(made["parts"][0]["url"], 6000) + "x")
            self.assertEqual(raw.read_answer().status, 408)


class Total(MediaCase):
    settings = MediaCase.settings | {"VIGIE_MEDIA_QUOTA_TOTAL_BYTES": str(3 * MIB), "VIGIE_MEDIA_QUOTA_BYTES": str(2 * MIB)}

    def used(self):
        return self.vigie.metrics()["vigie_media_quota_used_bytes"]

    def test_the_total_holds_for_two_accounts(self):
        one, other = self.signed_in("user"), self.signed_in("user")
        body = {"file_name": "a.png", "type": "image/png", "bytes": 2 * MIB}
        self.assertEqual(self.vigie.metrics()["vigie_media_quota_limit_bytes"], 3 * MIB)
        first = one.post("/api/v1/media", body)
        self.assertEqual(first.status, 201)
        for _ in range(2):  # reserved, and then counted
            answer = other.post("/api/v1/media", body)
            problem = self.assert_problem(answer, 507, "storage_full")
            self.assertEqual(problem["errors"], [{"pointer": "/bytes", "message": f"Must be at most {MIB} at the moment."}])
            self.assertNotIn("Retry-After", answer.headers)
            self.assert_problem(one.post("/api/v1/media", body), 413, "quota_exceeded")
            self.assertEqual(self.postgres.psql(f"select count(*) from media where bytes = {2 * MIB}"), "1")
            self.vigie.wait_until(lambda: self.used() == 2 * MIB, "counted", timeout_s=40)
        self.assertEqual(other.post("/api/v1/media", body | {"bytes": MIB}).status, 201)
        self.assertEqual(one.delete(f"/api/v1/media/{first.json['id']}").status, 204)
        self.vigie.wait_until(lambda: self.used() == MIB, "given back", timeout_s=40)
        self.assertEqual(other.post("/api/v1/media", body | {"bytes": MIB}).status, 201)


class Permissions(MediaCase):
    def test_each_row_caller_show_download_write_delete_restore(self):
        owner, organiser, user = (self.signed_in(role) for role in ("organiser", "organiser", "user"))
        admin, anonymous = self.signed_in("administrator"), self.client()
        draft, _ = self.new_event(owner)
        shown, _ = self.new_event(owner, publish=True)
        content = content_of(2000, seed="permissions")
        own = self.upload(owner, content)
        of_draft = self.upload(owner, content, event_id=draft["id"])
        of_shown = self.upload(owner, content, event_id=shown["id"])
        unfinished = self.create(owner, content, event_id=shown["id"])
        table = [  # caller, then of what is private, of what is public: see, change
            (anonymous, 404, 401, 200, 401),
            (user, 404, 404, 200, 403),
            (organiser, 404, 404, 200, 403),
        ]
        for caller, see, change, see_shown, change_shown in table:
            for media, reads, writes in ((own, see, change), (of_draft, see, change), (unfinished, see, change),
                                         (of_shown, see_shown, change_shown)):
                path = f"/api/v1/media/{media['id']}"
                self.assertEqual(caller.get(path).status, reads)
                self.assertEqual(caller.get(path + "/content").status, 404 if media is unfinished else reads)
                for method, suffix in (("DELETE", ""), ("POST", "/restore"), ("POST", "/complete"),
                                       ("GET", "/parts"), ("PUT", "/parts/1"), ("PUT", "/content")):
                    answer = caller.request(method, path + suffix)
                    self.assertEqual(answer.status, writes, (method, suffix, answer))
        for caller, status in ((anonymous, 401), (user, 403), (organiser, 403), (admin, 201), (owner, 201)):
            answer = caller.post("/api/v1/media", {"file_name": "a", "type": "image/png", "bytes": 9,
                                                   "event_id": shown["id"]})
            self.assertEqual(answer.status, status, answer)
        answer = user.post("/api/v1/media", {"file_name": "a", "type": "image/png", "bytes": 9,
                                             "event_id": draft["id"]})
        self.assert_problem(answer, 404, "not_found")
        for caller in (admin, owner):
            path = f"/api/v1/media/{of_draft['id']}"
            self.assertEqual(caller.get(path + "/content").body, content)
            self.assertEqual(caller.delete(path).status, 204)
            self.assertEqual(caller.get(path).json["state"], "deleted")
            self.assertEqual(caller.post(path + "/restore").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
