"""The report: what it says, that it opens in a browser, and that no text of a run becomes markup or script."""

from __future__ import annotations

import io
import json
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from stepcache_lc.annotate import AnnotatedStep
from stepcache_lc.bench import report
from stepcache_lc.bench.figures import Prices
from stepcache_lc.bench.report import print_table, write_report
from stepcache_lc.bench.results import Finding, Observation, Results
from stepcache_lc.errors import ConfigurationError
from tests.bench.samples import FIRST
from tests.support.chromium import rendered

OWNED = "document.documentElement.dataset.owned='yes'"
HOSTILE = (
    f"</script><script>{OWNED}</script>",
    f'"><img src=x onerror="{OWNED}">',
    f"<!--<script>{OWNED}//",
    f"javascript:{OWNED}",
    "$\\frac{1}{$ %s {0} {{x}}",
    "]]></svg><svg onload=" + OWNED + ">",
    "&lt;b&gt; \ud800 \u202egnp.exe \x00\x1b[31m",
)


def served(number: int, *, correct: bool = True, **changes: Any) -> Observation:
    steps = (AnnotatedStep("2x = 10\n\n", "cached", "pass"), AnnotatedStep("x = 5 \U0001f600", "rewritten", "pass"))
    values: dict[str, Any] = {
        "system": "StepCache",
        "number": number,
        "answer": "2x = 10\n\nx = 5 \U0001f600",
        "steps": steps,
        "outcome": "rewrite",
        "from_cache": True,
        "correct": correct,
        "latency_s": 0.01,
        "input_tokens": 0,
        "output_tokens": 0,
        "model_calls": 0,
        "assurance": "proved",
    }
    return replace(FIRST, **(values | changes))


def run(*more: Observation, **changes: Any) -> Results:
    observations = [
        *(replace(FIRST, number=number, kind=("repeat", "constant")[number % 2]) for number in range(6)),
        *(served(number, correct=number != 3, kind=("repeat", "constant")[number % 2]) for number in range(6)),
        *more,
    ]
    values: dict[str, Any] = {"command": "stepcache bench", "backend": "simulated"} | changes
    return Results(observations=tuple(observations), **values)


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._in: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._in = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._in = None

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        elif self._in != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def written(results: Results, path: Path, **options: Any) -> Page:
    write_report(results, path, **options)
    return Page(path.read_text(encoding="utf-8"))


def test_it_says_what_was_measured(tmp_path: Path) -> None:
    finding = Finding(
        topic="To look at", text="a volatile system prompt", count=3, advice="Policy(key=...)", numbers=(4,)
    )
    page = written(run(findings=(finding,), notes=("A note.",)), tmp_path / "report.html", prices=Prices(1000.0, 0.0))
    for said in (
        "unsafe-served 1 at most 64.1 % (95 %)",
        "mean latency, lower by 200×",
        "tokens saved 100.0 %",
        "1 of 6",
        "a volatile system prompt 3 4 Policy(key=...)",
        "A note.",
        "stepcache bench",
        "constant 3",
        "0.07",  # 6 requests of 12 input tokens at 1,000 a million
    ):
        assert said in page.text, said
    assert page.tags["svg"] == 4
    assert [
        name for name in ("latency", "outcomes", "tokens", "unsafe") if ("svg", "aria-label", name) in page.attributes
    ]


def test_a_replay_speaks_of_agreement(tmp_path: Path) -> None:
    page = written(run(reference="record"), tmp_path / "report.html")
    assert "served, differs 1 at most" in page.text
    assert "unsafe-served 1" not in page.text


def test_it_reaches_for_nothing_and_runs_one_script(tmp_path: Path) -> None:
    page = written(run(), tmp_path / "report.html")
    loading = [item for item in page.attributes if item[1] in ("src", "href", "action", "srcset", "poster", "data")]
    assert [item for item in loading if not item[2].startswith("#")] == []
    source = (tmp_path / "report.html").read_text()
    assert not re.findall(r"url\((?!#)|@import", source)
    policy = next(value for tag, name, value in page.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert [dict(attributes).get("type") for attributes, _ in page.scripts] == ["application/json", None]


def test_plots_are_well_formed_and_take_the_colours_of_the_page(tmp_path: Path) -> None:
    write_report(run(), tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text()
    drawings = re.findall(r"<svg.*?</svg>", source, re.DOTALL)
    assert len(drawings) == 4
    identifiers: Counter[str] = Counter()
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        identifiers.update(node.attrib["id"] for node in root.iter() if "id" in node.attrib)
        assert "var(--ink)" in drawing or "var(--soft)" in drawing
        assert not re.findall(r"#0000[0-9a-f]{2}", drawing)
    assert set(identifiers.values()) == {1}


def test_without_matplotlib_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = written(run(), tmp_path / "report.html")
    assert "No plots: the plots need matplotlib: pip install 'stepcache-lc[bench]'" in page.text
    assert page.tags["svg"] == 0
    assert page.tags["table"] >= 2


def test_no_text_becomes_markup(tmp_path: Path) -> None:
    def page_of(texts: tuple[str, ...], name: str) -> Page:
        """Every text stands in every place."""
        observations, findings = [], []
        for number, text in enumerate(texts, start=6):
            steps = (AnnotatedStep(text, text, text),)
            told = {"request": text, "answer": text, "expected": text, "why": text, "assurance": text, "task": text}
            observations.append(served(number, **told, kind=text, outcome=text, steps=steps))
            observations.append(served(number, system=text))
            findings.append(Finding(topic=text, text=text, count=1, advice=text))
        observations.append(served(0, workload=texts[-1]))
        told = {"command": texts[0], "backend": texts[0], "machine": {texts[0]: texts[0]}, "versions": {}}
        results = run(*observations, findings=tuple(findings), notes=texts, **told)
        return written(results, tmp_path / name, title=texts[0], main="StepCache")

    plain = page_of(tuple("abcdefg"), "plain.html")
    page = page_of(HOSTILE, "hostile.html")
    # What the drawings consist of depends on the texts; they may hold nothing but these.
    drawn = {"g", "path", "use", "text", "defs", "clippath", "rect", "style"}
    assert {tag: page.tags[tag] for tag in page.tags if tag not in drawn} == {
        tag: plain.tags[tag] for tag in plain.tags if tag not in drawn
    }
    assert not [item for item in page.attributes if item[1].startswith("on")]
    assert HOSTILE[2] in page.text


def test_the_data_block_holds_every_text_once_and_steps_by_length(tmp_path: Path) -> None:
    page = written(run(), tmp_path / "report.html")
    data = json.loads(page.scripts[0][1])
    assert len(data["texts"]) == len(set(data["texts"]))
    last = dict(zip(data["columns"], data["rows"][-1], strict=True))
    answer = data["texts"][last["answer"]]
    assert answer == "2x = 10\n\nx = 5 \U0001f600"
    # UTF-16 units, as JavaScript counts: the face takes two.
    assert [length for length, _, _ in last["steps"]] == [9, 8]
    assert data["texts"][last["steps"][1][1]] == "rewritten"


def test_what_is_too_much_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_ROWS", 2)
    monkeypatch.setattr(report, "LONGEST_TEXT", 40)
    page = written(run(served(6, answer="y" * 100, correct=False)), tmp_path / "report.html")
    assert "2 of 13, those with a wrong answer first" in page.text
    data = json.loads(page.scripts[0][1])
    rows = [dict(zip(data["columns"], row, strict=True)) for row in data["rows"]]
    assert [(row["number"], row["correct"]) for row in rows] == [(3, False), (6, False)]
    assert data["texts"][rows[1]["answer"]] == "y" * 39 + "…"
    assert rows[1]["steps"] == []


def test_wrong_arguments_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no observations"):
        write_report(Results(command="", backend="", observations=()), tmp_path / "report.html")
    with pytest.raises(ConfigurationError, match="'nobody' is no system of this run: no cache, StepCache"):
        write_report(run(), tmp_path / "report.html", main="nobody")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        write_report(run(), tmp_path / "nowhere" / "report.html")


def test_a_browser_shows_requests_and_their_coloured_steps(tmp_path: Path) -> None:
    hostile = [served(10 + at, request=text, answer=text, why=text, steps=()) for at, text in enumerate(HOSTILE)]
    steps = tuple(AnnotatedStep(text, "cached", "fail") for text in HOSTILE)
    hostile.append(served(30, request="all", answer="".join(HOSTILE), steps=steps))
    results = run(*hostile)
    first = replace(results.observations[6], request="Solve <b>2x + 3</b> = 13")
    results = replace(results, observations=(*results.observations[:6], first, *results.observations[7:]))
    write_report(results, tmp_path / "report.html")
    # A half of a character made Chromium itself crash when it wrote the page out.
    page = Page(rendered(tmp_path / "report.html", tmp_path))
    assert ("html", "data-ready", "yes") in page.attributes
    assert not [item for item in page.attributes if item[1] == "data-owned"]
    assert page.tags["img"] == 0
    assert page.tags["svg"] == 4
    # StepCache's 14 requests are listed, the first one is open, with its two steps.
    assert sum(item == ("details", "class", "row") for item in page.attributes) == 14
    assert [value for _, name, value in page.attributes if name == "data-origin"] == ["cached", "rewritten"]
    assert "Solve <b>2x + 3</b> = 13" in page.text
    assert "14 requests" in page.text


def test_the_table_in_a_terminal() -> None:
    screen = Console(file=io.StringIO(), width=80, color_system=None)
    print_table(run(served(6, system="[red]odd[/red]", workload="other [b]")), screen, prices=Prices(1000.0, 0.0))
    assert isinstance(screen.file, io.StringIO)
    said = screen.file.getvalue()
    for expected in ("1 of 6", "0.4 to 64.1 %", "83.3 %", "0.07", "[red]odd[/red]", "other [b]", "rewrite"):
        assert expected in said
    only = Console(file=io.StringIO(), width=80, color_system=None)
    print_table(run(served(6, workload="other")), only, workload="other")
    assert isinstance(only.file, io.StringIO)
    assert "no cache" not in only.file.getvalue()
