"""Checking an answer step by step against the equations that it has to solve.

Every relation in a step is computed: an equation in the unknown must follow from the request's, an evaluation must be
true, a restated problem must be the request's, a claimed operation must be what the step does. What is not understood
makes a step `UNKNOWN`; a step is `NEUTRAL` only if it holds nothing that could be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    constant,
    degree,
    names,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.claims import Reading, classify, gives, pair_value, restates
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.expressions import Chain, Expr, Group, Name, Neg, Op, Pair
from stepcache_lc.tasks.equations.finals import Account, Final, bare, is_closed, is_numeral
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.prose import doubtful_prose
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.sentences import Sentence, sentences
from stepcache_lc.tasks.equations.truth import Truth, is_rounding
from stepcache_lc.tasks.equations.wordlists import words_of
from stepcache_lc.tasks.equations.words import doubtful_word, statement
from stepcache_lc.tasks.equations.work import Equation, Work


@lru_cache(maxsize=128)
def check(texts: tuple[str, ...], constraints: EquationConstraints) -> tuple[tuple[Verdict, ...], Account]:
    """Judge the steps of an answer against complete constraints."""
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
        self.literals: list[Poly] | None = None
        self.texts: Sequence[str] = ()

    def run(self, steps: Sequence[str]) -> list[Verdict]:
        """Judge all steps."""
        self.texts = steps
        verdicts = [self._step(index, text) for index, text in enumerate(steps)]
        for claim in self.work.claims:
            if verdicts[claim.step].ok and not self.work.confirmed(claim):
                verdicts[claim.step] = Verdict.FAIL(f"{claim.operation.text!r} is not what is done")
        return verdicts

    # ---- one step

    def _step(self, index: int, text: str) -> Verdict:
        try:
            items = scan(text, self.long_names)
        except TooLarge as error:
            return Verdict.UNKNOWN(str(error))
        doubt = self._plain(index, items) or doubtful_prose(text, items, self.truth)
        failed: Verdict | None = None
        for sentence in sentences(items, self.names | self.truth.meaning.keys()):
            for verdict in self._sentence(index, sentence):
                if verdict.kind == "fail" and failed is None:
                    failed = verdict
                elif verdict.kind == "unknown" and doubt is None:
                    doubt = verdict
        checked = any(item.kind == "formula" for item in items)
        if failed is not None:
            return failed
        if doubt is not None:
            return doubt
        return Verdict.PASS if checked else Verdict.NEUTRAL

    def _plain(self, step: int, items: Sequence[Item]) -> Verdict | None:
        """The first thing in a step that is neither formula nor harmless prose."""
        found = statement(items)
        if found is not None:
            self.account.statements.add(found)
            if found != self.truth.solution.kind and not (found == "none" and self.truth.rootless):
                return Verdict.FAIL(f"there is not {'no' if found == 'none' else 'every'} solution")
        for position, item in enumerate(items):
            if item.kind == "bad":
                return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood")
            if item.kind == "code":
                return Verdict.UNKNOWN("program text is not checked")
            if item.kind == "formula" and item.chain is None:
                return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood: {item.note}")
            if item.kind == "enum" or (
                item.kind == "label" and (not self.account.numbers or self.account.numbers[-1] != int(item.note))
            ):
                self.account.numbers.append(int(item.note))
            reason = doubtful_word(items, position, self.truth)
            if reason:
                return Verdict.UNKNOWN(reason)
            if item.kind == "word" and item.text.lower() in _CONCLUDES:
                self.account.concluding.add(step)
        return None

    def _sentence(self, step: int, sentence: Sentence) -> list[Verdict]:
        verdicts: list[Verdict] = []
        first: Poly | None = None
        pair: Poly | None = None
        previous = Reading("unknown")
        alone = all(word in ("M", "E", "U", ",", ":", "and", "or") for word in sentence.words)
        for index, item in sentence.formulas:
            chain = item.chain
            if chain is None:
                continue
            if item.note == "side":
                verdicts.append(self._side(chain, item))
                if not chain.relations:
                    continue
            if chain.relations and pair is not None and gives(sentence.before(index)):
                verdicts.append(self._gives(chain, item, pair))
                pair = None
            if chain.relations:
                verdicts.append(self._chain(step, chain, item, restates(sentence.before(index))))
                continue
            name = lone_name(item)
            if name is not None:
                if name not in self.names and name not in self.truth.meaning:
                    verdicts.append(Verdict.FAIL(f"{name!r} is another unknown"))
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
            if reading.context == "first":
                first = poly
                verdicts.append(self._mention(item, poly))
            elif reading.context == "pair":
                pair = pair_value(reading.kind, first or {}, poly)
                verdicts.append(self._mention(item, poly))
            elif reading.context == "result" and pair is not None:
                right, pair = pair == poly, None
                verdicts.append(Verdict.PASS if right else Verdict.FAIL(f"the result is not {item.text}"))
            else:
                verdicts.append(self._expression(step, item, chain, poly, reading, before))
        return verdicts

    # ---- formulas with a relation

    def _chain(self, step: int, chain: Chain, item: Item, restated: bool) -> Verdict:
        if "≈" in chain.relations and set(chain.relations) <= {"=", "≈"}:
            return self._approximate(step, item, chain)
        if any(relation != "=" for relation in chain.relations):
            return Verdict.UNKNOWN(f"{item.text[:40]!r} is no equation")
        if any(isinstance(bare(side), Pair) for side in chain.sides):
            return self._pairs(step, item, chain)
        variants = self.truth.variants(chain.sides)
        if isinstance(variants, Verdict):
            return variants
        for sides in variants:
            free = any(constant(side) is None for side in sides)
            if restated and free and len(sides) == 2 and not self.truth.is_problem(sides[0], sides[1]):
                return Verdict.FAIL(f"{item.text[:60]!r} is not the problem that was asked")
            for left, right in pairwise(sides):
                verdict = self.truth.judge(left, right)
                if verdict == "rounded" and not self._rounded(chain, item.text):
                    verdict = "false"
                if verdict == "unknown":
                    return Verdict.UNKNOWN(f"{item.text[:60]!r} is not of a kind that is checked")
                if verdict == "false":
                    return Verdict.FAIL(f"{item.text[:60]!r} does not hold")
        if len(variants) == 1:
            sides = variants[0]
            if self.truth.weak and not self._derived(chain, sides):
                return Verdict.FAIL(f"{item.text[:60]!r} does not follow")
            for left, right in pairwise(sides):
                self.work.meet(step, left, right)
            if len(sides) > 2:
                self.work.meet(step, sides[0], sides[-1])
        self._final(step, chain, item, [(sides[0], sides[-1]) for sides in variants])
        return Verdict.PASS

    def _gives(self, chain: Chain, item: Item, value: Poly) -> Verdict:
        """What words compute ("subtracting 3 from 13 gives 2x = 10") must be a side of what follows."""
        variants = self.truth.variants(chain.sides)
        if isinstance(variants, Verdict):
            return variants
        found = any(value in sides for sides in variants)
        return Verdict.PASS if found else Verdict.UNKNOWN(f"{item.text[:60]!r} is not what the words give")

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
        return Verdict.PASS if known else Verdict.FAIL(f"{item.text[:60]!r} is no side of the equation")

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
        value = self.truth.number(values[0]) if len(values) == 1 else None
        for side in chain.sides[at + 1 :]:
            text = item.text[side.start - item.start : side.end - item.start]
            if value is None or not is_numeral(side):
                return Verdict.UNKNOWN(f"{item.text[:60]!r} is not of a kind that is checked")
            decimals = len(text.strip("{} ").partition(".")[2])
            if not is_rounding(value_of(side), value, decimals):
                return Verdict.FAIL(f"{item.text[:60]!r} does not hold")
            inner = bare(chain.sides[0])
            if isinstance(inner, Name) and self.truth.is_rounded(value_of(side), text):
                self.account.finals.append(Final(step, text, side, (value_of(side),), inner.name, chain.boxed))
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
            return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood")
        parts = sides[0].parts
        if len(parts) != len(sides[1].parts) or not all(isinstance(part, Name) for part in parts):
            return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood")
        for name, part in zip(parts, sides[1].parts, strict=True):
            assert isinstance(name, Name)
            values = self.truth.evaluate(part)
            if isinstance(values, Verdict):
                return values
            if name.name not in self.names:
                return Verdict.FAIL(f"{name.name!r} is another unknown")
            if len(values) != 1 or self.truth.judge({(name.name,): 1}, values[0]) != "true":
                return Verdict.FAIL(f"{item.text[:60]!r} does not hold")
            if is_numeral(part):
                self.account.finals.append(Final(step, item.text, part, (values[0],), name.name, chain.boxed))
        return Verdict.PASS

    def _listed(self, step: int, item: Item, chain: Chain) -> Verdict:
        """`(2, -1)` for the values of all names, in order."""
        inner = bare(chain.sides[0])
        assert isinstance(inner, Pair)
        order = self.truth.asked if len(self.truth.asked) == len(inner.parts) else ()
        if not order or list(order) != sorted(order) or self.truth.solution.kind != "unique":
            return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood")
        for name, part in zip(order, inner.parts, strict=True):
            if isinstance(part, Name) and part.name == name:
                continue
            values = self.truth.evaluate(part)
            if isinstance(values, Verdict):
                return values
            if len(values) != 1 or self.truth.judge({(name,): 1}, values[0]) != "true":
                return Verdict.FAIL(f"the values are not {item.text[:60]}")
            if is_numeral(part):
                self.account.finals.append(Final(step, item.text, part, (values[0],), name, chain.boxed, listed=True))
        return Verdict.PASS

    def _final(self, step: int, chain: Chain, item: Item, ends: Sequence[Equation]) -> None:
        """Note what a chain says of the result."""
        first, last = chain.sides[0], chain.sides[-1]
        for this, other, at in ((first, last, 1), (last, first, 0)):
            inner = bare(this)
            if isinstance(inner, Name) and is_closed(other):
                name = self.truth.alias(inner.name)
                if name in self.names:
                    values = tuple(end[at] for end in ends)
                    self.account.finals.append(Final(step, item.text, other, values, name, chain.boxed))
                    return
        self.account.worked = True

    # ---- expressions in prose

    def _value(self, step: int, item: Item, chain: Chain, values: Sequence[Poly], reading: Reading) -> Verdict:
        """A value with a root or a double sign in it."""
        if reading.context not in ("value", "result"):
            return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood where it stands")
        if not all(self.truth.is_value(value) for value in values):
            return Verdict.FAIL(f"the value is not {item.text[:60]}")
        if is_closed(chain.sides[0]):
            self.account.finals.append(Final(step, item.text, chain.sides[0], tuple(values), "", chain.boxed))
        return Verdict.PASS

    def _expression(self, step: int, item: Item, chain: Chain, poly: Poly, reading: Reading, before: str) -> Verdict:
        value = constant(poly)
        context = reading.context
        if context == "operation":
            self.account.worked = True
            words = " ".join([*before.split()[-4:], item.text])
            noted = self.work.claim(step, reading.kind, poly, words)
            return Verdict.NEUTRAL if noted else Verdict.UNKNOWN("too many claims")
        if context == "value" or (context == "result" and value is not None and self.truth.is_value(poly)):
            if value is None:
                return Verdict.UNKNOWN(f"{item.text[:40]!r} is no number")
            if not self.truth.is_value(poly) and not self.truth.is_rounded(poly, item.text):
                return Verdict.FAIL(f"the value is not {item.text[:60]}")
            if is_numeral(chain.sides[0]):
                self.account.finals.append(Final(step, item.text, chain.sides[0], (poly,), "", chain.boxed))
            return Verdict.PASS
        if context == "special":
            expected = self.truth.special(reading.kind)
            if expected is None:
                return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood where it stands")
            return Verdict.PASS if expected == poly else Verdict.FAIL(f"the {reading.kind} is not {item.text[:40]}")
        if context == "divisor":
            found = poly in _divisors(self.texts, self.long_names)
            return Verdict.NEUTRAL if found else Verdict.UNKNOWN(f"nothing is divided by {item.text[:40]!r}")
        if context == "coefficient":
            monomials = [(name,) for name in self.names]
            found = value is not None and any(
                side.get(monomial) == value for state in self.work.states for side in state for monomial in monomials
            )
            return Verdict.PASS if found else Verdict.UNKNOWN(f"{item.text[:40]!r} is no coefficient here")
        if context in ("mention", "result"):
            return self._mention(item, poly)
        return Verdict.UNKNOWN(f"{item.text[:40]!r} is not understood where it stands")

    def _mention(self, item: Item, poly: Poly) -> Verdict:
        """A number or term that is only pointed at must stand, up to its sign, in some formula."""
        if self.literals is None:
            self.literals = _literals(self.texts, self.problems, self.long_names, self.truth.meaning)
        if poly in self.literals or scale(poly, -1) in self.literals:
            return Verdict.NEUTRAL
        return Verdict.UNKNOWN(f"{item.text[:40]!r} stands nowhere in the work")


_CONCLUDES = words_of(
    """
    therefore thus hence so solution solutions answer roots finally
    """
)


def _goes_on(before: str) -> bool:
    """Whether an expression stands in a list behind another one."""
    return before.endswith(("M and", "M or", "M ,", "M , and", "M , or"))


def _divisors(texts: Sequence[str], long_names: frozenset[str]) -> list[Poly]:
    """What formulas with a relation divide by."""
    found: list[Poly] = []
    for text in texts:
        stack = [side for item in scan(text, long_names) if item.chain is not None for side in item.chain.sides]
        while stack:
            node = stack.pop()
            if isinstance(node, Op):
                stack += [node.left, node.right]
                if node.op == "/":
                    try:
                        found.append(value_of(node.right))
                    except (Unsupported, Undefined):
                        continue
            elif isinstance(node, (Neg, Group)):
                stack.append(node.body)
    return found


def _literals(
    texts: Sequence[str], problems: Sequence[Equation], long_names: frozenset[str], meaning: Mapping[str, Poly]
) -> list[Poly]:
    """The values of all parts of the formulas with a relation, and of the request's terms."""
    found: list[Poly] = [{monomial: value} for pair in problems for side in pair for monomial, value in side.items()]
    found += [{CONSTANT: value} for pair in problems for side in pair for value in side.values()]
    found += [side for pair in problems for side in pair]
    for text in texts:
        try:
            items = scan(text, long_names)
        except TooLarge:
            continue
        for item in items:
            if item.chain is None or not item.chain.relations:
                continue
            stack: list[Expr] = list(item.chain.sides)
            while stack:
                node = stack.pop()
                try:
                    poly = value_of(node, meaning)
                except (Unsupported, Undefined):
                    poly = {}
                if poly and len(found) < 400 and degree(poly) < 3 and poly not in found:
                    found.append(poly)
                if isinstance(node, Op):
                    stack += [node.left, node.right]
                elif isinstance(node, (Neg, Group)):
                    stack.append(node.body)
    return found
