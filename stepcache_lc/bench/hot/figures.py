"""One measured figure, what it should be, and a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured."""

    part: str
    """Which part of the benchmark measured it."""
    what: str
    value: float
    unit: str = "x"
    """`x` is a ratio; else the unit of the value."""
    target: float | None = None
    """The most that it should be; with `at_least`, the least. None: reported only."""
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether it is as it should be; None where nothing is demanded."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "part": self.part,
            "what": self.what,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "at_least": self.at_least,
            "holds": self.holds,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Figure:
        """What `to_dict` wrote."""
        return cls(data["part"], data["what"], data["value"], data["unit"], data["target"], data["at_least"])


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print them."""
    table = Table("part", "what", "measured", "target", "")
    for figure in figures:
        sign = ">=" if figure.at_least else "<="
        target = "" if figure.target is None else f"{sign} {_shown(figure.target, figure.unit)}"
        verdict = {None: "", True: "[green]holds[/]", False: "[red]falls short[/]"}[figure.holds]
        table.add_row(figure.part, figure.what, _shown(figure.value, figure.unit), target, verdict)
    console.print(table)


def _shown(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}x"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"
