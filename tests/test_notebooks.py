"""Every notebook runs from top to bottom, against a deterministic model behind the OpenAI API."""

from __future__ import annotations

from collections.abc import Iterator
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


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    with deterministic_server() as (url, requests):
        monkeypatch.setenv("STEPCACHE_BASE_URL", url)
        monkeypatch.setenv("STEPCACHE_MODEL", "fixed")
        monkeypatch.setenv("PYTHONPATH", str(FOLDER.parent))
        yield requests


def outputs(notebook: Any) -> str:
    texts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            texts.append(output.get("text", ""))
            texts.extend(str(value) for value in output.get("data", {}).values())
    return "\n".join(texts)


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS[0].name == "01_quickstart.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, endpoint: list[dict[str, Any]], tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    assert endpoint, "the notebook asked its model nothing"
    assert "stepcache failed" not in outputs(notebook)


def test_the_quickstart_shows_the_ladder(endpoint: list[dict[str, Any]], tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    nbclient.NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = outputs(notebook)
    for word in ("exact", "rewrite", "reuse", "miss", "system prompt", "entries are gone"):
        assert word in shown, word
    # One ticket, one equation, and the request that is not understood.
    assert len(endpoint) == 3


def test_outputs_are_committed() -> None:
    for path in NOTEBOOKS:
        assert outputs(nbformat.read(path, as_version=4)).strip(), f"{path.name} has no outputs: run it and commit them"
