"""What an equation request demands of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from stepcache_lc.core.types import Constraints
from stepcache_lc.tasks.equations.algebra import CONSTANT, Monomial
from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.solution import Solution

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
    solution: Solution | None = field(default=None, compare=False)
    """What solves them; follows from the equations. None: nothing that is decided here."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names in the equations, sorted."""
        return tuple(
            sorted(
                {name for equation in self.equations for side in equation for monomial, _ in side for name in monomial}
            )
        )

    @property
    def long_names(self) -> frozenset[str]:
        """The names that are written as words."""
        return frozenset(name for name in self.names if len(name) > 1 and name.isalpha())

    @property
    def root(self) -> Number | None:
        """The value of the only unknown of one linear equation, else None."""
        solution = self.solution
        if solution is None or solution.kind != "unique" or len(self.equations) != 1:
            return None
        return dict(solution.values[0][1]).get(CONSTANT, 0)
