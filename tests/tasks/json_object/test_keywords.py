"""Keywords are held to the same values as by the library's own schema of schemas."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from stepcache_lc.tasks.json_object.keywords import misused

VALUES: list[Any] = [
    0,
    1,
    -1,
    1.5,
    2.0,
    True,
    "",
    "string",
    [],
    [1],
    ["a"],
    ["a", "a"],
    {},
    {"a": ["b"]},
    {"a": 1},
    None,
]
KEYWORDS = [
    *("type", "required", "enum", "minLength", "maxItems", "minimum", "multipleOf", "uniqueItems"),
    *("pattern", "title", "description", "examples", "dependentRequired", "exclusiveMaximum", "minContains"),
]


@pytest.mark.parametrize("keyword", KEYWORDS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_the_same_is_refused(keyword: str, value: Any) -> None:
    schema = {keyword: value}
    try:
        Draft202012Validator.check_schema(schema)
        valid = True
    except SchemaError:
        valid = False
    assert (misused(schema) is None) == valid


@pytest.mark.parametrize("value", [float("inf"), float("-inf")])
def test_what_is_no_number_of_things_is_refused(value: float) -> None:
    assert misused({"minLength": value}) == "minLength"
