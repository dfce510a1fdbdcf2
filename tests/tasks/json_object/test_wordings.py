"""Requests as people word them: which keys are read, and what is left over as residue."""

from __future__ import annotations

import pytest
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from pydantic import BaseModel

from stepcache_lc.core.types import Request
from tests.tasks.json_object.serving import TASK, serve

FORM = "Customer: {}\nOrder: {}\nCity: {}"
KEYS = "customer, order, city"
WHOLE = (
    f"You are a data extraction assistant. Extract the fields {KEYS} from the text and return JSON only.\n\n{FORM}",
    f"Extract the customer, order and city as a JSON object.\n\nText:\n{FORM}",
    f"Extract {KEYS} as JSON from this form:\n```\n{FORM}\n```",
    f'Extract {KEYS} as JSON.\n\n"""\n{FORM}\n"""',
    f"Make a JSON object with the keys {KEYS} from customer={{}}, order={{}}, city={{}}.",
    f"Convert this table row to a JSON object with the keys {KEYS}.\n\n| Customer | Order | City |\n|---|---|---|\n"
    "| {} | {} | {} |",
    f"Create a JSON object with keys {KEYS} from:\n\n**Customer:** {{}}\n**Order:** {{}}\n**City:** {{}}",
    f'Fill in this JSON template: {{{{"customer": "", "order": 0, "city": ""}}}}\n\n{FORM}',
    f"Read the email and return JSON with keys {KEYS}.\n\nEmail:\n{FORM}",
    f'Extract the information below into a JSON object with the keys "customer", "order" and "city".\n\n{FORM}',
)


@pytest.mark.parametrize("wording", WHOLE)
def test_assigned_values_follow_by_rule_in_any_of_these_wordings(wording: str) -> None:
    answer = '{"customer": "Alice", "order": 1042, "city": "Oslo"}'
    served = serve(wording.format("Alice", 1042, "Oslo"), answer, wording.format("Bob Tran", 2077, "Rome"))
    assert served.outcome == "rewrite"
    assert served.value == {"customer": "Bob Tran", "order": 2077, "city": "Rome"}


PARTLY = (
    ("Tell me a joke about cats. Respond in JSON with `setup` and `punchline` keys.", ("setup", "punchline")),
    ("Return a JSON with name, age and city for a person named Alice who lives in Paris.", ("name", "age", "city")),
    ('Please return a valid JSON object. The keys should be "a" and "b". The person is Jo.', ("a", "b")),
    ('Suggest a name for a shop. Output JSON: {"name": "<name>", "reason": "<why>"}', ("name", "reason")),
    ("Answer as JSON of this type:\n\n```ts\ninterface P {\n  name: string;\n}\n```\n\nDescribe Ada.", ("name",)),
)


@pytest.mark.parametrize(("prompt", "keys"), PARTLY)
def test_keys_are_read_beside_words_that_are_not_understood(prompt: str, keys: tuple[str, ...]) -> None:
    constraints = TASK.read(Request(prompt))
    assert constraints is not None
    assert constraints.keys == keys
    assert constraints.residue


def test_beside_words_that_are_not_understood_one_more_key_is_asked_for() -> None:
    prompt = "Tell me a joke about cats. Respond in JSON with keys setup, punchline{}."
    answer = '{"setup": "Why?", "punchline": "Meow."}'
    served = serve(prompt.format(""), answer, prompt.format(", topic"), model=lambda _: '{"topic": "cats"}')
    assert served.outcome == "patch"
    assert served.asked == ("/topic",)
    # A key less, or other words: the model answers.
    assert serve(prompt.format(", topic"), answer, prompt.format("")).outcome == "regenerate"
    assert serve(prompt.format(""), answer, prompt.format("").replace("cats", "dogs")).outcome == "regenerate"


def test_a_reply_may_repeat_what_is_settled_but_not_change_it() -> None:
    prompt = "Return a JSON object with keys name, city{} for: Grace Liu, Turin."
    answer = '{"name": "Grace Liu", "city": "Turin"}'
    new = prompt.format(", country")
    same = serve(prompt.format(""), answer, new, model=lambda _: '{"name": "Grace Liu", "country": "Italy"}')
    assert same.value == {"name": "Grace Liu", "city": "Turin", "country": "Italy"}
    other = serve(prompt.format(""), answer, new, model=lambda _: '{"name": "Grace", "country": "Italy"}')
    assert other.outcome == "merge error"


class Joke(BaseModel):
    setup: str
    punchline: str


@pytest.mark.parametrize("parser", [PydanticOutputParser, JsonOutputParser])
def test_langchains_format_instructions_are_read(parser: type) -> None:
    instructions = parser(pydantic_object=Joke).get_format_instructions()
    constraints = TASK.read(Request(f"Answer the user query.\n{instructions}\nTell me a joke.\n"))
    assert constraints is not None
    assert constraints.keys == ("setup", "punchline")
    assert "joke" in constraints.residue
    assert "foo" not in constraints.residue
