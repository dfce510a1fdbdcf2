"""Traps written as pairs: an earlier request with its answer, a new one with the right answer, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.traps.trap import Json

Pair = tuple[str, str, Any, str, Any, str]
"""Name, earlier request, its answer, new request, the right answer, why."""


def traps(pairs: Iterable[Pair], *, verified: bool = False) -> list[Json]:
    """A trap for each pair; `verified`: a right answer may be vouched for."""
    return [Json(name, old, answer, new, right, why, verified=verified) for name, old, answer, new, right, why in pairs]
