"""The step-caching adapter: a subclass, made on the fly, of the class of the adapter in force.

It keeps that class's name, which DSPy's listeners look at, and everything else of it. Only calling it is different: the
call becomes a request, the flow answers it, and the plain adapter is what asks the LM.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import dspy

from stepcache_lc import drivers
from stepcache_lc.core.effects import Flow
from stepcache_lc.core.flow import fulfil, recall, verify
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.types import Answer, Made, Passed, Request
from stepcache_lc.dspy.calls import Completions, FieldCalls
from stepcache_lc.dspy.fields import FieldError, unframe, value_of
from stepcache_lc.dspy.reading import checks_for, input_texts
from stepcache_lc.dspy.receipts import ReceiptCallback
from stepcache_lc.dspy.scope import Asked, request_of, why_bypass
from stepcache_lc.dspy.task import FieldsTask
from stepcache_lc.dspy.verifier import Verifier
from stepcache_lc.engine import Engine
from stepcache_lc.policy import Policy

_SOME = 0.999
"""Share of steps that a patch may ask for: the task itself minds the share of fields; all of them is no patch."""


@dataclass(frozen=True)
class Run:
    """One run of a wrapped program: what its predictors' calls need to know."""

    engine: Engine
    receipts: ReceiptCallback
    program: str
    """Class of the program."""
    predictors: Mapping[int, str]
    """Names of the program's predictors, by their `id`."""
    verifiers: Mapping[str, Verifier]
    similar: bool
    """Whether other requests' answers may be considered."""


@dataclass
class _Prepared:
    """One call on its way through the flow."""

    calls: FieldCalls
    started: float
    bypass: str = ""
    request: Request | None = None
    policy: Policy | None = None
    tasks: tuple[FieldsTask, ...] = ()
    """What checks an answer."""
    job: drivers.Job | None = None


class _Caching:
    """What the dynamic subclass adds. Without `_run` and `_plain`, which `caching` sets, it is the plain adapter."""

    _run: Run | None = None
    _plain: Any = None

    def __call__(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: dict[str, Any]
    ) -> Completions:
        run, plain = self._run, self._plain
        if run is None:
            found: Completions = super().__call__(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[misc]
            return found
        prepared = _prepare(run, plain, Asked(lm, lm_kwargs, signature, demos, inputs, _predictor(run)))
        if prepared.job is not None:
            try:
                return _finish(run, prepared, drivers.fly(prepared.job))
            except Exception as error:
                there = _answer_there(run, prepared, error)
                if there is not None:
                    return there
        found = plain(lm, lm_kwargs, signature, demos, inputs)
        _stood_aside(run, prepared)
        return found

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: dict[str, Any]
    ) -> Completions:
        run, plain = self._run, self._plain
        if run is None:
            found: Completions = await super().acall(lm, lm_kwargs, signature, demos, inputs)  # type: ignore[misc]
            return found
        prepared = _prepare(run, plain, Asked(lm, lm_kwargs, signature, demos, inputs, _predictor(run)))
        if prepared.job is not None:
            try:
                return _finish(run, prepared, await drivers.afly(prepared.job))
            except Exception as error:
                there = _answer_there(run, prepared, error)
                if there is not None:
                    return there
        found = await plain.acall(lm, lm_kwargs, signature, demos, inputs)
        _stood_aside(run, prepared)
        return found


def caching(adapter: Any, run: Run) -> Any:
    """The step-caching form of an adapter; None stands for DSPy's default."""
    plain = dspy.ChatAdapter() if adapter is None else getattr(adapter, "_plain", None) or adapter
    kind: Any = type(plain)
    made: Any = object.__new__(_subclass(kind))
    made.__dict__.update(vars(plain))
    made._run, made._plain = run, plain
    return made


@lru_cache(maxsize=64)
def _subclass(kind: type) -> type:
    made = type(kind.__name__, (_Caching, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__})
    # DSPy wraps these two of every subclass once more: the callbacks would hear of each call twice.
    for name in ("format", "parse"):
        if name in vars(made):
            delattr(made, name)
    return made


def _predictor(run: Run) -> str:
    """The name of the predictor that is calling, or empty."""
    callers: Sequence[Any] = dspy.settings.caller_modules or ()
    return run.predictors.get(id(callers[-1]), "") if callers else ""


def _prepare(run: Run, plain: Any, asked: Asked) -> _Prepared:
    """The request behind a call and its flow; no flow if the cache fails here."""
    engine = run.engine
    parts: dict[str, Any] = {}
    own: FieldsTask | None = None
    prepared = _Prepared(FieldCalls(asked, plain.__call__, plain.acall), time.perf_counter())
    try:
        namespace, policy, mode = engine.in_force()
        if mode == "serve" and not run.similar:
            mode = "exact"
        prepared.bypass = "the cache is off" if mode == "off" else why_bypass(asked, plain, policy)
        if prepared.bypass:
            mode, request = "bypass", Request("")
        else:
            texts = input_texts(asked)
            request, parts = request_of(
                asked,
                plain,
                texts,
                namespace=namespace,
                policy=policy,
                program=run.program,
                checks=[[task.name, task.version] for task in engine.tasks],
            )
            own = _task(run, asked, texts, policy) if request.readable and mode != "exact" else None
        prepared.request, prepared.policy, prepared.tasks = request, policy, () if own is None else (own,)
        settings = replace(
            engine.settings(request, policy, mode, streaming=False, may_ask=True),
            tasks=prepared.tasks,
            max_patch_share=_SOME,
            keep_unjudged=True,
        )
        prepared.calls.timeout = policy.model_timeout
        streams = dspy.settings.send_stream is not None
        prepared.job = drivers.Job(
            _flow(request, settings, prepared.calls),
            engine.memory(policy, parts),
            prepared.calls,
            engine.flights,
            request.key,
            streams or engine.flies_alone(request, mode, asked.setting("temperature")),
        )
    except Exception as error:
        engine.trouble("request", error)
    return prepared


def _task(run: Run, asked: Asked, texts: Mapping[str, str] | None, policy: Policy) -> FieldsTask | None:
    """The task of this very call, if its outputs can be checked."""
    if texts is None:
        return None
    verifier = run.verifiers.get(asked.predictor)
    checks = checks_for(asked, texts, run.engine.tasks, policy, verifier, run.engine.trouble)
    if checks is None:
        return None
    return FieldsTask(checks, tuple(asked.signature.output_fields), texts, policy.max_patch_share)


def _flow(request: Request, settings: Settings, calls: FieldCalls) -> Flow:
    """The shared flow; the calls learn what is planned, since a regenerated answer must be a fresh one."""
    recalled = yield from recall(request, settings)
    plan = yield from verify(recalled, settings)
    calls.planned(plan, settings.mode)
    return (yield from fulfil(plan, settings))


def _finish(run: Run, prepared: _Prepared, answer: Any) -> Completions:
    """The answer's fields for `Predict`, and its receipt."""
    assert isinstance(answer, Answer)
    assert prepared.request is not None
    calls = prepared.calls
    if isinstance(answer.body, Passed):
        found: Completions = list(answer.body.reply.raw)
    else:
        found = [_values(answer.text, calls.asked.signature)]
    answer = replace(answer, model_calls=calls.made, why=prepared.bypass or answer.why)
    seconds = time.perf_counter() - prepared.started
    receipt = run.engine.finish(
        prepared.request, answer, seconds, prepared.policy, calls.in_background(), prepared.tasks
    )
    run.receipts.put(receipt)
    return found


def _values(text: str, signature: Any) -> dict[str, Any]:
    """The output fields behind a stored or stitched text.

    Raises:
        FieldError: They are not those of the signature.
    """
    texts = unframe(text)
    if tuple(texts) != tuple(signature.output_fields):
        raise FieldError("the stored fields are not those of the signature")
    return {name: value_of(texts[name], field.annotation) for name, field in signature.output_fields.items()}


def _answer_there(run: Run, prepared: _Prepared, error: Exception) -> Completions | None:
    """Count an error of the cache, and say what the model answered already. The host's own error passes."""
    if error is prepared.calls.error:
        raise error
    run.engine.trouble("serve", error)
    whole = prepared.calls.whole
    if whole is None:
        return None
    _stood_aside(run, prepared)
    return list(whole.raw)


def _stood_aside(run: Run, prepared: _Prepared) -> None:
    """The receipt of an answer that the model gave because the cache failed."""
    answer = Answer(
        outcome="bypass",
        text="",
        body=Made("", "text", ""),
        model_calls=max(1, prepared.calls.made),
        why="the cache failed here; see the log",
    )
    run.receipts.put(run.engine.finish(Request(""), answer, time.perf_counter() - prepared.started))
