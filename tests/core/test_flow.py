"""The flow, driven by hand: every outcome, with a tiny task and a scripted world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from stepcache_lc import drivers
from stepcache_lc.core.effects import Ask, Save
from stepcache_lc.core.flow import admit, agree, serve
from stepcache_lc.core.planner import Settings
from stepcache_lc.core.types import Answer, Candidate, Deferred, Entry, Reply, Request, Tokens
from stepcache_lc.tasks import Task
from tests.support.kitchen import KitchenTask


@dataclass
class World:
    """Remembers what is saved; answers from a script."""

    replies: list[Any] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)
    asked: list[Ask] = field(default_factory=list)
    front: dict[str, Entry] = field(default_factory=dict)
    held: Candidate | None = None
    searched: int = 0
    error: Exception | None = None

    def find(self, request: Request) -> Entry | None:
        return self.entries.get(request.key) or self.front.get(request.key)

    def familiar(self, request: Request, *, other_numbers: bool) -> Candidate | None:
        return self.held

    def nearest(self, request: Request, k: int) -> list[Candidate]:
        self.searched += 1
        return [Candidate(entry, 0.9 - at / 100) for at, entry in enumerate(self.entries.values())][:k]

    def save(self, save: Save) -> str | None:
        (self.entries if save.durable else self.front)[save.entry.id] = save.entry
        return save.entry.id if save.durable else None

    def trouble(self, where: str, error: Exception) -> None:
        self.troubles.append(where)

    def ask(self, ask: Ask) -> Reply:
        self.asked.append(ask)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, Reply) else Reply(reply, payload="p", tokens=Tokens(10, 5))

    async def aask(self, ask: Ask) -> Reply:
        return self.ask(ask)

    def live(self, ask: Ask, *, on_loop: bool) -> None:
        return None


def request(text: str, scope: str = "s", **changes: Any) -> Request:
    return replace(Request(text, scope=scope, key=f"{scope}|{text}", model="m"), **changes)


def settings(task: Task | None = None, **changes: Any) -> Settings:
    return replace(Settings(tasks=(task or KitchenTask(),)), **changes)


def run(world: World, text: str, *, task: Task | None = None, scope: str = "s", **changes: Any) -> Answer:
    answer = drivers.run(serve(request(text, scope), settings(task, **changes)), world, world)
    assert isinstance(answer, Answer), answer
    assert not world.troubles, world.troubles
    return answer


def filled(*pairs: tuple[str, str], task: Task | None = None) -> World:
    world = World()
    for text, answer in pairs:
        world.replies = [answer]
        run(world, text, task=task)
    world.asked.clear()
    return world


def test_miss_then_exact() -> None:
    world = World(replies=["a: 1\n"])
    first = run(world, "a=1")
    assert (first.outcome, first.assurance, first.verified, first.model_calls) == ("miss", "proved", True, 1)
    assert first.stored == "s|a=1"
    again = run(world, "a=1")
    assert (again.outcome, again.model_calls, again.tokens, again.saved) == ("exact", 0, Tokens(), Tokens(10, 5))
    assert again.text == first.text
    assert [record.origin for record in again.records] == ["cached"]


def test_reuse_of_another_requests_answer() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    answer = run(world, "a=1  b=2")
    assert (answer.outcome, answer.model_calls, answer.source) == ("reuse", 0, "s|a=1 b=2")
    assert answer.stored is None
    # kept in this process, so that the same request is an exact hit next time
    assert run(world, "a=1  b=2").outcome == "exact"


def test_rewrite_recomputes_by_rule() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    answer = run(world, "a=1 b=3")
    assert (answer.outcome, answer.text, answer.model_calls) == ("rewrite", "a: 1\nb: 3\n", 0)
    assert [record.origin for record in answer.records] == ["cached", "rewritten"]
    assert {record.source for record in answer.records} == {"s|a=1 b=2"}


def test_a_familiar_candidate_serves_without_a_search() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.held, world.searched = Candidate(world.entries["s|a=1 b=2"], 0.8), 0
    answer = run(world, "a=1 b=3")
    assert (answer.outcome, answer.text, answer.similarity) == ("rewrite", "a: 1\nb: 3\n", 0.8)
    assert world.searched == 0


@pytest.mark.parametrize(
    "held",
    [
        {"text": "a: 1\n"},  # its answer cannot be recomputed
        {"scope": "another"},
        {"form": "tool:other"},
        {"candidate": False},
    ],
    ids=["answer", "scope", "form", "candidate"],
)
def test_where_a_familiar_candidate_does_not_serve_the_store_is_asked(held: dict[str, Any]) -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    good = world.entries["s|a=1 b=2"]
    world.held, world.searched = Candidate(replace(good, id="held", **held), 0.8), 0
    answer = run(world, "a=1 b=3")
    assert (answer.outcome, answer.source) == ("rewrite", good.id)
    assert world.searched == 1


def test_a_familiar_candidate_must_be_similar_as_any_other() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.held, world.searched = Candidate(replace(world.entries["s|a=1 b=2"], id="held"), 0.4), 0
    assert run(world, "a=1 b=3").source == "s|a=1 b=2"
    assert world.searched == 1


def test_a_retriever_gets_all_that_the_store_proposes() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.held, world.searched = Candidate(world.entries["s|a=1 b=2"], 0.8), 0
    assert run(world, "a=1 b=3", familiar=False).similarity == 0.9
    assert world.searched == 1


def test_no_rewriting_under_the_papers_policy() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["b: 3\n"]
    assert run(world, "a=1 b=3", rewrite=False).outcome == "patch"


def test_patch_asks_for_the_failing_block_only() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["b: stubborn\n"]
    answer = run(world, "a=1 b=stubborn")
    assert (answer.outcome, answer.text, answer.model_calls) == ("patch", "a: 1\nb: stubborn\n", 1)
    assert [ask.kind for ask in world.asked] == ["patch"]
    assert [record.origin for record in answer.records] == ["cached", "patched"]
    assert world.entries["s|a=1 b=stubborn"].sources == ("s|a=1 b=2",)
    assert world.entries["s|a=1 b=stubborn"].candidate


def test_too_many_failing_steps_regenerate() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["a: stubborn\nb: 3\n"]
    answer = run(world, "a=stubborn b=3")
    assert answer.outcome == "regenerate"
    assert [ask.kind for ask in world.asked] == ["whole"]
    assert "2 of 2 steps" in answer.why


def test_a_semantic_change_regenerates() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["c: 2\n"]
    answer = run(world, "c=2")
    assert (answer.outcome, answer.model_calls) == ("regenerate", 1)


def test_wrong_fresh_answer_is_repaired() -> None:
    world = World(replies=["a: 1\nb: 9\n", "b: 2\n"])
    answer = run(world, "a=1 b=2")
    assert (answer.outcome, answer.text, answer.model_calls) == ("miss", "a: 1\nb: 2\n", 2)
    assert [record.origin for record in answer.records] == ["generated", "patched"]
    assert answer.tokens == Tokens(20, 10)


def test_the_solver_is_the_last_resort_and_its_copies_say_so() -> None:
    world = World(replies=["a: 1\nb: 9\n", "b: 8\n", "b: 7\n"])
    answer = run(world, "a=1 b=2")
    assert (answer.outcome, answer.model_calls, answer.verified) == ("solved", 3, True)
    assert any(record.origin == "solved" for record in answer.records)
    assert run(world, "a=1  b=2").outcome == "solved"
    rewritten = run(world, "a=1 b=3")
    assert (rewritten.outcome, rewritten.model_calls) == ("solved", 0)


def test_repairs_are_skipped_when_told_so() -> None:
    world = World(replies=["a: 9\n"])
    answer = run(world, "a=1", skip_repairs="repairs are skipped: this model failed its last 3 repairs here")
    assert (answer.outcome, answer.model_calls) == ("solved", 1)
    assert "repairs are skipped" in answer.why
    assert answer.repair == "skipped"


def test_without_a_solver_a_wrong_answer_is_returned_unverified_and_not_stored() -> None:
    world = World(replies=["a: 1\nb: 9\n", "b: 8\n", "b: 7\n"])
    answer = run(world, "a=1 b=2", task=KitchenTask(solver=False))
    assert (answer.outcome, answer.text, answer.verified, answer.stored) == ("miss", "a: 1\nb: 9\n", False, None)
    assert world.entries == {}


def test_no_check_overrides_the_model_where_words_are_left_over() -> None:
    world = World(replies=["a: 9\n"])
    answer = run(world, "a=1 roughly")
    assert (answer.outcome, answer.text, answer.model_calls) == ("miss", "a: 9\n", 1)
    assert (answer.verified, answer.stored) == (False, None)
    assert answer.unchecked == ("words that no rule reads: “roughly”",)


def test_a_partial_answer_is_reused_only_for_the_same_words() -> None:
    world = filled(("a=1 b=? please", "a: 1\nb: x\n"))
    assert run(world, "a=1  b=? please").outcome == "reuse"
    world.replies = ["a: 1\nb: y\n"]
    assert run(world, "a=1 b=? kindly").outcome == "regenerate"


def test_another_scope_never_sees_an_entry() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["a: 1\nb: 2\n"]
    answer = run(world, "a=1 b=2", scope="other")
    assert (answer.outcome, answer.source) == ("miss", None)


def test_what_no_task_reads_is_stored_for_repeats_only() -> None:
    world = World(replies=["hi"])
    answer = run(world, "hello there")
    assert (answer.outcome, answer.assurance, answer.task) == ("miss", "none", None)
    entry = world.entries["s|hello there"]
    assert (entry.candidate, entry.task) == (False, "")
    assert run(world, "hello there").outcome == "exact"


def test_cut_off_answers_are_never_stored() -> None:
    world = World(replies=[Reply("a: 1\n", storable=False, storage_note="cut off: not stored")])
    answer = run(world, "a=1")
    assert (answer.text, answer.stored) == ("a: 1\n", None)
    assert world.entries == {}


def test_a_failing_patch_call_falls_back() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = [ValueError("down"), ValueError("down")]
    answer = run(world, "a=1 b=stubborn")
    assert (answer.outcome, answer.text, answer.model_calls) == ("solved", "a: 1\nb: stubborn\n", 2)
    assert [record.origin for record in answer.records][-1] == "solved"


def test_the_models_own_error_passes_through() -> None:
    world = World(replies=[ValueError("quota")])
    with pytest.raises(ValueError, match="quota"):
        run(world, "a=1")


def test_a_patch_that_does_not_fit_is_tried_again_then_regenerated() -> None:
    task = KitchenTask(solver=False)
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"), task=task)
    world.replies = ["no line", "no line", "a: 1\nb: stubborn\n"]
    answer = run(world, "a=1 b=stubborn", task=task)
    assert [ask.kind for ask in world.asked] == ["patch", "patch", "whole"]
    assert (answer.outcome, answer.model_calls) == ("regenerate", 3)


@pytest.mark.parametrize("mode", ["off", "bypass"])
def test_bypass_touches_nothing(mode: str) -> None:
    world = filled(("a=1", "a: 1\n"))
    world.replies = ["a: 9\n"]
    answer = run(world, "a=1", mode=mode)
    assert (answer.outcome, answer.text, answer.stored) == ("bypass", "a: 9\n", None)


def test_refresh_answers_afresh_and_replaces() -> None:
    world = filled(("a=1", "a: 1\n"))
    world.replies = ["a:  1\n"]
    assert run(world, "a=1", mode="refresh").model_calls == 1
    assert run(world, "a=1").text == "a:  1\n"


def test_exact_mode_serves_identical_requests_only() -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = ["a: 1\nb: 3\n"]
    assert run(world, "a=1 b=3", mode="exact").outcome == "miss"
    assert run(world, "a=1 b=3", mode="exact").outcome == "exact"


@pytest.mark.parametrize(("fresh", "agreed"), [("a: 1\nb: 3\n", True), ("a: 1\nb: 4\n", False)])
def test_shadow_always_asks_and_compares(fresh: str, agreed: bool) -> None:
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"))
    world.replies = [fresh]
    answer = run(world, "a=1 b=3", mode="shadow")
    assert (answer.text, answer.model_calls) == (fresh, 1)
    assert answer.shadow == ("rewrite", agreed)


def test_agreement_is_of_what_is_said_and_not_of_its_spelling() -> None:
    assert agree('{"a": 1, "b": [true]}', '{"b":[true],\n"a":1}', None)
    for other in ('{"a": true, "b": [true]}', '{"a": 1}', "{", "[" * 100_000, '{"a": 1.5}'):
        assert not agree('{"a": 1, "b": [true]}', other, None)
    assert agree("a  b", "a b", None)
    assert not agree("a", "b", None)


def test_without_leave_to_ask_the_flow_defers_and_takes_the_answer_in_later() -> None:
    world = World()
    mine = settings(may_ask=False)
    deferred = drivers.run(serve(request("a=1"), mine), world, world)
    assert isinstance(deferred, Deferred)
    answer = drivers.run(admit(request("a=1"), deferred, Reply("a: 1\n", payload="p"), mine), world, world)
    assert isinstance(answer, Answer)
    assert (answer.outcome, answer.assurance, answer.stored) == ("miss", "proved", "s|a=1")
    wrong = drivers.run(admit(request("a=2"), None, Reply("a: 1\n"), mine), world, world)
    assert isinstance(wrong, Answer)
    assert (wrong.text, wrong.verified, wrong.stored) == ("a: 1\n", False, None)


@pytest.mark.parametrize(
    "method", ["read", "segment", "verify", "align", "rewrite", "block", "patch_prompt", "merge", "accept", "solve"]
)
def test_a_task_that_raises_never_reaches_the_host(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    task = KitchenTask()
    world = filled(("a=1 b=2", "a: 1\nb: 2\n"), task=task)

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a bug in a task")

    monkeypatch.setattr(task, method, broken)
    world.replies = ["a: 1\nb: 9\n", "a: 1\nb: 9\n", "a: 1\nb: 9\n"]
    answer = drivers.run(serve(request("a=1 b=stubborn"), settings(task)), world, world)
    assert isinstance(answer, Answer)
    assert answer.text in ("a: 1\nb: 9\n", "a: 1\nb: stubborn\n")
    assert not (answer.verified and answer.text == "a: 1\nb: 9\n")


def test_a_stream_sends_a_verified_prefix_early_and_never_takes_it_back() -> None:
    world = filled(("a=1 b=2 c=3 d=4", "a: 1\nb: 2\nc: 3\nd: 4\n"))
    world.replies = ["c: 9\nd: 4\n", "a: 1\nb: 7\n"]
    sent: list[Any] = []
    end: Any = None
    flow = serve(request("a=1 b=2 c=stubborn d=4"), settings(streaming=True))
    for item in drivers.stream(flow, world, world):
        if isinstance(item, drivers.Piece):
            sent.append(item.text)
        else:
            end = item.value
    assert isinstance(end, Answer)
    assert (end.outcome, end.text.split()) == ("solved", ["a:", "1", "b:", "2", "c:", "stubborn", "d:", "4"])
    if sent:
        assert end.text.startswith("".join(sent))


@pytest.mark.parametrize("changes", [{"streaming": True}, {}])
async def test_sync_and_async_drivers_agree(changes: dict[str, Any]) -> None:
    one, two = (filled(("a=1 b=2", "a: 1\nb: 2\n")) for _ in range(2))
    one.replies = ["b: stubborn\n"]
    two.replies = ["b: stubborn\n"]
    flow: Callable[[], Any] = lambda: serve(request("a=1 b=stubborn"), settings(**changes))  # noqa: E731
    assert drivers.run(flow(), one, one) == await drivers.arun(flow(), two, two)
