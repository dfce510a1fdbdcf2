"""The shape that is demanded by a sentence which is not understood as a whole.

Only the list of keys, or the shape that is shown, is taken out of the sentence; all its other words are residue, which
must be equal for any reuse. A list found so is as good as a read one for checking an answer's keys, and for asking for
one key more; words that are left over keep it from anything else (soundness rule 2).
"""

from __future__ import annotations

import re

from stepcache_lc.core.align import vocabulary
from stepcache_lc.tasks.json_object import phrases
from stepcache_lc.tasks.json_object.keylist import NUMBERS, Key, parse_keys
from stepcache_lc.tasks.json_object.layout import Layout
from stepcache_lc.tasks.json_object.wording import Demand

PLACE = "<shape>"
"""What stands in the rest of the sentence where the list or the shape stood."""
_NOUN = r"(?:keys?|fields?|properties|attributes)"
_THE = r"(?:the|these|those|a|an|its|exactly|only|just|following|required|json|top-level)"
_COUNT = rf"(?P<count>{'|'.join(NUMBERS)}|\d{{1,2}})"


def _c(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# "... with the keys a, b", "The keys should be a, b"
_NAMED = _c(
    rf"(?:\b(?:with|containing|having|including|using|has|have|contains?|includes?|use)\s+)?(?:\b{_THE}\s+)*"
    rf"(?:\b{_COUNT}\s+)?\b{_NOUN}(?: only| exactly)?"
    r"(?: (?:should be|must be|are|named|called|being|in it))?(?:,|:)?\s+"
)
# "... with `setup` and `punchline` keys", "with a name key and an age key"
_NAMING = _c(
    rf"\b(?:with|containing|having|including|using|has|have|contains?|includes?|use)\s+(?:{_THE}\s+)*"
    rf"(?P<list>[^.;:!?\n]{{1,300}}?)(?: as (?:the |its |your )?)?\s+{_NOUN}\b"
)
# "a JSON with name, age and city"
_WITH = _c(rf"\b{phrases.JSON} (?:with|containing|including|that has|having)(?: {_THE})*:?\s+")
_SHOWN = _c(
    r"\b(?:json|schema|format|structure|shape|type|interface|model|template|form|like this|like|as follows|as)"
    rf"(?:\s+(?:below|is|shown below))?(?:\s*:)?\s*(?P<shape>{phrases.PLACEHOLDER})"
)
_ANSWERS = _c(
    r"\b(?:return|respond|reply|output|answer|produce|generate|give|format|follow|match|matching|conform|conforms"
    r"|structured?|schema|template)\b"
)
_DATA = _c(
    r"\b(?:fix|correct|convert|validate|translate|update|change|minify|sort|merge|compare|repair|explain|edit)\b"
)
# "with the keys a (array of 2 strings)" names no key "the".
_FILLERS = vocabulary(
    "the these those a an its exactly only just following required json all any some other same two three four five"
)
_PLAIN_KEY = re.compile(r"[a-z][a-zA-Z0-9]*(?:_[a-zA-Z0-9]+)*")
_BLANKS = re.compile(r"[ \t]+")


def loose_demand(text: str, layout: Layout) -> tuple[Demand, str] | None:
    """The keys or the shape in a sentence that is not understood, and the words that are left; None: there are none."""
    return _listed(text, layout) or _shown(text, layout)


def _listed(text: str, layout: Layout) -> tuple[Demand, str] | None:
    for match in _NAMED.finditer(text):
        listed = parse_keys(text[match.end() :], layout.quoted)
        if listed is None or not (len(listed[0]) >= 2 or "`" in text or re.search(phrases.PLACEHOLDER, text)):
            continue
        found = _taken(text, match.start(), len(text) - len(listed[1]), listed[0], match.group("count"))
        if found is not None:
            return found
    for match in _NAMING.finditer(text):
        inside = re.sub(rf"(?<=[\w`\ue000-\uf8ff]) {_NOUN}\b", "", match.group("list"), flags=re.IGNORECASE)
        listed = parse_keys(inside.strip(), layout.quoted)
        if (
            listed is not None
            and not listed[1].strip()
            and all(_plain(key) or key.name not in inside for key in listed[0])
            and _FILLERS.isdisjoint(key.name.lower() for key in listed[0])
        ):
            return _taken(text, match.start(), match.end(), listed[0], None)
    for match in _WITH.finditer(text):
        listed = parse_keys(text[match.end() :], layout.quoted)
        if listed is not None and len(listed[0]) >= 2 and all(map(_plain, listed[0])):
            return _taken(text, match.start(), len(text) - len(listed[1]), listed[0], None)
    return None


def _plain(key: Key) -> bool:
    """Whether a word of a sentence can be a key: names and places are none."""
    return _PLAIN_KEY.fullmatch(key.name) is not None and not key.schema and not key.note


def _taken(text: str, start: int, end: int, keys: tuple[Key, ...], count: str | None) -> tuple[Demand, str] | None:
    if count is not None and (NUMBERS.get(count.lower()) or int(count)) != len(keys):
        return None
    return Demand(keys=keys), f"{text[:start]}{PLACE}{text[end:]}"


def _shown(text: str, layout: Layout) -> tuple[Demand, str] | None:
    if _ANSWERS.search(text) is None or _DATA.search(text) is not None:
        return None
    shown = [
        match
        for match in _SHOWN.finditer(text)
        if (region := layout.region(match.group("shape"))) is not None and region.kind in ("braces", "fence")
    ]
    if len(shown) != 1:
        return None
    return Demand(shape=shown[0].group("shape")), f"{text[: shown[0].start('shape')]}{PLACE}{text[shown[0].end() :]}"
