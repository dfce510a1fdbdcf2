"""`cache.wrap(model)` in a graph of one's own and in an agent: what the plain model would be there."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.errors import GraphInterrupt
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, Interrupt, Send
from pydantic import BaseModel
from typing_extensions import TypedDict

from stepcache_lc import MemoryStore, StepCache
from tests.agents.models import AgentModel, calling, forecaster, receipts, weather
from tests.support.algebra import worked

PROMPT = "Solve 2x + 3 = 13 for x."


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


def graph_of(chat: Any) -> Any:
    bound = chat.bind_tools([weather])

    async def amodel(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [await bound.ainvoke(state["messages"])]}

    def model(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [bound.invoke(state["messages"])]}

    graph = StateGraph(MessagesState)
    graph.add_node("model", RunnableLambda(model, afunc=amodel))
    graph.add_node("tools", ToolNode([weather]))
    graph.add_edge(START, "model")
    graph.add_conditional_edges("model", tools_condition, {"tools": "tools", END: END})
    graph.add_edge("tools", "model")
    return graph.compile(checkpointer=InMemorySaver())


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_a_graph_with_tools_and_memory(cache: StepCache, asynchronous: bool) -> None:
    model = AgentModel(answerer=forecaster)
    graph = graph_of(cache.wrap(model))
    for name in ("a", "b"):
        config = {"configurable": {"thread_id": name}}
        for turn, city in enumerate(("Paris", "Rome", "Paris"), start=1):
            given = {"messages": [HumanMessage(f"Weather in {city}?")]}
            state = await graph.ainvoke(given, config) if asynchronous else graph.invoke(given, config)
            assert state["messages"][-1].text == f"It is sunny in {city}."
            assert len({message.id for message in state["messages"]}) == 4 * turn
    assert model.calls == 6
    assert receipts(state["messages"]) == ["exact"] * 6


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_a_graphs_stream_shows_the_answer_and_nothing_else(cache: StepCache, asynchronous: bool) -> None:
    def patching(messages: list[BaseMessage]) -> str:
        text = str(messages[-1].content)
        return worked(PROMPT, off_by=7) if text == PROMPT else "".join(worked(PROMPT).splitlines(keepends=True)[1:])

    model = AgentModel(answerer=patching)
    chat = cache.wrap(model)

    def answer(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [chat.invoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("answer", answer).add_edge(START, "answer").compile()
    for _ in range(2):
        given = {"messages": [HumanMessage(PROMPT)]}
        if asynchronous:
            pairs = [pair async for pair in graph.astream(given, stream_mode="messages")]
        else:
            pairs = list(graph.stream(given, stream_mode="messages"))
        assert "".join(chunk.text for chunk, _ in pairs) == worked(PROMPT).rstrip()
        assert {meta["langgraph_node"] for _, meta in pairs} == {"answer"}
        assert len({chunk.id for chunk, _ in pairs}) == 1
    assert model.calls == 2


class Sums(TypedDict):
    """Many answers at once."""

    answers: Annotated[list[str], operator.add]


def test_nodes_that_run_at_the_same_time_ask_once_for_the_same(cache: StepCache) -> None:
    model = AgentModel(answerer=lambda messages: worked(str(messages[-1].content)))
    chat = cache.wrap(model)

    def solve(state: dict[str, str]) -> dict[str, list[str]]:
        return {"answers": [chat.invoke(state["text"]).text]}

    def spread(state: Sums) -> list[Send]:
        return [Send("solve", {"text": PROMPT}) for _ in range(8)]

    builder = StateGraph(Sums)
    builder.add_node("solve", solve)  # type: ignore[arg-type]
    builder.add_conditional_edges(START, spread, ["solve"])
    answers = builder.compile().invoke({"answers": []})["answers"]
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert model.calls == 1


def test_an_interrupt_in_one_graph_does_not_stop_another(cache: StepCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identical calls fly together; what pauses the one that leads is nothing to those who wait."""
    leading, go, waiting = threading.Event(), threading.Event(), threading.Event()
    flights = cache._engine.flights
    board = flights.board

    def boarding(key: str) -> Any:
        ticket = board(key)
        if not ticket.leads:
            waiting.set()
        return ticket

    monkeypatch.setattr(flights, "board", boarding)

    def answer(messages: list[BaseMessage]) -> str:
        if not leading.is_set():
            leading.set()
            go.wait(10)
            raise GraphInterrupt([Interrupt(value="wait")])
        return "hello"

    chat = cache.wrap(AgentModel(answerer=answer))

    def node(state: MessagesState) -> dict[str, list[AnyMessage]]:
        return {"messages": [chat.invoke(state["messages"])]}

    graph = StateGraph(MessagesState).add_node("node", node).add_edge(START, "node").compile(InMemorySaver())
    states: dict[str, Any] = {}

    def run(name: str) -> None:
        config: Any = {"configurable": {"thread_id": name}}
        states[name] = graph.invoke({"messages": [HumanMessage("hi", id="1")]}, config)

    first, second = threading.Thread(target=run, args=("a",)), threading.Thread(target=run, args=("b",))
    first.start()
    assert leading.wait(10)
    second.start()
    assert waiting.wait(10)
    go.set()
    first.join(10)
    second.join(10)
    assert states["a"]["__interrupt__"]
    assert states["b"]["messages"][-1].text == "hello"
    resumed = graph.invoke(Command(resume="go on"), {"configurable": {"thread_id": "a"}})
    assert resumed["messages"][-1].text == "hello"


# -------------------------------------------------------------------------- the strategy of structured output


class City(BaseModel):
    """A city."""

    name: str


class ById(AgentModel):
    """Known to hosts by `model_id`, as Bedrock's models are."""

    model_id: str = ""


class ByModel(AgentModel):
    """Known to hosts by `model`, as Anthropic's models are."""

    model: str = ""


def strategy_of(chat: Any, inner: Any, tools: list[Any]) -> tuple[Any, Any]:
    """How the agent has a model give its structured answer, and what it makes of that."""
    inner.kwargs_seen.clear()
    state = create_agent(chat, tools, response_format=City).invoke({"messages": [HumanMessage("Which city?")]})
    return inner.kwargs_seen[0], state["structured_response"]


@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "tools"])
@pytest.mark.parametrize(
    ("kind", "fields", "native"),
    [
        (AgentModel, {}, False),
        (AgentModel, {"profile": {"structured_output": True}}, True),
        (AgentModel, {"profile": {"structured_output": False}}, False),
        (ByModel, {"model": "gpt-4o"}, True),
        (ByModel, {"model": "llama"}, False),
        (ByModel, {"model": "gemini-2.5-pro", "profile": {"structured_output": True}}, None),
        (ById, {"model_id": "gpt-4.1"}, True),
        (ById, {"model_id": "llama"}, False),
    ],
    ids=str,
)
def test_an_agent_picks_the_strategy_of_the_plain_model(
    cache: StepCache, kind: Any, fields: dict[str, Any], native: bool | None, tools: list[Any]
) -> None:
    class Answering(kind):  # type: ignore[misc]
        def _message(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
            self.answerer = ['{"name": "Rome"}' if "response_format" in kwargs else calling("City", name="Rome")]
            message: AIMessage = super()._message(messages, kwargs)
            return message

    model = Answering(answerer=[], **fields)
    plain = strategy_of(model, model, tools)
    assert strategy_of(cache.wrap(model), model, tools) == plain
    assert strategy_of(cache.wrap(model, model_id="gpt-4o"), model, tools) == plain
    assert plain[1] == City(name="Rome")
    if native is not None:
        assert ("response_format" in plain[0]) is native


@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "tools"])
def test_an_agent_binds_openais_model_as_it_binds_the_plain_one(cache: StepCache, tools: list[Any]) -> None:
    seen: list[dict[str, Any]] = []

    class Recording(ChatOpenAI):
        def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
            seen.append(kwargs)
            return ChatResult(generations=[ChatGeneration(message=AIMessage('{"name": "Rome"}'))])

    model = Recording(model="gpt-4o", api_key="unused", base_url="http://127.0.0.1:1/v1")  # type: ignore[arg-type]
    for chat in (model, cache.wrap(model)):
        state = create_agent(chat, tools, response_format=City).invoke({"messages": [HumanMessage("Which city?")]})
        assert state["structured_response"] == City(name="Rome")
    assert seen[0] == seen[1]
    assert "response_format" in seen[0]
