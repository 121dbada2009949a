"""The wire of the Messages API, which Anthropic, Bedrock and Vertex share.

The wire is described at https://docs.anthropic.com/en/api/messages-streaming. Events are read as plain JSON,
so that what a block holds goes back exactly as it came.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, assert_never

from rasgo_nb.agent.messages import Message, StopReason, Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)
from rasgo_nb.agent.models.failures import cut_reply
from rasgo_nb.errors import ContextOverflow, ModelFailed

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence

    from rasgo_nb.agent.messages import Part, ToolPage
    from rasgo_nb.agent.models.endpoint import Endpoint

STOP_REASONS: dict[str, StopReason] = {
    "end_turn": "end_turn",
    "stop_sequence": "end_turn",
    "pause_turn": "end_turn",
    "tool_use": "tool_calls",
    "max_tokens": "max_tokens",
    "refusal": "content_filter",
}
_OVERFLOW = "model_context_window_exceeded"
EAGER = "eager_input_streaming"  # a tool's own option
_REDACTED = "redacted_thinking:"  # what a signature begins with that is the data of such a block
_CACHED = {"cache_control": {"type": "ephemeral"}}


def to_wire(
    messages: Sequence[Message], tools: Sequence[ToolPage], *, model: str = "", eager: bool = False
) -> dict[str, Any]:
    """The request arguments that say the transcript and the tools.

    ``model`` is the full name: thinking goes back to the model that gave it and to no other. ``eager`` asks
    for arguments as they are written, not buffered until they are valid JSON.
    """
    wire: dict[str, Any] = {}
    system = "\n\n".join(message.text for message in messages if message.role == "system")
    if system.strip():
        wire["system"] = [{"type": "text", "text": _encodable(system), **_CACHED}]
    if tools:
        wire["tools"] = [_tool(page, eager=eager) for page in tools]
    turns = _turns(messages, model)
    for turn in [turn for turn in turns if turn["role"] == "user"][-2:]:
        turn["content"][-1] |= _CACHED
    return {**wire, "messages": turns}


def _tool(page: ToolPage, *, eager: bool) -> dict[str, Any]:
    tool = {"name": page.name, "description": page.description, "input_schema": dict(page.parameters)}
    return {**tool, EAGER: True} if eager else tool


def _turns(messages: Sequence[Message], model: str) -> list[dict[str, Any]]:
    """Turns of user and assistant that alternate: what follows in the same role is one turn."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        blocks = [block for part in message.parts for block in _blocks(part, model)]
        if message.role == "system" or not blocks:
            continue
        role = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    return turns


def _blocks(part: Part, model: str) -> Iterator[dict[str, Any]]:
    """The part as the API takes it; nothing for a blank text, which it refuses, or another's thinking."""
    match part:
        case Text():
            if part.text.strip():
                yield {"type": "text", "text": _encodable(part.text)}
        case Thinking():
            if part.signature and part.model == model:
                yield _thinking(part)
        case ToolCall():
            name = _word(part.name) or "unnamed"
            yield {"type": "tool_use", "id": _word(part.id), "name": name, "input": dict(part.arguments)}
        case ToolResult():
            yield _tool_result(part)
        case _:
            assert_never(part)


def _thinking(part: Thinking) -> dict[str, Any]:
    if part.signature.startswith(_REDACTED):
        return {"type": "redacted_thinking", "data": part.signature.removeprefix(_REDACTED)}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _tool_result(part: ToolResult) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "tool_result", "tool_use_id": _word(part.tool_call_id)}
    content = _encodable(part.content)
    text = [{"type": "text", "text": content}] if content.strip() else []
    if part.images:
        block["content"] = [*text, *(_image(image.media_type, image.data) for image in part.images)]
    elif text:
        block["content"] = content
    return {**block, "is_error": True} if part.is_error else block


def _image(media_type: str, data: bytes) -> dict[str, Any]:
    source = {"type": "base64", "media_type": media_type, "data": b64encode(data).decode()}
    return {"type": "image", "source": source}


def _encodable(text: str) -> str:
    """Half of a surrogate pair, which data can hold and UTF-8 cannot, becomes ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _word(text: str) -> str:
    """An id or a name with the letters that the API takes; other models may have given others."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", text)


async def from_wire(
    events: AsyncIterable[Any], endpoint: Endpoint, model: str
) -> AsyncGenerator[Fragment, None]:
    """The fragments of one reply.

    Raises
    ------
    ModelUnavailable
        when the events end before the reply does.
    ContextOverflow, ModelFailed
        when it stopped because nothing more fits, or for a reason that is not known.
    KeyError, TypeError, ValueError, AttributeError
        for an event that is none.
    """
    reply = _Reply(model)
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
    stop_reason: StopReason | None = None
    is_whole: bool = False
    signatures: dict[int, str] = field(default_factory=dict)  # of thinking blocks that are open
    inputs: dict[int, object] = field(default_factory=dict)  # of tool calls that came with the block's start
    tokens: dict[str, int] = field(default_factory=dict)

    def fragments(self, event: Any) -> Iterator[Fragment]:
        # Events of other types are to be passed over: the API may add some.
        match event["type"]:
            case "message_start":
                self._count(event["message"].get("usage"))
            case "content_block_start":
                yield from self._start(event["index"], event["content_block"])
            case "content_block_delta":
                yield from self._delta(event["index"], event["delta"])
            case "content_block_stop":
                yield from self._stop(event["index"])
            case "message_delta":
                self._count(event.get("usage"))
                self._stopped(event["delta"].get("stop_reason"))
            case "message_stop" if self.stop_reason is not None:
                self.is_whole = True
                yield ReplyEnd(self.stop_reason, self._usage())

    def _start(self, index: int, block: Any) -> Iterator[Fragment]:
        match block["type"]:
            case "text":
                if block.get("text"):
                    yield TextFragment(_text(block["text"]))
            case "thinking":
                self.signatures[index] = _text(block.get("signature", ""))
                if block.get("thinking"):
                    yield ThinkingFragment(_text(block["thinking"]))
            case "redacted_thinking":
                yield ThinkingFragment("", _REDACTED + _text(block["data"]))
            case "tool_use":
                self.inputs[index] = block.get("input")
                yield ToolCallFragment(int(index), id=_text(block["id"]), name=_text(block["name"]))
            case other:
                raise ModelFailed(
                    f"{self.model} answered with a part of a kind that is not known: {str(other)[:60]!r}. "
                    "Take another with `--model`."
                )

    def _delta(self, index: int, delta: Any) -> Iterator[Fragment]:
        match delta["type"]:
            case "text_delta":
                yield TextFragment(_text(delta["text"]))
            case "thinking_delta":
                yield ThinkingFragment(_text(delta["thinking"]))
            case "signature_delta":
                self.signatures[index] = _text(delta["signature"])
            case "input_json_delta":
                piece = _text(delta["partial_json"])
                if piece:
                    self.inputs.pop(index, None)
                    yield ToolCallFragment(int(index), piece)

    def _stop(self, index: int) -> Iterator[Fragment]:
        if signature := self.signatures.pop(index, ""):
            yield ThinkingFragment("", signature)
        if given := self.inputs.pop(index, None):  # some gateways send no deltas
            yield ToolCallFragment(int(index), json.dumps(given))

    def _stopped(self, word: object) -> None:
        if word == _OVERFLOW:
            raise ContextOverflow(f"The run is longer than {self.model} can read. Ask with `--fresh`.")
        if word is None:
            return
        if word not in STOP_REASONS:
            raise ModelFailed(
                f"{self.model} stopped for a reason that is not known: {str(word)[:60]!r}. "
                "Type `%ask --continue` to go on."
            )
        self.stop_reason = STOP_REASONS[str(word)]

    def _count(self, usage: Any) -> None:
        """Counts are cumulative; a later one replaces an earlier one."""
        found = usage if isinstance(usage, dict) else {}
        self.tokens |= {name: count for name, count in found.items() if isinstance(count, int)}

    def _usage(self) -> Usage:
        read = self.tokens.get("cache_read_input_tokens", 0)
        written = self.tokens.get("cache_creation_input_tokens", 0)
        return Usage(
            input_tokens=self.tokens.get("input_tokens", 0) + read + written,
            output_tokens=self.tokens.get("output_tokens", 0),
            cached_tokens=read,
            cache_write_tokens=written,
            requests=1,
            cost_usd=None,
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value
