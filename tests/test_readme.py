"""The README's code runs, and prints what the README shows. Only the model is a fake."""

import re
import runpy
from pathlib import Path
from typing import Any

import langchain_openai
import pytest
from langchain_core.messages import BaseMessage

from tests.support.models import ScriptedModel

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# What SmolLM2-135M-Instruct answers to "Solve for x: 2x + 5 = 15" at temperature 0.
RECORDED = (
    "To solve this equation, we need to isolate the variable x on one side of the equation. We can do this by first "
    "subtracting 5 from both sides of the equation, which gives us 2x + 5 - 5 = 15 - 5, which simplifies to 2x = 10."
    "\n\n"
    "Now, we can divide both sides of the equation by 2, which gives us x = 5.\n\n"
    "So, the solution to the equation 2x + 5 = 15 is x = 5."
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def without_figures(text: str) -> str:
    """Ids, times and token counts differ from run to run and from model to model."""
    return re.sub(r"\b[0-9a-f]{12}…|\d[\d.,]*", "#", text)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, global_cache: Any) -> list[str]:
    """Put a recorded model where the README connects to a real one; the prompts that reach it."""
    prompts: list[str] = []

    def answer(messages: list[BaseMessage]) -> str:
        prompts.append(messages[-1].text)
        return RECORDED

    monkeypatch.setattr(langchain_openai, "ChatOpenAI", lambda **options: ScriptedModel(answerer=answer))
    return prompts


def test_the_code_runs_and_prints_what_is_shown(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = blocks("python")
    assert len(code) == 3
    (shown,) = blocks("text")
    script = tmp_path / "readme.py"
    script.write_text("\n".join(code), encoding="utf-8")
    runpy.run_path(str(script))
    printed = capsys.readouterr().out
    answer, _, receipt = shown.partition("rewrite |")
    assert printed.startswith(answer)
    assert without_figures(printed).startswith(without_figures(answer + "rewrite |" + receipt))
    # Once for the first request, once with the cache disabled.
    assert asked == ["Solve for x: 2x + 5 = 15"] * 2


def test_the_commands_and_the_files_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = re.findall(r"^make ([a-z-]+)", "\n".join(blocks("sh")), re.MULTILINE)
    assert commands == ["demo", "test"]
    assert set(commands) <= targets
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", README):
        assert (ROOT / link).is_file(), link
