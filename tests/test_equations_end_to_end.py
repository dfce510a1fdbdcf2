"""Equations through a wrapped model: what is served is right, and what is not understood is the model's alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tests.support.algebra import bad, good, root, stated
from tests.support.models import ScriptedModel


def receipt(message: Any) -> dict[str, Any]:
    return message.response_metadata["stepcache"]


def test_the_same_request_again(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    first, again = (chat.invoke("Solve 2x + 3 = 13 for x.") for _ in range(2))
    assert (receipt(again)["outcome"], receipt(again)["model_calls"], model.calls) == ("exact", 0, 1)
    assert again.content == first.content
    assert again.id != first.id
    assert {again.usage_metadata[name] for name in ("input_tokens", "output_tokens", "total_tokens")} == {0}
    assert receipt(again)["saved"] == receipt(first)["tokens"]


def test_another_wording_is_reused(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    first = chat.invoke("Solve 2x + 3 = 13 for x.")
    second = chat.invoke("Find x: 2x + 3 = 13")
    said = receipt(second)
    assert (said["outcome"], said["assurance"], said["verified"], said["model_calls"]) == ("reuse", "proved", True, 0)
    assert second.content == first.content
    assert said["source"] == receipt(first)["stored"]


@pytest.mark.parametrize("prompt", ["Solve 2y + 3 = 13 for y.", "Solve 2x + 3 = 15 for x.", "Solve 4x + 3 = 11 for x."])
def test_a_changed_unknown_constant_or_coefficient_is_rewritten(make_cache, prompt: str) -> None:
    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    first = chat.invoke("Solve 2x + 3 = 13 for x.")
    message = chat.invoke(prompt)
    said = receipt(message)
    assert (said["outcome"], said["verified"], model.calls) == ("rewrite", True, 1)
    assert stated(message.text, prompt[-2]) == root(prompt)
    # the model's own words, in order
    words = [word for word in first.text.split() if word.isalpha() and len(word) > 1]
    assert [word for word in message.text.split() if word.isalpha() and len(word) > 1] == words


TRAPS = [
    "Solve 2x + 3 = 13 for x modulo 7.",
    "Solve 2x + 3 = 13 for x, rounded down.",
    "Solve 2x + 3 = 13 for x in French.",
    "If 2x + 3 = 13, what is 2x?",
    "Solve |2x + 3| = 13 for x.",
    "Solve 2x + 3 = 13 for x where x is negative.",
    "Solve 2x + 3 > 13 for x.",
    "Solve 2x + 3 = 13 for x. Then double it.",
    "Do not solve 2x + 3 = 13 for x.",
    "Solve 2x + 3 = 13 for y.",
    "Solve 2X + 3 = 13 for x.",
    "Solve 2x + 3 = 13 for x and write a poem about it.",
]


@pytest.mark.parametrize("prompt", TRAPS)
@pytest.mark.parametrize("with_model", [True, False])
def test_what_is_not_understood_is_the_models_alone(make_cache, global_cache, prompt: str, with_model: bool) -> None:
    def answer(messages: list[Any]) -> str:
        return good(messages) if messages[-1].content == "Solve 2x + 3 = 13 for x." else "The model's own words: 42."

    model = ScriptedModel(answerer=answer)
    if with_model:
        global_cache(make_cache(model))
        chat: Any = model
    else:
        chat = make_cache().wrap(model)
    chat.invoke("Solve 2x + 3 = 13 for x.")
    message = chat.invoke(prompt)
    assert message.content == "The model's own words: 42."
    assert receipt(message)["outcome"] in ("miss", "regenerate")
    assert receipt(message)["verified"] is False


@pytest.mark.parametrize("front_door", ["wrap", "lookup"])
def test_a_model_that_is_always_wrong_still_yields_the_right_root(make_cache, global_cache, front_door: str) -> None:
    model = ScriptedModel(answerer=bad)
    cache = make_cache(model)
    chat: Any = cache.wrap(model)
    if front_door == "lookup":
        global_cache(cache)
        chat = model
    for number in range(10):
        prompt = f"Solve 2x + 3 = {13 + 4 * number} for x."
        with cache.using(mode="refresh"):
            before = model.calls
            message = chat.invoke(prompt)
        said = receipt(message)
        assert stated(message.text, "x") == root(prompt)
        assert (said["outcome"], said["verified"]) == ("solved", True)
        assert model.calls - before == said["model_calls"] <= 1 + 2
        if number >= 3:
            assert said["model_calls"] == 1
            assert "repairs are skipped" in said["why"]


def test_scopes_never_share_an_entry(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    cache = make_cache()
    chat = cache.wrap(model)
    prompt = ("human", "Solve 2x + 3 = 13 for x.")
    other_model = ScriptedModel(answerer=good, name_of_model="other")

    def tool(city: str) -> str:
        """Look up the weather."""
        return city

    doors: list[Any] = [
        lambda: chat.invoke([prompt]),
        lambda: chat.invoke([("system", "You are a pirate."), prompt]),
        lambda: chat.invoke([("system", "You are a lawyer."), prompt]),
        lambda: chat.invoke([("human", "Hello"), ("ai", "Hi"), prompt]),
        lambda: chat.invoke([("human", "Hullo"), ("ai", "Hi"), prompt]),
        lambda: chat.bind_tools([tool]).invoke([prompt]),
        lambda: cache.wrap(model, namespace="other").invoke([prompt]),
        lambda: cache.wrap(other_model).invoke([prompt]),
        lambda: chat.invoke([prompt], temperature=0.7),
        lambda: chat.invoke([prompt], stop=["x"]),
        lambda: make_cache().wrap(model).invoke([prompt]),
    ]
    for number, door in enumerate(doors, start=1):
        said = receipt(door())
        assert (said["outcome"], said["source"]) == ("miss", None), number
        assert model.calls + other_model.calls == number
    for door in doors[:-1]:
        assert receipt(door())["outcome"] == "exact"


def test_known_style_prompts_do_not_stand_in_the_way(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    chat = make_cache().wrap(model)
    system = ("system", "You are a helpful assistant. Answer concisely.")
    chat.invoke([system, ("human", "Solve 2x + 3 = 13 for x.")])
    assert receipt(chat.invoke([system, ("human", "Solve 2x + 3 = 15 for x.")]))["outcome"] == "rewrite"


def test_an_unknown_system_prompt_is_residue_unless_vouched_for(make_cache) -> None:
    from stepcache_lc import Policy

    system = ("system", "All answers are taken modulo 7.")
    for policy, outcome in ((Policy(), "regenerate"), (Policy(system_is_style=True), "rewrite")):
        chat = make_cache(policy=policy).wrap(ScriptedModel(answerer=good))
        chat.invoke([system, ("human", "Solve 2x + 3 = 13 for x.")])
        message = chat.invoke([system, ("human", "Solve 2x + 3 = 15 for x.")])
        assert receipt(message)["outcome"] == outcome
        assert stated(message.text, "x") == Fraction(6)
