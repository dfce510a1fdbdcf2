"""LangChain's own suites for caches, with a real Chroma."""

from collections.abc import Iterator

import pytest
from langchain_core.caches import BaseCache
from langchain_tests.integration_tests.cache import AsyncCacheTestSuite, SyncCacheTestSuite

from stepcache_lc import StepCache


class TestSync(SyncCacheTestSuite):
    @pytest.fixture
    def cache(self) -> Iterator[BaseCache]:
        with StepCache() as cache:
            yield cache


class TestAsync(AsyncCacheTestSuite):
    @pytest.fixture
    async def cache(self) -> BaseCache:
        return StepCache()


class TestSyncOnDisk(SyncCacheTestSuite):
    @pytest.fixture
    def cache(self, tmp_path) -> Iterator[BaseCache]:
        with StepCache(store=tmp_path / "store") as cache:
            yield cache
