"""Following a formula over to the new request: the same shape, with every number recomputed.

`follow` answers: if the cached formula is this earlier one with some parts worked out, what is it for the new request?
`extend` answers the same for an earlier side with one operation written behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from stepcache_lc.tasks.equations.algebra import CONSTANT, Monomial, Poly, scale
from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.shape import (
    Leaf,
    Node,
    Pow,
    Prod,
    Quot,
    Root,
    Sum,
    Term,
    Var,
    core,
    is_number,
    safe_poly,
    terms_of,
)


class Names:
    """The unknowns' new names; any other name stays what it is."""

    def __init__(self, renamed: Mapping[str, str]) -> None:
        self.renamed = dict(renamed)

    def __getitem__(self, name: str) -> str:
        return self.renamed.get(name, name)

    def monomial(self, monomial: Monomial) -> Monomial:
        """A monomial under its new names."""
        return tuple(sorted(self[name] for name in monomial))


def follow(cached: Node, old: Node, new: Node, names: Names) -> Sum | None:
    """The new counterpart of `cached`, if it is `old` with some of its parts worked out."""
    terms, before, after = terms_of(cached), terms_of(old), terms_of(new)
    if len(terms) == len(before) == len(after):
        followed = _all_terms(terms, before, after, names)
        if followed is not None:
            return followed
    if len(terms) > len(before):
        before, after = expanded(before), expanded(after)
        followed = _all_terms(terms, before, after, names) if len(terms) == len(before) == len(after) else None
        if followed is not None:
            return followed
    old_poly, new_poly = safe_poly(old), safe_poly(new)
    if old_poly is None or new_poly is None or safe_poly(cached) != old_poly:
        return None
    return simple(cached, new_poly, names)


def expanded(terms: Sequence[Term]) -> list[Term]:
    """The terms with numbers multiplied into brackets, and brackets opened."""
    result: list[Term] = []
    for term in terms:
        body = core(term.body)
        if isinstance(body, Sum) and term.sign:
            result += expanded([Term(inner.sign * term.sign, inner.body) for inner in body.terms])
        elif isinstance(body, Prod) and isinstance(core(body.left), Leaf) and isinstance(core(body.right), Sum):
            inner_terms = terms_of(core(body.right))
            result += [Term(inner.sign * term.sign, Prod(body.left, inner.body, body.style)) for inner in inner_terms]
        else:
            result.append(term)
    return result


def _all_terms(terms: Sequence[Term], before: Sequence[Term], after: Sequence[Term], names: Names) -> Sum | None:
    result: list[Term] = []
    for term, old, new in zip(terms, before, after, strict=True):
        followed = follow_term(term, old, new, names)
        if followed is None:
            return None
        result.append(followed)
    return Sum(result)


def follow_term(cached: Term, old: Term, new: Term, names: Names) -> Term | None:
    """The new counterpart of one signed term."""
    if cached.sign == old.sign:
        body = _structure(cached.body, old.body, new.body, names)
        if body is not None:
            return Term(new.sign, body)
    old_poly, new_poly, poly = safe_poly(old.body), safe_poly(new.body), safe_poly(cached.body)
    if old_poly is None or new_poly is None or poly is None:
        return None
    if 0 in (cached.sign, old.sign, new.sign):
        if (cached.sign, old.sign, new.sign) != (0, 0, 0) or poly != old_poly:
            return None
        worked_out = simple_term(cached.body, new_poly, names)
        return Term(0, worked_out.body) if worked_out is not None and worked_out.sign == 1 else None
    if scale(poly, cached.sign) != scale(old_poly, old.sign):
        return None
    return simple_term(cached.body, scale(new_poly, new.sign), names)


def _structure(cached: Node, old: Node, new: Node, names: Names) -> Node | None:
    """The same kind of node with the same parts, or None."""
    if isinstance(cached, Sum) or isinstance(old, Sum):
        if isinstance(core(cached), Sum) or isinstance(core(old), Sum):
            return follow(cached, old, new, names)
        inner = _structure(core(cached), core(old), core(new), names)
        return None if inner is None else Sum([Term(1, inner)]) if isinstance(cached, Sum) else inner
    new = core(new)
    if isinstance(cached, Leaf) and isinstance(old, Leaf) and isinstance(new, Leaf):
        return Leaf(new.value) if cached.value == old.value else None
    if isinstance(cached, Var) and isinstance(old, Var) and isinstance(new, Var):
        return Var(new.name) if cached.name == old.name else None
    if isinstance(cached, Prod) and isinstance(old, Prod) and isinstance(new, Prod):
        left = follow(cached.left, old.left, new.left, names)
        right = follow(cached.right, old.right, new.right, names)
        return None if left is None or right is None else Prod(left, right, cached.style)
    if isinstance(cached, Quot) and isinstance(old, Quot) and isinstance(new, Quot):
        top = follow(cached.top, old.top, new.top, names)
        bottom = follow(cached.bottom, old.bottom, new.bottom, names)
        return None if top is None or bottom is None else Quot(top, bottom, cached.style)
    if isinstance(cached, Root) and isinstance(old, Root) and isinstance(new, Root):
        body = follow(cached.body, old.body, new.body, names)
        return None if body is None else Root(body)
    if isinstance(cached, Pow) and isinstance(old, Pow) and isinstance(new, Pow):
        base = follow(cached.base, old.base, new.base, names)
        exponent = follow(cached.exponent, old.exponent, new.exponent, names)
        return None if base is None or exponent is None else Pow(base, exponent)
    return None


def simple(cached: Node, poly: Poly, names: Names) -> Sum | None:
    """Another polynomial in the cached shape: a number, or terms such as `ax`, `b`, each of its own kind."""
    terms = terms_of(cached)
    kinds = [monomial_of(term.body) for term in terms]
    keys = [None if kind is None else names.monomial(kind) for kind in kinds]
    if None in keys or len(set(keys)) != len(keys) or any(term.sign == 0 for term in terms):
        return None
    if set(poly) != set(keys) and not (not poly and keys == [CONSTANT]):
        return None
    result: list[Term] = []
    for term, key in zip(terms, keys, strict=True):
        assert key is not None
        part = simple_term(term.body, {key: poly[key]} if key in poly else {}, names)
        if part is None:
            return None
        result.append(part)
    return Sum(result)


def monomial_of(node: Node) -> Monomial | None:
    """Which unknowns a plain term is a multiple of; `()` for a number, None for anything that is no plain term."""
    node = core(node)
    if is_number(node):
        return CONSTANT
    if isinstance(node, Var):
        return (node.name,)
    if isinstance(node, Pow):
        base, exponent = core(node.base), core(node.exponent)
        square = isinstance(exponent, Leaf) and exponent.value == 2
        return (base.name, base.name) if square and isinstance(base, Var) else None
    if isinstance(node, Prod):
        return (monomial_of(node.right) or None) if isinstance(core(node.left), Leaf) else None
    if isinstance(node, Quot) and isinstance(core(node.bottom), Leaf) and not isinstance(core(node.top), Quot):
        return monomial_of(node.top)
    return None


def simple_term(cached: Node, poly: Poly, names: Names) -> Term | None:
    """One plain term in the cached shape, for another value."""
    kind = monomial_of(cached)
    if kind is None or set(poly) - {names.monomial(kind)}:
        return None
    size = poly.get(names.monomial(kind), 0)
    sign, size = (-1, -size) if size < 0 else (1, size)
    if not kind:
        return Term(sign, Leaf(size))
    body = _multiple(core(cached), size, names) if size else None
    return None if body is None else Term(sign, body)


def _multiple(cached: Node, size: Number, names: Names) -> Node | None:
    if isinstance(cached, Var):
        return Var(names[cached.name]) if size == 1 else Prod(Leaf(size), Var(names[cached.name]), "juxtaposed")
    if isinstance(cached, Pow):
        return _renamed(cached, names) if size == 1 else None
    if isinstance(cached, Prod):
        return Prod(Leaf(size), _renamed(core(cached.right), names), cached.style)
    if isinstance(cached, Quot):
        exact = Fraction(size)
        if exact.denominator == 1:
            return None
        top = core(cached.top)
        name = _renamed(core(top.right) if isinstance(top, Prod) else top, names)
        if exact.numerator != 1:
            name = Prod(Leaf(exact.numerator), name, "juxtaposed")
        return Quot(name, Leaf(exact.denominator), cached.style)
    return None


def _renamed(node: Node, names: Names) -> Node:
    """A name, or its square, under its new name."""
    if isinstance(node, Var):
        return Var(names[node.name])
    if isinstance(node, Pow):
        return Pow(_renamed(core(node.base), names), node.exponent)
    return node


def extend(cached: Node, old: Node, new: Node, kind: str, operand: tuple[Poly, Poly], names: Names) -> Sum | None:
    """The new counterpart of an earlier side with an operation written out: `2x + 3 - 3`, `84 - 14`, `60/70`.

    Args:
        cached: the cached side.
        old: the earlier side in the cached answer.
        new: its counterpart.
        kind: `add`, or `multiply` or `divide` as it is written.
        operand: what is added (signed), or the factor or divisor as it is written: old and new.
        names: the unknown's names.
    """
    if kind == "add":
        return _extend_sum(terms_of(cached), terms_of(old), terms_of(new), operand, names)
    return _extend_factor(cached, old, new, kind, operand, names)


def _extend_sum(
    terms: Sequence[Term], before: Sequence[Term], after: Sequence[Term], operand: tuple[Poly, Poly], names: Names
) -> Sum | None:
    """Earlier terms in their order, and the operand's terms anywhere between them."""
    if len(before) != len(after) or len(terms) <= len(before):
        return None
    result: list[Term] = []
    at = 0
    added = False
    for term in terms:
        if not added:
            poly = safe_poly(term.body)
            if (
                poly is not None
                and term.sign
                and scale(poly, term.sign) == operand[0]
                and _later(terms, before, at, len(result))
            ):
                extra = simple_term(term.body, operand[1], names)
                if extra is None:
                    return None
                result.append(extra)
                added = True
                continue
        if at >= len(before):
            return None
        followed = follow_term(term, before[at], after[at], names)
        if followed is None:
            return None
        result.append(followed)
        at += 1
    return Sum(result) if added and at == len(before) else None


def _later(terms: Sequence[Term], before: Sequence[Term], at: int, index: int) -> bool:
    """Whether the terms from here on, without this one, are the earlier terms that are left."""
    rest = terms[index + 1 :]
    left = before[at:]
    if len(rest) != len(left):
        return False
    for term, old in zip(rest, left, strict=True):
        one, two = safe_poly(term.body), safe_poly(old.body)
        if one is None or two is None or scale(one, term.sign) != scale(two, old.sign):
            return False
    return True


def _extend_factor(
    cached: Node, old: Node, new: Node, kind: str, operand: tuple[Poly, Poly], names: Names
) -> Sum | None:
    terms = terms_of(cached)
    if len(terms) > 1:
        before, after = terms_of(old), terms_of(new)
        if len(before) != len(terms) or len(after) != len(terms):
            return None
        result: list[Term] = []
        for term, one, two in zip(terms, before, after, strict=True):
            part = _extend_factor(Sum([term]), Sum([one]), Sum([two]), kind, operand, names)
            if part is None or len(part.terms) != 1:
                return None
            result.append(part.terms[0])
        return Sum(result)
    term = terms[0]
    body = core(term.body)
    if kind == "divide" and isinstance(body, Quot):
        return _quotient(term.sign, body, old, new, operand, names)
    if kind == "multiply" and isinstance(body, Prod):
        return _product(term.sign, body, old, new, operand, names)
    return None


def _signed(sign: int, node: Node) -> Sum:
    """A node with the sign that stands in front of the whole."""
    terms = terms_of(node)
    if sign == 1:
        return Sum(list(terms))
    if len(terms) == 1:
        return Sum([Term(-terms[0].sign, terms[0].body)])
    return Sum([Term(-1, node)])


def _operand(cached: Node, operand: tuple[Poly, Poly], names: Names) -> Node | None:
    if safe_poly(cached) != operand[0]:
        return None
    return simple(cached, operand[1], names)


def _quotient(sign: int, body: Quot, old: Node, new: Node, operand: tuple[Poly, Poly], names: Names) -> Sum | None:
    bottom = _operand(body.bottom, operand, names)
    if bottom is None:
        return None
    top = follow(body.top, old, new, names) if sign == 1 else None
    if top is not None:
        if body.style == "sign":
            return _leading(top, lambda node: Quot(node, bottom, body.style))
        return Sum([Term(1, Quot(top, bottom, body.style))])
    top = follow(_signed(sign, body.top), old, new, names)
    if top is None:
        return None
    return _leading(top, lambda node: Quot(node, bottom, body.style))


def _product(sign: int, body: Prod, old: Node, new: Node, operand: tuple[Poly, Poly], names: Names) -> Sum | None:
    right = _operand(body.right, operand, names)
    if right is not None:
        left = follow(_signed(sign, body.left), old, new, names)
        if left is not None:
            factor = right
            return _leading(left, lambda node: Prod(node, factor, body.style))
    first = _operand(_signed(sign, body.left), operand, names)
    if first is not None:
        other = follow(body.right, old, new, names)
        if other is not None:
            return _leading(Sum(terms_of(first)), lambda node: Prod(node, other, body.style))
    return None


def _leading(first: Sum, build: Callable[[Node], Node]) -> Sum:
    """A product or quotient whose first part's sign stands in front of the whole."""
    terms = terms_of(first)
    if len(terms) == 1:
        return Sum([Term(terms[0].sign, build(terms[0].body))])
    return Sum([Term(1, build(Sum(list(terms), "(")))])
