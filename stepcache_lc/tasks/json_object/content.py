"""What a request is about: its content as tokens, and the values that stand in it under a demanded key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stepcache_lc.core.align import Token, tokenize, vocabulary
from stepcache_lc.tasks.json_object.assigned import is_exact
from stepcache_lc.tasks.json_object.constraints import Assigned
from stepcache_lc.tasks.json_object.layout import DataLine, Layout, Table
from stepcache_lc.tasks.json_object.notes import transforms
from stepcache_lc.tasks.json_object.pointers import pointer

_BREAK = Token("punct", "\n")
_MAX_VALUE_WORDS = 8
_MAX_PLAIN_WORDS = 4
_PLACEHOLDER = re.compile("[\ue000-\uf8ff]")
_RULE = re.compile(r":?-{2,}:?")
_ALTERNATIVES = re.compile(r"[;!?|]|\.\s|\bor\b|\w/\w|\bnot\b|[:=]\s", re.IGNORECASE)


# Words of a description rather than of a value.
_DESCRIPTIVE = vocabulary(
    """
    the a an of in string str text number integer int float boolean bool list array object date sentence sentences word
    words short brief long description summary format type value full name optional required either true/false nullable
    customer's user's person's one's any some each all as if when
    """
)


# Labels of lines that may say how to answer.
_MANNERS = vocabulary(
    """
    case casing capitalisation capitalization letters style styling format formatting language locale remark remarks
    comment comments note notes hint unit units currency rounding precision sorting anonymisation anonymization
    masking redaction privacy translation conversion encoding notation spelling mode rule rules policy action todo
    remember reminder new newer corrected correct correction updated actual real amended revised changed current
    preferred final renamed replacement should
    erratum errata edit edited edits change changes cancel cancelled canceled cancellation void voided deleted removed
    obsolete superseded supersedes replaces replaced valid invalid draft extra plus minus returned each dozen dozens
    factor multiplier scale scaling times encoding prefix suffix salutation nickname alias aka née maiden legend see
    except exception ignore skip hide drop omit exclude leave sort order-by gdpr confidential now instruction
    instructions requirement requirements constraint constraints attention important warning caution output answer
    reply response audience tone example examples ps p.s postscript footnote key keys values
    """
)
# Labels of lines whose number may change that of another line.
_COUNTING = vocabulary(
    """
    factor multiplier scale times each plus minus extra returned erratum edit edited change correction corrected amended
    new newer actual updated update
    """
)
_MAX_UNASKED_WORDS = 2
_MAX_COMPARED = 6_000


# Names for whatever holds the data: "the form", "the ticket" and "the above" say the same.
_CONTAINERS = vocabulary(
    """
    form ticket text email e-mail message document article letter table note record entry row list listing report
    transcript log input content data
    """
)


@dataclass(frozen=True)
class Phrase:
    """Words of the instruction that say what the object is about; `noun`: a plain name for the data."""

    text: str
    noun: bool = False


@dataclass(frozen=True)
class Text:
    """Running text that is data; `label`: it stands under a label."""

    text: str
    label: str = ""


@dataclass(frozen=True)
class Mark:
    """An instruction that stands between the data: which of it does it mean?"""

    refers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unread:
    """Words that were not understood: they stay as they are, where they are."""

    text: str


Piece = DataLine | Table | Phrase | Text | Mark | Unread


@dataclass
class Content:
    """The content of a request."""

    tokens: tuple[Token, ...] = ()
    assigned: tuple[Assigned, ...] = ()
    plain: bool = True
    """Whether there is nothing in it but labelled values, tables and texts under a label."""
    running: bool = False
    """Whether there is running text in it, which may say more of a labelled value."""
    spelled: bool = True
    """Whether each labelled value in it stands under a demanded key: no line may be an instruction."""


@dataclass
class _Places:
    """The demanded keys by their folded names, and the folded labels that stand more than once."""

    keys: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)

    def key(self, label: str) -> str | None:
        """The demanded key that this label names, if it is one and stands once."""
        name = folded(label)
        keys = self.keys.get(name, [])
        return keys[0] if len(keys) == 1 and self.labels.get(_coarse(label)) == 1 else None

    def named(self, value: str) -> bool:
        """Whether a value is itself a demanded key or a label: it refers to another place."""
        return folded(value) in self.keys or _coarse(value) in self.labels


def folded(name: str) -> str:
    """A key or label without style: `Order ID`, `order_id` and `orderId` are the same; `mW` and `MW` are not."""
    plain = re.sub(r"(?<=[^\W_])[ _.-](?=[^\W_])", " ", re.sub(r"\b([Ee])-(?=[Mm]ail)", r"\1", name))
    return " ".join(_WORDS_OF_KEYS.findall(plain)).casefold()


def _coarse(name: str) -> str:
    """Labels that are alike in this (`C` and `C#`) may be mistaken for each other."""
    return re.sub(r"[\W_]+", "", name).casefold()


_WORDS_OF_KEYS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+|[^\w\s]")


def gather(layout: Layout, pieces: Sequence[Piece], names: Sequence[str], *, many: bool) -> Content:
    """Turn the pieces of a prompt into tokens, and find the assigned values.

    Args:
        layout: for what the placeholders stand for.
        pieces: the content in order.
        names: the demanded keys, of the object or (`many`) of each object of an array.
        many: whether an array of objects is demanded.
    """
    places = _Places()
    for name in names:
        places.keys.setdefault(folded(name), []).append(name)
    for piece in pieces:
        labels = [piece.label] if isinstance(piece, DataLine) else piece.rows[0] if isinstance(piece, Table) else ()
        for label in labels:
            places.labels[_coarse(label)] = places.labels.get(_coarse(label), 0) + 1
    values = [
        layout.restore(piece.value)
        for piece in pieces
        if isinstance(piece, DataLine) and folded(piece.label) in places.keys
    ]
    tokens: list[Token] = []
    assigned: list[Assigned] = []
    plain, running, spelled = True, False, True
    for piece in pieces:
        if isinstance(piece, DataLine):
            key = None if many else places.key(piece.label)
            value = layout.restore(piece.value)
            running |= len(value.split()) > _MAX_PLAIN_WORDS
            if folded(piece.label) not in places.keys:
                spelled = False
                plain &= not (_instructs(piece.label, value) or _touches(piece.label, value, places, values))
                running |= len([word for word in value.split() if word.islower()]) > _MAX_UNASKED_WORDS
            tokens += _line(layout, piece, key, places, assigned)
        elif isinstance(piece, Table):
            tokens += _table(layout, piece, places, assigned, many=many)
        elif isinstance(piece, Mark):
            tokens += [Token("punct", "<here>"), *(Token("word", word) for word in piece.refers)]
        elif isinstance(piece, Unread):
            plain, running = False, True
            tokens += [Token("punct", "<unread>"), *_text_tokens(layout.restore(piece.text), sentence_start=True)]
        elif isinstance(piece, Phrase):
            plain &= piece.noun
            if piece.noun and _CONTAINERS.issuperset(piece.text.split()):
                continue
            tokens += [Token("punct", "<about>"), *tokenize(layout.restore(piece.text), sentence_start=False)]
        else:
            plain, running = plain and bool(piece.label), True
            tokens += [*tokenize(piece.label), Token("punct", "<text>")]
            tokens += _text_tokens(layout.restore(piece.text), sentence_start=_runs_on(piece.text))
        tokens.append(_BREAK)
    return Content(tuple(tokens), tuple(assigned), plain, running, spelled)


def _text_tokens(text: str, *, sentence_start: bool) -> list[Token]:
    """A running text; what lies far behind in it must stay as it is, character by character."""
    head, rest = text[:_MAX_COMPARED], text[_MAX_COMPARED:]
    return [*tokenize(head, sentence_start=sentence_start), *([Token("code", rest)] if rest else [])]


def _instructs(label: str, value: str) -> bool:
    """Whether a labelled line that nobody asked for may say how to write the others (`Case: upper`)."""
    words = re.findall(r"\w+", label.casefold())
    if not _COUNTING.isdisjoint(words):
        return True
    if len(value.split()) == 1 and any(char.isdigit() for char in value):
        return False
    return not _MANNERS.isdisjoint(words) or transforms(value)


def _touches(label: str, value: str, places: _Places, values: Sequence[str]) -> bool:
    """Whether a labelled line that nobody asked for may say more of an asked one: `Customer name`, `Skip: customer`."""
    own, said = _stems(label), _stems(value)
    if any(stems and (stems <= own or stems & said) for stems in map(_stems, places.keys)):
        return True
    if "@" in value or "://" in value:
        return False  # an address is made of names
    return any(len(word) > 2 and not word.isdigit() for other in values for word in said & _stems(other))


def _stems(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in folded(text).split() if word.isalnum())


def _line(layout: Layout, line: DataLine, key: str | None, places: _Places, assigned: list[Assigned]) -> list[Token]:
    head = [*tokenize(line.label), Token("punct", ":")]
    value = _one_value(layout, line.value)
    if value is None or not _states(line.label, value) or places.named(value):
        text = layout.restore(line.value)
        return [*head, *_text_tokens(text, sentence_start=len(text.split()) > 4)]
    if key is not None:
        assigned.append(Assigned(pointer((key,)), value, is_exact(value)))
    return [*head, _value_token(value, demanded=key is not None)]


def _states(label: str, value: str) -> bool:
    """Whether a labelled line states a value (`Item: desk lamp`) rather than describe a key (`item: one word`)."""
    words = value.split()
    if _DESCRIPTIVE.intersection(value.lower().split()):
        return False
    if not words[0][0].islower() or any(char.isdigit() or char == "@" for char in value):
        return True
    return label[0].isupper() and len(words) <= 3


def _table(layout: Layout, table: Table, places: _Places, assigned: list[Assigned], *, many: bool) -> list[Token]:
    header, *rows = table.rows
    rows = [row for row in rows if not all(_RULE.fullmatch(cell) for cell in row)]
    tokens: list[Token] = []
    for label in header:
        tokens += [*tokenize(layout.restore(label)), Token("punct", "|")]
    # A cell that names a key, and the table may stand on its side.
    regular = all(len(row) == len(header) and not any(map(places.named, row)) for row in rows)
    for number, row in enumerate(rows):
        tokens.append(_BREAK)
        for column, cell in enumerate(row):
            value = _one_value(layout, cell) if regular and (many or len(rows) == 1) else None
            if value is None or _DESCRIPTIVE.intersection(value.lower().split()):
                tokens += [*tokenize(layout.restore(cell), sentence_start=False), Token("punct", "|")]
                continue
            key = places.key(header[column])
            if key is not None:
                at = pointer((number, key)) if many else pointer((key,))
                assigned.append(Assigned(at, value, is_exact(value)))
            tokens.append(_value_token(value, demanded=key is not None))
            tokens.append(Token("punct", "|"))
    return tokens


def _value_token(value: str, *, demanded: bool) -> Token:
    """A labelled value: a literal under a demanded key, else a text that must stay as it is."""
    return Token("value" if demanded else "code", value)


def _one_value(layout: Layout, value: str) -> str | None:
    """The text of a place that holds one plain value; quotes around it are taken off."""
    if len(value) == 1 and layout.region(value) is not None:
        quoted = layout.quoted(value)
        return None if quoted is None or "\\" in quoted or not quoted.strip() else quoted
    if not value or _PLACEHOLDER.search(value) or len(value.split()) > _MAX_VALUE_WORDS or _ALTERNATIVES.search(value):
        return None
    return value


def _runs_on(piece: str) -> bool:
    """Whether a text is running text rather than a list of values: its first word then is no name."""
    return len(piece.split()) > 4 and "," not in piece.split()[1]
