"""Cohere's chat, version 2, as it streams: https://docs.cohere.com/v2/docs/streaming."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server import Request, argument_pieces, sse
from subjects import KEY, Subject

from rasgo_nb.agent.models.cohere import CohereModel
from rasgo_nb.agent.models.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.agent.messages import StopReason, Usage
    from rasgo_nb.agent.models.scripted import Call, Line

Event = dict[str, Any]

WORDS = {
    "end_turn": "COMPLETE",
    "tool_calls": "TOOL_CALL",
    "max_tokens": "MAX_TOKENS",
    "content_filter": "ERROR_TOXIC",
}


class CohereProtocol:
    """Streams a line; what it says beside tool calls is their plan."""

    name = "cohere_chat"
    content_type = "text/event-stream"

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        return [
            *(sse(event, event["type"]) for event in events_of(line, WORDS[stop_reason])),
            sse("[DONE]"),
        ]

    def error(self, status: int, message: str) -> bytes:
        return json.dumps({"id": "err-1", "message": message}).encode()


def events_of(line: Line, finish_reason: str) -> Iterator[Event]:
    """Every event of one reply."""
    start = {"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []}
    yield {"id": "msg-1", "type": "message-start", "delta": {"message": start}}
    if line.thinking:
        yield from content(0, "thinking", line.thinking)
    if line.calls:
        for piece in halves(line.text):
            yield {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": piece}}}
        for index, call in enumerate(line.calls):
            yield from tool_call(index, call)
    elif line.text:
        yield from content(1 if line.thinking else 0, "text", line.text)
    end = {"finish_reason": finish_reason, "usage": usage_of(line.usage)}
    yield {"id": "msg-1", "type": "message-end", "delta": end}


def content(index: int, kind: str, text: str) -> Iterator[Event]:
    first = {"type": kind, kind: ""}
    yield {"type": "content-start", "index": index, "delta": {"message": {"content": first}}}
    for piece in halves(text):
        yield {"type": "content-delta", "index": index, "delta": {"message": {"content": {kind: piece}}}}
    yield {"type": "content-end", "index": index}


def tool_call(index: int, call: Call) -> Iterator[Event]:
    text = json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw
    function = {"name": call.name, "arguments": ""}
    first = {"id": call.id or f"{call.name}_{index}", "type": "function", "function": function}
    yield {"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": first}}}
    for piece in argument_pieces(text):
        delta = {"message": {"tool_calls": {"function": {"arguments": piece}}}}
        yield {"type": "tool-call-delta", "index": index, "delta": delta}
    yield {"type": "tool-call-end", "index": index}


def usage_of(usage: Usage) -> dict[str, Any]:
    fresh = float(usage.input_tokens - usage.cached_tokens)
    return {
        "billed_units": {"input_tokens": fresh, "output_tokens": float(usage.output_tokens)},
        "tokens": {"input_tokens": float(usage.input_tokens), "output_tokens": float(usage.output_tokens)},
        "cached_tokens": float(usage.cached_tokens),
    }


def halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def make(url: str, **options: object) -> CohereModel:
    return CohereModel("cohere:command-a-plus-05-2026", Endpoint("cohere", url, KEY), options, "key-1")


GAPS = {
    "test_thinking_goes_back_with_its_signature": AssertionError,  # nothing is signed
    "test_usage_counts_what_the_cache_took": AssertionError,  # only what it served is told
}
SUBJECTS = [Subject("cohere", make, CohereProtocol(), GAPS)]
