"""A verified, step-level response cache for LangChain and DSPy.

The data path, in the order in which a request takes it:

    host call (LangChain / agents / DSPy)          front doors: translate to Request
       v
    keys       exact key, scope                    core, pure
       |-- exact hit --------------------------.   (never enters the chain)
       v                                       |
    recall     nearest entries of the scope    |   Request -> Recall     store
       v                                       |
    verify     align, task rules step by step  |   Recall  -> Plan = Reuse | Rewrite | Patch | Generate
       v                                       |
    fulfil     by rule, else ask the model     |   Plan    -> pieces     model
       v                                       |
    stitch     whole answer accepted, receipt <'   pieces  -> Answer
       v
    remember   admit what was verified             store

What is served from the cache was checked against the request it answers, to the degree that its receipt names, or
it is the identical answer that this very request got before.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from stepcache_lc._version import __version__

if TYPE_CHECKING:
    from stepcache_lc.cache import StepCache
    from stepcache_lc.chain import StepPatcher, StepRetriever, StepVerifier
    from stepcache_lc.chat_model import StepCacheChatModel
    from stepcache_lc.policy import Policy
    from stepcache_lc.receipt import Receipt
    from stepcache_lc.stats import Stats
    from stepcache_lc.stores import ChromaStore, MemoryStore
    from stepcache_lc.tasks import default_tasks

# Loaded when first used: a task, say, can be imported without LangChain or Chroma.
_HOMES = {
    "ChromaStore": "stepcache_lc.stores",
    "MemoryStore": "stepcache_lc.stores",
    "Policy": "stepcache_lc.policy",
    "Receipt": "stepcache_lc.receipt",
    "Stats": "stepcache_lc.stats",
    "StepCache": "stepcache_lc.cache",
    "StepCacheChatModel": "stepcache_lc.chat_model",
    "StepPatcher": "stepcache_lc.chain",
    "StepRetriever": "stepcache_lc.chain",
    "StepVerifier": "stepcache_lc.chain",
    "default_tasks": "stepcache_lc.tasks",
}

__all__ = [
    "ChromaStore",
    "MemoryStore",
    "Policy",
    "Receipt",
    "Stats",
    "StepCache",
    "StepCacheChatModel",
    "StepPatcher",
    "StepRetriever",
    "StepVerifier",
    "__version__",
    "default_tasks",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
