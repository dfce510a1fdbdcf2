"""Embeddings of request texts. They only propose candidates; no similarity ever serves anything.

The default is WordLlama: static token vectors from its wheel, no download, about 0.05 ms a prompt. `HashedEmbeddings`
needs no model at all and is worse; it is chosen explicitly, never silently.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from langchain_core.embeddings import Embeddings

from stepcache_lc.errors import ConfigurationError, MissingExtra

MAX_CHARACTERS: Final = 8_192
"""Longer texts are cut: half of this from the start, half from the end, where the question usually stands."""
WORDLLAMA_MODEL: Final = "l2_supercat"
WORDLLAMA_DIMENSIONS: Final = 256

_loading = threading.Lock()
_loaded: list[Any] = []


def default_embeddings() -> Embeddings:
    """The built-in embedding: WordLlama with 256 dimensions, offline, loaded at its first use."""
    return WordLlamaEmbeddings()


class WordLlamaEmbeddings(Embeddings):
    """WordLlama's mean of static token vectors, scaled to unit length.

    Source: https://github.com/dleemiller/WordLlama (MIT). Its wheel holds weights and tokenizer; nothing is downloaded.

    Raises:
        MissingExtra: at the first embedding, if `wordllama` is not installed.
    """

    model = WORDLLAMA_MODEL
    dimensions = WORDLLAMA_DIMENSIONS

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed several texts. Any text is accepted, also an empty one."""
        if not texts:
            return []
        model = _wordllama()
        # One by one: padded together, a batch would cost each text the length of the longest.
        return [_listed(_unit(model.embed([clean(text) or " "])[0])) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Embed one text."""
        return self.embed_documents([text])[0]


class HashedEmbeddings(Embeddings):
    """Hashed word and character n-grams with signs, scaled to unit length; the same in every process.

    Source: feature hashing, Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009.

    Args:
        dimensions: Length of the vectors, 16 to 16,384.
    """

    def __init__(self, dimensions: int = 512) -> None:
        if not 16 <= dimensions <= 16_384:
            raise ConfigurationError(f"dimensions must be from 16 to 16384, not {dimensions!r}")
        self.dimensions = dimensions

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed several texts. Any text is accepted, also an empty one."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Embed one text."""
        vector = np.zeros(self.dimensions, dtype=np.float64)
        for feature, weight in _features(clean(text)):
            hashed = int.from_bytes(blake2b(feature.encode("utf-8"), digest_size=8).digest(), "big")
            vector[(hashed >> 1) % self.dimensions] += weight if hashed & 1 else -weight
        return _listed(_unit(vector))


def clean(text: str) -> str:
    """Make a text safe for any embedding: at most `MAX_CHARACTERS`, no NUL, no lone surrogates."""
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = text[:half] + text[-half:]
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


_IDENTITY: Final = ("model", "model_name", "model_id", "deployment", "repo_id", "dimensions", "dimension", "size")


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    """Cosine similarity of two vectors of one length (-1..1); 0 if one of them has no direction."""
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return min(1.0, max(-1.0, float(np.dot(one, other)) / size)) if size else 0.0


def fingerprint(embeddings: Embeddings) -> str:
    """A stable name for what an embedding computes: class, model, dimensions.

    Two processes with the same embedding get the same name; a store that was filled under another name asks to be
    reindexed. An embedding of one's own can say its name in an attribute `stepcache_fingerprint`; one that tells
    nothing of itself is named by its class alone.
    """
    told = getattr(embeddings, "stepcache_fingerprint", None)
    if isinstance(told, str) and told:
        return told
    kind = type(embeddings)
    parts = [f"{kind.__module__}.{kind.__qualname__}"]
    for name in _IDENTITY:
        value = getattr(embeddings, name, None)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            parts.append(f"{name}={value}")
    options = getattr(embeddings, "model_kwargs", None)
    if isinstance(options, Mapping) and "revision" in options:
        parts.append(f"revision={options['revision']}")
    return " ".join(parts)


_WORDS: Final = re.compile(r"\w+|[^\w\s]")


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Words, pairs of neighbouring words, and the trigrams of each word, which survive an ending or a typing error."""
    # A text without any feature would have no direction; this one makes all blank texts equal.
    yield "blank", 1e-6
    previous = ""
    for word in _WORDS.findall(text.casefold()):
        yield f"w {word}", 1.0
        yield f"p {previous} {word}", 0.5
        previous = word
        padded = f"<{word}>"
        for start in range(len(padded) - 2):
            yield f"c {padded[start : start + 3]}", 0.3


def _unit(vector: Any) -> Any:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else vector


def _listed(vector: Any) -> list[float]:
    values: list[float] = vector.tolist()
    return values


def _wordllama() -> Any:
    """The model, which all caches of this process share: its weights take 60 MB."""
    if not _loaded:
        with _loading:
            if not _loaded:
                _loaded.append(_load_wordllama())
    return _loaded[0]


def _load_wordllama() -> Any:
    root = logging.getLogger()
    # Importing wordllama calls logging.basicConfig, which would make the host's root logger print everything; with a
    # handler in place that call does nothing.
    silencer = logging.NullHandler()
    root.addHandler(silencer)
    try:
        import wordllama
    except ImportError as error:
        raise MissingExtra(
            "wordllama is not installed; run `pip install wordllama`, or choose embeddings=HashedEmbeddings()"
        ) from error
    finally:
        root.removeHandler(silencer)
    # Its tokenizer is looked for in the cache directory only; the wheel has one in the same layout.
    return wordllama.WordLlama.load(
        config=WORDLLAMA_MODEL,
        dim=WORDLLAMA_DIMENSIONS,
        cache_dir=Path(wordllama.__file__).parent,
        disable_download=True,
    )
