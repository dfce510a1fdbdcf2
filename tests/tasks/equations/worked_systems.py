"""Systems of two, with answers in ten manners of real models; the numbers are this file's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from .generate_families import System, bracketed, joined, times

NAMES = ("xy", "uv", "pq", "mn", "st")


def made_system(random: Random, *, unit: bool) -> System:
    """With a whole solution; `unit`: the second equation's first coefficient is 1, as one substitutes."""
    while True:
        names = random.choice(NAMES)
        a, b, d = random.sample(range(2, 10), 3)
        c = 1 if unit else random.choice([value for value in range(2, 10) if value not in (a, b, d)])
        made = System(names[0], names[1], a, b, c, d, (random.randint(2, 9), random.randint(2, 9)))
        if _plain(made):
            return made


def _plain(made: System) -> bool:
    return abs(made.a * made.d - made.b * made.c) > 1 and made.at[0] != made.at[1] and made.e != made.f


def system_changed(made: System, kind: str, random: Random) -> System:
    """Other right sides, another coefficient or two, or other names."""
    while True:
        other = made_system(random, unit=made.c == 1)
        if kind == "constant":
            other = replace(made, at=other.at)
        elif kind == "coefficient":
            other = replace(made, **random.choice(({"a": other.a}, {"b": other.b}, {"d": other.d})))
        else:
            other = replace(made, x=other.x, y=other.y)
        distinct = len({other.a, other.b, other.c, other.d}) == 4
        if other != made and _plain(other) and distinct:
            return other


SYSTEM_REQUESTS: tuple[str, ...] = (
    "Solve the system: {first}, {second}.",
    "Solve the system of equations {first} and {second}.",
    "Solve for {x} and {y}: {first}; {second}",
    "{first}\n{second}\n\nSolve for {x} and {y}.",
    "Find {x} and {y} such that {first} and {second}.",
    "Solve the system of equations:\n{first}\n{second}",
    "Solve {first} and {second} for {x} and {y}.",
    "If {first} and {second}, what are {x} and {y}?",
    "Please solve the following system of equations, explaining each step:\n\n{first}\n{second}",
    "Can you solve this system?\n\n\\begin{{cases}} {first} \\\\ {second} \\end{{cases}}",
)


def _elimination(made: System) -> dict[str, object]:
    """Numbers of both ways: the first unknown eliminated, the first one expressed by the second."""
    a, b, c, d, e, f = made.a, made.b, made.c, made.d, made.e, made.f
    p, q = made.at
    return {
        "x": made.x, "y": made.y, "p": p, "q": q, "first": made.first, "second": made.second,
        "a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "ax": times(a, made.x), "cx": times(c, made.x),
        "one": f"{c * a}{made.x} {joined(c * b, made.y)} = {c * e}",
        "two": f"{a * c}{made.x} {joined(a * d, made.y)} = {a * f}",
        "ly": f"{a * d - b * c}{made.y}", "l": a * d - b * c, "right": a * f - c * e,
        "bq": b * q, "dq": d * q, "ap": a * p, "cp": c * p, "rest": e - b * q,
        # x = f - d y, put into the first equation
        "by": times(b, made.y), "dy": times(d, made.y), "af": a * f, "ady": times(a * d, made.y),
        "my": joined(b - a * d, made.y), "m": b - a * d, "sy": times(b - a * d, made.y), "srest": e - a * f,
        "mb": bracketed(b - a * d),
    }  # fmt: skip


_ELIMINATED = (
    "To solve the system, we use elimination.\n\nMultiply the first equation by {c}:\n{one}\n\n"
    "Multiply the second equation by {a}:\n{two}\n\nNow subtract the first equation from the second one:\n"
    "{ly} = {right}\n{y} = {q}\n\nSubstitute {y} = {q} into the first equation:\n{ax} + {b}({q}) = {e}\n"
    "{ax} + {bq} = {e}\n{ax} = {rest}\n{x} = {p}\n\nSo the solution is {x} = {p} and {y} = {q}.",
    "1. Multiply the first equation by {c}: {one}\n2. Multiply the second equation by {a}: {two}\n"
    "3. Subtract the first equation from the second: {ly} = {right}\n4. Divide both sides by {l}: {y} = {q}\n"
    "5. Substitute {y} = {q} into {first}: {ax} + {bq} = {e}\n6. Solve for {x}: {x} = {p}\n\n"
    "**Solution:** {x} = {p}, {y} = {q}",
    "We have the system:\n\\[\n\\begin{{cases}}\n{first} \\\\\n{second}\n\\end{{cases}}\n\\]\n\n"
    "**Step 1: Multiply the equations**\n\\[\n{one}\n\\]\n\\[\n{two}\n\\]\n\n"
    "**Step 2: Subtract the equations** to eliminate \\({x}\\):\n\\[\n{ly} = {right} \\implies {y} = {q}\n\\]\n\n"
    "**Step 3: Substitute** \\({y} = {q}\\) into \\({first}\\):\n\\[\n{ax} + {bq} = {e} \\implies {x} = {p}\n\\]\n\n"
    "**Answer:** \\(({x}, {y}) = ({p}, {q})\\)",
    "Multiplying the first equation by {c} gives {one}. Multiplying the second equation by {a} gives {two}. "
    "Subtracting the first from the second gives {ly} = {right}, so {y} = {q}. "
    "Then from {first} we get {ax} = {rest}, so {x} = {p}.\n\nCheck: {a}({p}) + {b}({q}) = {ap} + {bq} = {e}.",
    "**Method: Elimination**\n\n{one}\n{two}\n\n{ly} = {right}\n{y} = {q}\n\n"
    "Plugging {y} = {q} into the second equation:\n\n{cx} + {dq} = {f}\n{x} = {p}\n\n"
    "**Solution:** ({x}, {y}) = ({p}, {q})\n\n**Check:**\n- {a}({p}) + {b}({q}) = {e} ✓\n- {c}({p}) + {d}({q}) = {f} ✓",
)
_SUBSTITUTED = (
    "From the second equation, {x} = {f} - {dy}. Substituting into the first: {a}({f} - {dy}) + {by} = {e}, "
    "which simplifies to {af} {my} = {e}, so {sy} = {srest} and {y} = {q}. Then {x} = {f} - {dq} = {p}.\n\n"
    "The solution is ({p}, {q}).",
    "To solve the system of equations, we can use the substitution method.\n\n1. Solve the second equation for "
    "\\( {x} \\):\n   \\[ {x} = {f} - {dy} \\]\n\n2. Substitute this expression into the first equation:\n"
    "   \\[ {a}({f} - {dy}) + {by} = {e} \\]\n   \\[ {af} - {ady} + {by} = {e} \\]\n   \\[ {af} {my} = {e} \\]\n"
    "   \\[ {sy} = {srest} \\]\n   \\[ {y} = {q} \\]\n\n3. Substitute \\( {y} = {q} \\) back to find \\( {x} \\):\n"
    "   \\[ {x} = {f} - {d}({q}) = {p} \\]\n\nSo the solution is \\( {x} = {p} \\) and \\( {y} = {q} \\).",
    "### Step 1: Express {x} in terms of {y}\nFrom {second}: {x} = {f} - {dy}\n\n### Step 2: Substitute\n"
    "{a}({f} - {dy}) + {by} = {e}\n{af} - {ady} + {by} = {e}\n{sy} = {srest}\n{y} = {q}\n\n"
    "### Step 3: Back-substitute\n{x} = {f} - {dq} = {p}\n\n✅ **{x} = {p}, {y} = {q}**",
    "We can use the substitution method.\n\nFrom the second equation, isolate ${x}$:\n$${x} = {f} - {dy}$$\n\n"
    "Substitute this into the first equation:\n$${a}({f} - {dy}) + {by} = {e}$$\n$${af} - {ady} + {by} = {e}$$\n"
    "$${af} {my} = {e}$$\n$${y} = {q}$$\n\nNow substitute ${y} = {q}$ into ${x} = {f} - {dy}$:\n"
    "$${x} = {f} - {dq} = {p}$$\n\nTherefore, ${x} = {p}$ (and ${y} = {q}$).",
    "1. **Isolate {x} in the second equation:** {x} = {f} - {dy}\n2. **Put it into the first equation:** "
    "{a}({f} - {dy}) + {by} = {e}\n3. **Expand:** {af} - {ady} + {by} = {e}\n4. **Combine like terms:** {af} "
    "{my} = {e}\n"
    "5. **Solve for {y}:** {y} = {q}\n6. **Find {x}:** {x} = {f} - {d}({q}) = {p}\n\n"
    "\\[\\boxed{{({x}, {y}) = ({p}, {q})}}\\]",
)


def _written(template: str) -> Callable[[System], str]:
    return lambda made: template.format(**_elimination(made))


SYSTEM_ANSWERS: tuple[Callable[[System], str], ...] = tuple(map(_written, _ELIMINATED + _SUBSTITUTED))
UNIT_FROM = len(_ELIMINATED)
"""The styles from here on substitute."""
