"""Hostile and absurd texts: everything is answered, nothing is computed without bound."""

from __future__ import annotations

import sys

import pytest

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.equations import EquationTask

TASK = EquationTask()

HOSTILE = [
    "",
    " ",
    "\x00",
    "\ud800 = x",
    "Solve \ud800x = 1",
    "9**9**9 = x",
    "Solve x = 9**9**9",
    "Solve x = 9^9^9^9 for x",
    "Solve x^99999 = 1",
    '__import__("os").system("true") = x',
    "Solve x = " + "9" * 10**6,
    "Solve x = " + "9" * 1_000,
    "Solve " + "(" * 10**5 + "x" + ")" * 10**5 + " = 1",
    "Solve " + "(" * 1_500 + "x" + ")" * 1_500 + " = 1",
    "Solve x = " + "-" * 3_000 + "1",
    "Solve " + "x + " * 900 + "x = 1",
    "Solve x = " + "1/" * 1_500 + "1",
    "Solve " + "x" * 3_000 + " = 1",
    "Solve 2x + 3 = 13 " + "and show your work " * 180,
    "please " * 500 + "2x + 3 = 13",
    "Solve 2x + 3 = 13 for x" + " , please" * 400,
    "$" * 3_999 + "=",
    "\\[" * 1_900 + "x = 1",
    "\\frac" * 700 + "x = 1",
    "\\frac{" * 600 + "x = 1",
    "\\boxed{" * 500 + "x = 1" + "}" * 500,
    "**" * 1_900 + "x = 1",
    "*" * 3_999 + "=x",
    "1. " * 1_300 + "x = 1",
    "x = 1\n" * 600,
    "x = 1, " * 500,
    "= " * 1_900 + "x",
    "Step 1 " * 500 + "x = 1",
    "a\n\n" * 1_300 + "x = 1",
    "'" * 3_900 + "x = 1",
    "a-" * 1_900 + "x = 1",
    "a_" * 1_900 + "x = 1",
    "1,000" * 700 + " = x",
    "√" * 3_000 + "4 = x",
    "±" * 3_000 + "4 = x",
    "Solve x = \\sqrt{99999989}",
    "Solve x^2 = 99999989",
    "Solve x^2 = " + "9" * 50,
    "\u202e x = 1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:24]))
def test_nothing_raises_and_nothing_hangs(text: str) -> None:
    base = TASK.read(Request("Solve 2x + 3 = 13 for x."))
    assert base is not None
    constraints = TASK.read(Request(text))
    for used in (base, constraints):
        if used is None:
            continue
        steps = TASK.segment(text, used)
        assert join(steps) == text
        assert len(TASK.verify(steps, used)) == len(steps)
        TASK.accept(text, used)
        TASK.solve(used)
        TASK.rewrite(steps, used, base)
    assert not TASK.accept(text, base).ok


def test_work_is_counted_not_timed() -> None:
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    base = TASK.read(Request("Solve 2x + 3 = 13 for x."))
    assert base is not None
    for text in HOSTILE:
        calls = 0
        sys.setprofile(count)
        try:
            TASK.read(Request(text))
            TASK.accept(text, base)
        finally:
            sys.setprofile(None)
        assert calls < 150_000, ascii(text[:40])
