"""Figures of a run: latency, tokens, outcomes, what was right, and what was wrongly served, with their intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from stepcache_lc.bench.results import Observation, Results
from stepcache_lc.errors import ConfigurationError

RESAMPLES: Final = 1_000
"""Draws of the bootstrap."""
_FEWEST_RESAMPLES: Final = 200
_MOST_DRAWN: Final = 20_000_000
_BLOCK: Final = 1_000_000
_SEED: Final = 20_260_328
_MOST_ITERATIONS: Final = 100_000

_Numbers = npt.NDArray[np.float64]
_Indexes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, in any currency."""

    input: float
    output: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(price) and price >= 0 for price in (self.input, self.output)):
            raise ConfigurationError("prices must be numbers of 0 or more, for a million tokens each")

    def of(self, input_tokens: float, output_tokens: float) -> float:
        """What so many tokens cost."""
        return (input_tokens * self.input + output_tokens * self.output) / 1e6


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval, where one was computed."""

    value: float
    low: float | None = None
    high: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Plain JSON types."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of a set of observations, usually those of one system in one workload.

    Latencies are seconds; their quantiles are of type 7 of Hyndman and Fan, as `stepcache_lc.Stats` has them. Their
    intervals and that of the tokens are percentiles of a two-stage bootstrap: seeds are drawn with replacement, and
    then requests within each drawn seed (Davison and Hinkley, "Bootstrap Methods and their Application", 1997,
    section 3.8). Shares have exact intervals of Clopper and Pearson.
    """

    requests: int
    seeds: int
    mean: Estimate
    median: Estimate
    p95: Estimate
    p99: Estimate
    overhead_mean: float
    """Seconds a request that no model took."""
    overhead_median: float
    overhead_p95: float
    input_tokens: int
    output_tokens: int
    tokens_per_request: Estimate
    model_calls: int
    outcomes: Mapping[str, float]
    """Share of the requests per outcome, in the order of their first appearance."""
    correct: Estimate
    served: int
    """Requests whose answer, or a part of it, came from the cache."""
    wrongly_served: int
    unsafe: Estimate
    """Unsafe-served rate: wrongly served over served; 0 where nothing was served (then the interval is 0 to 1)."""
    cost: float | None
    """Of all tokens, at the given prices; None without prices."""

    @property
    def served_share(self) -> float:
        """Share of the requests that were served from the cache."""
        return self.served / self.requests

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "requests": self.requests,
            "seeds": self.seeds,
            "latency_s": {name: getattr(self, name).to_dict() for name in ("mean", "median", "p95", "p99")},
            "overhead_s": {"mean": self.overhead_mean, "median": self.overhead_median, "p95": self.overhead_p95},
            "tokens": {"input": self.input_tokens, "output": self.output_tokens},
            "tokens_per_request": self.tokens_per_request.to_dict(),
            "model_calls": self.model_calls,
            "outcomes": dict(self.outcomes),
            "correct": self.correct.to_dict(),
            "served": self.served,
            "wrongly_served": self.wrongly_served,
            "unsafe_served": self.unsafe.to_dict(),
            "cost": self.cost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One system against another on the same requests; intervals by the bootstrap of pairs."""

    system: str
    baseline: str
    mean_ratio: Estimate
    """Mean latency of the baseline over that of the system: how many times faster."""
    median_ratio: Estimate
    p95_ratio: Estimate
    tokens_saved: Estimate
    """Share of the baseline's tokens that the system did not spend."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        figures = ("mean_ratio", "median_ratio", "p95_ratio", "tokens_saved")
        return {
            "system": self.system,
            "baseline": self.baseline,
            **{name: getattr(self, name).to_dict() for name in figures},
        }


def figures_of(
    observations: Sequence[Observation], *, prices: Prices | None = None, resamples: int = RESAMPLES
) -> Figures:
    """Compute the figures.

    Args:
        observations: At least one.
        prices: For `cost`.
        resamples: Draws of the bootstrap; 0: no intervals for latencies and tokens.

    Raises:
        ConfigurationError: there are no observations.
    """
    if not observations:
        raise ConfigurationError("figures: there are no observations")
    latency = _column(observations, lambda observation: observation.latency_s)
    overhead = _column(observations, lambda observation: observation.overhead_s)
    tokens = _column(observations, lambda observation: observation.input_tokens + observation.output_tokens)
    blocks = list(_draws(observations, resamples))
    served = [observation for observation in observations if observation.from_cache]
    wrong = sum(not observation.correct for observation in served)
    right = sum(observation.correct for observation in observations)
    outcomes = Counter(observation.outcome for observation in observations)
    input_tokens = sum(observation.input_tokens for observation in observations)
    output_tokens = sum(observation.output_tokens for observation in observations)
    drawn = [_latencies(latency[block]) for block in blocks]
    mean, median, p95, p99 = (
        _estimate(float(value), [block[place] for block in drawn]) for place, value in enumerate(_latencies(latency))
    )
    return Figures(
        requests=len(observations),
        seeds=len({observation.seed for observation in observations}),
        mean=mean,
        median=median,
        p95=p95,
        p99=p99,
        overhead_mean=float(overhead.mean()),
        overhead_median=float(np.quantile(overhead, 0.5)),
        overhead_p95=float(np.quantile(overhead, 0.95)),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        tokens_per_request=_estimate(float(tokens.mean()), [tokens[block].mean(axis=-1) for block in blocks]),
        model_calls=sum(observation.model_calls for observation in observations),
        outcomes={name: count / len(observations) for name, count in outcomes.items()},
        correct=_share(right, len(observations)),
        served=len(served),
        wrongly_served=wrong,
        unsafe=_share(wrong, len(served)),
        cost=None if prices is None else prices.of(input_tokens, output_tokens),
    )


def by_system(
    results: Results, *, workload: str | None = None, prices: Prices | None = None, resamples: int = RESAMPLES
) -> dict[str, Figures]:
    """The figures of each system, over one workload or all."""
    grouped = _grouped(results, workload, lambda observation: observation.system)
    return {name: figures_of(group, prices=prices, resamples=resamples) for name, group in grouped.items()}


def by_kind(results: Results, system: str, *, workload: str | None = None) -> dict[str, Figures]:
    """The figures of one system per kind of perturbation, without bootstrap intervals."""
    grouped = _grouped(results, workload, lambda observation: observation.kind, system)
    return {kind: figures_of(group, resamples=0) for kind, group in grouped.items()}


def compare(
    results: Results, system: str, baseline: str, *, workload: str | None = None, resamples: int = RESAMPLES
) -> Comparison:
    """Compare two systems on the requests that both answered.

    Raises:
        ConfigurationError: there is no such request.
    """
    paired: dict[tuple[str, int, int], dict[str, Observation]] = {}
    for observation in results.observations:
        if observation.system in (system, baseline) and workload in (None, observation.workload):
            place = (observation.workload, observation.seed, observation.number)
            paired.setdefault(place, {})[observation.system] = observation
    pairs = [pair for pair in paired.values() if system in pair and baseline in pair]
    if not pairs:
        raise ConfigurationError(f"figures: {system!r} and {baseline!r} have no request in common")
    mine, theirs = ([pair[name] for pair in pairs] for name in (system, baseline))
    latency = [_column(side, lambda observation: observation.latency_s) for side in (mine, theirs)]
    tokens = [
        _column(side, lambda observation: observation.input_tokens + observation.output_tokens)
        for side in (mine, theirs)
    ]
    everything = np.arange(len(pairs))
    blocks = list(_draws(mine, resamples))

    def ratios(block: _Indexes) -> _Numbers:
        own, other = (_latencies(side[block]) for side in latency)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(own > 0, other / own, np.inf)

    def saved(block: _Indexes) -> _Numbers:
        own, other = (side[block].sum(axis=-1) for side in tokens)
        return np.asarray(np.where(other > 0, 1.0 - own / np.maximum(other, 1.0), 0.0))

    drawn = [ratios(block) for block in blocks]
    mean, median, p95, _ = (
        _estimate(float(value), [block[place] for block in drawn]) for place, value in enumerate(ratios(everything))
    )
    return Comparison(
        system=system,
        baseline=baseline,
        mean_ratio=mean,
        median_ratio=median,
        p95_ratio=p95,
        tokens_saved=_estimate(float(saved(everything)), [saved(block) for block in blocks]),
    )


def clopper_pearson(successes: int, trials: int) -> tuple[float, float]:
    """The exact 95 % interval of a share, (0, 1) without trials.

    C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case of the
    Binomial", Biometrika 26 (1934), 404-413: quantiles of beta distributions.

    Raises:
        ConfigurationError: not 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        raise ConfigurationError("an interval needs 0 <= successes <= trials")
    low = 0.0 if successes == 0 else _beta_quantile(0.025, successes, trials - successes + 1)
    high = 1.0 if successes == trials else _beta_quantile(0.975, successes + 1, trials - successes)
    return low, high


# ------------------------------------------------------------------------------------------------------- inside


def _grouped(
    results: Results, workload: str | None, name: Callable[[Observation], str], system: str | None = None
) -> dict[str, list[Observation]]:
    found: dict[str, list[Observation]] = {}
    for observation in results.observations:
        if workload in (None, observation.workload) and system in (None, observation.system):
            found.setdefault(name(observation), []).append(observation)
    return found


def _column(observations: Sequence[Observation], value: Callable[[Observation], float]) -> _Numbers:
    return np.array([value(observation) for observation in observations], dtype=np.float64)


def _latencies(seconds: _Numbers) -> _Numbers:
    """Mean, median, p95 and p99 along the last axis."""
    return np.concatenate([[seconds.mean(axis=-1)], np.quantile(seconds, (0.5, 0.95, 0.99), axis=-1)])


def _draws(observations: Sequence[Observation], resamples: int) -> Iterator[_Indexes]:
    """Places of the observations that the resamples consist of: blocks of rows, one a resample."""
    places: dict[int, list[int]] = {}
    for place, observation in enumerate(observations):
        places.setdefault(observation.seed, []).append(place)
    seeds = [np.array(listed, dtype=np.intp) for listed in places.values()]
    random = np.random.default_rng(_SEED)
    # Together as many numbers as fit in the memory well; resamples of a large run differ little anyway.
    resamples = min(resamples, max(_FEWEST_RESAMPLES, _MOST_DRAWN // len(observations))) if resamples else 0
    rows: dict[int, list[_Indexes]] = {}
    for _ in range(resamples):
        drawn = (seeds[place] for place in random.integers(len(seeds), size=len(seeds)))
        row = np.concatenate([listed[random.integers(len(listed), size=len(listed))] for listed in drawn])
        # Seeds of unequal size give rows of unequal length.
        rows.setdefault(len(row), []).append(row)
        if len(rows[len(row)]) * len(row) > _BLOCK:
            yield np.stack(rows.pop(len(row)))
    for block in rows.values():
        yield np.stack(block)


def _estimate(value: float, drawn: Sequence[_Numbers]) -> Estimate:
    if not drawn:
        return Estimate(value)
    every = np.concatenate([np.atleast_1d(block) for block in drawn])
    # "higher" and "lower" never add up two numbers: a ratio may be infinite.
    low, high = np.quantile(every, 0.025, method="lower"), np.quantile(every, 0.975, method="higher")
    return Estimate(value, float(low), float(high))


def _share(successes: int, trials: int) -> Estimate:
    return Estimate(successes / trials if trials else 0.0, *clopper_pearson(successes, trials))


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """Where the beta distribution reaches that probability, by bisection to the last bit that matters."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        if _beta_cumulative(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def _beta_cumulative(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function.

    By its continued fraction, evaluated as W. J. Lentz does: Press and others, "Numerical Recipes", 3rd edition
    (2007), section 6.4. It keeps scipy out of what `stepcache replay` needs.
    """
    if x <= 0.0 or x >= 1.0:
        return min(max(x, 0.0), 1.0)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x > (a + 1.0) / (a + b + 2.0):  # the fraction converges fast on the other side only
        return 1.0 - math.exp(logarithm) * _fraction(1.0 - x, b, a) / b
    return math.exp(logarithm) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    value = d
    for m in range(1, _MOST_ITERATIONS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + term / c
            c = c if abs(c) > tiny else tiny
            value *= d * c
        if abs(d * c - 1.0) < 1e-15:
            break
    return value
