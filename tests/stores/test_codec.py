"""Entries survive a round trip exactly; nothing else is read as an entry."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepcache_lc.core.types import Entry
from stepcache_lc.stores.base import CodecError, decode_entry, encode_entry
from tests.stores.samples import entries, entry

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def signed(content: Any, version: Any = 1) -> str:
    """A row with a right checksum: what somebody could write who knows the format."""
    body = json.dumps(content, sort_keys=True, separators=(",", ":"))
    checksum = blake2b(body.encode(), digest_size=16).hexdigest()
    return f'{{"entry":{body},"sum":"{checksum}","version":{json.dumps(version)}}}'


def content_of(of: Entry) -> dict[str, Any]:
    content = json.loads(encode_entry(of))["entry"]
    assert isinstance(content, dict)
    return content


@given(entries)
def test_round_trip(original: Entry) -> None:
    stored = encode_entry(original)
    assert stored.isascii()
    assert "\0" not in stored
    assert decode_entry(stored) == original


@pytest.mark.parametrize("text", ["\ud800", "\udc00\ud800", "\U0001f600", "a\0b", "", '"\\', "\u2028"])
def test_awkward_texts_survive(text: str) -> None:
    original = entry(text=text, request_text=text, unchecked=(text,), sources=(text,))
    assert decode_entry(encode_entry(original)) == original


def test_every_field_of_an_entry_is_stored() -> None:
    assert set(content_of(entry())) == {field.name for field in fields(Entry)}
    # The sample differs from the defaults everywhere, so that a field that is lost on the way is missed.
    assert all(getattr(entry(), field.name) != field.default for field in fields(Entry))


def test_neighbouring_surrogates_stay_two() -> None:
    pair = "".join(map(chr, (0xD83D, 0xDE00)))
    assert len(decode_entry(encode_entry(entry(text=pair))).text) == 2


def test_the_hand_made_rows_of_these_tests_are_well_formed() -> None:
    assert decode_entry(signed(content_of(entry()))) == entry()


@given(st.text(max_size=200))
def test_any_text_is_refused(stored: str) -> None:
    with pytest.raises(CodecError):
        decode_entry(stored)


@given(json_values)
def test_any_json_is_refused(value: Any) -> None:
    with pytest.raises(CodecError):
        decode_entry(json.dumps(value))


@given(entries, st.data())
def test_torn_rows_are_refused(original: Entry, data: st.DataObject) -> None:
    stored = encode_entry(original)
    with pytest.raises(CodecError):
        decode_entry(stored[: data.draw(st.integers(0, len(stored) - 1))])


@given(st.data())
def test_a_changed_character_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    stored = encode_entry(entry())
    at = data.draw(st.integers(0, len(stored) - 1))
    altered = stored[:at] + data.draw(st.characters(codec="ascii")) + stored[at + 1 :]
    try:
        read = decode_entry(altered)
    except CodecError:
        return
    assert read == entry()


@given(st.sampled_from(sorted(content_of(entry()))), json_values)
def test_wrong_types_are_refused_even_with_a_right_checksum(name: str, value: Any) -> None:
    content = content_of(entry())
    content[name] = value
    try:
        stored = signed(content)
        read = decode_entry(stored)
    except CodecError:
        return
    # What was let through is a value of the field's own type: it writes back to an entry that reads the same.
    assert decode_entry(encode_entry(read)) == read
    assert type(getattr(read, name)) is type(getattr(entry(), name))


@pytest.mark.parametrize("name", sorted(content_of(entry())))
def test_missing_fields_are_refused(name: str) -> None:
    content = content_of(entry())
    del content[name]
    with pytest.raises(CodecError):
        decode_entry(signed(content))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created", True),
        ("created", "1"),
        ("candidate", 1),
        ("task_version", -1),
        ("task_version", 1.0),
        ("task_version", True),
        ("tokens", [1]),
        ("tokens", [1, -1]),
        ("assurance", "certain"),
        ("assurance", ["proved"]),
        ("records", [["generated", "pass", None]]),
        ("records", [["magic", "pass", None, ""]]),
        ("records", [[[], "pass", None, ""]]),
        ("sources", "abc"),
        ("sources", [None]),
        ("text", None),
        ("text", ["not base64!"]),
        ("text", ["/w=="]),
        ("text", []),
        ("text", {"a": 1}),
    ],
)
def test_values_of_the_wrong_kind_are_refused(name: str, value: Any) -> None:
    with pytest.raises(CodecError):
        decode_entry(signed({**content_of(entry()), name: value}))


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True, None])
def test_other_versions_are_refused(version: Any) -> None:
    with pytest.raises(CodecError):
        decode_entry(signed(content_of(entry()), version=version))


def test_extra_fields_are_refused() -> None:
    with pytest.raises(CodecError):
        decode_entry(signed({**content_of(entry()), "more": 1}))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_absurd_numbers_are_refused(number: str) -> None:
    stored = encode_entry(replace(entry(), created=12345.5))
    with pytest.raises(CodecError):
        decode_entry(stored.replace("12345.5", number))


@pytest.mark.parametrize("stored", ["[" * 100_000, '{"a":' * 100_000, None, 7, b"{}"])
def test_bombs_and_other_types_are_refused(stored: Any) -> None:
    with pytest.raises(CodecError):
        decode_entry(stored)


def test_an_entry_that_is_not_finite_is_not_written() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        encode_entry(entry(created=float("nan")))
