"""The work of every step from request to mended answer, counted: twice the text is about twice the work, up to a bound.

Calls of functions are counted, not seconds, so that the numbers are the same on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import pytest

from stepcache_lc import default_tasks
from stepcache_lc.errors import MergeError
from stepcache_lc.tasks import Request, Task
from stepcache_lc.tasks.json_object.extract import extract
from stepcache_lc.tasks.json_object.scan import MAX_NODES, TooLarge

TASKS = {task.name: task for task in default_tasks()}
ORDER = "Customer: Ann Lee\nOrder: {}\n\nConvert the above into JSON with the keys customer, order. Output only JSON."
LINEAR = 6.0
"""Most times the calls for four times the text: 4 if they grow in proportion, 16 if with the square."""


def _calls(work: Callable[[], Any]) -> int:
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def _stages(task: Task, request: Request, later: Request, text: str) -> dict[str, int]:
    """Calls of everything that may happen to an answer that is not what was asked for."""
    constraints, other = task.read(request), task.read(later)
    assert constraints is not None
    assert other is not None
    steps = task.segment(text, constraints)
    verdicts = task.verify(steps, constraints)
    block = task.block(steps, verdicts)

    def merged() -> None:
        with suppress(MergeError):
            task.merge(text, steps, block)

    return {
        "segment": _calls(lambda: task.segment(text + " ", constraints)),
        "verify": _calls(lambda: task.verify(steps, constraints)),
        "accept": _calls(lambda: task.accept(text + "  ", constraints)),
        "rewrite": _calls(lambda: task.rewrite(steps, constraints, other)),
        "mend": _calls(lambda: task.rewrite(steps, constraints, constraints)),
        "patch_prompt": _calls(lambda: task.patch_prompt(request, steps, block, constraints)),
        "patch_schema": _calls(lambda: task.patch_schema(request, steps, block, constraints)),
        "merge": _calls(merged),
    }


def _wide(size: int) -> str:
    return json.dumps({f"key{at}": at for at in range(size)})


def _deep(size: int) -> str:
    return json.dumps({"customer": "Ann Lee", "order": 17, "rows": [{"q": at} for at in range(size)]})


def _unwanted(size: int) -> str:
    return json.dumps({"customer": "Ann Lee", "order": 17, **{f"key{at}": at for at in range(size)}})


@pytest.mark.parametrize("write", [_wide, _deep, _unwanted])
def test_an_answer_with_many_values_is_work_in_proportion(write: Callable[[int], str]) -> None:
    requests = Request(ORDER.format(17)), Request(ORDER.format(18))
    task = TASKS["json"]
    few, many = (_stages(task, *requests, write(size)) for size in (300, 1_200))
    for stage, calls in many.items():
        assert calls <= LINEAR * few[stage] + 2_000, (stage, few[stage], calls)


def test_a_reply_with_many_values_is_merged_in_proportion() -> None:
    task = TASKS["json"]

    def calls(size: int) -> int:
        properties = {f"key{at}": {"type": "string"} for at in range(size)}
        schema = {"type": "object", "properties": properties, "required": list(properties)}
        constraints = task.read(Request("Extract the data. Return JSON.", schema=schema))
        assert constraints is not None
        wrong = json.dumps({key: 1 if at else "a" for at, key in enumerate(properties)})
        steps = task.segment(wrong, constraints)
        block = task.block(steps, task.verify(steps, constraints))
        reply = json.dumps({key: "b" for at, key in enumerate(properties) if at})

        def merged() -> None:
            with suppress(MergeError):
                task.merge(reply, steps, block)

        return _calls(merged)

    assert calls(1_200) <= LINEAR * calls(300)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(list(range(MAX_NODES + 1))),
        '{"' + "k" * 20_000 + '": [' + "1, " * 2_000 + "1]}",
        '{"a": ' * 60 + "[" + "1, " * 2_900 + "1]" + "}" * 60,
    ],
    ids=["values", "a long key", "deep down"],
)
def test_what_is_too_large_is_unknown(text: str) -> None:
    with pytest.raises(TooLarge):
        extract(text)
    task = TASKS["json"]
    constraints = task.read(Request(ORDER.format(17)))
    assert constraints is not None
    assert task.accept(text, constraints).kind == "unknown"


@pytest.mark.parametrize("pattern", ["[a-z]{1,500}x", "(a|b|ab)*c", r"(\w\w?\w?)*[0-9]", "(.*)(.*)(.*)b"])
def test_all_searches_of_a_check_share_their_work(pattern: str) -> None:
    """One costly search is refused; so are many that are not."""
    task = TASKS["json"]
    for schema, value in (
        ({"type": "array", "items": {"type": "string", "pattern": pattern}}, ["a" * 40] * 2_000),
        ({"type": "object", "patternProperties": {pattern: {}}}, {"a" * 40 + str(at) + "-": 1 for at in range(2_000)}),
    ):
        constraints = task.read(Request("Extract the data. Return JSON.", schema=schema))
        assert constraints is not None
        text = json.dumps(value)
        extract(text)
        assert _calls(partial(task.accept, text, constraints)) < 600_000
        assert task.accept(text, constraints).kind == "unknown"


def test_formulas_of_an_answer_are_counted() -> None:
    task = TASKS["equation"]
    constraints = task.read(Request("Solve 2x + 3 = 13 for x."))
    assert constraints is not None

    def answer(lines: int) -> str:
        return "".join(f"Step {at}: " + "2x = 10. " * 8 + "\n\n" for at in range(lines)) + "x = 5"

    right = "".join(f"Step {at}: 2x = 10. x = 5.\n\n" for at in range(20))
    assert task.accept(right, constraints).kind == "pass"
    assert task.accept(answer(70), constraints).kind == "unknown"
    few, many = (_calls(partial(task.accept, answer(lines), constraints)) for lines in (35, 75))
    assert many < 1.8 * few


@pytest.mark.parametrize("piece", ["a: b\n", "Mr. ", "1. ", "Do it now. "])
def test_parts_of_a_prompt_are_counted(piece: str) -> None:
    """A prompt of thousands of lines or sentences is compared with itself only."""
    task = TASKS["json"]
    form = "Return a JSON object with the keys name and age.\n\n{}"
    assert task.read(Request(form.format(piece * 100))) is not None
    assert task.read(Request(form.format(piece * 2_000))) is None
    # A host's schema is checked all the same.
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    constraints = task.read(Request(form.format(piece * 2_000), schema=schema))
    assert constraints is not None
    assert constraints.residue
