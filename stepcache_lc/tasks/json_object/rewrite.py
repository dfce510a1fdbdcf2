"""Recomputing an answer by rule: keep and replace what both prompts assign, drop what is not wanted, leave holes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepcache_lc.core.types import Step, join
from stepcache_lc.tasks.json_object.alignment import literal_pairs
from stepcache_lc.tasks.json_object.assigned import is_number, matches, render, renewed
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.difference import ITEMS, Change, changes
from stepcache_lc.tasks.json_object.edit import Edits, Insertion, apply
from stepcache_lc.tasks.json_object.extract import Extract, extract, lean, plain, same
from stepcache_lc.tasks.json_object.mend import mend
from stepcache_lc.tasks.json_object.pointers import beneath, parent, pointer, tokens, upward
from stepcache_lc.tasks.json_object.scan import JsonError, Node
from stepcache_lc.tasks.json_object.schemas import resolved
from stepcache_lc.tasks.json_object.steps import leaves, nodes, place

_MAX_HOLES = 200


def rewrite(steps: Sequence[Step], old: JsonConstraints, new: JsonConstraints) -> list[Step] | None:
    """Rewrite the steps of an answer to `old` for `new`; None if it cannot be done soundly.

    With `old` equal to `new` a failing answer is mended by rule.
    """
    if old == new:
        return mend(steps, new)
    text = join(steps)
    try:
        found = extract(text)
    except JsonError:
        return None
    pairs = literal_pairs(old, new)
    shape = changes(old.schema, new.schema)
    if pairs is None or shape is None or (pairs and new.residue):
        return None
    if found.repeated or not plain(text, found):
        return None
    if any(not _occurs(before, found.root) for before, _ in pairs):
        # A literal that is not in the answer had an influence that is not seen.
        return None
    if shape and new.residue and not _told(found, new):
        return None
    edits, holes = Edits(), _Holes(found.root)
    asks_again = bool(pairs) or any(change.kind == "changed" for change in shape)
    if asks_again and not _under_substitution(found, old, new, shape, edits, holes):
        return None
    _reshape(found, new, shape, edits, holes)
    if len(holes.wanted) > _MAX_HOLES:
        return None
    return _steps(text, found, edits, holes, steps, new)


class _Holes:
    """Members that must be asked for, each in front of a leaf of the old answer."""

    def __init__(self, root: Node) -> None:
        self.names = [at for at, _ in leaves(root)]
        self.wanted: dict[str, int] = {}
        self._first: dict[str, int] = {}
        self._last: dict[str, int] = {}
        for index, name in enumerate(self.names):
            for place_ in upward(name):
                self._first.setdefault(place_, index)
                self._last[place_] = index

    def first(self, at: str) -> int | None:
        """Number of the first leaf of a value."""
        return self._first.get(at)

    def add(self, at: str, number: int | None = None) -> None:
        """Want a member; it stands where it stood, or behind its container's last leaf."""
        if number is None:
            number = self._first.get(at, self._last.get(parent(at), len(self.names) - 1) + 1)
        self.wanted.setdefault(at, number)


def _under_substitution(
    found: Extract, old: JsonConstraints, new: JsonConstraints, shape: Sequence[Change], edits: Edits, holes: _Holes
) -> bool:
    """Rule 4: what both prompts assign to that very key stands or is replaced; the rest is asked for."""
    before, after = old.assignments(), new.assignments()
    changed = {change.path[-1] for change in shape if change.kind == "changed"}
    objects: list[tuple[str, Node]] = [("", found.root)]
    if found.root.kind == "array":
        objects = [(pointer((index,)), item) for index, item in enumerate(found.root.items)]
    for container, node in objects:
        if node.kind != "object" or not node.members:
            return False
        for member in node.members:
            at = container + pointer((member.key,))
            if member.key not in new.keys:
                edits.removed.add(at)
                continue
            sub = new.schema_at(at)
            if isinstance(sub, dict) and "const" in sub and same(member.value.value, sub["const"]):
                continue
            was, now = before.get(at), after.get(at)
            written = None
            if was is not None and now is not None and matches(member.value, was.text):
                if member.key in changed:
                    written = render(now.text, None, sub) if now.exact else None
                elif was.text == now.text:
                    continue
                else:
                    written = renewed(was.text, now.text, member.value)
            if written is None:
                edits.removed.add(at)
                holes.add(at)
            else:
                edits.raw[at] = written
    return True


def _reshape(found: Extract, new: JsonConstraints, shape: Sequence[Change], edits: Edits, holes: _Holes) -> None:
    """Rule 5: dropped keys go, added ones are asked for, or taken from the prompt where they stand in it."""
    by_pointer = nodes(found.root)
    assigned = new.assignments()
    for change in shape:
        if change.kind == "changed":
            continue
        for container in _places(found.root, change.path[:-1]):
            at = f"{container}{pointer(change.path[-1:])}"
            if beneath(container, edits.removed):
                continue
            if change.kind == "dropped":
                if at in by_pointer:
                    edits.removed.add(at)
            elif at not in by_pointer and (_required(new, change) or at in assigned):
                number = _number(by_pointer, found.root, container, change.path[-1], new, holes)
                item = assigned.get(at)
                written = None
                if item is not None and item.exact and new.data_only:
                    written = render(item.text, None, new.schema_at(at))
                if written is None:
                    holes.add(at, number)
                else:
                    behind = _behind(holes.names, number, container)
                    edits.inserted.setdefault(container, []).append(
                        Insertion(change.path[-1], json.loads(written), behind)
                    )


def _number(
    by_pointer: Mapping[str, Node], root: Node, container: str, key: str, new: JsonConstraints, holes: _Holes
) -> int | None:
    """Where an added member goes: behind the demanded key in front of it, if the answer keeps to that order."""
    if container:
        return None
    order = [member.key for member in root.members if member.key in new.keys]
    if order != [name for name in new.keys if name in order]:
        return None
    following = new.keys[new.keys.index(key) + 1 :] if key in new.keys else ()
    for name in following:
        at = pointer((name,))
        if at in by_pointer:
            return holes.first(at)
    return None


def _behind(names: Sequence[str], number: int | None, container: str) -> str | None:
    """The key of the member in front of a leaf; "" if there is none, None for the end."""
    if number is None:
        return None
    return tokens(names[number - 1])[len(tokens(container))] if number else ""


def _places(root: Node, path: Sequence[str]) -> list[str]:
    """Pointers of the objects of the answer at a path of the schema."""
    found: list[tuple[str, Node]] = [("", root)]
    for token in path:
        below: list[tuple[str, Node]] = []
        for at, node in found:
            if token == ITEMS and node.kind == "array":
                below.extend((f"{at}/{index}", item) for index, item in enumerate(node.items))
            elif node.kind == "object" and (member := node.member(token)) is not None:
                below.append((at + pointer((token,)), member.value))
        found = below
    return [at for at, node in found if node.kind == "object"]


def _required(new: JsonConstraints, change: Change) -> bool:
    """Whether an added key must be given."""
    ready = new.compiled()
    if ready is None:
        return False
    schema: Any = resolved(ready.schema, ready.schema)
    for token in change.path[:-1]:
        schema = schema.get("items") if token == ITEMS else schema.get("properties", {}).get(token)
        schema = resolved(ready.schema, schema)
        if not isinstance(schema, dict):
            return False
    return change.path[-1] in schema.get("required", ())


def _steps(
    text: str, found: Extract, edits: Edits, holes: _Holes, steps: Sequence[Step], new: JsonConstraints
) -> list[Step] | None:
    """Apply the edits and cut the result, holes where they belong; each step keeps its origin."""
    changed = apply(text, found.root, edits)
    if new.surround != "any":
        after = extract(changed)
        if new.surround == "bare" or not lean(changed, after):
            changed = changed[after.root.start : after.root.end]
    result = extract(changed)
    kept = {at for at in holes.names if not beneath(at, edits.removed)}
    numbers: dict[int, int] = {}
    count = 0
    for index, name in enumerate(holes.names):
        numbers[index] = count
        count += name in kept
    numbers[len(holes.names)] = count
    if not kept:
        return None
    origins = {step.name: step for step in steps}
    cut: list[Step] = []
    wanted = sorted(holes.wanted.items(), key=lambda item: item[1])
    for step in place(changed, result, [(numbers[number], at) for at, number in wanted]):
        source = origins.get(step.name)
        if source is not None and not step.hole:
            origin = "rewritten" if beneath(step.name, edits.raw) else source.origin
            step = replace(step, origin=origin, source=source.source)
        elif not step.hole:
            step = replace(step, origin="rewritten")
        cut.append(step)
    return cut


def _told(found: Extract, new: JsonConstraints) -> bool:
    """Whether the numbers of an answer stand in the request: what is worked out may depend on the shape.

    Words that are not understood may ask for shares, ranks or chances; a yes or no may go to another member.
    """
    words = {text.replace(",", "") for text in (*(token.text for token in new.content), *new.residue)}
    numbers = {float(word) if "." in word else int(word) for word in words if is_number(word)}
    return all(
        node.kind not in ("true", "false") and (node.kind != "number" or node.value in numbers)
        for _, node in leaves(found.root)
    )


def _occurs(literal: str, root: Node) -> bool:
    """Whether a literal stands in a value of the answer, as a word of its own."""
    pattern = re.compile(rf"(?<!\w){re.escape(literal)}(?!\w)")
    for _, node in leaves(root):
        if node.kind == "string" and pattern.search(node.value):
            return True
        if node.kind == "number" and matches(node, literal):
            return True
    return False
