"""A failing answer is mended by rule where nothing is lost and nothing is guessed; the rest is asked for."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.json_object import JsonTask
from stepcache_lc.tasks.json_object.tolerant import tolerant

TASK = JsonTask()
PROMPT = "Return a JSON object with keys first_name (string), age (integer), mood (calm or angry) for: Ann, 30."
GOOD = {"first_name": "Ann", "age": 30, "mood": "calm"}


def mended(answer: str, prompt: str = PROMPT) -> tuple[str, str, list[str]] | None:
    """The mended text, its verdict, and what is still to be asked for."""
    constraints = TASK.read(Request(prompt))
    assert constraints is not None
    steps = TASK.segment(answer, constraints)
    result = TASK.rewrite(steps, constraints, constraints)
    if result is None:
        return None
    verdicts = TASK.verify(result, constraints)
    asked = [result[index].name for index in TASK.block(result, verdicts)]
    return join(result), TASK.accept(join(result), constraints).kind, asked


@pytest.mark.parametrize(
    "answer",
    [
        '{"firstName": "Ann", "age": 30, "mood": "calm"}',
        '{"First Name": "Ann", "AGE": 30, "mood": "calm"}',
        '{"first_name": "Ann", "age": "30", "mood": "calm"}',
        '{"first_name": "Ann", "age": 30, "mood": "Calm"}',
        '{"first_name": "Ann", "age": 30, "mood": "calm", "note": "hello"}',
        "{'first_name': 'Ann', 'age': 30, 'mood': 'calm'}",
        '{"first_name": "Ann", "age": 30, "mood": "calm",}',
        '{"first_name": "Ann", "age": 30, "mood": "calm"',
        '{"first_name": "Ann", "age": 30, "mood": "calm"}}',
        '{first_name: "Ann", age: 30, mood: "calm"}',
        '{"first_name": "Ann" "age": 30 "mood": "calm"}',
        '```json\n{"first_name": "Ann", // the name\n "age": 30, "mood": "calm"}\n```',
    ],
)
def test_notation_and_style_are_mended(answer: str) -> None:
    result = mended(answer)
    assert result is not None
    text, verdict, asked = result
    assert verdict == "pass"
    assert asked == []
    assert json.loads(text) == GOOD


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ('{"first_name": "Ann", "age": "thirty", "mood": "Calm"}', ["/age"]),
        ('{"first_name": "Ann", "age": "030", "mood": "Calm"}', ["/age"]),
        ('{"first_name": "Ann", "age": 30.5, "Mood": "calm"}', ["/age"]),
        ('{"firstName": "Ann", "age": 30, "mood": "sad"}', ["/mood"]),
        ('{"firstName": "Ann", "age": 30}', ["/mood"]),
        ("{'first_name': 'Ann', 'age': 30}", ["/mood"]),
    ],
)
def test_what_rules_cannot_know_is_asked_for(answer: str, asked: list[str]) -> None:
    result = mended(answer)
    assert result is not None
    assert result[2] == asked


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(GOOD),  # nothing to mend
        '{"first_name": "Ann", "age": 30, "mood": "cal',  # cut off within a word
        '{"first_name": "Ann", "age": 3',  # within a number
        '{"first_name": "Ann", "age": 30, "mo',
        '{"first_name": "Ann", "age": 30, "age": 31, "mood": "calm"}',  # which?
        '{"first_name": Ann, "age": 30, "mood": "calm"}',
        '{"first_name": "Ann", "age": 030, "mood": "calm"}',
        '{"first_name": "Ann", "age": 30, "mood": "calm"} {"first_name": "Eve", "age": 30, "mood": "calm"}',
        "Ann is 30 and calm",
        "",
        "{" * 5_000,
        "[1, 2",
        '{"first_name": "A"nn", "age": 30}',
        '{"firstName": "Ann", "FirstName": "Eve", "age": 30',
    ],
)
def test_nothing_is_guessed(answer: str) -> None:
    result = mended(answer)
    assert result is None or result[1] != "pass"


def test_two_spellings_of_a_key_are_not_renamed() -> None:
    result = mended('{"firstName": "Ann", "FirstName": "Eve", "age": 30, "mood": "calm"}')
    assert result is not None
    assert result[2] == ["/first_name"]


def test_assigned_values_are_put_right() -> None:
    prompt = "Name: Ann\nAge: 30\nCity: Rome\n\nConvert the above into JSON with the keys name, age, city."
    result = mended('{\n  "name": "Anna",\n  "city": "Rome"\n}', prompt)
    assert result == ('{\n  "name": "Ann",\n  "age": 30,\n  "city": "Rome"\n}', "pass", [])


def test_a_request_that_was_not_understood_is_never_mended() -> None:
    assert mended('{"firstName": "Ann", "age": 30, "mood": "calm"}', PROMPT + " Round it.") is None


def test_text_around_the_value_is_taken_off_where_it_was_forbidden() -> None:
    prompt = PROMPT + " Output only JSON."
    result = mended("Sure!\n" + json.dumps(GOOD) + "\nBye", prompt)
    assert result == (json.dumps(GOOD), "pass", [])


values = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc 'é", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), values, max_size=3), st.data())
@settings(max_examples=400)
def test_a_tolerant_parse_never_changes_what_is_said(value: dict[str, Any], data: st.DataObject) -> None:
    """Damage one character of a JSON text: what comes back says what the text says, or nothing does."""
    text = json.dumps(value, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.sampled_from(["", ",", "}", "]"])) + text[at + 1 :]
    result = tolerant(damaged)
    if result is None:
        return
    words = [word for word in re.findall(r"\w+", damaged) if word not in ("True", "False", "None")]
    assert re.findall(r"\w+", result) == words
