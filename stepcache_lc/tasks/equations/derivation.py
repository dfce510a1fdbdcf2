"""What a derivation consists of: equations and operations, old and new side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stepcache_lc.tasks.equations.algebra import CONSTANT, Poly, add, constant, multiply, quotient, scale
from stepcache_lc.tasks.equations.expressions import Number
from stepcache_lc.tasks.equations.matching import Names, simple_term
from stepcache_lc.tasks.equations.shape import (
    Leaf,
    Node,
    Pow,
    Prod,
    Quot,
    Sum,
    Term,
    Var,
    core,
    poly_of,
    safe_poly,
    terms_of,
)


class NoReplay(ValueError):
    """The derivation cannot be replayed."""


@dataclass(slots=True)
class State:
    """An equation of the derivation and its counterpart."""

    old: tuple[Sum, Sum]
    new: tuple[Sum, Sum]
    old_polys: tuple[Poly, Poly]
    new_polys: tuple[Poly, Poly]

    def flipped(self) -> State:
        """The same with its sides exchanged."""
        return State(self.old[::-1], self.new[::-1], self.old_polys[::-1], self.new_polys[::-1])


def state_of(old: tuple[Sum, Sum], new: tuple[Sum, Sum]) -> State:
    """Two equations side by side."""
    return State(old, new, (poly_of(old[0]), poly_of(old[1])), (poly_of(new[0]), poly_of(new[1])))


@dataclass(slots=True)
class Move:
    """An operation on both sides: what is added to them, or what they are multiplied by; old and new."""

    kind: str
    old: Poly
    new: Poly

    def applied(self, poly: Poly) -> Poly:
        """A side of the new equation after it."""
        return add(poly, self.new) if self.kind == "add" else multiply(poly, self.new)

    @property
    def turned(self) -> bool:
        """Whether what is added has another sign now."""
        return self.kind == "add" and leading_sign(self.old) != leading_sign(self.new)


def possible_moves(polys: tuple[Poly, Poly], state: State, others: Sequence[State], names: Names) -> Iterator[Move]:
    """Operations that lead from an earlier equation to this one, with what they are on the new one."""
    left, right = state.old_polys
    added = add(polys[0], scale(left, -1))
    if added and added == add(polys[1], scale(right, -1)):
        for new in _added(added, state, names):
            yield Move("add", added, new)
    factor = _ratio(polys[0], left) if left else _ratio(polys[1], right)
    if factor is not None and factor != 1 and scale(left, factor) == polys[0] and scale(right, factor) == polys[1]:
        for new_factor in _factors(factor, state, others, names):
            yield Move("multiply", number_poly(factor), number_poly(new_factor))


def transposed(sides: tuple[Sum, Sum], state: State, names: Names) -> tuple[tuple[Sum, Sum], list[Move]] | None:
    """The counterpart of an earlier equation whose terms stand on either side now, in any order, and the moves."""
    pool = _signed_terms(state)
    if pool is None:
        return None
    moves: list[Move] = []
    news: list[Sum] = []
    for index in (0, 1):
        terms: list[Term] = []
        for term in terms_of(sides[index]):
            body = safe_poly(term.body)
            if body is None or term.sign == 0:
                return None
            poly = scale(body, term.sign)
            at = next((at for at, (home, old, _) in enumerate(pool) if poly == scale(old, _toward(home, index))), None)
            if at is None:
                return None
            home, before, after = pool.pop(at)
            renamed = simple_term(term.body, scale(after, _toward(home, index)), names)
            if renamed is None:
                return None
            terms.append(renamed)
            if home != index:
                moves.append(Move("add", scale(before, -1), scale(after, -1)))
        news.append(Sum(terms))
    return None if pool or not moves else ((news[0], news[1]), moves)


def _signed_terms(state: State) -> list[tuple[int, Poly, Poly]] | None:
    """The terms of an equation: the side that each stands on, its old and its new value."""
    found: list[tuple[int, Poly, Poly]] = []
    for index in (0, 1):
        before, after = terms_of(state.old[index]), terms_of(state.new[index])
        if len(before) != len(after):
            return None
        for old, new in zip(before, after, strict=True):
            one, two = safe_poly(old.body), safe_poly(new.body)
            if one is None or two is None or 0 in (old.sign, new.sign):
                return None
            found.append((index, scale(one, old.sign), scale(two, new.sign)))
    return found


def _toward(home: int, index: int) -> int:
    """The sign of a term that goes from one side to this one."""
    return 1 if home == index else -1


def _added(added: Poly, state: State, names: Names) -> Iterator[Poly]:
    """What is added to both sides of the new equation: the counterpart of a term that is taken away."""
    order = (0, 1) if constant(state.old_polys[0]) is None else (1, 0)
    seen: list[Poly] = []
    for index in order:
        for old, new in _removable(state, index, names):
            if scale(old, -1) == added and new and scale(new, -1) not in seen:
                seen.append(scale(new, -1))
                yield seen[-1]


def _removable(state: State, index: int, names: Names) -> Iterator[tuple[Poly, Poly]]:
    """What can be taken away from a side: its multiple of each monomial, each written term, the whole."""
    old, new = state.old_polys[index], state.new_polys[index]
    for monomial in sorted(old):
        renamed = names.monomial(monomial)
        value = new.get(renamed, 0)
        yield {monomial: old[monomial]}, ({renamed: value} if value else {})
    before, after = terms_of(state.old[index]), terms_of(state.new[index])
    if len(before) == len(after):
        for one, two in zip(before, after, strict=True):
            yield scale(poly_of(one.body), one.sign), scale(poly_of(two.body), two.sign)
    yield old, new


def _factors(factor: Number, state: State, others: Sequence[State], names: Names) -> Iterator[Number]:
    """What both sides of the new equation are multiplied by."""
    seen: list[Number] = []
    candidates: list[tuple[Number, Number]] = []
    for index in (0, 1):
        candidates += _outer_factors(state.old[index], state.new[index])
        candidates += [(quotient(1, old), quotient(1, new)) for old, new in _slopes(state, index, names)]
    for other in others:
        for index in (0, 1):
            for old, new in _slopes(other, index, names):
                candidates += [(old, new), (-old, -new)]
    for old, new in candidates:
        if old == factor and new not in seen:
            seen.append(new)
            yield new


def _slopes(state: State, index: int, names: Names) -> Iterator[tuple[Number, Number]]:
    """The coefficients of the unknowns on a side, old and new."""
    for monomial, old in state.old_polys[index].items():
        new = state.new_polys[index].get(names.monomial(monomial), 0)
        if len(monomial) == 1 and new:
            yield old, new


def _outer_factors(old: Node, new: Node) -> Iterator[tuple[Number, Number]]:
    """Factors that undo a product or quotient that is written as a side's only term."""
    one, two = terms_of(old), terms_of(new)
    if len(one) != 1 or len(two) != 1:
        return
    left, right = core(one[0].body), core(two[0].body)
    if isinstance(left, Prod) and isinstance(right, Prod):
        a, b = _value(left.left), _value(right.left)
        if a and b:
            yield quotient(1, a * one[0].sign), quotient(1, b * two[0].sign)
    elif isinstance(left, Quot) and isinstance(right, Quot):
        a, b = _value(left.bottom), _value(right.bottom)
        if a and b:
            yield a, b
            yield a * one[0].sign, b * two[0].sign


def _value(node: Node) -> Number | None:
    poly = safe_poly(node)
    return None if poly is None else constant(poly)


def parts(old: Node, new: Node) -> Iterator[tuple[Node, Node]]:
    """A node and all nodes below it, old and new side by side, as far as they have one structure.

    A term without sign in the cached formula gets the sign of its counterpart; one with a sign is also found without.
    """
    yield old, new
    one, two = terms_of(old), terms_of(new)
    if len(one) != len(two):
        return
    for a, b in zip(one, two, strict=True):
        yield from _signed_parts(a.sign, a.body, b.sign, b.body)


def _signed_parts(sign: int, old: Node, new_sign: int, new: Node) -> Iterator[tuple[Node, Node]]:
    if sign:
        yield Sum([Term(sign, old)]), Sum([Term(new_sign, new)])
    if sign <= 0:
        yield Sum([Term(1, old)]), Sum([Term(1, new)])
    left, right = core(old), core(new)
    if isinstance(left, Prod) and isinstance(right, Prod):
        yield from _signed_parts(sign, left.left, new_sign, right.left)
        yield from parts(left.right, right.right)
    elif isinstance(left, Quot) and isinstance(right, Quot):
        if left.style == "frac":
            yield from parts(left.top, right.top)
        else:
            yield from _signed_parts(sign, left.top, new_sign, right.top)
        yield from parts(left.bottom, right.bottom)
    elif isinstance(left, Sum) and isinstance(right, Sum):
        yield from parts(left, right)


def same_form(old: Node, new: Node) -> bool:
    """Whether two shapes differ in numbers, signs and names only; a number that vanished is another form."""
    one, two = terms_of(old), terms_of(new)
    if len(one) != len(two):
        return False
    return all(_same_body(core(a.body), core(b.body)) for a, b in zip(one, two, strict=True))


def _same_body(old: Node, new: Node) -> bool:
    if isinstance(old, Leaf) and isinstance(new, Leaf):
        return bool(old.value) == bool(new.value)
    if isinstance(old, Var) and isinstance(new, Var):
        return True
    if isinstance(old, Prod) and isinstance(new, Prod):
        return same_form(old.left, new.left) and same_form(old.right, new.right)
    if isinstance(old, Quot) and isinstance(new, Quot):
        return same_form(old.top, new.top) and same_form(old.bottom, new.bottom)
    if isinstance(old, Pow) and isinstance(new, Pow):
        return same_form(old.base, new.base) and poly_of(old.exponent) == poly_of(new.exponent)
    if isinstance(old, Sum) and isinstance(new, Sum):
        return same_form(old, new)
    return False


def number_poly(value: Number) -> Poly:
    """A number as a polynomial."""
    return {CONSTANT: value} if value else {}


def inverse(poly: Poly) -> Poly | None:
    """One over a number; None for anything else."""
    value = constant(poly)
    return number_poly(quotient(1, value)) if value else None


def leading_sign(poly: Poly) -> int:
    """The sign of a polynomial's first coefficient, its unknowns' before its constant's."""
    for monomial in sorted(poly, reverse=True):
        return 1 if poly[monomial] > 0 else -1
    return 1


def _ratio(new: Poly, old: Poly) -> Number | None:
    """The number that one polynomial is of another, judged by one coefficient."""
    for monomial, coefficient in old.items():
        return quotient(new[monomial], coefficient) if monomial in new else None
    return None
