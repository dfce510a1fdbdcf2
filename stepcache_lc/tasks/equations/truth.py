"""What is true of a request's equations: the measure of every formula in an answer."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from stepcache_lc.core.quoting import quoted
from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    add,
    constant,
    degree,
    divide,
    multiply,
    names,
    put_in,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.expressions import Expr, Group, Neg, Number, Op
from stepcache_lc.tasks.equations.solution import Solution

Judgement = Literal["true", "false", "rounded", "unknown"]


class Truth:
    """Evaluates formulas and says whether a relation follows from the request."""

    def __init__(self, constraints: EquationConstraints) -> None:
        assert constraints.solution is not None
        self.solution: Solution = constraints.solution
        self.asked = constraints.unknowns
        self.places = constraints.demands.places
        self.problems = [(dict(left), dict(right)) for left, right in constraints.equations]
        self.names = frozenset(constraints.names)
        self.values: dict[str, Poly] = {}
        if self.solution.kind == "unique":
            self.values = {name: dict(value) for name, value in self.solution.values}
        self.difference = add(self.problems[0][0], scale(self.problems[0][1], -1))
        self.meaning: dict[str, Poly] = {}
        if self.solution.kind == "roots":
            self._name_parts(constraints.names[0])

    @property
    def rootless(self) -> bool:
        """Whether a quadratic has no real root."""
        return self.solution.kind == "roots" and not self.solution.values

    @property
    def has_both_signs(self) -> bool:
        """Whether one real root is positive and another negative."""
        roots = [constant(root) for root in self.solution.roots()]
        return all(root is not None for root in roots) and {root > 0 for root in roots if root} == {True, False}

    @property
    def inexact(self) -> bool:
        """Whether rounding to the demanded places changes the result."""
        values = [constant(self.values[name]) for name in self.asked if name in self.values]
        return self.places is not None and any((value or 0) * 10**self.places % 1 != 0 for value in values)

    @property
    def stepwise(self) -> bool:
        """Whether each equation must follow from an earlier one: with one unknown, any two with its value agree."""
        return self.solution.kind == "unique" and len(self.names) == 1

    def _name_parts(self, unknown: str) -> None:
        """What `a`, `b`, `c`, the discriminant's letter and `x_1` stand for in talk about a quadratic."""
        parts: dict[str, Poly] = {}
        for name, monomial in (("a", (unknown, unknown)), ("b", (unknown,)), ("c", CONSTANT)):
            value = self.difference.get(monomial, 0)
            parts[name] = {CONSTANT: value} if value else {}
        square = multiply(parts["b"], parts["b"])
        discriminant = add(square, scale(multiply(parts["a"], parts["c"]), -4))
        parts |= {"Delta": discriminant, "D": discriminant, "Δ": discriminant, "delta": discriminant}
        parts |= {f"{unknown}_{index}": {(unknown,): 1} for index in (1, 2)}
        self.meaning = {name: value for name, value in parts.items() if name not in self.names}

    def alias(self, name: str) -> str:
        """The unknown that a subscripted name stands for."""
        meant = self.meaning.get(name)
        if meant is not None and len(meant) == 1:
            (monomial,) = meant
            if len(monomial) == 1 and monomial[0] in self.names:
                return monomial[0]
        return name

    def evaluate(self, expression: Expr) -> list[Poly] | Verdict:
        """The values of a side: two if it holds a double sign."""
        variants = self.variants((expression,))
        return variants if isinstance(variants, Verdict) else [sides[0] for sides in variants]

    def variants(self, sides: Sequence[Expr]) -> list[tuple[Poly, ...]] | Verdict:
        """The sides of a chain as polynomials, for each meaning of a double sign; else why there are none."""
        signs = (1, -1) if any(has_double_sign(side) for side in sides) else (1,)
        try:
            found = [tuple(value_of(side, self.meaning, sign) for side in sides) for sign in signs]
        except Undefined as error:
            return Verdict.FAIL(str(error))
        except Unsupported as error:
            return Verdict.UNKNOWN(f"not understood: {error}")
        for values in found:
            for value in values:
                other = names(value) - self.names
                if other:
                    return Verdict.FAIL(f"{quoted(min(other))} is another unknown")
        return found

    def is_problem(self, left: Poly, right: Poly) -> bool:
        """Whether an equation is one of the request's, its sides in either order."""
        return (left, right) in self.problems or (right, left) in self.problems

    def is_side(self, poly: Poly) -> bool:
        """Whether an expression is a side of a problem, as it stands or with the solution put in."""
        sides = [side for problem in self.problems for side in problem]
        return poly in sides or any(put_in(side, self.values) == poly for side in sides)

    def judge(self, left: Poly, right: Poly) -> Judgement:
        """Whether `left = right` follows from the request's equations."""
        try:
            difference = add(left, scale(right, -1))
            if not difference:
                return "true"
            if self.solution.kind == "unique":
                return self._judge_unique(left, right, difference)
            if self.solution.kind == "roots":
                return self._judge_quadratic(difference)
        except (Unsupported, Undefined):
            return "unknown"
        if self.solution.kind == "none" and not names(difference):
            return "true" if difference in (self.difference, scale(self.difference, -1)) else "unknown"
        return "false"

    def _judge_unique(self, left: Poly, right: Poly, difference: Poly) -> Judgement:
        if not names(difference):
            return "false"
        if degree(difference) > 1:
            return "unknown"
        if not put_in(difference, self.values):
            return "true"
        for this, other in ((left, right), (right, left)):
            lone = len(this) == 1 and constant(other) is not None and this == {(self.asked[0],): 1}
            if self.places is not None and lone:
                return "rounded"
        return "false"

    def _judge_quadratic(self, difference: Poly) -> Judgement:
        if not names(difference):
            return "false"
        if degree(difference) > 2:
            return "unknown"
        if _proportional(difference, self.difference):
            return "true"
        (unknown,) = self.names
        if degree(difference) == 2:
            return "false"  # it has a root that is none, or lacks one: `(x - 2)(x - 2) = 0`
        holding = [root for root in self.solution.roots() if not put_in(difference, {unknown: root})]
        return "true" if holding else "false"

    def root_of(self, left: Poly, right: Poly) -> Poly | None:
        """The root of a linear equation in one unknown; None for anything else."""
        difference = add(left, scale(right, -1))
        if names(difference) != self.names or degree(difference) != 1:
            return None
        (unknown,) = self.names
        slope = difference.get((unknown,), 0)
        rest = {monomial: value for monomial, value in difference.items() if monomial != (unknown,)}
        return divide(scale(rest, -1), {CONSTANT: slope}) if slope and not names(rest) else None

    def is_value(self, poly: Poly) -> bool:
        """Whether a number is a value that was asked for."""
        if self.solution.kind == "unique":
            return len(self.asked) == 1 and self.values[self.asked[0]] == poly
        return self.solution.kind == "roots" and poly in self.solution.roots()

    def is_rounded(self, poly: Poly, text: str) -> bool:
        """Whether a number is the value that was asked for, rounded to the demanded places."""
        if self.places is None or self.solution.kind != "unique" or len(self.asked) != 1:
            return False
        shown, exact = constant(poly), constant(self.values[self.asked[0]])
        decimals = text.rstrip("} .").rpartition(".")[2]
        if shown is None or exact is None or not decimals.isdigit() or len(decimals) != self.places:
            return False
        return is_rounding(poly, exact, self.places)

    def number(self, poly: Poly) -> Number | None:
        """The exact value of an expression, the unknown's own value put in for it."""
        if self.solution.kind == "unique":
            poly = put_in(poly, self.values)
        return constant(poly)

    def special(self, kind: str) -> Poly | None:
        """What a quadratic's discriminant, or the product or sum of the numbers in its factors, must be."""
        if self.solution.kind != "roots":
            return None
        (unknown,) = self.names
        a, b, c = (self.difference.get(key, 0) for key in ((unknown, unknown), (unknown,), CONSTANT))
        value = {"discriminant": b * b - 4 * a * c, "product": a * c, "sum": b}[kind]
        return {CONSTANT: value} if value else {}


def is_rounding(shown: Poly, exact: Number, decimals: int) -> bool:
    """Whether a number is an exact one rounded to that many decimals; halves may go either way."""
    value = constant(shown)
    if value is None or decimals > 30:
        return False
    distance: Fraction = abs(Fraction(value) - exact)
    return distance <= Fraction(1, 2 * 10**decimals)


def has_double_sign(expression: Expr) -> bool:
    """Whether `±` stands in a formula."""
    stack: list[Expr] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, Op):
            if node.op == "±":
                return True
            stack += [node.left, node.right]
        elif isinstance(node, Neg):
            if node.sign == "±":
                return True
            stack.append(node.body)
        elif isinstance(node, Group):
            stack.append(node.body)
    return False


def _proportional(one: Poly, other: Poly) -> bool:
    if one.keys() != other.keys():
        return False
    key = next(iter(other))
    return divide(one, {CONSTANT: one[key]}) == divide(other, {CONSTANT: other[key]})
