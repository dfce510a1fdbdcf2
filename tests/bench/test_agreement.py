"""Two answers say the same, or differ; in doubt they differ."""

from __future__ import annotations

import pytest

from stepcache_lc.bench.agreement import same_answer

WORKED = "Subtract 3 from both sides: 2x = 10.\n\nDivide by 2: x = 10/2 = 5.\n\nSo the solution is $x = 5$."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 5", WORKED),
        ("x = 5", "5"),
        ("5.", "**x = 5**"),
        ("x = 5/2", r"\(x = \frac{5}{2}\)"),
        ("x = 2.5", r"x = \boxed{5/2}"),
        ("x = -3", "x = −3"),
        ("x = 2 or x = 3", "x = 3 and x = 2"),
        ("x = 2, 3", "The solutions are x = 2 or 3."),
        ("x = 1, y = -2", "y = -2\nx = 1"),
        ("x = 1/3 ≈ 0.33", "x = 1/3"),
        ("x = 7, which is the answer", "x = 7"),
        ("a  b\nc", "a b c"),
        ('{"a": 1, "b": [true]}', '```json\n{"b":[true],"a":1}\n```'),
    ],
)
def test_they_say_the_same(one: str, other: str) -> None:
    assert same_answer(one, other, "equation")
    assert same_answer(other, one, "equation")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 5", WORKED.replace("x = 5$", "x = 6$")),
        ("x = 5", WORKED.replace("x = 10/2 = 5", "x = 10/2 = 4")),
        ("x = 5", "y = 5"),
        ("x = 5", "x = -5"),
        ("x = 2 or x = 3", "x = 2"),
        ("x = 2\nx = -3", "x = 5\nx = -3"),
        ("x = 1, y = -2", "x = 1"),
        ("x = 5", "There is no solution."),
        ("no numbers", "none here"),
        ("x = 1/0", "x = 2/0"),
        ("x = 0.33", "x = 1/3"),
        ('{"a": 1}', '{"a": true}'),
        ('{"a": 1}', '{"a": "1"}'),
        ('{"a": 1, "a": 2}', '{"a": 2}'),
        ('{"a": 1}', '{"a": 1, "b": null}'),
        ('{"a": 1}', 'Here it is: {"a": 1}'),
        ("[" * 100_000, "[" * 100_001),
    ],
)
def test_they_differ(one: str, other: str) -> None:
    assert not same_answer(one, other, "equation")
    assert not same_answer(other, one, "equation")


def test_values_count_for_equations_only() -> None:
    assert not same_answer("Take x = 5 pills.", "Never take x = 5 pills.", "")
    assert same_answer("Take 5 pills.", "Take 5  pills.", "")
    assert not same_answer("Take 5 pills.", "take 5 pills.", "")
