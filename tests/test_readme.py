"""The README's code runs, and prints what the README shows; its commands and links exist."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.openai_server import deterministic_server
from tests.support.pages import MODEL_ADDRESS, ROOT, blocks, commands, python_of, run_pages

PAGE = ROOT / "README.md"
README = PAGE.read_text(encoding="utf-8")
# What SmolLM2-135M-Instruct answers at temperature 0.
RECORDED = {
    "Solve for x: 2x + 5 = 15": (
        "To solve this equation, we need to isolate the variable x on one side of the equation. We can do this by "
        "first subtracting 5 from both sides of the equation, which gives us 2x + 5 - 5 = 15 - 5, which simplifies to "
        "2x = 10.\n\n"
        "Now, we can divide both sides of the equation by 2, which gives us x = 5.\n\n"
        "So, the solution to the equation 2x + 5 = 15 is x = 5."
    )
}


def without_figures(text: str) -> str:
    """Ids, times and token counts differ from run to run and from model to model."""
    return re.sub(r"\b[0-9a-f]{12}…|\d[\d.,]*", "#", text).rstrip()


def test_the_code_runs_and_prints_what_is_shown(tmp_path: Path) -> None:
    code, shown = python_of(README)
    with deterministic_server(RECORDED) as (url, requests):
        printed = run_pages([PAGE], tmp_path, {MODEL_ADDRESS: url})[str(PAGE)]
    assert len(printed) == len(code), printed
    answer, _, receipt = shown[0].partition("rewrite |")
    assert printed[0].startswith(answer)
    assert without_figures(printed[0]) == without_figures(answer + "rewrite |" + receipt)
    assert [text.rstrip() for text in printed[1:]] == [text.rstrip() for text in shown[1:]]
    # Each part asks its model once; the rest is served.
    asked = [str(request["messages"][-1]["content"]) for request in requests]
    assert len(asked) == 3, asked


def test_the_commands_and_the_files_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shell = [words for block in blocks(README) if block.language == "sh" for words in commands(block)]
    made = [words[1] for words in shell if words[0] == "make"]
    assert made == ["demo", "test"]
    assert set(made) <= targets
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).exists(), link


def test_the_figures_are_those_of_the_benchmark_page() -> None:
    page = (ROOT / "docs" / "benchmark.md").read_text(encoding="utf-8")
    section = page[page.index("### 0.5B") :]
    columns, rows = _table(section)
    shown, few = _table(README[README.index("## The paper's experiment") :])
    assert len(few) == 6
    for system, cells in few.items():
        assert [rows[system][columns.index(name)] for name in shown] == cells, system


def _table(text: str) -> tuple[list[str], dict[str, list[str]]]:
    """Names of the columns behind the first, and the rows, of the first table."""
    lines = [line for line in text[text.index("\n| ") :].strip().split("\n\n")[0].splitlines() if line.startswith("|")]
    head, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return head[1:], {row[0]: row[1:] for row in body}
