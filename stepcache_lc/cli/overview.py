"""What is in a store, counted from outside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from stepcache_lc.core.types import Entry
from stepcache_lc.render import one_line


@dataclass(slots=True)
class NamespaceOverview:
    """The entries of one namespace."""

    entries: int = 0
    candidates: int = 0
    """Those that may be proposed for other requests."""
    characters: int = 0
    """Of their requests and answers."""
    models: Counter[str] = field(default_factory=Counter)
    """Entries per name of a model."""
    tasks: Counter[str] = field(default_factory=Counter)
    """Entries per task; `unread`: no task read the request."""
    oldest: float | None = None
    """Unix seconds."""
    newest: float | None = None

    def add(self, entry: Entry) -> None:
        """Count one entry."""
        self.entries += 1
        self.candidates += entry.candidate
        self.characters += len(entry.request_text) + len(entry.text)
        self.models[entry.model_name or entry.model] += 1
        self.tasks[entry.task or "unread"] += 1
        self.oldest = entry.created if self.oldest is None else min(self.oldest, entry.created)
        self.newest = entry.created if self.newest is None else max(self.newest, entry.created)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "entries": self.entries,
            "candidates": self.candidates,
            "characters": self.characters,
            "models": dict(self.models.most_common()),
            "tasks": dict(self.tasks.most_common()),
            "oldest": _moment(self.oldest),
            "newest": _moment(self.newest),
        }


def count_entries(entries: Iterable[Entry], on_entry: Callable[[], object]) -> dict[str, NamespaceOverview]:
    """Count entries per namespace, largest first."""
    found: dict[str, NamespaceOverview] = {}
    for entry in entries:
        found.setdefault(entry.namespace, NamespaceOverview()).add(entry)
        on_entry()
    return dict(sorted(found.items(), key=lambda item: -item[1].entries))


def bytes_on_disk(path: Path) -> int:
    """Size of all files under a directory."""
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def overview_table(found: dict[str, NamespaceOverview]) -> Table:
    """One row a namespace; its figures are readable on a terminal of 80 columns, too."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("namespace", overflow="fold")
    for title in ("entries", "candidates"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("models", "tasks"):
        table.add_column(title, overflow="fold")
    table.add_column("from, to (UTC)", no_wrap=True)
    for name, one in found.items():
        table.add_row(
            Text(one_line(name)),
            f"{one.entries:,}",
            f"{one.candidates:,}",
            Text(_counts(one.models)),
            Text(_counts(one.tasks)),
            "\n".join(_to_the_minute(moment) for moment in (one.oldest, one.newest)),
        )
    return table


def _to_the_minute(created: float | None) -> str:
    return (_moment(created) or "")[: len("2026-11-22T10:59")].replace("T", " ")


def _counts(counted: Counter[str]) -> str:
    shown = [f"{one_line(name, 40)} {count:,}" for name, count in counted.most_common(5)]
    return "\n".join([*shown, *(["…"] if len(counted) > len(shown) else [])])


def _moment(created: float | None) -> str | None:
    try:
        return None if created is None else datetime.fromtimestamp(created, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):  # a time that no calendar has
        return None
