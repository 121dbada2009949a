"""Turns the fragments of a streamed reply into one message."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, assert_never

from rasgo_nb.agent.events import Event, ReplyRetried, TextDelta, ThinkingDelta, ToolCallDelta
from rasgo_nb.agent.messages import Message, Part, StopReason, Text, Thinking, ToolCall, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    ReplyRestart,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)

if TYPE_CHECKING:
    from collections.abc import Collection

MAX_ARGUMENTS_CHARS = 1_000_000  # of one tool call; no query and no code is that long

_CUT = (
    "The reply met the limit on its length before the arguments ended, so this call was not run. "
    "Say it in less, or in several calls."
)


@dataclass(slots=True)
class _OpenText:
    pieces: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _OpenThinking:
    pieces: list[str] = field(default_factory=list)
    signature: str = ""


@dataclass(slots=True)
class _OpenCall:
    index: int
    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)
    length: int = 0  # characters, also of those that were too many to keep


class Assembler:
    """Collects one reply; ``add`` says what a reader of the run should hear of each fragment.

    Parts keep the order in which they began. ``taken`` are the ids of the tool calls before this reply: some
    endpoints begin anew with each, and others refuse an id that comes twice.
    """

    def __init__(self, step: int, model: str = "", *, taken: Collection[str] = ()) -> None:
        self.step = step
        self.model = model
        self._taken = frozenset(taken)
        self.stop_reason: StopReason = "unknown"
        self.usage = Usage(requests=1)
        self._parts: list[_OpenText | _OpenThinking | _OpenCall] = []
        self._calls: dict[int, _OpenCall] = {}

    def add(self, fragment: Fragment) -> Event | None:
        """Take the next fragment; the event to report, if a reader should hear of it."""
        match fragment:
            case TextFragment():
                self._open_text().pieces.append(fragment.text)
                return TextDelta(self.step, fragment.text)
            case ThinkingFragment():
                part = self._open_thinking()
                part.pieces.append(fragment.text)
                part.signature = fragment.signature
                return ThinkingDelta(self.step, fragment.text) if fragment.text else None
            case ToolCallFragment():
                return self._add_call(fragment)
            case ReplyRestart():
                self._parts.clear()
                self._calls.clear()
                self.usage = replace(self.usage, requests=self.usage.requests + 1)
                return ReplyRetried(self.step, fragment.reason, fragment.wait_s)
            case ReplyEnd():
                self.stop_reason = fragment.stop_reason
                self.usage = replace(fragment.usage, requests=self.usage.requests)
                return None
            case _:
                assert_never(fragment)

    def message(self) -> Message:
        """The reply so far as a message of the assistant."""
        parts = [self._closed(part) for part in self._parts]
        whole = [part for part in parts if part is not None]
        return Message("assistant", tuple(_with_unique_ids(whole, self._taken)))

    def _open_text(self) -> _OpenText:
        if not self._parts or not isinstance(self._parts[-1], _OpenText):
            self._parts.append(_OpenText())
        last = self._parts[-1]
        assert isinstance(last, _OpenText)
        return last

    def _open_thinking(self) -> _OpenThinking:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _OpenThinking) and not last.signature:
            return last
        part = _OpenThinking()
        self._parts.append(part)
        return part

    def _add_call(self, fragment: ToolCallFragment) -> Event:
        call = self._calls.get(fragment.index)
        if call is None:
            call = self._calls[fragment.index] = _OpenCall(fragment.index)
            self._parts.append(call)
        call.id = fragment.id or call.id
        call.name = fragment.name or call.name
        call.length += len(fragment.arguments_text)
        if call.length <= MAX_ARGUMENTS_CHARS:
            call.pieces.append(fragment.arguments_text)
        return ToolCallDelta(self.step, fragment.index, call.name, fragment.arguments_text)

    def _closed(self, part: _OpenText | _OpenThinking | _OpenCall) -> Part | None:
        match part:
            case _OpenText():
                text = "".join(part.pieces)
                return Text(text) if text else None
            case _OpenThinking():
                return Thinking("".join(part.pieces), part.signature, self.model if part.signature else "")
            case _OpenCall():
                is_cut = self.stop_reason == "max_tokens" and part is self._parts[-1]
                return _tool_call(part, self.step, is_cut=is_cut)
            case _:
                assert_never(part)


def _tool_call(call: _OpenCall, step: int, *, is_cut: bool) -> ToolCall:
    text = "".join(call.pieces)
    tool_call_id = call.id or f"call_{step}_{call.index}"
    if call.length > MAX_ARGUMENTS_CHARS:
        length = f"The arguments are {call.length:,} characters long"
        fault = f"{length}, at most {MAX_ARGUMENTS_CHARS:,} are read. Say it in less."
        return ToolCall(tool_call_id, call.name, {}, malformed=fault)
    try:
        arguments = json.loads(text or ("" if is_cut else "{}"))
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        return ToolCall(tool_call_id, call.name, {}, malformed=_CUT if is_cut else _fault(text))
    return ToolCall(tool_call_id, call.name, _encodable(arguments))


def _fault(text: str) -> str:
    """What the model is told of arguments that are no JSON object."""
    head = text if len(text) <= 500 else f"{text[:500]}…"
    return f"The arguments were no JSON object. Send one that fits the parameters. They began: {head}"


def _encodable(arguments: dict[str, object]) -> dict[str, object]:
    """Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes ``?``."""
    text = json.dumps(arguments, ensure_ascii=False)
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return arguments if clean == text else dict(json.loads(clean))


def _with_unique_ids(parts: list[Part], taken: Collection[str]) -> list[Part]:
    """Results are matched to calls by id, so a repeated id gets a suffix."""
    seen = set(taken)
    unique: list[Part] = []
    for part in parts:
        if isinstance(part, ToolCall):
            name, number = part.id, 2
            while name in seen:
                name, number = f"{part.id}_{number}", number + 1
            seen.add(name)
            part = replace(part, id=name)
        unique.append(part)
    return unique
