"""Statements of a result in an answer, and what counts as a number that is written out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from stepcache_lc.tasks.equations.algebra import Poly
from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Num, Op, Pair
from stepcache_lc.tasks.equations.solution import Solution


@dataclass(frozen=True)
class Final:
    """A statement of a result."""

    step: int
    text: str
    expression: Expr | None
    values: tuple[Poly, ...]
    """The value; two for `±`; for a list in brackets one for each name asked for, in order."""
    name: str = ""
    """The name that it is the value of, if it is said."""
    boxed: bool = False
    listed: bool = False
    """Whether the values belong to several names, in order."""


@dataclass
class Account:
    """All that was met in an answer, besides the verdicts."""

    finals: list[Final] = field(default_factory=list)
    statements: set[str] = field(default_factory=set)
    """`none` and `all`, for "no solution" and "all numbers"."""
    worked: bool = False
    """Whether an operation, an evaluation or an intermediate equation was shown."""
    numbers: list[int] = field(default_factory=list)
    """The numbers of its enumeration, in order."""
    concluding: set[int] = field(default_factory=set)
    """Steps that say "therefore", "the solution"."""


def says_all(finals: Sequence[Final], solution: Solution, unknowns: Sequence[str]) -> bool:
    """Whether statements of results give each unknown that is asked for, or all roots."""
    if solution.kind == "roots":
        stated = [value for final in finals for value in final.values]
        return all(root in stated for root in solution.roots())
    named = {final.name for final in finals}
    if len(unknowns) == 1:
        return bool(named & {unknowns[0], ""})
    return all(name in named for name in unknowns)


def bare(expression: Expr) -> Expr:
    """An expression without the brackets around it."""
    while isinstance(expression, Group) and expression.style != "sqrt":
        expression = expression.body
    return expression


def is_numeral(expression: Expr) -> bool:
    """Whether a side is a number written out: `5`, `-2.5`, `-16/3`, a fraction of two whole numbers."""
    expression = _unsigned(expression)
    if isinstance(expression, Op) and expression.op == "/":
        return isinstance(_unsigned(expression.left), Num) and isinstance(_unsigned(expression.right), Num)
    return isinstance(expression, Num)


def is_closed(expression: Expr) -> bool:
    """Whether a side is a result: a number written out, or one with a root that stays."""
    inner = bare(expression)
    if is_numeral(inner.body if isinstance(inner, Neg) else inner):
        return True
    stack: list[Expr] = [expression]
    rooted = False
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            return False
        if isinstance(node, Group):
            if node.style == "sqrt":
                if not isinstance(bare(node.body), Num):
                    return False
                rooted = True
            else:
                stack.append(node.body)
        elif isinstance(node, Neg):
            stack.append(node.body)
        elif isinstance(node, Op):
            stack += [node.left, node.right]
        elif isinstance(node, Pair):
            return False
    return rooted


def _unsigned(expression: Expr) -> Expr:
    expression = bare(expression)
    if isinstance(expression, Neg) and expression.sign in "+-":
        expression = bare(expression.body)
    return expression
