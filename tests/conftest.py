"""What holds for every test: no kill switch from outside, no network."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from langchain_core.globals import set_llm_cache

# Machines are noisy: what is slow is found by benchmarks, never by a deadline in a test.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

# Libraries that would look something up on import or at first use must not try.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"


@pytest.fixture(autouse=True)
def _no_outside_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPCACHE_MODE", raising=False)


@pytest.fixture
def make_cache() -> Iterator[Callable[..., Any]]:
    """Caches that are closed after the test; in Chroma, in memory, unless the test says otherwise."""
    from stepcache_lc import StepCache

    made: list[StepCache] = []

    def make(*args: Any, **kwargs: Any) -> StepCache:
        made.append(StepCache(*args, **kwargs))
        return made[-1]

    yield make
    for cache in made:
        cache.close()


@pytest.fixture
def global_cache() -> Iterator[Callable[[Any], Any]]:
    """Set LangChain's global cache for this test only."""

    def install(cache: Any) -> Any:
        set_llm_cache(cache)
        return cache

    yield install
    set_llm_cache(None)
