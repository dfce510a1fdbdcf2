"""Code in prompts, answers, schemas, stored rows and dumps is text: none of it runs, and nothing unpickles it.

Two witnesses: a file that each payload would create, and Python's own audit events, which see every process that is
started, every unpickled class, and every compiled source.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import ChromaStore, StepCache
from stepcache_lc.embeddings import HashedEmbeddings
from tests.hostile.inputs import CODE, EQUATION, FORM
from tests.support.models import ScriptedModel

_ALARMS = ("os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "pickle.find_class", "os.fork")
_heard: list[str] | None = None
_canary = ""


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _heard is None:
        return
    if event in _ALARMS or (event == "compile" and _canary and _canary in repr(arguments[0])):
        _heard.append(f"{event} {arguments!r:.200}")


sys.addaudithook(_listen)


@contextmanager
def _nothing_runs(canary: Path) -> Iterator[None]:
    global _heard, _canary
    _heard, _canary = [], str(canary)
    try:
        yield
        assert _heard == []
        assert not canary.exists()
    finally:
        _heard = None


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    return tmp_path / "canary"


def test_the_witnesses_are_awake(canary: Path) -> None:
    with pytest.raises(AssertionError), _nothing_runs(canary):
        compile(f"# {canary}", "<test>", "exec")
    with pytest.raises(AssertionError), _nothing_runs(canary):
        canary.touch()


@pytest.mark.parametrize("code", CODE)
def test_code_in_prompts_and_answers(code: str, canary: Path, tmp_path: Path) -> None:
    payload = code.format(canary=canary)
    answers = [payload, f"x = {payload}", json.dumps({"name": payload, "age": 1}), f'{{"name": {payload}}}']
    asks: list[Callable[[Any], Any]] = [
        lambda chat: chat.invoke(payload),
        lambda chat: chat.invoke(EQUATION.format(payload)),
        lambda chat: chat.invoke(FORM.format(payload)),
        lambda chat: chat.invoke([("system", payload), ("human", "Solve 2x + 3 = 13 for x.")]),
        lambda chat: chat.invoke("Solve 2x + 3 = 13 for x.", stop=[payload]),
        lambda chat: chat.invoke(FORM.format(""), response_format={"type": "json_schema", "json_schema": payload}),
        lambda chat: list(chat.stream(FORM.format(""))),
    ]
    with _nothing_runs(canary), StepCache(store=tmp_path / "store", embeddings=HashedEmbeddings()) as cache:
        for answer in answers:
            for ask in asks:
                ask(cache.wrap(ScriptedModel(answerer=lambda messages, answer=answer: answer)))
        cache.explain(FORM.format(payload))
        cache.lookup(payload, payload)
        cache.lookup(f"[{payload}]", payload)
        assert cache.stats().errors == 0


@pytest.mark.parametrize("code", CODE)
def test_code_in_stored_rows_and_dumps(code: str, canary: Path, tmp_path: Path) -> None:
    payload = code.format(canary=canary)
    model = ScriptedModel(answerer=lambda messages: "The answer.")
    prompt = "Tell me a story."
    with _nothing_runs(canary):
        with StepCache(store=tmp_path / "store", embeddings=HashedEmbeddings()) as cache:
            cache.wrap(model).invoke(prompt)
            cache.dump(tmp_path / "dump.jsonl")
        lines = (tmp_path / "dump.jsonl").read_text().splitlines()
        (tmp_path / "hostile.jsonl").write_text("\n".join([payload, *(f'{{"entry": {payload}}}' for _ in lines)]))
        with StepCache(store=tmp_path / "other", embeddings=HashedEmbeddings()) as cache:
            assert cache.load(tmp_path / "hostile.jsonl") == 0
        # The row itself is replaced, past the cache.
        store = ChromaStore(tmp_path / "store")
        for collection in store._connection.client.list_collections():
            rows = collection.get(include=["metadatas"])
            for row in rows["ids"]:
                collection.update(ids=[row], metadatas=[{"entry": payload, "created": 1.0}])
        store.close()
        with StepCache(store=tmp_path / "store", embeddings=HashedEmbeddings()) as cache:
            receipt = cache.wrap(model).invoke(prompt).response_metadata["stepcache"]
            assert receipt["outcome"] == "miss"
            # It is repaired: the answer that was just made stands in its place.
            assert receipt["stored"] is not None
    assert model.calls == 2
