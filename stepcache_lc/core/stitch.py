"""Stitching: put the pieces together, check the whole once more, and label where each step came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stepcache_lc.core.quoting import named, quoted
from stepcache_lc.core.types import Constraints, Draft, Reading, Request, Step, StepRecord, Substitution, Verdict, join


def judge(steps: Sequence[Step], reading: Reading, *, stale: Iterable[str] = ()) -> tuple[tuple[Verdict, ...], Verdict]:
    """Verify every step and accept the whole.

    Returns:
        One verdict a step, and the verdict on the stitched whole: `PASS` only if every step may stand, `accept`
        passed, and no stale literal remains (soundness rules 6 and 7).
    """
    task, constraints = reading.task, reading.constraints
    verdicts = tuple(task.verify(steps, constraints))
    if len(verdicts) != len(steps):
        raise ValueError(f"task {task.name!r}: verify returned {len(verdicts)} verdicts for {len(steps)} steps")
    for step, verdict in zip(steps, verdicts, strict=True):
        if step.hole:
            return verdicts, Verdict.UNKNOWN(f"{named(step.name) if step.name else 'a step'} is still to be asked for")
        if not verdict.ok:
            return verdicts, verdict
    text = join(steps)
    whole = task.accept(text, constraints)
    if whole.kind != "pass":
        return verdicts, whole if not whole.ok else Verdict.UNKNOWN("nothing in the answer could be checked")
    left = remaining(text, stale)
    if left is not None:
        return verdicts, Verdict.FAIL(f"{quoted(left)} of the earlier request remains in the answer")
    return verdicts, Verdict.PASS


def stale_literals(substitution: Substitution, constraints: Constraints, request: Request) -> tuple[str, ...]:
    """The old literals that may not remain in a stitched answer.

    Only for partial requests: the answer to a complete one is checked whole against constraints that decide it, and
    an old constant may well turn up there again as a newly computed number.
    """
    if constraints.complete and constraints.assurance == "proved":
        return ()
    return tuple(old for old, _ in substitution.pairs if remaining(request.text, (old,)) is None)


def remaining(text: str, literals: Iterable[str]) -> str | None:
    """The first of the literals that stands in the text as a word of its own, or None."""
    for literal in literals:
        for match in re.finditer(re.escape(literal), text):
            before = text[match.start() - 1 : match.start()]
            after = text[match.end() : match.end() + 1]
            if not (before.isalnum() and literal[:1].isalnum()) and not (after.isalnum() and literal[-1:].isalnum()):
                return literal
    return None


def records(draft: Draft) -> tuple[StepRecord, ...]:
    """The receipt's line for each step."""
    fallback = draft.source.entry.id if draft.source else None
    return tuple(
        StepRecord(
            origin=step.origin,
            verdict=verdict.kind,
            source=step.source or (fallback if step.origin in ("cached", "rewritten") else None),
            reason=verdict.reason,
        )
        for step, verdict in zip(draft.steps, draft.verdicts, strict=True)
    )
