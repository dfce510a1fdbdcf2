"""Fields as one text and back; which wording is known; what a call's internal task makes of hostile text."""

from __future__ import annotations

import math
from typing import Any, Literal

import dspy
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepcache_lc.dspy.fields import FieldError, frame, text_of, unframe, value_of
from stepcache_lc.dspy.reading import checks_for, input_texts
from stepcache_lc.dspy.scope import Asked, request_text
from stepcache_lc.dspy.task import FieldsTask
from stepcache_lc.dspy.wording import default_instructions, known_wording
from stepcache_lc.errors import MergeError
from stepcache_lc.policy import Policy
from stepcache_lc.tasks import default_tasks
from stepcache_lc.tasks.base import Request
from tests.support.ids import shown

TEXT = st.text(st.characters(exclude_characters="\x1e\x1f", exclude_categories=["Cs"]), max_size=20)
NAMES = st.sampled_from(["answer", "reasoning", "a", "_b", "field_2"])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, TEXT, min_size=1, max_size=4))
def test_fields_come_back(fields: dict[str, str]) -> None:
    assert unframe(frame(fields)) == fields
    assert list(unframe(frame(fields))) == list(fields)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_exactly_what_it_says(text: str) -> None:
    try:
        fields = unframe(text)
    except FieldError:
        return
    assert frame(fields) == text


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text", str),
        ("", str),
        (3, int),
        (2.5, float),
        (True, bool),
        (None, str | None),
        ([1, 2], list[int]),
        ({"a": [1.5]}, dict[str, list[float]]),
        (Person(name="Ann", age=3), Person),
        ([Person(name="Ann")], list[Person]),
        ("a", Literal["a", "b"]),
        ((1, "a"), tuple[int, str]),
        ({"any": [1, "x", None]}, Any),
    ],
    ids=shown,
)
def test_values_come_back(value: Any, kind: Any) -> None:
    again = value_of(text_of(value, kind), kind)
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, str),
        (None, str),
        ("a\x1eb", str),
        (math.nan, float),
        (object(), Any),
        ({1: "a"}, Any),
        (Person(name="Ann"), Any),
        (lambda: 1, object),
    ],
    ids=shown,
)
def test_values_that_would_not_come_back_are_not_stored(value: Any, kind: Any) -> None:
    with pytest.raises(FieldError):
        text_of(value, kind)


@pytest.mark.parametrize(
    ("instructions", "known"),
    [
        (None, True),
        ("Given the fields `question`, produce the fields `answer`.", True),
        ("Given the fields `question`, produce the fields `reasoning`, `answer`.", True),
        ("Given the fields `question`, produce the fields `answer`, `reasoning`.", False),
        ("Given the fields `question`, produce the fields `translation`.", False),
        ("Given the fields `text`, produce the fields `answer`.", False),
        ("Given the fields `question`, produce the fields `answer`. Round it.", False),
        ("Given the fields `question`, produce the fields ``.", False),
    ],
)
def test_default_instructions(instructions: str | None, known: bool) -> None:
    signature = dspy.Signature("question -> reasoning, answer", instructions)
    assert default_instructions(signature) is known
    assert known_wording(signature, vouched=False) is known
    assert known_wording(signature, vouched=True)


def test_default_instructions_of_programs() -> None:
    for program in (
        dspy.Predict("question -> answer"),
        dspy.ChainOfThought("question, context -> answer, score: float"),
    ):
        assert all(default_instructions(predictor.signature) for predictor in program.predictors())
    described = dspy.Signature("question -> answer").with_updated_fields("question", desc="in French")
    assert not known_wording(described, vouched=False)


def task(question: str = "Solve 2x + 3 = 13 for x.") -> FieldsTask:
    signature = dspy.ChainOfThought("question -> answer").predict.signature
    asked = Asked(None, {}, signature, [], {"question": question}, "predict")
    texts = input_texts(asked)
    assert texts is not None
    checks = checks_for(asked, texts, default_tasks(), Policy(), None, lambda where, error: None)
    assert checks is not None
    return FieldsTask(checks, tuple(signature.output_fields), texts, 0.5)


@given(st.text(max_size=80), st.booleans())
def test_any_text_is_tiled_and_judged_without_an_error(text: str, framed: bool) -> None:
    mine = task()
    constraints = mine.read(Request(request_text("", {"question": "Solve 2x + 3 = 13 for x."})))
    assert constraints is not None
    if framed and not {"\x1e", "\x1f"} & set(text):
        text = frame({"reasoning": text, "answer": text})
    steps = mine.segment(text, constraints)
    assert "".join(step.text for step in steps) == text
    verdicts = mine.verify(steps, constraints)
    assert len(verdicts) == len(steps)
    assert mine.accept(text, constraints).kind != "pass" or "5" in text


@pytest.mark.parametrize("reply", ["", "text", frame({"reasoning": "a"}), frame({"answer": "a", "more": "b"})])
def test_a_reply_with_other_fields_does_not_fit(reply: str) -> None:
    mine = task()
    constraints = mine.read(Request(request_text("", {"question": "Solve 2x + 3 = 13 for x."})))
    assert constraints is not None
    steps = mine.segment(frame({"reasoning": "2x = 10", "answer": "x = 4"}), constraints)
    with pytest.raises(MergeError):
        mine.merge(reply, steps, (len(steps) - 1,))
