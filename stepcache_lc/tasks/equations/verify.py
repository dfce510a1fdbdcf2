"""Checking an answer step by step against the equations that it has to solve.

Every relation in a step is computed: an equation in the unknown must follow from the request's, an evaluation must be
true, a restated problem must be the request's, a claimed operation must be what the step does. What is not understood
makes a step `UNKNOWN`; a step is `NEUTRAL` only if it holds nothing that could be wrong.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from stepcache_lc.core.quoting import quoted
from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    add,
    constant,
    multiply,
    names,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.claims import (
    Reading,
    classify,
    combines,
    gives,
    nth,
    pair_value,
    points,
    restates,
    stands_behind,
)
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.endings import takes_back
from stepcache_lc.tasks.equations.expressions import Chain, Name, Pair
from stepcache_lc.tasks.equations.finals import Account, Final, bare, is_closed, is_numeral, says_all
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.prose import doubtful_prose
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.sentences import Sentence, sentences
from stepcache_lc.tasks.equations.tolerance import Tolerance, harmless_anywhere
from stepcache_lc.tasks.equations.truth import Truth, is_rounding
from stepcache_lc.tasks.equations.wordlists import words_of
from stepcache_lc.tasks.equations.words import doubtful_word, statements
from stepcache_lc.tasks.equations.work import Equation, Work
from stepcache_lc.tasks.equations.written import Written, described, said

MAX_FORMULAS = 240
"""Most formulas of one answer that are looked at."""


def check(texts: tuple[str, ...], constraints: EquationConstraints) -> tuple[tuple[Verdict, ...], Account]:
    """Judge the steps of an answer against complete constraints."""
    return _check(texts, constraints, constraints.sources)


# `sources` tells requests apart whose equations are equal and written otherwise: answers may speak of what is written.
@lru_cache(maxsize=512)
def _check(
    texts: tuple[str, ...], constraints: EquationConstraints, sources: tuple[str, ...]
) -> tuple[tuple[Verdict, ...], Account]:
    checker = _Checker(constraints)
    return tuple(checker.run(texts)), checker.account


class _Checker:
    """Checks the steps of one answer, in order."""

    def __init__(self, constraints: EquationConstraints) -> None:
        self.truth = Truth(constraints)
        self.names = frozenset(constraints.names)
        self.long_names = constraints.long_names
        self.problems = self.truth.problems
        self.work = Work(self.problems)
        self.account = Account()
        self.tolerance = Tolerance()
        self.sums: list[tuple[int, int, int]] = []
        """Steps that say that equations are added (1) or subtracted (-1), and how many equations were met before."""
        self.asked = constraints.unknowns
        self.formulas = 0
        """How many were met in this answer."""
        self.indexed: dict[str, tuple[Poly, ...]] = {}
        """The values of `x_1` and `x_2`."""
        self.place = 0
        """Where the formula stands that is looked at."""
        self.sources = constraints.sources
        self.written = self._written(())

    def run(self, steps: Sequence[str]) -> list[Verdict]:
        """Judge all steps."""
        self.written = self._written(steps)
        verdicts = [self._step(index, text) for index, text in enumerate(steps)]
        for claim in self.work.claims:
            if verdicts[claim.step].ok and not self.work.confirmed(claim):
                verdicts[claim.step] = Verdict.FAIL(f"{quoted(claim.operation.text)} is not what is done")
        for step, sign, position in self.sums:
            if verdicts[step].ok and not self.work.combined(sign, position):
                verdicts[step] = Verdict.UNKNOWN(f"no {'sum' if sign > 0 else 'difference'} of equations is there")
        for (step, _), reason in self.tolerance.superseded(self._whole):
            if verdicts[step].ok:
                verdicts[step] = Verdict.UNKNOWN(reason)
        if self.truth.solution.kind == "roots":
            dropped = self.tolerance.dropped(self._whole)
            if dropped is not None and verdicts[dropped].ok:
                verdicts[dropped] = Verdict.UNKNOWN("only some of the solutions are stated again")
        last = self.tolerance.last()
        if last is not None and all(verdict.ok for verdict in verdicts[last[0] :]):
            # Steps in front of it may be beyond the bounds of the lexer.
            scanned = [() if index < last[0] else scan(text, self.long_names) for index, text in enumerate(steps)]
            behind = takes_back(scanned, last, self.truth)
            if behind is not None:
                verdicts[behind[0]] = Verdict.UNKNOWN(behind[1])
        return verdicts

    def _written(self, steps: Sequence[str]) -> Written:
        return Written([*self.sources, *steps], self.problems, self.long_names, self.truth.meaning)

    def _whole(self, stated: Sequence[Final | str]) -> bool:
        """Whether statements say all of the result."""
        if any(isinstance(one, str) for one in stated):
            return True
        finals = [one for one in stated if isinstance(one, Final)]
        return bool(finals) and says_all(finals, self.truth.solution, self.asked)

    def _state(self, final: Final) -> None:
        self.account.finals.append(final)
        self.tolerance.stated.append(((final.step, self.place), final))

    # ---- one step

    def _step(self, index: int, text: str) -> Verdict:
        try:
            items = scan(text, self.long_names)
        except TooLarge as error:
            return Verdict.UNKNOWN(str(error))
        self.formulas += sum(item.kind == "formula" for item in items)
        if self.formulas > MAX_FORMULAS:
            return Verdict.UNKNOWN("the answer has too many formulas")
        talk: list[Talk] = []
        doubt = self._plain(index, items, talk) or doubtful_prose(text, items, self.truth, talk)
        failed = self._implied(items) if self.truth.solution.kind == "roots" else None
        talk.sort()
        for sentence in sentences(items, self.names | self.truth.meaning.keys()):
            combined = combines(" ".join(sentence.words))
            if combined and len(self.problems) > 1:
                self.sums.append((index, combined, len(self.work.met)))
            self.tolerance.sentence(index, sentence.start, sentence.end, sentence.words)
            within = talk[bisect_left(talk, (sentence.start, "")) : bisect_left(talk, (sentence.end, ""))]
            if doubt is None:
                doubt = _strange(sentence, within)
            if not harmless_anywhere(sentence):
                self.tolerance.talk += [((index, at), reason) for at, reason in within]
            for verdict in self._sentence(index, sentence):
                if verdict.kind == "fail" and failed is None:
                    failed = verdict
                elif verdict.kind == "unknown" and doubt is None:
                    doubt = verdict
        if doubt is None:
            doubt = self._alternatives(items) or self._undone(index, items)
        checked = any(item.kind == "formula" for item in items)
        if failed is not None:
            return failed
        if doubt is not None:
            return doubt
        return Verdict.PASS if checked else Verdict.NEUTRAL

    def _plain(self, step: int, items: Sequence[Item], talk: list[Talk]) -> Verdict | None:
        """The first thing in a step that is neither formula nor harmless prose; `talk` gets what may be harmless."""
        stated, doubt = statements(items)
        if doubt:
            return Verdict.UNKNOWN(doubt)
        for found in sorted(stated):
            self.account.statements.add(found)
            self.tolerance.stated.append(((step, items[-1].end), found))
            if found != self.truth.solution.kind and not (found == "none" and self.truth.rootless):
                return Verdict.FAIL(f"there is not {'no' if found == 'none' else 'every'} solution")
        for position, item in enumerate(items):
            if item.kind == "bad":
                return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood")
            if item.kind == "code":
                return Verdict.UNKNOWN("program text is not checked")
            if item.kind == "formula" and item.chain is None:
                return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood: {item.note}")
            if item.kind == "enum" or (
                item.kind == "label" and (not self.account.numbers or self.account.numbers[-1] != int(item.note))
            ):
                self.account.numbers.append(int(item.note))
            reason, harmless = doubtful_word(items, position, self.truth)
            if reason and not harmless:
                return Verdict.UNKNOWN(reason)
            if reason:
                talk.append((item.start, reason))
            if item.kind == "word" and item.text.lower() in _CONCLUDES:
                self.account.concluding.add(step)
        return None

    def _sentence(self, step: int, sentence: Sentence) -> list[Verdict]:
        verdicts: list[Verdict] = []
        numbers: list[tuple[int, Poly]] = []
        first: Poly | None = None
        pair: Poly | None = None
        previous = Reading("unknown")
        alone = all(word in ("M", "E", "U", ",", ":", "and", "or") for word in sentence.words)
        for index, item in sentence.formulas:
            chain = item.chain
            self.place = item.start
            if chain is None:
                continue
            if item.note == "side":
                verdicts.append(self._side(chain, item))
                if not chain.relations:
                    continue
            if chain.relations and pair is not None and _leads(sentence.before(index)):
                verdicts.append(self._gives(chain, item, pair))
                pair = None
            if chain.relations:
                if len(self.problems) > 1:
                    verdicts.append(self._numbered(chain, item, nth(sentence.before(index))))
                verdicts.append(self._chain(step, chain, item, restates(sentence.before(index))))
                continue
            name = lone_name(item)
            if name is not None:
                if name not in self.names and name not in self.truth.meaning:
                    verdicts.append(Verdict.FAIL(f"{quoted(name)} is another unknown"))
                continue
            if isinstance(bare(chain.sides[0]), Pair):
                verdicts.append(self._listed(step, item, chain))
                continue
            values = self.truth.evaluate(chain.sides[0])
            if isinstance(values, Verdict):
                verdicts.append(values)
                continue
            before, after = sentence.before(index), sentence.after(index)
            if chain.boxed or (alone and all(constant(value) is not None for value in values)):
                reading = Reading("value")
            else:
                reading = classify(before, after)
                if reading.context in ("unknown", "mention") and previous.context == "value" and _goes_on(before):
                    reading = previous
            previous = reading
            if len(values) > 1 or (constant(values[0]) is None and not names(values[0])):
                verdicts.append(self._value(step, item, chain, values, reading))
                continue
            poly = values[0]
            role = described(before, after)
            saying = said(before, after)
            if saying is not None and not self.written.is_so(saying, poly, self.truth.values):
                verdicts.append(Verdict.UNKNOWN(f"{quoted(item.text)} is not what is said of it"))
            told = self._told(sentence, index, poly, numbers)
            numbers.append((index, poly))
            if told is not None:
                verdicts.append(told)
            elif role is not None:
                found = self.written.plays(role, poly)
                verdicts.append(Verdict.NEUTRAL if found else Verdict.UNKNOWN(f"{quoted(item.text)} is no {role} here"))
            elif reading.context == "first":
                first = poly
                verdicts.append(self._mention(item, poly))
            elif reading.context == "pair":
                pair = pair_value(reading.kind, first or {}, poly)
                verdicts.append(self._mention(item, poly))
            elif reading.context == "result" and pair is not None:
                right, pair = pair == poly, None
                verdicts.append(Verdict.PASS if right else Verdict.FAIL(f"the result is not {quoted(item.text)}"))
            else:
                verdicts.append(self._expression(step, item, chain, poly, reading, before))
        return verdicts

    def _told(self, sentence: Sentence, index: int, poly: Poly, numbers: Sequence[tuple[int, Poly]]) -> Verdict | None:
        """What is said of a number and those before it in the sentence: that they are equal, or are divisible by it."""
        if not numbers:
            return None
        before = sentence.before(index)
        if before.endswith("divisible by"):
            values = [constant(other) for _, other in numbers]
            by = constant(poly)
            whole = by and all(value is not None and Fraction(value, by).denominator == 1 for value in values)
            return Verdict.NEUTRAL if whole else Verdict.FAIL("a number is said to be divisible that is not")
        at, other = numbers[-1]
        between = " ".join(sentence.words[at + 1 : index])
        if self.truth.solution.kind == "roots" and _TWO_NUMBERS.search(before):
            product, total = self.truth.special("product"), self.truth.special("sum")
            fits = multiply(other, poly) == product and add(other, poly) == total
            return Verdict.NEUTRAL if fits else Verdict.FAIL("the numbers of the factors are others")
        if between in _EQUATES:
            same = other == poly or self.truth.judge(other, poly) == "true"
            return Verdict.NEUTRAL if same else Verdict.FAIL("two numbers are said to be equal that are not")
        if between.endswith("becomes") and poly not in (other, scale(other, -1)):
            return Verdict.UNKNOWN("a number is said to become another one")
        if (
            between in _RESULTS_IN
            and sentence.before(at).rpartition(" ")[2] in _STARTS
            and self.truth.judge(other, poly) != "true"
        ):
            return Verdict.UNKNOWN("a term is said to give another one")
        if between in (", which is", "which is", ", i.e. ,", ",") and "reciprocal of" in sentence.before(at):
            inverse = constant(other)
            right = inverse and poly == {CONSTANT: Fraction(1) / inverse}
            return Verdict.NEUTRAL if right else Verdict.FAIL("a number is said to be a reciprocal that is not")
        return None

    def _implied(self, items: Sequence[Item]) -> Verdict | None:
        """What stands behind an arrow must have a root of what leads to it: `x - 2 = 0 → x = 2`."""
        before: list[Poly] = []
        here: list[Poly] = []
        for item in items:
            if item.kind == "newline":
                before, here = [], []
            elif item.kind == "arrow" and item.text not in ("quad", "qquad", "\\\\"):
                before, here = here, []
            elif item.chain is not None and item.chain.relations == ("=",):
                sides = self.truth.variants(item.chain.sides)
                root = None if isinstance(sides, Verdict) or len(sides) > 1 else self.truth.root_of(*sides[0])
                here = [*here, root] if root is not None else []
                if root is not None and before and root not in before:
                    return Verdict.FAIL(f"{quoted(item.text)} does not follow")
        return None

    def _alternatives(self, items: Sequence[Item]) -> Verdict | None:
        """`x - 2 = 0 or x - 3 = 0`: together they must have all roots."""
        if self.truth.solution.kind != "roots":
            return None
        for before, word, after in zip(items, items[1:], items[2:], strict=False):
            chains = (before.chain, after.chain)
            if word.text.lower() != "or" or any(chain is None or chain.relations != ("=",) for chain in chains):
                continue
            variants = [self.truth.variants(chain.sides) for chain in chains if chain is not None]
            roots = [self.truth.root_of(*one[0]) for one in variants if not isinstance(one, Verdict) and len(one) == 1]
            if len(roots) == 2 and None not in roots and any(root not in roots for root in self.truth.solution.roots()):
                return Verdict.UNKNOWN(f"{quoted(before.text)} or {quoted(after.text)} is not all")
        return None

    def _undone(self, step: int, items: Sequence[Item]) -> Verdict | None:
        """What is undone, and on which side something is distributed, must fit to what is done."""
        text = " ".join(item.text.lower() for item in items if item.kind == "word")
        kinds = {claim.operation.kind for claim in self.work.claims if claim.step == step}
        for noun in _UNDONE.findall(text):
            if kinds and _INVERSES[noun] not in kinds:
                return Verdict.UNKNOWN(f"the {noun} is not what is undone")
        spread = _SPREAD.search(text)
        if spread is not None:
            at = int(spread["side"] == "right")
            pairs = [source.split("=") for source in self.sources]
            brackets = [["(" in side for side in pair] for pair in pairs if len(pair) == 2]
            if any(pair[1 - at] for pair in brackets) and not any(pair[at] for pair in brackets):
                return Verdict.UNKNOWN(f"nothing is to distribute on the {spread['side']} side")
        return None

    # ---- formulas with a relation

    def _chain(self, step: int, chain: Chain, item: Item, restated: bool) -> Verdict:
        if "≈" in chain.relations and set(chain.relations) <= {"=", "≈"}:
            return self._approximate(step, item, chain)
        if any(relation != "=" for relation in chain.relations):
            return self._compared(chain, item)
        if any(isinstance(bare(side), Pair) for side in chain.sides):
            return self._pairs(step, item, chain)
        variants = self.truth.variants(chain.sides)
        if isinstance(variants, Verdict):
            return variants
        for sides in variants:
            free = any(constant(side) is None for side in sides)
            if (
                self.truth.solution.kind == "none"
                and all(map(is_numeral, chain.sides))
                and len(set(map(str, sides))) == 1
            ):
                return Verdict.UNKNOWN(f"{quoted(item.text)} is no contradiction")
            if restated and free and not self._is_stated(chain, sides):
                return Verdict.FAIL(f"{quoted(item.text)} is not the problem that was asked")
            for left, right in pairwise(sides):
                verdict = self.truth.judge(left, right)
                if verdict == "rounded" and not self._rounded(chain, item.text):
                    verdict = "false"
                if verdict == "unknown":
                    return Verdict.UNKNOWN(f"{quoted(item.text)} is not of a kind that is checked")
                if verdict == "false":
                    return Verdict.FAIL(f"{quoted(item.text)} does not hold")
        if len(variants) == 1:
            sides = variants[0]
            if self.truth.stepwise and not self._derived(chain, sides):
                return Verdict.FAIL(f"{quoted(item.text)} does not follow")
            for left, right in pairwise(sides):
                self.work.meet(step, left, right)
            if len(sides) > 2:
                self.work.meet(step, sides[0], sides[-1])
        if not self._final(step, chain, item, [(sides[0], sides[-1]) for sides in variants]):
            return Verdict.FAIL(f"{quoted(item.text)} is another value of what has one")
        return Verdict.PASS

    def _is_stated(self, chain: Chain, sides: Sequence[Poly]) -> bool:
        """Whether an equation that is called the problem is one, or no more than the result ("Solution: x = 5")."""
        result = any(isinstance(bare(side), Name) for side in chain.sides) and any(map(is_closed, chain.sides))
        return result or len(sides) != 2 or self.truth.is_problem(sides[0], sides[1])

    def _gives(self, chain: Chain, item: Item, value: Poly) -> Verdict:
        """What words compute ("subtracting 3 from 13 gives 2x = 10") must be a side of what follows."""
        variants = self.truth.variants(chain.sides)
        if isinstance(variants, Verdict):
            return variants
        found = any(value in sides for sides in variants)
        return Verdict.PASS if found else Verdict.UNKNOWN(f"{quoted(item.text)} is not what the words give")

    def _numbered(self, chain: Chain, item: Item, place: int | None) -> Verdict:
        """What is said to be, or to come of, the second equation must do so."""
        variants = self.truth.variants(chain.sides[:2])
        if place is None or isinstance(variants, Verdict) or len(chain.sides) < 2:
            return Verdict.NEUTRAL
        sides = variants[0]
        if all(constant(side) is not None for side in sides) or sides[0] == sides[1]:
            return Verdict.NEUTRAL
        found = any(self.work.comes_of(problem, sides[0], sides[1]) for problem in self.work.numbered(place))
        return Verdict.NEUTRAL if found else Verdict.UNKNOWN(f"{quoted(item.text)} does not come of that equation")

    def _derived(self, chain: Chain, sides: Sequence[Poly]) -> bool:
        """Whether a chain's equations follow from earlier ones, or state the result."""
        if any(isinstance(bare(side), Name) for side in chain.sides):
            return True
        pairs = [pair for pair in pairwise(sides) if pair[0] != pair[1]]
        return all(self.work.follows(*pair) for pair in pairs)

    def _side(self, chain: Chain, item: Item) -> Verdict:
        """What is called a side, as in "LHS = 2(5) + 3", must be one of the problem's, or its value."""
        values = self.truth.evaluate(chain.sides[0])
        if isinstance(values, Verdict):
            return values
        known = len(values) == 1 and self.truth.is_side(values[0])
        return Verdict.PASS if known else Verdict.FAIL(f"{quoted(item.text)} is no side of the equation")

    def _approximate(self, step: int, item: Item, chain: Chain) -> Verdict:
        """`x = 2/3 ≈ 0.67`: what stands behind the sign must be the exact value, rounded to the digits shown."""
        at = chain.relations.index("≈")
        exact = chain._replace(sides=chain.sides[: at + 1], relations=chain.relations[:at], end=chain.sides[at].end)
        if at:
            verdict = self._chain(step, exact, item, restated=False)
            if not verdict.ok:
                return verdict
        values = self.truth.evaluate(chain.sides[at])
        if isinstance(values, Verdict):
            return values
        free = any(constant(poly) is None for poly in values)
        if free and not isinstance(bare(chain.sides[0]), Name):
            return Verdict.UNKNOWN(f"{quoted(item.text)} is an equation, not a rounding")
        value = self.truth.number(values[0]) if len(values) == 1 else None
        for side in chain.sides[at + 1 :]:
            text = item.text[side.start - item.start : side.end - item.start]
            if value is None or not is_numeral(side):
                return Verdict.UNKNOWN(f"{quoted(item.text)} is not of a kind that is checked")
            decimals = len(text.strip("{} ").partition(".")[2])
            if not is_rounding(value_of(side), value, decimals):
                return Verdict.FAIL(f"{quoted(item.text)} does not hold")
            inner = bare(chain.sides[0])
            if isinstance(inner, Name) and self.truth.is_rounded(value_of(side), text):
                self._state(Final(step, text, side, (value_of(side),), inner.name, chain.boxed))
        return Verdict.PASS

    def _compared(self, chain: Chain, item: Item) -> Verdict:
        """`-16 < 0`, `5 ≠ -2`: numbers are compared; anything else is no equation."""
        variants = self.truth.variants(chain.sides)
        if isinstance(variants, Verdict):
            return variants
        values = [constant(side) for side in variants[0]]
        if len(variants) > 1 or any(value is None for value in values) or "≈" in chain.relations:
            return Verdict.UNKNOWN(f"{quoted(item.text)} is no equation")
        for at, (relation, (left, right)) in enumerate(zip(chain.relations, pairwise(values), strict=True)):
            compare = _COMPARISONS.get(relation)
            if self.truth.solution.kind == "none" and relation != "≠":
                compare = None  # what is left of the equation is no inequality
            if relation == "≠" and self.truth.judge(*variants[0][at : at + 2]) != "true":
                compare = None  # not what the equations come down to
            if compare is None:
                return Verdict.UNKNOWN(f"{quoted(item.text)} is no equation")
            if not compare(left, right):
                return Verdict.FAIL(f"{quoted(item.text)} does not hold")
        return Verdict.PASS

    def _rounded(self, chain: Chain, text: str) -> bool:
        """Whether the last side is the result, rounded to the places that the request demands."""
        last = chain.sides[-1]
        if not is_numeral(last):
            last = chain.sides[0]
        return is_numeral(last) and self.truth.is_rounded(value_of(last), text)

    def _pairs(self, step: int, item: Item, chain: Chain) -> Verdict:
        """`(x, y) = (2, -1)`."""
        sides = [bare(side) for side in chain.sides]
        if len(sides) != 2 or not isinstance(sides[0], Pair) or not isinstance(sides[1], Pair):
            return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood")
        parts = sides[0].parts
        if len(parts) != len(sides[1].parts) or not all(isinstance(part, Name) for part in parts):
            return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood")
        for name, part in zip(parts, sides[1].parts, strict=True):
            assert isinstance(name, Name)
            values = self.truth.evaluate(part)
            if isinstance(values, Verdict):
                return values
            if name.name not in self.names:
                return Verdict.FAIL(f"{quoted(name.name)} is another unknown")
            if len(values) != 1 or self.truth.judge({(name.name,): 1}, values[0]) != "true":
                return Verdict.FAIL(f"{quoted(item.text)} does not hold")
            if is_numeral(part):
                self._state(Final(step, item.text, part, (values[0],), name.name, chain.boxed))
        return Verdict.PASS

    def _listed(self, step: int, item: Item, chain: Chain) -> Verdict:
        """`(2, -1)` for the values of all names, in order."""
        inner = bare(chain.sides[0])
        assert isinstance(inner, Pair)
        order = self.truth.asked if len(self.truth.asked) == len(inner.parts) else ()
        if not order or list(order) != sorted(order) or self.truth.solution.kind != "unique":
            return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood")
        for name, part in zip(order, inner.parts, strict=True):
            if isinstance(part, Name) and part.name == name:
                continue
            values = self.truth.evaluate(part)
            if isinstance(values, Verdict):
                return values
            if len(values) != 1 or self.truth.judge({(name,): 1}, values[0]) != "true":
                return Verdict.FAIL(f"the values are not {quoted(item.text)}")
            if is_numeral(part):
                self._state(Final(step, item.text, part, (values[0],), name, chain.boxed, listed=True))
        return Verdict.PASS

    def _final(self, step: int, chain: Chain, item: Item, ends: Sequence[Equation]) -> bool:
        """Note what a chain says of the result; False if `x_1` had another value before."""
        first, last = chain.sides[0], chain.sides[-1]
        for this, other, at in ((first, last, 1), (last, first, 0)):
            inner = bare(this)
            if isinstance(inner, Name) and is_closed(other):
                name = self.truth.alias(inner.name)
                if name in self.names:
                    values = tuple(end[at] for end in ends)
                    self._state(Final(step, item.text, other, values, name, chain.boxed))
                    return name == inner.name or self.indexed.setdefault(inner.name, values) == values
        self.account.worked = True
        return True

    # ---- expressions in prose

    def _value(self, step: int, item: Item, chain: Chain, values: Sequence[Poly], reading: Reading) -> Verdict:
        """A value with a root or a double sign in it."""
        if reading.context not in ("value", "result"):
            return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood where it stands")
        if not all(self.truth.is_value(value) for value in values):
            return Verdict.FAIL(f"the value is not {quoted(item.text)}")
        if is_closed(chain.sides[0]):
            self._state(Final(step, item.text, chain.sides[0], tuple(values), "", chain.boxed))
        return Verdict.PASS

    def _expression(self, step: int, item: Item, chain: Chain, poly: Poly, reading: Reading, before: str) -> Verdict:
        value = constant(poly)
        context = reading.context
        if context == "operation":
            self.account.worked = True
            words = " ".join([*before.split()[-4:], item.text])
            noted = self.work.claim(step, reading.kind, poly, words, behind=stands_behind(before))
            return Verdict.NEUTRAL if noted else Verdict.UNKNOWN("too many claims")
        if context == "value" or (context == "result" and value is not None and self.truth.is_value(poly)):
            if value is None:
                return Verdict.UNKNOWN(f"{quoted(item.text)} is no number")
            if not self.truth.is_value(poly) and not self.truth.is_rounded(poly, item.text):
                return Verdict.FAIL(f"the value is not {quoted(item.text)}")
            if is_numeral(chain.sides[0]):
                self._state(Final(step, item.text, chain.sides[0], (poly,), "", chain.boxed))
            return Verdict.PASS
        if context == "special":
            expected = self.truth.special(reading.kind)
            if expected is None:
                return Verdict.UNKNOWN(f"{quoted(item.text)} is not understood where it stands")
            return Verdict.PASS if expected == poly else Verdict.FAIL(f"the {reading.kind} is not {quoted(item.text)}")
        if context == "divisor":
            found = self.written.plays("divisor", poly)
            return Verdict.NEUTRAL if found else Verdict.UNKNOWN(f"nothing is divided by {quoted(item.text)}")
        if context == "coefficient":
            monomials = [(name,) for name in self.names]
            found = value is not None and any(
                side.get(monomial) == value for state in self.work.states for side in state for monomial in monomials
            )
            return Verdict.PASS if found else Verdict.UNKNOWN(f"{quoted(item.text)} is no coefficient here")
        if context in ("mention", "result"):
            return self._mention(item, poly)
        reason = f"{quoted(item.text)} is not understood where it stands"
        listed = self.truth.solution.kind == "roots" and before.endswith((" these are", " they are", "these are"))
        known = self.truth.is_value(poly) and not before.endswith((" by", " from", " to", " with"))
        if not points(before) and not known and not listed:
            return Verdict.UNKNOWN(reason)
        verdict = Verdict.NEUTRAL if known else self._mention(item, poly)
        if verdict.kind == "neutral":
            self.tolerance.pointed.append(((step, item.start), reason))
        return verdict

    def _mention(self, item: Item, poly: Poly) -> Verdict:
        """A number or term that is only pointed at must stand, up to its sign, in some formula."""
        if self.written.is_part(poly):
            return Verdict.NEUTRAL
        return Verdict.UNKNOWN(f"{quoted(item.text)} stands nowhere in the work")


_UNDONE = re.compile(r"\bundo(?:ing)?(?: the)? (multiplication|division|addition|subtraction)\b(?! (?:by|of|with))")
_INVERSES: Mapping[str, str] = {
    "multiplication": "divide",
    "division": "multiply",
    "addition": "subtract",
    "subtraction": "add",
}
_SPREAD = re.compile(r"\b(?:distribut|expand)\w* (?:\w+ ){0,6}?(?P<side>left|right)(?:-hand| hand)? side\b")
_CONCLUDES = words_of(
    """
    therefore thus hence so solution solutions answer roots finally
    """
)


_TWO_NUMBERS = re.compile(r"(?:numbers|these|they|which|factors)(?: are)?(?: :)? M(?: ,)?(?: and| ,)?$")
_RESULTS_IN = frozenset({"gives", "give", "makes", "yields", "leaves"})
_STARTS = ("", ",", "and", "so", "then", "since", "because", "that", "the", "now", ":", "means", "therefore")
_EQUATES = frozenset(
    f"{verb}{article}"
    for verb in (
        "means",
        "is the same as",
        "is equal to",
        "is equivalent to",
        "can be written as",
        "simplifies to",
        "becomes",
        "is",
        "equals",
        "equal",
    )
    for article in ("", " the")
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "≠": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "≤": operator.le,
    "≥": operator.ge,
}
Talk = tuple[int, str]
"""Where something stands in a step, and why it is not understood."""


def _strange(sentence: Sentence, talk: Sequence[Talk]) -> Verdict | None:
    """A sentence is another language, or a riddle, if most of its words are not known."""
    words = sum(1 for word in sentence.words if word.isalpha() and word not in ("E", "M", "U", "V"))
    return Verdict.UNKNOWN(talk[0][1]) if words > 1 and 2 * len(talk) > words else None


def _leads(before: str) -> bool:
    """Whether the words in front of an equation say that it is what words have computed."""
    return gives(before) or before.endswith((" M :", " M ,"))


def _goes_on(before: str) -> bool:
    """Whether an expression stands in a list behind another one."""
    return before.endswith(("M and", "M or", "M ,", "M , and", "M , or"))
