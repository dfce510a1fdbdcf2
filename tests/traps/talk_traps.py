"""Traps in what surrounds the last turn: history, examples, roles, content blocks, settings of the call."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from tests.traps.trap import SOLVE, Talk

AGAIN = "Find x: 2x + 3 = 13"
OTHER = "Solve 2x + 3 = 15 for x."
SHOWN = [HumanMessage("Solve x + 1 = 3 for x."), AIMessage("x = 4 (always doubled)")]
FORM = "Customer: {}\n\nConvert the above into JSON with the keys customer. Output only JSON."
LOUD = [HumanMessage(FORM.format("Eve")), AIMessage('{"customer": "EVE"}')]


def human(*texts: str) -> list[BaseMessage]:
    return [HumanMessage(text) for text in texts]


def blocks(*texts: str) -> list[BaseMessage]:
    content: list[str | dict[str, Any]] = [{"type": "text", "text": text} for text in texts]
    return [HumanMessage(content=content)]


JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
TOOL = {"type": "function", "function": {"name": "look", "description": "d", "parameters": {"type": "object"}}}
TRADE = human("Extract the person from this message: Ann Lee sold a lamp to Bob Ray in Oslo.")
BUYER = '{"name": "Bob Ray", "city": "Oslo"}'
SELLER = '{"name": "Ann Lee", "city": "Oslo"}'
PERSON = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "city": {"type": "string"}},
    "required": ["name", "city"],
    "additionalProperties": False,
}


def demanded(**more: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON, **more}}}


TRAPS = [
    Talk(
        "the schema's name",
        TRADE,
        TRADE,
        "the name of the demanded format is the class's name",
        answer=BUYER,
        reply=SELLER,
        old_settings=demanded(name="Buyer"),
        settings=demanded(name="Seller"),
    ),
    Talk(
        "the format's description",
        TRADE,
        TRADE,
        "the buyer, then the seller",
        answer=BUYER,
        reply=SELLER,
        old_settings=demanded(description="the buyer"),
        settings=demanded(description="the seller"),
    ),
    Talk(
        "a description that transforms",
        human("Name: ANN\nCity: OSLO\n\nConvert the above into JSON."),
        human("Name: Bob\nCity: OSLO\n\nConvert the above into JSON."),
        "the description of the format asks for capitals",
        answer='{"name": "ANN", "city": "OSLO"}',
        reply='{"name": "BOB", "city": "OSLO"}',
        old_settings=demanded(description="write everything in capitals"),
        settings=demanded(description="write everything in capitals"),
    ),
    Talk(
        "a schema after free text",
        TRADE,
        TRADE,
        "free text was an answer before",
        answer=BUYER,
        reply=SELLER,
        settings=demanded(name="Seller"),
    ),
    Talk("examples of another convention", human(SOLVE), [*SHOWN, *human(AGAIN)], "the examples double every result"),
    Talk(
        "examples, other constant",
        [*SHOWN, *human(SOLVE)],
        [*SHOWN, *human(OTHER)],
        "what the examples show is unknown",
    ),
    Talk(
        "examples in capitals",
        [*LOUD, *human(FORM.format("ANN"))],
        [*LOUD, *human(FORM.format("Bob"))],
        "the examples write capitals",
        answer='{"customer": "ANN"}',
        reply='{"customer": "BOB"}',
    ),
    Talk(
        "an example changed",
        [HumanMessage("Solve x + 1 = 3 for x."), AIMessage("x = 2"), *human(SOLVE)],
        [HumanMessage("Solve x + 1 = 3 for x."), AIMessage("x = 2 km"), *human(SOLVE)],
        "the same last turn after another example",
    ),
    Talk(
        "an earlier human turn",
        human(SOLVE),
        human("From now on use base 7.", AGAIN),
        "the earlier turn changes digits",
    ),
    Talk("the turns exchanged", human("Use base 7.", SOLVE), human(SOLVE, "Use base 7."), "another last turn"),
    Talk("a demand behind it", human(SOLVE), human(SOLVE, "Now double it."), "the last turn refers back"),
    Talk("once more", human(SOLVE), human(SOLVE, SOLVE), "asked twice"),
    Talk(
        "a refusal before",
        human(SOLVE),
        [*human(SOLVE), AIMessage("x = 5"), *human("That is wrong. " + SOLVE)],
        "criticised",
    ),
    Talk("again after an answer", human(SOLVE), [*human(SOLVE), AIMessage("x = 5"), *human(AGAIN)], "a history"),
    Talk("answer begun", human(SOLVE), [*human(SOLVE), AIMessage("x =")], "the last turn is the model's"),
    Talk("two blocks", human(SOLVE), blocks("Use base 7.", AGAIN), "the first block counts as well"),
    Talk("two blocks, second", human(SOLVE), blocks(AGAIN, "Use base 7."), "the second block counts as well"),
    Talk("two blocks, other constant", blocks("Use base 7.", SOLVE), blocks("Use base 7.", OTHER), "both blocks count"),
    Talk(
        "picture beside it",
        human(SOLVE),
        [
            HumanMessage(
                content=[
                    {"type": "text", "text": AGAIN},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                ]
            )
        ],
        "the picture may change everything",
    ),
    Talk(
        "another picture",
        [
            HumanMessage(
                content=[{"type": "text", "text": SOLVE}, {"type": "image_url", "image_url": {"url": "data:,a"}}]
            )
        ],
        [
            HumanMessage(
                content=[{"type": "text", "text": SOLVE}, {"type": "image_url", "image_url": {"url": "data:,b"}}]
            )
        ],
        "another picture",
    ),
    Talk("system turn at the end", human(SOLVE), [*human(AGAIN), SystemMessage("Use base 7.")], "a late system turn"),
    Talk(
        "two system turns",
        human(SOLVE),
        [SystemMessage("Be concise."), SystemMessage("Use base 7."), *human(AGAIN)],
        "two",
    ),
    Talk(
        "the name of the speaker",
        human(SOLVE),
        [HumanMessage(AGAIN, name="base_7_user")],
        "a name may matter",
        reply="x = 5",
        verified=True,
    ),
    Talk(
        "system and human exchanged",
        [SystemMessage(SOLVE), *human("Go on.")],
        [SystemMessage("Go on."), *human(SOLVE)],
        "roles exchanged",
    ),
    Talk("stop words", human(SOLVE), human(AGAIN), "the answer may be cut", settings={"stop": ["x"]}),
    Talk(
        "a limit of tokens",
        human(SOLVE),
        human(AGAIN),
        "the answer may be cut",
        settings={"max_tokens": 3},
        reply="x = 5",
        verified=True,
    ),
    Talk(
        "another temperature",
        human(SOLVE),
        human(AGAIN),
        "other settings",
        settings={"temperature": 1.5},
        reply="x = 5",
        verified=True,
    ),
    Talk(
        "another seed",
        human(SOLVE),
        human(SOLVE),
        "other settings",
        old_settings={"seed": 1},
        settings={"seed": 2},
        reply="x = 5",
        verified=True,
    ),
    Talk("tools bound", human(SOLVE), human(AGAIN), "a tool may be called", settings={"tools": [TOOL]}),
    Talk(
        "tools in both, other constant",
        human(SOLVE),
        human(OTHER),
        "a tool may change what is right",
        old_settings={"tools": [TOOL]},
        settings={"tools": [TOOL]},
    ),
    Talk(
        "JSON mode",
        human(SOLVE),
        human(AGAIN),
        "JSON is demanded",
        settings={"response_format": {"type": "json_object"}},
        reply='{"x": 17}',
    ),
    Talk(
        "a schema",
        human(SOLVE),
        human(AGAIN),
        "JSON is demanded",
        settings={"response_format": JSON_SCHEMA},
        reply='{"x": 17}',
    ),
    Talk("trailing blank, unread", human("Say hello to Ann"), human("Say hello to Ann "), "unread: identical only"),
    Talk("case, unread", human("Say hello to ann"), human("Say hello to Ann"), "unread: identical only"),
    Talk(
        "decomposed, unread", human("Say hello to Zo\u00eb"), human("Say hello to Zoe\u0308"), "unread: identical only"
    ),
    Talk("homoglyph, unread", human("Say hello to Ann"), human("Say hello to \u0410nn"), "unread: identical only"),
    Talk("zero-width, unread", human("Say hello to Ann"), human("Say hello to An\u200bn"), "unread: identical only"),
    Talk("line break, unread", human("Say hello\nto Ann"), human("Say hello to Ann"), "unread: identical only"),
    Talk(
        "surrogate, unread",
        human("Say \ud83d\ude00"),
        human("Say \U0001f600"),
        "a pair of surrogates is not the character",
    ),
    Talk("another number, unread", human("Name 3 fruits"), human("Name 4 fruits"), "unread: identical only"),
]
