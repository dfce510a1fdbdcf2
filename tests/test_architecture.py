"""The structure that the docs promise, read from the syntax trees: layers, forbidden calls, light imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stepcache_lc"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What prompts, answers and stored entries must never reach.
FORBIDDEN_NAMES = {"eval", "exec", "compile", "sympify", "parse_expr", "parse_latex", "literal_eval", "lambdify"}
FORBIDDEN_MODULES = {"pickle", "dill", "cloudpickle", "marshal", "shelve", "langchain_core.load", "sympy.parsing"}
OUTER = {"langchain_core", "langchain", "langgraph", "dspy", "chromadb", "wordllama", "pydantic", "time", "rich"}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_evaluates_or_unpickles_text(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            own_compile = name == "compile" and isinstance(function, ast.Attribute)  # re.compile
            assert name not in FORBIDDEN_NAMES or own_compile, f"{path}:{node.lineno} calls {name}"
    for name in _imports(tree):
        assert not any(name == module or name.startswith(module + ".") for module in FORBIDDEN_MODULES), name


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.relative_to(PACKAGE).parts[0] in ("core", "tasks")], ids=lambda p: p.name
)
def test_the_core_and_the_tasks_know_no_layer_above(path: Path) -> None:
    for name in _imports(ast.parse(path.read_text())):
        assert name.split(".")[0] not in OUTER, f"{path.name} imports {name}"
        if name.startswith("stepcache_lc."):
            assert name.split(".")[1] in ("core", "tasks", "errors"), f"{path.name} imports {name}"


def test_importing_loads_no_extra_and_nothing_heavy() -> None:
    code = (
        "import sys, stepcache_lc; stepcache_lc.StepCache; "
        "print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"dspy", "langchain", "langgraph", "sympy", "wordllama", "matplotlib", "typer"} & set(loaded)


def test_a_task_can_be_imported_without_langchain_or_chroma() -> None:
    code = "import sys, stepcache_lc.tasks.base; print(' '.join(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"langchain_core", "chromadb"} & set(loaded)


def test_every_public_name_is_there_and_documented() -> None:
    import stepcache_lc
    import stepcache_lc.tasks

    for module in (stepcache_lc, stepcache_lc.tasks):
        for name in module.__all__:
            value = getattr(module, name)
            assert name == "__version__" or value.__doc__, name
    with pytest.raises(AttributeError):
        stepcache_lc.nonsense  # noqa: B018
