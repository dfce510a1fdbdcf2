"""Plots as inline SVG whose colours are CSS variables of the page around them: readable on light and dark grounds."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from stepcache_lc.bench.figures import Figures
from stepcache_lc.bench.results import Observation
from stepcache_lc.bench.tables import OUTCOMES, ordered
from stepcache_lc.errors import MissingExtra
from stepcache_lc.render import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SYSTEMCOLOURS: Final = 10
_LONGEST_NAME: Final = 34
_WIDTH: Final = 6.4
"""Inches, as matplotlib counts; on the page a plot is as wide as its column."""


def _variables() -> dict[str, str]:
    """CSS variable -> the colour that stands for it while matplotlib draws."""
    names = ["ink", "soft", "grid", "good", "bad", "other", *(f"o-{name}" for name in OUTCOMES)]
    names += [f"s{number}" for number in range(SYSTEMCOLOURS)]
    return {name: f"#0000{number:02x}" for number, name in enumerate(names, start=1)}


COLOURS: Final = _variables()
"""What to draw with: each stands for a CSS variable, and becomes it in the finished drawing."""


@dataclass(frozen=True, slots=True)
class Plot:
    """One drawing."""

    title: str
    note: str
    """How to read it, one sentence."""
    svg: str
    """An `<svg>` element; all text in it is escaped."""


def system_colour(place: int, systems: int) -> str:
    """CSS variable of a system's colour; the first (the baseline) and the last (the one in question) stand out."""
    if place == systems - 1:
        return "s0"
    return "soft" if place == 0 else f"s{1 + (place - 1) % (SYSTEMCOLOURS - 1)}"


def outcome_colour(outcome: str) -> str:
    """CSS variable of an outcome's colour."""
    return f"o-{outcome}" if outcome in OUTCOMES else "other"


def plots(observations: Sequence[Observation], figures: Mapping[str, Figures], *, recorded: bool = False) -> list[Plot]:
    """Draw one workload.

    Args:
        observations: Those of the workload.
        figures: Per system, in the order in which they are shown; baseline first, the system in question last.
        recorded: Whether answers are held against recorded ones, not against a truth.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    latencies = {
        name: np.sort([observation.latency_s for observation in observations if observation.system == name])
        for name in figures
    }
    drawn: list[Plot] = []
    if any(seconds[-1] > 0 for seconds in latencies.values()):
        drawn.append(
            Plot(
                "Latency",
                "Share of the requests that were answered within so many seconds; further left is faster.",
                _draw("latency", 3.5, lambda axes: _latency(axes, latencies)),
            )
        )
    height = 1.0 + 0.3 * len(figures)
    drawn.append(
        Plot(
            "Outcomes",
            "How the requests were answered; what stands left of regenerate and miss spared a full generation.",
            _draw("outcomes", height, lambda axes: _outcomes(axes, figures)),
        )
    )
    if any(one.input_tokens + one.output_tokens for one in figures.values()):
        drawn.append(
            Plot(
                "Tokens a request",
                "Input (dark) and output (light) tokens of the model, on average.",
                _draw("tokens", height, lambda axes: _tokens(axes, figures)),
            )
        )
    drawn.append(
        Plot(
            "Served, but different" if recorded else "Unsafe-served rate",
            f"{'Answers unlike the recorded one' if recorded else 'Wrong answers'} among those served from the cache, "
            "with the exact 95 % interval.",
            _draw("unsafe", height, lambda axes: _unsafe(axes, figures)),
        )
    )
    return drawn


# ------------------------------------------------------------------------------------------------------ drawing


def _draw(name: str, height: float, content: Callable[[Axes], None]) -> str:
    def alone(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.tick_params(length=0)
        content(axes)

    return drawn(name, _WIDTH, height, alone)


def drawn(name: str, width: float, height: float, content: Callable[[Figure], None]) -> str:
    """An `<svg>` element whose colours are CSS variables.

    Args:
        name: Of the drawing; ids in it begin with it.
        width: In inches, as matplotlib counts.
        height: The same.
        content: Draws on the figure.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("the plots need matplotlib: pip install 'stepcache-lc[bench]'") from error
    settings: Any = {
        "svg.fonttype": "none",  # text stays text: it is searchable and takes the page's font
        "svg.hashsalt": name,  # the same drawing gives the same file; ids of two drawings do not meet
        "text.parse_math": False,  # names of systems are not ours
        "font.size": 10.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.edgecolor": COLOURS["grid"],
        "axes.labelcolor": COLOURS["soft"],
        "xtick.color": COLOURS["grid"],
        "ytick.color": COLOURS["grid"],
        "xtick.labelcolor": COLOURS["soft"],
        "ytick.labelcolor": COLOURS["ink"],
        "text.color": COLOURS["ink"],
        "grid.color": COLOURS["grid"],
        "grid.linewidth": 0.7,
        "axes.axisbelow": True,
    }
    # Not pyplot: it would keep state of its own and choose a backend.
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(width, height), layout="constrained")
        content(figure)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(file.getvalue(), name)


def _inline(document: str, name: str) -> str:
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, count=1, flags=re.DOTALL)
    head, rest = svg.split(">", 1)
    head = re.sub(r'\s(?:width|height|version|xmlns(?::xlink)?)="[^"]*"', "", head)
    # Ids such as "axes_1" are in every drawing.
    rest = re.sub(r'\bid="', f'id="{name}-', rest)
    rest = re.sub(r'(xlink:href="|url\()#', rf"\1#{name}-", rest).replace("xlink:href", "href")
    for variable, colour in COLOURS.items():
        rest = rest.replace(colour, f"var(--{variable})")
    return f'{head} role="img" aria-label="{name}">{rest}'


def _name(system: str) -> str:
    return one_line(system, _LONGEST_NAME)


def system_rows(axes: Axes, systems: Sequence[str]) -> Any:
    """One row a system, the first on top; returns their places on the y axis."""
    places = np.arange(len(systems))[::-1]
    axes.set_yticks(places, [_name(system) for system in systems])
    for label in axes.get_yticklabels()[-1:]:
        label.set_fontweight("bold")
    axes.grid(axis="x")
    axes.set_ylim(-0.6, len(systems) - 0.4)
    return places


def _latency(axes: Axes, latencies: Mapping[str, Any]) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    least = min((seconds[seconds > 0].min() for seconds in latencies.values() if (seconds > 0).any()), default=1e-3)
    for place, (_, seconds) in enumerate(latencies.items()):
        last = place == len(latencies) - 1
        shares = np.arange(1, len(seconds) + 1) / len(seconds)
        axes.step(
            np.maximum(np.concatenate([seconds[:1], seconds]), least),
            np.concatenate([[0.0], shares]),
            where="post",
            color=COLOURS[system_colour(place, len(latencies))],
            linewidth=2.6 if last else 1.4,
            linestyle="--" if place == 0 and not last else "-",
            zorder=3 if last else 2,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _time(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(which="minor", length=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
    axes.set_ylim(0, 1.02)
    axes.grid(axis="both")
    for label in axes.get_yticklabels():
        label.set_color(COLOURS["soft"])


def _time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds >= 1 else f"{seconds * 1e3:g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:g} µs"


def _outcomes(axes: Axes, figures: Mapping[str, Figures]) -> None:
    places = system_rows(axes, list(figures))
    left = np.zeros(len(figures))
    for outcome in ordered({name: 0.0 for one in figures.values() for name in one.outcomes}):
        shares = np.array([one.outcomes.get(outcome, 0.0) for one in figures.values()])
        axes.barh(places, shares, left=left, height=0.66, color=COLOURS[outcome_colour(outcome)])
        left += shares
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")


def _tokens(axes: Axes, figures: Mapping[str, Figures]) -> None:
    places = system_rows(axes, list(figures))
    left = np.zeros(len(figures))
    for name, alpha in (("input_tokens", 0.95), ("output_tokens", 0.5)):
        each = np.array([getattr(one, name) / one.requests for one in figures.values()])
        colours = [COLOURS[system_colour(place, len(figures))] for place in range(len(figures))]
        axes.barh(places, each, left=left, height=0.66, color=colours, alpha=alpha)
        left += each
    widest = float(left.max())
    for place, total in zip(places, left, strict=True):
        axes.text(total + widest * 0.012, place, f"{total:,.0f}", va="center", fontsize=9.5)
    axes.set_xlim(0, widest * 1.1)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _unsafe(axes: Axes, figures: Mapping[str, Figures]) -> None:
    places = system_rows(axes, list(figures))
    highest = max((one.unsafe.high or 0.0 for one in figures.values() if one.served), default=0.0)
    right = min(1.0, max(0.02, highest * 1.1))
    for place, one in zip(places, figures.values(), strict=True):
        if not one.served:
            axes.text(right * 0.005, place, "serves nothing", va="center", fontsize=9.5, color=COLOURS["soft"])
            continue
        colour = COLOURS["bad" if one.wrongly_served else "good"]
        low, high = one.unsafe.low or 0.0, one.unsafe.high or 0.0
        axes.plot([low, high], [place, place], color=colour, linewidth=2.2, alpha=0.55)
        axes.plot([one.unsafe.value], [place], "o", color=colour, markersize=7, clip_on=False, zorder=4)
        axes.text(
            right * 1.02, place, f"{one.wrongly_served:,} of {one.served:,}", va="center", fontsize=9.5, clip_on=False
        )
    axes.set_xlim(-right * 0.03, right)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3g}" if value < 0 else f"{value * 100:.3g} %")
