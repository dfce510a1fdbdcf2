"""Identities and contradictions, with answers in ten manners of real models; the numbers are this file's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from .generate_families import plus

NAMES = "xyzt"


@dataclass(frozen=True)
class Empty:
    """`ax + b = ax + c` with two constants that differ: a contradiction."""

    x: str
    a: int
    b: int
    c: int

    def slots(self) -> dict[str, object]:
        a, b, c, x = self.a, self.b, self.c, self.x
        return {
            "x": x, "a": a, "b": b, "c": c, "ax": f"{a}{x}", "pb": plus(b), "pc": plus(c),
            "e": f"{a}{x} {plus(b)} = {a}{x} {plus(c)}",
        }  # fmt: skip


@dataclass(frozen=True)
class Full:
    """`a(x + b) = ax + ab`: an identity."""

    x: str
    a: int
    b: int

    def slots(self) -> dict[str, object]:
        a, b, x = self.a, self.b, self.x
        return {
            "x": x, "a": a, "b": b, "ab": a * b, "ax": f"{a}{x}", "pb": plus(b), "pab": plus(a * b),
            "e": f"{a}({x} {plus(b)}) = {a}{x} {plus(a * b)}",
        }  # fmt: skip


def empty(random: Random) -> Empty:
    b, c = random.sample([value for value in range(-15, 16) if abs(value) > 1], 2)
    return Empty(random.choice(NAMES), random.randint(2, 12), b, c)


def full(random: Random) -> Full:
    return Full(random.choice(NAMES), random.randint(2, 12), random.choice((-1, 1)) * random.randint(2, 12))


def empty_changed(made: Empty, kind: str, random: Random) -> Empty:
    """Another constant or two, another coefficient, or another name."""
    while True:
        other = empty(random)
        if kind == "constant":
            other = replace(made, b=random.choice((made.b, other.b)), c=other.c)
        else:
            other = replace(made, a=other.a) if kind == "coefficient" else replace(made, x=other.x)
        if other != made and other.b != other.c:
            return other


def full_changed(made: Full, kind: str, random: Random) -> Full:
    """Another constant, another coefficient, or another name."""
    while True:
        other = full(random)
        if kind == "constant":
            other = replace(made, b=other.b)
        else:
            other = replace(made, a=other.a) if kind == "coefficient" else replace(made, x=other.x)
        if other != made:
            return other


SET_REQUESTS: tuple[str, ...] = (
    "Solve {e}.",
    "Solve {e} for {x}.",
    "Solve for {x}: {e}",
    "Find {x}: {e}",
    "What is the value of {x} if {e}?",
    "Find all solutions of {e}.",
    "Can you solve {e}?",
    "Find {x} such that {e}. Show your work step by step.",
    "Please solve the following linear equation, explaining each step:\n\n{e}",
    "I need to solve {e} for {x}. Walk me through the steps.",
)
EMPTY_ANSWERS: tuple[str, ...] = (
    "Subtract {ax} from both sides:\n\n{b} = {c}\n\nThis is a false statement, so the equation has **no solution**.",
    "**Step 1:** Subtract ${ax}$ from both sides of the equation.\n$${b} = {c}$$\n\n"
    "**Step 2:** Interpret the result. Since ${b} \\neq {c}$, this is a contradiction. "
    "No value of ${x}$ can make the equation true.\n\n**Answer:** There is no solution.",
    "When we subtract {ax} from both sides, the variable disappears and we are left with {b} = {c}, "
    "which is impossible. So there is no solution.",
    "Subtracting {ax} from both sides leaves {b} = {c}, which is never true. The equation therefore has no solution.",
    "**No solution.**\n\n{e} → {b} = {c}, a contradiction.",
    "To solve the equation \\({e}\\), we follow these steps:\n\n1. **Subtract \\({ax}\\) from both sides:**\n   \\[\n"
    "   {ax} {pb} - {ax} = {ax} {pc} - {ax}\n   \\]\n   \\[\n   {b} = {c}\n   \\]\n\n"
    "2. **Conclusion:** This is a contradiction, so the equation has no solution.",
    "1. Start with the equation: {e}\n2. Subtract {ax} from both sides: {b} = {c}\n3. This statement is false.\n\n"
    "Therefore, there is no solution.",
    "We start with {e}. Both sides have the term {ax}. Subtracting {ax} from both sides gives {b} = {c}. "
    "This cannot be true, so there is no solution.",
    "$$\n\\begin{{aligned}}\n{ax} {pb} &= {ax} {pc} \\\\\n{b} &= {c}\n\\end{{aligned}}\n$$\n\n"
    "The result is false for every value of ${x}$, so the equation has no solution.",
    "Let's isolate {x} in the equation {e}.\n\nSubtract {ax} from both sides:\n{b} = {c}\n\n"
    "Since {b} ≠ {c}, the equation is inconsistent. It has no solution.",
)
FULL_ANSWERS: tuple[str, ...] = (
    "Expand the left side:\n\n{ax} {pab} = {ax} {pab}\n\nBoth sides are identical, so the equation is true for every "
    "value of {x}. There are **infinitely many solutions** (all real numbers).",
    "Distribute the {a}: {ax} {pab} = {ax} {pab}. Subtracting {ax} from both sides gives {ab} = {ab}, "
    "which is always true. Therefore, any real number {x} is a solution.",
    "**Step 1:** Expand: ${ax} {pab} = {ax} {pab}$\n\n**Step 2:** Subtract ${ax}$ from both sides: ${ab} = {ab}$\n\n"
    "This is a true statement, so the equation is an **identity** and holds for all real numbers.",
    "Left side: {a}({x} {pb}) = {ax} {pab}. This equals the right side exactly, so the equation holds for all real "
    "numbers {x}.",
    "Simplifying, we get {ax} {pab} = {ax} {pab}, an identity. Every real number is a solution.",
    "To solve the equation \\({e}\\), we follow these steps:\n\n1. **Distribute the {a}:**\n   \\[\n"
    "   {ax} {pab} = {ax} {pab}\n   \\]\n\n2. **Subtract \\({ax}\\) from both sides:**\n   \\[\n   {ab} = {ab}\n"
    "   \\]\n\n"
    "Both sides are equal, so all real numbers are solutions.",
    "1. Start with the equation: {e}\n2. Distribute the {a} on the left side: {ax} {pab} = {ax} {pab}\n"
    "3. Both sides are the same.\n\nTherefore, there are infinitely many solutions.",
    "We start with {e}. Distributing the {a} gives {ax} {pab} = {ax} {pab}. "
    "This is always true, so the equation has infinitely many solutions.",
    "$$\n\\begin{{aligned}}\n{a}({x} {pb}) &= {ax} {pab} \\\\\n{ax} {pab} &= {ax} {pab} \\\\\n{ab} &= {ab}\n"
    "\\end{{aligned}}\n$$\n\nThe equation is true for all values of ${x}$.",
    "Let's expand the left side of the equation:\n\n\\[\n{a}({x} {pb}) = {ax} {pab}\n\\]\n\n"
    "This is the same as the right side, so the equation is an identity: every real number is a solution.",
)
