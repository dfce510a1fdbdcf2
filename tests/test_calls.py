"""From LangChain's arguments to a request: the shorter way of calls without arguments leads to the same keys."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from pydantic import Field

from stepcache_lc import Policy, StepCache
from stepcache_lc.calls import Call, bare_call, call_of_messages
from stepcache_lc.messages import _turn, turns_of
from tests.support.models import ScriptedModel

CALL = {"name": "search", "args": {}, "id": "c1", "type": "tool_call"}
MESSAGES: list[BaseMessage] = [
    HumanMessage("a"),
    HumanMessage(["a"]),
    HumanMessage([{"type": "text", "text": "a"}]),
    HumanMessage("a", name="Ann"),
    HumanMessage("a", example=True),
    HumanMessage("a", id="1"),
    HumanMessage("a", additional_kwargs={"k": 1}),
    HumanMessage("a", response_metadata={"k": 1}),
    HumanMessage(""),
    SystemMessage("a"),
    SystemMessage("a", name="Ann"),
    AIMessage("a"),
    AIMessage("a", tool_calls=[CALL]),
    ToolMessage("a", tool_call_id="c1"),
]


class Tuned(ScriptedModel):
    """A model whose own parameters may demand a form of answer."""

    form: dict[str, Any] = Field(default_factory=dict)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name_of_model, **self.form}


MODELS = [
    Tuned(answerer=["a"]),
    Tuned(answerer=["a"], name_of_model="other"),
    Tuned(answerer=["a"], form={"response_format": {"type": "json_object"}}),
    Tuned(answerer=["a"], form={"stop": ["x"]}),
]


@pytest.mark.parametrize("message", MESSAGES, ids=[str(number) for number in range(len(MESSAGES))])
def test_the_turn_of_a_plain_message_is_read_as_any_other(message: BaseMessage) -> None:
    assert turns_of([message]) == [_turn(message.model_dump())]


def test_a_bare_call_has_one_alias_for_each_key() -> None:
    """All calls against all: equal digests are equal keys, and different ones are not."""
    conversations = [[one] for one in MESSAGES] + [[one, HumanMessage("b")] for one in MESSAGES]
    found: list[tuple[bytes, str]] = []
    for messages, model, namespace, named in itertools.product(conversations, MODELS, ("one", "two"), (None, "name")):
        given: dict[str, Any] = {"namespace": namespace, "policy": Policy(), "model_id": named}
        bare = bare_call(model, messages, **given)
        assert bare is not None
        calls = [call_of_messages(model, messages, stop=None, kwargs={}, **given, bare=read) for read in (bare, None)]
        assert _compared(calls[0]) == _compared(calls[1])
        found.append((bare.alias, calls[1].request.key))
    assert len(set(found)) == len({alias for alias, _ in found}) == len({key for _, key in found})


def _compared(call: Call) -> Any:
    return call.request, dict(call.parts), call.bypass, call.temperature


def test_where_a_policy_has_a_say_there_is_no_shorter_way() -> None:
    model, messages = MODELS[0], [HumanMessage("a")]
    answered = [*messages, AIMessage("", tool_calls=[CALL]), ToolMessage("a", tool_call_id="c1")]
    given: dict[str, Any] = {"namespace": "one", "model_id": None}
    assert bare_call(model, messages, policy=Policy(key=lambda sent: sent), **given) is None
    assert bare_call(model, answered, policy=Policy(tool_turns="bypass"), **given) is None
    assert bare_call(model, messages, policy=Policy(), **given) is not None


def test_the_second_repeat_takes_the_shorter_way_to_the_same_answer() -> None:
    with StepCache() as cache:
        model = cache.wrap(ScriptedModel(answerer=["It is blue."]))
        answers = [model.invoke("What is it?") for _ in range(4)]
        assert [answer.response_metadata["stepcache"]["outcome"] for answer in answers] == ["miss"] + ["exact"] * 3
        assert {answer.text for answer in answers} == {"It is blue."}
        assert len({answer.id for answer in answers}) == 4
        cache.clear()
        assert model.invoke("What is it?").response_metadata["stepcache"]["outcome"] == "miss"
