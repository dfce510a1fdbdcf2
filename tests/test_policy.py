"""Policy: every value is checked when it is made, and the kill switch never crashes."""

from __future__ import annotations

import logging
import math
import sys
from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import repeat
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc import policy as policy_module
from stepcache_lc.errors import ConfigurationError, StepCacheError
from stepcache_lc.policy import Policy, effective_mode
from tests.support.ids import shown

WORDS = {
    "mode": {"serve", "shadow", "exact", "refresh", "off"},
    "sampling": {"cache", "bypass"},
    "tool_turns": {"exact", "bypass"},
    "stream": {"verified", "live"},
    "on_locked": {"raise", "memory"},
}
NOT_A_NUMBER: list[Any] = [
    None,
    True,
    False,
    "1",
    b"1",
    [],
    {},
    object(),
    1j,
    Decimal(1),
    math.nan,
    math.inf,
    -math.inf,
]
NOT_WHOLE: list[Any] = [None, True, "3", 3.0, 2.5, math.nan, [], Fraction(5, 2)]


def policy_with(name: str, value: Any) -> Policy:
    make: Any = Policy  # the values are wrong on purpose
    made = make(**{name: value})
    assert isinstance(made, Policy)
    return made


def test_the_defaults_are_those_of_the_design() -> None:
    policy = Policy()
    assert {field.name: getattr(policy, field.name) for field in fields(policy)} == {
        "mode": "serve",
        "shadow_share": 0.0,
        "top_k": 5,
        "min_similarity": 0.5,
        "max_repairs": 2,
        "max_patch_share": 0.5,
        "rewrite": True,
        "system_is_style": False,
        "key": None,
        "admit": None,
        "sampling": "cache",
        "tool_turns": "exact",
        "safe_tools": (),
        "stream": "verified",
        "ttl": None,
        "max_entries": 100_000,
        "receipt_quotes": False,
        "store_timeout": 1.0,
        "model_timeout": None,
        "on_locked": "raise",
    }


def test_it_is_frozen_hashable_and_compares_by_value() -> None:
    policy = Policy(safe_tools=["b", "a", "b"], shadow_share=1)
    assert policy == Policy(safe_tools=iter(("a", "b")), shadow_share=1.0)  # type: ignore[arg-type]
    assert hash(policy) == hash(Policy(safe_tools={"a", "b"}, shadow_share=1.0))
    with pytest.raises(FrozenInstanceError):
        policy.mode = "off"  # type: ignore[misc]


def test_paper() -> None:
    assert Policy.paper() == Policy(top_k=1, rewrite=False)


@pytest.mark.parametrize(("name", "word"), [(name, word) for name, words in WORDS.items() for word in sorted(words)])
def test_every_word_of_the_design_is_taken(name: str, word: str) -> None:
    assert getattr(policy_with(name, word), name) == word


@pytest.mark.parametrize("name", WORDS)
@given(
    value=st.one_of(st.text(), st.none(), st.booleans(), st.integers(), st.lists(st.text(), max_size=2), st.binary())
)
def test_no_other_word_is(name: str, value: Any) -> None:
    if isinstance(value, str) and value in WORDS[name]:
        return
    with pytest.raises(ConfigurationError, match=rf"Policy\({name}="):
        policy_with(name, value)


@pytest.mark.parametrize(
    ("name", "value", "near"),
    [
        ("mode", "Serve", "serve"),
        ("mode", "shadw", "shadow"),
        ("mode", "of", "off"),
        ("sampling", "by-pass", "bypass"),
        ("stream", "verify", "verified"),
        ("on_locked", " raise", "raise"),
    ],
)
def test_a_near_miss_is_answered_with_the_right_word(name: str, value: str, near: str) -> None:
    with pytest.raises(ConfigurationError, match=f"did you mean '{near}'"):
        policy_with(name, value)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("shadow_share", 0, 1), ("min_similarity", -1, 1), ("max_patch_share", 0, 1)],
)
@given(value=st.floats())
def test_shares_and_similarities(name: str, low: float, high: float, value: float) -> None:
    if low <= value <= high:
        assert getattr(policy_with(name, value), name) == value
    else:
        with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*from {low} to {high}"):
            policy_with(name, value)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("top_k", 1, 100), ("max_repairs", 0, 100), ("max_entries", 1, 1_000_000_000)]
)
@given(value=st.one_of(st.integers(-3, 110), st.integers(), st.sampled_from([10**5000, -(10**5000)])))
def test_counts(name: str, least: int, most: int, value: int) -> None:
    if least <= value <= most:
        assert getattr(policy_with(name, value), name) == value
    else:
        with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*from {least} to {most}"):
            policy_with(name, value)


@pytest.mark.parametrize("name", ["ttl", "store_timeout", "model_timeout"])
@given(
    value=st.one_of(st.floats(), st.integers(), st.sampled_from([0, -0.0, 5e-324, 86_400, 86_401, 2**53 + 1, 10**400]))
)
def test_seconds(name: str, value: float) -> None:
    if 0 < value <= (sys.float_info.max if name == "ttl" else 86_400):
        assert getattr(policy_with(name, value), name) == float(value)
    else:
        with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*seconds"):
            policy_with(name, value)


@pytest.mark.parametrize("name", ["ttl", "model_timeout"])
@pytest.mark.parametrize("value", [value for value in NOT_A_NUMBER if value is not None], ids=shown)
def test_no_limit_is_said_with_none_only(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*or None"):
        policy_with(name, value)


def test_a_store_call_is_always_bounded() -> None:
    assert Policy(ttl=None, model_timeout=None).ttl is None
    with pytest.raises(ConfigurationError, match="store_timeout"):
        Policy(store_timeout=None)  # type: ignore[arg-type]


def test_a_timedelta_is_told_how_to_become_seconds() -> None:
    with pytest.raises(ConfigurationError, match="total_seconds"):
        Policy(ttl=timedelta(hours=1))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["shadow_share", "min_similarity", "max_patch_share", "store_timeout"])
@pytest.mark.parametrize("value", NOT_A_NUMBER, ids=shown)
def test_what_is_no_number(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"Policy\({name}="):
        policy_with(name, value)


@pytest.mark.parametrize("name", ["top_k", "max_repairs", "max_entries"])
@pytest.mark.parametrize("value", NOT_WHOLE, ids=shown)
def test_what_is_no_whole_number(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"Policy\({name}="):
        policy_with(name, value)


@pytest.mark.parametrize("name", ["rewrite", "system_is_style"])
@pytest.mark.parametrize("value", [None, 0, 1, "yes", "False", []])
def test_what_is_no_truth_value(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*True or False"):
        policy_with(name, value)


@pytest.mark.parametrize("name", ["key", "admit"])
def test_what_cannot_be_called(name: str) -> None:
    assert getattr(policy_with(name, list), name) is list
    wrong: list[Any] = [False, "drop_date", 3, []]
    for value in wrong:
        with pytest.raises(ConfigurationError, match=rf"Policy\({name}=.*function"):
            policy_with(name, value)


def test_numpy_numbers_become_plain_ones() -> None:
    policy = Policy(min_similarity=np.float32(0.25), top_k=np.int64(7))  # type: ignore[arg-type]
    assert type(policy.min_similarity) is float
    assert type(policy.top_k) is int
    assert (policy.min_similarity, policy.top_k) == (0.25, 7)


@pytest.mark.parametrize(
    "value",
    ["buy", b"buy", None, 3, {"buy": False}, [""], ["  "], [None], [b"buy"], [["buy"]], repeat("buy")],
    ids=["str", "bytes", "None", "int", "mapping", "empty", "blank", "None in it", "bytes in it", "list", "endless"],
)
def test_safe_tools_are_names(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="safe_tools"):
        Policy(safe_tools=value)


def test_a_tool_object_is_told_to_give_its_name() -> None:
    class Tool:
        name = "search"

    with pytest.raises(ConfigurationError, match=r"use its \.name"):
        Policy(safe_tools=[Tool()])  # type: ignore[list-item]


def test_a_value_that_cannot_be_shown_is_still_refused_in_words() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise RuntimeError

    with pytest.raises(ConfigurationError, match=r"Policy\(top_k=.*Mute"):
        Policy(top_k=Mute())  # type: ignore[arg-type]


def test_the_error_is_a_value_error_and_a_step_cache_error() -> None:
    with pytest.raises(ValueError, match="top_k") as caught:
        Policy(top_k=0)
    assert isinstance(caught.value, StepCacheError)
    assert len(str(caught.value)) < 300


# ---------------------------------------------------------------------------------------------- the kill switch


@pytest.fixture(autouse=True)
def _nothing_warned_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_module, "_warned", set())


@pytest.mark.parametrize("mode", sorted(WORDS["mode"]))
def test_the_environment_overrides_the_policy(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for own in WORDS["mode"]:
        assert effective_mode(Policy(mode=own), {"STEPCACHE_MODE": mode}) == mode  # type: ignore[arg-type]
    assert effective_mode(Policy(), {"STEPCACHE_MODE": f" {mode.upper()}\n"}) == mode
    policy = Policy(mode="exact")
    assert effective_mode(policy) == "exact"
    monkeypatch.setenv("STEPCACHE_MODE", mode)
    assert effective_mode(policy) == mode


def test_of_a_block_and_the_environment_the_stricter_one_holds() -> None:
    def mode(block: str | None, **environ: str) -> str:
        return effective_mode(Policy(mode="shadow"), environ, block)  # type: ignore[arg-type]

    assert mode("serve") == "serve"
    assert mode(None, STEPCACHE_MODE="serve") == "serve"
    assert mode("off", STEPCACHE_MODE="serve") == "off"
    assert mode("serve", STEPCACHE_MODE="off") == "off"
    assert mode("exact", STEPCACHE_MODE="serve") == "exact"
    assert mode("serve", STEPCACHE_MODE="exact") == "exact"
    assert mode("refresh", STEPCACHE_MODE="exact") == "refresh"
    assert mode("off", STEPCACHE_MODE="nonsense") == "off"


@pytest.mark.parametrize("blank", ["", " ", "\n\t"])
def test_a_blank_value_says_nothing(blank: str) -> None:
    assert effective_mode(Policy(mode="shadow"), {"STEPCACHE_MODE": blank}) == "shadow"


def test_an_unknown_value_turns_the_cache_off_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="stepcache_lc"):
        for _ in range(3):
            assert effective_mode(Policy(), {"STEPCACHE_MODE": "of"}) == "off"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "STEPCACHE_MODE='of'" in caplog.text
    assert "did you mean 'off'" in caplog.text


@given(value=st.text())
def test_no_value_crashes_or_leaves_a_wrong_mode(value: str) -> None:
    mode = effective_mode(Policy(mode="exact"), {"STEPCACHE_MODE": value})
    name = value.strip().lower()
    assert mode == (name if name in WORDS["mode"] else "off" if name else "exact")


def test_the_warnings_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="stepcache_lc"):
        for number in range(1000):
            assert effective_mode(Policy(), {"STEPCACHE_MODE": f"no mode {number}"}) == "off"
    assert 0 < len(caplog.records) <= 100
