"""Checking an answer step by step against the equation that it has to solve.

Every relation in a step is computed: an equation in the unknown must have the request's root, an evaluation must be
true, a restated problem must be the request's, a claimed operation must be what the step does. What is not understood
makes a step `UNKNOWN`; a step is `NEUTRAL` only if it holds nothing that could be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from stepcache_lc.core.types import Verdict
from stepcache_lc.tasks.equations.algebra import (
    Poly,
    Undefined,
    Unsupported,
    add,
    constant,
    degree,
    names,
    scale,
    value_of,
)
from stepcache_lc.tasks.equations.claims import (
    BLOCKED_WORDS,
    Operation,
    Reading,
    classify,
    helpful,
    pair_value,
    restates,
)
from stepcache_lc.tasks.equations.constraints import EquationConstraints
from stepcache_lc.tasks.equations.expressions import Chain, Expr, Group, Name, Neg, Num, Number, Op
from stepcache_lc.tasks.equations.lexer import TooLarge
from stepcache_lc.tasks.equations.linear import root_of
from stepcache_lc.tasks.equations.scan import Item, lone_name, scan
from stepcache_lc.tasks.equations.sentences import Sentence, sentences

MAX_STATES = 60
"""Most different equations of one answer that claims are matched against."""
MAX_CLAIMS = 60
"""Most claimed operations of one answer."""

Equation = tuple[Poly, Poly]

_CONTINUES = frozenset(
    [
        "is",
        "are",
        "was",
        "as",
        "and",
        "or",
        "which",
        "that",
        "into",
        "back",
        "in",
        "on",
        "by",
        "to",
        "from",
        "for",
        "with",
        "gives",
        "give",
        "satisfies",
        "solves",
        "holds",
        "works",
        "we",
        "i",
        "you",
        "so",
        "then",
        "into",
        "since",
        "because",
        "does",
        "equals",
        "becomes",
        "where",
        "when",
        "if",
        "therefore",
        "thus",
        "hence",
        "means",
        "after",
        "using",
        "can",
        "could",
        "will",
        "yields",
        "leaves",
        "leads",
        "has",
        "have",
        "must",
        "should",
        "simplifies",
        "simplify",
        "at",
        "the",
        "this",
        "it",
        "its",
        "our",
        "of",
    ]
)
_ONE_OF = frozenset(
    [
        "side",
        "of",
        "or",
        "variable",
        "unknown",
        "term",
        "solution",
        "step",
        "more",
        "equation",
        "way",
        "possible",
        "by",
        "step-by-step",
    ]
)


@dataclass
class Final:
    """A statement of the result."""

    text: str
    expression: Expr
    boxed: bool = False
    named: bool = False


@dataclass
class Account:
    """All that was met in an answer, besides the verdicts."""

    finals: list[Final] = field(default_factory=list)
    worked: bool = False
    """Whether an operation, an evaluation or an intermediate equation was shown."""
    numbers: list[int] = field(default_factory=list)
    """The numbers of its enumeration, in order."""


@dataclass
class _Claim:
    operation: Operation
    step: int
    position: int
    """How many equations had been met before it."""


class Checker:
    """Checks the steps of one answer, in order."""

    def __init__(self, constraints: EquationConstraints) -> None:
        assert constraints.root is not None
        self.root: Number = constraints.root
        self.unknown = constraints.unknowns[0]
        self.places = constraints.demands.places
        self.problem: Equation = (dict(constraints.equations[0][0]), dict(constraints.equations[0][1]))
        self.states: list[Equation] = [self.problem]
        self.met: list[tuple[int, int]] = [(-1, 0)]
        """Each equation met, in order: its step, and its index in `states`."""
        self.claims: list[_Claim] = []
        self.account = Account()
        self.literals: list[Poly] | None = None
        self.texts: list[str] = []

    def run(self, steps: Sequence[str]) -> list[Verdict]:
        """Judge all steps."""
        self.texts = list(steps)
        verdicts = [self._step(index, text) for index, text in enumerate(steps)]
        for claim in self.claims:
            if verdicts[claim.step].ok and not self._confirmed(claim):
                verdicts[claim.step] = Verdict.FAIL(f"{claim.operation.text!r} is not what is done")
        return verdicts

    # ---- one step

    def _step(self, index: int, text: str) -> Verdict:
        try:
            items = scan(text)
        except TooLarge as error:
            return Verdict.UNKNOWN(str(error))
        unknown = self._plain(items)
        failed: Verdict | None = None
        doubt: Verdict | None = unknown
        checked = False
        for sentence in sentences(items, frozenset((self.unknown,))):
            for verdict in self._sentence(index, sentence):
                if verdict.kind == "fail" and failed is None:
                    failed = verdict
                elif verdict.kind == "unknown" and doubt is None:
                    doubt = verdict
                elif verdict.kind == "pass":
                    checked = True
        if failed is not None:
            return failed
        if doubt is not None:
            return doubt
        return Verdict.PASS if checked or any(claim.step == index for claim in self.claims) else Verdict.NEUTRAL

    def _plain(self, items: Sequence[Item]) -> Verdict | None:
        """The first thing in a step that is neither formula nor harmless prose."""
        for position, item in enumerate(items):
            if item.kind == "bad":
                return Verdict.UNKNOWN(f"{item.text!r} is not understood")
            if item.kind == "code":
                return Verdict.UNKNOWN("program text is not checked")
            if item.kind == "formula" and item.chain is None:
                return Verdict.UNKNOWN(f"{item.text!r} is not understood: {item.note}")
            if item.kind in ("enum", "label"):
                if item.kind == "enum" or not self.account.numbers or self.account.numbers[-1] != int(item.note):
                    self.account.numbers.append(int(item.note))
            if item.kind == "word":
                word = item.text.lower().replace("’", "'")
                if word in BLOCKED_WORDS:
                    return Verdict.UNKNOWN(f"{item.text!r} may be a claim that is not checked")
                if word == "one" and not _followed(items, position, _ONE_OF):
                    return Verdict.UNKNOWN("'one' may be a value")
            if (
                item.kind == "formula"
                and item.chain is not None
                and item.chain.relations
                and position + 1 < len(items)
                and items[position + 1].kind == "word"
                and items[position + 1].text.lower() not in _CONTINUES
            ):
                return Verdict.UNKNOWN(f"{items[position + 1].text!r} behind an equation is not understood")
        return None

    def _sentence(self, step: int, sentence: Sentence) -> list[Verdict]:
        verdicts: list[Verdict] = []
        first: Poly | None = None
        pair: Poly | None = None
        bare = all(word in ("M", "E", "U", ",", ":") for word in sentence.words)
        for index, item in sentence.formulas:
            chain = item.chain
            if chain is None:
                continue
            if chain.relations:
                verdicts.append(self._chain(step, chain, item, restates(sentence.before(index))))
                continue
            name = lone_name(item)
            if name is not None:
                if name != self.unknown:
                    verdicts.append(Verdict.FAIL(f"{name!r} is another unknown"))
                continue
            try:
                poly = value_of(chain.sides[0])
            except Undefined as error:
                verdicts.append(Verdict.FAIL(str(error)))
                continue
            except Unsupported as error:
                verdicts.append(Verdict.UNKNOWN(f"{item.text!r} is not understood: {error}"))
                continue
            if names(poly) - {self.unknown}:
                verdicts.append(Verdict.FAIL(f"{item.text!r} names another unknown"))
                continue
            before = sentence.before(index)
            if chain.boxed or (bare and constant(poly) is not None):
                reading = Reading("value")
            else:
                reading = classify(before, sentence.after(index))
            if reading.context == "first":
                first = poly
                verdicts.append(self._mention(item, poly))
            elif reading.context == "pair":
                pair = pair_value(reading.kind, first or {}, poly)
                verdicts.append(self._mention(item, poly))
            elif reading.context == "result" and pair is not None:
                right = pair == poly
                verdicts.append(Verdict.PASS if right else Verdict.FAIL(f"the result is not {item.text}"))
            else:
                verdicts.append(self._expression(step, item, chain, poly, reading, before))
        return verdicts

    # ---- formulas with a relation

    def _chain(self, step: int, chain: Chain, item: Item, restated: bool) -> Verdict:
        try:
            sides = [value_of(side) for side in chain.sides]
        except Undefined as error:
            return Verdict.FAIL(f"{error} in {item.text!r}")
        except Unsupported as error:
            return Verdict.UNKNOWN(f"{item.text!r} is not understood: {error}")
        if any(names(side) - {self.unknown} for side in sides):
            return Verdict.FAIL(f"{item.text!r} names another unknown")
        if any(degree(side) > 1 for side in sides):
            return Verdict.UNKNOWN(f"{item.text!r} is not linear")
        if any(relation != "=" for relation in chain.relations):
            return Verdict.UNKNOWN(f"{item.text!r} is no equation")
        free = any(constant(side) is None for side in sides)
        if restated and free and len(sides) == 2 and not self._is_problem(sides[0], sides[1]):
            return Verdict.FAIL(f"{item.text!r} is not the problem that was asked")
        for index in range(len(sides) - 1):
            verdict = self._pair(chain, sides, index, item)
            if verdict is not None:
                return verdict
        for index in range(len(sides) - 1):
            self._remember(step, sides[index], sides[index + 1])
        if len(sides) > 2:
            self._remember(step, sides[0], sides[-1])
        self._final(chain, item)
        return Verdict.PASS

    def _pair(self, chain: Chain, sides: Sequence[Poly], index: int, item: Item) -> Verdict | None:
        left, right = sides[index], sides[index + 1]
        difference = add(left, scale(right, -1))
        if not difference:
            return None
        root = root_of(difference, self.unknown)
        if root is None:
            return Verdict.FAIL(f"{item.text!r} is false")
        if root == self.root:
            return None
        if self.places is not None and index + 2 == len(sides):
            number = _lone_value(chain.sides[index], chain.sides[index + 1], self.unknown)
            if number is not None and self._rounded(number, item.text):
                return None
        return Verdict.FAIL(f"{item.text!r} has another solution")

    def _rounded(self, shown: Number, text: str) -> bool:
        places = self.places or 0
        tail = text.rstrip("} ").rpartition(".")[2]
        return len(tail) == places and tail.isdigit() and abs(Fraction(shown) - self.root) * 2 * 10**places <= 1

    def _is_problem(self, left: Poly, right: Poly) -> bool:
        return (left, right) == self.problem or (right, left) == self.problem

    def _remember(self, step: int, left: Poly, right: Poly) -> None:
        if constant(left) is not None and constant(right) is not None:
            return
        if left == right:
            return
        if len(self.met) > MAX_STATES * 3:
            return
        for index, state in enumerate(self.states):
            if state == (left, right) or state == (right, left):
                self.met.append((step, index))
                return
        if len(self.states) < MAX_STATES:
            self.states.append((left, right))
            self.met.append((step, len(self.states) - 1))

    def _final(self, chain: Chain, item: Item) -> None:
        """Note what a chain says of the result."""
        ends = (chain.sides[0], chain.sides[-1])
        for this, other in (ends, ends[::-1]):
            if isinstance(_bare(this), Name) and is_numeral(other):
                self.account.finals.append(Final(item.text, other, chain.boxed, named=True))
                return
        self.account.worked = True

    # ---- expressions in prose

    def _expression(self, step: int, item: Item, chain: Chain, poly: Poly, reading: Reading, before: str) -> Verdict:
        value = constant(poly)
        context = reading.context
        if context == "operation":
            self.account.worked = True
            if len(self.claims) >= MAX_CLAIMS:
                return Verdict.UNKNOWN("too many claims")
            kind = reading.kind
            assert kind in ("add", "subtract", "multiply", "divide")
            words = " ".join(before.split()[-4:] + [item.text])
            self.claims.append(_Claim(Operation(kind, poly, words), step, len(self.met)))  # type: ignore[arg-type]
            return Verdict.NEUTRAL
        if context == "value" or (context == "result" and value == self.root and value is not None):
            if value is None:
                return Verdict.UNKNOWN(f"{item.text!r} is no number")
            if value != self.root and not (self.places is not None and self._rounded(value, item.text)):
                return Verdict.FAIL(f"the value is not {item.text}")
            if is_numeral(chain.sides[0]):
                self.account.finals.append(Final(item.text, chain.sides[0], chain.boxed))
            return Verdict.PASS
        if context == "coefficient":
            found = value is not None and any(
                side.get((self.unknown,)) == value for state in self.states for side in state
            )
            return Verdict.PASS if found else Verdict.UNKNOWN(f"{item.text!r} is no coefficient here")
        if context == "mention" or context == "result":
            return self._mention(item, poly)
        return Verdict.UNKNOWN(f"{item.text!r} is not understood where it stands")

    def _mention(self, item: Item, poly: Poly) -> Verdict:
        """A number or term that is only pointed at must stand, up to its sign, in some formula."""
        if self.literals is None:
            self.literals = _literals(self.texts, self.problem)
        if poly in self.literals or scale(poly, -1) in self.literals:
            return Verdict.NEUTRAL
        return Verdict.UNKNOWN(f"{item.text!r} stands nowhere in the work")

    # ---- claimed operations

    def _confirmed(self, claim: _Claim) -> bool:
        """Whether an operation is what the work does, or, if only planned, what would simplify."""
        later = [(step, index) for step, index in self.met[claim.position :]]
        earlier = {index for _, index in self.met[: claim.position]}
        inside = [index for step, index in later if step == claim.step and index not in earlier]
        targets = inside if inside else [index for _, index in later]
        position = {index: at for at, (_, index) in reversed(list(enumerate(self.met)))}
        beside = [other for other in self.claims if other is not claim and other.position == claim.position]
        group = [claim, *beside[:3]]
        for target in dict.fromkeys(targets):
            known = [index for index in range(len(self.states)) if position[index] < position[target]]
            if self._reached(claim, group, known, target):
                return True
        if inside:
            return False
        return any(helpful(claim.operation, *state) for state in self.states)

    def _reached(self, claim: _Claim, group: Sequence[_Claim], known: Sequence[int], target: int) -> bool:
        goal = self.states[target]
        for index in known:
            single = self._applied(claim.operation, self.states[index])
            if single is not None and _same(single, goal):
                return True
        if len(group) < 2:
            return False
        ordered = sorted(group, key=lambda other: self.claims.index(other))
        for index in known:
            reached: list[tuple[Equation, bool]] = [(self.states[index], False)]
            for other in ordered:
                for state, used in list(reached):
                    result = self._applied(other.operation, state)
                    if result is not None:
                        reached.append((result, used or other is claim))
            if any(used and _same(state, goal) for state, used in reached):
                return True
        return False

    @staticmethod
    def _applied(operation: Operation, state: Equation) -> Equation | None:
        left, right = operation.apply(state[0]), operation.apply(state[1])
        return None if left is None or right is None else (left, right)


def _same(one: Equation, other: Equation) -> bool:
    return one == other or (one[1], one[0]) == other


def _followed(items: Sequence[Item], position: int, words: frozenset[str]) -> bool:
    return position + 1 < len(items) and items[position + 1].text.lower() in words


def _bare(expression: Expr) -> Expr:
    """An expression without the brackets around it."""
    while isinstance(expression, Group) and expression.style != "sqrt":
        expression = expression.body
    return expression


def is_numeral(expression: Expr) -> bool:
    """Whether a side is a number written out: `5`, `-2.5`, `-16/3`, a fraction of two whole numbers."""
    expression = _bare(expression)
    if isinstance(expression, Neg) and expression.sign in "+-":
        expression = _bare(expression.body)
    if isinstance(expression, Op) and expression.op == "/":
        top, bottom = _bare(expression.left), _bare(expression.right)
        if isinstance(top, Neg) and top.sign in "+-":
            top = _bare(top.body)
        if isinstance(bottom, Neg) and bottom.sign in "+-":
            bottom = _bare(bottom.body)
        return isinstance(top, Num) and isinstance(bottom, Num)
    return isinstance(expression, Num)


def _lone_value(left: Expr, right: Expr, unknown: str) -> Number | None:
    """The number in `x = number` or `number = x`."""
    for this, other in ((left, right), (right, left)):
        bare = _bare(this)
        if isinstance(bare, Name) and bare.name == unknown and is_numeral(other):
            return constant(value_of(other))
    return None


def _literals(texts: Sequence[str], problem: Equation) -> list[Poly]:
    """The values of all parts of the formulas with a relation, and of the request's terms."""
    found: list[Poly] = [{monomial: value} for side in problem for monomial, value in side.items()]
    found += [side for side in problem]
    for text in texts:
        try:
            items = scan(text)
        except TooLarge:
            continue
        for item in items:
            if item.chain is None or not item.chain.relations:
                continue
            stack: list[Expr] = list(item.chain.sides)
            while stack:
                node = stack.pop()
                try:
                    poly = value_of(node)
                except (Unsupported, Undefined):
                    poly = {}
                if poly and len(found) < 400 and poly not in found:
                    found.append(poly)
                if isinstance(node, Op):
                    stack += [node.left, node.right]
                elif isinstance(node, (Neg, Group)):
                    stack.append(node.body)
    return found
