"""What may stand behind the last statement of a result: there a few plain words can take it back, or widen it.

"x = 5, and similar values work", "x = 5. Now put the sign in front": each of these words is harmless in front of a
result, because what is stated behind it supersedes them. Behind it only words of closing stand, or words around a
formula, which is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stepcache_lc.core.quoting import quoted
from stepcache_lc.tasks.equations.plain import MANNERS
from stepcache_lc.tasks.equations.prose import PLACED, Sentence, special_words, split_sentences
from stepcache_lc.tasks.equations.scan import Item
from stepcache_lc.tasks.equations.tolerance import Place, says_goodbye
from stepcache_lc.tasks.equations.truth import Truth
from stepcache_lc.tasks.equations.wordlists import words_of

_CLOSING = words_of(
    """
    a an the this that these those i you we he it they me us my your our its here's that's it's there there's and so as
    then thus hence therefore because since which what how where who why or yes ok okay here we've you've let's lets
    of in on at to from by with into for both now also just indeed already finally lastly after through without back
    is are was were be been being am do does did done has have had can will should must may let first second third
    solution solutions answer answers result results root roots value values equation equations system problem
    exercise question questions variable variables unknown unknowns side sides left right left-hand right-hand hand
    lhs rhs statement equality expression number numbers real form point fact conclusion
    original given initial final correct correctly right true valid exact exactly unique only consistent equal equals
    same desired required good clear easy simple exactness correctness algebra math linear
    step steps step-by-step work working method process explanation detail details solving solved solve summary
    quick breakdown shown above answered asked worked out
    check checks checked checking double-check double-checked verify verifies verified verifying verification confirm
    confirms confirmed confirming confirmation test tests tested satisfy satisfies satisfied satisfying hold holds
    works match matches agree agrees balance balanced balances prove proves proved substitute substituting
    substituted substitution plug plugging plugged
    find found obtain obtained get got give gives make makes show shows showing complete completed completes finish
    finished conclude concludes concluded isolated simplified
    step-by-step see write written state stated box boxed
    """
)
_WIDENING = words_of(
    """
    similar similarly alike likewise beyond around additionally furthermore moreover besides etc. altogether
    """
)
_OF_SETS = words_of(
    """
    no not never none cannot can't doesn't isn't don't possible every all any many infinitely infinite exist exists
    contradiction contradictory impossible false inconsistent identity always matter regardless whatever empty set
    negative square discriminant x
    """
)


def takes_back(scanned: Sequence[Sequence[Item]], last: Place, truth: Truth) -> tuple[int, str] | None:
    """The first word behind the last statement of the result that is none of closing, and its step; else None.

    Args:
        scanned: the items of each step.
        last: where the result is stated for the last time.
        truth: what the request's equations say.
    """
    closing = _CLOSING | MANNERS | PLACED | special_words(truth)
    if truth.solution.kind != "unique":
        closing |= _OF_SETS
    for step, sentence in _behind(scanned, last):
        text = " ".join(sentence.words)
        if says_goodbye(text) or (sentence.mark == "?" and not sentence.formulas):
            continue
        formula = any(step > last[0] or item.start > last[1] for item in sentence.formulas)
        for word, place in zip(sentence.words, sentence.places, strict=True):
            if (step, place) <= last or not word.isalpha() or word in ("E", "M", "U"):
                continue
            if word in _WIDENING or not (formula or word in closing or word in truth.names):
                return step, f"{quoted(word)} behind the result may change it"
    return None


def _behind(scanned: Sequence[Sequence[Item]], last: Place) -> Iterator[tuple[int, Sentence]]:
    for step in range(last[0], len(scanned)):
        for sentence in split_sentences(scanned[step]):
            if (step, sentence.places[-1]) > last:
                yield step, sentence
