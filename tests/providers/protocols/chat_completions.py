"""Chat Completions as they stream: https://platform.openai.com/docs/api-reference/chat-streaming."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from server import Request, argument_pieces, sse
from subjects import KEY, Subject

from rasgo_nb.agent.models.endpoint import Endpoint
from rasgo_nb.agent.models.openai_compatible import OpenAICompatibleModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.agent.messages import StopReason, Usage
    from rasgo_nb.agent.models.scripted import Call, Line

WORDS = {
    "end_turn": "stop",
    "tool_calls": "tool_calls",
    "max_tokens": "length",
    "content_filter": "content_filter",
}


class ChatCompletionsProtocol:
    """Streams a line as an inference server does: usage comes in an event of its own."""

    name = "chat_completions"
    content_type = "text/event-stream; charset=utf-8"
    thinking_key = "reasoning_content"

    def stream(self, line: Line, *, stop_reason: StopReason, request: Request) -> list[bytes]:
        asked = request.json
        events = [event_of(delta) for delta in self.deltas(line)]
        events.append(event_of({}, WORDS[stop_reason]))
        if asked.get("stream_options", {"include_usage": True}).get("include_usage"):
            events.append(event_of(None, usage=usage_of(line.usage)))
        return [*(sse(event | {"model": asked.get("model", "")}) for event in events), sse("[DONE]")]

    def deltas(self, line: Line) -> Iterator[dict[str, Any]]:
        yield {"role": "assistant", "content": ""}
        yield from ({self.thinking_key: piece} for piece in halves(line.thinking))
        yield from ({"content": piece} for piece in halves(line.text))
        for index, call in enumerate(line.calls):
            yield from ({"tool_calls": [delta]} for delta in call_deltas(index, call))

    def error(self, status: int, message: str) -> bytes:
        error = {"message": message, "type": "BadRequestError", "param": None, "code": status}
        return json.dumps({"error": error}).encode()


class ReasoningProtocol(ChatCompletionsProtocol):
    """As gateways and newer servers name it."""

    thinking_key = "reasoning"


def event_of(delta: dict[str, Any] | None, stop: str | None = None, **facts: object) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": stop}
    choices = [] if delta is None else [choice]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "choices": choices} | facts


def call_deltas(index: int, call: Call) -> Iterator[dict[str, Any]]:
    text = arguments_of(call)
    function = {"name": call.name, "arguments": ""}
    yield {"index": index, "id": call.id or f"call_{index}", "type": "function", "function": function}
    yield from ({"index": index, "function": {"arguments": piece}} for piece in argument_pieces(text))


def arguments_of(call: Call) -> str:
    return json.dumps(call.arguments, ensure_ascii=False) if call.raw is None else call.raw


def usage_of(usage: Usage) -> dict[str, Any]:
    details = {"cached_tokens": usage.cached_tokens, "cache_write_tokens": usage.cache_write_tokens}
    return {
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "prompt_tokens_details": details,
    }


def halves(text: str) -> list[str]:
    middle = len(text) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def make(url: str, **options: object) -> OpenAICompatibleModel:
    endpoint = Endpoint("openai-compatible", f"{url}/v1", KEY)
    return OpenAICompatibleModel("openai-compatible:acme/some-model:7b", endpoint, options, "key-1")


GAPS = {"test_thinking_goes_back_with_its_signature": AssertionError}  # nobody signs it, nobody wants it back
SUBJECTS = [
    Subject("openai-compatible", make, ChatCompletionsProtocol(), GAPS),
    Subject("openai-compatible-reasoning", make, ReasoningProtocol(), GAPS),
]
