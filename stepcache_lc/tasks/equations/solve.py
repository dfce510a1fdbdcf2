"""The deterministic fallback: a short worked solution from a template."""

from __future__ import annotations

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    add,
    constant,
    multiply,
    names,
    quotient,
    scale,
)
from stepcache_lc.tasks.equations.constraints import Demands, EquationConstraints
from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.render import decimal, exact_form, numeral, polynomial, rounded


def worked_solution(constraints: EquationConstraints) -> str | None:
    """Solve and say how, in the form that the request demands; None if that form cannot be met."""
    solution = constraints.solution
    if solution is None:
        return None
    demands = constraints.demands
    equations = [(dict(left), dict(right)) for left, right in constraints.equations]
    given = " and ".join(source.strip() for source in constraints.sources)
    steps = [f"Start with the given equation{'s' if len(equations) > 1 else ''}: {given}"]
    if solution.kind in ("none", "all"):
        steps += _empty_steps(*equations[0])
        ending = "every real number is a solution" if solution.kind == "all" else "there is no solution"
    elif solution.kind == "roots":
        steps += _quadratic_steps(*equations[0], solution.roots())
        ending = _roots_ending(constraints.unknowns[0], solution.roots(), demands)
    else:
        values = {name: constant(solution.value(name)) or 0 for name, _ in solution.values}
        if len(equations) == 1:
            steps += _linear_steps(*equations[0], constraints.unknowns[0])
        else:
            steps += _system_steps(equations, values)
        shown = [(name, result_text(values[name], demands)) for name in constraints.unknowns]
        if any(text is None for _, text in shown):
            return None
        if demands.only:
            name, text = shown[0]
            return f"\\boxed{{{text}}}" if demands.boxed else f"{name} = {text}" if demands.named else text
        ending = " and ".join(
            f"{name} = \\boxed{{{text}}}" if demands.boxed else f"{name} = {text}" for name, text in shown
        )
    if demands.only:
        return ending[:1].upper() + ending[1:]
    if demands.boxed and solution.kind in ("none", "all"):
        ending = f"\\boxed{{\\text{{{ending}}}}}"
    lines = [f"{number}. {step}" for number, step in enumerate(steps, 1)]
    return "\n".join(lines) + f"\n\nTherefore, {ending}"


def result_text(value: Number, demands: Demands) -> str | None:
    """A result as the request wants it written; None if it cannot be."""
    if demands.places is not None:
        return rounded(value, demands.places)
    if demands.notation == "decimal":
        return decimal(value)
    return numeral(value)


def _linear_steps(left: Poly, right: Poly, unknown: str) -> list[str]:
    """The operations that isolate the unknown, each with the equation that it gives."""
    if not left.get((unknown,), 0):
        left, right = right, left
    steps: list[str] = []
    for monomial in ((unknown,), CONSTANT):
        side = right if monomial else left
        value = side.get(monomial, 0)
        if value:
            taken: Poly = {monomial: -value}
            left, right = add(left, taken), add(right, taken)
            steps.append(f"{_taking(monomial, value)}: {polynomial(left)} = {polynomial(right)}")
    slope, offset = left[(unknown,)], constant(right) or 0
    if slope != 1:
        inverse = quotient(1, slope)
        verb = f"Multiply both sides by {numeral(inverse)}" if isinstance(inverse, int) else None
        verb = verb or f"Divide both sides by {numeral(slope)}"
        steps.append(f"{verb}: {unknown} = {numeral(quotient(offset, slope))}")
    elif not steps:
        steps.append(f"The unknown is alone on one side: {unknown} = {numeral(offset)}")
    return steps


def _taking(monomial: tuple[str, ...], value: Number) -> str:
    if value > 0:
        return f"Subtract {polynomial({monomial: value})} from both sides"
    return f"Add {polynomial({monomial: -value})} to both sides"


def _empty_steps(left: Poly, right: Poly) -> list[str]:
    unknown = next(iter(names(left) | names(right)), "")
    slope = left.get((unknown,), 0) if unknown else 0
    steps: list[str] = []
    if slope:
        taken: Poly = {(unknown,): -slope}
        left, right = add(left, taken), add(right, taken)
        steps.append(f"{_taking((unknown,), slope)}: {polynomial(left)} = {polynomial(right)}")
    if left == right:
        return [*steps, "Both sides are equal whatever the unknown is"]
    return [*steps, "This cannot be true"]


def _quadratic_steps(left: Poly, right: Poly, roots: list[Poly]) -> list[str]:
    difference = add(left, scale(right, -1))
    unknown = next(iter(names(difference)))
    a, b, c = (difference.get(key, 0) for key in ((unknown, unknown), (unknown,), CONSTANT))
    discriminant = b * b - 4 * a * c
    steps: list[str] = []
    if right:
        steps.append(f"Bring all terms to one side: {polynomial(difference)} = 0")
    steps.append(f"The discriminant is ({numeral(b)})^2 - 4*({numeral(a)})*({numeral(c)}) = {numeral(discriminant)}")
    if discriminant < 0:
        return [*steps, "It is negative, so no real number is a root"]
    root = rf"\sqrt{{{numeral(discriminant)}}}"
    bottom = numeral(2 * a)
    steps.append(rf"The quadratic formula gives {unknown} = \frac{{{numeral(-b)} \pm {root}}}{{{bottom}}}")
    steps += [f"This gives {unknown} = {exact_form(value)}" for value in roots]
    return steps


def _roots_ending(unknown: str, roots: list[Poly], demands: Demands) -> str:
    if not roots:
        return "there is no real solution"
    shown = [exact_form(value) for value in roots]
    return " or ".join(f"{unknown} = \\boxed{{{text}}}" if demands.boxed else f"{unknown} = {text}" for text in shown)


def _system_steps(equations: list[tuple[Poly, Poly]], values: dict[str, Number]) -> list[str]:
    """One equation for each unknown alone, and the value that it gives."""
    steps: list[str] = []
    for name, value in values.items():
        factor = _common_factor(equations, name)
        equation = f"{polynomial({(name,): factor})} = {numeral(normal_product(factor, value))}"
        if factor == 1:
            steps.append(f"Eliminate the other unknowns: {equation}")
        else:
            steps.append(f"Eliminate the other unknowns: {equation}. Hence {name} = {numeral(value)}")
    checks = [
        f"{_with_values(left, values)} = {numeral(constant(right) or 0)}"
        for left, right in (_all_left(*equation) for equation in equations)
    ]
    return [*steps, f"Check: {' and '.join(checks)}"]


def _common_factor(equations: list[tuple[Poly, Poly]], name: str) -> Number:
    """The first coefficient of a name, for an equation in it alone that is easy to follow."""
    for left, right in equations:
        factor = add(left, scale(right, -1)).get((name,), 0)
        if factor:
            return factor
    return 1


def normal_product(one: Number, other: Number) -> Number:
    """The product of two numbers."""
    return constant(multiply({CONSTANT: one} if one else {}, {CONSTANT: other} if other else {})) or 0


def _all_left(left: Poly, right: Poly) -> tuple[Poly, Poly]:
    """The equation with all unknowns on its left side and its constant on the right."""
    difference = add(left, scale(right, -1))
    offset = difference.pop(CONSTANT, 0)
    return difference, ({CONSTANT: -offset} if offset else {})


def _with_values(poly: Poly, values: dict[str, Number]) -> str:
    """`3*(2) - 5*(-1)`."""
    parts: list[str] = []
    for monomial in sorted(poly):
        value = poly[monomial]
        size = numeral(-value if value < 0 else value)
        shown = f"{size if '/' not in size else f'({size})'}*({numeral(values[monomial[0]])})"
        sign = "-" if value < 0 else "+"
        parts.append(f"{sign} {shown}" if parts else shown if value > 0 else f"-{shown}")
    return " ".join(parts)
