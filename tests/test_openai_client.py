"""Through the real `ChatOpenAI` client: usage, structured output, streaming, patches under a reduced schema."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import UsageMetadataCallbackHandler
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from tests.support.openai_server import deterministic_server

openai = pytest.importorskip("langchain_openai")

FORM = "Customer: {customer}\nOrder: {order}\nCity: {city}\n\nConvert the above into JSON."


class Ticket(BaseModel):
    customer: str
    order: int


class LongerTicket(Ticket):
    # The schema's title is sent to the model: another one may mean another thing, and is no candidate.
    model_config = ConfigDict(title="Ticket")

    city: str


class TypedTicket(TypedDict):
    """A ticket."""

    customer: str
    order: int


@pytest.fixture
def served() -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    with deterministic_server() as (url, requests):
        yield openai.ChatOpenAI(base_url=url, api_key="unused", model="fixed", temperature=0), requests


def form(customer: str = "Ann Lee", order: int = 17, city: str = "Oslo") -> str:
    return FORM.format(customer=customer, order=order, city=city)


def receipt(message: Any) -> dict[str, Any]:
    return message.response_metadata["stepcache"]


def test_usage_is_counted_once_and_zero_on_hits(make_cache, served) -> None:
    model, requests = served
    chat = make_cache().wrap(model)
    handler = UsageMetadataCallbackHandler()
    for _ in range(3):
        chat.invoke("Solve 2x + 3 = 13 for x.", config={"callbacks": [handler]})
    assert len(requests) == 1
    (usage,) = handler.usage_metadata.values()
    assert usage["input_tokens"] == 10


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
@pytest.mark.parametrize("schema", [Ticket, TypedTicket, Ticket.model_json_schema()], ids=["pydantic", "typed", "dict"])
def test_structured_output_takes_the_plain_models_way(make_cache, served, method: str, schema: Any) -> None:
    if method == "function_calling":
        pytest.skip("the deterministic server makes no tool calls")
    model, requests = served
    prompt = form() if method == "json_schema" else form() + " Use the keys customer, order"
    plain = model.with_structured_output(schema, method=method).invoke(prompt)
    chat = make_cache().wrap(model)
    results = [chat.with_structured_output(schema, method=method).invoke(prompt) for _ in range(2)]
    assert results == [plain, plain]
    assert len(requests) == 2
    assert requests[0].get("response_format") == requests[1].get("response_format")
    raw = chat.with_structured_output(schema, method=method, include_raw=True).invoke(prompt)
    assert receipt(raw["raw"])["outcome"] == "exact"
    assert raw["parsed"] == plain


def test_an_assigned_value_is_rewritten_and_parsed_matches(make_cache, served) -> None:
    model, requests = served
    chat = make_cache().wrap(model).with_structured_output(Ticket, include_raw=True)
    chat.invoke(form())
    result = chat.invoke(form(customer="Bob Tran", order=18))
    assert receipt(result["raw"])["outcome"] == "rewrite"
    assert result["parsed"] == Ticket(customer="Bob Tran", order=18)
    assert result["raw"].additional_kwargs["parsed"] == result["parsed"]
    assert len(requests) == 1


def test_an_added_key_is_asked_for_alone_under_its_own_schema(make_cache, served) -> None:
    model, requests = served
    chat = make_cache().wrap(model)
    chat.with_structured_output(Ticket).invoke(form(city="Oslo"))
    result = chat.with_structured_output(LongerTicket, include_raw=True).invoke(form(city="Oslo"))
    said = receipt(result["raw"])
    assert result["parsed"] == LongerTicket(customer="Ann Lee", order=17, city="Oslo")
    assert said["outcome"] in ("patch", "rewrite")
    if said["outcome"] == "patch":
        assert list(requests[-1]["response_format"]["json_schema"]["schema"]["properties"]) == ["city"]


def test_streams_agree_with_invoke(make_cache, served) -> None:
    model, _ = served
    for prompt in ("Solve 2x + 3 = 13 for x.", "Tell me a joke."):
        chat = make_cache().wrap(model)
        text = "".join(chunk.text for chunk in chat.stream(prompt))
        whole = make_cache().wrap(model).invoke(prompt)
        assert text == whole.content
        chunks = list(chat.stream(prompt))
        assert receipt(chunks[-1])["outcome"] == "exact"


async def test_async_through_the_real_client(make_cache, served) -> None:
    model, requests = served
    chat = make_cache().wrap(model)
    first, again = [await chat.ainvoke("Solve 2x + 3 = 13 for x.") for _ in range(2)]
    assert first.content == again.content
    assert len(requests) == 1
    chunks = [chunk async for chunk in chat.astream("Find x: 2x + 3 = 13")]
    assert receipt(chunks[-1])["outcome"] == "reuse"
