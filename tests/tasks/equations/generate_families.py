"""Quadratics, systems, identities and contradictions with worked answers; shares no code with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random


def plus(value: int) -> str:
    return f"+ {value}" if value >= 0 else f"- {-value}"


def times(factor: int, name: str) -> str:
    return name if factor == 1 else f"-{name}" if factor == -1 else f"{factor}{name}"


def joined(factor: int, name: str) -> str:
    return f"+ {times(factor, name)}" if factor >= 0 else f"- {times(-factor, name)}"


def bracketed(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


@dataclass(frozen=True)
class Quadratic:
    """`(x - p)(x - q) = 0`, multiplied out; `p > q`."""

    name: str
    p: int
    q: int

    @property
    def b(self) -> int:
        return -(self.p + self.q)

    @property
    def c(self) -> int:
        return self.p * self.q

    @property
    def text(self) -> str:
        return f"{self.name}^2 {joined(self.b, self.name)} {plus(self.c)} = 0"


def quadratic(random: Random, name: str = "x") -> Quadratic:
    """With two different whole roots, and no coefficient that is 0, 1 or -1."""
    while True:
        p, q = random.randint(-12, 12), random.randint(-12, 12)
        made = Quadratic(name, max(p, q), min(p, q))
        if p != q and abs(made.b) > 1 and abs(made.c) > 1:
            return made


def _formula(made: Quadratic, p: int, q: int) -> str:
    x, b, c = made.name, made.b, made.c
    disc = b * b - 4 * c
    root = made.p - made.q
    return (
        f"To solve \\({made.text}\\), we use the quadratic formula:\n\n"
        f"\\[ {x} = \\frac{{-b \\pm \\sqrt{{b^2 - 4ac}}}}{{2a}} \\]\n\n"
        f"Here \\(a = 1\\), \\(b = {b}\\) and \\(c = {c}\\). First, we calculate the discriminant:\n\n"
        f"\\[ b^2 - 4ac = {bracketed(b)}^2 - 4 \\cdot 1 \\cdot {bracketed(c)} = {disc} \\]\n\n"
        f"\\[ {x} = \\frac{{{-b} \\pm \\sqrt{{{disc}}}}}{{2}} = \\frac{{{-b} \\pm {root}}}{{2}} \\]\n\n"
        f"This gives two solutions:\n\n"
        f"\\[ {x} = \\frac{{{-b} + {root}}}{{2}} = {p} \\]\n\\[ {x} = \\frac{{{-b} - {root}}}{{2}} = {q} \\]\n\n"
        f"Therefore, the solutions are \\({x} = {p}\\) and \\({x} = {q}\\)."
    )


def _factored(made: Quadratic, p: int, q: int) -> str:
    x = made.name
    return (
        f"Factoring gives ({x} {plus(-made.p)})({x} {plus(-made.q)}) = 0.\n\n"
        f"So {x} {plus(-made.p)} = 0 or {x} {plus(-made.q)} = 0.\n\nTherefore, {x} = {p} or {x} = {q}."
    )


QUADRATIC_ANSWERS: dict[str, Callable[[Quadratic, int, int], str]] = {
    "formula": _formula,
    "factored": _factored,
    "short": lambda made, p, q: f"{made.name} = {p} or {made.name} = {q}",
    "boxed": lambda made, p, q: f"The solutions are \\(\\boxed{{{p} \\text{{ and }} {q}}}\\).",
    "list": lambda made, p, q: f"The solutions are:\n\n1. \\({made.name} = {p}\\)\n2. \\({made.name} = {q}\\)",
    "indexed": lambda made, p, q: f"\\[{made.name}_1 = {p}\\]\n\\[{made.name}_2 = {q}\\]",
}
QUADRATIC_REQUESTS: tuple[Callable[[str, str], str], ...] = (
    lambda e, x: f"Solve {e}. Give all solutions.",
    lambda e, x: f"Solve {e} for {x}.",
    lambda e, x: f"Find all solutions of {e}.",
    lambda e, x: f"What are the roots of ${e}$?",
    lambda e, x: f"Find all real roots of {e}",
    lambda e, x: f"Solve the quadratic equation {e}.",
)


@dataclass(frozen=True)
class System:
    """`a*x + b*y = e` and `c*x + d*y = f`."""

    x: str
    y: str
    a: int
    b: int
    c: int
    d: int
    at: tuple[int, int]

    @property
    def e(self) -> int:
        return self.a * self.at[0] + self.b * self.at[1]

    @property
    def f(self) -> int:
        return self.c * self.at[0] + self.d * self.at[1]

    @property
    def first(self) -> str:
        return f"{times(self.a, self.x)} {joined(self.b, self.y)} = {self.e}"

    @property
    def second(self) -> str:
        return f"{times(self.c, self.x)} {joined(self.d, self.y)} = {self.f}"


def system(random: Random, names: str = "xy") -> System:
    """With a whole solution, whose elimination of the first unknown leaves a coefficient other than 1 and -1."""
    while True:
        a, b, c, d = (random.randint(2, 9) for _ in range(4))
        made = System(names[0], names[1], a, b, c, d, (random.randint(-9, 9), random.randint(-9, 9)))
        different = len({a, b, c, d}) == 4
        if different and abs(a * d - b * c) > 1 and made.e and made.f and 0 not in made.at:
            return made


def _eliminated(made: System, p: int, q: int) -> str:
    x, y, a, b, c, d = made.x, made.y, made.a, made.b, made.c, made.d
    left = d * a - b * c
    right = a * made.f - c * made.e
    return (
        f"To solve the system, we use elimination.\n\n"
        f"Multiply the first equation by {c}:\n{c * a}{x} {joined(c * b, y)} = {c * made.e}\n\n"
        f"Multiply the second equation by {a}:\n{a * c}{x} {joined(a * d, y)} = {a * made.f}\n\n"
        f"Now subtract the first equation from the second one:\n{left}{y} = {right}\n{y} = {q}\n\n"
        f"Substitute {y} = {q} into the first equation:\n{times(a, x)} + {b}({q}) = {made.e}\n"
        f"{times(a, x)} {plus(b * q)} = {made.e}\n{times(a, x)} = {made.e - b * made.at[1]}\n{x} = {p}\n\n"
        f"So the solution is {x} = {p} and {y} = {q}."
    )


SYSTEM_ANSWERS: dict[str, Callable[[System, int, int], str]] = {
    "eliminated": _eliminated,
    "short": lambda made, p, q: f"{made.x} = {p}, {made.y} = {q}",
    "pair": lambda made, p, q: f"The solution is \\(({made.x}, {made.y}) = ({p}, {q})\\).",
    "boxed": lambda made, p, q: f"\\[\\boxed{{({p}, {q})}}\\]",
    "lines": lambda made, p, q: f"Therefore:\n\n{made.x} = {p}\n\n{made.y} = {q}",
}
SYSTEM_REQUESTS: tuple[Callable[[System], str], ...] = (
    lambda made: f"Solve the system: {made.first}, {made.second}.",
    lambda made: f"Solve the system of equations {made.first} and {made.second}.",
    lambda made: f"Solve for {made.x} and {made.y}: {made.first}; {made.second}",
    lambda made: f"{made.first}\n{made.second}\n\nSolve for {made.x} and {made.y}.",
    lambda made: f"Find {made.x} and {made.y} such that {made.first} and {made.second}.",
)


def same_signs(random: Random, made: Quadratic) -> Quadratic:
    """Another quadratic of the same form."""
    return quadratic(random, made.name)


EMPTY_ANSWERS: tuple[str, ...] = (
    "There is no solution.",
    "Subtract {a}x from both sides:\n{b} = {c}\n\nThis is a contradiction, so the equation has no solution.",
    "This cannot be true, so there is no solution.",
)
FULL_ANSWERS: tuple[str, ...] = (
    "Infinitely many solutions.",
    "Both sides are equal, so all real numbers are solutions.",
    "{a}x + {b} = {a}x + {b} is true for all values of x.",
)
