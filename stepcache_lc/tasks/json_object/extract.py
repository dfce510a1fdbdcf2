"""Strict extraction: the one JSON value of an answer, and what stands around it.

An answer may wrap its value in a fence or in prose, and may repeat it word for word. A value that is broken, or a
second one that says something else, is no answer: which of the two would the host take?
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stepcache_lc.core.quoting import quoted
from stepcache_lc.tasks.json_object.scan import MAX_CHARS, JsonError, Node, TooLarge, scan

_OPENER = re.compile(r"[{\[]")
_LOOKS_LIKE_OBJECT = re.compile(r"\{\s*(?:\"|\}|'|//|/\*|[A-Za-z_]\w*\s*\"?:)")
_LOOKS_LIKE_ARRAY = re.compile(r"\[\s*(?:[{\[\"\]]|-?\d|true\b|false\b|null\b)")
_FENCE_OPEN = re.compile(r"\s*(?:```|~~~)[ \t]*(?:json[c5]?|javascript|js)?[ \t]*\r?\n?\s*", re.IGNORECASE)
_FENCE_CLOSE = re.compile(r"\s*(?:```|~~~)?\s*")
# What may be said around a value without saying anything of it.
_FENCE_MARK = re.compile(r"(?:```|~~~)[ \t]*[A-Za-z0-9]*")
_NOUN = r"(?: (?:for|of|from) (?:the|this|your) (?:(?:given|above|following|provided|requested) )?[a-z]+)?"
_INTRO = re.compile(
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely)[!,.]?\s*)?"
    r"(?:(?:here(?: is|'s|’s) (?:the|your|a)(?: (?:requested|resulting|extracted|corresponding|following|converted))?"
    rf"|the) json(?: (?:object|output|response|data|representation|format))?{_NOUN}(?: is| looks like this)?|json"
    rf"|output|result|answer)?"
    r"\s*[:.]?",
    re.IGNORECASE,
)
_STRAY = re.compile(r"\s*[}\],:]")
_MAX_OPENERS = 256
_MAX_ANSWER = MAX_CHARS + 20_000


@dataclass(frozen=True, slots=True)
class Extract:
    """The value that an answer holds, and how it is surrounded."""

    root: Node
    written: str
    """The value's text."""
    repeated: bool = False
    """The same value stands there again."""

    def before(self, text: str) -> str:
        """What stands in front of the value."""
        return text[: self.root.start]

    def after(self, text: str) -> str:
        """What stands behind the value."""
        return text[self.root.end :]


@lru_cache(maxsize=8)
def extract(text: str) -> Extract:
    """Find the one JSON object or array of an answer, which is looked at several times on its way.

    Raises:
        JsonError: there is none, it is broken, or there are two that differ.
    """
    if len(text) > _MAX_ANSWER:
        raise TooLarge(f"more than {MAX_CHARS} characters", 0)
    found: Extract | None = None
    at = 0
    budget = 2 * len(text) + 1_000
    for _ in range(_MAX_OPENERS):
        match = _OPENER.search(text, at)
        if match is None:
            break
        start = match.start()
        looks = _LOOKS_LIKE_OBJECT if match.group() == "{" else _LOOKS_LIKE_ARRAY
        if not looks.match(text, start):
            at = start + 1
            continue
        try:
            node = scan(text, start)
        except JsonError as error:
            if found is None or match.group() == "{":
                raise
            # Behind the value, "[1 of 2]" is prose.
            budget -= max(1, error.at - start)
            if budget < 0:
                raise JsonError("too many brackets", start) from error
            at = start + 1
            continue
        budget -= node.end - start
        if found is None:
            found = Extract(node, text[node.start : node.end])
        elif text[node.start : node.end] == found.written or same(node.value, found.root.value):
            found = Extract(found.root, found.written, repeated=True)
        else:
            raise JsonError("a second value that differs", start)
        at = node.end
    else:
        raise JsonError("too many brackets", at)
    if found is None:
        raise JsonError("there is no JSON value", len(text))
    stray = _STRAY.match(text, found.root.end)
    if stray is not None:
        raise JsonError(f"unexpected {quoted(stray.group()[-1])} behind the value", found.root.end)
    return found


def same(one: object, other: object) -> bool:
    """Equality of JSON values: `1` and `true` differ, the order of keys does not matter."""
    stack = [(one, other)]
    while stack:
        left, right = stack.pop()
        if isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                return False
            stack.extend((left[key], right[key]) for key in left)
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return False
            stack.extend(zip(left, right, strict=True))
        elif isinstance(left, bool) or isinstance(right, bool):
            if left is not right:
                return False
        elif left != right:
            return False
    return True


def bare(text: str, found: Extract) -> bool:
    """Whether nothing but blanks surrounds the value."""
    return not found.before(text).strip() and not found.after(text).strip()


def lean(text: str, found: Extract) -> bool:
    """Whether nothing but blanks or one fence surrounds the value."""
    before, after = found.before(text), found.after(text)
    return (not before.strip() or _FENCE_OPEN.fullmatch(before) is not None) and (
        _FENCE_CLOSE.fullmatch(after) is not None
    )


def plain(text: str, found: Extract) -> bool:
    """Whether what surrounds the value says nothing about it (soundness rule 6)."""
    before, after = (_FENCE_MARK.sub("", part, count=1).strip() for part in (found.before(text), found.after(text)))
    return _INTRO.fullmatch(before) is not None and not after
