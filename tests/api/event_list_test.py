#!/usr/bin/python3
"""The list of events: filters, order, pages that stay correct while rows are inserted."""

import pathlib
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase  # noqa: E402


class EventList(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        maker = cls("list_ids")
        cls.first, cls.second = maker.signed_in("organiser"), maker.signed_in("organiser")
        for number in range(45):
            owner = cls.first if number % 3 else cls.second
            maker.new_event(owner, publish=number % 9 != 0, title=f"Concert {number}",
                            category="concert" if number % 2 else "talk",
                            tags=["even" if number % 2 == 0 else "odd", f"n{number}"],
                            starts_at=f"2027-03-{number % 28 + 1:02}T10:00:00Z",
                            ends_at="2027-12-31T10:00:00Z")
        cls.addClassCleanup(maker.doCleanups)

    def list_ids(self, client=None, **parameters):
        """The ids of all pages, following next_cursor."""
        ids, cursor = [], None
        while True:
            query = {k: v for k, v in (parameters | {"cursor": cursor}).items() if v is not None}
            answer = (client or self.client()).get("/api/v1/events?" + urllib.parse.urlencode(query, doseq=True))
            self.assertEqual(answer.status, 200, answer)
            ids += [event["id"] for event in answer.json["items"]]
            cursor = answer.json["next_cursor"]
            if cursor is None:
                return ids

    def items(self, client=None, **parameters):
        query = urllib.parse.urlencode(parameters | {"limit": 100}, doseq=True)
        return (client or self.client()).get(f"/api/v1/events?{query}").json["items"]

    def test_drafts_are_seen_by_owner_and_administrator_only(self):
        self.assertEqual(len(self.list_ids()), 40)
        self.assertEqual(len(self.list_ids(self.first)), 40)  # every ninth is of the second owner
        self.assertEqual(len(self.list_ids(self.second)), 45)
        self.assertEqual(len(self.list_ids(self.signed_in("administrator"))), 45)
        self.assertEqual(self.items(status="draft"), [])

    def test_filters_agree_with_the_documents(self):
        cases = [({"owner": self.first.account_id}, lambda e: e["owner_id"] == self.first.account_id),
                 ({"status": "published"}, lambda e: e["status"] == "published"),
                 ({"category": "talk"}, lambda e: e["category"] == "talk"),
                 ({"tag": ["odd", "n5"]}, lambda e: {"odd", "n5"} <= set(e["tags"])),
                 ({"starts_after": "2027-03-10T00:00:00Z", "starts_before": "2027-03-20T00:00:00Z"},
                  lambda e: "2027-03-10" <= e["starts_at"] < "2027-03-20"),
                 ({"owner": self.second.account_id, "category": "talk", "tag": "even"},
                  lambda e: e["owner_id"] == self.second.account_id and e["category"] == "talk")]
        everything = self.items()
        for parameters, holds in cases:
            expected = {event["id"] for event in everything if holds(event)}
            self.assertEqual({event["id"] for event in self.items(**parameters)}, expected, parameters)
            self.assertTrue(expected, parameters)

    def test_full_text_finds_words_of_the_title(self):
        self.assertEqual([event["title"] for event in self.items(q="concert 7")], ["Concert 7"])

    def test_sort_orders(self):
        for sort, key in (("starts_at", "starts_at"), ("created_at", "created_at")):
            forward = [event[key] for event in self.items(sort=sort)]
            self.assertEqual(forward, sorted(forward))
            backward = [event[key] for event in self.items(sort="-" + sort)]
            self.assertEqual(backward, sorted(backward, reverse=True))

    def test_pages_neither_repeat_nor_lose_rows_for_any_order(self):
        for sort in ("starts_at", "-starts_at", "created_at", "-created_at"):
            ids = self.list_ids(sort=sort, limit=7)
            self.assertEqual(len(ids), len(set(ids)))
            self.assertEqual(ids, [event["id"] for event in self.items(sort=sort)])

    def test_pages_stay_correct_while_rows_are_inserted(self):
        mark = "while-inserting"
        for day in range(1, 11):
            self.new_event(self.first, publish=True, tags=[mark], starts_at=f"2028-01-{day:02}T10:00:00Z",
                           ends_at="2028-12-31T10:00:00Z")
        before = [event["id"] for event in self.items(tag=mark)]
        first = self.client().get(f"/api/v1/events?tag={mark}&limit=4").json
        for _ in range(3):  # all before the page's end
            self.new_event(self.first, publish=True, tags=[mark], starts_at="2028-01-01T00:00:00Z",
                           ends_at="2028-12-31T10:00:00Z")
        seen = [event["id"] for event in first["items"]]
        cursor = first["next_cursor"]
        while cursor:
            page = self.client().get(f"/api/v1/events?tag={mark}&limit=4&cursor={cursor}").json
            seen += [event["id"] for event in page["items"]]
            cursor = page["next_cursor"]
        self.assertEqual(seen, before)

    def test_link_header_leads_to_the_next_page(self):
        answer = self.client().get("/api/v1/events?limit=5&category=talk")
        link = answer.headers["Link"]
        self.assertRegex(link, r'^<[^>]+>; rel="next"$')
        following = self.client().get(urllib.parse.urlsplit(link[1:link.index(">")])._replace(
            scheme="", netloc="").geturl())
        self.assertEqual(following.status, 200)
        first = {event["id"] for event in answer.json["items"]}
        self.assertFalse(first & {event["id"] for event in following.json["items"]})

    def test_cursor_is_refused_when_tampered_with_or_used_elsewhere(self):
        cursor = self.client().get("/api/v1/events?limit=5").json["next_cursor"]
        flipped = ("A" if cursor[3] != "A" else "B").join((cursor[:3], cursor[4:]))
        for path in (f"?limit=5&cursor={flipped}", f"?limit=5&cursor={cursor}&category=talk", "?cursor=x",
                     f"?limit=5&cursor={cursor[:-4]}"):
            self.assert_problem(self.client().get("/api/v1/events" + path), 400, "invalid_cursor")

    def test_parameters_out_of_bounds_are_named(self):
        for query, pointer in (("limit=0", "?limit"), ("limit=101", "?limit"), ("sort=title", "?sort"),
                               ("owner=me", "?owner"), ("status=lost", "?status"),
                               ("starts_after=monday", "?starts_after"), ("colour=red", "?colour")):
            answer = self.client().get("/api/v1/events?" + query)
            self.assertIn(answer.status, (400, 422), query)
            self.assertIn(pointer, [fault["pointer"] for fault in answer.json["errors"]], query)


if __name__ == "__main__":
    unittest.main(verbosity=1)
