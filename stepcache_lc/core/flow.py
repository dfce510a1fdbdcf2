"""The flow from request to answer, written once, as generators that yield what they need and receive the result.

    keys -> recall -> verify (plan) -> fulfil -> stitch -> remember

A driver runs them: sync, async or streaming. Nothing here does I/O or knows a host. Store effects never raise into
the flow (a driver answers a failed look-up with nothing found); a failed `Ask` for a patch is answered with a
`Failure`, a failed `Ask` for the whole answer is the host's own error and passes through.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Literal, assert_never

from stepcache_lc.core.admission import (
    also,
    entry_of,
    from_draft,
    is_solved,
    remember,
    repeat_of,
    unchecked_of,
    untouched,
)
from stepcache_lc.core.effects import Ask, Effect, Familiar, Find, Flow, Nearest, Save, Trouble
from stepcache_lc.core.keys import canonical
from stepcache_lc.core.planner import Settings, plan
from stepcache_lc.core.reading import is_outdated, read
from stepcache_lc.core.repair import Repair, repair
from stepcache_lc.core.stitch import judge, records
from stepcache_lc.core.types import (
    Answer,
    Candidate,
    Deferred,
    Draft,
    Entry,
    Generate,
    Origin,
    Patch,
    Plan,
    Reading,
    Recall,
    Repairs,
    Repeat,
    Reply,
    Request,
    Reuse,
    Rewrite,
    Step,
    Tokens,
    Verdict,
    join,
    tile,
)

# ---------------------------------------------------------------------------------------------- the whole flow


def serve(request: Request, settings: Settings) -> Flow:
    """Answer one request."""
    recalled = yield from recall(request, settings)
    chosen = yield from verify(recalled, settings)
    return (yield from fulfil(chosen, settings))


def recall(request: Request, settings: Settings) -> Generator[Effect, Any, Recall]:
    """Look for the very answer, then for candidates of the same scope."""
    if settings.mode in ("off", "bypass"):
        return Recall(request)
    if settings.mode == "refresh":
        reading = yield from _read(request, settings)
        return Recall(request, reading, why="refresh: answered afresh")
    entry = yield Find(request)
    if entry is not None and is_outdated(entry, settings.tasks):
        entry = yield from _checked_again(entry, request, settings)
    if entry is not None and settings.mode != "shadow":
        return Recall(request, None, entry)
    if settings.mode == "exact":
        return Recall(request, why="exact: only identical requests are served")
    reading = yield from _read(request, settings)
    if entry is not None:
        return Recall(request, reading, entry)
    if reading is None:
        return Recall(request, why=_unread(request))
    # Where words are left over, the nearest request is the better proposal; where none are, the checks decide all.
    if settings.familiar and reading.constraints.complete:
        familiar: Candidate | None = yield Familiar(request, settings.rewrite)
        if familiar is not None and _comparable(familiar, request, settings):
            return Recall(request, reading, None, (familiar,), more=True)
    return (yield from _candidates(request, reading, settings))


def verify(recalled: Recall, settings: Settings) -> Generator[Effect, Any, Plan]:
    """Check the candidates against the new request and choose a plan."""
    chosen = yield from _planned(recalled, settings)
    if recalled.more and recalled.reading is not None and not isinstance(chosen, (Reuse, Rewrite)):
        recalled = yield from _candidates(recalled.request, recalled.reading, settings)
        chosen = yield from _planned(recalled, settings)
    return chosen


def fulfil(chosen: Plan, settings: Settings) -> Flow:
    """Carry the plan out."""
    if settings.mode in ("off", "bypass"):
        reply = yield Ask("whole", live=True)
        return untouched(reply, "bypass", "the cache does not handle this call")
    if settings.mode == "shadow":
        return (yield from _shadow(chosen, settings))
    match chosen:
        case Repeat():
            return repeat_of(chosen.entry)
        case Reuse() | Rewrite():
            return (yield from _served(chosen, settings))
        case Patch():
            return (yield from _patch(chosen, settings))
        case Generate():
            return (yield from _generate(chosen, settings))
        case _:
            assert_never(chosen)


def admit(request: Request, deferred: Deferred | None, reply: Reply, settings: Settings) -> Flow:
    """Take in an answer that the host got itself; it is returned as it is, whatever the checks say.

    `deferred` is where the flow for this request ended, if that is still known.
    """
    if deferred is None:
        reading = None if settings.mode == "exact" else (yield from _read(request, settings))
        deferred = Deferred(Recall(request, reading), "miss", "" if reading else _unread(request))
    return (yield from _take_in(deferred, reply, settings))


# ------------------------------------------------------------------------------------------------- its stages


def _candidates(request: Request, reading: Reading, settings: Settings) -> Generator[Effect, Any, Recall]:
    """What the store proposes."""
    found: Sequence[Candidate] = yield Nearest(request, settings.top_k)
    candidates = tuple(candidate for candidate in found if _comparable(candidate, request, settings))
    why = ""
    if not candidates:
        close = any(candidate.similarity >= settings.min_similarity for candidate in found)
        why = "the nearest entries belong to another scope" if close else "nothing comparable is cached"
    return Recall(request, reading, None, candidates[: settings.top_k], why)


def _comparable(candidate: Candidate, request: Request, settings: Settings) -> bool:
    entry = candidate.entry
    return (
        candidate.similarity >= settings.min_similarity
        and entry.candidate
        and entry.scope == request.scope
        and entry.form == request.form
        and entry.id != request.key
    )


def _planned(recalled: Recall, settings: Settings) -> Generator[Effect, Any, Plan]:
    try:
        return plan(recalled, settings)
    except Exception as error:
        yield Trouble("verify", error)
        return Generate(recalled, None, "miss", "a check failed inside the cache; see the log")


def _read(request: Request, settings: Settings) -> Generator[Effect, Any, Reading | None]:
    try:
        return read(request, settings.tasks, system_is_style=settings.system_is_style)
    except Exception as error:
        yield Trouble("read", error)
        return None


def _checked_again(entry: Entry, request: Request, settings: Settings) -> Generator[Effect, Any, Entry | None]:
    """This very request's entry, which another version of its task let pass, under the version of today.

    None if it does not hold any more. What no task reads any more stays the identical answer, without any assurance.
    """
    reading = yield from _read(request, settings)
    if reading is None:
        plain = tuple(replace(record, verdict="neutral", reason="no task looked at it") for record in entry.records)
        entry = replace(entry, task="", task_version=0, candidate=False, assurance="none", unchecked=(), records=plain)
    else:
        try:
            draft, whole = _judged(entry.text, reading)
        except Exception as error:
            yield Trouble("verify", error)
            return None
        if whole.kind != "pass":
            return None
        entry = replace(
            entry,
            task=reading.task.name,
            task_version=reading.task.version,
            assurance=reading.constraints.assurance,
            unchecked=unchecked_of(reading),
            records=tuple(
                replace(record, source=None, origin="solved" if entry.solved else "generated")
                for record in records(draft)
            ),
            candidate=entry.candidate and (reading.constraints.complete or not entry.sources),
        )
    yield Save(entry, request, repeat_of(entry))
    return entry


def _unread(request: Request) -> str:
    return "no task reads this request" if request.readable else "a call of this kind is answered only if identical"


def _served(chosen: Reuse | Rewrite, settings: Settings) -> Flow:
    """Zero model calls: a reused or a rewritten answer."""
    draft, source = chosen.draft, chosen.draft.source
    assert source is not None
    outcome: Literal["reuse", "rewrite", "solved"] = "reuse" if isinstance(chosen, Reuse) else "rewrite"
    if source.entry.solved:
        outcome = "solved"
    answer = from_draft(chosen.recall, chosen.reading, draft, outcome)
    derived = isinstance(chosen, Rewrite)
    request = chosen.recall.request
    # Kept in this process only, since it is cheap to make again: `stored` names what is durable.
    entry = entry_of(request, chosen.reading, answer, candidate=False, age_of=source)
    yield Save(entry, request, answer, durable=False)
    why = f"{_first_failure(chosen)}; recomputed by rule" if derived and _first_failure(chosen) else ""
    return replace(answer, why=why)


def _first_failure(chosen: Reuse | Rewrite) -> str:
    changed = sum(step.origin == "rewritten" for step in chosen.draft.steps)
    return f"{changed} of {len(chosen.draft.steps)} steps did not hold for this request" if changed else ""


def _patch(chosen: Patch, settings: Settings) -> Flow:
    """Ask for the failing block only; regenerate where that does not work."""
    source = chosen.draft.source
    if not settings.may_ask:
        return Deferred(
            chosen.recall,
            "regenerate",
            "the model may not be called here",
            source.similarity if source else None,
            source.entry.id if source else None,
        )
    mended = yield from repair(chosen.recall.request, chosen.reading, chosen.draft, chosen.block, settings)
    if mended.draft is not None:
        answer = from_draft(
            chosen.recall,
            chosen.reading,
            mended.draft,
            "solved" if is_solved(mended.draft) else "patch",
            calls=mended.calls,
            tokens=mended.tokens,
            model_name=mended.model_name,
        )
        answer = replace(answer, why=mended.why or chosen.why, repair=mended.result)
        kept = mended.draft.source  # None: nothing of the earlier answer is left in it
        return (yield from remember(chosen.recall.request, chosen.reading, answer, derived=True, age_of=kept))
    return (
        yield from _generate(
            Generate(chosen.recall, chosen.reading, "regenerate", mended.why, source),
            settings,
            spent=(mended.calls, mended.tokens),
            repaired=mended.result,
        )
    )


def _generate(
    chosen: Generate,
    settings: Settings,
    *,
    spent: tuple[int, Tokens] = (0, Tokens()),
    repaired: Repairs | None = None,
) -> Flow:
    """Let the model answer the whole, check that, and repair what may be repaired."""
    deferred = Deferred(
        chosen.recall,
        chosen.outcome,
        chosen.why,
        chosen.nearest.similarity if chosen.nearest else None,
        chosen.nearest.entry.id if chosen.nearest else None,
    )
    if not settings.may_ask or (chosen.reading is None and not settings.may_ask_unread):
        return deferred
    reply: Reply = yield Ask("whole", live=chosen.reading is None or settings.stream_live)
    return (yield from _take_in(deferred, reply, settings, may_repair=True, spent=spent, repaired=repaired))


def _take_in(
    deferred: Deferred,
    reply: Reply,
    settings: Settings,
    *,
    may_repair: bool = False,
    spent: tuple[int, Tokens] = (0, Tokens()),
    repaired: Repairs | None = None,
) -> Flow:
    """Check a fresh answer, repair it where that is sound, and remember what was verified."""
    request = deferred.recall.request
    calls, tokens = spent[0] + 1, spent[1] + reply.tokens
    plain = replace(
        untouched(reply, deferred.outcome, deferred.why),
        model_calls=calls,
        tokens=tokens,
        similarity=deferred.similarity,
        repair=repaired,
    )
    reading = deferred.recall.reading
    if reading is None or not reply.readable:
        if not reply.storable:
            return replace(plain, why=also(plain.why, reply.storage_note))
        entry_id = yield Save(entry_of(request, None, plain, candidate=False, reply=reply), request, plain)
        return replace(plain, stored=entry_id)
    try:
        draft, whole = _judged(reply.text, reading)
    except Exception as error:
        yield Trouble("verify", error)
        return replace(plain, why="a check failed inside the cache; see the log")
    if whole.kind == "pass":
        answer = replace(
            plain,
            task=reading.task.name,
            assurance=reading.constraints.assurance,
            verified=reading.constraints.assurance in ("proved", "assigned"),
            unchecked=unchecked_of(reading),
            records=records(draft),
        )
        if not reply.storable:
            return replace(answer, why=also(answer.why, reply.storage_note))
        return (yield from remember(request, reading, answer, derived=False, reply=reply))
    if settings.keep_unjudged and whole.kind == "unknown" and all(item.kind != "fail" for item in draft.verdicts):
        kept = replace(plain, records=records(draft), why=also(plain.why, f"not judged: {whole.reason}"))
        if not reply.storable:
            return replace(kept, why=also(kept.why, reply.storage_note))
        entry_id = yield Save(entry_of(request, None, kept, candidate=False, reply=reply), request, kept)
        return replace(kept, stored=entry_id)
    # The model's own answer stands: no check overrides it where words are left over (soundness rule 2), and a host
    # that already has the answer, or has streamed it, cannot be given another.
    failed = replace(
        plain,
        task=reading.task.name,
        unchecked=unchecked_of(reading),
        records=records(draft),
        why=also(plain.why, f"not stored: {whole.reason}"),
    )
    if not may_repair or reading.constraints.residue or (settings.streaming and settings.stream_live):
        return failed
    try:
        draft, whole = _mended(draft, whole, reading)
        block = tuple(reading.task.block(draft.steps, draft.verdicts)) or tuple(range(len(draft.steps)))
    except Exception as error:
        yield Trouble("mend", error)
        return failed
    if whole.kind == "pass":
        mended = Repair(draft, why="mended by rule")
    else:
        mended = yield from repair(request, reading, draft, block, settings)
    calls, tokens = calls + mended.calls, tokens + mended.tokens
    outcome: Literal["regenerate", "miss"] = deferred.outcome
    if mended.draft is None:
        return replace(failed, model_calls=calls, tokens=tokens, repair=mended.result, why=also(failed.why, mended.why))
    answer = from_draft(
        deferred.recall,
        reading,
        mended.draft,
        "solved" if is_solved(mended.draft) else outcome,
        calls=calls,
        tokens=tokens,
        model_name=mended.model_name or reply.model_name,
    )
    answer = replace(
        answer,
        similarity=deferred.similarity,
        source=None,
        repair=mended.result,
        why=also(deferred.why, mended.why or whole.reason),
    )
    return (yield from remember(request, reading, answer, derived=not reading.constraints.complete))


def _judged(text: str, reading: Reading) -> tuple[Draft, Verdict]:
    steps = tuple(
        replace(step, origin="generated", source=None) for step in tile(reading.task.segment(text, reading.constraints))
    )
    if join(steps) != text:
        raise ValueError(f"task {reading.task.name!r}: the steps do not tile the answer")
    verdicts, whole = judge(steps, reading)
    return Draft(steps, verdicts), whole


def _mended(draft: Draft, whole: Verdict, reading: Reading) -> tuple[Draft, Verdict]:
    """What a rule can mend in a fresh answer to this very request: its notation, or a value that stands assigned."""
    rewritten = reading.task.rewrite(draft.steps, reading.constraints, reading.constraints)
    if rewritten is None:
        return draft, whole
    own = {(step.name, step.text) for step in draft.steps}

    def labelled(step: Step) -> Step:
        origin: Origin = "generated" if (step.name, step.text) in own else "rewritten"
        return step if step.hole else replace(step, origin=origin, source=None)

    steps = tuple(labelled(step) for step in tile(rewritten))
    verdicts, verdict = judge(steps, reading)
    return Draft(steps, verdicts), verdict


def _shadow(chosen: Plan, settings: Settings) -> Flow:
    """Ask the model whatever the plan; note what would have been served and whether it agrees."""
    recalled = chosen.recall
    reply: Reply = yield Ask("whole", live=recalled.reading is None or settings.stream_live)
    fresh = Generate(
        recalled, recalled.reading, "regenerate" if recalled.candidates else "miss", "shadow: always asked"
    )
    deferred = Deferred(recalled, fresh.outcome, fresh.why)
    answer = yield from _take_in(deferred, reply, settings)
    assert isinstance(answer, Answer)
    would: Answer | None = None
    match chosen:
        case Repeat():
            would = repeat_of(chosen.entry)
        case Reuse() | Rewrite():
            source = chosen.draft.source
            outcome: Literal["reuse", "rewrite", "solved"] = "reuse" if isinstance(chosen, Reuse) else "rewrite"
            if source is not None and source.entry.solved:
                outcome = "solved"
            would = from_draft(recalled, chosen.reading, chosen.draft, outcome)
        case Patch() | Generate():
            pass
        case _:
            assert_never(chosen)
    if would is None:
        return answer
    agreed = agree(would.text, reply.text, recalled.reading)
    verb = "agrees" if agreed else "disagrees"
    return replace(
        answer, shadow=(would.outcome, agreed), why=f"shadow: would have served {would.outcome}, which {verb}"
    )


def agree(served: str, fresh: str, reading: Reading | None) -> bool:
    """Whether two answers say the same: equal but for blanks, the same JSON, or both right where that is decided."""
    if served.split() == fresh.split():
        return True
    if (same := _json(served)) is not None and same == _json(fresh):
        return True
    if reading is None or not reading.constraints.complete:
        return False
    return all(reading.task.accept(text, reading.constraints).kind == "pass" for text in (served, fresh))


def _json(text: str) -> str | None:
    """The JSON object that the text is, in one spelling."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        return canonical(json.loads(text))
    except (ValueError, RecursionError):
        return None
