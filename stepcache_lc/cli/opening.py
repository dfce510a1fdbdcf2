"""Open the store that the command line names; every way in which that fails has a message of its own."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from langchain_core.embeddings import Embeddings

from stepcache_lc.cache import StepCache
from stepcache_lc.embeddings import HashedEmbeddings, default_embeddings, fingerprint
from stepcache_lc.errors import ConfigurationError, StoreMismatch, StoreUnavailable
from stepcache_lc.stores import ChromaStore
from stepcache_lc.stores.codec import SCHEMA_VERSION

DATABASE: Final = "chroma.sqlite3"
"""What Chroma calls the file of an embedded database."""
SERVER_SECONDS: Final = 5.0


@contextmanager
def opened_store(where: str, prefix: str, *, create: bool = False) -> Iterator[ChromaStore]:
    """Open a store by its directory or its server's address.

    Args:
        where: A directory, or `http://host:port`.
        prefix: What the names of its collections start with.
        create: Whether it may be a new one.

    Raises:
        ConfigurationError: `where` is empty, or no address.
        StoreUnavailable: there is none, or the server does not answer.
        StoreLocked: another process has the directory open.
        StoreMismatch: it is of another version.
    """
    if not where.strip():
        raise ConfigurationError("--store is empty: give a directory, or http://HOST:PORT of a Chroma server")
    url = urlsplit(where)
    if url.scheme in ("http", "https"):
        store = ChromaStore(client=_client(where), prefix=prefix)
    else:
        store = ChromaStore(_directory(where, create), prefix=prefix)
    with closing(store):
        version, _ = store.filled_by()
        if version is None and not create:
            raise StoreUnavailable(
                f"{where}: no StepCache entries in this Chroma database under the prefix {prefix!r}; give the one that "
                "the application uses (--prefix)"
            )
        if version not in (None, SCHEMA_VERSION):
            raise StoreMismatch(
                f"{where}: written in version {version} of the stored form, and this release reads {SCHEMA_VERSION}: "
                "use the release that wrote it, or start a new store"
            )
        yield store


@contextmanager
def opened_cache(
    where: str, prefix: str, namespace: str, *, embeddings: str | None = None, create: bool = False, anew: bool = False
) -> Iterator[StepCache]:
    """Open a cache without a model on a store.

    Args:
        where: See `opened_store`.
        prefix: See `opened_store`.
        namespace: The namespace in force.
        embeddings: `wordllama`, `hashed` or `MODULE:NAME`; None: the one that filled the store, as far as it is known.
        create: Whether the store may be a new one.
        anew: Whether the store is to be filled with `embeddings` now, whatever filled it before.
    """
    with opened_store(where, prefix, create=create) as store:
        _, recorded = store.filled_by()
        chosen = chosen_embeddings(embeddings) if embeddings is not None or anew else _as_recorded(recorded)
        with StepCache(store=store, embeddings=chosen, namespace=namespace) as cache:
            yield cache


def _directory(where: str, create: bool) -> Path:
    path = Path(where).expanduser()
    if create:
        return path
    if not path.exists():
        raise StoreUnavailable(f"{where}: there is no such directory; give the one of StepCache(store=...)")
    if not path.is_dir():
        raise StoreUnavailable(f"{where}: this is a file; give the directory of StepCache(store=...)")
    if not (path / DATABASE).is_file():
        raise StoreUnavailable(f"{where}: there is no store in this directory (no {DATABASE})")
    return path


def _client(where: str) -> Any:
    import chromadb

    url = urlsplit(where)
    try:
        port = url.port or (443 if url.scheme == "https" else 8000)
    except ValueError as error:
        raise ConfigurationError(f"{where}: {error}") from None
    if not url.hostname:
        raise ConfigurationError(f"{where}: this names no host; give http://HOST:PORT")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    # Chroma's own client waits for ever for a server that hangs.
    beat = f"{url.scheme}://{host}:{port}/api/v2/heartbeat"
    try:
        httpx.get(beat, timeout=SERVER_SECONDS).raise_for_status()
    except httpx.HTTPStatusError as error:
        raise StoreUnavailable(
            f"{where}: what answers there is no Chroma server ({error.response.status_code})"
        ) from None
    except httpx.TimeoutException:
        raise StoreUnavailable(f"{where}: the server does not answer within {SERVER_SECONDS:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise StoreUnavailable(
            f"{where}: no server answers ({type(error).__name__}); start it with `chroma run`, or mend the address"
        ) from None
    try:
        return chromadb.HttpClient(host=url.hostname, port=port, ssl=url.scheme == "https")
    except Exception as error:  # Chroma raises bare exceptions for what it does not expect of a server
        raise StoreUnavailable(f"{where}: {error}") from error


# --------------------------------------------------------------------------------------------------- embeddings


class _Unknown(Embeddings):
    """Stands for the embedding that filled the store, where only its name is known."""

    def __init__(self, name: str) -> None:
        self.stepcache_fingerprint = name

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Refuse."""
        raise ConfigurationError(
            f"the store was filled by the embedding {self.stepcache_fingerprint!r}: name it, --embeddings MODULE:NAME"
        )

    def embed_query(self, text: str) -> list[float]:
        """Refuse."""
        raise AssertionError(self.embed_documents([text]))


def _as_recorded(recorded: str | None) -> Embeddings:
    """The embedding that filled the store: one of ours if it is that, else its name."""
    for known in (default_embeddings(), HashedEmbeddings()):
        if recorded in (None, fingerprint(known)):
            return known
    return _Unknown(str(recorded))


def chosen_embeddings(name: str | None) -> Embeddings:
    """The embedding of that name: `wordllama` (also None), `hashed`, or `MODULE:NAME`.

    Raises:
        ConfigurationError: there is none.
    """
    if name in (None, "wordllama"):
        return default_embeddings()
    if name == "hashed":
        return HashedEmbeddings()
    module, _, attribute = str(name).partition(":")
    if not module or not attribute:
        raise ConfigurationError(f"--embeddings {name}: give wordllama, hashed, or MODULE:NAME of your own")
    try:
        found = getattr(importlib.import_module(module), attribute)
        found = found() if callable(found) and not isinstance(found, Embeddings) else found
    except (ImportError, AttributeError, TypeError) as error:
        raise ConfigurationError(f"--embeddings {name}: {error}") from error
    if not isinstance(found, Embeddings):
        raise ConfigurationError(f"--embeddings {name}: a {type(found).__name__} is no langchain_core Embeddings")
    return found
