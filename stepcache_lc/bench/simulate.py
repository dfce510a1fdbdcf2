"""A seeded stand-in for a small model: it words worked answers as real ones did, and errs as they did.

It knows the requests of the rounds it is made for. Whether it errs, how, in what style it writes and how long it takes
follow from the text of the last message and its own seed alone, so every system that sends the same text gets the same
answer. It does not wait: the seconds that an answer "took" are reported, and the benchmark adds them up.

The styles, the kinds of error and the spread of seconds were taken from 180 recorded answers of two small models (a
0.5B and a 135M one, 4 bits, llama.cpp on two cores).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Final

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from stepcache_lc.bench.workloads.base import Case, Derivation, Line, Outline, Record, Words

ERROR_RATE: Final = 0.275
"""Share of wrong answers: 72.5 % of the paper's answers without cache were right."""

SECONDS: Final = "simulated_seconds"
"""Key of the response metadata under which the seconds of an answer stand."""

# Least squares over the answers of the 0.5B model.
_PER_INPUT_TOKEN: Final = 0.00598
_PER_OUTPUT_TOKEN: Final = 0.03843
_PACES: Final = (
    0.887, 0.911, 0.924, 0.930, 0.940, 0.948, 0.957, 0.969, 0.978, 0.984,
    0.994, 0.998, 1.004, 1.015, 1.031, 1.038, 1.054, 1.083, 1.122, 1.162,
)  # fmt: skip
"""Recorded seconds over fitted seconds, at twenty quantiles."""
_TOKENS_OF_TEMPLATE: Final = 30
_CHARACTERS_PER_INPUT_TOKEN: Final = 4.2
_CHARACTERS_PER_OUTPUT_TOKEN: Final = 2.6


class SimulatedModel(BaseChatModel):
    """See the module. Make it with `SimulatedModel(seed=..., error_rate=...)`, then `learn` the cases."""

    seed: int = 0
    error_rate: float = ERROR_RATE
    _known: dict[str, Case] = PrivateAttr(default_factory=dict)

    def learn(self, cases: Iterable[Case]) -> None:
        """Get to know requests and what is right for them."""
        self._known.update({case.prompt: case for case in cases})

    @property
    def _llm_type(self) -> str:
        return "simulated"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": "simulated", "seed": self.seed, "error_rate": self.error_rate}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = messages[-1].text
        answer = self.answer(prompt)
        read = _TOKENS_OF_TEMPLATE + round(sum(len(message.text) for message in messages) / _CHARACTERS_PER_INPUT_TOKEN)
        written = max(1, round(len(answer) / _CHARACTERS_PER_OUTPUT_TOKEN))
        pace = Random(f"pace {self.seed} {prompt}").choice(_PACES)
        message = AIMessage(
            content=answer,
            response_metadata={
                "finish_reason": "stop",
                SECONDS: pace * (_PER_INPUT_TOKEN * read + _PER_OUTPUT_TOKEN * written),
            },
            usage_metadata={"input_tokens": read, "output_tokens": written, "total_tokens": read + written},
        )
        return ChatResult(generations=[ChatGeneration(message=message)], llm_output={"model_name": "simulated"})

    def answer(self, prompt: str) -> str:
        """What it writes.

        Raises:
            LookupError: the prompt is none of those it learned, nor grows out of one.
        """
        case = self._case(prompt)
        random = Random(f"answer {self.seed} {prompt}")
        errs = random.random() < self.error_rate
        style = Random(f"style {self.seed} {case.prompt}")
        asked = re.findall(r"Reply with the missing keys? (.+?) only, as a JSON object\.", prompt)
        wanted = re.findall(r"[\w/~-]+(?=\"?(?: \(\w+\))?(?:,|$))", asked[-1]) if asked else []
        outline = case.outline
        if isinstance(outline, Record) and wanted and prompt != case.prompt:
            # The cache asks for some members only.
            outline = Record({key: value for key, value in outline.members.items() if key in wanted} or outline.members)
        text = _written(outline, style, random if errs else None)
        return text if prompt == case.prompt else _after(_checkpoint(prompt), text)

    def _case(self, prompt: str) -> Case:
        found = self._known.get(prompt)
        if found is not None:
            return found
        # A patch prompt begins with the request.
        heads = [known for known in self._known if prompt.startswith(known + "\n")]
        if not heads:
            raise LookupError(f"the simulated model knows nothing of {prompt!r}")
        return self._known[max(heads, key=len)]


def _written(outline: Outline, style: Random, error: Random | None) -> str:
    match outline:
        case Derivation():
            way = style.choice(DERIVATIONS)
            return way(outline) if error is None else error.choice(_WRONG_DERIVATIONS)(outline, way, error)
        case Record():
            shape = style.choice(RECORDS)
            return shape(outline.members) if error is None else error.choice(_WRONG_RECORDS)(outline, shape, error)
        case Words():
            return outline.right if error is None or not outline.others else error.choice(outline.others)


def _checkpoint(prompt: str) -> str:
    """The verified steps that a patch prompt quotes as one JSON string; empty if it quotes none."""
    for line in prompt.split("\n"):
        if line.startswith('"') and line.endswith('"'):
            return str(json.loads(line))
    return ""


def _after(written: str, text: str) -> str:
    """What of a text comes after the lines that are already written."""
    done = {line.strip() for line in written.split("\n") if line.strip()}
    lines = text.split("\n")
    at = max((index + 1 for index, line in enumerate(lines) if line.strip() in done), default=0)
    return "\n".join(lines[at:]).strip("\n") or text


# ---------------------------------------------------------------------------------------------- worked answers

Way = Callable[[Derivation], str]


def _stated(work: Derivation, joiner: str = " and ") -> str:
    return joiner.join(work.final)


def _boxed(work: Derivation) -> str:
    return " and ".join(f"\\boxed{{{final}}}" for final in work.final)


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]


def _numbered(work: Derivation) -> str:
    lines = [f"{at}. {line.operation}: {line.result}" for at, line in enumerate(work.lines, 1)]
    return "\n".join(lines) + f"\n\nThe solution is {_stated(work)}."


def _numbered_display(work: Derivation) -> str:
    parts = [
        f"{at}. {line.operation}:\n   \\[\n   {line.worked}\n   \\]\n   Simplifying this, we get:\n"
        f"   \\[\n   {line.result}\n   \\]"
        for at, line in enumerate(work.lines, 1)
    ]
    return "\n\n".join(parts) + f"\n\nSo, the solution is \\({_stated(work)}\\)."


def _bold_headings(work: Derivation) -> str:
    parts = [f"{at}. **{line.operation}:**\n   \\[\n   {line.result}\n   \\]" for at, line in enumerate(work.lines, 1)]
    return "\n\n".join(parts) + f"\n\nTherefore, the solution is \\({_stated(work)}\\)."


def _with_the_equation_first(work: Derivation) -> str:
    parts = [f"1. Start with the equation:\n   {work.given}"]
    parts += [f"{at}. {line.operation}:\n   {line.result}" for at, line in enumerate(work.lines, 2)]
    return "\n\n".join(parts) + f"\n\nTherefore, {_stated(work)}."


def _steps_named(work: Derivation) -> str:
    parts = [f"Step {at}: {line.operation}.\n{line.result}" for at, line in enumerate(work.lines, 1)]
    return "\n\n".join(parts) + f"\n\nTherefore, the solution is {_stated(work)}."


def _steps_named_bold(work: Derivation) -> str:
    parts = [f"**Step {at}:** {line.operation}.\n\n{line.result}" for at, line in enumerate(work.lines, 1)]
    return "\n\n".join(parts) + f"\n\nSo, the solution is {_stated(work)}."


def _told(work: Derivation) -> str:
    first, *rest = work.lines
    parts = [f"To solve the equation {work.given}, we {_lower(first.operation)}:\n\n{first.result}"]
    parts += [f"Next, we {_lower(line.operation)}:\n\n{line.result}" for line in rest]
    return "\n\n".join(parts) + f"\n\nTherefore, {_stated(work)}."


def _told_in_displays(work: Derivation) -> str:
    parts = [f"To solve the equation \\({work.given}\\), we can follow these steps:"]
    parts += [f"{line.operation}:\n\\[{line.worked}\\]\n\\[{line.result}\\]" for line in work.lines]
    finals = [f"\\({final}\\)" for final in work.final]
    return "\n\n".join(parts) + f"\n\nTherefore, {' and '.join(finals)}."


def _this_simplifies_to(work: Derivation) -> str:
    parts = [f"{line.operation}:\n\n\\[{line.worked}\\]\n\nThis simplifies to:\n\n\\[{line.result}\\]"
             for line in work.lines]  # fmt: skip
    return "\n\n".join(parts) + f"\n\nTherefore, the solution is \\({_stated(work)}\\)."


def _bare(work: Derivation) -> str:
    return "\n".join((work.given, *(line.result for line in work.lines), *work.final[:-1], work.final[-1]))


def _given_in_dollars(work: Derivation) -> str:
    parts = [f"1. Given: ${work.given}$"]
    parts += [f"{at}. {line.operation}: ${line.result}$" for at, line in enumerate(work.lines, 2)]
    return "\n".join(parts) + f"\n\n${_boxed(work)}$"


def _short(work: Derivation) -> str:
    return "\n".join(f"{line.operation}: {line.worked}\n{line.result}" for line in work.lines) + f"\n\n{_stated(work)}"


DERIVATIONS: Final[tuple[Way, ...]] = (
    _numbered,
    _numbered_display,
    _bold_headings,
    _with_the_equation_first,
    _steps_named,
    _steps_named_bold,
    _told,
    _told_in_displays,
    _this_simplifies_to,
    _bare,
    _given_in_dollars,
    _short,
)
"""How worked answers look."""


def _other(number: int, random: Random) -> int:
    return number + random.choice((-10, -3, -2, -1, 1, 2, 3, 10))


def _last_number(text: str, change: Callable[[int], int]) -> str:
    """The text with its last whole number changed."""
    found = list(re.finditer(r"(?:(?<=[=(] )-)?\d+", text))
    if not found:
        return text
    last = found[-1]
    return f"{text[: last.start()]}{change(int(last[0]))}{text[last.end() :]}"


def _slip(work: Derivation, way: Way, random: Random) -> str:
    """A number is computed wrongly, and all that follows with it."""
    at = random.randrange(len(work.lines))
    lines = [
        line
        if index < at
        else Line(line.operation, line.worked, _last_number(line.result, lambda n: _other(n, random)))
        for index, line in enumerate(work.lines)
    ]
    final = tuple(_last_number(text, lambda n: _other(n, random)) for text in work.final)
    return way(Derivation(work.given, tuple(lines), final))


def _wrong_sign(work: Derivation, way: Way, random: Random) -> str:
    """A sign is lost in the last step."""
    *lines, last = work.lines
    turned = Line(last.operation, last.worked, _last_number(last.result, lambda n: -n))
    return way(Derivation(work.given, (*lines, turned), tuple(_last_number(t, lambda n: -n) for t in work.final)))


_OPPOSITE: Final = {"Subtract": "Add", "Add": "Subtract", "Divide": "Multiply", "Multiply": "Divide"}


def _wrong_operation(work: Derivation, way: Way, random: Random) -> str:
    """The opposite of what would help is done."""
    first, *rest = work.lines
    verb, _, object_ = first.operation.partition(" ")
    wrong = Line(
        f"{_OPPOSITE.get(verb, verb)} {object_}",
        first.worked,
        _last_number(first.result, lambda n: n + random.randint(5, 40)),
    )
    final = tuple(_last_number(text, lambda n: _other(n, random)) for text in work.final)
    return way(Derivation(work.given, (wrong, *rest), final))


def _cut_off(work: Derivation, way: Way, random: Random) -> str:
    """It breaks off in the middle."""
    text = way(work)
    return text[: max(8, int(len(text) * random.uniform(0.3, 0.7)))].rstrip()


def _wrong_final(work: Derivation, way: Way, random: Random) -> str:
    """The steps are right, what is stated in the end is not."""
    return way(
        Derivation(
            work.given, work.lines, tuple(_last_number(text, lambda n: _other(n, random)) for text in work.final)
        )
    )


_WRONG_DERIVATIONS: Final = (_slip, _slip, _wrong_sign, _wrong_operation, _cut_off, _wrong_final)
"""How worked answers fail; slips are the most frequent, as in the recorded answers."""

# ------------------------------------------------------------------------------------------------------- JSON

Members = Mapping[str, Any]
Shape = Callable[[Members], str]


def _fenced(text: str) -> str:
    return f"```json\n{text}\n```"


RECORDS: Final[tuple[Shape, ...]] = (
    lambda members: _fenced(json.dumps(members, indent=2)),
    lambda members: _fenced(json.dumps(members, indent=2, ensure_ascii=False)),
    lambda members: _fenced(json.dumps(members, indent=4)),
    lambda members: _fenced(json.dumps(members)),
    lambda members: json.dumps(members, indent=2),
    lambda members: json.dumps(members, indent=4),
    lambda members: json.dumps(members),
    lambda members: json.dumps(members, separators=(",", ":")),
    lambda members: json.dumps(members, ensure_ascii=False, indent="\t"),
    lambda members: _fenced(json.dumps({key: str(v) if isinstance(v, int) else v for key, v in members.items()})),
    lambda members: "{ " + ", ".join(f"{json.dumps(key)} : {json.dumps(v)}" for key, v in members.items()) + " }",
)
"""How JSON answers look."""


def _missing_key(record: Record, shape: Shape, random: Random) -> str:
    gone = random.choice(list(record.members))
    return shape({key: value for key, value in record.members.items() if key != gone})


def _wrong_type(record: Record, shape: Shape, random: Random) -> str:
    which = random.choice(list(record.members))
    return shape({key: {"name": value} if key == which else value for key, value in record.members.items()})


def _wrong_value(record: Record, shape: Shape, random: Random) -> str:
    """A value that stands elsewhere, or nowhere."""
    which = random.choice(list(record.members))
    values: Sequence[Any] = [value for key, value in record.members.items() if key != which] or ["Barcelona"]
    return shape({**record.members, which: random.choice(values)})


def _extra_prose(record: Record, shape: Shape, random: Random) -> str:
    """Words around it, and another object in them."""
    second = _fenced(json.dumps({"data": dict(record.members)}))
    return f"{shape(record.members)}\n\nIn this example, the JSON has a second form:\n\n{second}"


def _broken_syntax(record: Record, shape: Shape, random: Random) -> str:
    text = shape(record.members)
    sign = random.choice([sign for sign in ('"', "}", ":") if sign in text])
    at = text.rindex(sign)
    return text[:at] + text[at + 1 :]


def _cut_record(record: Record, shape: Shape, random: Random) -> str:
    text = shape(record.members)
    return text[: max(2, int(len(text) * random.uniform(0.3, 0.8)))]


_WRONG_RECORDS: Final = (_missing_key, _wrong_type, _wrong_value, _extra_prose, _broken_syntax, _cut_record)
"""How JSON answers fail."""
