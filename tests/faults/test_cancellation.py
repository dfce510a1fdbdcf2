"""A call that is cancelled at any of its awaits leaves no lock held and no entry half-written."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from stepcache_lc import StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.faults.test_patching_model import NEW, NEW_ANSWER, OLD, OLD_ANSWER, Provider
from tests.support.models import StreamingModel


class Slow(StreamingModel):
    """Awaits on the loop before it answers, like a provider's client."""

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        for _ in range(5):
            await asyncio.sleep(0)
        return self._generate(messages, stop, None, **kwargs)

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        for chunk in self._chunks(messages, kwargs):
            await asyncio.sleep(0)
            yield chunk


async def _consume(chat: Any, prompt: str, streaming: bool) -> str:
    if not streaming:
        return str((await chat.ainvoke(prompt)).text)
    return "".join([chunk.text async for chunk in chat.astream(prompt)])


@pytest.mark.parametrize("streaming", [False, True])
async def test_every_await_may_be_the_last(streaming: bool, tmp_path: Path) -> None:
    """The call is cancelled after 0, 1, 2, ... turns of the loop, until it gets through."""
    provider = Provider(lambda messages: json.dumps({"team": "hardware"}))
    with StepCache(store=tmp_path, embeddings=HashedEmbeddings()) as cache:
        chat = cache.wrap(Slow(answerer=provider))
        await chat.ainvoke(OLD)
        cancelled = 0
        for turns in range(400):
            # A request of its own each time (blanks count in the key), so that no try is served from the one before.
            task = asyncio.ensure_future(_consume(chat, NEW + " " * turns, streaming))
            for _ in range(turns):
                if task.done():
                    break
                await asyncio.sleep(0.001 if turns > 60 else 0)
            if task.done():
                assert json.loads(task.result()) == NEW_ANSWER
                if cancelled > 20 and turns > 80:
                    break
                continue
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            cancelled += 1
            # Whoever asks the very same now gets its answer: no flight is left without a leader, no lock is held.
            again = await asyncio.wait_for(_consume(chat, NEW + " " * turns, streaming), 30)
            assert json.loads(again) == NEW_ANSWER
        assert cancelled > 20
        assert json.loads(chat.invoke(OLD).text) == OLD_ANSWER
    with StepCache(store=tmp_path, embeddings=HashedEmbeddings()) as cache:
        # Every row that was left behind can be read.
        dumped = tmp_path / "dump.jsonl"
        assert cache.dump(dumped) > 0
        assert cache.stats().errors == 0
