"""What importing the package costs, in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from stepcache_lc.bench.hot.figures import Figure
from stepcache_lc.bench.hot.timing import interleaved

_CODES = {
    "base": "import chromadb, langchain_core.language_models",
    "package": "import stepcache_lc",
    "used base": "import chromadb; from langchain_core.language_models import BaseChatModel",
    "used": "from stepcache_lc import ChromaStore, StepCache",
}


def measure(rounds: int) -> list[Figure]:
    """The ratios to importing Chroma and LangChain's models."""

    def starting(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    timed = interleaved({name: starting(code) for name, code in _CODES.items()}, rounds, warm_up=1)
    base, used_base = timed["base"].median, timed["used base"].median
    return [
        Figure("import", "chromadb, langchain_core.language_models", base * 1e3, "ms"),
        Figure("import", "import stepcache_lc / these", timed["package"].median / base, target=1.2),
        Figure("import", "StepCache, ChromaStore / chromadb, BaseChatModel", timed["used"].median / used_base),
    ]
