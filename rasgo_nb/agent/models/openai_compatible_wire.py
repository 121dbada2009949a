"""The wire of Chat Completions, with the liberties that those who serve it take.

It is described at https://platform.openai.com/docs/api-reference/chat-streaming.
Events are read as plain JSON.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.messages import StopReason, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)
from rasgo_nb.agent.models.chat_turns import Turn, call_of, text_of, tool_of, turns_of
from rasgo_nb.agent.models.failures import cut_reply
from rasgo_nb.errors import ModelFailed, ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence

    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.endpoint import Endpoint

STOP_REASONS: dict[str, StopReason] = {
    "stop": "end_turn",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "length": "max_tokens",
    "content_filter": "content_filter",
}
_BROKEN = "error"  # gateways end a stream with it when the model behind them failed


def to_wire(messages: Sequence[Message], tools: Sequence[ToolPage]) -> dict[str, Any]:
    """The arguments of a request that carry what was said. Thinking is not among them: nobody signed it."""
    turns = turns_of(messages, _assistant)
    return {"messages": turns, "tools": [tool_of(page) for page in tools]} if tools else {"messages": turns}


def _assistant(message: Message) -> Turn | None:
    turn: Turn = {"role": "assistant", "content": message.text if message.text.strip() else None}
    if message.tool_calls:
        return {**turn, "tool_calls": [call_of(call) for call in message.tool_calls]}
    return turn if turn["content"] else None


async def from_wire(
    events: AsyncIterable[Any], endpoint: Endpoint, model: str
) -> AsyncGenerator[Fragment, None]:
    """The fragments of one reply.

    Raises
    ------
    ModelUnavailable
        when the events end before the reply does.
    ModelFailed
        when it stopped for a reason that is not known.
    KeyError, TypeError, ValueError, AttributeError
        for an event that is none.
    """
    reply = Reply(model)
    async for event in events:
        for fragment in reply.fragments(event):
            yield fragment
    yield reply.end(endpoint)


@dataclass(slots=True)
class _Call:
    index: int
    id: str


@dataclass(slots=True)
class Reply:
    """What is known of a reply while it comes, in events or whole."""

    model: str
    stop_reason: StopReason | None = None
    calls: dict[int, _Call] = field(default_factory=dict)  # by the index on the wire; -1 where it has none
    count: int = 0  # of calls
    refused: bool = False
    usage: dict[str, Any] = field(default_factory=dict)

    def fragments(self, event: Any) -> Iterator[Fragment]:
        """Those of one event, or of a whole completion."""
        self.usage = event.get("usage") or self.usage  # counts are cumulative
        for choice in event.get("choices") or ():
            if choice.get("index"):  # other choices were not asked for
                continue
            yield from self._said(choice.get("delta") or choice.get("message") or {})
            self._stopped(choice.get("finish_reason"))

    def end(self, endpoint: Endpoint) -> ReplyEnd:
        """The last fragment, when nothing more comes.

        Raises
        ------
        ModelUnavailable
            when the reply has no end.
        """
        if self.stop_reason is None:
            raise cut_reply(endpoint)
        reason = self.stop_reason
        if reason == "end_turn":
            reason = "content_filter" if self.refused else "tool_calls" if self.count else reason
        return ReplyEnd(reason, usage_of(self.usage))

    def _said(self, delta: Any) -> Iterator[Fragment]:
        if thinking := delta.get("reasoning_content") or delta.get("reasoning"):
            yield ThinkingFragment(text_of(thinking))
        yield from _content(delta.get("content"))
        if refusal := delta.get("refusal"):
            self.refused = True
            yield TextFragment(text_of(refusal))
        for call in delta.get("tool_calls") or ():
            yield self._call(call)

    def _call(self, call: Any) -> Fragment:
        function = call.get("function") or {}
        place, call_id, name = call.get("index"), text_of(call.get("id")), text_of(function.get("name"))
        place = place if isinstance(place, int) else -1
        known = self.calls.get(place)
        # Some number every call 0, and some none: then a new id, or a name without one, begins a call.
        is_other = bool(known and known.id and call_id and call_id != known.id)
        if known is None or is_other or (place < 0 and name and not call_id):
            known = self.calls[place] = _Call(self.count, call_id)
            self.count += 1
        arguments = function.get("arguments")
        text = json.dumps(arguments) if isinstance(arguments, dict) else text_of(arguments)
        return ToolCallFragment(known.index, text, call_id, name)

    def _stopped(self, word: object) -> None:
        if not word:
            return
        if word == _BROKEN:
            raise ModelUnavailable(f"{self.model} broke off in the middle of its reply.")
        if word not in STOP_REASONS:
            raise ModelFailed(
                f"{self.model} stopped for a reason that is not known: {str(word)[:60]!r}. "
                "Type `%ask --continue` to go on."
            )
        self.stop_reason = STOP_REASONS[str(word)]


def _content(content: object) -> Iterator[Fragment]:
    """Text, which some send as a list of parts, thinking among them."""
    if not isinstance(content, list):
        if content:
            yield TextFragment(text_of(content))
        return
    for part in content:
        if part.get("type") == "thinking":
            inner = part.get("thinking")
            for one in inner if isinstance(inner, list) else [{"text": inner}]:
                yield ThinkingFragment(text_of(one.get("text")))
        elif part.get("text"):
            yield TextFragment(text_of(part["text"]))


def usage_of(usage: dict[str, Any]) -> Usage:
    """What is counted; what is not is 0. Some gateways say what it cost."""
    details = usage.get("prompt_tokens_details") or {}
    cost = usage.get("cost")
    return Usage(
        input_tokens=_count(usage.get("prompt_tokens")),
        output_tokens=_count(usage.get("completion_tokens")),
        cached_tokens=_count(details.get("cached_tokens")),
        cache_write_tokens=_count(details.get("cache_write_tokens")),
        requests=1,
        cost_usd=float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
