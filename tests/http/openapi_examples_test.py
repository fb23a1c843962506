#!/usr/bin/python3
"""Every example of the API description is valid by its schema, and every schema by JSON Schema 2020-12."""

import json
import pathlib
import sys
import unittest

try:
    import jsonschema
except ImportError:
    print("SKIPPED: python3-jsonschema is not installed")
    sys.exit(77)

DESCRIPTION = pathlib.Path(__file__).with_name("openapi.golden.json")


def resolved(description, node):
    """What a reference to a component refers to; anything else itself."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    return description["components"][kind][name]


def media_types(node):
    """Every object below `node` that has a schema."""
    if isinstance(node, dict):
        if "schema" in node:
            yield node
        for child in node.values():
            yield from media_types(child)
    elif isinstance(node, list):
        for child in node:
            yield from media_types(child)


def examples_of(description, media_type):
    if "example" in media_type:
        yield media_type["example"]
    for example in media_type.get("examples", {}).values():
        yield resolved(description, example)["value"]


def faults_of(description, schema, value):
    with_components = {"allOf": [schema], "components": description["components"]}
    validator = jsonschema.Draft202012Validator(
        with_components, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


class Examples(unittest.TestCase):
    def setUp(self):
        self.description = json.loads(DESCRIPTION.read_text())

    def test_each_is_valid(self):
        count = 0
        for media_type in media_types([self.description["paths"], self.description["components"]["responses"]]):
            for example in examples_of(self.description, media_type):
                count += 1
                faults = faults_of(self.description, media_type["schema"], example)
                self.assertEqual(faults, [], json.dumps(example))
        self.assertGreater(count, 100)

    def test_catches_a_planted_fault(self):
        event = {"$ref": "#/components/schemas/NewEvent"}
        example = self.description["paths"]["/api/v1/events"]["post"]["requestBody"]["content"]["application/json"]["example"]
        self.assertEqual(faults_of(self.description, event, example), [])
        self.assertNotEqual(faults_of(self.description, event, {**example, "capacity": 0}), [])
        self.assertNotEqual(faults_of(self.description, event, {**example, "colour": "red"}), [])
        planted = {**example, "venue": {**example["venue"], "planet": "Mars"}}
        self.assertNotEqual(faults_of(self.description, event, planted), [])

    def test_every_content_has_an_example_or_is_bytes(self):
        for path, item in self.description["paths"].items():
            for method, operation in item.items():
                for media_type in media_types(operation.get("requestBody", {})):
                    is_binary = media_type["schema"].get("format") == "binary"
                    self.assertNotEqual(is_binary, "example" in media_type, f"{method} {path}")

    def test_every_content_has_a_schema(self):
        """Without one, generators of clients say `unknown`."""
        for path, item in self.description["paths"].items():
            for method, operation in item.items():
                for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
                    for name, media_type in resolved(self.description, part).get("content", {}).items():
                        self.assertTrue(media_type.get("schema"), f"{method} {path} {name}")

    def test_schemas_are_valid(self):
        for name, schema in self.description["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)


if __name__ == "__main__":
    unittest.main(verbosity=2)
