"""Reading a request: ask the tasks, then account for the context that they do not see (soundness rules 1 and 2).

A system prompt, an earlier conversation, bound tools or an unreadable response format may all change what a correct
answer is. Unless they are known to concern style only, they count as residue, whatever the task says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from stepcache_lc.core.types import Entry, Reading, Request
from stepcache_lc.tasks.base import Task

# Whole sentences that cannot change which answer to an equation or which JSON object is right.
_STYLE = frozenset(
    sentence.strip()
    for sentence in """
    you are a helpful assistant
    you are a helpful ai assistant
    you are a helpful, respectful and honest assistant
    you are an assistant
    you are a friendly assistant
    you are a concise assistant
    you are a helpful and concise assistant
    be concise
    be brief
    be helpful
    be polite
    be friendly
    answer concisely
    answer briefly
    answer clearly
    answer politely
    please be concise
    think step by step
    explain your reasoning
    show your work
    show your reasoning
    """.strip().splitlines()
)
_LONGEST_STYLE_PROMPT = 400


def is_style(system: str) -> bool:
    """Whether a system prompt consists of known style sentences only."""
    if len(system) > _LONGEST_STYLE_PROMPT:
        return False
    sentences = [part.strip().lower() for part in re.split(r"[.!\n]", system)]
    return all(sentence in _STYLE for sentence in sentences if sentence)


def context_residue(request: Request, *, system_is_style: bool) -> tuple[str, ...]:
    """Name the parts of the call, outside the task's own text, that may change what is correct."""
    parts: list[str] = []
    if request.system and not system_is_style and not is_style(request.system):
        parts.append("<system prompt>")
    if request.history:
        parts.append("<history>")
    parts.extend(f"<{name}>" for name in request.opaque)
    return tuple(parts)


def read(request: Request, tasks: Iterable[Task], *, system_is_style: bool) -> Reading | None:
    """Return the first task's reading of the request, or None: unread."""
    if not request.readable:
        return None
    context = context_residue(request, system_is_style=system_is_style)
    for task in tasks:
        constraints = task.read(request)
        if constraints is not None:
            unseen = context
            if (request.schema is not None or request.form != "text") and not task.reads_schema:
                unseen = (*context, "<response format>")
            if unseen:
                constraints = replace(constraints, residue=(*unseen, *constraints.residue))
            return Reading(task, constraints)
    return None


def is_outdated(entry: Entry, tasks: Iterable[Task]) -> bool:
    """Whether another version of one of these tasks checked the entry: it must be read and checked again."""
    return entry.task != "" and any(task.name == entry.task and task.version != entry.task_version for task in tasks)
