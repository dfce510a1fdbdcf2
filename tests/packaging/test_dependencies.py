"""What is imported is declared, with a lower bound that `make test-lowest` can install."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "stepcache_lc"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DECLARED = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
EXTRAS = {
    extra: {canonicalize_name(Requirement(line).name) for line in lines}
    for extra, lines in PROJECT["optional-dependencies"].items()
}
# Parts of the package that need an extra, by folder or file.
NEEDS = {"agents.py": "agents", "bench": "bench", "demo": "demo", "dspy": "dspy"}
# Modules that come with a declared dependency and cannot be had without it.
WITHIN = {"openai": "langchain-openai"}


def top_imports(path: Path) -> set[str]:
    """Modules that are imported when the file is; what is imported inside a function is a matter of its extra."""
    found: set[str] = set()
    todo: list[ast.AST] = list(ast.parse(path.read_text("utf-8")).body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
        todo.extend(ast.iter_child_nodes(node))
    return found - set(sys.stdlib_module_names) - {"stepcache_lc"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_are_declared(path: Path) -> None:
    part = path.relative_to(PACKAGE).parts[0]
    allowed = DECLARED | EXTRAS.get(NEEDS.get(part, ""), set())
    for name in top_imports(path):
        assert canonicalize_name(WITHIN.get(name, name)) in allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("line", PROJECT["dependencies"])
def test_dependencies_are_used_and_bounded(line: str) -> None:
    requirement = Requirement(line)
    operators = {part.operator for part in requirement.specifier}
    assert {">=", "<"} <= operators, f"{line}: give the lowest version that passes, and the next major one"
    module = requirement.name.replace("-", "_")
    assert any(f"import {module}" in text or f"from {module}" in text for text in _sources()), f"{line} is not used"


def test_extras_have_lower_bounds() -> None:
    for extra in ("agents", "demo", "dspy"):
        for line in PROJECT["optional-dependencies"][extra]:
            assert any(part.operator == ">=" for part in Requirement(line).specifier), line


def _sources() -> list[str]:
    return [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
