"""The repair loop asks a model of temperature 0 in other words each time."""

from __future__ import annotations

import pytest

from stepcache_lc import MemoryStore, Policy, StepCache
from tests.support.models import ScriptedModel

EQUATION = "Solve 2x + 3 = 13 for x."
FORM = "Name: Ann Lee\nCity: Oslo\n\nConvert the above into JSON with the keys name, city. Output only JSON."


@pytest.mark.parametrize(
    ("request_", "wrong", "right"),
    [
        (EQUATION, "Subtract 3 from both sides: 2x = 11\nx = 11/2", "Subtract 3 from both sides: 2x = 10\nx = 5"),
        (FORM, '{"name": "Ann Lee", "city', '{"name": "Ann Lee", "city": "Oslo"}'),
    ],
)
def test_no_two_prompts_are_alike(request_: str, wrong: str, right: str) -> None:
    seen: dict[str, str] = {}

    def answer(messages: list[object]) -> str:
        text = str(messages[-1].content)  # type: ignore[attr-defined]
        # The same words get the same answer, as at temperature 0; only the third wording helps.
        return seen.setdefault(text, right if len(seen) == 2 else wrong)

    model = ScriptedModel(answerer=answer)
    with StepCache(store=MemoryStore(), policy=Policy(max_repairs=2)) as cache:
        message = cache.wrap(model).invoke(request_)
    receipt = message.response_metadata["stepcache"]
    assert len(seen) == model.calls == 3
    assert receipt["verified"], receipt
    assert receipt["outcome"] != "solved", receipt
