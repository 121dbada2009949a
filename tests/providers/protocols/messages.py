"""The stream of Anthropic's Messages API, as https://docs.anthropic.com/en/api/messages-streaming has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server import argument_pieces, sse
from subjects import KEY, SIGNATURE, Subject

from rasgo_nb.agent.models.anthropic import AnthropicModel
from rasgo_nb.agent.models.endpoint import Endpoint

if TYPE_CHECKING:
    from server import Request

    from rasgo_nb.agent.messages import StopReason, Usage
    from rasgo_nb.agent.models.scripted import Call, Line

WORDS = {
    "end_turn": "end_turn",
    "tool_calls": "tool_use",
    "max_tokens": "max_tokens",
    "content_filter": "refusal",
}
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    529: "overloaded_error",
}


def events_of(line: Line, *, stop_reason: StopReason, model: str) -> list[dict[str, Any]]:
    """Every event of one reply."""
    blocks = [
        *([thinking_block(line.thinking)] if line.thinking else []),
        *([text_block(line.text)] if line.text else []),
        *(call_block(call) for call in line.calls),
    ]
    middle = [event for index, block in enumerate(blocks) for event in indexed(index, block)]
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**input_tokens(line.usage), "output_tokens": 1},
    }
    stop = {"stop_reason": WORDS[stop_reason], "stop_sequence": None}
    return [
        {"type": "message_start", "message": message},
        {"type": "ping"},
        *middle,
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": line.usage.output_tokens}},
        {"type": "message_stop"},
    ]


def input_tokens(usage: Usage) -> dict[str, int]:
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    return {
        "input_tokens": fresh,
        "cache_creation_input_tokens": usage.cache_write_tokens,
        "cache_read_input_tokens": usage.cached_tokens,
    }


Block = tuple[dict[str, Any], list[dict[str, Any]]]  # as it starts, and its deltas


def indexed(index: int, block: Block) -> list[dict[str, Any]]:
    start, deltas = block
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text_block(text: str) -> Block:
    return {"type": "text", "text": ""}, [{"type": "text_delta", "text": piece} for piece in halves(text)]


def thinking_block(text: str, signature: str = SIGNATURE) -> Block:
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in halves(text)]
    start = {"type": "thinking", "thinking": "", "signature": ""}
    return start, [*deltas, {"type": "signature_delta", "signature": signature}]


def call_block(call: Call) -> Block:
    text = json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw
    size = max(9, len(text) // 50)
    deltas = [{"type": "input_json_delta", "partial_json": ""}] + [
        {"type": "input_json_delta", "partial_json": piece} for piece in argument_pieces(text, size)
    ]
    return {"type": "tool_use", "id": call.id or "toolu_1", "name": call.name, "input": {}}, deltas


def halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


class MessagesProtocol:
    name = "messages"
    content_type = "text/event-stream; charset=utf-8"

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        model = request.json.get("model", "")
        events = events_of(line, stop_reason=stop_reason, model=model)
        return [sse(event, event["type"]) for event in events]

    def error(self, status: int, message: str) -> bytes:
        error = {"type": TYPES.get(status, "api_error"), "message": message}
        return json.dumps({"type": "error", "error": error, "request_id": "req_1"}).encode()


def make(url: str, **options: object) -> AnthropicModel:
    return AnthropicModel("anthropic:claude-sonnet-5-5", Endpoint("anthropic", url, KEY), options, "key-1")


SUBJECTS = [Subject("anthropic", make, MessagesProtocol())]
