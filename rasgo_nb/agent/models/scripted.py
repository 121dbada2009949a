"""The scripted model: plays given lines, for tests and demonstrations."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Message, StopReason, ToolPage, Usage
from rasgo_nb.agent.models.base import (
    Fragment,
    ReplyEnd,
    TextFragment,
    ThinkingFragment,
    ToolCallFragment,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call to make. ``raw`` replaces the arguments' JSON text, to play malformed ones."""

    name: str
    arguments: dict[str, object] = field(default_factory=dict)
    id: str = ""
    raw: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One reply: text, then tool calls. ``pause_s`` is waited before each fragment.

    ``fails`` is raised after the text, in place of the calls. A ``stop_reason`` of None is the usual one.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    thinking: str = ""
    usage: Usage = field(default_factory=Usage)
    pause_s: float = 0.0
    fails: Exception | None = None
    stop_reason: StopReason | None = None


def say(text: str, *calls: Call) -> Line:
    """A line of text and tool calls."""
    return Line(text, calls)


def call(name: str, /, **arguments: object) -> Call:
    """A tool call to make."""
    return Call(name, arguments)


class ScriptedModel:
    """Plays its lines, one for each reply. ``seen`` keeps the transcript that each reply was asked with.

    A line may be a function of the transcript. Past the last line the reply is empty.
    """

    name = "scripted"

    def __init__(self, *lines: Line | Callable[[Sequence[Message]], Line]) -> None:
        self.lines = list(lines)
        self.seen: list[tuple[Message, ...]] = []
        self.tools: tuple[ToolPage, ...] = ()

    async def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """The next line, in fragments."""
        self.seen.append(tuple(messages))
        self.tools = tuple(tools)
        position = len(self.seen) - 1
        line = self.lines[position] if position < len(self.lines) else Line()
        if callable(line):
            line = line(messages)
        for fragment in _fragments(line):
            if line.fails is not None and not isinstance(fragment, TextFragment | ThinkingFragment):
                raise line.fails
            if line.pause_s:
                await asyncio.sleep(line.pause_s)
            yield fragment

    async def aclose(self) -> None:
        """Nothing is open."""


def _fragments(line: Line) -> list[Fragment]:
    fragments: list[Fragment] = []
    if line.thinking:
        fragments.append(ThinkingFragment(line.thinking))
    middle = len(line.text) // 2
    fragments += [TextFragment(piece) for piece in (line.text[:middle], line.text[middle:]) if piece]
    for index, one in enumerate(line.calls):
        text = json.dumps(one.arguments) if one.raw is None else one.raw
        fragments.append(ToolCallFragment(index, "", one.id, one.name))
        fragments += [ToolCallFragment(index, piece) for piece in (text[:7], text[7:]) if piece]
    stop_reason = line.stop_reason or ("tool_calls" if line.calls else "end_turn")
    return [*fragments, ReplyEnd(stop_reason, line.usage)]
