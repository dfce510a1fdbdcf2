"""Values that stand in the prompt under their very key, and how an answer may write them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from stepcache_lc.core.align import vocabulary
from stepcache_lc.tasks.json_object.scan import Node

_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,18})?", re.ASCII)
_LETTERS = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
_PLAIN_WORDS = re.compile(rf"{_LETTERS}(?: {_LETTERS}){{0,7}}")
_IDENTIFIER = re.compile(r"([A-Za-z]{1,16})[-_]?\d{1,18}(?:-\d{1,18})?", re.ASCII)
_HAS_DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday"
    r"|noon|midnight)\b|\d[/:.-]\d",
    re.IGNORECASE,
)
# Words for nothing, for yes and no, and for numbers: an answer may give null, true or 3 for them. Words that refer
# elsewhere, take back or join: what they mean is not what stands there.
_LOOSE_WORDS = vocabulary(
    """
    none null nil n/a na nan unknown unspecified missing empty nothing nobody absent tbd tba yes no true false y n t f
    on off ja nein oui non si sí enabled disabled never not yet neither nor without redacted
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million
    millions billion billions dozen dozens half quarter score pair couple few several many some any all both each
    first second third fourth fifth sixth seventh eighth ninth tenth last once twice thrice double triple single minus
    plus percent eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig
    vierzig fünfzig sechzig siebzig achtzig neunzig hundert tausend un deux trois quatre cinq sept huit neuf dix vingt
    trente quarante cinquante soixante cent mille uno dos tres cuatro cinco seis siete ocho nueve diez veinte treinta
    her his him hers their theirs its my mine our ours your yours he she they them me us we you this that these those
    see same ditto idem ibid above below as and or und oder et also formerly previously now aka alias née nee
    instead former ex maybe perhaps probably approximately approx about around circa roughly almost nearly over under
    """
)
# Before a number these are a currency or a unit, not an identifier.
_MEASURES = vocabulary(
    """
    eur usd gbp chf jpy cny inr aud cad nzd sek nok dkk pln czk huf rub try brl mxn zar krw sgd hkd btc eth rs kr fr us
    euro euros dollar dollars pound pounds yen kg g mg lb lbs oz km m cm mm mi ft in yd l ml kb mb gb tb kw mw w v a hz
    h hr hrs min s sec ms c f k no nr num minus plus ca approx
    """
)
_ROMAN = re.compile(r"[IVXLCDM]{1,15}")
# Two values of these characters that differ in digits only are of one notation.
_MEASURED = re.compile(r"[\w .,:/%€$£°+-]{1,60}")


def is_number(text: str) -> bool:
    """A plain decimal number: no leading zeros, no separators, no unit."""
    return _PLAIN_NUMBER.fullmatch(text) is not None


def is_exact(text: str) -> bool:
    """Whether an answer can give this value in one way only: a plain number, or plain words that mean themselves."""
    if is_number(text):
        # 1.10 is a version or a price: only one of them is 1.1.
        return not ("." in text and text.endswith("0"))
    if _HAS_DATE.search(text) or text != text.strip() or unicodedata.normalize("NFKC", text) != text:
        return False
    if _ROMAN.fullmatch(text):
        return False
    if _PLAIN_WORDS.fullmatch(text):
        return _LOOSE_WORDS.isdisjoint(re.split("[ -]", text.casefold()))
    # Identifiers such as "007" or "A-1042", and e-mail addresses.
    identifier = _IDENTIFIER.fullmatch(text)
    if identifier is not None:
        # "A5" may be amperes, "A-5" is none.
        prefix = identifier.group(1).casefold()
        return prefix not in _MEASURES or (len(prefix) == 1 and not text[1].isdigit())
    return re.fullmatch(r"0\d{1,18}|[\w.+-]{1,64}@[\w.-]{0,63}\w", text, re.ASCII) is not None


def admits(schema: Mapping[str, Any] | bool | None, text: str) -> bool:
    """Whether a schema admits this very value: a list, a boolean or another choice is not what stands there."""
    if isinstance(schema, Mapping) and "enum" in schema:
        return False
    kinds = _kinds(schema)
    if kinds is None:
        return False
    return not kinds or "string" in kinds or (bool(kinds & {"number", "integer"}) and is_number(text))


def matches(node: Node, text: str) -> bool:
    """Whether a JSON value gives the text of the prompt as it is written: as a string, or as that very number."""
    if node.kind == "string":
        return bool(node.value == text)
    if node.kind == "number":
        return is_number(text) and _same_number(node.value, text)
    return False


def _same_number(value: int | float, text: str) -> bool:
    return value == (float(text) if "." in text else int(text))


def renewed(old: str, new: str, like: Node) -> str | None:
    """JSON for a value that the new prompt assigns, where the earlier answer gave the old one as it stood; None: doubt.

    Both must be plain, or of one notation (two dates written alike): else the model may write the new one otherwise.
    """
    if is_number(new) and not is_number(old):
        # "007" was a string; 7 may be a number.
        return None
    if old != new and not (is_exact(old) and is_exact(new)) and not _alike(old, new):
        return None
    return render(new, like, None)


def _alike(old: str, new: str) -> bool:
    """Whether two values are of one notation: equal but for digits (two dates, two amounts of one unit)."""
    return _MEASURED.fullmatch(new) is not None and re.sub(r"\d", "0", old) == re.sub(r"\d", "0", new) != new


def render(text: str, like: Node | None, schema: Mapping[str, Any] | bool | None) -> str | None:
    """Write an assigned value as JSON, of the kind that the earlier answer or else the schema has; None: in doubt."""
    if like is not None:
        if like.kind == "number":
            return text if is_number(text) else None
        return json.dumps(text, ensure_ascii=False) if like.kind == "string" else None
    kinds = _kinds(schema)
    if kinds is None:
        return None
    if kinds & {"number", "integer"}:
        if is_number(text) and ("number" in kinds or "." not in text):
            return text
        if "string" not in kinds:
            return None
    if "string" in kinds:
        return json.dumps(text, ensure_ascii=False)
    if not kinds:
        return text if is_number(text) else json.dumps(text, ensure_ascii=False)
    return None


def _kinds(schema: Mapping[str, Any] | bool | None) -> set[str] | None:
    """The JSON types that a schema names at its top; empty: any; None: it cannot be told."""
    if schema is None or schema is True:
        return set()
    if not isinstance(schema, Mapping) or any(key in schema for key in ("oneOf", "allOf", "$ref", "not", "if")):
        return None
    if isinstance(schema.get("anyOf"), list):
        found = [_kinds(choice) for choice in schema["anyOf"]]
        return None if any(not kinds for kinds in found) else {kind for kinds in found for kind in kinds or ()}
    kind = schema.get("type", [])
    return {kind} if isinstance(kind, str) else set(kind)
