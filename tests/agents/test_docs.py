"""The code in `docs/agents.md` runs as it stands, and prints what stands there."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from tests.agents.models import AgentModel, calling, forecaster
from tests.support.pages import ROOT, python_of


class Everyone(AgentModel):
    """Forecasts, or fills in the guest that the request names."""

    def _message(self, messages: list[BaseMessage], kwargs: dict[str, object]) -> AIMessage:
        text = str(messages[-1].content)
        self.answerer = forecaster
        if "room: " in text:
            values = dict(line.split(": ") for line in text.splitlines()[1:])
            guest = {"name": values["name"], "room": int(values["room"])}
            self.answerer = [json.dumps(guest) if "response_format" in kwargs else calling("Guest", **guest)]
        return super()._message(messages, kwargs)


def test_the_page_shows_what_its_code_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown = python_of((ROOT / "docs" / "agents.md").read_text(encoding="utf-8"))
    page = tmp_path / "page.py"
    page.write_text("\nprint('---')\n".join(code), encoding="utf-8")
    scope = runpy.run_path(str(page), init_globals={"model": Everyone(answerer=[])})
    assert capsys.readouterr().out.split("---\n") == shown
    scope["cache"].close()
