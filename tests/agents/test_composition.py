"""With other middleware, in front of the cache's and behind it: the right answer in every order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NotRequired

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ExtendedModelResponse,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
    TodoListMiddleware,
    dynamic_prompt,
    wrap_model_call,
)
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from stepcache_lc import MemoryStore, StepCache
from stepcache_lc.agents import StepCacheMiddleware
from tests.agents.models import AgentModel, calling, forecaster, receipts, weather

ORDERS = pytest.mark.parametrize("order", ["others first", "cache first"])


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


def together(cache: StepCache, order: str, *others: Any) -> list[Any]:
    mine = StepCacheMiddleware(cache)
    return [*others, mine] if order == "others first" else [mine, *others]


def ask(agent: Any, text: str = "hi", **more: Any) -> list[BaseMessage]:
    messages: list[BaseMessage] = agent.invoke({"messages": [HumanMessage(text)]}, **more)["messages"]
    return messages


@ORDERS
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_retries(cache: StepCache, order: str, asynchronous: bool) -> None:
    model = AgentModel(answerer=[ConnectionError("down"), ConnectionError("down"), "hello"])
    retry = ModelRetryMiddleware(max_retries=2, initial_delay=0.0, jitter=False)
    agent = create_agent(model, middleware=together(cache, order, retry))
    for _ in range(2):
        given = {"messages": [HumanMessage("hi")]}
        state = await agent.ainvoke(given) if asynchronous else agent.invoke(given)
        assert state["messages"][-1].text == "hello"
    assert model.calls == 3
    assert receipts(state["messages"]) == ["exact"]


@ORDERS
def test_the_note_of_a_middleware_that_gave_up_is_never_kept(cache: StepCache, order: str) -> None:
    model = AgentModel(answerer=[ConnectionError("down"), "hello"])
    retry = ModelRetryMiddleware(max_retries=0, on_failure=lambda error: "Try again later.")
    agent = create_agent(model, middleware=together(cache, order, retry))
    assert [ask(agent)[-1].text for _ in range(3)] == ["Try again later.", "hello", "hello"]
    assert model.calls == 2


@ORDERS
def test_a_limit_of_calls_is_not_kept_either(cache: StepCache, order: str) -> None:
    model = AgentModel(answerer=forecaster)
    limit = ModelCallLimitMiddleware(run_limit=1, exit_behavior="end")
    limited = create_agent(model, [weather], middleware=together(cache, order, limit))
    assert "limit" in ask(limited, "Weather in Rome?")[-1].text
    free = create_agent(model, [weather], middleware=[StepCacheMiddleware(cache)])
    assert ask(free, "Weather in Rome?")[-1].text == "It is sunny in Rome."


@ORDERS
def test_the_answer_of_a_fallback_is_not_the_first_models(cache: StepCache, order: str) -> None:
    first = AgentModel(answerer=[ConnectionError("down"), ConnectionError("down"), "first"], name_of_model="first")
    second = AgentModel(answerer=lambda messages: "second", name_of_model="second")
    agent = create_agent(first, middleware=together(cache, order, ModelFallbackMiddleware(second)))
    assert [ask(agent)[-1].text for _ in range(4)] == ["second", "second", "first", "first"]
    assert first.calls == 3
    # Behind the cache's middleware the fallback model is exchanged for one that has no cache.
    assert second.calls == (1 if order == "others first" else 2)


@dataclass
class User:
    name: str


def signed(messages: list[BaseMessage]) -> str:
    """Says what the system prompt says."""
    return messages[0].text


@ORDERS
def test_what_other_middleware_adds_to_the_request_is_part_of_it(cache: StepCache, order: str) -> None:
    @dynamic_prompt
    def serve(request: Any) -> str:
        return f"You serve {request.runtime.context.name}."

    model = AgentModel(answerer=signed)
    agent = create_agent(model, middleware=together(cache, order, serve), context_schema=User)
    for name, calls in (("Ann", 1), ("Bob", 2), ("Ann", 2), ("Bob", 2)):
        assert ask(agent, context=User(name))[-1].text == f"You serve {name}."
        assert model.calls == calls


@ORDERS
def test_models_tools_and_settings_that_are_chosen_for_each_call_are_part_of_it(cache: StepCache, order: str) -> None:
    models = {name: AgentModel(answerer=lambda messages, name=name: name, name_of_model=name) for name in "ab"}
    chosen: dict[str, Any] = {}

    @wrap_model_call
    def choose(request: Any, handler: Any) -> Any:
        return handler(request.override(**chosen))

    agent = create_agent(models["a"], [weather], middleware=together(cache, order, choose))
    for change in (
        {"model": models["a"]},
        {"model": models["b"]},
        {"tools": []},
        {"tool_choice": "weather"},
        {"model_settings": {"temperature": 0.5}},
        {"messages": [HumanMessage("something else")]},
    ):
        chosen.clear()
        chosen.update(change)
        before = models["a"].calls + models["b"].calls
        expected = "b" if change.get("model") is models["b"] else "a"
        # The first choice is the agent's own model: the later ones must not be served its answer.
        assert [ask(agent)[-1].text for _ in range(2)] == [expected] * 2
        spent = models["a"].calls + models["b"].calls - before
        bare = order == "cache first" and "model" in change
        assert spent == (2 if bare else 1), change


@ORDERS
def test_summaries(cache: StepCache, order: str) -> None:
    model = AgentModel(answerer=lambda messages: f"{len(messages)} messages")
    summaries = AgentModel(answerer=lambda messages: "They talked.", name_of_model="summary")
    summarise = SummarizationMiddleware(summaries, trigger=("messages", 4), keep=("messages", 2))
    middleware = together(cache, order, summarise)
    agent = create_agent(model, middleware=middleware, checkpointer=InMemorySaver())
    said: dict[str, list[str]] = {}
    for name in ("a", "b"):
        config = {"configurable": {"thread_id": name}}
        said[name] = [ask(agent, f"Turn {turn}.", config=config)[-1].text for turn in range(5)]
    assert said["a"] == said["b"]
    assert model.calls == 5


@ORDERS
def test_a_human_in_the_loop(cache: StepCache, order: str) -> None:
    model = AgentModel(answerer=forecaster)
    human = HumanInTheLoopMiddleware(interrupt_on={"weather": True})
    agent = create_agent(model, [weather], middleware=together(cache, order, human), checkpointer=InMemorySaver())
    for name, calls in (("a", 2), ("b", 2), ("edited", 3)):
        config = {"configurable": {"thread_id": name}}
        paused = agent.invoke({"messages": [HumanMessage("Weather in Rome?")]}, config)
        assert paused["__interrupt__"]
        decision: dict[str, Any] = {"type": "approve"}
        if name == "edited":
            decision = {"type": "edit", "edited_action": {"name": "weather", "args": {"city": "Oslo"}}}
        done = agent.invoke(Command(resume={"decisions": [decision]}), config)["messages"]
        city = "Oslo" if name == "edited" else "Rome"
        assert done[-1].text.startswith("It is ")
        assert done[-1].text.endswith(f"sunny in {city}.")
        assert model.calls == calls
        assert [m.type for m in done] == ["human", "ai", "tool", "ai"]
        assert done[1].tool_calls[0]["id"] == done[2].tool_call_id


@ORDERS
@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_middleware_that_interrupts_a_model_call_reaches_the_graph(
    cache: StepCache, order: str, asynchronous: bool
) -> None:
    class Approve(AgentMiddleware[Any, Any, Any]):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            assert interrupt("May I?") == "yes"
            return handler(request)

        async def awrap_model_call(self, request: Any, handler: Any) -> Any:
            assert interrupt("May I?") == "yes"
            return await handler(request)

    model = AgentModel(answerer=lambda messages: "hello")
    agent = create_agent(model, middleware=together(cache, order, Approve()), checkpointer=InMemorySaver())
    for name in "ab":
        config = {"configurable": {"thread_id": name}}
        for given in ({"messages": [HumanMessage("hi")]}, Command(resume="yes")):
            state = await agent.ainvoke(given, config) if asynchronous else agent.invoke(given, config)
        assert state["messages"][-1].text == "hello"
    assert model.calls == 1
    assert cache.stats().errors == 0


class Counting(AgentState[Any]):
    calls_made: NotRequired[int]


def test_a_command_of_other_middleware_is_kept_in_place(cache: StepCache) -> None:

    from langchain.agents.middleware import AgentMiddleware, AgentState

    class Counting(AgentState[Any]):
        calls_made: NotRequired[int]

    class Count(AgentMiddleware[Any, Any, Any]):
        state_schema = Counting

        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            return ExtendedModelResponse(handler(request), Command(update={"calls_made": 1}))

    for order in ("others first", "cache first"):
        model = AgentModel(answerer=lambda messages: "hello", name_of_model=order)
        agent = create_agent(model, middleware=together(cache, order, Count()))
        states = [agent.invoke({"messages": [HumanMessage("hi")]}) for _ in range(2)]
        assert [state["calls_made"] for state in states] == [1, 1]
        assert model.calls == 1


def test_the_tools_of_other_middleware_are_part_of_the_request(cache: StepCache) -> None:
    model = AgentModel(answerer=lambda messages: "Done.")
    for middleware in ([], [TodoListMiddleware()]):
        agent = create_agent(model, [weather], middleware=[*middleware, StepCacheMiddleware(cache)])
        assert receipts(ask(agent)) == ["miss"]
        assert receipts(ask(agent)) == ["exact"]


def test_a_tool_that_an_agent_is(cache: StepCache) -> None:
    """An agent behind a tool, with the same cache: each has its own answers."""
    inner_model = AgentModel(answerer=lambda messages: f"inner: {messages[-1].text}", name_of_model="inner")
    inner = create_agent(inner_model, middleware=[StepCacheMiddleware(cache)])

    def expert(question: str) -> str:
        """Ask the expert."""
        return str(ask(inner, question)[-1].text)

    def manager(messages: list[BaseMessage]) -> str | AIMessage:
        last = messages[-1]
        return f"outer: {last.text}" if isinstance(last, ToolMessage) else calling("expert", question=last.text)

    model = AgentModel(answerer=manager, name_of_model="outer")
    outer = create_agent(model, [expert], middleware=[StepCacheMiddleware(cache)])
    for _ in range(2):
        assert ask(outer, "Why?")[-1].text == "outer: inner: Why?"
    assert (model.calls, inner_model.calls) == (2, 1)
