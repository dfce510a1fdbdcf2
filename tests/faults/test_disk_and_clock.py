"""A path that may not be written, a clock that jumps: a clear error, or the model answers and what was kept stays right.

To be refused by a read-only directory, root has to give up the capability that lets it write anywhere.
"""

from __future__ import annotations

import ctypes
import random
import time
from pathlib import Path

import pytest

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.support.algebra import good, root, stated
from tests.support.models import ScriptedModel
from tests.support.processes import Spawn

PROMPT = "Solve {}x + 3 = 13 for x."

READ_ONLY = """
from tests.faults.test_disk_and_clock import give_up_root
from stepcache_lc import StepCache
from stepcache_lc.embeddings import HashedEmbeddings
give_up_root()
try:
    StepCache(store=sys.argv[1], embeddings=HashedEmbeddings())
except StepCacheError as error:
    say(type(error).__name__, error)
"""


def give_up_root() -> None:
    """Drop all capabilities of this process, so that permission bits hold for root, too (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    if libc.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


@pytest.mark.parametrize("content", [False, True])
def test_a_path_that_may_not_be_written(tmp_path: Path, spawn: Spawn, content: bool) -> None:
    path = tmp_path / "store"
    path.mkdir()
    if content:
        with StepCache(store=path, embeddings=HashedEmbeddings()) as cache:
            cache.wrap(ScriptedModel(answerer=good)).invoke(PROMPT.format(2))
    for place in [*path.rglob("*"), path]:
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        child = spawn(READ_ONLY, path)
        output = child.communicate(timeout=120)[0]
        assert child.returncode == 0
        # Clear at construction, with the path in it.
        assert str(path) in output, output
        assert "writ" in output, output
    finally:
        for place in [path, *path.rglob("*")]:
            place.chmod(0o755)


@pytest.mark.parametrize("seed", range(3))
def test_a_clock_that_jumps(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    now = [time.time()]
    monkeypatch.setattr(time, "time", lambda: now[0])
    with StepCache(store=MemoryStore(), policy=Policy(ttl=60.0)) as cache:
        chat = cache.wrap(ScriptedModel(answerer=good))
        for _ in range(200):
            now[0] = max(0.0, now[0] + rng.choice([0.0, 1.0, -3_600.0, 3_600.0, -1e9, 1e9]))
            prompt = PROMPT.format(rng.randint(2, 9)) + rng.choice(["", " Answer in French."])
            assert stated(chat.invoke(prompt).text, "x") == root(prompt)
        assert cache.stats().errors == 0
