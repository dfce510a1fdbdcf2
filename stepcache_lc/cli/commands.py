"""All commands, each with an example in its help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from stepcache_lc import __version__
from stepcache_lc.cli import measure, stored
from stepcache_lc.cli.screen import Commands

EXIT_CODES: Final = (
    "Exit codes: 0 done; 1 done, and there is something to look at; 2 the command line, a file or a log is wrong; "
    "3 the store cannot be used; 4 an extra is not installed."
)

app = typer.Typer(
    name="stepcache",
    cls=Commands,
    help="A verified, step-level response cache: look into a store, look after it, measure, replay your own traffic.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    # A trace with the values of variables would show prompts.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS: Final[dict[Callable[..., Any], str]] = {
    measure.demo: "stepcache demo --base-url http://127.0.0.1:8080/v1 --model my-model",
    measure.bench: "stepcache bench paper --simulate --quick",
    measure.replay: "stepcache replay yourlog.jsonl --policy system_is_style=true --price-in 0.5 --price-out 1.5",
    stored.stats: "stepcache stats --store ./cache",
    stored.show: "stepcache show 3f2a9c --store ./cache",
    stored.forget: "stepcache forget --store ./cache --older-than 30d",
    stored.dump: "stepcache dump entries.jsonl --store ./cache",
    stored.load: "stepcache load entries.jsonl --store http://127.0.0.1:8000",
    stored.clear: "stepcache clear --store ./cache --namespace tenant-7",
    stored.reindex: "stepcache reindex --store ./cache --embeddings my_package.embeddings:embeddings",
}
"""Each command and its example."""

for _command, _example in COMMANDS.items():
    app.command(epilog=f"Example: {_example}")(_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stepcache-lc {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of all commands."""
