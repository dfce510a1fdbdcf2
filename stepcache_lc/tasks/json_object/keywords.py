"""Which values the keywords of a JSON Schema (Draft 2020-12) may have.

The library's own check runs the schema of schemas over a schema, which takes a second for a large one; this is the
same in one pass. Subschemas are looked at one by one by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and (isinstance(value, int) or value.is_integer())


def _is_type(value: Any) -> bool:
    return value in _TYPES if isinstance(value, str) else _is_names(value) and bool(value) and _TYPES.issuperset(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value) and len(set(value)) == len(value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_choice(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _each(keywords: str, check: Callable[[Any], bool]) -> dict[str, Callable[[Any], bool]]:
    return dict.fromkeys(keywords.split(), check)


_CHECKS: dict[str, Callable[[Any], bool]] = {
    **_each("uniqueItems deprecated readOnly writeOnly", _is_bool),
    **_each("pattern format title description $comment $ref contentEncoding contentMediaType", _is_text),
    **_each("minimum maximum exclusiveMinimum exclusiveMaximum", _is_number),
    **_each("minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains", _is_count),
    **_each("enum examples", _is_list),
    **_each("allOf anyOf oneOf prefixItems", _is_choice),
    **_each("properties patternProperties $defs definitions dependentSchemas", _is_map),
    **_each("items contains additionalProperties propertyNames not if then else contentSchema", _is_schema),
    "type": _is_type,
    "required": _is_names,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
}


def misused(schema: Mapping[str, Any]) -> str | None:
    """The first keyword of a subschema whose value it may not have; None if there is none."""
    for keyword, value in schema.items():
        check = _CHECKS.get(keyword)
        if check is not None and not check(value):
            return keyword
    return None
