"""Exact arithmetic on formulas: polynomials with rational coefficients, as dictionaries.

A polynomial maps a monomial (a sorted tuple of names, one for each power) to its coefficient; zero coefficients are
never kept. Whole numbers stay `int`, which is several times faster than `Fraction`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Num, Number

MAX_DEGREE = 4
"""Highest degree that is computed with."""
MAX_BITS = 1_000
"""Longest numerator or denominator, in bits."""
MAX_TERMS = 40
"""Most terms of one polynomial."""

Monomial = tuple[str, ...]
Poly = dict[Monomial, Number]

CONSTANT: Monomial = ()


class Unsupported(ValueError):
    """The formula has no polynomial value here: a root, a name in a denominator, a high power."""


class Undefined(ValueError):
    """The formula divides by zero."""


def normal(value: Number) -> Number:
    """An `int` where the value is whole."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    return value


def quotient(top: Number, bottom: Number) -> Number:
    """The exact quotient of two numbers."""
    if bottom == 0:
        raise Undefined("a division by zero")
    if isinstance(top, int) and isinstance(bottom, int) and top % bottom == 0:
        return top // bottom
    return normal(Fraction(top) / bottom)


def value_of(expression: Expr) -> Poly:
    """The polynomial that a formula's side stands for.

    Raises:
        Unsupported: it is not a polynomial within the bounds.
        Undefined: it divides by zero.
    """
    if isinstance(expression, Num):
        return {CONSTANT: expression.value} if expression.value else {}
    if isinstance(expression, Name):
        return {(expression.name,): 1}
    if isinstance(expression, Group):
        if expression.style == "sqrt":
            raise Unsupported("a root")
        return value_of(expression.body)
    if isinstance(expression, Neg):
        if expression.sign == "±":
            raise Unsupported("a double sign")
        body = value_of(expression.body)
        return scale(body, -1) if expression.sign == "-" else body
    if expression.op == "±":
        raise Unsupported("a double sign")
    left = value_of(expression.left)
    if expression.op == "^":
        return power(left, value_of(expression.right))
    right = value_of(expression.right)
    if expression.op == "+":
        return add(left, right)
    if expression.op == "-":
        return add(left, scale(right, -1))
    if expression.op == "*":
        return multiply(left, right)
    return divide(left, right)


def constant(poly: Mapping[Monomial, Number]) -> Number | None:
    """The value of a polynomial without names, else None."""
    if not poly:
        return 0
    if len(poly) == 1 and CONSTANT in poly:
        return poly[CONSTANT]
    return None


def add(left: Poly, right: Poly) -> Poly:
    """The sum."""
    result = dict(left)
    for monomial, coefficient in right.items():
        total = normal(result.get(monomial, 0) + coefficient)
        if total:
            result[monomial] = total
        else:
            del result[monomial]
    return _bounded(result)


def scale(poly: Poly, factor: Number) -> Poly:
    """The product with a number."""
    if not factor:
        return {}
    return {monomial: normal(coefficient * factor) for monomial, coefficient in poly.items()}


def multiply(left: Poly, right: Poly) -> Poly:
    """The product."""
    if len(right) <= 1 and constant(right) is not None:
        return _bounded(scale(left, constant(right) or 0))
    result: Poly = {}
    for a, x in left.items():
        for b, y in right.items():
            monomial = tuple(sorted(a + b)) if a and b else a or b
            if len(monomial) > MAX_DEGREE:
                raise Unsupported("too high a degree")
            total = normal(result.get(monomial, 0) + x * y)
            if total:
                result[monomial] = total
            else:
                result.pop(monomial, None)
    return _bounded(result)


def divide(left: Poly, right: Poly) -> Poly:
    """The quotient by a number.

    Raises:
        Unsupported: the divisor holds a name.
        Undefined: the divisor is zero.
    """
    divisor = constant(right)
    if divisor is None:
        raise Unsupported("a name in a denominator")
    if divisor == 0:
        raise Undefined("a division by zero")
    return _bounded({monomial: quotient(coefficient, divisor) for monomial, coefficient in left.items()})


def power(base: Poly, exponent: Poly) -> Poly:
    """A small whole power."""
    times = constant(exponent)
    if not isinstance(times, int) or not 0 <= times <= 12:
        raise Unsupported("a power that is not a small whole number")
    if times == 0 and not base:
        raise Undefined("zero to the power of zero")
    result: Poly = {CONSTANT: 1}
    for _ in range(times):
        result = multiply(result, base)
    return result


def names(poly: Mapping[Monomial, Number]) -> set[str]:
    """The names that a polynomial depends on."""
    return {name for monomial in poly for name in monomial}


def degree(poly: Mapping[Monomial, Number]) -> int:
    """The total degree; 0 for a number."""
    return max((len(monomial) for monomial in poly), default=0)


def frozen(poly: Mapping[Monomial, Number]) -> tuple[tuple[Monomial, Number], ...]:
    """A hashable form that is equal for equal polynomials."""
    return tuple(sorted(poly.items()))


def _bounded(poly: Poly) -> Poly:
    if len(poly) > MAX_TERMS:
        raise Unsupported("too many terms")
    for coefficient in poly.values():
        if isinstance(coefficient, int):
            if coefficient.bit_length() > MAX_BITS:
                raise Unsupported("too large a number")
        elif coefficient.numerator.bit_length() > MAX_BITS or coefficient.denominator.bit_length() > MAX_BITS:
            raise Unsupported("too large a number")
    return poly
