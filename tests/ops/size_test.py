#!/usr/bin/python3
"""Files of at most 400 lines; functions of at most 60 lines, 5 parameters and 3 levels (CONTRIBUTING.md)."""

import ast

from cpp_scanner import functions
from repository import RepositoryTest, files_of, main, text_of

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
PARAMETERS_MAX = 5
NESTING_MAX = 3

GENERATED = ("grafana/dashboards/", "tests/ops/catalogue.golden.json")


def file_faults(name: str, text: str) -> list[str]:
    count = len(text.splitlines())
    return [f"{name}: {count} lines, at most {FILE_LINES_MAX}"] if count > FILE_LINES_MAX else []


def cpp_faults(name: str, text: str) -> list[str]:
    faults = []
    for function in functions(text):
        where = f"{name}:{function.line}: {function.name}"
        if function.line_count > FUNCTION_LINES_MAX and not function.is_table:
            faults.append(f"{where} has {function.line_count} lines, at most {FUNCTION_LINES_MAX}")
        if function.parameter_count > PARAMETERS_MAX:
            faults.append(f"{where} has {function.parameter_count} parameters, at most {PARAMETERS_MAX}")
        if function.nesting > NESTING_MAX:
            faults.append(f"{where} nests {function.nesting} deep, at most {NESTING_MAX}")
    return faults


def python_faults(name: str, text: str) -> list[str]:
    faults = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX:
            faults.append(f"{name}:{node.lineno}: {node.name} has over {FUNCTION_LINES_MAX} lines")
    return faults


class Size(RepositoryTest):
    def test_no_file_is_longer_than_its_limit(self):
        faults = []
        for name in files_of(".cpp", ".hpp", ".py", ".sh", ".sql", ".jsonnet", ".libsonnet", ".yaml", ".yml", ".txt", ".mjs"):
            if not name.startswith(GENERATED):
                faults += file_faults(name, text_of(name))
        self.assert_none(faults)

    def test_no_function_is_longer_than_its_limit(self):
        faults = []
        for name in files_of(".cpp", ".hpp"):
            faults += cpp_faults(name, text_of(name))
        for name in files_of(".py"):
            faults += python_faults(name, text_of(name))
        self.assert_none(faults)

    def test_catches_planted_functions(self):
        long_body = "  x();\n" * 60
        self.assert_caught(cpp_faults("a.cpp", f"namespace a {{\nvoid f() {{\n{long_body}}}\n}}\n"), "a.cpp:2: f has 62 lines")
        in_class = f"class A {{\n public:\n  A(int b) : b_(b), c_{{1}} {{\n{long_body}  }}\n}};\n"
        self.assert_caught(cpp_faults("a.hpp", in_class), "a.hpp:3: A has 62 lines")
        self.assert_caught(cpp_faults("a.cpp", "int f(int a, std::map<int, int> b, int c, int d, int e, int g) { return 1; }"),
                           "has 6 parameters")
        deep = "void f() {\n for (;;) {\n if (a) {\n while (b) {\n if (c) { d(); }\n}}}}\n"
        self.assert_caught(cpp_faults("a.cpp", deep), "nests 4 deep")
        self.assert_caught(file_faults("a.cpp", "\n" * 401), "401 lines")
        self.assert_caught(python_faults("a.py", "def f():\n" + "    x()\n" * 60), "f has over")

    def test_leaves_what_is_right_alone(self):
        tables = 'constexpr A kA[] = {\n' + "  {1, {2}},\n" * 80 + "};\nvoid f(int a) noexcept { b(\"{\", '}'); }\n"
        self.assertEqual(cpp_faults("a.cpp", tables), [])
        self.assertEqual([f.name for f in functions(tables)], ["f"])
        self.assertEqual(cpp_faults("a.cpp", "std::vector<A> a() {\n  return {\n" + "  {1, f(2)},\n" * 80 + "  };\n}\n"), [])
        braces = "Error e() {\n  return {.code = 1, .message = \"x\"};\n}\nint g() { return 1; }\n"
        self.assertEqual([f.name for f in functions(braces)], ["e", "g"])


if __name__ == "__main__":
    main()
