"""Linear equations in one unknown: their roots."""

from __future__ import annotations

from collections.abc import Mapping

from stepcache_lc.tasks.equations.algebra import CONSTANT, Monomial, quotient
from stepcache_lc.tasks.equations.expressions import Number


def root_of(difference: Mapping[Monomial, Number], unknown: str) -> Number | None:
    """The root of `difference = 0`, None unless it is linear in that unknown alone and really holds it."""
    slope = difference.get((unknown,), 0)
    if not slope or len(difference) - (CONSTANT in difference) != 1:
        return None
    return quotient(-difference.get(CONSTANT, 0), slope)
