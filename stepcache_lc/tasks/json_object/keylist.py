"""Lists of keys in a prompt: `name, age (integer), mood (good or bad) and a list of two hobbies`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stepcache_lc.core.align import vocabulary

_MAX_KEYS = 100
_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve"
NUMBERS = {word: number for number, word in enumerate(_NUMBER_WORDS.split(), start=1)}
_COUNT = rf"(?:{'|'.join(NUMBERS)}|\d{{1,2}})"
_NAME = r"[A-Za-z_$][\w$]*(?:[-.][\w$]+)*"
_ITEM = re.compile(rf"(?:(?:the|a|an|optional|required) )*(?:`([^`\n]{{1,80}})`|([\ue000-\uf8ff])|({_NAME}))")
_LIST_ITEM = re.compile(
    rf"(?:a|an|the) (?:list|array) of (?:(exactly |at least |at most |up to )?({_COUNT}) )?({_NAME})"
)
_SEPARATOR = re.compile(r"\s*(?:,\s*and\b|,\s*&|,|;|\band\b|&|\n\s*(?:[-*•]|\d{1,2}[.)])?)\s*")
# What may follow a key: a key of two words is none.
_BOUNDARY = re.compile(
    r"\s*(?:[,;.:=&?!()\n–—-]|$|and\b|as\b)|\s+(?:for|from|about|in|into|with|using|based|describing|representing|of|that"
    r"|where|given|only|please|extracted|taken)\b"
)
_NO_KEYS = vocabulary(
    "no nothing not only without and or with for please do don't any if when nor neither but just except"
)
_NOTE = re.compile(r"\s*\(([^()\n]{1,160})\)")
_TYPED = re.compile(
    r"[ \t]*(?::|=|-|–|—| as)\s*(?:an? )?([A-Za-z][\w |'\"\[\]<>/-]{0,60}?)"
    r"(?=\s*(?:[,;\n.]|$|\b(?:and|for|from|about)\b))"
)

_TYPE_NAMES = {
    "string": ("string", "str", "text", "a string"),
    "number": ("number", "float", "decimal", "numeric", "a number", "double"),
    "integer": ("integer", "int", "whole number", "an integer"),
    "boolean": ("boolean", "bool", "true or false", "true/false", "a boolean"),
    "array": ("array", "list", "a list", "an array"),
    "object": ("object", "an object", "dict"),
}
_TYPES: dict[str, dict[str, Any]] = {name: {"type": kind} for kind, names in _TYPE_NAMES.items() for name in names}
_ARRAY_OF = re.compile(
    r"(?:(?:an? )?(?:array|list) of |)(string|str|number|float|integer|int|boolean|bool|object)(s?)(\[\])?"
)
_RANGE = re.compile(
    r"(?:(?:an? )?(integer|number),? )?(?:between |from )?(-?\d{1,9})(?:\s*[-–]\s*| to | and )(-?\d{1,9})"
)
_CHOICE = re.compile(r"(?:one of:? |either |must be |can be )*(.+)")
_PLAIN_NOTE = re.compile(r"[a-z][a-z' -]{1,60}")

# Words that make a description reach beyond its own key.
META = vocabulary(
    """
    key keys field fields property properties json object objects value values null omit skip unless if when otherwise
    except not no without only each every all same other others above below count total number sum schema format
    answer response output instead sort sorted order ordered language translate translated
    """
)


@dataclass(frozen=True)
class Key:
    """One demanded key."""

    name: str
    schema: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    required: bool = True


def parse_keys(text: str, quoted: Callable[[str], str | None]) -> tuple[tuple[Key, ...], str] | None:
    """Read the list of keys at the start of a text.

    Args:
        text: one sentence, from the list on.
        quoted: what a placeholder stands for, if it is a quoted word.

    Returns:
        The keys and what follows the list; None if there is no list, or one that says more than is understood.
    """
    keys: list[Key] = []
    at = 0
    while len(keys) < _MAX_KEYS:
        read = _item(text, at, quoted)
        if read is None:
            if not keys:
                return None
            break
        key, after = read
        keys.append(key)
        separator = _SEPARATOR.match(text, after)
        if separator is None or separator.end() == after:
            at = after
            break
        if _item(text, separator.end(), quoted) is None:
            at = after
            break
        at = separator.end()
    names = [key.name for key in keys]
    if len(set(names)) != len(names):
        return None
    return tuple(keys), text[at:]


def _item(text: str, at: int, quoted: Callable[[str], str | None]) -> tuple[Key, int] | None:
    listed = _LIST_ITEM.match(text, at)
    if listed is not None and _BOUNDARY.match(text, listed.end()) is not None:
        bound, count, name = listed.group(1), listed.group(2), listed.group(3)
        schema: dict[str, Any] = {"type": "array"}
        if count is not None:
            number = NUMBERS.get(count) or int(count)
            if bound != "at most " and bound != "up to ":
                schema["minItems"] = number
            if bound != "at least ":
                schema["maxItems"] = number
        return Key(name, schema), listed.end()
    match = _ITEM.match(text, at)
    if match is None:
        return None
    name = match.group(1) or match.group(3)
    if match.group(2):
        inside = quoted(match.group(2))
        if inside is None or not re.fullmatch(r"[^\s\"{}][^\"{}\n]{0,79}", inside):
            return None
        name = inside
    if (match.group(3) and name.lower() in _NO_KEYS) or _BOUNDARY.match(text, match.end()) is None:
        return None
    required = "optional" not in match.group().split(" ")[:-1]
    end = match.end()
    note = _NOTE.match(text, end)
    typed = None if note is not None else _TYPED.match(text, end)
    if note is not None:
        described = describe(note.group(1), quoted)
        end = note.end()
    elif (
        typed is not None
        and (known := describe(typed.group(1), quoted)) is not None
        # Free words describe a key only on a line of its own: "keys name, age: Alice" goes on with the data.
        and (known[0] or not known[2] or "\n" in text)
    ):
        described, end = known, typed.end()
    else:
        described = {}, "", True
    if described is None:
        return None
    schema, words, needed = described
    return Key(name, schema, words, required and needed), end


def describe(note: str, quoted: Callable[[str], str | None]) -> tuple[dict[str, Any], str, bool] | None:
    """What a note on a key demands: (schema, words that no check covers, required); None if it may mean more."""
    note = note.strip().rstrip(".")
    required = True
    folded = note.lower()
    for word in ("optional", "required"):
        if folded == word:
            return {}, "", word == "required"
        for affix in (f", {word}", f" {word}"):
            if folded.endswith(affix):
                note, folded, required = note[: -len(affix)], folded[: -len(affix)], word == "required"
        if folded.startswith(f"{word} "):
            note, folded, required = note[len(word) + 1 :], folded[len(word) + 1 :], word == "required"
    if folded in _TYPES:
        return dict(_TYPES[folded]), "", required
    many = _ARRAY_OF.fullmatch(folded)
    if many is not None and ("of " in folded or many.group(3)):
        return {"type": "array", "items": dict(_TYPES[many.group(1)])}, "", required
    span = _RANGE.fullmatch(folded)
    if span is not None and int(span.group(2)) < int(span.group(3)):
        kind = span.group(1) or "number"
        return {"type": kind, "minimum": int(span.group(2)), "maximum": int(span.group(3))}, "", required
    choices = _choices(note, quoted)
    if choices is not None:
        return {"enum": choices}, "", required
    words = folded.split()
    if _PLAIN_NOTE.fullmatch(folded) and len(words) <= 6 and not META.intersection(words):
        return {}, note, required
    return None


def _choices(note: str, quoted: Callable[[str], str | None]) -> list[Any] | None:
    """The alternatives that a note lists, as JSON values; None if it is no such list."""
    match = _CHOICE.fullmatch(note)
    if match is None:
        return None
    body = match.group(1)
    if not re.search(r"\bor\b|[/|]", body) and match.group(1) == note:
        return None
    parts = [part.strip() for part in re.split(r"\s*(?:,\s*or\b|\bor\b|[,/|])\s*", body)]
    values: list[Any] = []
    for part in parts:
        inside = quoted(part) if len(part) == 1 and "\ue000" <= part <= "\uf8ff" else part.strip("'`")
        if inside is None or not re.fullmatch(r"[\w+-]+(?:[ _-][\w+-]+){0,2}", inside):
            return None
        if META.intersection(inside.lower().split()) - {"null", "no", "order"}:
            return None
        values.append(inside)
        if re.fullmatch(r"-?\d{1,9}", inside):
            values.append(int(inside))
        elif inside.lower() in ("true", "false"):
            values.append(inside.lower() == "true")
        elif inside == "null":
            values.append(None)
    return values if len(parts) >= 2 and len(set(parts)) == len(parts) else None


def keys_schema(keys: tuple[Key, ...], *, closed: bool) -> dict[str, Any]:
    """The schema of an object with these keys."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {key.name: key.schema for key in keys},
        "required": [key.name for key in keys if key.required],
    }
    if closed:
        schema["additionalProperties"] = False
    return schema
