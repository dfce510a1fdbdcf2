"""A cache's clock that stands still until a test moves it."""

from __future__ import annotations

from typing import Any


def stopped_clock(cache: Any, seconds: float = 1_000.0) -> list[float]:
    """Stop the clock of a cache; its only item is the time, in Unix seconds, for the test to change."""
    now = [seconds]
    cache._engine.clock = lambda: now[0]
    return now
