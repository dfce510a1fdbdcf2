"""Steps beside their records: each piece carries its own label or none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stepcache_lc import default_tasks
from stepcache_lc.annotate import AnnotatedStep, annotated
from stepcache_lc.core.types import Constraints, Request, Step, StepRecord, Verdict
from stepcache_lc.tasks import Task

ASKED = Request("Solve for x: 2x + 5 = 15")
ANSWER = "Subtract 5: 2x = 10.\n\nDivide by 2: x = 5."


def test_each_step_stands_beside_its_record() -> None:
    records = (StepRecord("cached", "pass"), StepRecord("rewritten", "pass"))
    assert annotated(ASKED, ANSWER, "equation", records, default_tasks()) == (
        AnnotatedStep("Subtract 5: 2x = 10.\n\n", "cached", "pass"),
        AnnotatedStep("Divide by 2: x = 5.", "rewritten", "pass"),
    )


def test_what_does_not_fit_gets_only_the_common_label() -> None:
    cached, solved = StepRecord("cached", "pass"), StepRecord("solved", "pass")
    whole = (AnnotatedStep(ANSWER, "", "pass"),)
    assert annotated(ASKED, ANSWER, "equation", (cached, solved, cached), default_tasks()) == whole
    assert annotated(ASKED, ANSWER, None, (cached, solved), default_tasks()) == whole
    assert annotated(Request("Hello"), ANSWER, "equation", (cached, solved), default_tasks()) == whole
    assert annotated(ASKED, ANSWER, "gone", (), default_tasks()) == (AnnotatedStep(ANSWER, "", ""),)
    assert annotated(ASKED, "", "equation", (cached,), default_tasks()) == ()


class Broken(Task):
    name = "broken"

    def read(self, request: Request) -> Constraints:
        raise ValueError("no")

    def segment(self, text: str, constraints: Constraints) -> list[Step]:
        return []

    def verify(self, steps: Sequence[Step], constraints: Constraints) -> list[Verdict]:
        return []


def test_a_task_that_raises_leaves_the_answer_whole(caplog: pytest.LogCaptureFixture) -> None:
    cached = StepRecord("cached", "pass")
    assert annotated(ASKED, ANSWER, "broken", (cached, cached), [Broken()]) == (
        AnnotatedStep(ANSWER, "cached", "pass"),
    )
    assert "cannot cut an answer" in caplog.text
