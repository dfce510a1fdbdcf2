"""Editing a JSON answer in its own style: values replaced, members removed or inserted, all else verbatim."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from stepcache_lc.tasks.json_object.pointers import escape, parent
from stepcache_lc.tasks.json_object.scan import Node

_INDENT = re.compile(r"\n([ \t]*)$")


@dataclass(frozen=True)
class Insertion:
    """A member to put into an object, behind the member of that name (None: at the end; "": in front)."""

    key: str
    value: Any
    behind: str | None = None


@dataclass
class Edits:
    """What to change in an answer, by pointer."""

    values: dict[str, Any] = field(default_factory=dict)
    """New values."""
    raw: dict[str, str] = field(default_factory=dict)
    """New values as JSON text."""
    removed: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    """Members that get another key."""
    inserted: dict[str, list[Insertion]] = field(default_factory=dict)
    """Members to insert, by the pointer of their object."""

    def touched(self) -> set[str]:
        """The changed places and all their containers."""
        places: set[str] = set()
        for at in (*self.values, *self.raw, *self.removed, *self.keys, *(f"{at}/" for at in self.inserted)):
            at = at[:-1] if at.endswith("/") and at[:-1] in self.inserted else at
            while at not in places:
                places.add(at)
                at = parent(at)
        return places


@dataclass(frozen=True)
class _Style:
    colon: str
    unit: str
    lines: bool
    ascii: bool

    def write(self, value: Any, indent: str) -> str:
        """A value as the answer would write it at this depth."""
        if isinstance(value, dict | list) and value and self.lines:
            text = json.dumps(value, indent=self.unit, ensure_ascii=self.ascii, separators=(",", self.colon))
            return text.replace("\n", "\n" + indent)
        comma = ", " if self.colon.endswith(" ") else ","
        return json.dumps(value, ensure_ascii=self.ascii, separators=(comma, self.colon))


def apply(text: str, root: Node, edits: Edits) -> str:
    """The answer's text with the edits made; what stands around the value is kept."""
    style = _style(text, root)
    changed = _render(text, root, "", edits, edits.touched(), style, "")
    return text[: root.start] + changed + text[root.end :]


def _style(text: str, root: Node) -> _Style:
    body = text[root.start : root.end]
    first = root.members[0] if root.members else None
    colon = ": "
    indent = None
    if first is not None:
        colon = text[first.end : first.value.start]
        indent = _INDENT.search(text[root.start + 1 : first.start])
    elif root.items:
        indent = _INDENT.search(text[root.start + 1 : root.items[0].start])
    if colon.strip() != ":" or "\n" in colon:
        colon = ": "
    return _Style(
        colon, (indent.group(1) if indent else "") or "  ", indent is not None, body.isascii() and "\\u" in body
    )


def _render(text: str, node: Node, at: str, edits: Edits, touched: set[str], style: _Style, indent: str) -> str:
    if at in edits.raw:
        return edits.raw[at]
    if at in edits.values:
        return style.write(edits.values[at], indent)
    if at not in touched or node.kind not in ("object", "array"):
        return text[node.start : node.end]
    if node.kind == "array":
        return _array(text, node, at, edits, touched, style, indent)
    return _object(text, node, at, edits, touched, style, indent)


def _array(text: str, node: Node, at: str, edits: Edits, touched: set[str], style: _Style, indent: str) -> str:
    out: list[str] = []
    cursor = node.start
    for index, item in enumerate(node.items):
        lead = text[cursor : item.start]
        match = _INDENT.search(lead)
        out += [lead, _render(text, item, f"{at}/{index}", edits, touched, style, match.group(1) if match else indent)]
        cursor = item.end
    return "".join(out) + text[cursor : node.end]


def _object(text: str, node: Node, at: str, edits: Edits, touched: set[str], style: _Style, indent: str) -> str:
    opening = text[node.start : node.members[0].start] if node.members else "{"
    closing = text[node.members[-1].value.end : node.end] if node.members else "}"
    match = _INDENT.search(opening)
    inner = match.group(1) if match else indent
    if len(node.members) > 1:
        between = text[node.members[0].value.end : node.members[1].start]
    elif match:
        between = "," + opening[1:]
    else:
        between = ", " if style.colon.endswith(" ") else ","
    entries: list[tuple[str, str, str]] = []  # key, separator in front, text
    cursor = 0
    for index, member in enumerate(node.members):
        place = f"{at}/{escape(member.key)}"
        lead = text[cursor : member.start] if index else between
        cursor = member.value.end
        if place in edits.removed:
            continue
        name = text[member.start : member.end]
        if place in edits.keys:
            name = json.dumps(edits.keys[place], ensure_ascii=style.ascii)
        value = _render(text, member.value, place, edits, touched, style, inner)
        entries.append((member.key, lead, name + text[member.end : member.value.start] + value))
    for new in edits.inserted.get(at, []):
        written = json.dumps(new.key, ensure_ascii=style.ascii) + style.colon + style.write(new.value, inner)
        position = len(entries)
        if new.behind is not None:
            names = [key for key, _, _ in entries]
            position = names.index(new.behind) + 1 if new.behind in names else (0 if new.behind == "" else len(entries))
        entries.insert(position, (new.key, between, written))
    if not entries:
        return "{}"
    head, *rest = entries
    return opening + head[2] + "".join(lead + body for _, lead, body in rest) + closing
