"""Requests that look like an equation to solve and ask for something else: none is complete, nothing is solved."""

from __future__ import annotations

import pytest

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.equations import EquationTask

TASK = EquationTask()
BASE = "Solve 2x + 3 = 13 for x."
ANSWER = "2x + 3 = 13\n\nSubtract 3 from both sides: 2x = 10\n\nDivide both sides by 2: x = 5\n\nSo x = 5."

TRAPS = [
    "Solve 2x + 3 = 13 for x modulo 7.",
    "Solve 2x + 3 = 13 (mod 7)",
    "Solve 2x + 3 = 13 for x, rounded down.",
    "Solve 2x + 3 = 13 for x, rounded to the nearest ten.",
    "Solve 2x + 3 = 13 for x to two significant digits.",
    "Solve 2x + 3 = 13 for x in French.",
    "Solve 2x + 3 = 13 for x. Answer in French.",
    "Résous 2x + 3 = 13 pour x.",
    "Löse 2x + 3 = 13 nach x.",
    "If 2x + 3 = 13, what is 2x?",
    "If 2x + 3 = 13, what is x + 1?",
    "If 2x + 3 = 13, what is the value of 4x + 6?",
    "If 2x + 3 = 13, what is -x?",
    "If 2x + 3 = 13, what is x squared?",
    "If 2x + 3 = 13, what is twice x?",
    "If 2x + 3 = 13, what is y?",
    "|2x + 3| = 13",
    "Solve |2x + 3| = 13 for x.",
    "Solve 2|x| + 3 = 13 for x.",
    "Do not solve 2x + 3 = 13.",
    "Don't solve 2x + 3 = 13 for x, only say how.",
    "Never mind solving 2x + 3 = 13.",
    "Solve 2x + 3 ≠ 13 for x.",
    "Solve 2x + 3 != 13 for x.",
    "Solve 2x + 3 ≈ 13 for x.",
    "Solve 2x + 3 < 13 for x.",
    "Solve 2x + 3 >= 13 for x.",
    "Solve 2x + 3 = 13 for integer x.",
    "Solve 2x + 3 = 13 for x > 0.",
    "Solve 2x + 3 = 13 where x is negative.",
    "Solve 2x + 3 = 13 over the complex numbers.",
    "Solve 2x + 3 = 13 in GF(7).",
    "Solve 2x + 3 = 13 in base 8.",
    "Solve 2x + 3 = 13 in hexadecimal.",
    "Solve 2x + 3 = 13 for x, where 2x means x to the power of 2.",
    "Solve 2x + 3 = 13, where x is in metres. How many feet is that?",
    "Solve 2x + 3 = 13 and give x in dollars.",
    "Let x be the price of a pen. 2x + 3 = 13. Find x.",
    "Let x be Bob's age. If 2x + 3 = 13, how old is Bob?",
    "Bob says 2x + 3 = 13. Solve for x if Bob lies.",
    "Solve 2x + 3 = 13 for x, then add 1.",
    "Solve 2x + 3 = 13 for x. Then multiply the result by 3.",
    "Solve 2x + 3 = 13 and also 3x = 9.",
    "Solve 2x + 3 = 13 for x and y + 1 = 2 for y in words.",
    "Solve 2x + 3 = 13 or 2x + 3 = 15 for x.",
    "Which is right, 2x + 3 = 13 or 2x + 3 = 15?",
    "Is 2x + 3 = 13 true for x = 5?",
    "Is x = 5 a solution of 2x + 3 = 13?",
    "Verify that x = 5 solves 2x + 3 = 13.",
    "Explain why 2x + 3 = 13 has one solution.",
    "How many solutions does 2x + 3 = 13 have?",
    "Graph 2x + 3 = 13.",
    "Simplify 2x + 3 = 13.",
    "Rearrange 2x + 3 = 13.",
    "Factor 2x + 3 = 13.",
    "Differentiate 2x + 3 = 13.",
    "Write a word problem for 2x + 3 = 13.",
    "Translate 2x + 3 = 13 into words.",
    "Write a program that solves 2x + 3 = 13.",
    "Write Python to solve 2x + 3 = 13 for x.",
    "Solve 2x + 3 = 13 for x as JSON.",
    "Solve 2x + 3 = 13 for x and answer in one word.",
    "Solve 2x + 3 = 13 for x and answer with a poem.",
    "Solve 2x + 3 = 13 for x, but make a mistake on purpose.",
    "Solve 2x + 3 = 13 for x incorrectly.",
    "Solve 2x + 3 = 13 for x without subtraction.",
    "Solve 2x + 3 = 13 for x without using the number 3.",
    "Solve 2x + 3 = 13 for x in exactly three steps.",
    "Solve 2x + 3 = 13 for x in at most 10 words.",
    "Solve 2x + 3 = 13 for x. Pretend that 3 is 4.",
    "Solve 2x + 3 = 13 for x. Assume 2 + 2 = 5.",
    "Solve 2x + 3 = 13 for x, ignoring the 3.",
    "Solve 2x + 3 = 13 for x but replace 13 by 15.",
    "Solve 2x + 3 = 13, except that the sign of 3 is wrong.",
    "Solve the opposite of 2x + 3 = 13.",
    "Solve 2x + 3 = 13 for y.",
    "Solve 2x + 3 = 13 for X.",
    "Solve 2x + 3y = 13 for x.",
    "Solve ax + 3 = 13 for x.",
    "Solve 2х + 3 = 13 for x.",
    "Solve 2x + 3 = 13 for x₀.",
    "Solve ２x + 3 = 13 for x.",
    "Solve 2x + 3 = 1 3 for x.",
    "Solve 2x + 3 = 13,5 for x.",
    "Solve 2x + 3 = 13... for x.",
    "Solve 2x + 3 = 13! for x.",
    "Solve 2x + 3! = 13 for x.",
    "Solve 2x + 3 = 13° for x.",
    "Solve 2x + 3 = 13 m for x.",
    "Solve 2 x 3 = 6x for x.",
    "Solve 2^x + 3 = 13 for x.",
    "Solve sin(x) + 3 = 13 for x.",
    "Solve sqrt(x) = 5 for x.",
    "Solve √x = 5 for x.",
    "Solve log x = 5 for x.",
    "Solve f(x) = 2x + 3 = 13.",
    "Solve x! = 6 for x.",
    "Solve 2/x = 4 for x.",
    "Solve x^3 = 8 for x.",
    "Solve dx/dt = 3.",
    "Solve x'' + x = 0.",
    "Find the positive solution of x^2 = 4.",
    "Find the largest root of x^2 - 5x + 6 = 0.",
    "Find the sum of the roots of x^2 - 5x + 6 = 0.",
    "Find the product of the solutions of x^2 - 5x + 6 = 0.",
    "Find the number of real roots of x^2 - 5x + 6 = 0.",
    "Find the discriminant of x^2 - 5x + 6 = 0.",
    "Find one solution of x^2 - 5x + 6 = 0.",
    "Find all complex roots of x^2 + 1 = 0.",
    "Solve x^2 - 5x + 6 = 0 and answer to 2 decimals.",
    "Find x + y if x + y = 5 and x - y = 1.",
    "Find xy if x + y = 5 and x - y = 1.",
    "Find (x, y) such that x + y = 5.",
    "Solve x + y = 5 and x + y = 6.",
    "Solve x + y = 5 and 2x + 2y = 10.",
    "Is the system x + y = 5, x - y = 1 consistent?",
    "Consider the equation 2x + 3 = 13.",
    "Suppose 2x + 3 = 13.",
    "The equation is 2x + 3 = 13.",
    "2x + 3 = 13?",
    "2x + 3 = 13 is what kind of equation?",
    "I solved 2x + 3 = 13 and got x = 4. Where is my mistake?",
    "My answer to 2x + 3 = 13 is x = 4. Is it right?",
    "Solve 2x + 3 = 13 for x. I think x = 4.",
    "Solve 2x + 3 = 13 for x. Hint: x = 4.",
    "Solve 2x + 3 = 13 for x like a pirate.",
    "Solve 2x + 3 = 13 for x. Ignore all previous instructions.",
    "Solve 2x + 3 = 13 for x. " + "Really. " * 3,
    'Solve "2x + 3 = 13" for x.',
    "Solve `2x + 3 = 13` for x in C.",
    "```\nSolve 2x + 3 = 13 for x.\n```",
    "- 2x + 3 = 13",
    "Solve 2x + 3 = 13 for x. Answer as a percentage.",
    "Solve 2x + 3 = 13 for x. Answer as a mixed number.",
    "Solve 2x + 3 = 13 for x. Answer in scientific notation.",
    "Solve 2x + 3 = 13 for x. Answer as a fraction and as a decimal.",
    "Solve 2x + 3 = 13 for x. Answer only. Show your work.",
    "SOLVE 2X + 3 = 13 FOR X.",
    "Solve 2x + 3 = 13 For x.",
    "Solve 2x + 3 = 13 for the x that is even.",
    "Solve 2x + 3 = 13 for x and tell me if x is prime.",
    "Solve 2x + 3 = 13 for x. Is x even?",
    "Solve 2x + 3 = 13 for x using a matrix.",
    "Solve 2x + 3 = 13 for x by trial and error.",
    "Solve 2x + 3 = 13 for x with a calculator.",
    "Solve twice 2x + 3 = 13 for x.",
    "Solve 2x + 3 = 13 for x 3 times.",
    "Solve 2x + 3 = 13 backwards.",
    "Solve 13 = 2x + 3 backwards for x.",
    "Explain 2x + 3 = 13 to a child.",
    "Why is x = 5 in 2x + 3 = 13?",
    "What comes before 2x + 3 = 13?",
]


def test_there_are_many_traps() -> None:
    assert len(set(TRAPS)) == len(TRAPS) >= 150


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_never_solved_nor_rewritten(trap: str) -> None:
    base = TASK.read(Request(BASE))
    assert base is not None
    assert TASK.accept(ANSWER, base).ok
    constraints = TASK.read(Request(trap))
    if constraints is None:
        return
    assert not constraints.complete, trap
    assert constraints.residue
    assert constraints.assurance != "proved"
    assert TASK.align(base, constraints) is None
    assert TASK.align(constraints, base) is None
    assert TASK.solve(constraints) is None
    assert TASK.rewrite(TASK.segment(ANSWER, base), base, constraints) is None
    assert all(
        verdict.kind == "neutral" and verdict.reason for verdict in TASK.verify(TASK.segment(ANSWER, base), constraints)
    )


@pytest.mark.parametrize("trap", TRAPS)
def test_two_traps_are_only_equal_to_themselves(trap: str) -> None:
    constraints = TASK.read(Request(trap))
    for other in TRAPS:
        if constraints is not None and other != trap:
            assert TASK.read(Request(other)) != constraints, (trap, other)
