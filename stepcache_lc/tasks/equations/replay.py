"""Rewriting = replaying the derivation.

The cached formulas are gone through in order. Each is recognised as an earlier one with parts worked out, or as an
earlier equation with one operation on both sides; the same is then done to the new request's equation, and the numbers
that come out are written into the places of the cached ones. Claims around the formulas follow ("subtract 3 from"
becomes "add 3 to" when the sign turned). Whatever does not replay refuses the whole: the result is verified like any
other answer anyway, and a refusal only costs a patch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    add,
    constant,
    multiply,
    quotient,
    scale,
)
from stepcache_lc.tasks.equations.claims import classify
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.expressions import Chain, Number
from stepcache_lc.tasks.equations.matching import Names, extend, follow, simple
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.sentences import Sentence, sentences
from stepcache_lc.tasks.equations.shape import (
    Leaf,
    Node,
    Prod,
    Quot,
    Sum,
    Term,
    Var,
    core,
    poly_of,
    safe_poly,
    shape_of,
    terms_of,
    with_value,
)
from stepcache_lc.tasks.equations.vocabulary import ADDITIVE_WORDS, FRACTION_WORDS, STEP_WORDS
from stepcache_lc.tasks.equations.wordlists import words_of
from stepcache_lc.tasks.equations.writing import Edit, Unwritable, Writer, apply, written_name

MAX_FORMULAS = 120
"""Most formulas of one answer that are replayed."""
MAX_TRIED = 24
"""Most earlier equations that one formula is compared with."""


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


@dataclass(slots=True)
class Move:
    """An operation on both sides: what is added to them, or what they are multiplied by; old and new."""

    kind: str
    old: Poly
    new: Poly


def replay(texts: Sequence[str], old: EquationConstraints, new: EquationConstraints) -> list[str] | None:
    """The steps with their derivation replayed on another equation, or None."""
    try:
        return _Replay(old, new).run(texts)
    except (NoReplay, Unwritable, Unsupported, Undefined):
        return None


class _Replay:
    def __init__(self, old: EquationConstraints, new: EquationConstraints) -> None:
        if old.root is None or new.root is None or old.long_names or new.long_names:
            raise NoReplay("there is no single root")
        self.old_root: Number = old.root
        self.new_root: Number = new.root
        self.names = Names(old.unknowns[0], new.unknowns[0])
        self.problem = _problem(old, new)
        self.states: list[State] = [self.problem]
        self.numbers: list[State] = []
        """Evaluations without the unknown, in order."""
        self.moves: list[Move] = []
        self.turned = False
        """Whether an added term changed its sign."""
        self.tied: set[Item] = set()
        """Verbs that belong to an operand, and turn with its sign."""

    def run(self, texts: Sequence[str]) -> list[str]:
        scanned = [scan(text) for text in texts]
        if sum(1 for items in scanned for item in items if item.kind == "formula") > MAX_FORMULAS:
            raise NoReplay("too many formulas")
        writers = [Writer(text) for text in texts]
        for items, writer in zip(scanned, writers, strict=True):
            self._words(items)
            for item in items:
                if item.kind == "formula" and item.chain is not None and item.chain.relations:
                    self._chain(item, item.chain, writer)
                elif item.kind == "formula" and item.chain is None:
                    raise NoReplay("a formula is not understood")
        for items, writer in zip(scanned, writers, strict=True):
            for sentence in sentences(items, frozenset((self.names.old,))):
                self._sentence(sentence, items, writer)
            self._articles(items, writer)
        results = [apply(writer.text, writer.edits) for writer in writers]
        self._claims_still_hold(scanned, results)
        return results

    # ---- formulas

    def _chain(self, item: Item, chain: Chain, writer: Writer) -> None:
        sides = [shape_of(side) for side in chain.sides]
        polys = [poly_of(side) for side in sides]
        free = [constant(poly) is None for poly in polys]
        news: list[Sum]
        if free[0] != free[1] or (free[0] and polys[0] != polys[1]):
            news = list(self._equation((sides[0], sides[1]), (polys[0], polys[1])))
        elif free[0]:
            first = self._known(sides[0])
            news = [first, self._worked_out(sides[1], sides[0], first)]
        else:
            first = self._number(sides[0])
            second = follow(sides[1], sides[0], first, self.names)
            news = [first, second if second is not None else self._number(sides[1])]
        for index in range(2, len(sides)):
            news.append(self._worked_out(sides[index], sides[index - 1], news[-1]))
        latex = item.math or "\\" in item.text
        for before, after in zip(sides, news, strict=True):
            writer.side(before, after, latex=latex)
        new_polys = [poly_of(side) for side in news]
        for index in range(len(sides) - 1):
            state = State(
                (sides[index], sides[index + 1]),
                (news[index], news[index + 1]),
                (polys[index], polys[index + 1]),
                (new_polys[index], new_polys[index + 1]),
            )
            (self.states if free[index] or free[index + 1] else self.numbers).append(state)
        if len(sides) > 2 and free[0]:
            self.states.append(
                State((sides[0], sides[-1]), (news[0], news[-1]), (polys[0], polys[-1]), (new_polys[0], new_polys[-1]))
            )

    def _recent(self) -> Iterator[State]:
        """Earlier equations, the nearest first, the problem always among them."""
        recent = self.states[::-1][:MAX_TRIED]
        yield from recent
        if self.problem not in recent:
            yield self.problem

    def _equation(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly]) -> tuple[Sum, Sum]:
        for state in self._recent():
            for view in (state, state.flipped()):
                left = follow(sides[0], view.old[0], view.new[0], self.names)
                right = follow(sides[1], view.old[1], view.new[1], self.names) if left is not None else None
                if left is not None and right is not None and self._solved_by_root(left, right):
                    return left, right
        for state in self._recent():
            for view in (state, state.flipped()):
                moved = self._moved(sides, polys, view)
                if moved is not None:
                    return moved
        pair = self._result(sides, polys)
        if pair is None:
            raise NoReplay("an equation comes from nowhere")
        return pair

    def _solved_by_root(self, left: Sum, right: Sum) -> bool:
        difference = add(poly_of(left), scale(poly_of(right), -1))
        slope = difference.get((self.names.new,), 0)
        if not slope or set(difference) - {(self.names.new,), CONSTANT}:
            return False
        return quotient(-difference.get(CONSTANT, 0), slope) == self.new_root

    def _result(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly]) -> tuple[Sum, Sum] | None:
        """`x = root`, wherever it comes from."""
        for index, other in ((0, 1), (1, 0)):
            if polys[index] == {(self.names.old,): 1} and constant(polys[other]) == self.old_root:
                name = simple(sides[index], {(self.names.new,): 1}, self.names)
                value = simple(sides[other], _number_poly(self.new_root), self.names)
                if name is None or value is None:
                    return None
                return (name, value) if index == 0 else (value, name)
        return None

    def _moved(self, sides: tuple[Sum, Sum], polys: tuple[Poly, Poly], state: State) -> tuple[Sum, Sum] | None:
        """The equation as an earlier one with an operation on both sides."""
        for move in self._possible_moves(polys, state):
            targets = tuple(_moved_poly(move, poly) for poly in state.new_polys)
            news: list[Sum] = []
            for index in (0, 1):
                side = self._moved_side(sides[index], state, index, move, targets[index])
                if side is None:
                    break
                news.append(side)
            if len(news) == 2 and self._solved_by_root(news[0], news[1]):
                self._note(move)
                return news[0], news[1]
        return None

    def _note(self, move: Move) -> None:
        self.moves.append(move)
        if move.kind == "add" and _sign(move.old) != _sign(move.new):
            self.turned = True

    def _moved_side(self, side: Sum, state: State, index: int, move: Move, target: Poly) -> Sum | None:
        written: list[tuple[str, Poly, Poly]] = []
        if move.kind == "add":
            written.append(("add", move.old, move.new))
        else:
            written.append(("multiply", move.old, move.new))
            inverse = _inverse(move.old), _inverse(move.new)
            if inverse[0] is not None and inverse[1] is not None:
                written.append(("divide", inverse[0], inverse[1]))
        for kind, before, after in written:
            extended = extend(side, state.old[index], state.new[index], kind, (before, after), self.names)
            if extended is not None and safe_poly(extended) == target:
                return extended
        return simple(side, target, self.names)

    def _possible_moves(self, polys: tuple[Poly, Poly], state: State) -> Iterator[Move]:
        """Operations that lead from an earlier equation to this one, with what they are on the new one."""
        left, right = state.old_polys
        added = add(polys[0], scale(left, -1))
        if added and added == add(polys[1], scale(right, -1)):
            yield from (Move("add", added, new) for new in self._added(added, state))
        factor = _factor(polys[0], left) if left else _factor(polys[1], right)
        if factor is not None and factor != 1 and scale(left, factor) == polys[0] and scale(right, factor) == polys[1]:
            for new_factor in self._factors(factor, state):
                yield Move("multiply", _number_poly(factor), _number_poly(new_factor))

    def _added(self, added: Poly, state: State) -> Iterator[Poly]:
        """What is added to both sides of the new equation: the counterpart of a term that is taken away."""
        order = (0, 1) if constant(state.old_polys[0]) is None else (1, 0)
        seen: list[Poly] = []
        for index in order:
            for old, new in _aligned_parts(state, index, self.names):
                if scale(old, -1) == added and new and scale(new, -1) not in seen:
                    seen.append(scale(new, -1))
                    yield seen[-1]

    def _factors(self, factor: Number, state: State) -> Iterator[Number]:
        """What both sides of the new equation are multiplied by."""
        seen: list[Number] = []
        for index in (0, 1):
            old_slope = state.old_polys[index].get((self.names.old,), 0)
            new_slope = state.new_polys[index].get((self.names.new,), 0)
            candidates: list[tuple[Number, Number]] = []
            candidates += _outer_factors(state.old[index], state.new[index])
            if old_slope and new_slope:
                candidates.append((quotient(1, old_slope), quotient(1, new_slope)))
            for old, new in candidates:
                if old == factor and new not in seen:
                    seen.append(new)
                    yield new

    def _known(self, side: Sum) -> Sum:
        """A side that equals an earlier one, in an identity such as `2(x + 3) = 2x + 6`."""
        for state in self._recent():
            for index in (0, 1):
                followed = follow(side, state.old[index], state.new[index], self.names)
                if followed is not None:
                    return followed
        raise NoReplay("an expression comes from nowhere")

    def _worked_out(self, side: Sum, before: Sum, after: Sum) -> Sum:
        """A side behind another one in a chain: the same, worked out further."""
        followed = follow(side, before, after, self.names)
        if followed is None:
            raise NoReplay("an evaluation cannot be followed")
        return followed

    def _number(self, side: Sum) -> Sum:
        """A side without the unknown: the problem with the root put in, or an earlier evaluation worked out."""
        for state in self.numbers[::-1][:MAX_TRIED]:
            for index in (0, 1):
                followed = follow(side, state.old[index], state.new[index], self.names)
                if followed is not None:
                    return followed
        for index in (0, 1):
            old = with_value(self.problem.old[index], self.names.old, self.old_root)
            new = with_value(self.problem.new[index], self.names.new, self.new_root)
            followed = follow(side, old, new, self.names)
            if followed is not None:
                return followed
        for state in self._recent():
            for index in (0, 1):
                if constant(state.old_polys[index]) is not None:
                    followed = follow(side, state.old[index], state.new[index], self.names)
                    if followed is not None:
                        return followed
        raise NoReplay("a number comes from nowhere")

    # ---- prose

    def _words(self, items: Sequence[Item]) -> None:
        for item in items:
            if item.kind == "word" and item.text.lower().replace("’", "'") not in STEP_WORDS:
                raise NoReplay(f"{item.text!r} may depend on the numbers")
            if item.kind in ("bad", "code"):
                raise NoReplay(f"{item.text!r} is not understood")

    def _sentence(self, sentence: Sentence, items: Sequence[Item], writer: Writer) -> None:
        bare = all(word in ("M", "E", "U", ",", ":") for word in sentence.words)
        for index, item in sentence.formulas:
            chain = item.chain
            if chain is None or chain.relations:
                continue
            latex = item.math or "\\" in item.text
            name = lone_name(item)
            if name is not None:
                if name != self.names.old:
                    raise NoReplay("another name")
                if self.names.old != self.names.new:
                    writer.edits.append(Edit(item.start, item.end, written_name(self.names.new, latex=latex)))
                continue
            if sentence.words[max(0, index - 1) : index] in (["a"], ["an"]):
                raise NoReplay("an article in front of a number")
            shape = shape_of(chain.sides[0])
            poly = poly_of(shape)
            context, kind = "value", ""
            if not chain.boxed and not (bare and constant(poly) is not None):
                context, kind = classify(sentence.before(index), sentence.after(index))
            if context == "operation":
                self._claim(item, shape, poly, kind, items, writer, latex)
                continue
            new = self._mention(shape, poly, context, sentence.before(index, 3))
            if context in ("pair", "first") and _turns(poly, new):
                raise NoReplay("a sign in a sum of words turned")
            writer.side(shape, new, latex=latex)

    def _mention(self, shape: Sum, poly: Poly, context: str, before: str) -> Sum:
        value = constant(poly)
        if context in ("value", "result") and value == self.old_root:
            new = simple(shape, _number_poly(self.new_root), self.names)
            if new is not None:
                return new
        if context not in ("mention", "first", "pair", "coefficient", "result"):
            raise NoReplay("a number in the prose is not understood")
        found: list[Sum] = []
        for old, new_node in self._factors_to_distribute() if "distribut" in before else self._parts():
            followed = follow(shape, old, new_node, self.names)
            if followed is not None and all(safe_poly(followed) != safe_poly(other) for other in found):
                found.append(followed)
        if len(found) != 1:
            raise NoReplay("a number in the prose has no single counterpart")
        return found[0]

    def _parts(self) -> Iterator[tuple[Node, Node]]:
        """All parts of all formulas, old and new side by side."""
        for state in [self.problem, *self.states, *self.numbers]:
            for index in (0, 1):
                yield from _parts(state.old[index], state.new[index])

    def _factors_to_distribute(self) -> Iterator[tuple[Node, Node]]:
        """The factors in front of brackets, old and new side by side."""
        for state in (self.problem, *self.states):
            for index in (0, 1):
                for old, new in zip(terms_of(state.old[index]), terms_of(state.new[index]), strict=False):
                    left, right = core(old.body), core(new.body)
                    if isinstance(left, Prod) and isinstance(right, Prod) and isinstance(core(left.right), Sum):
                        yield Sum([Term(old.sign, left.left)]), Sum([Term(new.sign, right.left)])

    def _claim(
        self, item: Item, shape: Sum, poly: Poly, kind: str, items: Sequence[Item], writer: Writer, latex: bool
    ) -> None:
        """Rewrite a claimed operation: its operand, and its verb if the sign turned."""
        if kind in ("multiply", "divide"):
            effect = poly if kind == "multiply" else _inverse(poly)
            move = None if effect is None else self._find_move("multiply", effect)
            if move is None:
                raise NoReplay("a claimed operation is not done")
            target = move.new if kind == "multiply" else _inverse(move.new)
            new = None if target is None else simple(shape, target, self.names)
            if new is None:
                raise NoReplay("a claimed operation has no counterpart")
            writer.side(shape, new, latex=latex)
            return
        effect = poly if kind == "add" else scale(poly, -1)
        move = self._find_move("add", effect)
        if move is None:
            raise NoReplay("a claimed operation is not done")
        target = move.new if kind == "add" else scale(move.new, -1)
        at = next(index for index, other in enumerate(items) if other is item)
        verb = next((other for other in items[max(0, at - 5) : at][::-1] if other.text.lower() in _VERBS), None)
        if verb is None:
            raise NoReplay("a claimed operation has no verb")
        self.tied.add(verb)
        if _sign(target) != _sign(poly):
            target = scale(target, -1)
            self._turn(verb, items[at + 1 : at + 4], writer)
        new = simple(shape, target, self.names)
        if new is None:
            raise NoReplay("a claimed operation has no counterpart")
        writer.side(shape, new, latex=latex)

    def _find_move(self, kind: str, effect: Poly) -> Move | None:
        for move in self.moves:
            if move.kind == kind and move.old == effect:
                return move
        return None

    def _turn(self, verb: Item, following: Sequence[Item], writer: Writer) -> None:
        """Exchange the verb in front of an operand, and the preposition behind it."""
        self._replace(verb, _VERBS[verb.text.lower()], writer)
        for other in following:
            turned = _PREPOSITIONS.get(other.text.lower()) if other.kind == "word" else None
            if turned is not None:
                self._replace(other, turned, writer)
                return
            if other.kind not in ("delimiter", "newline"):
                return

    @staticmethod
    def _replace(item: Item, word: str, writer: Writer) -> None:
        if item.text[:1].isupper():
            word = word[:1].upper() + word[1:]
        edit = Edit(item.start, item.end, word)
        if edit not in writer.edits:
            writer.edits.append(edit)

    def _articles(self, items: Sequence[Item], writer: Writer) -> None:
        """A lone `a` in prose may be the unknown: rename it only where that is certain, refuse where it is not."""
        if self.names.old not in ("a", "A", "I") or self.names.old == self.names.new:
            return
        for index, item in enumerate(items):
            if item.kind != "word" or item.text != self.names.old:
                continue
            before = items[index - 1].text.lower() if index else ""
            after = items[index + 1] if index + 1 < len(items) else None
            if after is not None and after.kind == "word" and after.text.lower() in _NOUNS:
                continue
            certain = before in ("of", "isolate", "isolating", "for", "variable", "unknown") or after is None
            if not certain and after is not None and after.kind == "word" and after.text.lower() not in _BEHIND_NAME:
                raise NoReplay("an article or a name")
            writer.edits.append(Edit(item.start, item.end, self.names.new))

    def _claims_still_hold(self, scanned: Sequence[Sequence[Item]], results: Sequence[str]) -> None:
        """Words that depend on a sign or on a fraction being there."""
        for index, items in enumerate(scanned):
            result = "".join(results[: index + 1])
            words = {item.text.lower() for item in items if item.kind == "word"}
            loose = {item.text.lower() for item in items if item.kind == "word" and item not in self.tied}
            if self.turned and loose & ADDITIVE_WORDS:
                raise NoReplay("an addition became a subtraction")
            if words & FRACTION_WORDS and not any(sign in result for sign in ("frac", "/", "÷", r"\div")):
                raise NoReplay("the fraction is gone")


_VERBS = {"add": "subtract", "adding": "subtracting", "adds": "subtracts", "added": "subtracted"}
_VERBS |= {turned: verb for verb, turned in _VERBS.items()}
_PREPOSITIONS = {"to": "from", "from": "to"}
_NOUNS = words_of(
    """
    linear simple fraction step way method few common single variable constant value number solution two-step
    """
)
_BEHIND_NAME = words_of(
    """
    if such on to by is in from equals and we that satisfies satisfying alone so
    """
)


def _problem(old: EquationConstraints, new: EquationConstraints) -> State:
    """The two problems side by side, if they have one form."""
    before, after = _equation_of(old), _equation_of(new)
    if not (_same_form(before[0], after[0]) and _same_form(before[1], after[1])):
        raise NoReplay("the new equation has another form")
    return State(
        before,
        after,
        (poly_of(before[0]), poly_of(before[1])),
        (poly_of(after[0]), poly_of(after[1])),
    )


def _equation_of(constraints: EquationConstraints) -> tuple[Sum, Sum]:
    for item in scan(constraints.sources[0]):
        if item.chain is not None and len(item.chain.sides) == 2:
            return shape_of(item.chain.sides[0]), shape_of(item.chain.sides[1])
    raise NoReplay("the request's equation cannot be read again")


def _same_form(old: Node, new: Node) -> bool:
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
        return _same_form(old.left, new.left) and _same_form(old.right, new.right)
    if isinstance(old, Quot) and isinstance(new, Quot):
        return _same_form(old.top, new.top) and _same_form(old.bottom, new.bottom)
    if isinstance(old, Sum) and isinstance(new, Sum):
        return _same_form(old, new)
    return False


def _parts(old: Node, new: Node) -> Iterator[tuple[Node, Node]]:
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
    yield Sum([Term(sign, old)]), Sum([Term(new_sign, new)])
    if sign < 0:
        yield Sum([Term(1, old)]), Sum([Term(1, new)])
    left, right = core(old), core(new)
    if isinstance(left, Prod) and isinstance(right, Prod):
        yield from _signed_parts(sign, left.left, new_sign, right.left)
        yield from _parts(left.right, right.right)
    elif isinstance(left, Quot) and isinstance(right, Quot):
        if left.style == "frac":
            yield from _parts(left.top, right.top)
        else:
            yield from _signed_parts(sign, left.top, new_sign, right.top)
        yield from _parts(left.bottom, right.bottom)
    elif isinstance(left, Sum) and isinstance(right, Sum):
        yield from _parts(left, right)


def _aligned_parts(state: State, index: int, unknown: Names) -> Iterator[tuple[Poly, Poly]]:
    """What can be taken away from a side: its constant, its multiple of the unknown, each written term, the whole."""
    old, new = state.old_polys[index], state.new_polys[index]
    if old.get(CONSTANT):
        yield _number_poly(old[CONSTANT]), _number_poly(new.get(CONSTANT, 0))
    if old.get((unknown.old,)):
        slope = new.get((unknown.new,), 0)
        yield {(unknown.old,): old[(unknown.old,)]}, ({(unknown.new,): slope} if slope else {})
    before, after = terms_of(state.old[index]), terms_of(state.new[index])
    if len(before) == len(after):
        for one, two in zip(before, after, strict=True):
            yield scale(poly_of(one.body), one.sign), scale(poly_of(two.body), two.sign)
    yield old, new


def _outer_factors(old: Node, new: Node) -> Iterator[tuple[Number, Number]]:
    """Factors that undo a product or quotient that is written as a side's only term."""
    one, two = terms_of(old), terms_of(new)
    if len(one) != 1 or len(two) != 1:
        return
    left, right = core(one[0].body), core(two[0].body)
    if isinstance(left, Prod) and isinstance(right, Prod):
        before, after = safe_poly(left.left), safe_poly(right.left)
        if before is not None and after is not None:
            a, b = constant(before), constant(after)
            if a and b:
                yield quotient(1, a * one[0].sign), quotient(1, b * two[0].sign)
    elif isinstance(left, Quot) and isinstance(right, Quot):
        before, after = safe_poly(left.bottom), safe_poly(right.bottom)
        if before is not None and after is not None:
            a, b = constant(before), constant(after)
            if a and b:
                yield a, b
                yield a * one[0].sign, b * two[0].sign


def _number_poly(value: Number) -> Poly:
    return {CONSTANT: value} if value else {}


def _inverse(poly: Poly) -> Poly | None:
    value = constant(poly)
    return _number_poly(quotient(1, value)) if value else None


def _factor(new: Poly, old: Poly) -> Number | None:
    """The number that one polynomial is of another, judged by one coefficient."""
    for monomial, coefficient in old.items():
        return quotient(new[monomial], coefficient) if monomial in new else None
    return None


def _moved_poly(move: Move, poly: Poly) -> Poly:
    return add(poly, move.new) if move.kind == "add" else multiply(poly, move.new)


def _sign(poly: Poly) -> int:
    """The sign of a polynomial's first coefficient, its unknown's before its constant's."""
    for monomial in sorted(poly, reverse=True):
        return 1 if poly[monomial] > 0 else -1
    return 1


def _turns(poly: Poly, new: Sum) -> bool:
    return _sign(poly) != _sign(poly_of(new))
