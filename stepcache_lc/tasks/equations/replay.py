"""Rewriting = replaying the derivation.

The cached formulas are gone through in order. Each is recognised as an earlier one with parts worked out, as an earlier
equation with one operation on both sides, with a known value put in, or as the sum or difference of two; the same is
then done to the new request's equations, and the numbers that come out are written into the places of the cached ones.
Whatever does not replay refuses the whole: the result is verified like any other answer anyway, and a refusal only
costs a patch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from stepcache_lc.tasks.equations.algebra import Poly, Undefined, Unsupported, constant
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.derivation import (
    Move,
    NoReplay,
    State,
    inverse,
    number_poly,
    parts,
    possible_moves,
    same_form,
    state_of,
    transposed,
)
from stepcache_lc.tasks.equations.expressions import Chain, Number, Pair
from stepcache_lc.tasks.equations.finals import bare
from stepcache_lc.tasks.equations.matching import Names, extend, follow, simple
from stepcache_lc.tasks.equations.retelling import retell
from stepcache_lc.tasks.equations.scan import Item, scan
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
    is_double,
    names_in,
    number_sum,
    poly_of,
    put_into,
    safe_poly,
    shape_of,
    terms_of,
    with_sign,
)
from stepcache_lc.tasks.equations.truth import Truth
from stepcache_lc.tasks.equations.writing import Unwritable, Writer, apply

MAX_FORMULAS = 120
"""Most formulas of one answer that are replayed."""
MAX_TRIED = 24
"""Most earlier equations that one formula is compared with."""
MAX_PAIRS = 10
"""Most earlier equations of which sums and differences are tried."""


def replay(texts: Sequence[str], old: EquationConstraints, new: EquationConstraints) -> list[str] | None:
    """The steps with their derivation replayed on other equations, or None."""
    try:
        return Replay(old, new).run(texts)
    except (NoReplay, Unwritable, Unsupported, Undefined):
        return None


class Replay:
    """One derivation, on its way from the old equations to the new ones."""

    def __init__(self, old: EquationConstraints, new: EquationConstraints) -> None:
        if old.solution is None or new.solution is None or old.long_names or new.long_names:
            raise NoReplay("nothing to replay, or names that are words")
        self.problems, self.names, self.exchanged = _problems(old, new)
        """`exchanged`: whether the sides of an equation are exchanged in the new request."""
        self.unknowns = frozenset(old.names)
        fractions = ["/" in source or "frac" in source for source in new.sources]
        self.of_fractions = all(fractions)
        self.of_decimals = not any(fractions) and any(_DECIMAL.search(source) for source in new.sources)
        self.truth = Truth(new)
        self.states: list[State] = list(self.problems)
        self.numbers: list[State] = []
        """Evaluations without unknowns, in order."""
        self.doubles: list[tuple[Sum, Sum]] = []
        """Expressions with a double sign."""
        self.moves: list[Move] = []
        self.results: list[tuple[str, Number, Number]] = _results(old, new, self.names)
        """Name, old value and new value of each result."""
        self.old_parts: dict[str, Node] = {}
        """What `a`, `b`, `c` and the discriminant's letters stand for in talk about a quadratic."""
        self.new_parts: dict[str, Node] = {}
        self.aliases: dict[str, str] = {}
        """`x_1` and `x_2`, and the unknown that they stand for."""
        if old.solution.kind == "roots":
            self.old_parts, self.new_parts = _coefficients(old, new)
            (unknown,) = old.names
            self.aliases = {f"{unknown}_{index}": unknown for index in (1, 2)}
            for alias, name in self.aliases.items():
                self.names.renamed[alias] = alias.replace(name, self.names[name], 1)

    @property
    def turned(self) -> bool:
        """Whether an added term changed its sign."""
        return any(move.turned for move in self.moves)

    def run(self, texts: Sequence[str]) -> list[str]:
        """The steps, rewritten.

        Raises:
            NoReplay, Unwritable: something cannot be replayed, or cannot be written in its place.
        """
        scanned = [scan(text) for text in texts]
        if sum(1 for items in scanned for item in items if item.kind == "formula") > MAX_FORMULAS:
            raise NoReplay("too many formulas")
        writers = [Writer(text, decimals=self.of_decimals) for text in texts]
        for items, writer in zip(scanned, writers, strict=True):
            for item in items:
                if item.kind == "formula" and item.chain is None:
                    raise NoReplay("a formula is not understood")
                if item.chain is not None and item.chain.relations:
                    self._chain(item, item.chain, writer)
        self.restated = self._restates(scanned)
        retell(self, scanned, writers)
        return [apply(writer.text, writer.edits) for writer in writers]

    def _restates(self, scanned: Sequence[Sequence[Item]]) -> bool:
        """Whether the first equation of the answer is the cached request's: what is left and right is then said."""
        chains = (item.chain for items in scanned for item in items if item.chain is not None and item.chain.relations)
        first = next(chains, None)
        if first is None or len(first.sides) != 2 or any(isinstance(bare(side), Pair) for side in first.sides):
            return False
        return tuple(safe_poly(shape_of(side)) for side in first.sides) == self.problems[0].old_polys

    def moves_between(self) -> Iterator[Move]:
        """Operations that lead from one equation to another, also where that was recognised in another way."""
        states = list(self._recent())
        for state in states:
            for other in states:
                for view in (other, other.flipped()):
                    for move in possible_moves(view.old_polys, state, (), self.names):
                        if tuple(move.applied(side) for side in state.new_polys) == view.new_polys:
                            yield move

    # ---- formulas

    def _chain(self, item: Item, chain: Chain, writer: Writer) -> None:
        latex = item.math or "\\" in item.text
        if any(isinstance(bare(side), Pair) for side in chain.sides):
            for side in chain.sides:
                self.pair(bare(side), writer, latex=latex)
            return
        if any(relation not in ("=", "≠") for relation in chain.relations):
            raise NoReplay("no equation")
        sides = [shape_of(side) for side in chain.sides]
        news = self._sides(sides)
        for before, after in zip(sides, news, strict=True):
            writer.side(before, after, latex=latex)

    def pair(self, expression: object, writer: Writer, *, latex: bool) -> None:
        """Rewrite a list in brackets: names, or the results in the names' order."""
        if not isinstance(expression, Pair):
            raise NoReplay("a list beside something else")
        for part, (name, _, value) in zip(expression.parts, self.results, strict=False):
            shape = shape_of(part)
            lone = core(shape)
            if isinstance(lone, Var):
                if lone.name != name:
                    raise NoReplay("a list in another order")
                writer.side(shape, Sum([Term(1, Var(self.names[name]))]), latex=latex)
                continue
            new = simple(shape, number_poly(value), self.names)
            if new is None:
                raise NoReplay("a list of something else")
            writer.side(shape, new, latex=latex)

    def _sides(self, sides: list[Sum]) -> list[Sum]:
        """The new sides of a chain, which is remembered."""
        old = [self._old_meaning(side) for side in sides]
        if any(is_double(side) for side in sides):
            return self._double(sides, old)
        polys = [poly_of(side) for side in old]
        free = [constant(poly) is None for poly in polys]
        if _speaks_of(sides[0], self.old_parts):
            if free[0]:
                return sides  # the general form `ax^2 + bx + c = 0`
            news = [sides[0], self._told(sides[1], sides[0])]
        elif free[0] != free[1] or (free[0] and polys[0] != polys[1]):
            news = list(self._equation((sides[0], sides[1]), (polys[0], polys[1])))
        elif free[0]:
            first = self._known(sides[0])
            news = [first, self._worked_out(sides[1], sides[0], first)]
        elif (left := self._number_equation(sides, polys)) is not None:
            news = list(left)
        else:
            first = self.number(sides[0])
            second = follow(sides[1], sides[0], first, self.names)
            news = [first, second if second is not None else self.number(sides[1])]
        for index in range(2, len(sides)):
            news.append(self._told(sides[index], sides[index - 1], news[-1]))
        self._remember(sides, news, free)
        return news

    def _old_meaning(self, side: Sum) -> Sum:
        """A cached side with the values of `a`, `b`, `c` and the unknown for `x_1` put in."""
        meaning = self.old_parts | {alias: Var(name) for alias, name in self.aliases.items()}
        return _as_sum(put_into(side, meaning)) if meaning else side

    def _new_meaning(self, side: Sum) -> Sum:
        """A new side, likewise."""
        named = {self.names[alias]: Var(self.names[name]) for alias, name in self.aliases.items()}
        meaning = self.new_parts | named
        return _as_sum(put_into(side, meaning)) if meaning else side

    def _remember(self, sides: Sequence[Sum], news: Sequence[Sum], free: Sequence[bool]) -> None:
        old = [self._old_meaning(side) for side in sides]
        new = [self._new_meaning(side) for side in news]
        for index in range(len(sides) - 1):
            state = state_of((old[index], old[index + 1]), (new[index], new[index + 1]))
            (self.states if free[index] or free[index + 1] else self.numbers).append(state)
        if len(sides) > 2 and free[0]:
            self.states.append(state_of((old[0], old[-1]), (new[0], new[-1])))

    def _told(self, side: Sum, before: Sum, after: Sum | None = None) -> Sum:
        """A side that works out the one before it, with the values of `a`, `b` and `c` put in, or talks of them."""
        if _speaks_of(side, self.old_parts):
            return side
        old = self._old_meaning(before)
        new = self._new_meaning(before if after is None else after)
        followed = follow(side, old, new, self.names)
        if followed is not None:
            return followed
        if constant(poly_of(side)) is None:
            raise NoReplay("an evaluation cannot be followed")
        return self.number(side)

    def _double(self, sides: Sequence[Sum], old: Sequence[Sum]) -> list[Sum]:
        """`x = (-b ± ...) / 2a`, in names or in numbers."""
        name = core(sides[0])
        if not isinstance(name, Var) or not all(is_double(side) for side in sides[1:]):
            raise NoReplay("a double sign where none is understood")
        news: list[Sum] = [Sum([Term(1, Var(self.names[name.name]))])]
        for side, known in zip(sides[1:], old[1:], strict=True):
            new = side if _speaks_of(side, self.old_parts) else self._double_side(side)
            news.append(new)
            self.doubles.append((known, self._new_meaning(new)))
        return news

    def _double_side(self, side: Sum) -> Sum:
        for before, after in self._double_sources():
            followed = follow(side, before, after, self.names)
            if followed is not None:
                return followed
        raise NoReplay("an expression with a double sign comes from nowhere")

    def _double_sources(self) -> Iterator[tuple[Node, Node]]:
        yield from self.doubles[::-1]
        for state in self._recent():
            for view in (state, state.flipped()):
                roots = [
                    Sum([Term(0, Root(number_sum(value)))])
                    for side, poly in zip(
                        (view.old[0], view.new[0]), (view.old_polys[1], view.new_polys[1]), strict=True
                    )
                    if _is_square(side) and (value := constant(poly)) is not None
                ]
                if len(roots) == 2:
                    yield roots[0], roots[1]
        if self.old_parts:
            for formula in (_FORMULA, _FORMULA_WITH_DELTA):
                yield put_into(formula, self.old_parts), put_into(formula, self.new_parts)

    def _recent(self) -> Iterator[State]:
        """Earlier equations, the nearest first, the problems always among them."""
        recent = self.states[::-1][:MAX_TRIED]
        yield from recent
        for problem in self.problems:
            if not any(problem is state for state in recent):
                yield problem

    def _equation(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly]) -> tuple[Sum, Sum]:
        for source in (self._recent, self._values_put_in):
            for state in source():
                for view in (state, state.flipped()):
                    followed = self._followed(sides, view)
                    if followed is not None:
                        return followed
        for source in (self._recent, self._values_put_in):
            for state in source():
                for view in (state, state.flipped()):
                    moved = self._moved(sides, polys, view)
                    if moved is not None:
                        return moved
        found = self._transposed(sides) or self._combined(sides) or self._branch(sides, polys) or self._factored(sides)
        if found is None:
            raise NoReplay("an equation comes from nowhere")
        return found

    def _number_equation(self, sides: Sequence[Sum], polys: Sequence[Poly]) -> tuple[Sum, Sum] | None:
        """What an identity or a contradiction comes down to: `6 = 6`, `5 = -2`."""
        if self.truth.solution.kind not in ("all", "none"):
            return None
        for state in self._recent():
            for view in (state, state.flipped()):
                found = self._moved((sides[0], sides[1]), (polys[0], polys[1]), view)
                if found is None:
                    found = self._followed((sides[0], sides[1]), view)
                if found is not None:
                    return found
        return None

    def _followed(self, sides: tuple[Sum, Sum], state: State) -> tuple[Sum, Sum] | None:
        left = follow(sides[0], state.old[0], state.new[0], self.names)
        if left is None:
            return None
        right = follow(sides[1], state.old[1], state.new[1], self.names)
        return (left, right) if right is not None and self._holds(left, right) else None

    def _holds(self, left: Sum, right: Sum) -> bool:
        return self.truth.judge(poly_of(self._new_meaning(left)), poly_of(self._new_meaning(right))) == "true"

    def _values_put_in(self) -> Iterator[State]:
        """Earlier equations with what is known of an unknown put in for it."""
        if len(self.unknowns) < 2:
            return
        for known in self.states[::-1][:MAX_TRIED]:
            for view in (known, known.flipped()):
                name, new_name = core(view.old[0]), core(view.new[0])
                if not isinstance(name, Var) or not isinstance(new_name, Var) or name.name in names_in(view.old[1]):
                    continue
                for state in self._recent():
                    if not any(name.name in names_in(side) for side in state.old):
                        continue
                    old = tuple(_as_sum(put_into(side, {name.name: view.old[1]})) for side in state.old)
                    new = tuple(_as_sum(put_into(side, {new_name.name: view.new[1]})) for side in state.new)
                    yield state_of((old[0], old[1]), (new[0], new[1]))

    def _moved(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly], state: State) -> tuple[Sum, Sum] | None:
        """The equation as an earlier one with an operation on both sides."""
        others = [problem for problem in self.problems if problem is not state] if len(self.problems) > 1 else []
        for move in possible_moves(polys, state, others, self.names):
            news: list[Sum] = []
            for index in (0, 1):
                side = self._moved_side(sides[index], state, index, move)
                if side is None:
                    break
                news.append(side)
            if len(news) == 2 and self._holds(news[0], news[1]):
                self.moves.append(move)
                return news[0], news[1]
        return None

    def _transposed(self, sides: tuple[Sum, Sum]) -> tuple[Sum, Sum] | None:
        """An earlier equation with several terms brought to the other side: `7n - 3n = 24 - 4`."""
        for state in self._recent():
            for view in (state, state.flipped()):
                found = transposed(sides, view, self.names)
                if found is not None and self._holds(*found[0]):
                    self.moves += found[1]
                    return found[0]
        return None

    def _moved_side(self, side: Sum, state: State, index: int, move: Move) -> Sum | None:
        target = move.applied(state.new_polys[index])
        written = [(move.kind, move.old, move.new)]
        if move.kind == "multiply":
            before, after = inverse(move.old), inverse(move.new)
            if before is not None and after is not None:
                written.append(("divide", before, after))
        for kind, before, after in written:
            extended = extend(side, state.old[index], state.new[index], kind, (before, after), self.names)
            if extended is not None and safe_poly(extended) == target:
                return extended
        return simple(side, target, self.names)

    def _combined(self, sides: tuple[Sum, Sum]) -> tuple[Sum, Sum] | None:
        """The sum or the difference of two earlier equations."""
        if len(self.problems) < 2:
            return None
        recent = [*self.states[::-1][:MAX_PAIRS], *self.problems]
        for one in recent:
            for other in recent:
                if one is other:
                    continue
                for sign in (1, -1):
                    old = tuple(Sum([Term(1, one.old[at]), Term(sign, other.old[at])]) for at in (0, 1))
                    new = tuple(Sum([Term(1, one.new[at]), Term(sign, other.new[at])]) for at in (0, 1))
                    followed = self._followed(sides, state_of((old[0], old[1]), (new[0], new[1])))
                    if followed is not None:
                        return followed
        return None

    def _branch(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly]) -> tuple[Sum, Sum] | None:
        """`x = root`, wherever it comes from, or with one meaning of a double sign written out."""
        for index, other in ((0, 1), (1, 0)):
            name = core(sides[index])
            if not isinstance(name, Var) or constant(polys[other]) is None:
                continue
            first = Sum([Term(1, Var(self.names[name.name]))])
            unknown = next(iter(polys[index]))[0]
            for before, after in self._double_sources():
                for sign in (1, -1):
                    second = follow(sides[other], with_sign(before, sign), with_sign(after, sign), self.names)
                    if second is not None and self._is_branch(unknown, polys[other], poly_of(second)):
                        return (first, second) if index == 0 else (second, first)
            for result, old, new in self.results:
                if result == unknown and constant(polys[other]) == old:
                    value = simple(sides[other], number_poly(new), self.names)
                    if value is None:
                        return None
                    return (first, value) if index == 0 else (value, first)
        return None

    def _is_branch(self, unknown: str, old: Poly, new: Poly) -> bool:
        return any(
            name == unknown and number_poly(before) == old and number_poly(after) == new
            for name, before, after in self.results
        )

    def _factored(self, sides: tuple[Sum, Sum]) -> tuple[Sum, Sum] | None:
        """`(x - 2)(x - 3) = 0` or `x - 2 = 0`: each factor belongs to a root."""
        for index, other in ((0, 1), (1, 0)):
            if poly_of(sides[other]) == {} and self.old_parts:
                product = self.factors(sides[index])
                if product is not None and self._holds(product, sides[other]):
                    return (product, sides[other]) if index == 0 else (sides[other], product)
        return None

    def factors(self, side: Node) -> Sum | None:
        """A product of factors `x - root`, or one of them, with the new roots."""
        if any(poly_of(values["a"]) != {(): 1} for values in (self.old_parts, self.new_parts)):
            return None
        terms = terms_of(side)
        lone = core(terms[0].body) if len(terms) == 1 and terms[0].sign == 1 else None
        if isinstance(lone, Prod):
            left, right = self.factors(lone.left), self.factors(lone.right)
            return None if left is None or right is None else Sum([Term(1, Prod(left, right, lone.style))])
        if isinstance(lone, Pow):
            base = self.factors(lone.base)
            return None if base is None else Sum([Term(1, Pow(base, lone.exponent))])
        poly = poly_of(side)
        for name, old, new in self.results:
            if poly == {(name,): 1, **number_poly(-old)}:
                return simple(side, {(self.names[name],): 1, **number_poly(-new)}, self.names)
        return None

    def _known(self, side: Sum) -> Sum:
        """A side that equals an earlier one, in an identity such as `2(x + 3) = 2x + 6`."""
        for state in self._recent():
            for index in (0, 1):
                followed = follow(side, state.old[index], state.new[index], self.names)
                if followed is not None:
                    return followed
        raise NoReplay("an expression comes from nowhere")

    def _worked_out(self, side: Sum, before: Sum, after: Sum) -> Sum:
        """A side behind another one in a chain: the same, worked out further, or in factors."""
        followed = follow(side, before, after, self.names)
        if followed is None and self.old_parts:
            followed = self.factors(side)
        if followed is None:
            raise NoReplay("an evaluation cannot be followed")
        return followed

    def number(self, side: Sum) -> Sum:
        """A side without unknowns: the problem with the results put in, or an earlier evaluation worked out."""
        for before, after in self._number_sources():
            followed = follow(side, before, after, self.names)
            if followed is not None:
                return followed
        raise NoReplay("a number comes from nowhere")

    def _number_sources(self) -> Iterator[tuple[Node, Node]]:
        for state in self.numbers[::-1][:MAX_TRIED]:
            yield from ((state.old[index], state.new[index]) for index in (0, 1))
        for old, new in self._solved():
            for problem in self.problems:
                for index in (0, 1):
                    yield put_into(problem.old[index], old), put_into(problem.new[index], new)
        for state in self._recent():
            for index in (0, 1):
                if constant(state.old_polys[index]) is not None:
                    yield state.old[index], state.new[index]
        if self.old_parts:
            yield put_into(_DISCRIMINANT, self.old_parts), put_into(_DISCRIMINANT, self.new_parts)
        for before, after in self.doubles[::-1]:
            yield from parts(before, after)

    def _solved(self) -> Iterator[tuple[Mapping[str, Node], Mapping[str, Node]]]:
        """The results, to be put in: all unknowns of a system at once, one root of a quadratic at a time."""
        if self.old_parts:
            for name, old, new in self.results:
                yield {name: number_sum(old)}, {self.names[name]: number_sum(new)}
        else:
            yield (
                {name: number_sum(old) for name, old, _ in self.results},
                {self.names[name]: number_sum(new) for name, _, new in self.results},
            )


def _is_square(side: Node) -> bool:
    """Whether a side is `x^2`."""
    square = core(side)
    return isinstance(square, Pow) and isinstance(core(square.base), Var)


def _both_roots(value: Number) -> Sum:
    """`±√value`."""
    return Sum([Term(0, Root(number_sum(value)))])


def _as_sum(node: Node) -> Sum:
    return node if isinstance(node, Sum) else Sum([Term(1, node)])


def _speaks_of(side: Node, parts_of: Mapping[str, Node]) -> bool:
    """Whether a side is written with the names `a`, `b`, `c` or the discriminant's."""
    return any(name in parts_of for name in names_in(side))


def _problems(old: EquationConstraints, new: EquationConstraints) -> tuple[list[State], Names, bool]:
    """The problems side by side, if they have one form; the new names of the unknowns; whether sides are exchanged."""
    if len(old.sources) != len(new.sources):
        raise NoReplay("another number of equations")
    assert old.solution is not None
    assert new.solution is not None
    if old.solution.kind != new.solution.kind or len(old.solution.values) != len(new.solution.values):
        raise NoReplay("another kind of solution")
    states: list[State] = []
    renamed: dict[str, str] = {}
    exchanged = False
    for one, two in zip(old.sources, new.sources, strict=True):
        before, after = _equation_of(one), _equation_of(two)
        if not _same_forms(before, after):
            after, exchanged = after[::-1], True  # "13 = 2x + 3": what is done to it is the same
            if not _same_forms(before, after):
                raise NoReplay("the new equation has another form")
        for index in (0, 1):
            for name, other in zip(names_in(before[index]), names_in(after[index]), strict=False):
                if renamed.setdefault(name, other) != other:
                    raise NoReplay("the unknowns stand in other places")
        states.append(state_of(before, after))
    if len(set(renamed.values())) != len(renamed) or [renamed.get(name) for name in old.unknowns] != list(new.unknowns):
        raise NoReplay("other unknowns are asked for")
    return states, Names(renamed), exchanged


def _same_forms(before: tuple[Sum, Sum], after: tuple[Sum, Sum]) -> bool:
    return all(same_form(old, new) for old, new in zip(before, after, strict=True))


def _equation_of(source: str) -> tuple[Sum, Sum]:
    for item in scan(source):
        if item.chain is not None and len(item.chain.sides) == 2:
            return shape_of(item.chain.sides[0]), shape_of(item.chain.sides[1])
    raise NoReplay("the request's equation cannot be read again")


def _results(old: EquationConstraints, new: EquationConstraints, names: Names) -> list[tuple[str, Number, Number]]:
    """The results side by side: of the same unknown, or of the same sign in front of the root."""
    assert old.solution is not None
    assert new.solution is not None
    found: list[tuple[str, Number, Number]] = []
    values = list(new.solution.values)
    for index, (name, value) in enumerate(old.solution.values):
        if old.solution.kind == "roots":
            other = values[index][1]
        else:
            other = next(value for renamed, value in values if renamed == names[name])
        before, after = constant(dict(value)), constant(dict(other))
        if before is None or after is None:
            raise NoReplay("a result with a root in it")
        found.append((name, before, after))
    return found


def _coefficients(old: EquationConstraints, new: EquationConstraints) -> tuple[dict[str, Node], dict[str, Node]]:
    """What `a`, `b`, `c` and the discriminant's letters stand for, old and new."""
    found: list[dict[str, Node]] = []
    for constraints in (old, new):
        truth = Truth(constraints)
        values = {name: constant(value) for name, value in truth.meaning.items()}
        found.append({name: number_sum(value) for name, value in values.items() if value is not None})
    if set(found[0]) != set(found[1]) or "a" not in found[0]:
        raise NoReplay("the unknown has the name of a coefficient")
    return found[0], found[1]


def _named(name: str, sign: int = 1) -> Term:
    return Term(sign, Var(name))


_DISCRIMINANT = Sum(
    [
        Term(1, Pow(Var("b"), Leaf(2))),
        Term(-1, Prod(Prod(Leaf(4), Var("a"), "juxtaposed"), Var("c"), "juxtaposed")),
    ]
)
_DECIMAL = re.compile(r"\d\.\d")
_TWICE = Prod(Leaf(2), Var("a"), "juxtaposed")
_FORMULA = Quot(Sum([_named("b", -1), Term(0, Root(_DISCRIMINANT))]), _TWICE, "frac")
_FORMULA_WITH_DELTA = Quot(Sum([_named("b", -1), Term(0, Root(Sum([_named("Delta")])))]), _TWICE, "frac")
