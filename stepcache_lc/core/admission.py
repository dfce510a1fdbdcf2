"""Answers and entries: what a draft becomes for the host, and what of it is remembered (soundness rules 8 and 10)."""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from dataclasses import replace
from itertools import takewhile
from typing import Any, Literal, assert_never

from stepcache_lc.core.effects import Effect, Save
from stepcache_lc.core.quoting import quoted
from stepcache_lc.core.stitch import records
from stepcache_lc.core.types import (
    Answer,
    Body,
    Candidate,
    Draft,
    Entry,
    Made,
    Passed,
    Reading,
    Recall,
    Reply,
    Request,
    Snapshot,
    StepRecord,
    Tokens,
    join,
)

# What `core.reading` puts in front of a residue: `<system prompt>`, `<history>`, `<tools>`.
_CALL_PART = re.compile(r"<(?:system prompt|response format|[a-z_]+)>")


def also(*notes: str) -> str:
    """The notes that say something, in one line."""
    return "; ".join(note for note in notes if note)


def is_solved(draft: Draft) -> bool:
    """Whether the deterministic fallback made a step, or a step derives from one that it made."""
    return any(step.origin == "solved" for step in draft.steps)


def unchecked_of(reading: Reading) -> tuple[str, ...]:
    """What nothing checked: demands without a check, and the words that were left over."""
    residue = reading.constraints.residue
    # Parts of the call are named; words of the text are quoted.
    parts = tuple(takewhile(_CALL_PART.fullmatch, residue))
    left = " ".join(residue[len(parts) :])
    words = (f"words that no rule reads: {quoted(left, 200)}",) if left else ()
    return (*reading.constraints.unchecked, *parts, *words)


def untouched(reply: Reply, outcome: Literal["bypass", "regenerate", "miss"], why: str) -> Answer:
    """The model's own answer, which no task looked at."""
    return Answer(
        outcome=outcome,
        text=reply.text,
        body=Passed(reply),
        records=(StepRecord("generated", "neutral", None, "no task looked at it"),),
        model_calls=1,
        tokens=reply.tokens,
        why=why,
    )


def repeat_of(entry: Entry) -> Answer:
    """The stored answer once more, for the very same request."""
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


def repeated(answer: Answer) -> Answer:
    """The identical answer once more, for the very same request: no model call, no tokens."""
    match answer.body:
        case Passed(reply=reply):
            body: Body = Snapshot(reply.payload)
        case Snapshot() | Made():
            body = answer.body
        case _:
            assert_never(answer.body)
    return replace(
        answer,
        outcome="exact",
        body=body,
        source=answer.stored or answer.source,
        similarity=1.0,
        records=tuple(
            replace(record, origin="solved" if record.origin == "solved" else "cached", source=answer.stored)
            for record in answer.records
        ),
        model_calls=0,
        tokens=Tokens(),
        saved=answer.tokens + answer.saved,
        why="",
        repair=None,
        shadow=None,
    )


def from_draft(
    recalled: Recall,
    reading: Reading,
    draft: Draft,
    outcome: Literal["reuse", "rewrite", "solved", "patch", "regenerate", "miss"],
    *,
    calls: int = 0,
    tokens: Tokens = Tokens(),
    model_name: str = "",
) -> Answer:
    """An answer whose every step was judged."""
    text = join(draft.steps)
    source = draft.source
    return Answer(
        outcome=outcome,
        text=text,
        body=Made(text, recalled.request.form, model_name or (source.entry.model_name if source else "")),
        task=reading.task.name,
        assurance=reading.constraints.assurance,
        verified=reading.constraints.assurance in ("proved", "assigned"),
        unchecked=unchecked_of(reading),
        source=source.entry.id if source else None,
        similarity=source.similarity if source else None,
        records=records(draft),
        model_calls=calls,
        tokens=tokens,
        saved=source.entry.tokens.less(tokens) if source else Tokens(),
    )


def remember(
    request: Request,
    reading: Reading,
    answer: Answer,
    *,
    derived: bool,
    reply: Reply | None = None,
    age_of: Candidate | None = None,
) -> Generator[Effect, Any, Answer]:
    """Admit a verified answer. What derives from another answer of a partial task is never a candidate (rule 8)."""
    candidate = reading.constraints.complete or not derived
    entry = entry_of(request, reading, answer, candidate=candidate, reply=reply, age_of=age_of)
    entry_id = yield Save(entry, request, answer)
    return replace(answer, stored=entry_id)


def entry_of(
    request: Request,
    reading: Reading | None,
    answer: Answer,
    *,
    candidate: bool,
    reply: Reply | None = None,
    age_of: Candidate | None = None,
) -> Entry:
    """What is stored of an answer.

    It is as old as the entry that it was made of, so that a lifetime ends for both; else the driver's memory adds the
    time.
    """
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
        # In the host's own order of keys: read again, the request must be the same.
        schema="" if request.schema is None else json.dumps(request.schema, ensure_ascii=False),
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
        created=age_of.entry.created if age_of else 0.0,
    )
