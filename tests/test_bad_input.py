"""Bad input: a clear error at construction, never one at serving time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from stepcache_lc import ChromaStore, MemoryStore, Policy, StepCache, StepPatcher, StepRetriever
from stepcache_lc.errors import ConfigurationError, StepCacheError
from stepcache_lc.tasks import Task
from tests.support.algebra import good
from tests.support.models import ScriptedModel, StreamingModel

PROMPT = "Solve 2x + 3 = 13 for x."


class Unfinished(Task):
    def read(self, request: Any) -> None:
        return None

    def segment(self, text: str, constraints: Any) -> list[Any]:
        return []

    def verify(self, steps: Any, constraints: Any) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"tasks": [object()]}, "tasks[0]"),
        ({"tasks": "equations"}, "tasks"),
        ({"tasks": [Unfinished]}, "Unfinished()"),
        ({"tasks": [Unfinished(), Unfinished()]}, "name"),
        ({"model": "gpt-4"}, "model"),
        ({"policy": {"mode": "serve"}}, "policy"),
        ({"namespace": ""}, "namespace"),
        ({"namespace": 3}, "namespace"),
        ({"embeddings": "minilm"}, "embeddings"),
        ({"on_receipt": 5}, "on_receipt"),
        ({"store": 17}, "store"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(StepCacheError) as caught:
        StepCache(**arguments)
    assert words in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_a_path_that_is_no_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StepCacheError, match="store"):
        StepCache(store=tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_path_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StepCacheError, match="store"):
        StepCache(store=tmp_path / "below")


@pytest.mark.parametrize(
    "values",
    [
        {"top_k": 0},
        {"top_k": True},
        {"min_similarity": 2},
        {"mode": "severe"},
        {"max_repairs": -1},
        {"ttl": float("nan")},
    ],
)
def test_an_absurd_policy_value_is_named(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**values)
    assert next(iter(values)) in str(caught.value)


def test_other_constructors_say_what_they_need(make_cache) -> None:
    cache = make_cache()
    for wrong in (
        lambda: cache.wrap("gpt-4"),
        lambda: cache.wrap(None),
        lambda: cache.wrap(ScriptedModel(answerer=good), namespace=""),
        lambda: cache.wrap(ScriptedModel(answerer=good), policy="paper"),
        lambda: cache.using(mode="quick"),
        lambda: cache.using(namespace=""),
        lambda: StepRetriever("cache"),
        lambda: StepPatcher(cache),
    ):
        with pytest.raises(ConfigurationError):
            wrong()


HOSTILE = [
    "",
    " ",
    "\x00",
    "\ud800 lone",
    "Solve \ud800x + 3 = 13 for x.",
    "Solve 9**9**9 = x for x.",
    'Solve __import__("os").system("true") = x for x.',
    '{"half": ',
    'Return a JSON object with keys a, b: {"a": [[[[[[',
    "Solve " + "(" * 100_000 + "x" + ")" * 100_000 + " = 3 for x.",
    "Solve " + "9" * 1_000_000 + "x = 3 for x.",
    "x" * 1_000_000,
    "[" * 100_000,
    '[{"lc": 1}]',
]


@pytest.mark.parametrize("position", range(len(HOSTILE)))
def test_no_prompt_raises_into_the_host(make_cache, global_cache, position: int) -> None:
    prompt = HOSTILE[position]
    model = StreamingModel(answerer=lambda messages: "the model's own")
    cache = make_cache(model)
    chat = cache.wrap(model)
    for _ in range(2):
        assert chat.invoke(prompt).content == "the model's own"
        assert "".join(chunk.text for chunk in chat.stream(prompt)) == "the model's own"
        assert cache.chain(model).invoke(prompt).content == "the model's own"
    global_cache(cache)
    for _ in range(2):
        assert model.invoke(prompt).content == "the model's own"
    cache.lookup(prompt, prompt)
    cache.update(prompt, prompt, [])
    assert cache.stats().errors == 0


@pytest.mark.parametrize("position", range(len(HOSTILE)))
def test_no_answer_raises_into_the_host(make_cache, position: int) -> None:
    answer = HOSTILE[position]
    model = ScriptedModel(answerer=lambda messages: answer)
    chat = make_cache().wrap(model)
    for prompt in (PROMPT, "Return a JSON object with keys name and age for Ann.", "Tell me a joke."):
        for _ in range(2):
            message = chat.invoke(prompt)
            said = message.response_metadata["stepcache"]
            by_solver = any(step["origin"] == "solved" for step in said["steps"])
            assert message.content == answer or (prompt == PROMPT and by_solver)


def test_a_store_that_fails_costs_the_hit_not_the_answer(make_cache, caplog) -> None:
    class Broken(MemoryStore):
        def get(self, *arguments: Any) -> Any:
            raise RuntimeError("disk on fire: " + PROMPT)

        nearest = get

        def put(self, *arguments: Any) -> None:
            raise RuntimeError("disk full")

    model = ScriptedModel(answerer=good)
    cache = make_cache(store=Broken())
    chat = cache.wrap(model)
    for prompt in (PROMPT, "Solve 2x + 3 = 15 for x."):
        said = chat.invoke(prompt).response_metadata["stepcache"]
        assert (said["outcome"], said["stored"]) == ("miss", None)
    assert cache.stats().errors >= 4
    assert cache.stats().error_kinds["store"] >= 4
    assert "2x + 3" not in caplog.text


def test_an_entry_that_cannot_be_read_is_a_miss(make_cache) -> None:
    from dataclasses import replace

    model = ScriptedModel(answerer=good)
    cache = make_cache()
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    engine = cache._engine
    (entry,) = engine.store.entries()
    for payload in (
        "{",
        "[]",
        '[{"kind": "chat"}]',
        '[{"kind":"chat","type":"ai","data":{"content":7}}]',
        "null",
        "[" * 50_000,
    ):
        engine.front.drop(lambda held: True)
        engine.store.put(replace(entry, payload=payload), engine.embed([entry.request_text])[0])
        errors = cache.stats().errors
        with cache.using(mode="exact"):
            message = chat.invoke(PROMPT)
        assert message.content == good([AIMessage(PROMPT)])
        assert cache.stats().errors > errors


def test_an_embedding_that_fails_costs_the_candidates_only(make_cache) -> None:
    from langchain_core.embeddings import Embeddings

    class Broken(Embeddings):
        def embed_query(self, text: str) -> list[float]:
            raise RuntimeError("no network")

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            raise RuntimeError("no network")

    model = ScriptedModel(answerer=good)
    cache = make_cache(embeddings=Broken())
    assert cache.wrap(model).invoke(PROMPT).content == good([AIMessage(PROMPT)])
    assert cache.stats().errors > 0


def test_an_unreachable_server_is_named(tmp_path: Path) -> None:
    class Client:
        """A client whose server is gone."""

        def heartbeat(self) -> int:
            raise ConnectionError("refused")

    with pytest.raises((StepCacheError, ValueError), match=r"store|client"):
        ChromaStore(client=Client())


def test_prompts_stay_out_of_the_log(make_cache, caplog) -> None:
    caplog.set_level("INFO")
    model = ScriptedModel(answerer=good)
    cache = make_cache(model)
    cache.wrap(model).invoke(PROMPT)
    cache.lookup("[", "x")
    assert "2x + 3" not in caplog.text
    assert "2x + 3" not in json.dumps([receipt.to_dict() for receipt in cache.receipts()])
