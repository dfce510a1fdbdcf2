"""The results file: what is written is what is read, and what is not such a file is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc.annotate import AnnotatedStep
from stepcache_lc.bench.results import SCHEMA_VERSION, Finding, Observation, Results, command_line, this_machine
from stepcache_lc.errors import ConfigurationError
from tests.bench.samples import FIRST

RUN = Results(
    command="stepcache bench",
    backend="simulated",
    observations=(FIRST, replace(FIRST, system="StepCache")),
    findings=(Finding(topic="why", text="unread", count=2, advice="add a task", numbers=(0, 7)),),
)

text = st.text(st.characters())  # also control characters, lone surrogates, line separators
observations = st.builds(
    Observation,
    system=text,
    workload=text,
    seed=st.integers(-(2**40), 2**40),
    number=st.integers(0, 2**40),
    kind=text,
    task=text,
    request=text,
    answer=text,
    expected=text,
    correct=st.booleans(),
    outcome=text,
    from_cache=st.booleans(),
    latency_s=st.floats(0, 1e6),
    overhead_s=st.floats(0, 1e6),
    input_tokens=st.integers(0, 2**40),
    output_tokens=st.integers(0, 2**40),
    model_calls=st.integers(0, 100),
    assurance=text,
    steps=st.lists(st.builds(AnnotatedStep, text, text, text), max_size=3).map(tuple),
    why=text,
)


@given(st.lists(observations, max_size=3))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, listed: list[Observation]) -> None:
    path = tmp_path_factory.mktemp("run") / "results.json"
    run = replace(RUN, observations=tuple(listed))
    run.write(path)
    assert Results.read(path) == run
    assert json.loads(path.read_bytes()) == run.to_dict()


def test_the_file_says_where_it_comes_from_and_has_a_line_an_observation(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    RUN.write(path)
    data = json.loads(path.read_text())
    assert data["schema_version"] == SCHEMA_VERSION
    assert data["machine"] == this_machine()
    assert {"chromadb", "stepcache-lc"} <= set(data["versions"])
    assert data["created"].endswith("+00:00")
    assert sum('"workload": ' in line for line in path.read_text().splitlines()) == 2
    assert [found.name for found in tmp_path.iterdir()] == ["results.json"]
    assert RUN.systems == ("no cache", "StepCache")


def test_a_number_that_is_not_finite_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    RUN.write(path)
    with pytest.raises(ConfigurationError, match="not JSON compliant"):
        replace(RUN, observations=(replace(FIRST, latency_s=float("nan")),)).write(path)
    assert Results.read(path) == RUN
    assert [found.name for found in tmp_path.iterdir()] == ["results.json"]


def changed(key: str, value: Any, *, of_observation: bool = True) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        (data["observations"][1] if of_observation else data)[key] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed("latency_s", -1), r"observation 1: 'latency_s' must hold seconds"),
        (changed("latency_s", 10**400), r"observation 1: 'latency_s' must hold seconds"),
        (changed("correct", 1), r"observation 1: 'correct' must hold true or false"),
        (changed("model_calls", True), r"observation 1: 'model_calls' must hold a whole number"),
        (changed("model_calls", -1), r"observation 1: 'model_calls' must hold a number of 0 or more"),
        (changed("answer", None), r"observation 1: 'answer' must hold text"),
        (changed("steps", [["x = 5", "generated"]]), r"observation 1: 'steps' must hold steps of text"),
        (changed("schema_version", 99, of_observation=False), r"schema_version is 99, and this release reads 1"),
        (changed("machine", {"cores": 2}, of_observation=False), r"'machine' must hold text"),
        (changed("notes", [1], of_observation=False), r"'notes' must hold text in a list"),
        (changed("observations", {}, of_observation=False), r"'observations' must hold a list"),
        (changed("reference", "rumour", of_observation=False), r"'reference' must be 'truth' or 'record'"),
        (lambda data: data["findings"][0].update(count="2"), r"finding 0: 'count' must hold a whole number"),
        (lambda data: data["findings"][0].update(numbers=[0, -7]), r"finding 0: 'numbers' must hold a number of 0"),
        (lambda data: data["observations"][1].pop("system"), r"observation 1: 'system' is missing"),
        (lambda data: data.pop("command"), r"results: 'command' is missing"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str) -> None:
    data = RUN.to_dict()
    change(data)
    path = tmp_path / "results.json"
    path.write_text(json.dumps(data))
    with pytest.raises(ConfigurationError, match=rf"results\.json: .*{message}"):
        Results.read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "no JSON file"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "must be a JSON object"),
        (b"[" * 100_000, "no JSON file"),
        (b'{"schema_version": NaN}', "NaN is no JSON number"),
    ],
)
def test_what_is_no_results_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=message):
        Results.read(path)
    with pytest.raises(ConfigurationError, match="there is no such file"):
        Results.read(tmp_path / "other.json")


def test_the_command_can_be_typed_again() -> None:
    assert command_line(["/usr/bin/stepcache", "replay", "my log.jsonl"]) == "stepcache replay 'my log.jsonl'"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere.results\.json cannot be written \(No such file"):
        RUN.write(tmp_path / "nowhere" / "results.json")
