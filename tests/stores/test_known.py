from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepcache_lc.stores import ChromaStore
from stepcache_lc.stores.known import KnownRows
from tests.stores.samples import entry, exact


def row(number: int) -> str:
    return f"{number:032x}"


def rows(*numbers: int) -> list[list[str]]:
    return [[row(number) for number in numbers]]


def test_rows_are_read_once() -> None:
    known, readings = KnownRows(), []

    def read() -> list[list[str]]:
        readings.append(1)
        return rows(1, 2)

    assert known.lacks("c", row(3), read)
    assert not known.lacks("c", row(1), read)
    known.put("c", [row(3)])
    assert not known.lacks("c", row(3), read)
    assert len(readings) == 1
    known.forget("c")
    assert known.lacks("c", row(3), read)
    assert len(readings) == 2


def test_what_is_put_while_the_rows_are_read_is_known() -> None:
    known = KnownRows()

    def read() -> Iterator[list[str]]:
        yield [row(1)]
        known.put("c", [row(2)])
        assert not known.lacks("c", row(9), lambda: rows())  # another thread meanwhile: nothing is certain yet

    assert not known.lacks("c", row(2), read)
    assert known.lacks("c", row(9), lambda: rows())


def test_rows_that_moved_while_they_were_read_are_read_again() -> None:
    known = KnownRows()

    def read() -> Iterator[list[str]]:
        yield [row(1)]
        known.deleted("c")

    assert not known.lacks("c", row(9), read)
    assert known.lacks("c", row(9), lambda: rows(1))


def test_a_reading_that_fails_leaves_nothing_behind() -> None:
    known = KnownRows()

    def read() -> Iterator[list[str]]:
        yield [row(1)]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        known.lacks("c", row(9), read)
    assert not known.lacks("c", row(2), lambda: rows(2))


def test_it_is_bounded() -> None:
    known = KnownRows(most=5)
    assert known.lacks("a", row(9), lambda: rows(1, 2, 3))
    assert known.lacks("b", row(9), lambda: rows(1, 2, 3))
    assert list(known._known) == ["b"]
    readings = []

    def read() -> list[list[str]]:
        readings.append(1)
        return rows(*range(20, 30))

    for _ in range(3):  # too many: the database is asked each time, but its rows are not read again
        assert not known.lacks("c", row(9), read)
        known.put("c", [row(9)])
    assert len(readings) == 1
    for number in range(10, 20):  # too many in the course of time
        known.put("b", [row(number)])
    assert not known.lacks("b", row(99), lambda: rows())
    assert sum(len(found.rows) for found in known._known.values()) <= 5


@pytest.mark.parametrize("place", ["memory", "path"])
def test_a_store_opened_again_finds_what_it_has_and_asks_nothing_for_the_rest(place: str, tmp_path: Path) -> None:
    store = ChromaStore(tmp_path) if place == "path" else ChromaStore()
    store.bind_embedding("e")
    store.put_many([(entry(f"a{number}"), [1.0, 0.0]) for number in range(20)])
    store.put(exact("b"), None)
    if place == "path":
        store.close()
        store = ChromaStore(tmp_path)
        store.bind_embedding("e")
    with store:
        assert store.get("n", "m", "a7") == entry("a7")
        assert store.get("n", "m", "b") == exact("b")
        asked: list[object] = []
        original = store._metadata
        store._metadata = lambda shelf, rows: asked.append(rows) or original(shelf, rows)  # type: ignore[method-assign]
        assert store.get("n", "m", "never asked") is None
        assert asked == []
        store.put(entry("never asked"), [1.0, 0.0])
        assert store.get("n", "m", "never asked") == entry("never asked")
        store.clear("n")
        assert store.get("n", "m", "a7") is None
        store.put(entry("a7"), [1.0, 0.0])
        assert store.get("n", "m", "a7") == entry("a7")


def test_no_entry_is_lost_to_threads_that_put_delete_clear_and_get() -> None:
    with ChromaStore() as store:
        store.bind_embedding("e")
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(15):
                name = f"{number}"
                store.put(entry(name, text=str(turn)), [1.0, 0.0])
                found = store.get("n", "m", name)
                if found is None or found.text != str(turn):
                    wrong.append(f"{name} at {turn}: {found}")
                store.delete("n", "m", [name])
                if store.get("n", "m", name) is not None:
                    wrong.append(f"{name} at {turn} is still there")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
