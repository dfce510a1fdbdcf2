"""`python -m stepcache_lc.bench.hot`: measure all parts, each in a process of its own, and print a table."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console

from stepcache_lc.bench.hot.figures import Figure, show

_GROWTH = 1.3


def main() -> int:
    """Run the benchmark; the exit code is 1 if a target is missed and `--strict` is given."""
    parser = argparse.ArgumentParser(prog="python -m stepcache_lc.bench.hot", description=__doc__)
    parser.add_argument("--entries", default="1000,10000,100000", help="sizes for reuse and rewriting")
    parser.add_argument("--rounds", type=int, default=300, help="calls of each kind")
    parser.add_argument("--namespaces", type=int, default=1_000, help="tenants, with three models each")
    parser.add_argument("--parts", default="exact,import,concurrency,serving,partitions", help="what to measure")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--strict", action="store_true", help="fail if a target is missed")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        print(json.dumps(_measure(given.part, given.rounds)))
        return 0
    console = Console()
    figures: list[Figure] = []
    medians: dict[int, dict[str, float]] = {}
    for part in _parts(given.parts.split(","), given.entries.split(","), given.namespaces):
        console.print(f"measuring {part} ...", style="dim")
        found = _in_process(part, given.rounds)
        figures += [Figure.from_dict(item) for item in found["figures"]]
        if found["medians"]:
            medians[int(part.partition(" ")[2])] = found["medians"]
    figures += _growth(medians)
    show(figures, console)
    if given.json:
        given.json.write_text(json.dumps([figure.to_dict() for figure in figures], indent=1) + "\n")
    return 1 if given.strict and any(figure.holds is False for figure in figures) else 0


def _parts(names: list[str], sizes: list[str], namespaces: int) -> list[str]:
    several = {"serving": [f"serving {size}" for size in sizes], "partitions": [f"partitions {namespaces}"]}
    return [part for name in names for part in several.get(name, [name])]


def _in_process(part: str, rounds: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "stepcache_lc.bench.hot", "--part", part, "--rounds", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure(part: str, rounds: int) -> dict[str, Any]:
    """One part, in this process."""
    name, _, size = part.partition(" ")
    medians: dict[str, float] = {}
    # Each part loads what it needs, and no more.
    if name == "exact":
        from stepcache_lc.bench.hot import exact

        figures = exact.measure(10 * rounds)
    elif name == "import":
        from stepcache_lc.bench.hot import imports

        figures = imports.measure(max(3, rounds // 30))
    elif name == "concurrency":
        from stepcache_lc.bench.hot import concurrency

        figures = concurrency.measure(max(2, rounds // 20))
    elif name == "partitions":
        from stepcache_lc.bench.hot import partitions

        figures = partitions.measure(int(size))
    elif name == "serving":
        from stepcache_lc.bench.hot import serving

        figures, medians = serving.measure(int(size), rounds)
    else:
        raise SystemExit(f"there is no part {name!r}")
    return {"figures": [figure.to_dict() for figure in figures], "medians": medians}


def _growth(medians: dict[int, dict[str, float]]) -> list[Figure]:
    """How much slower the largest size is than the smallest."""
    if len(medians) < 2:
        return []
    small, large = min(medians), max(medians)
    return [
        Figure("growth", f"{kind}, {large:,} / {small:,}", medians[large][kind] / medians[small][kind], target=_GROWTH)
        for kind in medians[large]
        if kind != "bare"
    ]


if __name__ == "__main__":
    sys.exit(main())
