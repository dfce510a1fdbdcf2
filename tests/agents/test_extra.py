"""The extra `agents`: the package imports without it, and says what is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys
sys.modules[{missing!r}] = None
import stepcache_lc
from stepcache_lc import StepCache, Policy, StepCacheChatModel, MemoryStore
try:
    from stepcache_lc.agents import StepCacheMiddleware
except ImportError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("missing", ["langchain", "langgraph", "langchain.agents.middleware.types"])
def test_without_the_extra_the_import_says_what_to_install(missing: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(missing=missing)], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MissingExtra stepcache_lc.agents needs")
    assert 'pip install "stepcache-lc[agents]"' in done.stdout


def test_the_package_does_not_load_the_extra() -> None:
    program = "import sys, stepcache_lc; stepcache_lc.StepCache; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert not {"langchain", "langgraph"} & set(loaded.stdout.split())
