from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromadb
import pytest

from stepcache_lc.errors import ConfigurationError, StoreError, StoreMismatch, StoreUnavailable
from stepcache_lc.stores import ChromaStore
from stepcache_lc.stores.codec import encode_entry
from stepcache_lc.stores.naming import Shelf, row_id
from tests.stores.samples import entry, exact
from tests.stores.store_suite import StoreSuite


class TestChromaByPath(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ChromaStore]:
        with ChromaStore(tmp_path / "db") as store:
            yield store


def test_entries_outlive_the_store(tmp_path: Path) -> None:
    with ChromaStore(tmp_path / "new" / "db") as store:
        assert store.bind_embedding("e1")
        store.put(entry("a"), [1.0, 0.0])
        store.put(exact("b"), None)
    with ChromaStore(str(tmp_path / "new" / "db")) as store:
        # A tool that only looks need not know the embedding.
        assert store.get("n", "m", "a") == entry("a")
        assert store.get("n", "m", "b") == exact("b")
        assert not store.bind_embedding("e2")
        assert store.bind_embedding("e1")
        assert [found.entry for found in store.nearest("n", "m", [1.0, 0.0], 2)] == [entry("a")]
        with pytest.raises(StoreMismatch):
            store.nearest("n", "m", [1.0], 1)
        assert store.count() == 2
        store.clear("n")
    with ChromaStore(tmp_path / "new" / "db") as store:
        assert store.count() == 0


def test_a_reindex_that_was_broken_off_can_be_repeated(tmp_path: Path) -> None:
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e1")
        for name in "abc":
            store.put(entry(name), [1.0, 0.0])
    with ChromaStore(tmp_path) as store:
        assert not store.bind_embedding("e2")
        store.put(entry("a"), [1.0, 0.0, 0.0])
    with ChromaStore(tmp_path) as store:
        assert not store.bind_embedding("e2")
        assert sorted(kept.id for kept in store.entries()) == ["a", "b", "c"]
        for kept in store.entries():
            store.put(kept, [0.0, 1.0, 0.0])
        store.reset_embedding("e2")
        assert len(store.nearest("n", "m", [0.0, 1.0, 0.0], 9)) == store.count() == 3


def test_one_path_is_one_open_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "db")
    monkeypatch.chdir(tmp_path)
    first = ChromaStore(tmp_path / "db")
    others = [ChromaStore("db"), ChromaStore(tmp_path / "link"), ChromaStore("./x/../db/")]
    first.put(entry("a"), [1.0])
    assert [store.get("n", "m", "a") for store in others] == [entry("a")] * 3
    others[0].put(exact("b"), None)
    first.close()
    first.close()
    assert others[1].get("n", "m", "b") == exact("b")
    for store in others:
        store.close()
    with ChromaStore("db") as again:
        assert again.count() == 2


def test_one_path_has_one_prefix_at_a_time(tmp_path: Path) -> None:
    with ChromaStore(tmp_path, prefix="one"), pytest.raises(ConfigurationError, match="prefix"):
        ChromaStore(tmp_path, prefix="two")
    with ChromaStore(tmp_path, prefix="two") as store:
        assert store.count() == 0


@pytest.mark.parametrize("path", ["", "  ", "a\0b", 7, b"\xff", object()])
def test_what_is_no_path_is_refused(path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="store"):
        ChromaStore(path)


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreUnavailable, match=r"store: .*not a directory"):
        ChromaStore(tmp_path / "file")
    with pytest.raises(StoreUnavailable, match=r"store: .*not a directory"):
        ChromaStore(tmp_path / "file" / "db")


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory that not even root may write to")
def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"store: .*may write to"):
        ChromaStore("/proc/self/stepcache")
    with pytest.raises(StoreUnavailable, match=r"store: .*not writable"):
        ChromaStore("/proc/self/fdinfo")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_directory(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreUnavailable, match="not writable"):
        ChromaStore(tmp_path)


def test_something_else_in_the_directory(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"this is no database" * 300)
    for _ in range(2):  # the first failure leaves no lock behind
        with pytest.raises(StoreUnavailable, match="move what is in it out of the way"):
            ChromaStore(tmp_path)


def plant(path: Path, shelf: Shelf, rows: dict[str, Any], vector: list[float]) -> None:
    """Write rows as somebody else would, past the store."""
    with chromadb.PersistentClient(path, chromadb.Settings(anonymized_telemetry=False)) as client:
        collection = client.get_collection(shelf.name("stepcache"), embedding_function=None)
        for row, metadata in rows.items():
            collection.upsert(ids=[row], embeddings=[vector], metadatas=[metadata], documents=["x"])


def test_rows_that_cannot_be_trusted_are_skipped(tmp_path: Path) -> None:
    candidates, exacts = Shelf.of_candidates("n", "m", "e"), Shelf.of_exact("n")
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e")
        store.put(entry("good"), [1.0, 0.0])
        store.put(exact("well"), None)
    newer = json.loads(encode_entry(entry("newer")))
    newer["version"] += 1
    bad = {
        "torn": {"entry": encode_entry(entry("torn"))[:-20]},
        "altered": {"entry": encode_entry(entry("altered")).replace("x = 5", "x = 6")},
        "newer": {"entry": json.dumps(newer)},
        "number": {"entry": 7},
        "nothing": {"other": "x"},
        "none": None,
        "moved": {"entry": encode_entry(entry("elsewhere"))},
        "foreign": {"entry": encode_entry(entry("foreign", namespace="o"))},
    }
    for shelf, vector in ((candidates, [1.0, 0.0]), (exacts, [1.0])):
        plant(tmp_path, shelf, {row_id("n", "m", name): value for name, value in bad.items()}, vector)
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e")
        for name in bad:
            before = store.skipped
            assert store.get("n", "m", name) is None
            # A row without anything in it is one that is being dropped: no fault.
            assert store.skipped == before + (bad[name] is not None)
        before = store.skipped
        assert [found.entry.id for found in store.nearest("n", "m", [1.0, 0.0], 20)] == ["good"]
        assert store.skipped == before + len(bad) - 1
        assert sorted(kept.id for kept in store.entries()) == ["good", "well"]
        # A bad row gives way to the next answer to its request, and to eviction before any good one.
        store.put(entry("torn"), [1.0, 0.0])
        assert store.get("n", "m", "torn") == entry("torn")
        assert store.delete("n", "m", ["altered"]) == 1
        assert store.count() > 3
        assert store.evict("n", 3) == []
        assert store.count() == 3
        assert sorted(kept.id for kept in store.entries()) == ["good", "torn", "well"]


def test_a_database_that_is_torn_under_the_store_raises_a_store_error(tmp_path: Path) -> None:
    with ChromaStore(tmp_path) as store:
        store.put(entry("a"), [1.0])
        (tmp_path / "chroma.sqlite3").write_bytes(b"\xff" * 4096)
        with pytest.raises(StoreError):
            store.put(entry("b"), [1.0])
