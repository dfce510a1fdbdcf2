"""JSON Schemas (Draft 2020-12): admitted, compiled once, and run with counted work.

A schema comes from the host or from the prompt, so it may be hostile: it is walked first, and what could fetch, loop or
run away is refused. References are local (`#/...`) only; the registry holds nothing and retrieves nothing.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from stepcache_lc.core.quoting import named, quoted
from stepcache_lc.tasks.json_object.extract import same
from stepcache_lc.tasks.json_object.formats import checker
from stepcache_lc.tasks.json_object.keywords import misused
from stepcache_lc.tasks.json_object.patterns import PatternRefused, Steps, compile_pattern
from stepcache_lc.tasks.json_object.pointers import pointer, tokens

MAX_SCHEMA_CHARS = 100_000
_MAX_SCHEMA_NODES = 5_000
_MAX_SCHEMA_DEPTH = 48
_MAX_CHECKS = 6_000
_MAX_PROBLEMS = 200
_MAX_PATTERNS = 100

_SUBSCHEMA = frozenset(
    {"items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else", "additionalItems"}
)
_SUBSCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SUBSCHEMA_MAPS = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "patternProperties"})
# Keywords that apply to the same place of the instance: a cycle of these never ends.
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "$ref")
_REFUSED = frozenset(
    {
        "$dynamicRef",
        "$dynamicAnchor",
        "$recursiveRef",
        "$recursiveAnchor",
        "unevaluatedProperties",
        "unevaluatedItems",
        "additionalItems",
        "dependencies",
    }
)
_DIALECTS = ("2020-12", "2019-09", "draft-07", "draft-06")


class SchemaRefused(ValueError):
    """This schema cannot be checked here; the message says why."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a schema holds against a value, and where."""

    at: str
    """Pointer of the value, of the missing member or of the member too many."""
    reason: str
    missing: bool = False
    extra: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """An admitted schema, ready to check values."""

    schema: Mapping[str, Any]
    validator: Any

    def problems(self, value: object) -> list[Problem]:
        """All that is wrong with a value, a bounded number.

        Raises:
            SchemaRefused: the check took too much work; nothing is known.
        """
        _work.left, _work.steps = _MAX_CHECKS, Steps()
        found: dict[tuple[str, str], Problem] = {}
        try:
            for error in self.validator.iter_errors(value):
                for problem in _problems(error):
                    found.setdefault((problem.at, problem.reason), problem)
                    if len(found) >= _MAX_PROBLEMS:
                        return list(found.values())
        except (RecursionError, Unresolvable) as error:
            raise SchemaRefused(f"the schema cannot be followed: {type(error).__name__}") from error
        return list(found.values())


def canonical(value: object) -> str:
    """One text for equal JSON values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """A short digest of a canonical schema."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def admit(schema: Mapping[str, Any]) -> str:
    """The canonical text of a schema that may be used.

    Raises:
        SchemaRefused: it is too large, is not valid, or uses what is not followed here.
    """
    _check_size(schema)
    text = canonical({key: value for key, value in schema.items() if key not in ("$schema", "$id")})
    if len(text) > MAX_SCHEMA_CHARS:
        raise SchemaRefused(f"the schema has more than {MAX_SCHEMA_CHARS} characters")
    dialect = schema.get("$schema", "2020-12")
    if not isinstance(dialect, str) or not any(name in dialect for name in _DIALECTS):
        raise SchemaRefused(f"the schema's dialect is {quoted(dialect)}")
    compiled(text)
    return text


@lru_cache(maxsize=256)
def compiled(text: str) -> Compiled:
    """Compile a schema, once.

    Raises:
        SchemaRefused: see `admit`.
    """
    schema = json.loads(text)
    places = dict(subschemas(schema))
    if sum(_patterns(sub) for sub in places.values()) > _MAX_PATTERNS:
        raise SchemaRefused(f"the schema has more than {_MAX_PATTERNS} patterns")
    for place, sub in places.items():
        _check_subschema(place, sub, schema)
    _check_cycles(places, schema)
    return Compiled(schema, _Counted(schema, registry=Registry(), format_checker=_FORMATS))


def subschemas(schema: object) -> Iterator[tuple[str, Any]]:
    """All places of a schema that hold a schema, with their pointers (data in `enum`, `const`, ... are none)."""
    stack: list[tuple[str, Any]] = [("", schema)]
    while stack:
        place, sub = stack.pop()
        yield place, sub
        if not isinstance(sub, dict):
            continue
        for key, value in sub.items():
            if key in _SUBSCHEMA and not isinstance(value, list):
                stack.append((place + pointer((key,)), value))
            elif key in _SUBSCHEMA_LISTS and isinstance(value, list):
                stack.extend((place + pointer((key, index)), item) for index, item in enumerate(value))
            elif key in _SUBSCHEMA_MAPS and isinstance(value, dict):
                stack.extend((place + pointer((key, name)), item) for name, item in value.items())


def follow(schema: Any, place: str) -> Any:
    """The part of a schema under a local reference `#/...` or `#`.

    Raises:
        SchemaRefused: there is nothing.
    """
    part: Any = schema
    for token in tokens(place[1:]):
        if isinstance(part, dict) and token in part:
            part = part[token]
        elif isinstance(part, list) and token.isdigit() and int(token) < len(part):
            part = part[int(token)]
        else:
            raise SchemaRefused(f"the reference {quoted(place)} leads nowhere")
    return part


def resolved(schema: Any, sub: Any) -> Any:
    """A subschema with the references at its top followed."""
    for _ in range(_MAX_SCHEMA_DEPTH):
        if not (isinstance(sub, dict) and "$ref" in sub):
            break
        others = {key: value for key, value in sub.items() if key != "$ref"}
        target = follow(schema, sub["$ref"])
        if not isinstance(target, dict):
            return target
        # A keyword beside the reference holds as well; where both have it, neither alone says all.
        if any(key in target and target[key] != value for key, value in others.items() if key not in _ANNOTATIONS):
            return {"allOf": [target, others]}
        sub = {**target, **others}
    return sub


_ANNOTATIONS = frozenset({"title", "description", "default", "examples", "$comment", "deprecated", "readOnly"})


def _check_size(schema: object) -> None:
    count = 0
    stack: list[tuple[int, object]] = [(1, schema)]
    while stack:
        depth, value = stack.pop()
        count += 1
        if count > _MAX_SCHEMA_NODES:
            raise SchemaRefused(f"the schema has more than {_MAX_SCHEMA_NODES} parts")
        if depth > _MAX_SCHEMA_DEPTH:
            raise SchemaRefused(f"the schema is nested deeper than {_MAX_SCHEMA_DEPTH}")
        if isinstance(value, Mapping):
            if not all(isinstance(key, str) for key in value):
                raise SchemaRefused("the schema has a key that is no string")
            stack.extend((depth + 1, item) for item in value.values())
        elif isinstance(value, list | tuple):
            stack.extend((depth + 1, item) for item in value)
        elif isinstance(value, float) and value != value:
            raise SchemaRefused("the schema holds NaN")
        elif not isinstance(value, str | int | float | bool | None):
            raise SchemaRefused(f"the schema holds a {type(value).__name__}")


def _patterns(sub: Any) -> int:
    named = sub.get("patternProperties") if isinstance(sub, dict) else None
    return (isinstance(sub, dict) and "pattern" in sub) + (len(named) if isinstance(named, dict) else 0)


def _check_subschema(place: str, sub: Any, root: Any) -> None:
    if not isinstance(sub, dict):
        if not isinstance(sub, bool):
            raise SchemaRefused(f"the schema is not valid at {place or 'its root'}")
        return
    wrong = misused(sub)
    if wrong is not None:
        raise SchemaRefused(f"the schema is not valid: {wrong} at {place or 'its root'}")
    for key in sub:
        if key in _REFUSED:
            raise SchemaRefused(f"the schema uses {key}, which is not followed here")
        if key in ("$id", "$schema", "$anchor"):
            raise SchemaRefused(f"the schema uses {key} in a subschema, which is not followed here")
    if "$ref" in sub:
        reference = sub["$ref"]
        if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
            raise SchemaRefused(f"remote $ref {quoted(reference, 80)}: only local references are followed")
        if "%" in reference:
            raise SchemaRefused("a percent-encoded $ref is not followed here")
        follow(root, reference)
    patterns = [sub["pattern"]] if "pattern" in sub else []
    if isinstance(sub.get("patternProperties"), dict):
        patterns.extend(sub["patternProperties"])
    for pattern in patterns:
        try:
            compile_pattern(pattern if isinstance(pattern, str) else "(")
        except PatternRefused as error:
            raise SchemaRefused(str(error)) from error


def _check_cycles(places: Mapping[str, Any], root: Any) -> None:
    """Refuse references that lead back to themselves without going down into the instance."""
    edges: dict[str, list[str]] = {}
    for place, sub in places.items():
        targets: list[str] = []
        if isinstance(sub, dict):
            for key in _IN_PLACE:
                if key not in sub:
                    continue
                value = sub[key]
                if key == "$ref":
                    targets.append(value[1:])
                elif isinstance(value, list):
                    targets.extend(place + pointer((key, index)) for index in range(len(value)))
                elif key == "dependentSchemas" and isinstance(value, dict):
                    targets.extend(place + pointer((key, name)) for name in value)
                else:
                    targets.append(place + pointer((key,)))
        edges[place] = targets
    done: set[str] = set()
    for start in edges:
        if start in done:
            continue
        path: set[str] = {start}
        stack = [(start, iter(edges[start]))]
        while stack:
            place, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                stack.pop()
                path.discard(place)
                done.add(place)
            elif target in path:
                raise SchemaRefused("the schema refers to itself without end")
            elif target not in done:
                if target not in edges:
                    raise SchemaRefused(f"the reference '#{target}' leads to no schema")
                path.add(target)
                stack.append((target, iter(edges[target])))


class _Work(threading.local):
    left = 0
    steps = Steps(0)


_work = _Work()


_COSTLY = {"$ref": 20, "anyOf": 5, "oneOf": 5, "allOf": 5, "not": 5, "if": 5, "contains": 5}


def _counting(keyword: str, check: Callable[..., Any]) -> Callable[..., Any]:
    """A keyword's check that spends from the budget of the running validation."""

    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        # Following a reference and going through a list of alternatives cost more than a look at a value.
        _work.left -= _COSTLY.get(keyword, 1) + (len(value) // 4 if isinstance(value, list) else 0)
        if _work.left < 0:
            raise SchemaRefused(f"more than {_MAX_CHECKS} checks")
        return check(validator, value, instance, schema)

    return counted


def _unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """`uniqueItems` in linear time: the library's own compares each item with each."""
    if value and validator.is_type(instance, "array"):
        seen = {canonical(_numbers_alike(item)) for item in instance}
        if len(seen) != len(instance):
            yield ValidationError("an item stands twice")


# The library's own of the following write the whole value into their messages, however large it is.


def _type(validator: Any, types: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    kinds = [types] if isinstance(types, str) else types
    if not any(validator.is_type(instance, kind) for kind in kinds):
        yield ValidationError(f"it is not of type {' or '.join(kinds)}")


def _enum(validator: Any, choices: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not any(same(instance, choice) for choice in choices):
        yield ValidationError(f"it is none of {json.dumps(choices, ensure_ascii=False)[:120]}")


def _const(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not same(instance, wanted):
        yield ValidationError(f"it is not {json.dumps(wanted, ensure_ascii=False)[:120]}")


def _any_of(validator: Any, choices: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not any(_fits(validator, instance, choice) for choice in choices):
        yield ValidationError("it is none of the alternatives")


def _one_of(validator: Any, choices: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    fitting = sum(_fits(validator, instance, choice) for choice in choices)
    if fitting != 1:
        yield ValidationError("it is none of the alternatives" if not fitting else "it is several of the alternatives")


def _not(validator: Any, refused: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if _fits(validator, instance, refused):
        yield ValidationError("it is what it must not be")


def _fits(validator: Any, instance: Any, schema: Any) -> bool:
    return next(iter(validator.descend(instance, schema)), None) is None


def _required(validator: Any, keys: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """One error for all missing keys."""
    if validator.is_type(instance, "object") and not all(key in instance for key in keys):
        yield ValidationError("a key is missing")


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not _matches(pattern, instance):
        yield ValidationError(f"it does not match {quoted(pattern)}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, sub in patterns.items():
        for key, value in instance.items():
            if _matches(pattern, key):
                yield from validator.descend(value, sub, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for key in additional(schema, instance):
        if allowed is False:
            yield ValidationError(f"the key {quoted(key)} was not asked for")
        elif isinstance(allowed, dict):
            yield from validator.descend(instance[key], allowed, path=key)


def additional(schema: Mapping[str, Any], instance: Mapping[str, Any]) -> list[str]:
    """The keys of an object that its schema does not name."""
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    return [key for key in instance if key not in known and not any(_matches(pattern, key) for pattern in patterns)]


def _matches(pattern: str, text: str) -> bool:
    """Search in linear time, within the work that all searches of a validation share."""
    _work.left -= 1
    if _work.left < 0:
        raise SchemaRefused(f"more than {_MAX_CHECKS} checks")
    try:
        return compile_pattern(pattern).search(text, _work.steps)
    except PatternRefused as error:
        raise SchemaRefused(str(error)) from error


def _numbers_alike(value: Any) -> Any:
    """The value with 1.0 written as 1, which JSON Schema holds to be equal."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_numbers_alike(item) for item in value]
    if isinstance(value, dict):
        return {key: _numbers_alike(item) for key, item in value.items()}
    return value


_FORMATS = checker()
_OWN: dict[str, Callable[..., Any]] = {
    "uniqueItems": _unique_items,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "required": _required,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
}


def _own(name: str, check: Callable[..., Any] | None) -> Callable[..., Any]:
    """Our check of a keyword where there is one, else the library's."""
    chosen = _OWN.get(name, check)
    assert chosen is not None
    return chosen


_Counted: Any = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {name: _counting(name, _own(name, check)) for name, check in Draft202012Validator.VALIDATORS.items()},
)


def _problems(error: Any) -> Iterator[Problem]:
    path = list(error.absolute_path)
    if error.validator == "required" and isinstance(error.instance, dict):
        for key in error.validator_value:
            if key not in error.instance:
                yield Problem(pointer((*path, key)), f"the key {named(key)} is missing", missing=True)
    elif error.validator == "additionalProperties" and error.validator_value is False:
        for key in additional(error.schema, error.instance):
            yield Problem(pointer((*path, key)), f"the key {quoted(key)} was not asked for", extra=True)
    else:
        yield Problem(pointer(path), f"it breaks the schema's {error.validator}: {quoted(error.message, 200)}")
