from __future__ import annotations

from collections.abc import Iterator

import chromadb
import pytest
from chromadb.api.shared_system_client import SharedSystemClient

from stepcache_lc.errors import ConfigurationError, StoreError
from stepcache_lc.stores import ChromaStore
from tests.stores.samples import entry, exact
from tests.stores.store_suite import StoreSuite


@pytest.fixture(autouse=True)
def _a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in-memory clients of a process share one database: what other tests have left open must not be seen here."""
    monkeypatch.setattr(SharedSystemClient, "_identifier_to_system", {})
    monkeypatch.setattr(SharedSystemClient, "_identifier_to_refcount", {})


class TestChromaInMemory(StoreSuite):
    @pytest.fixture
    def store(self) -> Iterator[ChromaStore]:
        with ChromaStore() as store:
            yield store


def test_two_stores_share_nothing() -> None:
    with ChromaStore() as one, ChromaStore() as two:
        one.put(entry("a"), [1.0])
        assert two.get("n", "m", "a") is None
        assert two.nearest("n", "m", [1.0], 1) == []
        assert list(two.entries()) == []
        two.put(entry("b"), [1.0])
        one.clear("n")
        assert two.count() == 1


def test_closing_drops_only_what_is_its_own() -> None:
    with chromadb.EphemeralClient() as client:
        client.get_or_create_collection("of-the-host", embedding_function=None)
        store = ChromaStore()
        store.bind_embedding("e")
        store.put(entry("a"), [1.0])
        store.put(exact("b"), None)
        with ChromaStore() as other:
            other.put(entry("c"), [1.0])
            store.close()
            assert other.get("n", "m", "c") == entry("c")
        assert [collection.name for collection in client.list_collections()] == ["of-the-host"]
        client.delete_collection("of-the-host")


def test_the_host_may_open_an_in_memory_client_of_its_own_before_or_after() -> None:
    with ChromaStore() as store:
        chromadb.EphemeralClient().close()
        store.put(entry("a"), [1.0])
        assert store.count() == 1
    with chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False)), ChromaStore() as store:
        store.put(entry("a"), [1.0])
        assert store.count() == 1


def test_many_models_with_few_open_handles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepcache_lc.stores.connection.OPEN_HANDLES", 3)
    with ChromaStore() as store:
        for i in range(10):
            store.put(entry("a", model=f"m{i}"), [1.0])
        assert [store.get("n", f"m{i}", "a") for i in range(10)] == [entry("a", model=f"m{i}") for i in range(10)]
        assert store.count() == 10


def test_a_closed_store_says_so() -> None:
    store = ChromaStore()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.get("n", "m", "a")
    with pytest.raises(StoreError, match="closed"):
        store.put(exact("a"), None)
    with pytest.raises(StoreError, match="closed"):
        list(store.entries())


@pytest.mark.parametrize("prefix", ["", "a.b", "-a", "a b", "é", "x" * 65])
def test_absurd_prefixes_are_refused(prefix: str, tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match="prefix"):
        ChromaStore(str(tmp_path), prefix=prefix)


def test_arguments_that_contradict_each_other_are_refused(tmp_path: object) -> None:
    with pytest.raises(ConfigurationError, match="prefix"):
        ChromaStore(prefix="mine")
    with chromadb.EphemeralClient() as client, pytest.raises(ConfigurationError, match="not both"):
        ChromaStore(str(tmp_path), client=client)
    with pytest.raises(ConfigurationError, match="synchronous chromadb client"):
        ChromaStore(client="http://localhost:8000")
