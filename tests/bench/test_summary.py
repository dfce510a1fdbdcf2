"""Figures that are kept, and the tables that the documentation shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from stepcache_lc.bench.backends import Choice, backend
from stepcache_lc.bench.results import Results
from stepcache_lc.bench.run import run
from stepcache_lc.bench.summary import filled, joined, main, markdown, summary
from stepcache_lc.bench.systems import NO_CACHE, STEPCACHE
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.errors import ConfigurationError

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "benchmark.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def results() -> Results:
    with backend(Choice(simulate=True)) as model:
        return run(WORKLOADS["paper"], model, seeds=[1, 2], systems=[NO_CACHE, STEPCACHE], at_most=15, command="bench")


def test_runs_of_one_seed_each_are_joined_to_one(results: Results) -> None:
    apart = [
        replace(results, observations=tuple(one for one in results.observations if one.seed == seed)) for seed in (1, 2)
    ]
    assert summary(joined(apart)) == summary(results)
    with pytest.raises(ConfigurationError, match="in common: 1"):
        joined([apart[0], results])
    with pytest.raises(ConfigurationError, match="different commands"):
        joined([apart[0], replace(apart[1], backend="another")])


def test_a_summary_is_small_and_shows_all_systems(
    results: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results.write(tmp_path / "results.json")
    assert main(["keep", str(tmp_path / "summary.json"), str(tmp_path / "results.json")]) == 0
    assert (tmp_path / "summary.json").stat().st_size < 40_000
    assert "Solve" not in (tmp_path / "summary.json").read_text()
    assert main(["show", str(tmp_path / "summary.json")]) == 0
    shown = capsys.readouterr().out
    assert f"| {NO_CACHE} |" in shown
    assert f"| {STEPCACHE} |" in shown
    assert "seeds 1, 2" in shown


def test_a_file_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "summary.json").write_text('{"summary_version": 7}')
    assert main(["show", str(tmp_path / "summary.json")]) == 2
    assert "version" in capsys.readouterr().err


KEPT = sorted((DOCS / "benchmark").glob("*.json"))


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_page_shows_the_figures_that_are_kept(path: Path) -> None:
    table = markdown(json.loads(path.read_text(encoding="utf-8")))
    again = "python -m stepcache_lc.bench.summary fill docs/benchmark.md docs/benchmark/*.json"
    assert filled(PAGE, path.stem, table) == PAGE, f"run: {again}"


def test_a_page_is_filled_and_filled_again(tmp_path: Path, results: Results) -> None:
    page, kept = tmp_path / "page.md", tmp_path / "run.json"
    page.write_text("# Page\n<!-- table: run -->\nold\n<!-- end -->\nafter <!-- end -->\n")
    kept.write_text(json.dumps(summary(results)))
    for _ in range(2):
        assert main(["fill", str(page), str(kept)]) == 0
        table = markdown(summary(results))
        assert page.read_text() == f"# Page\n<!-- table: run -->\n{table}<!-- end -->\nafter <!-- end -->\n"
    (tmp_path / "other.json").write_text(kept.read_text())
    assert main(["fill", str(page), str(tmp_path / "other.json")]) == 2


def test_every_table_of_the_page_is_kept() -> None:
    assert set(re.findall(r"<!-- table: (\S+) -->", PAGE)) == {path.stem for path in KEPT}
