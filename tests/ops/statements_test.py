#!/usr/bin/python3
"""SQL stands in files (decision 57): what cmake/embed_sql.cmake makes of them, what it refuses, and that no C++ has a Query of its
own beside them."""

import re
import subprocess
import tempfile
from pathlib import Path

from cpp_scanner import LITERAL_OR_COMMENT
from repository import ROOT, RepositoryTest, files_of, main, text_of

# The fields that only a file gives a query. The lists of events are composed: one statement for each shape.
FIELDS = re.compile(r"\.(sql|statement) = ")
COMPOSED = {"server/storage/event_list_query.cpp"}
GOOD = {
    "notes/columns.part.sql": "id,\ntext\n",
    "notes/find.sql": "-- query: SELECT read\n-- What readers want.\nSELECT {{columns}}\n  FROM notes\nWHERE id = $1\n",
    "notes/lock.sql": "-- query: SELECT write unprepared as notes.find\nSELECT {{columns of notes}} FROM notes WHERE id = $1 FOR UPDATE\n",
    "pages/list.sql": "-- query: SELECT slow\nSELECT {{notes/columns}} FROM (\n  SELECT FROM notes) AS page\n",
}


def embedded(files: dict[str, str]) -> tuple[str, str]:
    """The text of all headers, and what was said against the files."""
    with tempfile.TemporaryDirectory() as directory:
        for name, text in files.items():
            path = Path(directory, "sql", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        ran = subprocess.run(["cmake", f"-DDIRECTORY={directory}/sql", f"-DOUTPUT={directory}/out", "-P", ROOT / "cmake/embed_sql.cmake"],
                             capture_output=True, text=True)
        headers = sorted(Path(directory, "out").glob("*.hpp"))
        return "".join(header.read_text() for header in headers), " ".join(ran.stderr.split()) if ran.returncode else ""


def faults_of(name: str, text: str) -> list[str]:
    code = LITERAL_OR_COMMENT.sub('""', text)
    return [f"{name}: a query with .{field} beside the files of server/storage/sql" for field in FIELDS.findall(code)]


class Statements(RepositoryTest):
    def test_stand_in_files_alone(self):
        faults = []
        for name in set(files_of(".cpp", ".hpp", under=("server/",))) - COMPOSED:
            faults += faults_of(name, text_of(name))
        self.assert_none(faults)

    def test_catches_a_planted_one(self):
        self.assert_caught(faults_of("a.cpp", 'Query a{.name = "a.b", .sql = "SELECT 1"};'), ".sql")
        self.assert_caught(faults_of("a.cpp", "query.statement = 7;"), ".statement")
        self.assertEqual(faults_of("a.cpp", 'log("x.sql = 1"); // .sql = 2\n'), [])

    def test_are_embedded_with_their_parts_on_one_line(self):
        headers, said = embedded(GOOD)
        self.assertEqual(said, "")
        for part in ['.name = "notes.find",\n    .sql = R"sql(SELECT id, text FROM notes WHERE id = $1)sql",\n    .operation = "SELECT",\n    '
                     ".is_read = true,\n    .statement = 1}",
                     '.name = "notes.find",\n    .sql = R"sql(SELECT notes.id, notes.text FROM notes WHERE id = $1 FOR UPDATE)sql"',
                     ".lane = Lane::kWrite,\n    .statement = 0}",
                     'R"sql(SELECT id, text FROM (SELECT FROM notes) AS page)sql"', ".lane = Lane::kSlow, .is_read = true,\n    .statement = 3}",
                     "inline constexpr int kText = 1;", "    &notes::kFind,\n    &notes::kLock,\n    &pages::kList,\n"]:
            self.assertIn(part, headers)

    def test_are_refused_with_the_name_of_the_file(self):
        for name, text, reason in [
                ("notes/find.sql", "SELECT 1\n", "notes/find.sql: does not begin with `-- query: COMMAND"),
                ("notes/find.sql", "-- query: SELECT somewhere\nSELECT 1\n", "notes/find.sql: does not begin with `-- query: COMMAND"),
                ("notes/find.sql", "-- query: SELECT read\n-- Nothing.\n", "notes/find.sql: says nothing"),
                ("notes/find.sql", "-- query: SELECT read\nSELECT {{rows}} FROM notes\n", "notes/find.sql: there is no notes/rows.part.sql"),
                ("notes/find.sql", "-- query: SELECT read\nSELECT {columns} FROM notes\n", "notes/find.sql: a brace that is not"),
                ("notes/lock.sql", "-- query: SELECT read as notes.look\nSELECT 1\n", "`as notes.look`: there is no such query"),
                ("notes/columns.part.sql", "id, {{columns}}\n", "notes/columns.part.sql: is no list of columns"),
                ("notes/text.part.sql", "{{columns}}\n", "notes/text.part.sql: a part has no parts"),
                ("notes/Find.sql", "-- query: SELECT read\nSELECT 1\n", "notes/Find.sql is not named"),
                ("find.sql", "-- query: SELECT read\nSELECT 1\n", "find.sql is not named")]:
            files = GOOD | {name: text}
            if name == "notes/text.part.sql":
                files["notes/all.sql"] = "-- query: SELECT read\nSELECT {{text}} FROM notes\n"
            self.assertIn(reason, embedded(files)[1])


if __name__ == "__main__":
    main()
