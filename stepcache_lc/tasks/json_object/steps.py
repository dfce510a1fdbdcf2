"""An answer as steps: one for each leaf of its JSON value, named by the leaf's pointer.

The steps tile the text. A leaf's step begins where the one before ended, so brackets, commas and keys belong to the
leaf that follows them. What stands in front of the value is a step of its own; so is what follows the last leaf: the
closing brackets and the text behind them. What is demanded and missing is a hole: a step of no length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from stepcache_lc.core.types import Step
from stepcache_lc.tasks.json_object.extract import Extract, extract
from stepcache_lc.tasks.json_object.pointers import escape
from stepcache_lc.tasks.json_object.scan import JsonError, Node

BROKEN = "<text>"
"""Name of the one step of an answer that holds no JSON value."""
BEFORE = "<before>"
"""Name of the step in front of the value."""
AFTER = "<after>"
"""Name of the step behind the last leaf."""


def leaves(root: Node) -> Iterator[tuple[str, Node]]:
    """Scalars and empty containers in the order of the text, with their pointers."""
    stack: list[tuple[str, Node]] = [("", root)]
    while stack:
        at, node = stack.pop()
        if node.members:
            for member in reversed(node.members):
                stack.append((f"{at}/{escape(member.key)}", member.value))
        elif node.items:
            for index in range(len(node.items) - 1, -1, -1):
                stack.append((f"{at}/{index}", node.items[index]))
        else:
            yield at, node


def nodes(root: Node) -> dict[str, Node]:
    """All values of an answer by pointer."""
    found: dict[str, Node] = {}
    stack: list[tuple[str, Node]] = [("", root)]
    while stack:
        at, node = stack.pop()
        found[at] = node
        for member in node.members:
            stack.append((f"{at}/{escape(member.key)}", member.value))
        for index, item in enumerate(node.items):
            stack.append((f"{at}/{index}", item))
    return found


@lru_cache(maxsize=8)
def ends(text: str) -> tuple[tuple[str, int], ...]:
    """The leaves of an answer's value and where each ends; an answer is looked at several times on its way.

    Raises:
        JsonError: the answer holds no JSON value.
    """
    return tuple((name, node.end) for name, node in leaves(extract(text).root))


def cut(text: str, missing: Iterable[str] = ()) -> list[Step]:
    """Cut an answer into steps, and append a hole for each missing pointer behind the last leaf."""
    try:
        found = extract(text)
    except JsonError:
        return [Step(text, 0, BROKEN)]
    return place(text, found, [(len(ends(text)), at) for at in missing])


def place(text: str, found: Extract, holes: Iterable[tuple[int, str]]) -> list[Step]:
    """Cut an answer into steps, with holes each in front of the leaf of that number."""
    waiting: dict[int, list[str]] = {}
    for number, name in holes:
        waiting.setdefault(number, []).append(name)
    steps: list[Step] = []
    start = found.root.start
    if start:
        steps.append(Step(text[:start], 0, BEFORE))
    count = 0
    for name, end in ends(text):
        for hole in waiting.get(count, ()):
            steps.append(Step("", start, hole, hole=True))
        steps.append(Step(text[start:end], start, name))
        start, count = end, count + 1
    steps.extend(Step("", start, hole, hole=True) for hole in waiting.get(count, ()))
    if start < len(text):
        steps.append(Step(text[start:], start, AFTER))
    return steps
