"""No word of a prompt or an answer in logs at INFO and above, nor in receipts unless asked; no secret of the model.

Marks are planted wherever a host may put text: each is a word that no rule knows.
"""

from __future__ import annotations

import itertools
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI

from stepcache_lc import MemoryStore, Policy, StepCache
from stepcache_lc.receipt import Receipt
from tests.hostile.inputs import TEXTS
from tests.support.algebra import good
from tests.support.models import ScriptedModel, StreamingModel

MARK = re.compile("qzx", re.IGNORECASE)
_numbers = itertools.count(10)


def mark() -> str:
    return f"Qzx{next(_numbers)}"


EQUATIONS = [
    lambda: f"Solve 2x + 3 = 13 for x. {mark()}",
    lambda: f"{mark()}: solve 2x + 3 = 13 for x",
    lambda: f"Solve 2{mark()} + 3 = 13 for {mark()}.",
    lambda: f"Solve 2x + 3 = 13 for x. Use {mark()} and “{mark()}”.",
    lambda: "Solve 2x + 3 = 13 for x.",
]
OBJECTS = [
    lambda: (
        f"Customer: {mark()}\nOrder: 17\n\nConvert the above into JSON with the keys customer, order. Output only JSON."
    ),
    lambda: f"Ticket: {mark()} is broken. Return a JSON object with the keys summary, severity. {mark()}!",
    lambda: "Return a JSON object with the keys name and age for “" + mark() + "”.",
    lambda: f'Return JSON like {{"name": "{mark()}"}} for {mark()}.',
]
ANSWERS = [
    lambda: f"2x = 10\nx = {mark()}",
    lambda: f"Subtract {mark()} from both sides: 2x = 10\nx = 5",
    lambda: f"2x = 11 since {mark()}\nx = 5",
    lambda: f"{mark()} = 5",
    lambda: json.dumps({"customer": mark(), "order": mark()}),
    lambda: json.dumps({"summary": mark(), "severity": [mark()], f"{mark()} and more": 1}),
    lambda: f'{{"name": "{mark()}", "age": {mark()}}}',
    lambda: json.dumps({"customer": "Ann", "order": 17, mark(): 1}),
    lambda: f'{{"{(key := mark())}": 1, "{key}": 2}}',
    lambda: f'{mark()} {{"customer": 1}} {mark()}',
    lambda: f"I cannot tell, {mark()}.",
]


@pytest.fixture(autouse=True)
def _logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.INFO)
    yield
    for record in caplog.records:
        assert not MARK.search(record.getMessage()), record.getMessage()
        assert record.exc_info is None or record.levelno < logging.INFO, record


def _check(receipts: list[Receipt], cache: StepCache) -> None:
    assert receipts
    for receipt in [*receipts, *cache.receipts(100)]:
        said = json.dumps(receipt.to_dict(), ensure_ascii=False)
        assert not MARK.search(said), said
    assert not MARK.search(repr(cache.stats()))


@pytest.mark.parametrize("answer", range(len(ANSWERS)))
def test_no_mark_of_a_prompt_or_an_answer_in_receipts_and_logs(answer: int) -> None:
    model = StreamingModel(answerer=lambda messages: ANSWERS[answer]())
    heard: list[Receipt] = []
    with StepCache(store=MemoryStore(), on_receipt=heard.append) as cache, cache.record() as receipts:
        chat = cache.wrap(model)
        for prompt in (ask() for ask in [*EQUATIONS, *OBJECTS]):
            turns: list[list[BaseMessage]] = [
                [HumanMessage(prompt)],
                [SystemMessage(f"You are {mark()}."), HumanMessage(prompt)],
                [HumanMessage(mark()), AIMessage(mark()), HumanMessage(prompt)],
            ]
            for messages in turns:
                message = chat.invoke(messages, stop=[mark()])
                assert not MARK.search(json.dumps(message.response_metadata["stepcache"], ensure_ascii=False))
            list(chat.stream(prompt))
            # Once more, from what is stored now.
            chat.invoke(prompt)
        _check(receipts, cache)


def test_no_mark_where_the_model_or_the_store_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"cannot handle {mark()}")

    with StepCache(store=tmp_path) as cache, cache.record() as receipts:
        for name in ("get", "nearest", "put"):
            with monkeypatch.context() as patched:
                patched.setattr(cache._engine.store, name, fail)
                for ask in [*EQUATIONS, *OBJECTS]:
                    cache.wrap(ScriptedModel(answerer=lambda messages: "x = 5")).invoke(ask())
        with monkeypatch.context() as patched:
            for task in cache._engine.tasks:
                for name in ("read", "segment", "verify", "align", "rewrite", "accept"):
                    patched.setattr(task, name, fail, raising=False)
            for ask in EQUATIONS:
                cache.wrap(ScriptedModel(answerer=lambda messages: f"x = 5, {mark()}")).invoke(ask())
        assert cache.stats().errors > 0
        _check(receipts, cache)


@pytest.mark.parametrize("name", TEXTS)
def test_no_stretch_of_a_hostile_text(name: str) -> None:
    """What is said of a text holds at most its shape: no eight characters of it, but for words that are our own."""
    text = TEXTS[name].encode("utf-8", "replace").decode()
    with StepCache(store=MemoryStore()) as cache:
        chat = cache.wrap(ScriptedModel(answerer=lambda messages: text))
        for prompt in ("Solve 2x + 3 = 13 for x.", f"Solve {text} for x."):
            said = json.dumps(chat.invoke(prompt).response_metadata["stepcache"], ensure_ascii=False)
            assert not any(text[at : at + 8] in said for at in range(0, min(len(text) - 8, 4_000), 8)), said


def test_no_word_of_a_callback_that_fails() -> None:
    """What it raises may hold whatever it looked at."""

    def fail(receipt: Receipt) -> None:
        raise ValueError(mark())

    with StepCache(store=MemoryStore(), on_receipt=fail) as cache:
        cache.wrap(ScriptedModel(answerer=good)).invoke("Solve 2x + 3 = 13 for x.")


def test_quotations_are_there_when_they_are_asked_for() -> None:
    with StepCache(store=MemoryStore(), policy=Policy(receipt_quotes=True)) as cache:
        chat = cache.wrap(ScriptedModel(answerer=lambda messages: "2x = 11\nx = 5"))
        for _ in range(2):
            receipt = chat.invoke("Solve 2x + 3 = 13 for x. Qzx.").response_metadata["stepcache"]
            assert MARK.search(" ".join(receipt["unchecked"]))


def test_an_explanation_quotes_since_it_is_asked_for() -> None:
    with StepCache(store=MemoryStore()) as cache:
        model = ScriptedModel(answerer=good)
        cache.wrap(model).invoke("Solve 2x + 3 = 13 for x. Answer in French, Qzx.")
        receipt = cache.explain("Solve 2x + 3 = 13 for x. Answer in  French, Qzx.", model=cache.wrap(model))
        assert MARK.search(" ".join(receipt.unchecked)), receipt


def test_no_secret_of_the_model_is_kept_or_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = "sk-Qzx" + "1234567890" * 3
    model = ChatOpenAI(
        model="gpt", api_key=secret, base_url="http://127.0.0.1:9/v1", max_retries=0,  # type: ignore[arg-type]
        default_headers={"Authorization": f"Bearer {secret}", "X-Api-Key": secret},
    )  # fmt: skip
    with StepCache(store=tmp_path) as cache, cache.record() as receipts:
        with pytest.raises(Exception, match=r"[Cc]onnection"):
            cache.wrap(model).invoke("Solve 2x + 3 = 13 for x.")
        receipts.append(cache.explain("Solve 2x + 3 = 13 for x.", model=cache.wrap(model)))
        cache.update("prompt", model._get_llm_string(stop=None), [])
        _check(receipts, cache)
        cache.dump(tmp_path / "dump.jsonl")
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes(), file


def test_a_failure_that_goes_on_is_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> Any:
        raise OSError("gone")

    with StepCache(store=MemoryStore()) as cache:
        monkeypatch.setattr(cache._engine.store, "put", fail)
        chat = cache.wrap(ScriptedModel(answerer=lambda messages: "Hello."))
        for number in range(20):
            chat.invoke(f"Hello {number}")
        said = [record for record in caplog.records if record.levelno >= logging.WARNING]
        assert len(said) == 1
        assert cache.stats().errors == 20
