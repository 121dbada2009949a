"""Fits the transcript into the model's context window."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, assert_never

from rasgo_nb.agent.messages import Text, Thinking, ToolCall, ToolResult, Usage
from rasgo_nb.agent.shortening import shortened
from rasgo_nb.agent.summary import summarise
from rasgo_nb.errors import ContextOverflow, ModelFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.messages import Message, Part, ToolPage
    from rasgo_nb.agent.models.base import Model

# Shares of the room. Much room is made at a time, since every change costs the provider's cache.
SHORTEN_ABOVE = 0.75
SHORTEN_TO = 0.45
SUMMARISE_ABOVE = 0.6
CUT_LAST_ABOVE = 0.9

SHORT_CHARS = 600  # of an old tool result
LAST_CHARS = (4_000, SHORT_CHARS)  # of one of the last steps, where there is no other way
WHOLE_STEPS = 2

# UTF-8 bytes tell more than characters: three of a Chinese character are about one token.
_TOKENS_PER_BYTE = 0.3
_LIKELY = (0.15, 1.0)  # some endpoints count only what their cache did not hold
_IMAGE_BYTES = 5_000  # about 1,500 tokens
_MESSAGE_BYTES = 20  # what a wire format puts around each part
_TIGHTER = 0.8
_NO_SUMMARY = "The run grew too long, and the model gave no summary of it. Ask with `--fresh`."


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent; ``note`` says what was shortened since the last call, ``usage`` what that took."""

    messages: Sequence[Message]
    note: str = ""
    usage: Usage = field(default_factory=Usage)


class ContextWindow:
    """What one run's model is sent of its transcript.

    The transcript only grows. Instructions, questions and answers are always sent. Old tool results are
    shortened first; then the model summarises all steps but the last two. What was decided stays: between
    two shortenings the beginning of what is sent is the same.
    """

    def __init__(self, model: Model, interface: Interface) -> None:
        self.model = model
        self.interface = interface
        whole = interface.context_window
        self._room_tokens = float(max(whole - interface.max_output_tokens, whole // 4, 1))
        self._tokens_per_byte = _TOKENS_PER_BYTE
        self._instead: dict[int, tuple[Message, ...]] = {}  # what is sent in place of the message there
        self._summarised_to = 0  # steps that begin before this place are in the summary
        self._summary_failure: ModelFailed | None = None
        self._page_bytes = 0
        self._sizes: dict[int, tuple[Message, int]] = {}  # messages are held: ids come again
        self._sent_bytes = 0
        self._overflowed = False

    async def fit(self, messages: Sequence[Message], pages: Sequence[ToolPage]) -> Fitted:
        """The messages to send now; the same beginning as last time unless something had to be shortened.

        Raises
        ------
        ContextOverflow
            when the last prompt was too long and nothing is left to shorten.
        ModelFailed
            when the model gave no summary and there is no room without one.
        """
        self._page_bytes = sum(_page_bytes(page) for page in pages)
        note, usage = "", Usage()
        if self._share(messages) > SHORTEN_ABOVE:
            note, usage = await self._make_room(messages)
        sent = self._sent(messages)
        size = self._bytes(messages)
        if self._overflowed and size >= self._sent_bytes:
            raise ContextOverflow("The run is longer than the model can read. Ask with `--fresh`.")
        self._sent_bytes, self._overflowed = size, False
        return Fitted(sent, note, usage)

    def overflowed(self) -> None:
        """The provider said that the last prompt was too long: fit tighter from now on."""
        believed = min(self._room_tokens, self._sent_bytes * self._tokens_per_byte)
        self._room_tokens = max(1.0, believed * _TIGHTER)
        self._overflowed = True

    def measured(self, usage: Usage) -> None:
        """Learn from what the provider counted for the last prompt; a count of 0 teaches nothing."""
        if usage.input_tokens > 0 and self._sent_bytes > 0:
            least, most = _LIKELY
            self._tokens_per_byte = min(most, max(least, usage.input_tokens / self._sent_bytes))

    async def _make_room(self, messages: Sequence[Message]) -> tuple[str, Usage]:
        steps = self._steps(messages)
        old, last = steps[:-WHOLE_STEPS], steps[-WHOLE_STEPS:]
        cut = self._shorten(messages, old, max_chars=SHORT_CHARS, share=SHORTEN_TO)
        summarised, usage = 0, Usage()
        if old and self._share(messages) > SUMMARISE_ABOVE and self._summary_failure is None:
            usage = await self._summarise(messages, old)
            summarised = len(old) if self._summary_failure is None else 0
        if self._share(messages) > CUT_LAST_ABOVE:
            for max_chars in LAST_CHARS:
                cut += self._shorten(messages, last, max_chars=max_chars, share=CUT_LAST_ABOVE)
        if self._share(messages) > 1 and self._summary_failure is not None:
            raise self._summary_failure
        return _note(cut, summarised), usage

    def _shorten(
        self, messages: Sequence[Message], steps: Sequence[int], *, max_chars: int, share: float
    ) -> int:
        """Shorten results, those of the first steps first, until all takes that share; of how many steps."""
        excess = self._bytes(messages) - share * self._room_tokens / self._tokens_per_byte
        count = 0
        for step in steps:
            if excess <= 0:
                break
            place = step + 1
            short = shortened(messages[place], self.interface, max_chars)
            gain = self._size(self._instead.get(place, (messages[place],))) - self._size((short,))
            if gain > 0:
                self._instead[place] = (short,)
                excess -= gain
                count += 1
        return count

    async def _summarise(self, messages: Sequence[Message], old: Sequence[int]) -> Usage:
        """Put a summary in the place of the old steps and of the summary before it.

        Where there is none the failure is kept: there may be room without.
        """
        end = old[-1] + 2
        max_bytes = int(SHORTEN_TO * self._room_tokens / self._tokens_per_byte)
        record = [message for message in self._sent(messages[:end]) if message.role != "system"]
        try:
            summary, usage = await summarise(self.model, record, max_bytes=max_bytes)
        except ModelFailed as failure:
            self._summary_failure = failure
            return Usage()
        if summary is None:
            self._summary_failure = ModelFailed(_NO_SUMMARY)
            return usage
        for place in _steps_of(messages[:end]):
            self._instead[place] = self._instead[place + 1] = ()
        self._instead[end - 1] = (summary,)
        self._summarised_to = end
        return usage

    def _steps(self, messages: Sequence[Message]) -> list[int]:
        return [place for place in _steps_of(messages) if place >= self._summarised_to]

    def _sent(self, messages: Sequence[Message]) -> list[Message]:
        return [
            sent for place, message in enumerate(messages) for sent in self._instead.get(place, (message,))
        ]

    def _bytes(self, messages: Sequence[Message]) -> int:
        return self._page_bytes + self._size(self._sent(messages))

    def _size(self, messages: Sequence[Message]) -> int:
        """Bytes of messages, each looked at once."""
        total = 0
        for message in messages:
            known = self._sizes.get(id(message))
            if known is None:
                known = self._sizes[id(message)] = (message, _message_bytes(message))
            total += known[1]
        return total

    def _share(self, messages: Sequence[Message]) -> float:
        return self._bytes(messages) * self._tokens_per_byte / self._room_tokens


def _steps_of(messages: Sequence[Message]) -> list[int]:
    """Where each reply stands that calls tools; its results are in the message after it."""
    return [
        place
        for place, (message, after) in enumerate(pairwise(messages))
        if message.tool_calls and after.role == "tool"
    ]


def _note(cut: int, summarised: int) -> str:
    """What a person is told of it."""
    said = []
    if cut:
        said.append(f"Shortened the results of {cut} steps for the model's context window.")
    if summarised:
        said.append(f"The model goes on from its summary of {summarised} older steps.")
    return " ".join(said)


def _message_bytes(message: Message) -> int:
    return sum(_MESSAGE_BYTES + _part_bytes(part) for part in message.parts)


def _part_bytes(part: Part) -> int:
    match part:
        case Text():
            return _utf8(part.text)
        case Thinking():
            return _utf8(part.text) + _utf8(part.signature)
        case ToolCall():
            return _utf8(part.name) + _utf8(json.dumps(dict(part.arguments), default=str, ensure_ascii=False))
        case ToolResult():
            return _utf8(part.content) + _IMAGE_BYTES * len(part.images)
        case _:
            assert_never(part)


def _page_bytes(page: ToolPage) -> int:
    return _utf8(page.name) + _utf8(page.description) + _utf8(json.dumps(page.parameters))


def _utf8(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
