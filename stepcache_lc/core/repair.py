"""The bounded repair loop: ask for the failing block, and fall back on the solver for complete requests."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stepcache_lc.core.effects import Ask, Effect, Emit, Failure, Trouble
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.stitch import judge
from stepcache_lc.core.types import Draft, Message, Reading, Repairs, Request, Step, Tokens, join, tile
from stepcache_lc.errors import Conflict, MergeError


@dataclass(frozen=True, slots=True)
class Repair:
    """What the repair loop achieved; `draft` is None if the answer could not be made to hold."""

    draft: Draft | None
    calls: int = 0
    tokens: Tokens = Tokens()
    model_name: str = ""
    result: Repairs | None = None
    why: str = ""


def repair(
    request: Request, reading: Reading, draft: Draft, block: tuple[int, ...], settings: Settings
) -> Generator[Effect, Any, Repair]:
    """The bounded repair loop, with the deterministic fallback for complete requests (the paper's "repair").

    In a stream, the verified prefix goes out first, but only if the solver alone could already complete it: then
    nothing but a suffix that makes the whole pass can follow (soundness rule 9).
    """
    task, constraints = reading.task, reading.constraints
    calls, tokens, model_name, why = 0, Tokens(), "", ""
    try:
        solution = task.solve(constraints) if constraints.complete else None
        if solution is not None and judge(_appended((), solution, reading), reading)[1].kind != "pass":
            return Repair(None, why="not repaired: the checks cannot be met even by the solver")
        fixed = 0
        if settings.streaming and solution is not None and block:
            prefix = draft.steps[: min(block)]
            if _ends_well(prefix, solution, reading):
                fixed = len(prefix)
        if fixed:
            yield Emit(join(draft.steps[:fixed]))
        attempts = 0 if settings.skip_repairs else settings.max_repairs
        best, todo = draft, block
        # A fresh answer is the reply to the request as it stands.
        asked = {request.text} if draft.source is None else set()
        for _ in range(attempts):
            messages = _reworded(tuple(task.patch_prompt(request, best.steps, todo, constraints)), asked, calls)
            asked.add(messages[-1].text)
            schema = task.patch_schema(request, best.steps, todo, constraints)
            reply = yield Ask("patch", messages, schema)
            calls += 1
            if isinstance(reply, Failure):
                why = f"the model did not answer the patch: {reply.why}"
                continue
            tokens, model_name = tokens + reply.tokens, reply.model_name
            try:
                merged = _relabelled(task.merge(reply.text, best.steps, todo), best.steps)
            except Conflict as conflict:
                why = f"the model reported a conflict with the kept values: {conflict}"
                break
            except MergeError as error:
                why = f"the model's patch did not fit: {error}"
                continue
            verdicts, whole = judge(merged, reading, stale=draft.stale)
            if whole.kind == "pass":
                done = Draft(merged, verdicts, draft.source, draft.stale)
                return Repair(done, calls, tokens, model_name, "succeeded", "")
            why = f"the model's patch did not hold: {whole.reason}"
            again = tuple(task.block(merged, verdicts))
            # Build on the patch only where it made headway; what was sent out or stood before is never reopened.
            if again and min(again) > min(todo) >= fixed:
                best, todo = Draft(merged, verdicts, draft.source, draft.stale), again
        result: Repairs | None = "failed" if calls else "skipped" if settings.skip_repairs else None
        if solution is None:
            return Repair(None, calls, tokens, model_name, result, why or settings.skip_repairs)
        note = settings.skip_repairs or why or "no repair is allowed by the policy"
        solved = _with_solution(best, min(todo, default=0), fixed, solution, reading)
        if solved is None:
            return Repair(None, calls, tokens, model_name, result, f"{note}; the fallback did not hold either")
        return Repair(solved, calls, tokens, model_name, result, note)
    except Exception as error:
        yield Trouble("repair", error)
        return Repair(None, calls, tokens, model_name, None, "a repair failed inside the cache; see the log")


def _reworded(messages: tuple[Message, ...], asked: Collection[str], calls: int) -> tuple[Message, ...]:
    """Never ask in the same words twice: at temperature 0 they would get the same wrong answer."""
    last = messages[-1]
    if last.text not in asked:
        return messages
    note = f"An earlier answer to this was wrong. Work it out anew and check each step. (Attempt {calls + 2}.)"
    return (*messages[:-1], replace(last, text=f"{last.text}\n\n{note}"))


def _relabelled(merged: Sequence[Step], before: Sequence[Step]) -> tuple[Step, ...]:
    """Label what is new as the model's patch."""
    kept = {(step.name, step.text) for step in before if not step.hole}
    return tuple(
        step if (step.name, step.text) in kept else replace(step, origin="patched", source=None)
        for step in tile(merged)
    )


def _ends_well(prefix: Sequence[Step], solution: str, reading: Reading) -> bool:
    return bool(prefix) and judge(_appended(prefix, solution, reading), reading)[1].kind == "pass"


def _with_solution(draft: Draft, keep: int, fixed: int, solution: str, reading: Reading) -> Draft | None:
    """The verified prefix completed by the solver, or the solver's text alone."""
    for length in dict.fromkeys((keep, fixed, 0)):
        if length < fixed:
            continue
        steps = _appended(draft.steps[:length], solution, reading)
        verdicts, whole = judge(steps, reading)
        if whole.kind == "pass":
            return Draft(steps, verdicts, draft.source if length else None)
    return None


def _appended(prefix: Sequence[Step], solution: str, reading: Reading) -> tuple[Step, ...]:
    gap = "" if not prefix or prefix[-1].text.endswith("\n\n") else "\n" if prefix[-1].text.endswith("\n") else "\n\n"
    suffix = [
        replace(step, origin="solved", source=None) for step in reading.task.segment(solution, reading.constraints)
    ]
    if gap and suffix:
        suffix[0] = replace(suffix[0], text=gap + suffix[0].text)
    return tuple(tile([*prefix, *suffix]))
