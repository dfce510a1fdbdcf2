"""Look-alike requests: nothing of the earlier answer that the change could touch may survive unasked.

Each trap in `tests/data/json_traps.jsonl` is an earlier request, its answer, and the new request. The values under
`stale` must be gone: not in what is served without a call, and among the asked if the model is called for a part (`*`:
all is answered afresh).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tasks.json_object.serving import admitted, serve

LINES = (Path(__file__).parents[2] / "data" / "json_traps.jsonl").read_text(encoding="utf-8").splitlines()
TRAPS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
NAMES = [trap["name"] for trap in TRAPS]


@pytest.mark.parametrize("trap", TRAPS, ids=NAMES)
def test_nothing_stale_survives(trap: dict[str, Any]) -> None:
    schema = trap.get("schema")
    served = serve(trap["old"], json.dumps(trap["answer"]), trap["new"], old_schema=schema, new_schema=schema)
    if served.outcome in ("regenerate", "unread"):
        return
    assert trap["stale"] != ["*"], served
    assert served.outcome == "patch", served
    assert set(trap["stale"]) <= set(served.asked), served


@pytest.mark.parametrize("trap", TRAPS, ids=NAMES)
def test_the_traps_are_set(trap: dict[str, Any]) -> None:
    """The earlier answer would be a candidate: it is the change that is refused, not the answer."""
    assert admitted(trap["old"], json.dumps(trap["answer"]), trap.get("schema"))


def test_there_are_many() -> None:
    assert len(set(NAMES)) == len(TRAPS) >= 70
