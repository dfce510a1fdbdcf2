"""The layout of a prompt: which parts are data that the request is about, and which are instructions.

Quoted texts, fences, tagged blocks and braces are taken out first and stand in the instructions as one placeholder
character each, so that nothing inside them is ever read as an instruction. Labelled lines and tables are data as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from stepcache_lc.core.align import vocabulary

MAX_CHARS = 16_000
_MAX_REGIONS = 400
_MAX_PARTS = 600
"""Most labelled lines, tables and sentences together."""
_MAX_CELLS = 2_000
"""Most cells of all tables together."""
_MAX_TRIES = 64
_MAX_MARKS = 4_000
_MAX_DEPTH = 64
_FIRST = 0xE000
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_TYPE_HEAD = re.compile(r"(?:export )?(?:interface|type) [A-Za-z_]\w*(?: =)?\s*(?=\{)")
_CLASS = re.compile(r"class [A-Za-z_]\w*(?:\(\w+\))?:[ \t]*\n(?:[ \t]+\S[^\n]*(?:\n|$))+(?:\s*(?=class ))?")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TAG = re.compile(r"<([A-Za-z][\w-]{0,30})>")
_LABEL = r"[^\W\d_][\w'’./#-]*(?: [\w'’./#()-]+){0,3}"
# Possessive where two runs of blanks could share one: a long run would be tried in every division.
_DATA_LINE = re.compile(rf"(?:[-*•]\s++)?(?:\*\*)?({_LABEL})(?:\*\*)?\s*+[:=]\s*+(?:\*\*\s*+)?(\S.*)")
TEXT_LABEL = re.compile(
    r"\s*(?:the )?(text|ticket|e-?mail|message|review|article|document|input|data|context|passage|paragraph|content"
    r"|note|report|transcript|conversation|chat|description|post|comment|story|invoice|order|record|letter|bio|sentence"
    r"|abstract|listing|receipt|log|customer message|support ticket)\s*:\s*",
    re.IGNORECASE,
)
# Labels that say how to answer, not what about.
_DIRECTIVE = vocabulary(
    """
    instruction instructions task format output language style rule rules important hint hints example examples schema
    key keys field fields property properties answer response return reply remember warning requirement requirements
    correction update attention please json question prompt goal constraint constraints tone convert extract system
    user assistant tip caution nb ps p.s. type types note notes for
    """
)
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_LIST_INTRO = re.compile(
    r"\b(?:keys|fields|properties|attributes)(?: only| exactly| below| listed below| and nothing else)?\s*:\s*$",
    re.IGNORECASE,
)
_SHAPE_INTRO = re.compile(
    r"\b(?:json|schema|format|structure|shape|type|interface|model|template)\b[^.!?:\n]{0,40}:\s*$", re.IGNORECASE
)
_BULLET = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")

RegionKind = Literal["quote", "fence", "tag", "braces"]


@dataclass(frozen=True)
class Region:
    """A part of the prompt that is taken out of the instructions."""

    kind: RegionKind
    text: str
    """The region with its marks."""
    body: str
    """What the marks enclose."""
    name: str = ""
    """The tag's name or the fence's language."""


@dataclass(frozen=True)
class DataLine:
    """A labelled value: `Customer: Alice`."""

    label: str
    value: str


@dataclass(frozen=True)
class Table:
    """A table of which each row is a line."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence of instructions, with placeholders."""

    text: str


@dataclass(frozen=True)
class Labelled:
    """Running text under a label: `Email:` and the lines that follow."""

    label: str
    text: str


Part = DataLine | Table | Sentence | Labelled


@dataclass
class Layout:
    """A prompt, laid out in order."""

    parts: list[Part] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)

    def region(self, char: str) -> Region | None:
        """The region that a placeholder stands for."""
        index = ord(char) - _FIRST
        return self.regions[index] if 0 <= index < len(self.regions) else None

    def restore(self, text: str) -> str:
        """The text with its placeholders replaced by what they stand for."""
        return _PRIVATE.sub(lambda match: self._text(match.group()), text)

    def quoted(self, char: str) -> str | None:
        """What stands in quotes under a placeholder."""
        region = self.region(char)
        return region.body if region is not None and region.kind == "quote" else None

    def _text(self, char: str) -> str:
        region = self.region(char)
        return region.text if region is not None else char


_KEYED = re.compile(r"\b(?:keys?|fields?|properties|attributes)\b[^.!?]*$", re.IGNORECASE)


def _goes_on(before: str, line: str) -> bool:
    """Whether a list of keys that begins in a sentence goes on in the items below it."""
    return _BULLET.match(line) is not None and _KEYED.search(before) is not None


def lay_out(text: str) -> Layout | None:
    """Lay out a prompt; None if it is too long, holds private-use characters, or too many parts or marks to be sure."""
    if len(text) > MAX_CHARS or _PRIVATE.search(text):
        return None
    layout = Layout()
    protected = _protect(text.replace("\r\n", "\n"), layout.regions)
    if protected is None:
        return None
    lines = protected.split("\n")
    pending: list[str] = []  # lines of running text
    in_list, fresh = False, True
    rows: list[tuple[str, ...]] = []
    cells = 0
    for line in [*lines, ""]:
        if len(layout.parts) > _MAX_PARTS:
            return None
        if rows and not line.lstrip().startswith("|"):
            layout.parts.append(Table(tuple(rows)))
            rows = []
        if not line.strip():
            if pending and (_LIST_INTRO.search(pending[-1]) or _SHAPE_INTRO.search(pending[-1])):
                continue
            _flush(pending, layout)
            in_list, fresh = False, True
            continue
        if line.lstrip().startswith("|"):
            _flush(pending, layout)
            rows.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
            cells += len(rows[-1])
            if cells > _MAX_CELLS:
                return None
            continue
        if in_list or (pending and (_LIST_INTRO.search(pending[-1]) or _goes_on(pending[-1], line))):
            # The lines under "with the following keys:" list the keys.
            in_list = True
            pending.append(_BULLET.sub("", line, count=1).strip())
            continue
        data = None if pending and TEXT_LABEL.match(pending[0]) else data_lines(line)
        if data is None:
            last = layout.parts[-1] if layout.parts and not pending and not fresh else None
            if isinstance(last, DataLine) and TEXT_LABEL.match(f"{last.label}:") and not _JSON.search(line):
                # Running text goes on under its label.
                layout.parts[-1] = Labelled(last.label, f"{last.value}\n{line.strip()}")
            elif isinstance(last, Labelled) and not _JSON.search(line):
                layout.parts[-1] = Labelled(last.label, f"{last.text}\n{line.strip()}")
            else:
                pending.append(line.strip())
        else:
            _flush(pending, layout)
            layout.parts.extend(data)
        fresh = False
    return layout if len(layout.parts) <= _MAX_PARTS else None


def data_lines(line: str) -> list[DataLine] | None:
    """Read a line as labelled values (`Customer: Alice`, or `name=Alice, age=30`), if it is nothing else."""
    match = _DATA_LINE.fullmatch(line.strip())
    if match is None or _JSON.search(line):
        return None
    label, value = match.group(1), match.group(2)
    if _DIRECTIVE.intersection(label.lower().split()):
        return None
    several = assignments(line)
    if several is not None:
        return several
    return [DataLine(label, value)]


_ASSIGNMENT = re.compile(rf"({_LABEL})\s*(?:=|:(?=\s|[\ue000-\uf8ff]))\s*(\S.*?)")
_BETWEEN = re.compile(r"(?:(?<!\s)\s+)?(?:[,;]\s+(?:and\s+)?|;\s*)|(?<!\s)\s+and\s+")
_CLAUSE = re.compile(
    r"(?:[Tt]he |[Hh]is |[Hh]er |[Ii]ts |[Tt]heir )?([A-Za-z][\w'-]*(?: [a-z][\w'-]*){0,2}) (?:is|are|=) (\S.*?)"
)
_LITERAL_LIKE = re.compile(r"[\d\ue000-\uf8ff$€£+-].{0,40}|[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*){0,4}")


def assignments(text: str) -> list[DataLine] | None:
    """Read `name=Alice, age=30` or `name is Alice and age is 30` as labelled values; None if anything else is said."""
    parts = [part for part in _BETWEEN.split(text.strip().rstrip(".")) if part]
    if not 1 <= len(parts) <= _MAX_REGIONS:
        return None
    found: list[DataLine] = []
    for part in parts:
        match = _ASSIGNMENT.fullmatch(part)
        if match is None:
            match = _CLAUSE.fullmatch(part)
            if match is None or _LITERAL_LIKE.fullmatch(match.group(2)) is None:
                return None
            if match.group(1)[0].isupper() and (part is not parts[0] or len(parts) == 1):
                # "Alice is 30" says something of Alice.
                return None
        label, value = match.group(1), match.group(2)
        if _DIRECTIVE.intersection(label.lower().split()) or _ASSIGNMENT.match(value):
            return None
        found.append(DataLine(label, value))
    return found


def directive(text: str) -> bool:
    """Whether a text has a label that says how to answer: it is no data, wherever it stands."""
    found = (match.group(1) for match in re.finditer(rf"(?:^|\n|[.!?] )\s*({_LABEL})\s*:", text))
    return any(_DIRECTIVE.intersection(label.lower().split()) for label in found)


def _flush(pending: list[str], layout: Layout) -> None:
    if not pending:
        return
    text = "\n".join(pending)
    pending.clear()
    label = TEXT_LABEL.match(text)
    form = _form(text.split("\n")[1:]) if label is not None and _HOLDER.fullmatch(text.split("\n")[0]) else None
    if form is not None:
        layout.parts.extend(form)
    elif label is not None and text[label.end() :].strip() and not _JSON.search(text):
        layout.parts.append(Labelled(label.group(1), text[label.end() :]))
    else:
        layout.parts.extend(Sentence(part) for part in sentences(text))


# A label that only says where the data is.
_HOLDER = re.compile(
    r"(?:the )?(?:text|ticket|e-?mail|message|document|input|data|content|form|record|note):", re.IGNORECASE
)


def _form(lines: list[str]) -> list[DataLine] | None:
    """Labelled lines, if all of them are."""
    found: list[DataLine] = []
    for line in lines:
        data = data_lines(line)
        if data is None:
            return None
        found.extend(data)
    return found or None


_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?=\s+[\"'`A-Z0-9\ue000-\uf8ff])|(?<=[\ue000-\uf8ff])(?=\n[A-Z])|(?<=\w\.)(?= [a-z][a-z_]{0,20}: )"
)


def sentences(text: str) -> list[str]:
    """Cut running text into sentences. Where in doubt it is cut: a piece that is not understood is refused anyway."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if piece.strip():
            found.append(piece.strip())
    return found


def _protect(text: str, regions: list[Region]) -> str | None:
    """Replace quotes, fences, tags and braces by placeholders; None if there are too many marks to be sure."""
    out: list[str] = []
    at, in_vain, met = 0, 0, 0
    while (opener := _OPENER.search(text, at)) is not None:
        out.append(text[at : opener.start()])
        at = opener.start()
        region = _region(text, at)
        in_vain += region is None and text[at] in '`"“<{'
        met += 1
        if in_vain > _MAX_TRIES or met > _MAX_MARKS or len(regions) >= _MAX_REGIONS:
            return None
        if region is None:
            out.append(text[at])
            at += 1
        elif _holds_form(text, at, region):
            out.append(region.body.strip())
            at += len(region.text)
        else:
            out.append(chr(_FIRST + len(regions)))
            regions.append(region)
            at += len(region.text)
    return "".join((*out, text[at:]))


def _holds_form(text: str, at: int, region: Region) -> bool:
    """Whether marks on lines of their own enclose labelled lines and nothing else: a form, with or without them."""
    if region.kind == "braces" or (region.kind == "fence" and region.name not in ("", "text", "txt")):
        return False
    alone = text[:at].rstrip(" ")[-1:] in ("", "\n") and text[at + len(region.text) :].lstrip(" ")[:1] in ("", "\n")
    body = region.body.strip()
    return alone and "\n" in region.text and _OPENER.search(body) is None and _form(body.split("\n")) is not None


_OPENER = re.compile(r'[`"“<{\[]|(?<![^\W_])(?:export|interface|type|class) ')
"""What may open a region: marks, and the first words of a type declaration."""


def _region(text: str, at: int) -> Region | None:
    """The region that opens at a place, if one does and is closed again."""
    char = text[at]
    if char == "`":
        return _fence(text, at) if text.startswith("```", at) else None
    if char == '"':
        if text.startswith('"""', at):
            close = text.find('"""', at + 3)
            return Region("quote", text[at : close + 3], text[at + 3 : close]) if close > 0 else None
        if at and text[at - 1].isalnum():
            return None
        match = _STRING.match(text, at)
        return Region("quote", match.group(), match.group()[1:-1]) if match is not None else None
    if char == "“":
        close = text.find("”", at)
        return Region("quote", text[at : close + 1], text[at + 1 : close]) if close > 0 else None
    if char == "<":
        tag = _TAG.match(text, at)
        close = text.find(f"</{tag.group(1)}>", at) if tag is not None else -1
        if tag is None or close < 0:
            return None
        return Region("tag", text[at : close + len(tag.group(1)) + 3], text[tag.end() : close], tag.group(1))
    if char == "c":
        end = _classes(text, at) if at == 0 or text[at - 1] == "\n" else at
        return Region("braces", text[at:end], text[at:end]) if end > at else None
    return _shape(text, at)


def _fence(text: str, at: int) -> Region | None:
    close = text.find("```", at + 3)
    if close < 0:
        return None
    language, _, body = text[at + 3 : close].partition("\n")
    return Region("fence", text[at : close + 3], body or language, language.strip() if body else "")


def _shape(text: str, at: int) -> Region | None:
    """Braces (or a list of them), with the head of a type declaration in front."""
    start = at
    if text[at] not in "{[":
        head = None if at and text[at - 1].isalnum() else _TYPE_HEAD.match(text, at)
        if head is None:
            return None
        start = head.end()
    elif text[at] == "[" and not re.match(r"\[\s*\{", text[at : at + 40]):
        return None
    close = _matching(text, start)
    return Region("braces", text[at : close + 1], text[at : close + 1]) if close > 0 else None


def _classes(text: str, at: int) -> int:
    """Where a run of class definitions that starts here ends."""
    end = at
    while (match := _CLASS.match(text, end)) is not None:
        end = match.end()
    return end


_BRACE = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]]')


def _matching(text: str, start: int) -> int:
    """Offset of the brace that closes the one at `start`, or -1."""
    depth: list[str] = []
    for match in _BRACE.finditer(text, start):
        mark = match.group()
        if mark in "{[":
            depth.append("}" if mark == "{" else "]")
            if len(depth) > _MAX_DEPTH:
                return -1
        elif mark in "}]":
            if not depth or depth.pop() != mark:
                return -1
            if not depth:
                return match.start()
    return -1
