"""A strict JSON scanner that keeps offsets (RFC 8259).

`json.loads` neither says where a value stands nor minds duplicate keys, NaN, lone surrogates or deep nesting. This one
works through a text with an explicit stack, so that no nesting reaches the interpreter's recursion limit.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from stepcache_lc.core.quoting import quoted

MAX_CHARS = 200_000
MAX_DEPTH = 64
MAX_NODES = 3_000
MAX_POINTERS = 200_000
"""Characters of all values' pointers together: under a long key, or deep down, each value has a long one."""
_MAX_DIGITS = 400

_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"true|false|null")
_CONSTANTS = {"true": True, "false": False, "null": None}
_SURROGATE = re.compile("[\ud800-\udfff]")

NodeKind = Literal["object", "array", "string", "number", "true", "false", "null"]


class JsonError(ValueError):
    """The text is no JSON value that may be served; the message says why and where."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(f"{reason} at character {at}")
        self.at = at


class TooLarge(JsonError):
    """The text is more than is looked at: nothing is known of it."""


@dataclass(slots=True)
class Member:
    """One member of an object: the key, where it is written, and the value."""

    key: str
    start: int
    end: int
    value: Node


@dataclass(slots=True)
class Node:
    """A JSON value and where it stands: `text[start:end]`."""

    kind: NodeKind
    start: int
    end: int = 0
    value: Any = None
    """The value as Python knows it (numbers as `int` or `float`)."""
    members: list[Member] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)

    @property
    def leaf(self) -> bool:
        """A scalar, or a container with nothing in it."""
        return not self.members and not self.items

    def member(self, key: str) -> Member | None:
        """The member under a key."""
        return next((member for member in self.members if member.key == key), None)


def scan(text: str, start: int = 0) -> Node:
    """Read the one JSON value that starts at an offset; what follows it is not looked at.

    Raises:
        JsonError: it is not strict JSON.
        TooLarge: it is too long, too deep or too large.
    """
    if len(text) - start > MAX_CHARS:
        raise TooLarge(f"more than {MAX_CHARS} characters", start)
    stack: list[Node] = []
    lengths: list[int] = []  # of the pointers of the values on the stack
    nodes, pointers = 0, 0
    at = _skip(text, start)
    root: Node | None = None
    while True:
        nodes += 1
        if nodes > MAX_NODES:
            raise TooLarge(f"more than {MAX_NODES} values", at)
        node = _open(text, at)
        at = node.end
        length = 0
        if stack:
            top = stack[-1]
            _put(top, node)
            length = lengths[-1] + 1 + (len(top.members[-1].key) if top.kind == "object" else len(str(len(top.items))))
        else:
            root = node
        pointers += length
        if pointers > MAX_POINTERS:
            raise TooLarge(f"pointers of more than {MAX_POINTERS} characters", at)
        if node.kind in ("object", "array"):
            if len(stack) >= MAX_DEPTH:
                raise TooLarge(f"nested deeper than {MAX_DEPTH}", at)
            stack.append(node)
            lengths.append(length)
            closer = "}" if node.kind == "object" else "]"
            at = _skip(text, at)
            if text[at : at + 1] == closer:
                at = _close(stack, at)
                lengths.pop()
            elif node.kind == "object":
                at = _key(text, at, node)
                continue
            else:
                continue
        # A value has ended: close what ends here, then go on to the next one.
        while stack:
            at = _skip(text, at)
            top = stack[-1]
            char = text[at : at + 1]
            if char == ",":
                at = _skip(text, at + 1)
                if top.kind == "object":
                    at = _key(text, at, top)
                break
            if char == ("}" if top.kind == "object" else "]"):
                at = _close(stack, at)
                lengths.pop()
                continue
            raise JsonError("the value is cut off" if not char else f"unexpected {quoted(char)}", at)
        else:
            assert root is not None
            return root


def loads(text: str) -> Node:
    """Read a text that is one JSON value and nothing else.

    Raises:
        JsonError: it is not.
    """
    node = scan(text)
    end = _skip(text, node.end)
    if end != len(text):
        raise JsonError("something follows the value", end)
    return node


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _open(text: str, at: int) -> Node:
    char = text[at : at + 1]
    if char == "{":
        return Node("object", at, at + 1, {})
    if char == "[":
        return Node("array", at, at + 1, [])
    if char == '"':
        value, end = _string(text, at)
        return Node("string", at, end, value)
    match = _NUMBER.match(text, at)
    if match is not None:
        return Node("number", at, match.end(), _number(match.group(), at))
    match = _WORD.match(text, at)
    if match is not None:
        kind: Any = match.group()
        return Node(kind, at, match.end(), _CONSTANTS[match.group()])
    raise JsonError("the value is cut off" if not char else f"unexpected {quoted(char)}", at)


def _string(text: str, at: int) -> tuple[str, int]:
    match = _STRING.match(text, at)
    if match is None:
        raise JsonError("a string that is not closed or holds a raw control character or a wrong escape", at)
    written = match.group()
    value: str = json.loads(written) if "\\" in written else written[1:-1]
    if not value.isascii() and _SURROGATE.search(value):
        raise JsonError("half a surrogate pair", at)
    return value, match.end()


def _number(digits: str, at: int) -> int | float:
    if len(digits) > _MAX_DIGITS:
        raise TooLarge(f"a number of more than {_MAX_DIGITS} characters", at)
    if digits.lstrip("-").isdigit():
        return int(digits)
    value = float(digits)
    if not math.isfinite(value):
        raise JsonError("a number out of range", at)
    return value


def _key(text: str, at: int, node: Node) -> int:
    if text[at : at + 1] != '"':
        raise JsonError("a key was expected", at)
    key, end = _string(text, at)
    if key in node.value:
        raise JsonError(f"the key {quoted(key)} stands twice", at)
    colon = _skip(text, end)
    if text[colon : colon + 1] != ":":
        raise JsonError("a colon was expected", colon)
    # The value is put under the key as soon as it is opened.
    node.value[key] = None
    node.members.append(Member(key, at, end, node))
    return _skip(text, colon + 1)


def _put(container: Node, node: Node) -> None:
    if container.kind == "object":
        member = container.members[-1]
        member.value = node
        container.value[member.key] = node.value
    else:
        container.items.append(node)
        container.value.append(node.value)


def _close(stack: list[Node], at: int) -> int:
    stack.pop().end = at + 1
    return at + 1
