"""The life of an entry: it expires, makes room, is checked again under a newer task, is forgotten, moved, reindexed."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import MemoryStore, Policy, StepCache, default_tasks
from stepcache_lc.embeddings import HashedEmbeddings
from stepcache_lc.stores import codec
from stepcache_lc.tasks import Task, Verdict
from stepcache_lc.tasks.equations import EquationTask
from tests.support.algebra import good
from tests.support.clock import stopped_clock
from tests.support.models import ScriptedModel

PROMPT = "Solve 2x + 3 = 13 for x."
REWORDED = "Determine x: 2x + 3 = 13"
CHANGED = "Solve 4x + 6 = 30 for x."


class Newer(EquationTask):
    name = EquationTask().name
    version = EquationTask.version + 1


class Stricter(Newer):
    """A version that finds fault with what the older one let pass."""

    name = Newer.name

    def accept(self, text: str, constraints: Any) -> Verdict:
        return Verdict.FAIL("not good enough any more")


class Blind(Newer):
    """A version that does not read the request any more."""

    name = Newer.name

    def read(self, request: Any) -> None:
        return None


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(answerer=good)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def receipt(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = message.response_metadata["stepcache"]
    return found


def outcome(message: Any) -> str:
    return str(receipt(message)["outcome"])


# ------------------------------------------------------------------------------------------------------- lifetime


@pytest.mark.parametrize("front_door", ["wrap", "lookup"])
def test_an_answer_made_of_another_one_expires_with_it(make_cache, global_cache, model, front_door: str) -> None:
    cache = make_cache(policy=Policy(ttl=100.0))
    now = stopped_clock(cache)
    chat = cache.wrap(model) if front_door == "wrap" else model
    if front_door == "lookup":
        global_cache(cache)
    chat.invoke(PROMPT)
    now[0] += 99
    for prompt, first in ((REWORDED, "reuse"), (CHANGED, "rewrite")):
        assert [outcome(chat.invoke(prompt)) for _ in range(2)] == [first, "exact"]
    now[0] += 2
    assert outcome(chat.invoke(REWORDED)) == "miss"
    assert model.calls == 2


def test_what_is_expired_is_replaced(make_cache, model) -> None:
    cache = make_cache(policy=Policy(ttl=100.0))
    now = stopped_clock(cache)
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    now[0] += 101
    assert [outcome(chat.invoke(PROMPT)) for _ in range(2)] == ["miss", "exact"]
    assert cache._engine.store.count() == 1


# ------------------------------------------------------------------------------------------------------- eviction


def test_entries_that_are_used_stay(make_cache) -> None:
    cache = make_cache(policy=Policy(max_entries=4))
    time, seconds = count(1000), count(0, 2)
    cache._engine.clock = lambda: float(next(time))
    cache._engine.store._connection.recency._clock = lambda: float(next(time))
    cache._engine.front._clock = lambda: float(next(seconds))
    chat = cache.wrap(ScriptedModel(answerer=lambda messages: "ok"))
    chat.invoke("Keep me!")
    for number in range(12):
        chat.invoke(f"Hello {'i' * number}!")
        assert outcome(chat.invoke("Keep me!")) == "exact"
    assert cache._engine.store.count("default") <= 4


@pytest.mark.parametrize("reopened", [False, True])
def test_a_clock_that_goes_back_does_not_evict_what_is_new(tmp_path: Path, reopened: bool) -> None:
    now = [1_900_000_000.0]
    model = ScriptedModel(answerer=lambda messages: "ok")

    def opened() -> StepCache:
        cache = StepCache(store=tmp_path, embeddings=HashedEmbeddings(), policy=Policy(max_entries=4))
        cache._engine.clock = lambda: now[0]
        cache._engine.store._connection.recency._clock = lambda: now[0]  # type: ignore[attr-defined]
        return cache

    cache = opened()
    for number in range(4):
        cache.wrap(model).invoke(f"Before {number}?")
    now[0] -= 500_000_000.0
    if reopened:
        cache.close()
        cache = opened()
        cache._engine.store._connection.recency.opened = now[0] - 1.0  # type: ignore[attr-defined]
    with cache:
        chat = cache.wrap(model)
        for number in range(8):
            chat.invoke(f"After {'i' * number}?")
            cache._engine.front.drop(lambda entry: True)
            assert outcome(chat.invoke(f"After {'i' * number}?")) == "exact"


def test_an_entry_that_is_dated_far_ahead_has_no_lifetime(make_cache, model) -> None:
    cache = make_cache(policy=Policy(ttl=100.0))
    now = stopped_clock(cache, 2_000.0)
    chat = cache.wrap(model)
    chat.invoke(PROMPT)
    now[0] -= 50
    assert outcome(chat.invoke(PROMPT)) == "exact"
    now[0] -= 51
    assert [outcome(chat.invoke(PROMPT)) for _ in range(2)] == ["miss", "exact"]


# --------------------------------------------------------------------------------------------------- task version


def versioned(store: MemoryStore, task: Task) -> StepCache:
    return StepCache(store=store, tasks=[task, *default_tasks()[1:]])


def test_an_entry_of_an_older_task_is_checked_again_at_its_first_use(store: MemoryStore, model) -> None:
    stored = receipt(versioned(store, EquationTask()).wrap(model).invoke(PROMPT))["stored"]
    (old,) = store.entries()
    chat = versioned(store, Newer()).wrap(model)
    served = receipt(chat.invoke(PROMPT))
    assert (served["outcome"], served["assurance"], served["verified"]) == ("exact", "proved", True)
    (new,) = store.entries()
    assert (new.id, new.task_version) == (stored, Newer.version)
    assert replace(new, task_version=old.task_version) == replace(old, note=new.note)
    assert outcome(chat.invoke(REWORDED)) == "reuse"
    assert model.calls == 1


def test_an_entry_that_does_not_hold_any_more_is_not_served(store: MemoryStore, model) -> None:
    versioned(store, EquationTask()).wrap(model).invoke(PROMPT)
    chat = versioned(store, Stricter()).wrap(model)
    for _ in range(2):
        assert outcome(chat.invoke(PROMPT)) != "exact"
    assert model.calls > 1


def test_an_entry_that_is_not_read_any_more_claims_nothing(store: MemoryStore, model) -> None:
    versioned(store, EquationTask()).wrap(model).invoke(PROMPT)
    served = receipt(versioned(store, Blind()).wrap(model).invoke(PROMPT))
    assert (served["outcome"], served["assurance"], served["verified"], served["task"]) == (
        "exact",
        "none",
        False,
        None,
    )
    assert {step["verdict"] for step in served["steps"]} == {"neutral"}


def test_the_other_way_round_is_another_version_too(store: MemoryStore, model, global_cache) -> None:
    versioned(store, Newer()).wrap(model).invoke(PROMPT)
    global_cache(versioned(store, EquationTask()))
    for _ in range(2):
        assert outcome(model.invoke(PROMPT)) == "exact"
    (entry,) = store.entries()
    assert entry.task_version == EquationTask.version


def test_an_unreadable_schema_is_a_miss_and_no_error(tmp_path: Path, model, monkeypatch) -> None:
    monkeypatch.setattr(codec, "SCHEMA_VERSION", codec.SCHEMA_VERSION + 1)
    with StepCache(store=tmp_path / "s") as cache:
        cache.wrap(model).invoke(PROMPT)
    monkeypatch.undo()
    with StepCache(store=tmp_path / "s") as cache:
        chat = cache.wrap(model)
        assert [outcome(chat.invoke(prompt)) for prompt in (PROMPT, PROMPT, REWORDED)] == ["miss", "exact", "reuse"]
        stats = cache.stats()
        assert stats.skipped >= 1
        assert stats.error_kinds == {"entry": stats.skipped}


# --------------------------------------------------------------------------------------------------------- forget


def test_forget_a_namespace(make_cache, model) -> None:
    cache = make_cache()
    chat, tenant = cache.wrap(model), cache.wrap(model, namespace="tenant")
    for each in (chat, tenant):
        each.invoke(PROMPT)
        each.invoke(REWORDED)
    assert cache.forget(namespace="tenant") == 2
    assert [outcome(each.invoke(PROMPT)) for each in (chat, tenant)] == ["exact", "miss"]


def test_descendants_go_with_their_source_also_after_a_restart(tmp_path: Path) -> None:
    model = ScriptedModel(answerer=good)
    with StepCache(store=tmp_path / "s") as cache:
        stored = receipt(cache.wrap(model).invoke(PROMPT))["stored"]
        (source,) = cache._engine.store.entries()
        child = replace(source, id="1" * 40, sources=(stored,), candidate=False)
        grandchild = replace(source, id="2" * 40, sources=("1" * 40,), candidate=False)
        cache._engine.store.put_many([(child, None), (grandchild, None)])
    with StepCache(store=tmp_path / "s") as cache:
        assert cache.forget(stored) == 3
        assert cache._engine.store.count() == 0


# ----------------------------------------------------------------------------------------- dump, load and reindex


def test_many_entries_move_page_by_page(tmp_path: Path, make_cache, model, monkeypatch) -> None:
    monkeypatch.setattr("stepcache_lc.keeping.PAGE", 7)
    first = make_cache(store=MemoryStore())
    chat = first.wrap(model)
    prompts = [f"Solve {a}x + 3 = {3 + 5 * a} for x." for a in range(2, 12)]
    for prompt in prompts:
        with first.using(mode="refresh"):
            chat.invoke(prompt)
    chat.invoke("Tell me about the sea, please, if 2x + 3 = 13 is of no interest.")
    stored = {entry.id: entry for entry in first._engine.store.entries()}
    assert first.dump(tmp_path / "dump") == len(stored) == 11
    second = make_cache()
    for _ in range(2):  # loading twice changes nothing
        assert second.load(tmp_path / "dump") == 11
        assert {entry.id: entry for entry in second._engine.store.entries()} == stored
    calls = model.calls
    assert [outcome(second.wrap(model).invoke(prompt)) for prompt in prompts] == ["exact"] * 10
    assert outcome(second.wrap(model).invoke(REWORDED)) == "reuse"
    assert model.calls == calls


def test_reindexing_keeps_entries_and_their_age(tmp_path: Path, model) -> None:
    with StepCache(store=tmp_path / "s") as cache:
        cache.wrap(model).invoke(PROMPT)
        before = list(cache._engine.store.entries())
    with StepCache(store=tmp_path / "s", embeddings=HashedEmbeddings()) as cache:
        assert cache.reindex() == 1
        assert list(cache._engine.store.entries()) == before
        assert outcome(cache.wrap(model).invoke(REWORDED)) == "reuse"
    assert model.calls == 1
