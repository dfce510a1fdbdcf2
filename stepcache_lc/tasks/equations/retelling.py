"""The prose around replayed formulas: claims, numbers that are pointed at, names, and words that must still hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from stepcache_lc.core.quoting import quoted
from stepcache_lc.tasks.equations.algebra import Poly, constant, scale
from stepcache_lc.tasks.equations.claims import classify, points
from stepcache_lc.tasks.equations.derivation import Move, NoReplay, inverse, leading_sign, number_poly, parts
from stepcache_lc.tasks.equations.expressions import Pair
from stepcache_lc.tasks.equations.finals import bare
from stepcache_lc.tasks.equations.matching import follow, simple
from stepcache_lc.tasks.equations.scan import Item, lone_name
from stepcache_lc.tasks.equations.sentences import Sentence, sentences
from stepcache_lc.tasks.equations.shape import (
    Node,
    Prod,
    Quot,
    Sum,
    Term,
    core,
    names_in,
    number_sum,
    poly_of,
    safe_poly,
    shape_of,
    terms_of,
)
from stepcache_lc.tasks.equations.vocabulary import (
    ADDITIVE_WORDS,
    FRACTION_WORDS,
    QUADRATIC_WORDS,
    SET_WORDS,
    STEP_WORDS,
    SYSTEM_WORDS,
)
from stepcache_lc.tasks.equations.wordlists import words_of
from stepcache_lc.tasks.equations.writing import Edit, Writer, apply, written_name
from stepcache_lc.tasks.equations.written import described

if TYPE_CHECKING:
    from stepcache_lc.tasks.equations.replay import Replay

_VERBS = {"add": "subtract", "adding": "subtracting", "adds": "subtracts", "added": "subtracted"}
_VERBS |= {turned: verb for verb, turned in _VERBS.items()}
_PREPOSITIONS = {"to": "from", "from": "to"}
_NOUNS = words_of(
    """
    linear simple fraction step way method few common single variable constant value number solution two-step
    """
)
_SIDE_WORDS = words_of("left right left-hand right-hand lefthand righthand lhs rhs first second")
_EXCHANGING = words_of("swap swaps swapping switch switching flip flipping exchange exchanging reverses reversing")
_STAGES = frozenset(
    ["steps", "terms", "moves", "operations", "stages", "sides", "things", "actions", "quick", "simple"]
)
_BEHIND_NAME = words_of("if such on to by is in from equals and we that satisfies satisfying alone so")
_IN_FRONT_OF_NAME = frozenset({"of", "isolate", "isolating", "for", "variable", "unknown"})
_BARE = frozenset({"M", "E", "U", ",", ":", "and", "or"})


def retell(derivation: Replay, scanned: Sequence[Sequence[Item]], writers: Sequence[Writer]) -> None:
    """Write the edits of all that stands around the formulas.

    Raises:
        NoReplay: a word may stop being true, or a number has no single counterpart.
    """
    teller = _Teller(derivation)
    for items, writer in zip(scanned, writers, strict=True):
        teller.words(items)
        for sentence in sentences(items, derivation.unknowns | derivation.old_parts.keys()):
            teller.sentence(sentence, items, writer)
        teller.articles(items, writer)
    cached = text = ""
    for items, writer in zip(scanned, writers, strict=True):
        cached += writer.text
        text += apply(writer.text, writer.edits)
        teller.still_holds(items, cached, text)


class _Teller:
    def __init__(self, derivation: Replay) -> None:
        self.derivation = derivation
        self.names = derivation.names
        self.of_fractions = derivation.of_fractions
        self.tied: set[Item] = set()
        """Verbs that belong to an operand, and turn with its sign."""
        kind = derivation.truth.solution.kind
        self.vocabulary = STEP_WORDS
        if kind == "roots":
            self.vocabulary = STEP_WORDS | QUADRATIC_WORDS
        elif kind in ("all", "none"):
            self.vocabulary = STEP_WORDS | SET_WORDS
        elif len(derivation.problems) > 1:
            self.vocabulary = STEP_WORDS | SYSTEM_WORDS

    def words(self, items: Sequence[Item]) -> None:
        for index, item in enumerate(items):
            if item.kind == "word" and not self._lasting(items, index):
                raise NoReplay(f"{quoted(item.text)} may depend on the numbers")
            if item.kind in ("bad", "code"):
                raise NoReplay(f"{quoted(item.text)} is not understood")

    def _lasting(self, items: Sequence[Item], index: int) -> bool:
        """Whether a word stays true when the numbers change."""
        word = items[index].text.lower().replace("’", "'")
        after = items[index + 1].text.lower() if index + 1 < len(items) else ""
        own = {name for name in self.derivation.unknowns if self.names[name] == name}
        return (
            word in self.vocabulary
            or (word == "positive" and any(item.text.lower() == "discriminant" for item in items))
            or (word in ("two", "three") and after in _STAGES)
            or ("-" in word and all(part in self.vocabulary or part in own for part in word.split("-")))
        )

    def sentence(self, sentence: Sentence, items: Sequence[Item], writer: Writer) -> None:
        alone = all(word in _BARE for word in sentence.words)
        previous = ""
        for index, item in sentence.formulas:
            chain = item.chain
            if chain is None or chain.relations:
                continue
            latex = item.math or "\\" in item.text
            name = lone_name(item)
            if name is not None:
                self._name(name, item, writer, latex=latex)
                continue
            if isinstance(bare(chain.sides[0]), Pair):
                self.derivation.pair(bare(chain.sides[0]), writer, latex=latex)
                continue
            if sentence.words[max(0, index - 1) : index] in (["a"], ["an"]):
                raise NoReplay("an article in front of a number")
            shape = shape_of(chain.sides[0])
            if any(name in self.derivation.old_parts for name in names_in(shape)):
                continue  # talk of `b^2 - 4ac`
            poly = poly_of(shape)
            if item.note == "side":
                writer.side(shape, self.derivation.number(shape), latex=latex)
                continue
            context, kind = "value", ""
            if not chain.boxed and not (alone and constant(poly) is not None):
                before = sentence.before(index)
                role = described(before, sentence.after(index))
                if role is None:
                    context, kind = classify(before, sentence.after(index))
                else:
                    context, kind = (role if role in ("divisor", "factor") else "mention"), ""
                if context == "unknown" and points(before):
                    context = "mention"
                if (
                    context in ("unknown", "mention")
                    and previous == "value"
                    and before.endswith(("M and", "M or", "M ,"))
                ):
                    context = "value"
            previous = context
            before = sentence.before(index)
            if self.derivation.old_parts and _LISTED.search(before):
                writer.side(shape, self._number_of_factors(shape, poly), latex=latex)
                continue
            if context == "operation":
                self._claim(item, shape, poly, kind, items, writer, latex=latex)
                continue
            if context == "special":
                self._tie(item, items)
                expected = self.derivation.truth.special(kind)
                new = None if expected is None else simple(shape, expected, self.names)
                if new is None:
                    raise NoReplay("a number of the factors has no counterpart")
            else:
                new = self._mention(shape, poly, context, sentence.before(index, 3))
            if context in ("pair", "first") and leading_sign(poly) != leading_sign(poly_of(new)):
                raise NoReplay("a sign in a sum of words turned")
            writer.side(shape, new, latex=latex)

    def _number_of_factors(self, shape: Sum, poly: Poly) -> Sum:
        """One of the numbers in `(x + 5)(x - 3)`: a root with its sign turned."""
        for _, old, value in self.derivation.results:
            if constant(poly) == -old:
                new = simple(shape, number_poly(-value), self.names)
                if new is not None:
                    return new
        raise NoReplay("a number of the factors has no counterpart")

    def _name(self, name: str, item: Item, writer: Writer, *, latex: bool) -> None:
        if name in self.derivation.old_parts:
            return
        if name not in self.derivation.unknowns:
            raise NoReplay("another name")
        if self.names[name] != name:
            writer.edits.append(Edit(item.start, item.end, written_name(self.names[name], latex=latex)))

    def _mention(self, shape: Sum, poly: Poly, context: str, before: str) -> Sum:
        if context in ("value", "result"):
            for _, old, value in self.derivation.results:
                if constant(poly) == old:
                    new = simple(shape, number_poly(value), self.names)
                    if new is not None:
                        return new
        if context not in ("mention", "first", "pair", "coefficient", "result", "divisor", "factor"):
            raise NoReplay("a number in the prose is not understood")
        found: list[Sum] = []
        sources = self._factors() if "distribut" in before else self._parts()
        if context == "divisor":
            sources = iter(list(self._divisors()) or list(sources))
        elif context == "factor":
            sources = iter((*self._factors(), *self._coefficients()))
        for old_part, new_part in sources:
            followed = follow(shape, old_part, new_part, self.names)
            if followed is not None and all(safe_poly(followed) != safe_poly(other) for other in found):
                found.append(followed)
        if len(found) != 1:
            raise NoReplay("a number in the prose has no single counterpart")
        return found[0]

    def _parts(self) -> Iterator[tuple[Node, Node]]:
        """All parts of all formulas, old and new side by side."""
        for state in (*self.derivation.states, *self.derivation.numbers):
            for index in (0, 1):
                yield from parts(state.old[index], state.new[index])
        for old, new in self.derivation.doubles:
            yield from parts(old, new)

    def _divisors(self) -> Iterator[tuple[Node, Node]]:
        """What stands below a fraction stroke, old and new side by side."""
        for old_part, new_part in self._parts():
            old, new = core(old_part), core(new_part)
            if isinstance(old, Quot) and isinstance(new, Quot):
                yield old.bottom, new.bottom

    def _coefficients(self) -> Iterator[tuple[Node, Node]]:
        """The coefficients of the unknowns, old and new side by side."""
        for state in self.derivation.states:
            for index in (0, 1):
                for monomial, old in state.old_polys[index].items():
                    new = state.new_polys[index].get(self.names.monomial(monomial), 0)
                    if monomial and new:
                        yield number_sum(old), number_sum(new)

    def _factors(self) -> Iterator[tuple[Node, Node]]:
        """The factors in front of brackets, old and new side by side."""
        for state in self.derivation.states:
            for index in (0, 1):
                for old, new in zip(terms_of(state.old[index]), terms_of(state.new[index]), strict=False):
                    left, right = core(old.body), core(new.body)
                    if isinstance(left, Prod) and isinstance(right, Prod) and isinstance(core(left.right), Sum):
                        yield Sum([Term(old.sign, left.left)]), Sum([Term(new.sign, right.left)])

    def _claim(
        self, item: Item, shape: Sum, poly: Poly, kind: str, items: Sequence[Item], writer: Writer, *, latex: bool
    ) -> None:
        """Rewrite a claimed operation: its operand, and its verb if the sign turned."""
        if kind in ("multiply", "divide"):
            effect = poly if kind == "multiply" else inverse(poly)
            move = self._move("multiply", effect)
            target = move.new if kind == "multiply" else inverse(move.new)
        else:
            move = self._move("add", poly if kind == "add" else scale(poly, -1))
            target = move.new if kind == "add" else scale(move.new, -1)
            verb = self._tie(item, items)
            at = next(index for index, other in enumerate(items) if other is item)
            if leading_sign(target) != leading_sign(poly):
                if verb is None:
                    raise NoReplay("a claimed operation has no verb")
                target = scale(target, -1)
                self._turn(verb, items[at + 1 : at + 4], writer)
        new = None if target is None else simple(shape, target, self.names)
        if new is None:
            raise NoReplay("a claimed operation has no counterpart")
        writer.side(shape, new, latex=latex)

    def _tie(self, item: Item, items: Sequence[Item]) -> Item | None:
        """The verb in front of an operand: it is checked together with it."""
        at = next(index for index, other in enumerate(items) if other is item)
        verb = next((other for other in items[max(0, at - 5) : at][::-1] if other.text.lower() in _VERBS), None)
        if verb is not None:
            self.tied.add(verb)
        return verb

    def _move(self, kind: str, effect: Poly | None) -> Move:
        found = [move for move in self.derivation.moves if move.kind == kind and move.old == effect]
        if not found and effect is not None:
            found = [move for move in self.derivation.moves_between() if move.kind == kind and move.old == effect]
        if not found or any(move.new != found[0].new for move in found):
            raise NoReplay("a claimed operation is not done, or done in two ways")
        return found[0]

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

    def articles(self, items: Sequence[Item], writer: Writer) -> None:
        """A lone `a` in prose may be the unknown: rename it only where that is certain, refuse where it is not."""
        old = next((name for name in self.derivation.unknowns if name in ("a", "A", "I")), None)
        if old is None or self.names[old] == old:
            return
        for index, item in enumerate(items):
            if item.kind != "word" or item.text != old:
                continue
            before = items[index - 1].text.lower() if index else ""
            after = items[index + 1] if index + 1 < len(items) else None
            word = after.text.lower() if after is not None and after.kind == "word" else ""
            if word in _NOUNS:
                continue
            if word and before not in _IN_FRONT_OF_NAME and word not in _BEHIND_NAME:
                raise NoReplay("an article or a name")
            writer.edits.append(Edit(item.start, item.end, self.names[old]))

    def still_holds(self, items: Sequence[Item], cached: str, text: str) -> None:
        """Words that depend on a sign, or on a fraction being there up to here, or in the request alone."""
        words = {item.text.lower() for item in items if item.kind == "word"}
        loose = {
            item.text.lower()
            for index, item in enumerate(items)
            if item.kind == "word" and item not in self.tied and not _about_equations(items[index + 1 : index + 5])
        }
        if self.derivation.exchanged and words & _SIDE_WORDS and not self.derivation.restated:
            raise NoReplay("the sides are exchanged")
        if self.derivation.exchanged and words & _EXCHANGING:
            raise NoReplay("the sides are exchanged already")
        if self.derivation.turned and loose & ADDITIVE_WORDS:
            raise NoReplay("an addition became a subtraction")
        gone = not _has_fraction(text) and (_has_fraction(cached) or not self.of_fractions)
        if words & FRACTION_WORDS and gone:
            raise NoReplay("the fraction is gone")


_LISTED = re.compile(r"(?:^| )(?:numbers|these|they|which)(?: are)?(?: :)?(?: M(?: ,)? and)?$")


def _has_fraction(text: str) -> bool:
    return any(sign in text for sign in ("frac", "/", "÷", r"\div"))


def _about_equations(following: Sequence[Item]) -> bool:
    """Whether a verb's object is an equation, as in "add the two equations"."""
    for item in following:
        if item.kind != "word":
            return False
        if item.text.lower() in ("equation", "equations"):
            return True
    return False
