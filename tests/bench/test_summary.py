"""Figures that are kept, and the tables that the documentation shows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stepcache_lc.bench.backends import Choice, backend
from stepcache_lc.bench.picture import LEFT_OUT
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


PICTURE = DOCS / "assets" / "benchmark.svg"
DRAWN = DOCS / "benchmark" / "qwen2.5-coder-0.5b.json"
SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    """All texts of a drawing, in their order: names, figures and ticks. Bytes differ from release to release."""
    return ["".join(found.itertext()).strip() for found in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_the_picture_shows_the_figures_that_are_kept(tmp_path: Path) -> None:
    again = "python -m stepcache_lc.bench.summary plot docs/assets/benchmark.svg docs/benchmark/qwen2.5-coder-0.5b.json"
    made = tmp_path / "benchmark.svg"
    assert main(["plot", str(made), str(DRAWN)]) == 0
    assert words(PICTURE.read_text(encoding="utf-8")) == words(made.read_text(encoding="utf-8")), f"run: {again}"
    # The tables are made without the plot's code: what stands beside a name there stands in the picture.
    shown = set(words(made.read_text(encoding="utf-8")))
    rows = [
        row.strip("| ").split(" | ")
        for row in markdown(json.loads(DRAWN.read_text("utf-8"))).split("\n\n")[1].split("\n")
    ]
    columns = rows[0]
    drawn = {row[0]: dict(zip(columns, row, strict=True)) for row in rows[2:] if row[0] not in LEFT_OUT}
    assert len(drawn) == 8
    for name, row in drawn.items():
        unsafe = row["unsafe"].partition(" (")[0].replace("-", "serves nothing")
        assert {name, f"{row['mean']} / {row['p95']}", row["tokens"], unsafe} <= shown, name


def test_the_picture_stands_alone_in_light_and_dark(tmp_path: Path) -> None:
    svg = PICTURE.read_text(encoding="utf-8")
    style = next(ElementTree.fromstring(svg).iter(f"{SVG}style")).text or ""
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for variable in set(re.findall(r"var\((--[a-z0-9-]+)\)", svg)):
        assert f"{variable}:" in light, variable
        assert f"{variable}:" in dark, variable
    assert not re.search(r"(?:href|src)=.http|url\(http|<script", svg)
    for page in (DOCS / "benchmark.md", DOCS.parent / "README.md"):
        assert re.search(rf"!\[[^\]]{{40,}}\]\({PICTURE.relative_to(page.parent)}\)", page.read_text("utf-8")), page


def test_nothing_to_draw_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for data, why in (
        ({"summary_version": 7}, "version"),
        ({"summary_version": 1, "workloads": {}}, "no workload"),
        ({"summary_version": 1, "backend": "x", "workloads": {"w": {"seeds": [1], "systems": {}}}}, "no system"),
    ):
        (tmp_path / "summary.json").write_text(json.dumps(data))
        assert main(["plot", str(tmp_path / "picture.svg"), str(tmp_path / "summary.json")]) == 2
        assert why in capsys.readouterr().err
    assert not (tmp_path / "picture.svg").exists()
