"""Schemas: what is checked, what is refused, and that no schema or pattern can run away."""

from __future__ import annotations

import re
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.json_object import JsonTask
from stepcache_lc.tasks.json_object.patterns import PatternRefused, compile_pattern
from stepcache_lc.tasks.json_object.schemas import SchemaRefused, admit, compiled

TASK = JsonTask()


def obj(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def kinds(schema: dict[str, Any], text: str) -> set[str]:
    constraints = TASK.read(Request("Extract it.", schema=schema))
    assert constraints is not None
    steps = TASK.segment(text, constraints)
    return {verdict.kind for verdict in TASK.verify(steps, constraints)}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string"}, '"x"', "5"),
        ({"type": "integer"}, "5", "5.5"),
        ({"enum": ["a", "b"]}, '"a"', '"A"'),
        ({"const": 5}, "5", "6"),
        ({"type": "string", "minLength": 2, "maxLength": 3}, '"xy"', '"wxyz"'),
        ({"type": "number", "exclusiveMinimum": 0, "multipleOf": 5}, "10", "7"),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 1}, "[1]", '["1"]'),
        ({"type": "array", "uniqueItems": True}, "[1, 2]", "[1, 1.0]"),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, '["x"]', '["x", 1]'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "null", "5"),
        ({"type": "string", "pattern": "^[A-Z]{2}-\\d+$"}, '"AB-12"', '"ab-12"'),
        (
            {"type": "object", "patternProperties": {"^x": {"type": "integer"}}, "additionalProperties": False},
            '{"x1": 1}',
            '{"y": 1}',
        ),
        ({"type": "string", "format": "date"}, '"2024-02-29"', '"2023-02-29"'),
        ({"type": "string", "format": "date-time"}, '"2024-02-29T10:00:00Z"', '"2024-02-29 10:00"'),
        ({"type": "string", "format": "time"}, '"10:00:00"', '"25:00:00"'),
        ({"type": "string", "format": "email"}, '"a.b@c.org"', '"a.b@c"'),
        ({"type": "string", "format": "uuid"}, '"123e4567-e89b-12d3-a456-426614174000"', '"123"'),
        ({"type": "string", "format": "ipv4"}, '"10.0.0.1"', '"10.0.0.256"'),
        ({"type": "string", "format": "ipv6"}, '"::1"', '":::1"'),
        ({"type": "string", "format": "uri"}, '"https://a.org/b?c=d"', '"not a uri"'),
        ({"type": "string", "format": "hostname"}, '"a.org"', '"-a.org"'),
        ({"type": "string", "format": "duration"}, '"P1DT2H"', '"1 day"'),
        ({"type": "object", "dependentRequired": {"x": ["y"]}}, '{"x": 1, "y": 2}', '{"x": 1}'),
        ({"if": {"const": 1}, "then": {"const": 1}, "else": {"type": "string"}}, "1", "2"),
    ],
)
def test_keywords(schema: dict[str, Any], good: str, bad: str) -> None:
    assert "fail" not in kinds(obj(a=schema), f'{{"a": {good}}}')
    assert "pass" in kinds(obj(a=schema), f'{{"a": {good}}}')
    assert "fail" in kinds(obj(a=schema), f'{{"a": {bad}}}')


def test_local_references_are_followed() -> None:
    schema = {
        **obj(a={"$ref": "#/$defs/p"}),
        "$defs": {"p": {"type": "array", "items": {"$ref": "#/$defs/q"}}, "q": {"type": "integer"}},
    }
    assert kinds(schema, '{"a": [1, 2]}') == {"pass", "neutral"}
    assert "fail" in kinds(schema, '{"a": [1, "2"]}')
    tree = {
        **obj(a={"$ref": "#/$defs/t"}),
        "$defs": {"t": {"type": "object", "properties": {"t": {"$ref": "#/$defs/t"}, "v": {"type": "integer"}}}},
    }
    assert "fail" not in kinds(tree, '{"a": {"t": {"t": {"v": 1}}}}')
    assert "fail" in kinds(tree, '{"a": {"t": {"t": {"v": "1"}}}}')


@pytest.mark.parametrize(
    "sub",
    [
        {"$ref": "https://example.org/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"$ref": "other.json#/a"},
        {"$ref": "#/$defs/nowhere"},
        {"$ref": "#anchor"},
        {"$ref": 5},
        {"$dynamicRef": "#x"},
        {"unevaluatedProperties": False},
        {"$id": "https://example.org/", "$ref": "#/x"},
        {"pattern": "(a)\\1"},
        {"pattern": "(?=a)"},
        {"pattern": "a{1000000}"},
        {"pattern": "("},
        {"type": "nonsense"},
        {"minLength": "3"},
        {"properties": []},
        "no schema",
    ],
)
def test_what_cannot_be_followed_is_unknown(sub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("a schema was fetched")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    assert kinds(obj(a=sub), '{"a": 1}') == {"unknown"}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
        {"allOf": [{"anyOf": [{"$ref": "#"}]}]},
        {"type": "object", "properties": {"a": {"enum": [float("nan")]}}},
    ],
)
def test_endless_schemas_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaRefused):
        admit(schema)


def test_deep_and_large_schemas_are_refused() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    with pytest.raises(SchemaRefused):
        admit(deep)
    with pytest.raises(SchemaRefused):
        admit(obj(**{f"k{number}": {"type": "string"} for number in range(6_000)}))


def test_checks_are_counted() -> None:
    # Each level asks twice about the next one: 2^40 checks if they were not counted.
    fork = {"anyOf": [{"type": "object", "properties": {"a": {"$ref": "#/$defs/f"}}, "required": ["b"]}] * 2}
    schema = {**obj(a={"$ref": "#/$defs/f"}), "$defs": {"f": fork}}
    value = '{"a": ' * 40 + "1" + "}" * 40
    assert kinds(schema, value) == {"unknown"}


def test_validators_are_compiled_once() -> None:
    text = admit(obj(a={"type": "string"}))
    assert compiled(text) is compiled(
        admit({"$schema": "https://json-schema.org/draft/2020-12/schema", **obj(a={"type": "string"})})
    )


ATOMS = ["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "(a|b)", "(?:ab)", "^", "$", "c", "(a|)", "[a-c0-3]", r"\."]
REPEATS = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "*?", "|"]


@given(
    st.lists(st.tuples(st.sampled_from(ATOMS), st.sampled_from(REPEATS)), max_size=5), st.text("abc01.\n", max_size=7)
)
@settings(max_examples=1500)
def test_patterns_match_as_re_does(parts: list[tuple[str, str]], text: str) -> None:
    pattern = "".join(atom + repeat for atom, repeat in parts)
    try:
        mine = compile_pattern(pattern)
    except PatternRefused:
        return
    theirs = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    assert mine.search(text) == bool(theirs.search(text))


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a*)*b", "(.*)*x", "^(a|aa)+$", "(x+x+)+y"])
def test_catastrophic_patterns_run_in_linear_time(pattern: str) -> None:
    assert compile_pattern(pattern).search("a" * 3_000 + "!") in (True, False)


@pytest.mark.parametrize(
    "pattern",
    [
        "((a{500}){500}){500}",
        "(" * 100 + ")" * 100,
        "a" * 2000,
        "a**",
        "(?P<x>a)",
        r"\p{L}",
        "[z-a]",
        "[a",
        "{2}",
        r"\k",
    ],
)
def test_patterns_that_cannot_be_run_are_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)
