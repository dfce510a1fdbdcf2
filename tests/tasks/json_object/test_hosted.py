"""Forms under the schema of the host, through a wrapped model: the order of its keys survives the store."""

from __future__ import annotations

from stepcache_lc import MemoryStore, StepCache
from stepcache_lc.tasks.json_object import JsonTask
from tests.support.models import ScriptedModel
from tests.traps.forms import NUMBER, STRING, form, obj
from tests.traps.trap import Alike

KEYS = "name, city, age"
SCHEMA = obj({"name": STRING, "city": STRING, "age": NUMBER})
ASKED = {"response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}}}


def test_a_reworded_form_is_reused_and_a_changed_one_rewritten() -> None:
    model = ScriptedModel(answerer=lambda _: '{"name": "Ann", "city": "Oslo", "age": 30}')
    asked = form("Name: Ann\nCity: Oslo\nAge: 30", KEYS)
    with StepCache(store=MemoryStore(), embeddings=Alike(), tasks=[JsonTask()]) as cache:
        chat = cache.wrap(model).bind(**ASKED)
        chat.invoke(asked)
        again = chat.invoke(asked.replace("Convert the above into", "Please turn the above into"))
        assert again.response_metadata["stepcache"]["outcome"] == "reuse"
        changed = chat.invoke(asked.replace("Ann", "Bob"))
        assert changed.response_metadata["stepcache"]["outcome"] == "rewrite"
        assert changed.content == '{"name": "Bob", "city": "Oslo", "age": 30}'
    assert model.calls == 1
