"""Entries to put into stores."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from stepcache_lc.core.types import Entry, StepRecord, Tokens


def entry(entry_id: str = "id-1", **changes: Any) -> Entry:
    """A candidate in namespace `n` of model `m`, with something in every field."""
    values: dict[str, Any] = {
        "id": entry_id,
        "namespace": "n",
        "model": "m",
        "scope": "scope",
        "request_text": "Solve 2x + 3 = 13 for x.",
        "text": "Subtract 3.\nx = 5",
        "payload": '{"type": "ai"}',
        "model_name": "small-1",
        "schema": "{}",
        "form": "tool:answer",
        "task": "Equations",
        "task_version": 3,
        "candidate": True,
        "assurance": "proved",
        "unchecked": ("number the steps",),
        "records": (StepRecord("generated", "pass"), StepRecord("patched", "neutral", "other", "words only")),
        "sources": ("other",),
        "solved": True,
        "tokens": Tokens(12, 34),
        "created": 1700000000.25,
        "note": "{}",
    }
    return Entry(**{**values, **changes})


def exact(entry_id: str = "id-1", **changes: Any) -> Entry:
    """An entry that is never proposed."""
    return entry(entry_id, candidate=False, **changes)


# Any code point, lone surrogates and NUL included.
texts = st.text(st.characters(), max_size=20)
counts = st.integers(0, 2**40)

entries = st.builds(
    Entry,
    id=texts,
    namespace=texts,
    model=texts,
    scope=texts,
    request_text=texts,
    text=texts,
    payload=texts,
    model_name=texts,
    schema=texts,
    form=texts,
    task=texts,
    task_version=counts,
    candidate=st.booleans(),
    assurance=st.sampled_from(["proved", "assigned", "shape", "none"]),
    unchecked=st.lists(texts, max_size=3).map(tuple),
    records=st.lists(
        st.builds(
            StepRecord,
            st.sampled_from(["cached", "rewritten", "patched", "generated", "solved"]),
            st.sampled_from(["pass", "fail", "unknown", "neutral"]),
            st.none() | texts,
            texts,
        ),
        max_size=3,
    ).map(tuple),
    sources=st.lists(texts, max_size=3).map(tuple),
    solved=st.booleans(),
    tokens=st.builds(Tokens, counts, counts),
    created=st.floats(allow_nan=False, allow_infinity=False),
    note=texts,
)
