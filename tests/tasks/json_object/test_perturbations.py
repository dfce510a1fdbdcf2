"""What becomes of each kind of change, over ten request styles and ten answer styles."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.tasks.json_object.perturbations import render, shares


def _served_without_a_call(outcomes: Counter[str]) -> float:
    return (outcomes["reuse"] + outcomes["rewrite"]) / sum(outcomes.values())


def _judge(table: dict[str, Counter[str]], wrong: list[str]) -> None:
    assert wrong == []
    for name in ("repeat", "rewording", "dropped key", "changed assigned value", "three changed assigned values"):
        assert _served_without_a_call(table[name]) >= 0.9, name
    for name in ("added key", "changed assigned value beside a free key"):
        assert table[name]["patch"] / sum(table[name].values()) >= 0.9, name
    assert _served_without_a_call(table["changed free value"]) == 0


def test_shares() -> None:
    _judge(*shares())


@pytest.mark.long
def test_shares_over_many(capsys: pytest.CaptureFixture[str]) -> None:
    table, wrong = shares(seed=11, rounds=8)
    with capsys.disabled():
        print("\n" + render(table))
    _judge(table, wrong)
