"""Whether an answer to one request may be considered for another, and under which changes (soundness rules 3 to 5)."""

from __future__ import annotations

import re

from stepcache_lc.core.align import Token, align_literals, vocabulary
from stepcache_lc.core.types import Substitution
from stepcache_lc.tasks.json_object.constraints import JsonConstraints
from stepcache_lc.tasks.json_object.difference import Change, changes, is_leaf, siblings
from stepcache_lc.tasks.json_object.pointers import pointer
from stepcache_lc.tasks.json_object.siblings import split

# An added or dropped key of such a name changes what the other values mean.
_TELLING = vocabulary(
    """
    unit units currency currencies language languages lang locale count counts total totals sum number num amount
    quantity qty size length rank ranking average avg mean max min maximum minimum percent percentage scale timezone
    tz format version precision decimals measure measurement denomination symbol translation
    ccy curr cur fx iso uom uoms sym symbols factor exponent multiplier sign
    einheit einheiten waehrung währung sprache anzahl summe gesamt menge
    devise devises monnaie unité unités unite langue moneda monedas divisa unidad unidades idioma waluta jednostka
    valuta eenheid enhet taal unità unita moeda unidade
    """
)
_LOOSER = {"any": 0, "lean": 1, "bare": 2}


def align(old: JsonConstraints, new: JsonConstraints) -> Substitution | None:
    """Align two requests; None if the change is one of meaning."""
    if old.refused or new.refused or old.form != new.form or old.wishes != new.wishes or old.residue != new.residue:
        return None
    if old == new:
        return Substitution()
    pairs = literal_pairs(old, new)
    if pairs is None or (pairs and (new.residue or not (old.data_only and new.data_only))):
        return None
    shape = changes(old.schema, new.schema)
    if shape is None or not _same_notes(old, new) or not _same_order(old, new):
        return None
    if shape and not _sound(shape, old, new):
        return None
    stricter = _LOOSER[new.surround] > _LOOSER[old.surround]
    if stricter and new.residue:
        return None
    return Substitution(pairs, reshaped=bool(shape) or stricter)


def literal_pairs(old: JsonConstraints, new: JsonConstraints) -> tuple[tuple[str, str], ...] | None:
    """The changed literals of the contents (soundness rule 3)."""
    if len(old.content) != len(new.content):
        return None
    left, right = list(old.content), list(new.content)
    for index, (before, after) in enumerate(zip(left, right, strict=True)):
        # A labelled value whose key was added or dropped is marked in one of the requests only.
        if before.text == after.text and {before.kind, after.kind} == {"value", "code"}:
            left[index] = right[index] = Token("value", before.text)
    return align_literals(left, right)


def _same_notes(old: JsonConstraints, new: JsonConstraints) -> bool:
    """Words that describe a key that stayed must have stayed too."""
    before, after = dict(old.notes), dict(new.notes)
    common = set(old.keys) & set(new.keys)
    return all(before.get(key) == after.get(key) for key in common)


def _same_order(old: JsonConstraints, new: JsonConstraints) -> bool:
    """Keys in another order may belong to a list of values in that order."""
    common = set(old.keys) & set(new.keys)
    if [key for key in old.keys if key in common] != [key for key in new.keys if key in common]:
        return False
    values = _listed(new.content)
    return not (values == len(new.keys) != len(old.keys))


def _listed(content: tuple[Token, ...]) -> int:
    """How many values a content names that is nothing but a list with commas; 0 if it is no such list."""
    marks = [token.text for token in content]
    if marks[:1] == ["<about>"] and marks[2:3] == ["\n"]:
        marks = marks[3:]  # the preposition in front of the list
    if not marks or marks[0] != "<text>" or "\n" in marks[:-1]:
        return 0
    return 1 + marks.count(",") if "," in marks else 0


def _sound(shape: list[Change], old: JsonConstraints, new: JsonConstraints) -> bool:
    """Rule 5: whether the other values may stand beside this change of shape."""
    touched = {change.path[0] for change in shape}
    others = [key for key in new.keys if key not in touched]
    assigned = all(
        pointer((key,)) in old.assignments() and pointer((key,)) in new.assignments() for key in others
    ) and (old.data_only and new.data_only)
    if (new.reaching and not assigned) or (new.residue and any(change.kind != "added" for change in shape)):
        return False
    for change in shape:
        if change.kind == "added" and not is_leaf(change.schema):
            return False
        if (change.kind == "changed" or _telling(change.path[-1])) and not assigned:
            return False
        if not assigned and split(change.path[-1], siblings(old.schema, change.path)) is not None:
            return False
    return True


def _telling(key: str) -> bool:
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", key)
    return bool(_TELLING.intersection(word.lower() for word in words))
