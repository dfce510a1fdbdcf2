"""Requests and worked answers to equations, right and wrong, in many styles; shares no code with the package.

Everything is made forwards: the root is drawn first, the equation is built around it, and each line of the work is
written from plain fractions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

NAMES = "xyztnmabkpqw"


def show(value: Fraction) -> str:
    """A number as people write it."""
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def plus(value: Fraction) -> str:
    """A number behind another term."""
    return f"+ {show(value)}" if value >= 0 else f"- {show(-value)}"


def times(factor: Fraction, name: str) -> str:
    """A whole multiple of a name."""
    return name if factor == 1 else f"-{name}" if factor == -1 else f"{show(factor)}{name}"


@dataclass(frozen=True)
class Linear:
    """`a*x + b = c*x + d` in some form, and its root."""

    form: str
    name: str
    a: Fraction
    b: Fraction
    c: Fraction
    d: Fraction
    k: Fraction = Fraction(1)
    """The factor in front of brackets, or the denominator below the unknown."""

    @property
    def root(self) -> Fraction:
        return (self.d - self.b) / (self.a - self.c)

    @property
    def text(self) -> str:
        x, b, d = self.name, self.b, self.d
        if self.form == "plain":
            return f"{times(self.a, x)} {plus(b)} = {show(d)}"
        if self.form == "turned":
            return f"{show(d)} = {times(self.a, x)} {plus(b)}"
        if self.form == "quotient":
            return f"{x}/{show(self.k)} {plus(b)} = {show(d)}"
        if self.form == "brackets":
            return f"{show(self.k)}({x} {plus(b / self.k)}) = {show(d)}"
        return f"{times(self.a, x)} {plus(b)} = {times(self.c, x)} {plus(d)}"


FORMS = ("plain", "turned", "quotient", "brackets", "both")


def nonzero(random: Random, size: int) -> Fraction:
    value = random.randint(1, size)
    return Fraction(value if random.random() < 0.7 else -value)


def linear(random: Random, form: str | None = None, name: str | None = None, *, whole: bool = True) -> Linear:
    """A linear equation with a root that is whole, or any."""
    form = form or random.choice(FORMS)
    name = name or random.choice(NAMES)
    root = Fraction(random.randint(-20, 20))
    a, b, c, k = nonzero(random, 12), nonzero(random, 30), Fraction(0), Fraction(1)
    if abs(a) == 1:
        a *= 3
    if form == "quotient":
        k = Fraction(random.randint(2, 12))
        a, root = 1 / k, root * k
    elif form == "brackets":
        k = Fraction(random.randint(2, 12) * random.choice((1, 1, 1, -1)))
        a, b = k, k * b
    elif form == "both":
        while c in (0, a, a - 1, a + 1, 1, -1):
            c = nonzero(random, 12)
    d = (a - c) * root + b
    if not whole:
        d += random.randint(1, 5)
    if d == 0:
        return linear(random, form, name, whole=whole)
    return Linear(form, name, a, b, c, d, k)


def same_form(random: Random, equation: Linear, *, rename: bool = False) -> Linear:
    """Another equation of the same form."""
    name = random.choice(NAMES) if rename else equation.name
    return linear(random, equation.form, name)


REQUESTS: tuple[Callable[[str, str], str], ...] = (
    lambda e, x: f"Solve {e} for {x}.",
    lambda e, x: f"Find {x}: {e}",
    lambda e, x: f"Solve for {x}: {e}",
    lambda e, x: f"What is the value of {x} if {e}?",
    lambda e, x: f"If {e}, then what is {x}?",
    lambda e, x: f"{e}\n\nFind the value of {x}. Keep it short.",
    lambda e, x: f"Please solve the following linear equation, explaining each step:\n\n{e}",
    lambda e, x: f"Solve ${e}$ for ${x}$.",
    lambda e, x: f"Let {e}. Calculate {x}.",
    lambda e, x: f"Can you help me solve the equation {e} for {x}? Thanks!",
    lambda e, x: f"Determine {x} such that {e}. Show your work step by step.",
    lambda e, x: f"Given that {e}, find {x}.",
    lambda e, x: f"I need to solve \\({e}\\) for \\({x}\\). Walk me through the steps.",
    lambda e, x: f"For what value of {x} is {e}?",
    lambda e, x: f"{e}",
)


@dataclass(frozen=True)
class Line:
    """One step of a derivation: what is claimed to be done, and the equation that it gives."""

    claim: str
    worked: str
    result: str


@dataclass(frozen=True)
class Derivation:
    """All that an answer says, before it is worded."""

    equation: Linear
    given: str
    lines: tuple[Line, ...]
    root: str
    check: str


def derive(equation: Linear) -> Derivation:
    """The usual way to isolate the unknown."""
    x, lines = equation.name, []
    left_slope, left, right_slope, right = equation.a, equation.b, equation.c, equation.d
    swapped = equation.form == "turned"

    def equal(one: str, other: str) -> str:
        return f"{other} = {one}" if swapped else f"{one} = {other}"

    if equation.form == "brackets":
        lines.append(
            Line(
                f"Distribute the {show(equation.k)} on the left side",
                "",
                f"{times(left_slope, x)} {plus(left)} = {show(right)}",
            )
        )
    if right_slope:
        verb, preposition = ("Subtract", "from") if right_slope > 0 else ("Add", "to")
        size = times(abs(right_slope), x)
        sign = "-" if right_slope > 0 else "+"
        worked = (
            f"{times(left_slope, x)} {plus(left)} {sign} {size} = {times(right_slope, x)} {plus(right)} {sign} {size}"
        )
        left_slope -= right_slope
        lines.append(
            Line(
                f"{verb} {size} {preposition} both sides",
                worked,
                f"{times(left_slope, x)} {plus(left)} = {show(right)}",
            )
        )
    shown = f"{x}/{show(equation.k)}" if equation.form == "quotient" else times(left_slope, x)
    verb, preposition = ("Subtract", "from") if left > 0 else ("Add", "to")
    sign = "-" if left > 0 else "+"
    size = show(abs(left))
    lines.append(
        Line(
            f"{verb} {size} {preposition} both sides",
            equal(f"{shown} {plus(left)} {sign} {size}", f"{show(right)} {sign} {size}"),
            equal(shown, show(right - left)),
        )
    )
    rest = right - left
    if equation.form == "quotient":
        claim, worked = f"Multiply both sides by {show(equation.k)}", f"{x} = {show(rest)} * {show(equation.k)}"
    else:
        claim = f"Divide both sides by {show(left_slope)}"
        bottom = f"({show(left_slope)})" if left_slope < 0 else show(left_slope)
        worked = equal(f"{shown} / {bottom}", f"{show(rest)} / {bottom}")
    root = show(equation.root)
    lines.append(Line(claim, worked, equal(x, root)))
    inner = f"({root})"
    if equation.form == "brackets":
        check = f"{show(equation.k)}({root} {plus(equation.b / equation.k)}) = {show(equation.d)}"
    elif equation.form == "quotient":
        check = f"{inner}/{show(equation.k)} {plus(equation.b)} = {show(equation.d)}"
    elif equation.form == "both":
        a, c = show(equation.a), show(equation.c)
        check = f"{a}{inner} {plus(equation.b)} = {c}{inner} {plus(equation.d)}"
    else:
        check = f"{show(equation.a)}{inner} {plus(equation.b)} = {show(equation.d)}"
    return Derivation(equation, equation.text, tuple(lines), root, check)


def _numbered(work: Derivation) -> str:
    parts = [f"To solve the equation \\({work.given}\\), we will follow these steps:\n"]
    for number, line in enumerate(work.lines, 1):
        worked = f"   \\[\n   {line.worked}\n   \\]\n   Simplifying this, we get:\n" if line.worked else ""
        parts.append(f"{number}. {line.claim}:\n{worked}   \\[\n   {line.result}\n   \\]\n")
    x = work.equation.name
    return "\n".join(parts) + f"\nTherefore, the value of \\({x}\\) is \\(\\boxed{{{work.root}}}\\)."


def _lines(work: Derivation) -> str:
    parts = [work.given]
    for line in work.lines:
        parts += [part for part in (line.claim + ":", line.worked, line.result) if part]
    return "\n".join(parts) + f"\nSo {work.equation.name} = {work.root}."


def _bold(work: Derivation) -> str:
    parts = [f"Let's solve {work.given} step by step.\n"]
    for number, line in enumerate(work.lines, 1):
        parts.append(f"**Step {number}: {line.claim}.**\n\n{line.worked or line.result}\n\n{line.result}\n")
    return "\n".join(parts) + f"\n**Answer:** {work.equation.name} = {work.root}"


def _chain(work: Derivation) -> str:
    results = " \\implies ".join([work.given, *(line.result for line in work.lines)])
    return f"\\[{results}\\]\n\nTherefore, \\(\\boxed{{{work.equation.name} = {work.root}}}\\)."


def _prose(work: Derivation) -> str:
    x = work.equation.name
    parts = [f"We start with the given equation: {work.given}."]
    for word, line in zip(("First", "Next", "Then", "Finally", "After that"), work.lines, strict=False):
        claim = line.claim[0].lower() + line.claim[1:]
        parts.append(f"{word}, we {claim}, which gives {line.result}.")
    return "\n\n".join(parts) + f"\n\nThus, the solution is {x} = {work.root}."


def _checked(work: Derivation) -> str:
    text = _numbered(work).rpartition("\n\nTherefore")[0]
    x = work.equation.name
    return (
        f"{text}\n\nTo check, we substitute \\({x} = {work.root}\\) back into the original equation:\n"
        f"\\[\n{work.check}\n\\]\nBoth sides are equal, so the solution is correct.\n\n\\[\n\\boxed{{{work.root}}}\n\\]"
    )


def _dollars(work: Derivation) -> str:
    parts = [f"We are given ${work.given}$."]
    parts += [f"{line.claim}: ${line.result}$." for line in work.lines]
    return "\n".join(parts) + f"\nHence ${work.equation.name} = {work.root}$."


def _bullets(work: Derivation) -> str:
    parts = [f"Given: {work.given}\n"]
    parts += [f"* {line.claim}\n\n  {line.result}\n" for line in work.lines]
    return "\n".join(parts) + f"\nThe answer is **{work.root}**."


def _headings(work: Derivation) -> str:
    parts = ["### Solution\n", f"1. **Start with the equation:** $${work.given}$$"]
    for number, line in enumerate(work.lines, 2):
        parts.append(f"{number}. **{line.claim}:**\n   $${line.worked or line.result}$$\n   $${line.result}$$")
    return "\n".join(parts) + f"\n\n### Final Answer\n${work.equation.name} = {work.root}$"


def _plan(work: Derivation) -> str:
    plan = "\n".join(f"{number}. {line.claim}." for number, line in enumerate(work.lines, 1))
    done = "\n".join(f"\\[{line.result}\\]" for line in work.lines)
    x = work.equation.name
    return (
        f"To solve \\({work.given}\\), we need to isolate \\({x}\\). Here are the steps:\n\n{plan}\n\n"
        f"Let's start with the given equation:\n\\[{work.given}\\]\n\n{done}\n\n"
        f"So, the value of \\({x}\\) is \\({work.root}\\)."
    )


ANSWERS: dict[str, Callable[[Derivation], str]] = {
    "numbered": _numbered,
    "lines": _lines,
    "bold": _bold,
    "chain": _chain,
    "prose": _prose,
    "checked": _checked,
    "dollars": _dollars,
    "bullets": _bullets,
    "headings": _headings,
    "plan": _plan,
    "short": lambda work: f"{work.equation.name} = {work.root}",
    "number": lambda work: work.root,
}


def other_root(random: Random, root: str) -> str:
    """A number that is not the root."""
    return show(Fraction(root) + random.choice((-10, -2, -1, 1, 2, 3, 10)))


def spoil(random: Random, work: Derivation, style: str) -> tuple[str, str]:
    """A wrong answer in a style, and what is wrong in it."""
    write = ANSWERS[style]
    full = style not in ("short", "number")
    kinds = ["root"]
    if full:
        kinds += ["result", "given", "name"]
        if style not in ("chain", "plan"):
            kinds += ["claim"]
        if style == "checked":
            kinds += ["check"]
    kind = random.choice(kinds)
    if kind == "root":
        return write(replace(work, root=other_root(random, work.root))), kind
    if kind == "result":
        at = random.randrange(len(work.lines))
        line = work.lines[at]
        wrong = replace(line, result=_shifted(random, line.result))
        return write(replace(work, lines=(*work.lines[:at], wrong, *work.lines[at + 1 :]))), kind
    if kind == "given":
        return write(replace(work, given=_shifted(random, work.given))), kind
    if kind == "check":
        return write(replace(work, check=_shifted(random, work.check))), kind
    if kind == "claim":
        at = next(index for index, line in enumerate(work.lines) if line.claim.startswith(("Add", "Subtract")))
        line = work.lines[at]
        turned = {"Add": ("Subtract", "from"), "Subtract": ("Add", "to")}[line.claim.split()[0]]
        _, size, _, *rest = line.claim.split()
        wrong = replace(line, claim=" ".join((turned[0], size, turned[1], *rest)))
        return write(replace(work, lines=(*work.lines[:at], wrong, *work.lines[at + 1 :]))), kind
    other = "r" if work.equation.name != "r" else "s"
    text = write(work)
    head, sep, tail = text.rpartition(f"{work.equation.name} = {work.root}")
    return (f"{head}{other} = {work.root}{tail}" if sep else text + f"\n{other} = {work.root}"), kind


def _shifted(random: Random, equation: str) -> str:
    """The equation with the constant behind its last `= ` (or in front of it) changed."""
    left, right = equation.split(" = ")
    side = right if right.replace("-", "").replace("/", "").isdigit() else left
    if side.replace("-", "").replace("/", "").isdigit():
        other = other_root(random, side)
        return f"{left} = {other}" if side is right else f"{other} = {right}"
    head, _, last = right.rpartition(" ")
    return f"{left} = {head} {int(Fraction(last)) + random.randint(1, 9)}"
