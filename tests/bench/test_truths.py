"""The judge of benchmark and demo: strict, and independent of the package's own verifiers."""

import ast
from fractions import Fraction
from pathlib import Path

import pytest

from stepcache_lc.bench import truths
from stepcache_lc.bench.truths import Fields, Number, Root

TICKET = Fields({"customer": "Hugo Alves", "quantity": 3})


@pytest.mark.parametrize(
    "answer",
    [
        '{"customer": "Hugo Alves", "quantity": 3}',
        '{"quantity": 3,\n  "customer": "Hugo Alves"}',
        '```json\n{"customer": "Hugo Alves", "quantity": 3}\n```',
    ],
)
def test_a_right_object(answer: str) -> None:
    assert TICKET.holds(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "null",
        '{"customer": "Hugo Alves"}',
        '{"customer": "Hugo Alves", "quantity": 4}',
        '{"customer": "hugo alves", "quantity": 3}',
        '{"customer": " Hugo Alves", "quantity": 3}',
        '{"customer": "Hugo Alves", "quantity": "3"}',
        '{"customer": "Hugo Alves", "quantity": 3.0}',
        '{"customer": "Hugo Alves", "quantity": true}',
        '{"customer": "Hugo Alves", "quantity": 3, "city": "Porto"}',
        '{"customer": "Laura Stein", "customer": "Hugo Alves", "quantity": 3}',
        'Here it is: {"customer": "Hugo Alves", "quantity": 3}',
        '{"customer": "Hugo Alves", "quantity": 3',
    ],
)
def test_a_wrong_object(answer: str) -> None:
    assert not TICKET.holds(answer)


def test_true_is_not_one() -> None:
    assert not Fields({"quantity": 1}).holds('{"quantity": true}')


def test_members_can_be_left_out_of_the_judgement_but_not_of_the_answer() -> None:
    assert TICKET.holds('{"customer": "?", "quantity": 3}', frozenset({"customer"}))
    assert not TICKET.holds('{"customer": "?", "quantity": 4}', frozenset({"customer"}))
    assert not TICKET.holds('{"quantity": 3}', frozenset({"customer"}))


@pytest.mark.parametrize(
    "answer",
    [
        "x = 5",
        "So, the solution to the equation 2x + 5 = 15 is x = 5.",
        "2x = 10, so x = 10 / 2 = 5.",
        "x = 10/2",
        "**x = 5**",
        "$x = \\boxed{5}$",
        "x=5.0.",
        "First x = 7? No: x = 5",
    ],
)
def test_a_right_root(answer: str) -> None:
    assert Root("x", Fraction(5)).holds(answer)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "5",
        "y = 5",
        "2x = 5",
        "max = 5",
        "x = 5, so x = 7",
        "x = 15 - 2x",
        "x = 5x",
        "x = -5",
        "x = 5/0",
        "x = 5 or so",
        "the solution is 5",
    ],
)
def test_a_wrong_root(answer: str) -> None:
    assert not Root("x", Fraction(5)).holds(answer)


def test_fractions_and_signs() -> None:
    assert Root("y", Fraction(-7, 2)).holds("Therefore y = −7/2.")
    assert Root("y", Fraction(-7, 2)).holds("y = -3.5")


def test_the_last_number_counts() -> None:
    assert Number(Fraction(10)).holds("2x = 15 - 5, so 2x is 10.")
    assert not Number(Fraction(10)).holds("2x is 10, hence x = 5.")
    assert not Number(Fraction(10)).holds("ten")


def test_it_shares_nothing_with_the_package() -> None:
    tree = ast.parse(Path(truths.__file__).read_text())
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported == {"__future__", "collections.abc", "dataclasses", "fractions", "json", "re", "typing"}
