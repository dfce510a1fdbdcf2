"""Reading a request: which JSON it demands, about what, and whether every word of it was accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stepcache_lc.core.align import tokenize
from stepcache_lc.core.quoting import named, quoted
from stepcache_lc.core.types import Request
from stepcache_lc.tasks.json_object.assigned import admits
from stepcache_lc.tasks.json_object.constraints import Assigned, JsonConstraints, Surround
from stepcache_lc.tasks.json_object.content import Content, Mark, Phrase, Piece, Text, Unread, folded, gather
from stepcache_lc.tasks.json_object.keylist import Key, keys_schema
from stepcache_lc.tasks.json_object.layout import DataLine, Labelled, Layout, Sentence, Table, directive, lay_out
from stepcache_lc.tasks.json_object.loose import loose_demand
from stepcache_lc.tasks.json_object.notes import only_names
from stepcache_lc.tasks.json_object.parser_wording import without_parser_wording
from stepcache_lc.tasks.json_object.pointers import pointer, tokens
from stepcache_lc.tasks.json_object.reach import reaches, relates
from stepcache_lc.tasks.json_object.schemas import SchemaRefused, admit, resolved
from stepcache_lc.tasks.json_object.shapes import ShapeRefused, shape_schema
from stepcache_lc.tasks.json_object.wording import Demand, read_sentence

_MAX_TEXT = 100_000
_MAX_SENTENCES = 200
_MAX_ASKED = 4_000
_MAX_LOOSE = 2_000
_MAX_RESIDUE = 6_000
"""What lies behind is one exact token."""
_ONE_ROW = 3  # header, rule, row
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_EXAMPLE = re.compile(r"\{\s*\"[^\"\n]{1,80}\"\s*:")
"""An object that is shown may ask for JSON without the word."""

# A prompt that no sentence grammar covers is still read if it plainly asks for JSON as the answer.
_ASKS = re.compile(
    r"\b(?:return|give|output|produce|generate|create|write|provide|respond|reply|answer|extract|convert|format|make"
    r"|list|show|suggest|build|print|describe|summari[sz]e|classify|translate|identify)\b"
    r"[^.?!\n]{0,160}\bjson\b"
    r"(?! (?:file|files|parser|library|schema|api|endpoint|code|function|module|format specification))",
    re.IGNORECASE,
)
_ABOUT_JSON = re.compile(
    r"\b(?:(?:an?|the|this|that|my|your|some|write|\w+script|c\+\+|go|rust) (?:\w+ )?"
    r"(?:function|script|program|code|regex|query|class|method)"
    r"|(?:explain|what is|what's|how (?:do|to|can|would|does|is)|why|difference)\b[^.?!\n]{0,80}\bjson"
    r"|tutorial|parser|parsing|deseriali[sz]e|python|javascript|java|typescript code|sql|curl)\b",
    re.IGNORECASE,
)

_SEVERAL = re.compile(
    r"\b(?:arrays?|lists?|objects|records|entries|each|every|all|multiple|several|them|two|three|four|five|six|seven"
    r"|eight|nine|ten|[2-9]|\d\d)\b",
    re.IGNORECASE,
)


@dataclass
class _Read:
    """What was gathered from a prompt so far."""

    demands: list[Demand] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What was not understood, in order."""


@dataclass(frozen=True)
class _Shape:
    """The demanded shape: a canonical schema, its keys in order, and why it cannot be checked."""

    schema: str = ""
    root: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    many: bool = False
    notes: tuple[tuple[str, str], ...] = ()
    refused: str = ""

    def property(self, name: str) -> Any:
        """The schema of a key, references at its top followed."""
        inner = resolved(self.root, self.root)
        if self.many and isinstance(inner, dict):
            inner = resolved(self.root, inner.get("items", {}))
        properties = inner.get("properties", {}) if isinstance(inner, dict) else {}
        return resolved(self.root, properties.get(name, {}))


def read_request(request: Request) -> JsonConstraints | None:
    """Read a request; None if it asks for no JSON."""
    text = request.text
    if len(text) > _MAX_TEXT:
        return None
    text = without_parser_wording(text)
    if request.schema is None and _JSON.search(text) is None and _EXAMPLE.search(text) is None:
        return None
    layout = lay_out(text)
    if layout is None:
        return None if request.schema is None else _unlaid(request, request.schema)
    gathered = _gather(layout, hosted=request.schema is not None)
    if request.schema is None and not any(demand.json for demand in gathered.demands) and not _plainly_asks(layout):
        return None
    return _constraints(request, layout, gathered)


def _plainly_asks(layout: Layout) -> bool:
    """Whether the instructions, data left out, ask for JSON and not for something about JSON."""
    text = "\n".join(part.text for part in layout.parts if isinstance(part, Sentence))
    if len(text) > 2 * _MAX_ASKED:
        text = f"{text[:_MAX_ASKED]}\n{text[-_MAX_ASKED:]}"
    return _ASKS.search(text) is not None and _ABOUT_JSON.search(text) is None


def _unlaid(request: Request, schema: Mapping[str, Any]) -> JsonConstraints:
    """A prompt that cannot be laid out, under the host's schema: only the very same prompt is comparable."""
    shape = _of_schema(schema)
    return JsonConstraints(
        schema=shape.schema,
        keys=shape.names,
        surround="bare",
        form=request.form,
        refused=shape.refused,
        residue=_residue(request.text),
        reaching=True,
        unchecked=tuple(f"value of {named(key)}" for key in shape.names),
        decides=False,
    )


def _gather(layout: Layout, *, hosted: bool) -> _Read:
    """Read part by part; content is gathered in order."""
    gathered = _Read()
    read = _read_sentences(layout, hosted=hosted)
    data = _data(layout, read)
    rest = _rest(layout, read, hosted=hosted)
    for index, (part, demand) in enumerate(zip(layout.parts, read, strict=True)):
        if isinstance(part, DataLine | Table):
            gathered.pieces.append(part)
        elif isinstance(part, Labelled):
            gathered.pieces.append(Text(part.text, part.label))
        elif demand is not None:
            gathered.demands.append(demand)
            mark = _mark(index, demand, data, partial=bool(rest))
            gathered.pieces.extend([mark] if mark is not None else [])
            gathered.pieces.extend(demand.content)
        elif index in rest:
            found, words = rest[index]
            gathered.demands.extend([found] if found is not None else [])
            gathered.unread.append(layout.restore(words))
            gathered.pieces.append(Unread(words))
        else:
            # Running text where the request says that its data stands.
            gathered.pieces.append(Text(part.text))
    return gathered


def _rest(layout: Layout, read: Sequence[Demand | None], *, hosted: bool) -> dict[int, tuple[Demand | None, str]]:
    """The sentences that were not understood: what can be taken out of each, and its other words."""
    below = next((index for index, demand in enumerate(read) if demand and "below" in demand.refers), len(read))
    above = max((index for index, demand in enumerate(read) if demand and "above" in demand.refers), default=-1)
    found: dict[int, tuple[Demand | None, str]] = {}
    for index, (part, demand) in enumerate(zip(layout.parts, read, strict=True)):
        if not isinstance(part, Sentence) or demand is not None:
            continue
        if (not above > index and not index > below) or _JSON.search(part.text) or directive(part.text):
            found[index] = (None, part.text)
    if hosted or any(demand.keys or demand.shape for demand in read if demand is not None):
        return found
    taken = {
        index: loose
        for index, (_, text) in found.items()
        if len(text) <= _MAX_LOOSE and (loose := loose_demand(text, layout)) is not None
    }
    # Two lists: which of them is the answer's?
    return {**found, **taken} if len(taken) == 1 else found


def _read_sentences(layout: Layout, *, hosted: bool) -> list[Demand | None]:
    """What each part demands, if it is a sentence that is understood; behind so many, none is."""
    read: list[Demand | None] = []
    sentences = 0
    for part in layout.parts:
        sentences += isinstance(part, Sentence)
        if isinstance(part, Sentence) and sentences <= _MAX_SENTENCES:
            read.append(read_sentence(part.text, layout, hosted=hosted))
        else:
            read.append(None)
    return read


def _mark(index: int, demand: Demand, data: Sequence[int], *, partial: bool) -> Mark | None:
    """An instruction's place and direction, where they decide which data it means, or what the rest speaks of."""
    if partial and (demand.json or demand.keys or demand.refers or demand.shape):
        return Mark(tuple(sorted(demand.refers)))
    if not data or not (demand.json or demand.keys or demand.refers):
        return None
    there = {side for side, found in (("above", data[0] < index), ("below", data[-1] > index)) if found}
    if len(there) < 2 and (demand.refers <= there or not there):
        return None
    return Mark(tuple(sorted(demand.refers)))


def _data(layout: Layout, read: Sequence[Demand | None]) -> list[int]:
    """Where data stands: labelled lines, tables, texts."""
    return [
        index
        for index, (part, demand) in enumerate(zip(layout.parts, read, strict=True))
        if not isinstance(part, Sentence)
        or (demand is not None and any(not isinstance(piece, Phrase) for piece in demand.content))
    ]


def _constraints(request: Request, layout: Layout, gathered: _Read) -> JsonConstraints:
    demands = gathered.demands
    shape, clear = _shape(request, layout, gathered)
    understood = clear and not gathered.unread
    content = gather(layout, gathered.pieces, () if shape.refused else shape.names, many=shape.many)
    data_only = content.plain and understood and _described_only(shape)
    assigned = _assigned(content, shape, layout, gathered)
    unchecked = _unchecked(shape, assigned)
    if content.running and not unchecked:
        unchecked = ("what the running text says of the values",)
    if not understood and not unchecked:
        unchecked = ("the values",)
    return JsonConstraints(
        schema=shape.schema,
        keys=shape.names,
        notes=shape.notes,
        wishes=("null for missing values",) if any(demand.nullable for demand in demands) else (),
        surround="bare" if request.schema is not None else _surround(demands),
        form=request.form,
        content=content.tokens,
        assigned=assigned,
        data_only=data_only,
        running=content.running,
        spelled=content.spelled,
        refused=shape.refused,
        residue=() if understood else _residue("\n".join(gathered.unread) if clear else request.text),
        reaching=_reaching(request, gathered),
        unchecked=unchecked,
        decides=bool(shape.names) and data_only and not content.running and not unchecked and not shape.refused,
    )


def _reaching(request: Request, gathered: _Read) -> bool:
    """Whether words may speak of the object as a whole, so that one member more or less changes the others."""
    known: list[str] = []
    for piece in gathered.pieces:
        if isinstance(piece, Phrase) and not piece.noun:
            known.append(piece.text)
        elif isinstance(piece, DataLine):
            known.append(piece.label)
    return relates(known) or reaches([*gathered.unread, request.system, *(turn.text for turn in request.history)])


def _described_only(shape: _Shape) -> bool:
    """Whether what the schema says of itself says nothing of the values."""
    inner = resolved(shape.root, shape.root)
    names = " ".join((*shape.names, str(inner.get("title", "")) if isinstance(inner, dict) else ""))
    return all(
        only_names(names, {"description": place.get("description", "")})
        for place in (shape.root, inner)
        if isinstance(place, Mapping)
    )


def _assigned(content: Content, shape: _Shape, layout: Layout, gathered: _Read) -> tuple[Assigned, ...]:
    """The assigned values of keys of which no more is said than their name and their type."""
    if content.running and _lines_behind_keys(layout, gathered):
        # Lines behind the instruction, in front of a text: they describe the keys.
        return ()
    notes = dict(shape.notes)
    found: list[Assigned] = []
    for item in content.assigned:
        name = tokens(item.at)[-1]
        schema = shape.property(name)
        if only_names(name, schema, notes.get(name, "")) and admits(schema, item.text):
            found.append(item)
    return tuple(found)


def _lines_behind_keys(layout: Layout, gathered: _Read) -> bool:
    """Whether labelled lines stand behind all instructions that name the keys."""
    first = next((at for at, part in enumerate(layout.parts) if isinstance(part, DataLine)), -1)
    asked = [at for at, part in enumerate(layout.parts) if isinstance(part, Sentence)]
    return first >= 0 and bool(asked) and asked[0] < first and any(demand.keys for demand in gathered.demands)


def _shape(request: Request, layout: Layout, gathered: _Read) -> tuple[_Shape, bool]:
    """The shape that is demanded, and whether what was read of it is all of one piece."""
    demands = gathered.demands
    lists = [demand for demand in demands if demand.keys]
    shown = [demand.shape for demand in demands if demand.shape]
    many = any(demand.many for demand in demands)
    clear = len(lists) + len(shown) <= 1
    keys = lists[0].keys if lists else ()
    if request.schema is not None:
        # Keys of the prompt beside a schema of the host must be its keys, and plain.
        shape = _of_schema(request.schema)
        named = {key.name for key in keys} <= set(shape.names) and not any(key.schema or key.note for key in keys)
        return shape, clear and named and not shown and not shape.refused
    if shown and clear:
        region = layout.region(shown[0])
        try:
            return _of_schema(shape_schema(region.body if region is not None else "")), True
        except ShapeRefused:
            return _Shape(admit({"type": ["object", "array"]})), False
    if not keys:
        kind = "array" if many else ["object", "array"]
        return _Shape(admit({"type": kind})), clear and not shown
    if any(demand.nullable for demand in demands):
        keys = tuple(_nullable(key) for key in keys)
    schema = keys_schema(keys, closed=_closed(demands))
    if many:
        schema = {"type": "array", "items": schema}
    elif gathered.unread and any(_SEVERAL.search(words) for words in gathered.unread):
        # One object, or one for each? Either will do where words are left over, and neither is mended.
        either = {"anyOf": [schema, {"type": "array", "items": schema}]}
        return _Shape(admit(either), either, tuple(key.name for key in keys)), clear
    elif _rows(layout, demands):
        # One object, or one for each? The keys are known, and no more.
        return _Shape(admit({"type": ["object", "array"]})), False
    names = tuple(key.name for key in keys)
    notes = tuple((key.name, key.note) for key in keys if key.note)
    return _Shape(admit(schema), schema, names, many, notes), clear


def _rows(layout: Layout, demands: Sequence[Demand]) -> bool:
    """Whether the data are several records, and nothing says that one object is wanted."""
    if any(demand.single for demand in demands):
        return any(demand.several for demand in demands)
    tall = any(isinstance(part, Table) and len(part.rows) > _ONE_ROW for part in layout.parts)
    labels = [folded(part.label) for part in layout.parts if isinstance(part, DataLine)]
    tall = tall or len(set(labels)) < len(labels)
    return tall or any(demand.several for demand in demands)


def _of_schema(schema: Mapping[str, Any]) -> _Shape:
    """The shape that a JSON Schema demands."""
    try:
        text = admit(schema)
        root = resolved(schema, schema)
        inner, many = root, False
        if isinstance(root, Mapping) and root.get("type") == "array" and isinstance(root.get("items"), Mapping):
            inner, many = resolved(schema, root["items"]), True
    except SchemaRefused as error:
        return _Shape(refused=str(error))
    properties = inner.get("properties") if isinstance(inner, Mapping) else None
    names = tuple(properties) if isinstance(properties, Mapping) else ()
    return _Shape(text, schema, names, many)


def _closed(demands: Iterable[Demand]) -> bool:
    """Whether other keys than the listed ones are unwanted: unless "including" or the like says otherwise."""
    return any(demand.closed for demand in demands) or not any(demand.open for demand in demands)


def _nullable(key: Key) -> Key:
    kind = key.schema.get("type")
    if isinstance(kind, str):
        return Key(key.name, {**key.schema, "type": [kind, "null"]}, key.note, key.required)
    if "enum" in key.schema and None not in key.schema["enum"]:
        return Key(key.name, {**key.schema, "enum": [*key.schema["enum"], None]}, key.note, key.required)
    return key


def _surround(demands: Iterable[Demand]) -> Surround:
    surround: Surround = "any"
    for demand in demands:
        if demand.bare:
            return "bare"
        if demand.lean:
            surround = "lean"
    return surround


def _residue(text: str) -> tuple[str, ...]:
    head = tuple(token.text for token in tokenize(text[:_MAX_RESIDUE]))
    return (*head, text[_MAX_RESIDUE:]) if len(text) > _MAX_RESIDUE else head


def _unchecked(shape: _Shape, assigned: tuple[Assigned, ...]) -> tuple[str, ...]:
    """Which demands nothing checks: the content of each key that does not stand in the prompt."""
    if shape.many:
        return (*(f"value of {named(name)}" for name in shape.names), "how many there are")
    notes = dict(shape.notes)
    decided = {item.at for item in assigned if item.exact}
    found: list[str] = []
    for name in shape.names:
        sub, note = shape.property(name), notes.get(name, "")
        if pointer((name,)) in decided and only_names(name, sub, note):
            continue
        if isinstance(sub, dict) and "const" in sub:
            continue
        what = "choice" if isinstance(sub, dict) and "enum" in sub else "value"
        found.append(f"{what} of {named(name)}" + (f" ({quoted(note)})" if note else ""))
    return tuple(found)
