"""Whether requests with equal equations also write them alike.

An answer speaks of what is written: "start with 2(x + 3) = 16" answers another request than 2x + 6 = 16, although both
equations are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Num, Number, Pair
from stepcache_lc.tasks.equations.scan import scan

Form = Number | str | tuple["Form", ...]
"""A formula without its spelling: blanks, signs for products and strokes of fractions."""


def alike(old: Sequence[str], new: Sequence[str], long_names: frozenset[str]) -> bool:
    """Whether equations are written alike, up to spelling."""
    return len(old) == len(new) and all(
        one == two or _form_of(one, long_names) == _form_of(two, long_names) for one, two in zip(old, new, strict=True)
    )


@lru_cache(maxsize=512)
def _form_of(source: str, long_names: frozenset[str]) -> Form:
    return tuple(
        tuple(_form(side) for side in item.chain.sides) for item in scan(source, long_names) if item.chain is not None
    )


def _form(node: Expr) -> Form:
    if isinstance(node, Num):
        return node.value
    if isinstance(node, Name):
        return node.name
    if isinstance(node, Group):
        inner = _form(node.body)
        return ("√", inner) if node.style == "sqrt" else inner
    if isinstance(node, Neg):
        return (node.sign, _form(node.body))
    if isinstance(node, Pair):
        return tuple(_form(part) for part in node.parts)
    return (node.op, _form(node.left), _form(node.right))
