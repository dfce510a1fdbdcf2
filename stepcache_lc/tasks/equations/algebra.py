"""Exact arithmetic on formulas: polynomials with rational coefficients, as dictionaries.

A polynomial maps a monomial (a sorted tuple of names, one for each power) to its coefficient; zero coefficients are
never kept. Whole numbers stay `int`, which is several times faster than `Fraction`. A square root of a number that is
no square is a name of its own (`√7`) whose square is that number.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Num, Number, Pair

MAX_DEGREE = 4
"""Highest degree that is computed with."""
MAX_BITS = 1_000
"""Longest numerator or denominator, in bits."""
MAX_TERMS = 40
"""Most terms of one polynomial."""
MAX_RADICAND = 100_000_000
"""Largest number whose square factors are looked for."""

Monomial = tuple[str, ...]
Poly = dict[Monomial, Number]

CONSTANT: Monomial = ()
ROOT_SIGN = "√"
NO_NAMES: Mapping[str, Poly] = {}


class Unsupported(ValueError):
    """The formula has no polynomial value here: a name in a denominator, a high power, a root of a name."""


class Undefined(ValueError):
    """The formula divides by zero."""


def normal(value: Number) -> Number:
    """An `int` where the value is whole."""
    # By its type: `isinstance` of an abstract class such as `Fraction` takes ten times as long.
    return value if type(value) is int or value.denominator != 1 else value.numerator


def quotient(top: Number, bottom: Number) -> Number:
    """The exact quotient of two numbers."""
    if bottom == 0:
        raise Undefined("a division by zero")
    if isinstance(top, int) and isinstance(bottom, int) and top % bottom == 0:
        return top // bottom
    return normal(Fraction(top) / bottom)


def value_of(expression: Expr, meaning: Mapping[str, Poly] = NO_NAMES, sign: int = 1) -> Poly:
    """The polynomial that a formula's side stands for.

    Args:
        expression: the parsed side.
        meaning: what names stand for that are not themselves unknowns.
        sign: which of its two signs `±` has.

    Raises:
        Unsupported: it is not a polynomial within the bounds.
        Undefined: it divides by zero.
    """
    if isinstance(expression, Num):
        return {CONSTANT: expression.value} if expression.value else {}
    if isinstance(expression, Name):
        return dict(meaning[expression.name]) if expression.name in meaning else {(expression.name,): 1}
    if isinstance(expression, Group):
        body = value_of(expression.body, meaning, sign)
        return square_root(body) if expression.style == "sqrt" else body
    if isinstance(expression, Neg):
        body = value_of(expression.body, meaning, sign)
        factor = -1 if expression.sign == "-" else sign if expression.sign == "±" else 1
        return body if factor == 1 else scale(body, factor)
    if isinstance(expression, Pair):
        raise Unsupported("a pair of values")
    left = value_of(expression.left, meaning, sign)
    right = value_of(expression.right, meaning, sign)
    if expression.op == "+":
        return add(left, right)
    if expression.op == "-":
        return add(left, scale(right, -1))
    if expression.op == "±":
        return add(left, scale(right, sign))
    if expression.op == "*":
        return multiply(left, right)
    if expression.op == "^":
        return power(left, right)
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
            monomial, factor = _monomial(a, b)
            total = normal(result.get(monomial, 0) + x * y * factor)
            if total:
                result[monomial] = total
            else:
                result.pop(monomial, None)
    return _bounded(result)


def _monomial(a: Monomial, b: Monomial) -> tuple[Monomial, int]:
    """The product of two monomials, with the number that a squared root gives."""
    if not a or not b:
        return a or b, 1
    together = sorted(a + b)
    factor = 1
    for name in a:
        if name[0] == ROOT_SIGN and name in b:
            together.remove(name)
            together.remove(name)
            factor *= int(name[1:])
    if len(together) > MAX_DEGREE or sum(1 for name in together if name[0] == ROOT_SIGN) > 1:
        raise Unsupported("too high a degree")
    return tuple(together), factor


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


def square_root(poly: Poly) -> Poly:
    """The square root of a number that is not negative.

    Raises:
        Unsupported: it is no such number, or too large to take squares out of.
    """
    value = constant(poly)
    if value is None or value < 0:
        raise Unsupported("a root of something that is no positive number")
    exact = Fraction(value)
    outside, inside = _take_squares_out(exact.numerator * exact.denominator)
    factor = normal(Fraction(outside, exact.denominator))
    if not factor:
        return {}
    return {(f"{ROOT_SIGN}{inside}",): factor} if inside != 1 else {CONSTANT: factor}


@lru_cache(maxsize=256)
def _take_squares_out(number: int) -> tuple[int, int]:
    """`a` and `b` with `number == a * a * b` and no square factor left in `b`."""
    if number > MAX_RADICAND:
        raise Unsupported("too large a number under a root")
    outside, inside, divisor = 1, number, 2
    while divisor * divisor <= inside:
        while inside % (divisor * divisor) == 0:
            inside //= divisor * divisor
            outside *= divisor
        divisor += 1
    return (outside, inside) if number else (0, 1)


def put_in(poly: Poly, values: Mapping[str, Poly]) -> Poly:
    """The polynomial with values put in for its names."""
    result: Poly = {}
    for monomial, coefficient in poly.items():
        product: Poly = {CONSTANT: coefficient}
        for name in monomial:
            product = multiply(product, values.get(name, {(name,): 1}))
        result = add(result, product)
    return result


def names(poly: Mapping[Monomial, Number]) -> set[str]:
    """The names that a polynomial depends on; roots of numbers are none."""
    return {name for monomial in poly for name in monomial if name[0] != ROOT_SIGN}


def degree(poly: Mapping[Monomial, Number]) -> int:
    """The total degree; 0 for a number."""
    return max((sum(1 for name in monomial if name[0] != ROOT_SIGN) for monomial in poly), default=0)


def frozen(poly: Mapping[Monomial, Number]) -> tuple[tuple[Monomial, Number], ...]:
    """A hashable form that is equal for equal polynomials."""
    return tuple(sorted(poly.items()))


def _bounded(poly: Poly) -> Poly:
    if len(poly) > MAX_TERMS:
        raise Unsupported("too many terms")
    for coefficient in poly.values():
        if type(coefficient) is int:
            if coefficient.bit_length() > MAX_BITS:
                raise Unsupported("too large a number")
        elif coefficient.numerator.bit_length() > MAX_BITS or coefficient.denominator.bit_length() > MAX_BITS:
            raise Unsupported("too large a number")
    return poly
