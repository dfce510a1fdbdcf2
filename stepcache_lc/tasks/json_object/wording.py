"""The sentences in which people ask for JSON: a small grammar of whole phrases.

`read_sentence` either accounts for every word of a sentence or gives up; there is no half-understood sentence. What a
sentence is about (a noun phrase, a text behind a colon) is handed on as content, which must be equal for any reuse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from stepcache_lc.tasks.json_object import phrases
from stepcache_lc.tasks.json_object.content import Phrase, Piece, Text
from stepcache_lc.tasks.json_object.keylist import META, NUMBERS, Key, parse_keys
from stepcache_lc.tasks.json_object.layout import TEXT_LABEL, DataLine, Layout, assignments, data_lines

_MAX_SENTENCE = 2_000
_MAX_PHRASE_WORDS = 20


@dataclass
class Demand:
    """What one sentence demands."""

    keys: tuple[Key, ...] = ()
    open: bool = False
    """More keys than these may be given."""
    closed: bool = False
    """No more keys than these may be given."""
    lean: bool = False
    bare: bool = False
    json: bool = False
    """The sentence asks for JSON."""
    shape: str = ""
    """Placeholder of an example, a schema or a type that the answer must follow."""
    nullable: bool = False
    many: bool = False
    """An array of objects is asked for."""
    single: bool = False
    """One object is asked for, in so many words."""
    several: bool = False
    """The data is spoken of as several things: an object for each may be wanted."""
    refers: set[str] = field(default_factory=set)
    """`above`, `below`: where the sentence says that its data stands."""
    content: list[Piece] = field(default_factory=list)
    """What the sentence is about, in order."""


def read_sentence(text: str, layout: Layout, *, hosted: bool = False) -> Demand | None:
    """Account for every word of one sentence of instructions, or return None.

    Args:
        text: the sentence, with placeholders.
        layout: for what the placeholders stand for.
        hosted: the host demands JSON; the sentence need not say so.
    """
    text = _BLANKS.sub(lambda match: " " if match.group().isspace() else match.group(), text).strip()
    if not text or len(text) > _MAX_SENTENCE:
        return None
    demand = _sentence(text, layout, hosted=hosted)
    if demand is not None:
        demand.single = demand.single or _SINGLE.search(text) is not None
        shaped = _SHAPED.search(text) if demand.json else None
        if shaped is not None:
            # Flat or not: another object for the same keys.
            demand.content.append(Phrase(shaped.group(1).lower()))
    return demand


_BLANKS = re.compile(r"`[^`\n]*`|(?<!\w)'[^'\n]*'(?!\w)|«[^»\n]*»|[ \t]+")
"""Runs of blanks, outside code and quotes."""
_SINGLE = re.compile(
    r"\b(?:a|an|one|single) (?:[a-z-]+ )*json (?:object|document|record)\b(?! (?:per|each|for each))", re.I
)
_SHAPED = re.compile(r"\b(flat|structured|simple) (?:[a-z-]+ )*json\b", re.IGNORECASE)


def _sentence(text: str, layout: Layout, *, hosted: bool) -> Demand | None:
    demand = Demand()
    labelled = phrases.LABELLED.fullmatch(text.rstrip("."))
    if labelled is not None and phrases.SHOWN_LABEL.match(text) and _shape_like(labelled.group(1), layout):
        labelled = None
    if labelled is not None or re.fullmatch(rf"(?:{phrases.PLACEHOLDER}\s*)+", text):
        demand.content.append(Text(text.rstrip(".") if labelled else text))
        return demand
    label = TEXT_LABEL.match(text)
    if label is not None:
        demand.content.append(Phrase(label.group(1).lower(), noun=True))
        return demand if _text(text[label.end() :], demand) is not None else None
    line = data_lines(text)
    if line is not None and phrases.GIVEN.match(text) is None:
        demand.content.extend(line)
        return demand
    several = assignments(text) if not re.search(r"\bjson\b", text, re.IGNORECASE) else None
    if several is not None:
        demand.content.extend(several)
        return demand
    bare = text[:-1].rstrip() if text[-1] in ".!?:" else text
    for _ in range(4):
        polite = phrases.POLITE.match(bare)
        if polite is None:
            break
        bare = bare[polite.end() :]
    bare = re.sub(r",? please$", "", bare)
    first = phrases.GIVEN_FIRST.match(bare)
    if first is not None:
        nouns = phrases.SOME_NOUN.match(" " + bare[first.end() :])
        comma = bare.find(", ")
        if nouns is None or comma < 0 or first.end() - 1 + nouns.end() != comma:
            return None
        words = [word for word in nouns.group(1).lower().split() if word not in phrases.NO_NOUN]
        if META.intersection(words) - {"order"}:
            return None
        rest = read_sentence(bare[comma + 2 :], layout, hosted=hosted)
        if rest is None:
            return None
        if words:
            rest.content.insert(0, Phrase(" ".join(words), noun=phrases.DATA_NOUNS.issuperset(words)))
        rest.refers.add("above" if " above" in bare[:comma] else "below")
        return rest
    if phrases.WHOLE_BARE.fullmatch(bare):
        demand.bare = True
        return demand
    if phrases.WHOLE_ONLY.fullmatch(bare):
        demand.lean = demand.json = True
        return demand
    if phrases.WHOLE_VOID.fullmatch(bare):
        return demand
    if phrases.WHOLE_NULL.fullmatch(bare):
        demand.nullable = True
        return demand
    if phrases.CLOSED_KEYS.fullmatch(bare):
        demand.closed = True
        return demand
    if phrases.QUESTION.fullmatch(text):
        demand.content.append(Phrase(text))
        return demand
    forms = [
        _form_out,
        _form_turn,
        _form_ask,
        _form_pull,
        _form_study,
        _form_keys,
        _form_must,
        _form_shape,
        _form_given,
        _form_meant,
        _form_make,
    ]
    for form in (*forms, _form_hosted) if hosted else forms:
        attempt = Demand()
        if form(bare, attempt, layout):
            return attempt
    return None


def _form_out(text: str, demand: Demand, layout: Layout) -> bool:
    """`Return a JSON object ...`."""
    match = phrases.OUT.match(text)
    if match is None:
        return False
    demand.json = True
    if re.search(r"\b(?:only|just|strictly)\b", match.group(), re.IGNORECASE):
        demand.lean = True
    rest = _many(text[match.end() :], demand)
    return _modifiers(rest, demand, layout, role=not demand.many)


def _many(rest: str, demand: Demand) -> str:
    """Read `array of objects` behind the word JSON."""
    match = phrases.MANY.match(rest)
    if match is None:
        return rest
    demand.many = True
    return rest[match.end() :]


def _form_turn(text: str, demand: Demand, layout: Layout) -> bool:
    """`Convert the above into JSON ...`."""
    match = phrases.TURN.match(text)
    if match is None:
        return False
    begin = match.end() - 1  # the blank behind the verb
    rest = text[begin:] if phrases.AS_JSON.match(text, begin) else _reference(text[match.end() :], demand)
    if rest is None and re.match("describe|represent|express", text, re.IGNORECASE):
        rest = _source(text[match.end() :], demand, layout)
    if rest is None:
        return False
    as_json = phrases.AS_JSON.match(rest)
    if as_json is None:
        return False
    if not re.match(r"convert|turn|transform|put|parse|format|structure|represent|express|render", text, re.I):
        demand.content.insert(0, Phrase(match.group().strip().lower()))
    demand.json = True
    return _modifiers(_many(rest[as_json.end() :], demand), demand, layout)


def _form_make(text: str, demand: Demand, layout: Layout) -> bool:
    """`List three capitals as a JSON array with the keys ...`, `Create a profile of a wizard in JSON format`."""
    match = phrases.MAKE.match(text)
    rest = _source(text[match.end() :], demand, layout) if match is not None else None
    as_json = phrases.AS_JSON.match(rest) if rest else None
    if match is None or rest is None or as_json is None or demand.keys:
        return False
    verb = match.group().strip().lower()
    demand.content.insert(0, Phrase(verb, noun=verb in phrases.PULLING))
    demand.several = demand.several or _counts(text[match.end() : len(text) - len(rest)])
    demand.json = True
    return _modifiers(_many(rest[as_json.end() :], demand), demand, layout)


def _counts(text: str) -> bool:
    """Whether a noun phrase may speak of more than one thing."""
    return re.search(r"\b(?:\d+|lists?|all|each|every|several|some|many|multiple|[a-z]+s)\b", text) is not None or (
        not NUMBERS.keys().isdisjoint(text.lower().split())
    )


def _form_ask(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract a, b and c as JSON from this ticket: ...` and `Extract the following fields from ... as JSON: a, b`."""
    match = phrases.ASK.match(text)
    if match is None:
        return False
    rest = text[match.end() :]
    named = phrases.ASK_KEYS.match(rest)
    if named is not None:
        rest = rest[named.end() :]
    about = phrases.ABOUT.match(" " + rest)
    listed_behind = phrases.AS_JSON.match(" " + rest) if named is not None else None
    if listed_behind is not None and (" " + rest)[listed_behind.end() :].startswith(":"):
        demand.json = True
        rest = (" " + rest)[listed_behind.end() + 1 :].lstrip()
    elif named is not None and about is not None:
        after = _about(about.group("word"), rest[about.end() - 1 :], demand, layout)
        if after is None:
            return False
        rest = after
        json = phrases.AS_JSON.match(rest)
        if json is not None:
            demand.json, rest = True, rest[json.end() :]
        if not rest.startswith(":"):
            return _modifiers(rest, demand, layout)
        rest = rest[1:].lstrip()
    listed = parse_keys(rest, layout.quoted)
    if listed is None:
        return False
    demand.keys, rest = listed
    if named is None and len(demand.keys) == 1 and not demand.json and not rest.strip(" ."):
        # "Extract the person." names no key.
        return False
    return _modifiers(rest, demand, layout, as_json=True)


def _form_study(text: str, demand: Demand, layout: Layout) -> bool:
    """`Classify the ticket and reply in JSON with keys ...`."""
    match = phrases.STUDY.match(text)
    rest = _reference(text[match.end() :], demand) if match is not None else None
    if match is None or rest is None:
        return False
    verb = match.group().strip().lower()
    demand.content.insert(0, Phrase(verb, noun=verb in phrases.READING))
    then = phrases.THEN.match(rest)
    if then is None:
        return not rest.strip()
    if phrases.OUT.match(rest[then.end() :]) is not None:
        return _form_out(rest[then.end() :], demand, layout)
    return _form_ask(rest[then.end() :], demand, layout)


def _form_keys(text: str, demand: Demand, layout: Layout) -> bool:
    """`Keys: a, b, c` and `Use the keys a, b and c`."""
    match = phrases.KEYS_LABEL.match(text)
    if match is None:
        return _with_keys(" " + text, demand, layout) == ""
    listed = parse_keys(text[match.end() :].lstrip(), layout.quoted)
    if listed is None or listed[1].strip(" ."):
        return False
    demand.keys = listed[0]
    return True


def _form_must(text: str, demand: Demand, layout: Layout) -> bool:
    """`The JSON object must have the keys a, b`."""
    match = phrases.OBJECT_MUST.match(text)
    return match is not None and _modifiers(text[match.end() :], demand, layout)


def _form_shape(text: str, demand: Demand, layout: Layout) -> bool:
    """`Use this schema: {...}`."""
    fill = phrases.FILL.match(text)
    if fill is not None:
        demand.shape, demand.json = fill.group("shape"), True
        return _modifiers(text[fill.end() :], demand, layout)
    match = phrases.SHAPE.fullmatch(" " + text)
    if match is None or len(text) < 3:
        return False
    demand.shape = match.group("shape")
    region = layout.region(demand.shape)
    # "Respond in this format: {...}" asks for JSON without the word.
    demand.json = region is not None and region.kind == "braces" and re.match(r"\{\s*\"", region.body) is not None
    return True


def _form_pull(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract the person as JSON with keys a, b from ...`."""
    match = phrases.ASK.match(text)
    nouns = phrases.SOME_NOUN.match(" the " + text[match.end() :]) if match is not None else None
    if match is None or nouns is None:
        return False
    words: list[str] = []
    rest = text[match.end() :]
    for word in nouns.group(1).split():
        if phrases.AS_JSON.match(" " + rest) is not None or word in ("as", "into", "in", "to", "from"):
            break
        words.append(word.lower())
        rest = rest[len(word) :].lstrip()
    if not words or META.intersection(words) - {"order"}:
        return False
    plain = phrases.DATA_NOUNS.union(phrases.NO_NOUN).issuperset(words)
    if not phrases.NO_NOUN.issuperset(words):
        demand.content.append(Phrase(" ".join(words), noun=plain))
    return _modifiers(" " + rest, demand, layout, as_json=True) and demand.json and bool(demand.keys or demand.shape)


def _form_given(text: str, demand: Demand, layout: Layout) -> bool:
    """`Here is a ticket form:`, `Use this data: ...`; the data may follow."""
    match = phrases.GIVEN.match(text)
    nouns = phrases.SOME_NOUN.match(text[match.end() :]) if match is not None else None
    if match is None or nouns is None or META.intersection(nouns.group(1).lower().split()) - {"order"}:
        return False
    words = [word for word in nouns.group(1).lower().split() if word not in phrases.NO_NOUN]
    if words:
        demand.content.append(Phrase(" ".join(words), noun=phrases.DATA_NOUNS.issuperset(words)))
    rest = text[match.end() + nouns.end() :]
    said = text.lower()
    demand.refers.add("above" if " above" in said else "below")
    return not rest or _text(rest, demand) == ""


def _form_meant(text: str, demand: Demand, layout: Layout) -> bool:
    """`It should represent a todo item about buying milk`."""
    match = phrases.MEANT.match(text)
    if match is None:
        return False
    rest = _about(match.group("for") or "representing", text[match.end() :], demand, layout)
    return rest is not None and not rest.strip(" .")


def _form_hosted(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract the order details from this email: ...`, where the host says into what."""
    match = phrases.HOSTED.match(text)
    if match is None:
        return False
    words = [word for word in match.group("what").lower().split() if word not in phrases.ARTICLES]
    if META.intersection(words) - {"order", "fields", "values"}:
        return False
    verb = match.group("verb").lower()
    plain = verb in phrases.PULLING and phrases.DATA_NOUNS.union(
        phrases.NO_NOUN, phrases.ARTICLES, {"fields", "values"}
    ).issuperset(words)
    if words or verb not in phrases.PULLING:
        demand.content.append(Phrase(" ".join((*(() if verb in phrases.PULLING else (verb,)), *words)), noun=plain))
    rest = text[match.end() :]
    about = phrases.ABOUT.match(rest)
    if about is not None:
        after = _about(about.group("word"), rest[about.end() :], demand, layout)
        return after is not None and not after.strip(" .")
    if rest.startswith(":"):
        return _text(rest[1:], demand) == ""
    return not rest.strip(" .")


def _modifiers(rest: str, demand: Demand, layout: Layout, *, role: bool = False, as_json: bool = False) -> bool:
    """Read what follows the word JSON, to the end of the sentence."""
    for _ in range(8):
        if not rest.strip(" ,."):
            return True
        after = _with_keys(rest, demand, layout)
        if after is None and as_json:
            json = phrases.AS_JSON.match(rest)
            if json is not None:
                demand.json, as_json, after = True, False, rest[json.end() :]
        if after is None and not demand.shape:
            shape = phrases.SHAPE.match(rest)
            if shape is not None and _shape_like(shape.group("shape"), layout):
                demand.shape, after = shape.group("shape"), rest[shape.end() :]
        if after is None:
            only = phrases.ONLY.match(rest)
            fence = phrases.NO_FENCE.match(rest)
            if fence is not None:
                demand.bare, after = True, rest[fence.end() :]
            elif only is not None:
                demand.lean = demand.lean or not phrases.ONLY_KEYS.match(only.group())
                after = rest[only.end() :]
        if after is None:
            about = phrases.ABOUT.match(rest)
            if about is not None:
                after = _about(about.group("word"), rest[about.end() :], demand, layout)
        if after is None and phrases.FROM_BELOW.fullmatch(rest):
            demand.refers.add("below")
            after = ""
        if after is None and rest.startswith(" (") and (inside := re.match(r" \(([^()]+)\)", rest)) is not None:
            label = phrases.KEYS_LABEL.match(inside.group(1))
            listed = parse_keys(inside.group(1)[label.end() :], layout.quoted) if label is not None else None
            if listed is not None and not listed[1].strip() and not demand.keys:
                demand.keys, after = listed[0], rest[inside.end() :]
        if after is None and rest.lstrip().startswith(":"):
            after = _text(rest.lstrip()[1:], demand)
        if after is None and role:
            nouns = phrases.NOUNS.match(rest)
            if nouns is not None and not META.intersection(nouns.group("role").lower().split()):
                # The shortest run of nouns that something known follows.
                demand.content.append(Phrase(nouns.group("role").lower()))
                after = rest[nouns.end() :]
        else:
            role = False
        if after is None:
            return False
        rest = after
    return False


def _with_keys(rest: str, demand: Demand, layout: Layout) -> str | None:
    match = phrases.WITH.match(rest)
    if demand.keys:
        return None
    if match is None:
        loose = phrases.WITH_QUOTED.match(rest)
        listed = parse_keys(rest[loose.end() :], layout.quoted) if loose is not None else None
        if listed is not None:
            demand.keys, rest = listed
            return rest
        return _naming(rest, demand, layout)
    listed = parse_keys(rest[match.end() :], layout.quoted)
    if listed is None:
        return None
    keys, after = listed
    count = match.group("count")
    if count is not None and (NUMBERS.get(count.lower()) or int(count)) != len(keys):
        return None
    demand.keys = keys
    demand.open = phrases.INCLUDING.match(rest) is not None and not (match.group("only") or match.group("only2"))
    return after


def _naming(rest: str, demand: Demand, layout: Layout) -> str | None:
    """Read `with name, age and city keys`."""
    match = phrases.NAMING.match(rest)
    if match is None:
        return None
    named = phrases.NAMED.search(rest, match.end())
    while named is not None:
        # `a name key and an age key`: the noun stands behind each.
        inside = re.sub(
            r"(?<=[\w`\ue000-\uf8ff]) (?:key|field|property|attribute)\b", "", rest[match.end() : named.start()]
        )
        listed = parse_keys(inside.strip(), layout.quoted)
        if listed is None or listed[1].strip() or any(key.note or key.schema for key in listed[0]):
            return None
        more = re.match(r"(?:,| and|, and) (?=an? )", rest[named.end() :])
        if more is None:
            demand.keys = listed[0]
            return rest[named.end() :]
        named = phrases.NAMED.search(rest, named.end() + more.end())
    return None


def _shape_like(char: str, layout: Layout) -> bool:
    region = layout.region(char)
    return region is not None and region.kind in ("braces", "fence")


def _reference(text: str, demand: Demand) -> str | None:
    """Read `the above`, `this ticket`, `it`; hand on the noun; return the rest."""
    match = phrases.REFERENCE.match(text)
    if match is None:
        return None
    words = [word for word in (match.group("noun") or "").lower().split() if word not in phrases.NO_NOUN]
    if META.intersection(words) - {"order"} or {"as", "into", "in", "to", "and"}.intersection(words):
        return None
    if words:
        demand.content.append(Phrase(" ".join(words), noun=phrases.DATA_NOUNS.issuperset(words)))
    said = match.group().lower()
    last = (match.group("noun") or "").lower().split()[-1:]
    demand.several = (
        demand.several or said.startswith("each") or bool(words and last != ["line"] and _plural(words[-1]))
    )
    demand.several = demand.several or bool(re.search(r"\blines\b", said))
    if "above" in said:
        demand.refers.add("above")
    if "below" in said or "following" in said:
        demand.refers.add("below")
    return text[match.end() :]


def _about(word: str, text: str, demand: Demand, layout: Layout) -> str | None:
    """Read what the object is about; `for Ann` and `from Ann` differ, `from the form` and `for the form` do not."""
    refers = (
        word.lower() in phrases.SOURCE_WORDS and not text.startswith(":") and _reference(text, Demand()) is not None
    )
    at = len(demand.content)
    rest = _source(text, demand, layout)
    if rest is not None and not refers:
        demand.content.insert(at, Phrase(word.lower(), noun=True))
    return rest


def _source(text: str, demand: Demand, layout: Layout) -> str | None:
    """Read what the object is about: a reference, a text behind a colon, or a short phrase; return the rest."""
    if text.startswith(":"):
        return _text(text[1:], demand)
    if text.count("=") > text.count(","):
        pairs = assignments(text)
        if pairs is not None:
            demand.content.extend(pairs)
            return ""
    rest = _reference(text, demand)
    if rest is not None:
        if rest.startswith(":") and rest[1:].strip():
            if phrases.AS_JSON.match(rest[1:]) is None and not demand.keys and not re.search(phrases.PLACEHOLDER, rest):
                # "... from the ticket: a, b": keys follow, not the ticket.
                return rest
            return _text(rest[1:], demand)
        shown = re.match(rf"\s*({phrases.PLACEHOLDER})", rest)
        if not rest.strip() or shown is None:
            return rest
        if demand.keys and re.fullmatch(r"[\w$.-]+", layout.quoted(shown.group(1)) or "") is not None:
            return None  # one more key, not a text
        return _text(rest, demand)
    stops = [match.start() for match in (phrases.WITH.search(text), phrases.AS_JSON.search(text)) if match is not None]
    stop = min(stops, default=len(text))
    phrase = text[:stop].strip(" ,")
    words = re.findall(r"\w+", phrase.lower())
    if not words or len(words) > _MAX_PHRASE_WORDS or META.intersection(words) - {"order", "total", "count", "number"}:
        return None
    if re.search(r"[.;:!?()]\s", phrase + " ") and not re.fullmatch(rf"\s*{phrases.PLACEHOLDER}\s*", phrase):
        return None
    if demand.keys and re.search(rf"\n|{phrases.PLACEHOLDER}", phrase):
        return None  # `"name" of the customer plus "city"`: more keys may follow
    demand.content.append(Phrase(phrase))
    return text[stop:]


def _plural(noun: str) -> bool:
    """Whether a noun speaks of several records."""
    if noun in ("csv", "list", "log"):
        return True
    one = noun.removesuffix("s")
    return one != noun and (one in phrases.DATA_NOUNS or f"{one.removesuffix('ie')}y" in phrases.DATA_NOUNS)


def _text(text: str, demand: Demand) -> str | None:
    """A text behind a colon is data to the end of the sentence."""
    body = text.strip()
    if not body or re.search(r"\bjson\b", body, re.IGNORECASE) or phrases.TYPE_WORD.match(body):
        return None
    pairs = assignments(body)
    if demand.keys and _describes(body, demand.keys, pairs):
        return None
    demand.content.extend(pairs or [Text(body)])
    return ""


_ANOTHER_KEY = re.compile(
    rf"(?:[,;/+&\n]|\b(?:and|or|plus)\b)\s*(?:{phrases.PLACEHOLDER}|[`'\"]?[A-Za-z_$][\w$-]*[`'\"]?)\s*(?::|\(|=|\bas\b|[-–—]\s)"
    rf"|(?:[,;/+&\n]|\b(?:and|or|plus)\b)\s*{phrases.PLACEHOLDER}"
)
_DESCRIPTION_WORDS = 6


def _describes(body: str, keys: tuple[Key, ...], pairs: Sequence[DataLine] | None) -> bool:
    """Whether the text behind a list of keys may say what the last one holds, and go on with more keys.

    "with the keys name, age: Ann, 30" ends with data; "name: the full name, age: in years" is all keys.
    """
    if pairs and {pair.label for pair in pairs} <= {key.name for key in keys}:
        return False
    words = re.findall(r"\w+", body)
    if body[0] in "<[{" or _ANOTHER_KEY.search(body) is not None:
        return True
    if len(keys) == 1 and body[0].islower():
        return True
    return body[0].islower() and (
        words[0].lower() in phrases.DESCRIBING
        or (len(words) <= _DESCRIPTION_WORDS and re.search(r"[A-Z0-9@\ue000-\uf8ff]", body) is None)
    )
