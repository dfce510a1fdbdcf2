"""JSON answers: read what is demanded, check it, and recompute only what does not stand."""

from __future__ import annotations

from stepcache_lc.tasks.json_object.constraints import Assigned, JsonConstraints
from stepcache_lc.tasks.json_object.task import JsonTask

__all__ = ["Assigned", "JsonConstraints", "JsonTask"]
