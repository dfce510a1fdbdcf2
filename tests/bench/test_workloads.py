"""What is asked: seeded, and judged by truths that share nothing with the package's verifiers."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from pathlib import Path

import pytest

from stepcache_lc.bench import workloads
from stepcache_lc.bench.simulate import DERIVATIONS, RECORDS
from stepcache_lc.bench.workloads import WORKLOADS
from stepcache_lc.bench.workloads.base import Case, Derivation, Record, Words
from stepcache_lc.bench.workloads.paper import EQUATION_KINDS, JSON_KINDS
from stepcache_lc.bench.workloads.traps import traps

NAMES = list(WORKLOADS)


def all_cases(name: str, seed: int) -> list[Case]:
    drawn = WORKLOADS[name].draw(seed)
    return [*drawn.warm_up, *drawn.evaluation]


def right_answers(case: Case) -> list[str]:
    match case.outline:
        case Derivation():
            return [way(case.outline) for way in DERIVATIONS]
        case Record():
            return [shape(case.outline.members) for shape in RECORDS]
        case Words():
            return [case.outline.right]


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_decides_all_of_it(name: str) -> None:
    assert WORKLOADS[name].draw(5) == WORKLOADS[name].draw(5)
    assert WORKLOADS[name].draw(5) != WORKLOADS[name].draw(6)


@pytest.mark.parametrize("name", NAMES)
def test_every_right_answer_is_called_right(name: str) -> None:
    for case in all_cases(name, 3):
        for answer in right_answers(case):
            # One style quotes its numbers: wrong where the request names the type.
            assert case.truth.holds(answer) or case.kind == "typed keys", (case, answer)


@pytest.mark.parametrize("name", NAMES)
def test_one_prompt_has_one_truth(name: str) -> None:
    known: dict[str, str] = {}
    for case in all_cases(name, 4):
        assert known.setdefault(case.prompt, str(case.truth)) == str(case.truth)


@pytest.mark.parametrize("name", ["paper", "families", "tickets"])
def test_answers_to_other_requests_are_wrong(name: str) -> None:
    """The judge tells the requests of a workload apart, unless they ask for the same thing."""
    cases = all_cases(name, 2)
    for case, other in itertools.pairwise(cases):
        if str(case.truth) != str(other.truth) and case.task == other.task:
            assert not any(case.truth.holds(answer) for answer in right_answers(other)), (case, other)


def test_the_paper_s_number_of_requests() -> None:
    drawn = WORKLOADS["paper"].draw(9)
    assert len(drawn.warm_up) == 20
    kinds = Counter((case.task, case.kind) for case in drawn.evaluation)
    assert kinds == {
        **{("equations", kind): 3 * bases for kind, bases in EQUATION_KINDS.items()},
        **{("json", kind): 3 * bases for kind, bases in JSON_KINDS.items()},
    }
    assert len(drawn.evaluation) == 222


def test_only_repeats_of_the_paper_repeat() -> None:
    drawn = WORKLOADS["paper"].draw(9)
    bases = {case.prompt for case in drawn.warm_up}
    for case in drawn.evaluation:
        # Another minus changes nothing where there is none.
        plain = case.kind == "other notation" and "−" not in case.prompt
        assert (case.prompt in bases) == (case.kind == "repeat") or plain, case


def test_traps_are_many_and_no_two_of_a_group_share_an_answer() -> None:
    collection = traps()
    assert sum(trap.pairs for trap in collection) >= 300
    assert {"negation", "swapped", "number", "date", "scope", "unit", "language"} <= {trap.kind for trap in collection}
    prompts = [prompt for trap in collection for prompt, _ in trap.asks]
    assert len(set(prompts)) == len(prompts)
    for trap in collection:
        cases = trap.cases()
        for case in cases:
            for other in cases:
                assert isinstance(other.outline, Words)
                assert case.truth.holds(other.outline.right) == (case is other), (case.prompt, other.outline.right)


def test_no_workload_uses_the_tasks() -> None:
    for path in Path(workloads.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {
            node.module or "" if isinstance(node, ast.ImportFrom) else alias.name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
        }
        assert all(not name.startswith("stepcache_lc") or name.startswith("stepcache_lc.bench") for name in modules)
