"""The flow from request to answer, written once, as generators that yield what they need and receive the result.

    keys -> recall -> verify (plan) -> fulfil -> stitch -> remember

A driver runs them: sync, async or streaming. Nothing here does I/O or knows a host. Store effects never raise into
the flow (a driver answers a failed look-up with nothing found); a failed `Ask` for a patch is answered with a
`Failure`, a failed `Ask` for the whole answer is the host's own error and passes through.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never

from stepcache_lc.core.keys import canonical
from stepcache_lc.core.planner import Settings, plan
from stepcache_lc.core.reading import read
from stepcache_lc.core.stitch import judge, records
from stepcache_lc.core.types import (
    Answer,
    Candidate,
    Deferred,
    Draft,
    Entry,
    Generate,
    Made,
    Message,
    Passed,
    Patch,
    Plan,
    Reading,
    Recall,
    Repeat,
    Reply,
    Request,
    Reuse,
    Rewrite,
    Snapshot,
    Step,
    StepRecord,
    Tokens,
    Verdict,
    join,
    tile,
)
from stepcache_lc.errors import Conflict, MergeError


@dataclass(frozen=True, slots=True)
class Find:
    """Effect: the entry with this very key, or None."""

    request: Request


@dataclass(frozen=True, slots=True)
class Nearest:
    """Effect: up to `k` candidates, best cosine similarity first."""

    request: Request
    k: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Effect: call the model. `patch` sends `messages`; `whole` sends the host's own request unchanged."""

    kind: Literal["whole", "patch"]
    messages: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = None
    live: bool = False
    """A streaming host may be handed the tokens as they come."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Answer to an `Ask` for a patch that the model did not answer."""

    why: str


@dataclass(frozen=True, slots=True)
class Emit:
    """Effect: these first characters of the answer are final; a streaming host may have them now."""

    text: str


@dataclass(frozen=True, slots=True)
class Save:
    """Effect: remember. Returns the id if it is stored (acknowledged), else None.

    `durable=False` keeps it in this process only: it is cheap to make again.
    """

    entry: Entry
    durable: bool = True


@dataclass(frozen=True, slots=True)
class Trouble:
    """Effect: something inside the cache failed; log and count it. The flow goes on without the cache."""

    where: str
    error: Exception


Effect = Find | Nearest | Ask | Emit | Save | Trouble
Flow = Generator[Effect, Any, Answer | Deferred]


# ---------------------------------------------------------------------------------------------- the whole flow


def serve(request: Request, settings: Settings) -> Flow:
    """Answer one request."""
    if settings.mode in ("off", "bypass"):
        reply = yield Ask("whole", live=True)
        return _untouched(reply, "bypass", "the cache does not handle this call")
    recalled = yield from recall(request, settings)
    chosen = yield from verify(recalled, settings)
    return (yield from fulfil(chosen, settings))


def recall(request: Request, settings: Settings) -> Generator[Effect, Any, Recall]:
    """Look for the very answer, then for candidates of the same scope."""
    if settings.mode == "refresh":
        reading = yield from _read(request, settings)
        return Recall(request, reading, why="refresh: answered afresh")
    entry = yield Find(request)
    if entry is not None and settings.mode != "shadow":
        return Recall(request, None, entry)
    if settings.mode == "exact":
        return Recall(request, why="exact: only identical requests are served")
    reading = yield from _read(request, settings)
    if entry is not None:
        return Recall(request, reading, entry)
    if reading is None:
        return Recall(request, why=_unread(request))
    found: Sequence[Candidate] = yield Nearest(request, settings.top_k)
    close = [candidate for candidate in found if candidate.similarity >= settings.min_similarity]
    candidates = tuple(
        candidate
        for candidate in close
        if candidate.entry.candidate
        and candidate.entry.scope == request.scope
        and candidate.entry.form == request.form
        and candidate.entry.id != request.key
    )
    why = ""
    if not candidates:
        why = "nothing comparable is cached" if not close else "the nearest entries belong to another scope"
    return Recall(request, reading, None, candidates[: settings.top_k], why)


def verify(recalled: Recall, settings: Settings) -> Generator[Effect, Any, Plan]:
    """Check the candidates against the new request and choose a plan."""
    try:
        return plan(recalled, settings)
    except Exception as error:
        yield Trouble("verify", error)
        return Generate(recalled, None, "miss", "a check failed inside the cache; see the log")


def fulfil(chosen: Plan, settings: Settings) -> Flow:
    """Carry the plan out."""
    if settings.mode == "shadow":
        return (yield from _shadow(chosen, settings))
    match chosen:
        case Repeat():
            return _repeat(chosen)
        case Reuse() | Rewrite():
            return (yield from _served(chosen, settings))
        case Patch():
            return (yield from _patch(chosen, settings))
        case Generate():
            return (yield from _generate(chosen, settings))
        case _:
            assert_never(chosen)


def admit(deferred: Deferred, reply: Reply, settings: Settings) -> Flow:
    """Take in an answer that the host got itself; it is returned as it is, whatever the checks say."""
    return (yield from _take_in(deferred, reply, settings))


# ------------------------------------------------------------------------------------------------- its stages


def _read(request: Request, settings: Settings) -> Generator[Effect, Any, Reading | None]:
    try:
        return read(request, settings.tasks, system_is_style=settings.system_is_style)
    except Exception as error:
        yield Trouble("read", error)
        return None


def _unread(request: Request) -> str:
    return "no task reads this request" if request.readable else "a call of this kind is answered only if identical"


def _repeat(chosen: Repeat) -> Answer:
    entry = chosen.entry
    return Answer(
        outcome="exact",
        text=entry.text,
        body=Snapshot(entry.payload) if entry.payload else Made(entry.text, entry.form, entry.model_name),
        task=entry.task or None,
        assurance=entry.assurance,
        verified=entry.assurance in ("proved", "assigned"),
        unchecked=entry.unchecked,
        source=entry.id,
        stored=entry.id,
        similarity=1.0,
        records=tuple(
            replace(record, origin="solved" if record.origin == "solved" else "cached", source=entry.id)
            for record in entry.records
        ),
        saved=entry.tokens,
    )


def _served(chosen: Reuse | Rewrite, settings: Settings) -> Flow:
    """Zero model calls: a reused or a rewritten answer."""
    draft, source = chosen.draft, chosen.draft.source
    assert source is not None
    outcome: Literal["reuse", "rewrite", "solved"] = "reuse" if isinstance(chosen, Reuse) else "rewrite"
    if source.entry.solved:
        outcome = "solved"
    answer = _from_draft(chosen.recall, chosen.reading, draft, outcome)
    derived = isinstance(chosen, Rewrite)
    stored = yield Save(_entry(chosen.recall.request, chosen.reading, answer, candidate=False), durable=False)
    del stored  # kept in this process only: `stored` names what is durable
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
    repair = yield from _repair(chosen.recall.request, chosen.reading, chosen.draft, chosen.block, settings)
    if repair.draft is not None:
        answer = _from_draft(
            chosen.recall,
            chosen.reading,
            repair.draft,
            "solved" if _solved(repair.draft) else "patch",
            calls=repair.calls,
            tokens=repair.tokens,
            model_name=repair.model_name,
        )
        answer = replace(answer, why=repair.why or chosen.why, repaired=repair.succeeded)
        return (yield from _remember(chosen.recall.request, chosen.reading, answer, derived=True))
    return (
        yield from _generate(
            Generate(chosen.recall, chosen.reading, "regenerate", repair.why, source),
            settings,
            spent=(repair.calls, repair.tokens),
            repaired=repair.succeeded,
        )
    )


def _generate(
    chosen: Generate,
    settings: Settings,
    *,
    spent: tuple[int, Tokens] = (0, Tokens()),
    repaired: bool | None = None,
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
    repaired: bool | None = None,
) -> Flow:
    """Check a fresh answer, repair it where that is sound, and remember what was verified."""
    request = deferred.recall.request
    calls, tokens = spent[0] + 1, spent[1] + reply.tokens
    plain = replace(
        _untouched(reply, deferred.outcome, deferred.why),
        model_calls=calls,
        tokens=tokens,
        similarity=deferred.similarity,
        repaired=repaired,
    )
    reading = deferred.recall.reading
    if reading is None or not reply.readable:
        if not reply.storable:
            return replace(plain, why=_also(plain.why, reply.storage_note))
        entry_id = yield Save(_entry(request, None, plain, candidate=False, reply=reply))
        return replace(plain, stored=entry_id)
    try:
        draft, whole = _judge_fresh(reply.text, reading)
    except Exception as error:
        yield Trouble("verify", error)
        return replace(plain, why="a check failed inside the cache; see the log")
    if whole.kind == "pass":
        answer = replace(
            plain,
            task=reading.task.name,
            assurance=reading.constraints.assurance,
            verified=reading.constraints.assurance in ("proved", "assigned"),
            unchecked=_unchecked(reading),
            records=records(draft),
        )
        if not reply.storable:
            return replace(answer, why=_also(answer.why, reply.storage_note))
        return (yield from _remember(request, reading, answer, derived=False, reply=reply))
    # The model's own answer stands: no check overrides it where words are left over (soundness rule 2), and a host
    # that already has the answer, or has streamed it, cannot be given another.
    failed = replace(
        plain,
        task=reading.task.name,
        unchecked=_unchecked(reading),
        records=records(draft),
        why=_also(plain.why, f"not stored: {whole.reason}"),
    )
    if not may_repair or reading.constraints.residue or (settings.streaming and settings.stream_live):
        return failed
    try:
        block = tuple(reading.task.block(draft.steps, draft.verdicts)) or tuple(range(len(draft.steps)))
    except Exception as error:
        yield Trouble("block", error)
        return failed
    repair = yield from _repair(request, reading, draft, block, settings)
    calls, tokens = calls + repair.calls, tokens + repair.tokens
    outcome: Literal["regenerate", "miss"] = deferred.outcome
    if repair.draft is None:
        return replace(
            failed, model_calls=calls, tokens=tokens, repaired=repair.succeeded, why=_also(failed.why, repair.why)
        )
    answer = _from_draft(
        deferred.recall,
        reading,
        repair.draft,
        "solved" if _solved(repair.draft) else outcome,
        calls=calls,
        tokens=tokens,
        model_name=repair.model_name or reply.model_name,
    )
    answer = replace(
        answer,
        similarity=deferred.similarity,
        source=None,
        repaired=repair.succeeded,
        why=_also(deferred.why, repair.why or whole.reason),
    )
    return (yield from _remember(request, reading, answer, derived=not reading.constraints.complete))


@dataclass(frozen=True, slots=True)
class _Repair:
    """What the repair loop achieved; `draft` is None if the answer could not be made to hold."""

    draft: Draft | None
    calls: int = 0
    tokens: Tokens = Tokens()
    model_name: str = ""
    succeeded: bool | None = None
    why: str = ""


def _repair(
    request: Request, reading: Reading, draft: Draft, block: tuple[int, ...], settings: Settings
) -> Generator[Effect, Any, _Repair]:
    """The bounded repair loop, with the deterministic fallback for complete requests (the paper's "repair").

    In a stream, the verified prefix goes out first, but only if the solver alone could already complete it: then
    nothing but a suffix that makes the whole pass can follow (soundness rule 9).
    """
    task, constraints = reading.task, reading.constraints
    calls, tokens, model_name, why = 0, Tokens(), "", ""
    try:
        solution = task.solve(constraints) if constraints.complete else None
        fixed = 0
        if settings.streaming and solution is not None and block:
            prefix = draft.steps[: min(block)]
            if _ends_well(prefix, solution, reading):
                fixed = len(prefix)
        if fixed:
            yield Emit(join(draft.steps[:fixed]))
        attempts = 0 if settings.skip_repairs else settings.max_repairs
        best, todo = draft, block
        for _ in range(attempts):
            messages = tuple(task.patch_prompt(request, best.steps, todo, constraints))
            schema = task.patch_schema(request, best.steps, todo, constraints)
            reply = yield Ask("patch", messages, schema)
            calls += 1
            if isinstance(reply, Failure):
                why = f"the model did not answer the patch: {reply.why}"
                continue
            tokens, model_name = tokens + reply.tokens, reply.model_name
            try:
                merged = _patched(task.merge(reply.text, best.steps, todo), best.steps)
            except Conflict as conflict:
                why = f"the model reported a conflict with the kept values: {conflict}"
                break
            except MergeError as error:
                why = f"the model's patch did not fit: {error}"
                continue
            verdicts, whole = judge(merged, reading, stale=draft.stale)
            if whole.kind == "pass":
                done = Draft(merged, verdicts, draft.source, draft.stale)
                return _Repair(done, calls, tokens, model_name, True, "")
            why = f"the model's patch did not hold: {whole.reason}"
            again = tuple(task.block(merged, verdicts))
            # Build on the patch only where it made headway; what was sent out or stood before is never reopened.
            if again and min(again) > min(todo) >= fixed:
                best, todo = Draft(merged, verdicts, draft.source, draft.stale), again
        succeeded = False if calls else None
        if solution is None:
            return _Repair(None, calls, tokens, model_name, succeeded, why or settings.skip_repairs)
        note = settings.skip_repairs or why or "no repair is allowed by the policy"
        solved = _with_solution(best, min(todo, default=0), fixed, solution, reading)
        if solved is None:
            return _Repair(None, calls, tokens, model_name, succeeded, f"{note}; the fallback did not hold either")
        return _Repair(solved, calls, tokens, model_name, succeeded, note)
    except Exception as error:
        yield Trouble("repair", error)
        return _Repair(None, calls, tokens, model_name, None, "a repair failed inside the cache; see the log")


def _patched(merged: Sequence[Step], before: Sequence[Step]) -> tuple[Step, ...]:
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


def _judge_fresh(text: str, reading: Reading) -> tuple[Draft, Verdict]:
    steps = tuple(
        replace(step, origin="generated", source=None) for step in tile(reading.task.segment(text, reading.constraints))
    )
    if join(steps) != text:
        raise ValueError(f"task {reading.task.name!r}: the steps do not tile the answer")
    verdicts, whole = judge(steps, reading)
    return Draft(steps, verdicts), whole


def _shadow(chosen: Plan, settings: Settings) -> Flow:
    """Ask the model whatever the plan; note what would have been served and whether it agrees."""
    recalled = chosen.recall
    reply: Reply = yield Ask("whole", live=recalled.reading is None or settings.stream_live)
    fresh = Generate(recalled, recalled.reading, "regenerate" if recalled.candidates else "miss", "shadow: always asked")
    deferred = Deferred(recalled, fresh.outcome, fresh.why)
    answer = yield from _take_in(deferred, reply, settings)
    assert isinstance(answer, Answer)
    would: Answer | None = None
    match chosen:
        case Repeat():
            would = _repeat(chosen)
        case Reuse() | Rewrite():
            source = chosen.draft.source
            outcome: Literal["reuse", "rewrite", "solved"] = "reuse" if isinstance(chosen, Reuse) else "rewrite"
            if source is not None and source.entry.solved:
                outcome = "solved"
            would = _from_draft(recalled, chosen.reading, chosen.draft, outcome)
        case Patch() | Generate():
            pass
        case _:
            assert_never(chosen)
    if would is None:
        return answer
    agreed = _agree(would, reply.text, recalled.reading)
    verb = "agrees" if agreed else "disagrees"
    return replace(
        answer, shadow=(would.outcome, agreed), why=f"shadow: would have served {would.outcome}, which {verb}"
    )


def _agree(would: Answer, fresh: str, reading: Reading | None) -> bool:
    """Same text, or both right where that can be decided."""
    if would.text.split() == fresh.split():
        return True
    if reading is None or not reading.constraints.complete:
        return False
    return all(reading.task.accept(text, reading.constraints).kind == "pass" for text in (would.text, fresh))


# ------------------------------------------------------------------------------------------- answers and entries


def _also(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _solved(draft: Draft) -> bool:
    return any(step.origin == "solved" for step in draft.steps)


def _unchecked(reading: Reading) -> tuple[str, ...]:
    """What nothing checked: demands without a check, and the words that were left over."""
    residue = " ".join(reading.constraints.residue)
    words = (residue if len(residue) <= 200 else residue[:199] + "…",) if residue else ()
    return (*reading.constraints.unchecked, *words)


def _untouched(reply: Reply, outcome: Literal["bypass", "regenerate", "miss"], why: str) -> Answer:
    return Answer(
        outcome=outcome,
        text=reply.text,
        body=Passed(reply),
        records=(StepRecord("generated", "neutral", None, "no task looked at it"),),
        model_calls=1,
        tokens=reply.tokens,
        why=why,
    )


def _from_draft(
    recalled: Recall,
    reading: Reading,
    draft: Draft,
    outcome: Literal["reuse", "rewrite", "solved", "patch", "regenerate", "miss"],
    *,
    calls: int = 0,
    tokens: Tokens = Tokens(),
    model_name: str = "",
) -> Answer:
    text = join(draft.steps)
    source = draft.source
    return Answer(
        outcome=outcome,
        text=text,
        body=Made(text, recalled.request.form, model_name or (source.entry.model_name if source else "")),
        task=reading.task.name,
        assurance=reading.constraints.assurance,
        verified=reading.constraints.assurance in ("proved", "assigned"),
        unchecked=_unchecked(reading),
        source=source.entry.id if source else None,
        similarity=source.similarity if source else None,
        records=records(draft),
        model_calls=calls,
        tokens=tokens,
        saved=source.entry.tokens.less(tokens) if source else Tokens(),
    )


def _remember(
    request: Request, reading: Reading, answer: Answer, *, derived: bool, reply: Reply | None = None
) -> Generator[Effect, Any, Answer]:
    """Admit a verified answer. What derives from another answer of a partial task is never a candidate (rule 8)."""
    candidate = reading.constraints.complete or not derived
    entry_id = yield Save(_entry(request, reading, answer, candidate=candidate, reply=reply))
    return replace(answer, stored=entry_id)


def _entry(
    request: Request, reading: Reading | None, answer: Answer, *, candidate: bool, reply: Reply | None = None
) -> Entry:
    match answer.body:
        case Snapshot(payload=payload):
            model_name = ""
        case Made(model_name=model_name):
            payload = ""
        case Passed(reply=passed):
            payload, model_name = passed.payload, passed.model_name
        case _:
            assert_never(answer.body)
    sources = tuple(
        dict.fromkeys(
            source for source in (answer.source, *(record.source for record in answer.records)) if source is not None
        )
    )
    return Entry(
        id=request.key,
        namespace=request.namespace,
        model=request.model,
        scope=request.scope,
        request_text=request.text,
        text=answer.text,
        payload=payload,
        model_name=model_name,
        schema="" if request.schema is None else canonical(request.schema),
        form=request.form,
        task=reading.task.name if reading else "",
        task_version=reading.task.version if reading else 0,
        candidate=candidate and reading is not None,
        assurance=answer.assurance,
        unchecked=answer.unchecked,
        records=answer.records,
        sources=sources,
        solved=answer.outcome == "solved" or any(record.origin == "solved" for record in answer.records),
        tokens=(reply.tokens if reply else answer.tokens + answer.saved),
    )
