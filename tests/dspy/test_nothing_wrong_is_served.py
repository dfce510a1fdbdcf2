"""The promise, through DSPy: what costs no model call is right, by a checker that shares nothing with the package."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import dspy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepcache_lc import MemoryStore, StepCache
from stepcache_lc.dspy import StepCacheModule
from tests.dspy.models import Script, scripted
from tests.support.algebra import root, stated, worked

FREE = ("exact", "reuse", "rewrite", "solved")
NUMBER = st.integers(1, 12)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, str]:
    a, b, c = draw(NUMBER), draw(NUMBER), draw(st.integers(-20, 40))
    unknown, sign = draw(st.sampled_from("xyn")), draw(st.sampled_from("+-"))
    equation = f"{a}{unknown} {sign} {b} = {c}"
    shape = draw(
        st.sampled_from(
            ["Solve {e} for {u}.", "Find {u}: {e}", "What is {u} if {e}?", "Solve {e} for {u} modulo 7.", "{e}"]
        )
    )
    return shape.format(e=equation, u=unknown), unknown


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(questions(), st.sampled_from([0, 0, 0, 1, -2])), min_size=2, max_size=8), st.booleans())
def test_equations(asked: list[tuple[tuple[str, str], int]], thinking: bool) -> None:
    """The model is off by so much in its work, its answer, or nowhere."""
    errors = {question: off for (question, _), off in reversed(asked)}

    def answer(inputs: dict[str, str], wanted: list[str]) -> dict[str, Any]:
        question = inputs["question"]
        off = errors[question]
        unknown = next(char for char in question.partition("=")[0][::-1] if char in "xyn")
        fields = {
            "reasoning": worked(question, off_by=off if off > 0 else 0).strip(),
            "answer": f"{unknown} = {root(question) + (Fraction(off) if off < 0 else 0)}",
        }
        return {name: fields[name] for name in wanted}

    program = dspy.ChainOfThought("question -> answer") if thinking else dspy.Predict("question -> answer")
    with StepCache(store=MemoryStore()) as cache, dspy.context(lm=scripted(Script(answer), cache=False)):
        module = StepCacheModule(program, cache=cache)
        for (question, unknown), _ in asked:
            prediction = module(question=question)
            receipt = prediction._stepcache
            if receipt.verified or receipt.outcome in ("reuse", "rewrite", "solved"):
                assert "modulo" not in question
                assert stated(prediction.answer, unknown) == root(question), (question, prediction, receipt)
                if thinking:
                    assert stated(prediction.reasoning, unknown) == root(question), (question, prediction, receipt)
            if receipt.outcome == "exact" and not receipt.verified:
                assert receipt.source is not None
        assert cache.stats().errors == 0


NAME = st.sampled_from(["Alice Meyer", "Bob Stone", "Carol", "Dan Brown", "Paris"])
CITY = st.sampled_from(["Paris", "Rome", "Carol", "Lima"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(NAME, CITY, NUMBER, st.sampled_from(["", "Message: thanks", "Winner: Bob Stone"])),
        min_size=2,
        max_size=7,
    )
)
def test_forms(forms: list[tuple[str, str, int, str]]) -> None:
    """A model that reads every form rightly, and a mood that nobody can check: only it knows."""

    def truth(text: str) -> dict[str, Any]:
        lines = dict(line.split(": ") for line in text.splitlines())
        return {
            "customer": lines["Customer"],
            "city": lines["City"],
            "quantity": int(lines["Quantity"]),
            "code": f"{len(lines['Customer'])}-{len(lines['City'])}",
        }

    script = Script(lambda inputs, wanted: {name: truth(inputs["form"])[name] for name in wanted})
    with StepCache(store=MemoryStore()) as cache, dspy.context(lm=scripted(script, cache=False)):
        module = StepCacheModule(dspy.Predict("form -> customer, city, quantity: int, code"), cache=cache)
        for name, city, quantity, more in forms:
            form = f"Customer: {name}\nCity: {city}\nQuantity: {quantity}\n{more}".strip()
            assert module(form=form).toDict() == truth(form)
        assert cache.stats().errors == 0
