"""Worked answers of real models, and what a reader found in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[2] / "data" / "answers.jsonl"

RIGHT_ROOT_WRONG_WORK = {
    0: "70y = 60, then y = 1",
    1: "-50t = -154, then t = 3",
    9: "8 = 16",
    35: "the check claims -20 = -24",
    64: "80 = 15",
    71: "4(a - 6) - 4 = 4a - 24",
    140: "7x = 4x + 23; the answer is 2x",
    150: "(3/3) * 3 = 6",
}
"""Linear answers (by line, from 0) that end with the right root after a wrong statement, found by reading them."""

RIGHT_BUT_PROGRAM = {91: "it holds a program that could not have run: t is not defined where it is used"}
"""Right roots that a program in the answer gives; the program is not checked, and wrong."""


@dataclass(frozen=True)
class RealAnswer:
    """One line of the data."""

    line: int
    prompt: str
    response: str
    truth: dict[str, Any]
    finish_reason: str

    @property
    def root(self) -> Fraction:
        return Fraction(self.truth["root"])


@cache
def equation_answers(kind: str) -> tuple[RealAnswer, ...]:
    """The answers to equation prompts of one kind: `linear`, `quadratic` or `system`."""
    found = []
    for number, line in enumerate(DATA.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        if row["task"] == "equation" and row["truth"]["kind"] == kind:
            found.append(RealAnswer(number, row["prompt"], row["response"], row["truth"], row["finish_reason"]))
    return tuple(found)
