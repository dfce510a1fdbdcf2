"""Drivers: run a flow synchronously, asynchronously, or as a stream. The only place where the two worlds part.

`Memory` answers the store effects and never raises. A `Model` answers `Ask`. The async drivers run the flow itself
and its store calls in a worker thread, one hop from one `Ask` to the next, and await the model on the event loop.
`StopIteration` cannot cross a `Future`, so the generator's end is caught inside that thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import logging
import os
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, assert_never

from stepcache_lc.core.effects import Ask, Effect, Emit, Failure, Familiar, Find, Flow, Nearest, Save, Trouble
from stepcache_lc.core.types import Answer, Candidate, Deferred, Entry, Reply, Request
from stepcache_lc.flights import Flights

logger = logging.getLogger("stepcache_lc")

T = TypeVar("T")


class Memory(Protocol):
    """What a driver needs to answer the store effects. No method raises."""

    def find(self, request: Request) -> Entry | None:
        """The entry with the request's key."""

    def familiar(self, request: Request, *, other_numbers: bool) -> Candidate | None:
        """A candidate that this process holds, for the same words."""

    def nearest(self, request: Request, k: int) -> Sequence[Candidate]:
        """Candidates, best first."""

    def save(self, save: Save) -> str | None:
        """Remember; the id if it is stored."""

    def trouble(self, where: str, error: Exception) -> None:
        """Log and count something that failed inside the cache."""


class Live(Protocol):
    """A model call whose tokens are handed on as they come; `reply` is known once it is exhausted."""

    reply: Reply

    def __iter__(self) -> Iterator[Any]: ...

    def __aiter__(self) -> AsyncIterator[Any]: ...


class Model(Protocol):
    """What a driver needs to answer `Ask`. Errors are the model's own."""

    error: Exception | None
    """What the model raised on the whole request, or to leave a graph: the host's own error."""

    def ask(self, ask: Ask) -> Reply:
        """Call the model."""

    async def aask(self, ask: Ask) -> Reply:
        """Call the model without blocking the event loop."""

    def live(self, ask: Ask, *, on_loop: bool) -> Live | None:
        """Call the model piece by piece, from an event loop or not; None where it cannot stream that way."""


class Given:
    """Stands for the model where its answer is already there, or where the flow may not ask."""

    error: Exception | None = None

    def __init__(self, reply: Reply | None = None) -> None:
        self._reply = reply

    def ask(self, ask: Ask) -> Reply:
        """The answer that is already there."""
        if self._reply is None or ask.kind != "whole":
            raise RuntimeError("this flow may not call the model")
        return self._reply

    async def aask(self, ask: Ask) -> Reply:
        """The answer that is already there."""
        return self.ask(ask)

    def live(self, ask: Ask, *, on_loop: bool) -> None:
        """Nothing is streamed."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """The end of a flow."""

    value: T


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a streamed answer: text of ours, or the model's own live chunk."""

    text: str = ""
    chunk: Any = None


_workers: concurrent.futures.ThreadPoolExecutor | None = None
_workers_lock = threading.Lock()


def _forget_workers() -> None:
    """A forked child has none of its parent's threads."""
    global _workers
    _workers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_workers)


async def in_worker(work: Callable[..., T], *arguments: Any) -> T:
    """Run blocking work in a thread of our own, in a copy of the current context.

    Not asyncio's default executor: a host may fill that one with threads that wait for this very work.
    """
    global _workers
    with _workers_lock:
        if _workers is None:
            _workers = concurrent.futures.ThreadPoolExecutor(thread_name_prefix="stepcache")
        workers = _workers
    call: Callable[[], T] = functools.partial(contextvars.copy_context().run, work, *arguments)
    return await asyncio.get_running_loop().run_in_executor(workers, call)


def advance(flow: Generator[Effect, Any, T], value: Any, memory: Memory) -> Ask | Emit | Done[T]:
    """Run a flow, answering its store effects, up to the next effect that concerns the host, or to its end."""
    while True:
        try:
            effect = flow.send(value)
        except StopIteration as end:
            return Done(end.value)
        match effect:
            case Find(request):
                value = memory.find(request)
            case Familiar(request, other_numbers):
                value = memory.familiar(request, other_numbers=other_numbers)
            case Nearest(request, k):
                value = memory.nearest(request, k)
            case Save():
                value = memory.save(effect)
            case Trouble(where, error):
                memory.trouble(where, error)
                value = None
            case Ask() | Emit():
                return effect
            case _:
                assert_never(effect)


def run(flow: Generator[Effect, Any, T], memory: Memory, model: Model) -> T:
    """Run a flow to its end, synchronously."""
    value: Any = None
    while True:
        effect = advance(flow, value, memory)
        match effect:
            case Done(value=result):
                return result
            case Ask():
                value = _ask(model, effect)
            case Emit():
                value = None
            case _:
                assert_never(effect)


async def arun(flow: Generator[Effect, Any, T], memory: Memory, model: Model) -> T:
    """Run a flow to its end without blocking the event loop."""
    value: Any = None
    while True:
        effect: Ask | Emit | Done[T] = await in_worker(advance, flow, value, memory)
        match effect:
            case Done(value=result):
                return result
            case Ask():
                value = await _aask(model, effect)
            case Emit():
                value = None
            case _:
                assert_never(effect)


def stream(flow: Generator[Effect, Any, T], memory: Memory, model: Model) -> Iterator[Piece | Done[T]]:
    """Run a flow and hand on what may be sent early; the last item is the end of the flow."""
    value: Any = None
    while True:
        effect = advance(flow, value, memory)
        match effect:
            case Done():
                yield effect
                return
            case Emit(text):
                yield Piece(text)
                value = None
            case Ask():
                live = model.live(effect, on_loop=False) if effect.live else None
                if live is None:
                    value = _ask(model, effect)
                else:
                    for chunk in live:
                        yield Piece(chunk=chunk)
                    value = live.reply
            case _:
                assert_never(effect)


async def astream(
    flow: Generator[Effect, Any, T], memory: Memory, model: Model
) -> AsyncGenerator[Piece | Done[T], None]:
    """`stream` without blocking the event loop."""
    value: Any = None
    while True:
        effect: Ask | Emit | Done[T] = await in_worker(advance, flow, value, memory)
        match effect:
            case Done():
                yield effect
                return
            case Emit(text):
                yield Piece(text)
                value = None
            case Ask():
                live = model.live(effect, on_loop=True) if effect.live else None
                if live is None:
                    value = await _aask(model, effect)
                else:
                    async for chunk in live:
                        yield Piece(chunk=chunk)
                    value = live.reply
            case _:
                assert_never(effect)


@dataclass(frozen=True, slots=True)
class Job:
    """One request on its way: a flow, and what answers its effects."""

    flow: Flow
    memory: Memory
    model: Model
    flights: Flights
    key: str
    """The request's exact key: identical jobs at the same time are one flight."""
    alone: bool
    """Whether not to wait for an identical job that is under way."""


def fly(job: Job) -> Answer | Deferred:
    """Run a job, or wait for what an identical one that is under way brings.

    Raises:
        Exception: What the model raised on the whole request, to this job or to the one it waited for.
    """
    place = None if _stays_alone(job) else job.flights.join(job.key, job.model)
    if isinstance(place, Answer):
        return place
    with job.flights.leading(place, job.model) as landed:
        landed.append(run(job.flow, job.memory, job.model))
    return landed[0]


async def afly(job: Job) -> Answer | Deferred:
    """`fly` without blocking the event loop."""
    place = None if job.alone else await job.flights.ajoin(job.key, job.model)
    if isinstance(place, Answer):
        return place
    with job.flights.leading(place, job.model) as landed:
        landed.append(await arun(job.flow, job.memory, job.model))
    return landed[0]


def fly_streaming(job: Job) -> Iterator[Piece | Done[Answer | Deferred]]:
    """`fly`, handing on what may be sent early; the last item is the end of the flow."""
    place = None if _stays_alone(job) else job.flights.join(job.key, job.model)
    if isinstance(place, Answer):
        yield Done(place)
        return
    with job.flights.leading(place, job.model) as landed:
        for item in stream(job.flow, job.memory, job.model):
            if isinstance(item, Piece):
                yield item
            else:
                landed.append(item.value)
    yield Done(landed[0])


async def afly_streaming(job: Job) -> AsyncGenerator[Piece | Done[Answer | Deferred], None]:
    """`fly_streaming` without blocking the event loop."""
    place = None if job.alone else await job.flights.ajoin(job.key, job.model)
    if isinstance(place, Answer):
        yield Done(place)
        return
    with job.flights.leading(place, job.model) as landed:
        async with aclosing(astream(job.flow, job.memory, job.model)) as items:
            async for item in items:
                if isinstance(item, Piece):
                    yield item
                else:
                    landed.append(item.value)
    yield Done(landed[0])


def _stays_alone(job: Job) -> bool:
    # An event loop's own thread must not wait for a task of that loop.
    return job.alone or asyncio._get_running_loop() is not None


def _ask(model: Model, ask: Ask) -> Reply | Failure:
    try:
        return model.ask(ask)
    except Exception as error:
        return _failed(model, ask, error)


async def _aask(model: Model, ask: Ask) -> Reply | Failure:
    try:
        return await model.aask(ask)
    except Exception as error:
        return _failed(model, ask, error)


def _failed(model: Model, ask: Ask, error: Exception) -> Failure:
    """A patch that fails is not the user's business: the flow falls back. The whole call's own error is."""
    if ask.kind == "whole" or error is model.error:
        raise error
    logger.warning("the model did not answer a patch: %s", type(error).__name__)
    return Failure(type(error).__name__)
