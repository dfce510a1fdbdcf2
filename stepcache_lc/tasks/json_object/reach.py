"""Words that may speak of an object as a whole: beside them one member more or less changes the others.

A budget is split anew, ranks move, "the last one" is another. Words that were understood are looked at for such
relations between numbers only; words that were not may say more, so that more of them count, and so does every
sentence that is not plainly English: none of these lists would find anything in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stepcache_lc.core.align import vocabulary

_MAX_CHARS = 100_000
_RELATING = vocabulary(
    """
    share shares shared sharing split splits splitting divide divides divided dividing distribute distributed
    distribution allocate allocated allocation allotted apportion spread budget budgets percent percentage percentages
    proportion proportions proportional ratio ratios fraction fractions rank ranks ranked ranking rankings ordered
    sort sorted remaining remainder total totals sum sums average mean median odds chance chances probability
    probabilities likelihood likelihoods weight weights weighted weighting relative score scores compared comparison
    """
)
_REACHING = _RELATING | vocabulary(
    """
    each every all any both none numbers other others rest omit unless except only fair fairly equal equally even
    evenly between among amongst best worst most least highest lowest respectively compare together former latter
    another same different differ differs distinct unique duplicate duplicates repeat repeated twice once consistent
    consistently match matching accordingly key keys field fields value values attribute attributes property
    properties member members alphabet alphabetical alphabetically ascending descending increasing decreasing
    growing rising falling reverse reversed backward backwards forward forwards longest shortest largest smallest
    biggest maximum minimum max min limit within word words character characters letters sentence sentences token
    tokens length long else anything everything something anyone everyone opposite opposites opposed contrary
    contrast contrasting antonym antonyms synonym synonyms rhyme rhymes rhyming alternate alternating alternately
    sequence series continue continues continuing successive consecutive combine combined combination whole entire
    overall mutual mutually exclusive exclusively depend depends depending add adds turn turns versus against
    """
)
# "The last one", "the second must": a place among the members.
_PLACE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|next|previous)"
    r"(?: (?:ones?|two|three|of them|is|are|must|should|shall|has)\b"
    r"|[,.:;]|$)",
    re.IGNORECASE,
)
# Each English sentence of some length holds one of them; few sentences of other languages do.
_ENGLISH = vocabulary(
    """
    the and with for about this that these those your from who whose which by as it its has have will would was were
    there their his her they what where when into make give tell write create describe generate suggest list name
    """
)
_SHORT = 3
"""Up to so many words, a sentence may be a name or a heading."""


def relates(texts: Iterable[str]) -> bool:
    """Whether words that are understood relate the values of an object to each other."""
    return _holds(texts, _RELATING)


def reaches(texts: Iterable[str]) -> bool:
    """Whether words that are not understood may speak of the object as a whole."""
    texts = list(texts)
    return _holds(texts, _REACHING) or any(_PLACE.search(text[:_MAX_CHARS]) or _foreign(text) for text in texts)


def _foreign(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text[:_MAX_CHARS].lower())
    return len(words) > _SHORT and (_ENGLISH.isdisjoint(words) or not all(map(str.isascii, words)))


def _holds(texts: Iterable[str], words: frozenset[str]) -> bool:
    return any(not words.isdisjoint(re.findall(r"[^\W_]+", text[:_MAX_CHARS].lower())) for text in texts)
