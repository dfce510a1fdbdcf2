"""The shape of a formula: sums of signed terms, with the places where numbers, signs and names are written.

Two formulas of one shape differ in their numbers, signs and names only. Shapes of cached formulas know where each part
stands in the text, so that a new value can be written in place; shapes that are computed have no places.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    add,
    constant,
    divide,
    multiply,
    power,
    scale,
)
from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Num, Number, Op, Pair

Place = tuple[int, int]
NOWHERE: Place = (-1, -1)


@dataclass(slots=True)
class Leaf:
    """A number without sign."""

    value: Number
    place: Place = NOWHERE


@dataclass(slots=True)
class Var:
    """A name."""

    name: str
    place: Place = NOWHERE


@dataclass(slots=True)
class Prod:
    """A product; `style` is `juxtaposed` or `sign`."""

    left: Node
    right: Node
    style: str
    place: Place = NOWHERE


@dataclass(slots=True)
class Quot:
    """A quotient; `style` is `frac` or `sign`."""

    top: Node
    bottom: Node
    style: str
    place: Place = NOWHERE


@dataclass(slots=True)
class Pow:
    """A power."""

    base: Node
    exponent: Node
    place: Place = NOWHERE


@dataclass(slots=True)
class Term:
    """A signed part of a sum."""

    sign: int
    body: Node
    slot: Place = NOWHERE
    """Where the sign is written; empty in front of a first term without sign."""
    leading: bool = True
    """Whether it is the first term, whose plus is not written."""


@dataclass(slots=True)
class Sum:
    """Signed terms; `bracket` is the opening bracket's kind, empty without."""

    terms: list[Term]
    bracket: str = ""
    place: Place = NOWHERE
    inner: Place = NOWHERE
    """Where the content of the brackets stands."""


Node = Leaf | Var | Prod | Quot | Pow | Sum


@dataclass(slots=True)
class Side:
    """A side of a cached formula and its counterpart for the new request."""

    old: Sum
    new: Sum
    old_poly: Poly = field(default_factory=dict)
    new_poly: Poly = field(default_factory=dict)


def shape_of(expression: Expr) -> Sum:
    """The shape of a parsed side.

    Raises:
        Unsupported: it holds a root or a double sign.
    """
    terms: list[Term] = []
    _collect(expression, 1, (expression.start, expression.start), True, terms)
    return Sum(terms, place=(expression.start, expression.end))


def _collect(expression: Expr, sign: int, slot: Place, leading: bool, terms: list[Term]) -> None:
    if isinstance(expression, Op) and expression.op in "+-" and expression.op:
        _collect(expression.left, sign, slot, leading, terms)
        right = expression.right
        _collect(right, 1 if expression.op == "+" else -1, (expression.mark[0], right.start), False, terms)
        return
    if isinstance(expression, Op) and expression.op == "±":
        raise Unsupported("a double sign")
    inner, flipped, start = _unsigned(expression)
    terms.append(Term(sign * flipped, inner, (slot[0], start), leading))


def _unsigned(expression: Expr) -> tuple[Node, int, int]:
    """An expression without the sign in front of its first factor, that sign, and where the rest begins."""
    if isinstance(expression, Neg):
        if expression.sign == "±":
            raise Unsupported("a double sign")
        body, sign, start = _unsigned(expression.body)
        return body, sign * (-1 if expression.sign == "-" else 1), start
    place = (expression.start, expression.end)
    if isinstance(expression, Op) and expression.op == "*":
        left, sign, start = _unsigned(expression.left)
        return Prod(left, _node(expression.right), expression.style, (start, place[1])), sign, start
    if isinstance(expression, Op) and expression.op == "/" and expression.style != "frac":
        top, sign, start = _unsigned(expression.left)
        return Quot(top, _node(expression.right), "sign", (start, place[1])), sign, start
    return _node(expression), 1, expression.start


def _node(expression: Expr) -> Node:
    place = (expression.start, expression.end)
    if isinstance(expression, Pair):
        raise Unsupported("a pair of values")
    if isinstance(expression, Num):
        return Leaf(expression.value, place)
    if isinstance(expression, Name):
        return Var(expression.name, place)
    if isinstance(expression, Group):
        if expression.style == "sqrt":
            raise Unsupported("a root")
        inner = shape_of(expression.body)
        return Sum(inner.terms, expression.style, place, inner.place)
    if isinstance(expression, Op) and expression.op == "^":
        return Pow(_node(expression.left), _node(expression.right), place)
    if isinstance(expression, Op) and expression.op == "/" and expression.style == "frac":
        return Quot(shape_of(expression.left), shape_of(expression.right), "frac", place)
    return shape_of(expression)


def terms_of(node: Node) -> list[Term]:
    """The signed terms of any node; a sum that only brackets another sum is opened."""
    if isinstance(node, Sum):
        if len(node.terms) == 1 and isinstance(node.terms[0].body, Sum) and node.terms[0].sign == 1:
            return terms_of(node.terms[0].body)
        return node.terms
    return [Term(1, node)]


def core(node: Node) -> Node:
    """A node without brackets that do nothing."""
    while isinstance(node, Sum) and len(node.terms) == 1 and node.terms[0].sign == 1:
        node = node.terms[0].body
    return node


def poly_of(node: Node) -> Poly:
    """The polynomial that a shape stands for.

    Raises:
        Unsupported: a name in a denominator or a high power.
        Undefined: a division by zero.
    """
    if isinstance(node, Leaf):
        return {CONSTANT: node.value} if node.value else {}
    if isinstance(node, Var):
        return {(node.name,): 1}
    if isinstance(node, Prod):
        return multiply(poly_of(node.left), poly_of(node.right))
    if isinstance(node, Quot):
        return divide(poly_of(node.top), poly_of(node.bottom))
    if isinstance(node, Pow):
        return power(poly_of(node.base), poly_of(node.exponent))
    total: Poly = {}
    for term in node.terms:
        total = add(total, scale(poly_of(term.body), term.sign))
    return total


def safe_poly(node: Node) -> Poly | None:
    """As `poly_of`, None where there is none."""
    try:
        return poly_of(node)
    except (Unsupported, Undefined):
        return None


def number_sum(value: Number) -> Sum:
    """A number as a shape."""
    return Sum([Term(-1, Leaf(-value)) if value < 0 else Term(1, Leaf(value))])


def with_value(node: Node, name: str, value: Number) -> Node:
    """The shape with a number put in for a name."""
    if isinstance(node, Var):
        return number_sum(value) if node.name == name else node
    if isinstance(node, Prod):
        return Prod(with_value(node.left, name, value), with_value(node.right, name, value), node.style)
    if isinstance(node, Quot):
        return Quot(with_value(node.top, name, value), with_value(node.bottom, name, value), node.style)
    if isinstance(node, Pow):
        return Pow(with_value(node.base, name, value), node.exponent)
    if isinstance(node, Sum):
        return Sum([Term(term.sign, with_value(term.body, name, value)) for term in node.terms], node.bracket)
    return node


def is_number(node: Node) -> bool:
    """Whether a node is a number written out, or a fraction of two."""
    node = core(node)
    if isinstance(node, Leaf):
        return True
    if isinstance(node, Sum):
        return len(node.terms) == 1 and is_number(node.terms[0].body)
    return isinstance(node, Quot) and _is_signed_leaf(node.top) and _is_signed_leaf(node.bottom)


def _is_signed_leaf(node: Node) -> bool:
    terms = terms_of(node)
    return len(terms) == 1 and isinstance(core(terms[0].body), Leaf)


def slope_and_offset(poly: Poly, name: str) -> tuple[Number, Number] | None:
    """`a` and `b` of `a*name + b`, None if there is more."""
    slope, offset = poly.get((name,), 0), poly.get(CONSTANT, 0)
    return (slope, offset) if len(poly) == (slope != 0) + (offset != 0) else None


def number_of(poly: Poly) -> Fraction | None:
    """A constant polynomial's value."""
    value = constant(poly)
    return None if value is None else Fraction(value)
