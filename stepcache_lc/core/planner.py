"""Planning: how much of which candidate stands for this request. Pure; the cheapest sound plan wins.

For each candidate, the most promising first: align; check its steps as they are; recompute by rule; find the block to
ask for. The first answer that needs no model call is taken. Similarity proposes, only checks decide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from stepcache_lc.core.reading import read
from stepcache_lc.core.stitch import judge, stale_literals
from stepcache_lc.core.types import (
    Candidate,
    Draft,
    Generate,
    Patch,
    Plan,
    Reading,
    Recall,
    Repeat,
    Request,
    Reuse,
    Rewrite,
    Step,
    tile,
)
from stepcache_lc.tasks.base import Task


@dataclass(frozen=True, slots=True)
class Settings:
    """The part of a policy that decisions depend on, and what the host allows in this call."""

    tasks: tuple[Task, ...]
    mode: str = "serve"
    top_k: int = 5
    min_similarity: float = 0.5
    max_repairs: int = 2
    max_patch_share: float = 0.5
    rewrite: bool = True
    system_is_style: bool = False
    stream_live: bool = False
    """Stream the model's tokens of a checkable request live and unverified."""
    streaming: bool = False
    """The host takes the answer piece by piece."""
    may_ask: bool = True
    """The flow may call the model."""
    may_ask_unread: bool = True
    """It may also do so for requests that no task reads (else the host does)."""
    skip_repairs: str = ""
    """Why the model is not asked for repairs just now; empty: it is."""
    familiar: bool = True
    """A candidate that this process holds for the same words may be tried before the store is asked."""
    keep_unjudged: bool = False
    """A fresh answer that could not be judged is kept for `exact`, like an unread one, instead of being asked again."""


def plan(recall: Recall, settings: Settings) -> Plan:
    """Choose the cheapest sound plan for what memory has."""
    if recall.exact is not None:
        return Repeat(recall, recall.exact)
    if recall.reading is None or not recall.candidates:
        return Generate(recall, recall.reading, "miss", recall.why or "nothing comparable is cached")
    best: Patch | None = None
    refusals: dict[str, str] = {}
    for candidate in _promising_first(recall.candidates, recall.request):
        option = _consider(candidate, recall, recall.reading, settings)
        if isinstance(option, (Reuse, Rewrite)):
            return option
        if isinstance(option, Patch):
            if best is None or _share(option) < _share(best):
                best = option
        else:
            refusals[candidate.entry.id] = option
    if best is not None:
        return best
    nearest = recall.candidates[0]
    return Generate(recall, recall.reading, "regenerate", refusals[nearest.entry.id], nearest)


_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


def _promising_first(candidates: Sequence[Candidate], request: Request) -> list[Candidate]:
    """Those with the request's own numbers first, else by similarity: their answers may stand word for word.

    It only saves work: the first answer that holds is taken, and a changed number is the dearest change.
    """
    own = sorted(_NUMBERS.findall(request.text))
    return sorted(candidates, key=lambda candidate: sorted(_NUMBERS.findall(candidate.entry.request_text)) != own)


def _share(patch: Patch) -> float:
    return len(patch.block) / max(1, len(patch.draft.steps))


def _consider(candidate: Candidate, recall: Recall, new: Reading, settings: Settings) -> Reuse | Rewrite | Patch | str:
    """The best use of one candidate, or why there is none."""
    task, entry = new.task, candidate.entry
    old = reread(candidate, recall.request, settings)
    if old is None or old.task.name != task.name:
        return f"the nearest entry is not a {task.name} request"
    substitution = task.align(old.constraints, new.constraints)
    if substitution is None:
        return "the change is semantic: the earlier answer cannot be aligned with this request"
    cached = tuple(
        replace(step, origin="solved" if entry.solved else "cached", source=entry.id)
        for step in tile(task.segment(entry.text, new.constraints))
    )
    stale = stale_literals(substitution, new.constraints, recall.request)
    why = "no step may stand without checks that decide"
    # Unchanged steps may be served as they are if nothing changed that matters, or if the checks decide everything.
    if substitution.identity or (new.constraints.complete and not substitution.replay):
        verdicts, whole = judge(cached, new, stale=stale)
        draft = Draft(cached, verdicts, candidate, stale)
        if whole.kind == "pass":
            return Reuse(recall, new, draft)
        why = whole.reason
    else:
        draft = None
    if not substitution.identity and settings.rewrite:
        rewritten = task.rewrite(cached, old.constraints, new.constraints)
        if rewritten is not None:
            steps = tuple(_relabel(tile(rewritten), entry.id, solved=entry.solved))
            verdicts, whole = judge(steps, new, stale=stale)
            draft = Draft(steps, verdicts, candidate, stale)
            if whole.kind == "pass":
                unchanged = [step.text for step in steps] == [step.text for step in cached]
                return (Reuse if unchanged else Rewrite)(recall, new, draft)
            why = whole.reason
        elif substitution.replay or not new.constraints.complete:
            return "the earlier steps cannot stand for this request"
    if draft is None:
        return "the earlier steps cannot stand for this request"
    block = tuple(task.block(draft.steps, draft.verdicts))
    if not block:
        return f"the whole does not hold: {why}"
    if len(block) > settings.max_patch_share * len(draft.steps):
        return f"{len(block)} of {len(draft.steps)} steps would have to be asked for: {why}"
    return Patch(recall, new, draft, block, why)


def _relabel(steps: Sequence[Step], source: str, *, solved: bool) -> Sequence[Step]:
    """A step that derives from a solver's keeps its label: honest to the last copy (soundness rule 10)."""
    return [
        replace(step, source=step.source or source, origin="solved" if solved and not step.hole else step.origin)
        for step in steps
    ]


def reread(candidate: Candidate, request: Request, settings: Settings) -> Reading | None:
    """Read the request that the candidate answered; its scope, and so its context, is the new request's own."""
    entry = candidate.entry
    schema = None if not entry.schema else _load_schema(entry.schema)
    old = replace(request, text=entry.request_text, schema=schema, form=entry.form)
    return read(old, settings.tasks, system_is_style=settings.system_is_style)


def _load_schema(text: str) -> dict[str, object] | None:
    value = json.loads(text)
    return value if isinstance(value, dict) else None
