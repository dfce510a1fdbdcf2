"""The model that is asked for a patch raises, hangs, says nothing, too much or the wrong thing.

What comes out is the plain call's own answer or error, after a bounded number of calls; nothing half-verified stays.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from stepcache_lc import MemoryStore, Policy, StepCache
from tests.support.models import ScriptedModel, StreamingModel

TICKET = "Ticket: the printer is broken. Return a JSON object with the keys {keys}. Output only JSON."
OLD, NEW = TICKET.format(keys="summary, severity"), TICKET.format(keys="summary, severity, team")
OLD_ANSWER = {"summary": "printer broken", "severity": "high"}
NEW_ANSWER = {**OLD_ANSWER, "team": "hardware"}
MOST_CALLS = 4


class Down(Exception):
    """The provider's error."""


def _raise(messages: list[BaseMessage]) -> str:
    raise Down("503")


def _refuse(messages: list[BaseMessage]) -> AIMessage:
    return AIMessage(
        content="",
        additional_kwargs={"refusal": "I cannot help with that."},
        response_metadata={"finish_reason": "stop"},
    )


def _half(messages: list[BaseMessage]) -> AIMessage:
    return AIMessage(content='{"team": "hard', response_metadata={"finish_reason": "length"})


FAULTS: dict[str, Callable[[list[BaseMessage]], Any]] = {
    "raises": _raise,
    "says nothing": lambda messages: "",
    "says blanks": lambda messages: " \n\t ",
    "returns the prompt": lambda messages: str(messages[-1].content),
    "200 kB of prose": lambda messages: "word " * 40_000,
    "200 kB of JSON": lambda messages: json.dumps({"team": "x" * 200_000, "more": ["y"] * 1_000}),
    "200 kB of brackets": lambda messages: '{"team": ' + "[" * 200_000,
    "refuses": _refuse,
    "is cut off": _half,
    "another object": lambda messages: json.dumps({"colour": "red"}),
    "a wrong type": lambda messages: json.dumps(["hardware"]),
    "overwrites what stands": lambda messages: json.dumps({"severity": "low", "team": "hardware"}),
    "no text": lambda messages: AIMessage(content=[]),
    "NUL and surrogates": lambda messages: '{"team": "\x00\ud800"',
}


class Provider:
    """Answers whole requests rightly; patches as the fault wants, as long as it lasts."""

    def __init__(self, fault: Callable[[list[BaseMessage]], Any]) -> None:
        self.fault: Callable[[list[BaseMessage]], Any] | None = fault

    def __call__(self, messages: list[BaseMessage]) -> Any:
        text = str(messages[-1].content)
        if text == OLD:
            return json.dumps(OLD_ANSWER)
        if text == NEW:
            return json.dumps(NEW_ANSWER)
        return json.dumps({"team": "hardware"}) if self.fault is None else self.fault(messages)


def _stream(chat: Any, prompt: str) -> tuple[str, dict[str, Any]]:
    chunks = list(chat.stream(prompt))
    receipts = [chunk.response_metadata["stepcache"] for chunk in chunks if "stepcache" in chunk.response_metadata]
    assert len(receipts) == 1
    return "".join(chunk.text for chunk in chunks), receipts[0]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_patch_that_goes_wrong(fault: str, streaming: bool) -> None:
    provider = Provider(FAULTS[fault])
    model = StreamingModel(answerer=provider) if streaming else ScriptedModel(answerer=provider)
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(model)

        def ask(prompt: str) -> tuple[str, dict[str, Any]]:
            if streaming:
                return _stream(chat, prompt)
            message = chat.invoke(prompt)
            return message.text, message.response_metadata["stepcache"]

        ask(OLD)
        text, receipt = ask(NEW)
        assert json.loads(text) == NEW_ANSWER
        assert receipt["outcome"] == "regenerate", receipt
        assert model.calls <= 1 + MOST_CALLS
        # Nothing of the fault stays: the provider is well again, and the answers are what they should be.
        provider.fault = None
        assert json.loads(ask(NEW)[0]) == NEW_ANSWER
        assert json.loads(ask(OLD)[0]) == OLD_ANSWER


def test_the_plain_calls_own_error_reaches_the_host() -> None:
    provider = Provider(_raise)
    model = ScriptedModel(
        answerer=lambda messages: provider(messages) if messages[-1].content == OLD else _raise(messages)
    )
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(model)
        chat.invoke(OLD)
        with pytest.raises(Down, match="503"):
            chat.invoke(NEW)
        assert model.calls <= 1 + MOST_CALLS
        with pytest.raises(Down, match="503"):
            list(chat.stream(NEW))
        assert json.loads(chat.invoke(OLD).text) == OLD_ANSWER


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_patch_that_takes_too_long(asynchronous: bool) -> None:
    release = threading.Event()

    def hang(messages: list[BaseMessage]) -> str:
        release.wait(30)
        return json.dumps({"team": "too late"})

    model = ScriptedModel(answerer=Provider(hang))
    try:
        with StepCache(store=MemoryStore(), policy=Policy(model_timeout=0.2)) as cache:
            chat = cache.wrap(model)
            chat.invoke(OLD)
            message = await chat.ainvoke(NEW) if asynchronous else chat.invoke(NEW)
            assert json.loads(message.text) == NEW_ANSWER
            assert message.response_metadata["stepcache"]["outcome"] == "regenerate"
            release.set()
            assert json.loads(chat.invoke(NEW).text) == NEW_ANSWER
    finally:
        release.set()
