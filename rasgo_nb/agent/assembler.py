"""Turns the fragments of a streamed reply into one message."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import assert_never

from rasgo_nb.agent.events import Event, TextDelta, ThinkingDelta, ToolCallDelta
from rasgo_nb.agent.messages import Message, Part, StopReason, Text, Thinking, ToolCall, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)


@dataclass(slots=True)
class _OpenCall:
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)


class Assembler:
    """Collects one reply; ``add`` says what a reader of the run should hear of each fragment."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.stop_reason: StopReason = "unknown"
        self.usage = Usage(requests=1)
        self._parts: list[TextFragment | ThinkingFragment] = []
        self._calls: dict[int, _OpenCall] = {}

    def add(self, fragment: Fragment) -> Event | None:
        """Take the next fragment; the event to report, if a reader should hear of it."""
        match fragment:
            case TextFragment():
                self._parts.append(fragment)
                return TextDelta(self.step, fragment.text)
            case ThinkingFragment():
                self._parts.append(fragment)
                return ThinkingDelta(self.step, fragment.text)
            case ToolCallFragment():
                return self._add_call(fragment)
            case ReplyEnd():
                self.stop_reason = fragment.stop_reason
                self.usage = replace(fragment.usage, requests=1)
                return None
            case _:
                assert_never(fragment)

    def message(self) -> Message:
        """The reply so far as a message of the assistant."""
        calls = [_tool_call(call, index, self.step) for index, call in sorted(self._calls.items())]
        return Message("assistant", (*_joined(self._parts), *_unique_ids(calls)))

    def _add_call(self, fragment: ToolCallFragment) -> Event:
        call = self._calls.setdefault(fragment.index, _OpenCall())
        call.id = fragment.id or call.id
        call.name = fragment.name or call.name
        call.pieces.append(fragment.arguments_text)
        return ToolCallDelta(self.step, fragment.index, call.name, fragment.arguments_text)


def _joined(fragments: list[TextFragment | ThinkingFragment]) -> list[Part]:
    parts: list[Part] = []
    for fragment in fragments:
        last = parts[-1] if parts else None
        if isinstance(fragment, TextFragment):
            if isinstance(last, Text):
                parts[-1] = Text(last.text + fragment.text)
            else:
                parts.append(Text(fragment.text))
        elif isinstance(last, Thinking) and not last.signature:
            parts[-1] = Thinking(last.text + fragment.text, fragment.signature)
        else:
            parts.append(Thinking(fragment.text, fragment.signature))
    return parts


def _tool_call(call: _OpenCall, index: int, step: int) -> ToolCall:
    text = "".join(call.pieces)
    tool_call_id = call.id or f"call_{step}_{index}"
    try:
        arguments = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return ToolCall(tool_call_id, call.name, {}, malformed=text)
    if not isinstance(arguments, dict):
        return ToolCall(tool_call_id, call.name, {}, malformed=text)
    return ToolCall(tool_call_id, call.name, _encodable(arguments))


def _encodable(arguments: dict[str, object]) -> dict[str, object]:
    """Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes ``?``."""
    text = json.dumps(arguments, ensure_ascii=False)
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return arguments if clean == text else dict(json.loads(clean))


def _unique_ids(calls: list[ToolCall]) -> list[ToolCall]:
    """Results are matched to calls by id, so a repeated id gets a suffix."""
    seen: set[str] = set()
    unique = []
    for call in calls:
        name, number = call.id, 2
        while name in seen:
            name, number = f"{call.id}_{number}", number + 1
        seen.add(name)
        unique.append(ToolCall(name, call.name, call.arguments, call.malformed))
    return unique
