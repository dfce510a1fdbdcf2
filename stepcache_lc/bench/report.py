"""One self-contained HTML page of a run: figures, plots, and every request with the coloured steps of its answers.

All texts of a run are hostile. What is written into the page's markup is escaped; what the page's script shows lies in
a block of JSON that cannot end early, and is put on the page as text only. A Content-Security-Policy allows this one
script, by its hash, and no connection to anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from stepcache_lc.bench.figures import Comparison, Estimate, Figures, Prices, by_kind, by_system, compare
from stepcache_lc.bench.plots import outcome_colour, plots, system_colour
from stepcache_lc.bench.results import Finding, Observation, Results, write_whole
from stepcache_lc.bench.tables import OUTCOMES, interval, money, ordered, print_table, seconds, unsafe
from stepcache_lc.errors import ConfigurationError, MissingExtra
from stepcache_lc.render import one_line, percent

__all__ = ["print_table", "write_report"]

MOST_ROWS: Final = 20_000
LONGEST_TEXT: Final = 20_000
"""Characters of a request or an answer that the page keeps."""
_MOST_FINDINGS: Final = 200
_MOST_PLACES: Final = 8


@dataclass(frozen=True, slots=True)
class _Words:
    """How the page speaks of right and wrong: against a truth that is known, or against what was recorded."""

    right: str
    wrong: str
    wrongly_served: str
    expected: str
    share: str
    unsafe: str


_WORDS: Final = {
    "truth": _Words("right", "wrong", "wrongly served", "A right answer", "right", "unsafe-served"),
    "record": _Words("agrees", "differs", "served, differs", "Recorded answer", "agree", "served, differs"),
}


def write_report(
    results: Results,
    path: str | os.PathLike[str],
    *,
    prices: Prices | None = None,
    main: str | None = None,
    baseline: str | None = None,
    title: str = "What the cache did",
) -> None:
    """Write the page.

    Without matplotlib it has no plots, and says so.

    Args:
        results: The run; at least one observation.
        path: The HTML file.
        prices: For the cost of all tokens.
        main: The system in question; default: the one observed last.
        baseline: What it is compared with; default: the one observed first.
        title: The page's heading.

    Raises:
        ConfigurationError: there are no observations, a system is not in the run, or the place cannot be written.
    """
    if not results.observations:
        raise ConfigurationError("report: there are no observations")
    systems = results.systems
    for name in (main, baseline):
        if name is not None and name not in systems:
            raise ConfigurationError(f"report: {name!r} is no system of this run: {', '.join(systems)}")
    main, baseline = main or systems[-1], baseline or systems[0]
    write_whole(path, _page(results, title, main, baseline, prices))


# ---------------------------------------------------------------------------------------------------------- page


def _page(results: Results, title: str, main: str, baseline: str, prices: Prices | None) -> Iterator[str]:
    style, script = _asset("report.css"), _asset("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'"
    )
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
    )
    yield from _header(results, title)
    workloads = list(dict.fromkeys(observation.workload for observation in results.observations))
    for workload in workloads:
        if len(workloads) > 1:
            yield f"<h2>{_text(workload)}</h2>\n"
        yield from _workload(results, workload, main, baseline, prices)
    yield from _findings(results.findings)
    yield from _browser(results, main)
    yield f"</main>\n<script>{script}</script>\n</body>\n</html>\n"


def _asset(name: str) -> str:
    return resources.files("stepcache_lc.bench").joinpath(name).read_text(encoding="utf-8")


def _text(value: str) -> str:
    return html.escape(one_line(value), quote=True)


def _header(results: Results, title: str) -> Iterator[str]:
    machine = ", ".join(f"{value}" for value in results.machine.values())
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    yield (
        f"<header><div><h1>{_text(title)}</h1>"
        f'<p class="facts">{_text(results.backend)} · {_text(results.created)}</p></div>'
        '<button id="theme" type="button">light / dark</button></header>\n'
        f'<details><summary>How it was made</summary><p class="facts"><code>{_text(results.command)}</code></p>'
        f'<p class="facts">{_text(machine)}</p><p class="facts">{_text(versions)}</p></details>\n'
    )
    for note in results.notes:
        yield f'<p class="note">{_text(note)}</p>\n'


def _workload(results: Results, workload: str, main: str, baseline: str, prices: Prices | None) -> Iterator[str]:
    words = _WORDS[results.reference]
    found = by_system(results, workload=workload, prices=prices)
    # The plots give the first and the last one a colour of their own.
    names = [baseline, *(name for name in found if name not in (baseline, main)), main]
    figures = {name: found[name] for name in dict.fromkeys(names) if name in found}
    if main in figures:
        against = None
        if baseline != main:
            with suppress(ConfigurationError):  # they have no request of this workload in common
                against = compare(results, main, baseline, workload=workload)
        yield from _tiles(figures[main], against, words)
    yield from _figures_table(figures, main, words)
    observations = [observation for observation in results.observations if observation.workload == workload]
    yield from _plots(observations, figures, results.reference == "record")
    yield from _kinds(results, workload, list(reversed(figures)), words)


def _tiles(figures: Figures, against: Comparison | None, words: _Words) -> Iterator[str]:
    tiles: list[tuple[str, str, str, str]] = [
        ("served from the cache", percent(figures.served_share), f"{figures.served:,} of {figures.requests:,}", "")
    ]
    if against is not None:
        if 0 < against.mean_ratio.value < float("inf"):
            tiles.append(("mean latency, lower by", *_times(against.mean_ratio), ""))
            tiles.append(("p95 latency, lower by", *_times(against.p95_ratio), ""))
        saved = against.tokens_saved
        tiles.append(("tokens saved", percent(max(0.0, saved.value)), interval(saved), ""))
    tiles.append((words.share, percent(figures.correct.value), interval(figures.correct), ""))
    tone = "bad" if figures.wrongly_served else "good" if figures.served else ""
    limit = f"at most {percent(figures.unsafe.high or 0.0)} (95 %)" if figures.served else "nothing was served"
    tiles.append((words.unsafe, f"{figures.wrongly_served:,}", limit, tone))
    yield '<div class="tiles">'
    for label, value, below, tone in tiles:
        colour = f' class="{tone}"' if tone else ""
        yield (
            f'<div class="tile"><span>{_text(label)}</span><b{colour}>{_text(value)}</b>'
            f"<span>{_text(below) or '&nbsp;'}</span></div>"
        )
    yield "</div>\n"


def _times(ratio: Estimate) -> tuple[str, str]:
    def shown(value: float) -> str:
        return f"{value:.1f}" if value < 100 else f"{value:,.0f}"

    below = "" if ratio.low is None or ratio.high is None else f"{shown(ratio.low)} to {shown(ratio.high)}"
    return f"{shown(ratio.value)}×", below


def _figures_table(figures: Mapping[str, Figures], main: str, words: _Words) -> Iterator[str]:
    priced = any(one.cost is not None for one in figures.values())
    titles = ["", "mean", "median", "p95", "p99", "overhead", "tokens a request", "model calls", "served"]
    titles += [words.unsafe, words.share, *(["cost"] if priced else [])]
    yield '<div class="scroll"><table id="systems"><thead><tr>'
    yield "".join(f"<th>{_text(name)}</th>" for name in titles)
    yield "</tr></thead><tbody>\n"
    for place, (name, one) in enumerate(figures.items()):
        colour = system_colour(place, len(figures))
        head = f'<i class="dot" style="background:var(--{colour})"></i> {_text(name)}'
        tone = "bad" if one.wrongly_served else "good" if one.served else "soft"
        cells = [
            *(_cell(seconds(each.value), _span(each)) for each in (one.mean, one.median, one.p95, one.p99)),
            _cell(seconds(one.overhead_mean), f"p95 {seconds(one.overhead_p95)}"),
            _cell(f"{one.tokens_per_request.value:,.0f}", f"{one.input_tokens:,} + {one.output_tokens:,}"),
            _cell(f"{one.model_calls:,}"),
            _cell(percent(one.served_share)),
            _cell(unsafe(one), interval(one.unsafe) if one.served else "", tone),
            _cell(percent(one.correct.value), interval(one.correct)),
            *([_cell(money(one.cost))] if one.cost is not None else []),
        ]
        row = '<tr class="main">' if name == main else "<tr>"
        yield f"{row}<td>{head}</td>{''.join(cells)}</tr>\n"
    yield "</tbody></table></div>\n"


def _cell(value: str, below: str = "", tone: str = "") -> str:
    small = f"<small>{_text(below)}</small>" if below else ""
    start = f'<td class="{tone}">' if tone else "<td>"
    return f"{start}{_text(value)}{small}</td>"


def _span(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None or estimate.high == 0:
        return ""
    return f"{seconds(estimate.low)}–{seconds(estimate.high)}"


def _plots(observations: Sequence[Observation], figures: Mapping[str, Figures], recorded: bool) -> Iterator[str]:
    try:
        drawn = plots(observations, figures, recorded=recorded)
    except MissingExtra as error:
        yield f'<p class="note">No plots: {_text(str(error))}</p>\n'
        return
    systems = _legend((system_colour(place, len(figures)), name) for place, name in enumerate(figures))
    found = ordered({name: 0.0 for one in figures.values() for name in one.outcomes})
    outcomes = _legend((outcome_colour(name), name) for name in found)
    yield '<div class="plots">\n'
    for plot in drawn:
        legend = outcomes if plot.title == "Outcomes" else systems if plot.title == "Latency" else ""
        yield f"<figure><h3>{_text(plot.title)}</h3><p>{_text(plot.note)}</p>{plot.svg}{legend}</figure>\n"
    yield "</div>\n"


def _legend(items: Iterable[tuple[str, str]]) -> str:
    spans = (
        f'<span><i class="dot" style="background:var(--{colour})"></i>{_text(name)}</span>' for colour, name in items
    )
    return f'<div class="legend">{"".join(spans)}</div>'


def _kinds(results: Results, workload: str, systems: Sequence[str], words: _Words) -> Iterator[str]:
    """What became of each kind of request: open for the system in question, which comes first."""
    tables = {system: by_kind(results, system, workload=workload) for system in systems}
    if max(map(len, tables.values())) < 2:
        return
    first, *others = tables.items()
    yield "<details open>" + _kinds_table(*first, words) + "</details>\n"
    if others:
        yield "<details><summary>Per kind of request: the other systems</summary>\n"
        for system, kinds in others:
            yield "<details>" + _kinds_table(system, kinds, words) + "</details>\n"
        yield "</details>\n"


def _kinds_table(system: str, kinds: Mapping[str, Figures], words: _Words) -> str:
    titles = ("", "requests", "outcomes", "served", words.unsafe, words.share, "mean", "p95", "tokens / request")
    parts = [f"<summary>Per kind of request: {_text(system)}</summary>", '<div class="scroll"><table><thead><tr>']
    parts += [*(f"<th>{_text(title)}</th>" for title in titles), "</tr></thead><tbody>\n"]
    for kind, one in kinds.items():
        cells = [
            _cell(f"{one.requests:,}"),
            f"<td>{_bar(one.outcomes)}</td>",
            _cell(percent(one.served_share)),
            _cell(unsafe(one), "", "bad" if one.wrongly_served else ""),
            _cell(percent(one.correct.value)),
            _cell(seconds(one.mean.value)),
            _cell(seconds(one.p95.value)),
            _cell(f"{one.tokens_per_request.value:,.0f}"),
        ]
        parts.append(f"<tr><td>{_text(kind)}</td>{''.join(cells)}</tr>\n")
    return "".join(parts) + "</tbody></table></div>"


def _bar(outcomes: Mapping[str, float]) -> str:
    parts = (
        f'<i style="width:{outcomes[name]:.4%};background:var(--{outcome_colour(name)})" '
        f'title="{_text(name)} {_text(percent(outcomes[name]))}"></i>'
        for name in ordered(outcomes)
    )
    return f'<span class="bar">{"".join(parts)}</span>'


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for topic in dict.fromkeys(finding.topic for finding in findings):
        listed = sorted((finding for finding in findings if finding.topic == topic), key=lambda one: -one.count)
        advised = any(finding.advice for finding in listed)
        yield f'<h2>{_text(topic)}</h2>\n<div class="scroll"><table class="findings"><thead><tr>'
        yield "<th>what</th><th>how often</th><th>where</th>"
        yield '<th class="text">note</th>' if advised else ""
        yield "</tr></thead><tbody>\n"
        for finding in listed[:_MOST_FINDINGS]:
            places = ", ".join(f"{number:,}" for number in finding.numbers[:_MOST_PLACES])
            more = ", …" if len(finding.numbers) > _MOST_PLACES else ""
            advice = f'<td class="text">{_text(finding.advice)}</td>' if advised else ""
            yield (
                f"<tr><td>{_text(finding.text)}</td><td>{finding.count:,}</td>"
                f'<td class="soft">{places}{more}</td>{advice}</tr>\n'
            )
        yield "</tbody></table></div>\n"
        if len(listed) > _MOST_FINDINGS:
            yield f'<p class="soft">and {len(listed) - _MOST_FINDINGS:,} more, in the results file</p>\n'


# --------------------------------------------------------------------------------------------- list of requests


def _browser(results: Results, main: str) -> Iterator[str]:
    words = _WORDS[results.reference]
    shown = list(results.observations)
    if len(shown) > MOST_ROWS:  # what went wrong is what people look for
        kept = sorted(range(len(shown)), key=lambda at: (shown[at].correct, not shown[at].from_cache, at))[:MOST_ROWS]
        shown = [shown[at] for at in sorted(kept)]
    yield "<h2>Every request</h2>\n"
    if len(shown) < len(results.observations):
        yield (
            f'<p class="soft">{len(shown):,} of {len(results.observations):,}, those with a wrong answer first; '
            "all are in the results file.</p>\n"
        )
    options = (
        ("", "right and wrong"),
        ("right", words.right),
        ("wrong", words.wrong),
        ("served", words.wrongly_served),
    )
    yield (
        '<div class="filters"><input id="words" type="search" placeholder="search in requests and answers" '
        'aria-label="search"><select id="system" aria-label="system"></select>'
        '<select id="workload" aria-label="workload"></select><select id="kind" aria-label="kind"></select>'
        '<select id="outcome" aria-label="outcome"></select><select id="judged" aria-label="verdict">'
        + "".join(f'<option value="{value}">{_text(name)}</option>' for value, name in options)
        + '</select><span id="count"></span></div>\n<div id="rows"></div>\n'
        '<button id="more" type="button" hidden>more</button>\n'
        "<noscript><p>The list of requests needs JavaScript.</p></noscript>\n"
    )
    yield f'<script type="application/json" id="data">{_data(shown, main, words)}</script>\n'


_COLUMNS: Final = (
    ("system", "system"),
    ("workload", "workload"),
    ("kind", "kind"),
    ("task", "task"),
    ("request", "request"),
    ("answer", "answer"),
    ("expected", "expected"),
    ("outcome", "outcome"),
    ("assurance", "assurance"),
    ("why", "why"),
)
"""Columns of text, as the script and as an observation call them; each text is in the page once."""


def _data(observations: Sequence[Observation], main: str, words: _Words) -> str:
    texts: dict[str, int] = {}

    def place(text: str) -> int:
        cut = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
        return texts.setdefault(cut, len(texts))

    rows = [
        [
            *(place(getattr(one, name)) for _, name in _COLUMNS),
            one.seed,
            one.number,
            one.correct,
            one.from_cache,
            round(one.latency_s, 6),
            round(one.overhead_s, 6),
            one.input_tokens,
            one.output_tokens,
            one.model_calls,
            _steps(one, place),
        ]
        for one in observations
    ]
    numbers = ("seed", "number", "correct", "served", "latency", "overhead", "input", "output", "calls", "steps")
    data: dict[str, Any] = {
        "columns": [*(name for name, _ in _COLUMNS), *numbers],
        "indexed": [name for name, _ in _COLUMNS],
        "outcomes": list(OUTCOMES),
        "main": main,
        "openFirst": True,
        "words": {
            "right": words.right,
            "wrong": words.wrong,
            "wronglyServed": words.wrongly_served,
            "expected": words.expected,
        },
        "rows": rows,
        "texts": list(texts),
    }
    # ASCII only, and nothing in it that could end the script element or begin markup.
    plain = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return plain.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _steps(observation: Observation, place: Any) -> list[list[int]]:
    """Length, origin and verdict of each step; nothing where the steps do not tile the answer that is shown."""
    if "".join(step.text for step in observation.steps) != observation.answer or len(observation.answer) > LONGEST_TEXT:
        return []
    return [
        # The script counts UTF-16 units.
        [len(step.text.encode("utf-16-le", "surrogatepass")) // 2, place(step.origin), place(step.verdict)]
        for step in observation.steps
    ]
