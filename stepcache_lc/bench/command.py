"""The body of `stepcache bench`: choose, run, show, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from stepcache_lc.bench import run as runner
from stepcache_lc.bench.backends import Choice, backend
from stepcache_lc.bench.figures import Prices
from stepcache_lc.bench.report import write_report
from stepcache_lc.bench.results import Results, command_line
from stepcache_lc.bench.systems import NO_CACHE, STEPCACHE
from stepcache_lc.bench.tables import print_table
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.errors import ConfigurationError

QUICK_SEED: Final = 1
QUICK_REQUESTS: Final = 24
"""Requests of `quick`: enough to see that everything works, too few for figures."""


def bench(
    workload: str,
    choice: Choice,
    *,
    seeds: Sequence[int] = runner.SEEDS,
    systems: Sequence[str] = (),
    out: Path | None = None,
    quick: bool = False,
    once: bool = True,
    prices: Prices | None = None,
    console: Console | None = None,
    command: str | None = None,
) -> Results:
    """Run a workload, show the table, and write `results.json` and `report.html`.

    Args:
        workload: A name from `WORKLOADS`.
        choice: The model behind all systems.
        seeds: One round of the workload each.
        systems: Names of systems; none: all that can be had here.
        out: The folder for the files; made if it is not there. None: nothing is written.
        quick: One seed, few requests; the simulated model, unless another one is named.
        once: See `stepcache_lc.bench.run.run`.
        prices: Adds the cost of all tokens.
        console: Where to; None: the terminal.
        command: The command line for the results; None: this process's own.

    Returns:
        The results, as they were written.

    Raises:
        ConfigurationError: an unknown workload or system, or the folder cannot be written.
        MissingExtra: something that was asked for is not installed.
        StepCacheError: the model does not answer.
    """
    if workload not in WORKLOADS:
        raise ConfigurationError(f"no such workload: {workload}; there are {', '.join(WORKLOADS)}")
    screen = console or Console()
    if quick and choice.base_url is None and choice.gguf is None:
        choice = replace(choice, simulate=True)
    if out is not None:
        try:
            # Before the run, not after it: a long run must not end in a folder that cannot be written.
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"{out}: {error.strerror or error}") from error
    with backend(choice) as model, _bar(screen) as bar:
        task = bar.add_task("", total=None)

        def progress(done: runner.Progress) -> None:
            bar.update(task, total=done.total, completed=done.done, description=f"seed {done.seed}: {done.kind}")

        def keep(results: Results) -> None:
            if out is not None and results.observations:
                results.write(out / "results.json")

        results = runner.run(
            WORKLOADS[workload],
            model,
            seeds=(QUICK_SEED,) if quick else seeds,
            systems=systems,
            once=once,
            at_most=QUICK_REQUESTS if quick else None,
            command=command_line() if command is None else command,
            on_progress=progress,
            on_round=keep,
        )
    print_table(results, screen, prices=prices)
    if out is not None:
        write_report(
            results,
            out / "report.html",
            prices=prices,
            main=STEPCACHE if STEPCACHE in results.systems else None,
            baseline=NO_CACHE if NO_CACHE in results.systems else None,
        )
        screen.print(Text(f"written: {out / 'results.json'} and {out / 'report.html'}", style="dim"))
    return results


def _bar(screen: Console) -> Progress:
    return Progress(
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    )
