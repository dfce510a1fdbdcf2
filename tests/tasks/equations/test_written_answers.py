"""Answers in the manners of larger models, and more of a real one: accepted, and replayed, without being built against.

`written_answers.jsonl` was written by hand, all of it right: headings, tables, pictures, aligned mathematics, asides,
farewells. `fresh_answers.jsonl` was written by the larger model of `answers.jsonl`, plainly and after examples of other
manners.
"""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.equations import EquationTask
from stepcache_lc.tasks.equations.constraints import EquationConstraints

from .test_real_answers import last_number

TASK = EquationTask()
DATA = Path(__file__).parents[2] / "data"
KINDS = ("linear", "system", "quadratic", "all", "none")

NOT_RIGHT = {
    6: "no result is stated",
    16: "two solutions are stated",
    27: "the check says -9 + 19 = 19 - 19",
    53: "the check says 50 - 20 = -30",
}
"""Fresh answers (by line, from 0) that end with the right number and are not right, found by reading them."""


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def read(text: str) -> EquationConstraints:
    constraints = TASK.read(Request(text))
    assert constraints is not None, text
    assert constraints.complete, (text, constraints.residue)
    return constraints


WRITTEN = rows("written_answers.jsonl")
FRESH = rows("fresh_answers.jsonl")


def test_written_answers_are_accepted() -> None:
    refused = [row["response"] for row in WRITTEN if not TASK.accept(row["response"], read(row["prompt"])).ok]
    assert {row["truth"]["kind"] for row in WRITTEN} == set(KINDS)
    assert len(WRITTEN) >= 110
    assert len(refused) <= 0.05 * len(WRITTEN), refused


def test_fresh_answers_are_accepted() -> None:
    right = [
        row
        for line, row in enumerate(FRESH)
        if row["finish_reason"] == "stop"
        and last_number(row["response"]) == Fraction(row["truth"]["root"])
        and line not in NOT_RIGHT
    ]
    refused = [row["response"] for row in right if not TASK.accept(row["response"], read(row["prompt"])).ok]
    assert len(right) >= 40
    assert len(refused) <= 0.05 * len(right), refused


def test_no_wrong_fresh_answer_is_accepted() -> None:
    for line, row in enumerate(FRESH):
        if TASK.accept(row["response"], read(row["prompt"])).ok:
            assert line not in NOT_RIGHT, row["response"]
            assert row["finish_reason"] == "stop"
            assert states(row["response"], row["truth"]["unknown"], Fraction(row["truth"]["root"])), row["response"]


@pytest.mark.parametrize("row", [row for row in WRITTEN if row["truth"]["kind"] == "linear"], ids=lambda row: None)
def test_another_stated_root_is_noticed(row: dict[str, Any]) -> None:
    constraints = read(row["prompt"])
    stated = rf"(?<![\w.]){row['truth']['unknown']}( ?= ?| equals | is )(-?\d+)(?![\w.]*\d| *[-+*/(×·])"
    for match in re.finditer(stated, row["response"]):
        for other in (int(match[2]) + 1, int(match[2]) + 10, -int(match[2]) - 1):
            text = f"{row['response'][: match.start(2)]}{other}{row['response'][match.end(2) :]}"
            assert not TASK.accept(text, constraints).ok, text


def new_equation(random: Random, row: dict[str, Any]) -> tuple[str, Fraction] | None:
    """Other numbers in the same places, and the root; None where the numbers of the form depend on each other."""
    equation, unknown = row["truth"]["equation"], row["truth"]["unknown"]
    if re.search(r"frac|%|\.|\b0\b|[+-] 1\b", equation):
        return None
    changed = re.sub(r"\d+", lambda _: str(random.randint(2, 40)), equation)
    program = re.sub(rf"(?<=[\d)])(?=[({unknown}])", "*", changed)
    left, right = (Sides(side, unknown) for side in program.split("="))
    slope = left.at(1) - left.at(0) - right.at(1) + right.at(0)
    return (changed, (right.at(0) - left.at(0)) / slope) if slope else None


class Sides:
    """One side of an equation, evaluated by a reader of its own."""

    def __init__(self, text: str, unknown: str) -> None:
        self.tokens = re.findall(r"\d+|[-+*/()]|[a-z]", text)
        self.unknown = unknown

    def at(self, value: int) -> Fraction:
        self.rest = list(self.tokens)
        self.value = Fraction(value)
        return self._sum()

    def _sum(self) -> Fraction:
        total = self._product()
        while self.rest and self.rest[0] in "+-":
            sign = 1 if self.rest.pop(0) == "+" else -1
            total += sign * self._product()
        return total

    def _product(self) -> Fraction:
        total = self._atom()
        while self.rest and self.rest[0] in "*/":
            total = total * self._atom() if self.rest.pop(0) == "*" else total / self._atom()
        return total

    def _atom(self) -> Fraction:
        token = self.rest.pop(0)
        if token == "-":
            return -self._atom()
        if token == "(":
            inner = self._sum()
            self.rest.pop(0)
            return inner
        return self.value if token == self.unknown else Fraction(token)


@pytest.mark.parametrize(("name", "share"), [("written_answers.jsonl", 0.75), ("fresh_answers.jsonl", 0.9)])
def test_new_constants_are_replayed(name: str, share: float) -> None:
    random = Random(3)
    asked = served = 0
    for row in rows(name):
        if row["truth"]["kind"] != "linear":
            continue
        old = read(row["prompt"])
        if not TASK.accept(row["response"], old).ok:
            continue
        for _ in range(3):
            changed = new_equation(random, row)
            if changed is None:
                continue
            new = read(row["prompt"].replace(row["truth"]["equation"], changed[0]))
            asked += 1
            steps = TASK.rewrite(TASK.segment(row["response"], old), old, new)
            if steps is not None:
                served += 1
                text = join(steps).replace("−", "-").replace("*", "")
                assert states(text, row["truth"]["unknown"], changed[1]), text
    assert asked >= 100
    assert served >= share * asked, (served, asked)


def states(text: str, unknown: str, root: Fraction) -> bool:
    """Whether the root is the last number, or the last value that is stated of the unknown or boxed."""
    plain = re.sub(r"\\d?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", text)
    found = re.findall(rf"(?:(?<![\w)*]){unknown}|boxed\{{)(?: ?= ?)?(-?\d+(?:/\d+)?)(?![\w/.(]*\d| *[-+*/×÷·])", plain)
    return last_number(text) == root or (bool(found) and Fraction(found[-1]) == root)
