"""From items to sentences in canonical words, so that claims around formulas can be matched as phrases.

In a sentence a relation is `E`, a lone unknown `U`, any other formula `M`; words are in lower case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stepcache_lc.tasks.equations.scan import Item, lone_name


@dataclass
class Sentence:
    """One sentence of an answer."""

    words: list[str] = field(default_factory=list)
    formulas: list[tuple[int, Item]] = field(default_factory=list)
    """Each formula with its place in `words`."""
    start: int = 0
    """Offset of its first item."""
    end: int = 0
    """Offset behind its last one."""

    def before(self, index: int, count: int = 14) -> str:
        """The words in front of a place, joined."""
        return " ".join(self.words[max(0, index - count) : index])

    def after(self, index: int, count: int = 6) -> str:
        """The words behind a place, joined."""
        return " ".join(self.words[index + 1 : index + 1 + count])


def sentences(items: Sequence[Item], unknowns: frozenset[str]) -> Iterator[Sentence]:
    """Cut the items of a step into sentences. A colon does not end one: what it leads to belongs to it."""
    current = Sentence()
    newlines = 0
    for item in items:
        kind = item.kind
        if kind == "newline":
            newlines += 1
            continue
        if newlines and current.words and (item.kind == "cell" or _ends(current, item, newlines)):
            yield current
            current = Sentence()
        newlines = 0
        if kind == "arrow" and item.text in ("quad", "qquad"):
            current.words.append(",")
            continue
        if kind in ("stop", "enum", "bullet", "arrow", "code"):
            if current.words:
                yield current
                current = Sentence()
            continue
        if kind in ("formula", "word", "colon", "comma"):
            current.start = current.start if current.words else item.start
            current.end = item.end
        if kind == "formula":
            name = lone_name(item)
            if name is not None:
                word = "U" if name in unknowns else "V"
            else:
                word = "M" if item.chain is not None and not item.chain.relations else "E"
            current.formulas.append((len(current.words), item))
            current.words.append(word)
        elif kind == "word":
            current.words.append(item.text.lower().replace("’", "'"))
        elif kind in ("colon", "comma", "cell"):
            current.words.append(item.text)
    if current.words:
        yield current


def _ends(current: Sentence, item: Item, newlines: int) -> bool:
    """Whether a line end is a sentence end although no mark says so."""
    last = current.words[-1]
    if last in (":", ","):
        return False
    if newlines > 1:
        return True
    return last in ("E", "M", "U") and item.kind == "word" and item.text[:1].isupper()
