"""Calling the wrapped model: how an `Ask` of the flow becomes a LangChain call.

`DirectCalls` calls `_generate`/`_stream` under the host's own run, so that every token is reported once, by that run;
a patch shows in a trace as a chain run named `stepcache_patch`. `RunCalls` invokes the model with runs of its own; it
serves the Runnable chain, whose own run reports no tokens.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig

from stepcache_lc.core.effects import Ask
from stepcache_lc.core.types import Reply
from stepcache_lc.interrupts import bubbles_up
from stepcache_lc.messages import reply_of, to_langchain
from stepcache_lc.tracing import GENERATE, PATCH, TAGS, LLMRun, ain_run, below, in_run

_asking: contextvars.ContextVar[bool] = contextvars.ContextVar("stepcache_asking", default=False)


def is_asking() -> bool:
    """Whether this code runs inside a model call of the cache: its own look-ups must not answer that."""
    return _asking.get()


@contextmanager
def asking() -> Iterator[None]:
    """Mark a model call of the cache."""
    token = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(token)


class DirectCalls:
    """Calls `model._generate` and `model._stream` with the host's arguments."""

    def __init__(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        *,
        stop: list[str] | None,
        kwargs: Mapping[str, Any],
        form: str,
        run_manager: LLMRun | None = None,
        own_run: bool = True,
        timeout: float | None = None,
    ) -> None:
        """`own_run`: the host's run, managed by `run_manager`, reports the tokens. `timeout`: seconds a patch."""
        self.model = model
        self.messages = list(messages)
        self.stop = stop
        self.kwargs = dict(kwargs)
        self.form = form
        self.run_manager = run_manager
        self.own_run = own_run
        self.timeout = timeout
        self.error: Exception | None = None
        """What the model raised on the whole request, or to leave a graph: the host's own error."""
        self.whole: Reply | None = None
        """What the model answered to the whole request."""

    def ask(self, ask: Ask) -> Reply:
        """Call the model, synchronously."""
        if ask.kind == "whole":
            if self.own_run:
                return self._whole()
            return in_run(GENERATE, self._whole, {}, "whole", _answered)

        def patch() -> Reply:
            return in_run(PATCH, lambda: self._patch(ask), below(self.run_manager), "patch", _answered)

        return patch() if self.timeout is None else bounded(patch, self.timeout)

    def again(self) -> Reply:
        """Ask for the whole request once more, outside of the host's run."""
        with asking():
            result = self.model._generate(self.messages, stop=self.stop, **self.kwargs)
        return reply_of(result.generations, form=self.form, llm_output=result.llm_output)

    async def aask(self, ask: Ask) -> Reply:
        """Call the model on the event loop."""
        if ask.kind == "whole":
            if self.own_run:
                return await self._awhole()
            return await ain_run(GENERATE, self._awhole, {}, "whole", _answered)
        pending = ain_run(PATCH, lambda: self._apatch(ask), below(self.run_manager), "patch", _answered)
        return await (pending if self.timeout is None else asyncio.wait_for(pending, self.timeout))

    def live(self, ask: Ask, *, on_loop: bool) -> LiveCall | None:
        """Stream the model's own tokens, where the model can: some stream only asynchronously."""
        cls = type(self.model)
        can = cls._stream is not BaseChatModel._stream or (on_loop and cls._astream is not BaseChatModel._astream)
        if not can or self.model.disable_streaming is True:
            return None
        if self.model.disable_streaming == "tool_calling" and self.kwargs.get("tools"):
            return None
        # LangChain takes `streaming=False`, where it is said, for "never".
        if "streaming" in self.model.model_fields_set and getattr(self.model, "streaming", None) is False:
            return None
        return LiveCall(self)

    def _whole(self) -> Reply:
        if self.model.rate_limiter:
            self.model.rate_limiter.acquire(blocking=True)
        try:
            with asking():
                result = self.model._generate(self.messages, stop=self.stop, **self.kwargs)
        except Exception as error:
            self.error = error
            raise
        return self._took(result)

    async def _awhole(self) -> Reply:
        if self.model.rate_limiter:
            await self.model.rate_limiter.aacquire(blocking=True)
        try:
            with asking():
                result = await self.model._agenerate(self.messages, stop=self.stop, **self.kwargs)
        except Exception as error:
            self.error = error
            raise
        return self._took(result)

    def _took(self, result: ChatResult) -> Reply:
        self.whole = Reply("", raw=result, readable=False, storable=False)
        self.whole = reply_of(result.generations, form=self.form, llm_output=result.llm_output, raw=result)
        return self.whole

    def _patch(self, ask: Ask) -> Reply:
        if self.model.rate_limiter:
            self.model.rate_limiter.acquire(blocking=True)
        try:
            with asking():
                result = self.model._generate(to_langchain(ask.messages), **patch_kwargs(self.kwargs, ask))
        except Exception as error:
            self.error = error if bubbles_up(error) else self.error
            raise
        return reply_of(result.generations, llm_output=result.llm_output)

    async def _apatch(self, ask: Ask) -> Reply:
        if self.model.rate_limiter:
            await self.model.rate_limiter.aacquire(blocking=True)
        try:
            with asking():
                result = await self.model._agenerate(to_langchain(ask.messages), **patch_kwargs(self.kwargs, ask))
        except Exception as error:
            self.error = error if bubbles_up(error) else self.error
            raise
        return reply_of(result.generations, llm_output=result.llm_output)


class LiveCall:
    """One streamed call of the whole request; `reply` is complete once the iteration is."""

    def __init__(self, calls: DirectCalls) -> None:
        self._calls = calls
        self._chunks: list[ChatGenerationChunk] = []
        self.reply = Reply("", readable=False, storable=False)

    def __iter__(self) -> Iterator[ChatGenerationChunk]:
        calls = self._calls
        if calls.model.rate_limiter:
            calls.model.rate_limiter.acquire(blocking=True)
        try:
            for chunk in calls.model._stream(calls.messages, stop=calls.stop, **calls.kwargs):
                self._chunks.append(chunk.model_copy())
                yield chunk
        except Exception as error:
            calls.error = error
            raise
        self._finish()

    async def __aiter__(self) -> AsyncIterator[ChatGenerationChunk]:
        calls = self._calls
        if calls.model.rate_limiter:
            await calls.model.rate_limiter.aacquire(blocking=True)
        try:
            async for chunk in calls.model._astream(calls.messages, stop=calls.stop, **calls.kwargs):
                self._chunks.append(chunk.model_copy())
                yield chunk
        except Exception as error:
            calls.error = error
            raise
        self._finish()

    def _finish(self) -> None:
        if not self._chunks:
            return
        merged = self._chunks[0] if len(self._chunks) == 1 else self._chunks[0] + self._chunks[1:]
        fields = merged.message.model_dump(exclude={"type", "tool_call_chunks", "chunk_position"})
        generation = ChatGeneration(message=AIMessage(**fields), generation_info=merged.generation_info)
        self.reply = reply_of([generation], form=self._calls.form)
        self._calls.whole = self.reply


class RunCalls:
    """Invokes the model with runs of its own, under the given configuration."""

    def __init__(
        self,
        model: BaseChatModel,
        messages: Sequence[BaseMessage],
        config: RunnableConfig,
        *,
        timeout: float | None = None,
    ) -> None:
        """`config` is the enclosing run's; `timeout` bounds a patch, in seconds."""
        self.model = model.model_copy(update={"cache": False})
        self.messages = list(messages)
        self.config = config
        self.timeout = timeout
        self.error: Exception | None = None
        self.whole: Reply | None = None

    def ask(self, ask: Ask) -> Reply:
        """Invoke the model."""
        if ask.kind == "patch" and self.timeout is not None:
            return bounded(lambda: self._invoke(ask), self.timeout)
        return self._invoke(ask)

    async def aask(self, ask: Ask) -> Reply:
        """Await the model."""
        pending = self._ainvoke(ask)
        if ask.kind == "patch" and self.timeout is not None:
            return await asyncio.wait_for(pending, self.timeout)
        return await pending

    def again(self) -> Reply:
        """Ask for the whole request once more, outside of the enclosing run."""
        with asking():
            return reply_of(self.model._generate(self.messages).generations)

    def live(self, ask: Ask, *, on_loop: bool) -> None:
        """A chain hands on whole answers only."""

    def _arguments(self, ask: Ask) -> tuple[list[BaseMessage], RunnableConfig, dict[str, Any]]:
        if ask.kind == "whole":
            return self.messages, self.config, {}
        tags = [*(self.config.get("tags") or []), *TAGS]
        return to_langchain(ask.messages), {**self.config, "tags": tags, "run_name": PATCH}, {}

    def _invoke(self, ask: Ask) -> Reply:
        messages, config, kwargs = self._arguments(ask)
        try:
            with asking():
                message = self.model.invoke(messages, config, **kwargs)
        except Exception as error:
            self.error = error if ask.kind == "whole" or bubbles_up(error) else self.error
            raise
        return self._took(ask, message)

    async def _ainvoke(self, ask: Ask) -> Reply:
        messages, config, kwargs = self._arguments(ask)
        try:
            with asking():
                message = await self.model.ainvoke(messages, config, **kwargs)
        except Exception as error:
            self.error = error if ask.kind == "whole" or bubbles_up(error) else self.error
            raise
        return self._took(ask, message)

    def _took(self, ask: Ask, message: AIMessage) -> Reply:
        result = ChatResult(generations=[ChatGeneration(message=message)])
        reply = reply_of(result.generations, raw=result)
        if ask.kind == "whole":
            self.whole = reply
        return reply


def patch_kwargs(kwargs: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """The host's call arguments for a patch: no tools, no stop words, no demand for the whole answer's shape.

    Where the host enforces a JSON schema on the answer in OpenAI's way, the patch's own schema is enforced instead.
    """
    dropped = {"tools", "tool_choice", "functions", "function_call", "parallel_tool_calls", "response_format", "n"}
    kept = {name: value for name, value in kwargs.items() if name not in dropped}
    if ask.schema is not None and kwargs.get("response_format") is not None:
        kept["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "patch", "schema": dict(ask.schema), "strict": False},
        }
    return kept


def _answered(_: Reply) -> str:
    # What the model said is in the host's own run, as far as it became part of the answer.
    return "answered"


def bounded(work: Callable[[], Reply], seconds: float) -> Reply:
    """Wait so long for the work. A call that hangs is left behind in a daemon thread: nothing can stop it."""
    future: concurrent.futures.Future[Reply] = concurrent.futures.Future()
    context = contextvars.copy_context()

    def target() -> None:
        try:
            future.set_result(context.run(work))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=target, name="stepcache-patch", daemon=True).start()
    return future.result(timeout=seconds)
