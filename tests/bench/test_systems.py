"""Each system under test caches as it is known to, and its cost is counted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stepcache_lc.bench.gpt_cache import GptCache
from stepcache_lc.bench.meter import Replies
from stepcache_lc.bench.systems import CHECKS_ONLY, NO_CACHE, PAPER, STEPCACHE, SYSTEMS, SqliteCached, System
from stepcache_lc.embeddings import default_embeddings
from stepcache_lc.errors import MissingExtra
from tests.support.models import ScriptedModel

EQUATION = "Solve 2x + 3 = 13 for x."
OTHER = "Solve 2x + 3 = 17 for x."
ANSWERS = {
    EQUATION: "Subtract 3 from both sides: 2x = 10\nDivide both sides by 2: x = 5",
    OTHER: "Subtract 3 from both sides: 2x = 14\nDivide both sides by 2: x = 7",
}


def built(name: str) -> tuple[System, ScriptedModel]:
    model = ScriptedModel(answerer=lambda messages: ANSWERS.get(str(messages[-1].content), "I see."))
    return SYSTEMS[name](Replies(model), "scripted", default_embeddings()), model


@pytest.mark.parametrize(
    ("name", "repeat", "other"),
    [
        (NO_CACHE, "miss", "miss"),
        (CHECKS_ONLY, "miss", "miss"),
        ("InMemoryCache", "exact", "miss"),
        ("SQLiteCache", "exact", "miss"),
        ("semantic 0.8", "exact", "similar"),
        ("GPTCache", "similar", "similar"),
        (PAPER, "exact", "regenerate"),
        (STEPCACHE, "exact", "rewrite"),
    ],
)
def test_what_becomes_of_a_repeat_and_of_another_constant(name: str, repeat: str, other: str) -> None:
    system, _ = built(name)
    try:
        assert [system.ask(prompt).outcome for prompt in (EQUATION, EQUATION, OTHER)] == ["miss", repeat, other]
    finally:
        system.close()


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_a_call_costs_is_counted_and_a_hit_costs_nothing(name: str) -> None:
    system, model = built(name)
    try:
        first, second = system.ask(EQUATION), system.ask(EQUATION)
    finally:
        system.close()
    assert model.calls == 1
    assert first.model_calls == 1
    assert not first.from_cache
    assert (first.input_tokens, first.output_tokens) == (1, len(ANSWERS[EQUATION].split()))
    assert 0 < first.overhead_s < first.latency_s
    if name in (NO_CACHE, CHECKS_ONLY):
        assert not second.from_cache
        assert second.model_calls == 1
    else:
        assert second.from_cache
        assert (second.model_calls, second.input_tokens, second.output_tokens) == (0, 0, 0)
        assert second.latency_s == second.overhead_s > 0
        assert second.answer == first.answer


def test_steps_are_shown_with_their_texts() -> None:
    system, _ = built(STEPCACHE)
    try:
        system.ask(EQUATION)
        answered = system.ask(OTHER)
    finally:
        system.close()
    assert "".join(step.text for step in answered.steps) == answered.answer
    assert {(step.origin, step.verdict) for step in answered.steps} == {("rewritten", "pass")}
    assert answered.assurance == "proved"


def test_the_checks_alone_repair() -> None:
    replies = ["x = 6", ANSWERS[EQUATION]]
    model = ScriptedModel(answerer=lambda _: replies.pop(0))
    system = SYSTEMS[CHECKS_ONLY](Replies(model), "scripted", default_embeddings())
    try:
        answered = system.ask(EQUATION)
    finally:
        system.close()
    assert answered.answer.endswith("x = 5")
    assert answered.model_calls == 2


def test_gptcache_installs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def installs(command: str, **_: object) -> None:
        raise AssertionError(command)

    monkeypatch.setattr(subprocess, "check_call", installs)
    cache = GptCache(default_embeddings())
    try:
        import gptcache.utils

        with pytest.raises(MissingExtra, match="install no-such-package"):
            gptcache.utils._check_library("no_such_module", package="no-such-package")
    finally:
        cache.close()


def test_files_are_gone_afterwards() -> None:
    cache = GptCache(default_embeddings())
    system, _ = built("SQLiteCache")
    assert isinstance(system, SqliteCached)
    folders: list[Path] = [cache._folder, system._folder]
    assert all(folder.is_dir() for folder in folders)
    cache.close()
    system.close()
    assert not any(folder.exists() for folder in folders)
