"""`cache.wrap(model)` under LangChain's own combinators, as the plain model would be there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import ConfigurableField, RunnableBranch, RunnableLambda, RunnableParallel

from stepcache_lc import MemoryStore, StepCache
from tests.support.algebra import good, worked
from tests.support.models import ScriptedModel, StreamingModel

PROMPT = "Solve 2x + 3 = 13 for x."
REWORDED = "Find x: 2x + 3 = 13"


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


def outcome(message: Any) -> str:
    return str(message.response_metadata["stepcache"]["outcome"])


def patching(messages: list[Any]) -> str:
    """A wrong answer to the whole, the right steps when they are asked for."""
    text = str(messages[-1].content)
    return worked(PROMPT, off_by=7) if text == PROMPT else "".join(worked(PROMPT).splitlines(keepends=True)[1:])


# -------------------------------------------------------------------------------------------------- parallel


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_parallel_branches_ask_once_for_the_same(cache: StepCache, asynchronous: bool) -> None:
    model = ScriptedModel(answerer=good)
    chat = cache.wrap(model)
    branches = RunnableParallel(one=chat, two=chat | StrOutputParser(), three=chat.with_config(tags=["x"]))
    result = await branches.ainvoke(PROMPT) if asynchronous else branches.invoke(PROMPT)
    assert model.calls == 1
    assert result["one"].text == result["two"] == result["three"].text
    assert result["one"].id != result["three"].id
    assert sorted(outcome(result[name]) for name in ("one", "three")) in (["exact", "miss"], ["exact", "exact"])


def test_a_batch_keeps_its_order_and_shows_its_errors(cache: StepCache) -> None:
    def answer(messages: list[Any]) -> str:
        if "bad" in str(messages[-1].content):
            raise ValueError("no")
        return good(messages)

    chat = cache.wrap(ScriptedModel(answerer=answer))
    chat.invoke(PROMPT)
    one, error, two = chat.batch([REWORDED, "a bad one", "Solve 2x + 3 = 15 for x."], return_exceptions=True)
    assert (outcome(one), str(error), outcome(two)) == ("reuse", "no", "rewrite")


# ---------------------------------------------------------------------------------------- fallbacks, retries


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_fallbacks_answer_for_themselves(cache: StepCache, asynchronous: bool) -> None:
    first = ScriptedModel(answerer=[ConnectionError("down"), ConnectionError("down"), "first"], name_of_model="first")
    second = ScriptedModel(answerer=lambda messages: "second", name_of_model="second")
    chain = cache.wrap(first).with_fallbacks([cache.wrap(second)])
    said = []
    for _ in range(4):
        said.append((await chain.ainvoke("hi") if asynchronous else chain.invoke("hi")).text)
    assert said == ["second", "second", "first", "first"]
    assert (first.calls, second.calls) == (3, 1)
    assert cache.stats().errors == 0


def test_fallbacks_stream(cache: StepCache) -> None:
    first = StreamingModel(answerer=[ConnectionError("down")], name_of_model="first")
    chain = cache.wrap(first).with_fallbacks([cache.wrap(StreamingModel(answerer=good, name_of_model="second"))])
    for _ in range(2):
        assert "x = 5" in "".join(chunk.text for chunk in chain.stream(PROMPT))


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_retries_reach_the_model(cache: StepCache, asynchronous: bool) -> None:
    model = ScriptedModel(answerer=[ConnectionError("down"), ConnectionError("down"), "hello"])
    chain = cache.wrap(model).with_retry(
        retry_if_exception_type=(ConnectionError,), stop_after_attempt=3, wait_exponential_jitter=False
    )
    messages = [await chain.ainvoke("hi") if asynchronous else chain.invoke("hi") for _ in range(2)]
    assert [outcome(message) for message in messages] == ["miss", "exact"]
    assert model.calls == 3


# ----------------------------------------------------------------------------------------------- everyday use


def test_prompts_parsers_branches_and_history(cache: StepCache) -> None:
    model = ScriptedModel(answerer=lambda messages: '{"city": "Paris"}')
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be brief."), MessagesPlaceholder("history"), ("human", "{q}")]
    )
    chat = cache.wrap(model)
    chain = prompt | chat | JsonOutputParser()
    history = [HumanMessage("hi"), AIMessage("hello")]
    for _ in range(2):
        assert chain.invoke({"history": history, "q": "Which city?"}) == {"city": "Paris"}
    routed = RunnableBranch((lambda given: "city" in given["q"], chain), RunnableLambda(lambda given: {}))
    assert routed.invoke({"history": history, "q": "Which city?"}) == {"city": "Paris"}
    assert routed.invoke({"history": [], "q": "Who?"}) == {}
    assert model.calls == 1


def test_bound_arguments_are_part_of_the_request(cache: StepCache) -> None:
    model = ScriptedModel(answerer=lambda messages: "ok")
    chat = cache.wrap(model)
    for runnable in (chat, chat.bind(stop=["x"]), chat.bind(temperature=0.5), chat.bind(stop=["y"])):
        assert [outcome(runnable.invoke("hi")) for _ in range(2)] == ["miss", "exact"]
    assert model.calls == 4


def test_configurable_alternatives_have_entries_of_their_own(cache: StepCache) -> None:
    models = {name: ScriptedModel(answerer=[name], name_of_model=name) for name in ("small", "large")}
    chat = cache.wrap(models["small"]).configurable_alternatives(
        ConfigurableField(id="size"), default_key="small", large=cache.wrap(models["large"])
    )
    for _ in range(2):
        assert chat.invoke("hi").text == "small"
        assert chat.with_config(configurable={"size": "large"}).invoke("hi").text == "large"
    assert [model.calls for model in models.values()] == [1, 1]


async def test_cancelling_one_of_two_leaves_the_other_its_answer(cache: StepCache) -> None:
    chat = cache.wrap(ScriptedModel(answerer=good))
    one, two = (asyncio.ensure_future(chat.ainvoke(PROMPT)) for _ in range(2))
    await asyncio.sleep(0)
    one.cancel()
    assert "x = 5" in (await two).text


# ----------------------------------------------------------------------------------------------------- events


async def test_events_of_a_wrapped_model(cache: StepCache) -> None:
    model = StreamingModel(answerer=patching)
    chain = ChatPromptTemplate.from_messages([("human", "{text}")]) | cache.wrap(model) | StrOutputParser()
    for expected in ("miss", "exact"):
        events = [event async for event in chain.astream_events({"text": PROMPT}, version="v2")]
        streamed = [event["data"]["chunk"] for event in events if event["event"] == "on_chat_model_stream"]
        ends = [event["data"]["output"] for event in events if event["event"] == "on_chat_model_end"]
        assert [outcome(message) for message in ends] == [expected]
        assert "".join(chunk.text for chunk in streamed) == ends[0].text == worked(PROMPT).rstrip()
        assert [chunk for chunk in streamed if "stepcache" in chunk.response_metadata] == streamed[-1:]
        names = [event["name"] for event in events if event["event"] == "on_chain_start"]
        stages = [name for name in names if name.startswith("stepcache_")]
        patches = ["stepcache_patch"] if expected == "miss" else []
        assert stages == ["stepcache_recall", "stepcache_verify", *patches]
        final = [event for event in events if event["event"] == "on_chain_end"][-1]
        assert final["data"]["output"] == ends[0].text
    assert model.calls == 2
