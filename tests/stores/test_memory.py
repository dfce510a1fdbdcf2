from __future__ import annotations

import pytest

from stepcache_lc.stores import MemoryStore
from tests.stores.samples import entry
from tests.stores.store_suite import StoreSuite


class TestMemoryStore(StoreSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()

    def test_nothing_is_shared_and_nothing_is_skipped(self, store: MemoryStore) -> None:
        store.put(entry("a"), [1.0])
        assert MemoryStore().count() == 0
        assert not store.shared
        assert store.skipped == 0
