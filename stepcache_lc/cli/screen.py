"""What the command line writes: results to stdout, all else to stderr; and which error ends it with which code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text
from typer.core import TyperGroup

from stepcache_lc.errors import ConfigurationError, MissingExtra, StepCacheError, StoreError, StoreLocked

LOOK: Final = 1
WRONG: Final = 2
NO_STORE: Final = 3
NO_EXTRA: Final = 4


def out() -> Console:
    """The console for results."""
    return Console(highlight=False)


def err() -> Console:
    """The console for progress, questions and errors."""
    return Console(stderr=True, highlight=False)


def say(text: str, style: str = "") -> None:
    """Print a line of text, whatever stands in it; it is not folded, so that commands in it can be copied."""
    out().print(Text(text, style=style), soft_wrap=True)


def hint(text: str, style: str = "dim") -> None:
    """Print a line beside the results."""
    err().print(Text(text, style=style), soft_wrap=True)


def say_json(data: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    typer.echo(json.dumps(data, indent=2))


def exit_code(error: StepCacheError) -> int:
    """The code that an error ends the process with."""
    if isinstance(error, MissingExtra):
        return NO_EXTRA
    return NO_STORE if isinstance(error, StoreError) else WRONG


class Commands(TyperGroup):
    """Ends a command with one clear line and a code, where a trace would say less and show more."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except StepCacheError as error:
            hint(f"stepcache: {error}", "red")
            if isinstance(error, StoreLocked):
                hint("Here, a server's store is given as --store http://HOST:PORT.")
            ctx.exit(exit_code(error))


class Bar:
    """A progress bar on stderr; silent where nobody looks."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def advance(self, count: int = 1) -> None:
        """So many more are done."""
        self._progress.advance(self._task, count)

    def at(self, done: int, total: int | None = None, note: str = "") -> None:
        """So many are done, and what is worth saying."""
        self._progress.update(self._task, completed=done, total=total, note=note)


@contextmanager
def bar(doing: str, total: int | None) -> Iterator[Bar]:
    """Show the progress of what the block does."""
    screen = err()
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as progress:
        yield Bar(progress, progress.add_task(doing, total=total, note=""))


def confirmed(question: str, yes: bool) -> None:
    """Ask before something is removed; without a person to ask, `--yes` is needed.

    Raises:
        ConfigurationError: nobody can be asked.
    """
    if yes:
        return
    try:
        agreed = typer.confirm(question, err=True)
    except typer.Abort:
        raise ConfigurationError("nobody answered: add --yes") from None
    if not agreed:
        raise typer.Exit(LOOK)
