"""GPTCache 0.1.44 as a system under test, offline and with the embedding that all systems here use.

As it comes, GPTCache runs `pip install` for what it misses when a part of it is imported, so that is switched off. Its
vector stores need faiss, hnswlib, usearch, docarray or a server; the one for Chroma imports torch and asks Chroma for
a database format that is gone since 0.4. Hence a vector store of our own through its extension point: exhaustive
search by squared Euclidean distance, as its default (faiss, flat) does. All else is GPTCache's: its adapter, its SQLite
store, its `SearchDistanceEvaluation`, its default threshold.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from langchain_core.embeddings import Embeddings

from stepcache_lc.errors import MissingExtra

THRESHOLD: Final = 0.8
"""GPTCache's default: with its evaluation and unit vectors, a cosine of 0.6."""


class GptCache:
    """The `get` and `put` of GPTCache.

    Raises:
        MissingExtra: GPTCache is not installed, or misses something that it would install itself.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gptcache-"))
        try:
            self._api, self._cache = _start(embeddings, self._folder)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def get(self, prompt: str) -> str | None:
        """The answer that it would serve."""
        found = self._api.get(prompt, cache_obj=self._cache)
        return None if found is None else str(found)

    def put(self, prompt: str, answer: str) -> None:
        """Remember an answer."""
        self._api.put(prompt, answer, cache_obj=self._cache)

    def close(self) -> None:
        """Remove its files."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _start(embeddings: Embeddings, folder: Path) -> tuple[Any, Any]:
    with warnings.catch_warnings():
        # It was last released in 2023; what its imports warn of is not ours to mend.
        warnings.simplefilter("ignore")
        try:
            import gptcache.utils

            gptcache.utils.prompt_install = _refuse
            from gptcache import Cache, Config
            from gptcache.adapter import api
            from gptcache.manager import CacheBase, get_data_manager
            from gptcache.manager.vector_data.base import VectorBase
            from gptcache.processor.pre import get_prompt
            from gptcache.similarity_evaluation.distance import SearchDistanceEvaluation
        except ImportError as error:
            raise MissingExtra(f"GPTCache is not installed ({error}): pip install 'stepcache-lc[bench]'") from error

        class Exhaustive(VectorBase):  # type: ignore[misc]  # GPTCache ships no types
            """All vectors, compared one by one; rows are in the order of their ids."""

            def __init__(self) -> None:
                self._ids: list[int] = []
                self._rows: list[Any] = []

            def mul_add(self, datas: Sequence[Any]) -> None:
                self._ids += [data.id for data in datas]
                self._rows += [np.asarray(data.data, dtype=np.float32) for data in datas]

            def search(self, data: Any, top_k: int = -1) -> list[tuple[float, int]]:
                if not self._rows:
                    return []
                distances = np.sum((np.stack(self._rows) - np.asarray(data, dtype=np.float32)) ** 2, axis=1)
                order = np.argsort(distances, kind="stable")[: max(1, top_k)]
                return [(float(distances[at]), self._ids[at]) for at in order]

            def delete(self, ids: Sequence[int]) -> None:
                kept = [(key, row) for key, row in zip(self._ids, self._rows, strict=True) if key not in set(ids)]
                self._ids, self._rows = [key for key, _ in kept], [row for _, row in kept]

            def rebuild(self, ids: Sequence[int] | None = None) -> bool:
                return True

            def get_embeddings(self, data_id: int) -> Any:
                return self._rows[self._ids.index(data_id)]

            def update_embeddings(self, data_id: int, emb: Any) -> None:
                self._rows[self._ids.index(data_id)] = np.asarray(emb, dtype=np.float32)

        cache = Cache()
        cache.init(
            pre_embedding_func=get_prompt,
            embedding_func=lambda text, **_: np.asarray(embeddings.embed_query(text), dtype=np.float32),
            data_manager=get_data_manager(CacheBase("sqlite", sql_url=f"sqlite:///{folder}/answers.db"), Exhaustive()),
            similarity_evaluation=SearchDistanceEvaluation(),
            config=Config(similarity_threshold=THRESHOLD),
        )
    return api, cache


def _refuse(package: str, warn: bool = False) -> None:
    raise MissingExtra(f"GPTCache would now install {package}, which a benchmark must not do")
