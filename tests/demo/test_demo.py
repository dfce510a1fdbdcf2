"""The demo end to end, with the real client, against a deterministic model behind the OpenAI API."""

import io
import json
import sys
from collections.abc import Iterator
from fractions import Fraction

import pytest
from rich.console import Console

from stepcache_lc.bench.truths import Root
from stepcache_lc.demo import __main__ as demo
from stepcache_lc.demo.trial import Answered, Trial
from stepcache_lc.demo.workload import HUGO, Asked, equation, ticket, workload
from stepcache_lc.receipt import Receipt
from tests.support.openai_server import deterministic_server


@pytest.fixture
def endpoint() -> Iterator[str]:
    with deterministic_server() as (url, _):
        yield url


def run(url: str) -> int:
    return demo.main(["--base-url", url, "--model", "fixed"])


def test_it_runs_without_a_terminal_and_nothing_served_is_wrong(
    endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(endpoint) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    for part in ("no cache", "semantic cache", "StepCache", "WRONG", "ticket form to JSON", "the paper's experiment"):
        assert part in shown
    assert f"[{len(workload())}/{len(workload())}]" in shown
    assert ", 0 wrong." in shown


def test_json_is_the_totals_and_nothing_else(endpoint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--base-url", endpoint, "--model", "fixed", "--json"]) == 0
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    count = len(workload())
    assert (found["model"], found["requests"], sum(found["outcomes"].values())) == ("fixed", count, count)
    plain, semantic, cached = (found["arms"][name] for name in ("no cache", "semantic cache", "StepCache"))
    assert (plain["model_calls"], plain["served"], cached["wrongly_served"]) == (count, 0, 0)
    assert cached["served"] > semantic["served"] > semantic["wrongly_served"] > 0
    assert f"StepCache served {cached['served']} of {count} from the cache, 0 wrong." in shown.err
    for arm in (plain, semantic, cached):
        assert 0 < arm["median_s"] <= arm["p95_s"]


def test_an_extra_that_is_not_there_has_a_code_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    assert demo.main(["--base-url", "http://127.0.0.1:9/v1", "--model", "fixed", "--json"]) == 4


def test_something_wrong_from_the_cache_makes_it_fail(
    endpoint: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = equation("a truth that no answer meets", "Solve 2x + 5 = 15 for x.", Root("x", Fraction(99)))
    monkeypatch.setattr(demo, "workload", lambda: [asked, asked])
    assert run(endpoint) == 1
    assert "served wrongly (exact)" in capsys.readouterr().out


def test_an_endpoint_that_does_not_answer_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("http://127.0.0.1:9/v1") == 2
    assert "no answer from http://127.0.0.1:9/v1" in capsys.readouterr().err


def test_an_endpoint_needs_a_model_name() -> None:
    with pytest.raises(SystemExit) as stopped:
        demo.main(["--base-url", "http://127.0.0.1:9/v1"])
    assert stopped.value.code == 2


def test_a_terminal_gets_a_progress_bar(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = io.StringIO()
    terminal = Console(file=paper, force_terminal=True, width=100)
    monkeypatch.setattr(demo.screens, "console", lambda **_: terminal)
    monkeypatch.setattr(demo, "workload", lambda: [ticket("first", HUGO), ticket("again", HUGO)])
    assert run(endpoint) == 0
    assert "2/2" in paper.getvalue()
    assert "[ 1/2]" not in paper.getvalue()


def trial(asked: Asked, outcome: str, text: str) -> Trial:
    receipt = Receipt.from_dict({**Receipt(outcome="miss").to_dict(), "outcome": outcome})
    answered = Answered(text, 0.1, asked.truth.holds(text), receipt=receipt)
    return Trial(asked, answered, answered, answered)


SIMPLE = ticket("one more field", HUGO, keys=("customer", "city"), added=frozenset({"city"}))


@pytest.mark.parametrize("outcome", ["exact", "reuse", "rewrite", "solved"])
def test_whatever_was_served_wrongly_counts(outcome: str) -> None:
    assert trial(SIMPLE, outcome, '{"customer": "Hugo Alves", "city": "York"}').wrongly_served


@pytest.mark.parametrize("outcome", ["miss", "regenerate", "bypass"])
def test_what_the_model_got_wrong_afresh_does_not_count(outcome: str) -> None:
    assert not trial(SIMPLE, outcome, '{"customer": "Hugo Alves", "city": "York"}').wrongly_served


def test_of_a_patched_answer_the_kept_part_counts() -> None:
    assert not trial(SIMPLE, "patch", '{"customer": "Hugo Alves", "city": "York"}').wrongly_served
    assert trial(SIMPLE, "patch", '{"customer": "Laura Stein", "city": "Berlin"}').wrongly_served
    assert trial(SIMPLE, "patch", "{}").wrongly_served
