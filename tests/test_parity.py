"""One request, every front door: the same content, the same outcome, the same receipt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.globals import set_llm_cache
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from stepcache_lc import MemoryStore, StepCache
from tests.support.algebra import bad, good
from tests.support.models import StreamingModel

VARYING = ("elapsed_ms",)


def _collect(chunks: list[Any]) -> AIMessage:
    assert [bool(chunk.response_metadata.get("stepcache")) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    return whole


async def _invoke(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return chat.invoke(prompt)


async def _ainvoke(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return await chat.ainvoke(prompt)


async def _stream(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return _collect(list(chat.stream(prompt)))


async def _astream(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return _collect([chunk async for chunk in chat.astream(prompt)])


async def _batch(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return chat.batch([prompt])[0]


async def _abatch(chat: Runnable[Any, Any], prompt: Any) -> Any:
    return (await chat.abatch([prompt]))[0]


WRAPPED = [_invoke, _ainvoke, _stream, _astream, _batch, _abatch]

# (answers of the model, what was asked before, the request)
CASES: dict[str, tuple[Callable[..., str], list[str], str]] = {
    "exact": (good, ["Solve 2x + 3 = 13 for x."], "Solve 2x + 3 = 13 for x."),
    "reuse": (good, ["Solve 2x + 3 = 13 for x."], "Find x: 2x + 3 = 13"),
    "rewrite": (good, ["Solve 2x + 3 = 13 for x."], "Solve 2x + 3 = 15 for x."),
    "miss": (good, [], "Solve 2x + 3 = 13 for x."),
    "solved": (bad, [], "Solve 2x + 3 = 13 for x."),
    "unread": (lambda messages: "Why not?", [], "Tell me a joke."),
    "exact, unread": (lambda messages: "Why not?", ["Tell me a joke."], "Tell me a joke."),
}


def _shape(message: Any) -> tuple[Any, dict[str, Any]]:
    receipt = dict(message.response_metadata["stepcache"])
    for name in VARYING:
        receipt.pop(name)
    return message.content, receipt


async def _through_wrap(door: Any, case: str) -> tuple[Any, dict[str, Any], Any]:
    answerer, before, prompt = CASES[case]
    model = StreamingModel(answerer=answerer)
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(model)
        for earlier in before:
            chat.invoke(earlier)
        message = await door(chat, prompt)
    return *_shape(message), message


@pytest.mark.parametrize("case", CASES)
async def test_every_front_door_gives_the_same_answer(case: str) -> None:
    reference = None
    for door in WRAPPED:
        content, receipt, message = await _through_wrap(door, case)
        if reference is None:
            reference = (content, receipt)
        assert (content, receipt) == reference, door.__name__
        assert message.usage_metadata["input_tokens"] == receipt["tokens"]["input"]
        assert message.usage_metadata["output_tokens"] == receipt["tokens"]["output"]
    assert reference is not None
    for lookup in (_lookup, _alookup):
        content, receipt, message = await lookup(case)
        assert (content, receipt) == reference, lookup.__name__
    content, receipt = await _chain(case)
    assert (content, receipt) == reference


async def _lookup(case: str) -> tuple[Any, dict[str, Any], Any]:
    answerer, before, prompt = CASES[case]
    model = StreamingModel(answerer=answerer)
    with StepCache(model, store=MemoryStore()) as cache:
        set_llm_cache(cache)
        try:
            for earlier in before:
                model.invoke(earlier)
            message = model.invoke(prompt)
        finally:
            set_llm_cache(None)
    return *_shape(message), message


async def _alookup(case: str) -> tuple[Any, dict[str, Any], Any]:
    answerer, before, prompt = CASES[case]
    model = StreamingModel(answerer=answerer)
    with StepCache(model, store=MemoryStore()) as cache:
        set_llm_cache(cache)
        try:
            for earlier in before:
                await model.ainvoke(earlier)
            message = await model.ainvoke(prompt)
        finally:
            set_llm_cache(None)
    return *_shape(message), message


async def _chain(case: str) -> tuple[Any, dict[str, Any]]:
    answerer, before, prompt = CASES[case]
    model = StreamingModel(answerer=answerer)
    with StepCache(store=MemoryStore()) as cache:
        chain = cache.chain(model)
        for earlier in before:
            chain.invoke(earlier)
        return _shape(await chain.ainvoke(prompt))


@pytest.mark.parametrize("case", [case for case in CASES if "," not in case and case != "unread"])
async def test_the_case_has_the_outcome_it_is_named_after(case: str) -> None:
    _, receipt, _ = await _through_wrap(_invoke, case)
    assert receipt["outcome"] == case
