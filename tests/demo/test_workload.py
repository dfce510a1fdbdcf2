"""The workload: truths that follow from the prompts, and the kinds of change that the demo promises."""

import re
from fractions import Fraction

import jsonschema
import pytest

from stepcache_lc.bench.truths import Fields, Root
from stepcache_lc.demo.workload import EQUATIONS, TICKETS, Asked, look_alikes, workload

REQUESTS = workload()


def name(asked: Asked) -> str:
    return asked.change


def test_it_has_two_sections_of_about_two_dozen_requests() -> None:
    assert [asked.section for asked in REQUESTS] == sorted((asked.section for asked in REQUESTS), reverse=True)
    assert {asked.section for asked in REQUESTS} == {TICKETS, EQUATIONS}
    assert 20 <= len(REQUESTS) <= 28


def test_repeats_rewordings_and_semantic_changes_are_there() -> None:
    prompts = [asked.prompt for asked in REQUESTS]
    assert len(set(prompts)) < len(prompts)
    for word in ("reworded", "one more field", "another customer", "another order", "semantic change"):
        assert any(word in asked.change for asked in REQUESTS), word


@pytest.mark.parametrize("asked", [asked for asked in REQUESTS if isinstance(asked.truth, Fields)], ids=name)
def test_a_ticket_states_every_value_and_demands_it_by_schema(asked: Asked) -> None:
    assert isinstance(asked.truth, Fields)
    assert asked.schema is not None
    jsonschema.validate(dict(asked.truth.members), asked.schema)
    for key, value in asked.truth.members.items():
        assert re.search(rf"^[A-Z][a-z ]+: {re.escape(str(value))}$", asked.prompt, re.MULTILINE), key
        assert re.search(rf"\b{key}\b", asked.prompt)
    assert asked.added <= asked.truth.members.keys()
    assert asked.response_format is not None
    assert asked.response_format["json_schema"]["schema"] == asked.schema


@pytest.mark.parametrize("asked", [asked for asked in REQUESTS if isinstance(asked.truth, Root)], ids=name)
def test_the_root_of_an_equation_holds_in_it(asked: Asked) -> None:
    assert isinstance(asked.truth, Root)
    unknown, root = asked.truth.unknown, asked.truth.value
    found = re.search(r"([\d(][^=:]*) = (\d+)", asked.prompt)
    assert found is not None
    bracket = re.fullmatch(rf"(\d+)\({unknown} - (\d+)\)", found[1])
    plain = re.fullmatch(rf"(\d+){unknown} \+ (\d+)", found[1])
    if bracket is not None:
        left = Fraction(bracket[1]) * (root - Fraction(bracket[2]))
    else:
        assert plain is not None
        left = Fraction(plain[1]) * root + Fraction(plain[2])
    assert left == Fraction(found[2])


def test_the_look_alikes_differ_in_few_words_and_in_what_is_right() -> None:
    first, second = look_alikes()
    changed = [(old, new) for old, new in zip(first.prompt.split(), second.prompt.split(), strict=True) if old != new]
    assert 1 <= len(changed) <= 3
    assert first.truth != second.truth
