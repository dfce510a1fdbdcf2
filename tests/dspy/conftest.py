"""DSPy under test: its own caches in memory and empty, nothing in the home directory."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

os.environ["DSPY_CACHEDIR"] = tempfile.mkdtemp(prefix="dspy-cache-")

with warnings.catch_warnings():
    # DSPy 3.2 and what it imports warn about themselves while they are imported; what they do later must not.
    warnings.simplefilter("ignore")
    import dspy
    import litellm  # noqa: F401
    import numpy as np  # noqa: F401


@pytest.fixture(autouse=True)
def _fresh_dspy() -> Iterator[None]:
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=True)
    with dspy.context(lm=None, adapter=None, callbacks=[], trace=[]):
        yield


@pytest.fixture
def cache(make_cache: Callable[..., Any]) -> Any:
    """A cache in memory."""
    from stepcache_lc import MemoryStore

    return make_cache(store=MemoryStore())
