"""Generated equations and answers: nothing wrong is accepted, nothing right refused, every rewrite right."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.equations import EquationTask
from stepcache_lc.tasks.equations.constraints import EquationConstraints

from . import generate

TASK = EquationTask()
SEEDS = st.integers(0, 2**32)
NORMAL = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))


def read(text: str) -> EquationConstraints:
    constraints = TASK.read(Request(text))
    assert constraints is not None, text
    assert constraints.complete, (text, constraints.residue)
    return constraints


def plain(random: Random, equation: generate.Linear) -> EquationConstraints:
    """A request without demands on the looks of the answer."""
    style = generate.REQUESTS[random.choice((0, 1, 2, 3, 4, 7, 8, 9, 11, 13, 14))]
    return read(style(equation.text, equation.name))


def judge_wrong(seed: int) -> None:
    random = Random(seed)
    equation = generate.linear(random)
    style = random.choice(list(generate.ANSWERS))
    text, kind = generate.spoil(random, generate.derive(equation), style)
    assert not TASK.accept(text, plain(random, equation)).ok, (kind, equation.text, text)


def judge_right(seed: int) -> None:
    random = Random(seed)
    equation = generate.linear(random)
    style = random.choice(list(generate.ANSWERS))
    text = generate.ANSWERS[style](generate.derive(equation))
    constraints = plain(random, equation)
    verdict = TASK.accept(text, constraints)
    assert verdict.ok, (style, verdict, equation.text, text)
    steps = TASK.segment(text, constraints)
    assert join(steps) == text
    assert all(verdict.ok for verdict in TASK.verify(steps, constraints))


def skeleton(text: str) -> list[str]:
    """The words of an answer without numbers (and so fractions) and names; the words that may turn count as one."""
    turning = {"subtract": "add", "subtracting": "adding", "from": "to"}
    words = re.findall(r"[A-Za-z]{2,}", text.replace(r"\frac", ""))
    return [turning.get(word.lower(), word.lower()) for word in words]


def last_value(text: str) -> Fraction:
    """The last number of an answer."""
    found = re.findall(r"(-?)\s*(?:\\frac\{(-?\d+)\}\{(\d+)\}|(\d+(?:\.\d+)?)(?:/(\d+))?)", text)
    sign, top, bottom, whole, below = found[-1]
    value = Fraction(int(top), int(bottom)) if top else Fraction(whole) / int(below or 1)
    return -value if sign else value


def judge_rewrite(seed: int) -> bool:
    """Whether a changed request is served by rewriting; what is served must be right and in the old words."""
    random = Random(seed)
    equation = generate.linear(random)
    style = random.choice(list(generate.ANSWERS))
    text = generate.ANSWERS[style](generate.derive(equation))
    other = generate.same_form(random, equation, rename=random.random() < 0.3)
    old, new = plain(random, equation), plain(random, other)
    steps = TASK.rewrite(TASK.segment(text, old), old, new)
    if steps is None:
        return False
    rewritten = join(steps)
    assert last_value(rewritten) == other.root, (equation.text, other.text, rewritten)
    assert skeleton(rewritten) == skeleton(text), (text, rewritten)
    assert not any(verdict.kind == "unknown" for verdict in TASK.verify(steps, new))
    return True


@NORMAL
@given(SEEDS)
def test_no_wrong_answer_is_accepted(seed: int) -> None:
    judge_wrong(seed)


@NORMAL
@given(SEEDS)
def test_no_right_answer_is_refused(seed: int) -> None:
    judge_right(seed)


@pytest.mark.long
@LONG
@given(SEEDS)
def test_no_wrong_answer_is_accepted_in_many_cases(seed: int) -> None:
    judge_wrong(seed)


@pytest.mark.long
@LONG
@given(SEEDS)
def test_no_right_answer_is_refused_in_many_cases(seed: int) -> None:
    judge_right(seed)


def test_nine_of_ten_changes_are_rewritten() -> None:
    served = sum(judge_rewrite(seed) for seed in range(1_000))
    assert served >= 900, served
