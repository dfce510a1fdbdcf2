"""What LangChain's output parsers put into a prompt, said in one sentence.

`PydanticOutputParser` and `JsonOutputParser` explain at length, with an example that has nothing to do with the answer,
that the answer is to follow a schema. Their words are known to the letter; any other text stays as it is.
"""

from __future__ import annotations

import re

_STRICT = """\
STRICT OUTPUT FORMAT:
- Return only the JSON value that conforms to the schema. Do not include any additional text, explanations, headings, \
or separators.
- Do not wrap the JSON in Markdown or code fences (no ``` or ```json).
- Do not prepend or append any text (e.g., do not write "Here is the JSON:").
- The response must be a single top-level JSON value exactly as required by the schema (object/array/etc.), with no \
trailing commas or comments.

"""
_SCHEMA_BELOW = """\
The output should be formatted as a JSON instance that conforms to the JSON schema below.

As an example, for the schema {"properties": {"foo": {"title": "Foo", "description": "a list of strings", "type": \
"array", "items": {"type": "string"}}}, "required": ["foo"]}"""
_WELL_FORMED = """\
the object {"foo": ["bar", "baz"]} is a well-formatted instance of the schema. The object {"properties": {"foo": \
["bar", "baz"]}} is not well-formatted.

Here is the output schema"""
_FOR_READING = (
    " (shown in a code block for readability only \N{EM DASH} do not include any backticks or Markdown in your output)"
)
_PARSER_WORDING = re.compile(
    rf"(?P<strict>{re.escape(_STRICT)})?{re.escape(_SCHEMA_BELOW)}\s{re.escape(_WELL_FORMED)}"
    rf"(?:{re.escape(_FOR_READING)})?:\n```\n(?P<schema>[^`]{{2,50000}})\n```"
)


def without_parser_wording(text: str) -> str:
    """The prompt with a parser's format instructions said shortly; the prompt itself if it has none."""
    match = _PARSER_WORDING.search(text)
    if match is None:
        return text
    bare = "No markdown.\n\n" if match.group("strict") else ""
    said = f"Return JSON that matches this JSON schema:\n```json\n{match.group('schema')}\n```"
    return f"{text[: match.start()].rstrip()}\n\n{said}\n\n{bare}{text[match.end() :].lstrip()}".strip()
