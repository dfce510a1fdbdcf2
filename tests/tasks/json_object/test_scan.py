"""The strict scanner agrees with the standard library on what is JSON, and refuses what that one lets pass."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepcache_lc.tasks.json_object.extract import extract, same
from stepcache_lc.tasks.json_object.scan import JsonError, loads
from stepcache_lc.tasks.json_object.steps import leaves, nodes

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
values = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values, st.sampled_from([None, 2, "\t"]), st.booleans())
@settings(max_examples=300)
def test_reads_what_json_writes(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    root = loads(text)
    assert same(root.value, value)
    for at, node in nodes(root).items():
        assert same(json.loads(text[node.start : node.end]), node.value), at


@given(st.text(alphabet='{}[]",:0123eE+-.tfn\\u/ \n', max_size=30))
@settings(max_examples=1000)
def test_accepts_nothing_that_json_refuses(text: str) -> None:
    try:
        root = loads(text)
    except JsonError:
        return
    assert same(json.loads(text), root.value)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999}',
        '{"a": 01}',
        '{"a": +1}',
        '{"a": .5}',
        "{'a': 1}",
        '{"a": 1,}',
        "[1,]",
        '{"a": "\n"}',
        '{"a": "\\x41"}',
        '{"a": "\\ud800"}',
        '{"a": 1} x',
        '{"a": 1',
        '{"a" 1}',
        "",
        " ",
        '{"a": tru}',
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(JsonError):
        loads(text)


def test_depth_and_size_are_bounded() -> None:
    loads("[" * 64 + "]" * 64)
    for text in (
        "[" * 65 + "]" * 65,
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" + "1," * 30_000 + "1]",
        '"' + "x" * 300_000,
    ):
        with pytest.raises(JsonError):
            loads(text)


def test_pointers_follow_rfc_6901() -> None:
    text = '{"a/b": 1, "c~d": 2, "": 3, "e.f": [4, {"g": 5}], "h": {}}'
    assert [at for at, _ in leaves(loads(text))] == ["/a~1b", "/c~0d", "/", "/e.f/0", "/e.f/1/g", "/h"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('~~~\n{"a": 1}\n~~~', {"a": 1}),
        ('Here you are:\n{"a": 1}\nThat is all.', {"a": 1}),
        ('{"a": 1}\n```\n\nThis {...} shows [1 of 2].', {"a": 1}),
        ('{"a": 1}\n\nAgain:\n{ "a": 1 }', {"a": 1}),
        ('Use {braces} as [Note] says: {"a": [1]}', {"a": [1]}),
        ("[1, 2]", [1, 2]),
        ("{}", {}),
    ],
)
def test_extracts(text: str, value: Any) -> None:
    assert extract(text).root.value == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"a": 2}',
        '{"a": 1}\nor\n[1]',
        '{"a": {"b": 1}',  # cut off: the inner object is not the answer
        '{"a": 1}}',
        '{"a": 1}]',
        '{"a": 1} {"a": 2',
        "no JSON",
        "{a: 1}",
        '{"a": true} {"a": 1}',
        "",
    ],
)
def test_extracts_nothing_doubtful(text: str) -> None:
    with pytest.raises(JsonError):
        extract(text)


@pytest.mark.parametrize(
    "hostile", ['{"a":1}\n' + '{"b" ' * 300, "[1 " * 60_000, '{"a":1} ' + "[1 " * 60_000, "{" * 200_000]
)
def test_hostile_answers_are_bounded(hostile: str) -> None:
    with pytest.raises(JsonError):
        extract(hostile)
