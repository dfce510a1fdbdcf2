"""The in-process front of the store: bounded, and right again after entries are removed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import chromadb
import pytest

from stepcache_lc import ChromaStore, MemoryStore, StepCache
from stepcache_lc.front import _MOST_ENTRIES, FRESH_SECONDS, TOUCH_SECONDS, Front
from tests.stores.samples import entry
from tests.support.algebra import good
from tests.support.models import ScriptedModel

PROMPT = "Solve 2x + 3 = 13 for x."
REWORDED = "Determine x: 2x + 3 = 13"


class World:
    def __init__(self, *, shared: bool = False) -> None:
        self.now, self.stamp = 0.0, object()
        self.front = Front(lambda: self.now, lambda: self.stamp, shared=shared)


def outcome(message: Any) -> str:
    return message.response_metadata["stepcache"]["outcome"]


def test_where_others_may_write_everything_is_asked_for_again_after_a_while() -> None:
    world = World(shared=True)
    world.front.put(entry("a"))
    world.now = FRESH_SECONDS - 0.1
    assert world.front.get("a") == entry("a")
    world.now = FRESH_SECONDS + 0.1
    assert world.front.get("a") is None
    assert world.front.hit("a", lambda used: None) is None


def test_where_nobody_else_writes_it_stays() -> None:
    world = World()
    world.front.put(entry("a"))
    world.now = 1e9
    assert world.front.get("a") == entry("a")


def test_a_removal_empties_it() -> None:
    world = World()
    world.front.put(entry("a"))
    world.stamp = object()
    assert world.front.get("a") is None
    assert world.front.entries() == []


def test_what_was_read_before_a_removal_is_not_held_after_it() -> None:
    world = World()
    before = world.front.stamp()
    world.stamp = object()
    world.front.put(entry("a"), before)
    assert world.front.get("a") is None
    world.front.put(entry("a"), world.front.stamp())
    assert world.front.get("a") == entry("a")


def test_it_is_bounded_and_the_least_recently_used_go_first() -> None:
    world = World()
    for number in range(_MOST_ENTRIES):
        world.front.put(entry(str(number)))
    assert world.front.get("0") is not None
    world.front.put(entry("one more"))
    assert len(world.front.entries()) == _MOST_ENTRIES
    assert world.front.get("1") is None
    assert world.front.get("0") is not None
    for number in range(40):
        world.front.put(entry(f"large {number}", text="x" * 2_000_000))
    assert sum(len(held.text) for held in world.front.entries()) <= 32_000_000
    world.front.put(entry("too large", text="x" * 5_000_000))
    assert world.front.get("too large") is None


def test_uses_are_noted_now_and_then() -> None:
    world = World()
    world.front.put(entry("a", payload="", form="text"))
    noted: list[Any] = []
    for now in (0.5, TOUCH_SECONDS + 0.1, TOUCH_SECONDS + 0.2, 2 * TOUCH_SECONDS + 0.2):
        world.now = now
        assert world.front.hit("a", noted.append) is not None
    assert len(noted) == 2


def _on_one_database(kind: str, tmp_path: Any) -> tuple[Any, Any]:
    if kind == "path":
        return StepCache(store=tmp_path / "s"), StepCache(store=tmp_path / "s")
    if kind == "memory":
        store = MemoryStore()
        return StepCache(store=store), StepCache(store=store)
    client = chromadb.EphemeralClient()
    prefix = "front"
    return tuple(StepCache(store=ChromaStore(client=client, prefix=prefix)) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["path", "memory", "client"])
@pytest.mark.parametrize("how", ["clear", "forget"])
def test_what_another_cache_removes_is_served_no_more(kind: str, how: str, tmp_path: Any) -> None:
    model = ScriptedModel(answerer=good)
    first, second = _on_one_database(kind, tmp_path)
    with first, second:
        now = [0.0]
        second._engine.front._clock = lambda: now[0]
        chat = second.wrap(model)
        stored = chat.invoke(PROMPT).response_metadata["stepcache"]["stored"]
        assert outcome(chat.invoke(REWORDED)) == "reuse"
        assert [outcome(chat.invoke(prompt)) for prompt in (PROMPT, REWORDED)] == ["exact", "exact"]
        if how == "clear":
            first.clear()
        else:
            assert first.forget(stored) == 1
        if kind == "client":  # as another process on the same server: seen within the stated time
            now[0] += FRESH_SECONDS + 0.1
        assert outcome(chat.invoke(REWORDED)) == "miss"
        first.clear()


def test_an_entry_that_is_replaced_elsewhere_while_it_is_read_stays_readable() -> None:
    world = World()
    world.front.put(entry("a", payload="", form="text"))
    first = world.front.hit("a", lambda used: None)
    world.front.put(replace(entry("a", payload="", form="text"), text="new"))
    second = world.front.hit("a", lambda used: None)
    assert first is not None
    assert second is not None
    assert (first.entry.text, second.entry.text) == (entry("a").text, "new")
