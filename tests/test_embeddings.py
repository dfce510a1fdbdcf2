from __future__ import annotations

import json
import logging
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from stepcache_lc.embeddings import (
    MAX_CHARACTERS,
    HashedEmbeddings,
    clean,
    default_embeddings,
    fingerprint,
)
from stepcache_lc.errors import ConfigurationError

BUILT_IN = {"wordllama": default_embeddings(), "hashed": HashedEmbeddings()}
DIMENSIONS = {"wordllama": 256, "hashed": 512}


@pytest.fixture(params=sorted(BUILT_IN))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def embeddings(name: str) -> Embeddings:
    return BUILT_IN[name]


def dot(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(
    "text",
    ["", " \n", "\0", "\ud800", "a\0b\udfff", "x" * 1_000_000, "word " * 200_000, "日本語" * 100_000, "🙂", "\u200b"],
    ids=range(10),
)
def test_any_text_has_a_unit_vector(embeddings: Embeddings, name: str, text: str) -> None:
    vector = embeddings.embed_query(text)
    assert len(vector) == DIMENSIONS[name]
    assert all(type(value) is float and math.isfinite(value) for value in vector)
    assert dot(vector, vector) == pytest.approx(1.0, abs=1e-4)


@settings(max_examples=60)
@given(st.text(st.characters(), max_size=60))
def test_random_text_has_a_unit_vector(text: str) -> None:
    for embeddings in BUILT_IN.values():
        vector = embeddings.embed_query(text)
        assert dot(vector, vector) == pytest.approx(1.0, abs=1e-4)


def test_documents_are_embedded_as_queries_are(embeddings: Embeddings) -> None:
    texts = ["Solve 2x + 3 = 13 for x.", "", "a much longer text " * 50]
    assert embeddings.embed_documents(texts) == [embeddings.embed_query(text) for text in texts]
    assert embeddings.embed_documents([]) == []


def test_a_rewording_is_nearer_than_another_subject(embeddings: Embeddings) -> None:
    asked = embeddings.embed_query("Solve 2x + 3 = 13 for x.")
    reworded = embeddings.embed_query("Please solve for x: 2x + 3 = 13")
    other = embeddings.embed_query("Write a short poem about the sea at night.")
    assert dot(asked, reworded) > 0.5 > dot(asked, other) + 0.2


def test_long_texts_are_cut_in_the_middle() -> None:
    text = "start " + "x" * 50_000 + " end?"
    assert len(clean(text)) == MAX_CHARACTERS
    assert clean(text).startswith("start ")
    assert clean(text).endswith(" end?")
    assert clean("a\0b\ud800") == "a b?"


def test_threads_may_share_one(name: str) -> None:
    fresh = default_embeddings() if name == "wordllama" else HashedEmbeddings()
    texts = [f"Solve {i}x + 3 = 13 for x." for i in range(40)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(fresh.embed_query, texts)) == BUILT_IN[name].embed_documents(texts)


SCRIPT = """
import json, logging, sys
import stepcache_lc.embeddings as e
early = "wordllama" in sys.modules
both = (e.HashedEmbeddings(64), e.default_embeddings())
vectors = [embeddings.embed_query("Solve 2x + 3 = 13") for embeddings in both]
root = logging.getLogger()
print(json.dumps([early, vectors, e.fingerprint(e.default_embeddings()), len(root.handlers), root.level]))
"""


def test_other_processes_agree_and_nothing_is_loaded_early(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        seen.append(json.loads(done.stdout))
    assert seen[0] == seen[1]
    early, (hashed, wordllama), printed, handlers, level = seen[0]
    assert not early
    assert hashed == HashedEmbeddings(64).embed_query("Solve 2x + 3 = 13")
    assert wordllama == pytest.approx(default_embeddings().embed_query("Solve 2x + 3 = 13"), abs=1e-6)
    assert printed == fingerprint(default_embeddings())
    # Importing wordllama must not turn the host's logging on.
    assert (handlers, level) == (0, logging.WARNING)


@pytest.mark.parametrize("dimensions", [0, -1, 15, 16_385])
def test_absurd_dimensions_are_refused(dimensions: int) -> None:
    with pytest.raises(ConfigurationError, match="dimensions"):
        HashedEmbeddings(dimensions)


class Told(Embeddings):
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0]


def test_fingerprints_differ_where_vectors_do() -> None:
    several = [
        default_embeddings(),
        HashedEmbeddings(64),
        HashedEmbeddings(128),
        Told(),
        Told(model="a"),
        Told(model="b"),
        Told(model="a", dimensions=8),
        Told(model_name="a"),
        Told(stepcache_fingerprint="mine"),
        DeterministicFakeEmbedding(size=4),
        DeterministicFakeEmbedding(size=5),
    ]
    assert len({fingerprint(embeddings) for embeddings in several}) == len(several)


def test_fingerprints_are_stable_and_hold_no_address_or_secret() -> None:
    assert fingerprint(Told(model="a", client=object(), api_key="s3cret")) == fingerprint(Told(model="a"))
    assert fingerprint(HashedEmbeddings(64)) == "stepcache_lc.embeddings.HashedEmbeddings dimensions=64"
