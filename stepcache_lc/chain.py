"""The flow as Runnables: `StepRetriever | StepVerifier | StepPatcher`.

Each is a driver over one stage of the same generators that every other front door runs; each can be used alone, and
shows under its name in a trace (`stepcache_recall`, `stepcache_verify`, `stepcache_patch`).
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import AsyncCallbackManagerForChainRun, CallbackManagerForChainRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration
from langchain_core.runnables import Runnable, RunnableConfig

from stepcache_lc import drivers
from stepcache_lc.answers import generations_of
from stepcache_lc.calls import Call, call_of_messages
from stepcache_lc.core.effects import Effect, Flow
from stepcache_lc.core.flow import fulfil, recall, verify
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.types import Answer, Deferred, Plan, Recall
from stepcache_lc.engine import CallMemory, Engine
from stepcache_lc.errors import ConfigurationError
from stepcache_lc.explain import messages_from
from stepcache_lc.model_calls import RunCalls
from stepcache_lc.policy import Policy

if TYPE_CHECKING:
    from stepcache_lc.cache import StepCache


@dataclass(frozen=True, slots=True)
class _Passage:
    """What travels with a request from stage to stage: its messages, and what was in force when it came in."""

    call: Call
    messages: Sequence[BaseMessage]
    model: BaseChatModel | None
    policy: Policy
    mode: str
    started: float

    def settings(self, engine: Engine) -> Settings:
        mode = "bypass" if self.call.bypass else self.mode
        return engine.settings(self.call.request, self.policy, mode, streaming=False, may_ask=True)

    def memory(self, engine: Engine) -> CallMemory:
        return engine.memory(self.policy, self.call.parts)


def _recall_flow(engine: Engine, passage: _Passage) -> Generator[Effect, Any, Recall]:
    # Whoever composes the stages, or uses this one as a retriever, gets all that the store proposes.
    settings = replace(passage.settings(engine), familiar=False)
    return recall(replace(passage.call.request, origin=passage), settings)


def _passage(engine: Engine, value: LanguageModelInput, model: BaseChatModel | None) -> _Passage:
    started = time.perf_counter()
    messages = messages_from(value)
    namespace, policy, mode = engine.in_force()
    call = call_of_messages(model, messages, stop=None, kwargs={}, namespace=namespace, policy=policy, model_id=None)
    return _Passage(call, messages, model, policy, mode, started)


class StepRetriever(Runnable[LanguageModelInput, Recall]):
    """Recall: the exact answer, or candidates, for a request. Also usable alone, as a retriever of earlier answers."""

    name = "stepcache_recall"

    def __init__(self, cache: StepCache, model: BaseChatModel | None = None) -> None:
        """`model` says whose entries are looked up; default: the cache's own model."""
        self._engine = _engine_of(cache)
        self._model = model if model is not None else cache.model

    def invoke(self, input: LanguageModelInput, config: RunnableConfig | None = None, **kwargs: Any) -> Recall:
        """Look the request up."""
        return self._call_with_config(self._run, input, config)

    async def ainvoke(
        self,
        input: LanguageModelInput,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Recall:
        """Look the request up without blocking the event loop."""
        return await self._acall_with_config(self._arun, input, config)

    def _run(self, value: LanguageModelInput) -> Recall:
        engine, passage = self._engine, _passage(self._engine, value, self._model)
        return drivers.run(_recall_flow(engine, passage), passage.memory(engine), drivers.Given())

    async def _arun(self, value: LanguageModelInput) -> Recall:
        engine, passage = self._engine, _passage(self._engine, value, self._model)
        return await drivers.arun(_recall_flow(engine, passage), passage.memory(engine), drivers.Given())


class StepVerifier(Runnable[Recall, Plan]):
    """Verify: check what was recalled against the request, step by step, and plan."""

    name = "stepcache_verify"

    def __init__(self, cache: StepCache) -> None:
        """Check with the cache's tasks, under the policy in force."""
        self._engine = _engine_of(cache)

    def invoke(self, input: Recall, config: RunnableConfig | None = None, **kwargs: Any) -> Plan:
        """Plan."""
        return self._call_with_config(self._run, input, config)

    async def ainvoke(self, input: Recall, config: RunnableConfig | None = None, **kwargs: Any) -> Plan:
        """Plan without blocking the event loop."""
        return await self._acall_with_config(self._arun, input, config)

    def _run(self, recalled: Recall) -> Plan:
        passage = _travelling(recalled)
        return drivers.run(
            verify(recalled, passage.settings(self._engine)), passage.memory(self._engine), drivers.Given()
        )

    async def _arun(self, recalled: Recall) -> Plan:
        passage = _travelling(recalled)
        return await drivers.arun(
            verify(recalled, passage.settings(self._engine)), passage.memory(self._engine), drivers.Given()
        )


class StepPatcher(Runnable[Plan, AIMessage]):
    """Fulfil: serve, rewrite, ask for the failing steps only, or regenerate; then stitch and remember."""

    name = "stepcache_patch"

    def __init__(self, cache: StepCache, model: BaseChatModel | None = None) -> None:
        """`model` is asked for what the cache cannot give; default: the cache's own."""
        self._engine = _engine_of(cache)
        chosen = model if model is not None else cache.model
        if not isinstance(chosen, BaseChatModel):
            raise ConfigurationError("model must be a chat model: pass StepPatcher(cache, model) or StepCache(model)")
        self._model = chosen

    def invoke(self, input: Plan, config: RunnableConfig | None = None, **kwargs: Any) -> AIMessage:
        """Carry the plan out."""
        return self._call_with_config(self._run, input, config)

    async def ainvoke(self, input: Plan, config: RunnableConfig | None = None, **kwargs: Any) -> AIMessage:
        """Carry the plan out without blocking the event loop."""
        return await self._acall_with_config(self._arun, input, config)

    def _run(self, plan: Plan, run_manager: CallbackManagerForChainRun, config: RunnableConfig) -> AIMessage:
        engine, passage = self._engine, _travelling(plan.recall)
        if passage.model is not self._model:
            passage = self._own(passage)
            recalled = drivers.run(_recall_flow(engine, passage), passage.memory(engine), drivers.Given())
            plan = drivers.run(verify(recalled, passage.settings(engine)), passage.memory(engine), drivers.Given())
        calls = self._calls(passage, {**config, "callbacks": run_manager.get_child()})
        return self._message(passage, calls, drivers.run(self._flow(plan, passage), passage.memory(engine), calls))

    async def _arun(
        self, plan: Plan, run_manager: AsyncCallbackManagerForChainRun, config: RunnableConfig
    ) -> AIMessage:
        engine, passage = self._engine, _travelling(plan.recall)
        if passage.model is not self._model:
            passage = self._own(passage)
            recalled = await drivers.arun(_recall_flow(engine, passage), passage.memory(engine), drivers.Given())
            plan = await drivers.arun(
                verify(recalled, passage.settings(engine)), passage.memory(engine), drivers.Given()
            )
        calls = self._calls(passage, {**config, "callbacks": run_manager.get_child()})
        return self._message(
            passage, calls, await drivers.arun(self._flow(plan, passage), passage.memory(engine), calls)
        )

    def _own(self, passage: _Passage) -> _Passage:
        """The retriever did not know this model: entries belong to a model, so recall again within its scope."""
        return replace(_passage(self._engine, list(passage.messages), self._model), started=passage.started)

    def _calls(self, passage: _Passage, config: RunnableConfig) -> RunCalls:
        config.pop("run_id", None)
        config.pop("run_name", None)
        return RunCalls(self._model, passage.messages, config, timeout=passage.policy.model_timeout)

    def _flow(self, plan: Plan, passage: _Passage) -> Flow:
        return fulfil(plan, passage.settings(self._engine))

    def _message(self, passage: _Passage, calls: RunCalls, answer: Answer | Deferred) -> AIMessage:
        assert isinstance(answer, Answer)
        seconds = time.perf_counter() - passage.started
        receipt = self._engine.finish(passage.call.request, answer, seconds, passage.policy, calls.again)
        generation = generations_of(answer, receipt.to_dict())[0]
        assert isinstance(generation, ChatGeneration)
        assert isinstance(generation.message, AIMessage)
        return generation.message


def _engine_of(cache: Any) -> Engine:
    engine = getattr(cache, "_engine", None)
    if not isinstance(engine, Engine):
        raise ConfigurationError(f"cache must be a StepCache, not {type(cache).__name__}: pass StepCache(...)")
    return engine


def _travelling(recalled: Recall) -> _Passage:
    passage = recalled.request.origin
    if not isinstance(passage, _Passage):
        raise ConfigurationError("this Recall was not made by a StepRetriever: put one in front")
    return passage
