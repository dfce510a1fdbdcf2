"""Which requests are understood to the last word, and as what."""

from __future__ import annotations

from fractions import Fraction

import pytest

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.equations import EquationTask
from stepcache_lc.tasks.equations.constraints import EquationConstraints

TASK = EquationTask()


def read(text: str) -> EquationConstraints | None:
    return TASK.read(Request(text))


SAME = [
    "Solve 2x + 3 = 13 for x.",
    "Find x: 2x + 3 = 13",
    "Find x such that 2x+3=13",
    "Solve for x: 2x + 3 = 13",
    "Solve the equation 2x + 3 = 13.",
    "What is the value of x if 2x + 3 = 13?",
    "If 2x + 3 = 13, then what is x?",
    "If 2x + 3 = 13, what does x equal?",
    "2x + 3 = 13",
    "2x + 3 = 13\n\nFind the value of x.",
    "Please solve the following linear equation:\n\n2x + 3 = 13",
    "Solve $2x + 3 = 13$ for $x$.",
    r"Solve \(2x + 3 = 13\) for \(x\).",
    "Solve $$2x + 3 = 13$$",
    "Let 2x + 3 = 13. Calculate x.",
    "Given that 2x + 3 = 13, find x.",
    "Can you help me solve 2*x + 3 = 13 for x? Thanks!",
    "Determine x: 2·x + 3 = 13",
    "For what value of x is 2x + 3 = 13?",
    "What value of x satisfies 2x + 3 = 13?",
    "Which x solves 2x + 3 = 13?",
    "Consider the equation 2x + 3 = 13. What is x?",
    "I need to solve 2x + 3 = 13 for x.",
    "2x + 3 equals 13. What is x?",
    "2x + 3 = 13, x = ?",
    "Isolate x in 2x + 3 = 13",
    "  solve   2x + 3 = 13   for x  ",
    "Solve **2x + 3 = 13** for x",
]


@pytest.mark.parametrize("text", SAME)
def test_one_content_in_many_wordings(text: str) -> None:
    first = read(SAME[0])
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert constraints == first
    assert constraints.root == 5


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("Solve 3(x - 2) = 2x + 1 for x", 7),
        ("Solve x/4 + 14 = 20", 24),
        (r"Solve \(\frac{x}{4} + 14 = 20\)", 24),
        (r"Solve $\frac{2}{3}x = 4$", 6),
        ("Solve 0.5x + 1.25 = 3 for x", Fraction(7, 2)),
        ("Solve .5x = 2", 4),
        ("Solve x + 1,000 = 2,500", 1500),
        ("Solve 20% of x = 5 for x", 25),
        ("Solve −3x − 11 = −20", 3),
        ("Solve 12 ÷ 4 = x", 3),
        ("Solve 5½x = 11", 2),
        ("Solve -x = 4", -4),
        ("Solve 3α + 1 = 10 for α", 3),
        (r"Solve $3\theta = 12$ for $\theta$", 4),
        ("Solve 2*price + 3 = 13 for price", 5),
        ("Find a such that 4a = 15.", Fraction(15, 4)),
        ("What is the value of a if a/4 - 8 = 14?", 88),
        ("Solve 4a = 15 for a. Give the answer as a fraction.", Fraction(15, 4)),
        ("Solve 2(x + 1) - (x - 3) = 4x for x", Fraction(5, 3)),
        (r"Solve \(2 \cdot x = 6\)", 3),
        (r"Solve \[\left(x + 1\right) \times 2 = 6\]", 2),
    ],
)
def test_forms_of_linear_equations(text: str, root: Fraction | int) -> None:
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert constraints.root == root


@pytest.mark.parametrize(
    "text",
    [
        "Solve the system: x + y = 5, x - y = 1.",
        "Solve the system of equations x + y = 5 and x - y = 1",
        "Solve for x and y: x + y = 5; x - y = 1",
        "x + y = 5\nx - y = 1\n\nSolve for x and y.",
        "Find x and y such that x + y = 5 and x - y = 1.",
        r"Solve \[\begin{cases} x + y = 5 \\ x - y = 1 \end{cases}\]",
        "Solve the following system of two linear equations:\n1) x + y = 5\n2) x - y = 1",
    ],
)
def test_systems(text: str) -> None:
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert constraints.solution is not None
    assert {name: dict(value)[()] for name, value in constraints.solution.values} == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    "text",
    [
        "Let 3a = 9. Solve 2x + a = 7 for x.",
        "If 3a = 9, solve 2x + a = 7 for x.",
        "Given 3a = 9, find x if 2x + a = 7.",
    ],
)
def test_assignments_first(text: str) -> None:
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert constraints.unknowns == ("x",)


@pytest.mark.parametrize(
    ("text", "kind", "count"),
    [
        ("Solve x^2 - 5x + 6 = 0. Give all solutions.", "roots", 2),
        ("Find all real roots of x² - 5x + 6 = 0", "roots", 2),
        ("Solve x**2 = 2", "roots", 2),
        ("Solve x^2 - 2x + 1 = 0", "roots", 1),
        ("Find all real roots of x^2 + 1 = 0", "roots", 0),
        ("Solve (x - 1)(x + 2) = 0 for x", "roots", 2),
        ("Solve 2x + 3 = 2x + 5 for x", "none", 0),
        ("Solve 2(x + 1) = 2x + 2 for x", "all", 0),
    ],
)
def test_other_kinds_of_solutions(text: str, kind: str, count: int) -> None:
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert constraints.solution is not None
    assert constraints.solution.kind == kind
    assert len(constraints.solution.values) == count


@pytest.mark.parametrize(
    ("closing", "field"),
    [
        ("Box the answer.", "boxed"),
        ("Put your final answer in a box.", "boxed"),
        (r"Put the answer in \boxed{}.", "boxed"),
        ("Number each step.", "numbered"),
        ("Show your work step by step.", "worked"),
        ("Walk me through the steps.", "worked"),
        ("Explain your reasoning.", "worked"),
        ("Answer only.", "only"),
        ("Give only the final answer.", "only"),
        ("No explanation.", "only"),
        ('Give the final answer as "x = ...".', "named"),
    ],
)
def test_demands_on_the_looks(closing: str, field: str) -> None:
    constraints = read(f"Solve 2x + 3 = 13 for x. {closing}")
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert getattr(constraints.demands, field) is True
    assert constraints != read("Solve 2x + 3 = 13 for x.")


def test_demands_inside_the_sentence() -> None:
    for text in (
        "Solve $2x + 3 = 13$ for $x$ and box the answer.",
        "Solve 2x + 3 = 13, and please box your final answer",
    ):
        constraints = read(text)
        assert constraints is not None
        assert constraints.complete
        assert constraints.demands.boxed


@pytest.mark.parametrize(
    ("text", "notation", "places"),
    [
        ("Solve 3x = 1 as a fraction", "fraction", None),
        ("Solve 4x = 1. Give the answer as a decimal.", "decimal", None),
        ("Solve 3x = 1, rounded to two decimal places.", "", 2),
        ("Solve 3x = 1 for x. Round your answer to 3 decimals.", "", 3),
    ],
)
def test_notation(text: str, notation: str, places: int | None) -> None:
    constraints = read(text)
    assert constraints is not None
    assert constraints.complete, constraints.residue
    assert (constraints.demands.notation, constraints.demands.places) == (notation, places)


def test_demands_without_a_check_are_named() -> None:
    constraints = read("Solve 2x + 3 = 13. Keep it short.")
    assert constraints is not None
    assert constraints.complete
    assert constraints.unchecked == ("that it is short",)


def test_a_moved_term_is_another_content() -> None:
    assert read("Solve 2x + 3 = 13") != read("Solve 2x = 10")
    assert read("Solve 2x + 3 = 13") == read("Solve 3 + 2x = 13")


def test_residue_is_the_whole_sequence_in_order() -> None:
    constraints = read("Solve 2x + 3 = 13 for x modulo 7.")
    assert constraints is not None
    assert not constraints.complete
    assert constraints.residue == (
        "solve", "<equation 1: 2x + 3 = 13>", "for", "<formula: x>", "modulo", "<formula: 7>", "."
    )  # fmt: skip
    folded = read("solve   2x + 3 = 13 for x modulo 7.")
    assert folded == constraints
    assert read("Solve 2x + 3 = 13 for X modulo 7.") != constraints


def test_blanks_matter_inside_quotes() -> None:
    assert read('Solve 2x + 3 = 13 and say "a  b".') != read('Solve 2x + 3 = 13 and say "a b".')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello!",
        "What is the capital of France?",
        "2 + 2 = ?",
        "Write JSON with a = 5 and b = 6.",
        "Is 7 prime?",
        "x",
        "Solve 2x + 3 > 13",
        "Solve |2x + 3| = 13",
        "Solve 1/x = 4",
        "Solve 1/2x = 4",
        "Solve 2x + 3 = 13 = y",
    ],
)
def test_not_this_kind(text: str) -> None:
    assert read(text) is None


def test_structured_answers_are_left_to_others() -> None:
    assert TASK.read(Request("Solve 2x + 3 = 13 for x.", schema={"type": "object"})) is None
    assert TASK.read(Request("Solve 2x + 3 = 13 for x.", form="tool:solve")) is None


def test_how_asks_for_the_work() -> None:
    constraints = read("How do I solve 2x + 3 = 13 for x?")
    assert constraints is not None
    assert constraints.complete
    assert constraints.demands.worked
