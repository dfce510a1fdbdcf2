"""Many partitions: a bounded number of index files is open, and no row is missed, whatever was set aside."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from chromadb.errors import InternalError, NotFoundError

from stepcache_lc.errors import StoreError
from stepcache_lc.stores import ChromaStore, connection
from tests.stores.samples import entry

PARTITIONS = 12
BOUND = 3


def _vector(partition: int, row: int) -> list[float]:
    rng = random.Random(1_000 * partition + row)
    return [rng.gauss(0, 1) for _ in range(8)]


def _filled(store: ChromaStore, rows: int) -> None:
    store.bind_embedding("e")
    for row in range(rows):
        for partition in range(PARTITIONS):
            store.put(entry(f"{partition} {row}", namespace=f"n{partition}"), _vector(partition, row))


def _missed(store: ChromaStore, rows: int) -> list[str]:
    """Rows whose own vector does not lead to them, in an order that meets another partition each time."""
    missed = []
    for row in range(rows):
        for partition in range(PARTITIONS):
            found = store.nearest(f"n{partition}", "m", _vector(partition, row), 1)
            if [one.entry.id for one in found] != [f"{partition} {row}"]:
                missed.append(f"{partition} {row}")
    return missed


@pytest.fixture
def bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "OPEN_INDEXES", BOUND)


def _index_files(directory: Path) -> int:
    links = [os.path.realpath(link.path) for link in os.scandir("/proc/self/fd")]
    return sum(link.startswith(f"{directory}/") and link.endswith(".bin") for link in links)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
@pytest.mark.usefixtures("bounded")
def test_index_files_are_bounded_and_no_row_is_missed(tmp_path: Path) -> None:
    with ChromaStore(tmp_path) as store:
        _filled(store, 4)
        assert 0 < _index_files(tmp_path) <= BOUND * connection.INDEX_FILES
        assert _missed(store, 4) == []
        assert store.count() == 4 * PARTITIONS
        assert 0 < _index_files(tmp_path) <= BOUND * connection.INDEX_FILES
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e")
        assert _missed(store, 4) == []


@pytest.mark.usefixtures("bounded")
def test_threads_in_other_partitions_do_not_disturb_each_other(tmp_path: Path) -> None:
    failures: list[BaseException] = []
    with ChromaStore(tmp_path) as store:
        store.bind_embedding("e")

        def live(partition: int) -> None:
            try:
                for row in range(8):
                    store.put(entry(f"{partition} {row}", namespace=f"n{partition}"), _vector(partition, row))
                    (found,) = store.nearest(f"n{partition}", "m", _vector(partition, row), 1)
                    assert found.entry.id == f"{partition} {row}"
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=live, args=(partition,)) for partition in range(PARTITIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert _missed(store, 8) == []


_FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
from stepcache_lc.stores import ChromaStore
from tests.stores.samples import entry
with ChromaStore(*sys.argv[1:]) as store:
    store.bind_embedding("e")
    places = range(70)
    for place in places:
        store.put(entry(str(place), namespace=f"n{place}"), [1.0, place])
    for place in [*places, *places]:
        (found,) = store.nearest(f"n{place}", "m", [1.0, place], 1)
        assert found.entry.id == str(place)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
@pytest.mark.parametrize("kind", ["path", "memory"])
def test_a_process_that_may_open_few_files_misses_no_row(tmp_path: Path, kind: str) -> None:
    """Chroma's own limit would be 40 indexes here."""
    where = [str(tmp_path)] if kind == "path" else []
    done = subprocess.run([sys.executable, "-c", _FEW_FILES, *where], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]


@pytest.mark.usefixtures("bounded")
def test_a_database_that_cannot_be_opened_afresh_is_opened_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChromaStore(tmp_path) as store:
        _filled(store, 1)

        def refuse(directory: Path) -> Any:
            raise InternalError("unable to open database file")

        with monkeypatch.context() as patched:
            patched.setattr(connection, "_persistent", refuse)
            with pytest.raises(StoreError):
                _missed(store, 1)
        monkeypatch.setattr(connection, "REOPEN_SECONDS", 0.0)
        store._connection._closed_until = 0.0
        assert _missed(store, 1) == []


@pytest.mark.parametrize("error", [NotFoundError("gone"), InternalError("Missing field: [Missing metadata segment]")])
def test_a_collection_that_is_going_is_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Chroma names a part that is missing where it is asked while another thread drops the collection."""
    with ChromaStore(tmp_path) as store:
        _filled(store, 1)
        tries = 0

        def read(collection: Any) -> str:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise error
            return "read"

        name = next(iter(store._connection.names()))
        assert store._connection.read(name, read, "absent") == "read"
        tries = -1_000
        assert store._connection.read(name, read, "absent") == "absent"
