"""Commands that run something: demo, bench, replay."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from stepcache_lc.cli.opening import chosen_embeddings
from stepcache_lc.cli.options import AsJson, PriceIn, PriceOut, policy_of
from stepcache_lc.cli.screen import LOOK, bar, err, hint, out, say, say_json
from stepcache_lc.errors import ConfigurationError, MissingExtra
from stepcache_lc.render import counted, one_line

_MOST_LISTED = 12
_REPLAY_TITLE = "What the cache would have done"


def demo(
    base_url: Annotated[
        str | None, typer.Option(help="An OpenAI-compatible endpoint; default: a small local model.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name there.")] = None,
    as_json: AsJson = False,
) -> None:
    """The cache in front of a real language model, judged by independent checks."""
    if (base_url is None) != (model is None):
        raise ConfigurationError("--base-url and --model go together")
    try:
        from stepcache_lc.demo.__main__ import main
    except ImportError as error:
        raise MissingExtra(f"the demo needs more ({error}): pip install 'stepcache-lc[demo]'") from error
    endpoint = ["--base-url", base_url, "--model", model] if base_url and model else []
    raise typer.Exit(main([*endpoint, *(["--json"] if as_json else [])]))


def bench(
    workload: Annotated[str, typer.Argument(metavar="[WORKLOAD]", help="paper, families, tickets or traps.")] = "paper",
    simulate: Annotated[bool, typer.Option("--simulate", help="A seeded stand-in for a model; nobody waits.")] = False,
    error_rate: Annotated[float | None, typer.Option(help="Share of wrong answers of the stand-in, 0 to 1.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="An OpenAI-compatible endpoint; default: a small local model.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model's name there.")] = None,
    gguf: Annotated[Path | None, typer.Option(help="A model file for llama.cpp on this machine.")] = None,
    examples: Annotated[bool, typer.Option(help="Worked examples in front of every call of a local model.")] = True,
    max_tokens: Annotated[int | None, typer.Option(help="Longest answer of a real model.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="A round of the workload; may be given several times.")] = None,
    system: Annotated[list[str] | None, typer.Option(help="Only this system; may be given several times.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for results.json and report.html.")] = Path(
        "stepcache-bench"
    ),
    quick: Annotated[
        bool, typer.Option("--quick", help="One seed, few requests: to see that everything works.")
    ] = False,
    once: Annotated[
        bool, typer.Option(help="Make a call that several systems make only once, for all of them.")
    ] = True,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    as_json: AsJson = False,
) -> None:
    """The paper's experiment on your model: StepCache beside what you would use instead."""
    try:
        from stepcache_lc.bench.backends import Choice
        from stepcache_lc.bench.command import bench as run
        from stepcache_lc.bench.figures import by_system
        from stepcache_lc.bench.run import SEEDS
        from stepcache_lc.bench.systems import STEPCACHE
    except ImportError as error:
        raise MissingExtra(f"the benchmark needs more ({error}): pip install 'stepcache-lc[bench]'") from error
    chosen: dict[str, Any] = {"error_rate": error_rate, "max_tokens": max_tokens}
    choice = Choice(
        simulate=simulate,
        base_url=base_url,
        model=model,
        gguf=gguf,
        examples=examples,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    prices = _prices(price_in, price_out)
    results = run(
        workload,
        choice,
        seeds=seed or SEEDS,
        systems=system or (),
        out=out_dir,
        quick=quick,
        once=once,
        prices=prices,
        console=err() if as_json else out(),
    )
    figures = by_system(results, prices=prices)
    if as_json:
        say_json(
            {
                "results": str(out_dir / "results.json"),
                "report": str(out_dir / "report.html"),
                "systems": {name: one.to_dict() for name, one in figures.items()},
            }
        )
    if STEPCACHE in figures and figures[STEPCACHE].wrongly_served:
        raise typer.Exit(LOOK)


def replay(
    log: Annotated[Path, typer.Argument(metavar="LOG.jsonl", help="Recorded calls, one JSON object a line.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for results.json and report.html.")] = Path(
        "stepcache-replay"
    ),
    per_user: Annotated[bool, typer.Option("--per-user", help="A namespace for each user of the log.")] = False,
    policy: Annotated[
        list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Try another policy; may be given several times.")
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option(help="wordllama (default), hashed, or MODULE:NAME of your own.")
    ] = None,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if a line is skipped or an answer differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What would the cache have served, saved and got wrong on your own traffic? No model is called."""
    from stepcache_lc.bench.figures import by_system, compare
    from stepcache_lc.bench.replay import RECORDED, REPLAYED, UNREADABLE_LINES, Progress
    from stepcache_lc.bench.replay import replay as run
    from stepcache_lc.bench.report import print_table, write_report
    from stepcache_lc.bench.results import command_line

    prices = _prices(price_in, price_out)
    tried = policy_of(policy or [])
    try:
        # Before the run, not after it: a long run must not end in a folder that cannot be written.
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{out_dir}: {error.strerror or error}") from error
    with bar("replaying", None) as ticker:

        def progress(at: Progress) -> None:
            ticker.at(at.done, at.total, f"{at.served:,} served, {at.differing:,} differ")

        results = run(
            log,
            policy=tried,
            per_user=per_user,
            embeddings=chosen_embeddings(embeddings),
            command=command_line(),
            on_progress=progress,
        )
    results.write(out_dir / "results.json")
    write_report(results, out_dir / "report.html", prices=prices, title=_REPLAY_TITLE)
    figures = by_system(results, prices=prices)
    saved = compare(results, REPLAYED, RECORDED)
    skipped = sum(finding.count for finding in results.findings if finding.topic == UNREADABLE_LINES)
    recorded, replayed = figures[RECORDED], figures[REPLAYED]
    before, after = (one.mean.value * one.requests for one in (recorded, replayed))
    saving = {
        "model_calls": recorded.model_calls - replayed.model_calls,
        "input_tokens": recorded.input_tokens - replayed.input_tokens,
        "output_tokens": recorded.output_tokens - replayed.output_tokens,
        "tokens_share": saved.tokens_saved.value,
        "seconds": before - after if before else None,
        "cost": recorded.cost - replayed.cost if recorded.cost is not None and replayed.cost is not None else None,
    }
    if as_json:
        say_json(
            {
                "results": str(out_dir / "results.json"),
                "report": str(out_dir / "report.html"),
                "calls": replayed.requests,
                "served": replayed.served,
                "differing": replayed.wrongly_served,
                "skipped_lines": skipped,
                "saved": saving,
                "systems": {name: one.to_dict() for name, one in figures.items()},
                "findings": results.to_dict()["findings"],
                "notes": list(results.notes),
            }
        )
    else:
        print_table(results, out(), prices=prices)
        _say_findings(results.findings)
        _say_saving(saving, replayed.served, replayed.requests)
        for note in results.notes:
            say(f"· {note}", "dim")
        say(f"written: {out_dir / 'results.json'} and {out_dir / 'report.html'}", "dim")
    if find_spec("matplotlib") is None:
        hint("the report has no plots: pip install 'stepcache-lc[bench]' for them", "yellow")
    if strict and (skipped or replayed.wrongly_served):
        raise typer.Exit(LOOK)


# ------------------------------------------------------------------------------------------------------- inside


def _prices(price_in: float | None, price_out: float | None) -> Any:
    from stepcache_lc.bench.figures import Prices

    if price_in is None and price_out is None:
        return None
    return Prices(price_in or 0.0, price_out or 0.0)


def _say_findings(findings: Any) -> None:
    for topic in dict.fromkeys(finding.topic for finding in findings):
        listed = [finding for finding in findings if finding.topic == topic]
        table = Table(title=Text(topic), title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(ratio=3, overflow="fold")
        table.add_column(ratio=2, overflow="fold", style="cyan")
        table.show_header = False
        for finding in listed[:_MOST_LISTED]:
            lines = ", ".join(str(number) for number in finding.numbers[:5]) + (
                ", …" if len(finding.numbers) > 5 else ""
            )
            what = Text.assemble(one_line(finding.text), (f"  line {lines}", "dim"))
            table.add_row(f"{finding.count:,}", what, Text(one_line(finding.advice)))
        out().print(table)
        if len(listed) > _MOST_LISTED:
            say(f"and {len(listed) - _MOST_LISTED:,} more, in the report", "dim")
        say("")


def _say_saving(saving: dict[str, Any], served: int, calls: int) -> None:
    from stepcache_lc.bench.tables import money

    parts = [counted(saving["model_calls"], "model call")]
    parts.append(f"{saving['input_tokens'] + saving['output_tokens']:,} tokens ({saving['tokens_share']:.0%})")
    if saving["cost"] is not None:
        parts.append(f"a cost of {money(saving['cost'])}")
    if saving["seconds"] is not None:
        parts.append(f"{saving['seconds']:,.0f} s of waiting")
    say(f"Served {served:,} of {counted(calls, 'call')} from the cache. That saves {', '.join(parts)}.", "bold")
