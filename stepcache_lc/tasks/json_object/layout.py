"""The layout of a prompt: which parts are data that the request is about, and which are instructions.

Quoted texts, fences, tagged blocks and braces are taken out first and stand in the instructions as one placeholder
character each, so that nothing inside them is ever read as an instruction. Labelled lines and tables are data as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from stepcache_lc.core.align import vocabulary

MAX_CHARS = 60_000
_MAX_REGIONS = 400
_MAX_TRIES = 64
_FIRST = 0xE000
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_TAG = re.compile(r"<([A-Za-z][\w-]{0,30})>")
_LABEL = r"[^\W\d_][\w'’./#-]*(?: [\w'’./#()-]+){0,3}"
_DATA_LINE = re.compile(rf"\s*(?:[-*•]\s+)?(?:\*\*)?({_LABEL})(?:\*\*)?\s*[:=]\s*(?:\*\*)?\s*(\S.*?)\s*")
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


def lay_out(text: str) -> Layout | None:
    """Lay out a prompt; None if it is too long or holds private-use characters."""
    if len(text) > MAX_CHARS or _PRIVATE.search(text):
        return None
    layout = Layout()
    text = _protect(text.replace("\r\n", "\n"), layout.regions)
    lines = text.split("\n")
    pending: list[str] = []  # lines of running text
    in_list, fresh = False, True
    rows: list[tuple[str, ...]] = []
    for line in [*lines, ""]:
        if rows and not line.lstrip().startswith("|"):
            layout.parts.append(Table(tuple(rows)))
            rows = []
        if not line.strip():
            if pending and _LIST_INTRO.search(pending[-1]):
                continue
            _flush(pending, layout)
            in_list, fresh = False, True
            continue
        if line.lstrip().startswith("|"):
            _flush(pending, layout)
            rows.append(tuple(cell.strip() for cell in line.strip().strip("|").split("|")))
            continue
        if in_list or (pending and _LIST_INTRO.search(pending[-1])):
            # The lines under "with the following keys:" list the keys.
            in_list = True
            pending.append(_BULLET.sub("", line, count=1).strip())
            continue
        data = None if pending and TEXT_LABEL.match(pending[0]) else data_line(line)
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
            layout.parts.append(data)
        fresh = False
    return layout


def data_line(line: str) -> DataLine | None:
    """Read a line as a labelled value, if it is one."""
    match = _DATA_LINE.fullmatch(line)
    if match is None:
        return None
    label, value = match.group(1), match.group(2)
    if _DIRECTIVE.intersection(label.lower().split()) or _JSON.search(line):
        return None
    return DataLine(label, value)


def _flush(pending: list[str], layout: Layout) -> None:
    if not pending:
        return
    text = "\n".join(pending)
    pending.clear()
    label = TEXT_LABEL.match(text)
    if label is not None and text[label.end() :].strip() and not _JSON.search(text):
        layout.parts.append(Labelled(label.group(1), text[label.end() :]))
    else:
        layout.parts.extend(Sentence(part) for part in sentences(text))


_SENTENCE_END = re.compile(r"(?<=[.!?])(?=\s+[\"'`A-Z0-9\ue000-\uf8ff])")


def sentences(text: str) -> list[str]:
    """Cut running text into sentences. Where in doubt it is cut: a piece that is not understood is refused anyway."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        if piece.strip():
            found.append(piece.strip())
    return found


def _protect(text: str, regions: list[Region]) -> str:
    """Replace quotes, fences, tags and braces by placeholders."""
    out: list[str] = []
    at, tries = 0, 0
    doubles = True
    while at < len(text):
        char = text[at]
        region: Region | None = None
        end = at
        if len(regions) < _MAX_REGIONS and tries < _MAX_TRIES:
            if char == "`" and text.startswith("```", at):
                tries += 1
                close = text.find("```", at + 3)
                if close > 0:
                    language, _, body = text[at + 3 : close].partition("\n")
                    end = close + 3
                    region = Region("fence", text[at:end], body or language, language.strip() if body else "")
            elif char == '"' and text.startswith('"""', at):
                tries += 1
                close = text.find('"""', at + 3)
                if close > 0:
                    end = close + 3
                    region = Region("quote", text[at:end], text[at + 3 : close])
            elif char == '"' and doubles and not (at and text[at - 1].isalnum()):
                match = _STRING.match(text, at)
                if match is not None:
                    end = match.end()
                    region = Region("quote", match.group(), match.group()[1:-1])
                else:
                    doubles = False
            elif char == "“":
                tries += 1
                close = text.find("”", at)
                if close > 0:
                    end = close + 1
                    region = Region("quote", text[at:end], text[at + 1 : close])
            elif char == "<":
                tries += 1
                tag = _TAG.match(text, at)
                close = text.find(f"</{tag.group(1)}>", at) if tag else -1
                if tag is not None and close > 0:
                    end = close + len(tag.group(1)) + 3
                    region = Region("tag", text[at:end], text[tag.end() : close], tag.group(1))
            elif char == "{":
                tries += 1
                close = _matching(text, at)
                if close > 0:
                    end = close + 1
                    region = Region("braces", text[at:end], text[at:end])
        if region is None:
            out.append(char)
            at += 1
        else:
            out.append(chr(_FIRST + len(regions)))
            regions.append(region)
            at = end
    return "".join(out)


_BRACE = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}\[\]]')


def _matching(text: str, start: int) -> int:
    """Offset of the brace that closes the one at `start`, or -1."""
    depth: list[str] = []
    for match in _BRACE.finditer(text, start):
        mark = match.group()
        if mark in "{[":
            depth.append("}" if mark == "{" else "]")
        elif mark in "}]":
            if not depth or depth.pop() != mark:
                return -1
            if not depth:
                return match.start()
    return -1
