"""Rule 3: which literals changed between two texts, and whether that change is one that can be followed.

A text becomes an ordered sequence of tokens in which *literals* (numbers, quoted strings, proper names, dates,
identifiers, values in a labelled place) are marked. Two sequences align only if they are equal but for literals, and if
the change of literals, taken by position and all at once, is a bijection on values. Everything else is a change of
meaning, and the answer is `None`. In doubt a token is a word: a changed word never aligns.

The work is linear in the length of the text; what lies behind the limits below is kept as one exact token.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "punct", "code", "number", "string", "name", "date", "id", "value"]


def vocabulary(words: str) -> frozenset[str]:
    """A set of words, written as a text."""
    return frozenset(words.split())


_LITERALS = frozenset({"number", "string", "name", "date", "id", "value"})
_MAX_CHARS = 100_000
_MAX_TOKENS = 20_000
_MAX_QUOTED = 20_000
_MAX_SINGLE_QUOTED = 200
_MAX_CHANGED = 128
_MAX_DISTINCT = 512

# Capitalised words that say how to answer or in what: a change of one is a change of meaning, never of a literal.
_CAPITALISED_WORDS = vocabulary(
    """
    american arabic bengali brazilian british bulgarian cantonese catalan chinese croatian czech danish dutch english
    estonian euro euros european farsi finnish flemish french gaelic german greek hebrew hindi hungarian icelandic
    indonesian irish italian japanese korean latin latvian lithuanian malay mandarin norwegian persian polish
    portuguese punjabi romanian russian serbian slovak slovenian spanish swahili swedish tagalog tamil telugu thai
    turkish ukrainian urdu vietnamese welsh bitcoin celsius dollar dollars fahrenheit imperial kelvin metric pound
    pounds yen boolean integer json yaml xml markdown true false null none yes no not and or if
    """
)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_NUMERIC_DATES = (
    re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w-])"),
    re.compile(r"\d{4}/\d{1,2}/\d{1,2}(?![\w/])"),
    re.compile(r"\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})(?![\w/])"),
    re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})(?![\w])"),
    re.compile(rf"\d{{1,2}}(?:st|nd|rd|th)?[ ](?:{_MONTHS})\.?,?[ ]\d{{4}}(?!\w)", re.IGNORECASE),
)
_MONTH_FIRST = re.compile(rf"(?:{_MONTHS})\.?[ ]\d{{1,2}}(?:st|nd|rd|th)?,?[ ]\d{{4}}(?!\w)", re.IGNORECASE)
_OPENS_MORE = frozenset("_.+-−")
"""What is no letter or digit and may still start more than one character."""
_SIGNS = frozenset("+-−.")
_ADDRESS = re.compile(r"https?://[^\s\"'<>()\[\]{}]{1,2000}|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}")
_IDENTIFIER = re.compile(r"(?=[A-Z])[A-Za-z]{1,16}[-_#/]?\d{1,32}(?:[-_][A-Za-z0-9]{1,32}){0,8}(?!\w)")
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,4}(?!\w))?")
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)(?!\w)", re.IGNORECASE)
_LETTERS = "(?:[^\\W\\d_][\u0300-\u036f]*)+"
_WORD = re.compile(rf"{_LETTERS}(?:['’\-]{_LETTERS})*")
_OTHER_WORD = re.compile(r"\w+")
_SPACE = re.compile(r"\s+")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CLOSING_SINGLE = re.compile(r"(?<=\S)['’](?!\w)")
_PLAIN_BULLETS = frozenset("-*•#>")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind, and its exact text (folded only where it is a plain word at a sentence start)."""

    kind: Kind
    text: str

    @property
    def literal(self) -> bool:
        """Whether it may differ between two requests that align."""
        return self.kind in _LITERALS

    @property
    def value(self) -> str:
        """What the literal stands for: a quoted string without its quotes, else the text itself."""
        return self.text[1:-1] if self.kind == "string" else self.text


def tokenize(text: str, *, sentence_start: bool = True) -> tuple[Token, ...]:
    """Cut a text into tokens.

    Runs of blanks collapse (one that holds a line break to one line break), except in code and quotes. Case is folded
    only in a plain word at a sentence start. Pass `sentence_start=False` for a piece that stands in a labelled or
    quoted place, so that a proper name at its start is seen as one.
    """
    head, rest = text[:_MAX_CHARS], text[_MAX_CHARS:]
    tokens: list[Token] = []
    for token in _scan(head, sentence_start):
        if len(tokens) >= _MAX_TOKENS:
            return (*tokens, Token("code", text))
        tokens.append(token)
    while tokens and tokens[-1].text == "\n":
        tokens.pop()
    if rest:
        tokens.append(Token("code", rest))
    return tuple(tokens)


def _scan(text: str, sentence_start: bool) -> Iterator[Token]:
    closers = [match.start() for match in _CLOSING_SINGLE.finditer(text)]
    at, end = 0, len(text)
    fences = doubles = curly = True  # whether a closing mark may still follow: each is searched in vain only once
    started = False
    line_start = sentence_start
    while at < end:
        char = text[at]
        before = text[at - 1] if at else " "
        if char.isspace():
            match = _SPACE.match(text, at)
            assert match is not None
            at = match.end()
            if "\n" in match.group():
                if started:
                    yield Token("punct", "\n")
                sentence_start = line_start = True
            continue
        started = True
        if char == "`":
            mark = "```" if text.startswith("```", at) else "`"
            close = text.find(mark, at + len(mark)) if fences else -1
            if close > at:
                yield Token("code", text[at : close + len(mark)])
                at, sentence_start, line_start = close + len(mark), False, False
                continue
            fences = False
        elif char == '"' and doubles and not before.isalnum():
            match = _STRING.match(text, at, min(end, at + _MAX_QUOTED))
            if match is not None:
                yield Token("string", match.group())
                at, sentence_start, line_start = match.end(), False, False
                continue
            doubles = False
        elif char in "“«" and curly:
            close = text.find("”" if char == "“" else "»", at + 1, at + _MAX_QUOTED)
            if close > at:
                yield Token("string", text[at : close + 1])
                at, sentence_start, line_start = close + 1, False, False
                continue
            curly = False
        elif char in "'‘" and not before.isalnum() and not text[at + 1 : at + 2].isspace():
            index = bisect_left(closers, at + 2)
            close = closers[index] if index < len(closers) else -1
            if 0 < close - at <= _MAX_SINGLE_QUOTED and "\n" not in text[at:close]:
                yield Token("string", text[at : close + 1])
                at, sentence_start, line_start = close + 1, False, False
                continue
        token, at = _plain(text, at, before, sentence_start)
        yield token
        if token.kind == "punct":
            if token.text in ".!?":
                sentence_start = text[at : at + 1].isspace()
            elif not (line_start and token.text in _PLAIN_BULLETS):
                sentence_start = line_start = False
        else:
            # "1." or "2)" at the start of a line is a bullet: the sentence starts behind it.
            bullet = line_start and token.kind == "number" and text[at : at + 1] in (".", ")")
            sentence_start = line_start = False
            if bullet:
                yield Token("punct", text[at])
                at += 1
                sentence_start = True


def _plain(text: str, at: int, before: str, sentence_start: bool) -> tuple[Token, int]:
    """The token at a place where no quote and no code starts, and where it ends."""
    char = text[at]
    if not char.isalnum() and (char not in _OPENS_MORE or text[at + 1 : at + 2] in _SIGNS):
        return Token("punct", char), at + 1  # also in a run of signs or dots, which is a line
    if not before.isalnum() and before != "_":
        for shape in _NUMERIC_DATES if char.isdecimal() else (_MONTH_FIRST,):
            match = shape.match(text, at)
            if match is not None:
                return Token("date", match.group()), match.end()
        match = _ADDRESS.match(text, at)
        if match is not None:
            whole = match.group().rstrip(".,;:!?")
            return Token("id", whole), at + len(whole)
        match = _IDENTIFIER.match(text, at)
        if match is not None and sum(char.isdigit() for char in match.group()) >= 2:
            return Token("id", match.group()), match.end()
    match = _ORDINAL.match(text, at)
    if match is not None:
        return Token("word", match.group()), match.end()
    signed = char in "+-−" and not before.isalnum() and before not in ")]"
    match = _NUMBER.match(text, at + 1 if signed else at)
    if match is not None and match.group()[0].isascii():
        return Token("number", text[at : match.end()]), match.end()
    match = _WORD.match(text, at)
    if match is not None:
        return _word_or_name(text, at, match.end(), sentence_start)
    match = _OTHER_WORD.match(text, at)
    if match is not None:
        return Token("word", match.group()), match.end()
    return Token("punct", char), at + 1


def _word_or_name(text: str, start: int, end: int, sentence_start: bool) -> tuple[Token, int]:
    word = text[start:end]
    if not _capitalised(word) or text[end : end + 1] in ("_",) or (text[end : end + 1]).isdigit():
        return Token("word", word), end
    if sentence_start:
        return Token("word", word[0].lower() + word[1:]), end
    if word.casefold() in _CAPITALISED_WORDS:
        return Token("word", word), end
    last = end
    while text[last : last + 1] == " ":
        match = _WORD.match(text, last + 1)
        if match is None or not _capitalised(match.group()) or match.group().casefold() in _CAPITALISED_WORDS:
            break
        last = match.end()
    if text[last : last + 1] in (":", "="):
        # A label, not a name: the words must be equal.
        return Token("word", word), end
    return Token("name", text[start:last]), last


def _capitalised(word: str) -> bool:
    """A capital, then small letters: all capitals are emphasis, units, currencies or operations."""
    return len(word) > 1 and word[0].isupper() and any(char.islower() for char in word)


def align_literals(old: Sequence[Token], new: Sequence[Token]) -> tuple[tuple[str, str], ...] | None:
    """Say which literals changed from one token sequence to the other.

    Returns:
        The distinct (old value, new value) pairs in order of appearance, empty if the sequences are equal; None if they
        differ in anything but literals, or if the change is no bijection on values that leaves all others alone.
    """
    if len(old) != len(new):
        return None
    images: dict[str, str] = {}
    for before, after in zip(old, new, strict=True):
        if before == after:
            if before.literal and images.setdefault(before.value, after.value) != after.value:
                return None
            continue
        if before.kind != after.kind or not before.literal or not _same_shape(before, after):
            return None
        if images.setdefault(before.value, after.value) != after.value:
            return None
    pairs = tuple((before, after) for before, after in images.items() if before != after)
    if not pairs:
        # Equal values in other clothes ("x" in other quotes) are no equal sequences.
        return () if tuple(old) == tuple(new) else None
    if len(pairs) > _MAX_CHANGED or len(images) > _MAX_DISTINCT:
        return None
    if not _bijective(images) or not _bijective(_coarse(images)) or _coarse_clash(images):
        return None
    if not _same_containment(images):
        return None
    if _also_words(old, (before for before, _ in pairs)) or _also_words(new, (after for _, after in pairs)):
        return None
    return pairs


def _same_shape(old: Token, new: Token) -> bool:
    """Dates in two notations, strings in two kinds of quotes are more than a change of value."""
    if old.kind == "date":
        return _date_shape(old.text) == _date_shape(new.text)
    if old.kind == "string":
        return old.text[0] == new.text[0]
    return True


def _date_shape(text: str) -> str:
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d", "0", text))


def _bijective(images: dict[str, str]) -> bool:
    """No two literals share an image, and no changed literal becomes one that stood there before (a swap)."""
    if len(set(images.values())) != len(images):
        return False
    return all(before == after or after not in images for before, after in images.items())


def _canonical(value: str) -> str:
    """A coarser identity: the same number, the same name in other case or other Unicode form."""
    number = value.replace(",", "").replace("−", "-").lstrip("+")
    if re.fullmatch(r"-?\d+(?:\.\d+)?", number):
        sign, digits = ("-", number[1:]) if number[0] == "-" else ("", number)
        whole, _, part = digits.partition(".")
        whole, part = whole.lstrip("0") or "0", part.rstrip("0")
        return sign + whole + ("." + part if part else "")
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _coarse(images: dict[str, str]) -> dict[str, str]:
    return {_canonical(before): _canonical(after) for before, after in images.items()}


def _coarse_clash(images: dict[str, str]) -> bool:
    """Whether literals that are the same but for notation go different ways, or come from different ones."""
    forward: dict[str, str] = {}
    backward: dict[str, str] = {}
    for before, after in images.items():
        left, right = _canonical(before), _canonical(after)
        if forward.setdefault(left, right) != right or backward.setdefault(right, left) != left:
            return True
    return False


def _words(value: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", _canonical(value)))


def _same_containment(images: dict[str, str]) -> bool:
    """Whether literals that stand inside others ("Ann" in "Ann Lee") do so before and after alike."""
    return _containment(list(images)) == _containment(list(images.values()))


def _containment(values: list[str]) -> set[tuple[int, int]]:
    """Pairs (i, j) such that the words of value i are all among those of value j."""
    holders: dict[str, set[int]] = {}
    words = [_words(value) for value in values]
    for index, parts in enumerate(words):
        for part in parts:
            holders.setdefault(part, set()).add(index)
    found: set[tuple[int, int]] = set()
    for index, parts in enumerate(words):
        if not parts:
            continue
        inside = set.intersection(*(holders[part] for part in set(parts)))
        found.update((index, other) for other in inside if other != index)
    return found


def _also_words(tokens: Sequence[Token], values: Iterable[str]) -> bool:
    """Whether a changed literal also stands among the plain words, where it did not change."""
    text = " " + " ".join(part for token in tokens if not token.literal for part in _words(token.text)) + " "
    return any(f" {' '.join(parts)} " in text for parts in map(_words, values) if parts)
