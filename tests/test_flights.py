"""Single flight: identical concurrent requests call the model once, whoever asks, however it ends."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from tests.support.algebra import good
from tests.support.models import ScriptedModel, StreamingModel

PROMPT = "Tell me about the sea."


class Slow:
    """An answerer that is held back until the test lets it go."""

    def __init__(self, answer: Any = "It is blue.") -> None:
        self.answer = answer
        self.entered = threading.Event()
        self.release = threading.Event()

    def __call__(self, messages: Any) -> Any:
        self.entered.set()
        assert self.release.wait(10)
        return self.answer


def outcome(message: Any) -> str:
    return message.response_metadata["stepcache"]["outcome"]


def waiting(cache: Any, key_count: int = 1) -> bool:
    return len(cache._engine.flights._under_way) == key_count


@pytest.mark.parametrize("prompt", [PROMPT, "Solve 2x + 3 = 13 for x."])
@pytest.mark.parametrize("way", ["invoke", "stream"])
def test_threads_share_one_call(make_cache, prompt: str, way: str) -> None:
    slow = Slow("1. 2x = 10\n2. x = 5")
    model = StreamingModel(answerer=slow)
    cache = make_cache()
    chat = cache.wrap(model)

    def ask() -> str:
        if way == "invoke":
            return chat.invoke(prompt).text
        return "".join(chunk.text for chunk in chat.stream(prompt))

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask) for _ in range(8)]
        assert slow.entered.wait(10)
        time.sleep(0.1)
        slow.release.set()
        answers = {future.result(10) for future in futures}
    assert answers == {"1. 2x = 10\n2. x = 5"}
    assert model.calls == 1
    assert waiting(cache, 0)


async def test_tasks_share_one_call_and_the_receipts_say_so(make_cache) -> None:
    model = StreamingModel(answerer=lambda messages: "It is blue.")
    chat = make_cache().wrap(model)
    messages = await asyncio.gather(*(chat.ainvoke(PROMPT) for _ in range(20)))
    assert model.calls == 1
    assert sorted(outcome(message) for message in messages) == ["exact"] * 19 + ["miss"]
    assert sum(message.usage_metadata["total_tokens"] for message in messages) == 4
    assert len({message.id for message in messages}) == 20


def test_an_error_reaches_all_who_wait_and_the_next_call_tries_again(make_cache) -> None:
    slow = Slow(ValueError("quota"))
    model = StreamingModel(answerer=slow)
    cache = make_cache()
    chat = cache.wrap(model)

    def ask() -> str:
        try:
            return chat.invoke(PROMPT).text
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(ask) for _ in range(4)]
        assert slow.entered.wait(10)
        time.sleep(0.1)
        slow.release.set()
        assert {future.result(10) for future in futures} == {"quota"}
    assert model.calls == 1
    assert cache.stats().errors == 0
    slow.answer = "It is blue."
    assert ask() == "It is blue."


async def test_a_cancelled_leader_strands_nobody(make_cache) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    class Held(StreamingModel):
        async def _agenerate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            started.set()
            await release.wait()
            return self._generate(messages)

    model = Held(answerer=lambda messages: "It is blue.")
    cache = make_cache()
    chat = cache.wrap(model)
    leader = asyncio.create_task(chat.ainvoke(PROMPT))
    await started.wait()
    followers = [asyncio.create_task(chat.ainvoke(PROMPT)) for _ in range(3)]
    await asyncio.sleep(0.05)
    followers[0].cancel()
    await asyncio.sleep(0)
    leader.cancel()
    await asyncio.sleep(0.05)
    release.set()
    texts = [message.text for message in await asyncio.gather(*followers[1:])]
    assert texts == ["It is blue."] * 2
    assert model.calls == 1
    assert leader.cancelled()
    assert waiting(cache, 0)


def test_a_stream_that_is_dropped_strands_nobody(make_cache) -> None:
    model = StreamingModel(answerer=lambda messages: "a long story about the sea")
    cache = make_cache()
    chat = cache.wrap(model)
    stream = chat.stream(PROMPT)
    next(stream)
    assert waiting(cache, 1)
    stream.close()
    assert waiting(cache, 0)
    assert chat.invoke(PROMPT).text == "a long story about the sea"


async def test_an_asynchronous_stream_that_is_dropped_strands_nobody(make_cache) -> None:
    model = StreamingModel(answerer=lambda messages: "a long story about the sea")
    cache = make_cache()
    chat = cache.wrap(model)
    stream = chat._astream([HumanMessage(PROMPT)])
    await anext(stream)
    assert waiting(cache, 1)
    await stream.aclose()
    assert waiting(cache, 0)
    assert (await chat.ainvoke(PROMPT)).text == "a long story about the sea"


async def test_sampling_requests_each_get_their_own(make_cache) -> None:
    model = StreamingModel(answerer=[f"answer {number}" for number in range(8)])
    chat = make_cache().wrap(model)
    messages = await asyncio.gather(*(chat.ainvoke(PROMPT, temperature=0.9) for _ in range(4)))
    assert len({message.text for message in messages}) > 1


def test_sampling_requests_of_one_batch_each_get_their_own(make_cache) -> None:
    together = threading.Barrier(4)
    numbers = itertools.count()

    def answerer(messages: Any) -> str:
        together.wait(timeout=30)  # breaks unless the model is asked four times at once
        return f"answer {next(numbers)}"

    chat = make_cache().wrap(ScriptedModel(answerer=answerer))
    messages = chat.batch([PROMPT] * 4, {"max_concurrency": 4}, temperature=0.9)
    assert len({message.text for message in messages}) == 4


async def test_a_synchronous_call_inside_the_loop_never_waits_for_the_loop(make_cache) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    class Held(StreamingModel):
        async def _agenerate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            started.set()
            await release.wait()
            return self._generate(messages)

    model = Held(answerer=lambda messages: "It is blue.")
    chat = make_cache().wrap(model)
    leader = asyncio.create_task(chat.ainvoke(PROMPT))
    await started.wait()
    assert chat.invoke(PROMPT).text == "It is blue."
    release.set()
    assert (await leader).text == "It is blue."


async def test_look_ups_that_ask_fly_together(make_cache, global_cache) -> None:
    model = StreamingModel(answerer=good)
    global_cache(make_cache(model))
    messages = await asyncio.gather(*(model.ainvoke("Solve 2x + 3 = 13 for x.") for _ in range(6)))
    assert model.calls == 1
    assert {message.text for message in messages} == {messages[0].text}


def test_an_error_of_the_cache_itself_is_not_handed_on(make_cache, monkeypatch: pytest.MonkeyPatch) -> None:
    from stepcache_lc import drivers

    model = StreamingModel(answerer=lambda messages: "It is blue.")
    cache = make_cache()
    chat = cache.wrap(model)

    def broken(*arguments: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(drivers, "run", broken)
    assert chat.invoke(PROMPT).text == "It is blue."
    assert cache.stats().errors == 1
    assert waiting(cache, 0)
