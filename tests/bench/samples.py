"""Observations to test with."""

from __future__ import annotations

from stepcache_lc.annotate import AnnotatedStep
from stepcache_lc.bench.results import Observation

FIRST = Observation(
    system="no cache",
    workload="paper",
    seed=-1,
    number=0,
    kind="repeat",
    task="equations",
    request="Solve 2x + 3 = 13 for x.",
    answer="x = 5",
    expected="x = 5",
    correct=True,
    outcome="miss",
    from_cache=False,
    latency_s=2.0,
    overhead_s=0.0,
    input_tokens=12,
    output_tokens=5,
    model_calls=1,
    steps=(AnnotatedStep("x = 5", "generated", ""),),
)
