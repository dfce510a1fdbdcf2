"""Steps are judged one by one, and answers as a whole."""

from __future__ import annotations

import pytest

from stepcache_lc.core.types import Request, Verdict
from stepcache_lc.tasks.equations import EquationTask
from stepcache_lc.tasks.equations.constraints import EquationConstraints

TASK = EquationTask()


def read(text: str = "Solve 2x + 3 = 13 for x.") -> EquationConstraints:
    constraints = TASK.read(Request(text))
    assert constraints is not None
    assert constraints.complete, constraints.residue
    return constraints


def step(text: str, request: str = "Solve 2x + 3 = 13 for x.") -> Verdict:
    constraints = read(request)
    (verdict,) = TASK.verify(TASK.segment(text, constraints)[:1], constraints)
    return verdict


@pytest.mark.parametrize(
    "text",
    [
        "2x + 3 = 13",
        "2x + 3 - 3 = 13 - 3",
        "2x = 10",
        "x = 10/2 = 5",
        "13 = 2x + 3",
        "13 - 3 = 10",
        r"\[ \frac{2x}{2} = \frac{10}{2} \]",
        "Subtract 3 from both sides: 2x = 10",
        "Divide both sides by 2: x + 3/2 = 13/2",
        "We subtract 3 from both sides and divide by 2 to get x = 5.",
        "2(5) + 3 = 10 + 3 = 13",
        "To solve the equation 2x + 3 = 13, we need to isolate x.",
        r"2x + 3 = 13 \implies 2x = 10 \implies x = 5",
        "Adding -3 to both sides gives 2x = 10.",
        "The coefficient of x is 2.",
        "So x equals 5.",
    ],
)
def test_what_holds(text: str) -> None:
    assert step(text).kind == "pass", step(text)


@pytest.mark.parametrize(
    "text",
    [
        "2x = 9",
        "13 - 3 = 9",
        "x = 10/2 = 6",
        "2x + 3 = 14",
        "x = 5 = 6",
        "2(4) + 3 = 13",
        "Subtract 4 from both sides: 2x = 10",
        "Add 3 to both sides: 2x = 10",
        "Multiply both sides by 2: x + 3/2 = 13/2",
        "Subtract 3 from both sides: 2x = 16",
        "2y = 10",
        "So the value of y is 5.",
        "x = 5 and y = 2",
        "To solve the equation 2x + 3 = 15, we isolate x.",
        "Start with the given equation: 4x + 6 = 26.",
        "The value of x is 6.",
        "The answer is 7.",
        r"\boxed{6}",
        "x = 5 or x = 7",
        "0 = 1",
        "There is no solution.",
        "It is true for all real numbers.",
        "x = 4/0",
        "5x = 26",
    ],
)
def test_what_does_not_hold(text: str) -> None:
    assert step(text).kind == "fail", step(text)


@pytest.mark.parametrize(
    "text",
    [
        "x > 4",
        "x is not 6",
        "x = 5 is wrong",
        "x = 5 metres",
        "x = 5 modulo 7",
        "x = five",
        "Since 10 is even, x = 5.",
        "The number 42 is nice.",
        "It turns out to be 10.",
        "We get 10 apples.",
        "```python\nx = 5\n```",
        "x = 5.0.1",
        "x = 5 000",
        "x = 4.99...",
        "x^2 = 25",
        "x =",
        "x = (5",
        "x = ５",
        "x = ⁻5",
        "5 is the 3rd number.",
        "|x| = 5",
        "x = 9**9**9",
        "x = " + "9" * 100,
        "x = " + "(" * 100 + "5" + ")" * 100,
    ],
)
def test_what_cannot_be_judged(text: str) -> None:
    assert step(text).kind == "unknown", step(text)


@pytest.mark.parametrize("text", ["x = 2,5", "x = 1\u200b5"])
def test_what_is_only_half_read_never_stands(text: str) -> None:
    assert not step(text).ok
    assert not step(text, "Solve 2x = 4").ok
    assert not step(text, "Solve 2x = 2").ok


@pytest.mark.parametrize(
    "text", ["Sure, I can help with that!", "Here are the steps:", "Simplify both sides.", "Done."]
)
def test_what_holds_nothing_to_check(text: str) -> None:
    assert step(text).kind == "neutral"


ACCEPTED = [
    "x = 5",
    "5",
    "x = 5.",
    "The answer is 5.",
    r"\boxed{5}",
    r"$x = \boxed{5}$",
    "2x + 3 = 13\n2x = 10\nx = 5",
    "**Step 1:** Subtract 3 from both sides.\n2x = 10\n\n**Step 2:** Divide both sides by 2.\nx = 5",
    "Subtract 3: 2x = 10. Divide by 2: x = 5.",
    "1. Subtract 3 from both sides.\n2. Divide both sides by 2.\n\nThe solution is x = 5.",
    "We have 2x = 13 - 3 = 10, so x = 10 ÷ 2 = 5.",
    "### Solution\n\n$$2x + 3 = 13$$\n\n$$2x = 10$$\n\n$$x = 5$$\n\n**Final answer:** $x = 5$",
    r"\begin{align*} 2x + 3 &= 13 \\ 2x &= 10 \\ x &= 5 \end{align*}",
    "x = 5\n\nCheck: 2(5) + 3 = 10 + 3 = 13 ✓",
    "Subtracting 3 from 13 gives 10, so 2x = 10 and x = 5.",
    "The value of *x* is 5",
    "x = 10/2",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_answers_in_many_styles(text: str) -> None:
    assert TASK.accept(text, read()).ok, TASK.accept(text, read())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "I cannot help with that.",
        "2x = 10",
        "x",
        "x = 6",
        "6",
        "x = 5\n\nx = 6",
        "2x = 9\n\nx = 5",
        "2x = 10\n\nx = ",
        "x = 5\n\nCheck: 2(5) + 3 = 14",
        "x = 5. Just kidding, it is six.",
        "The answer is 5 or 6.",
        "The answer is 5, not 6.",
        "x = 5 but that is incorrect",
        "y = 5",
        r"\boxed{5} \boxed{6}",
        "x → 6",
        "x: 6",
        "There is no solution. x = 5",
    ],
)
def test_wrong_answers(text: str) -> None:
    assert not TASK.accept(text, read()).ok


@pytest.mark.parametrize(
    ("closing", "right", "wrong"),
    [
        ("Box the answer.", r"x = \boxed{5}", "x = 5"),
        ("Answer only.", "5", "2x = 10\nx = 5"),
        ("Show your work.", "2x = 10, so x = 5", "x = 5"),
        ("Number each step.", "1. Subtract 3: 2x = 10\n2. Divide by 2: x = 5", "2x = 10\n\nx = 5"),
        ('Give the final answer as "x = ...".', "x = 5", "The answer is 5."),
    ],
)
def test_demands_are_checked(closing: str, right: str, wrong: str) -> None:
    constraints = read(f"Solve 2x + 3 = 13 for x. {closing}")
    assert TASK.accept(right, constraints).ok, TASK.accept(right, constraints)
    assert not TASK.accept(wrong, constraints).ok
    assert TASK.accept(wrong, read()).ok


@pytest.mark.parametrize(
    ("request_text", "right", "wrong"),
    [
        ("Solve 4x = 10 as a fraction", "x = 5/2", "x = 2.5"),
        ("Solve 4x = 10 as a decimal", "x = 2.5", "x = 5/2"),
        ("Solve 3x = 2, rounded to two decimals", "x = 0.67", "x = 0.66"),
        ("Solve 3x = 2, rounded to two decimals", "x ≈ 0.67", "x = 2/3"),
        ("Solve 3x = 2", "x = 2/3", "x = 0.67"),
        ("Solve 3x = 2", r"x = \frac{2}{3} \approx 0.67", "x ≈ 0.67"),
        ("Solve 2x = 5", "x = 2½", "x = 3½"),
    ],
)
def test_notation_is_checked(request_text: str, right: str, wrong: str) -> None:
    constraints = read(request_text)
    assert TASK.accept(right, constraints).ok, TASK.accept(right, constraints)
    assert not TASK.accept(wrong, constraints).ok


@pytest.mark.parametrize(
    ("request_text", "right", "wrong"),
    [
        ("Solve x^2 - 5x + 6 = 0", "(x - 2)(x - 3) = 0, so x = 2 or x = 3.", "(x - 2)(x - 3) = 0, so x = 2."),
        ("Solve x^2 - 5x + 6 = 0", r"\boxed{2 \text{ and } 3}", r"\boxed{2 \text{ and } -3}"),
        (
            "Solve x^2 - 5x + 6 = 0",
            r"\[x = \frac{5 \pm \sqrt{25 - 24}}{2} = \frac{5 \pm 1}{2}\] x_1 = 3, x_2 = 2",
            "x = 2, x = 4",
        ),
        ("Solve x^2 = 4", "x = ±2", "x = 2"),
        ("Solve x^2 - 2x - 6 = 0", r"\(x = 1 \pm \sqrt{7}\)", r"\(x = 1 \pm \sqrt{6}\)"),
        ("Solve x^2 - 2x - 6 = 0", r"\(x = 1 + \sqrt{7}\) and \(x = 1 - \sqrt{7}\)", r"\(x = 1 + \sqrt{7}\)"),
        ("Find all real roots of x^2 + 1 = 0", "There is no real solution.", "x = 1"),
        (
            "Find all real roots of x^2 + 1 = 0",
            "x^2 = -1, so there are no real solutions.",
            "x^2 = 1, so there are no real solutions.",
        ),
        ("Solve x^2 - 2x + 1 = 0", "(x - 1)^2 = 0, so x = 1.", "(x + 1)^2 = 0, so x = 1."),
        ("Solve x + y = 5 and x - y = 1", "Adding both equations: 2x = 6, so x = 3 and y = 2.", "x = 3 and y = 1"),
        ("Solve x + y = 5 and x - y = 1", r"\boxed{(3, 2)}", r"\boxed{(2, 3)}"),
        ("Solve x + y = 5 and x - y = 1", "(x, y) = (3, 2)", "x = 3"),
        ("Let 3a = 9. Solve 2x + a = 7 for x.", "a = 3, so 2x + 3 = 7, 2x = 4 and x = 2.", "a = 3"),
        ("Solve 2x + 3 = 2x + 5", "3 = 5, which cannot be true. There is no solution.", "3 = 4. There is no solution."),
        ("Solve 2x + 3 = 2x + 5", "No solution.", "x = 0"),
        ("Solve 2(x + 1) = 2x + 2", "2x + 2 = 2x + 2, so all real numbers are solutions.", "There is no solution."),
        ("Solve 2(x + 1) = 2x + 2", "Infinitely many solutions.", "x = 0"),
        ("Solve 2*price + 3 = 13 for price", "2*price = 10, so price = 5.", "2*price = 10, so cost = 5."),
    ],
)
def test_other_forms(request_text: str, right: str, wrong: str) -> None:
    constraints = read(request_text)
    assert TASK.accept(right, constraints).ok, TASK.accept(right, constraints)
    assert not TASK.accept(wrong, constraints).ok


@pytest.mark.parametrize(
    "request_text",
    [
        "Solve 2x + 3 = 13 for x.",
        "Solve x/3 - 1/2 = 2x for x. Box the answer.",
        "Solve 3(x - 2) = 2x + 1. Number each step. Show your work.",
        "Solve 4x = 1 as a decimal",
        "Solve 3x = 1, rounded to two decimal places. Answer only.",
        'Solve 2x = 7. Give the final answer as "x = ...".',
        "Solve x = 4",
        "Solve x^2 - 5x + 6 = 0. Show your work.",
        "Solve 2x^2 - 3x = 7 and box the answer",
        "Find all real roots of x^2 + x + 1 = 0",
        "Solve 3x + 2y = -29, 2x - 3y = -15.",
        "Solve x + y + z = 6, x - y = 0, z = 2x",
        "Let 3a = 9. Solve 2x + a = 7 for x.",
        "Solve 2x + 3 = 2x + 5",
        "Solve 2(x + 1) = 2x + 2. Box the answer.",
        "Solve 2*price + 3 = 13 for price",
    ],
)
def test_the_solver_meets_its_own_checks(request_text: str) -> None:
    constraints = read(request_text)
    text = TASK.solve(constraints)
    assert text is not None
    assert TASK.accept(text, constraints).ok, (text, TASK.accept(text, constraints))


def test_without_complete_constraints_nothing_is_checked() -> None:
    constraints = TASK.read(Request("Solve 2x + 3 = 13 for x modulo 7."))
    assert constraints is not None
    verdicts = TASK.verify(TASK.segment("x = 99", constraints), constraints)
    assert [verdict.kind for verdict in verdicts] == ["neutral"]
    assert verdicts[0].reason
    assert TASK.accept("x = 99", constraints).ok
    assert not TASK.accept("  ", constraints).ok
