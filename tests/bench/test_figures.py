"""The figures, against numbers worked out by hand, numpy's and scipy's."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats as scipy_stats

from stepcache_lc.bench.figures import Prices, by_kind, by_system, clopper_pearson, compare, figures_of
from stepcache_lc.bench.results import Observation, Results
from stepcache_lc.errors import ConfigurationError
from tests.bench.samples import FIRST


def observed(number: int = 0, **changes: Any) -> Observation:
    return replace(FIRST, number=number, **changes)


def run(*observations: Observation) -> Results:
    return Results(command="", backend="", observations=observations)


@pytest.mark.parametrize("trials", [1, 7, 100, 666, 20_000])
def test_the_exact_interval_is_scipys(trials: int) -> None:
    for successes in {0, 1, trials // 3, trials // 2, trials - 1, trials}:
        expected = scipy_stats.binomtest(successes, trials).proportion_ci(0.95, method="exact")
        assert clopper_pearson(successes, trials) == pytest.approx((expected.low, expected.high), abs=1e-10)
    assert clopper_pearson(0, 0) == (0.0, 1.0)
    with pytest.raises(ConfigurationError):
        clopper_pearson(2, 1)


def test_figures_by_hand() -> None:
    found = figures_of(
        [
            observed(0, latency_s=1.0, overhead_s=0.5, outcome="miss", correct=True),
            observed(1, latency_s=2.0, overhead_s=0.5, outcome="reuse", from_cache=True, correct=True, model_calls=0),
            observed(2, latency_s=3.0, overhead_s=0.1, outcome="reuse", from_cache=True, correct=False, model_calls=0),
            observed(3, latency_s=6.0, overhead_s=0.1, outcome="solved", correct=False),
        ],
        prices=Prices(1.0, 2.0),
    )
    assert (found.mean.value, found.median.value, found.overhead_mean) == (3.0, 2.5, pytest.approx(0.3))
    assert found.p95.value == pytest.approx(5.55)
    assert found.p99.value == pytest.approx(5.91)
    assert (found.requests, found.seeds, found.model_calls) == (4, 1, 2)
    assert (found.input_tokens, found.output_tokens, found.tokens_per_request.value) == (48, 20, 17.0)
    assert found.outcomes == {"miss": 0.25, "reuse": 0.5, "solved": 0.25}
    assert found.correct.value == 0.5
    assert (found.served, found.wrongly_served, found.unsafe.value, found.served_share) == (2, 1, 0.5, 0.5)
    assert (found.unsafe.low, found.unsafe.high) == pytest.approx(clopper_pearson(1, 2))
    assert found.cost == pytest.approx((48 * 1.0 + 20 * 2.0) / 1e6)
    assert json.loads(json.dumps(found.to_dict()))["unsafe_served"]["value"] == 0.5


def test_nothing_served_says_nothing_of_safety() -> None:
    found = figures_of([observed()])
    assert (found.unsafe.value, found.unsafe.low, found.unsafe.high, found.cost) == (0.0, 0.0, 1.0, None)
    with pytest.raises(ConfigurationError, match="no observations"):
        figures_of([])
    with pytest.raises(ConfigurationError, match="prices"):
        Prices(math.nan, 1.0)


def test_intervals_widen_with_the_difference_between_seeds() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(0.0, 0.1, size=(3, 100))
    alike = [observed(at, seed=seed, latency_s=2.0 + noise[seed][at]) for seed in range(3) for at in range(100)]
    apart = [observed(at, seed=seed, latency_s=2.0 + seed + noise[seed][at]) for seed in range(3) for at in range(100)]
    narrow, wide = figures_of(alike).mean, figures_of(apart).mean
    assert narrow.low is not None
    assert narrow.high is not None
    assert wide.low is not None
    assert wide.high is not None
    assert narrow.low < 2.0 < narrow.high
    assert narrow.high - narrow.low < 0.1
    assert (wide.low, wide.high) == (pytest.approx(2.0, abs=0.1), pytest.approx(4.0, abs=0.1))
    assert figures_of(apart).mean == wide  # the same draws each time


def test_groups() -> None:
    results = run(
        observed(0, system="a", kind="repeat"),
        observed(0, system="b", kind="repeat", correct=False, from_cache=True),
        observed(1, system="b", kind="constant", workload="traps"),
    )
    assert {name: found.requests for name, found in by_system(results).items()} == {"a": 1, "b": 2}
    assert {name: found.requests for name, found in by_system(results, workload="traps").items()} == {"b": 1}
    kinds = by_kind(results, "b")
    assert {kind: found.wrongly_served for kind, found in kinds.items()} == {"repeat": 1, "constant": 0}
    assert kinds["repeat"].mean.low is None


def test_two_systems_are_compared_on_the_same_requests() -> None:
    slow = [observed(at, system="no cache", seed=at % 3, latency_s=2.0 + at, input_tokens=100) for at in range(30)]
    fast = [replace(slow[at], system="cached", latency_s=(2.0 + at) / 8, input_tokens=20) for at in range(30)]
    lonely = observed(99, system="no cache", latency_s=1e6)
    found = compare(run(*slow, *fast, lonely), "cached", "no cache")
    for ratio in (found.mean_ratio, found.median_ratio, found.p95_ratio):
        assert (ratio.value, ratio.low, ratio.high) == pytest.approx((8.0, 8.0, 8.0))
    assert found.tokens_saved.value == pytest.approx(1 - 25 / 105)
    assert found.to_dict()["p95_ratio"]["value"] == pytest.approx(8.0)
    with pytest.raises(ConfigurationError, match="no request in common"):
        compare(run(lonely), "cached", "no cache")
