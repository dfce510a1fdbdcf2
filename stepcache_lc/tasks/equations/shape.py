"""The shape of a formula: sums of signed terms, with the places where numbers, signs and names are written.

Two formulas of one shape differ in their numbers, signs and names only. Shapes of cached formulas know where each part
stands in the text, so that a new value can be written in place; shapes that are computed have no places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    add,
    divide,
    multiply,
    power,
    scale,
    square_root,
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
class Root:
    """A square root."""

    body: Node
    place: Place = NOWHERE


@dataclass(slots=True)
class Term:
    """A signed part of a sum; the sign is 1, -1, or 0 for `±`."""

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
    poly: Poly | None = field(default=None, compare=False, repr=False)
    """Its polynomial, once it was asked for; shapes are never changed."""


Node = Leaf | Var | Prod | Quot | Pow | Root | Sum


_SIGNS = {"+": 1, "-": -1, "±": 0}


def shape_of(expression: Expr) -> Sum:
    """The shape of a parsed side.

    Raises:
        Unsupported: it holds a pair of values.
    """
    terms: list[Term] = []
    _collect(expression, 1, (expression.start, expression.start), True, terms)
    return Sum(terms, place=(expression.start, expression.end))


def _collect(expression: Expr, sign: int, slot: Place, leading: bool, terms: list[Term]) -> None:
    if isinstance(expression, Op) and expression.op in ("+", "-", "±"):
        _collect(expression.left, sign, slot, leading, terms)
        right = expression.right
        _collect(right, _SIGNS[expression.op], (expression.mark[0], right.start), False, terms)
        return
    inner, flipped, start = _unsigned(expression)
    terms.append(Term(sign * flipped, inner, (slot[0], start), leading))


def _unsigned(expression: Expr) -> tuple[Node, int, int]:
    """An expression without the sign in front of its first factor, that sign, and where the rest begins."""
    if isinstance(expression, Neg):
        body, sign, start = _unsigned(expression.body)
        return body, sign * _SIGNS[expression.sign], start
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
            return Root(shape_of(expression.body), place)
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
    if isinstance(node, Sum):
        if node.poly is None:
            node.poly = _total(node)
        return node.poly
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
    return square_root(poly_of(node.body))


def _total(node: Sum) -> Poly:
    if any(term.sign == 0 for term in node.terms):
        raise Unsupported("a double sign")
    total: Poly = {}
    for term in node.terms:
        body = poly_of(term.body)
        total = add(total, body if term.sign == 1 else scale(body, -1)) if total or term.sign != 1 else body
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


def put_into(node: Node, values: Mapping[str, Node]) -> Node:
    """The shape with other shapes put in for its names."""
    if isinstance(node, Var):
        return values.get(node.name, node)
    if isinstance(node, Prod):
        return Prod(put_into(node.left, values), put_into(node.right, values), node.style)
    if isinstance(node, Quot):
        return Quot(put_into(node.top, values), put_into(node.bottom, values), node.style)
    if isinstance(node, Pow):
        return Pow(put_into(node.base, values), put_into(node.exponent, values))
    if isinstance(node, Root):
        return Root(put_into(node.body, values))
    if isinstance(node, Sum):
        return Sum([Term(term.sign, put_into(term.body, values)) for term in node.terms], node.bracket)
    return node


def with_sign(node: Node, sign: int) -> Node:
    """The shape with one meaning of its double sign."""
    if isinstance(node, Prod):
        return Prod(with_sign(node.left, sign), with_sign(node.right, sign), node.style)
    if isinstance(node, Quot):
        return Quot(with_sign(node.top, sign), with_sign(node.bottom, sign), node.style)
    if isinstance(node, Sum):
        return Sum([Term(term.sign or sign, with_sign(term.body, sign)) for term in node.terms], node.bracket)
    return node


def is_double(node: Node) -> bool:
    """Whether a shape holds a double sign."""
    if isinstance(node, Prod):
        return is_double(node.left) or is_double(node.right)
    if isinstance(node, Quot):
        return is_double(node.top) or is_double(node.bottom)
    if isinstance(node, Sum):
        return any(term.sign == 0 or is_double(term.body) for term in node.terms)
    return False


def names_in(node: Node) -> list[str]:
    """The names of a shape in the order in which they are written."""
    if isinstance(node, Var):
        return [node.name]
    if isinstance(node, Prod):
        found = names_in(node.left) + names_in(node.right)
    elif isinstance(node, Quot):
        found = names_in(node.top) + names_in(node.bottom)
    elif isinstance(node, Pow):
        found = names_in(node.base)
    elif isinstance(node, Root):
        found = names_in(node.body)
    elif isinstance(node, Sum):
        found = [name for term in node.terms for name in names_in(term.body)]
    else:
        found = []
    return list(dict.fromkeys(found))


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
