"""Quadratics with whole roots, with answers in ten manners of real models; the numbers are this file's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from .generate_families import Quadratic, bracketed, plus, quadratic

NAMES = "xyzt"


def made_quadratic(random: Random) -> Quadratic:
    """With two whole roots of one parity, none of them 0: the linear coefficient is even, as for a completed square."""
    while True:
        made = quadratic(random, random.choice(NAMES))
        if _plain(made):
            return made


def _plain(made: Quadratic) -> bool:
    return made.p * made.q != 0 and (made.p - made.q) % 2 == 0 and made.p > made.q and abs(made.b) > 1


def quadratic_changed(made: Quadratic, kind: str, random: Random) -> Quadratic:
    """Another constant beside the same sum of roots, another coefficient beside the same product, or another name.

    Where no other pair of whole roots has that product, both change.
    """
    if kind == "name":
        return replace(made, name=random.choice([name for name in NAMES if name != made.name]))
    roots = range(-24, 25)
    fitting = [
        other
        for p in roots
        for q in roots
        if _plain(other := replace(made, p=p, q=q))
        and other != made
        and (other.b == made.b if kind == "constant" else other.c == made.c)
    ]
    while not fitting:
        other = replace(made_quadratic(random), name=made.name)
        fitting = [other] if other.b != made.b else []
    return random.choice(fitting)


QUADRATIC_REQUESTS: tuple[str, ...] = (
    "Solve {e}. Give all solutions.",
    "Solve {e} for {x}.",
    "Find all solutions of {e}.",
    "What are the roots of ${e}$?",
    "Find all real roots of {e}",
    "Solve the quadratic equation {e}.",
    "Can you solve {e}?",
    "Solve for {x}: {e}",
    "Please solve the following quadratic equation, explaining each step:\n\n{e}",
    "I need to solve {e} for {x}. Walk me through the steps.",
)

_ANSWERS = (
    "To solve \\({e}\\), we use the quadratic formula:\n\n"
    "\\[ {x} = \\frac{{-b \\pm \\sqrt{{b^2 - 4ac}}}}{{2a}} \\]\n\n"
    "Here \\(a = 1\\), \\(b = {b}\\) and \\(c = {c}\\). First, we calculate the discriminant:\n\n"
    "\\[ b^2 - 4ac = {bb}^2 - 4 \\cdot 1 \\cdot {bc} = {disc} \\]\n\n"
    "\\[ {x} = \\frac{{{nb} \\pm \\sqrt{{{disc}}}}}{{2}} = \\frac{{{nb} \\pm {root}}}{{2}} \\]\n\n"
    "This gives two solutions:\n\n\\[ {x} = \\frac{{{nb} + {root}}}{{2}} = {p} \\]\n"
    "\\[ {x} = \\frac{{{nb} - {root}}}{{2}} = {q} \\]\n\nTherefore, the solutions are \\({x} = {p}\\) and "
    "\\({x} = {q}\\).",
    "Factoring gives ({x} {mp})({x} {mq}) = 0.\n\nSo {x} {mp} = 0 or {x} {mq} = 0.\n\nTherefore, {x} = {p} or "
    "{x} = {q}.",
    "To solve the quadratic equation \\({e}\\), we can factor it.\n\n"
    "We look for two numbers that multiply to {c} and add up to {b}. These numbers are {np} and {nq}.\n\n"
    "So the equation factors as:\n\\[({x} {mp})({x} {mq}) = 0\\]\n\nSetting each factor equal to zero:\n"
    "\\[{x} {mp} = 0 \\quad \\text{{or}} \\quad {x} {mq} = 0\\]\n\nTherefore:\n"
    "\\[{x} = {p} \\quad \\text{{or}} \\quad {x} = {q}\\]",
    "Using the quadratic formula with $a = 1$, $b = {b}$, $c = {c}$:\n\n"
    "$${x} = \\frac{{-b \\pm \\sqrt{{b^2 - 4ac}}}}{{2a}} = \\frac{{{nb} \\pm \\sqrt{{{square} {mfour}}}}}{{2}} "
    "= \\frac{{{nb} \\pm {root}}}{{2}}$$\n\nSo ${x} = {p}$ or ${x} = {q}$.",
    "**Factor the quadratic:**\n\n{e2} = ({x} {mp})({x} {mq}) = 0\n\n**Apply the zero product property:**\n"
    "- {x} {mp} = 0 → {x} = {p}\n- {x} {mq} = 0 → {x} = {q}\n\n**Solutions: {x} = {p} and {x} = {q}** ✓",
    "The discriminant is {bb}^2 - 4(1)({c}) = {square} {mfour} = {disc}, which is positive, "
    "so there are two real roots:\n\n{x} = ({nb} + {root})/2 = {p}\n{x} = ({nb} - {root})/2 = {q}",
    "a = 1, b = {b}, c = {c}\n\n{x} = (-b ± √(b² - 4ac)) / (2a)\n{x} = ({nb} ± √({square} {mfour})) / 2\n"
    "{x} = ({nb} ± √{disc}) / 2\n{x} = ({nb} ± {root}) / 2\n\n{x}₁ = {two_p}/2 = {p}\n{x}₂ = {two_q}/2 = {q}",
    "We can solve this quadratic by factoring. We need two numbers whose product is {c} and whose sum is {b}: "
    "these are {np} and {nq}.\n\n$$({x} {mp})({x} {mq}) = 0$$\n\nSo either ${x} {mp} = 0$, giving ${x} = {p}$, or "
    "${x} {mq} = 0$, giving ${x} = {q}$.\n\n**Solutions:** ${x} = {p}$ and ${x} = {q}$.",
    "Completing the square:\n\n{x}² {pbx} = {nc}\n{x}² {pbx} + {half2} = {rest}\n({x} {phalf})² = {rest}\n"
    "{x} {phalf} = ±{halfroot}\n\n{x} = {p} or {x} = {q}",
    "To solve the quadratic equation \\({e}\\), we can use the quadratic formula:\n\n"
    "\\[{x} = \\frac{{-b \\pm \\sqrt{{b^2 - 4ac}}}}{{2a}}\\]\n\n"
    "In this equation, \\(a = 1\\), \\(b = {b}\\), and \\(c = {c}\\).\n\n1. Calculate the discriminant \\(\\Delta\\):\n"
    "   \\[\n   \\Delta = b^2 - 4ac = {bb}^2 - 4 \\cdot 1 \\cdot {bc} = {square} {mfour} = {disc}\n   \\]\n\n"
    "2. Use the quadratic formula to find the solutions:\n   \\[\n"
    "   {x} = \\frac{{{nb} \\pm \\sqrt{{{disc}}}}}{{2 \\cdot 1}} = \\frac{{{nb} \\pm {root}}}{{2}}\n   \\]\n\n"
    "3. Calculate the two solutions:\n   \\[\n   {x}_1 = \\frac{{{nb} + {root}}}{{2}} = \\frac{{{two_p}}}{{2}} "
    "= {p}\n   \\]\n"
    "   \\[\n   {x}_2 = \\frac{{{nb} - {root}}}{{2}} = \\frac{{{two_q}}}{{2}} = {q}\n   \\]\n\n"
    "So, the solutions to the equation \\({e}\\) are \\({x} = {p}\\) and \\({x} = {q}\\).",
)


def _slots(made: Quadratic) -> dict[str, object]:
    b, c = made.b, made.c
    root, square = made.p - made.q, b * b
    return {
        "x": made.name, "e": made.text, "e2": made.text.removesuffix(" = 0").replace("^2", "²"),
        "p": made.p, "q": made.q, "b": b, "c": c, "bb": bracketed(b), "bc": bracketed(c), "nb": -b, "nc": -c,
        "disc": root * root, "root": root, "square": square, "mfour": plus(-4 * c),
        "mp": plus(-made.p), "mq": plus(-made.q), "np": -made.p, "nq": -made.q,
        "two_p": 2 * made.p, "two_q": 2 * made.q, "pbx": f"{plus(b)}{made.name}",
        "half2": square // 4, "rest": square // 4 - c, "phalf": plus(b // 2), "halfroot": root // 2,
    }  # fmt: skip


def _written(template: str) -> Callable[[Quadratic], str]:
    return lambda made: template.format(**_slots(made))


QUADRATIC_ANSWERS: tuple[Callable[[Quadratic], str], ...] = tuple(map(_written, _ANSWERS))
