from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chromadb.api.async_client import AsyncClient

from stepcache_lc.errors import ConfigurationError, StoreUnavailable
from stepcache_lc.stores import ChromaStore
from tests.stores.samples import entry, exact
from tests.stores.store_suite import StoreSuite
from tests.support.processes import Server


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    with server.client() as client:
        yield client


@pytest.fixture
def prefix(client: Any) -> Iterator[str]:
    own = f"t{uuid.uuid4().hex}"
    yield own
    for collection in client.list_collections():
        if collection.name.startswith(own):
            client.delete_collection(collection.name)


class TestChromaServer(StoreSuite):
    @pytest.fixture
    def store(self, client: Any, prefix: str) -> Iterator[ChromaStore]:
        with ChromaStore(client=client, prefix=prefix) as store:
            yield store
        assert client.heartbeat()  # the client is the caller's to close

    def test_it_says_that_it_is_shared(self, store: ChromaStore) -> None:
        assert store.shared


def test_stores_of_two_processes_see_each_other(server: Server, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepcache_lc.stores.connection.ABSENCE_SECONDS", 0.0)
    with (
        server.client() as client,
        server.client() as another,
        ChromaStore(client=client, prefix=prefix) as one,
        ChromaStore(client=another, prefix=prefix) as two,
    ):
        assert one.bind_embedding("e")
        assert two.bind_embedding("e")
        assert two.get("n", "m", "a") is None
        one.put(entry("a"), [1.0, 0.0])
        one.put(exact("b"), None)
        assert two.get("n", "m", "a") == entry("a")
        assert two.get("n", "m", "b") == exact("b")
        # The other one's handles go stale when a namespace is cleared, and again when it is filled anew.
        two.clear("n")
        assert one.get("n", "m", "a") is None
        assert one.nearest("n", "m", [1.0, 0.0], 1) == []
        assert one.delete("n", "m", ["a"]) == 0
        one.put(entry("a", text="new"), [1.0, 0.0])
        two.clear("n")
        two.put(entry("c"), [1.0, 0.0])
        one.put(entry("d"), [1.0, 0.0])
        assert one.get("n", "m", "c") == entry("c")
        assert {found.entry.id for found in one.nearest("n", "m", [1.0, 0.0], 9)} == {"c", "d"}
        assert two.count() == 2
        assert not two.bind_embedding("other")


def test_many_collections_are_all_listed(client: Any, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepcache_lc.stores.connection.PAGE", 4)
    with ChromaStore(client=client, prefix=prefix) as store:
        for i in range(9):
            store.put(entry("a", model=f"m{i}"), [1.0])
        assert store.count("n") == 9
        store.clear("n")
        assert store.count() == 0


def test_a_server_that_stopped(own_server: Server) -> None:
    with own_server.client() as client, ChromaStore(client=client) as store:
        store.put(entry("a"), [1.0])
        own_server.stop()
        calls: list[Callable[[], object]] = [
            lambda: store.get("n", "m", "a"),
            lambda: store.nearest("n", "m", [1.0], 1),
            lambda: store.put(entry("b"), [1.0]),
            lambda: list(store.entries()),
            lambda: ChromaStore(client=client),
        ]
        for call in calls:
            with pytest.raises(StoreUnavailable, match="does not answer"):
                call()


def test_a_frozen_server_does_not_hold_the_constructor(own_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_server.client() as client:
        own_server.freeze()
        monkeypatch.setattr("stepcache_lc.stores.connection.HEARTBEAT_SECONDS", 0.3)
        with pytest.raises(StoreUnavailable, match=r"does not answer within 0\.3 s"):
            ChromaStore(client=client)
        own_server.thaw()
        monkeypatch.setattr("stepcache_lc.stores.connection.HEARTBEAT_SECONDS", 30.0)
        ChromaStore(client=client).close()


def test_an_asynchronous_client_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="synchronous"):
        ChromaStore(client=AsyncClient.__new__(AsyncClient))
