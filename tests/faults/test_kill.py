"""`kill -9` of the writing process at random moments: what it acknowledged is there, whole, when it is opened again.

The processes are forked from one that has only imported (`forkserver`), so that hundreds of them cost seconds, not
hours. The child writes down each acknowledged answer in a pipe: an answer is acknowledged when `invoke` returned it
with `stored` in its receipt.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from tests.support.algebra import parsed, worked
from tests.support.models import ScriptedModel

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["stepcache_lc", "chromadb", "tests.support.models", "tests.faults.test_kill"])


def _answer(messages: list[Any]) -> str:
    """As long as real answers, and derived from the prompt: whoever reads it back can tell whether it is whole."""
    prompt = str(messages[-1].content)
    return worked(prompt) if parsed(prompt) else f"The answer to {prompt!r}. " * 12


def _prompt(number: int) -> str:
    """Every other one is read by no task, and is stored without a vector."""
    if number % 2:
        return f"Question number {number}?"
    return f"Solve {number + 2}x + 3 = {number} for x. Answer in French."


def _write(path: str, first: int, acknowledged: Connection) -> None:
    from stepcache_lc import StepCache
    from stepcache_lc.embeddings import HashedEmbeddings

    cache = StepCache(store=path, embeddings=HashedEmbeddings())
    chat = cache.wrap(ScriptedModel(answerer=_answer))
    for number in range(first, first + 10_000):
        prompt = _prompt(number)
        message = chat.invoke(prompt)
        stored = message.response_metadata["stepcache"]["stored"]
        if stored is not None:
            acknowledged.send((prompt, message.text, stored))


def _check(path: str, wanted: str, report: Connection) -> None:
    """Open the path as a new process would, and look for every answer that was acknowledged."""
    from stepcache_lc import StepCache
    from stepcache_lc.embeddings import HashedEmbeddings

    def refuse(messages: list[Any]) -> str:
        return "asked again"

    lost = []
    with StepCache(store=path, embeddings=HashedEmbeddings()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=refuse))
        with cache.using(mode="exact"):
            for prompt, text, stored in json.loads(wanted):
                got = chat.invoke(prompt)
                receipt = got.response_metadata["stepcache"]
                if (got.text, receipt["outcome"], receipt["source"]) != (text, "exact", stored):
                    lost.append((prompt, receipt["outcome"], got.text[:40]))
        torn = cache.stats().errors
    report.send((lost, torn))


def _killed(path: Path, first: int, after: float) -> list[tuple[str, str, str]]:
    """What a writer acknowledged that was killed `after` seconds behind its first answer."""
    ours, theirs = _PROCESSES.Pipe(duplex=False)
    writer = _PROCESSES.Process(target=_write, args=(str(path), first, theirs))
    writer.start()
    theirs.close()
    acknowledged: list[tuple[str, str, str]] = []
    with contextlib.closing(ours):
        assert ours.poll(60), "the writer wrote nothing"
        time.sleep(after)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join(30)
        assert writer.exitcode == -signal.SIGKILL
        with contextlib.suppress(EOFError):
            while True:
                acknowledged.append(ours.recv())
    return acknowledged


def _trial(path: Path, kills: int, seed: int) -> int:
    rng = random.Random(seed)
    wanted: list[tuple[str, str, str]] = []
    for round_number in range(kills):
        # From the middle of the first write to well behind a sync of the index, which comes every hundred rows.
        wanted += _killed(path, round_number * 10_000, rng.choice([0.0, 0.02, 0.2, 1.0]) * rng.random())
        ours, theirs = _PROCESSES.Pipe(duplex=False)
        # All of the last rounds, and a sample of those before: an old row must not be lost by a later crash either.
        some = wanted[-150:] + rng.sample(wanted[:-150], min(50, max(0, len(wanted) - 150)))
        reader = _PROCESSES.Process(target=_check, args=(str(path), json.dumps(some), theirs))
        reader.start()
        theirs.close()
        with contextlib.closing(ours):
            assert ours.poll(120), "the reader died"
            lost, errors = ours.recv()
        reader.join(60)
        assert reader.exitcode == 0
        assert lost == [], f"round {round_number}: {lost[:3]} of {len(some)}"
        assert errors == 0, f"round {round_number}"
    return len(wanted)


def test_a_killed_writer_loses_nothing(tmp_path: Path) -> None:
    assert _trial(tmp_path / "store", kills=4, seed=1) >= 4


@pytest.mark.long
def test_two_hundred_killed_writers_lose_nothing(tmp_path: Path) -> None:
    assert _trial(tmp_path / "store", kills=200, seed=2) >= 500
