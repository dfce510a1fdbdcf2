"""The receipt: its JSON form is a contract, and it never claims more than was checked."""

from __future__ import annotations

import copy
import json
import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc.core.types import Answer, Assurance, Made, Origin, Outcome, StepRecord, Tokens, VerdictKind
from stepcache_lc.errors import ConfigurationError
from stepcache_lc.receipt import Receipt

KEYS = [
    "version",
    "outcome",
    "task",
    "assurance",
    "verified",
    "unchecked",
    "source",
    "stored",
    "similarity",
    "steps",
    "model_calls",
    "tokens",
    "saved",
    "elapsed_ms",
    "why",
]
SOURCE = "3f2a91c07be4d21f"

texts = st.text(st.characters(), max_size=600)
names = st.one_of(st.none(), st.text("abcdef0123456789", min_size=1, max_size=64))
counts = st.integers(0, 10**9)
tokens = st.builds(Tokens, counts, counts)
receipts = st.builds(
    Receipt,
    outcome=st.sampled_from(get_args(Outcome)),
    task=st.one_of(st.none(), texts),
    assurance=st.sampled_from(get_args(Assurance)),
    verified=st.booleans(),
    unchecked=st.lists(texts, max_size=3).map(tuple),
    source=names,
    stored=names,
    similarity=st.one_of(st.none(), st.floats()),
    steps=st.lists(
        st.builds(
            StepRecord,
            st.sampled_from(get_args(Origin)),
            st.sampled_from(get_args(VerdictKind)),
            names,
            texts,
        ),
        max_size=4,
    ).map(tuple),
    model_calls=counts,
    tokens=tokens,
    saved=tokens,
    elapsed_ms=st.floats(),
    why=texts,
)


def sample() -> Receipt:
    return Receipt(
        outcome="rewrite",
        task="equations",
        assurance="proved",
        verified=True,
        unchecked=("politely",),
        source=SOURCE,
        similarity=0.9712,
        steps=(
            StepRecord("cached", "neutral", SOURCE),
            StepRecord("rewritten", "pass", SOURCE, "2x = 12"),
            StepRecord("patched", "pass", "aa00bb11", "x = 6"),
            StepRecord("solved", "fail", None, "x = 7 does not solve it"),
        ),
        saved=Tokens(41, 1120),
        elapsed_ms=3.21,
        why="1 of 3 steps did not hold",
    )


def test_the_json_form_word_for_word() -> None:
    data = sample().to_dict()
    assert list(data) == KEYS
    assert data == {
        "version": 1,
        "outcome": "rewrite",
        "task": "equations",
        "assurance": "proved",
        "verified": True,
        "unchecked": ["politely"],
        "source": SOURCE,
        "stored": None,
        "similarity": 0.9712,
        "steps": [
            {"origin": "cached", "source": SOURCE, "verdict": "neutral", "reason": ""},
            {"origin": "rewritten", "source": SOURCE, "verdict": "pass", "reason": "2x = 12"},
            {"origin": "patched", "source": "aa00bb11", "verdict": "pass", "reason": "x = 6"},
            {"origin": "solved", "source": None, "verdict": "fail", "reason": "x = 7 does not solve it"},
        ],
        "model_calls": 0,
        "tokens": {"input": 0, "output": 0},
        "saved": {"input": 41, "output": 1120},
        "elapsed_ms": 3.21,
        "why": "1 of 3 steps did not hold",
    }


def test_the_plain_text_word_for_word() -> None:
    assert str(sample()).splitlines() == [
        "rewrite | verified | assurance proved | task equations",
        "source 3f2a91c07be4… | similarity 0.971 | 0 model calls | tokens 0 in + 0 out | saved 41 in + 1,120 out"
        " | 3.2 ms | not stored",
        "why: 1 of 3 steps did not hold",
        "unchecked | politely",
        "  1  cached     neutral",
        "  2  rewritten  pass     2x = 12",
        "  3  patched    pass     x = 6 · from aa00bb11",
        "  4  solved     fail     x = 7 does not solve it",
    ]


@given(receipts)
def test_the_round_trip_through_json_text(receipt: Receipt) -> None:
    data = receipt.to_dict()
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    text.encode("utf-8")  # hosts and tracers send it as UTF-8
    assert json.loads(text) == data
    assert Receipt.from_dict(json.loads(text)) == receipt


@given(receipts)
def test_its_labels_never_claim_too_much(receipt: Receipt) -> None:
    assert not receipt.verified or receipt.assurance in ("proved", "assigned")
    assert receipt.similarity is None or math.isfinite(receipt.similarity)
    assert receipt.elapsed_ms >= 0


@given(receipts)
def test_its_texts_are_short_lines_without_control_characters(receipt: Receipt) -> None:
    for text in (receipt.why, receipt.task or "", *receipt.unchecked, *(step.reason for step in receipt.steps)):
        assert len(text) <= 400
        assert len(text.splitlines()) <= 1
        assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in text)


@pytest.mark.parametrize("number", [1e300, 1.7976931348623157e308, 5e-324, 2**53 + 1, 0])
def test_every_finite_number_is_read_back(number: float) -> None:
    receipt = Receipt(outcome="miss", elapsed_ms=number)
    assert Receipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt


def test_equality_and_fresh_containers() -> None:
    first, second = sample(), sample()
    assert first == second
    assert hash(first) == hash(second)
    first.to_dict()["steps"].clear()
    first.to_dict()["tokens"]["input"] = 9
    assert first == second


def test_an_empty_task_name_means_unread() -> None:
    assert Receipt(outcome="miss", task="").to_dict()["task"] is None


def test_numbers_of_numpy_become_plain_ones() -> None:
    receipt = Receipt(outcome="reuse", similarity=np.float32(0.5), elapsed_ms=np.float64(2.0))  # type: ignore[arg-type]
    assert type(receipt.similarity) is float
    assert type(receipt.elapsed_ms) is float


def test_a_receipt_of_an_answer_says_what_the_answer_says() -> None:
    answer = Answer(
        outcome="patch",
        text="x = 5",
        body=Made("x = 5", "text", "a model"),
        task="equations",
        assurance="proved",
        verified=True,
        unchecked=("politely",),
        source="a",
        stored="b",
        similarity=0.8,
        records=(StepRecord("patched", "pass"),),
        model_calls=1,
        tokens=Tokens(3, 4),
        saved=Tokens(5, 6),
        why="one step failed",
    )
    assert Receipt.of(answer, elapsed_ms=12.5) == Receipt(
        outcome="patch",
        task="equations",
        assurance="proved",
        verified=True,
        unchecked=("politely",),
        source="a",
        stored="b",
        similarity=0.8,
        steps=(StepRecord("patched", "pass"),),
        model_calls=1,
        tokens=Tokens(3, 4),
        saved=Tokens(5, 6),
        elapsed_ms=12.5,
        why="one step failed",
    )


# ------------------------------------------------------------------------------------------------ reading JSON


def test_unknown_keys_are_ignored() -> None:
    data = sample().to_dict()
    data["later"] = {"addition": 1}
    data["steps"][0]["later"] = 2
    data["tokens"]["later"] = 3
    assert Receipt.from_dict(data) == sample()


@pytest.mark.parametrize("key", KEYS)
def test_a_missing_key_is_named(key: str) -> None:
    data = sample().to_dict()
    del data[key]
    with pytest.raises(ConfigurationError, match=f"'{key}' is missing"):
        Receipt.from_dict(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2),
        ("version", "1"),
        ("version", True),
        ("outcome", "hit"),
        ("outcome", None),
        ("outcome", ["exact"]),
        ("task", 3),
        ("assurance", "sure"),
        ("verified", 1),
        ("verified", "true"),
        ("unchecked", "politely"),
        ("unchecked", [None]),
        ("unchecked", {"politely": 1}),
        ("source", 7),
        ("stored", ["a"]),
        ("similarity", "0.9"),
        ("similarity", True),
        ("similarity", math.nan),
        ("similarity", 10**400),
        ("steps", None),
        ("steps", {}),
        ("steps", ["cached"]),
        ("model_calls", -1),
        ("model_calls", 1.0),
        ("model_calls", True),
        ("tokens", 5),
        ("tokens", {"input": 1}),
        ("tokens", {"input": 1, "output": -1}),
        ("saved", {"input": None, "output": 0}),
        ("elapsed_ms", None),
        ("elapsed_ms", math.inf),
        ("why", None),
    ],
)
def test_a_wrong_value_is_refused_in_words(key: str, value: Any) -> None:
    data = sample().to_dict()
    data[key] = value
    with pytest.raises(ConfigurationError, match=r"receipt: '(\w+)'"):
        Receipt.from_dict(data)


@pytest.mark.parametrize(("key", "value"), [("origin", "guessed"), ("verdict", "ok"), ("source", 1), ("reason", None)])
def test_a_wrong_step_is_refused_in_words(key: str, value: Any) -> None:
    data = copy.deepcopy(sample().to_dict())
    data["steps"][1][key] = value
    with pytest.raises(ConfigurationError, match=key):
        Receipt.from_dict(data)


def test_a_label_that_contradicts_itself_is_refused() -> None:
    data = sample().to_dict()
    data["assurance"] = "shape"
    with pytest.raises(ConfigurationError, match="'verified' cannot be true"):
        Receipt.from_dict(data)


@pytest.mark.parametrize("value", [None, [], "{}", 3])
def test_what_is_no_mapping_is_refused(value: Any) -> None:
    with pytest.raises(ConfigurationError, match="a receipt is a mapping"):
        Receipt.from_dict(value)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@given(key=st.sampled_from(KEYS), value=json_values)
def test_hostile_json_is_read_or_refused_and_nothing_else(key: str, value: Any) -> None:
    data = {**sample().to_dict(), key: value}
    try:
        receipt = Receipt.from_dict(data)
    except ConfigurationError:
        return
    assert Receipt.from_dict(receipt.to_dict()) == receipt


def test_a_receipt_reads_like_its_json_form() -> None:
    receipt = Receipt(outcome="miss", model_calls=1)
    assert {key: receipt[key] for key in receipt.to_dict()} == receipt.to_dict()
    with pytest.raises(KeyError):
        receipt["nonsense"]
