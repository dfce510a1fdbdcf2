"""What stands in the formulas of an answer: the measure of prose that only points at it.

"Since x is multiplied by 3", "undo the division by 4", "the 7 is added": such words describe the work instead of doing
something, and are checked against what is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Literal

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    constant,
    degree,
    divide,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.expressions import Chain, Expr, Group, Neg, Number, Op
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.scan import scan
from stepcache_lc.tasks.equations.work import Equation

MAX_PARTS = 400
"""Most different parts that are looked at."""

Role = Literal["factor", "divisor", "added", "subtracted"]

_BEING = r"(?:is|are|was|being|been|gets|get|'s)(?: (?:currently|also|being|first|now|then|only))*"
_PASSIVE = re.compile(rf"(?:^| )(?P<what>\w+) {_BEING} (?P<verb>multiplied|divided) by$")
_UNDONE = re.compile(
    r"(?:^| )(?:undo|undoes|undoing|reverse|reversing|cancel|cancels|cancelling|canceling|counteract|counter|remove"
    r"|removing|eliminate|eliminating|clear|clearing|inverse of|opposite of)(?: out)?(?: the| this| that)?"
    r" (?P<noun>multiplication|division|addition|subtraction)(?: by| of| with)?(?: the)?$"
)
_FOLLOWING = re.compile(
    rf"(?:{_BEING} )(?P<verb>added|subtracted)\b(?! (?:to|from) (?:both|each|either))|(?P<active>multipl(?:ies|ying))\b"
)
_INSIDE = re.compile(
    r"(?:^| )multipl(?:y|ying|ied) (?:everything|both terms|each term|the terms?|the numbers?|the expression|every term"
    r"|all terms|terms) (?:inside|in|within) (?:of )?(?:the |these |those )?(?:parenthes[ei]s|brackets?) by$"
)
_SIDES = frozenset({"sides", "equation", "everything", "E"})
_NOUNS: Mapping[str, Role] = {
    "multiplication": "factor",
    "division": "divisor",
    "addition": "added",
    "subtraction": "subtracted",
}


def described(before: str, after: str) -> Role | None:
    """What the words around a number say that it is in an equation; None if they describe nothing.

    Args:
        before: canonical words in front of it.
        after: canonical words behind it.
    """
    undone = _UNDONE.search(before)
    if undone is not None:
        return _NOUNS[undone["noun"]]
    passive = _PASSIVE.search(before)
    if passive is not None:
        if passive["what"] in _SIDES:
            return None  # "both sides are divided by 2" is an operation
        return "factor" if passive["verb"] == "multiplied" else "divisor"
    if _INSIDE.search(before):
        return "factor"
    following = _FOLLOWING.match(after)
    if following is None or before.endswith(" by"):
        return None
    if following["active"]:
        return "factor"
    return "added" if following["verb"] == "added" else "subtracted"


class Written:
    """The formulas of an answer and of its request."""

    def __init__(
        self,
        texts: Sequence[str],
        problems: Sequence[Equation],
        long_names: frozenset[str],
        meaning: Mapping[str, Poly],
    ) -> None:
        self.texts = texts
        self.problems = problems
        self.long_names = long_names
        self.meaning = meaning

    def is_part(self, poly: Poly) -> bool:
        """Whether a number or term stands, up to its sign, in some formula."""
        return poly in self._literals or scale(poly, -1) in self._literals

    def plays(self, role: Role, poly: Poly) -> bool:
        """Whether a number or term is a factor, a divisor, or an added or subtracted term somewhere."""
        if role == "divisor":
            return poly in self.divisors
        if role == "factor":
            return poly in self._factors
        return (poly if role == "added" else scale(poly, -1)) in self._terms

    @cached_property
    def divisors(self) -> list[Poly]:
        """What formulas divide by, and by what fractions are reduced."""
        found = [
            poly for node in self._nodes if isinstance(node, Op) and node.op == "/" for poly in _values(node.right)
        ]
        fractions = [
            (top, bottom)
            for node in self._nodes
            if isinstance(node, Op) and node.op == "/"
            for top in _values(node.left)
            for bottom in _values(node.right)
            if constant(top) is not None and constant(bottom)
        ][:20]
        for top, bottom in fractions:
            for less, lesser in fractions:
                if top != less and less and divide(top, less) == divide(bottom, lesser):
                    found.append(divide(top, less))
        found += [
            {CONSTANT: value.denominator}
            for value in self._coefficients
            if isinstance(value, Fraction) and value.numerator == 1
        ]
        return found[:MAX_PARTS]

    @cached_property
    def _coefficients(self) -> list[Number]:
        return [value for pair in self.problems for side in pair for monomial, value in side.items() if monomial]

    @cached_property
    def _factors(self) -> list[Poly]:
        found: list[Poly] = [
            {CONSTANT: value} for pair in self.problems for side in pair for name, value in side.items() if name
        ]
        for node in self._nodes:
            if isinstance(node, Op) and node.op == "*":
                found += [*_values(node.left), *_values(node.right)]
            elif isinstance(node, Neg) and isinstance(node.body, Op) and node.body.op == "*":
                found += [scale(poly, -1) for poly in _values(node.body.left)]
        return found[:MAX_PARTS]

    @cached_property
    def _terms(self) -> list[Poly]:
        """The signed terms of all sums."""
        found: list[Poly] = [
            {monomial: value} for pair in self.problems for side in pair for monomial, value in side.items()
        ]
        for node in self._nodes:
            if isinstance(node, Op) and node.op in ("+", "-"):
                found += _values(node.left)
                found += [scale(poly, 1 if node.op == "+" else -1) for poly in _values(node.right)]
        return found[:MAX_PARTS]

    @cached_property
    def _nodes(self) -> list[Expr]:
        """All nodes of all formulas with a relation."""
        found: list[Expr] = []
        for chain in self._chains():
            stack: list[Expr] = list(chain.sides)
            while stack and len(found) < 10 * MAX_PARTS:
                node = stack.pop()
                found.append(node)
                if isinstance(node, Op):
                    stack += [node.left, node.right]
                elif isinstance(node, (Neg, Group)):
                    stack.append(node.body)
        return found

    def _chains(self) -> Iterator[Chain]:
        for text in self.texts:
            try:
                items = scan(text, self.long_names)
            except TooLarge:
                continue
            for item in items:
                if item.chain is not None and item.chain.relations:
                    yield item.chain

    @cached_property
    def _literals(self) -> list[Poly]:
        """The values of all parts of the formulas with a relation, and of the request's terms."""
        sides = [side for pair in self.problems for side in pair]
        found: list[Poly] = [{monomial: value} for side in sides for monomial, value in side.items()]
        found += [{CONSTANT: value} for side in sides for value in side.values()]
        found += sides
        for node in self._nodes:
            for poly in _values(node, self.meaning):
                if poly and len(found) < MAX_PARTS and degree(poly) < 3 and poly not in found:
                    found.append(poly)
        return found


def _values(node: Expr, meaning: Mapping[str, Poly] | None = None) -> list[Poly]:
    """The value of a node, if it has one."""
    try:
        return [value_of(node, meaning or {})]
    except (Unsupported, Undefined):
        return []
