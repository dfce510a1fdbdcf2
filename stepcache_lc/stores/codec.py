"""Entries as text: JSON with a schema version and a checksum over the content.

What is read back is hostile: a torn write, a row edited by hand, a row of a newer release. Decoding accepts exactly
what `encode_entry` writes and refuses all else with `CodecError`; stores count that as skipped and never serve it.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NoReturn, get_args

from stepcache_lc.core.types import Assurance, Entry, Origin, StepRecord, Tokens, VerdictKind

SCHEMA_VERSION: Final = 1
"""Raised whenever the stored form changes; rows of another version are skipped."""

_HEAD: Final = '{"entry":'
_TAIL: Final = ',"sum":"{}","version":{}}}'

_STRINGS: Final = (
    "id",
    "namespace",
    "model",
    "scope",
    "request_text",
    "text",
    "payload",
    "model_name",
    "schema",
    "form",
    "task",
    "note",
)
_FIELDS: Final = frozenset(_STRINGS) | {
    "task_version",
    "candidate",
    "assurance",
    "unchecked",
    "records",
    "sources",
    "solved",
    "tokens",
    "created",
}
_ASSURANCES: Final = frozenset(get_args(Assurance))
_ORIGINS: Final = frozenset(get_args(Origin))
_VERDICTS: Final = frozenset(get_args(VerdictKind))


class CodecError(ValueError):
    """A stored row is not one that this release wrote."""


def encode_entry(entry: Entry) -> str:
    """Write an entry as ASCII text.

    Raises:
        ValueError: a number in the entry is not finite.
    """
    content = {
        **{name: _pack(getattr(entry, name)) for name in _STRINGS},
        "task_version": entry.task_version,
        "candidate": entry.candidate,
        "assurance": entry.assurance,
        "unchecked": [_pack(text) for text in entry.unchecked],
        "records": [
            [
                record.origin,
                record.verdict,
                None if record.source is None else _pack(record.source),
                _pack(record.reason),
            ]
            for record in entry.records
        ],
        "sources": [_pack(text) for text in entry.sources],
        "solved": entry.solved,
        "tokens": [entry.tokens.input, entry.tokens.output],
        "created": entry.created,
    }
    body = _canonical(content)
    return f"{_HEAD}{body}{_TAIL.format(_checksum(body), SCHEMA_VERSION)}"


def decode_entry(stored: str) -> Entry:
    """Read what `encode_entry` wrote.

    Raises:
        CodecError: the text is torn, altered, of another schema version, or was never an entry.
    """
    if not isinstance(stored, str):
        raise CodecError("not text")
    return _decode_again(stored) if len(stored) <= _MOST_KEPT else _decode(stored)


def _decode(stored: str) -> Entry:
    try:
        row = _decoder.decode(stored)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(row, dict) or row.keys() != {"version", "sum", "entry"}:
        raise CodecError("not a row of this package")
    if type(row["version"]) is not int or row["version"] != SCHEMA_VERSION:
        raise CodecError("written by another schema version")
    content = row["entry"]
    if not isinstance(content, dict) or content.keys() != _FIELDS:
        raise CodecError("fields are missing or unknown")
    # The text itself is checked: to write the content once more would take longer than all the rest.
    body = stored[len(_HEAD) : -len(_TAIL.format("0" * 32, SCHEMA_VERSION))]
    if stored != f"{_HEAD}{body}{_TAIL.format(row['sum'], SCHEMA_VERSION)}" or row["sum"] != _checksum(body):
        raise CodecError("the checksum does not match")
    return _entry(content)


# The candidates of one request are those of many; entries do not change.
_MOST_KEPT = 8_000
_decode_again = lru_cache(maxsize=512)(_decode)


def _entry(content: Mapping[str, Any]) -> Entry:
    # The checksum is no signature: whoever can write rows can compute it, so every type is checked all the same.
    records = []
    for record in _list(content["records"]):
        if not isinstance(record, list) or len(record) != 4:
            raise CodecError("a step record is malformed")
        origin, verdict, source, reason = record
        records.append(
            StepRecord(
                _member(origin, _ORIGINS),
                _member(verdict, _VERDICTS),
                None if source is None else _unpack(source),
                _unpack(reason),
            )
        )
    tokens = _list(content["tokens"])
    if len(tokens) != 2:
        raise CodecError("tokens are malformed")
    created = content["created"]
    if type(created) not in (int, float) or not math.isfinite(created):
        raise CodecError("created is not a finite number")
    return Entry(
        **{name: _unpack(content[name]) for name in _STRINGS},
        task_version=_count(content["task_version"]),
        candidate=_flag(content["candidate"]),
        assurance=_member(content["assurance"], _ASSURANCES),
        unchecked=tuple(_unpack(item) for item in _list(content["unchecked"])),
        records=tuple(records),
        sources=tuple(_unpack(item) for item in _list(content["sources"])),
        solved=_flag(content["solved"]),
        tokens=Tokens(_count(tokens[0]), _count(tokens[1])),
        created=float(created),
    )


def _canonical(content: object) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _checksum(body: str) -> str:
    return blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _pack(text: str) -> str | list[str]:
    """Keep text as it is, unless JSON would change it.

    A high and a low surrogate that stand side by side in a Python string are two code points; JSON reads their escapes
    as one character. Such text travels as base64, wrapped in a list so that no ordinary text can be taken for it.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return [base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")]
    return text


def _unpack(stored: object) -> str:
    if isinstance(stored, str):
        return stored
    if isinstance(stored, list) and len(stored) == 1 and isinstance(stored[0], str):
        try:
            return base64.b64decode(stored[0], validate=True).decode("utf-8", "surrogatepass")
        except ValueError:
            pass
    raise CodecError("text expected")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise CodecError("list expected")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise CodecError("count expected")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise CodecError("true or false expected")
    return value


def _member(value: object, allowed: frozenset[str]) -> Any:
    if not isinstance(value, str) or value not in allowed:
        raise CodecError("unknown name")
    return value
