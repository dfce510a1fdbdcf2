"""Exact hits from this process's memory: each copy is fresh, and the same as one that is read anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, Generation

from stepcache_lc import Policy, StepCache
from stepcache_lc.answers import generations_of
from stepcache_lc.core.admission import repeat_of
from stepcache_lc.hits import Aliases, Hit
from stepcache_lc.messages import reply_of
from tests.stores.samples import entry
from tests.support.models import ScriptedModel, StreamingModel

TOOL_CALL = {"name": "search", "args": {"q": "sea"}, "id": "call_1", "type": "tool_call"}
MESSAGES = {
    "text": AIMessage(content="It is blue.", response_metadata={"model_name": "small", "finish_reason": "stop"}),
    "name": AIMessage(content="It is blue.", name="Ann"),
    "blocks": AIMessage(content=[{"type": "text", "text": "It is blue."}]),
    "tool call": AIMessage(content="", tool_calls=[TOOL_CALL]),
    "logprobs": AIMessage(content="blue", response_metadata={"logprobs": {"content": [1, 2]}}),
    "extra": AIMessage(content="blue", additional_kwargs={"reasoning": {"text": "hm"}}),
}


def held(message: AIMessage) -> Hit:
    payload = reply_of([ChatGeneration(message=message)]).payload
    return Hit(entry("a", text=message.text, payload=payload, form="text"))


def comparable(generation: Generation) -> Any:
    """All of a generation but its ids."""
    assert isinstance(generation, ChatGeneration)
    data = dumpd(generation.message)
    data["kwargs"].pop("id")
    for call in data["kwargs"].get("tool_calls", ()):
        call.pop("id")
    return data, generation.generation_info, generation.text


@pytest.mark.parametrize("name", MESSAGES)
def test_a_copy_is_what_is_read_anew(name: str) -> None:
    hit = held(MESSAGES[name])
    receipt = hit.receipt.to_dict()
    (copied,), (read,) = hit.generations(receipt), generations_of(repeat_of(hit.entry), receipt)
    assert comparable(copied) == comparable(read)


@pytest.mark.parametrize("name", MESSAGES)
def test_copies_share_nothing_that_can_be_changed(name: str) -> None:
    hit = held(MESSAGES[name])
    (first,) = hit.generations(hit.receipt.to_dict())
    before = comparable(hit.generations(hit.receipt.to_dict())[0])
    assert isinstance(first, ChatGeneration)
    message = first.message
    assert isinstance(message, AIMessage)
    assert message.id is not None
    message.id = "taken"
    message.response_metadata["stepcache"]["steps"].clear()
    message.response_metadata["logprobs"] = message.response_metadata["more"] = 1
    message.additional_kwargs["more"] = 1
    message.additional_kwargs.get("reasoning", {})["more"] = 1
    message.tool_calls.append({**TOOL_CALL, "name": "buy"})  # type: ignore[typeddict-item]
    for call in message.tool_calls:
        call["args"]["q"] = "land"
    assert message.usage_metadata is not None
    message.usage_metadata["input_tokens"] = 7
    if isinstance(message.content, list):
        message.content.append("more")
    (first.generation_info or {})["more"] = 1
    (second,) = hit.generations(hit.receipt.to_dict())
    assert comparable(second) == before
    assert isinstance(second, ChatGeneration)
    assert second.message.id not in (None, "taken")
    assert second.message.usage_metadata == {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}  # type: ignore[attr-defined]


def test_ids_of_messages_and_tool_calls_are_fresh() -> None:
    hit = held(MESSAGES["tool call"])
    messages = [hit.generations({})[0].message for _ in range(100)]  # type: ignore[attr-defined]
    assert len({message.id for message in messages}) == 100
    assert len({message.tool_calls[0]["id"] for message in messages}) == 100


def test_a_stored_message_that_cannot_be_read_is_no_hit() -> None:
    with pytest.raises(ValueError, match="read"):
        Hit(entry("a", payload="[torn"))


def test_an_answer_that_the_cache_put_together_is_copied_too() -> None:
    hit = Hit(entry("a", payload="", form="text"))
    assert comparable(hit.generations({})[0]) == comparable(generations_of(repeat_of(hit.entry), {})[0])


def test_aliases_tell_where_each_text_ends() -> None:
    split = {Aliases.of(*texts) for texts in [("n", "ab", "c"), ("n", "a", "bc"), ("na", "b", "c"), ("n ", "ab", "c")]}
    assert len(split) == 4
    assert Aliases.of("n", "\ud83d\ude00", "") != Aliases.of("n", "\U0001f600", "")


def outcome(message: Any) -> str:
    return message.response_metadata["stepcache"]["outcome"]


async def test_every_way_in_serves_them_counts_them_and_hands_on_their_receipts(global_cache) -> None:
    seen: list[Any] = []
    model = StreamingModel(answerer=lambda messages: "It is blue.")
    with StepCache(on_receipt=seen.append) as cache:
        chat = cache.wrap(model)
        prompt = "Tell me about the sea."
        chat.invoke(prompt)
        with cache.record() as recorded:
            messages = [chat.invoke(prompt), await chat.ainvoke(prompt)]
            messages += [list(chat.stream(prompt))[-1], [chunk async for chunk in chat.astream(prompt)][-1]]
            global_cache(cache)
            messages += [model.invoke(prompt), model.invoke(prompt), await model.ainvoke(prompt)]
        assert [outcome(message) for message in messages] == ["exact"] * 7
        assert len({message.id for message in messages}) == 7
        assert [receipt.outcome for receipt in recorded] == ["exact"] * 7
        assert all(receipt.elapsed_ms > 0 for receipt in recorded)
        assert cache.stats().outcomes["exact"] == 7
        assert [receipt.outcome for receipt in cache.receipts(7)] == ["exact"] * 7
    assert model.calls == 1
    assert [receipt.outcome for receipt in seen] == ["miss"] + ["exact"] * 7


@pytest.mark.parametrize(
    "policy", [Policy(mode="refresh"), Policy(mode="off"), Policy(mode="shadow"), Policy(sampling="bypass")]
)
def test_a_policy_that_forbids_them_is_kept(make_cache, global_cache, policy: Policy) -> None:
    class Warm(ScriptedModel):
        temperature: float = 0.7

        @property
        def _identifying_params(self) -> dict[str, Any]:
            return {"temperature": self.temperature}

    model = Warm(answerer=lambda messages: "It is blue.")
    cache = global_cache(make_cache())
    chat = cache.wrap(model)
    prompt = "Tell me about the sea."
    for ask in (chat, model):
        for _ in range(2):
            ask.invoke(prompt)
    calls = model.calls
    with cache.using(policy=policy):
        chat.invoke(prompt)
        model.invoke(prompt)
    assert model.calls == calls + 2


def test_parsed_output_of_a_hit_matches_it(make_cache) -> None:
    hit = Hit(replace(entry("a", payload="", form="text"), text='{"a": 1}'))
    (first,) = hit.generations({}, {"type": "json_object"})
    assert first.message.additional_kwargs == {"parsed": {"a": 1}}  # type: ignore[attr-defined]
