"""What every store must do. A backend subclasses `StoreSuite` and gives a fixture `store`, empty and unshared."""

from __future__ import annotations

import math
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stepcache_lc.errors import StoreError, StoreMismatch
from stepcache_lc.stores import Store
from tests.stores.samples import entry, exact

AWKWARD = ["", " ", "a.b/c", "\0", "\ud800", "é" * 300, "x" * 5_000, '"\\', "🙂"]


def cosine(a: list[float], b: list[float]) -> float:
    dot = sum(x * y for x, y in zip(a, b, strict=True))
    return dot / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(y * y for y in b))


class StoreSuite:
    @pytest.fixture(autouse=True)
    def _bound(self, store: Store) -> None:
        assert store.bind_embedding("embedding-1")

    def test_an_empty_store_has_nothing(self, store: Store) -> None:
        assert store.get("n", "m", "id-1") is None
        assert store.nearest("n", "m", [1.0, 0.0], 3) == []
        assert store.delete("n", "m", ["id-1"]) == 0
        assert store.delete("n", "m", []) == 0
        assert list(store.entries()) == []
        assert store.count() == store.count("n") == 0
        assert store.evict("n", 0) == []
        store.touch("n", "m", "id-1")
        store.clear("n")
        assert store.skipped == 0

    def test_what_was_put_is_found_unchanged(self, store: Store) -> None:
        store.put(entry("a"), [1.0, 0.0])
        store.put(exact("b", text="a\0b\ud800", note="\ud83d\ude00"), None)
        assert store.get("n", "m", "a") == entry("a")
        assert store.get("n", "m", "b") == exact("b", text="a\0b\ud800", note="\ud83d\ude00")
        assert store.get("n", "m", "c") is None
        assert store.count("n") == 2

    def test_put_replaces(self, store: Store) -> None:
        store.put(entry("a", text="old"), [1.0, 0.0])
        store.put(entry("a", text="new"), [0.0, 1.0])
        assert store.count() == 1
        assert store.get("n", "m", "a") == entry("a", text="new")
        (found,) = store.nearest("n", "m", [0.0, 1.0], 5)
        assert found.entry == entry("a", text="new")
        assert found.similarity == pytest.approx(1.0, abs=1e-5)

    def test_a_candidate_becomes_exact_only_and_back(self, store: Store) -> None:
        store.put(entry("a", text="1"), [1.0, 0.0])
        store.put(exact("a", text="2"), None)
        assert store.nearest("n", "m", [1.0, 0.0], 5) == []
        assert store.get("n", "m", "a") == exact("a", text="2")
        store.put(entry("a", text="3"), [1.0, 0.0])
        assert [found.entry.text for found in store.nearest("n", "m", [1.0, 0.0], 5)] == ["3"]
        assert store.get("n", "m", "a") == entry("a", text="3")
        assert store.count() == len(list(store.entries())) == 1

    def test_namespaces_models_and_ids_are_apart(self, store: Store) -> None:
        for namespace, model, entry_id in [("n", "m", "a"), ("n", "k", "a"), ("o", "m", "a"), ("nm", "", "a")]:
            for make, vector in ((entry, [1.0, 0.0]), (exact, None)):
                name = entry_id if vector else entry_id + "-exact"
                store.put(make(name, namespace=namespace, model=model, text=namespace + "/" + model), vector)
        for namespace, model in [("n", "m"), ("n", "k"), ("o", "m"), ("nm", "")]:
            for name in ("a", "a-exact"):
                found = store.get(namespace, model, name)
                assert found is not None
                assert found.text == namespace + "/" + model
            (candidate,) = store.nearest(namespace, model, [1.0, 0.1], 5)
            assert (candidate.entry.namespace, candidate.entry.model) == (namespace, model)
        assert store.get("", "nm", "a") is None
        assert store.nearest("n", "x", [1.0, 0.0], 5) == []
        assert (store.count(), store.count("n"), store.count("nm"), store.count("x")) == (8, 4, 2, 0)
        assert store.delete("n", "m", ["a", "a-exact"]) == 2
        assert store.get("n", "k", "a") is not None
        assert store.get("n", "k", "a-exact") is not None

    @pytest.mark.parametrize("name", AWKWARD)
    def test_awkward_names(self, store: Store, name: str) -> None:
        for make, vector in ((entry, [1.0, 0.0]), (exact, None)):
            kept = make(name + str(vector), namespace=name, model=name)
            store.put(kept, vector)
            assert store.get(name, name, kept.id) == kept
            assert kept in store.entries(name, name)
        assert store.count(name) == 2
        assert len(store.nearest(name, name, [1.0, 0.0], 2)) == 1
        assert store.delete(name, name, [f"{name}None", f"{name}[1.0, 0.0]"]) == 2
        assert store.count() == 0

    def test_nearest_is_by_cosine_best_first(self, store: Store) -> None:
        chance = random.Random(7)
        vectors = {f"v{i}": [chance.gauss(0, 1) * (i + 1) for _ in range(6)] for i in range(20)}
        for name, vector in vectors.items():
            store.put(entry(name), vector)
            store.put(exact(name + "-exact"), None)
        query = [chance.gauss(0, 1) for _ in range(6)]
        expected = sorted(vectors, key=lambda name: -cosine(vectors[name], query))[:5]
        found = store.nearest("n", "m", query, 5)
        assert [candidate.entry.id for candidate in found] == expected
        for candidate in found:
            assert candidate.similarity == pytest.approx(cosine(vectors[candidate.entry.id], query), abs=1e-4)

    def test_nearest_returns_at_most_k_and_only_candidates(self, store: Store) -> None:
        for i in range(3):
            store.put(entry(f"c{i}"), [1.0, float(i)])
            store.put(exact(f"x{i}"), None)
        assert len(store.nearest("n", "m", [1.0, 0.0], 2)) == 2
        assert {found.entry.id for found in store.nearest("n", "m", [1.0, 0.0], 50)} == {"c0", "c1", "c2"}
        assert store.nearest("n", "m", [1.0, 0.0], 0) == []

    def test_similarity_covers_opposite_and_zero_vectors(self, store: Store) -> None:
        store.put(entry("same"), [2.0, 0.0])
        store.put(entry("opposite"), [-1.0, 0.0])
        found = {c.entry.id: c.similarity for c in store.nearest("n", "m", [1.0, 0.0], 5)}
        assert found == {"same": pytest.approx(1.0, abs=1e-5), "opposite": pytest.approx(-1.0, abs=1e-5)}
        assert all(abs(c.similarity) <= 1e-5 for c in store.nearest("n", "m", [0.0, 0.0], 5))

    @pytest.mark.parametrize("vector", [[], [float("nan"), 1.0], [float("inf"), 1.0]])
    def test_absurd_vectors_are_refused(self, store: Store, vector: list[float]) -> None:
        with pytest.raises(StoreError, match="vector"):
            store.put(entry("a"), vector)
        with pytest.raises(StoreError, match="vector"):
            store.nearest("n", "m", vector, 3)
        assert store.count() == 0

    def test_a_vector_belongs_to_a_candidate(self, store: Store) -> None:
        with pytest.raises(StoreError, match="vector"):
            store.put(entry("a"), None)
        with pytest.raises(StoreError, match="vector"):
            store.put(exact("a"), [1.0])

    def test_another_dimension_is_a_mismatch(self, store: Store) -> None:
        store.put(entry("a"), [1.0, 0.0])
        with pytest.raises(StoreMismatch):
            store.put(entry("b"), [1.0, 0.0, 0.0])
        with pytest.raises(StoreMismatch):
            store.nearest("n", "m", [1.0, 0.0, 0.0], 1)
        assert [found.entry.id for found in store.nearest("n", "m", [1.0, 0.0], 5)] == ["a"]

    def test_entries_by_namespace_and_model(self, store: Store) -> None:
        for namespace in "no":
            for model in "mk":
                store.put(entry("c", namespace=namespace, model=model), [1.0])
                store.put(exact("x", namespace=namespace, model=model), None)

        def listed(namespace: str | None = None, model: str | None = None) -> list[str]:
            return sorted(e.namespace + e.model + e.id for e in store.entries(namespace, model))

        assert listed() == ["nkc", "nkx", "nmc", "nmx", "okc", "okx", "omc", "omx"]
        assert listed("n") == ["nkc", "nkx", "nmc", "nmx"]
        assert listed(None, "m") == ["nmc", "nmx", "omc", "omx"]
        assert listed("o", "k") == ["okc", "okx"]
        assert listed("p") == []

    def test_entries_in_many_pages_while_they_are_deleted(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("stepcache_lc.stores.chroma.ROWS_PAGE", 7)
        monkeypatch.setattr("stepcache_lc.stores.chroma.IDS_PAGE", 10)
        for i in range(25):
            store.put(exact(f"x{i}"), None)
        seen = set()
        for found in store.entries("n"):
            seen.add(found.id)
            store.delete("n", "m", [found.id])
        assert seen == {f"x{i}" for i in range(25)}
        assert store.count() == 0

    def test_delete_counts_what_went(self, store: Store) -> None:
        store.put(entry("a"), [1.0])
        store.put(exact("b"), None)
        store.put(exact("c"), None)
        assert store.delete("n", "m", ["a", "b", "b", "gone"]) == 2
        assert store.delete("n", "m", ["a", "b"]) == 0
        assert store.get("n", "m", "a") is None
        assert store.nearest("n", "m", [1.0], 5) == []
        assert [e.id for e in store.entries()] == ["c"]

    def test_clear_empties_one_namespace(self, store: Store) -> None:
        for namespace in "no":
            store.put(entry("c", namespace=namespace), [1.0])
            store.put(exact("x", namespace=namespace), None)
        store.clear("n")
        assert (store.count("n"), store.count("o")) == (0, 2)
        assert store.get("n", "m", "c") is None
        assert store.nearest("n", "m", [1.0], 5) == []
        store.put(entry("c"), [1.0])
        assert store.get("n", "m", "c") == entry("c")

    def test_evict_removes_what_was_created_first(self, store: Store) -> None:
        for i, created in enumerate([5.0, 1.0, 4.0, 2.0, 3.0, 6.0]):
            store.put(
                entry(f"e{i}", created=created) if i % 2 else exact(f"e{i}", created=created), [1.0] if i % 2 else None
            )
        store.put(exact("other", namespace="o", created=0.0), None)
        assert store.evict("n", 10) == []
        assert set(store.evict("n", 4)) == {"e1", "e3"}
        assert {e.id for e in store.entries("n")} == {"e0", "e2", "e4", "e5"}
        assert store.evict("n", 4) == []
        assert store.count("o") == 1

    def test_evict_spares_what_was_used(self, store: Store) -> None:
        for i in range(6):
            store.put(exact(f"e{i}", created=float(i)), None)
        for i in (1, 0):
            store.touch("n", "m", f"e{i}")
        assert set(store.evict("n", 3)) == {"e2", "e3", "e4"}
        assert store.evict("n", 2) == ["e5"]
        assert store.evict("n", 1) == ["e1"]
        assert set(store.evict("n", 0)) == {"e0"}
        assert store.count() == 0

    def test_evict_takes_a_surplus_at_once(self, store: Store) -> None:
        for i in range(51):
            store.put(exact(f"e{i}", created=float(i)), None)
        assert set(store.evict("n", 50)) == {"e0", "e1"}
        assert store.count("n") == 49

    def test_evict_as_puts_go_on(self, store: Store) -> None:
        for i in range(9):
            store.put(exact(f"e{i}", created=float(i)), None)
            store.evict("n", 5)
            assert store.count("n") <= 5
        assert {e.id for e in store.entries()} == {f"e{i}" for i in range(4, 9)}

    def test_another_embedding_asks_for_reindex(self, store: Store) -> None:
        store.put(entry("a"), [1.0, 0.0])
        store.put(entry("b"), [0.0, 1.0])
        store.put(exact("c"), None)
        assert store.bind_embedding("embedding-1")
        assert not store.bind_embedding("embedding-2")
        assert not store.bind_embedding("embedding-2")
        # Vectors of two embeddings are never compared; identical requests are still answered.
        assert store.nearest("n", "m", [1.0, 0.0], 5) == []
        assert store.get("n", "m", "a") == entry("a")
        for kept in list(store.entries()):
            if kept.candidate and kept.id != "b":
                store.put(kept, [0.0, 0.0, 1.0])
        assert sorted(e.id for e in store.entries()) == ["a", "b", "c"]
        store.reset_embedding("embedding-2")
        assert [found.entry.id for found in store.nearest("n", "m", [0.0, 0.0, 1.0], 5)] == ["a"]
        assert sorted(e.id for e in store.entries()) == ["a", "b", "c"]
        assert store.count() == 3
        assert store.get("n", "m", "b") == entry("b")
        assert store.bind_embedding("embedding-2")
        assert not store.bind_embedding("embedding-1")

    def test_an_empty_store_takes_another_embedding(self, store: Store) -> None:
        store.put(entry("a"), [1.0])
        store.delete("n", "m", ["a"])
        assert store.bind_embedding("embedding-2")
        assert store.bind_embedding("embedding-2")

    def test_threads(self, store: Store) -> None:
        barrier = threading.Barrier(6)

        def work(worker: int) -> None:
            barrier.wait()
            for i in range(6):
                store.put(entry(f"{worker}-{i}", namespace=f"n{i % 2}"), [float(worker), float(i) + 1])
                store.put(exact(f"{worker}-{i}-x", namespace=f"n{i % 2}"), None)
                assert store.get(f"n{i % 2}", "m", f"{worker}-{i}") is not None
                assert store.get(f"n{i % 2}", "m", f"{worker}-{i}-x") is not None
                assert store.nearest(f"n{i % 2}", "m", [float(worker), float(i) + 1], 3)
                if i % 3 == 2:
                    assert store.delete(f"n{i % 2}", "m", [f"{worker}-{i}"]) == 1

        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work, worker) for worker in range(6)]:
                done.result()
        assert store.count() == 6 * (6 + 6 - 2)
        assert len(list(store.entries())) == 60

    def test_close_is_idempotent(self, store: Store) -> None:
        store.put(entry("a"), [1.0])
        store.close()
        store.close()
