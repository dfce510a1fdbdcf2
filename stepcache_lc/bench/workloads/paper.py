"""The paper's experiment: ten base prompts each for equations and JSON, three variants per perturbation kind.

The paper (arXiv 2603.28795) gives 222 evaluation requests a seed, which is 74 pairs of a base prompt and a kind, times
three. It does not list its kinds; these are ours. A kind that leaves the content as it is applies to all ten base
prompts, the others to a few each, drawn anew for every seed, so that the paper's own shares of reuse, patch and
skip-reuse can come out:

| task | kind | base prompts | requests |
| --- | --- | ---: | ---: |
| equations | `repeat`, `reworded`, `other notation` | 10 each | 90 |
| equations | `constant changed` | 5 | 15 |
| equations | `coefficient changed` | 2 | 6 |
| equations | `unknown renamed` | 2 | 6 |
| JSON | `repeat`, `reworded`, `laid out differently` | 10 each | 90 |
| JSON | `key added` | 3 | 9 |
| JSON | `value changed` | 2 | 6 |
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Final

from stepcache_lc.bench.workloads import forms
from stepcache_lc.bench.workloads.base import Case, Round
from stepcache_lc.bench.workloads.equations import NAMES, NOTATIONS, REQUESTS, Linear, linear

BASES: Final = 10
VARIANTS: Final = 3

EQUATION_KINDS: Final = {
    "repeat": 10,
    "reworded": 10,
    "other notation": 10,
    "constant changed": 5,
    "coefficient changed": 2,
    "unknown renamed": 2,
}
"""Kinds of perturbation of an equation, and how many base prompts each applies to."""
JSON_KINDS: Final = {
    "repeat": 10,
    "reworded": 10,
    "laid out differently": 10,
    "key added": 3,
    "value changed": 2,
}
"""Kinds of perturbation of a JSON request."""


class Paper:
    """See the module."""

    name = "paper"

    def draw(self, seed: int) -> Round:
        """Base prompts, then 222 variants in random order."""
        random = Random(f"paper {seed}")
        equations = [(REQUESTS[at % len(REQUESTS)], linear(random)) for at in range(BASES)]
        records = [
            (forms.BEHIND[at % len(forms.BEHIND)], kind, kind.fill(random)) for at, kind in enumerate(forms.KINDS)
        ]
        warm_up = [_equation("base", wording, problem) for wording, problem in equations]
        warm_up += [forms.ask("base", wording, form, _asked(kind, form)) for wording, kind, form in records]
        evaluation: list[Case] = []
        for name, count in EQUATION_KINDS.items():
            for wording, problem in random.sample(equations, count):
                evaluation += _changed_equations(name, random, wording, problem)
        for name, count in JSON_KINDS.items():
            for wording, kind, form in random.sample(records, count):
                evaluation += _changed_forms(name, random, wording, kind, form)
        random.shuffle(evaluation)
        return Round(tuple(warm_up), tuple(evaluation))


def _equation(name: str, wording: str, problem: Linear, written: str = "") -> Case:
    prompt = wording.format(e=written or problem.text, x=problem.unknown)
    return Case(name, "equations", prompt, problem.truth, problem.derivation)


def _changed_equations(name: str, random: Random, wording: str, base: Linear) -> list[Case]:
    """The variants of one base prompt; no two are alike, but for repeats."""
    match name:
        case "repeat":
            return [_equation(name, wording, base)] * VARIANTS
        case "reworded":
            others = random.sample([other for other in REQUESTS if other != wording], VARIANTS)
            return [_equation(name, other, base) for other in others]
        case "other notation":
            ways = random.sample(NOTATIONS, VARIANTS)
            return [_equation(name, wording, base, way(base.text, base.unknown)) for way in ways]
        case "constant changed":
            constants = random.sample([b for b in range(-30, 31) if b and b != base.b], VARIANTS)
            roots = random.sample(range(2, 16), VARIANTS)
            return [
                _equation(name, wording, replace(base, b=b, root=root))
                for b, root in zip(constants, roots, strict=True)
            ]
        case "coefficient changed":
            factors = random.sample([a for a in range(2, 13) if a != base.a], VARIANTS)
            return [_equation(name, wording, replace(base, a=a)) for a in factors]
        case "unknown renamed":
            names = random.sample([other for other in NAMES if other != base.unknown], VARIANTS)
            return [_equation(name, wording, replace(base, unknown=other)) for other in names]
        case _:
            raise ValueError(f"no kind of perturbation of an equation: {name}")


def _asked(kind: forms.Kind, form: forms.Form) -> tuple[str, ...]:
    return tuple(form)[: kind.asked]


def _changed_forms(name: str, random: Random, wording: str, kind: forms.Kind, form: forms.Form) -> list[Case]:
    """The variants of one base prompt; no two are alike, but for repeats."""
    keys = _asked(kind, form)
    match name:
        case "repeat":
            return [forms.ask(name, wording, form, keys)] * VARIANTS
        case "reworded":
            others = random.sample([other for other in forms.BEHIND if other != wording], VARIANTS)
            return [forms.ask(name, other, form, keys) for other in others]
        case "laid out differently":
            return [forms.ask(name, other, form, keys) for other in random.sample(forms.IN_FRONT, VARIANTS)]
        case "key added":
            one, two = tuple(form)[kind.asked :]
            return [forms.ask(name, wording, form, (*keys, *added)) for added in ((one,), (two,), (one, two))]
        case "value changed":
            changed = [random.sample(keys, count) for count in (1, 1, 2)]
            return [forms.ask(name, wording, kind.changed(random, form, which), keys) for which in changed]
        case _:
            raise ValueError(f"no kind of perturbation of a JSON request: {name}")
