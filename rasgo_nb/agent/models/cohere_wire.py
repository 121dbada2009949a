"""The wire of Cohere's chat, version 2: https://docs.cohere.com/v2/docs/streaming."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.messages import Message, StopReason, Thinking, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)
from rasgo_nb.agent.models.chat_turns import Turn, call_of, text_of, tool_of, turns_of
from rasgo_nb.agent.models.failures import cut_reply, failure_of_status, plain_text
from rasgo_nb.errors import ModelFailed, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence

    from rasgo_nb.agent.messages import ToolPage
    from rasgo_nb.agent.models.endpoint import Endpoint

STOP_REASONS: dict[str, StopReason] = {
    "COMPLETE": "end_turn",
    "STOP_SEQUENCE": "end_turn",
    "TOOL_CALL": "tool_calls",
    "MAX_TOKENS": "max_tokens",
    "ERROR_TOXIC": "content_filter",
}
_BROKEN = {"ERROR", "TIMEOUT"}
_UNSIGNED = "unsigned"  # thinking is wanted back, but the API signs nothing; only signed thinking is


def to_wire(messages: Sequence[Message], tools: Sequence[ToolPage], *, model: str) -> dict[str, Any]:
    """The arguments of a request that carry what was said.

    ``model`` is the full name; thinking goes back to the model that gave it and to no other.
    """
    turns = turns_of(messages, lambda message: _assistant(message, model))
    return {"messages": turns, "tools": [tool_of(page) for page in tools]} if tools else {"messages": turns}


def _assistant(message: Message, model: str) -> Turn | None:
    """Beside tool calls the text is their plan; it is content where there are none."""
    text = message.text if message.text.strip() else ""
    calls = [call_of(call) for call in message.tool_calls]
    if not text and not calls:
        return None
    content = _thoughts(message, model)
    if text and not calls:
        content.append({"type": "text", "text": text})
    turn: Turn = {"role": "assistant"} | ({"content": content} if content else {})
    plan = {"tool_plan": text} if text and calls else {}
    return {**turn, **plan, **({"tool_calls": calls} if calls else {})}


def _thoughts(message: Message, model: str) -> list[dict[str, Any]]:
    thoughts = [part for part in message.parts if isinstance(part, Thinking) and part.text.strip()]
    return [
        {"type": "thinking", "thinking": part.text}
        for part in thoughts
        if part.signature and part.model == model
    ]


async def from_wire(
    events: AsyncIterable[Any], endpoint: Endpoint, model: str
) -> AsyncGenerator[Fragment, None]:
    """The fragments of one reply.

    Raises
    ------
    ModelUnavailable
        when the events end before the reply does, or say that it broke off.
    ModelFailed
        when it stopped for a reason that is not known.
    KeyError, TypeError, ValueError, AttributeError
        for an event that is none.
    """
    reply = _Reply(model, endpoint)
    async for event in events:
        for fragment in reply.fragments(event):
            yield fragment
        if reply.is_whole:
            return
    raise cut_reply(endpoint)


@dataclass(slots=True)
class _Reply:
    """What is known of a reply while it streams."""

    model: str
    endpoint: Endpoint
    is_whole: bool = False
    thinks: set[int] = field(default_factory=set)  # the content parts that are thinking, and open
    calls: dict[int, int] = field(default_factory=dict)  # our index by the wire's
    count: int = 0  # of calls

    def fragments(self, event: Any) -> Iterator[Fragment]:
        # Events of other types are to be passed over: the API may add some.
        match event.get("type"):
            case "content-start" | "content-delta":
                yield from self._content(event["index"], event["delta"]["message"]["content"])
            case "content-end":
                if event["index"] in self.thinks:
                    self.thinks.remove(event["index"])
                    yield ThinkingFragment("", _UNSIGNED)
            case "tool-plan-delta":
                yield TextFragment(text_of(event["delta"]["message"]["tool_plan"]))
            case "tool-call-start":
                self.calls[event["index"]] = self.count
                self.count += 1
                yield self._call(event["index"], event["delta"]["message"]["tool_calls"])
            case "tool-call-delta":
                yield self._call(event["index"], event["delta"]["message"]["tool_calls"])
            case "message-end":
                yield self._end(event["delta"])
            case None if said := event.get("message"):
                raise failure_of_status(self.endpoint, self.model, 500, str(said), {})

    def _content(self, index: int, content: Any) -> Iterator[Fragment]:
        if content.get("type") == "thinking" or content.get("thinking"):
            self.thinks.add(index)
        if thinking := content.get("thinking"):
            yield ThinkingFragment(text_of(thinking))
        if text := content.get("text"):
            yield TextFragment(text_of(text))

    def _call(self, index: int, call: Any) -> Fragment:
        function = call.get("function") or {}
        return ToolCallFragment(
            self.calls[index],
            text_of(function.get("arguments")),
            id=text_of(call.get("id")),
            name=text_of(function.get("name")),
        )

    def _end(self, delta: Any) -> Fragment:
        word = delta.get("finish_reason")
        if word in _BROKEN:
            said = plain_text(str(delta.get("error") or "it gave no reason"), self.endpoint)
            raise ModelUnavailable(f"{self.endpoint.provider} broke off the reply ({word}): {said}")
        if word not in STOP_REASONS:
            raise ModelFailed(
                f"{self.model} stopped for a reason that is not known: {str(word)[:60]!r}. "
                "Type `%ask --continue` to go on."
            )
        self.is_whole = True
        reason = STOP_REASONS[word]
        has_calls = reason == "end_turn" and self.count
        return ReplyEnd("tool_calls" if has_calls else reason, usage_of(delta.get("usage") or {}))


def usage_of(usage: dict[str, Any]) -> Usage:
    """What went in and out, else what is billed of it; what is not counted is 0."""
    counts = usage.get("tokens") or usage.get("billed_units") or {}
    return Usage(
        input_tokens=_count(counts.get("input_tokens")),
        output_tokens=_count(counts.get("output_tokens")),
        cached_tokens=_count(usage.get("cached_tokens")),
        requests=1,
        cost_usd=None,
    )


def _count(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
