"""A log replayed: what would have been served, what differs, and why the rest was not served. No model is called."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import Policy
from stepcache_lc.bench.reasons import NOT_KEPT, WHY
from stepcache_lc.bench.replay import DIFFERS, RECORDED, REPLAYED, UNREADABLE_LINES, Progress, replay
from stepcache_lc.bench.report import write_report
from stepcache_lc.bench.results import Finding, Observation, Results
from stepcache_lc.errors import ConfigurationError


def solved(a: int, b: int, root: int, *, said: int | None = None) -> tuple[str, str]:
    """An equation and a worked answer, whose last step may be wrong."""
    c, root = a * root + b, root if said is None else said
    return f"Solve for x: {a}x + {b} = {c}", f"Subtract {b}: {a}x = {c - b}.\n\nDivide by {a}: x = {root}."


def call(asked: str, answered: str, **more: Any) -> dict[str, Any]:
    system = more.pop("system", None)
    messages = [{"role": "system", "content": system}] if system else []
    return {"messages": [*messages, {"role": "user", "content": asked}], "response": answered, **more}


def log(path: Path, lines: Sequence[Any]) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (path / "log.jsonl").write_text("\n".join(texts))
    return path / "log.jsonl"


def of_system(results: Results, system: str = REPLAYED) -> list[Observation]:
    return [observation for observation in results.observations if observation.system == system]


def outcomes(results: Results) -> dict[int, str]:
    return {observation.number: observation.outcome for observation in of_system(results)}


def found(results: Results, topic: str) -> dict[str, tuple[int, ...]]:
    return {finding.text: finding.numbers for finding in results.findings if finding.topic == topic}


def test_what_would_have_been_served(tmp_path: Path) -> None:
    usage = {"usage": {"prompt_tokens": 30, "completion_tokens": 20}, "latency_s": 2.0}
    path = log(
        tmp_path,
        [
            call(*solved(2, 3, 5), **usage),
            call(*solved(2, 3, 5), **usage),  # word for word
            call(*solved(2, 3, 9), **usage),  # another constant
            "{broken",
            call(*solved(3, 4, 6, said=7), **usage),  # the recorded answer is wrong
            "",
            call("Tell me of Rome.", "Rome is old.", **usage),
            call("Tell me of Rome.", "It is large.", **usage),  # sampled
        ],
    )
    seen: list[Progress] = []
    results = replay(path, command="stepcache replay log.jsonl", on_progress=seen.append)
    assert outcomes(results) == {1: "miss", 2: "exact", 3: "rewrite", 5: "rewrite", 7: "miss", 8: "exact"}
    assert seen[-1] == Progress(done=6, total=6, served=4, differing=2)

    rewritten = of_system(results)[2]
    assert rewritten.answer == "Subtract 3: 2x = 18.\n\nDivide by 2: x = 9."
    assert [step.origin for step in rewritten.steps] == ["rewritten", "rewritten"]
    assert (rewritten.correct, rewritten.from_cache, rewritten.assurance) == (True, True, "proved")
    assert (rewritten.input_tokens, rewritten.output_tokens, rewritten.model_calls) == (0, 0, 0)
    assert 0 < rewritten.latency_s == rewritten.overhead_s < 2.0
    assert (rewritten.task, rewritten.kind, rewritten.expected) == ("equation", "equation", solved(2, 3, 9)[1])
    missed, recorded = of_system(results)[0], of_system(results, RECORDED)[0]
    assert (missed.model_calls, missed.input_tokens, missed.output_tokens) == (1, 30, 20)
    assert missed.latency_s == pytest.approx(2.0 + missed.overhead_s)
    assert (recorded.latency_s, recorded.model_calls, recorded.outcome) == (2.0, 1, "miss")

    differs = {finding.numbers[0]: finding for finding in results.findings if finding.topic == DIFFERS}
    assert differs.keys() == {5, 8}
    assert differs[5].text == "rewrite: Solve for x: 3x + 4 = 22"
    assert differs[5].advice.startswith("the recorded answer fails the cache's own check")
    assert differs[8].advice == ""
    assert [observation.number for observation in of_system(results) if not observation.correct] == [5, 8]
    assert list(found(results, UNREADABLE_LINES).values()) == [(4,)]
    assert (results.reference, results.command) == ("record", "stepcache replay log.jsonl")
    assert any(note.startswith("1 of 7 lines could not be read") for note in results.notes)
    results.write(tmp_path / "results.json")
    assert Results.read(tmp_path / "results.json") == results
    write_report(results, tmp_path / "report.html")
    assert "Solve for x: 3x + 4 = 22" in (tmp_path / "report.html").read_text()


def test_json_is_compared_as_json(tmp_path: Path) -> None:
    asked = 'Write a JSON object with the keys "name" and "age" for this: name is {}, age is {}.'
    path = log(
        tmp_path,
        [
            call(asked.format("Ann", 30), '{"name": "Ann", "age": 30}'),
            call(asked.format("Bob", 31), '{"age": 31, "name": "Bob"}'),
            call(asked.format("Cid", 32), '{"name": "Cid", "age": 33}'),
        ],
    )
    results = replay(path)
    assert outcomes(results) == {1: "miss", 2: "rewrite", 3: "rewrite"}
    assert [observation.correct for observation in of_system(results)] == [True, True, False]


def test_why_requests_were_not_served(tmp_path: Path) -> None:
    picture = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    tools = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]
    equation, answer = solved(2, 3, 5)
    lines = [
        call("Where is it?", "There.", system="You work for Shop. Today is 1 March 2026."),
        call("Where is it?", "There.", system="You work for Shop. Today is 2 March 2026."),
        call("Tell me of Rome.", "Rome is old."),
        call("Tell me of Rome.", "Rome is old.", model="other"),
        call("Tell me of Rome.", "Rome is old.", temperature=0.5),
        {"messages": [{"role": "user", "content": picture}], "response": "A cat."},
        call(equation, answer),
        call(*solved(2, 3, 6), tools=tools),
        call(equation, answer, system="Answer in French."),
        call(solved(2, 3, 7)[0], solved(2, 3, 7)[1], system="Answer in French."),
        call("Solve for x: 2x + 3 = 14 and round down.", "x = 5."),
    ]
    results = replay(log(tmp_path, lines))
    why = found(results, WHY)
    advice = {finding.text: finding.advice for finding in results.findings if finding.topic == WHY}

    def about(words: str) -> tuple[tuple[int, ...], str]:
        (text,) = [text for text in why if words in text]
        return why[text], advice[text]

    assert about("changes from call to call")[0] == (2, 9)
    assert "Policy(key=...)" in about("changes from call to call")[1]
    assert about("another model")[0] == (4,)
    assert about("other settings")[0] == (5, 8)
    assert about("no plain question")[0] == (6,)
    assert about("no task reads")[0] == (1, 3)
    assert "MyTask()" in about("no task reads")[1]
    assert about("the system prompt may change what is correct") == (
        (10,),
        "Policy(system_is_style=True), if it cannot",
    )
    assert about("semantic")[0] == (11,)
    counts = [finding.count for finding in results.findings if finding.topic == WHY]
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == len(lines) - sum(observation.from_cache for observation in of_system(results))


def test_the_field_that_is_named_changes_it(tmp_path: Path) -> None:
    system = {"system": "Speak as a pirate would."}
    path = log(tmp_path, [call(*solved(2, 3, 5), **system), call(*solved(2, 3, 9), **system)])
    assert outcomes(replay(path))[2] == "regenerate"
    assert outcomes(replay(path, policy=Policy(system_is_style=True)))[2] == "rewrite"
    assert outcomes(replay(path, policy=Policy(system_is_style=True, rewrite=False)))[2] != "rewrite"
    exact = replay(path, policy=Policy(mode="exact"))
    assert outcomes(exact) == {1: "miss", 2: "miss"}
    assert found(exact, WHY) == {"it was not asked before, word for word": (1, 2)}
    sampled = log(tmp_path, [call("Hi", "Ho", temperature=1.0)] * 2)
    bypassed = replay(sampled, policy=Policy(sampling="bypass"))
    assert outcomes(bypassed) == {1: "bypass", 2: "bypass"}
    assert [finding.advice for finding in bypassed.findings] == ["Policy(sampling='cache')"]
    assert outcomes(replay(sampled)) == {1: "miss", 2: "exact"}
    with pytest.raises(ConfigurationError, match="not 'shadow'"):
        replay(path, policy=Policy(mode="shadow"))


def test_users_may_have_namespaces_of_their_own(tmp_path: Path) -> None:
    lines = [call("Where is it?", "There.", user=user) for user in ("ann", "bob", "ann")]
    path = log(tmp_path, lines)
    assert outcomes(replay(path)) == {1: "miss", 2: "exact", 3: "exact"}
    apart = replay(path, per_user=True)
    assert outcomes(apart) == {1: "miss", 2: "miss", 3: "exact"}
    assert found(apart, WHY)["another user asked it before"] == (2,)


def test_calls_are_replayed_in_the_order_of_their_times(tmp_path: Path) -> None:
    late, early = call("Hi", "late", time=2_000_000.0), call("Hi", "early", time=1_000_000.0)
    path = log(tmp_path, [late, early])
    assert outcomes(replay(path)) == {2: "miss", 1: "exact"}
    assert of_system(replay(path))[1].answer == "early"
    # The log's clock decides what has expired.
    assert outcomes(replay(path, policy=Policy(ttl=1000.0))) == {2: "miss", 1: "miss"}
    assert outcomes(replay(log(tmp_path, [late, call("Hi", "early")]))) == {1: "miss", 2: "exact"}


def test_what_is_asked_for_in_part_is_not_counted_as_served(tmp_path: Path) -> None:
    asked = "Write a JSON object with the keys {} for this: name is Ann, age is 30, city is Rome."
    path = log(
        tmp_path,
        [
            call(asked.format('"name" and "age"'), '{"name": "Ann", "age": 30}'),
            call('Summarise as JSON with the keys "name", "age" and "mood": Ann is 30 and glad.', "{}"),
            call(asked.format('"name", "age" and "mood"'), '{"name": "Ann", "age": 30, "mood": "glad"}'),
        ],
    )
    results = replay(path)
    for observation in of_system(results):
        if observation.outcome == "patch":
            assert (observation.from_cache, observation.model_calls) == (False, 1)
            assert "would have been asked for" in observation.why
            assert observation.answer == observation.expected


def test_answers_that_would_not_be_kept_are_named(tmp_path: Path) -> None:
    cut = call("Tell me all.", "Well,")
    cut["response"] = {"choices": [{"finish_reason": "length", "message": {"role": "assistant", "content": "Well,"}}]}
    results = replay(log(tmp_path, [call(*solved(2, 3, 5, said=6)), call(*solved(3, 3, 5, said=9)), cut]))
    kept = found(results, NOT_KEPT)
    assert sorted(numbers for numbers in kept.values()) == [(1, 2), (3,)]


def test_tokens_and_times_that_are_not_recorded(tmp_path: Path) -> None:
    results = replay(log(tmp_path, [call("x" * 40, "y" * 9), call("x" * 40, "y" * 9)]))
    first, again = of_system(results)
    assert (first.input_tokens, first.output_tokens) == (10, 3)
    assert again.input_tokens == 0
    assert {observation.latency_s for observation in results.observations} == {0.0}
    assert again.overhead_s > 0
    said = " ".join(results.notes)
    assert "2 of 2 calls do not say their tokens" in said
    assert "2 of 2 calls do not say how long they took" in said


def test_nothing_to_replay_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"no line holds a call .*line 1: no JSON.*jq"):
        replay(log(tmp_path, ["[", '{"a": 1}', "]"]))
    with pytest.raises(ConfigurationError, match="it is empty"):
        replay(log(tmp_path, []))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        replay(tmp_path / "nothing.jsonl")
    odd = call("Hi", "Ho", tools=[{"no": "tool"}], tool_choice="any")
    with pytest.raises(ConfigurationError, match="no call can be replayed; line 1: its arguments cannot be read"):
        replay(log(tmp_path, [odd]))


def test_a_recorded_answer_never_decides_what_is_served(tmp_path: Path) -> None:
    """The served answer is compared with the record, and never made from it."""
    lines = [call(*solved(2, 3, 5)), call(*solved(2, 3, 9)), call(*solved(2, 3, 9))]
    honest = replay(log(tmp_path, lines))
    lines[1]["response"] = lines[2]["response"] = "no idea"
    lying = replay(log(tmp_path, lines))
    answers = [[observation.answer for observation in of_system(results)] for results in (honest, lying)]
    assert answers[0] == answers[1]
    assert [observation.correct for observation in of_system(lying)] == [True, False, False]
    assert [replace(finding, advice="") for finding in lying.findings if finding.topic == DIFFERS] == [
        Finding(topic=DIFFERS, text=f"{outcome}: Solve for x: 2x + 3 = 21", count=1, numbers=(number,))
        for outcome, number in (("rewrite", 2), ("exact", 3))
    ]
