"""Checking an answer against what the request demands: form, keys, types, and values that stand in the prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter

from stepcache_lc.core.quoting import named, quoted
from stepcache_lc.core.types import Step, Verdict, join
from stepcache_lc.tasks.json_object.assigned import matches
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.extract import Extract, bare, extract, lean
from stepcache_lc.tasks.json_object.pointers import parent, upward
from stepcache_lc.tasks.json_object.scan import JsonError, TooLarge
from stepcache_lc.tasks.json_object.schemas import Problem, SchemaRefused, compiled
from stepcache_lc.tasks.json_object.steps import ends, nodes


def missing(found: Extract, constraints: JsonConstraints) -> list[str]:
    """Pointers of the demanded members that a value lacks."""
    try:
        return [problem.at for problem in problems(found, constraints) if problem.missing]
    except SchemaRefused:
        return []


def problems(found: Extract, constraints: JsonConstraints) -> list[Problem]:
    """All that is wrong with a value.

    Raises:
        SchemaRefused: it cannot be checked.
    """
    wrong: list[Problem] = []
    if constraints.schema and not constraints.refused:
        held = _against(constraints.schema, _Written(found.written, found.root.value))
        if isinstance(held, str):
            raise SchemaRefused(held)
        wrong.extend(held)
    # Beside words that were not understood, or beside running text, an assigned value may be wanted in another form.
    sure = constraints.data_only and not constraints.running and not constraints.residue
    assigned = constraints.assigned if sure else ()
    by_pointer = nodes(found.root) if assigned else {}
    for item in assigned:
        node = by_pointer.get(item.at)
        if node is not None and item.exact and not matches(node, item.text):
            wrong.append(Problem(item.at, f"the request says {quoted(item.text)}"))
    return wrong


@dataclass(frozen=True)
class _Written:
    """A value, compared by the text that it was read from."""

    text: str
    value: object = field(compare=False)


@lru_cache(maxsize=64)
def _against(schema: str, written: _Written) -> tuple[Problem, ...] | str:
    """What a schema holds against a value, or why that cannot be said; an answer is looked at several times."""
    try:
        return tuple(compiled(schema).problems(written.value))
    except SchemaRefused as error:
        return str(error)


def judge_steps(steps: Sequence[Step], constraints: JsonConstraints) -> list[Verdict]:
    """One verdict a step. Steps are matched by where they stand, so any tiling of the text can be judged."""
    if constraints.refused:
        return [Verdict.UNKNOWN(constraints.refused)] * len(steps)
    text = join(steps)
    try:
        found = extract(text)
    except TooLarge as error:
        return [Verdict.UNKNOWN(str(error))] * len(steps)
    except JsonError as error:
        return [Verdict.FAIL(f"no JSON answer: {error}")] * len(steps)
    try:
        wrong = problems(found, constraints)
    except SchemaRefused as error:
        return [Verdict.UNKNOWN(str(error))] * len(steps)
    holes = {step.name for step in steps if step.hole}
    wrong = [problem for problem in wrong if not (problem.missing and problem.at in holes)]
    around = _around(text, found, constraints)
    leaves = ends(text)
    tail = leaves[-1][1]
    against = _by_place(wrong)
    verdicts: list[Verdict] = []
    start, leaf = 0, 0
    for step in steps:
        if step.hole:
            verdicts.append(Verdict.FAIL(f"{named(step.name) if step.name else 'the value'} is missing"))
            continue
        end = start + len(step.text)
        worst: Verdict | None = None
        # The leaves that end in this step are judged with it.
        while leaf < len(leaves) and leaves[leaf][1] <= end:
            worst = _worse(worst, _leaf(leaves[leaf][0], against))
            leaf += 1
        if start < found.root.start or end > tail:
            worst = _worse(worst, around)
        verdicts.append(worst or Verdict.NEUTRAL)
        start = end
    return verdicts


def _by_place(wrong: Sequence[Problem]) -> dict[str, tuple[int, Problem]]:
    """The first problem of each place, with its number; what is missing is its container's problem."""
    found: dict[str, tuple[int, Problem]] = {}
    for number, problem in enumerate(wrong):
        found.setdefault(parent(problem.at) if problem.missing else problem.at, (number, problem))
    return found


def _leaf(at: str, wrong: Mapping[str, tuple[int, Problem]]) -> Verdict:
    """A leaf answers for itself, for its containers, and for what is missing in them."""
    found = [wrong[place] for place in upward(at) if place in wrong] if wrong else []
    return Verdict.FAIL(min(found, key=itemgetter(0))[1].reason) if found else Verdict.PASS


def _around(text: str, found: Extract, constraints: JsonConstraints) -> Verdict:
    if found.before(text).count("```") % 2 and "```" not in found.after(text):
        return Verdict.FAIL("the fence is not closed")
    if constraints.surround == "bare" and not bare(text, found):
        return Verdict.FAIL("only the JSON value was asked for")
    if constraints.surround == "lean" and not lean(text, found):
        return Verdict.FAIL("only JSON was asked for, and there is other text")
    return Verdict.NEUTRAL


_RANK = {"neutral": 0, "pass": 1, "unknown": 2, "fail": 3}


def _worse(one: Verdict | None, other: Verdict) -> Verdict:
    return other if one is None or _RANK[other.kind] > _RANK[one.kind] else one


def extras(found: Extract, constraints: JsonConstraints) -> list[str]:
    """Pointers of the members that were not asked for."""
    try:
        return [problem.at for problem in problems(found, constraints) if problem.extra]
    except SchemaRefused:
        return []
