"""Every trap of the collection, through a wrapped model."""

from __future__ import annotations

import pytest

from tests.traps import equation_traps, json_traps, talk_traps
from tests.traps.trap import Claim, Json, Own, Talk, Value

Trap = Own | Value | Claim | Json | Talk
TRAPS: list[Trap] = [*equation_traps.TRAPS, *json_traps.TRAPS, *talk_traps.TRAPS]


def name_of(trap: Trap) -> str:
    return f"{type(trap).__name__.lower()}-{trap.name.replace(' ', '-')}"


@pytest.mark.parametrize("trap", TRAPS, ids=name_of)
def test_trap(trap: Trap) -> None:
    trap.spring()


def test_the_collection_is_what_it_says() -> None:
    names = [name_of(trap) for trap in TRAPS]
    assert len(set(names)) == len(names)
    assert all(trap.why for trap in TRAPS)
    assert min(len(equation_traps.TRAPS), len(json_traps.TRAPS)) >= 90
