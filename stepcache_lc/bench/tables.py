"""The figures of a run as tables: for the terminal with rich, and as the texts of any other table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rich import box
from rich.table import Table
from rich.text import Text

from stepcache_lc.bench.figures import Estimate, Figures, Prices, by_system
from stepcache_lc.render import one_line, percent

if TYPE_CHECKING:
    from rich.console import Console

    from stepcache_lc.bench.results import Results

OUTCOMES: Final = ("exact", "similar", "reuse", "rewrite", "solved", "patch", "regenerate", "miss", "bypass")
"""Outcomes in the order in which they are shown: what costs nothing first."""


def ordered(outcomes: Mapping[str, float]) -> list[str]:
    """Names of outcomes in the order in which they are shown; those that are not known last."""
    return [name for name in OUTCOMES if name in outcomes] + sorted(outcomes.keys() - set(OUTCOMES))


def seconds(value: float) -> str:
    """A time for people; a dash where none was measured."""
    if value == 0:
        return "-"
    if value >= 1:
        return f"{value:.2f} s"
    return f"{value * 1e3:.1f} ms" if value < 0.1 else f"{value * 1e3:.0f} ms"


def money(amount: float) -> str:
    """An amount for people; small ones keep two figures."""
    return f"{amount:,.2f}" if amount >= 1 or amount == 0 else f"{amount:.2g}"


def interval(estimate: Estimate) -> str:
    """The interval of a share; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{percent(estimate.low).removesuffix(' %')} to {percent(estimate.high)}"


def unsafe(figures: Figures) -> str:
    """The unsafe-served rate for people: counts first, since they cannot mislead."""
    if not figures.served:
        return "-"
    return f"{figures.wrongly_served:,} of {figures.served:,}"


def print_table(
    results: Results, console: Console, *, prices: Prices | None = None, workload: str | None = None
) -> None:
    """Print the figures of all systems, workload by workload.

    Args:
        results: The run.
        console: Where to.
        prices: Adds a column with the cost of all tokens.
        workload: Only this one.
    """
    for name in dict.fromkeys(observation.workload for observation in results.observations):
        if workload in (None, name):
            figures = by_system(results, workload=name, prices=prices)
            console.print(_spent_table(one_line(name), figures))
            console.print(_served_table(figures, results.reference == "record"))
            console.print(_outcomes_table(figures))


def _spent_table(title: str, figures: Mapping[str, Figures]) -> Table:
    """Times, tokens, calls. Not all figures are in one table: that would not fit into 80 columns."""
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("system")
    priced = any(one.cost is not None for one in figures.values())
    for column in ("mean", "median", "p95", "p99", "tokens\n/request", "model\ncalls", *(["cost"] if priced else [])):
        table.add_column(column, justify="right", no_wrap=True)
    for name, one in figures.items():
        table.add_row(
            Text(one_line(name)),
            *(seconds(estimate.value) for estimate in (one.mean, one.median, one.p95, one.p99)),
            f"{one.tokens_per_request.value:,.0f}",
            f"{one.model_calls:,}",
            *([money(one.cost)] if one.cost is not None else []),
        )
    return table


def _served_table(figures: Mapping[str, Figures], recorded: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("system")
    titles = ("differs from\nthe record", "agrees") if recorded else ("unsafe-\nserved", "right")
    for column in ("served from\nthe cache", titles[0], "95 %", titles[1]):
        table.add_column(column, justify="right", no_wrap=True)
    for name, one in figures.items():
        style = "bold red" if one.wrongly_served else "green" if one.served else "dim"
        table.add_row(
            Text(one_line(name)),
            percent(one.served_share),
            Text(unsafe(one), style=style),
            Text(interval(one.unsafe) if one.served else "-", style="dim"),
            percent(one.correct.value),
        )
    return table


def _outcomes_table(figures: Mapping[str, Figures]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("% of the requests")
    names = ordered({name: 0.0 for one in figures.values() for name in one.outcomes})
    for name in names:
        table.add_column(Text(one_line(name)), justify="right", no_wrap=True)
    for system, one in figures.items():
        shares = (one.outcomes.get(name) for name in names)
        table.add_row(
            Text(one_line(system)), *("-" if share is None else percent(share).removesuffix(" %") for share in shares)
        )
    return table
