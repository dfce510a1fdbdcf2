"""The grammar of formulas: tokens to small trees, by recursive descent with counted work.

    chain   := side (relation side)*
    side    := term (("+" | "-") term)*
    term    := factor (("*" | "/") factor | juxtaposed factor)*
    factor  := ("-" | "+") factor | power
    power   := atom ("^" factor)?
    atom    := number | name | "(" side ")" | frac{side}{side} | sqrt{side} | boxed{side}

What people write in two ways is refused, not guessed: `1/2x`, `2 1/2` spelled as a product, `a/b/c` with a juxtaposed
factor behind it, a number behind a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from stepcache_lc.core.quoting import quoted
from stepcache_lc.tasks.equations.lexer import Token

MAX_TOKENS = 400
"""Most tokens in one formula."""
MAX_DEPTH = 24
"""Deepest nesting in one formula."""

Number = int | Fraction


class Unreadable(ValueError):
    """A run of mathematical tokens that is no formula of the grammar."""


class Num(NamedTuple):
    """A literal number; `mark` is its token's place in the run."""

    value: Number
    start: int
    end: int


class Name(NamedTuple):
    """A letter or a subscripted letter."""

    name: str
    start: int
    end: int


class Neg(NamedTuple):
    """A signed expression. `sign` is `-`, `+` or `±`."""

    sign: str
    body: Expr
    start: int
    end: int


class Op(NamedTuple):
    """A binary operation; `op` is one of `+ - * / ^ ±`, or `` for juxtaposition; `style` says how it is written."""

    op: str
    left: Expr
    right: Expr
    style: str
    start: int
    end: int
    mark: tuple[int, int] = (-1, -1)
    """Where the sign of the operation stands, if it is written."""


class Group(NamedTuple):
    """Something in brackets. `style` is `(`, `[`, `{`, `boxed` or `sqrt`."""

    body: Expr
    style: str
    start: int
    end: int


class Pair(NamedTuple):
    """Two or three values in brackets, as in `(x, y) = (2, -1)`."""

    parts: tuple[Expr, ...]
    start: int
    end: int


Expr = Num | Name | Neg | Op | Group | Pair


class Chain(NamedTuple):
    """Sides joined by relations, as in `y = 60/70 = 6/7`."""

    sides: tuple[Expr, ...]
    relations: tuple[str, ...]
    boxed: bool
    start: int
    end: int


_VALUES = {
    char: Fraction(text)
    for char, text in zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        ["1/2", "1/3", "2/3", "1/4", "3/4", "1/5", "2/5", "3/5", "4/5", "1/6", "5/6", "1/8", "3/8", "5/8", "7/8"],
        strict=True,
    )
}
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_ATOM_START = frozenset({"number", "vulgar", "name", "open", "frac", "sqrt", "boxed"})


def number(text: str) -> Number:
    """The exact value of a literal such as `12`, `2.50` or `.5`."""
    if "." not in text:
        return int(text)
    value = Fraction(text if text[0] != "." else "0" + text)
    return value.numerator if value.denominator == 1 else value


def parse_chain(tokens: Sequence[Token]) -> Chain:
    """Parse one run of mathematical tokens.

    Raises:
        Unreadable: it is not of the grammar, ambiguous, too long or too deep.
    """
    if len(tokens) > MAX_TOKENS:
        raise Unreadable("the formula is too long")
    boxed = False
    inner = [token for token in tokens if token.kind != "thin"]
    if len(inner) > 3 and inner[0].kind == "boxed" and _closes_at_end(inner):
        boxed, inner = True, inner[2:-1]
    parser = _Parser(inner)
    chain = parser.chain()
    return chain._replace(boxed=boxed or parser.boxed, start=tokens[0].start, end=tokens[-1].end)


def _closes_at_end(tokens: Sequence[Token]) -> bool:
    """Whether the brace behind `boxed` closes at the last token and holds a whole chain."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.text == "{" and token.kind == "open":
            depth += 1
        elif token.text == "}" and token.kind == "close":
            depth -= 1
            if depth == 0:
                return index == len(tokens) - 1
    return False


class _Parser:
    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.boxed = False

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def chain(self) -> Chain:
        sides = [self.side()]
        relations: list[str] = []
        while (token := self.peek()) is not None:
            if token.kind != "relation":
                raise Unreadable(f"{quoted(token.text)} does not belong there")
            self.at += 1
            relations.append(token.text)
            sides.append(self.side())
        return Chain(tuple(sides), tuple(relations), False, sides[0].start, sides[-1].end)

    def side(self) -> Expr:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable("the formula is nested too deeply")
        left = self.term()
        while (token := self.peek()) is not None and (
            token.kind == "pm" or (token.text in "+-" and token.kind == "operator")
        ):
            self.at += 1
            right = self.term()
            op = "±" if token.kind == "pm" else token.text
            left = Op(op, left, right, "", left.start, right.end, (token.start, token.end))
        self.depth -= 1
        return left

    def term(self) -> Expr:
        left = self.factor()
        divided = ""
        while (token := self.peek()) is not None:
            if token.kind == "operator" and token.text in "*/":
                self.at += 1
                right = self.factor()
                if token.text == "/":
                    divided = "numbers" if isinstance(left, Num) and isinstance(right, Num) and not divided else "other"
                else:
                    divided = ""
                left = Op(token.text, left, right, "sign", left.start, right.end, (token.start, token.end))
            elif token.kind in _ATOM_START:
                previous = self.tokens[self.at - 1]
                self._check_juxtaposed(previous, token, divided)
                right = self.power()
                left = Op("*", left, right, "juxtaposed", left.start, right.end)
                divided = ""
            else:
                break
        return left

    def _check_juxtaposed(self, previous: Token, token: Token, divided: str) -> None:
        if token.kind in ("number", "vulgar"):
            raise Unreadable("a number stands behind another operand")
        if token.kind in ("frac", "boxed") and previous.kind in ("number", "vulgar"):
            raise Unreadable("a number in front of a fraction may be a mixed number")
        if divided == "other" or (divided == "numbers" and not (token.spaced and token.kind == "name")):
            raise Unreadable("a factor behind a division is ambiguous")
        if previous.kind == "name" and token.kind == "name" and token.spaced and not token.math:
            raise Unreadable("two names stand side by side")
        if (previous.kind == "close" and previous.text == "]") or token.text == "[":
            raise Unreadable("square brackets are no product")

    def factor(self) -> Expr:
        token = self.peek()
        if token is not None and ((token.kind == "operator" and token.text in "+-") or token.kind == "pm"):
            self.at += 1
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise Unreadable("the formula is nested too deeply")
            body = self.factor()
            self.depth -= 1
            sign = "±" if token.kind == "pm" else token.text
            return Neg(sign, body, token.start, body.end)
        return self.power()

    def power(self) -> Expr:
        base = self.atom()
        token = self.peek()
        if token is not None and token.kind == "super":
            self.at += 1
            return Op("^", base, Num(int(token.text), token.start, token.end), "super", base.start, token.end)
        if token is not None and token.kind == "power":
            self.at += 1
            exponent = self.factor()
            return Op("^", base, exponent, token.text, base.start, exponent.end)
        return base

    def atom(self) -> Expr:
        token = self.peek()
        if token is None:
            raise Unreadable("the formula ends too early")
        self.at += 1
        kind = token.kind
        if kind == "number":
            following = self.peek()
            value = number(token.text)
            if following is not None and following.kind == "percent":
                self.at += 1
                part = Fraction(value) / 100
                return Num(part.numerator if part.denominator == 1 else part, token.start, following.end)
            if following is not None and following.kind == "vulgar" and not following.spaced and isinstance(value, int):
                self.at += 1
                return Num(value + _VALUES[following.text], token.start, following.end)
            return Num(value, token.start, token.end)
        if kind == "vulgar":
            return Num(_VALUES[token.text], token.start, token.end)
        if kind == "name":
            return Name(token.text, token.start, token.end)
        if kind == "open":
            body = self.side()
            if (following := self.peek()) is not None and following.kind == "comma":
                return self._pair(token, body)
            closing = self._close(token)
            return Group(body, token.text, token.start, closing.end)
        if kind == "frac":
            top, _ = self._braced()
            bottom, end = self._braced()
            return Op("/", top, bottom, "frac", token.start, end)
        if token.text == "√":
            radicand = self.atom()
            return Group(radicand, "sqrt", token.start, radicand.end)
        if kind in ("sqrt", "boxed"):
            body, end = self._braced()
            self.boxed = self.boxed or kind == "boxed"
            return Group(body, kind, token.start, end)
        raise Unreadable(f"{quoted(token.text)} does not belong there")

    def _pair(self, opened: Token, first: Expr) -> Expr:
        parts = [first]
        while (token := self.peek()) is not None and token.kind == "comma" and len(parts) < 3:
            self.at += 1
            parts.append(self.side())
        closing = self._close(opened)
        if opened.text != "(" or self.depth != 1 or any(isinstance(part, Pair) for part in parts):
            raise Unreadable("a list in a formula")
        return Pair(tuple(parts), opened.start, closing.end)

    def _close(self, opened: Token) -> Token:
        token = self.peek()
        if token is None or token.kind != "close" or token.text != _CLOSES[opened.text]:
            raise Unreadable("a bracket is not closed")
        self.at += 1
        return token

    def _braced(self) -> tuple[Expr, int]:
        token = self.peek()
        if token is None or token.kind != "open" or token.text != "{":
            raise Unreadable("a brace is missing")
        self.at += 1
        body = self.side()
        return body, self._close(token).end
