"""Which candidate is looked at first, and when looking ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stepcache_lc.core.planner import Settings, plan
from stepcache_lc.core.reading import read
from stepcache_lc.core.types import Candidate, Entry, Recall, Request, Reuse, Rewrite
from tests.support.kitchen import KitchenTask


class Counting(KitchenTask):
    name = "kitchen"

    def __init__(self) -> None:
        super().__init__()
        self.rewritten: list[str] = []

    def rewrite(self, steps: Sequence[Any], old: Any, new: Any) -> Any:
        self.rewritten.append("".join(step.text for step in steps))
        return super().rewrite(steps, old, new)


def candidate(text: str, similarity: float) -> Candidate:
    answer = "".join(f"{name}: {value}\n" for name, value in (word.split("=") for word in text.split()))
    entry = Entry(text, "n", "m", "s", text, answer, "", task="kitchen", task_version=1, candidate=True)
    return Candidate(entry, similarity)


def planned(task: Counting, text: str, *candidates: Candidate) -> Any:
    request = Request(text, scope="s", key=f"key of {text}", model="m")
    reading = read(request, [task], system_is_style=False)
    return plan(Recall(request, reading, None, candidates), Settings(tasks=(task,)))


def test_an_answer_that_may_stand_word_for_word_is_preferred_to_a_nearer_one() -> None:
    task = Counting()
    near, same = candidate("a=1 b=2", 0.99), candidate("a=1 b=3", 0.8)
    chosen = planned(task, "a=1 b=3", near, same)
    assert isinstance(chosen, Reuse)
    assert chosen.draft.source is same
    assert task.rewritten == []


def test_looking_ends_with_the_first_answer_that_needs_no_model() -> None:
    task = Counting()
    nearest, other = candidate("a=1 b=2", 0.9), candidate("a=4 b=5", 0.8)
    chosen = planned(task, "a=1 b=3", nearest, other)
    assert isinstance(chosen, Rewrite)
    assert chosen.draft.source is nearest
    assert len(task.rewritten) == 1


def test_where_the_nearest_cannot_stand_the_next_one_is_looked_at() -> None:
    task = Counting()
    wrong, right = candidate("a=1", 0.9), candidate("a=1 b=2", 0.8)
    chosen = planned(task, "a=1 b=3", wrong, right)
    assert isinstance(chosen, Rewrite)
    assert chosen.draft.source is right
