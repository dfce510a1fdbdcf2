"""What must always hold, over random forms, answers and changes; the checkers here share no code with the package."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stepcache_lc.core.types import Request, join
from stepcache_lc.tasks.json_object import JsonTask
from tests.support.patches import wanted
from tests.tasks.json_object.serving import admitted, serve

TASK = JsonTask()
LABELS = ("Customer", "Order", "Item", "City", "Age", "Order ID", "E-mail")
FREE = ("mood", "summary", "priority")
LITERALS = (
    "Ann",
    "Ann Lee",
    "Bob Tran",
    "Zoë",
    "kettle",
    "desk lamp",
    "5",
    "7",
    "42",
    "007",
    "AB-12",
    "a@b.org",
    "Lamp",
    "3.5",
)
STYLES: tuple[dict[str, Any], ...] = ({}, {"indent": 2}, {"indent": 4}, {"separators": (",", ":")}, {"indent": "\t"})

Case = tuple[dict[str, str], list[str], str, dict[str, str], list[str]]
"""An earlier form, its keys and answer, and a changed form with its keys."""

lines = st.dictionaries(st.sampled_from(LABELS), st.sampled_from(LITERALS), min_size=1, max_size=5)
free = st.lists(st.sampled_from(FREE), unique=True, max_size=2)


def key_of(label: str) -> str:
    return re.sub(r"\W+", "_", label).lower()


def prompt_of(form: dict[str, str], keys: list[str]) -> str:
    text = "\n".join(f"{label}: {value}" for label, value in form.items())
    return f"{text}\n\nConvert the above into JSON with the keys {', '.join(keys)}."


def written(value: str, as_text: bool) -> Any:
    """The value as a model would write it."""
    if not as_text and re.fullmatch(r"0|[1-9]\d*|[1-9]\d*\.\d+", value):
        return float(value) if "." in value else int(value)
    return value


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An earlier form, its keys and answer, and a changed form with its keys."""
    form = draw(lines)
    asked = [key_of(label) for label in form if draw(st.integers(0, 3))] + draw(free)
    assume(asked)
    as_text = draw(st.booleans())
    by_key = {key_of(label): value for label, value in form.items()}
    answer = {key: written(by_key[key], as_text) if key in by_key else f"old {key}" for key in asked}
    if draw(st.booleans()):
        answer = dict(reversed(answer.items()))
    text = json.dumps(answer, ensure_ascii=draw(st.booleans()), **draw(st.sampled_from(STYLES)))
    if draw(st.booleans()):
        text = f"```json\n{text}\n```"
    new = {
        label: draw(st.sampled_from(LITERALS)) if not draw(st.integers(0, 2)) else value
        for label, value in form.items()
    }
    keys = [key for key in asked if draw(st.integers(0, 5))]
    keys += [key for key in draw(free) if key not in keys and draw(st.booleans())]
    assume(keys)
    return form, asked, text, new, keys


@given(cases())
@settings(max_examples=1200, deadline=None)
def test_nothing_wrong_is_served(case: Case) -> None:
    form, asked, text, new, keys = case
    old_prompt, new_prompt = prompt_of(form, asked), prompt_of(new, keys)
    if not admitted(old_prompt, text):
        return

    def model(prompt: str) -> str:
        stated = {key_of(label): value for label, value in new.items()}
        return json.dumps({key: stated.get(key, f"new {key}") for key in wanted(prompt)})

    served = serve(old_prompt, text, new_prompt, model=model)
    if served.outcome not in ("reuse", "rewrite", "patch"):
        return
    value = served.value
    assert set(value) == set(keys)
    stated = {key_of(label): shown for label, shown in new.items()}
    for key, got in value.items():
        if key in stated:
            assert str(got) == stated[key] or float(got) == float(stated[key]), (key, got)
        elif new != form:
            assert got == f"new {key}"
        else:
            assert got == (f"old {key}" if key in asked else f"new {key}")
    if served.outcome == "rewrite":
        # Its own style: the same fence, the same lines where the keys are the same.
        assert served.text.startswith("```json\n{") == text.startswith("```json\n{")
        if set(keys) == set(asked):
            assert served.text.count("\n") == text.count("\n")


@given(cases())
@settings(max_examples=300, deadline=None)
def test_steps_tile_and_the_task_is_pure(
    case: Case,
) -> None:
    _, _, text, new, keys = case
    constraints = TASK.read(Request(prompt_of(new, keys)))
    assert constraints is not None
    assert constraints == TASK.read(Request(prompt_of(new, keys)))
    steps = TASK.segment(text, constraints)
    assert join(steps) == text
    at = 0
    for step in steps:
        assert step.start == at
        at += len(step.text)
    assert [step.name for step in steps] == [step.name for step in TASK.segment(text, constraints)]
    assert len(TASK.verify(steps, constraints)) == len(steps)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(blacklist_categories=("Cs",)), max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~.é", max_size=3), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text("ab/~.é", min_size=1, max_size=3), json_values, min_size=2, max_size=5)


@given(objects, st.sampled_from(STYLES), st.data())
@settings(max_examples=500, deadline=None)
def test_merging_gives_valid_json(value: dict[str, Any], style: dict[str, Any], data: st.DataObject) -> None:
    """Ask for any top-level members anew: the merged text is the object with these, and nothing else, changed."""
    text = json.dumps(value, ensure_ascii=False, **style)
    constraints = TASK.read(Request("Extract it.", schema={"type": "object"}))
    assert constraints is not None
    steps = TASK.segment(text, constraints)
    chosen = set(data.draw(st.lists(st.sampled_from(sorted(value)), min_size=1, max_size=len(value) - 1, unique=True)))

    def top(name: str) -> str:
        return name.split("/")[1].replace("~1", "/").replace("~0", "~") if name.startswith("/") else ""

    block = [index for index, step in enumerate(steps) if step.name.startswith("/") and top(step.name) in chosen]
    reply = {key: data.draw(json_values) for key in chosen}
    pointers = {key: "/" + key.replace("~", "~0").replace("/", "~1") for key in chosen}
    plain = not any(key.startswith("/") or key == "conflict" for key in chosen)
    merged = TASK.merge(json.dumps({key if plain else pointers[key]: reply[key] for key in chosen}), steps, block)
    assert json.loads(join(merged)) == {**value, **reply}
    assert list(json.loads(join(merged))) == list(value)


@given(st.text(max_size=200), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_prompt_and_any_answer_are_taken(text: str, hosted: bool) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]} if hosted else None
    constraints = TASK.read(Request("Return JSON with keys a, b. " + text, schema=schema))
    if constraints is None:
        return
    steps = TASK.segment(text, constraints)
    assert join(steps) == text
    verdicts = TASK.verify(steps, constraints)
    assert len(verdicts) == len(steps)
    block = TASK.block(steps, verdicts)
    assert TASK.patch_prompt(Request(text), steps, block, constraints)
