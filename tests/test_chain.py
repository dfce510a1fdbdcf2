"""The Runnable form: stages alone, composed by hand, under other Runnables, and by name in a trace."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableParallel

from stepcache_lc import StepPatcher, StepRetriever, StepVerifier
from stepcache_lc.core.types import Generate, Recall, Repeat, Reuse
from stepcache_lc.errors import ConfigurationError
from tests.support.algebra import bad, good
from tests.support.models import ScriptedModel

PROMPT = "Solve 2x + 3 = 13 for x."
REWORDED = "Find x: 2x + 3 = 13"


def receipt(message: Any) -> dict[str, Any]:
    return message.response_metadata["stepcache"]


@pytest.mark.parametrize("own_model", [True, False])
def test_the_composition_by_hand_is_the_chain(make_cache, own_model: bool) -> None:
    model = ScriptedModel(answerer=good)
    cache = make_cache(model if own_model else None)
    by_hand = StepRetriever(cache) | StepVerifier(cache) | StepPatcher(cache, model)
    outcomes = [receipt(by_hand.invoke(prompt))["outcome"] for prompt in (PROMPT, PROMPT, REWORDED)]
    assert outcomes == ["miss", "exact", "reuse"]
    assert receipt(cache.chain(model).invoke(PROMPT))["outcome"] == "exact"
    assert model.calls == 1


def test_each_stage_can_be_used_alone(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    cache = make_cache(model)
    retriever, verifier, patcher = StepRetriever(cache), StepVerifier(cache), StepPatcher(cache)
    recalled = retriever.invoke(PROMPT)
    assert isinstance(recalled, Recall)
    assert isinstance(verifier.invoke(recalled), Generate)
    patcher.invoke(verifier.invoke(recalled))
    assert isinstance(verifier.invoke(retriever.invoke(PROMPT)), Repeat)
    again = retriever.invoke([("human", REWORDED)])
    assert again.candidates[0].similarity > 0.5
    assert isinstance(verifier.invoke(again), Reuse)
    assert model.calls == 1


async def test_the_stages_are_native_async(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    chain = make_cache().chain(model)
    assert [receipt(await chain.ainvoke(prompt))["outcome"] for prompt in (PROMPT, REWORDED)] == ["miss", "reuse"]


def test_the_chain_composes(make_cache) -> None:
    model = ScriptedModel(answerer=good)
    cache = make_cache()
    prompt = ChatPromptTemplate.from_messages([("human", "Solve {equation} for x.")])
    chain = prompt | RunnableParallel(text=cache.chain(model) | StrOutputParser(), again=cache.chain(model))
    result = chain.invoke({"equation": "2x + 3 = 13"})
    assert "x = 5" in result["text"]
    assert receipt(result["again"])["verified"] is True
    assert [receipt(m)["outcome"] for m in cache.chain(model).batch([PROMPT, REWORDED])] == ["exact", "reuse"]


def test_the_stages_show_by_name_in_a_trace(make_cache) -> None:
    class Names(BaseCallbackHandler):
        def __init__(self) -> None:
            self.names: list[str] = []
            self.model_tags: list[list[str]] = []

        def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
            self.names.append(kwargs.get("name"))

        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            self.names.append(kwargs.get("name"))
            self.model_tags.append(kwargs.get("tags") or [])

    seen = Names()
    make_cache().chain(ScriptedModel(answerer=bad)).invoke(PROMPT, config={"callbacks": [seen]})
    assert [name for name in seen.names if name and name.startswith("stepcache_")][:3] == [
        "stepcache_recall",
        "stepcache_verify",
        "stepcache_patch",
    ]
    assert ["nostream" in tags for tags in seen.model_tags] == [False, True, True]


def test_a_recall_from_elsewhere_is_refused(make_cache) -> None:
    from stepcache_lc.tasks import Request

    with pytest.raises(ConfigurationError, match="StepRetriever"):
        StepVerifier(make_cache()).invoke(Recall(Request("x")))


def test_the_models_own_error_comes_through(make_cache) -> None:
    model = ScriptedModel(answerer=[ValueError("quota exceeded")])
    cache = make_cache(model)
    for door in (cache.chain(model), cache.wrap(model)):
        with pytest.raises(ValueError, match="quota exceeded"):
            door.invoke(PROMPT)
    assert cache.stats().errors == 0
