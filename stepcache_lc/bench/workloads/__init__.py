"""The workloads, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stepcache_lc.bench.workloads.base import Workload
from stepcache_lc.bench.workloads.families import Families
from stepcache_lc.bench.workloads.paper import Paper
from stepcache_lc.bench.workloads.tickets import Tickets
from stepcache_lc.bench.workloads.traps import Traps

WORKLOADS: Final[Mapping[str, Workload]] = {
    workload.name: workload for workload in (Paper(), Families(), Tickets(), Traps())
}
"""In the order of the documentation."""
