"""Answers that two real models wrote: judged as an independent reading of the truth judges them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.json_object import JsonTask
from tests.tasks.json_object.serving import admitted

TASK = JsonTask()
LINES = (Path(__file__).parents[2] / "data" / "answers.jsonl").read_text(encoding="utf-8").splitlines()
CASES: list[dict[str, Any]] = [case for case in map(json.loads, LINES) if case["task"] == "json"]
DEMANDED = {
    "Return a JSON": ("name", "city", "product"),
    "Write a JSON": ("name", "city", "country", "hobbies"),
    "Customer:": ("customer", "order", "item", "quantity"),
    "Extract cust": ("customer", "order_id", "product"),
    "Classify the": ("sentiment", "urgency", "summary"),
    "Give me JSON": ("order_id", "items", "city"),
}


def keys_of(case: dict[str, Any]) -> tuple[str, ...]:
    return next(keys for start, keys in DEMANDED.items() if case["prompt"].startswith(start))


def plainly_right(case: dict[str, Any]) -> bool:
    """The whole answer, a fence taken off, is one object with the demanded keys, and a form's values are as stated."""
    text = re.sub(r"^```(?:json)?\n|\n```$", "", case["response"].strip())
    try:
        value = json.loads(text)
    except ValueError:
        return False
    if not isinstance(value, dict) or set(value) != set(keys_of(case)):
        return False
    if case["prompt"].startswith("Customer:"):
        return {key: str(item) for key, item in value.items()} == {
            key: str(item) for key, item in case["truth"].items()
        }
    return "hobbies" not in value or len(value["hobbies"]) == 2


def test_the_data_is_there() -> None:
    assert len(CASES) == 60


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_steps_tile_and_the_verdict_is_sound(case: dict[str, Any]) -> None:
    request = Request(case["prompt"])
    constraints = TASK.read(request)
    assert constraints is not None
    if not case["prompt"].startswith("Give me"):
        assert constraints.residue == ()
        assert set(constraints.keys) == set(keys_of(case))
    steps = TASK.segment(case["response"], constraints)
    assert join(steps) == case["response"]
    at = 0
    for step in steps:
        assert step.start == at
        at = step.end
    if plainly_right(case):
        assert admitted(case["prompt"], case["response"])
    if admitted(case["prompt"], case["response"]) and case["prompt"].startswith("Customer:"):
        assert plainly_right(case)


def test_most_answers_of_the_larger_model_are_admitted() -> None:
    larger = [case for case in CASES if case["model"].startswith("qwen")]
    assert sum(admitted(case["prompt"], case["response"]) for case in larger) >= len(larger) - 1
