"""A deterministic model behind the OpenAI API on loopback: real clients, no weights, always the same answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.algebra import parsed, root, worked
from tests.support.dspy_prompts import asked, written


def answer(body: dict[str, Any]) -> str:
    """Worked equations; labelled forms as JSON, in the keys that are demanded; price lists; else a fixed sentence."""
    text = "\n".join(
        message["content"]
        if isinstance(message["content"], str)
        else "".join(p.get("text", "") for p in message["content"])
        for message in body["messages"]
    )
    if "[[ ## completed ## ]]" in text:
        return _fields(body["messages"][-1]["content"])
    wrapped = (body.get("response_format") or {}).get("json_schema")
    labelled = {
        match[1].lower().replace(" ", "_"): match[2] for match in re.finditer(r"^([A-Z][\w ]*): (.+)$", text, re.M)
    }
    if wrapped:
        properties = wrapped["schema"]["properties"]
        filled = {}
        for name, kind in properties.items():
            value: Any = labelled.get(name, "unknown")
            filled[name] = int(value) if kind.get("type") == "integer" and value.isdigit() else value
        return json.dumps(filled)
    keys = re.search(r"keys ([\w, ]+)", text)
    if keys and labelled:
        wanted = [key for key in re.split(r",\s*|\s+and\s+", keys[1].strip()) if key]
        return json.dumps({key: labelled.get(key, "unknown") for key in wanted}, indent=2)
    prices = re.search(r"Write the price list: ([\w, ]+)\.", text)
    if prices:
        items = re.findall(r"(\w+) (\d+) EUR", prices[1])
        lines = [f"{at}. {name.capitalize()}: {price} EUR" for at, (name, price) in enumerate(items, 1)]
        return "\n".join([*lines, "", "Prices may change without notice."])
    if parsed(text):
        return worked(text)
    return "I am a deterministic model and have nothing to say."


def _fields(content: str) -> str:
    """DSPy's fields: worked equations, sums, what stands labelled in an input, else a fixed sentence."""
    inputs, wanted = asked(content)
    text = "\n".join(inputs.values())
    labelled = {match[1].lower(): match[2] for match in re.finditer(r"^(\w+): (.+)$", text, re.M)}
    if parsed(text):
        labelled |= {"reasoning": worked(text).strip(), "answer": f"x = {root(text)}"}
    numbers = re.search(r"^\[([\d, ]+)\]$", text, re.M)
    if numbers:
        labelled |= {"plan": "Add them up.", "total": str(sum(map(int, numbers[1].split(","))))}
    return written({name: labelled.get(name, "I have nothing to say.") for name in wanted})


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)  # type: ignore[attr-defined]
        asked = body["messages"][-1]["content"]
        text = self.server.recorded.get(asked) if isinstance(asked, str) else None  # type: ignore[attr-defined]
        text = answer(body) if text is None else text
        usage = {"prompt_tokens": 10, "completion_tokens": len(text.split()), "total_tokens": 10 + len(text.split())}
        head = {"id": "chatcmpl-1", "created": 1, "model": body["model"]}
        if body.get("stream"):
            deltas = [{"role": "assistant", "content": text[at : at + 9]} for at in range(0, len(text), 9)]
            chunks: list[dict[str, Any]] = [
                {
                    **head,
                    "object": "chat.completion.chunk",
                    "choices": [{"index": 0, "delta": d, "finish_reason": None}],
                }
                for d in deltas
            ]
            end = {"index": 0, "delta": {}, "finish_reason": "stop"}
            chunks.append({**head, "object": "chat.completion.chunk", "choices": [end]})
            chunks.append({**head, "object": "chat.completion.chunk", "choices": [], "usage": usage})
            data = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
            self._send(data.encode(), "text/event-stream")
            return
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        reply = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        self._send(json.dumps(reply).encode(), "application/json")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, recorded: Mapping[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.recorded = recorded
        self.requests: list[dict[str, Any]] = []


@contextmanager
def deterministic_server(recorded: Mapping[str, str] | None = None) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Base URL of the server, and the list of the request bodies that it saw.

    `recorded`: what a real model once answered to these very prompts.
    """
    server = _Server(recorded or {})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", server.requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
