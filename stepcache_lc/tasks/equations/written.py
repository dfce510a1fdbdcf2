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
    put_in,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.expressions import Chain, Expr, Group, Neg, Num, Op
from stepcache_lc.tasks.equations.finals import bare
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.scan import scan
from stepcache_lc.tasks.equations.work import Equation

MAX_PARTS = 400
"""Most different parts that are looked at."""

Role = Literal["factor", "divisor", "added", "subtracted", "distributed", "removed", "reduction"]

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
_DISTRIBUTED = re.compile(r"(?:^| )distribut(?:e|es|ed|ing)(?: (?:the|a|this|factor|factor of|number|outside))*$")
_REMOVED = re.compile(
    r"(?:^| )(?:get(?:s|ting)? rid of|cancel(?:s|l?ing|led|ed)?(?: out)?|eliminat(?:e|es|ing)|remov(?:e|es|ing)|undo"
    r"|undoing|mov(?:e|es|ing)|bring(?:s|ing)?|transpos(?:e|es|ing))"
    r"(?: (?:the|that|this|of|a|constant|term|number|coefficient))*$"
)
_COMMON = r"(?:greatest common (?:divisor|factor)|gcd|gcf|common (?:divisor|factor))"
_REDUCED = re.compile(
    r"(?:numerator and(?: the)? denominator|top and(?: the)? bottom)(?: of .{0,40})? by"
    rf"(?: (?:their|the) {_COMMON}(?: of| ,)?(?: which is)?)?$"
    rf"|{_COMMON}(?: of M and M)?(?: of both)?(?: ,)?(?: which)?(?: is| of)?$"
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
    if _DISTRIBUTED.search(before):
        return "distributed"
    if _REMOVED.search(before):
        return "removed"
    if _REDUCED.search(before):
        return "reduction"
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


_SAID_IN_FRONT = re.compile(
    r"(?:^| )(?:(?P<coefficient>coefficients?(?: of (?:the )?[UM])?(?: ,)?)|(?P<constant>constant(?: term)?)"
    r"|(?P<numerator>numerator)|(?P<denominator>denominator))(?: (?:is|are|of|:|,|which))*$"
    r"|(?P<side>left|right|both)(?:-hand)? sides? (?:(?:now|also|then|both) )*"
    r"(?:is|are|equals?|becomes?|gives?|simplif(?:y|ies) to|evaluates? to|:)(?: (?:equal to|now|also|us))*$"
)
_SAID_BEHIND = re.compile(
    r"(?:(?:is|stands|was) (?:now )?on the (?P<side>left|right)(?! hand)"
    r"|(?P<factor>in front of (?:the )?U|is multiplied by U))\b"
)
Saying = Literal["coefficient", "constant", "numerator", "denominator", "left", "right", "both", "on left", "on right"]


def said(before: str, after: str) -> Saying | None:
    """What the words around a number or term say that it is in the work; None if they say nothing of the kind."""
    found = _SAID_IN_FRONT.search(before)
    if found is not None:
        sayings: tuple[Saying, ...] = ("coefficient", "constant", "numerator", "denominator")
        return next((one for one in sayings if found[one]), None) or _SIDE_SAYINGS[found["side"]]
    behind = _SAID_BEHIND.match(after)
    if behind is None:
        return None
    return "coefficient" if behind["factor"] else "on left" if behind["side"] == "left" else "on right"


_SIDE_SAYINGS: Mapping[str, Saying] = {"left": "left", "right": "right", "both": "both"}


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
        """Whether a number or term has this role somewhere."""
        if role == "divisor":
            return poly in self.divisors
        if role == "reduction":
            return poly in self._reductions
        if role == "factor":
            return poly in self._factors
        if role == "distributed":
            return poly in self._outer
        if role == "removed":
            signed = (poly, scale(poly, -1))
            return any(one in known for one in signed for known in (self._terms, self._factors, self.divisors))
        return (poly if role == "added" else scale(poly, -1)) in self._terms

    def is_so(self, saying: Saying, poly: Poly, values: Mapping[str, Poly]) -> bool:
        """Whether a number or term is what is said of it.

        Args:
            saying: what is said.
            poly: the number or term.
            values: the values of the unknowns, as far as they are known.
        """
        if saying == "coefficient":
            return poly in self._factors or constant(poly) is None
        if saying == "constant":
            return any(constant(poly) in (side.get(CONSTANT), -side.get(CONSTANT, 0)) for side in self._sides)
        if saying == "denominator":
            return poly in self.divisors or isinstance(constant(poly), Fraction)
        if saying == "numerator":
            return poly in self._tops or isinstance(constant(poly), Fraction)
        if saying in ("on left", "on right"):
            return any(
                side.get(monomial) == value
                for pair in self._pairs
                for side in pair[(saying == "on right") :][:1]
                for monomial, value in poly.items()
            )
        places = (0, 1) if saying == "both" else (int(saying == "right"),)
        known = [put_in(problem[at], values) for problem in self.problems for at in places]
        return poly in known or (saying != "both" and any(poly == pair[places[0]] for pair in self._pairs))

    @cached_property
    def _pairs(self) -> list[Equation]:
        """The two sides of all equations, the request's among them."""
        found = list(self.problems)
        for chain in self._chains():
            left, right = _values(chain.sides[0]), _values(chain.sides[-1])
            if left and right:
                found.append((left[0], right[0]))
        return found[:MAX_PARTS]

    @cached_property
    def _tops(self) -> list[Poly]:
        """What stands above fraction strokes, and its factors."""
        tops = [poly for node in self._nodes if isinstance(node, Op) and node.op == "/" for poly in _values(node.left)]
        return [*tops, *({CONSTANT: value} for top in tops for value in top.values())][:MAX_PARTS]

    @cached_property
    def divisors(self) -> list[Poly]:
        """What formulas divide by."""
        found = [
            poly for node in self._nodes if isinstance(node, Op) and node.op == "/" for poly in _values(node.right)
        ]
        found += [
            {CONSTANT: value.denominator}
            for side in self._sides
            for monomial, value in side.items()
            if monomial and isinstance(value, Fraction) and value.numerator == 1
        ]
        return found[:MAX_PARTS]

    @cached_property
    def _reductions(self) -> list[Poly]:
        """By what fractions are reduced."""
        fractions = [
            (top, bottom)
            for node in self._nodes
            if isinstance(node, Op) and node.op == "/"
            for top in _values(node.left)
            for bottom in _values(node.right)
            if constant(top) and constant(bottom)
        ][:20]
        one: Poly = {CONSTANT: 1}
        sides = [bare(side) for chain in self._chains() for side in chain.sides]
        wholes = [(poly, one) for side in sides if isinstance(side, Num) for poly in _values(side) if poly]
        found: list[Poly] = []
        for top, bottom in fractions:
            for less, lesser in (*fractions, *wholes[:20]):
                by = divide(bottom, lesser)
                if top != less and divide(top, less) in (by, scale(by, -1)):
                    found.append(by)
        return found

    @cached_property
    def _sides(self) -> list[Poly]:
        """The values of all sides of all equations."""
        sides = [side for pair in self.problems for side in pair]
        for chain in self._chains():
            for side in chain.sides:
                sides += _values(side)
        return sides[:MAX_PARTS]

    @cached_property
    def _factors(self) -> list[Poly]:
        """What unknowns and brackets with unknowns are multiplied by."""
        found: list[Poly] = [{CONSTANT: value} for side in self._sides for name, value in side.items() if name]
        return [*found, *self._outer][:MAX_PARTS]

    @cached_property
    def _outer(self) -> list[Poly]:
        """The factors in front of, or behind, brackets."""
        found: list[Poly] = []
        for node in self._nodes:
            turned = isinstance(node, Neg) and node.sign == "-"
            product = node.body if isinstance(node, Neg) else node
            if not isinstance(product, Op) or product.op != "*":
                continue
            for factor, other in ((product.left, product.right), (product.right, product.left)):
                if any(len(poly) > 1 for poly in _values(other)):
                    found += [scale(poly, -1) if turned else poly for poly in _values(factor)]
        return found[:MAX_PARTS]

    @cached_property
    def _terms(self) -> list[Poly]:
        """The signed terms of all sides with an unknown."""
        found: list[Poly] = []
        for side in self._sides:
            if constant(side) is None:
                found += [{monomial: value} for monomial, value in side.items()]
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
