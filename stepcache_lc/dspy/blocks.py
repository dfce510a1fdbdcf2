"""`cache.using` and `cache.record` in DSPy's worker threads, which take over DSPy's settings but not the context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import dspy
from dspy.dsp.utils.settings import thread_local_overrides

from stepcache_lc.engine import Blocks, carriers

_KEY = "_stepcache_blocks"


@contextmanager
def carried(blocks: Blocks) -> Iterator[None]:
    """Put the blocks among DSPy's settings; only this one key, so that `dspy.configure` inside still has its effect."""
    overrides = thread_local_overrides.get()
    changed = overrides.copy()
    changed[_KEY] = blocks
    token = thread_local_overrides.set(changed)
    try:
        yield
    finally:
        thread_local_overrides.reset(token)


def resumed() -> AbstractContextManager[None]:
    """Be inside the blocks that DSPy's settings carry, in a thread that knows of none."""
    blocks = dspy.settings.get(_KEY)
    here = Blocks.here()
    if blocks is None or here.overrides or here.recordings:
        return nullcontext()
    return blocks.resumed()  # type: ignore[no-any-return]


if carried not in carriers:
    carriers.append(carried)
