"""`StepCacheChatModel`: `cache.wrap(model)`, a chat model with the cache in front of another one.

The inner model's `_generate` and `_stream` run under this model's own run: every token is reported once. What the
inner model can do (tools, structured output, its profile) is asked of it, and what comes back is bound to this model.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding, RunnableParallel, RunnableSequence
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from stepcache_lc import drivers
from stepcache_lc.answers import chat_generations
from stepcache_lc.calls import STRUCTURED, Call, bare_call, call_of_messages
from stepcache_lc.core.types import Answer, Deferred, Passed
from stepcache_lc.engine import Engine
from stepcache_lc.hits import Hit
from stepcache_lc.model_calls import DirectCalls
from stepcache_lc.policy import Policy
from stepcache_lc.tracing import LLMRun, traced, watched


class StepCacheChatModel(BaseChatModel):
    """A chat model that answers from verified steps where it can, and asks the inner model where it cannot.

    Made by `StepCache.wrap`. Every message carries its receipt under `response_metadata["stepcache"]`; a stream
    carries it on exactly its last chunk.
    """

    inner: BaseChatModel
    """The wrapped model."""
    namespace: str | None = None
    """Tenant, instead of the cache's own."""
    policy: Policy | None = None
    """Policy, instead of the cache's own."""
    scope_name: str | None = None
    """Name of the model's scope, instead of its identifying parameters; hosts take a `model_id` for the model's."""
    answer_tools: tuple[str, ...] = ()
    """Names of tools that stand for the shape of an answer: to call the only one, if it is forced, is no action."""
    engine: Any = Field(default=None, exclude=True, repr=False)

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @classmethod
    def around(
        cls, model: BaseChatModel, cache: Any, *, namespace: str | None, policy: Policy | None, model_id: str | None
    ) -> StepCacheChatModel:
        """Wrap a model; `cache.wrap` checks the arguments."""
        return cls(
            inner=model,
            engine=cache._engine,
            namespace=namespace,
            policy=policy,
            scope_name=model_id,
            # A global LangChain cache must not answer a second time in front of this one.
            cache=False,
            disable_streaming=model.disable_streaming,
            output_version=model.output_version,
            profile=model.profile,
            # The inner model has no run of its own that would report to these, or carry these.
            callbacks=model.callbacks,
            tags=model.tags,
            metadata=model.metadata,
            verbose=model.verbose,
            name=model.name,
        )

    # ---------------------------------------------------------------------------------- what the inner model is

    @property
    def _llm_type(self) -> str:
        return "stepcache"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {**self.inner._identifying_params, "wrapped": self.inner._llm_type}

    @property
    def model_name(self) -> str | None:
        """The inner model's name, under whichever name hosts look for it."""
        names = (getattr(self.inner, attribute, None) for attribute in ("model_name", "model", "model_id"))
        name = next((name for name in names if name), None)
        return name if isinstance(name, str) else None

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return self.inner._get_ls_params(stop=stop, **kwargs)

    def get_num_tokens(self, text: str) -> int:
        """Count tokens as the inner model does."""
        return self.inner.get_num_tokens(text)

    def get_token_ids(self, text: str) -> list[int]:
        """Tokenise as the inner model does."""
        return self.inner.get_token_ids(text)

    def get_num_tokens_from_messages(self, messages: list[BaseMessage], tools: Sequence[Any] | None = None) -> int:
        """Count tokens as the inner model does."""
        return self.inner.get_num_tokens_from_messages(messages, tools)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools as the inner model does."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        structured = bool(self.answer_tools) and {_name_of(tool) for tool in tools} <= set(self.answer_tools)
        return self._rewired(self.inner.bind_tools(tools, **kwargs), structured=structured)

    def with_structured_output(
        self, schema: dict[str, Any] | type, *, include_raw: bool = False, **kwargs: Any
    ) -> Runnable[LanguageModelInput, Any]:
        """Ask for structured output in the way that the inner model does."""
        return self._rewired(
            self.inner.with_structured_output(schema, include_raw=include_raw, **kwargs), structured=True
        )

    def _rewired(self, runnable: Runnable[Any, Any], *, structured: bool) -> Runnable[Any, Any]:
        """The same Runnable with this model in the place of the inner one."""
        if isinstance(runnable, BaseChatModel):
            return self if runnable is self.inner else self.model_copy(update={"inner": runnable})
        if isinstance(runnable, RunnableBinding):
            kwargs = dict(runnable.kwargs)
            if structured and kwargs.get("tools"):
                kwargs[STRUCTURED] = True
            bound = self._rewired(runnable.bound, structured=structured)
            return runnable.model_copy(update={"bound": bound, "kwargs": kwargs})
        if isinstance(runnable, RunnableSequence):
            first, *rest = runnable.steps
            return RunnableSequence(self._rewired(first, structured=structured), *rest, name=runnable.name)
        if isinstance(runnable, RunnableParallel):
            return RunnableParallel(
                {name: self._rewired(step, structured=structured) for name, step in runnable.steps__.items()}
            )
        return runnable

    # ------------------------------------------------------------------------------------------------ answering

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        begun = self._begin(messages, stop, run_manager, kwargs, streaming=False)
        try:
            if begun.hit is not None:
                return ChatResult(generations=self._held(begun))
            if begun.job is not None:
                return self._result(begun, drivers.fly(begun.job))
        except Exception as error:
            self._own_trouble(error, begun.calls)
        return self._plain(begun.calls)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        begun = self._begin(messages, stop, run_manager, kwargs, streaming=False)
        try:
            if begun.hit is not None:
                return ChatResult(generations=self._held(begun))
            if begun.job is not None:
                return self._result(begun, await drivers.afly(begun.job))
        except Exception as error:
            self._own_trouble(error, begun.calls)
        return await self._aplain(begun.calls)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        begun = self._begin(messages, stop, run_manager, kwargs, streaming=True)
        sent = _Sent()
        try:
            if begun.hit is not None:
                yield from sent.rest(self._held(begun)[0])
                return
            if begun.job is not None:
                for item in drivers.fly_streaming(begun.job):
                    yield from self._chunks(begun, item, sent)
                return
        except Exception as error:
            self._own_trouble(error, begun.calls, sent)
        yield from sent.rest(self._plain(begun.calls).generations[0])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        begun = self._begin(messages, stop, run_manager, kwargs, streaming=True)
        sent = _Sent()
        try:
            if begun.hit is not None:
                for chunk in sent.rest(self._held(begun)[0]):
                    yield chunk
                return
            if begun.job is not None:
                async with aclosing(drivers.afly_streaming(begun.job)) as items:
                    async for item in items:
                        for chunk in self._chunks(begun, item, sent):
                            yield chunk
                return
        except Exception as error:
            self._own_trouble(error, begun.calls, sent)
        for chunk in sent.rest((await self._aplain(begun.calls)).generations[0]):
            yield chunk

    # --------------------------------------------------------------------------------------------------- inside

    def _begin(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        run_manager: LLMRun | None,
        kwargs: Mapping[str, Any],
        *,
        streaming: bool,
    ) -> _Begun:
        """The model call, and the job that answers it: none if the cache fails here."""
        started = time.perf_counter()
        sent = {name: value for name, value in kwargs.items() if name != STRUCTURED}
        calls = DirectCalls(self.inner, messages, stop=stop, kwargs=sent, form="text", run_manager=run_manager)
        engine: Engine = self.engine
        try:
            namespace, policy, mode = engine.in_force(self.namespace, self.policy)
            unheard = not watched(run_manager)
            bare = None
            if unheard and not kwargs and stop is None:
                bare = bare_call(self.inner, messages, namespace=namespace, policy=policy, model_id=self.scope_name)
            key = engine.aliases.get(bare.alias) if bare is not None else None
            hit = engine.hit(key, policy, mode) if key is not None else None
            if hit is not None:
                return _Begun(started, calls, hit=hit)
            call = call_of_messages(
                self.inner,
                messages,
                stop=stop,
                kwargs=kwargs,
                namespace=namespace,
                policy=policy,
                model_id=self.scope_name,
                bare=bare,
            )
            calls.form, calls.timeout = call.request.form, policy.model_timeout
            hit = engine.hit(call.request.key, policy, mode) if unheard and not call.bypass else None
            if hit is not None:
                if bare is not None:
                    engine.aliases.put(bare.alias, call.request.key)
                return _Begun(started, calls, call, hit=hit)
            settings = engine.settings(
                call.request, policy, "bypass" if call.bypass else mode, streaming=streaming, may_ask=True
            )
            memory = engine.memory(policy, call.parts)
            job = drivers.Job(
                traced(call.request, settings, memory, run_manager),
                memory,
                calls,
                engine.flights,
                call.request.key,
                call.keyed or engine.flies_alone(call.request, settings.mode, call.temperature),
            )
            return _Begun(started, calls, call, job)
        except Exception as error:
            engine.trouble("request", error)
            return _Begun(started, calls)

    def _held(self, begun: _Begun) -> list[ChatGeneration]:
        """The generations of an exact hit from this process's memory."""
        engine: Engine = self.engine
        assert begun.hit is not None
        receipt = engine.finish_hit(begun.hit, time.perf_counter() - begun.started)
        made = begun.hit.generations(receipt.to_dict(), begun.call.parse_as if begun.call is not None else None)
        return [generation for generation in made if isinstance(generation, ChatGeneration)]

    def _result(self, begun: _Begun, answer: Answer | Deferred) -> ChatResult:
        answer, receipt, parse_as = self._finished(begun, answer)
        output = answer.body.reply.raw.llm_output if isinstance(answer.body, Passed) else None
        return ChatResult(generations=chat_generations(answer, receipt, parse_as), llm_output=output)

    def _chunks(
        self, begun: _Begun, item: drivers.Piece | drivers.Done[Answer | Deferred], sent: _Sent
    ) -> Iterator[ChatGenerationChunk]:
        """What goes out for an item of the stream; the receipt is on the last chunk."""
        if isinstance(item, drivers.Piece):
            yield sent.piece(item)
            return
        answer, receipt, parse_as = self._finished(begun, item.value)
        if sent.live:
            yield sent.closing(receipt)
            return
        yield from sent.rest(chat_generations(answer, receipt, parse_as)[0])

    def _finished(self, begun: _Begun, answer: Answer | Deferred) -> tuple[Answer, dict[str, Any], Any]:
        """The answer, its receipt as JSON, and what to parse it as."""
        call = begun.call
        assert isinstance(answer, Answer)
        assert call is not None
        engine: Engine = self.engine
        seconds = time.perf_counter() - begun.started
        receipt = engine.finish(call.request, answer, seconds, call.policy, begun.calls.again)
        return answer, receipt.to_dict(), call.parse_as

    def _own_trouble(self, error: Exception, calls: DirectCalls, sent: _Sent | None = None) -> None:
        """Count an error of the cache; the model's own is the host's, and so is one behind a half-sent stream."""
        if error is calls.error:
            raise error
        self.engine.trouble("serve", error)
        if sent is not None and sent.anything:
            raise error

    def _plain(self, calls: DirectCalls) -> ChatResult:
        """The inner model's own answer, which may already be there."""
        if calls.whole is not None and isinstance(calls.whole.raw, ChatResult):
            return calls.whole.raw
        return self.inner._generate(calls.messages, stop=calls.stop, **calls.kwargs)

    async def _aplain(self, calls: DirectCalls) -> ChatResult:
        if calls.whole is not None and isinstance(calls.whole.raw, ChatResult):
            return calls.whole.raw
        return await self.inner._agenerate(calls.messages, stop=calls.stop, **calls.kwargs)


# LangChain looks at the signatures of these two in every call; it finds them ready.
for _method in (StepCacheChatModel._generate, StepCacheChatModel._agenerate):
    vars(_method)["__signature__"] = inspect.signature(_method)


@dataclass(frozen=True, slots=True)
class _Begun:
    """One call of the host, on its way."""

    started: float
    """`time.perf_counter()`, in seconds."""
    calls: DirectCalls
    call: Call | None = None
    job: drivers.Job | None = None
    hit: Hit | None = None


def _name_of(tool: Any) -> str | None:
    name = convert_to_openai_tool(tool).get("function", {}).get("name")
    return name if isinstance(name, str) else None


class _Sent:
    """What of a stream has gone out."""

    def __init__(self) -> None:
        self.text = ""
        self.live = False

    @property
    def anything(self) -> bool:
        return bool(self.text) or self.live

    def piece(self, piece: drivers.Piece) -> ChatGenerationChunk:
        """A verified prefix, or a live chunk of the model's (never marked as the last one: the receipt follows)."""
        if piece.chunk is None:
            self.text += piece.text
            return ChatGenerationChunk(message=AIMessageChunk(content=piece.text))
        self.live = True
        chunk: ChatGenerationChunk = piece.chunk
        if getattr(chunk.message, "chunk_position", None):
            chunk = chunk.model_copy(update={"message": chunk.message.model_copy(update={"chunk_position": None})})
        return chunk

    def closing(self, receipt: Mapping[str, Any]) -> ChatGenerationChunk:
        """The last chunk behind live ones."""
        return ChatGenerationChunk(
            message=AIMessageChunk(content="", response_metadata={"stepcache": dict(receipt)}, chunk_position="last")
        )

    def rest(self, generation: ChatGeneration) -> Iterator[ChatGenerationChunk]:
        """A whole message as chunks, less the text that has gone out."""
        message = generation.message
        content = message.content
        if isinstance(content, str):
            content = content.removeprefix(self.text)
            if content:
                yield ChatGenerationChunk(message=AIMessageChunk(content=content))
            content = ""
        fields: dict[str, Any] = {
            "content": content,
            "additional_kwargs": message.additional_kwargs,
            "response_metadata": message.response_metadata,
            "chunk_position": "last",
        }
        if isinstance(message, AIMessage):
            fields["tool_calls"] = message.tool_calls
            fields["invalid_tool_calls"] = message.invalid_tool_calls
            fields["usage_metadata"] = message.usage_metadata
        yield ChatGenerationChunk(message=AIMessageChunk(**fields), generation_info=generation.generation_info)
