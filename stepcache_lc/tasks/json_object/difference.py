"""What changed from one demanded shape to another: keys added, dropped or changed, at any depth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stepcache_lc.tasks.json_object.schemas import SchemaRefused, canonical, compiled, resolved

ITEMS = "*"
"""Path token for every item of an array."""
_MAX_DEPTH = 48


@dataclass(frozen=True)
class Change:
    """One change of shape; the path's last token is the key."""

    kind: Literal["added", "dropped", "changed"]
    path: tuple[str, ...]
    schema: Any = None
    """The new schema at that place."""


def changes(old: str, new: str) -> list[Change] | None:
    """The changes from one schema text to another; None if they cannot be told apart key by key."""
    if old == new:
        return []
    if not old or not new:
        return None
    before, after = compiled(old).schema, compiled(new).schema
    found: list[Change] = []
    try:
        _walk(before, before, after, after, (), found)
    except SchemaRefused:
        return None
    return None if any(not change.path for change in found) else found


def _walk(
    old_root: Any, old: Any, new_root: Any, new: Any, path: tuple[str, ...], found: list[Change], depth: int = 0
) -> None:
    if depth > _MAX_DEPTH:
        raise SchemaRefused("the schema is too deep to compare")
    old, new = resolved(old_root, old), resolved(new_root, new)
    if isinstance(old, dict) and isinstance(new, dict):
        if "properties" in old and "properties" in new:
            if _rest(old) != _rest(new):
                found.append(Change("changed", path, new))
                return
            _properties(old_root, old, new_root, new, path, found, depth)
            return
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            if _rest(old, "items") != _rest(new, "items"):
                found.append(Change("changed", path, new))
                return
            _walk(old_root, old["items"], new_root, new["items"], (*path, ITEMS), found, depth + 1)
            return
    # Behind a reference lies what the texts do not show: equal words may mean different schemas.
    if canonical(old) != canonical(new) or (_refers(old) and canonical(_defs(old_root)) != canonical(_defs(new_root))):
        found.append(Change("changed", path, new))


def _properties(
    old_root: Any, old: Any, new_root: Any, new: Any, path: tuple[str, ...], found: list[Change], depth: int
) -> None:
    before: Mapping[str, Any] = old["properties"]
    after: Mapping[str, Any] = new["properties"]
    for key in before:
        if key not in after:
            found.append(Change("dropped", (*path, key)))
    for key, sub in after.items():
        if key not in before:
            found.append(Change("added", (*path, key), resolved(new_root, sub)))
        elif key in old.get("required", ()) and key not in new.get("required", ()):
            # What had to be given may have been made up.
            found.append(Change("changed", (*path, key), sub))
        else:
            _walk(old_root, before[key], new_root, sub, (*path, key), found, depth + 1)


def _rest(schema: Mapping[str, Any], *but: str) -> str:
    dropped = {"properties", "required", "$defs", "definitions", *but}
    return canonical({key: value for key, value in schema.items() if key not in dropped})


def _refers(schema: Any) -> bool:
    return '"$ref"' in canonical(schema)


def _defs(schema: Any) -> Any:
    return {key: schema[key] for key in ("$defs", "definitions") if isinstance(schema, dict) and key in schema}


def siblings(schema: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The other keys of the object in which a change of shape stands, as a schema text has them."""
    root = compiled(schema).schema
    inner = resolved(root, root)
    for token in path[:-1]:
        inner = inner.get("items") if token == ITEMS else inner.get("properties", {}).get(token)
        inner = resolved(root, inner)
        if not isinstance(inner, dict):
            return ()
    return tuple(key for key in inner.get("properties", {}) if key != path[-1]) if isinstance(inner, dict) else ()


def is_leaf(schema: Any) -> bool:
    """Whether a schema is of a leaf: no object, and no array of anything but scalars."""
    if not isinstance(schema, dict):
        return True
    text = canonical(schema)
    return '"object"' not in text and '"properties"' not in text and '"$ref"' not in text
