"""The worked example of docs/tasks.md runs, and prints what the page shows."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.support.models import ScriptedModel

PAGE = (Path(__file__).parent.parent / "docs" / "tasks.md").read_text(encoding="utf-8")

RECIPE = "Chop the onions finely.\nFry {cloves} cloves of garlic.\nAdd the {main} and simmer.\nServe warm.\n"


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
