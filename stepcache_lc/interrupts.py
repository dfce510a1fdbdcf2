"""LangGraph pauses and leaves a graph by exceptions. They are no failures: they must reach their own graph."""

from __future__ import annotations

import sys


def bubbles_up(error: BaseException) -> bool:
    """Whether this is LangGraph's `GraphBubbleUp` (an interrupt, a command to a parent graph)."""
    errors = sys.modules.get("langgraph.errors")  # where it is not loaded, nothing of it was raised
    return errors is not None and isinstance(error, errors.GraphBubbleUp)
