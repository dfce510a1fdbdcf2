"""Steps beside their records: each piece carries its own label or none."""

from __future__ import annotations

from stepcache_lc import default_tasks
from stepcache_lc.annotate import AnnotatedStep, annotated
from stepcache_lc.core.types import Request, StepRecord

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
