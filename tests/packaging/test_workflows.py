"""The GitHub Actions workflows: valid by GitHub's schema, and what they run exists."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def load(path: Path) -> dict[Any, Any]:
    return yaml.safe_load(path.read_text("utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in load(path)["jobs"].values() for step in job["steps"]]


def test_both_are_there() -> None:
    assert [path.name for path in WORKFLOWS] == ["ci.yml", "release.yml"]


def test_they_are_valid_by_the_published_schema() -> None:
    pytest.importorskip("check_jsonschema")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_they_run_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    ran = [step["run"] for step in steps(path) if "run" in step]
    assert ran
    for line in filter(str.strip, "\n".join(ran).splitlines()):
        words = line.split()
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word} <= targets, line
        elif words[0] == "bash":
            assert (ROOT / words[1]).is_file(), line


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_rights_are_few(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    for step in steps(path):
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@(v\d+|release/v\d+)", step["uses"]), step["uses"]


def test_ci_covers_what_the_project_promises() -> None:
    jobs = load(WORKFLOWS[0])["jobs"]
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["classifiers"]
    promised = re.findall(r"Python :: (3\.\d+)", "\n".join(classifiers))
    assert jobs["test"]["strategy"]["matrix"]["python"] == promised
    ran = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
    for target in ("lint type", "docs", "test ", "test-lowest", "dist"):
        assert f"make {target}" in ran, target


def test_a_release_is_tested_and_published_without_a_token() -> None:
    jobs = load(WORKFLOWS[1])["jobs"]
    assert jobs["publish"]["needs"] == "build"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "bash .ci/run" in [step.get("run") for step in jobs["build"]["steps"]]
    assert "password" not in WORKFLOWS[1].read_text("utf-8")
    version = re.search(r'^__version__ = "(.*)"$', (ROOT / "stepcache_lc" / "_version.py").read_text(), re.MULTILINE)
    assert version, "the release reads the version from this line"
