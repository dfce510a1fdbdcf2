"""The figures of runs without their texts: small enough to keep; the tables of the documentation are made of them.

python -m stepcache_lc.bench.summary keep SUMMARY.json RESULTS.json...   # figures of one or several runs
python -m stepcache_lc.bench.summary show SUMMARY.json...                # the tables, in Markdown
python -m stepcache_lc.bench.summary fill PAGE.md SUMMARY.json...        # the tables, put into a page
python -m stepcache_lc.bench.summary plot PICTURE.svg SUMMARY.json       # the main figures as a picture
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from stepcache_lc.bench.figures import by_kind, by_system, compare
from stepcache_lc.bench.picture import picture
from stepcache_lc.bench.results import Results
from stepcache_lc.bench.systems import NO_CACHE, STEPCACHE
from stepcache_lc.bench.tables import ordered, seconds
from stepcache_lc.errors import ConfigurationError, MissingExtra
from stepcache_lc.render import percent

SUMMARY_VERSION = 1
_ENDS = ("value", "low", "high")


def joined(runs: Sequence[Results]) -> Results:
    """Runs of one command and model, seed by seed, as one.

    Raises:
        ConfigurationError: they are of different commands or models, or a seed is there twice.
    """
    first, *others = runs
    seen = {(one.workload, one.seed) for one in first.observations}
    for run in others:
        if (run.command, run.backend) != (first.command, first.backend):
            raise ConfigurationError("these runs are of different commands or models")
        more = {(one.workload, one.seed) for one in run.observations}
        if more & seen:
            raise ConfigurationError(f"these runs have a seed in common: {sorted(more & seen)[0][1]}")
        seen |= more
    notes = tuple(dict.fromkeys(note for run in runs for note in run.notes))
    return replace(first, observations=tuple(one for run in runs for one in run.observations), notes=notes)


def summary(results: Results) -> dict[str, Any]:
    """The figures of a run, as plain JSON types."""
    workloads = dict.fromkeys(one.workload for one in results.observations)
    return {
        "summary_version": SUMMARY_VERSION,
        "created": results.created,
        "command": results.command,
        "backend": results.backend,
        "machine": dict(results.machine),
        "versions": dict(results.versions),
        "notes": list(results.notes),
        "workloads": {name: _workload(results, name) for name in workloads},
    }


def _workload(results: Results, name: str) -> dict[str, Any]:
    both = {NO_CACHE, STEPCACHE} <= set(results.systems)
    return {
        "seeds": sorted({one.seed for one in results.observations if one.workload == name}),
        "systems": {system: one.to_dict() for system, one in by_system(results, workload=name).items()},
        "kinds": {kind: one.to_dict() for kind, one in by_kind(results, STEPCACHE, workload=name).items()}
        if STEPCACHE in results.systems
        else {},
        "comparison": compare(results, STEPCACHE, NO_CACHE, workload=name).to_dict() if both else None,
    }


def markdown(data: Mapping[str, Any]) -> str:
    """The tables of a summary.

    Raises:
        ConfigurationError: it is of another version.
    """
    parts: list[str] = []
    for name, workload in _workloads(data).items():
        seeds = ", ".join(map(str, workload["seeds"]))
        parts += [f"`{data['command']}` (workload `{name}`, seeds {seeds}; {data['backend']})", _figures(workload)]
        parts.append(_outcomes(workload))
        if workload["comparison"] is not None:
            parts.append(_comparison(workload["comparison"]))
        if workload["kinds"]:
            parts.append(_kinds(workload["kinds"]))
    return "\n\n".join(parts) + "\n"


def plotted(data: Mapping[str, Any]) -> str:
    """The figures of a summary's first workload as an SVG document.

    Raises:
        ConfigurationError: it is of another version, or empty.
        MissingExtra: matplotlib is not installed.
    """
    for name, workload in _workloads(data).items():
        seeds = ", ".join(map(str, workload["seeds"]))
        return picture(workload, f"Workload {name}, seeds {seeds}: {data['backend'].partition(',')[0]}")
    raise ConfigurationError("this summary holds no workload")


def _workloads(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if data.get("summary_version") != SUMMARY_VERSION:
        raise ConfigurationError(f"this release shows summaries of version {SUMMARY_VERSION}: make it again")
    found: Mapping[str, Any] = data["workloads"]
    return found


def _figures(workload: Mapping[str, Any]) -> str:
    head = ("system", "mean", "median", "p95", "p99", "own time", "tokens", "model calls", "right", "served", "unsafe")
    rows = []
    for name, one in workload["systems"].items():
        wrong = f"{one['wrongly_served']} of {one['served']}"
        unsafe = one["unsafe_served"]
        rows.append(
            (
                name,
                *(seconds(one["latency_s"][key]["value"]) for key in ("mean", "median", "p95", "p99")),
                seconds(one["overhead_s"]["mean"]),
                f"{one['tokens_per_request']['value']:.1f}",
                f"{one['model_calls'] / one['requests']:.2f}",
                percent(one["correct"]["value"]),
                percent(one["served"] / one["requests"]),
                f"{wrong} ({percent(unsafe['low'])}-{percent(unsafe['high'])})" if one["served"] else "-",
            )
        )
    return _table(head, rows)


def _outcomes(workload: Mapping[str, Any]) -> str:
    systems = workload["systems"]
    names = ordered({name: 0.0 for one in systems.values() for name in one["outcomes"]})
    rows = [
        (name, *(percent(one["outcomes"][key]) if key in one["outcomes"] else "" for key in names))
        for name, one in systems.items()
    ]
    return _table(("share of requests", *names), rows)


def _kinds(kinds: Mapping[str, Any]) -> str:
    names = ordered({name: 0.0 for one in kinds.values() for name in one["outcomes"]})
    rows = [
        (
            kind,
            str(one["requests"]),
            *(percent(one["outcomes"][key]) if key in one["outcomes"] else "" for key in names),
            percent(one["correct"]["value"]),
        )
        for kind, one in sorted(kinds.items())
    ]
    return _table((f"{STEPCACHE}, per kind", "requests", *names, "right"), rows)


def _comparison(data: Mapping[str, Any]) -> str:
    def times(name: str) -> str:
        value, low, high = (f"{data[name][key]:.{1 if data[name]['value'] < 10 else 0}f}" for key in _ENDS)
        return f"{value}x ({low}-{high})"

    saved = data["tokens_saved"]
    return (
        f"{data['system']} against {data['baseline']}, with 95 % bootstrap intervals: mean latency "
        f"{times('mean_ratio')} lower, p95 {times('p95_ratio')}, tokens {percent(saved['value'])} fewer "
        f"({percent(saved['low'])}-{percent(saved['high'])})."
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def filled(page: str, name: str, table: str) -> str:
    """A page with a table between `<!-- table: NAME -->` and the next `<!-- end -->`.

    Raises:
        ConfigurationError: the page has no such place.
    """
    head, marker, rest = page.partition(f"<!-- table: {name} -->\n")
    _, end, tail = rest.partition("<!-- end -->")
    if not end:
        raise ConfigurationError(f"the page has no place for a table {name}")
    return f"{head}{marker}{table}{end}{tail}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of the module docstring; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m stepcache_lc.bench.summary")
    verbs = parser.add_subparsers(dest="verb", required=True)
    keep = verbs.add_parser("keep", help="figures of one or several runs of one command")
    keep.add_argument("summary", type=Path)
    keep.add_argument("results", type=Path, nargs="+")
    show = verbs.add_parser("show", help="the tables, in Markdown")
    show.add_argument("summaries", type=Path, nargs="+")
    fill = verbs.add_parser("fill", help="the tables, put into a page")
    fill.add_argument("page", type=Path)
    fill.add_argument("summaries", type=Path, nargs="+")
    plot = verbs.add_parser("plot", help="the main figures as a picture")
    plot.add_argument("picture", type=Path)
    plot.add_argument("summary", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.verb == "keep":
            data = summary(joined([Results.read(path) for path in options.results]))
            options.summary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        elif options.verb == "plot":
            options.picture.write_text(plotted(json.loads(options.summary.read_text("utf-8"))), encoding="utf-8")
        else:
            tables = {path.stem: markdown(json.loads(path.read_text("utf-8"))) for path in options.summaries}
            if options.verb == "show":
                sys.stdout.write("\n".join(tables.values()))
                return 0
            page = options.page.read_text(encoding="utf-8")
            for name, table in tables.items():
                page = filled(page, name, table)
            options.page.write_text(page, encoding="utf-8")
    except (ConfigurationError, MissingExtra, OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
