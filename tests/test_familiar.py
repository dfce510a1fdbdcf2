"""What answered the same words lately is proposed before the store is asked: within its scope, while it is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.core.types import Candidate, Entry, Request
from stepcache_lc.familiar import _LONGEST_TEXT, _MOST_ENTRIES, _MOST_TEMPLATES, Familiar
from tests.stores.samples import entry
from tests.support.algebra import good
from tests.support.models import ScriptedModel

FIRST = "Solve 2x + 3 = 13 for x."
OTHER = "Solve 5x + 4 = 19 for x."


def kept(text: str, **changes: Any) -> Entry:
    values = {"id": f"id of {text}", "namespace": "n", "model": "m", "scope": "s", "form": "text", "candidate": True}
    return replace(entry("a"), request_text=text, **{**values, **changes})


def asked(text: str, **changes: Any) -> Request:
    return Request(text, **{"namespace": "n", "model": "m", "scope": "s", **changes})


class World:
    """A table, and the entries that this process holds."""

    def __init__(self, *entries: Entry) -> None:
        self.held: dict[str, Entry] = {}
        self.familiar = Familiar(self.held.get)
        for one in entries:
            self.note(one)

    def note(self, one: Entry, of: Request | None = None) -> bool:
        self.held[one.id] = one
        return self.familiar.note(one, of=of)

    def proposed(self, text: str, *, other_numbers: bool = True, **changes: Any) -> str | None:
        found = self.familiar.propose(asked(text, **changes), other_numbers=other_numbers)
        return None if found is None else found.request_text


def test_its_own_numbers_first_else_the_last_of_these_words() -> None:
    world = World(kept(FIRST), kept(OTHER))
    assert world.proposed("Solve  2x + 3 = 13 for x. ") == FIRST
    assert world.proposed("Solve 7x + 1 = 8 for x.") == OTHER
    assert world.proposed("Solve 7.5x + 1,000 = 8 for x.") == OTHER
    assert world.proposed("Solve 7x + 1 = 8 for x.", other_numbers=False) is None
    assert world.proposed(FIRST, other_numbers=False) == FIRST


@pytest.mark.parametrize(
    "text",
    ["Solve 7x - 1 = 8 for x.", "Solve 7y + 1 = 8 for y.", "solve 7x + 1 = 8 for x.", "Do not solve 7x + 1 = 8 for x."],
)
def test_other_words_are_not_familiar(text: str) -> None:
    assert World(kept(FIRST)).proposed(text) is None


@pytest.mark.parametrize("part", ["namespace", "model", "scope", "form"])
def test_another_partition_is_not_familiar(part: str) -> None:
    assert World(kept(FIRST)).proposed(OTHER, **{part: "another"}) is None


def test_what_this_process_does_not_hold_any_more_is_not_proposed() -> None:
    world = World(kept(FIRST), kept(OTHER))
    world.held.clear()
    assert world.proposed(FIRST) is None
    assert world.proposed(FIRST) is None


def test_what_is_no_candidate_or_too_long_is_not_remembered() -> None:
    long = FIRST + " " * _LONGEST_TEXT
    world = World()
    assert not world.note(kept(FIRST, candidate=False))
    assert not world.note(kept(long))
    assert world.proposed(FIRST) is None
    assert world.proposed(long) is None


def test_what_was_found_is_remembered_under_its_own_words_only() -> None:
    world = World()
    assert not world.note(kept("Find x: 2x + 3 = 13"), asked(FIRST))
    assert world.note(kept(OTHER), asked(FIRST))
    assert world.proposed(FIRST) == OTHER


def test_what_did_not_serve_is_not_tried_again_until_something_is_admitted() -> None:
    world = World(kept(FIRST))
    world.familiar.bar(asked(OTHER))
    assert world.proposed(OTHER) is None
    assert world.proposed("Solve  2x + 3 = 13 for x.") == FIRST
    world.note(kept(OTHER), asked(OTHER))
    assert world.proposed("Solve 7x + 1 = 8 for x.") is None
    world.note(kept("Solve 8x + 1 = 9 for x."))
    assert world.proposed("Solve 7x + 1 = 8 for x.") == "Solve 8x + 1 = 9 for x."


def test_an_entrys_vector_is_made_once() -> None:
    one, other = kept(FIRST), kept(OTHER)
    world = World(one, other)
    made: list[str] = []

    def embed(text: str) -> list[float]:
        made.append(text)
        return [float(len(made))]

    assert [world.familiar.vector(which, embed)[0] for which in (one, one, other, other)] == [1.0, 1.0, 2.0, 2.0]
    assert made == [FIRST, OTHER]


def test_it_is_bounded() -> None:
    world = World(*(kept(f"Solve {number}x = 4 for x.") for number in range(_MOST_ENTRIES + 1)))
    assert world.proposed("Solve 0x = 4 for x.", other_numbers=False) is None
    assert world.proposed("Solve 1x = 4 for x.", other_numbers=False) is not None
    for number in range(_MOST_TEMPLATES):
        world.note(kept("a" * (number + 1)))
    assert world.proposed("Solve 1x = 4 for x.") is None
    assert world.proposed("a") == "a"


class Counting(MemoryStore):
    """Counts searches."""

    searches = 0

    def nearest(self, *arguments: Any) -> list[Candidate]:
        self.searches += 1
        return super().nearest(*arguments)


@pytest.fixture
def store() -> Counting:
    return Counting()


def outcome(message: Any) -> str:
    return str(message.response_metadata["stepcache"]["outcome"])


def test_a_known_template_is_recomputed_without_a_search(store: Counting) -> None:
    with StepCache(store=store) as cache:
        model = cache.wrap(ScriptedModel(answerer=good))
        assert outcome(model.invoke(FIRST)) == "miss"
        searched = store.searches
        answer = model.invoke(OTHER)
        assert outcome(answer) == "rewrite"
        assert "x = 3" in answer.text
        assert 0.5 < answer.response_metadata["stepcache"]["similarity"] <= 1.0
        assert store.searches == searched
        # In other words: the store finds it.
        assert outcome(model.invoke("Please solve 5x + 4 = 24 for x.")) == "rewrite"
        assert store.searches == searched + 1


def test_a_process_that_has_not_seen_it_searches_once(store: Counting) -> None:
    with StepCache(store=store) as cache:
        cache.wrap(ScriptedModel(answerer=good)).invoke(FIRST)
        other = StepCache(store=store)
        model = other.wrap(ScriptedModel(answerer=good))
        searched = store.searches
        assert outcome(model.invoke(OTHER)) == "rewrite"
        assert outcome(model.invoke("Solve 5x + 4 = 24 for x.")) == "rewrite"
        assert store.searches == searched + 1


def test_what_is_removed_is_not_proposed(store: Counting) -> None:
    with StepCache(store=store) as cache:
        model = cache.wrap(ScriptedModel(answerer=good))
        model.invoke(FIRST)
        cache.clear()
        assert outcome(model.invoke(OTHER)) == "miss"


def test_what_has_expired_is_not_proposed(store: Counting) -> None:
    with StepCache(store=store, policy=Policy(ttl=0.000_001)) as cache:
        model = cache.wrap(ScriptedModel(answerer=good))
        model.invoke(FIRST)
        assert outcome(model.invoke(OTHER)) == "miss"


def test_another_tenant_is_not_served(store: Counting) -> None:
    with StepCache(store=store) as cache:
        model = ScriptedModel(answerer=good)
        cache.wrap(model, namespace="one").invoke(FIRST)
        assert outcome(cache.wrap(model, namespace="two").invoke(OTHER)) == "miss"
