"""What an equation request demands of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from stepcache_lc.core.types import Constraints
from stepcache_lc.tasks.equations.algebra import Monomial
from stepcache_lc.tasks.equations.expressions import Number

FrozenPoly = tuple[tuple[Monomial, Number], ...]
Notation = Literal["", "fraction", "decimal"]


@dataclass(frozen=True)
class Demands:
    """How the answer is to look, as far as a check can see it."""

    boxed: bool = False
    """The final value stands in a box."""
    numbered: bool = False
    """The steps are numbered."""
    worked: bool = False
    """The work is shown, not only the result."""
    only: bool = False
    """Nothing but the result."""
    named: bool = False
    """The result is stated as `x = value`."""
    notation: Notation = ""
    """How a value that is not whole is written."""
    places: int | None = None
    """Decimals that the result is rounded to."""


@dataclass(frozen=True)
class EquationConstraints(Constraints):
    """Equations to solve, exact and in canonical form, with the unknowns that are asked for."""

    equations: tuple[tuple[FrozenPoly, FrozenPoly], ...] = ()
    """Left and right side of each equation as polynomials, in the order of the request."""
    unknowns: tuple[str, ...] = ()
    """The names that are asked for."""
    demands: Demands = Demands()
    sources: tuple[str, ...] = field(default=(), compare=False)
    """The equations as the request writes them."""
    root: Number | None = field(default=None, compare=False)
    """The one solution."""
