"""Each extra installs by itself, from the wheel, and brings all that its part of the package imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.packaging.test_dependencies import EXTRAS, NEEDS, PACKAGE

pytestmark = pytest.mark.long
# These hold tools: nothing of the package imports them.
TOOLS = {"dev", "docs"}


def modules(extra: str) -> list[str]:
    """The modules of the package that need this extra; the others for the empty one."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if NEEDS.get(path.relative_to(PACKAGE).parts[0], "") == extra and parts[-1] not in ("__main__", "__init__"):
            found.append(".".join(("stepcache_lc", *parts)))
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(folder), str(PACKAGE.parent)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.parametrize("extra", ["", *sorted(EXTRAS.keys() - TOOLS)])
def test_it_installs_by_itself(extra: str, wheel: Path, tmp_path: Path) -> None:
    wanted = modules(extra)
    assert wanted, f"no part of the package needs the extra {extra!r}"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv" / "bin" / "python")
    target = f"{wheel}[{extra}]" if extra else str(wheel)
    install = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    # The pip that comes with Python 3.11 takes a quarter of an hour to choose the versions.
    for wishes in (["--upgrade", "pip"], [target]):
        done = subprocess.run([*install, *wishes], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    imports = "import " + ", ".join(wanted)
    done = subprocess.run([python, "-I", "-c", imports], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
