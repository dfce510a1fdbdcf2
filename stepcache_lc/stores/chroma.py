"""The Chroma store: in memory, persistent by path, or on a server.

How entries lie in Chroma (see `naming.Shelf`):

- Candidates: one collection per namespace, model and embedding, each row with its request's vector. A query is one
  call without any filter, and it brings the entries along.
- Entries for `exact` only: one collection per namespace; all rows have the same vector, which nobody queries.

An id is in one of the two, so `get` takes one call for a candidate and two otherwise. The encoded entry is metadata and
not the row's document: Chroma indexes documents for full-text search, which makes a write about 40 % slower.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import chromadb
from chromadb.errors import InvalidArgumentError, InvalidDimensionException

from stepcache_lc.core.types import Candidate, Entry
from stepcache_lc.errors import ConfigurationError, StoreError, StoreMismatch
from stepcache_lc.stores.base import Store, check_vector, plain_vector, surplus
from stepcache_lc.stores.codec import SCHEMA_VERSION, CodecError, decode_entry, encode_entry
from stepcache_lc.stores.connection import Connection, open_client, open_memory, open_path, release, translated
from stepcache_lc.stores.naming import Shelf, digest, row_id

logger = logging.getLogger(__name__)

DEFAULT_PREFIX: Final = "stepcache"
IDS_PAGE: Final = 5_000
ROWS_PAGE: Final = 100
KNOWN_PAGE: Final = 50_000
"""Chroma counts its way to each page again: all ids of 100,000 rows in pages of 5,000 take five times as long."""
PUT_PAGE: Final = 1_000
EVICTION_WINDOW: Final = 1_000
_NO_VECTOR: Final = [1.0]
_PREFIX: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class ChromaStore(Store):
    """Entries in Chroma.

    Args:
        path: Directory of a persistent database, created if need be; None: in memory.
        client: An open synchronous `chromadb` client (`HttpClient`, `CloudClient`, ...) to use; not closed here.
        prefix: What the names of the collections start with; default `stepcache`. In memory it is random, because all
            in-memory clients of a process share their data.

    Raises:
        ConfigurationError: an argument is wrong.
        StoreUnavailable: no usable directory, or no answer from the server.
        StoreLocked: another process has the path open.
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, *, client: Any | None = None, prefix: str | None = None
    ) -> None:
        if path is not None and client is not None:
            raise ConfigurationError("store: give either a path or a client, not both")
        if prefix is not None and not _PREFIX.fullmatch(str(prefix)):
            raise ConfigurationError(f"prefix: {prefix!r} is not made of up to 64 letters, digits, '-' and '_'")
        if client is not None:
            self._connection = open_client(client, prefix or DEFAULT_PREFIX)
        elif path is not None:
            self._connection = open_path(path, prefix or DEFAULT_PREFIX)
        elif prefix is not None:
            raise ConfigurationError("prefix: it needs a path or a client; an in-memory store has a prefix of its own")
        else:
            self._connection = open_memory()
        self.shared = not self._connection.exclusive
        self._client = client
        self._place = (None if path is None else os.fspath(path), prefix)
        self._closed = False
        self._embedding: str | None = None
        self._foreign = False
        """Whether candidates of another embedding were there when the embedding was bound."""
        self._evicting = threading.Lock()

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickle the way to the database, never what is in it: a copy of an in-memory store starts empty."""
        if self._client is None:
            return _reopened, self._place
        settings = self._client.get_settings()
        if not settings.chroma_server_host or settings.chroma_server_headers:
            raise TypeError(
                "a store on this chromadb client cannot be pickled: only a path, or a server that needs no headers, "
                "can be opened again from what it is"
            )
        server = (
            settings.chroma_server_host,
            settings.chroma_server_http_port,
            bool(settings.chroma_server_ssl_enabled),
        )
        return _reconnected, (*server, self._client.tenant, self._client.database, self._place[1])

    @property
    def stamp(self) -> object:
        """Another object after each removal by this process."""
        return self._connection.stamp

    def get(self, namespace: str, model: str, entry_id: str) -> Entry | None:
        """Return the entry with that id."""
        with translated("store: get"):
            row = row_id(namespace, model, entry_id)
            for shelf in self._places(namespace, model):
                if self._lacks(shelf, row):
                    continue
                for found, metadata in self._metadata(shelf, [row]).items():
                    return self._decode(found, metadata)
        return None

    def nearest(self, namespace: str, model: str, vector: Sequence[float], k: int) -> list[Candidate]:
        """Return up to `k` candidates by cosine similarity, best first."""
        query = plain_vector(vector)
        if k < 1:
            return []
        with translated("store: nearest"), _dimensions():
            name = self._name(Shelf.of_candidates(namespace, model, self._bound()))
            found = self._open().read(
                name,
                lambda collection: collection.query(
                    query_embeddings=[query], n_results=k, include=["metadatas", "distances"]
                ),
                None,
            )
        if found is None:
            return []
        candidates = []
        for row, metadata, distance in zip(found["ids"][0], found["metadatas"][0], found["distances"][0], strict=True):
            entry = self._decode(row, metadata)
            if entry is not None and entry.candidate:
                # A zero vector has no direction; whatever distance Chroma gives it then, it is near to nothing.
                similarity = 1.0 - distance if distance is not None and distance == distance else 0.0
                candidates.append(Candidate(entry, min(1.0, max(-1.0, similarity))))
        return candidates

    def put(self, entry: Entry, vector: Sequence[float] | None) -> None:
        """Insert or replace; on return the entry is durable if the store is persistent."""
        self.put_many([(entry, vector)])

    def put_many(self, items: Sequence[tuple[Entry, Sequence[float] | None]]) -> None:
        """Insert or replace many, a page at a time."""
        shelves: dict[tuple[Shelf, Shelf], dict[str, tuple[Entry, list[float] | None]]] = {}
        last = {row_id(entry.namespace, entry.model, entry.id): (entry, vector) for entry, vector in items}
        bound = self._bound()
        for row, (entry, vector) in last.items():
            checked = check_vector(entry, vector)
            own = Shelf.of_candidates(entry.namespace, entry.model, bound)
            exact = Shelf.of_exact(entry.namespace)
            places = (exact, own) if checked is None else (own, exact)
            shelves.setdefault(places, {})[row] = (entry, checked)
        with translated("store: put"), _dimensions():
            for (shelf, other), rows in shelves.items():
                for start in range(0, len(rows), PUT_PAGE):
                    self._put_page(shelf, other, dict(list(rows.items())[start : start + PUT_PAGE]), bound)

    def _put_page(
        self, shelf: Shelf, other: Shelf, rows: dict[str, tuple[Entry, list[float] | None]], bound: str
    ) -> None:
        connection = self._open()
        ids, entries = list(rows), [entry for entry, _ in rows.values()]
        vectors = [_NO_VECTOR if vector is None else vector for _, vector in rows.values()]
        metadatas = [{"entry": encode_entry(entry), "created": entry.created} for entry in entries]
        # Remove first: if the process dies in between, an answer is lost, but no outdated one comes back.
        self._remove(other, [row for row in ids if not self._lacks(other, row)])
        self._write(shelf, entries[0], ids, vectors, metadatas)
        connection.sizes.grew(entries[0].namespace, len(ids))

    def delete(self, namespace: str, model: str, ids: Sequence[str]) -> int:
        """Remove entries; return how many went."""
        rows = list(dict.fromkeys(row_id(namespace, model, entry_id) for entry_id in ids))
        if not rows:
            return 0
        gone: set[str] = set()
        with translated("store: delete"):
            for shelf in self._shelves(namespace, model):
                gone.update(self._remove(shelf, rows))
            for row in gone:
                self._open().recency.forget(row)
            self._open().removed()
        return len(gone)

    def entries(self, namespace: str | None = None, model: str | None = None) -> Iterator[Entry]:
        """Iterate over the entries that are there when the iteration starts."""
        with translated("store: entries"):
            listed = [(shelf, self._rows(shelf)) for shelf in self._shelves(namespace, model)]
        seen: set[str] = set()
        for shelf, rows in listed:
            fresh = [row for row in rows if row not in seen]
            if len(listed) > 1:
                seen.update(fresh)
            for start in range(0, len(fresh), ROWS_PAGE):
                with translated("store: entries"):
                    page = self._metadata(shelf, fresh[start : start + ROWS_PAGE])
                for row, metadata in page.items():
                    entry = self._decode(row, metadata)
                    if entry is not None and model in (None, entry.model):
                        yield entry

    def count(self, namespace: str | None = None) -> int:
        """Count the entries of a namespace, or all."""
        with translated("store: count"):
            return sum(self._size(shelf) for shelf in self._shelves(namespace))

    def evict(self, namespace: str, keep: int) -> list[str]:
        """Bring a namespace down to `keep` entries if it holds more; the least recently used go first.

        It looks at the entries inserted first, of a large namespace not at all of them.
        """
        with translated("store: evict"):
            sizes = self._open().sizes
            if not sizes.may_exceed(namespace, keep) or not self._evicting.acquire(blocking=False):
                return []
            try:
                size = self.count(namespace)
                evicted = self._evict(namespace, size - keep + surplus(keep)) if size > keep else []
                sizes.counted(namespace, self.count(namespace) if size > keep else size)
            finally:
                self._evicting.release()
            if evicted:
                self._open().removed()
        return evicted

    def touch(self, namespace: str, model: str, entry_id: str) -> None:
        """Note that this entry was used."""
        self._connection.recency.touch(row_id(namespace, model, entry_id))

    def clear(self, namespace: str) -> None:
        """Remove all entries of a namespace."""
        with translated("store: clear"):
            for shelf in self._shelves(namespace):
                self._open().drop(self._name(shelf))
            self._open().sizes.counted(namespace, 0)
            self._open().removed()

    def bind_embedding(self, fingerprint: str) -> bool:
        """Use this embedding from now on; False if another one filled the store."""
        with translated("store: bind_embedding"):
            connection = self._open()
            recorded = connection.about(_about(fingerprint)).get("embedding")
            self._embedding = fingerprint
            self._foreign = any(self._size(shelf) for shelf in self._shelves() if self._is_foreign(shelf))
            if recorded != _about(fingerprint)["embedding"]:
                if self._foreign:
                    return False
                connection.record(_about(fingerprint))
        return True

    def reset_embedding(self, fingerprint: str) -> None:
        """Record that the store was reindexed; candidates that were not are kept for `exact`."""
        with translated("store: reset_embedding"):
            self._embedding = fingerprint
            for shelf in [shelf for shelf in self._shelves() if self._is_foreign(shelf)]:
                self._demote(shelf)
                self._open().drop(self._name(shelf))
            self._open().record(_about(fingerprint))
            self._foreign = False

    def filled_by(self) -> tuple[int | None, str | None]:
        """Version of the stored form and fingerprint of the embedding that the database says it was filled with.

        None where it says nothing: no cache has used it under this prefix.
        """
        with translated("store: filled_by"):
            about = self._open().about()
        version, embedding = about.get("stepcache"), about.get("embedding")
        return (
            version if isinstance(version, int) else None,
            str(json.loads(embedding)) if isinstance(embedding, str) else None,
        )

    def close(self) -> None:
        """Release the store; the last user of a path closes it. In memory, all that was stored is dropped."""
        if not self._closed:
            self._closed = True
            release(self._connection)

    def _open(self) -> Connection:
        if self._closed:
            raise StoreError("the store is closed")
        if self._connection.inherited:
            raise StoreError("the store was opened before this process was forked; open it after the fork")
        return self._connection

    def _bound(self) -> str:
        """The embedding in use: the bound one, else the one that filled the store (for tools that only look)."""
        if self._embedding is None:
            recorded = self._open().about().get("embedding")
            self._embedding = json.loads(recorded) if isinstance(recorded, str) else ""
        return self._embedding

    def _name(self, shelf: Shelf) -> str:
        return shelf.name(self._open().prefix)

    def _places(self, namespace: str, model: str) -> Iterator[Shelf]:
        """Where an entry may be, likeliest first."""
        yield Shelf.of_candidates(namespace, model, self._bound())
        yield Shelf.of_exact(namespace)
        if self._foreign:
            yield from (shelf for shelf in self._shelves(namespace, model) if self._is_foreign(shelf))

    def _shelves(self, namespace: str | None = None, model: str | None = None) -> list[Shelf]:
        """All shelves that may hold such entries; those of another embedding last."""
        connection = self._open()
        parsed = (Shelf.parse(name, connection.prefix) for name in connection.names())
        found = [
            shelf
            for shelf in parsed
            if shelf is not None
            and (namespace is None or shelf.namespace == digest(namespace))
            and (model is None or shelf.kind == "exact" or shelf.model == digest(model))
        ]
        return sorted(found, key=self._is_foreign)

    def _is_foreign(self, shelf: Shelf) -> bool:
        return shelf.kind == "candidates" and shelf.embedding != digest(self._bound())

    def _size(self, shelf: Shelf) -> int:
        return self._open().read(self._name(shelf), lambda collection: int(collection.count()), 0)

    def _rows(self, shelf: Shelf) -> list[str]:
        """Ids of all rows, in the order of their insertion."""
        return [row for page in self._rows_pages(shelf) for row in page]

    def _rows_pages(self, shelf: Shelf, size: int = IDS_PAGE) -> Iterator[list[str]]:
        offset = 0
        while page := self._rows_page(shelf, offset, size):
            yield page
            offset += len(page)

    def _lacks(self, shelf: Shelf, row: str) -> bool:
        """Whether a row is certainly not on the shelf."""
        known = self._open().known
        return known is not None and known.lacks(self._name(shelf), row, lambda: self._rows_pages(shelf, KNOWN_PAGE))

    def _rows_page(self, shelf: Shelf, offset: int, size: int) -> list[str]:
        return self._open().read(
            self._name(shelf),
            lambda collection: list(collection.get(include=[], limit=size, offset=offset)["ids"]),
            [],
        )

    def _metadata(self, shelf: Shelf, rows: Sequence[str]) -> dict[str, Any]:
        """What is stored in those of the rows that are there."""
        found = self._open().read(
            self._name(shelf), lambda collection: collection.get(ids=list(rows), include=["metadatas"]), None
        )
        return {} if found is None else dict(zip(found["ids"], found["metadatas"], strict=True))

    def _remove(self, shelf: Shelf, rows: Sequence[str]) -> list[str]:
        """Delete those of the rows that are there. Looking first is cheap; deleting what is not there costs a write."""

        def call(collection: Any) -> list[str]:
            removed: list[str] = []
            for start in range(0, len(rows), IDS_PAGE):
                present = collection.get(ids=list(rows[start : start + IDS_PAGE]), include=[])["ids"]
                if present:
                    collection.delete(ids=present)
                removed += present
            return removed

        if not rows:
            return []
        gone: list[str] = self._open().read(self._name(shelf), call, [])
        known = self._open().known
        if gone and known is not None:
            known.deleted(self._name(shelf))
        return gone

    def _evict(self, namespace: str, excess: int) -> list[str]:
        last = self._open().recency.last
        aged: list[tuple[float, Shelf, str]] = []
        for shelf in self._shelves(namespace):
            idle: list[str] = []
            for row in self._oldest(shelf, max(EVICTION_WINDOW, 2 * excess)):
                used = last(row)
                if used is None:
                    idle.append(row)
                else:
                    aged.append((used, shelf, row))
            opened = self._open().recency.opened
            aged += [(min(_created(metadata), opened), shelf, row) for row, metadata in self._paged(shelf, idle)]
        aged.sort(key=lambda item: item[0])
        victims: dict[Shelf, list[str]] = {}
        for _, shelf, row in aged[:excess]:
            victims.setdefault(shelf, []).append(row)
            self._open().recency.forget(row)
        evicted: list[str] = []
        for shelf, rows in victims.items():
            entries = (self._decode(row, metadata) for row, metadata in self._paged(shelf, rows))
            evicted += [entry.id for entry in entries if entry is not None]
            self._remove(shelf, rows)
        return evicted

    def _oldest(self, shelf: Shelf, idle: int) -> Iterator[str]:
        """Rows in the order of their insertion, until so many were met that were not used lately.

        What lies behind is younger, so that eviction need not read a whole large collection.
        """
        for page in self._rows_pages(shelf):
            for row in page:
                idle -= self._open().recency.last(row) is None
                yield row
                if not idle:
                    return

    def _paged(self, shelf: Shelf, rows: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for start in range(0, len(rows), ROWS_PAGE):
            yield from self._metadata(shelf, rows[start : start + ROWS_PAGE]).items()

    def _demote(self, shelf: Shelf) -> None:
        """Keep for `exact` what lies on this shelf of another embedding and nowhere else."""
        own = Shelf("candidates", shelf.namespace, shelf.model, digest(self._bound()))
        exact = Shelf("exact", shelf.namespace)
        rows = self._rows(shelf)
        for start in range(0, len(rows), ROWS_PAGE):
            page = self._metadata(shelf, rows[start : start + ROWS_PAGE])
            for known in (own, exact):
                for row in self._metadata(known, list(page)) if page else ():
                    del page[row]
            kept = {row: entry for row, metadata in page.items() if (entry := self._decode(row, metadata)) is not None}
            if kept:
                first = next(iter(kept.values()))
                self._write(exact, first, list(kept), [_NO_VECTOR] * len(kept), [page[row] for row in kept])

    def _write(
        self, shelf: Shelf, first: Entry, rows: list[str], vectors: list[list[float]], metadatas: list[Any]
    ) -> None:
        """Insert or replace rows; the collection is made if need be, and named after the first entry."""
        connection, name = self._open(), self._name(shelf)
        if connection.known is not None:
            connection.known.put(name, rows)
        connection.write(
            name,
            _shelf_metadata(first, shelf, self._bound()),
            lambda collection: collection.upsert(ids=rows, embeddings=vectors, metadatas=metadatas),
        )
        if connection.known is not None:
            connection.known.put(name, rows)

    def _decode(self, row: str, metadata: Any) -> Entry | None:
        """The entry in a row; None if it cannot be trusted, or was not put under this row's id."""
        if metadata is None:
            # Chroma names rows of a collection that is being dropped, without what was in them.
            return None
        try:
            entry = decode_entry(metadata["entry"] if isinstance(metadata, dict) and "entry" in metadata else "")
            if row_id(entry.namespace, entry.model, entry.id) == row:
                return entry
            why = "it is filed under another id"
        except CodecError as error:
            why = str(error)
        self.skipped += 1
        logger.warning("a stored entry is skipped: %s", why)
        return None


@contextmanager
def _dimensions() -> Iterator[None]:
    """Name the one error that says that the embedding changed without its fingerprint changing."""
    try:
        yield
    except (InvalidArgumentError, InvalidDimensionException) as error:
        if "dimension" not in str(error):
            raise
        raise StoreMismatch(f"the store holds vectors of another dimension ({error}); reindex it") from error


def _about(fingerprint: str) -> dict[str, Any]:
    return {"stepcache": SCHEMA_VERSION, "embedding": json.dumps(fingerprint)}


def _shelf_metadata(entry: Entry, shelf: Shelf, embedding: str) -> dict[str, Any]:
    """What a person who looks at the database finds written on a collection; the names only hold digests."""
    said = {"stepcache": SCHEMA_VERSION, "kind": shelf.kind, "namespace": json.dumps(entry.namespace)}
    if shelf.kind == "candidates":
        said |= {"model": json.dumps(entry.model), "embedding": json.dumps(embedding)}
    return said


def _created(metadata: Any) -> float:
    created = metadata.get("created") if isinstance(metadata, dict) else None
    return float(created) if isinstance(created, int | float) else -math.inf


def _reopened(path: str | None, prefix: str | None) -> ChromaStore:
    return ChromaStore(path, prefix=prefix)


def _reconnected(host: str, port: int, ssl: bool, tenant: str, database: str, prefix: str | None) -> ChromaStore:
    client = chromadb.HttpClient(host=host, port=port, ssl=ssl, tenant=tenant, database=database)
    return ChromaStore(client=client, prefix=prefix)
