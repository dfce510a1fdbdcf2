"""Where harmless talk may stand in a fresh answer: in front of a plain statement of the result.

Nobody can list all words of honest work. A word that the white list does not know, a word in a strange place, or a
number that only points at the work is *talk*, unless it is a harmful one. What comes behind supersedes it: talk stands
as long as the whole result is stated after it, in a sentence without talk in front of the statement, or in one that
also says what is done. Behind the last such statement nothing is tolerated: there a strange word may take it back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stepcache_lc.tasks.equations.expressions import Expr, Group, Name, Neg, Op, Pair
from stepcache_lc.tasks.equations.finals import Final
from stepcache_lc.tasks.equations.scan import Item
from stepcache_lc.tasks.equations.sentences import Sentence
from stepcache_lc.tasks.equations.wordlists import words_of

Place = tuple[int, int]
"""A step, and an offset in it."""


_SIGN_OFF = re.compile(
    r"(?:(?:and|so|please|just|also) )?(?:let me know|i hope|hope (?:this|that|it)|feel free|would you like|do you have"
    r"|do you want|if you (?:have|need|want|would)|if you'd|if there|happy to|i'd be happy|don't hesitate|thank"
    r"|good luck|happy (?:learning|solving|studying)|keep (?:up|practicing|going)|need more)\b"
)


def says_goodbye(sentence: str) -> bool:
    """Whether canonical words begin a farewell."""
    return _SIGN_OFF.match(sentence) is not None


def harmless_anywhere(sentence: Sentence) -> bool:
    """Whether talk in a sentence cannot be about the result: a farewell, or a sum that comes out."""
    if not sentence.formulas:
        return says_goodbye(" ".join(sentence.words))
    return all(_is_sum(item) for _, item in sentence.formulas)


def _is_sum(item: Item) -> bool:
    """Whether a formula is a relation without unknowns; that it holds is checked elsewhere."""
    if item.chain is None or not item.chain.relations:
        return False
    stack: list[Expr] = list(item.chain.sides)
    while stack:
        node = stack.pop()
        if isinstance(node, (Name, Pair)):
            return False
        if isinstance(node, Op):
            stack += [node.left, node.right]
        elif isinstance(node, (Neg, Group)):
            stack.append(node.body)
    return True


@dataclass
class _Stretch:
    """A sentence: where it reaches to, whether it says what is done, and whether it checks a result."""

    start: Place
    end: Place
    working: bool
    checking: bool


@dataclass
class Tolerance:
    """Collects talk and statements of the result while an answer is checked."""

    talk: list[tuple[Place, str]] = field(default_factory=list)
    """Where it stands, and why it is not understood."""
    pointed: list[tuple[Place, str]] = field(default_factory=list)
    """The same for numbers that only point at the work."""
    stated: list[tuple[Place, Final | str]] = field(default_factory=list)
    """Where a final value, or `none` or `all`, is stated."""
    stretches: list[_Stretch] = field(default_factory=list)

    def sentence(self, step: int, start: int, end: int, words: Sequence[str]) -> None:
        """Note a sentence."""
        working = any(word in _WORKING for word in words)
        checking = any(word in _CHECKING for word in words) or words[:1] == ["for"]
        self.stretches.append(_Stretch((step, start), (step, end), working, checking))

    def superseded(self, whole: Callable[[Sequence[Final | str]], bool]) -> list[tuple[Place, str]]:
        """The talk that nothing supersedes.

        Args:
            whole: whether statements say all of the result.
        """
        if not self.stated:
            return []
        clean = [(place, final) for place, final in self.stated if self._clean(place)]
        first = min(place for place, _ in self.stated)
        left: list[tuple[Place, str]] = []
        for place, reason in (*self.talk, *self.pointed):
            after = [final for at, final in clean if at > place]
            if not after or (place > first and not whole(after)):
                left.append((place, reason))
        return left

    def dropped(self, whole: Callable[[Sequence[Final | str]], bool]) -> int | None:
        """The step that states only some of the results again after all of them, which may drop the others.

        Args:
            whole: whether statements say all of the result.
        """
        groups: list[tuple[int, bool, list[Final | str]]] = []
        for stretch in self.stretches:
            finals = [final for place, final in self.stated if stretch.start <= place <= stretch.end]
            if finals:
                groups.append((stretch.start[0], stretch.checking, finals))
        full = [index for index, (_, _, finals) in enumerate(groups) if whole(finals)]
        rest = groups[full[-1] + 1 :] if full else []
        if not rest or whole([final for _, _, finals in rest for final in finals]):
            return None
        return next((step for step, checking, _ in rest if not checking), None)

    def last(self) -> Place | None:
        """Where the result is stated for the last time."""
        return max((place for place, _ in self.stated), default=None)

    def _clean(self, place: Place) -> bool:
        """Whether nothing strange leads to a statement of the result."""
        for stretch in self.stretches:
            if stretch.start <= place <= stretch.end:
                return stretch.working or not any(stretch.start <= at < place for at, _ in self.talk)
        return True


_WORKING = words_of(
    """
    add adding added subtract subtracting subtracted multiply multiplying multiplied divide dividing divided simplify
    simplifying simplified combine combining distribute distributing expand expanding isolate isolating substitute
    substituting plug plugging factor factoring evaluate evaluating compute computing calculate calculating cancel
    canceling cancelling reduce reduces reducing undo undoing move moving transpose transposing rearrange rearranging
    """
)
_CHECKING = words_of(
    "check checking verify verifying substitute substituting plug plugging test testing confirm confirming when"
)
