"""What a workload is: seeded rounds of requests, each with the truth about it.

A `Case` knows its right answer because its generator drew the answer first and wrote the request around it; nothing of
`stepcache_lc.tasks` takes part. `Outline` says what a right answer is made of, so that the simulated model can word it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stepcache_lc.bench.truths import Truth


@dataclass(frozen=True)
class Line:
    """One step of a worked answer."""

    operation: str
    """What is done, in words: `Subtract 5 from both sides`."""
    worked: str
    """The equation with the operation written out: `2x + 5 - 5 = 15 - 5`."""
    result: str
    """The equation that it gives: `2x = 10`."""


@dataclass(frozen=True)
class Derivation:
    """A worked answer to equations, before it is worded."""

    given: str
    lines: tuple[Line, ...]
    final: tuple[str, ...]
    """What is stated in the end, one equation a value: `x = 5`."""


@dataclass(frozen=True)
class Record:
    """The members of a JSON object."""

    members: Mapping[str, Any]


@dataclass(frozen=True)
class Words:
    """An answer in plain words, and the wrong ones that lie near."""

    right: str
    others: tuple[str, ...]


Outline = Derivation | Record | Words


@dataclass(frozen=True)
class Case:
    """One request, with the truth about it."""

    kind: str
    """Kind of perturbation, or of request."""
    task: str
    """`equations`, `json` or `text`."""
    prompt: str
    truth: Truth
    outline: Outline


@dataclass(frozen=True)
class Round:
    """What is asked under one seed."""

    warm_up: tuple[Case, ...]
    """Asked first, in this order, of every system; not observed."""
    evaluation: tuple[Case, ...]
    """Asked then, in this order, and observed."""


class Workload(Protocol):
    """Draws the requests of a seed."""

    name: str
    """As the command line calls it."""

    def draw(self, seed: int) -> Round:
        """The requests of this seed; the same seed gives the same requests."""
        ...
