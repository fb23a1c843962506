#!/usr/bin/python3
"""Events: what can be done with them, by whom, and how it is refused."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, event_draft  # noqa: E402

MERGE_PATCH = "application/merge-patch+json"


class Events(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("signed_in")  # the fixture's helpers, outside a test
        cls.owner = maker.signed_in("organiser")
        cls.other = maker.signed_in("organiser")
        cls.user = maker.signed_in("user")
        cls.admin = maker.signed_in("administrator")
        cls.addClassCleanup(maker.doCleanups)

    def test_is_created_as_a_draft_of_its_owner(self):
        answer = self.owner.post("/api/v1/events", event_draft())
        self.assertEqual(answer.status, 201)
        event = answer.json
        self.assertEqual(answer.headers["Location"], f"/api/v1/events/{event['id']}")
        self.assertEqual((event["status"], event["owner_id"], event["version"]),
                         ("draft", self.owner.account_id, 1))
        self.assertRegex(event["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-")
        for field, value in event_draft().items():
            self.assertEqual(event[field], value, field)

    def test_read_back_is_what_was_answered(self):
        event, etag = self.new_event(self.owner)
        answer = self.owner.get(f"/api/v1/events/{event['id']}")
        self.assertEqual((answer.status, answer.json, answer.headers["ETag"]), (200, event, etag))

    def test_all_field_faults_are_told_at_once(self):
        answer = self.owner.post("/api/v1/events", event_draft(
            title="", capacity=0, time_zone="Mars/Olympus", ends_at="2020-01-01T00:00:00Z",
            price={"amount_minor": -1, "currency": "EUX"}))
        problem = self.assert_problem(answer, 422, "validation_failed")
        pointers = {fault["pointer"] for fault in problem["errors"]}
        self.assertLessEqual({"/title", "/capacity", "/time_zone", "/ends_at", "/price/amount_minor",
                              "/price/currency"}, pointers)

    def test_capacity_bounds(self):
        for capacity, status in ((0, 422), (1, 201), (1_000_000, 201), (1_000_001, 422)):
            answer = self.owner.post("/api/v1/events", event_draft(capacity=capacity))
            self.assertEqual(answer.status, status, capacity)

    def test_unknown_fields_are_named(self):
        answer = self.owner.post("/api/v1/events", event_draft(colour="red"))
        problem = self.assert_problem(answer, 422, "validation_failed")
        self.assertEqual([fault["pointer"] for fault in problem["errors"]], ["/colour"])

    def test_merge_patch_changes_what_it_names_and_no_more(self):
        event, etag = self.new_event(self.owner)
        answer = self.owner.patch(f"/api/v1/events/{event['id']}",
                                  {"title": "New", "venue": {"name": "New Port"}}, if_match=etag)
        self.assertEqual(answer.status, 200, answer)
        changed = answer.json
        self.assertEqual((changed["title"], changed["venue"]["name"]), ("New", "New Port"))
        self.assertEqual(changed["venue"]["address"], event["venue"]["address"])
        self.assertEqual(changed["version"], 2)
        self.assertNotEqual(answer.headers["ETag"], etag)

    def test_merge_patch_null_removes_an_optional_field_only(self):
        event, etag = self.new_event(self.owner)
        path = f"/api/v1/events/{event['id']}"
        answer = self.owner.patch(path, {"venue": None}, if_match=etag)
        self.assertEqual((answer.status, answer.json.get("venue")), (200, None), answer)
        answer = self.owner.patch(path, {"title": None}, if_match=answer.headers["ETag"])
        self.assert_problem(answer, 422, "validation_failed")

    def test_patch_needs_its_media_type(self):
        event, etag = self.new_event(self.owner)
        answer = self.owner.patch(f"/api/v1/events/{event['id']}", '{"title":"x"}', if_match=etag,
                                  content_type="text/plain")
        self.assert_problem(answer, 415, "unsupported_media_type")

    def test_change_needs_the_version_it_is_based_on(self):
        event, etag = self.new_event(self.owner)
        path = f"/api/v1/events/{event['id']}"
        self.assert_problem(self.owner.patch(path, {"title": "x"}), 428, "version_required")
        self.assert_problem(self.owner.delete(path), 428, "version_required")
        self.assertEqual(self.owner.patch(path, {"title": "x"}, if_match=etag).status, 200)
        self.assert_problem(self.owner.patch(path, {"title": "y"}, if_match=etag), 412, "version_mismatch")
        self.assert_problem(self.owner.delete(path, if_match=etag), 412, "version_mismatch")

    def test_get_with_its_etag_is_304_without_a_body(self):
        event, etag = self.new_event(self.owner, publish=True)
        path = f"/api/v1/events/{event['id']}"
        etag = self.client().get(path).headers["ETag"]
        answer = self.client().get(path, if_none_match=etag)
        self.assertEqual((answer.status, answer.body, answer.headers["ETag"]), (304, b"", etag))
        self.assertEqual(self.client().get(path, if_none_match='"other"').status, 200)

    def test_status_goes_from_draft_to_published_to_cancelled(self):
        event, _ = self.new_event(self.owner)
        path = f"/api/v1/events/{event['id']}"
        self.assert_problem(self.owner.post(path + "/cancel"), 409, "status_change_not_allowed")
        self.assertEqual(self.owner.post(path + "/publish").json["status"], "published")
        self.assert_problem(self.owner.post(path + "/publish"), 409, "status_change_not_allowed")
        self.assertEqual(self.owner.post(path + "/cancel").json["status"], "cancelled")
        self.assert_problem(self.owner.post(path + "/cancel"), 409, "status_change_not_allowed")
        self.assert_problem(self.owner.post(path + "/publish"), 409, "status_change_not_allowed")

    def test_deleted_is_gone(self):
        event, etag = self.new_event(self.owner)
        path = f"/api/v1/events/{event['id']}"
        answer = self.owner.delete(path, if_match=etag)
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assert_problem(self.owner.get(path), 404, "not_found")

    def test_permissions_of_role_and_ownership(self):
        """Each row: caller, create, read a draft, change someone's published event."""
        draft, _ = self.new_event(self.owner)
        shown, _ = self.new_event(self.owner, publish=True)
        table = [(self.client(), 401, 404, 401), (self.user, 403, 404, 403), (self.other, 201, 404, 403),
                 (self.owner, 201, 200, 200), (self.admin, 201, 200, 200)]
        for caller, create, read, change in table:
            etag = self.owner.get(f"/api/v1/events/{shown['id']}").headers["ETag"]
            self.assertEqual(caller.post("/api/v1/events", event_draft()).status, create)
            self.assertEqual(caller.get(f"/api/v1/events/{draft['id']}").status, read)
            answer = caller.patch(f"/api/v1/events/{shown['id']}", {"title": f"By {id(caller)}"}, if_match=etag)
            self.assertEqual(answer.status, change, answer)

    def test_publish_cancel_and_delete_are_refused_like_a_change(self):
        event, _ = self.new_event(self.owner, publish=True)
        path = f"/api/v1/events/{event['id']}"
        etag = self.owner.get(path).headers["ETag"]
        for caller, status in ((self.client(), 401), (self.user, 403), (self.other, 403)):
            self.assertEqual(caller.post(path + "/publish").status, status)
            self.assertEqual(caller.post(path + "/cancel").status, status)
            self.assertEqual(caller.delete(path, if_match=etag).status, status)

    def test_malformed_ids_are_not_found(self):
        self.assertEqual(self.owner.get("/api/v1/events/not-a-uuid").status, 404)


class JsonContent(ApiCase):
    def setUp(self):
        self.owner = self.signed_in("organiser")

    def post(self, text):
        return self.owner.post("/api/v1/events", text, content_type="application/json")

    def test_unreadable_content_is_400_with_the_place(self):
        good = json.dumps(event_draft())
        cases = [(b'{"title": "\xff"}', "malformed_json"), ("{", "malformed_json"), ("", "malformed_json"),
                 (good[:-1] + ',"title":"again"}', "duplicate_member"),
                 ('{"a":' + "[" * 40 + "]" * 40 + "}", "json_too_deep")]
        for text, code in cases:
            self.assert_problem(self.post(text), 400, code)

    def test_wrong_types_and_numbers_name_the_field(self):
        for field, value in (("capacity", "many"), ("capacity", 1.5), ("title", 7), ("tags", "music"),
                             ("starts_at", "tomorrow"), ("venue", [])):
            problem = self.assert_problem(self.post(json.dumps(event_draft(**{field: value}))), 422,
                                          "validation_failed")
            self.assertIn(f"/{field}", [fault["pointer"] for fault in problem["errors"]])

    def test_number_that_no_machine_holds_is_refused(self):
        text = json.dumps(event_draft()).replace('"capacity": 500', '"capacity": 1e999')
        self.assertIn(self.post(text).status, (400, 422))

    def test_other_media_types_are_refused(self):
        answer = self.owner.post("/api/v1/events", "title=x", content_type="application/x-www-form-urlencoded")
        self.assert_problem(answer, 415, "unsupported_media_type")
        answer = self.owner.get("/api/v1/events", accept="text/csv")
        self.assert_problem(answer, 406, "not_acceptable")


if __name__ == "__main__":
    unittest.main(verbosity=1)
