"""Hostile texts are bounded work in every parser, and nothing that is checked passes them.

The bound on time is generous, since machines are noisy: what it catches is work that grows with a power of the length.
`pytest -m long -s tests/hostile/test_bounds.py` prints what the slowest texts take.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepcache_lc import MemoryStore, StepCache, default_tasks
from stepcache_lc.messages import parse_prompt
from stepcache_lc.stores.codec import CodecError, decode_entry
from stepcache_lc.tasks import Request, Task
from tests.hostile.inputs import EQUATION, FORM, LABELLED, TEXTS
from tests.support.models import ScriptedModel

MOST_SECONDS = 2.0
REQUESTS = {
    "equation": "Solve 2x + 3 = 13 for x.",
    "json": (
        "Customer: Ann Lee\nOrder: 17\n\nConvert the above into JSON with the keys customer, order. Output only JSON."
    ),
}
TASKS = {task.name: task for task in default_tasks()}


def _spent(work: Callable[[], Any]) -> float:
    """Seconds of this thread's processor time: other processes do not count."""
    started = time.thread_time()
    work()
    return time.thread_time() - started


def _wrapped(text: str) -> list[str]:
    return [text, EQUATION.format(text), FORM.format(text), LABELLED.format(text)]


def _cut(text: str) -> list[str]:
    """The text, and as much of it as the readers look at: what is too long is refused at once."""
    return [text, *(text[:length] for length in (55_000, 3_900) if len(text) > length)]


def _read(task: Task, text: str) -> None:
    constraints = task.read(Request(text))
    if constraints is not None:
        # What it read must be comparable and alignable within the same bounds.
        assert task.align(constraints, constraints) is None or hash(constraints) is not None


def _answer(task: Task, text: str) -> None:
    """As an answer, and as a patch, to a request that is read in full."""
    request = Request(REQUESTS[task.name])
    constraints = task.read(request)
    assert constraints is not None
    steps = task.segment(text, constraints)
    assert "".join(step.text for step in steps) == text
    task.verify(steps, constraints)
    assert task.accept(text, constraints).kind != "pass", text[:80]


@pytest.mark.parametrize("name", TEXTS)
def test_reading_is_bounded(name: str) -> None:
    for task in TASKS.values():
        for text in (text for part in _cut(TEXTS[name]) for text in _wrapped(part)):
            assert _spent(lambda task=task, text=text: _read(task, text)) < MOST_SECONDS  # type: ignore[misc]


@pytest.mark.parametrize("name", TEXTS)
def test_no_answer_passes_and_judging_it_is_bounded(name: str) -> None:
    for task in TASKS.values():
        for text in _cut(TEXTS[name]):
            assert _spent(lambda task=task, text=text: _answer(task, text)) < MOST_SECONDS  # type: ignore[misc]


@pytest.mark.parametrize("name", TEXTS)
def test_other_parsers_are_bounded(name: str) -> None:
    text = TEXTS[name]

    def work() -> None:
        for prompt in (text, f"[{text}", f'[{{"lc": 1, "type": "constructor", "id": ["H"], "kwargs": {text}}}]'):
            parse_prompt(prompt)
        for row in (text, f'{{"entry":{text},"sum":"00","version":1}}'):
            with pytest.raises(CodecError):
                decode_entry(row)

    assert _spent(work) < MOST_SECONDS


@pytest.mark.parametrize("name", TEXTS)
def test_the_whole_way_as_a_prompt_and_as_an_answer(name: str) -> None:
    """The host gets the model's own answer, whatever came in; the cache stays well."""
    text = TEXTS[name].encode("utf-8", "replace").decode()
    model = ScriptedModel(answerer=lambda messages: text)
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(model)
        for prompt in (EQUATION.format(text), FORM.format(text)):
            assert chat.invoke(prompt).text
        for prompt in REQUESTS.values():
            receipt = chat.invoke(prompt).response_metadata["stepcache"]
            # The solver may have answered in the model's place; the hostile text is never called verified.
            assert receipt["verified"] is False or receipt["outcome"] == "solved", receipt
        assert cache.stats().errors == 0


@given(st.text(st.characters(), max_size=400))
@settings(max_examples=100)
def test_any_text_is_read_and_judged(text: str) -> None:
    for task in TASKS.values():
        for wrapped in _wrapped(text):
            _read(task, wrapped)
        request = Request(REQUESTS[task.name])
        constraints = task.read(request)
        assert constraints is not None
        steps = task.segment(text, constraints)
        assert "".join(step.text for step in steps) == text
        task.verify(steps, constraints)
        task.accept(text, constraints)
    parse_prompt(text)
    with pytest.raises(CodecError):
        decode_entry(text)


# fmt: off
_WORDS = [
    "x", "y", "2", "-3", "0", "1/2", "0.5", "50%", "=", "+", "-", "*", "^", "/", "(", ")", "{", "}", "[", "]", '"', "|",
    r"\frac{1}{2}", r"\[", r"\]", "$", "<", ">", "**", "```", ":", ",", "−", "×", "mod", "7", '"name"', "null", "true",
    "keys", "JSON", "not", "and", "or", "since", "Solve", "for", "Step 1:", "name: Ann", "\n",
]
# fmt: on
_TOKENS = st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)


@given(_TOKENS, _TOKENS)
@settings(max_examples=100)
def test_any_mixture_of_our_own_words_is_read_and_judged(prompt: str, answer: str) -> None:
    for task in TASKS.values():
        constraints = task.read(Request(prompt))
        if constraints is None:
            continue
        steps = task.segment(answer, constraints)
        assert "".join(step.text for step in steps) == answer
        task.verify(steps, constraints)
        task.accept(answer, constraints)
        solved = task.solve(constraints)
        if solved is not None and not constraints.residue:
            assert task.accept(solved, constraints).kind == "pass", (prompt, solved)


@pytest.mark.long
def test_what_the_slowest_take(capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for name, text in TEXTS.items():
        for task in TASKS.values():
            for work in (_read, _answer):
                work(task, text)  # warm
                rows.append((_spent(lambda: work(task, text)) * 1000, task.name, work.__name__[1:], name))  # noqa: B023
    with capsys.disabled():
        print("\nmilliseconds, task, as, text: the slowest of", len(rows))
        for taken, task_name, what, name in sorted(rows, reverse=True)[:12]:
            print(f"{taken:8.1f}  {task_name:<12} {what:<8} {name}")
