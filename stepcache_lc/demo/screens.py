"""What the demo shows, in a terminal or as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from rich import box
from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from stepcache_lc.demo.semantic import THRESHOLD
from stepcache_lc.demo.totals import CACHED, PLAIN, SEMANTIC, Totals
from stepcache_lc.demo.trial import Answered, Trial

_PLAIN_WIDTH = 118


def console(*, stderr: bool = False) -> Console:
    """A console; where there is no terminal it is wide enough for the tables."""
    found = Console(stderr=stderr)
    return found if found.is_terminal else Console(stderr=stderr, width=_PLAIN_WIDTH)


# ------------------------------------------------------------------------------------------------ first screen


def show_look_alikes(screen: Console, first: Trial, second: Trial) -> None:
    """Two requests that look alike, the second one answered by three arms."""
    screen.print(Rule("Two requests that look alike"))
    prompts = Table.grid(expand=True, padding=(0, 1))
    prompts.add_column(ratio=1)
    prompts.add_column(ratio=1)
    prompts.add_row(
        _prompt_panel("asked first, answered by the model", first.asked.prompt, second.asked.prompt),
        _prompt_panel("asked next", second.asked.prompt, first.asked.prompt),
    )
    screen.print(prompts)
    answers = Table.grid(expand=True, padding=(0, 1))
    for _ in range(3):
        answers.add_column(ratio=1)
    near = second.semantic.near
    if near is None:
        said = f"nothing from a similarity of {THRESHOLD} on: it asked the model"
    else:
        said = f"similarity {near.similarity:.3f}, its threshold is {THRESHOLD}: it serves the first answer"
    answers.add_row(
        _answer_panel(PLAIN, second.plain, Text("the model answers afresh", style="dim")),
        _answer_panel(SEMANTIC, second.semantic, Text(said, style="dim")),
        _answer_panel(CACHED, second.cached, second.cached.receipt or Text("it failed", style="red")),
    )
    screen.print(answers)


def _prompt_panel(title: str, prompt: str, other: str) -> Panel:
    """A prompt with the lines that differ from the other one in bold."""
    others = set(other.splitlines())
    body = Text()
    for line in prompt.splitlines():
        body.append(line + "\n", style="" if line in others else "bold")
    body.rstrip()
    return Panel(body, title=title, title_align="left", box=box.SQUARE, border_style="dim")


def _answer_panel(title: str, answered: Answered, note: RenderableType) -> Panel:
    verdict = Text("right", style="bold green") if answered.right else Text("WRONG", style="bold red")
    cost = Text(f"{answered.seconds:.2f} s, {_calls(answered.calls)}")
    body = Group(Text(answered.text or "(ran into the token limit)"), Text(), Text(" · ").join((verdict, cost)), note)
    return Panel(
        body, title=title, title_align="left", box=box.SQUARE, border_style="green" if answered.right else "red"
    )


def _calls(count: int) -> str:
    return f"{count} model call{'' if count == 1 else 's'}"


# ---------------------------------------------------------------------------------------------------- progress


class Ticker:
    """Says how far the run is: a bar in a terminal, one line a request elsewhere."""

    def __init__(self, screen: Console, total: int, progress: Progress | None) -> None:
        self._screen = screen
        self._total = total
        self._progress = progress
        self._task = progress.add_task("", total=total) if progress is not None else None
        self._done = 0

    def asking(self, change: str) -> None:
        """A request is about to be asked."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=change)

    def answered(self, trial: Trial) -> None:
        """A request was answered."""
        self._done += 1
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)
            return
        with_cache, without = trial.cached.seconds, trial.plain.seconds
        self._screen.print(
            Text(
                f"[{self._done:2}/{self._total}] {trial.asked.change}: {trial.outcome}, "
                f"{with_cache:.2f} s instead of {without:.2f} s"
            )
        )


@contextmanager
def ticking(screen: Console, total: int) -> Iterator[Ticker]:
    """Show the progress of a run."""
    if not screen.is_terminal:
        yield Ticker(screen, total, None)
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=screen, transient=True) as progress:
        yield Ticker(screen, total, progress)


# ------------------------------------------------------------------------------------------------------ tables


def show_trials(screen: Console, trials: Sequence[Trial]) -> None:
    """One row a request, by section."""
    for section, group in groupby(trials, key=lambda trial: trial.asked.section):
        table = Table(title=section, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, expand=True)
        table.add_column("request", ratio=1)
        table.add_column("outcome", no_wrap=True)
        table.add_column("model\ncalls", justify="right")
        table.add_column("seconds\nwithout", justify="right")
        table.add_column("seconds\nwith", justify="right")
        table.add_column("right\nwithout", justify="center")
        table.add_column("semantic\ncache", justify="center")
        table.add_column("right\nwith", justify="center")
        for trial in group:
            table.add_row(
                Text(trial.asked.change),
                Text(trial.outcome, style=_OUTCOME_STYLES.get(trial.outcome, "")),
                str(trial.cached.calls),
                f"{trial.plain.seconds:.2f}",
                f"{trial.cached.seconds:.2f}",
                _mark(trial.plain.right),
                _mark(trial.semantic.right),
                _mark(trial.cached.right),
            )
        screen.print(table)


_OUTCOME_STYLES = {
    "exact": "green",
    "reuse": "green",
    "rewrite": "cyan",
    "solved": "magenta",
    "patch": "yellow",
    "regenerate": "blue",
    "failed": "red",
}


def _mark(right: bool) -> Text:
    return Text("yes", style="green") if right else Text("NO", style="bold red")


def show_totals(screen: Console, trials: Sequence[Trial], added: Totals) -> None:
    """What it cost and how much was right, without and with the cache."""
    table = Table(title="totals", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    table.add_column("")
    before, after, semantic = (added.arms[name] for name in (PLAIN, CACHED, SEMANTIC))
    for title in (PLAIN, CACHED, "ratio"):
        table.add_column(title, justify="right")
    for name, field in (("mean", "mean_s"), ("median", "median_s"), ("95th percentile", "p95_s")):
        without, with_cache = getattr(before, field), getattr(after, field)
        table.add_row(f"seconds, {name}", f"{without:.3f}", f"{with_cache:.3f}", _ratio(without, with_cache))
    for name, field in (("model calls", "model_calls"), ("tokens", "tokens")):
        without, with_cache = getattr(before, field), getattr(after, field)
        table.add_row(name, f"{without:,}", f"{with_cache:,}", _ratio(without, with_cache))
    table.add_row("right answers", *(f"{arm.right} of {added.requests}" for arm in (before, after)), "")
    screen.print(table)
    for name, arm in ((CACHED, after), (f"The {SEMANTIC}", semantic)):
        style = "" if arm is semantic else "bold red" if arm.wrongly_served else "bold green"
        said = f"{name} served {arm.served} of {added.requests} from the cache, {arm.wrongly_served} wrong."
        screen.print(Text(said, style=style))
    for trial in (trial for trial in trials if trial.wrongly_served):
        screen.print(Text(f"served wrongly ({trial.outcome}): {trial.asked.prompt!r}", style="red"))
        screen.print(Text(f"  answer {trial.cached.text!r}, right is {trial.asked.truth}", style="red"))


def _ratio(before: float, after: float) -> str:
    return f"{before / after:.1f}x" if after else "-"
