"""Words of an answer that state a solution set, and words that may claim what no check covers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from stepcache_lc.core.quoting import quoted
from stepcache_lc.tasks.equations.expressions import Chain, Name, Num
from stepcache_lc.tasks.equations.harmful import is_talk
from stepcache_lc.tasks.equations.prose import is_known
from stepcache_lc.tasks.equations.scan import Item
from stepcache_lc.tasks.equations.truth import Truth
from stepcache_lc.tasks.equations.wordlists import words_of

_CONTINUES = words_of(
    """
    is are was as and or which that into back in on by to from for with gives give satisfies solves holds works we i
    you so then into since because does equals becomes where when if therefore thus hence means after using can
    could will yields leaves leads step step-by-step correctly alone itself now first together has have must should
    simplifies simplify at the this it its our of multiplies
    """
)
_ONE_OF = words_of(
    """
    side of or variable unknown term solution step more equation way possible by step-by-step root value
    """
)
_COUNTED = words_of(
    """
    equations variables unknowns sides solutions roots values factors cases terms linear possible real distinct
    original simultaneous binomials numbers
    """
)
_TWO_OF = words_of(
    """
    sides factors cases binomials operations steps moves things parts stages terms expressions actions tasks quick
    simple short easy main ways
    """
)
_ONES = frozenset({"first", "second", "third", "other", "original", "this", "that", "each"})
_ON_OPERANDS = words_of(
    """
    add adding subtract subtracting take taking move moving distribute distributing distributed bring bringing cancel
    cancelling canceling eliminate eliminating
    """
)
_PRIMES = frozenset("'’′\"”″")
_QUOTES = frozenset("'‘\"“")
_FURTHER = frozenset({"another", "other", "more", "further", "additional"})
_RESULTS = frozenset(
    ["solution", "solutions", "value", "values", "root", "roots", "answer", "answers", "number", "numbers"]
)
_NEEDED = frozenset(["need", "necessary", "required", "have"])
_ALLOWED = {
    "none": words_of(
        """
    no not never none cannot can't doesn't isn't don't contradiction contradicts contradictory impossible false
    inconsistent different
    """
    ),
    "all": frozenset(["infinite", "infinitely", "identity", "many", "whatever", "numbers"]),
    "rootless": words_of(
        """
    no not never negative nonnegative non-negative cannot can't less zero isn't doesn't imaginary squared
    """
    ),
    "roots": frozenset(["two", "different", "zero", "formula"]),
}

_NONE = re.compile(r"\b(?:no|not have a|not have any|without a) (?:real )?(?:solutions?|roots?|value)\b|\bno real\b")
_ALL = re.compile(
    r"\b(?:infinitely many|infinite(?: number of)?) (?:solutions?|values?)\b"
    r"|\b(?:all|every|any) real (?:numbers?|values?)\b"
    r"|\b(?:any|every|all) (?:other )?(?:values?|numbers?)\b|\btrue for (?:all|any|every)\b"
    r"|\balways true\b|\bidentity\b"
)
_STATEMENTS: tuple[tuple[Literal["none", "all"], re.Pattern[str]], ...] = (("none", _NONE), ("all", _ALL))


_BREAK = (
    r"(?:[,:.]|\b(?:so|therefore|thus|hence|means|because|since|as|which|shows|implies|conclude|concludes|and|then)\b)"
)
_CLAUSE = re.compile(_BREAK)
_DENIED = re.compile(
    r"\b(?:not|no|never|cannot|isn't|aren't|can't|doesn't|don't|false|untrue|impossible|inconsistent|contradictory|say"
    r"|says|saying|statement|identity)\b"
)
_NO_STATEMENT = re.compile(r" (?:steps?|methods?|process|without|needed|required|necessary|other|but|besides|only)\b")


def statements(items: Sequence[Item]) -> tuple[frozenset[Literal["none", "all"]], str]:
    """What a step says of the solution set: that it is empty, that it holds every number; and why that is in doubt.

    "It is false that there is no solution" says neither.
    """
    text = " ".join(
        item.text.lower().replace("’", "'") if item.kind == "word" else "," if item.kind in ("comma", "colon") else "."
        for item in items
        if item.kind in ("word", "comma", "colon", "stop", "arrow", "cell")
    )
    found: set[Literal["none", "all"]] = set()
    doubt = ""
    for kind, pattern in _STATEMENTS:
        for match in pattern.finditer(text):
            before = text[: match.start()]
            breaks = [place.end() for place in _CLAUSE.finditer(before)]
            behind = _CLAUSE.split(text[match.end() :], maxsplit=1)[0]
            denied = _DENIED.search(before[breaks[-1] if breaks else 0 :]) or _DENIED.search(behind)
            if denied is None and _NO_STATEMENT.match(behind) is None:
                found.add(kind)
            elif kind == "none":
                doubt = f"{quoted(match[0])} may be denied"
    return frozenset(found), doubt


def doubtful_word(items: Sequence[Item], position: int, truth: Truth) -> tuple[str, bool]:
    """Why a word may be a claim that nothing checks, empty if it is harmless, and whether it may be talk."""
    item = items[position]
    following = items[position + 1] if position + 1 < len(items) else None
    after = following.text.lower() if following is not None and following.kind == "word" else ""
    if item.kind == "word":
        word = item.text.lower().replace("’", "'")
        before = items[position - 1].text.lower() if position else ""
        if word == "one" and after not in _ONE_OF and before not in _ONES:
            return "'one' may be a value", False
        if not is_known(word, truth) and not _fits(word, after, truth):
            return f"{quoted(item.text)} is not understood", is_talk(item.text.replace("’", "'"), word)
        if word in _FURTHER and after in _RESULTS and truth.solution.kind != "roots":
            return f"{quoted(word)} {quoted(after)} may claim that there are more", False
    if item.chain is not None and after and after not in _CONTINUES and _states_value(item.chain):
        if not item.chain.relations and any(other.text.lower() in _ON_OPERANDS for other in items[:position][-2:]):
            return "", False  # "distribute the 4 across the brackets"
        return f"{quoted(after)} behind a value may change it", False  # a unit, "modulo", "times"
    if item.chain is None or following is None or following.start != item.end:
        return "", False
    if following.text in _PRIMES and not any(other.text in _QUOTES for other in items[:position]):
        return "a prime, or half of a quotation", False
    if following.text == "!":
        return "a factorial, or an exclamation", True
    return "", False


def _states_value(chain: Chain) -> bool:
    """Whether it is an equation with a lone name on a side, or a number."""
    if chain.relations:
        return any(isinstance(side, Name) for side in chain.sides)
    return chain.boxed or isinstance(chain.sides[0], Num)


def _fits(word: str, after: str, truth: Truth) -> bool:
    kind = "rootless" if truth.rootless else truth.solution.kind
    if word in _ALLOWED.get(kind, frozenset()) and word != "two":
        return True
    if kind == "roots" and word in ("positive", "negative"):
        # The discriminant is positive, and one root is, the other is not.
        return len(truth.solution.values) == 2 if word == "positive" else truth.has_both_signs
    if word == "two":
        count = len(truth.solution.values) if truth.solution.kind == "roots" else len(truth.problems)
        return after in _TWO_OF or (count == 2 and after in _COUNTED)
    if word == "three":
        return after in _TWO_OF or (len(truth.problems) == 3 and after in _COUNTED)
    return (word in ("not", "don't") and after in _NEEDED) or (word == "don't" and after == "hesitate")
