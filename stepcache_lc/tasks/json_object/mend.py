"""Mending a failing answer by rule, before any model is asked.

The rungs: tolerant parse, keys renamed where only their style differs, values retyped where nothing is lost, values
that stand in the prompt, members that nobody asked for, text around the value. What then still fails is left to be
asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stepcache_lc.core.align import vocabulary
from stepcache_lc.core.types import Step, join
from stepcache_lc.tasks.json_object.assigned import is_number, matches, render
from stepcache_lc.tasks.json_object.checks import problems
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.content import folded
from stepcache_lc.tasks.json_object.edit import Edits, Insertion, apply
from stepcache_lc.tasks.json_object.extract import Extract, bare, extract, lean, plain, same
from stepcache_lc.tasks.json_object.pointers import last, parent, tokens
from stepcache_lc.tasks.json_object.scan import JsonError, Node
from stepcache_lc.tasks.json_object.schemas import Problem, SchemaRefused
from stepcache_lc.tasks.json_object.steps import leaves, nodes, place
from stepcache_lc.tasks.json_object.tolerant import tolerant


def mend(steps: Sequence[Step], constraints: JsonConstraints) -> list[Step] | None:
    """Mend what rules can; None if there is nothing that they can, or if the request was not understood whole."""
    if constraints.residue or constraints.refused:
        return None
    before = join(steps)
    text = before
    try:
        try:
            found = extract(text)
        except JsonError:
            mended = tolerant(text)
            if mended is None:
                return None
            text, found = mended, extract(mended)
        text = _renamed(text, found, constraints)
        text = _corrected(text, extract(text), constraints)
        text = _stripped(text, extract(text), constraints, changed=text != before)
        found = extract(text)
        lacking = [problem.at for problem in problems(found, constraints) if problem.missing]
    except (JsonError, SchemaRefused):
        return None
    return None if text == before else _steps(steps, text, found, lacking)


def _renamed(text: str, found: Extract, constraints: JsonConstraints) -> str:
    """Give members the demanded key where theirs differs in style only (`firstName` for `first_name`)."""
    wrong = problems(found, constraints)
    wanted: dict[tuple[str, str], list[str]] = {}
    for problem in wrong:
        if problem.missing:
            wanted.setdefault((parent(problem.at), folded(last(problem.at))), []).append(last(problem.at))
    given: dict[tuple[str, str], list[str]] = {}
    for problem in wrong:
        if problem.extra:
            given.setdefault((parent(problem.at), folded(last(problem.at))), []).append(problem.at)
    edits = Edits()
    for place_, names in wanted.items():
        ats = given.get(place_, [])
        if len(names) == len(ats) == 1:
            edits.keys[ats[0]] = names[0]
    return apply(text, found.root, edits) if edits.keys else text


def _corrected(text: str, found: Extract, constraints: JsonConstraints) -> str:
    """Retype values, put assigned ones in their place, and drop members that were not asked for."""
    edits = Edits()
    there = nodes(found.root)
    sure = constraints.data_only and constraints.spelled and not constraints.running
    assigned = constraints.assignments() if sure else {}
    for problem in problems(found, constraints):
        if problem.extra:
            edits.removed.add(problem.at)
            continue
        item = assigned.get(problem.at)
        node = there.get(problem.at)
        schema = constraints.schema_at(problem.at)
        if item is not None and item.exact and (node is None or not matches(node, item.text)):
            like = node if node is not None and node.kind in ("string", "number") else None
            written = render(item.text, like, schema) or render(item.text, None, schema)
            if written is None:
                continue
            if node is not None:
                edits.raw[problem.at] = written
            elif parent(problem.at) in there:
                new = Insertion(last(problem.at), json.loads(written), _neighbour(problem, found, constraints))
                edits.inserted.setdefault(parent(problem.at), []).append(new)
        elif node is not None:
            written = retyped(node, schema)
            if written is not None:
                edits.raw[problem.at] = written
    if found.root.kind == "object" and {f"/{member.key}" for member in found.root.members} <= edits.removed:
        return text
    return apply(text, found.root, edits)


def _neighbour(problem: Problem, found: Extract, constraints: JsonConstraints) -> str | None:
    """The demanded key in front of a missing one, if the answer has it; "" for the first."""
    if len(tokens(problem.at)) != 1 or last(problem.at) not in constraints.keys:
        return None
    before = constraints.keys[: constraints.keys.index(last(problem.at))]
    present = {member.key for member in found.root.members}
    return next((key for key in reversed(before) if key in present), "")


def retyped(node: Node, schema: Any) -> str | None:
    """The value in the demanded type, as JSON, where nothing is lost: `"30"` for `30`, `"Low"` for `"low"`."""
    if not isinstance(schema, Mapping):
        return None
    kind = schema.get("type")
    kinds = {kind} if isinstance(kind, str) else set(kind) if isinstance(kind, list) else set()
    if node.kind == "string" and "string" not in kinds:
        if kinds & {"number", "integer"} and is_number(node.value):
            return str(node.value) if "number" in kinds or "." not in node.value else None
        if "boolean" in kinds and node.value in ("true", "false"):
            return str(node.value)
    if node.kind == "number" and kinds == {"string"} and isinstance(node.value, int):
        return json.dumps(str(node.value))
    choices = schema.get("enum")
    if isinstance(choices, list):
        alike = [choice for choice in choices if _alike(node, choice)]
        if len(alike) == 1:
            return json.dumps(alike[0], ensure_ascii=False)
    return None


def _alike(node: Node, choice: Any) -> bool:
    if node.kind == "string" and isinstance(choice, str):
        return node.value == choice or _capitalised(node.value, choice)
    return node.kind in ("string", "number") and not isinstance(choice, bool) and str(node.value) == str(choice)


# Another word with a capital.
_TWO_WORDS = vocabulary("polish march may august turkey china will mark job nice reading catholic swede scot lent")


def _capitalised(given: str, choice: str) -> bool:
    """Whether an alternative is written with capitals only because it stands alone: `Low` for `low`."""
    if not choice.islower() or choice in _TWO_WORDS:
        return False
    return given == choice.capitalize() or (given == choice.upper() and len(choice) > _LONGEST_UNIT)


_LONGEST_UNIT = 3


def _stripped(text: str, found: Extract, constraints: JsonConstraints, *, changed: bool) -> str:
    """Take off what surrounds the value, where nothing or only a fence may, or where it may speak of what changed."""
    if changed and not plain(text, found):
        return text[found.root.start : found.root.end]
    if (constraints.surround == "bare" and not bare(text, found)) or (
        constraints.surround == "lean" and not lean(text, found)
    ):
        return text[found.root.start : found.root.end]
    return text


def _steps(old: Sequence[Step], text: str, found: Extract, lacking: Sequence[str]) -> list[Step]:
    """The mended answer's steps; those that say the same as before keep their origin."""
    try:
        values = {at: node.value for at, node in leaves(extract(join(old)).root)}
    except JsonError:
        values = {}
    origins = {step.name: step for step in old if not step.hole}
    count = sum(1 for _ in leaves(found.root))
    now = nodes(found.root)
    steps: list[Step] = []
    for step in place(text, found, [(count, at) for at in lacking]):
        source = origins.get(step.name)
        kept = source is not None and (
            step.name not in now or (step.name in values and same(values[step.name], now[step.name].value))
        )
        if step.hole:
            steps.append(step)
        elif kept and source is not None:
            steps.append(replace(step, origin=source.origin, source=source.source))
        else:
            steps.append(replace(step, origin="rewritten"))
    return steps
