"""Real right answers with one number or one verb changed: none is accepted where the change makes a statement false."""

from __future__ import annotations

import re

from stepcache_lc.core.types import Request
from stepcache_lc.tasks.equations import EquationTask

from .real_answers import equation_answers

TASK = EquationTask()
_NUMBER = re.compile(r"(?<!\n)(?<!Step )\d+(?![.)] |:)")
_VERBS = (("ubtract", "dd"), ("Add", "Subtract"), ("adding", "subtracting"), ("ivide both", "ultiply both"))


def test_a_changed_number_is_noticed() -> None:
    tried = 0
    for answer in equation_answers("linear"):
        constraints = TASK.read(Request(answer.prompt))
        assert constraints is not None
        if not TASK.accept(answer.response, constraints).ok:
            continue
        for match in _NUMBER.finditer(answer.response):
            start, end = match.span()
            for other in (int(match[0]) + 1, int(match[0]) + 7):
                text = f"{answer.response[:start]}{other}{answer.response[end:]}"
                if re.search(r"\\frac\{0\}\{\d+\}", text):
                    continue  # zero over anything is zero
                tried += 1
                assert not TASK.accept(text, constraints).ok, text
    assert tried > 1_000


def test_a_changed_verb_is_noticed() -> None:
    tried = 0
    for answer in equation_answers("linear"):
        constraints = TASK.read(Request(answer.prompt))
        assert constraints is not None
        if not TASK.accept(answer.response, constraints).ok:
            continue
        for verb, other in _VERBS:
            for match in re.finditer(rf"{verb}\w* \d", answer.response):
                text = answer.response[: match.start()] + match[0].replace(verb, other) + answer.response[match.end() :]
                tried += 1
                assert not TASK.accept(text, constraints).ok, text
    assert tried > 30
