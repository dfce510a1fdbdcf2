"""Counts over all answers of a cache: outcomes, tokens, latencies, errors, and agreement in shadow mode."""

from __future__ import annotations

import math
import threading
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from stepcache_lc import render
from stepcache_lc.core.types import Outcome, Tokens

if TYPE_CHECKING:
    from rich.console import RenderableType

    from stepcache_lc.receipt import Receipt

WINDOW = 2048
"""Measurements that a latency figure looks back on."""

_OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_MOST_KINDS = 64
_OTHER = "other"
_Z_95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from request to answer over the last `WINDOW` (2048) answers; all 0.0 where `count` is 0.

    Quantiles are interpolated linearly between order statistics (type 7 of Hyndman and Fan, "Sample Quantiles in
    Statistical Packages", The American Statistician 50, 1996), as NumPy does by default.
    """

    count: int = 0
    """Measurements that the figures rest on."""
    p50: float = 0.0
    p95: float = 0.0
    p99: float = 0.0
    mean: float = 0.0

    @classmethod
    def of(cls, measured: Sequence[float]) -> Latency:
        """The figures of these milliseconds."""
        if not measured:
            return cls()
        ordered = sorted(measured)
        return cls(
            count=len(ordered),
            p50=_quantile(ordered, 0.50),
            p95=_quantile(ordered, 0.95),
            p99=_quantile(ordered, 0.99),
            mean=math.fsum(ordered) / len(ordered),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {"count": self.count, "p50": self.p50, "p95": self.p95, "p99": self.p99, "mean": self.mean}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often an answer that the cache would have served agreed with a fresh one of the model."""

    task: str
    outcome: Outcome
    """What would have been served."""
    agreed: int
    disagreed: int

    @property
    def share(self) -> float:
        """Share that agreed, 0..1; 0 where nothing was compared."""
        compared = self.agreed + self.disagreed
        return self.agreed / compared if compared else 0.0

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval of the share."""
        return wilson(self.agreed, self.agreed + self.disagreed)[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval of the share."""
        return wilson(self.agreed, self.agreed + self.disagreed)[1]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "task": self.task,
            "outcome": self.outcome,
            "agreed": self.agreed,
            "disagreed": self.disagreed,
            "share": self.share,
            "low": self.low,
            "high": self.high,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """A snapshot of a cache's counters since it was made. Later answers do not change it."""

    requests: int = 0
    """Answers given, whatever their outcome."""
    outcomes: Mapping[Outcome, int] = field(default_factory=lambda: dict.fromkeys(_OUTCOMES, 0))
    """Answers per outcome; all eight outcomes are there."""
    model_calls: int = 0
    """Model calls made for them."""
    tokens: Tokens = Tokens()
    """Model tokens spent."""
    saved: Tokens = Tokens()
    """Model tokens that reuse saved, as its receipts say."""
    latency: Latency = Latency()
    """Over all outcomes."""
    latency_by_outcome: Mapping[Outcome, Latency] = field(default_factory=lambda: dict.fromkeys(_OUTCOMES, Latency()))
    """Per outcome; all eight outcomes are there."""
    errors: int = 0
    """What failed inside the cache, counted, while the model answered."""
    error_kinds: Mapping[str, int] = field(default_factory=dict)
    """The errors by kind (where it happened)."""
    unread: int = 0
    """Answers to requests that no task read."""
    verified: int = 0
    """Answers whose receipt says `verified`."""
    skipped: int = 0
    """Stored entries that could not be read (damaged, or written by another version)."""
    repairs_skipped: int = 0
    """Answers for which the model was not asked for a repair, since its last ones had failed."""
    shadow: tuple[Agreement, ...] = ()
    """Agreement with fresh answers, per task and outcome."""

    @property
    def unread_share(self) -> float:
        """Share of the answers to requests that no task read, 0..1; 0 before the first request."""
        return self.unread / self.requests if self.requests else 0.0

    @property
    def verified_share(self) -> float:
        """Share of the answers that were verified, 0..1; 0 before the first request."""
        return self.verified / self.requests if self.requests else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, fresh containers."""
        return {
            "requests": self.requests,
            "outcomes": dict(self.outcomes),
            "model_calls": self.model_calls,
            "tokens": {"input": self.tokens.input, "output": self.tokens.output},
            "saved": {"input": self.saved.input, "output": self.saved.output},
            "latency_ms": self.latency.to_dict(),
            "latency_ms_by_outcome": {name: figures.to_dict() for name, figures in self.latency_by_outcome.items()},
            "errors": self.errors,
            "error_kinds": dict(self.error_kinds),
            "unread": self.unread,
            "unread_share": self.unread_share,
            "verified": self.verified,
            "verified_share": self.verified_share,
            "skipped": self.skipped,
            "repairs_skipped": self.repairs_skipped,
            "shadow": [agreement.to_dict() for agreement in self.shadow],
        }

    def __str__(self) -> str:
        return render.plain(render.stats_layout(self))

    def __rich__(self) -> RenderableType:
        return render.rich(render.stats_layout(self))

    def _repr_html_(self) -> str:
        return render.html(render.stats_layout(self))


class StatsRecorder:
    """Counts; safe to use from several threads. Its memory is bounded: a ring of `WINDOW` latencies an outcome."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: Counter[Outcome] = Counter()
        self._model_calls = 0
        self._tokens = Tokens()
        self._saved = Tokens()
        # A ring of its own for all: the rings of the outcomes together would give rare outcomes too much weight.
        self._recent: deque[float] = deque(maxlen=WINDOW)
        self._recent_by_outcome: dict[Outcome, deque[float]] = {name: deque(maxlen=WINDOW) for name in _OUTCOMES}
        self._errors: Counter[str] = Counter()
        self._unread = 0
        self._verified = 0
        self._repairs_skipped = 0
        self._shadow: dict[tuple[str, Outcome], list[int]] = {}

    def record(self, receipt: Receipt) -> None:
        """Count one answer."""
        with self._lock:
            self._outcomes[receipt.outcome] += 1
            self._model_calls += receipt.model_calls
            self._tokens += receipt.tokens
            self._saved += receipt.saved
            self._recent.append(receipt.elapsed_ms)
            self._recent_by_outcome[receipt.outcome].append(receipt.elapsed_ms)
            self._unread += receipt.task is None
            self._verified += receipt.verified

    def error(self, kind: str) -> None:
        """Count one failure inside the cache. Beyond 64 kinds, new ones are counted as `other`."""
        kind = render.one_line(kind)
        with self._lock:
            known = kind in self._errors or len(self._errors) < _MOST_KINDS
            self._errors[kind if known else _OTHER] += 1

    def repair_skipped(self) -> None:
        """Count one answer for which no repair was asked, since the scope's model keeps failing them."""
        with self._lock:
            self._repairs_skipped += 1

    def shadow(self, task: str, outcome: Outcome, agreed: bool) -> None:
        """Count one comparison of what the cache would serve with a fresh answer."""
        with self._lock:
            counts = self._shadow.setdefault((task, outcome), [0, 0])
            counts[0 if agreed else 1] += 1

    def snapshot(self) -> Stats:
        """The counters as they are now."""
        with self._lock:
            outcomes = {name: self._outcomes[name] for name in _OUTCOMES}
            recent = list(self._recent)
            recent_by_outcome = {name: list(ring) for name, ring in self._recent_by_outcome.items()}
            errors = dict(self._errors)
            shadow = [(key, tuple(counts)) for key, counts in self._shadow.items()]
            model_calls, tokens, saved = self._model_calls, self._tokens, self._saved
            unread, verified, repairs_skipped = self._unread, self._verified, self._repairs_skipped
        # Sorting the latencies is the dear part; it must not hold up the answers.
        return Stats(
            requests=sum(outcomes.values()),
            outcomes=outcomes,
            model_calls=model_calls,
            tokens=tokens,
            saved=saved,
            latency=Latency.of(recent),
            latency_by_outcome={name: Latency.of(ring) for name, ring in recent_by_outcome.items()},
            errors=sum(errors.values()),
            error_kinds=errors,
            unread=unread,
            verified=verified,
            repairs_skipped=repairs_skipped,
            shadow=tuple(
                Agreement(task, outcome, agreed, disagreed)
                for (task, outcome), (agreed, disagreed) in sorted(
                    shadow, key=lambda item: (item[0][0], _OUTCOMES.index(item[0][1]))
                )
            ),
        )


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share, within 0..1; (0, 1) without trials.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
    Statistical Association 22 (1927), 209-212. It stays sensible where all or none succeed, unlike the interval of
    the normal approximation.
    """
    if trials <= 0:
        return 0.0, 1.0
    share, z2 = successes / trials, _Z_95 * _Z_95
    scale = 1.0 + z2 / trials
    centre = (share + z2 / (2.0 * trials)) / scale
    half = _Z_95 / scale * math.sqrt(share * (1.0 - share) / trials + z2 / (4.0 * trials * trials))
    # At the ends the formula is exactly 0 or 1; only rounding keeps it from saying so.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return low, high


def _quantile(ordered: Sequence[float], share: float) -> float:
    position = share * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)
