"""The deterministic fallback: a short worked solution from a template."""

from __future__ import annotations

from fractions import Fraction

from stepcache_lc.tasks.equations.algebra import CONSTANT, Poly, add, constant, scale
from stepcache_lc.tasks.equations.constraints import Demands, EquationConstraints
from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.render import decimal, linear_form, numeral, rounded


def worked_solution(constraints: EquationConstraints) -> str | None:
    """Solve and say how, in the form that the request demands; None if that form cannot be met."""
    root = constraints.root
    if root is None:
        return None
    shown = result_text(root, constraints.demands)
    if shown is None:
        return None
    unknown, demands = constraints.unknowns[0], constraints.demands
    if demands.only:
        return f"\\boxed{{{shown}}}" if demands.boxed else f"{unknown} = {shown}" if demands.named else shown
    left, right = (dict(side) for side in constraints.equations[0])
    steps = [f"Start with the given equation: {constraints.sources[0].strip()}"]
    steps += _steps(left, right, unknown)
    lines = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    ending = f"{unknown} = \\boxed{{{shown}}}" if demands.boxed else f"{unknown} = {shown}"
    return "\n".join(lines) + f"\n\nTherefore, {ending}"


def result_text(root: Number, demands: Demands) -> str | None:
    """The result as the request wants it written; None if it cannot be."""
    if demands.places is not None:
        return rounded(root, demands.places)
    if demands.notation == "decimal":
        return decimal(root)
    return numeral(root)


def _steps(left: Poly, right: Poly, unknown: str) -> list[str]:
    """The operations that isolate the unknown, each with the equation that it gives."""
    if not left.get((unknown,), 0):
        left, right = right, left
    steps: list[str] = []
    term = right.get((unknown,), 0)
    if term:
        steps.append(_moved(left, right, {(unknown,): term}, unknown))
        left, right = add(left, {(unknown,): -term}), add(right, {(unknown,): -term})
    offset = left.get(CONSTANT, 0)
    if offset:
        steps.append(_moved(left, right, {CONSTANT: offset}, unknown))
        left, right = add(left, {CONSTANT: -offset}), add(right, {CONSTANT: -offset})
    slope = left[(unknown,)]
    if slope != 1:
        after = f"{unknown} = {numeral(Fraction(constant(right) or 0) / slope)}"
        if isinstance(slope, Fraction) and abs(slope.numerator) == 1:
            inverse = numeral(1 / slope)
            steps.append(f"Multiply both sides by {inverse}: {after}")
        else:
            steps.append(f"Divide both sides by {numeral(slope)}: {after}")
    elif not steps:
        steps.append(f"The unknown stands alone: {unknown} = {numeral(constant(right) or 0)}")
    return steps


def _moved(left: Poly, right: Poly, term: Poly, unknown: str) -> str:
    """Take one term away from both sides."""
    value = next(iter(term.values()))
    negative = scale(term, -1)
    verb, shown = ("Subtract", term) if value > 0 else ("Add", negative)
    preposition = "from" if value > 0 else "to"
    new_left, new_right = add(left, negative), add(right, negative)
    return (
        f"{verb} {linear_form(shown, unknown)} {preposition} both sides: "
        f"{linear_form(new_left, unknown)} = {linear_form(new_right, unknown)}"
    )
