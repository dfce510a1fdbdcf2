"""The figures of a kept run as one picture: a file of its own, which follows the reader's light or dark ground."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from stepcache_lc.bench.plots import COLOURS, drawn, system_rows
from stepcache_lc.bench.systems import CHECKS_ONLY
from stepcache_lc.bench.tables import seconds
from stepcache_lc.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT_OUT: Final = (CHECKS_ONLY, "SQLiteCache")
"""No caches that one would choose between: the one serves nothing, the other serves what `InMemoryCache` does."""
_WIDTH, _ROW, _AROUND = 9.6, 0.36, 1.2
"""Inches."""
_PIXELS_AN_INCH: Final = 96
_TEXT: Final = 9.5


def picture(workload: Mapping[str, Any], title: str) -> str:
    """An SVG document: mean and 95th percentile of the latency, tokens, and unsafe-served rate of each system.

    Args:
        workload: One of a summary's `workloads` (`stepcache_lc.bench.summary`).
        title: What is shown; it stands above the plots, and is read out in their place.

    Raises:
        MissingExtra: matplotlib is not installed.
        ConfigurationError: the summary has no systems to show.
    """
    systems = {name: one for name, one in workload["systems"].items() if name not in LEFT_OUT}
    if not systems:
        raise ConfigurationError("there is no system to show")

    def content(figure: Figure) -> None:
        figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.12)
        figure.suptitle(title, fontsize=10, x=0.014, ha="left", fontweight="bold")
        latency, tokens, unsafe = figure.subplots(1, 3, sharey=True, width_ratios=[1.5, 1, 1])
        places = system_rows(latency, list(systems))
        for axes in (latency, tokens, unsafe):
            axes.grid(True, axis="x")
            axes.tick_params(which="both", length=0)
        _latency(latency, places, list(systems.values()))
        _tokens(tokens, places, list(systems.values()))
        _unsafe(unsafe, places, list(systems.values()))

    width, height = _WIDTH, _AROUND + _ROW * len(systems)
    return _document(drawn("benchmark", width, height, content), title, width, height)


def _document(svg: str, title: str, width: float, height: float) -> str:
    head, rest = svg.split(">", 1)
    head = re.sub(r'\saria-label="[^"]*"', "", head)
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    size = f'width="{width * _PIXELS_AN_INCH:.0f}" height="{height * _PIXELS_AN_INCH:.0f}"'
    # A ground of its own: where a page's theme is not the browser's, the picture is still readable.
    ground = '<rect width="100%" height="100%" rx="6" fill="var(--paper)"/>'
    return f"{head} {size}>\n<title>{_escaped(title)}</title>\n<style>{_colours()}</style>\n{ground}{rest.rstrip()}\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _colours() -> str:
    """The light and the dark colours of the report: one choice of colours for all drawings."""
    css = files("stepcache_lc.bench").joinpath("report.css").read_text(encoding="utf-8")
    return css[: css.index(':root[data-theme="dark"]')]


# ------------------------------------------------------------------------------------------------------- panels


def _latency(axes: Axes, places: Any, systems: Sequence[Mapping[str, Any]]) -> None:
    axes.set_title("latency: ● mean   ◆ p95", fontsize=10.5, loc="left")
    means, ends = (np.array([one["latency_s"][key]["value"] for one in systems]) for key in ("mean", "p95"))
    for place, mean, end in zip(places, means, ends, strict=True):
        axes.plot([mean, end], [place, place], color=COLOURS["grid"], linewidth=2.2)
        axes.plot([mean], [place], "o", color=COLOURS["s0"], markersize=7, zorder=4)
        axes.plot([end], [place], "D", color=COLOURS["s1"], markersize=6, zorder=4)
        text = f"{seconds(mean)} / {seconds(end)}"
        axes.annotate(text, (max(mean, end), place), (8, 0), textcoords="offset points", va="center", fontsize=_TEXT)
    axes.set_xscale("log")
    least, most = min(means.min(), ends.min()), max(means.max(), ends.max())
    # Room for the labels: half as long again as the span of the points.
    axes.set_xlim(least / 1.6, most * (most / least) ** 0.5)
    axes.xaxis.set_major_formatter(lambda value, _: seconds(value).replace(".00", "").replace(".0", ""))
    axes.xaxis.set_minor_formatter(lambda value, _: "")


def _tokens(axes: Axes, places: Any, systems: Sequence[Mapping[str, Any]]) -> None:
    axes.set_title("tokens a request", fontsize=10.5, loc="left")
    each = np.array([one["tokens_per_request"]["value"] for one in systems])
    axes.barh(places, each, height=0.6, color=COLOURS["s0"], alpha=0.75)
    for place, value in zip(places, each, strict=True):
        axes.annotate(f"{value:,.1f}", (value, place), (4, 0), textcoords="offset points", va="center", fontsize=_TEXT)
    axes.set_xlim(0, float(each.max()) * 1.25 or 1.0)


def _unsafe(axes: Axes, places: Any, systems: Sequence[Mapping[str, Any]]) -> None:
    axes.set_title("wrong among the served", fontsize=10.5, loc="left")
    rates = np.array([one["unsafe_served"]["value"] if one["served"] else 0.0 for one in systems])
    axes.barh(places, rates, height=0.6, color=COLOURS["bad"], alpha=0.75)
    for place, rate, one in zip(places, rates, systems, strict=True):
        text = f"{one['wrongly_served']:,} of {one['served']:,}" if one["served"] else "serves nothing"
        colour = COLOURS["soft" if not one["served"] else "bad" if one["wrongly_served"] else "good"]
        axes.annotate(
            text, (rate, place), (4, 0), textcoords="offset points", va="center", fontsize=_TEXT, color=colour
        )
    axes.set_xlim(0, max(0.02, float(rates.max())) * 1.7)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.3g} %")
