#!/usr/bin/python3
"""Texts as people type them: one form of each, nothing invisible, nothing that turns what stands behind it.

Judges: Python's unicodedata for forms (UAX 15), perl's lists of Unicode's properties for what is blank (UAX 44)."""

import pathlib
import subprocess
import sys
import unicodedata
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "harness"))

from api_case import ApiCase, PASSWORD, unittest, uuid  # noqa: E402

#: Invisible without being ignorable or white space: two signs whose picture is empty, and formats of the annotation.
EMPTY_SIGNS = [0x2800, 0x1D159, 0xFFF9, 0xFFFA, 0xFFFB]
TURNS = [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]
#: Composed and decomposed, in a script each; the last two are a Korean syllable and marks in another order.
FORMS = ["Caf\u00e9", "\u00c5ngstr\u00f6m", "Vi\u1ec7t Nam", "\u0439\u043e\u0433\u0430", "\u304c\u304e\u3050", "\ud55c\uad6d\uc5b4",
         "q\u0323\u0307"]


def property_list(name):
    """Code points with a property of Unicode, by perl's tables."""
    program = f"no warnings; print join ' ', grep {{ chr($_) =~ /\\p{{{name}}}/ }} 0 .. 0x10FFFF"
    listed = subprocess.run(["perl", "-e", program], capture_output=True, text=True, check=True)
    return [int(number) for number in listed.stdout.split()]


def thinned(numbers):
    """The first and the last of each row of neighbours, and some between."""
    known = set(numbers)
    return [n for n in numbers if n - 1 not in known or n + 1 not in known or n % 97 == 0]


class Text(ApiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("fields")
        cls.organiser = case.signed_in("organiser")
        case.doCleanups()

    def titled(self, title, **changes):
        return self.organiser.post("/api/v1/events", self.draft(title=title, **changes))

    @staticmethod
    def draft(**changes):
        from api_case import event_draft
        return event_draft(**changes)

    def fields(self, text):
        """Each request that stores `text` as a line, with the pointer to it."""
        return (
            ("/title", lambda: self.titled(text)),
            ("/tags/0", lambda: self.organiser.post("/api/v1/events", self.draft(tags=[text]))),
            ("/venue/name", lambda: self.organiser.post("/api/v1/events", self.draft(
                venue={"name": text, "latitude": 1, "longitude": 2}))),
            ("/file_name", lambda: self.organiser.post("/api/v1/media", {"file_name": text, "type": "image/png", "bytes": 9})),
            ("/display_name", lambda: self.client().post("/api/v1/accounts", {
                "email": f"{uuid.uuid4().hex}@example.org", "display_name": text, "password": PASSWORD})))

    def assert_refused(self, answer, pointer, message):
        problem = self.assert_problem(answer, 422, "validation_failed")
        self.assertIn({"pointer": pointer, "message": message}, problem["errors"])

    def test_what_nobody_sees_is_blank(self):
        for text in ("\u00a0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u3164", "\u2800", " \u00a0\u200b\u2028", "\u180e", "\u2060"):
            for pointer, send in self.fields(text):
                with self.subTest(pointer, text=ascii(text)):
                    self.assert_refused(send(), pointer, "must not be blank")
            for name in "q", "tag":
                answer = self.organiser.get(f"/api/v1/events?{name}=" + urllib.parse.quote(text))
                self.assert_refused(answer, "?" + name, "must not be blank")

    def test_blank_is_what_the_properties_of_unicode_say(self):
        invisible = thinned(property_list("Default_Ignorable_Code_Point")) + property_list("White_Space") + EMPTY_SIGNS
        self.assertGreater(len(invisible), 100)
        for number in invisible:
            with self.subTest(hex(number)):
                self.assert_refused(self.titled(chr(number) * 3), "/title", "must not be blank")
                self.assertIn(self.titled("a" + chr(number) + "b").status, (201, 422))

    def test_what_is_seen_is_not_blank(self):
        for text in ("a", "\u200ba", "\u0600", "\u2801", "\u00ad-", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u05d0\u200f", "\u0301",
                     "\ue000"):
            for pointer, send in self.fields(text):
                with self.subTest(pointer, text=ascii(text)):
                    self.assertEqual(send().status, 201)

    def test_every_form_is_stored_composed(self):
        for text in FORMS:
            for form in "NFC", "NFD":
                written = unicodedata.normalize(form, text)
                wanted = unicodedata.normalize("NFC", text)
                event = self.titled(written, description=written, tags=[written], venue={
                    "name": written, "address": written, "latitude": 1, "longitude": 2}).json
                self.assertEqual((event["title"], event["description"], event["tags"], event["venue"]["name"], event["venue"]["address"]),
                                 (wanted, wanted, [wanted], wanted, wanted))
                changed = self.organiser.patch(f"/api/v1/events/{event['id']}", {"title": written + "!"}, if_match="*").json
                self.assertEqual(changed["title"], wanted + "!")
                for pointer, send in self.fields(written)[3:]:
                    self.assertEqual(send().json[pointer[1:]], wanted)

    def test_either_form_finds_both(self):
        for place, text in enumerate(FORMS):
            mark = f"form{place}"
            ids = {self.titled(unicodedata.normalize(form, text), category=mark, tags=[unicodedata.normalize(form, text)]).json["id"]
                   for form in ("NFC", "NFD")}
            for form in "NFC", "NFD":
                for name in "q", "tag":
                    query = urllib.parse.urlencode({"category": mark, name: unicodedata.normalize(form, text)})
                    found = self.organiser.get("/api/v1/events?" + query).json["items"]
                    self.assertEqual({event["id"] for event in found}, ids, (text, form, name))

    def test_two_forms_of_a_tag_are_one(self):
        self.assert_refused(self.titled("Two", tags=["Caf\u00e9", "Cafe\u0301"]), "/tags/1", "must be unique")

    def test_characters_are_counted_composed(self):
        self.assertEqual(self.titled("e\u0301" * 200).json["title"], "\u00e9" * 200)
        self.assert_refused(self.titled("\u00e9" * 201), "/title", "must have at most 200 characters")
        self.assertEqual(self.titled("\U0001d11e" * 200).status, 201)

    def test_a_text_cannot_turn_what_stands_behind_it(self):
        for number in TURNS:
            with self.subTest(hex(number)):
                for pointer, send in self.fields(f"a{chr(number)}gpj.exe"):
                    message = ("must not contain controls of direction (U+202A to U+202E, U+2066 to U+2069)" if pointer == "/file_name"
                               else "must close each control of direction in the line that opens it")
                    self.assert_refused(send(), pointer, message)
        for text in ("\u2067\u05e9\u05dc\u05d5\u05dd\u2069!", "a\u202bb\u2066c\u2069\u202cd", "\u2068\u2068x\u2069\u2069"):
            for pointer, send in self.fields(text):
                with self.subTest(pointer, text=ascii(text)):
                    self.assertEqual(send().status, 422 if pointer == "/file_name" else 201)
        for text in ("\u2067a\u202c", "\u202ba\u2069", "\u202b\u2066a\u202c\u2069", "\u2066" * 65 + "\u2069" * 64, "a\u2069"):
            self.assertEqual(self.titled(text).status, 422, ascii(text))
        # A description has lines, and a control ends with its own.
        self.assertEqual(self.titled("x", description="\u2067a\u2069\nb").status, 201)
        self.assertEqual(self.titled("x", description="\u2067a\nb\u2069").status, 422)

    def test_what_is_no_character_is_refused(self):
        for number in (0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF):
            for pointer, send in self.fields(f"a{chr(number)}b"):
                with self.subTest(pointer, number=hex(number)):
                    self.assert_refused(send(), pointer, "must not contain noncharacters")
        for number in (0, 1, 0x1B, 0x7F, 0x85, 0x9F):
            self.assert_refused(self.titled(f"a{chr(number)}b"), "/title", "must not contain control characters")
        for escape in (r"\ud800", r"\udfff", r"\ud800\u0041", r"\udc00\ud800", r"\ud83d\ud83d\ude00"):
            body = '{"title":"a' + escape + '"}'
            answer = self.organiser.request("POST", "/api/v1/events", body, {"Content-Type": "application/json"})
            self.assert_problem(answer, 400, "malformed_json")
        self.assertEqual(self.titled("\U0001f600").json["title"], "\U0001f600")

    def test_marks_are_not_piled_up(self):
        self.assertEqual(self.titled("a" + "\u0323" * 30).status, 201)
        self.assert_refused(self.titled("a" + "\u0301\u0323" * 16), "/title", "must not have more than 30 marks on one character")
        # Reordering these would cost the square of their number.
        answer = self.titled("a" + "\u0301\u0323" * 10000)
        self.assertEqual(answer.status, 422)

    def test_a_password_is_compared_byte_for_byte(self):
        email = f"{uuid.uuid4().hex}@example.org"
        secret = "correct horse caf\u00e9"
        made = self.client().post("/api/v1/accounts", {"email": email, "display_name": "A", "password": secret})
        self.assertEqual(made.status, 201, made)
        self.login(email, secret)

    def test_rows_of_older_versions_are_found(self):
        event, tag = self.new_event(self.organiser, publish=True, title="Plain", tags=["old"], category="older")
        self.postgres.psql(f"update events set title = U&'Cre\\0301pe', tags = array[U&'Cafe\\0301', U&'Caf\\00e9', 'x'] where id = '{event['id']}'")
        self.postgres.psql("delete from schema_migrations where version = 9")
        self.vigie.run("migrate", "up")
        found = self.client().get("/api/v1/events?category=older&q=" + urllib.parse.quote("Cr\u00e9pe")).json["items"]
        self.assertEqual([(item["title"], item["tags"]) for item in found], [("Cr\u00e9pe", ["Caf\u00e9", "x"])])
        self.assertNotEqual(f'"{found[0]["version"]}"', tag)
        version = found[0]["version"]
        self.postgres.psql("delete from schema_migrations where version = 9")
        self.vigie.run("migrate", "up")
        self.assertEqual(self.client().get(f"/api/v1/events/{event['id']}").json["version"], version)


if __name__ == "__main__":
    unittest.main()
