"""Answers as LangChain generations, with the receipt, the tokens spent now, and ids of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.outputs import ChatGeneration, ChatResult, Generation
from pydantic import BaseModel, ValidationError

from stepcache_lc.core.types import Answer, Made, Passed, Snapshot
from stepcache_lc.messages import made, new_message_id, restore, usage_of


def generations_of(answer: Answer, receipt: Mapping[str, Any], parse_as: Any = None) -> list[Generation]:
    """The LangChain form of an answer, the receipt in it."""
    body = answer.body
    if isinstance(body, Snapshot):
        restored = restore(body.payload, receipt)
        if restored is None:
            raise ValueError("the stored message cannot be read")
        return restored
    if isinstance(body, Made):
        parsed = _parsed(body.text, parse_as) if parse_as is not None and body.form == "text" else None
        return [
            made(
                body.text,
                body.form,
                model_name=body.model_name,
                tokens=answer.tokens,
                receipt=receipt,
                parsed=parsed,
            )
        ]
    assert isinstance(body, Passed)
    return _marked(body.reply.raw, answer, receipt)


def chat_generations(answer: Answer, receipt: Mapping[str, Any], parse_as: Any = None) -> list[ChatGeneration]:
    """The same, for a host that can only have been given chat messages."""
    generations = generations_of(answer, receipt, parse_as)
    return [generation for generation in generations if isinstance(generation, ChatGeneration)]


def _marked(result: ChatResult, answer: Answer, receipt: Mapping[str, Any]) -> list[Generation]:
    """The model's own generations with the receipt; the live objects stay as they are.

    Metadata is gathered as LangChain does behind `_generate`, and usage counts every token of this call.
    """
    marked: list[Generation] = []
    output = result.llm_output if len(result.generations) == 1 else None
    for generation in result.generations:
        message = generation.message
        metadata = {**(output or {}), **(generation.generation_info or {}), **message.response_metadata}
        update: dict[str, Any] = {"response_metadata": {**metadata, "stepcache": dict(receipt)}}
        if answer.model_calls > 1:
            update["usage_metadata"] = usage_of(answer.tokens)
        if message.id is None:
            update["id"] = new_message_id()
        marked.append(
            ChatGeneration(message=message.model_copy(update=update), generation_info=generation.generation_info)
        )
    return marked


def _parsed(text: str, parse_as: Any) -> Any:
    """What the provider would put under `parsed`; None where the text is not JSON alone."""
    try:
        if isinstance(parse_as, type) and issubclass(parse_as, BaseModel):
            return parse_as.model_validate_json(text)
        return json.loads(text)
    except (ValueError, ValidationError, RecursionError):
        return None
