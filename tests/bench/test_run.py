"""The benchmark runs, quickly, and its observations say what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage
from rich.console import Console

from stepcache_lc.bench.backends import Backend, Choice, backend
from stepcache_lc.bench.command import QUICK_REQUESTS, bench
from stepcache_lc.bench.meter import Replies
from stepcache_lc.bench.results import Results
from stepcache_lc.bench.run import run
from stepcache_lc.bench.systems import NO_CACHE, STEPCACHE, SYSTEMS
from stepcache_lc.bench.truths import Said
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.bench.workloads.base import Case, Round, Words
from stepcache_lc.errors import ConfigurationError
from tests.support.models import ScriptedModel

SIMULATED = Choice(simulate=True)


def test_quick_is_a_whole_benchmark(tmp_path: Path) -> None:
    console = Console(width=140, record=True, file=(tmp_path / "screen.txt").open("w"))
    results = bench("paper", Choice(), out=tmp_path / "out", quick=True, console=console, command="stepcache bench")
    console.file.close()
    assert results.systems == tuple(SYSTEMS)
    assert len(results.observations) == QUICK_REQUESTS * len(SYSTEMS)
    assert Results.read(tmp_path / "out" / "results.json") == results
    assert "<svg" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    shown = (tmp_path / "screen.txt").read_text()
    assert all(name in shown for name in SYSTEMS)
    # What the product promises: a wrong answer is never served from the cache, and calls are spared.
    cached = [seen for seen in results.observations if seen.system == STEPCACHE]
    assert all(seen.correct for seen in cached if seen.from_cache)
    assert sum(seen.model_calls for seen in cached) < QUICK_REQUESTS / 2
    plain = [seen for seen in results.observations if seen.system == NO_CACHE]
    assert all(seen.model_calls == 1 and not seen.from_cache for seen in plain)
    assert {seen.request for seen in cached} == {seen.request for seen in plain}


def test_a_semantic_cache_serves_what_is_wrong_and_is_told_so() -> None:
    with backend(Choice(simulate=True, error_rate=0.0)) as model:
        results = run(WORKLOADS["traps"], model, seeds=[1], systems=["semantic 0.8", STEPCACHE], at_most=120)
    by_system = {
        name: [seen for seen in results.observations if seen.system == name and seen.from_cache and not seen.correct]
        for name in results.systems
    }
    assert len(by_system["semantic 0.8"]) > 10
    assert by_system[STEPCACHE] == []


class Two:
    """A workload of two requests, the first one asked twice."""

    name = "two"

    def draw(self, seed: int) -> Round:
        cases = tuple(
            Case("kind", "text", prompt, Said(answer), Words(answer, ()))
            for prompt, answer in (("one?", "first"), ("one?", "first"), ("two?", "second"))
        )
        return Round(cases[:1], cases)


def answering() -> ScriptedModel:
    return ScriptedModel(answerer=lambda messages: "first" if messages[-1].content == "one?" else "second")


class Clock:
    """A second a look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def test_a_call_is_made_once_and_stands_for_all() -> None:
    model = answering()
    results = run(Two(), Backend("scripted", "scripted", model), seeds=[1, 2], systems=[NO_CACHE, "InMemoryCache"])
    assert model.calls == 2
    assert "once" in " ".join(results.notes)
    plain = [seen for seen in results.observations if seen.system == NO_CACHE]
    assert [seen.model_calls for seen in plain] == [1, 1, 1] * 2
    cached = [seen for seen in results.observations if seen.system == "InMemoryCache"]
    # The warm-up filled it, anew for each seed.
    assert [seen.outcome for seen in cached] == ["exact", "exact", "miss"] * 2
    one, other = ([seen for seen in group if seen.model_calls][-1] for group in (plain, cached))
    assert one.latency_s - one.overhead_s == pytest.approx(other.latency_s - other.overhead_s)


def test_every_call_is_made_if_wanted() -> None:
    model = answering()
    run(Two(), Backend("scripted", "scripted", model), seeds=[1], systems=[NO_CACHE, "InMemoryCache"], once=False)
    assert model.calls == 4 + 2


def test_examples_stand_in_front_and_are_counted() -> None:
    model = answering()
    replies = Replies(model, preamble=[AIMessage("an example")], clock=Clock())
    message, call = replies.reply([AIMessage("one?")], None, {})
    assert [said.content for said in model.seen[0]] == ["an example", "one?"]
    assert message.content == "first"
    assert (call.seconds, call.input_tokens) == (1.0, 2)


def test_results_so_far_are_handed_on_after_each_seed() -> None:
    rounds: list[int] = []
    run(
        Two(),
        Backend("scripted", "scripted", answering()),
        seeds=[1, 2],
        systems=[NO_CACHE],
        on_round=lambda results: rounds.append(len(results.observations)),
    )
    assert rounds == [3, 6]


def test_what_cannot_be_is_said() -> None:
    with pytest.raises(ConfigurationError, match="no such system: Redis"):
        run(Two(), Backend("scripted", "scripted", answering()), systems=["Redis"])
    with pytest.raises(ConfigurationError, match="at least one seed"):
        run(Two(), Backend("scripted", "scripted", answering()), seeds=[])
    with pytest.raises(ConfigurationError, match="no such workload: essays"):
        bench("essays", SIMULATED)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"base_url": "http://127.0.0.1:1/v1"}, "go together"),
        ({"simulate": True, "base_url": "http://127.0.0.1:1/v1", "model": "m"}, "one of"),
        ({"simulate": True, "error_rate": 1.5}, "from 0 to 1"),
        ({"gguf": Path("/nowhere/model.gguf")}, "no file"),
        ({"max_tokens": 0}, "at least one token"),
    ],
)
def test_a_backend_that_cannot_be_is_said_at_once(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Choice(**wrong)  # type: ignore[arg-type]


def test_the_same_run_gives_the_same_observations() -> None:
    def observed() -> list[str]:
        with backend(SIMULATED) as model:
            results = run(WORKLOADS["tickets"], model, seeds=[3], systems=[NO_CACHE, STEPCACHE], at_most=20)
        return [
            json.dumps([seen.system, seen.request, seen.answer, seen.outcome, seen.output_tokens])
            for seen in results.observations
        ]

    assert observed() == observed()
