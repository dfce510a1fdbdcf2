"""Requests that look alike and must not share an answer: negations, exchanged roles, numbers, dates, scopes, units ...

`traps.jsonl` was written by hand for this project: a line is a group of two to four requests with the right answer of
each. Any two of a group are a pair that must not share an answer, so all of a group go into one cache, in an order that
only the seed decides: whichever comes later meets all the earlier ones.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from random import Random
from typing import Any

from stepcache_lc.bench.truths import Fields, Number, Root, Said, Truth
from stepcache_lc.bench.workloads.base import Case, Round, Words

_ROOT = re.compile(r"([a-z]) = (-?\d+(?:\.\d+)?(?:/\d+)?)")
_NUMBER = re.compile(r"-?\d+")


@dataclass(frozen=True)
class Trap:
    """Requests that look alike, with their answers, no two of which are the same."""

    kind: str
    asks: tuple[tuple[str, str], ...]
    """Request and right answer."""

    @property
    def pairs(self) -> int:
        """How many pairs of requests it holds."""
        return len(self.asks) * (len(self.asks) - 1) // 2

    def cases(self) -> list[Case]:
        """Its requests, each with the truth about it."""
        return [self._case(at) for at in range(len(self.asks))]

    def _case(self, at: int) -> Case:
        prompt, right = self.asks[at]
        others = tuple(answer for index, (_, answer) in enumerate(self.asks) if index != at)
        task = {"equation": "equations", "json": "json"}.get(self.kind, "text")
        return Case(self.kind, task, prompt, _truth(self.kind, right, others), Words(right, others))


class Traps:
    """See the module."""

    name = "traps"

    def draw(self, seed: int) -> Round:
        """All traps; nothing is asked before."""
        cases = [case for trap in traps() for case in trap.cases()]
        Random(f"traps {seed}").shuffle(cases)
        return Round((), tuple(cases))


def traps() -> list[Trap]:
    """The collection."""
    lines = files("stepcache_lc.bench.workloads").joinpath("traps.jsonl").read_text(encoding="utf-8").splitlines()
    return [_trap(json.loads(line)) for line in lines]


def _trap(data: dict[str, Any]) -> Trap:
    asks = tuple(
        (prompt, answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))
        for prompt, answer in data["asks"]
    )
    return Trap(data["kind"], asks)


def _truth(kind: str, right: str, others: tuple[str, ...]) -> Truth:
    if kind == "json":
        return Fields(json.loads(right), typed=False, bare=False)
    if kind == "equation":
        root = _ROOT.fullmatch(right)
        if root:
            return Root(root[1], Fraction(root[2]))
        if _NUMBER.fullmatch(right):
            return Number(Fraction(right))
    return Said(right, others)
