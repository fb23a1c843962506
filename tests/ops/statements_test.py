#!/usr/bin/python3
"""A prepared statement is known on a connection by the id of its query's name: two texts with one id would run each other."""

import re

from cpp_scanner import LITERAL_OR_COMMENT
from repository import RepositoryTest, files_of, main, text_of

# The designated initialisers of one Query, which have no brace of their own between these two.
QUERY = re.compile(r"\.name = (QueryName::\w+)([^{};]*?)\.statement = ([^,}]+)")
STATEMENT = re.compile(r"\.statement = ")


def without_texts(text: str) -> str:
    return LITERAL_OR_COMMENT.sub('""', text)


def faults_of(name: str, text: str) -> list[str]:
    code = without_texts(text)
    found = QUERY.findall(code)
    faults = [f"{name}: {query} has the statement of another: {statement.strip()}" for query, _, statement in found
              if statement.strip() != f"statement_of({query})"]
    if len(STATEMENT.findall(code)) != len(found):
        faults.append(f"{name}: a .statement that does not stand behind the .name of its query")
    return faults


class Statements(RepositoryTest):
    def test_each_has_the_id_of_its_name(self):
        faults, count = [], 0
        for name in files_of(".cpp", ".hpp", under=("server/storage/",)):
            if name == "server/storage/event_list_query.cpp":
                continue  # its ids are computed, one for each shape of a list, from above those of the names
            faults += faults_of(name, text_of(name))
            count += len(STATEMENT.findall(without_texts(text_of(name))))
        self.assertGreater(count, 30)
        self.assert_none(faults)

    def test_catches_planted_ones(self):
        good = 'Query a{.name = QueryName::kA, .sql = "SELECT {1}", .statement = statement_of(QueryName::kA)};'
        self.assertEqual(faults_of("a.cpp", good), [])
        self.assertEqual(len(faults_of("a.cpp", good.replace("of(QueryName::kA", "of(QueryName::kB"))), 1)
        self.assertEqual(len(faults_of("a.cpp", good.replace("statement_of(QueryName::kA)", "1"))), 1)
        self.assertEqual(len(faults_of("a.cpp", good + " q.statement = 1;")), 1)


if __name__ == "__main__":
    main()
