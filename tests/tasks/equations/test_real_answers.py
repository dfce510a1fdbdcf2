"""What real models wrote: nothing wrong is accepted, nearly all that is right is."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.equations import EquationTask

from .real_answers import RIGHT_BUT_PROGRAM, RIGHT_ROOT_WRONG_WORK, RealAnswer, equation_answers

TASK = EquationTask()
_NUMBER = re.compile(r"(-?)\s*(?:\\frac\{(-?\d+)\}\{(-?\d+)\}|(\d+(?:\.\d+)?)(?:/(\d+))?)")


def last_number(text: str) -> Fraction | None:
    """The last number of an answer: a plain reader that knows nothing of the package."""
    found = None
    for sign, top, bottom, plain, below in _NUMBER.findall(text.replace("−", "-")):
        value = Fraction(int(top), int(bottom)) if top else Fraction(plain) / int(below or 1)
        found = -value if sign else value
    return found


def is_right(answer: RealAnswer) -> bool:
    return (
        answer.finish_reason == "stop"
        and last_number(answer.response) == answer.root
        and answer.line not in RIGHT_ROOT_WRONG_WORK
        and answer.line not in RIGHT_BUT_PROGRAM
    )


def accepted(answer: RealAnswer) -> bool:
    constraints = TASK.read(Request(answer.prompt))
    assert constraints is not None
    return constraints.complete and TASK.accept(answer.response, constraints).ok


def test_all_linear_requests_are_read_completely_and_rightly() -> None:
    for answer in equation_answers("linear"):
        constraints = TASK.read(Request(answer.prompt))
        assert constraints is not None, answer.prompt
        assert constraints.complete, (answer.prompt, constraints.residue)
        assert constraints.unknowns == (answer.truth["unknown"],)


def test_no_wrong_linear_answer_is_accepted() -> None:
    for answer in equation_answers("linear"):
        if not is_right(answer):
            assert not accepted(answer), (answer.line, answer.response)


def test_the_right_linear_answers_are_accepted() -> None:
    right = [answer for answer in equation_answers("linear") if is_right(answer)]
    refused = [answer.line for answer in right if not accepted(answer)]
    assert len(right) >= 35
    assert len(refused) <= 0.05 * len(right), refused


@pytest.mark.parametrize("kind", ["linear", "quadratic", "system"])
def test_steps_tile_every_answer(kind: str) -> None:
    for answer in equation_answers(kind):
        constraints = TASK.read(Request("Solve 2x + 3 = 13 for x."))
        assert constraints is not None
        steps = TASK.segment(answer.response, constraints)
        assert join(steps) == answer.response
        assert [step.start for step in steps][1:] == [step.end for step in steps][:-1]
        assert len(TASK.verify(steps, constraints)) == len(steps)


def test_the_first_wrong_step_is_found() -> None:
    answer = next(answer for answer in equation_answers("linear") if answer.line == 71)
    constraints = TASK.read(Request(answer.prompt))
    assert constraints is not None
    steps = TASK.segment(answer.response, constraints)
    verdicts = TASK.verify(steps, constraints)
    wrong = [index for index, verdict in enumerate(verdicts) if verdict.kind == "fail"]
    assert "4(a - 6) - 4 = 4a - 24" in steps[wrong[0]].text
    assert TASK.block(steps, verdicts) == tuple(range(wrong[0], len(steps)))
