"""Notation that two readers may read in two ways: a request that holds any of it is never complete.

The grammar would settle each of these somehow; a request deserves more than somehow. `17 % x` is modulo to a
programmer and a percentage to a clerk, `[x]` is a bracket or the whole part, `x -2x` may be "for x: -2x" or a
difference, `0,125` is an eighth or one hundred and twenty-five. Each pattern runs in linear time.
"""

from __future__ import annotations

import re
from typing import Final

_SIGN: Final = r"[-+−–±∓]"
_NAME: Final = r"[A-Za-z](?![A-Za-z])"
_OPERAND_END: Final = r"(?:[0-9)\]}]|(?<![A-Za-z])[A-Za-z])"
_OPERAND: Final = rf"(?:[0-9(\\]|{_NAME})"

_DOUBTS: Final = tuple(
    (re.compile(pattern), what)
    for pattern, what in (
        (rf"{_OPERAND_END}(?:[ ]+\*\*[ ]*|\*\*[ ]+){_OPERAND}", "a power or markup"),
        (r"\*[ ]*[-+−=/)]|[(+−=/][ ]*\*|(?<![*\w)])\*[ ]?=", "a stray star"),
        (rf"{_OPERAND_END}\*[ ]+\+|{_OPERAND_END}[ ]\*{_OPERAND}", "a stray star"),
        (rf"{_OPERAND_END}!", "a factorial or an exclamation"),
        (rf"[ ]%|%[ ]*{_OPERAND}", "a percentage or a remainder"),
        (rf"{_SIGN}[ ]*[0-9]+(?:\.[0-9]+)?[ ]*\\?%", "a percentage of something"),
        (r"\+[-−–]|[-−–]\+|\+\+|--|[±∓]|\\pm(?![a-z])|\\mp(?![a-z])", "two signs in a row"),
        (r"(?<![0-9.,])0,[0-9]", "a decimal comma or a separator"),
        (r"[0-9][·⋅∙•][0-9]", "a decimal point or a product"),
        (r"(?<!\\)\[[^\[\]()]*\]", "square brackets"),
        (r"(?<![\\A-Za-z}^_)])\{(?!\})", "curly brackets"),
        (
            r"\\(?:x?cancel|bcancel|sout|square|Box|h?space|[hv]?phantom|overline|underline|bar|hat|vec|dot|lfloor"
            r"|lceil|floor|ceil|lvert|rvert|vert|Re|Im|bmod|pmod|mod|log|ln|exp|sin|cos|tan|sum|prod|int|lim|sqrt|root"
            r"|text|mathrm|operatorname|binom|choose|infty|overset|underset|stackrel|not|neq?)(?![a-z])",
            "a command that means more than layout",
        ),
        (r"~", "a tilde"),
        (rf"(?<![A-Za-z]){_NAME}\([ ]*-?[0-9.]+[ ]*\)", "a function or a product"),
        (
            r"\b(?:[Ff]or|[Ff]ind|[Dd]etermine|[Cc]alculate|[Cc]ompute|[Gg]et|[Gg]ive|[Vv]ariable|[Uu]nknown)[ ]+\$?"
            rf"{_NAME}\$?[ ]*(?:{_SIGN}|\()",
            "a name of the wording or of the equation",
        ),
        (rf"[0-9)][ ]+{_NAME}[ ]*[.?!]?\s*$", "a name behind the equation"),
        (rf"[A-Za-z]{{2,}}[ ]+[-−–—][ ]+{_OPERAND}", "a dash of the prose or a minus"),
        (r"\^[ ]*\(?[-−]?[0-9A-Za-z]+[ ]*/|\^[ ]*[-−]|\^[ ]*[A-Za-z]", "a power of what"),
        (r"√|\b(?:sqrt|cbrt|root[ ]of(?![ ]the[ ](?:linear[ ])?equation))\b", "a root of what"),
        (r"(?<![A-Za-z\\])([a-z])\1(?![A-Za-z])", "a letter twice"),
        (r"\b[Cc]omplex\b|\b[Ii]maginary\b|\b[Ii]ntegers?\b", "a domain"),
        (r"\b[Bb]y[ ]+[a-z]+ing\b|\b[Uu]sing\b|\b[Vv]ia\b", "a method that is asked for"),
        (
            r"\b(?:[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Bb]oth|[Hh]alf|[Tt]wice|[Dd]ouble|[Tt]riple)"
            rf"[ ]+\$?{_OPERAND}",
            "a number word or a quantity",
        ),
        (r"=[ ]*[A-Za-z]{2,}(?![A-Za-z(])", "a word or a name"),
        (r"\b[Ww]here\b|\b[Ww]hen\b|\b[Ww]ith\b", "a side condition"),
        (r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]", "an invisible character"),
    )
)


_LAYOUT: Final = re.compile(r"&|(?<!\\)\\(?=[ ]|$)")
_LAID_OUT: Final = re.compile(r"\$|\\[(\[]|\\begin\{")
_INDEXED: Final = re.compile(r"(?<![\w\\])([A-Za-z])([0-9])(?![\w.,]*[0-9]|\w)")


def doubtful_notation(text: str) -> str | None:
    r"""Name the first ambiguous notation in a request; None if there is none.

    A pair of square brackets that delimits display maths (`\\[ ... \\]`) is layout, not notation.
    """
    for pattern, what in _DOUBTS:
        if pattern.search(text):
            return what
    if not _LAID_OUT.search(text) and _LAYOUT.search(text):
        return "a mark of layout in plain text"  # "13 & x" is no product
    indexed: dict[str, set[str]] = {}
    for letter, digit in _INDEXED.findall(text):
        indexed.setdefault(letter, set()).add(digit)
    if any(len(digits) == 1 for digits in indexed.values()):
        return "an index, a power or a factor"  # `x2`, unless `x1` stands beside it
    return None
