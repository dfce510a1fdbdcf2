"""Reading a request: which JSON it demands, about what, and whether every word of it was accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stepcache_lc.core.align import Token, tokenize
from stepcache_lc.core.types import Request
from stepcache_lc.tasks.json_object.assigned import is_exact
from stepcache_lc.tasks.json_object.constraints import Assigned, JsonConstraints, Surround
from stepcache_lc.tasks.json_object.keylist import Key, keys_schema, parse_keys
from stepcache_lc.tasks.json_object.layout import DataLine, Labelled, Layout, Sentence, Table, lay_out
from stepcache_lc.tasks.json_object.pointers import pointer
from stepcache_lc.tasks.json_object.schemas import SchemaRefused, admit, compiled, resolved
from stepcache_lc.tasks.json_object.wording import Demand, read_sentence

_MAX_TEXT = 100_000
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_BREAK = Token("punct", "\n")
_MAX_VALUE_WORDS = 8

# A prompt that no sentence grammar covers is still read if it plainly asks for JSON as the answer.
_ASKS = re.compile(
    r"\b(?:return|give|output|produce|generate|create|write|provide|respond|reply|answer|extract|convert|format|make)\b"
    r"[^.?!\n]{0,160}\bjson\b(?! (?:file|files|parser|library|schema|api|endpoint|code|function|module"
    r"|format specification))",
    re.IGNORECASE,
)
_ABOUT_JSON = re.compile(
    r"\b(?:function|script|program|code|regex|query|class|method|explain|what is|what's|how (?:do|to|can|would"
    r"|does|is)|why"
    r"|difference|tutorial|parser?|parsing|deseriali[sz]e|python|javascript|java|typescript code|sql|curl)\b",
    re.IGNORECASE,
)
_SOME_KEYS = re.compile(
    r"\b(?:keys?|fields?|properties|attributes)\b(?: (?:only|named|called|are))?:?\s+(?=[\w`\"\ue000-\uf8ff])",
    re.IGNORECASE,
)


@dataclass
class _Read:
    """What was gathered from a prompt so far."""

    demands: list[Demand] = field(default_factory=list)
    pieces: list[tuple[str, str]] = field(default_factory=list)
    lines: list[DataLine] = field(default_factory=list)
    understood: bool = True
    plain_data: bool = True


def read_request(request: Request) -> JsonConstraints | None:
    """Read a request; None if it asks for no JSON."""
    text = request.text
    if len(text) > _MAX_TEXT or (request.schema is None and _JSON.search(text) is None):
        return None
    layout = lay_out(text)
    if layout is None:
        return None if request.schema is None else _host_only(request, text)
    gathered = _gather(layout)
    asks = any(demand.json for demand in gathered.demands) or (gathered.understood and _has_keys(gathered))
    if request.schema is None and not asks and not _plainly_asks(layout):
        return None
    return _constraints(request, layout, gathered)


def _has_keys(gathered: _Read) -> bool:
    return any(demand.keys and demand.json for demand in gathered.demands)


def _plainly_asks(layout: Layout) -> bool:
    """Whether the instructions, data left out, ask for JSON and not for something about JSON."""
    text = "\n".join(part.text for part in layout.parts if isinstance(part, Sentence))
    return _ASKS.search(text) is not None and _ABOUT_JSON.search(text) is None


def _host_only(request: Request, text: str) -> JsonConstraints:
    """A prompt that cannot be laid out, under the host's schema: only the very same prompt is comparable."""
    schema, keys, refused = _host_schema(request.schema or {})
    return JsonConstraints(
        schema=schema,
        keys=keys,
        surround="bare",
        form=request.form,
        refused=refused,
        residue=_residue(text),
        unchecked=tuple(f"value of {key}" for key in keys),
        decides=False,
    )


def _gather(layout: Layout) -> _Read:
    """Read part by part; content is gathered in order."""
    gathered = _Read()
    for part in layout.parts:
        if isinstance(part, DataLine):
            gathered.lines.append(part)
            gathered.pieces.append(("line", str(len(gathered.lines) - 1)))
        elif isinstance(part, Labelled):
            gathered.pieces += [("label", part.label), ("text", part.text)]
        elif isinstance(part, Table):
            gathered.plain_data = False
            gathered.pieces.append(("text", "\n".join("|".join(row) for row in part.rows)))
        else:
            demand = read_sentence(part.text, layout)
            if demand is None:
                gathered.understood = False
                continue
            gathered.demands.append(demand)
            gathered.pieces.extend(demand.content)
            gathered.plain_data &= all(kind == "noun" for kind, _ in demand.content)
    return gathered


def _constraints(request: Request, layout: Layout, gathered: _Read) -> JsonConstraints:
    demands = gathered.demands
    lists = [demand for demand in demands if demand.keys]
    shapes = [demand.shape for demand in demands if demand.shape]
    understood = gathered.understood and len(lists) <= 1 and len(shapes) <= 1 and not (lists and shapes)
    keys: tuple[Key, ...] = lists[0].keys if lists else ()
    if not understood and not lists and not shapes:
        keys = _some_keys(layout)
    refused = ""
    surround = _surround(demands)
    names = tuple(key.name for key in keys)
    if request.schema is not None:
        schema, host_names, refused = _host_schema(request.schema)
        # Keys of the prompt beside a schema of the host: they must be its keys, and plain.
        understood &= not shapes and set(names) <= set(host_names) and not any(key.schema or key.note for key in keys)
        names, surround = host_names, "bare"
    elif shapes:
        schema, understood = "", False
    else:
        open_ = any(demand.open for demand in demands)
        if any(demand.nullable for demand in demands):
            keys = tuple(_nullable(key) for key in keys)
        schema = admit(keys_schema(keys, closed=not open_)) if keys else admit({"type": ["object", "array"]})
    content, assigned, data_only = _content(layout, gathered, names)
    data_only = data_only and understood
    root = _root(schema) if not refused else {}
    unchecked = _unchecked(names, root, keys, {item.at for item in assigned if item.exact})
    decides = bool(names) and data_only and not unchecked and not refused
    return JsonConstraints(
        schema=schema,
        keys=names,
        notes=tuple((key.name, key.note) for key in keys if key.note),
        surround=surround,
        form=request.form,
        content=content,
        assigned=assigned,
        data_only=data_only,
        refused=refused,
        residue=() if understood else _residue(request.text),
        unchecked=unchecked,
        decides=decides,
    )


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


def _host_schema(schema: Mapping[str, Any]) -> tuple[str, tuple[str, ...], str]:
    """The host's schema: its canonical text, its top-level keys, and why it is refused."""
    try:
        text = admit(schema)
    except SchemaRefused as error:
        return "", (), str(error)
    properties = _root(text).get("properties", {})
    return text, tuple(properties) if isinstance(properties, dict) else (), ""


def _root(text: str) -> Mapping[str, Any]:
    """The schema of the whole value, references followed."""
    if not text:
        return {}
    schema = compiled(text).schema
    root = resolved(schema, schema)
    return root if isinstance(root, dict) else {}


def _some_keys(layout: Layout) -> tuple[Key, ...]:
    """Keys of a prompt that was not understood: enough to check an answer, never enough to change one."""
    for part in layout.parts:
        if isinstance(part, Sentence):
            for match in _SOME_KEYS.finditer(part.text):
                listed = parse_keys(part.text[match.end() :], layout.quoted)
                if listed is not None and len(listed[0]) >= 2:
                    return tuple(Key(key.name) for key in listed[0])
    return ()


def _residue(text: str) -> tuple[str, ...]:
    return tuple(token.text for token in tokenize(text))


def folded(name: str) -> str:
    """A key or label without style: `Order ID`, `order_id` and `orderId` are the same."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _content(
    layout: Layout, gathered: _Read, names: tuple[str, ...]
) -> tuple[tuple[Token, ...], tuple[Assigned, ...], bool]:
    """The content's tokens, the assigned values, and whether there is nothing but labelled values."""
    labels: dict[str, list[int]] = {}
    for index, line in enumerate(gathered.lines):
        labels.setdefault(folded(line.label), []).append(index)
    by_name: dict[str, list[str]] = {}
    for name in names:
        by_name.setdefault(folded(name), []).append(name)
    tokens: list[Token] = []
    assigned: dict[int, Assigned] = {}
    for label, indices in labels.items():
        keys = by_name.get(label, [])
        if len(indices) == 1 and len(keys) == 1:
            value = _assigned_text(layout, gathered.lines[indices[0]].value)
            if value is not None:
                assigned[indices[0]] = Assigned(pointer((keys[0],)), value, is_exact(value))
    for kind, piece in gathered.pieces:
        if kind == "line":
            line, item = gathered.lines[int(piece)], assigned.get(int(piece))
            tokens += [*tokenize(line.label), Token("punct", ":")]
            if item is not None:
                tokens.append(Token("number" if re.fullmatch(r"-?\d+(?:\.\d+)?", item.text) else "value", item.text))
            else:
                value = layout.restore(line.value)
                tokens += tokenize(value, sentence_start=len(value.split()) > 4)
        elif kind in ("words", "noun", "label"):
            tokens += [Token("punct", f"<{kind}>"), *tokenize(layout.restore(piece), sentence_start=False)]
        else:
            tokens += [Token("punct", "<text>"), *tokenize(layout.restore(piece), sentence_start=_runs_on(piece))]
        tokens.append(_BREAK)
    return tuple(tokens), tuple(assigned[index] for index in sorted(assigned)), gathered.plain_data


def _runs_on(piece: str) -> bool:
    """Whether a text is running text rather than a list of values: its first word then is no name."""
    return len(piece.split()) > 4 and "," not in piece.split()[1]


def _assigned_text(layout: Layout, value: str) -> str | None:
    """The value of a labelled line if it is one plain value; quotes around it are taken off."""
    if len(value) == 1 and layout.region(value) is not None:
        return layout.quoted(value)
    if any("\ue000" <= char <= "\uf8ff" for char in value):
        return None
    if len(value.split()) > _MAX_VALUE_WORDS or re.search(r"[;!?]|\.\s|[|]|\bor\b", value):
        return None
    return value


def _unchecked(
    names: tuple[str, ...], root: Mapping[str, Any], keys: tuple[Key, ...], decided: set[str]
) -> tuple[str, ...]:
    """Which demands nothing checks: the content of each key that does not stand in the prompt."""
    notes = {key.name: key.note for key in keys}
    properties = root.get("properties", {})
    found: list[str] = []
    for name in names:
        sub = properties.get(name) if isinstance(properties, dict) else None
        if pointer((name,)) in decided and not notes.get(name):
            continue
        if isinstance(sub, dict) and "const" in sub:
            continue
        what = "choice" if isinstance(sub, dict) and "enum" in sub else "value"
        found.append(f"{what} of {name}" + (f" ({notes[name]})" if notes.get(name) else ""))
    return tuple(found)
