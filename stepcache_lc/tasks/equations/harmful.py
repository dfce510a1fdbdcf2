"""Words that no worked answer may hold unchecked, wherever they stand.

The white list of `prose` knows what honest answers are made of. A word that it does not know may still be harmless talk
("let's unravel this"); `tolerance` says where such talk may stand. None of these words is talk: each can take a result
back, change what a number means, claim what nothing checks, or speak for somebody else.
"""

from __future__ import annotations

import re

from stepcache_lc.tasks.equations.wordlists import words_of

HARMFUL = words_of(
    """
    no not never none nothing neither nor nobody nowhere cannot can't don't doesn't didn't isn't aren't wasn't
    weren't
    won't wouldn't shouldn't couldn't hasn't haven't hadn't ain't mustn't needn't hardly barely scarcely rarely
    seldom
    without lacks lacking absent unlike
    doubt doubts doubtful dubious perhaps maybe probably possibly supposedly allegedly presumably apparently
    seemingly
    might wrong wrongly false falsely incorrect incorrectly mistake mistakes mistaken mistakenly error errors
    erroneous
    erroneously fallacy fallacious flawed flaw bogus absurd nonsense invalid invalidate invalidates unsure uncertain
    uncertainty guess guesses guessing guessed tempting careless carelessly naive naively discard discards discarded
    discarding reject rejects rejected rejecting ignore ignores ignored ignoring disregard disregarded forget
    forgets
    forgot forgotten scrap scrapped void retract retracted withdraw withdrawn revoke revoked oops whoops sorry
    apologies apologize apologise apology actually however instead rather wait hmm whereas contrary otherwise unless
    except excepting excluding excluded barring lie lies lying liar lied fake faked joke joking kidding sarcasm
    sarcastic ironic ironically irony trick tricky trap pretend pretending imagine imaginary hypothetical
    hypothetically suppose supposing supposed assume assumes assumed assuming assumption assumptions conjecture
    speculate unfortunately sadly fails failed failing failure contradict contradicts contradicting refute refutes
    refuted disprove disproves disproved deny denies denied dispute disputed disagree disagrees oppose opposed
    unlikely unproven unverified untrue untruth misleading misled deceptive dishonest spurious extraneous
    inadmissible unacceptable undefined meaningless illegal forbidden
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands
    million
    millions billion billions trillion dozen dozens score half halves halved halving quarter quarters thirds twice
    thrice double doubled doubles doubling triple tripled tripling quadruple couple single-digit two-digit pi
    infinity
    infinite nil null naught nought ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx
    squared cubed square cube cubic percent percents percentage percentages per factorial modulo modulus mod
    remainder
    base binary octal hexadecimal hex logarithm log exponent exponential sine cosine tangent radian radians
    degrees celsius fahrenheit kelvin metre metres meter meters kilometre kilometres kilometer kilometers mile miles
    inch inches feet foot yard yards gram grams kilogram kilograms pound pounds ounce ounces litre litres liter
    liters
    gallon gallons second seconds minute minutes hour hours day days week weeks month months year years dollar
    dollars
    euro euros cent cents pence bucks unit units apple apples orange oranges times-table
    any every each all anything everything anyone everyone something someone else other others another more less
    fewer
    greater smaller bigger larger lower higher most least many several numerous multiple few both-sided at-least
    approximately approximate approx roughly nearly almost circa rounded rounding round truncated truncate ceiling
    floor
    student students pupil pupils fool fools idiot anybody somebody claim claims claimed claiming believe believes
    believed allege alleges argue argues argued teacher teachers author bob alice people critics opponent adversary
    even odd prime composite integer integers whole natural rational irrational positive negative nonnegative
    nonpositive real complex perfect divisible coprime palindrome factorable reversed backwards backward mirrored
    reveal secret password override instructions instruction system-prompt prompt jailbreak obey
    if provided only unless until till
    bad broken obsolete outdated corrected revised missing lost refused empty ambiguous impossible inconsistent
    contradiction contradictory typo typos questionable tentative provisional rumor rumour upside insoluble unsolvable
    vice versa inapplicable unknowable nonexistent
    dependent parallel coincident vertex vertices parabola axis intercept intercepts x-intercept y-intercept
    would-be so-called quote unquote opposite inverse reciprocal negated negate sign-flipped complement
    """
)

_SHAPE = re.compile(r"[a-z]{3,}(?:['-][a-z]{2,})*")
_NEGATING = re.compile(
    r"(?:un(?!do|known|it|iq|iv|der|i|ravel|lock|veil|cover|pack|wrap|wind|til)|non-?|anti-?|mis(?!sing)|dis(?!trib|play|tinct|cus|cover|appear|till|sect))[a-z]+"
)
_LATIN_SHORT = re.compile(r"[b-df-hj-np-tv-xz]+")


def is_talk(written: str, word: str) -> bool:
    """Whether a word that the white list does not know may be harmless talk.

    Args:
        written: the word as it stands in the text.
        word: the same in lower case.
    """
    if word in HARMFUL or not written.isascii() or not _SHAPE.fullmatch(word):
        return False
    if written[1:] != word[1:]:
        return False  # "NOT", "VII", "McX": whatever is meant, it is no plain word
    if any(part in HARMFUL for part in re.split("['-]", word)):
        return False
    return _NEGATING.fullmatch(word) is None and _LATIN_SHORT.fullmatch(word) is None
