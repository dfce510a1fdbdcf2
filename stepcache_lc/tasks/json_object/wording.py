"""The sentences in which people ask for JSON: a small grammar of whole phrases.

`read_sentence` either accounts for every word of a sentence or gives up; there is no half-understood sentence. What a
sentence is about (a noun phrase, a text behind a colon) is handed on as content, which must be equal for any reuse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stepcache_lc.core.align import vocabulary
from stepcache_lc.tasks.json_object.content import Phrase, Piece, Text
from stepcache_lc.tasks.json_object.keylist import META, NUMBERS, Key, parse_keys
from stepcache_lc.tasks.json_object.layout import TEXT_LABEL, Layout, assignments, data_lines

_MAX_SENTENCE = 2_000
_MAX_PHRASE_WORDS = 20
_PLACEHOLDER = "[\ue000-\uf8ff]"


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
    refers: set[str] = field(default_factory=set)
    """`above`, `below`: where the sentence says that its data stands."""
    content: list[Piece] = field(default_factory=list)
    """What the sentence is about, in order."""


def _c(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ADJ = "(?:a|an|one|the|only|just|single|valid|strict|flat|well-formed|raw|plain|proper|simple|structured|your)"
_JSON = (
    rf"(?:{_ADJ} )*json"
    "(?: (?:object|document|response|output|format|data|answer|record|structure|form|representation))?"
)
_MANY = _c(r" (?:array|list)(?: of (?:json )?(?:objects|records|entries|items|dictionaries))?(?=$|[ ,:.])")
_POLITE = _c(
    r"(?:please|kindly|now|then|next|finally|and|also|instead)[, ]+"
    r"|(?:can|could|would|will) you (?:please )?|i(?:'d| would) like you to |i (?:want|need) you to |your task is to "
)
_OUT = _c(
    rf"(?:(?:(?:return|give|output|produce|generate|create|write|provide|make|build|print|emit|send|show|i need|i want"
    r"|i would like|i'd like)(?: (?:me|us))?(?: (?:back|only|just))?"
    r"(?: (?:this|that|it|them|these|(?:the|your) (?:answer|result|results|response|output|data|information|details"
    r"|following)))?(?: (?:as|in|with|to))?"
    r"|(?:reply|respond|answer)(?: (?:back|only|just|strictly))?(?: (?:with|in|using|as))(?: (?:only|just))?"
    rf"|(?:format|structure) (?:your|the) (?:answer|reply|response|output|result) (?:as|in)|(?:as|in)) )?{_JSON}"
)
_ASK = _c(
    r"(?:extract|pull(?: out)?|get|list|find|identify|parse|collect|read|take)(?: (?:the|these|out))*(?: following)? "
)
_ASK_KEYS = _c(r"(?:keys|fields|values|properties|details|information|data|entities|attributes)(?: for| of)?:? ?")
_AS_JSON = _c(
    rf",? ?(?:as|into|in|to|and (?:return|give|output|put|provide|format) (?:it|them|the result"
    rf"|the results) (?:as|in)) {_JSON}"
)
_TURN = _c(
    r"(?:convert|turn|transform|put|parse|format|rewrite|change|structure|represent|express|render|map|summari[sz]e"
    r"|describe|encode|serialize|write) (?:all )?(?:of )?"
)
_STUDY = _c(
    r"(?:classify|summari[sz]e|analy[sz]e|describe|rate|evaluate|review|assess|categori[sz]e|tag|label|read|look at"
    r"|consider|examine|inspect|parse|process|score|grade|use|take|study) "
)
# These verbs ask for a judgement; they do not bend the values that stand in a form.
_JUDGING = vocabulary(
    """
    classify analyze analyse rate evaluate review assess read consider examine inspect parse process use score grade
    """
)
_THEN = _c(r"(?:,? and then|, then|,? and|;) ")
_REFERENCE = _c(
    r"(?:(?:this|that|these|those|the|each)(?: (?:following|above|given|below|attached))?"
    r"(?P<noun>(?: (?!(?:as|into|in|to|and|then|with|from|for|using|above|below|here|of)\b)[a-z][a-z-]*){0,3})"
    rf"(?: (?:above|below|here))?|it|them|everything above)(?=$|[\s:,.]|{_PLACEHOLDER})"
)
_NO_NOUN = vocabulary(
    """
    above following below data text information info details input content one lines line
    """
)
_DATA_NOUNS = vocabulary(
    """
    ticket order form customer record entry email e-mail message invoice receipt table row csv list document article
    note letter profile user person contact product booking reservation shipment report log transcript review listing
    """
)
_WITH = _c(
    r",? ?(?:(?:with|containing|having|that has|that have|that contains|which contains|which has|that includes"
    r"|using|use|consisting of"
    r"|including|include|whose)|(?:it |that )?(?:should|must) (?:have|contain|include|use)"
    r"|(?:it |that )?(?:has|contains|includes))(?P<only> (?:exactly|only|just|precisely))?(?: (?:the|these|those))?"
    r"(?: following)?(?: (?P<count>one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2}))?(?: (?:required"
    r"|json|top-level))?"
    r"(?: (?:keys?|fields?|propert(?:y|ies)|attributes?))(?P<only2> (?:only|exactly))?(?: named| called| are)?:?\s+"
)
_INCLUDING = _c(
    r"(?:,? ?)(?:that includes|including|include|(?:it |that )?(?:should|must) include|(?:it |that )?includes)\b"
)
_KEYS_LABEL = _c(
    r"(?:(?:the|use|required|json|with|output|these|exactly|only) )*(?:keys|fields|properties|attributes)(?: are"
    r"| to extract)?\s*: ?"
)
_OBJECT_MUST = _c(
    r"(?:the|your|each) (?:json|object|json object|answer|response|output|result)(?: object)?(?= (?:should|must"
    r"|has|contains|includes))"
)
_SHAPE_NOUN = (
    r"(?: (?:exact|given|json|typescript|ts|pydantic|example))*"
    r" (?:schema|format|structure|shape|type|interface|model|template|example|form|layout|object)"
)
_SHAPE = _c(
    r",? ?(?:(?:(?:that )?(?:match(?:ing|es)?|follow(?:ing|s)?|conform(?:ing|s)? to|according to|in|using|use|with"
    r"|of|based on|as|valid against)(?: (?:exactly|strictly))?)?(?: (?:this|the|the following|following|that"
    r"|exactly this))?"
    rf"(?:{_SHAPE_NOUN})?|for (?:this|the|the following){_SHAPE_NOUN})"
    rf"(?: below| above)?:?\s*(?P<shape>{_PLACEHOLDER})"
)
_FILL = _c(
    rf"(?:fill(?: in| out)?|complete|populate) (?:this|the|the following)(?: json)?(?:{_SHAPE_NOUN})?:?"
    rf"\s*(?P<shape>{_PLACEHOLDER})"
)
_WITH_QUOTED = _c(r",? ?(?:with|containing|having|that has|that contains)(?: the| these)?:?\s+(?=[`\ue000-\uf8ff])")
_GIVEN = _c(
    r"(?:use|consider|here (?:is|are|comes?)|this is|these are|below (?:is|are)|the following (?:is|are)|see|read)"
    r"(?= (?:the|this|that|these|a|an|some|all|my|our)\b)"
)
_GIVEN_FIRST = _c(r"(?:using|given|from|based on|with|for) (?=(?:the|this|that|these)\b)")
_SOME_NOUN = _c(r" (?:the|this|that|these|a|an|some|my|our)((?: [a-z][a-z-]*){1,3})(?: (?:below|above|here))?\s*:?\s*")
_QUESTION = _c(r"(?:what|who|when|where|which|how|is|are|does|do|did|was|were|can)\b[^?]{2,300}\?")
_ABOUT = _c(
    r",? ?(?P<word>for|about|describing|representing|of|from|based on|that describes|that represents|given)(?: |(?=:))"
)
_ONLY = _c(
    r",? ?(?:only|and nothing else|nothing else|with nothing else|(?:with )?no (?:other|additional|extra"
    r"|further) (?:text|prose|words|output|keys"
    r"|fields|commentary)|(?:with(?:out)? |and )?(?:no |any )?(?:other |additional |extra )?(?:explanations?"
    r"|prose|commentary|comments))"
)
_ONLY_KEYS = _c(r".*\b(?:keys|fields)$")
_WHOLE_ONLY = _c(
    rf"(?:(?:output|return|reply with|respond with|give|give me|answer with|answer in|respond in|reply in|print"
    rf"|write|provide|produce)"
    rf"(?: only| just| nothing but)?(?: {_JSON})(?: only)?(?:,? (?:and )?nothing else|, no (?:prose|other text"
    rf"|explanations?))?"
    rf"|only (?:return|output|reply with|respond with|give|print) {_JSON}|{_JSON} only|only {_JSON}"
    r"|(?:output |return |reply with |respond with )?(?:the )?(?:json|object)(?: object)? only"
    r"|(?:do not|don't) (?:include|add|write|output|give) (?:any )?(?:other |additional |extra )?(?:text|prose"
    r"|explanations?|commentary|comments)"
    r"(?: or (?:text|prose|explanations?|commentary|comments))?"
    r"|no (?:other |additional |extra )?(?:text|prose|explanations?|commentary|comments)(?:,? (?:please"
    r"|just (?:the )?json))?)"
)
_WHOLE_BARE = _c(
    r"(?:(?:do not|don't) (?:use|include|add|wrap (?:it|the json) in) (?:any )?(?:markdown|code fences?"
    r"|code blocks?|backticks)"
    r"(?: or (?:markdown|code fences?|code blocks?|backticks))?|no (?:markdown|code fences?|code blocks?|backticks)"
    r"(?:,? no (?:prose|explanations?|markdown|other text))?)"
)
_WHOLE_NULL = _c(
    r"(?:use|put|write|give|set) null (?:for|if|when) (?:(?:a |any )?(?:missing|unknown|absent)(?: or (?:missing"
    r"|unknown|absent))? (?:values?|fields?|keys?)"
    r"|(?:a|any) (?:value|field|key) is (?:missing|unknown|absent|not given|not known))"
)
_CLOSED_KEYS = _c(
    r"(?:do not|don't) (?:add|include|use|invent) (?:any )?(?:other|additional|extra|more) (?:keys|fields|properties)"
)
_TYPE_WORD = _c(r"(?:an? )?(?:string|str|number|integer|int|float|boolean|bool|list|array|object|date)s?\b")
_NOT_A_NOUN = (
    r"(?!(?:with|without|in|as|and|or|using|including|include|containing|having|that|which|of|to|from|for|about"
    r"|on|by|named"
    r"|called|not|no|only|plus|where|if|when|whose|instead|except|but|then|please|based|given|describing"
    r"|representing)\b)"
)
_NOUNS = _c(rf" (?P<role>{_NOT_A_NOUN}[a-z][a-z-]*)(?=$|[ ,:.])")
_PULLING = vocabulary("extract parse get pull read identify find collect complete") | {"fill in", "fill out"}
_ARTICLES = vocabulary("the a an all this that these those me us following relevant")
_HOSTED = _c(
    r"(?P<verb>fill in|fill out|complete|extract|parse|get|pull|read|identify|find|collect|create|make|generate"
    r"|give|write|produce|describe|build"
    r"|classify|analy[sz]e|summari[sz]e)(?P<what>(?: (?!(?:from|for|about|in|of|based)\b)[a-z][a-z'-]*){0,6})"
    r"(?=$|[ :.])"
)
_LABELLED = re.compile(rf"[A-Z][a-z]+(?: [a-z]+)?:\s*({_PLACEHOLDER})")


def read_sentence(text: str, layout: Layout, *, hosted: bool = False) -> Demand | None:
    """Account for every word of one sentence of instructions, or return None.

    Args:
        text: the sentence, with placeholders.
        layout: for what the placeholders stand for.
        hosted: the host demands JSON; the sentence need not say so.
    """
    text = re.sub(r"[ \t]+", " ", text).strip()
    if not text or len(text) > _MAX_SENTENCE:
        return None
    demand = Demand()
    labelled = _LABELLED.fullmatch(text.rstrip("."))
    if labelled is not None or re.fullmatch(rf"(?:{_PLACEHOLDER}\s*)+", text):
        demand.content.append(Text(text.rstrip(".") if labelled else text))
        return demand
    label = TEXT_LABEL.match(text)
    if label is not None:
        demand.content.append(Phrase(label.group(1).lower(), noun=True))
        return demand if _text(text[label.end() :], demand) is not None else None
    line = data_lines(text)
    if line is not None and _GIVEN.match(text) is None:
        demand.content.extend(line)
        return demand
    several = assignments(text) if not re.search(r"\bjson\b", text, re.IGNORECASE) else None
    if several is not None:
        demand.content.extend(several)
        return demand
    bare = text[:-1].rstrip() if text[-1] in ".!?:" else text
    for _ in range(4):
        polite = _POLITE.match(bare)
        if polite is None:
            break
        bare = bare[polite.end() :]
    bare = re.sub(r",? please$", "", bare)
    first = _GIVEN_FIRST.match(bare)
    if first is not None:
        nouns = _SOME_NOUN.match(" " + bare[first.end() :])
        comma = bare.find(", ")
        if nouns is None or comma < 0 or first.end() - 1 + nouns.end() != comma:
            return None
        words = [word for word in nouns.group(1).lower().split() if word not in _NO_NOUN]
        if META.intersection(words) - {"order"}:
            return None
        rest = read_sentence(bare[comma + 2 :], layout, hosted=hosted)
        if rest is None:
            return None
        if words:
            rest.content.insert(0, Phrase(" ".join(words), noun=_DATA_NOUNS.issuperset(words)))
        rest.refers.add("above" if " above" in bare[:comma] else "below")
        return rest
    if _WHOLE_BARE.fullmatch(bare):
        demand.bare = True
        return demand
    if _WHOLE_ONLY.fullmatch(bare):
        demand.lean = demand.json = True
        return demand
    if _WHOLE_NULL.fullmatch(bare):
        demand.nullable = True
        return demand
    if _CLOSED_KEYS.fullmatch(bare):
        demand.closed = True
        return demand
    if _QUESTION.fullmatch(text):
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
    ]
    for form in (*forms, _form_hosted) if hosted else forms:
        attempt = Demand()
        if form(bare, attempt, layout):
            return attempt
    return None


def _form_out(text: str, demand: Demand, layout: Layout) -> bool:
    """`Return a JSON object ...`."""
    match = _OUT.match(text)
    if match is None:
        return False
    demand.json = True
    if re.search(r"\b(?:only|just|strictly)\b", match.group(), re.IGNORECASE):
        demand.lean = True
    rest = _many(text[match.end() :], demand)
    return _modifiers(rest, demand, layout, role=not demand.many)


def _many(rest: str, demand: Demand) -> str:
    """Read `array of objects` behind the word JSON."""
    match = _MANY.match(rest)
    if match is None:
        return rest
    demand.many = True
    return rest[match.end() :]


def _form_turn(text: str, demand: Demand, layout: Layout) -> bool:
    """`Convert the above into JSON ...`."""
    match = _TURN.match(text)
    if match is None:
        return False
    begin = match.end() - 1  # the blank behind the verb
    rest = text[begin:] if _AS_JSON.match(text, begin) else _reference(text[match.end() :], demand)
    if rest is None and re.match("describe|represent|express", text, re.IGNORECASE):
        rest = _source(text[match.end() :], demand, layout)
    if rest is None:
        return False
    as_json = _AS_JSON.match(rest)
    if as_json is None:
        return False
    if not re.match(
        r"convert|turn|transform|put|parse|format|rewrite|change|structure|represent|express|render", text, re.I
    ):
        demand.content.insert(0, Phrase(match.group().strip().lower()))
    demand.json = True
    return _modifiers(_many(rest[as_json.end() :], demand), demand, layout)


def _form_ask(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract a, b and c as JSON from this ticket: ...` and `Extract the following fields from ... as JSON: a, b`."""
    match = _ASK.match(text)
    if match is None:
        return False
    rest = text[match.end() :]
    named = _ASK_KEYS.match(rest)
    if named is not None:
        rest = rest[named.end() :]
    about = _ABOUT.match(" " + rest)
    listed_behind = _AS_JSON.match(" " + rest) if named is not None else None
    if listed_behind is not None and (" " + rest)[listed_behind.end() :].startswith(":"):
        demand.json = True
        rest = (" " + rest)[listed_behind.end() + 1 :].lstrip()
    elif named is not None and about is not None:
        after = _source(rest[about.end() - 1 :], demand, layout)
        if after is None:
            return False
        rest = after
        json = _AS_JSON.match(rest)
        if json is not None:
            demand.json, rest = True, rest[json.end() :]
        if not rest.startswith(":"):
            return _modifiers(rest, demand, layout)
        rest = rest[1:].lstrip()
    listed = parse_keys(rest, layout.quoted)
    if listed is None:
        return False
    demand.keys, rest = listed
    return _modifiers(rest, demand, layout, as_json=True)


def _form_study(text: str, demand: Demand, layout: Layout) -> bool:
    """`Classify the ticket and reply in JSON with keys ...`."""
    match = _STUDY.match(text)
    rest = _reference(text[match.end() :], demand) if match is not None else None
    if match is None or rest is None:
        return False
    verb = match.group().strip().lower()
    demand.content.insert(0, Phrase(verb, noun=verb in _JUDGING))
    then = _THEN.match(rest)
    if then is None:
        return not rest.strip()
    if _OUT.match(rest[then.end() :]) is not None:
        return _form_out(rest[then.end() :], demand, layout)
    return _form_ask(rest[then.end() :], demand, layout)


def _form_keys(text: str, demand: Demand, layout: Layout) -> bool:
    """`Keys: a, b, c` and `Use the keys a, b and c`."""
    match = _KEYS_LABEL.match(text)
    if match is None:
        return _with_keys(" " + text, demand, layout) == ""
    listed = parse_keys(text[match.end() :].lstrip(), layout.quoted)
    if listed is None or listed[1].strip(" ."):
        return False
    demand.keys = listed[0]
    return True


def _form_must(text: str, demand: Demand, layout: Layout) -> bool:
    """`The JSON object must have the keys a, b`."""
    match = _OBJECT_MUST.match(text)
    return match is not None and _modifiers(text[match.end() :], demand, layout)


def _form_shape(text: str, demand: Demand, layout: Layout) -> bool:
    """`Use this schema: {...}`."""
    fill = _FILL.match(text)
    if fill is not None:
        demand.shape, demand.json = fill.group("shape"), True
        return _modifiers(text[fill.end() :], demand, layout)
    match = _SHAPE.fullmatch(" " + text)
    if match is None or len(text) < 3:
        return False
    demand.shape = match.group("shape")
    return True


def _form_pull(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract the person as JSON with keys a, b from ...`."""
    match = _ASK.match(text)
    nouns = _SOME_NOUN.match(" the " + text[match.end() :]) if match is not None else None
    if match is None or nouns is None:
        return False
    words: list[str] = []
    rest = text[match.end() :]
    for word in nouns.group(1).split():
        if _AS_JSON.match(" " + rest) is not None or word in ("as", "into", "in", "to", "from"):
            break
        words.append(word.lower())
        rest = rest[len(word) :].lstrip()
    if not words or META.intersection(words) - {"order"}:
        return False
    plain = _DATA_NOUNS.union(_NO_NOUN).issuperset(words)
    if not _NO_NOUN.issuperset(words):
        demand.content.append(Phrase(" ".join(words), noun=plain))
    return _modifiers(" " + rest, demand, layout, as_json=True) and demand.json and bool(demand.keys or demand.shape)


def _form_given(text: str, demand: Demand, layout: Layout) -> bool:
    """`Here is a ticket form:`, `Use this data: ...`; the data may follow."""
    match = _GIVEN.match(text)
    nouns = _SOME_NOUN.match(text[match.end() :]) if match is not None else None
    if match is None or nouns is None or META.intersection(nouns.group(1).lower().split()) - {"order"}:
        return False
    words = [word for word in nouns.group(1).lower().split() if word not in _NO_NOUN]
    if words:
        demand.content.append(Phrase(" ".join(words), noun=_DATA_NOUNS.issuperset(words)))
    rest = text[match.end() + nouns.end() :]
    said = text.lower()
    demand.refers.add("above" if " above" in said else "below")
    return not rest or _text(rest, demand) == ""


def _form_hosted(text: str, demand: Demand, layout: Layout) -> bool:
    """`Extract the order details from this email: ...`, where the host says into what."""
    match = _HOSTED.match(text)
    if match is None:
        return False
    words = [word for word in match.group("what").lower().split() if word not in _ARTICLES]
    if META.intersection(words) - {"order", "fields", "values"}:
        return False
    verb = match.group("verb").lower()
    plain = verb in _PULLING and _DATA_NOUNS.union(_NO_NOUN, _ARTICLES, {"fields", "values"}).issuperset(words)
    if words or verb not in _PULLING:
        demand.content.append(Phrase(" ".join((*(() if verb in _PULLING else (verb,)), *words)), noun=plain))
    rest = text[match.end() :]
    about = _ABOUT.match(rest)
    if about is not None:
        after = _source(rest[about.end() :], demand, layout)
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
            json = _AS_JSON.match(rest)
            if json is not None:
                demand.json, as_json, after = True, False, rest[json.end() :]
        if after is None and not demand.shape:
            shape = _SHAPE.match(rest)
            if shape is not None and _shape_like(shape.group("shape"), layout):
                demand.shape, after = shape.group("shape"), rest[shape.end() :]
        if after is None:
            only = _ONLY.match(rest)
            if only is not None:
                demand.lean = demand.lean or not _ONLY_KEYS.match(only.group())
                after = rest[only.end() :]
        if after is None:
            about = _ABOUT.match(rest)
            if about is not None:
                after = _source(rest[about.end() :], demand, layout)
        if after is None and rest.startswith(" (") and (inside := re.match(r" \(([^()]+)\)", rest)) is not None:
            label = _KEYS_LABEL.match(inside.group(1))
            listed = parse_keys(inside.group(1)[label.end() :], layout.quoted) if label is not None else None
            if listed is not None and not listed[1].strip() and not demand.keys:
                demand.keys, after = listed[0], rest[inside.end() :]
        if after is None and rest.lstrip().startswith(":"):
            after = _text(rest.lstrip()[1:], demand)
        if after is None and role:
            nouns = _NOUNS.match(rest)
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
    match = _WITH.match(rest)
    if demand.keys:
        return None
    if match is None:
        loose = _WITH_QUOTED.match(rest)
        listed = parse_keys(rest[loose.end() :], layout.quoted) if loose is not None else None
        if listed is not None:
            demand.keys, rest = listed
            return rest
        return None
    listed = parse_keys(rest[match.end() :], layout.quoted)
    if listed is None:
        return None
    keys, after = listed
    count = match.group("count")
    if count is not None and (NUMBERS.get(count.lower()) or int(count)) != len(keys):
        return None
    demand.keys = keys
    demand.open = _INCLUDING.match(rest) is not None and not (match.group("only") or match.group("only2"))
    return after


def _shape_like(char: str, layout: Layout) -> bool:
    region = layout.region(char)
    return region is not None and region.kind in ("braces", "fence")


def _reference(text: str, demand: Demand) -> str | None:
    """Read `the above`, `this ticket`, `it`; hand on the noun; return the rest."""
    match = _REFERENCE.match(text)
    if match is None:
        return None
    words = [word for word in (match.group("noun") or "").lower().split() if word not in _NO_NOUN]
    if META.intersection(words) - {"order"} or {"as", "into", "in", "to", "and"}.intersection(words):
        return None
    if words:
        demand.content.append(Phrase(" ".join(words), noun=len(words) == 1 and words[0] in _DATA_NOUNS))
    said = match.group().lower()
    if "above" in said:
        demand.refers.add("above")
    if "below" in said or "following" in said:
        demand.refers.add("below")
    return text[match.end() :]


def _source(text: str, demand: Demand, layout: Layout) -> str | None:
    """Read what the object is about: a reference, a text behind a colon, or a short phrase; return the rest."""
    if text.startswith(":"):
        return _text(text[1:], demand)
    rest = _reference(text, demand)
    if rest is not None:
        if rest.startswith(":") and rest[1:].strip():
            if _AS_JSON.match(rest[1:]) is None and not demand.keys and not re.search(_PLACEHOLDER, rest):
                # "... from the ticket: a, b": keys follow, not the ticket.
                return rest
            return _text(rest[1:], demand)
        if not rest.strip() or re.match(rf"\s*{_PLACEHOLDER}", rest) is None:
            return rest
        return _text(rest, demand)
    stops = [match.start() for match in (_WITH.search(text), _AS_JSON.search(text)) if match is not None]
    stop = min(stops, default=len(text))
    phrase = text[:stop].strip(" ,")
    words = re.findall(r"\w+", phrase.lower())
    if not words or len(words) > _MAX_PHRASE_WORDS or META.intersection(words) - {"order", "total", "count", "number"}:
        return None
    if re.search(r"[.;:!?()]\s", phrase + " ") and not re.fullmatch(rf"\s*{_PLACEHOLDER}\s*", phrase):
        return None
    demand.content.append(Phrase(phrase))
    return text[stop:]


def _text(text: str, demand: Demand) -> str | None:
    """A text behind a colon is data to the end of the sentence."""
    body = text.strip()
    if not body or re.search(r"\bjson\b", body, re.IGNORECASE) or _TYPE_WORD.match(body):
        return None
    demand.content.extend(assignments(body) or [Text(body)])
    return ""
