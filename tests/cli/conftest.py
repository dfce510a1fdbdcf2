"""A store that an application has filled and closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from stepcache_lc import StepCache
from stepcache_lc.cli import app
from tests.support.models import ScriptedModel

EQUATION = "Solve for x: 2x + 5 = 15"
WORKED = "Subtract 5 from both sides: 2x = 10.\n\nDivide by 2: x = 5.\n\nSo, the solution is x = 5."
UNREAD = "Tell me of [bold]Rome[/bold]."


def answer(messages: list[Any]) -> str:
    return WORKED if "Solve" in str(messages[-1].content) else "Rome is old.\x1b[31m"


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """Two entries in `default`, one in `tenant`."""
    path = tmp_path / "store"
    with StepCache(store=path) as cache:
        chat = cache.wrap(ScriptedModel(answerer=answer), model_id="scripted")
        chat.invoke(EQUATION)
        chat.invoke(UNREAD)
        with cache.using(namespace="tenant"):
            chat.invoke(UNREAD)
    return path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run a command line in this process."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("STEPCACHE_STORE", raising=False)

    def invoke(*arguments: object, **options: Any) -> Any:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], **options)

    return invoke
