"""OpenAI's Responses API, written and read: ``to_wire``, ``from_wire`` and the table of stop reasons.

The shapes are those of https://developers.openai.com/api/reference/resources/responses.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from rasgo_nb.agent.messages import Message, StopReason, Text, Thinking, ToolCall, ToolPage, ToolResult, Usage
from rasgo_nb.agent.models.base import Fragment, ReplyEnd, TextFragment, ThinkingFragment, ToolCallFragment
from rasgo_nb.agent.models.failures import cut_reply
from rasgo_nb.agent.models.openai_failures import event_failure
from rasgo_nb.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Sequence

    from rasgo_nb.agent.models.endpoint import Endpoint

# A response's status, or why it is incomplete. That of a completed one with tool calls is ours to see.
STOP_REASONS: dict[str, StopReason] = {
    "completed": "end_turn",
    "max_output_tokens": "max_tokens",
    "content_filter": "content_filter",
}


def to_wire(
    messages: Sequence[Message], tools: Sequence[ToolPage], *, model: str = "", phases: bool = True
) -> dict[str, Any]:
    """The arguments of a request that stand for the transcript and the tools.

    Only the thinking of ``model`` (``provider:model``) goes back. ``phases`` tells comments between calls
    of tools from answers, which newer models rely on.
    """
    said = [message.text for message in messages if message.role == "system" and message.text]
    items = [item for message in messages for item in _items(message, model, phases=phases)]
    wire: dict[str, Any] = {"instructions": _clean("\n\n".join(said))} if said else {}
    if tools:
        wire["tools"] = [_tool(page) for page in tools]
    return {**wire, "input": items}


def _tool(page: ToolPage) -> dict[str, Any]:
    return {
        "type": "function",
        "name": page.name,
        "description": page.description,
        "parameters": page.parameters,
        "strict": False,
    }


def _items(message: Message, model: str, *, phases: bool) -> list[dict[str, Any]]:
    match message.role:
        case "system":
            return []
        case "user":
            content = [
                _input_text(part.text) for part in message.parts if isinstance(part, Text) and part.text
            ]
            return [{"role": "user", "content": content}] if content else []
        case "tool":
            return [_output(result) for result in message.tool_results]
        case "assistant":
            return _assistant_items(message, model, phases=phases)
        case _:
            assert_never(message.role)


def _assistant_items(message: Message, model: str, *, phases: bool) -> list[dict[str, Any]]:
    phase = {"phase": "commentary" if message.tool_calls else "final_answer"} if phases else {}
    items: list[dict[str, Any]] = []
    for part in message.parts:
        match part:
            case Text(text) if text:
                items.append({"role": "assistant", "content": _clean(text), **phase})
            case Thinking():
                items += _reasoning(part, model)
            case ToolCall():
                items.append(_call(part))
            case _:
                pass  # empty text, and results, which have a message of their own
    # The API refuses a reasoning item that nothing follows, as of a reply that met its limit.
    while items and items[-1].get("type") == "reasoning":
        items.pop()
    return items


def _reasoning(thinking: Thinking, model: str) -> list[dict[str, Any]]:
    if not thinking.signature or thinking.model != model:
        return []
    return [json.loads(thinking.signature)]


def _call(call: ToolCall) -> dict[str, Any]:
    arguments = {} if call.malformed else call.arguments
    text = _clean(json.dumps(arguments, ensure_ascii=False))
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", call.name) or "unnamed"  # any other is refused
    return {"type": "function_call", "call_id": call.id, "name": name, "arguments": text}


def _output(result: ToolResult) -> dict[str, Any]:
    output: str | list[dict[str, Any]] = _clean(result.content)
    if result.images:
        pictures = [
            f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"
            for image in result.images
        ]
        texts = [_input_text(result.content)] if result.content else []
        output = [*texts, *({"type": "input_image", "image_url": url} for url in pictures)]
    return {"type": "function_call_output", "call_id": result.tool_call_id, "output": output}


def _input_text(text: str) -> dict[str, Any]:
    return {"type": "input_text", "text": _clean(text)}


def _clean(text: str) -> str:
    """Half of a surrogate pair, which data may hold and a request cannot, becomes ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


async def from_wire(
    events: AsyncIterable[Any], endpoint: Endpoint, model: str
) -> AsyncGenerator[Fragment, None]:
    """The fragments of a stream of events, up to the one that ends the reply.

    Raises
    ------
    ModelUnavailable
        when the stream ends before the reply, or the provider says so.
    ModelFailed
        when the response failed for good.
    TypeError, KeyError, AttributeError
        for an event that is not of the documented shape.
    """
    reply = _Reply()
    async for event in events:
        kind = event["type"]
        if kind in {"response.completed", "response.incomplete"}:
            yield reply.end(event["response"], model)
            return
        if kind in {"response.failed", "error"}:
            raise event_failure(endpoint, model, event)
        fragment = reply.fragment(kind, event)
        if fragment is not None:
            yield fragment
    raise cut_reply(endpoint)


@dataclass(slots=True)
class _Reply:
    """What must be known of the events so far."""

    refused: bool = False
    calls: dict[int, bool] = field(default_factory=dict)  # by place: whether arguments came

    def fragment(self, kind: str, event: dict[str, Any]) -> Fragment | None:
        """What an event adds; kinds that say nothing new are passed over."""
        match kind:
            case "response.output_text.delta":
                return TextFragment(_text(event["delta"]))
            case "response.refusal.delta":
                self.refused = True
                return TextFragment(_text(event["delta"]))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                return ThinkingFragment(_text(event["delta"]))
            case "response.reasoning_summary_part.added":
                return ThinkingFragment("\n\n") if event.get("summary_index") else None
            case "response.function_call_arguments.delta":
                self.calls[_place(event)] = True
                return ToolCallFragment(_place(event), _text(event["delta"]))
            case "response.output_item.added":
                return self._begun(event["item"], event)
            case "response.output_item.done":
                return self._done(event["item"], event)
            case _:
                return None

    def _begun(self, item: dict[str, Any], event: dict[str, Any]) -> Fragment | None:
        if item.get("type") != "function_call":
            return None
        self.calls[_place(event)] = False
        return ToolCallFragment(_place(event), "", _text(item["call_id"]), _text(item["name"]))

    def _done(self, item: dict[str, Any], event: dict[str, Any]) -> Fragment | None:
        if item.get("type") == "reasoning" and item.get("encrypted_content"):
            # Only what is encrypted can go back: the provider keeps nothing.
            return ThinkingFragment("", json.dumps(item, ensure_ascii=False))
        if item.get("type") == "function_call" and not self.calls.get(_place(event)):
            self.calls[_place(event)] = True
            text, call_id, name = item["arguments"], item["call_id"], item["name"]
            return ToolCallFragment(_place(event), _text(text), _text(call_id), _text(name))
        return None

    def end(self, response: dict[str, Any], model: str) -> ReplyEnd:
        """The end of the reply, as its last event tells it."""
        word = str(response["status"])
        if word == "incomplete":
            word = str((response.get("incomplete_details") or {}).get("reason"))
        if word not in STOP_REASONS:
            raise ModelFailed(f"{model} ended its reply for a reason that is not known here: {word[:100]!r}.")
        stop_reason = STOP_REASONS[word]
        if stop_reason == "end_turn" and (self.refused or self.calls):
            stop_reason = "content_filter" if self.refused else "tool_calls"
        return ReplyEnd(stop_reason, _usage(response.get("usage") or {}))


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("input_tokens_details") or {}
    return Usage(
        input_tokens=_count(usage.get("input_tokens")),
        output_tokens=_count(usage.get("output_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        cache_write_tokens=_count(details.get("cache_write_tokens")),
        cost_usd=None,
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value


def _place(event: dict[str, Any]) -> int:
    place = event["output_index"]
    if not isinstance(place, int):
        raise TypeError("output_index is no number")
    return place
