"""The answer that a request itself spells out: every demanded value stands in it under its key."""

from __future__ import annotations

import json
from typing import Any

from stepcache_lc.tasks.json_object.assigned import render
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.pointers import pointer


def solution(constraints: JsonConstraints) -> str | None:
    """The object with the assigned values in the order of the demanded keys; None if any of them is in doubt."""
    if not (constraints.complete and constraints.spelled):
        return None
    assigned = constraints.assignments()
    value: dict[str, Any] = {}
    for key in constraints.keys:
        at = pointer((key,))
        schema = constraints.schema_at(at)
        if isinstance(schema, dict) and "const" in schema:
            value[key] = schema["const"]
            continue
        item = assigned.get(at)
        written = render(item.text, None, schema) if item is not None and item.exact else None
        if written is None:
            return None
        value[key] = json.loads(written)
    return json.dumps(value, ensure_ascii=False, indent=2)
