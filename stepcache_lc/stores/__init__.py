"""Where entries are remembered. `ChromaStore` is imported at first use, because importing chromadb takes a second."""

import sys
from typing import TYPE_CHECKING, Any

# DSPy 3.3 leaves a proxy for a numpy that is not loaded yet, through which `numpy.typing` (Chroma needs it) cannot be
# imported before anything else of numpy; any attribute loads it.
if type(sys.modules.get("numpy")).__module__ == "dspy.utils.lazy_import":
    dir(sys.modules["numpy"])

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
