"""Structured output of agents: cached whole, of the right type, and never an answer that the schema refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import wrap_model_call
from langchain.agents.structured_output import ProviderStrategy, StructuredOutputError, ToolStrategy
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel, field_validator
from typing_extensions import TypedDict

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.agents import StepCacheMiddleware
from tests.agents.models import AgentModel, calling, receipts, weather


class Person(BaseModel):
    """A person."""

    name: str
    age: int


@dataclass
class PersonData:
    """A person."""

    name: str
    age: int


class PersonDict(TypedDict):
    """A person."""

    name: str
    age: int


SCHEMA = {
    "title": "PersonSchema",
    "description": "A person.",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
}
FORMATS: dict[str, Any] = {"pydantic": Person, "dataclass": PersonData, "typed dict": PersonDict, "schema": SCHEMA}
STRATEGIES: dict[str, Callable[[Any], Any]] = {"tool": ToolStrategy, "provider": ProviderStrategy, "auto": lambda s: s}
VALUES: dict[str, Any] = {"name": "Ann", "age": 30}


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> StepCache:
    return make_cache(store=MemoryStore())


def title(schema: Any) -> str:
    return schema["title"] if isinstance(schema, dict) else schema.__name__


class Filler(AgentModel):
    """Fills in the schema in the way that it is bound."""

    values: Any = None

    def _message(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> AIMessage:
        names = [tool["function"]["name"] for tool in kwargs.get("tools") or []]
        values = self.values(messages) if callable(self.values) else self.values
        forced = [name for name in names if name.startswith("Person")]
        self.answerer = [calling(forced[0], **values) if forced else json.dumps(values)]
        return super()._message(messages, kwargs)


def run(agent: Any, text: str, name: str) -> dict[str, Any]:
    state: dict[str, Any] = agent.invoke({"messages": [HumanMessage(text)]}, {"configurable": {"thread_id": name}})
    return state


@pytest.mark.parametrize("profile", [None, {"structured_output": True}], ids=["no profile", "native"])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_repeat_has_the_same_structured_response(cache: StepCache, strategy: str, kind: str, profile: Any) -> None:
    model = Filler(answerer=[], values=VALUES, profile=profile)
    response_format = STRATEGIES[strategy](FORMATS[kind])
    bare = create_agent(model, [weather], response_format=response_format)
    plain = bare.invoke({"messages": [HumanMessage("Who is it?")]})
    arguments = model.kwargs_seen.pop()
    agent = create_agent(
        model,
        [weather],
        response_format=response_format,
        middleware=[StepCacheMiddleware(cache)],
        checkpointer=InMemorySaver(),
    )
    first, again = run(agent, "Who is it?", "a"), run(agent, "Who is it?", "b")
    assert model.calls == 2
    assert model.kwargs_seen == [arguments]
    assert first["structured_response"] == again["structured_response"] == plain["structured_response"]
    assert type(again["structured_response"]) is type(plain["structured_response"])
    assert [m.type for m in again["messages"]] == [m.type for m in plain["messages"]]
    assert [m.content for m in again["messages"]] == [m.content for m in plain["messages"]]
    assert receipts(again["messages"]) == ["exact"]
    answer, *replies = again["messages"][1:]
    assert [call["id"] for call in answer.tool_calls] == [reply.tool_call_id for reply in replies]
    assert not {m.id for m in first["messages"]} & {m.id for m in again["messages"]}


def read_out(messages: list[BaseMessage]) -> dict[str, Any]:
    words = str(messages[-1].content).replace(".", "").split()
    return {"name": words[words.index("name:") + 1], "age": int(words[words.index("age:") + 1])}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_values_that_the_request_assigns_follow_by_rule(cache: StepCache, strategy: str) -> None:
    model = Filler(answerer=[], values=read_out)
    agent = create_agent(model, response_format=STRATEGIES[strategy](Person), middleware=[StepCacheMiddleware(cache)])
    outcomes = []
    for name, age in (("Ann", 30), ("Bob", 31)):
        text = f"Return a JSON object with the keys name and age.\nname: {name}\nage: {age}"
        state = agent.invoke({"messages": [HumanMessage(text)]})
        assert state["structured_response"] == Person(name=name, age=age)
        outcomes += receipts(state["messages"])
    assert outcomes == ["miss", "rewrite"]
    assert model.calls == 1


class Adult(BaseModel):
    """A person."""

    name: str
    age: int

    least: ClassVar[int] = 18

    @field_validator("age")
    @classmethod
    def _of_age(cls, age: int) -> int:
        if age < cls.least:
            raise ValueError("too young")
        return age


class PersonAdult(Adult):
    """A person."""


def growing(messages: list[BaseMessage]) -> dict[str, Any]:
    """Too young at first; older once it was told."""
    return {"name": "Ann", "age": 30 if isinstance(messages[-1], ToolMessage) else 3}


def test_an_answer_that_the_agent_sent_back_is_not_kept(cache: StepCache) -> None:
    model = Filler(answerer=[], values=growing)
    agent = create_agent(model, response_format=ToolStrategy(PersonAdult), middleware=[StepCacheMiddleware(cache)])
    for number in (1, 2):
        state = agent.invoke({"messages": [HumanMessage("Who is it?")]})
        assert state["structured_response"] == PersonAdult(name="Ann", age=30)
        # The refused one is asked for again, the accepted one is not.
        assert model.calls == 1 + number
    assert len(list(cache._engine.store.entries())) == 1


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    "response_format",
    [ToolStrategy(PersonAdult, handle_errors=False), ProviderStrategy(PersonAdult)],
    ids=["tool", "provider"],
)
async def test_an_answer_that_was_an_error_is_not_kept(
    cache: StepCache, response_format: Any, asynchronous: bool
) -> None:
    ages = [3, 30, 3]
    model = Filler(answerer=[], values=lambda messages: {"name": "Ann", "age": ages[model.calls]})
    agent = create_agent(model, response_format=response_format, middleware=[StepCacheMiddleware(cache)])
    given = {"messages": [HumanMessage("Who is it?")]}

    async def age() -> int:
        state = await agent.ainvoke(given) if asynchronous else agent.invoke(given)
        return int(state["structured_response"].age)

    with pytest.raises(StructuredOutputError):
        await age()
    assert list(cache._engine.store.entries()) == []
    assert [await age(), await age()] == [30, 30]
    assert model.calls == 2


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(
    "response_format",
    [ToolStrategy(PersonAdult), ToolStrategy(PersonAdult, handle_errors=False), ProviderStrategy(PersonAdult)],
    ids=["tool, handled", "tool", "provider"],
)
async def test_a_cached_answer_that_the_schema_refuses_by_now_is_asked_for_again(
    cache: StepCache, monkeypatch: pytest.MonkeyPatch, response_format: Any, asynchronous: bool
) -> None:
    ages = [20, 30, 50]
    model = Filler(answerer=[], values=lambda messages: {"name": "Ann", "age": ages[model.calls]})
    agent = create_agent(model, response_format=response_format, middleware=[StepCacheMiddleware(cache)])
    given = {"messages": [HumanMessage("Who is it?")]}

    async def age() -> int:
        state = await agent.ainvoke(given) if asynchronous else agent.invoke(given)
        return int(state["structured_response"].age)

    assert await age() == 20
    monkeypatch.setattr(PersonAdult, "least", 21)
    assert [await age(), await age()] == [30, 30]
    assert model.calls == 2
    monkeypatch.setattr(PersonAdult, "least", 40)
    assert [await age(), await age()] == [50, 50]
    assert cache.stats().errors == 0


@pytest.mark.parametrize(("safe", "second"), [((), "miss"), (("enrol",), "rewrite")], ids=["any tool", "safe tool"])
def test_a_tool_of_an_agent_is_no_shape_of_an_answer_unless_the_policy_says_so(
    cache: StepCache, safe: tuple[str, ...], second: str
) -> None:
    """Forced or not: what a tool does to the world is not what a structured answer says."""

    def enrol(name: str, age: int) -> str:
        """Enrol."""
        return "done"

    @wrap_model_call
    def forced(request: Any, handler: Any) -> Any:
        return handler(request.override(tool_choice="any" if len(request.messages) == 1 else None))

    def answer(messages: list[BaseMessage]) -> str | AIMessage:
        return "Done." if isinstance(messages[-1], ToolMessage) else calling("enrol", **read_out(messages))

    model = AgentModel(answerer=answer)
    mine = StepCacheMiddleware(cache, policy=Policy(safe_tools=safe))
    agent = create_agent(model, [enrol], middleware=[forced, mine])
    seen = []
    for name, age in (("Ann", 30), ("Bob", 31), ("Bob", 31)):
        text = f"Return a JSON object with the keys name and age.\nname: {name}\nage: {age}"
        state = agent.invoke({"messages": [HumanMessage(text)]})
        seen.append(receipts(state["messages"]))
        assert state["messages"][1].tool_calls[0]["args"] == {"name": name, "age": age}
    assert seen == [["miss", "miss"], [second, "miss"], ["exact", "exact"]]
