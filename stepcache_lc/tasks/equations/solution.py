"""The solution of a request's equations, exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    ROOT_SIGN,
    Monomial,
    Poly,
    Unsupported,
    add,
    degree,
    divide,
    frozen,
    names,
    normal,
    quotient,
    scale,
    square_root,
)
from stepcache_lc.tasks.equations.expressions import Number

MAX_UNKNOWNS = 3
"""Most unknowns of a system."""

Kind = Literal["unique", "roots", "none", "all"]


@dataclass(frozen=True)
class Solution:
    """What solves the equations.

    `unique`: one value for each name. `roots`: the real roots of a quadratic in one name, none to two. `none`: a
    contradiction. `all`: an identity.
    """

    kind: Kind
    values: tuple[tuple[str, tuple[tuple[Monomial, Number], ...]], ...] = ()

    def value(self, name: str) -> Poly:
        """The value of a name (of the first root, if there are two)."""
        return next(dict(value) for found, value in self.values if found == name)

    def roots(self) -> list[Poly]:
        """All values, in order."""
        return [dict(value) for _, value in self.values]


def solve(equations: Sequence[tuple[Poly, Poly]]) -> Solution | None:
    """Solve equations that are linear, or one quadratic in one unknown; None for anything else.

    A system without a unique solution is None, too: what is then demanded is not decided here.
    """
    differences = [add(left, scale(right, -1)) for left, right in equations]
    if any(name[0] == ROOT_SIGN for difference in differences for monomial in difference for name in monomial):
        return None
    unknowns = sorted(set[str]().union(*(names(left) | names(right) for left, right in equations)))
    if len(equations) == 1 and len(unknowns) == 1:
        return _single(differences[0], unknowns[0])
    if len(equations) != len(unknowns) or len(unknowns) > MAX_UNKNOWNS:
        return None
    return _system(differences, unknowns)


def _single(difference: Poly, unknown: str) -> Solution | None:
    highest = degree(difference)
    if highest == 0:
        return Solution("none" if difference else "all")
    if highest == 1:
        root = quotient(-difference.get(CONSTANT, 0), difference[(unknown,)])
        return Solution("unique", ((unknown, _number(root)),))
    if highest == 2:
        return quadratic(difference, unknown)
    return None


def quadratic(difference: Poly, unknown: str) -> Solution | None:
    """The real roots of `a*x*x + b*x + c = 0`; None if they cannot be written within the bounds."""
    a = difference.get((unknown, unknown), 0)
    b = difference.get((unknown,), 0)
    c = difference.get(CONSTANT, 0)
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return Solution("roots")
    try:
        root = square_root({CONSTANT: discriminant} if discriminant else {})
        middle: Poly = {CONSTANT: -b} if b else {}
        values = [divide(add(middle, scale(root, sign)), {CONSTANT: 2 * a}) for sign in (1, -1)]
    except Unsupported:
        return None
    distinct = values[:1] if not root else values
    return Solution("roots", tuple((unknown, frozen(value)) for value in distinct))


def _number(value: Number) -> tuple[tuple[Monomial, Number], ...]:
    return ((CONSTANT, normal(value)),) if value else ()


def _system(differences: Sequence[Poly], unknowns: Sequence[str]) -> Solution | None:
    """Gauss-Jordan elimination with exact fractions."""
    size = len(unknowns)
    rows: list[list[Fraction]] = []
    for difference in differences:
        if degree(difference) > 1:
            return None
        row = [Fraction(difference.get((name,), 0)) for name in unknowns]
        rows.append([*row, Fraction(-difference.get(CONSTANT, 0))])
    for column in range(size):
        pivot = next((index for index in range(column, size) if rows[index][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for index in range(size):
            factor = rows[index][column]
            if index != column and factor:
                rows[index] = [a - factor * b for a, b in zip(rows[index], rows[column], strict=True)]
    return Solution("unique", tuple((name, _number(rows[index][size])) for index, name in enumerate(unknowns)))
