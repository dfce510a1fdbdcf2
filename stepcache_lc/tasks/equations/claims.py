"""What the prose around the formulas claims: operations on both sides, values, coefficients, sums.

Only number contexts of this small grammar are understood. A number in any other context is not ignored: its step
becomes `UNKNOWN`.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from stepcache_lc.tasks.equations.algebra import (
    CONSTANT,
    Poly,
    Undefined,
    Unsupported,
    add,
    constant,
    divide,
    multiply,
    scale,
)
from stepcache_lc.tasks.equations.wordlists import words_of

Kind = Literal["add", "subtract", "multiply", "divide"]


class Operation(NamedTuple):
    """A claimed operation on both sides of an equation."""

    kind: Kind
    operand: Poly
    text: str

    @property
    def idle(self) -> bool:
        """Whether it changes nothing: adding nothing, multiplying or dividing by one."""
        return not self.operand if self.kind in ("add", "subtract") else self.operand == {CONSTANT: 1}

    def apply(self, side: Poly) -> Poly | None:
        """One side after the operation; None if it cannot be computed."""
        try:
            if self.kind == "add":
                return add(side, self.operand)
            if self.kind == "subtract":
                return add(side, scale(self.operand, -1))
            if self.kind == "multiply":
                return multiply(side, self.operand)
            return divide(side, self.operand)
        except (Unsupported, Undefined):
            return None


_NOUN = (
    r"(?: (?:the|a|this|that))?"
    r"(?: (?:number|term|constant|constant term|value|same number|same value|variable term|its opposite|opposite"
    r"|additive inverse|its additive inverse))?(?: ,)?"
)
_SIDES = (
    r"(?: (?:both|each|all|the two|every|either)(?: of)?(?: the)? (?:sides?|terms?)(?: of)?(?: the| this| that| our)?"
    r"(?: resulting| new| simplified| whole| entire)?(?: equation)?(?: E)?| everything| through(?:out)?"
    r"| the (?:whole |entire )?equation(?: E)?| it| this| that| the equation E| E"
    r"| the (?:first|second|third|original|new|resulting|other|last) (?:equation|one)(?: E)?)?"
)
_ADD = re.compile(rf"(?:^| )(?:add|adding|adds|added){_NOUN}$")
_SUBTRACT = re.compile(rf"(?:^| )(?:subtract|subtracting|subtracts|subtracted|tak(?:e|es|ing) away){_NOUN}$")
_TAKEN = re.compile(r"(?:^| )tak(?:e|es|ing)(?: the)?$")
_RECIPROCAL = re.compile(rf"(?:^| )(?:multiply|multiplying|multiplies|multiplied){_SIDES} by the reciprocal of$")
_AND_SECOND = r"(?: by M(?: ,)?(?: and)? the (?:second|other|third)(?: equation| one)?)?"
_MULTIPLY = re.compile(rf"(?:^| )(?:multiply|multiplying|multiplies|multiplied){_SIDES}{_AND_SECOND} by{_NOUN}$")
_DIVIDE = re.compile(rf"(?:^| )(?:divide|dividing|divides|divided|division){_SIDES} by{_NOUN}$")
_OF_PAIR = re.compile(
    r"(?:^| )(?P<verb>divide|dividing|multiply|multiplying|add|adding|subtract|subtracting|divided|multiplied)"
    r" M (?P<word>by|and|from|to|with)$"
)
_FIRST_OF_PAIR = re.compile(
    r"(?:^| )(?:divide|dividing|multiply|multiplying|add|adding|subtract|subtracting)(?: the| both)?$"
)
_DIVISOR = re.compile(
    r"(?:numerator and(?: the)? denominator|top and(?: the)? bottom|numerator and denominator)(?: of .{0,40})? by$"
    r"|(?:^| )(?:divide|dividing|divided) (?:the|this|that) (?:result|sum|difference|whole) by$"
)

_VALUE = re.compile(
    r"(?:(?:^| )(?:value|solution)s? (?:of|for) (?:the )?(?:unknown |variable |letter )?U\b.*"
    r"|(?:^| )(?:solution|answer|root)s?\b.*|(?:^| )U)"
    r" (?:is|are|equals|be|=|as|becomes|was|has the value|is found to be|is therefore)"
    r"(?: just| simply| therefore| thus| then| equal to| indeed| given by| exactly)?"
    r"(?: U (?:is|equals|=))?(?: :| ,)*$|(?:^| )(?:final )?answer(?: :)+$"
)
_VALUE_FOLLOWS = re.compile(
    r"(?:^| )(?:is|are) (?:the )?(?:final |correct |only )?(?:solution|answer|value of U|root)\b"
)
_COEFFICIENT = re.compile(r"(?:^| )coefficient of U (?:\(?)(?:, )?(?:which )?(?:is|=|:)$|(?:^| )coefficient of U ,?$")
_RESULT = re.compile(
    r"(?:^| )(?:gives|give|giving|gets|get|obtain|equals|is|yields|have|leaves|results in|leaves us with|gives us|=|"
    r"leads to|left with|becomes|makes|equal to|to get|simplifies to)(?: us)?(?: :| ,)*$"
)
_POINTING = "|".join(
    (
        "terms?|fractions?|numbers?|coefficient|constants?|expression|factor|distribut(?:e|ing)|expand|expanding",
        "simplify|simplifying|isolate|isolating|isolates|combine|combining|move|moving|cancel|canceling|cancelling",
        "eliminate|eliminating|evaluate|evaluating|compute|computing|calculate|calculating|parentheses|side|terms? :",
        "like terms|get rid of|undo|undoing|coefficient of|sum of|difference of|product of|for M and|M and|of M by",
        "have|remove|removing|cancel out|simplify :|reduce|reducing|of the|leave|leaving|leaves|denominator(?: of)?",
        "numerator|numbers are|whether|(?:square )?root of",
    )
)
_MENTION = re.compile(
    rf"(?:^| )(?:{_POINTING})(?: out)?(?: only)?(?: the| both| a| our)?"
    r"(?: term| terms| constant| number| fraction| coefficient| expression| constant term| factor| variable term"
    r"| like terms)?(?: :| ,| of)?(?: term)?(?: , which is| which is)?$"
)
_RESTATES = words_of(
    """
    the this our that following given original linear equation problem : is for U in to of first simple initial
    starting algebraic , such quadratic simultaneous equations system pair two
    """
)
_TRIGGERS = words_of(
    """
    solve solving solved given original start starting begin beginning solution solutions satisfies satisfy
    satisfying initial
    """
)
_PROBLEM_NOUNS = words_of("problem question task exercise input system asked ask wrote says your")
_DERIVED = words_of(
    """
    gives give giving becomes become becoming get getting obtain obtaining new now resulting simplified simpler easier
    equivalent reduced reduces leads leaves leaving into rewrite rewritten form forms left yields to turns as like
    """
)
"""Words that say that the problem of which is spoken is another one than the first."""
_PROBLEM_WORDS = frozenset(["equation", "problem", "in", "such", "following"])

_SPECIAL = (
    ("discriminant", re.compile(r"(?:^| )discriminant(?: U)?(?: here)?(?: of this equation)? ?(?:is|=|equals|:|,)?$")),
    (
        "product",
        re.compile(
            r"(?:^| )(?:multiply|multiplies|product is|multiplied)(?: together)?(?: to)?(?: give| get| make)?$"
            r"|(?:whose|the|their) product is$"
        ),
    ),
    (
        "sum",
        re.compile(r"(?:^| )(?:add|adds|sum is|sum)(?: up)? to(?: give| get| make)?$|(?:whose|their) sum is$"),
    ),
)

Context = Literal[
    "divisor", "special", "operation", "pair", "first", "value", "coefficient", "result", "mention", "unknown"
]


class Reading(NamedTuple):
    """How a number or expression in the prose is meant."""

    context: Context
    kind: str = ""


def classify(before: str, after: str) -> Reading:
    """Say how an expression between these words is meant.

    Args:
        before: canonical words in front of it.
        after: canonical words behind it.
    """
    pair = _OF_PAIR.search(before)
    if pair is not None:
        return Reading("pair", pair["verb"][:3])
    if _DIVISOR.search(before):
        return Reading("divisor")
    if _FIRST_OF_PAIR.search(before) and re.match(r"(?:by|and|from|to|with)(?: the)? M\b", after):
        return Reading("first")
    for special, pattern in _SPECIAL:
        if pattern.search(before):
            return Reading("special", special)
    if _TAKEN.search(before) and after.startswith("away from"):
        return Reading("operation", "subtract")
    if _RECIPROCAL.search(before):
        return Reading("operation", "divide")
    for pattern, kind in ((_ADD, "add"), (_SUBTRACT, "subtract"), (_MULTIPLY, "multiply"), (_DIVIDE, "divide")):
        if pattern.search(before):
            return Reading("operation", kind)
    if _COEFFICIENT.search(before):
        return Reading("coefficient")
    if _VALUE.search(before) or _VALUE_FOLLOWS.match(" " + after):
        return Reading("value")
    if _RESULT.search(before):
        return Reading("result")
    if _MENTION.search(before):
        return Reading("mention")
    return Reading("unknown")


_BEHIND = re.compile(
    r"(?:^| )E(?: ,)?(?: \|)?(?: (?:after|by|on|upon|once|when|from|via|because|since|as|where|and|which comes from))?"
    r"(?: (?:we|i|you|both))?(?: (?:have|had|just|simply|first|then))*"
    r" (?:add|subtract|multipl|divid|took|tak)\w*(?: [a-z]+){0,9}$"
)


def stands_behind(before: str) -> bool:
    """Whether the words of an operation follow an equation directly: "2x = 10 after subtracting 3"."""
    return _BEHIND.search(before) is not None


_POINTS = re.compile(
    r"(?:^|(?:^| )(?:the|this|that|these|those|both|since|because|where|our|a|term|number|constant|coefficient|E|\|"
    r"|(?:the|both|since|because|that|this) (?:[a-z]+ )?M(?: ,)? and"
    r"|M (?:is|are|was|being|gets)(?: being)? (?:added to|subtracted from))(?: \(| :)?)$"
)


def points(before: str) -> bool:
    """Whether the words in front of a number only point at it, so that they assert nothing: "since 12 is ..."."""
    return _POINTS.search(before) is not None


_ORDINAL = "(?:first|second|third|last|other)"
_COMBINES = re.compile(
    r"(?:^| )(?:(?P<sum>add|adding|sum|summing)|subtract|subtracting)(?: up)?(?: (?:both|these|those|the|our|two|of))*"
    r" (?:(?:two )?equations\b(?! by)"
    rf"|{_ORDINAL}(?: (?:equation|one))?(?: E)? (?:from|to) (?:the )?{_ORDINAL}\b)"
)


def combines(sentence: str) -> int:
    """Whether a sentence says that equations are added (1), subtracted (-1), or neither (0)."""
    found = _COMBINES.search(sentence)
    return 0 if found is None else 1 if found["sum"] else -1


def gives(before: str) -> bool:
    """Whether the words in front of a formula say that it is what comes out."""
    return _RESULT.search(before) is not None


_NTH = re.compile(
    r"(?:^| )the (?P<nth>first|second|third) equation(?: (?:(?:for|to find|to get|to solve for) U|to isolate U|by M))?"
    r"(?: (?:is|gives|says|becomes|yields|we|can|get|have|obtain|us|isolate|express|solve for|find|U|E|[:,]))*$"
)
_TOGETHER = re.compile(r"\b(?:add|subtract|combin|eliminat|sum|differ|compar|from M)")


def nth(before: str) -> int | None:
    """Which of several equations the words in front of a formula say that it is, or comes of, counted from 0."""
    found = _NTH.search(before)
    return None if found is None or _TOGETHER.search(before) else ("first", "second", "third").index(found["nth"])


def restates(before: str) -> bool:
    """Whether the words in front of an equation say that it is the problem to solve."""
    trail: list[str] = []
    for word in reversed(before.split()):
        if word in _TRIGGERS:
            # "the solutions are given by the formula", "the solution to the equation is": what follows is the result;
            # "divide by 4 to solve for x:": what follows is the next equation.
            result = "by" in trail or (word.startswith("solution") and {"is", "are"} & set(trail))
            onward = word in ("solve", "solving") and "U" in trail and not _PROBLEM_WORDS.intersection(trail)
            return not (result or onward)
        if word in _PROBLEM_NOUNS:
            return not _DERIVED.intersection(before.split()[-len(trail) - 7 : -len(trail) - 1])
        if word not in _RESTATES and word not in ("with", "from", "by", "writing", "down"):
            return False
        trail.append(word)
    return False


def pair_value(kind: str, first: Poly, second: Poly, word: str = "") -> Poly | None:
    """The value of "divide A by B", "add A and B", "subtract A from B", "multiply A by B"."""
    del word
    try:
        if kind == "div":
            return divide(first, second)
        if kind == "mul":
            return multiply(first, second)
        if kind == "add":
            return add(first, second)
        return add(second, scale(first, -1))
    except (Unsupported, Undefined):
        return None


def helpful(operation: Operation, left: Poly, right: Poly) -> bool:
    """Whether an operation that only a plan names would simplify an equation: fewer terms, or the unknown alone."""
    new_left, new_right = operation.apply(left), operation.apply(right)
    if new_left is None or new_right is None:
        return False
    if len(new_left) + len(new_right) < len(left) + len(right):
        return True
    if operation.kind in ("multiply", "divide"):
        for side, old in ((new_left, left), (new_right, right)):
            if len(side) == 1 and constant(side) is None and set(side.values()) == {1} and old != side:
                return True
    return False
