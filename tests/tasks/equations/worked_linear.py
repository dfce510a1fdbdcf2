"""Linear equations in several arrangements and assignments, with answers in ten manners of real models.

Every number is computed here with `Fraction`; nothing is shared with the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

NAMES = "xyztnm"


def decimal(value: Fraction | int) -> str:
    """A number whose denominator divides a power of ten."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    digits = str(abs(value) * 10_000 // 1).rjust(5, "0")
    assert value * 10_000 == int(value * 10_000)
    return f"{'-' if value < 0 else ''}{digits[:-4]}.{digits[-4:].rstrip('0')}"


def added(value: Fraction | int) -> str:
    return f"+ {decimal(value)}" if value >= 0 else f"- {decimal(-value)}"


def removed(value: Fraction | int) -> str:
    return added(-value)


def _moved_away(value: Fraction | int) -> tuple[str, str]:
    """What takes an added term away: to do, and doing."""
    if value >= 0:
        return f"subtract {decimal(value)} from both sides", f"subtracting {decimal(value)} from both sides"
    return f"add {decimal(-value)} to both sides", f"adding {decimal(-value)} to both sides"


def _by(verb: str, doing: str, value: Fraction | int) -> tuple[str, str]:
    return f"{verb} both sides by {decimal(value)}", f"{doing} both sides by {decimal(value)}"


@dataclass(frozen=True)
class Move:
    """One operation: to do, doing, what is written out, and what comes out."""

    do: str
    doing: str
    long: str
    short: str


@dataclass(frozen=True)
class Worked:
    """An equation, the way to its root, and a check."""

    x: str
    equation: str
    moves: tuple[Move, ...]
    root: str
    check: str


@dataclass(frozen=True)
class Linear:
    """Numbers of one equation; which ones are used depends on its arrangement."""

    x: str
    a: Fraction
    b: Fraction
    c: Fraction
    root: Fraction

    def works(self) -> dict[str, Fraction]:
        return {self.x: self.root}


def _ax_b(made: Linear, a: Fraction, b: Fraction, right: Fraction) -> tuple[Move, Move]:
    """The last two moves of `ax + b = right`."""
    x, ax, rest = made.x, f"{decimal(a)}{made.x}", decimal(right - b)
    return (
        Move(
            *_moved_away(b),
            f"{ax} {added(b)} {removed(b)} = {decimal(right)} {removed(b)}",
            f"{ax} = {rest}",
        ),
        Move(*_by("divide", "dividing", a), f"{ax}/{decimal(a)} = {rest}/{decimal(a)}", f"{x} = {decimal(made.root)}"),
    )


def both_sides(made: Linear, _: int) -> Worked:
    """`ax + b = cx + d`."""
    x, a, b, c = made.x, made.a, made.b, made.c
    d = (a - c) * made.root + b
    ax, cx = f"{decimal(a)}{x}", f"{decimal(c)}{x}"
    equation = f"{ax} {added(b)} = {cx} {added(d)}"
    first = Move(
        f"subtract {cx} from both sides",
        f"subtracting {cx} from both sides",
        f"{ax} - {cx} {added(b)} = {decimal(d)}",
        f"{decimal(a - c)}{x} {added(b)} = {decimal(d)}",
    )
    r = decimal(made.root)
    value = decimal(a * made.root + b)
    check = f"{decimal(a)}({r}) {added(b)} = {value} and {decimal(c)}({r}) {added(d)} = {value}"
    return Worked(x, equation, (first, *_ax_b(made, a - c, b, d)), r, check)


def parentheses(made: Linear, style: int) -> Worked:
    """`a(x + b) = c`, with the brackets opened in every second style, else divided by `a`."""
    x, a, b = made.x, made.a, made.b
    right = a * (made.root + b)
    r = decimal(made.root)
    check = f"{decimal(a)}({r} {added(b)}) = {decimal(a)}({decimal(made.root + b)}) = {decimal(right)}"
    equation = f"{decimal(a)}({x} {added(b)}) = {decimal(right)}"
    if style % 2:
        opened = Move(
            f"distribute the {decimal(a)} on the left side",
            f"distributing the {decimal(a)} on the left side",
            f"{decimal(a)} * {x} {'+' if b > 0 else '-'} {decimal(a)} * {decimal(abs(b))} = {decimal(right)}",
            f"{decimal(a)}{x} {added(a * b)} = {decimal(right)}",
        )
        return Worked(x, equation, (opened, *_ax_b(made, a, a * b, right)), r, check)
    inner = f"{x} {added(b)}"
    sum_ = decimal(made.root + b)
    divided = Move(*_by("divide", "dividing", a), f"{inner} = {decimal(right)}/{decimal(a)}", f"{inner} = {sum_}")
    rest = Move(*_moved_away(b), f"{inner} {removed(b)} = {sum_} {removed(b)}", f"{x} = {r}")
    return Worked(x, equation, (divided, rest), r, check)


def fraction(made: Linear, _: int) -> Worked:
    """`x/a + b = c`; the root is a multiple of `a`."""
    x, a, b = made.x, made.a, made.b
    root = made.root * a
    r, n, right = decimal(root), decimal(made.root), decimal(made.root + b)
    part = f"{x}/{decimal(a)}"
    return Worked(
        x,
        f"{part} {added(b)} = {right}",
        (
            Move(*_moved_away(b), f"{part} {added(b)} {removed(b)} = {right} {removed(b)}", f"{part} = {n}"),
            Move(*_by("multiply", "multiplying", a), f"{x} = {n} * {decimal(a)}", f"{x} = {r}"),
        ),
        r,
        f"{r}/{decimal(a)} {added(b)} = {n} {added(b)} = {right}",
    )


def decimals(made: Linear, _: int) -> Worked:
    """`0.5x + 1.5 = 4`."""
    x, a, b = made.x, made.a / 10, made.b / 10
    right = a * made.root + b
    r = decimal(made.root)
    return Worked(
        x,
        f"{decimal(a)}{x} {added(b)} = {decimal(right)}",
        _ax_b(made, a, b, right),
        r,
        f"{decimal(a)}({r}) {added(b)} = {decimal(a * made.root)} {added(b)} = {decimal(right)}",
    )


def linear(random: Random) -> Linear:
    """Without a zero or a one anywhere, so that a change of numbers is a change of numbers only."""
    while True:
        a, c = random.randint(6, 14), random.randint(2, 4)
        b, root = random.choice((-1, 1)) * random.randint(2, 19), random.choice((1, 1, -1)) * random.randint(2, 15)
        made = Linear(random.choice(NAMES), Fraction(a), Fraction(b), Fraction(c), Fraction(root))
        if _plain(made):
            return made


def _plain(made: Linear) -> bool:
    a, b, c, root = made.a, made.b, made.c, made.root
    return a != 10 and a - c > 1 and (a - c) * root + b != 0 and root + b not in (0, 1, -1) and a * root + b != 0


def linear_changed(made: Linear, kind: str, random: Random) -> Linear:
    """The same arrangement with another constant, another coefficient or another name."""
    while True:
        other = linear(random)
        if kind == "constant":
            other = replace(made, b=other.b, root=other.root)
        elif kind == "coefficient":
            other = replace(made, a=other.a)
        else:
            other = replace(made, x=other.x)
        if other != made and _plain(other):
            return other


LINEAR_REQUESTS = (
    "Solve {e} for {x}.",
    "Solve for {x}: {e}",
    "Find the value of {x}: {e}",
    "What is the value of {x} if {e}?",
    "If {e}, then what is {x}?",
    "Let {e}. Calculate {x}.",
    "Find {x} such that {e}. Show your work step by step.",
    "Can you solve {e}?",
    "Please solve the following linear equation, explaining each step:\n\n{e}",
    "I need to solve {e} for {x}. Walk me through the steps.",
)


def _tex(text: str) -> str:
    text = re.sub(r"([\w.]+)/([\w.]+)", r"\\frac{\1}{\2}", text)
    return text.replace(" * ", " \\cdot ")


def _cap(text: str) -> str:
    return text[0].upper() + text[1:]


def _numbered(made: Worked) -> str:
    lines = [f"Start with the equation: {made.equation}", *(f"{_cap(move.do)}: {move.short}" for move in made.moves)]
    return "\n".join(f"{at}. {line}" for at, line in enumerate(lines, 1))


def _displayed(made: Worked) -> str:
    steps = "".join(
        f"{at}. **{_cap(move.do)}:**\n   \\[\n   {_tex(move.long)}\n   \\]\n"
        f"   Simplifying this, we get:\n   \\[\n   {_tex(move.short)}\n   \\]\n\n"
        for at, move in enumerate(made.moves, 1)
    )
    return (
        f"To solve the equation \\({_tex(made.equation)}\\), we will follow these steps:\n\n{steps}"
        f"Therefore, the solution is \\({made.x} = {made.root}\\)."
    )


def _bold_steps(made: Worked) -> str:
    steps = "".join(f"**Step {at}:** {_cap(move.do)}.\n\n{move.short}\n\n" for at, move in enumerate(made.moves, 2))
    return (
        f"**Step 1:** Write down the equation.\n\n{made.equation}\n\n{steps}So, the solution is {made.x} = {made.root}."
    )


def _spoken(made: Worked) -> str:
    words = ["First", *["Next"] * (len(made.moves) - 2), "Finally"]
    steps = "".join(f"{word}, {move.do}: {move.short}.\n\n" for word, move in zip(words, made.moves, strict=True))
    return f"Absolutely, happy to help!\n\n{steps}So {made.x} = {made.root} is the solution."


def _thus(made: Worked) -> str:
    steps = "".join(
        f"{_cap(move.do)}:\n\\[ {_tex(move.long)} \\]\n\\[ {_tex(move.short)} \\]\n\n" for move in made.moves
    )
    return (
        f"To find the value of \\( {made.x} \\), we need to isolate it on one side of the equation.\n\n{steps}"
        f"Thus, the value of \\( {made.x} \\) is {made.root}."
    )


def _boxed(made: Worked) -> str:
    steps = "".join(f"{_cap(move.do)}:\n$${_tex(move.short)}$$\n\n" for move in made.moves)
    return f"Starting with ${_tex(made.equation)}$.\n\n{steps}$$\\boxed{{{made.root}}}$$"


def _aligned(made: Worked) -> str:
    texts = [made.equation]
    for move in made.moves:
        texts += [move.long, move.short]
    lines = " \\\\\n".join(_tex(text).replace(" = ", " &= ", 1) for text in texts)
    return (
        f"Sure thing, here is the full working:\n\n$$\n\\begin{{aligned}}\n{lines}\n\\end{{aligned}}\n$$\n\n"
        f"Hence ${made.x} = {made.root}$."
    )


def _headed(made: Worked) -> str:
    steps = "".join(f"### {at}. {_cap(move.do)}\n\n$${_tex(move.short)}$$\n\n" for at, move in enumerate(made.moves, 1))
    return f"{steps}That's our answer: ${made.x} = {made.root}$. To be sure, plug it back in: ${_tex(made.check)}$. ✓"


def _told(made: Worked) -> str:
    steps = " ".join(f"{_cap(move.doing)} gives {move.short}." for move in made.moves)
    return f"We start with {made.equation}. {steps}"


def _chatty(made: Worked) -> str:
    steps = "".join(
        f"{at}. **{_cap(move.do)}** to isolate the term with {made.x}:\n   {move.long}\n   {move.short}\n\n"
        for at, move in enumerate(made.moves, 1)
    )
    return (
        f"Sure, I can help you solve the equation {made.equation}. Let's break it down step by step.\n\n{steps}"
        f"Therefore, the solution to the equation {made.equation} is **{made.x} = {made.root}**."
    )


LINEAR_ANSWERS: tuple[Callable[[Worked], str], ...] = (
    _numbered, _displayed, _bold_steps, _spoken, _thus, _boxed, _aligned, _headed, _told, _chatty,
)  # fmt: skip


@dataclass(frozen=True)
class Assigned:
    """`g p = g v`, then `c x + p = d`."""

    x: str
    p: str
    g: int
    v: int
    c: int
    root: int

    def slots(self) -> dict[str, object]:
        c, x, p, v = self.c, self.x, self.p, self.v
        d = c * self.root + v
        return {
            "x": x, "p": p, "g": self.g, "h": self.g * v, "v": v, "c": c, "d": d, "n": d - v, "r": self.root,
            "given": f"{self.g}{p} = {self.g * v}", "e": f"{c}{x} + {p} = {d}",
        }  # fmt: skip


def assigned(random: Random) -> Assigned:
    x = random.choice(NAMES)
    return Assigned(
        x,
        random.choice("abkpw"),
        random.randint(2, 9),
        random.randint(2, 12),
        random.randint(2, 9),
        random.randint(2, 12),
    )


def assigned_changed(made: Assigned, kind: str, random: Random) -> Assigned:
    """Another value or right side, another coefficient, or other names."""
    while True:
        other = assigned(random)
        if kind == "constant":
            other = replace(made, v=random.choice((made.v, other.v)), root=other.root)
        elif kind == "coefficient":
            other = replace(made, g=random.choice((made.g, other.g)), c=other.c)
        else:
            other = replace(made, x=other.x, p=random.choice((made.p, other.p)))
        if other != made:
            return other


ASSIGNED_REQUESTS = (
    "Let {given}. Solve {e} for {x}.",
    "If {given}, solve {e} for {x}.",
    "Given {given}, find {x} such that {e}.",
    "Given that {given}, solve {e} for {x}.",
    "Suppose {given}. Find {x} if {e}.",
    "Solve {e} for {x} if {given}.",
    "Solve {e} for {x}, given that {given}.",
    "Let {given}. What is the value of {x} if {e}?",
    "Assume {given}. Solve for {x}: {e}",
    "Let {given}. Please solve {e} for {x}, explaining each step.",
)
ASSIGNED_ANSWERS = (
    "First, solve for {p}:\n\n{given}\n{p} = {v}\n\nNext, substitute {p} = {v} into the second equation:\n\n"
    "{c}{x} + {v} = {d}\n{c}{x} = {n}\n{x} = {r}\n\nSo, **{x} = {r}**.",
    "**Step 1: Find \\({p}\\).**\nFrom \\({given}\\), divide both sides by {g} to get \\({p} = {v}\\).\n\n"
    "**Step 2: Substitute into \\({e}\\).**\n\\[{c}{x} + {v} = {d}\\]\nSubtract {v} from both sides:\n"
    "\\[{c}{x} = {n}\\]\nDivide both sides by {c}:\n\\[{x} = {r}\\]\n\nTherefore, \\(\\boxed{{{x} = {r}}}\\).",
    "Since {given}, we know {p} = {v}. Plugging that into {e} gives {c}{x} + {v} = {d}, so {c}{x} = {n} and {x} = {r}.",
    "1. Divide both sides of {given} by {g}: {p} = {v}\n2. Substitute {p} = {v} into {e}: {c}{x} + {v} = {d}\n"
    "3. Subtract {v} from both sides: {c}{x} = {n}\n4. Divide both sides by {c}: {x} = {r}",
    "To solve for \\({x}\\), we first find \\({p}\\):\n\n\\[\n{p} = \\frac{{{h}}}{{{g}}} = {v}\n\\]\n\n"
    "Now we substitute this value into the equation:\n\n\\[\n{c}{x} + {v} = {d}\n\\]\n\n"
    "Subtracting {v} from both sides:\n\n\\[\n{c}{x} = {d} - {v} = {n}\n\\]\n\nDividing both sides by {c}:\n\n"
    "\\[\n{x} = \\frac{{{n}}}{{{c}}} = {r}\n\\]\n\nTherefore, the value of \\({x}\\) is {r}.",
    "With {p} = {v}, the equation becomes {c}{x} + {v} = {d}. Subtracting {v} from both sides gives {c}{x} = {n}, "
    "and dividing both sides by {c} gives {x} = {r}.",
    "### Find {p}\n\n{given}\n\n{p} = {h} / {g} = {v}\n\n### Solve for {x}\n\n{c}{x} + {p} = {d}\n\n{c}{x} + "
    "{v} = {d}\n\n"
    "{c}{x} = {d} - {v}\n\n{c}{x} = {n}\n\n{x} = {n} / {c}\n\n{x} = {r}",
    "We have {given}, so:\n\n$${p} = {v}$$\n\nSubstitute it into ${e}$:\n\n$${c}{x} + {v} = {d}$$\n$${c}{x} = {n}$$\n"
    "$${x} = {r}$$\n\nThe answer is $\\boxed{{{r}}}$.",
    "Okay, here's the solution:\n\n1.  **Solve for {p}:**\n    {given}\n    {p} = {v}\n\n"
    "2.  **Substitute the value of {p}:**\n    {c}{x} + {v} = {d}\n\n3.  **Solve for {x}:**\n"
    "    {c}{x} = {d} - {v}\n    {c}{x} = {n}\n    {x} = {r}\n\nTherefore, the value of {x} is **{r}**.",
    "{p} = {h}/{g} = {v}\n{c}{x} + {v} = {d}\n{c}{x} = {n}\n{x} = {r}\n\nCheck: {c}({r}) + {v} = {n} + {v} = {d} ✓",
)
