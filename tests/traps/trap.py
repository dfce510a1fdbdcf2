"""What a trap is, and how one is sprung: an earlier answer in the cache, then a request that it does not answer.

`Own`: the new request holds more than is understood, so the model's words must come through unaltered and
unverified. `Value`: a rule may recompute, and the right result is stated here, by hand. `Claim`: a fresh answer to a
plain request is wrong or says more than was checked, so it must never be called verified nor be served to anyone.
`Json`: the right object is stated here, and the model gives it, key by key, to whoever asks; whatever is served from
the cache instead shows up as a difference. `Talk`: as `Own`, for whole conversations and settings of the call.

Nothing here shares code with the package: values are compared as text, as `Fraction` or as parsed JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from langchain_core.embeddings import Embeddings
from langchain_core.messages import BaseMessage

from stepcache_lc import MemoryStore, Policy, StepCache
from tests.support.models import ScriptedModel
from tests.support.patches import wanted

EVERYTHING = Policy(min_similarity=-1.0)
FROM_CACHE = ("exact", "reuse", "rewrite", "solved", "patch")

SOLVE = "Solve 2x + 3 = 13 for x."
WORKED = "Subtract 3 from both sides: 2x = 10\nDivide both sides by 2: x = 5"


class Alike(Embeddings):
    """All texts are alike: similarity must not save a trap, every earlier answer is proposed."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[1.0, 0.0] for _ in texts]

    def embed_query(self, text: str) -> list[float]:
        return [1.0, 0.0]


def cache_of_traps() -> StepCache:
    return StepCache(store=MemoryStore(), embeddings=Alike(), policy=EVERYTHING)


@dataclass(frozen=True)
class Own:
    """The model's own words, unaltered; never verified."""

    name: str
    new: str
    why: str
    old: str = SOLVE
    answer: str = WORKED
    reply: str = "My own words about this one: forty-two apples, x = 17."
    system: str = ""
    """System prompt of the new request."""
    old_system: str = ""
    may_exact: bool = False

    def spring(self) -> None:
        model = _model({self.old: self.answer}, self.reply)
        with cache_of_traps() as cache:
            chat = cache.wrap(model)
            chat.invoke(_messages(self.old_system, self.old))
            before = model.calls
            message = chat.invoke(_messages(self.system, self.new))
            said = message.response_metadata["stepcache"]
        assert message.content == self.reply, (self.why, said)
        assert said["outcome"] in ("miss", "regenerate"), (self.why, said)
        assert said["verified"] is False, (self.why, said)
        assert said["assurance"] not in ("proved", "assigned"), (self.why, said)
        assert model.calls - before == 1, (self.why, said)


@dataclass(frozen=True)
class Value:
    """What is served states this value, whoever computed it, and none of the stale texts."""

    name: str
    new: str
    right: str
    why: str
    unknown: str = "x"
    old: str = SOLVE
    answer: str = WORKED
    stale: tuple[str, ...] = ()
    """Texts that must not be in what is served from the cache."""
    needs: str = ""
    """A pattern that must be in what is served from the cache."""

    def spring(self) -> None:
        reply = f"The model worked it out afresh.\n{self.unknown} = {self.right}"
        model = _model({self.old: self.answer}, reply)
        with cache_of_traps() as cache:
            chat = cache.wrap(model)
            chat.invoke(self.old)
            message = chat.invoke(self.new)
            said = message.response_metadata["stepcache"]
        text = str(message.content)
        if said["outcome"] in FROM_CACHE or said["verified"]:
            assert stated(text, self.unknown) == Fraction(self.right), (self.why, text, said)
        if said["outcome"] in FROM_CACHE:
            for old in self.stale:
                assert old not in text, (self.why, text, said)
            assert re.search(self.needs, text), (self.why, text, said)


@dataclass(frozen=True)
class Claim:
    """A fresh answer with something wrong in it is never called verified, and never served to another request."""

    name: str
    answer: str
    wrong: str
    """The part of the answer that must not be vouched for."""
    why: str
    asked: str = SOLVE
    again: str = "Find x: 2x + 3 = 13"

    def spring(self) -> None:
        assert self.wrong in self.answer
        model = ScriptedModel(answerer=lambda _: self.answer)
        with cache_of_traps() as cache:
            chat = cache.wrap(model)
            for prompt in (self.asked, self.again):
                message = chat.invoke(prompt)
                said = message.response_metadata["stepcache"]
                if self.wrong in str(message.content):
                    assert said["verified"] is False, (self.why, message.content, said)
                    assert said["outcome"] in ("miss", "regenerate"), (self.why, message.content, said)


@dataclass(frozen=True)
class Json:
    """The right object, key by key; the model gives it to whoever asks."""

    name: str
    old: str
    answer: Any
    """The earlier answer: a JSON value, or a text."""
    new: str
    right: Any
    why: str
    old_schema: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None
    verified: bool = False
    """Whether every value stands assigned in the new prompt, so that `verified: true` is honest."""
    untouched: bool = False
    """Whether the model must have been asked for the whole, once, and its answer passed on as it is."""
    system: str = ""
    old_system: str = ""
    fresh: bool = False
    """There is no earlier answer: what is done to the model's own is the trap."""

    def spring(self) -> None:
        earlier = self.answer if isinstance(self.answer, str) else json.dumps(self.answer, ensure_ascii=False)
        reply = self.right if isinstance(self.right, str) else json.dumps(self.right, ensure_ascii=False)
        right = _value(reply)

        def answer(messages: list[BaseMessage]) -> str:
            text = str(messages[-1].content)
            if text == self.new:
                return reply
            if text == self.old:
                return earlier
            return _part(text, right, reply)

        model = ScriptedModel(answerer=answer)
        with cache_of_traps() as cache:
            chat = cache.wrap(model)
            if not self.fresh:
                # The old request may equal the new one but for its schema or system prompt.
                model.answerer = (lambda _: earlier) if self.old == self.new else answer
                _bound(chat, self.old_schema).invoke(_messages(self.old_system, self.old))
                model.answerer = answer
            before = model.calls
            message = _bound(chat, self.schema).invoke(_messages(self.system, self.new))
            said = message.response_metadata["stepcache"]
        assert _same(_value(str(message.content)), right), (self.why, message.content, said)
        if not self.verified:
            assert said["verified"] is False, (self.why, message.content, said)
        if self.untouched:
            assert message.content == reply, (self.why, said)
            assert said["outcome"] in ("miss", "regenerate"), (self.why, said)
            assert model.calls - before == 1, (self.why, said)


@dataclass(frozen=True)
class Talk:
    """Whole conversations and settings of the call: the model's own words, unaltered; never verified."""

    name: str
    old: Sequence[BaseMessage]
    new: Sequence[BaseMessage]
    why: str
    answer: str = WORKED
    reply: str = "My own words about this one: forty-two apples, x = 17."
    old_settings: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    verified: bool = False
    """Whether the new request is wholly understood, and the reply right: then only sharing is the trap."""

    def spring(self) -> None:
        model = ScriptedModel(answerer=[self.answer, self.reply])
        with cache_of_traps() as cache:
            chat = cache.wrap(model)
            chat.bind(**self.old_settings).invoke(list(self.old))
            assert model.calls == 1, self.why
            message = chat.bind(**self.settings).invoke(list(self.new))
            said = message.response_metadata["stepcache"]
        assert message.content == self.reply, (self.why, message.content, said)
        assert said["outcome"] in ("miss", "regenerate", "bypass"), (self.why, said)
        assert said["verified"] is self.verified, (self.why, said)
        assert model.calls == 2, (self.why, said)


def stated(text: str, unknown: str) -> Fraction | None:
    """The last `unknown = number` in a text, or the number that is all of it."""
    plain = re.sub(r"\\d?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", text).replace("−", "-")
    found = re.findall(rf"(?<![\w\\]){re.escape(unknown)}\s*=\s*(-?\d+(?:\.\d+)?(?:/\d+)?)(?![\w.]*\d)", plain)
    if not found and re.fullmatch(r"-?\d+(?:\.\d+)?(?:/\d+)?", plain.strip(" .\n")):
        return Fraction(plain.strip(" .\n"))
    return Fraction(found[-1]) if found else None


def _model(known: Mapping[str, str], otherwise: str) -> ScriptedModel:
    return ScriptedModel(answerer=lambda messages: known.get(str(messages[-1].content), otherwise))


def _messages(system: str, text: str) -> list[tuple[str, str]]:
    return ([("system", system)] if system else []) + [("human", text)]


def _bound(chat: Any, schema: Mapping[str, Any] | None) -> Any:
    if schema is None:
        return chat
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": dict(schema)}}
    return chat.bind(response_format=form)


def _value(text: str) -> Any:
    """The JSON value between the first opening and the last closing bracket."""
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    end = max(text.rfind("}"), text.rfind("]"))
    return json.loads(text[min(starts) : end + 1], object_pairs_hook=_pairs)


def _pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in members}) == len(members), "a key stands twice"
    return dict(members)


def _same(one: Any, other: Any) -> bool:
    """Equal, `1` and `true` told apart, and the order of keys as well."""
    return json.dumps(one, ensure_ascii=False) == json.dumps(other, ensure_ascii=False)


def _part(text: str, right: Any, whole: str) -> str:
    """What is asked for in a patch prompt: an object of the wanted keys or pointers, else the whole."""
    names = wanted(text)
    if not names:
        return whole
    found: dict[str, Any] = {}
    for name in names:
        node = right
        for token in name[1:].split("/") if name.startswith("/") and name not in right else [name]:
            node = node[int(token)] if isinstance(node, list) else node[token]
        found[name] = node
    return json.dumps(found, ensure_ascii=False)
