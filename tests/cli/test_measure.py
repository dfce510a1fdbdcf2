"""The commands that run something, and the help of all."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from stepcache_lc import Policy
from stepcache_lc.cli import measure
from stepcache_lc.cli.commands import COMMANDS
from stepcache_lc.cli.options import duration, policy_of
from stepcache_lc.errors import ConfigurationError
from tests.bench.test_replay import call, log, solved

Run = Callable[..., Any]
USAGE = {"usage": {"prompt_tokens": 1_000_000, "completion_tokens": 500_000}, "latency_s": 3.0}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.__name__)
def test_every_command_has_help_with_an_example_that_parses(run: Run, command: Callable[..., None]) -> None:
    shown = run(command.__name__, "--help")
    assert shown.exit_code == 0
    example = COMMANDS[command]
    assert " ".join(example.split()[:2]) in shown.stdout
    options = {word for word in shlex.split(example) if word.startswith("--")}
    assert options <= set(shown.stdout.replace(",", " ").split())
    assert "--json" in shown.stdout


def test_without_a_command_there_is_help(run: Run) -> None:
    assert "replay" in run().output
    assert run("--version").stdout.startswith("stepcache-lc ")
    assert run("no-such-command").exit_code == 2
    assert "Exit codes" in run("--help").stdout


def test_replay_says_what_it_would_save(run: Run, tmp_path: Path) -> None:
    path = log(
        tmp_path,
        [
            call(*solved(2, 3, 5), **USAGE),
            call(*solved(2, 3, 9), **USAGE),
            "{broken",
            call(*solved(3, 4, 6, said=7), **USAGE),
            call("Tell me of [b]Rome[/b].", "Rome is old.", **USAGE),
        ],
    )
    out = tmp_path / "out" / "deep"
    shown = run("replay", path, "--out", out, "--price-in", 2, "--price-out", 4)
    assert shown.exit_code == 0, shown.output
    said = " ".join(shown.stdout.split())
    assert (
        "Served 2 of 4 calls from the cache. That saves 2 model calls, 3,000,000 tokens (50%), a cost of 8.00" in said
    )
    for text in ("differs from", "Served, but unlike the recorded answer", "no task reads the request", "line 4"):
        assert text in said, text
    assert "1 of 5 lines could not be read" in said
    assert "<svg" in (out / "report.html").read_text()
    again = run("replay", path, "--out", out, "--strict", "--json", "--policy", "mode=exact")
    assert again.exit_code == 1
    found = json.loads(again.stdout)
    assert (found["calls"], found["served"], found["skipped_lines"], found["saved"]["cost"]) == (4, 0, 1, None)
    assert json.loads((out / "results.json").read_text())["reference"] == "record"
    assert {finding["topic"] for finding in found["findings"]} >= {"Why requests were not served"}


def test_replay_names_what_is_wrong(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = log(tmp_path, [call(*solved(2, 3, 5))])
    for arguments, why in (
        ([tmp_path / "nothing.jsonl"], "cannot be read (No such file"),
        ([path, "--policy", "colour=red"], "the fields are mode"),
        ([path, "--policy", "key=drop"], "it is a function"),
        ([path, "--policy", "top_k=many"], "give a number"),
        ([path, "--policy", "rewrite=perhaps"], "give true or false"),
        ([path, "--policy", "mode=shadow"], "'serve' or 'exact'"),
        ([path, "--out", path], "File exists"),
    ):
        found = (
            run("replay", *arguments, "--out", tmp_path / "out")
            if "--out" not in arguments
            else run("replay", *arguments)
        )
        assert found.exit_code == 2, found.output
        assert why in found.stderr.replace("\n", " ")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr(measure, "find_spec", lambda name: None)
    plain = run("replay", path, "--out", tmp_path / "out")
    assert plain.exit_code == 0
    assert "no plots: pip install 'stepcache-lc[bench]'" in plain.stderr.replace("\n", " ")


def test_replay_needs_no_extra_and_runs_as_a_process(tmp_path: Path) -> None:
    path = log(tmp_path, [call(*solved(2, 3, 5)), call(*solved(2, 3, 9))])
    extras = ("matplotlib", "scipy", "langchain_community", "gptcache", "langchain_openai", "langgraph", "dspy")
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({extras!r})); "
        "from stepcache_lc.cli import main; sys.argv[0] = 'stepcache'; main()"
    )
    command = [sys.executable, "-c", code, "replay", str(path), "--out", str(tmp_path / "out"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["served"] == 1
    assert "No plots" in (tmp_path / "out" / "report.html").read_text()
    assert "stepcache replay" in json.loads((tmp_path / "out" / "results.json").read_text())["command"]


def test_demo_hands_on_to_the_demo(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr("stepcache_lc.demo.__main__.main", lambda arguments: seen.append(arguments) or 1)
    assert run("demo").exit_code == 1
    assert run("demo", "--json").exit_code == 1
    assert run("demo", "--base-url", "http://127.0.0.1:9/v1", "--model", "m").exit_code == 1
    assert seen == [[], ["--json"], ["--base-url", "http://127.0.0.1:9/v1", "--model", "m"]]
    assert run("demo", "--model", "m").exit_code == 2


def test_values_on_the_command_line() -> None:
    assert policy_of([]) == Policy()
    given = ["system_is_style=yes", "top_k=7", "ttl=3.5", "safe_tools=a, b", "min_similarity=0.4", "mode=exact"]
    assert policy_of(given) == Policy(
        system_is_style=True, top_k=7, ttl=3.5, safe_tools=("a", "b"), min_similarity=0.4, mode="exact"
    )
    assert policy_of(["model_timeout=none"]) == Policy()
    # Each field can be given, or is refused as a function: none is forgotten.
    for item in fields(Policy):
        value = getattr(Policy(), item.name)
        if item.name in ("key", "admit"):
            continue
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        assert policy_of([f"{item.name}={text}"]) == Policy(), item.name
    assert [duration(text) for text in ("90", "45s", "1.5h", "7d", "2w")] == [90, 45, 5400, 604_800, 1_209_600]
    for text in ("", "d", "-1d", "1y", "1e9"):
        with pytest.raises(ConfigurationError, match="no duration"):
            duration(text)


def test_bench_writes_what_it_measured(run: Run, tmp_path: Path) -> None:
    systems = [argument for name in ("no cache", "StepCache") for argument in ("--system", name)]
    done = run("bench", "paper", "--quick", *systems, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["systems"].keys() == {"no cache", "StepCache"}
    assert found["systems"]["StepCache"]["wrongly_served"] == 0
    assert found["systems"]["StepCache"]["served"] > 0
    assert Path(found["report"]).is_file()
    assert json.loads(Path(found["results"]).read_text())["reference"] == "truth"
    for arguments, why in (
        (["poetry"], "no such workload: poetry"),
        (["--system", "magic"], "no such system: magic"),
        (["--model", "m"], "--base-url and --model go together"),
        (["--gguf", tmp_path / "none.gguf"], "there is no file"),
    ):
        wrong = run("bench", "--quick", "--out", tmp_path / "out", *arguments)
        assert wrong.exit_code == 2, wrong.output
        assert why in wrong.stderr


@pytest.mark.parametrize(
    ("command", "hidden"), [("bench", "stepcache_lc.bench.systems"), ("demo", "openai")], ids=["bench", "demo"]
)
def test_without_its_extra_a_command_names_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, hidden: str
) -> None:
    for name in [name for name in sys.modules if name.startswith(f"stepcache_lc.{command}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, hidden, None)
    found = run(command, *(["--quick", "--out", tmp_path / "out"] if command == "bench" else ["--json"]))
    assert found.exit_code == 4
    assert f"pip install 'stepcache-lc[{command}]'" in found.stderr
