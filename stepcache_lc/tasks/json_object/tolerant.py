"""Tolerant parsing of answers that are almost JSON, without guessing at what they say.

`json-repair` mends nearly anything, also what was cut off in the middle of a word. Its result is taken only if it says
exactly what the text says: the same keys and values in the same order, and the same brackets but for closing ones that
are missing at the end. Then only the notation was broken (quotes, commas, comments, `True`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from json_repair import repair_json

from stepcache_lc.tasks.json_object.scan import MAX_DEPTH, JsonError, Node, loads

_MAX_CHARS = 20_000
_FENCED = re.compile(r"```[ \t]*(?:json[c5]?|javascript|js|python)?[ \t]*\n(.*?)(?:```|\Z)", re.IGNORECASE | re.DOTALL)
_LEXEME = re.compile(
    r"""\s+|(?P<comment>//[^\n]*|/\*.*?\*/)|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<bracket>[{}\[\]])|(?P<mark>[,:;])|(?P<plain>[^\s{}\[\],:;"'/]+)""",
    re.DOTALL,
)
_CONSTANTS = {"true": "true", "True": "true", "false": "false", "False": "false", "null": "null", "None": "null"}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_$][\w$-]*")


def tolerant(text: str) -> str | None:
    """The answer as strict JSON, or None if its notation cannot be mended without changing what it says."""
    fenced = _FENCED.findall(text) if len(text) <= _MAX_CHARS else []
    if len(fenced) > 1:
        return None
    body = fenced[0] if fenced else text
    start = min((at for at in (body.find("{"), body.find("[")) if at >= 0), default=-1)
    if start < 0 or len(body) > _MAX_CHARS or re.search(r'["}\]]', body[:start]):
        return None
    said = _said(body[start:])
    if said is None:
        return None
    end, lexemes, brackets = said
    source = body[start : start + end]
    if re.search(r"[\w\"'{\[]", body[start + end :]):
        # Text behind the value: only a value that is whole may be cut out of it.
        return None
    try:
        value = repair_json(source, skip_json_loads=True, return_objects=True)
        mended = json.dumps(value, ensure_ascii=False, indent=2 if "\n" in source.strip() else None)
        node = loads(mended)
    except (JsonError, ValueError, TypeError, RecursionError, IndexError, KeyError):
        return None
    if node.kind not in ("object", "array") or list(_lexemes(node)) != lexemes or _brackets(node) != brackets:
        return None
    return mended


def _said(text: str) -> tuple[int, list[str], str] | None:
    """Where the value ends, its keys and scalars in order, and its brackets; None if it is cut off or unclear."""
    lexemes: list[str] = []
    brackets: list[str] = []
    open_: list[str] = []
    at, last = 0, ""
    while at < len(text):
        match = _LEXEME.match(text, at)
        if match is None:
            return None
        kind, piece = match.lastgroup, match.group()
        at = match.end()
        if kind is None or kind == "comment":
            continue
        if kind == "bracket":
            brackets.append(piece)
            if piece in "{[":
                open_.append("}" if piece == "{" else "]")
                if len(open_) > MAX_DEPTH:
                    return None
            elif not open_ or open_.pop() != piece:
                return None
            elif not open_:
                return at, lexemes, "".join(brackets)
        elif kind == "string":
            inside = _unquoted(piece)
            if inside is None:
                return None
            lexemes.append(inside)
        elif kind == "plain":
            lexeme = _plain(piece, text, at)
            if lexeme is None:
                return None
            lexemes.append(lexeme)
        last = kind
    # The end is missing. A string or a bracket that is closed is whole; a number or a word may have been cut.
    if not open_ or last not in ("string", "bracket"):
        return None
    return at, lexemes, "".join(brackets) + "".join(reversed(open_))


def _unquoted(piece: str) -> str | None:
    if piece[0] == '"':
        try:
            return "s" + str(json.loads(piece))
        except ValueError:
            return None
    return None if "\\" in piece or '"' in piece else "s" + piece[1:-1]


def _plain(piece: str, text: str, at: int) -> str | None:
    """A bare word: a constant, a number, or a key without quotes."""
    if piece in _CONSTANTS:
        return _CONSTANTS[piece]
    if _NUMBER.fullmatch(piece):
        return "n" + _number(json.loads(piece))
    follows = re.match(r"\s*:", text[at : at + 20])
    return "s" + piece if _NAME.fullmatch(piece) and follows else None


def _number(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


def _lexemes(node: Node) -> Iterator[str]:
    stack: list[Node | str] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            yield top
        elif top.kind == "object":
            for member in reversed(top.members):
                stack += [member.value, "s" + member.key]
        elif top.kind == "array":
            stack.extend(reversed(top.items))
        elif top.kind == "string":
            yield "s" + top.value
        elif top.kind == "number":
            yield "n" + _number(top.value)
        else:
            yield top.kind


def _brackets(node: Node) -> str:
    found: list[str] = []
    stack: list[Node | str] = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, str):
            found.append(top)
        elif top.kind in ("object", "array"):
            found.append("{" if top.kind == "object" else "[")
            stack.append("}" if top.kind == "object" else "]")
            stack.extend(reversed([member.value for member in top.members] or top.items))
    return "".join(found)
