"""What becomes of each kind of change, over ten request styles and ten answer styles; checked by Fraction, by hand."""

from __future__ import annotations

import random
import re
from collections import Counter
from fractions import Fraction

import pytest

from stepcache_lc import MemoryStore, StepCache
from tests.support.models import ScriptedModel

REQUESTS = [
    "Solve {e} for {x}.",
    "Solve for {x}: {e}",
    "Find {x}: {e}",
    "What is the value of {x} if {e}?",
    "If {e}, then what is {x}?",
    "Let {e}. Calculate {x}.",
    "Find {x} such that {e}. Show your work step by step.",
    "Solve the equation {e}. Number each step.",
    "Please solve the following linear equation, explaining each step:\n\n{e}",
    "I need to solve {e} for {x}. Walk me through the steps.",
]

# a, b > 0 and c stand for the numbers of `ax + b = c`; d = c - b, r = the root.
ANSWERS = [
    "1. Start with the equation: {a}{x} + {b} = {c}\n2. Subtract {b} from both sides: {a}{x} = {d}\n"
    "3. Divide both sides by {a}: {x} = {r}",
    "Step 1: Subtract {b} from both sides.\n{a}{x} = {d}\n\nStep 2: Divide both sides by {a}.\n{x} = {r}",
    "To solve the equation \\({a}{x} + {b} = {c}\\), we follow these steps:\n\n"
    "1. **Subtract {b} from both sides:**\n   \\[\n"
    "   {a}{x} + {b} - {b} = {c} - {b}\n   \\]\n   \\[\n   {a}{x} = {d}\n   \\]\n\n"
    "2. **Divide both sides by {a}:**\n   \\[\n"
    "   {x} = \\frac{{{d}}}{{{a}}}\n   \\]\n   \\[\n   {x} = {r}\n   \\]\n\n"
    "Therefore, the solution is \\({x} = {r}\\).",
    "1. Given: ${a}{x} + {b} = {c}$\n2. Subtracting {b} from both sides gives ${a}{x} = {d}$.\n"
    "3. Dividing both sides by {a} gives ${x} = {r}$.\n\n$\\boxed{{{r}}}$",
    "1. **Isolate the term with {x}**: {a}{x} = {c} - {b} = {d}\n2. **Divide by {a}**: {x} = {d}/{a} = {r}\n\n"
    "Therefore, {x} = {r}.",
    "1. {a}{x} + {b} = {c}\n2. {a}{x} = {c} - {b}\n3. {a}{x} = {d}\n4. {x} = {d} / {a}\n5. {x} = {r}",
    "**Step 1:** Write down the equation.\n\n{a}{x} + {b} = {c}\n\n**Step 2:** Subtract {b} from both sides.\n\n"
    "{a}{x} = {d}\n\n**Step 3:** Divide both sides by {a}.\n\n{x} = {r}\n\nSo, the solution is {x} = {r}.",
    "1. First, subtract {b} from both sides: {a}{x} + {b} - {b} = {c} - {b}\n2. Simplify: {a}{x} = {d}\n"
    "3. Then divide both sides by {a}: {a}{x}/{a} = {d}/{a}\n4. So {x} = {r}.",
    "1. Subtract {b} from both sides:\n   {a}{x} = {d}\n2. Divide both sides by {a}:\n   {x} = {r}\n\n"
    "Check: {a} * {r} + {b} = {c}",
    "1. We start with {a}{x} + {b} = {c}.\n2. We subtract {b} from both sides to get {a}{x} = {d}.\n"
    "3. We divide both sides by {a} to get {x} = {r}.\nThe final answer is {x} = {r}.",
]

KINDS = (
    "repeat",
    "rewording",
    "renamed unknown",
    "changed constant",
    "changed coefficient",
    "moved terms",
    "other form",
)
FREE = ("exact", "reuse", "rewrite")


class Problem:
    """`ax + b = c` with a whole root."""

    def __init__(self, rng: random.Random, x: str = "", a: int = 0, b: int = 0) -> None:
        self.x = x or rng.choice("xyztnm")
        self.a = a or rng.randint(2, 12)
        self.b = b or rng.randint(1, 20)
        self.root = rng.randint(1, 15)

    @property
    def c(self) -> int:
        return self.a * self.root + self.b

    @property
    def equation(self) -> str:
        return f"{self.a}{self.x} + {self.b} = {self.c}"

    def answer(self, style: str) -> str:
        return style.format(a=self.a, b=self.b, c=self.c, d=self.c - self.b, r=self.root, x=self.x)


def changed(kind: str, old: Problem, style: str, rng: random.Random) -> tuple[str, str, Fraction]:
    """The new prompt, its unknown and its root."""
    new, equation = old, old.equation
    if kind == "rewording":
        # Another style that makes the same demands.
        style = rng.choice([other for other in REQUESTS[:6] if other != style])
    elif kind == "renamed unknown":
        new = Problem(rng, rng.choice([x for x in "xyztnm" if x != old.x]), old.a, old.b)
        new.root = old.root
    elif kind == "changed constant":
        new = Problem(rng, old.x, old.a, rng.choice([b for b in range(1, 21) if b != old.b]))
    elif kind == "changed coefficient":
        new = Problem(rng, old.x, rng.choice([a for a in range(2, 13) if a != old.a]), old.b)
        new.root = old.root
    if kind in ("renamed unknown", "changed constant", "changed coefficient"):
        equation = new.equation
    elif kind == "moved terms":
        equation = rng.choice([f"{old.c} = {old.a}{old.x} + {old.b}", f"{old.b} + {old.a}{old.x} = {old.c}"])
    elif kind == "other form":
        equation = f"{old.a + 1}{old.x} + {old.b} = {old.x} + {old.c}"
    return style.format(e=equation, x=new.x), new.x, Fraction(new.root)


def final(text: str, x: str) -> Fraction | None:
    boxed = re.findall(r"boxed\{(-?\d+(?:/\d+)?)\}", text)
    stated = re.findall(rf"(?<![\w/]){x}\s*=\s*(-?\d+(?:/\d+)?)(?![\w/(.]*\d)", text)
    found = boxed or stated
    return Fraction(found[-1]) if found else None


def outcome(request: str, answer: str, kind: str, rng: random.Random) -> tuple[str, str | None]:
    """What became of one change, and what is wrong with it, if anything is."""
    old = Problem(rng)
    replies = [old.answer(answer)]
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=lambda _: replies.pop() if replies else "I would rather not say."))
        first = chat.invoke(request.format(e=old.equation, x=old.x))
        assert first.response_metadata["stepcache"]["verified"], (request, first.text)
        prompt, x, root = changed(kind, old, request, rng)
        message = chat.invoke(prompt)
    said = message.response_metadata["stepcache"]
    if said["model_calls"]:
        return "asked", None
    return said["outcome"], None if final(message.text, x) == root else f"{kind}: {prompt!r} -> {message.text!r}"


def shares(seed: int, rounds: int, *, half: bool = False) -> tuple[dict[str, Counter[str]], list[str]]:
    """Outcomes per kind of change, and what is wrong; `half` takes every second pair of styles."""
    rng = random.Random(seed)
    table: dict[str, Counter[str]] = {kind: Counter() for kind in KINDS}
    wrong: list[str] = []
    for _ in range(rounds):
        for at, request in enumerate(REQUESTS):
            for answer in ANSWERS[at % 2 :: 2] if half else ANSWERS:
                for kind in KINDS:
                    became, mistake = outcome(request, answer, kind, rng)
                    table[kind][became] += 1
                    wrong.extend([mistake] if mistake else [])
    return table, wrong


def render(table: dict[str, Counter[str]]) -> str:
    columns = ("exact", "reuse", "rewrite", "asked")
    lines = ["| change | " + " | ".join(columns) + " |", "| --- |" + " --- |" * len(columns)]
    for kind, outcomes in table.items():
        total = sum(outcomes.values())
        lines.append(f"| {kind} | " + " | ".join(f"{100 * outcomes[name] / total:.0f}" for name in columns) + " |")
    return "\n".join(lines)


def judge(table: dict[str, Counter[str]], wrong: list[str]) -> None:
    assert wrong == []
    for kind in ("repeat", "rewording", "renamed unknown", "changed constant", "changed coefficient"):
        free = sum(table[kind][name] for name in FREE) / sum(table[kind].values())
        assert free >= 0.9, (kind, free)


def test_shares() -> None:
    judge(*shares(seed=3, rounds=1, half=True))


@pytest.mark.long
def test_shares_over_many(capsys: pytest.CaptureFixture[str]) -> None:
    table, wrong = shares(seed=11, rounds=3)
    with capsys.disabled():
        print("\n" + render(table))
    judge(table, wrong)
