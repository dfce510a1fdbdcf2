"""Control: using, disabled, record, on_receipt, explain, stats, receipts, forget, clear, close, STEPCACHE_MODE."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from stepcache_lc import Policy, Receipt, StepCache
from stepcache_lc.errors import ConfigurationError
from tests.support.algebra import bad, good
from tests.support.clock import stopped_clock
from tests.support.models import ScriptedModel

PROMPT = "Solve 2x + 3 = 13 for x."
REWORDED = "Find x: 2x + 3 = 13"


def outcome(message: Any) -> str:
    return message.response_metadata["stepcache"]["outcome"]


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(answerer=good)


def test_using_holds_inside_the_block_only(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    with cache.using(namespace="tenant"):
        assert outcome(chat.invoke(PROMPT)) == "miss"
        with cache.using(mode="refresh"):
            assert outcome(chat.invoke(PROMPT)) == "miss"
        assert outcome(chat.invoke(PROMPT)) == "exact"
    with cache.using(policy=Policy(mode="exact")):
        assert outcome(chat.invoke(REWORDED)) == "miss"
    assert outcome(chat.invoke(PROMPT)) == "exact"


async def test_using_holds_for_the_tasks_of_a_block_and_no_others(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    await chat.ainvoke(PROMPT)

    async def disabled() -> str:
        with cache.disabled():
            await asyncio.sleep(0.01)
            return outcome(await chat.ainvoke(PROMPT))

    results = await asyncio.gather(disabled(), chat.ainvoke(PROMPT))
    assert results[0] == "bypass"
    assert outcome(results[1]) == "exact"


def test_using_is_of_one_cache_only(make_cache, model) -> None:
    one, two = make_cache(), make_cache()
    chat = two.wrap(model)
    chat.invoke(PROMPT)
    with one.disabled():
        assert outcome(chat.invoke(PROMPT)) == "exact"


def test_disabled_leaves_no_trace(make_cache, global_cache, model) -> None:
    cache = global_cache(make_cache(model))
    with cache.disabled():
        for _ in range(2):
            assert "stepcache" not in model.invoke(PROMPT).response_metadata
    assert model.calls == 2
    assert list(cache._engine.store.entries()) == []


@pytest.mark.parametrize(
    ("value", "outcomes"), [("off", ["bypass"] * 2), ("exact", ["miss", "exact"]), ("OF", ["bypass"] * 2)]
)
def test_the_environment_overrides_the_policy(make_cache, model, monkeypatch, value: str, outcomes: list[str]) -> None:
    chat = make_cache().wrap(model)
    chat.invoke(PROMPT)
    monkeypatch.setenv("STEPCACHE_MODE", value)
    assert [outcome(chat.invoke(REWORDED)) for _ in range(2)] == outcomes


def test_the_environment_never_undoes_a_disabled_block(make_cache, model, monkeypatch) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    monkeypatch.setenv("STEPCACHE_MODE", "serve")
    with cache.disabled():
        assert outcome(chat.invoke(PROMPT)) == "bypass"
    monkeypatch.setenv("STEPCACHE_MODE", "off")
    with cache.using(mode="serve"):
        assert outcome(chat.invoke(PROMPT)) == "bypass"


def test_record_collects_the_blocks_receipts(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    with cache.record() as outer:
        chat.invoke(PROMPT)
        with cache.record() as inner:
            chat.batch([PROMPT, REWORDED])
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, chat.invoke, PROMPT).result()
    chat.invoke(PROMPT)
    assert sorted(receipt.outcome for receipt in inner) == ["exact", "reuse"]
    assert len(outer) == 4
    assert all(isinstance(receipt, Receipt) for receipt in outer)


def test_on_receipt_is_called_once_an_answer_and_may_raise(model, caplog) -> None:
    seen: list[Any] = []
    threads: set[str] = set()

    def listener(receipt: Receipt) -> None:
        seen.append(receipt.outcome)
        threads.add(threading.current_thread().name)
        if len(seen) == 1:
            raise RuntimeError("the user's bug")

    with StepCache(on_receipt=listener) as cache:
        chat = cache.wrap(model)
        for prompt in (PROMPT, PROMPT, REWORDED):
            chat.invoke(prompt)
    assert seen == ["miss", "exact", "reuse"]
    assert threading.current_thread().name not in threads
    assert "on_receipt raised RuntimeError" in caplog.text


def test_explain_calls_no_model_and_stores_nothing(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    assert cache.explain(PROMPT, model=chat).outcome == "miss"
    assert "no entry" in cache.explain(PROMPT, model=chat).why
    chat.invoke(PROMPT)
    calls, requests = model.calls, cache.stats().requests
    assert cache.explain(PROMPT, model=chat).outcome == "exact"
    explained = cache.explain(REWORDED, model=model)
    assert (explained.outcome, explained.model_calls, explained.verified) == ("reuse", 0, True)
    assert cache.explain(REWORDED, model=chat).outcome == "reuse"
    assert (model.calls, cache.stats().requests) == (calls, requests)


@pytest.mark.parametrize(
    ("messages", "part"),
    [
        ([("system", "You are a pirate."), ("human", PROMPT)], "system prompt"),
        ([("human", "hi"), ("ai", "hello"), ("human", PROMPT)], "history"),
        ("Who was Archimedes?", "text"),
    ],
)
def test_explain_names_the_nearest_entry_and_the_first_part_that_differs(make_cache, model, messages, part) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    stored = chat.invoke(PROMPT).response_metadata["stepcache"]["stored"]
    why = cache.explain(messages, model=chat).why
    assert stored in why
    assert f"differs in its {part}" in why
    assert cache.explain(messages).why == why  # the model wrapped last
    other = ScriptedModel(answerer=good, name_of_model="other")
    assert "differs in its model" in cache.explain(PROMPT, model=other).why


def test_explain_without_any_model_still_names_the_nearest_entry(make_cache, model) -> None:
    cache = make_cache()
    assert "no entry" in cache.explain(PROMPT).why
    cache.chain(model).invoke(PROMPT)
    assert "differs in its model" in cache.explain(PROMPT).why


def test_stats_and_receipts(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    for prompt in (PROMPT, PROMPT, REWORDED):
        chat.invoke(prompt)
    model.answerer = lambda messages: "ha"
    chat.invoke("Tell me a joke.")
    stats = cache.stats()
    assert stats.requests == 4
    assert {name: count for name, count in stats.outcomes.items() if count} == {"miss": 2, "exact": 1, "reuse": 1}
    assert stats.errors == 0
    assert [receipt.outcome for receipt in cache.receipts(3)] == ["exact", "reuse", "miss"]
    json.dumps(stats.to_dict())
    json.dumps([receipt.to_dict() for receipt in cache.receipts()])


def test_forget_drops_descendants(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    source = chat.invoke(PROMPT).response_metadata["stepcache"]["stored"]
    chat.invoke(REWORDED)
    model.answerer = lambda messages: "ha"
    joke = chat.invoke("Tell me a joke.").response_metadata["stepcache"]["stored"]
    assert cache.forget(source) == 2
    model.answerer = good
    assert outcome(chat.invoke(REWORDED)) == "miss"
    assert outcome(chat.invoke("Tell me a joke.")) == "exact"
    assert cache.forget(joke) == 1
    assert cache.forget("no such entry") == 0


def test_forget_by_model_and_age(make_cache, model) -> None:
    cache = make_cache()
    other = ScriptedModel(answerer=good, name_of_model="other")
    for each in (model, other):
        cache.wrap(each).invoke(PROMPT)
    assert cache.forget(model=other) == 1
    assert outcome(cache.wrap(model).invoke(PROMPT)) == "exact"
    assert cache.forget(model="scripted") == 1
    entry = cache.wrap(model).invoke(PROMPT).response_metadata["stepcache"]["stored"]
    assert cache.forget(older_than=3600) == 0
    assert cache.forget(entry, older_than=3600) == 0
    assert cache.forget(entry, model="other") == 0
    assert cache.forget(older_than=0) == 1
    with pytest.raises(ConfigurationError, match="forget"):
        cache.forget()


@pytest.mark.parametrize(
    "criteria", [{"namespace": ""}, {"namespace": 5}, {"older_than": "1"}, {"older_than": -1}, {"model": 5}]
)
def test_forget_refuses_what_is_no_criterion(make_cache, criteria: dict[str, Any]) -> None:
    """An empty name must not mean the namespace in force: all of it would go."""
    cache = make_cache()
    cache.wrap(ScriptedModel(answerer=good)).invoke("Solve 2x + 3 = 13 for x.")
    with pytest.raises(ConfigurationError):
        cache.forget(**criteria)
    assert cache.forget(older_than=0) == 1


def test_clear_is_of_one_namespace(make_cache, model) -> None:
    cache = make_cache()
    chat, tenant = cache.wrap(model), cache.wrap(model, namespace="tenant")
    chat.invoke(PROMPT)
    tenant.invoke(PROMPT)
    cache.clear()
    assert outcome(tenant.invoke(PROMPT)) == "exact"
    assert outcome(chat.invoke(PROMPT)) == "miss"


async def test_the_async_names(make_cache, model) -> None:
    cache = make_cache()
    chat = cache.wrap(model)
    stored = (await chat.ainvoke(PROMPT)).response_metadata["stepcache"]["stored"]
    assert (await cache.aexplain(REWORDED, model=chat)).outcome == "reuse"
    assert await cache.aforget(stored) == 1
    await chat.ainvoke(PROMPT)
    await cache.aclear()
    assert outcome(await chat.ainvoke(PROMPT)) == "miss"


def test_entries_survive_on_disk(tmp_path, model) -> None:
    with StepCache(store=tmp_path / "s") as cache:
        cache.wrap(model).invoke(PROMPT)
    with StepCache(store=tmp_path / "s") as cache:
        chat = cache.wrap(model)
        assert outcome(chat.invoke(PROMPT)) == "exact"
        assert outcome(chat.invoke(REWORDED)) == "reuse"
        cache.close()
    assert model.calls == 1


def test_dump_load_and_reindex(tmp_path, make_cache, model) -> None:
    first = make_cache()
    first.wrap(model).invoke(PROMPT)
    assert first.dump(tmp_path / "entries.jsonl") == 1
    with (tmp_path / "entries.jsonl").open("a") as file:
        file.write("{torn\n")
    second = make_cache()
    assert second.load(tmp_path / "entries.jsonl") == 1
    assert second.reindex() == 1
    assert outcome(second.wrap(model).invoke(REWORDED)) == "reuse"
    with pytest.raises(ConfigurationError, match="path"):
        second.load(tmp_path / "missing.jsonl")


def test_another_embedding_asks_for_reindex(tmp_path, model, caplog) -> None:
    from stepcache_lc.embeddings import HashedEmbeddings

    with StepCache(store=tmp_path / "s") as cache:
        cache.wrap(model).invoke(PROMPT)
    with StepCache(store=tmp_path / "s", embeddings=HashedEmbeddings()) as cache:
        chat = cache.wrap(model)
        assert "reindex" in caplog.text
        assert outcome(chat.invoke(PROMPT)) == "exact"
        assert outcome(chat.invoke(REWORDED)) == "miss"
        cache.reindex()
        assert outcome(chat.invoke("Determine x: 2x + 3 = 13")) == "reuse"


def test_ttl(make_cache, model) -> None:
    cache = make_cache(policy=Policy(ttl=100.0))
    now = stopped_clock(cache)
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    now[0] += 99
    assert outcome(chat.invoke(PROMPT)) == "exact"
    now[0] += 2
    assert cache.explain(REWORDED, model=chat).outcome == "miss"
    assert outcome(chat.invoke(PROMPT)) == "miss"


def test_max_entries(make_cache, model) -> None:
    cache = make_cache(policy=Policy(max_entries=3))
    model.answerer = lambda messages: "ok"
    chat = cache.wrap(model)
    for number in range(6):
        chat.invoke(f"Hello number {'i' * number}!")
    assert cache._engine.store.count("default") <= 3
    assert outcome(chat.invoke("Hello number iiiii!")) == "exact"
    assert outcome(chat.invoke("Hello number !")) == "miss"


def test_admit_vetoes_storing(make_cache, model) -> None:
    asked: list[tuple[str, str]] = []

    def admit(request: Any, answer: Any) -> bool:
        asked.append((request.text, answer.outcome))
        return False

    chat = make_cache(policy=Policy(admit=admit)).wrap(model)
    assert [outcome(chat.invoke(PROMPT)) for _ in range(2)] == ["miss", "miss"]
    assert asked == [(PROMPT, "miss")] * 2


def test_a_policy_key_drops_what_varies(make_cache) -> None:
    def without_system(messages: list[Any]) -> list[Any]:
        return [message for message in messages if message.type != "system"]

    model = ScriptedModel(answerer=lambda messages: "ok")
    chat = make_cache(policy=Policy(key=without_system)).wrap(model)
    chat.invoke([("system", "Today is Monday."), ("human", "hello")])
    assert outcome(chat.invoke([("system", "Today is Tuesday."), ("human", "hello")])) == "exact"
    assert model.seen[0][0].content == "Today is Monday."


def test_shadow_serves_nothing_and_counts_agreement(make_cache, global_cache, model) -> None:
    cache = make_cache(policy=Policy(mode="shadow"))
    chat = cache.wrap(model)
    for prompt in (PROMPT, PROMPT, REWORDED):
        assert outcome(chat.invoke(prompt)) in ("miss", "regenerate")
    assert model.calls == 3
    assert cache.stats().shadow
    assert "would have served" in cache.receipts(1)[0].why
    other = global_cache(make_cache(policy=Policy(mode="shadow")))
    for _ in range(2):
        model.invoke(PROMPT)
    assert "would have served exact" in other.receipts(1)[0].why


def test_repairs_that_keep_failing_are_skipped_and_tried_again(make_cache) -> None:
    model = ScriptedModel(answerer=bad)
    cache = make_cache(policy=Policy(mode="refresh"))
    chat = cache.wrap(model)
    calls = []
    for _ in range(30):
        before = model.calls
        chat.invoke(PROMPT)
        calls.append(model.calls - before)
    assert calls[:4] == [3, 3, 3, 1]
    assert calls.count(3) == 4  # one more try after a while


def test_receipts_print_in_a_terminal_and_a_notebook(make_cache, model) -> None:
    from rich.console import Console

    cache = make_cache()
    cache.wrap(model).invoke(PROMPT)
    (receipt,) = cache.receipts(1)
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(receipt, cache.stats())
    printed = console.export_text()
    assert printed.count("generated") >= 3
    assert "proved" in printed
    assert "<" in receipt._repr_html_()
    assert "<" in cache.stats()._repr_html_()


@pytest.mark.parametrize("front_door", ["wrap", "lookup", "chain"])
def test_a_share_of_served_answers_is_checked_in_the_background(global_cache, front_door: str) -> None:
    model = ScriptedModel(answerer=good)
    cache = StepCache(model, policy=Policy(shadow_share=1.0))
    chat: Any = {"wrap": cache.wrap, "chain": cache.chain, "lookup": lambda model: model}[front_door](model)
    if front_door == "lookup":
        global_cache(cache)
    for prompt in (PROMPT, PROMPT, REWORDED):
        chat.invoke(prompt)
    cache.close()
    assert model.calls == 3  # one miss, two background checks
    counts = cache.stats().to_dict()["shadow"]
    assert "exact" in str(counts)
    assert "reuse" in str(counts)
    assert [receipt.model_calls for receipt in cache.receipts()] == [1, 0, 0]
