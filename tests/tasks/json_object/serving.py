"""What the planner makes of one earlier answer for a new request, with a scripted model for what must be asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stepcache_lc.core.planner import Settings, plan
from stepcache_lc.core.reading import read
from stepcache_lc.core.stitch import judge
from stepcache_lc.core.types import Candidate, Entry, Generate, Patch, Recall, Request, Reuse, Rewrite, join
from stepcache_lc.errors import MergeError
from stepcache_lc.tasks.json_object import JsonTask

TASK = JsonTask()
SETTINGS = Settings(tasks=(TASK,))
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Served:
    """What would be served."""

    outcome: str
    text: str = ""
    asked: tuple[str, ...] = ()
    why: str = ""

    @property
    def value(self) -> Any:
        text = self.text[self.text.index("{") : self.text.rindex("}") + 1]
        return json.loads(text)


def admitted(prompt: str, answer: str, schema: Schema | None = None, form: str = "text") -> bool:
    """Whether a fresh answer would become a candidate."""
    reading = read(Request(prompt, schema=schema, form=form), (TASK,), system_is_style=False)
    if reading is None:
        return False
    steps = TASK.segment(answer, reading.constraints)
    return judge(tuple(steps), reading)[1].kind == "pass"


def serve(
    old: str,
    answer: str,
    new: str,
    *,
    old_schema: Schema | None = None,
    new_schema: Schema | None = None,
    form: str = "text",
    model: Callable[[str], str] | None = None,
    system: str = "",
) -> Served:
    """Serve `new` from the answer to `old`; `model` replies to the patch prompt."""
    request = Request(new, schema=new_schema, form=form, system=system)
    entry = Entry(
        id="old",
        namespace="",
        model="",
        scope="",
        request_text=old,
        text=answer,
        payload="",
        schema=json.dumps(old_schema) if old_schema is not None else "",
        form=form,
        task="json",
        candidate=True,
    )
    reading = read(request, (TASK,), system_is_style=False)
    chosen = plan(Recall(request, reading, candidates=(Candidate(entry, 0.9),)), SETTINGS)
    if isinstance(chosen, Reuse | Rewrite):
        return Served(type(chosen).__name__.lower(), join(chosen.draft.steps))
    if isinstance(chosen, Patch):
        asked = tuple(chosen.draft.steps[index].name for index in chosen.block)
        if model is None:
            return Served("patch", "", asked, chosen.why)
        assert reading is not None
        messages = TASK.patch_prompt(request, chosen.draft.steps, chosen.block, reading.constraints)
        try:
            merged = TASK.merge(model(messages[-1].text), chosen.draft.steps, chosen.block)
        except MergeError as error:
            return Served("merge error", "", asked, f"{type(error).__name__}: {error}")
        whole = judge(tuple(merged), reading, stale=chosen.draft.stale)[1]
        return Served("patch" if whole.kind == "pass" else "patch failed", join(merged), asked, whole.reason)
    assert isinstance(chosen, Generate)
    return Served("regenerate" if reading is not None else "unread", why=chosen.why)
