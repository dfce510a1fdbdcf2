"""Where entries are remembered. `ChromaStore` is imported at first use, because importing chromadb takes a second."""

from typing import TYPE_CHECKING, Any

from stepcache_lc.stores.base import Store
from stepcache_lc.stores.memory import MemoryStore

if TYPE_CHECKING:
    from stepcache_lc.stores.chroma import ChromaStore

__all__ = ["ChromaStore", "MemoryStore", "Store"]


def __getattr__(name: str) -> Any:
    if name == "ChromaStore":
        from stepcache_lc.stores.chroma import ChromaStore

        return ChromaStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
