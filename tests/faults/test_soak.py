"""Threads that invoke, stream, clear and forget: nothing raises, nothing is wrong, only what was cleared is gone."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.support.algebra import good, root, stated
from tests.support.models import StreamingModel

THREADS = 32
LEAST = 3
"""Steps of each thread, however slow the machine is."""


class Host:
    """One of many threads of an application; even ones also clear and forget, in a namespace that they share."""

    def __init__(self, cache: StepCache, number: int) -> None:
        self.cache, self.rng = cache, random.Random(number)
        self.wild = number % 2 == 0
        self.chat = cache.wrap(StreamingModel(answerer=good), namespace="wild" if self.wild else "kept")
        self.acknowledged: dict[str, str] = {}
        self.answers = 0

    def step(self) -> None:
        roll = self.rng.random()
        if self.wild and roll < 0.02:
            with self.cache.using(namespace="wild"):
                self.cache.clear()
        elif self.wild and roll < 0.05:
            self.cache.forget(namespace="wild", older_than=self.rng.random())
        else:
            self._ask(streaming=roll < 0.4)

    def _ask(self, streaming: bool) -> None:
        a, b, c = self.rng.randint(2, 9), self.rng.randint(1, 40), self.rng.randint(41, 99)
        # Words that no rule reads make some requests `exact` only: those are written at each miss.
        tail = self.rng.choice(["", " Answer in French.", f" Use {b} words."])
        prompt = f"Solve {a}x + {b} = {c} for x.{tail}"
        if streaming:
            chunks = list(self.chat.stream(prompt))
            text = "".join(chunk.text for chunk in chunks)
            receipts = [chunk.response_metadata.get("stepcache") for chunk in chunks]
            (receipt,) = [one for one in receipts if one]
        else:
            message = self.chat.invoke(prompt)
            text, receipt = message.text, message.response_metadata["stepcache"]
        assert stated(text, "x") == root(prompt), (prompt, text, receipt)
        if receipt["stored"] is not None:
            self.acknowledged[prompt] = text
        self.answers += 1


def _soak(path: Path, seconds: float) -> tuple[int, int]:
    failures: list[BaseException] = []
    end = time.monotonic() + seconds
    with StepCache(store=path, embeddings=HashedEmbeddings()) as cache:
        hosts = [Host(cache, number) for number in range(THREADS)]

        def live(host: Host) -> None:
            try:
                done = 0
                while not failures and (done < LEAST or time.monotonic() < end):
                    host.step()
                    done += 1
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=live, args=(host,)) for host in hosts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 120)
        assert not any(thread.is_alive() for thread in threads), "a thread hangs"
        assert not failures, failures[0]
        assert cache.stats().errors == 0, cache.stats()
    kept: dict[str, str] = {}
    for host in hosts:
        if not host.wild:
            kept.update(host.acknowledged)

    def refuse(messages: list[Any]) -> str:
        return "asked again"

    # Opened again, so that nothing is served from the memory of the threads.
    with StepCache(store=path, embeddings=HashedEmbeddings()) as cache, cache.using(mode="exact"):
        chat = cache.wrap(StreamingModel(answerer=refuse), namespace="kept")
        lost = [prompt for prompt in kept if chat.invoke(prompt).response_metadata["stepcache"]["outcome"] != "exact"]
    assert lost == []
    return sum(host.answers for host in hosts), len(kept)


def test_threads_for_a_moment(tmp_path: Path) -> None:
    answers, kept = _soak(tmp_path / "store", seconds=3.0)
    assert answers > THREADS
    assert kept > 0


@pytest.mark.long
def test_threads_for_a_minute(tmp_path: Path) -> None:
    answers, kept = _soak(tmp_path / "store", seconds=60.0)
    assert answers > THREADS
    assert kept > 0
