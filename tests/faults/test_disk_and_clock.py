"""A full disk, a path that may not be written, a clock that jumps: the model answers, and what was kept stays right.

A file-size limit of the process stands for a disk that refuses a write in the middle (no mount is needed).

To be refused by a read-only directory, root has to give up the capability that lets it write anywhere.
"""

from __future__ import annotations

import ctypes
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from stepcache_lc.stores import connection
from tests.support.algebra import good, root, stated
from tests.support.models import ScriptedModel
from tests.support.processes import Spawn

PROMPT = "Solve {}x + 3 = 13 for x."

FULL = """
import json, resource
from stepcache_lc import StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.support.algebra import good, root, stated
from tests.support.models import ScriptedModel
from stepcache_lc.stores import connection
connection.REOPEN_SECONDS = 0.01
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = StepCache(store=sys.argv[1], embeddings=HashedEmbeddings())
chat = cache.wrap(ScriptedModel(answerer=good))
def ask(number):
    prompt = f"Solve {number}x + 3 = 13 for x. Use {number} words."
    message = chat.invoke(prompt)
    assert stated(message.text, "x") == root(prompt)
    return prompt, message.text, message.response_metadata["stepcache"]["stored"]
kept = [ask(number) for number in range(2, 12)]
assert all(stored for _, _, stored in kept)
# From here on no file may grow.
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
full = [ask(number) for number in range(20, 60)]
assert not any(stored for _, _, stored in full), "an entry was acknowledged that cannot be on the disk"
assert cache.stats().errors > 0
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
again = [ask(number) for number in range(60, 90)]
assert any(stored for _, _, stored in again), "the store did not recover"
say(json.dumps([one for one in kept + again if one[2]]))
cache.close()
"""


def test_a_disk_with_hardly_any_room_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with StepCache(store=tmp_path, embeddings=HashedEmbeddings()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=good))
        kept = chat.invoke(PROMPT.format(2))
        monkeypatch.setattr(connection, "FREE_BYTES", 2**80)
        message = chat.invoke(PROMPT.format(2) + " Answer in French.")
        assert message.response_metadata["stepcache"]["stored"] is None
        assert cache.stats().errors > 0
        # Reading goes on.
        assert chat.invoke(PROMPT.format(4)).response_metadata["stepcache"]["outcome"] == "rewrite"
        monkeypatch.undo()
        assert chat.invoke(PROMPT.format(4) + " Answer in French.").response_metadata["stepcache"]["stored"]
    _reopened(tmp_path, [(PROMPT.format(2), kept.text, kept.response_metadata["stepcache"]["stored"])])


def _reopened(path: Path, kept: list[Any]) -> None:
    with StepCache(store=path, embeddings=HashedEmbeddings()) as cache, cache.using(mode="exact"):
        chat = cache.wrap(ScriptedModel(answerer=lambda messages: "asked again"))
        for prompt, text, stored in kept:
            message = chat.invoke(prompt)
            assert (message.text, message.response_metadata["stepcache"]["source"]) == (text, stored)


def test_a_full_disk(tmp_path: Path, spawn: Spawn) -> None:
    child = spawn(FULL, tmp_path / "store")
    output = child.communicate(timeout=120)[0]
    assert child.returncode == 0
    _reopened(tmp_path / "store", json.loads(output.splitlines()[-1]))


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
