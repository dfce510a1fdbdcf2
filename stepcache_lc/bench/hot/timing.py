"""Interleaved timing: what is compared is called in turns, so that a busy machine slows all of it alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

WARM_UP = 5
"""Calls of each work before those that are measured."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Times of one thing, in seconds."""

    median: float
    p95: float

    @classmethod
    def of(cls, seconds: list[float]) -> Timed:
        """The figures of these measurements."""
        ordered = sorted(seconds)
        return cls(statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))])


def interleaved(works: Mapping[str, Callable[[], object]], rounds: int, warm_up: int = WARM_UP) -> dict[str, Timed]:
    """Call each work once a round, starting with another one each time."""
    names = list(works)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-warm_up, rounds):
        if number == 0:
            gc.collect()
        for at in range(len(names)):
            name = names[(number + at) % len(names)]
            work = works[name]
            started = time.perf_counter()
            work()
            elapsed = time.perf_counter() - started
            if number >= 0:
                seconds[name].append(elapsed)
    return {name: Timed.of(found) for name, found in seconds.items()}
