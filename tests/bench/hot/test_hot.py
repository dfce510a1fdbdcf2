"""The benchmark of the hot paths measures what it says; no test says how fast anything is."""

from __future__ import annotations

import io
import json
from itertools import islice

import pytest
from rich.console import Console

from stepcache_lc import StepCache
from stepcache_lc.bench.hot import __main__ as command
from stepcache_lc.bench.hot import concurrency, exact, partitions, serving
from stepcache_lc.bench.hot.figures import Figure, show
from stepcache_lc.bench.hot.filling import Quiet, equations, fill
from stepcache_lc.bench.hot.timing import interleaved


def test_what_is_compared_is_called_in_turns() -> None:
    called: list[str] = []
    works = {name: lambda name=name: called.append(name) for name in "abc"}
    timed = interleaved(works, rounds=3, warm_up=0)
    assert "".join(called) == "abcbcacab"
    assert set(timed) == set(works)
    assert all(0 <= found.median <= found.p95 for found in timed.values())


def test_equations_are_distinct_and_always_the_same() -> None:
    drawn = list(islice(equations(), 500))
    assert len(set(drawn)) == 500
    assert drawn == list(islice(equations(), 500))
    assert all(equation.a * equation.root + equation.b == equation.c for equation in drawn)


def test_filled_entries_are_those_that_asking_would_have_stored() -> None:
    wanted = list(islice(equations(), 30))
    with StepCache() as filled, StepCache() as asked:
        model = Quiet()
        fill(filled, model, wanted)
        chat = asked.wrap(model)
        for equation in wanted:
            model.answer = equation.answer
            with asked.using(mode="refresh"):
                chat.invoke(equation.prompt)
        stored = [{entry.id: entry for entry in cache._engine.store.entries()} for cache in (filled, asked)]
        assert stored[0].keys() == stored[1].keys()
        for key, entry in stored[0].items():
            other = stored[1][key]
            assert (entry.text, entry.scope, entry.task_version, entry.assurance, entry.candidate) == (
                other.text,
                other.scope,
                other.task_version,
                other.assurance,
                other.candidate,
            )
        assert filled.wrap(model).invoke(wanted[-1].prompt).text == wanted[-1].answer


def test_every_part_measures_something() -> None:
    figures, medians = serving.measure(40, rounds=6)
    assert set(medians) == {"bare", "reuse", "rewrite", "reuse new", "rewrite new"}
    figures += exact.measure(5)
    figures += partitions.measure(2)
    for figure in figures:
        assert figure.value > 0 or figure.unit in ("bytes", "MB")
        assert Figure.from_dict(json.loads(json.dumps(figure.to_dict()))) == figure


def test_concurrency_is_measured_on_answers_of_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "_AT_ONCE", 8)
    figures = concurrency.measure(1)
    assert [figure.unit for figure in figures] == ["ms", "x"] * 3


def test_a_figure_says_whether_it_holds_and_the_table_shows_it() -> None:
    figures = [
        Figure("p", "small enough", 1.2, target=1.5),
        Figure("p", "too large", 1.6, target=1.5),
        Figure("p", "large enough", 0.9, target=0.8, at_least=True),
        Figure("p", "reported", 1234.0, "bytes"),
    ]
    assert [figure.holds for figure in figures] == [True, False, True, None]
    console = Console(width=120, record=True, file=io.StringIO())
    show(figures, console)
    printed = console.export_text()
    assert printed.count("falls short") == 1
    assert printed.count("holds") == 2
    assert "1,234 bytes" in printed


def test_parts_and_growth() -> None:
    assert command._parts(["exact", "serving", "partitions"], ["10", "20"], 5) == [
        "exact",
        "serving 10",
        "serving 20",
        "partitions 5",
    ]
    assert command._growth({10: {"reuse": 1.0, "rewrite": 1.0}}) == []
    grown = command._growth(
        {10: {"bare": 1.0, "reuse": 1.0, "rewrite": 2.0}, 20: {"bare": 1.0, "reuse": 1.5, "rewrite": 2.2}}
    )
    assert [(figure.value, figure.holds) for figure in grown] == [(1.5, False), (1.1, True)]
