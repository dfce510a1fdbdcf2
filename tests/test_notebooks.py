"""Every notebook runs from top to bottom, against a deterministic model behind the OpenAI API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.openai_server import deterministic_server

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# The kernel is a process of its own; what jupyter's client deprecates is not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


# What the outputs of a run must hold, and how often the model is asked where that is certain.
SHOWN = {
    "01_quickstart": (("exact", "rewrite", "reuse", "miss", "system prompt", "entries are gone"), 3),
    "02_dspy": (
        ("exact    model calls=0", "rewrite  model calls=0", "[3, 2] reuse", "[1, 2, 4] patch", "verified=False"),
        None,
    ),
    "03_write_your_own_task": (("rewrite", "patch", "regenerate", "not stored", "the task holds"), None),
    "04_measure_your_savings": (("with cache", "answers differ", "would have served exact: 1 agreed"), 3),
}


def outputs(notebook: Any) -> str:
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            texts.append(output.get("text", ""))
            texts.extend(str(value) for value in output.get("data", {}).values())
    return "\n".join(texts)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS[0].name == "01_quickstart.ipynb"
    assert set(SHOWN) <= {path.stem for path in NOTEBOOKS}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    with deterministic_server() as (url, requests):
        monkeypatch.setenv("STEPCACHE_BASE_URL", url)
        monkeypatch.setenv("STEPCACHE_MODEL", "fixed")
        monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
        nbclient.NotebookClient(
            notebook, timeout=180, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
        ).execute()
    assert requests, "the notebook asked its model nothing"
    shown = outputs(notebook)
    assert "stepcache failed" not in shown
    words, asked = SHOWN.get(path.stem, ((), None))
    for word in words:
        assert word in shown, word
    assert asked in (None, len(requests))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_outputs_of_one_whole_run_are_committed(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert outputs(notebook).strip(), "it has no outputs: run it and commit them"
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run it from top to bottom"
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
