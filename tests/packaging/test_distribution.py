"""What is published: the wheel holds the package and nothing else, the source distribution builds the same wheel."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from stepcache_lc import __version__

pytest.importorskip("build")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Wheel and source distribution; the wheel is built from the source distribution, as a release is."""
    pytest.importorskip("hatchling")  # without it, the build would fetch it from the network
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source


def test_the_wheel_holds_the_package_and_nothing_else(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        names = set(wheel.namelist())
    assert {name.split("/")[0] for name in names} == {"stepcache_lc", f"stepcache_lc-{__version__}.dist-info"}
    kept = {str(path.relative_to(ROOT)) for path in (ROOT / "stepcache_lc").rglob("*") if path.is_file()}
    kept = {name for name in kept if "__pycache__" not in name}
    assert {name for name in names if name.startswith("stepcache_lc/")} == kept
    assert "stepcache_lc/py.typed" in names
    assert not [name for name in names if "test" in name]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_metadata_say_what_the_project_says(built: tuple[Path, Path]) -> None:
    with zipfile.ZipFile(built[0]) as wheel:
        text = wheel.read(f"stepcache_lc-{__version__}.dist-info/METADATA").decode()
    metadata = Parser().parsestr(text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == project["requires-python"]
    assert set(metadata.get_all("Provides-Extra")) == set(project["optional-dependencies"])
    needed = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert len(needed) == len(project["dependencies"])


def test_the_source_distribution_can_be_tested(built: tuple[Path, Path]) -> None:
    with tarfile.open(built[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    for name in ("Makefile", "mkdocs.yml", "README.md", "SECURITY.md", "tests/conftest.py", "docs/index.md", ".ci/run"):
        assert name in names, name
    assert not [name for name in names if "__pycache__" in name or name.startswith((".venv", "site/"))]


def test_twine_accepts_both(built: tuple[Path, Path]) -> None:
    pytest.importorskip("twine")
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", *map(str, built)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_works_without_extras(built: tuple[Path, Path], tmp_path: Path) -> None:
    """From the wheel alone, away from the sources, with every extra's modules hidden."""
    script = f"""
import sys
sys.path.insert(0, {str(built[0])!r})
hidden = ("dspy", "langchain", "langgraph", "langchain_openai", "xllamacpp", "matplotlib", "scipy", "pytest")
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in hidden:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hide())
import stepcache_lc
assert ".whl" in stepcache_lc.__file__, stepcache_lc.__file__
from langchain_core.language_models import GenericFakeChatModel
with stepcache_lc.StepCache() as cache:
    chat = cache.wrap(GenericFakeChatModel(messages=iter(["Subtract 3: 2x = 10. So x = 5."])))
    for text in ("Solve 2x + 3 = 13 for x.", "Find x: 2x + 3 = 13"):
        chat.invoke(text)
    print([receipt.outcome for receipt in cache.receipts(2)])
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.strip() == "['miss', 'reuse']", done.stdout + done.stderr
