"""Writing numbers and linear forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from stepcache_lc.tasks.equations.algebra import CONSTANT, Monomial
from stepcache_lc.tasks.equations.expressions import Number


def numeral(value: Number) -> str:
    """`5`, `-3`, `7/2`."""
    value = Fraction(value)
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def decimal(value: Number) -> str | None:
    """The exact decimal, None if it does not end or is absurdly long."""
    value = Fraction(value)
    bottom = value.denominator
    twos = fives = 0
    while bottom % 2 == 0:
        bottom, twos = bottom // 2, twos + 1
    while bottom % 5 == 0:
        bottom, fives = bottom // 5, fives + 1
    places = max(twos, fives)
    if bottom != 1 or places > 30:
        return None
    if places == 0:
        return str(value.numerator)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return ("-" if value < 0 else "") + digits[:-places] + "." + digits[-places:]


def rounded(value: Number, places: int) -> str:
    """Rounded half up, away from zero, with exactly that many decimals."""
    value = Fraction(value)
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return str(exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def linear_form(poly: Mapping[Monomial, Number], unknown: str) -> str:
    """`2x + 3`, `-x/4 - 1/2` as `(-1/4)x - 1/2`, `0`."""
    parts: list[str] = []
    slope: Number = poly.get((unknown,), 0)
    if slope:
        size = abs(Fraction(slope))
        if size == 1:
            shown = unknown
        elif size.denominator == 1:
            shown = f"{size.numerator}{unknown}"
        else:
            shown = f"({size.numerator}/{size.denominator}){unknown}"
        parts.append(("-" if slope < 0 else "") + shown)
    offset: Number = poly.get(CONSTANT, 0)
    if offset or not parts:
        shown = numeral(abs(Fraction(offset)))
        sign = "-" if offset < 0 else "+"
        parts.append(f"{sign} {shown}" if parts else shown if offset >= 0 else f"-{shown}")
    return " ".join(parts)
