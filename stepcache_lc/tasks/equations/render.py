"""Writing numbers and linear forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from stepcache_lc.tasks.equations.algebra import Monomial
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


def exact_form(poly: Mapping[Monomial, Number]) -> str:
    r"""A number that may hold a root, in LaTeX where it does: `-2 + \sqrt{7}`."""
    parts: list[str] = []
    for monomial in sorted(poly):
        value = Fraction(poly[monomial])
        size = abs(value)
        if monomial:
            factor = "" if size == 1 else str(size.numerator)
            shown = rf"{factor}\sqrt{{{monomial[0][1:]}}}"
            if size.denominator != 1:
                shown = rf"\frac{{{shown}}}{{{size.denominator}}}"
        elif len(poly) > 1 and size.denominator != 1:
            shown = rf"\frac{{{size.numerator}}}{{{size.denominator}}}"
        else:
            shown = numeral(size)
        sign = "-" if value < 0 else "+"
        parts.append(f"{sign} {shown}" if parts else shown if value >= 0 else f"-{shown}")
    return " ".join(parts) or "0"


def polynomial(poly: Mapping[Monomial, Number]) -> str:
    """`2x + 3`, `(3/4)x - 1/2`, `x^2 - 4x + 3`, `0`: the unknowns in order, the constant last."""
    parts: list[str] = []
    for monomial in sorted(poly, key=lambda key: (-len(key), key)):
        value = Fraction(poly[monomial])
        size = abs(value)
        shown = numeral(size)
        if monomial:
            name = monomial[0] if len(monomial) == 1 else f"{monomial[0]}^{len(monomial)}"
            joint = "*" if len(monomial[0]) > 1 else ""
            shown = (
                name if size == 1 else f"{shown}{joint}{name}" if size.denominator == 1 else f"({shown}){joint}{name}"
            )
        sign = "-" if value < 0 else "+"
        parts.append(f"{sign} {shown}" if parts else shown if value >= 0 else f"-{shown}")
    return " ".join(parts) or "0"
