"""A namespace is a hard partition: no request is answered from, or explained by, what another namespace holds.

Thousands of alike requests over fifty namespaces, with models, system prompts and histories mixed in. The checker keeps
its own book of which call stored which entry.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from stepcache_lc import MemoryStore, Policy, StepCache
from tests.support.algebra import parsed, root, stated, worked
from tests.support.models import ScriptedModel

NAMESPACES = [f"tenant-{number:02}" for number in range(48)] + ["tenant-0", "Tenant-00"]
SYSTEMS = [None, "You are a helpful assistant.", "Answer for Acme Corp. only."]


class Tenants:
    """Fifty tenants on one cache, two models each; every answer of a model carries who it was made for."""

    def __init__(self, cache: StepCache) -> None:
        self.cache = cache
        self.now = ""
        self.models = [ScriptedModel(answerer=self._answer, name_of_model=f"model-{n}") for n in range(2)]
        self.owner: dict[str, str] = {}

    def _answer(self, messages: list[BaseMessage]) -> str:
        text = str(messages[-1].content)
        return worked(text) if parsed(text) else f"for {self.now}: {text}"

    def ask(self, rng: random.Random, namespace: str, number: int, messages: list[BaseMessage]) -> dict[str, Any]:
        # The whole identity of a call: what the answer may depend on.
        system = next((str(message.content) for message in messages if message.type == "system"), "")
        self.now = f"{namespace}/{number}/{system}/{len(messages)}"
        model = self.models[number]
        if rng.random() < 0.5:
            message = self.cache.wrap(model, namespace=namespace).invoke(messages)
        else:
            with self.cache.using(namespace=namespace):
                message = self.cache.wrap(model).invoke(messages)
        receipt: dict[str, Any] = message.response_metadata["stepcache"]
        sources = {receipt["source"], *(step["source"] for step in receipt["steps"])} - {None}
        for source in sources:
            assert self.owner.get(source, self.now) == self.now, (source, self.owner[source], self.now)
        if receipt["stored"] is not None:
            assert self.owner.setdefault(receipt["stored"], self.now) == self.now
        text = str(messages[-1].content)
        found = parsed(text)
        if found is None:
            assert message.text == f"for {self.now}: {text}"
        else:
            assert stated(message.text, found[1]) == root(text), (text, message.text)
        return receipt


def _messages(rng: random.Random) -> list[BaseMessage]:
    if rng.random() < 0.6:
        a, b, c = rng.randint(2, 4), rng.randint(1, 3), rng.randint(4, 9)
        last = rng.choice(["Solve {} for x.", "Find x: {}"]).format(f"{a}x + {b} = {c}")
    else:
        last = rng.choice(["What is my balance?", "List my last orders.", "Who am I?"])
    system = rng.choice(SYSTEMS)
    history: list[BaseMessage] = [] if system is None else [SystemMessage(system)]
    if rng.random() < 0.2:
        history += [HumanMessage("Hello."), AIMessage("Good day.")]
    return [*history, HumanMessage(last)]


@pytest.fixture
def tenants() -> Iterator[Tenants]:
    with StepCache(store=MemoryStore(), policy=Policy(min_similarity=-1.0)) as cache:
        yield Tenants(cache)


def _run(tenants: Tenants, requests: int, seed: int) -> None:
    rng = random.Random(seed)
    hits = 0
    for _ in range(requests):
        receipt = tenants.ask(rng, rng.choice(NAMESPACES), rng.randrange(2), _messages(rng))
        hits += receipt["model_calls"] == 0
    assert hits > requests // 20, "too few hits to show anything"


def test_no_answer_crosses(tenants: Tenants) -> None:
    _run(tenants, 1_000, seed=1)


@pytest.mark.long
def test_no_answer_crosses_in_ten_thousand_requests(tenants: Tenants) -> None:
    _run(tenants, 10_000, seed=2)


def test_explain_names_no_entry_of_another_namespace(tenants: Tenants) -> None:
    rng = random.Random(3)
    for _ in range(300):
        tenants.ask(rng, rng.choice(NAMESPACES[:10]), 0, _messages(rng))
    homes = {entry: owner.split("/")[0] for entry, owner in tenants.owner.items()}
    named = 0
    for _ in range(150):
        namespace = rng.choice(NAMESPACES[:12])
        chat = tenants.cache.wrap(tenants.models[rng.randrange(2)], namespace=namespace)
        receipt = tenants.cache.explain(_messages(rng), model=chat)
        seen = {entry for entry in homes if entry in (receipt.source or "") or entry in receipt.why}
        seen |= {step.source for step in receipt.steps if step.source}
        named += bool(seen)
        assert all(homes[entry] == namespace for entry in seen), (namespace, receipt)
    assert named > 50


def test_forgetting_clearing_and_dumping_stay_in_their_namespace(tenants: Tenants, tmp_path: Any) -> None:
    cache, (model, _) = tenants.cache, tenants.models
    for namespace in ("a", "b"):
        tenants.ask(random.Random(0), namespace, 0, [HumanMessage("Who am I?")])
    with cache.using(namespace="a"):
        cache.clear()
    assert cache.wrap(model, namespace="b").invoke("Who am I?").response_metadata["stepcache"]["outcome"] == "exact"
    assert cache.forget(namespace="a") == 0
    assert cache.wrap(model, namespace="b").invoke("Who am I?").response_metadata["stepcache"]["outcome"] == "exact"
    assert cache.forget(namespace="b") == 1
