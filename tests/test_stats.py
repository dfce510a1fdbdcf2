"""Statistics: counted right, bounded, safe under threads, and figures that an independent source confirms."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc.core.types import Outcome, Tokens
from stepcache_lc.receipt import Receipt
from stepcache_lc.stats import Latency, Stats, StatsRecorder, wilson

OUTCOMES = ["exact", "reuse", "rewrite", "solved", "patch", "regenerate", "miss", "bypass"]


def test_before_the_first_request() -> None:
    stats = StatsRecorder().snapshot()
    assert stats == Stats()
    assert list(stats.outcomes) == OUTCOMES == list(stats.latency_by_outcome)
    assert set(stats.outcomes.values()) == {0}
    assert (stats.requests, stats.errors, stats.unread_share, stats.verified_share) == (0, 0, 0.0, 0.0)
    assert stats.latency == Latency(0, 0.0, 0.0, 0.0, 0.0)


def test_what_is_counted() -> None:
    recorder = StatsRecorder()
    recorder.record(Receipt(outcome="miss", model_calls=1, tokens=Tokens(10, 20), elapsed_ms=100.0))
    recorder.record(
        Receipt(
            outcome="reuse",
            task="equations",
            assurance="proved",
            verified=True,
            saved=Tokens(3, 4),
            elapsed_ms=2.0,
        )
    )
    recorder.record(
        Receipt(outcome="patch", task="json", assurance="shape", model_calls=2, tokens=Tokens(1, 1), elapsed_ms=30.0)
    )
    recorder.record(Receipt(outcome="reuse", task="equations", assurance="proved", verified=True, elapsed_ms=4.0))
    recorder.repair_skipped()
    stats = recorder.snapshot()
    assert stats.requests == 4
    assert dict(stats.outcomes) == {**dict.fromkeys(OUTCOMES, 0), "miss": 1, "reuse": 2, "patch": 1}
    assert (stats.model_calls, stats.tokens, stats.saved) == (3, Tokens(11, 21), Tokens(3, 4))
    assert (stats.unread, stats.unread_share) == (1, 0.25)
    assert (stats.verified, stats.verified_share) == (2, 0.5)
    assert stats.repairs_skipped == 1
    reuse = stats.latency_by_outcome["reuse"]
    assert (reuse.count, reuse.p50, reuse.mean) == (2, 3.0, 3.0)
    assert (reuse.p95, reuse.p99) == pytest.approx((3.9, 3.98))
    assert stats.latency_by_outcome["exact"].count == 0
    assert (stats.latency.count, stats.latency.mean) == (4, 34.0)


def test_errors_are_a_number_and_named_by_kind() -> None:
    recorder = StatsRecorder()
    for kind in ("store", "verify", "store"):
        recorder.error(kind)
    stats = recorder.snapshot()
    assert stats.errors == 3
    assert stats.error_kinds == {"store": 2, "verify": 1}


def test_kinds_of_errors_are_bounded() -> None:
    recorder = StatsRecorder()
    for number in range(1000):
        recorder.error(f"kind {number}")
    recorder.error("kind 0")
    stats = recorder.snapshot()
    assert stats.errors == 1001
    assert len(stats.error_kinds) <= 65
    assert stats.error_kinds["kind 0"] == 2
    assert stats.error_kinds["other"] == 1000 - 64


def test_a_snapshot_does_not_change_later() -> None:
    recorder = StatsRecorder()
    recorder.record(Receipt(outcome="miss"))
    recorder.shadow("json", "reuse", True)
    before = recorder.snapshot()
    known = json.dumps(before.to_dict())
    recorder.record(Receipt(outcome="exact"))
    recorder.error("store")
    recorder.shadow("json", "reuse", False)
    assert json.dumps(before.to_dict()) == known
    assert recorder.snapshot().requests == 2


def test_latencies_look_back_on_the_last_2048_answers_of_each_outcome() -> None:
    recorder = StatsRecorder()
    recorder.record(Receipt(outcome="miss", elapsed_ms=5000.0))
    for number in range(5000):
        recorder.record(Receipt(outcome="exact", elapsed_ms=float(number)))
    stats = recorder.snapshot()
    assert stats.requests == 5001
    exact = stats.latency_by_outcome["exact"]
    last = np.arange(5000 - 2048, 5000)
    assert exact.count == 2048
    assert exact.p50 == pytest.approx(np.quantile(last, 0.5))
    assert stats.latency_by_outcome["miss"] == Latency(1, 5000.0, 5000.0, 5000.0, 5000.0)
    assert stats.latency == exact  # the one slow answer is further back than the window of all


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_quantiles_are_those_of_numpy(measured: list[float]) -> None:
    figures = Latency.of(measured)
    expected = np.quantile(measured, [0.5, 0.95, 0.99])
    assert [figures.p50, figures.p95, figures.p99] == pytest.approx(list(expected), rel=1e-9, abs=1e-9)
    assert figures.mean == pytest.approx(np.mean(measured), rel=1e-9, abs=1e-9)
    assert min(measured) <= figures.p50 <= figures.p95 <= figures.p99 <= max(measured)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        # Published values: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
        # Medicine 17 (1998), table I, method 3 (score without continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_agrees_with_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_interval_holds_the_share_and_mirrors(agreed: int, disagreed: int) -> None:
    trials = agreed + disagreed
    low, high = wilson(agreed, trials)
    assert 0.0 <= low < high <= 1.0
    if trials:
        assert low <= agreed / trials <= high
    assert wilson(disagreed, trials) == pytest.approx((1 - high, 1 - low))


def test_shadow_agreement_per_task_and_outcome() -> None:
    recorder = StatsRecorder()
    for agreed in (True, True, False):
        recorder.shadow("json", "rewrite", agreed)
    recorder.shadow("json", "reuse", True)
    recorder.shadow("equations", "exact", False)
    found = recorder.snapshot().shadow
    assert [(one.task, one.outcome, one.agreed, one.disagreed) for one in found] == [
        ("equations", "exact", 0, 1),
        ("json", "reuse", 1, 0),
        ("json", "rewrite", 2, 1),
    ]
    assert found[2].share == pytest.approx(2 / 3)
    assert found[2].low < 2 / 3 < found[2].high
    assert (found[1].high, found[0].low) == (1.0, 0.0)


def test_threads_lose_nothing() -> None:
    recorder = StatsRecorder()
    receipt = Receipt(outcome="exact", model_calls=1, tokens=Tokens(1, 2), saved=Tokens(3, 4))

    def work() -> None:
        for number in range(500):
            recorder.record(receipt)
            recorder.error("store")
            recorder.shadow("json", "exact", True)
            if number % 100 == 0:
                recorder.snapshot()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = recorder.snapshot()
    assert (stats.requests, stats.errors, stats.shadow[0].agreed) == (2000, 2000, 2000)
    assert (stats.model_calls, stats.tokens, stats.saved) == (2000, Tokens(2000, 4000), Tokens(6000, 8000))


def test_the_dict_form_is_plain_json() -> None:
    recorder = StatsRecorder()
    recorder.record(Receipt(outcome="reuse", elapsed_ms=2.0))
    recorder.error("store\udc80")
    recorder.shadow("json", "reuse", False)
    data = recorder.snapshot().to_dict()
    json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8")
    assert list(data["outcomes"]) == OUTCOMES == list(get_args(Outcome))
    assert data["shadow"][0] == {
        "task": "json",
        "outcome": "reuse",
        "agreed": 0,
        "disagreed": 1,
        "share": 0.0,
        "low": 0.0,
        "high": pytest.approx(0.7935, abs=1e-4),
    }
    assert data["latency_ms_by_outcome"]["reuse"] == {"count": 1, "p50": 2.0, "p95": 2.0, "p99": 2.0, "mean": 2.0}


def test_plain_text() -> None:
    recorder = StatsRecorder()
    recorder.record(Receipt(outcome="miss", model_calls=1, tokens=Tokens(10, 20), elapsed_ms=1234.5))
    recorder.error("store")
    recorder.shadow("json", "reuse", True)
    lines = str(replace(recorder.snapshot(), skipped=2)).splitlines()
    assert lines[:2] == [
        "1 request | verified 0.0 % | unread 100.0 % | 1 error",
        "1 model call | tokens 10 in + 20 out | saved 0 in + 0 out | entries skipped 2",
    ]
    assert [line.split()[0] for line in lines[2:12]] == ["outcome", *OUTCOMES, "all"]
    assert lines[9].split() == ["miss", "1", "100.0", "%", "1,234", "1,234", "1,234", "1,234"]
    assert lines[12] == "errors | store 1"
    assert lines[14].split() == ["json", "reuse", "1", "1", "100.0", "%", "20.7", "%", "to", "100.0", "%"]


def test_one_disagreement_in_many_does_not_round_away() -> None:
    recorder = StatsRecorder()
    for number in range(10_000):
        recorder.shadow("json", "reuse", number > 0)
    assert "99.9 %" in str(recorder.snapshot())
    assert "10,000  100.0 %" not in str(recorder.snapshot())
