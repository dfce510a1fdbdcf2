"""What holds for every test: no kill switch from outside, no network."""

import os

import pytest

# Libraries that would look something up on import or at first use must not try.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["LANGSMITH_TRACING"] = "false"


@pytest.fixture(autouse=True)
def _no_outside_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEPCACHE_MODE", raising=False)
