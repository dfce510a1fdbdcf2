"""What is shown: hostile text stays text, in the terminal, in a notebook and in a log."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from stepcache_lc import render
from stepcache_lc.core.types import Origin, StepRecord, Tokens, VerdictKind
from stepcache_lc.receipt import Receipt
from stepcache_lc.stats import Stats, StatsRecorder

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</span></div></td><style>*{display:none}</style>",
    "&lt;b&gt; &#x3c;i&#62;",
    "'\"`${x}",
    "[red]not red[/red] [link=http://x]y[/link] [/] [bold",
    "\\[red]",
    "\x1b[31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 \x9b31m",
    "a\rb\x08\x08c\x00\x7f",
    "one\ntwo\r\nthree\u2028four\x85five",
    "\ud800 alone \udfff",
    "\u202egnp.exe\u2066 \u200b\ufeff\U000e0041",
    "x" * 5000,
]


def receipt_with(text: str) -> Receipt:
    return Receipt(
        outcome="patch",
        task=text,
        source=text,
        stored=text,
        unchecked=(text, text),
        steps=(StepRecord("cached", "pass", text, text), StepRecord("patched", "unknown", "other" + text, text)),
        saved=Tokens(1, 2),
        why=text,
    )


def stats_with(text: str) -> Stats:
    recorder = StatsRecorder()
    recorder.record(receipt_with(text))
    recorder.error(text)
    recorder.shadow(text, "reuse", True)
    return recorder.snapshot()


def in_terminal(value: object, *, colour: bool, width: int = 10_000) -> str:
    out = io.StringIO()
    system = "truecolor" if colour else None
    Console(file=out, force_terminal=colour, color_system=system, width=width, legacy_windows=False).print(value)  # type: ignore[arg-type]
    return out.getvalue()


class Page(HTMLParser):
    """Reads a fragment back: its tags, attributes and visible text."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


Make = Callable[[str], Receipt | Stats]
hostile = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
kinds = pytest.mark.parametrize("make", [receipt_with, stats_with], ids=["receipt", "stats"])


def check_html(page: str) -> Page:
    page.encode("utf-8")
    found = Page(page)
    assert found.open == []
    assert found.tags <= {"div", "span", "table", "tbody", "tr", "td"}
    assert found.attributes <= {"class", "style"}
    assert "url(" not in page
    return found


def check_terminal(shown: str) -> None:
    shown.encode("utf-8")
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cs", "Cf")]


@hostile
@kinds
def test_hostile_text_in_html(make: Make, text: str) -> None:
    check_html(make(text)._repr_html_())


@hostile
@kinds
def test_hostile_text_in_a_terminal(make: Make, text: str) -> None:
    value = make(text)
    check_terminal(in_terminal(value, colour=False))
    coloured = in_terminal(value, colour=True)
    check_terminal(re.sub(r"\x1b\[[0-9;]*m", "", coloured))
    # Only our own few styles are there, whatever the text asks for: no underline, no link, no background.
    assert {int(code) for codes in re.findall(r"\x1b\[([0-9;]*)m", coloured) for code in codes.split(";")} <= {
        0, 1, 2, 31, 32, 33, 34, 35, 36,
    }  # fmt: skip


@hostile
@kinds
def test_hostile_text_in_plain_text(make: Make, text: str) -> None:
    check_terminal(str(make(text)))


@given(st.text(max_size=60))
def test_any_text_stays_text(text: str) -> None:
    receipt = receipt_with(text)
    check_html(receipt._repr_html_())
    check_terminal(str(receipt).replace("\u200c", "").replace("\u200d", ""))
    check_terminal(in_terminal(receipt, colour=False).replace("\u200c", "").replace("\u200d", ""))


@pytest.mark.parametrize("text", ["<b>bold</b> & \"quoted\" 'too'", "[red]not red[/red]", "\\[x] 5 < 6", "日本語 é"])
def test_readable_text_is_shown_as_it_is(text: str) -> None:
    receipt = receipt_with(text)
    assert Page(receipt._repr_html_()).text.count(text) >= 6
    assert in_terminal(receipt, colour=False).count(text) >= 6
    assert str(receipt).count(text) >= 6


def test_a_step_is_one_line_with_origin_verdict_and_reason() -> None:
    origins: tuple[Origin, ...] = ("cached", "rewritten", "patched", "generated", "solved")
    verdicts: tuple[VerdictKind, ...] = ("pass", "neutral", "unknown", "fail", "pass")
    steps = tuple(
        StepRecord(origin, verdict, "source", f"reason {number}")
        for number, (origin, verdict) in enumerate(zip(origins, verdicts, strict=True))
    )
    receipt = Receipt(outcome="patch", task="json", source="source", steps=steps)
    for shown in (str(receipt), in_terminal(receipt, colour=False)):
        lines = [line.split() for line in shown.splitlines()[-5:]]
        assert lines == [
            [str(number + 1), origin, verdict, "reason", str(number)]
            for number, (origin, verdict) in enumerate(zip(origins, verdicts, strict=True))
        ]
    rows = re.findall(r"<tr.*?</tr>", receipt._repr_html_())
    assert [Page(row).text for row in rows] == ["".join(line[:3]) + " ".join(line[3:]) for line in lines]


def test_the_five_origins_have_five_colours() -> None:
    colours = set()
    for origin in ("cached", "rewritten", "patched", "generated", "solved"):
        receipt = Receipt(outcome="patch", steps=(StepRecord(origin, "neutral"),))
        found = re.search(rf'<span style="color:(#\w+)">{origin}<', receipt._repr_html_())
        assert found is not None
        colours.add(found[1])
        codes = re.search(rf"\x1b\[(\d+)m{origin}", in_terminal(receipt, colour=True))
        assert codes is not None
        colours.add(codes[1])
    assert len(colours) == 10


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = []
    for at in (1, 3, 5):
        channel = int(colour[at : at + 2], 16) / 255
        linear.append(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_can_be_read_on_light_and_dark_grounds() -> None:
    page = receipt_with("x")._repr_html_() + stats_with("x")._repr_html_()
    for origin in ("cached", "rewritten", "patched", "generated", "solved"):
        page += Receipt(outcome="miss", verified=False, steps=(StepRecord(origin, "fail"),))._repr_html_()
    colours = set(re.findall(r"(?<![-\w])color:(#[0-9a-f]{6})", page))
    assert len(colours) >= 5
    for colour in colours:
        for ground in ("#ffffff", "#1e1e1e"):
            light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0, (colour, ground)
    assert "background:#" not in page


def test_many_steps_are_cut_and_counted() -> None:
    receipt = Receipt(outcome="miss", steps=(StepRecord("generated", "pass"),) * 10_000)
    assert str(receipt).endswith("and 9800 more steps")
    assert len(receipt._repr_html_()) < 200_000


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_narrow_terminal_shows_every_word(width: int) -> None:
    receipt = Receipt(outcome="miss", steps=(StepRecord("generated", "unknown", None, "some words to be folded"),))
    shown = in_terminal(receipt, colour=False, width=width)
    assert max(len(line) for line in shown.splitlines()) <= width
    if width > 30:
        assert "generated" in shown
        assert "unknown" in shown


def test_one_line_is_idempotent_and_keeps_joiners() -> None:
    for text in HOSTILE:
        once = render.one_line(text)
        assert render.one_line(once) == once
    assert render.one_line("नम‌स्ते \U0001f469‍\U0001f52c") == "नम‌स्ते \U0001f469‍\U0001f52c"
    assert render.one_line("a\nb\tc") == "a b c"


def test_nothing_is_imported_before_it_is_shown() -> None:
    code = (
        "import sys, types, pathlib;"
        # The package itself without its front doors: they bring LangChain, and that may bring anything.
        "package = types.ModuleType('stepcache_lc'); package.__path__ = [sys.argv[1]];"
        "sys.modules['stepcache_lc'] = package;"
        "import stepcache_lc.policy, stepcache_lc.receipt, stepcache_lc.stats;"
        "heavy = {'rich', 'numpy', 'langchain_core', 'chromadb', 'sympy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    package = str(render.__file__).rsplit("/", 1)[0]
    subprocess.run([sys.executable, "-c", code, package], check=True, timeout=60)
