"""Tasks: what "step" and "correct" mean for one kind of answer."""

from __future__ import annotations

from stepcache_lc.core.types import Constraints, Message, Request, Step, Substitution, Verdict
from stepcache_lc.tasks.base import Task

__all__ = ["Constraints", "Message", "Request", "Step", "Substitution", "Task", "Verdict", "default_tasks"]


def default_tasks() -> list[Task]:
    """The built-in tasks, in the order in which they are asked to read a request: equations, then JSON."""
    from stepcache_lc.tasks.equations import EquationTask
    from stepcache_lc.tasks.json_object import JsonTask

    return [EquationTask(), JsonTask()]
