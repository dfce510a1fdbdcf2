"""A dry run: what would happen to a request, and why not something cheaper. No model call, nothing stored."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import BaseMessage, convert_to_messages
from langchain_core.prompt_values import PromptValue

from stepcache_lc import drivers
from stepcache_lc.calls import Call, call_of_messages
from stepcache_lc.core.admission import unchecked_of
from stepcache_lc.core.flow import recall, verify
from stepcache_lc.core.keys import part_digests
from stepcache_lc.core.stitch import records
from stepcache_lc.core.types import Answer, Generate, Made, Outcome, Patch, Plan, Repeat, Reuse, Rewrite, join
from stepcache_lc.embeddings import cosine
from stepcache_lc.engine import Engine, ReadOnlyMemory
from stepcache_lc.messages import AS_SENT
from stepcache_lc.receipt import Receipt

_MOST_COMPARED = 2000


def messages_from(value: LanguageModelInput) -> list[BaseMessage]:
    """The messages behind anything that LangChain takes as a model's input."""
    if isinstance(value, PromptValue):
        return value.to_messages()
    if isinstance(value, str):
        return convert_to_messages([("human", value)])
    return convert_to_messages(value)


def explain(engine: Engine, value: LanguageModelInput, model: BaseChatModel | None) -> Receipt:
    """The receipt that the request would get now, as far as it can be known without asking the model."""
    started = time.perf_counter()
    namespace, policy, mode = engine.in_force(getattr(model, "namespace", None), getattr(model, "policy", None))
    call = call_of_messages(
        getattr(model, "inner", model) if model is not None else None,
        messages_from(value),
        stop=None,
        kwargs={},
        namespace=namespace,
        policy=policy,
        model_id=getattr(model, "scope_name", None),
    )
    settings = engine.settings(call.request, policy, mode, streaming=False, may_ask=False)
    if mode == "off" or call.bypass:
        answer = _planned("bypass", call.bypass or "the cache is off")
        return Receipt.of(answer, elapsed_ms=(time.perf_counter() - started) * 1000.0, quotes=True)
    memory = ReadOnlyMemory(engine, policy, call.parts)

    recalled = drivers.run(recall(call.request, settings), memory, drivers.Given())
    plan = drivers.run(verify(recalled, settings), memory, drivers.Given())
    answer = _of_plan(plan)
    if isinstance(plan, Generate):
        answer = replace(answer, why="; ".join(note for note in (plan.why, _nearest(engine, call)) if note))
    return Receipt.of(answer, elapsed_ms=(time.perf_counter() - started) * 1000.0, quotes=True)


def _planned(outcome: Outcome, why: str) -> Answer:
    return Answer(outcome=outcome, text="", body=Made("", "text", ""), why=why)


def _of_plan(plan: Plan) -> Answer:
    match plan:
        case Repeat(entry=entry):
            return replace(
                _planned("exact", ""),
                task=entry.task or None,
                assurance=entry.assurance,
                verified=entry.assurance in ("proved", "assigned"),
                source=entry.id,
                stored=entry.id,
                similarity=1.0,
                records=entry.records,
            )
        case Generate():
            found = plan.nearest
            return replace(
                _planned(plan.outcome, plan.why),
                task=plan.reading.task.name if plan.reading else None,
                source=found.entry.id if found else None,
                similarity=found.similarity if found else None,
            )
        case Reuse() | Rewrite() | Patch():
            draft = plan.draft
            assert draft.source is not None
            outcome: Outcome = (
                "reuse" if isinstance(plan, Reuse) else "rewrite" if isinstance(plan, Rewrite) else "patch"
            )
            constraints = plan.reading.constraints
            return replace(
                _planned("solved" if draft.source.entry.solved else outcome, getattr(plan, "why", "")),
                text=join(draft.steps),
                task=plan.reading.task.name,
                assurance=constraints.assurance,
                verified=outcome != "patch" and constraints.assurance in ("proved", "assigned"),
                unchecked=unchecked_of(plan.reading),
                source=draft.source.entry.id,
                similarity=draft.source.similarity,
                records=records(draft),
            )


def _nearest(engine: Engine, call: Call) -> str:
    """The nearest entry of the namespace, whatever its scope, and the first part in which it differs."""
    entries = list(islice(engine.stored(call.request.namespace), _MOST_COMPARED))
    if not entries:
        return "the namespace holds no entry"
    vectors = engine.embed([call.request.text, *(entry.request_text for entry in entries)])
    best = max(range(len(entries)), key=lambda at: cosine(vectors[0], vectors[at + 1]))
    entry, similarity = entries[best], cosine(vectors[0], vectors[best + 1])
    part = first_difference(entry.note, part_digests(call.parts))
    return f"nearest entry {entry.id} (cosine {similarity:.2f}) differs in its {part}"


def first_difference(theirs: str, ours: Mapping[str, str]) -> str:
    """Name the first part of a scope in which an entry (`Entry.note`) differs from a request; `text` if none does."""
    try:
        noted = json.loads(theirs)
    except ValueError:
        noted = {}
    if isinstance(noted, dict):
        for part, value in ours.items():
            if part != AS_SENT and noted.get(part) != value:
                return part
    return "text"
