"""Running the code of a documentation page: what a block prints must be what the page shows.

A page is one program: its `python` blocks run in order, in one namespace. What a block prints must stand in a `text`
block right behind it, and what stands there must be printed. Figures that differ from run to run (ids, times) are
masked. The address that the pages give for a model is that of the deterministic server of the tests.
"""

from __future__ import annotations

import io
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import yaml
from langchain_openai import ChatOpenAI

ROOT = Path(__file__).parents[2]
MODEL_ADDRESS = "http://127.0.0.1:8080/v1"
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_MARK = "\x1e block\n"
# An entry's id, whole or shortened, a duration, and the digits of a similarity behind the fourth.
_VOLATILE = re.compile(r"\b[0-9a-f]{40}\b|\b[0-9a-f]{12}…|\b\d[\d.,]* ms\b|\bpid \d+\b|(?<=\.\d{4})\d+")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and whether it stands right behind another one."""

    language: str
    code: str
    follows: int | None
    """Index of the block that this one follows with nothing but blanks between."""


def blocks(page: str) -> list[Block]:
    """The fenced blocks of a page in order."""
    found: list[Block] = []
    end = -1
    for match in _BLOCK.finditer(page):
        adjacent = end >= 0 and not page[end : match.start()].strip()
        code = re.sub(rf"^{match['indent']}", "", match["code"], flags=re.MULTILINE)
        found.append(Block(match["language"], code, len(found) - 1 if adjacent else None))
        end = match.end()
    return found


def masked(text: str) -> str:
    """The text without what differs from run to run."""
    return _VOLATILE.sub("#", text).rstrip()


def python_of(page: str) -> tuple[list[str], list[str]]:
    """The page's Python blocks, and what the page shows that each of them prints."""
    found = blocks(page)
    code: list[str] = []
    shown: list[str] = []
    for block in found:
        if block.language == "python":
            code.append(block.code)
            shown.append("")
        elif block.language == "text" and block.follows is not None and found[block.follows].language == "python":
            shown[-1] = block.code
    return code, shown


def run_pages(pages: Sequence[Path], folder: Path, replaced: Mapping[str, str]) -> dict[str, list[str]]:
    """Run pages in one process of its own (they leave clients open, as applications do).

    Returns:
        What each block of each page printed; the traceback in its place where a page failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.pages", json.dumps(dict(replaced)), str(folder), *map(str, pages)],
        cwd=ROOT,
        # DSPy's own cache on disk would answer where an earlier run had the same port by chance.
        env={**os.environ, "DSPY_CACHEDIR": str(folder / "dspy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return result


def _run(page: Path, folder: Path, replaced: Mapping[str, str]) -> list[str]:
    program = f"\nprint({_MARK!r}, end='')\n".join(python_of(page.read_text(encoding="utf-8"))[0])
    for old, new in replaced.items():
        program = program.replace(old, new)
    script = folder / f"{page.stem}_page.py"
    script.write_text(program, encoding="utf-8")
    here = folder / page.stem
    here.mkdir()
    given = {"model": ChatOpenAI(base_url=replaced[MODEL_ADDRESS], api_key="unused", model="fixed", temperature=0)}
    with redirect_stdout(io.StringIO()) as out, chdir(here), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ResourceWarning)
        # DSPy 3.2, the oldest that is supported, uses itself what it deprecates.
        warnings.filterwarnings("ignore", "The 'prefix' argument", DeprecationWarning)
        try:
            runpy.run_path(str(script), init_globals=given)
        except Exception:
            return [traceback.format_exc()]
    return out.getvalue().split(_MARK)


# ------------------------------------------------------------------------------------------- other languages


def commands(block: Block) -> Iterator[list[str]]:
    """The commands of a shell block, word by word, without comments."""
    for line in block.code.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


def check_data(block: Block) -> None:
    """A block of data can be read."""
    if block.language == "json":
        json.loads(block.code)
    elif block.language == "yaml":
        yaml.safe_load(block.code)


if __name__ == "__main__":
    wanted = [Path(name) for name in sys.argv[3:]]
    printed = {str(page): _run(page, Path(sys.argv[2]), json.loads(sys.argv[1])) for page in wanted}
    print(json.dumps(printed), flush=True)
