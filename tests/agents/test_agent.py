"""A real agent with tools, a checkpointer and streams, through the middleware."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphInterrupt
from langgraph.types import Command, Interrupt, interrupt

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.agents import StepCacheMiddleware
from stepcache_lc.errors import ConfigurationError
from tests.agents.models import AgentModel, calling, forecaster, receipts, weather
from tests.support.algebra import worked

PROMPT = "Solve 2x + 3 = 13 for x."
QUESTIONS = ("Weather in Paris?", "Weather in Rome?", "Weather in Paris?")


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


def agent_of(model: Any, cache: StepCache, tools: Any = (), *, policy: Policy | None = None, **more: Any) -> Any:
    middleware = [StepCacheMiddleware(cache, policy=policy)]
    return create_agent(model, list(tools), middleware=middleware, checkpointer=InMemorySaver(), **more)


def thread(name: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


async def say(agent: Any, text: str, config: Any, *, asynchronous: bool) -> list[BaseMessage]:
    given = {"messages": [HumanMessage(text)]}
    return (await agent.ainvoke(given, config) if asynchronous else agent.invoke(given, config))["messages"]


def check_history(messages: list[BaseMessage]) -> None:
    """Every message is there once, and every tool's message answers a call of the message before it."""
    ids = [message.id for message in messages]
    assert len(set(ids)) == len(ids)
    assert None not in ids
    for call, answer in pairwise(messages):
        if isinstance(answer, ToolMessage):
            assert isinstance(call, AIMessage)
            assert [made["id"] for made in call.tool_calls] == [answer.tool_call_id]


# ------------------------------------------------------------------------------------------- runs and turns


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_the_same_conversation_twice_costs_no_model_call_the_second_time(
    cache: StepCache, asynchronous: bool
) -> None:
    model = AgentModel(answerer=forecaster)
    agent = agent_of(model, cache, [weather])
    said: dict[str, list[str]] = {"a": [], "b": []}
    for name in said:
        for turn, question in enumerate(QUESTIONS, start=1):
            messages = await say(agent, question, thread(name), asynchronous=asynchronous)
            assert len(messages) == 4 * turn
            check_history(messages)
            said[name].append(str(messages[-1].content))
        assert model.calls == 6
    assert said["a"] == said["b"] == ["It is sunny in Paris.", "It is sunny in Rome.", "It is sunny in Paris."]
    assert receipts(messages) == ["exact"] * 6
    calls = [call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    assert len(set(calls)) == 3


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_three_hits_in_one_conversation_are_three_messages(cache: StepCache, asynchronous: bool) -> None:
    model = AgentModel(answerer=lambda messages: "Noted.")
    agent = agent_of(model, cache, policy=Policy(key=lambda messages: messages[-1:]))
    for turn in range(1, 4):
        messages = await say(agent, "Remember the milk.", thread("a"), asynchronous=asynchronous)
        assert [message.type for message in messages] == ["human", "ai"] * turn
        check_history(messages)
    assert receipts(messages) == ["miss", "exact", "exact"]
    assert model.calls == 1


def test_answers_are_reused_and_rewritten_for_other_requests(cache: StepCache) -> None:
    model = AgentModel(answerer=lambda messages: worked(str(messages[-1].content)))
    agent = agent_of(model, cache)
    outcomes = []
    for number, text in enumerate((PROMPT, "Find x: 2x + 3 = 13", "Solve 2x + 3 = 15 for x.")):
        messages = agent.invoke({"messages": [("human", text)]}, thread(str(number)))["messages"]
        outcomes += receipts(messages)
    assert outcomes == ["miss", "reuse", "rewrite"]
    assert "x = 6" in messages[-1].text


# --------------------------------------------------------------------------------------------------- streams


async def streamed(agent: Any, text: str, config: Any, *, asynchronous: bool) -> list[AIMessageChunk]:
    given = {"messages": [HumanMessage(text)]}
    if asynchronous:
        pairs = [pair async for pair in agent.astream(given, config, stream_mode="messages")]
    else:
        pairs = list(agent.stream(given, config, stream_mode="messages"))
    return [chunk for chunk, _ in pairs if not isinstance(chunk, ToolMessage)]


def patching(messages: list[BaseMessage]) -> str:
    """A wrong answer to the whole; to the request for its last steps, the right ones."""
    text = str(messages[-1].content)
    if text == PROMPT:
        return worked(PROMPT, off_by=7)
    return "".join(worked(PROMPT).splitlines(keepends=True)[1:])


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_no_token_of_a_patch_or_of_a_wrong_draft_leaks_into_the_stream(
    cache: StepCache, asynchronous: bool
) -> None:
    model = AgentModel(answerer=patching)
    agent = agent_of(model, cache)
    for name in ("a", "b"):
        chunks = await streamed(agent, PROMPT, thread(name), asynchronous=asynchronous)
        answer = agent.get_state(thread(name)).values["messages"][-1]
        assert "".join(chunk.text for chunk in chunks) == answer.text == worked(PROMPT).rstrip()
        assert {chunk.id for chunk in chunks} == {answer.id}
        assert [chunk for chunk in chunks if "stepcache" in chunk.response_metadata] == chunks[-1:]
        assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    assert model.calls == 2
    assert [receipt.outcome for receipt in cache.receipts(2)] == ["miss", "exact"]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_tool_calls_stream_as_they_do_without_the_cache(cache: StepCache, asynchronous: bool) -> None:
    model = AgentModel(answerer=forecaster)
    agent = agent_of(model, cache, [weather])
    for name in ("a", "b"):
        chunks = await streamed(agent, QUESTIONS[0], thread(name), asynchronous=asynchronous)
        texts: dict[str | None, str] = {}
        for chunk in chunks:
            texts[chunk.id] = texts.get(chunk.id, "") + chunk.text
        assert list(texts.values()) == ["", "It is sunny in Paris."]
        whole = chunks[0]
        for chunk in chunks[1:]:
            if chunk.id == whole.id:
                whole = whole + chunk
        assert [call["args"] for call in whole.tool_calls] == [{"city": "Paris"}]
        check_history(agent.get_state(thread(name)).values["messages"])
    assert model.calls == 2


async def test_an_unread_answer_streams_live_and_tagged_models_stay_silent(cache: StepCache) -> None:
    for tags, least in ((None, 4), (["nostream"], 1)):
        model = AgentModel(answerer=lambda messages: "a longer joke about cats and dogs", tags=tags)
        agent = agent_of(model, cache, system_prompt=f"Be funny. {tags}")
        chunks = await streamed(agent, "Tell me a joke.", thread(str(tags)), asynchronous=True)
        assert len(chunks) >= least
        assert (len(chunks) == 1) == (tags is not None)
        assert "".join(chunk.text for chunk in chunks) == "a longer joke about cats and dogs"


# ------------------------------------------------------------------------------------------------ tool calls


def asked(model: AgentModel, agent: Any, text: str, name: str = "") -> int:
    """How many model calls a run takes."""
    before = model.calls
    agent.invoke({"messages": [HumanMessage(text)]}, thread(name or text))
    return model.calls - before


def test_a_tool_call_is_served_for_the_very_same_request_only(cache: StepCache) -> None:
    model = AgentModel(answerer=forecaster)

    def weather_in(city: str, unit: str = "C") -> str:
        """The weather of a city."""
        return f"sunny in {city}"

    weather_in.__name__ = "weather"
    agent = agent_of(model, cache, [weather])
    assert asked(model, agent, "Weather in Paris?", "1") == 2
    assert asked(model, agent, "Weather in Paris?", "2") == 0
    for text in ("Weather in Rome?", "weather in Paris?", "Weather in  Paris?", "What is the weather in Paris?"):
        assert asked(model, agent, text) == 2, text
    others = {
        "system prompt": agent_of(model, cache, [weather], system_prompt="Use Fahrenheit."),
        "tool schema": agent_of(model, cache, [weather_in]),
        "another tool": agent_of(model, cache, [weather, calling]),
        "another model": agent_of(model.model_copy(update={"name_of_model": "other"}), cache, [weather]),
        "bypassed turns": agent_of(model, cache, [weather], policy=Policy(tool_turns="bypass")),
    }
    for what, other in others.items():
        assert asked(model, other, "Weather in Paris?", what) == (1 if what == "bypassed turns" else 2), what


def test_a_key_that_drops_the_user_serves_no_tool_call_of_another(cache: StepCache) -> None:
    sent: list[str] = []

    def transfer(to: str) -> str:
        """Send the money."""
        sent.append(to)
        return "done"

    def banker(messages: list[BaseMessage]) -> str | AIMessage:
        return "Done." if isinstance(messages[-1], ToolMessage) else calling("transfer", to=messages[0].text)

    model = AgentModel(answerer=banker)
    policy = Policy(key=lambda messages: [m for m in messages if m.type != "system"])
    for user in ("Ann", "Bob", "Bob"):
        asked(model, agent_of(model, cache, [transfer], policy=policy, system_prompt=user), "Pay my rent.")
    assert sent == ["Ann", "Bob", "Bob"]


# ---------------------------------------------------------------------------------------------- several users


@dataclass
class Someone:
    name: str


def test_users_in_parallel_threads_share_nothing(cache: StepCache) -> None:
    numbers = count()
    model = AgentModel(answerer=lambda messages: f"Your number is {next(numbers)}.")
    middleware = StepCacheMiddleware(cache, namespace=lambda request: request.runtime.context.name)
    agent = create_agent(model, middleware=[middleware], checkpointer=InMemorySaver(), context_schema=Someone)

    def number(user: str, name: str) -> str:
        given = {"messages": [HumanMessage("What is my number?")]}
        return agent.invoke(given, thread(name), context=Someone(user))["messages"][-1].text

    users = [f"user {at}" for at in range(12)]
    with ThreadPoolExecutor(6) as pool:
        first = list(pool.map(lambda user: number(user, f"{user} once"), users))
        again = list(pool.map(lambda user: number(user, f"{user} twice"), reversed(users)))
    assert first == again[::-1]
    assert len(set(first)) == len(users) == model.calls
    assert cache.stats().outcomes["exact"] == len(users)


@pytest.mark.parametrize("said", [None, "", 7], ids=repr)
def test_without_a_namespace_the_model_answers_and_nothing_is_kept(cache: StepCache, said: Any) -> None:
    model = AgentModel(answerer=lambda messages: "hello")
    agent = create_agent(model, middleware=[StepCacheMiddleware(cache, namespace=lambda request: said)])
    for _ in range(2):
        assert agent.invoke({"messages": [("human", "hi")]})["messages"][-1].text == "hello"
    assert model.calls == 2
    assert cache.stats().errors == 2
    assert list(cache._engine.store.entries()) == []


def test_blocks_around_an_agent_hold_for_its_calls(cache: StepCache) -> None:
    model = AgentModel(answerer=lambda messages: "hello")
    agent = agent_of(model, cache)
    with cache.using(namespace="tenant"):
        assert [asked(model, agent, "hi", name) for name in "ab"] == [1, 0]
    assert asked(model, agent, "hi", "c") == 1
    with cache.disabled():
        assert asked(model, agent, "hi", "d") == 1
    with cache.record() as seen:
        assert asked(model, agent, "hi", "e") == 0
    assert [receipt.outcome for receipt in seen] == ["exact"]


# ------------------------------------------------------------------------------------- interrupts and errors


def test_a_tool_that_interrupts_is_resumed_without_another_model_call(cache: StepCache) -> None:
    def approve(city: str) -> str:
        """Ask a human."""
        return f"{interrupt({'city': city})} for {city}"

    def clerk(messages: list[BaseMessage]) -> str | AIMessage:
        last = messages[-1]
        return f"Decision: {last.content}." if isinstance(last, ToolMessage) else calling("approve", city="Rome")

    model = AgentModel(answerer=clerk)
    agent = agent_of(model, cache, [approve])
    for name, more in (("a", 2), ("b", 0)):
        before = model.calls
        paused = agent.invoke({"messages": [HumanMessage("May I?")]}, thread(name))
        assert paused["__interrupt__"][0].value == {"city": "Rome"}
        done = agent.invoke(Command(resume="granted"), thread(name))
        assert done["messages"][-1].text == "Decision: granted for Rome."
        check_history(done["messages"])
        assert model.calls - before == more


@pytest.mark.parametrize("where", ["whole", "patch"])
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_an_interrupt_inside_a_model_call_reaches_the_graph(
    cache: StepCache, asynchronous: bool, where: str
) -> None:
    def interrupting(messages: list[BaseMessage]) -> str:
        if where == "whole" or str(messages[-1].content) != PROMPT:
            raise GraphInterrupt([Interrupt(value="wait")])
        return worked(PROMPT, off_by=7)

    model = AgentModel(answerer=interrupting)
    agent = agent_of(model, cache)
    given = {"messages": [HumanMessage(PROMPT)]}
    paused = await agent.ainvoke(given, thread("a")) if asynchronous else agent.invoke(given, thread("a"))
    assert [found.value for found in paused["__interrupt__"]] == ["wait"]
    assert cache.stats().errors == 0
    assert list(cache._engine.store.entries()) == []


async def test_the_models_own_errors_pass_and_are_not_kept(cache: StepCache) -> None:
    model = AgentModel(answerer=[ValueError("quota exceeded"), "hello"])
    agent = agent_of(model, cache)
    with pytest.raises(ValueError, match="quota exceeded"):
        agent.invoke({"messages": [("human", "hi")]}, thread("a"))
    assert asked(model, agent, "hi", "b") == 1
    with pytest.raises(ValueError, match="quota exceeded"):
        await agent.ainvoke({"messages": [("human", "who?")]}, thread("c"))
    assert cache.stats().errors == 0


@pytest.mark.parametrize("broken", ["wrap", "store", "engine"])
def test_what_fails_in_the_cache_does_not_fail_the_agent(
    cache: StepCache, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("broken")

    target, name = {
        "wrap": (cache, "wrap"),
        "store": (cache._engine.store, "put"),
        "engine": (cache._engine, "settings"),
    }[broken]
    monkeypatch.setattr(target, name, fail)
    model = AgentModel(answerer=forecaster)
    agent = agent_of(model, cache, [weather])
    assert agent.invoke({"messages": [("human", QUESTIONS[0])]}, thread("a"))["messages"][-1].text.startswith("It is")
    assert cache.stats().errors > 0


# ------------------------------------------------------------------------------------------------ arguments


def test_a_model_that_is_wrapped_keeps_its_own_cache(cache: StepCache, make_cache: Callable[..., Any]) -> None:
    model = AgentModel(answerer=lambda messages: "hello")
    other = make_cache(store=MemoryStore())
    agent = agent_of(other.wrap(model, namespace="tenant"), cache)
    assert [asked(model, agent, "hi", name) for name in "ab"] == [1, 0]
    assert cache.stats().requests == 0
    assert other.stats().requests == 2


def test_wrong_arguments_are_named(cache: StepCache) -> None:
    for arguments, message in (
        ({"cache": "redis"}, "must be a StepCache"),
        ({"cache": cache, "namespace": ""}, "namespace"),
        ({"cache": cache, "policy": "serve"}, "policy"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            StepCacheMiddleware(**arguments)  # type: ignore[arg-type]
