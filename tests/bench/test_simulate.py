"""The simulated model: the same for all, wrong as often as it is told to be, and in ways that matter."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from stepcache_lc import MemoryStore, StepCache
from stepcache_lc.bench import simulate
from stepcache_lc.bench.simulate import DERIVATIONS, ERROR_RATE, SECONDS, SimulatedModel
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.bench.workloads.base import Derivation
from stepcache_lc.bench.workloads.equations import FORMS
from stepcache_lc.tasks import Request, default_tasks


def model_for(name: str, seed: int, **settings: float) -> SimulatedModel:
    model = SimulatedModel(**settings)
    drawn = WORKLOADS[name].draw(seed)
    model.learn((*drawn.warm_up, *drawn.evaluation))
    return model


def test_the_same_words_get_the_same_answer() -> None:
    prompt = WORKLOADS["paper"].draw(1).warm_up[0].prompt
    first, second = model_for("paper", 1).invoke(prompt), model_for("paper", 1).invoke(prompt)
    assert first.content == second.content
    assert first.response_metadata[SECONDS] == second.response_metadata[SECONDS] > 0
    assert first.usage_metadata == second.usage_metadata


@pytest.mark.parametrize("rate", [0.0, ERROR_RATE, 1.0])
def test_it_errs_as_often_as_it_is_told_to(rate: float) -> None:
    wrong = asked = 0
    for seed in range(1, 6):
        model = model_for("paper", seed, error_rate=rate)
        for case in {case.prompt: case for case in WORKLOADS["paper"].draw(seed).evaluation}.values():
            asked += 1
            wrong += not case.truth.holds(model.answer(case.prompt))
    # An error in JSON may leave the object as it was: a fence that is not closed, a value under the key that it had.
    assert abs(wrong / asked - rate) <= 0.06, (wrong, asked)


def test_it_says_so_if_it_was_not_told_of_a_request() -> None:
    with pytest.raises(LookupError, match="knows nothing"):
        model_for("paper", 1).invoke("Write a poem.")


def test_styles_are_many_and_no_error_passes_for_right() -> None:
    """The verifiers accept each style, and none of the wrong answers."""
    task = next(task for task in default_tasks() if task.name == "equation")
    rng, seen = random.Random(5), Counter[str]()
    assert len(DERIVATIONS) >= 10
    for make in FORMS:
        problem = make(rng)
        x, y = (*problem.unknowns, "")[:2]
        prompt = f"Solve {problem.text} for {x} and {y}." if y else f"Solve {problem.text} for {x}."
        constraints = task.read(Request(prompt))
        assert constraints is not None
        work = problem.derivation
        assert isinstance(work, Derivation)
        for way in DERIVATIONS:
            assert task.accept(way(work), constraints).kind == "pass", way(work)
            for err in set(simulate._WRONG_DERIVATIONS):
                answer = err(work, way, rng)
                if not problem.truth.holds(answer):
                    seen[err.__name__] += 1
                    assert task.accept(answer, constraints).kind != "pass", answer
    assert len(seen) == len(set(simulate._WRONG_DERIVATIONS))


def test_it_goes_on_from_a_checkpoint_and_gives_the_keys_that_are_wanted() -> None:
    """What the cache asks in a repair is answered, so that a model that is right half of the time needs no solver."""
    drawn = WORKLOADS["paper"].draw(2)
    outcomes = Counter[str]()
    for seed in range(4):
        model = SimulatedModel(seed=seed, error_rate=0.5)
        model.learn((*drawn.warm_up, *drawn.evaluation))
        with StepCache(store=MemoryStore()) as cache:
            chat = cache.wrap(model)
            for case in drawn.warm_up:
                message = chat.invoke(case.prompt)
                outcomes[message.response_metadata["stepcache"]["outcome"]] += 1
    assert outcomes["solved"] < 0.35 * outcomes.total(), outcomes
