"""A real language model on this machine, through `dspy.LM`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dspy
import pytest

from stepcache_lc.demo.server import MODEL_NAME, local_model
from stepcache_lc.dspy import StepCacheModule

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def lm() -> Iterator[Any]:
    with local_model() as url:
        yield dspy.LM(
            f"openai/{MODEL_NAME}", api_base=url, api_key="unused", temperature=0.0, max_tokens=200, cache=False
        )


def form(customer: str, city: str) -> str:
    return f"Customer: {customer}\nCity: {city}"


def reader() -> Any:
    """A program that this small model can follow: two examples, answers as JSON."""
    program = dspy.Predict("form -> customer, city")
    program.demos = [
        dspy.Example(form=form(customer, city), customer=customer, city=city)
        for customer, city in (("Eve Lund", "Oslo"), ("Carl Weber", "Bonn"))
    ]
    return program


def test_a_form_is_read_by_the_model_once(cache: Any, lm: Any) -> None:
    program = StepCacheModule(reader(), cache=cache)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        first = program(form=form("Alice Meyer", "Paris"))
        again = program(form=form("Alice Meyer", "Paris"))
        other = program(form=form("Bob Stone", "Rome"))
    assert first.toDict() == again.toDict() == {"customer": "Alice Meyer", "city": "Paris"}
    assert other.toDict() == {"customer": "Bob Stone", "city": "Rome"}
    seen = [(p._stepcache.outcome, p._stepcache.model_calls) for p in (first, again, other)]
    assert seen == [("miss", 1), ("exact", 0), ("rewrite", 0)]
    assert first._stepcache.tokens.input > 100
    assert 0 < first._stepcache.tokens.output < 200
    assert first._stepcache.verified
    assert cache.stats().errors == 0


def test_nothing_wrong_of_an_equation_is_called_verified(cache: Any, lm: Any) -> None:
    """The model is bad at algebra: its answers are mended, solved, or marked as not verified."""
    predictor = dspy.Predict("question -> answer")
    predictor.demos = [dspy.Example(question="Solve 4x + 1 = 9 for x.", answer="4x = 8, so x = 2")]
    program = StepCacheModule(predictor, cache=cache)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        for question, value in (("Solve 2x + 3 = 13 for x.", "5"), ("Solve 2x + 3 = 15 for x.", "6")):
            prediction = program(question=question)
            if prediction._stepcache.verified:
                assert value in prediction.answer
    assert cache.stats().errors == 0
