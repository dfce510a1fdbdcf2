"""Equations built around roots that were drawn first, their worked answers, and ways to ask for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final, Protocol

from stepcache_lc.bench.truths import Root, Roots, Truth, Values
from stepcache_lc.bench.workloads.base import Derivation, Line

NAMES: Final = "xyztnmabk"


class Problem(Protocol):
    """Equations whose solution is known."""

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The names that are asked for."""
        ...

    @property
    def text(self) -> str:
        """The equation, or the equations between commas."""
        ...

    @property
    def truth(self) -> Truth:
        """What a right answer states."""
        ...

    @property
    def derivation(self) -> Derivation:
        """A worked answer."""
        ...


@dataclass(frozen=True)
class Linear:
    """`a x + b = c`, with a whole root."""

    unknown: str
    a: int
    b: int
    root: int

    @property
    def c(self) -> int:
        """The right side."""
        return self.a * self.root + self.b

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The one unknown."""
        return (self.unknown,)

    @property
    def text(self) -> str:
        """The equation."""
        return f"{_times(self.a, self.unknown)} {_plus(self.b)} = {self.c}"

    @property
    def truth(self) -> Truth:
        """The root."""
        return Root(self.unknown, Fraction(self.root))

    @property
    def derivation(self) -> Derivation:
        """Take the constant away, divide by the coefficient."""
        return Derivation(
            self.text, (_without_constant(self), _divided(self.unknown, self.a, self.c - self.b)), self._final
        )

    @property
    def _final(self) -> tuple[str, ...]:
        return (f"{self.unknown} = {self.root}",)


@dataclass(frozen=True)
class TwoSided(Linear):
    """`a x + b = k x + d`."""

    k: int

    @property
    def d(self) -> int:
        """The constant of the right side."""
        return (self.a - self.k) * self.root + self.b

    @property
    def text(self) -> str:
        """The equation."""
        x = self.unknown
        return f"{_times(self.a, x)} {_plus(self.b)} = {_times(self.k, x)} {_plus(self.d)}"

    @property
    def derivation(self) -> Derivation:
        """Bring the unknown to the left, then as above."""
        x, left = self.unknown, Linear(self.unknown, self.a - self.k, self.b, self.root)
        term = _times(self.k, x)
        first = Line(
            f"Subtract {term} from both sides",
            f"{_times(self.a, x)} {_plus(self.b)} - {term} = {term} {_plus(self.d)} - {term}",
            left.text,
        )
        return Derivation(self.text, (first, *left.derivation.lines), self._final)


@dataclass(frozen=True)
class Bracketed(Linear):
    """`a (x + b) = c`."""

    @property
    def c(self) -> int:
        """The right side."""
        return self.a * (self.root + self.b)

    @property
    def text(self) -> str:
        """The equation."""
        return f"{self.a}({self.unknown} {_plus(self.b)}) = {self.c}"

    @property
    def derivation(self) -> Derivation:
        """Divide by the factor, take the constant away."""
        inner = Linear(self.unknown, 1, self.b, self.root)
        first = Line(
            f"Divide both sides by {self.a}",
            f"{self.unknown} {_plus(self.b)} = {self.c} / {self.a}",
            inner.text,
        )
        return Derivation(self.text, (first, _without_constant(inner)), self._final)


@dataclass(frozen=True)
class Quotient(Linear):
    """`x / a + b = c`; `a` divides the root."""

    @property
    def c(self) -> int:
        """The right side."""
        return self.root // self.a + self.b

    @property
    def text(self) -> str:
        """The equation."""
        return f"{self.unknown}/{self.a} {_plus(self.b)} = {self.c}"

    @property
    def derivation(self) -> Derivation:
        """Take the constant away, multiply by the denominator."""
        x, left = self.unknown, self.c - self.b
        verb, back = _removal(self.b)
        return Derivation(
            self.text,
            (
                Line(
                    f"{verb} both sides",
                    f"{x}/{self.a} {_plus(self.b)} {back} = {self.c} {back}",
                    f"{x}/{self.a} = {left}",
                ),
                Line(f"Multiply both sides by {self.a}", f"{x} = {left} * {self.a}", f"{x} = {self.root}"),
            ),
            self._final,
        )


@dataclass(frozen=True)
class Quadratic:
    """`x^2 + p x + q = 0` with two whole roots."""

    unknown: str
    roots: tuple[int, int]

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The one unknown."""
        return (self.unknown,)

    @property
    def text(self) -> str:
        """The equation."""
        one, two = self.roots
        middle = "" if one + two == 0 else f" {_plus_times(-(one + two), self.unknown)}"
        return f"{self.unknown}^2{middle} {_plus(one * two)} = 0"

    @property
    def truth(self) -> Truth:
        """Both roots."""
        return Roots(self.unknown, frozenset(Fraction(root) for root in self.roots))

    @property
    def derivation(self) -> Derivation:
        """Factor, then read off the roots."""
        x, (one, two) = self.unknown, self.roots
        factored = f"({x} {_plus(-one)})({x} {_plus(-two)}) = 0"
        return Derivation(
            self.text,
            (Line("Factor the left side", factored, factored),),
            (f"{x} = {one}", f"{x} = {two}"),
        )


@dataclass(frozen=True)
class System:
    """Two linear equations in two unknowns, with whole coefficients and a whole solution."""

    names: tuple[str, str]
    first: tuple[int, int]
    second: tuple[int, int]
    solution: tuple[int, int]

    @property
    def unknowns(self) -> tuple[str, ...]:
        """Both unknowns."""
        return self.names

    @property
    def text(self) -> str:
        """Both equations."""
        return f"{self._side(self.first)}, {self._side(self.second)}"

    @property
    def truth(self) -> Truth:
        """The value of each unknown."""
        return Values({name: Fraction(value) for name, value in zip(self.names, self.solution, strict=True)})

    @property
    def derivation(self) -> Derivation:
        """Add the equations (the coefficients of the second unknown are opposite), then put the value in."""
        (x, y), (v, w) = self.names, self.solution
        (a, b), (c, _) = self.first, self.second
        total, value = a + c, (a + c) * v
        right = a * v + b * w
        return Derivation(
            self.text,
            (
                Line("Add the two equations", f"{_times(total, x)} = {value}", f"{_times(total, x)} = {value}"),
                _divided(x, total, value),
                Line(
                    f"Substitute {x} = {v} into the first equation",
                    f"{a} * {_in_brackets(v)} {_plus_times(b, y)} = {right}",
                    f"{_times(b, y)} = {b * w}",
                ),
                _divided(y, b, b * w),
            ),
            (f"{x} = {v}", f"{y} = {w}"),
        )

    def _side(self, factors: tuple[int, int]) -> str:
        (a, b), (x, y), (v, w) = factors, self.names, self.solution
        return f"{_times(a, x)} {_plus_times(b, y)} = {a * v + b * w}"


# ---------------------------------------------------------------------------------------------------- drawing


def linear(random: Random, unknown: str | None = None, a: int | None = None) -> Linear:
    """A linear equation with positive coefficient and whole root."""
    return Linear(
        unknown or random.choice(NAMES),
        a or random.randint(2, 12),
        random.choice((1, 1, 1, -1)) * random.randint(1, 30),
        random.randint(2, 15),
    )


def two_sided(random: Random) -> TwoSided:
    """An equation with the unknown on both sides."""
    while True:
        k = random.randint(2, 9)
        found = TwoSided(
            random.choice(NAMES),
            random.randint(k + 2, k + 9),
            random.choice((1, -1)) * random.randint(1, 30),
            random.randint(2, 15),
            k,
        )
        if found.d:
            return found


def bracketed(random: Random) -> Bracketed:
    """An equation with a factor in front of a bracket."""
    return Bracketed(
        random.choice(NAMES),
        random.randint(2, 9),
        random.choice((1, -1)) * random.randint(1, 20),
        random.randint(21, 35),
    )


def quotient(random: Random) -> Quotient:
    """An equation with the unknown above a number."""
    a = random.randint(2, 9)
    return Quotient(random.choice(NAMES), a, random.choice((1, -1)) * random.randint(1, 20), a * random.randint(2, 12))


def quadratic(random: Random) -> Quadratic:
    """A quadratic equation with two whole roots."""
    one, two = random.sample([value for value in range(-9, 10) if value], 2)
    return Quadratic(random.choice("xyzt"), (one, two))


def system(random: Random) -> System:
    """Two equations that are solved by adding them."""
    x, y = random.choice((("x", "y"), ("a", "b"), ("m", "n")))
    b = random.randint(2, 7)
    a, c = random.sample(range(2, 9), 2)
    return System((x, y), (a, b), (c, -b), (random.randint(2, 9), random.randint(2, 9)))


FORMS: Final[tuple[Callable[[Random], Problem], ...]] = (linear, two_sided, bracketed, quotient, quadratic, system)


# ----------------------------------------------------------------------------------------------------- asking

REQUESTS: Final = (
    "Solve {e} for {x}.",
    "Solve for {x}: {e}",
    "Find {x}: {e}",
    "What is the value of {x} if {e}?",
    "If {e}, then what is {x}?",
    "Let {e}. Calculate {x}.",
    "Given that {e}, find {x}.",
    "Determine the value of {x} in the equation {e}.",
    "Please solve the equation {e} for {x}.",
    "For what value of {x} is {e} true?",
    "I need to find {x} such that {e}.",
    "Can you solve {e} for {x}? Thanks!",
)
"""Ways to ask for the value of one unknown."""
NOTATIONS: Final[tuple[Callable[[str, str], str], ...]] = (
    lambda equation, _: f"${equation}$",
    lambda equation, _: f"\\({equation}\\)",
    lambda equation, unknown: _starred(equation, unknown),
    lambda equation, _: equation.replace(" ", ""),
    lambda equation, _: equation.replace("-", "−"),
    lambda equation, _: f"**{equation}**",
    lambda equation, _: f"`{equation}`",
)
"""Other ways to write one equation: delimiters, an asterisk, blanks, another minus (no change where there is none)."""


def _starred(equation: str, unknown: str) -> str:
    """With the multiplication written out."""
    written = ""
    for at, sign in enumerate(equation):
        written += " * " if sign == unknown and at and equation[at - 1].isdigit() else ""
        written += sign
    return written


# ------------------------------------------------------------------------------------------------- how it looks


def _times(factor: int, name: str) -> str:
    return name if factor == 1 else f"-{name}" if factor == -1 else f"{factor}{name}"


def _plus(value: int) -> str:
    return f"+ {value}" if value >= 0 else f"- {-value}"


def _plus_times(factor: int, name: str) -> str:
    return f"+ {_times(factor, name)}" if factor >= 0 else f"- {_times(-factor, name)}"


def _in_brackets(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _removal(constant: int) -> tuple[str, str]:
    """How a constant is taken away: in words, and as it is written on both sides."""
    return (
        (f"Subtract {constant} from", f"- {constant}") if constant >= 0 else (f"Add {-constant} to", f"+ {-constant}")
    )


def _without_constant(equation: Linear) -> Line:
    """The step from `a x + b = c` to `a x = c - b`."""
    term, right = _times(equation.a, equation.unknown), equation.a * equation.root
    verb, back = _removal(equation.b)
    return Line(
        f"{verb} both sides",
        f"{term} {_plus(equation.b)} {back} = {right + equation.b} {back}",
        f"{term} = {right}",
    )


def _divided(unknown: str, factor: int, right: int) -> Line:
    """The step from `a x = d` to `x = d / a`."""
    return Line(
        f"Divide both sides by {_in_brackets(factor)}",
        f"{unknown} = {right} / {_in_brackets(factor)}",
        f"{unknown} = {right // factor}",
    )
