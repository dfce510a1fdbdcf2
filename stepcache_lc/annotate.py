"""The steps of an answer beside what its receipt says of them: for people who look at answers.

A receipt holds no text, and an entry holds its answer whole; here the answer is cut into its steps again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stepcache_lc.core.types import Origin, Request, Step, StepRecord, VerdictKind, join, tile
from stepcache_lc.tasks.base import Task

logger = logging.getLogger("stepcache_lc")


class AnnotatedStep(NamedTuple):
    """A piece of an answer, who made it, and what the check said."""

    text: str
    origin: Origin | str
    """Empty: not known."""
    verdict: VerdictKind | str
    """Empty: not known."""


def annotated(
    request: Request, answer: str, task: str | None, records: Sequence[StepRecord], tasks: Iterable[Task]
) -> tuple[AnnotatedStep, ...]:
    """Cut an answer into the steps that its records are about.

    Args:
        request: What was asked; `text`, and `schema` if one was demanded, are enough.
        answer: The answer's text.
        task: Name of the task that read the request (`Receipt.task`, `Entry.task`), or None.
        records: `Receipt.steps` or `Entry.records`.
        tasks: The cache's tasks.

    Returns:
        Pieces that tile the answer. One piece if the records do not fit the steps, labelled only with what all
        records have in common: a step never gets another one's label.
    """
    if not answer:
        return ()
    named = next((candidate for candidate in tasks if task and candidate.name == task), None)
    if named is not None and len(records) > 1:
        steps = _cut(request, answer, named)
        if len(steps) == len(records) and join(steps) == answer:
            return tuple(
                AnnotatedStep(step.text, record.origin, record.verdict)
                for step, record in zip(steps, records, strict=True)
            )
    origins, verdicts = ({record.origin for record in records}, {record.verdict for record in records})
    return (
        AnnotatedStep(answer, origins.pop() if len(origins) == 1 else "", verdicts.pop() if len(verdicts) == 1 else ""),
    )


def _cut(request: Request, answer: str, task: Task) -> list[Step]:
    try:
        constraints = task.read(request)
        return [] if constraints is None else tile(task.segment(answer, constraints))
    except Exception as error:  # a task may be anybody's, and nobody waits for this picture of an answer
        logger.warning("task %r cannot cut an answer into steps (%s)", task.name, type(error).__name__)
        return []
