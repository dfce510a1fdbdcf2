"""The equations that an answer goes through, and whether the operations that it claims are what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepcache_lc.tasks.equations.algebra import Poly, add, constant, put_in, quotient, scale
from stepcache_lc.tasks.equations.claims import Kind, Operation, helpful

MAX_STATES = 60
"""Most different equations of one answer that claims are matched against."""
MAX_CLAIMS = 60
"""Most claimed operations of one answer."""

_MAX_NEAR = 3

Equation = tuple[Poly, Poly]


@dataclass
class Claim:
    """A claimed operation on both sides, and where it stands."""

    operation: Operation
    step: int
    position: int
    """How many equations had been met before it."""
    behind: bool = False
    """Whether it stands behind the equation that it leads to: "2x = 10 after subtracting 3"."""


class Work:
    """Collects equations and claims in order, and compares them."""

    def __init__(self, problems: Sequence[Equation]) -> None:
        self.states: list[Equation] = list(problems)
        """The different equations met."""
        self.problems = len(self.states)
        """How many of them are the request's."""
        self.met: list[tuple[int, int]] = [(-1, index) for index in range(len(self.states))]
        """Each equation met, in order: its step, and its index in `states`."""
        self.claims: list[Claim] = []
        self.planned: list[Equation] = []
        """Equations that operations lead to which are only planned."""

    def meet(self, step: int, left: Poly, right: Poly) -> None:
        """Note an equation; evaluations and identities are none."""
        if left == right or (constant(left) is not None and constant(right) is not None):
            return
        if len(self.met) > MAX_STATES * 3:
            return
        for index, state in enumerate(self.states):
            if _same(state, (left, right)):
                self.met.append((step, index))
                return
        if len(self.states) < MAX_STATES:
            self.states.append((left, right))
            self.met.append((step, len(self.states) - 1))

    def follows(self, left: Poly, right: Poly) -> bool:
        """Whether an equation is an earlier one after operations that an honest answer need not spell out.

        Something is added to both sides, or terms change sides and a plain factor is multiplied in.
        """
        difference = add(left, scale(right, -1))
        for one, other in self.states:
            known = add(one, scale(other, -1))
            if difference in (known, scale(known, -1)) or _rearranged(left, difference, (one, other), known):
                return True
        return False

    def numbered(self, place: int) -> list[Equation]:
        """The problems with a number, counted from 0: in the request's order, and in the order of this answer."""
        met = list(dict.fromkeys(index for step, index in self.met if step >= 0 and index < self.problems))
        order = list(dict.fromkeys([*met, *range(self.problems)]))
        return [self.states[index] for index in {*range(self.problems)[place : place + 1], *order[place : place + 1]}]

    def comes_of(self, problem: Equation, left: Poly, right: Poly) -> bool:
        """Whether an equation is a problem with its terms moved, after known values were put in or not."""
        known: list[dict[str, Poly]] = [{}]
        for state in self.states:
            for one, other in (state, state[::-1]):
                if len(one) == 1 and set(one.values()) == {1} and len(next(iter(one))) == 1:
                    known.append({next(iter(one))[0]: other})
        difference = add(left, scale(right, -1))
        for values in known[: MAX_STATES // 2]:
            one, other = (put_in(side, values) for side in problem)
            if _rearranged(left, difference, (one, other), add(one, scale(other, -1))):
                return True
        return False

    def claim(self, step: int, kind: str, operand: Poly, text: str, *, behind: bool = False) -> bool:
        """Note a claimed operation; False if there are too many."""
        if len(self.claims) >= MAX_CLAIMS:
            return False
        self.claims.append(Claim(Operation(_kind(kind), operand, text), step, len(self.met), behind))
        return True

    def confirmed(self, claim: Claim) -> bool:
        """Whether an operation is what the work does, or, if only planned, what would simplify."""
        if claim.behind and self._led_to(claim):
            return True
        later = self.met[claim.position :]
        earlier = {index for _, index in self.met[: claim.position]}
        inside = [index for step, index in later if step == claim.step and index not in earlier]
        if claim.operation.idle and not inside:
            return True
        targets = inside if inside else [index for _, index in later]
        first = {index: at for at, (_, index) in reversed(list(enumerate(self.met)))}
        last = {index: at for at, (_, index) in enumerate(self.met)}
        beside = [other for other in self.claims if other is not claim and other.position == claim.position]
        group = sorted([claim, *beside[:3]], key=self.claims.index)
        for target in dict.fromkeys(targets):
            # A result may be stated in front, and reached at the end; nothing leads to any other equation twice.
            place = last[target] if _is_result(self.states[target]) else first[target]
            known = [index for index in range(len(self.states)) if index != target and first[index] < place]
            if self._reached(claim, group, known, target):
                return True
        if inside or claim.behind:
            return False
        for state in [*self.states, *self.planned]:
            if helpful(claim.operation, *state):
                result = _applied(claim.operation, state)
                if result is not None and len(self.planned) < MAX_STATES:
                    self.planned.append(result)
                return True
        return False

    def combined(self, sign: int, position: int) -> bool:
        """Whether an equation near a place is the sum (1) or the difference (-1) of two earlier ones.

        Args:
            sign: which of them.
            position: how many equations had been met there.
        """
        seen = {index for _, index in self.met[:position]}
        near = [
            self.met[position - 1][1],
            *dict.fromkeys(index for _, index in self.met[position:] if index not in seen),
        ]
        for target in near[:_MAX_NEAR]:
            for one in self.states[:target]:
                for other in self.states[:target]:
                    left, right = (add(one[at], scale(other[at], sign)) for at in (0, 1))
                    if one is not other and _same((left, right), self.states[target]):
                        return True
        return False

    def _led_to(self, claim: Claim) -> bool:
        """Whether an operation leads to the equation in front of it."""
        before = [index for _, index in self.met[: claim.position]]
        beside = [other for other in self.claims if other is not claim and other.position == claim.position]
        group = sorted([claim, *beside[:3]], key=self.claims.index)
        return len(before) > 1 and self._reached(claim, group, list(dict.fromkeys(before[:-1])), before[-1])

    def _reached(self, claim: Claim, group: Sequence[Claim], known: Sequence[int], target: int) -> bool:
        goal = self.states[target]
        for index in known:
            single = _applied(claim.operation, self.states[index])
            if single is not None and (_same(single, goal) or _with_more(claim.operation, self.states[index], goal)):
                return True
        if len(group) < 2:
            return False
        for index in known:
            reached: list[tuple[Equation, bool]] = [(self.states[index], False)]
            for other in group:
                for state, used in list(reached):
                    result = _applied(other.operation, state)
                    if result is not None:
                        reached.append((result, used or other is claim))
            if any(used and _same(state, goal) for state, used in reached):
                return True
        return False


def _is_result(state: Equation) -> bool:
    """Whether an equation is `name = number`."""
    return any(
        len(side) == 1 and set(side.values()) == {1} and constant(side) is None and constant(other) is not None
        for side, other in (state, state[::-1])
    )


def _kind(text: str) -> Kind:
    if text == "add":
        return "add"
    if text == "subtract":
        return "subtract"
    return "multiply" if text == "multiply" else "divide"


def _applied(operation: Operation, state: Equation) -> Equation | None:
    left, right = operation.apply(state[0]), operation.apply(state[1])
    return None if left is None or right is None else (left, right)


def _with_more(operation: Operation, state: Equation, goal: Equation) -> bool:
    """Whether an equation comes of the operation and of bringing a term of another kind to the other side.

    "Subtract 8m from both sides: 17m - 8m = 131 - 5" says less than it does, but nothing wrong.
    """
    result = _applied(operation, state) if operation.kind in ("add", "subtract") else None
    if result is None or operation.idle:
        return False
    for left, right in (goal, goal[::-1]):
        more = add(left, scale(result[0], -1))
        if len(more) == 1 and more == add(right, scale(result[1], -1)):
            (monomial,) = more
            term = -more[monomial]
            return monomial not in operation.operand and any(side.get(monomial) == term for side in state)
    return False


def _same(one: Equation, other: Equation) -> bool:
    return one == other or (one[1], one[0]) == other


def _rearranged(left: Poly, difference: Poly, state: Equation, known: Poly) -> bool:
    """Whether terms of an equation were brought to the other side, and a whole factor or divisor multiplied in.

    Any two equations in one unknown with the same root are multiples of each other; what tells an honest step from
    another problem is that its terms are those of the earlier one.
    """
    if not known or difference.keys() != known.keys():
        return False
    monomial = next(iter(known))
    factor = quotient(difference[monomial], known[monomial])
    if difference != scale(known, factor):
        return False
    plain = isinstance(factor, int) or isinstance(quotient(1, factor), int)
    if not plain and not any(key and abs(value) == 1 for key, value in difference.items()):
        return False
    one, other = state
    for key in {*left, *one, *other}:
        here, there = one.get(key, 0), other.get(key, 0)
        if quotient(left.get(key, 0), factor) not in (here, 0, here - there, -there):
            return False
    return True
