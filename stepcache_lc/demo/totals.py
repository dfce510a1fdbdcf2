"""The demo's figures, added up per arm: what the last screen shows and what `--json` prints."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from stepcache_lc.demo.trial import Answered, Trial

PLAIN: Final = "no cache"
SEMANTIC: Final = "semantic cache"
CACHED: Final = "StepCache"


@dataclass(frozen=True)
class ArmTotals:
    """One arm over all requests; times in seconds."""

    mean_s: float
    median_s: float
    p95_s: float
    """The nearest rank: a value that was measured, not one in between."""
    model_calls: int
    tokens: int
    right: int
    served: int
    """Answers from the cache."""
    wrongly_served: int


@dataclass(frozen=True)
class Totals:
    """All requests of the demo."""

    requests: int
    outcomes: Mapping[str, int]
    """Requests per outcome of StepCache, in the order of their first appearance."""
    arms: Mapping[str, ArmTotals]
    """By `PLAIN`, `SEMANTIC` and `CACHED`."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)


def totals(trials: Sequence[Trial]) -> Totals:
    """Add up at least one trial."""
    served = [trial for trial in trials if trial.served]
    near = [trial for trial in trials if trial.semantic.near is not None]
    return Totals(
        requests=len(trials),
        outcomes=dict(Counter(trial.outcome for trial in trials)),
        arms={
            PLAIN: _arm([trial.plain for trial in trials], 0, 0),
            SEMANTIC: _arm(
                [trial.semantic for trial in trials], len(near), sum(not trial.semantic.right for trial in near)
            ),
            CACHED: _arm(
                [trial.cached for trial in trials], len(served), sum(trial.wrongly_served for trial in served)
            ),
        },
    )


def _arm(answers: Sequence[Answered], served: int, wrongly_served: int) -> ArmTotals:
    seconds = sorted(answered.seconds for answered in answers)
    return ArmTotals(
        mean_s=statistics.fmean(seconds),
        median_s=statistics.median(seconds),
        p95_s=seconds[max(0, -(-95 * len(seconds) // 100) - 1)],
        model_calls=sum(answered.calls for answered in answers),
        tokens=sum(answered.tokens for answered in answers),
        right=sum(answered.right for answered in answers),
        served=served,
        wrongly_served=wrongly_served,
    )
