"""How receipts and statistics look: in plain text, in a terminal (rich) and in a notebook (HTML).

What is shown is laid out once, as lines and tables of labelled pieces; three short writers put it on paper. Reasons
and demands may quote prompts and answers, which are hostile: every piece is brought to one printable line, and each
writer escapes for its own medium. `rich` is imported when something is shown, not when the package is.
"""

from __future__ import annotations

import html as markup
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

from stepcache_lc.core.types import StepRecord, Tokens
from stepcache_lc.errors import MissingExtra

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from stepcache_lc.annotate import AnnotatedStep
    from stepcache_lc.receipt import Receipt
    from stepcache_lc.stats import Latency, Stats

LONGEST_LINE = 400
"""Characters that are kept of a reason, a demand or a why."""
LONGEST_SHOWN = 10_000
"""Characters of a line of an answer that a terminal is shown."""
_MOST_STEPS = 200
_MOST_ROWS = 50

Tone = Literal["", "dim", "strong", "good", "bad", "doubt", "cached", "rewritten", "patched", "generated", "solved"]

# Middle tones: they keep a contrast of at least 3:1 on white and on the dark grounds of the usual notebooks.
_HTML_STYLES: dict[Tone, str] = {
    "": "",
    "dim": "opacity:.7",
    "strong": "font-weight:600",
    "good": "color:#2a9153",
    "bad": "color:#e0434b",
    "doubt": "color:#b8780b",
    "cached": "color:#2a9153",
    "rewritten": "color:#1d8fa3",
    "patched": "color:#b8780b",
    "generated": "color:#4a82e8",
    "solved": "color:#b05cc6",
}
_RICH_STYLES: dict[Tone, str] = {
    "": "",
    "dim": "dim",
    "strong": "bold",
    "good": "green",
    "bad": "red",
    "doubt": "yellow",
    "cached": "green",
    "rewritten": "cyan",
    "patched": "yellow",
    "generated": "blue",
    "solved": "magenta",
}
_VERDICT_TONES: dict[str, Tone] = {"pass": "good", "fail": "bad", "unknown": "doubt", "neutral": "dim"}
_ORIGIN_TONES: dict[str, Tone] = {
    "cached": "cached",
    "rewritten": "rewritten",
    "patched": "patched",
    "generated": "generated",
    "solved": "solved",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a few, and how they look."""

    text: str
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces beside each other."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one piece a column; the columns at `right` hold numbers."""

    rows: tuple[tuple[Piece, ...], ...]
    right: frozenset[int] = frozenset()


Layout = Sequence[Line | Table]

_JOINERS = frozenset("\u200c\u200d")


def one_line(text: str, longest: int = LONGEST_LINE) -> str:
    """Bring a text to one line that can be shown and sent as UTF-8.

    Control characters, lone surrogates and what cannot be seen (also marks that turn the reading direction around)
    become U+FFFD; blanks and line ends of all kinds become a space.
    """
    cut = text[: longest + 1]
    if not cut.isprintable():
        cut = "".join(character if character.isprintable() else _shown(character) for character in cut)
    return cut if len(cut) <= longest else cut[: longest - 1] + "…"


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    if character in _JOINERS:  # Indic scripts, Persian and emoji need them
        return character
    return "\ufffd" if unicodedata.category(character) in ("Cc", "Cf", "Cs") else character


# ----------------------------------------------------------------------------------------------------- layouts


def receipt_layout(receipt: Receipt) -> Layout:
    """A headline, what it cost, why, what is unchecked, and one row a step."""
    head = [
        Piece(receipt.outcome, "strong"),
        Piece("verified", "good") if receipt.verified else Piece("not verified", "doubt"),
        Piece(f"assurance {receipt.assurance}"),
        Piece(f"task {receipt.task}" if receipt.task else "no task read it", "" if receipt.task else "dim"),
    ]
    facts = []
    if receipt.source is not None:
        facts.append(f"source {_id(receipt.source)}")
    if receipt.similarity is not None:
        facts.append(f"similarity {receipt.similarity:.3f}")
    facts += [_calls(receipt.model_calls), f"tokens {_tokens(receipt.tokens)}", f"saved {_tokens(receipt.saved)}"]
    facts.append(f"{_ms(receipt.elapsed_ms)} ms")
    facts.append(f"stored {_id(receipt.stored)}" if receipt.stored is not None else "not stored")
    layout: list[Line | Table] = [Line(tuple(head)), Line(tuple(Piece(fact, "dim") for fact in facts))]
    if receipt.why:
        layout.append(Line((Piece(f"why: {receipt.why}"),)))
    if receipt.unchecked:
        layout.append(Line((Piece("unchecked", "doubt"), *(Piece(demand) for demand in receipt.unchecked))))
    if receipt.steps:
        shown = receipt.steps[:_MOST_STEPS]
        rows = tuple(_step_row(number, step, receipt.source) for number, step in enumerate(shown, start=1))
        layout.append(Table(rows, frozenset((0,))))
    if len(receipt.steps) > _MOST_STEPS:
        layout.append(Line((Piece(f"and {len(receipt.steps) - _MOST_STEPS} more steps", "dim"),)))
    return layout


def _step_row(number: int, step: StepRecord, source: str | None) -> tuple[Piece, ...]:
    # The source stands in the headline; a step names its own only where it differs.
    other = f"from {_id(step.source)}" if step.source is not None and step.source != source else ""
    note = " · ".join(part for part in (step.reason, other) if part)
    return (
        Piece(str(number), "dim"),
        Piece(step.origin, _ORIGIN_TONES.get(step.origin, "")),
        Piece(step.verdict, _VERDICT_TONES.get(step.verdict, "")),
        Piece(note),
    )


def stats_layout(stats: Stats) -> Layout:
    """Totals, one row an outcome with its latencies, errors by kind, and the agreement found in shadow mode."""
    head = (
        Piece(counted(stats.requests, "request"), "strong"),
        Piece(f"verified {percent(stats.verified_share)}", "good"),
        Piece(f"unread {percent(stats.unread_share)}"),
        Piece(counted(stats.errors, "error"), "bad" if stats.errors else "dim"),
    )
    facts = [_calls(stats.model_calls), f"tokens {_tokens(stats.tokens)}", f"saved {_tokens(stats.saved)}"]
    if stats.repairs_skipped:
        facts.append(f"repairs skipped {stats.repairs_skipped:,}")
    if stats.skipped:
        facts.append(f"entries skipped {stats.skipped:,}")
    titles = ("outcome", "requests", "share", "p50 ms", "p95 ms", "p99 ms", "mean ms")
    rows = [tuple(Piece(title, "dim") for title in titles)]
    for outcome, count in stats.outcomes.items():
        share = percent(count / stats.requests) if stats.requests else "-"
        rows.append(_latency_row(outcome, count, share, stats.latency_by_outcome[outcome], "" if count else "dim"))
    rows.append(_latency_row("all", stats.requests, "", stats.latency, "strong"))
    layout: list[Line | Table] = [
        Line(head),
        Line(tuple(Piece(fact, "dim") for fact in facts)),
        Table(tuple(rows), frozenset(range(1, len(titles)))),
    ]
    if stats.error_kinds:
        kinds = sorted(stats.error_kinds.items(), key=lambda item: (-item[1], item[0]))
        shown = (Piece(f"{kind} {count:,}") for kind, count in kinds[:_MOST_ROWS])
        layout.append(Line((Piece("errors", "bad"), *shown)))
    if stats.shadow:
        header = tuple(Piece(title, "dim") for title in ("shadow: task", "outcome", "agreed", "of", "share", "95 %"))
        agreements = tuple(
            (
                Piece(found.task),
                Piece(found.outcome),
                Piece(f"{found.agreed:,}"),
                Piece(f"{found.agreed + found.disagreed:,}"),
                Piece(percent(found.share), "bad" if found.disagreed else "good"),
                Piece(f"{percent(found.low)} to {percent(found.high)}", "dim"),
            )
            for found in stats.shadow[:_MOST_ROWS]
        )
        layout.append(Table((header, *agreements), frozenset((2, 3, 4, 5))))
    return layout


def _latency_row(name: str, count: int, share: str, latency: Latency, tone: Tone) -> tuple[Piece, ...]:
    figures = (latency.p50, latency.p95, latency.p99, latency.mean)
    times = tuple(_ms(figure) if latency.count else "-" for figure in figures)
    return tuple(Piece(text, tone) for text in (name, f"{count:,}", share, *times))


def counted(count: int, noun: str, several: str | None = None) -> str:
    """A count with its noun: `1 entry`, `2,000 entries`.

    Args:
        count: How many.
        noun: The word for one.
        several: The word for more; None: the noun with an s.
    """
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def _calls(count: int) -> str:
    return counted(count, "model call")


def _tokens(tokens: Tokens) -> str:
    return f"{tokens.input:,} in + {tokens.output:,} out"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:,.1f}" if milliseconds < 100 else f"{milliseconds:,.0f}"


def percent(share: float) -> str:
    """A share of 0..1 for people: only what is exactly none or all is shown as 0 or 100 %."""
    # One disagreement in 10,000 must not round away.
    hundredths = 100 * share
    return f"{hundredths if hundredths in (0, 100) else min(max(hundredths, 0.1), 99.9):.1f} %"


def _id(identifier: str) -> str:
    return identifier if len(identifier) <= 12 else identifier[:12] + "…"


# ----------------------------------------------------------------------------------------------------- writers


def plain(layout: Layout) -> str:
    """Plain text; columns are padded with blanks."""
    lines: list[str] = []
    for block in layout:
        match block:
            case Line(pieces=pieces):
                lines.append(" | ".join(one_line(piece.text) for piece in pieces))
            case Table(rows=rows, right=right):
                cells = [[one_line(piece.text) for piece in row] for row in rows]
                widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
                for row in cells:
                    padded = (
                        cell.rjust(width) if index in right else cell.ljust(width)
                        for index, (cell, width) in enumerate(zip(row, widths, strict=True))
                    )
                    lines.append(("  " + "  ".join(padded)).rstrip())
            case _:
                assert_never(block)
    return "\n".join(lines)


def rich(layout: Layout) -> RenderableType:
    """A rich renderable. It is made of `Text` objects: what looks like rich markup in a piece stays as it is.

    Raises:
        MissingExtra: rich is not installed.
    """
    try:
        from rich.console import Group
        from rich.table import Table as Grid
        from rich.text import Text
    except ImportError as error:
        raise MissingExtra("colours need rich: pip install rich, or print str(...)") from error
    blocks: list[RenderableType] = []
    for block in layout:
        match block:
            case Line(pieces=pieces):
                line = Text()
                for index, piece in enumerate(pieces):
                    if index:
                        line.append(" · ", style="dim")
                    line.append_text(_text(piece))
                blocks.append(line)
            case Table(rows=rows, right=right):
                grid = Grid.grid(padding=(0, 2, 0, 0))
                last = max((len(row) for row in rows), default=0) - 1
                for index in range(last + 1):
                    # Only the last column may be folded: the others are short, and names cut in two say nothing.
                    align: Literal["left", "right"] = "right" if index in right else "left"
                    grid.add_column(justify=align, no_wrap=index != last, overflow="fold")
                for row in rows:
                    grid.add_row(*(_text(piece) for piece in row))
                blocks.append(grid)
            case _:
                assert_never(block)
    return Group(*blocks)


def rich_answer(steps: Iterable[AnnotatedStep]) -> RenderableType:
    """An answer for a terminal, its steps in the colours of their origins; nothing in it is obeyed as markup."""
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for step in steps:
        tone = _RICH_STYLES[_ORIGIN_TONES.get(step.origin, "")]
        lines = (one_line(line, LONGEST_SHOWN) for line in step.text.strip().splitlines())
        grid.add_row(
            Text(step.origin or "-", style=tone),
            Text(step.verdict or "-", style=_RICH_STYLES[_VERDICT_TONES.get(step.verdict, "")]),
            Text("\n".join(lines), style=tone),
        )
    return grid


def _text(piece: Piece) -> Text:
    from rich.text import Text

    return Text(one_line(piece.text), style=_RICH_STYLES[piece.tone])


def html(layout: Layout) -> str:
    """A self-contained fragment: inline styles, no script, colours that can be read on light and dark grounds."""
    parts = [
        '<div class="stepcache" style="font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;'
        'line-height:1.5;border-left:3px solid rgba(128,128,128,.5);padding:2px 0 2px 12px">'
    ]
    for block in layout:
        match block:
            case Line(pieces=pieces):
                parts.append("<div>" + ' <span style="opacity:.4">·</span> '.join(_spans(pieces)) + "</div>")
            case Table(rows=rows, right=right):
                # Notebooks style tables with stripes and right alignment of their own: each cell says its own.
                parts.append('<table style="border-collapse:collapse;border:0;margin:4px 0"><tbody>')
                for row in rows:
                    cells = (
                        f'<td style="{_cell_style(index in right)}">{span}</td>'
                        for index, span in enumerate(_spans(row))
                    )
                    parts.append(f'<tr style="background:transparent">{"".join(cells)}</tr>')
                parts.append("</tbody></table>")
            case _:
                assert_never(block)
    parts.append("</div>")
    return "".join(parts)


def _cell_style(right: bool) -> str:
    return f"text-align:{'right' if right else 'left'};vertical-align:top;border:0;padding:0 16px 0 0"


def _spans(pieces: Iterable[Piece]) -> list[str]:
    spans = []
    for piece in pieces:
        text, style = markup.escape(one_line(piece.text), quote=True), _HTML_STYLES[piece.tone]
        spans.append(f'<span style="{style}">{text}</span>' if style else text)
    return spans
