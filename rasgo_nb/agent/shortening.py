"""Tool results, said in less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Message, ToolResult
from rasgo_nb.agent.render import render

if TYPE_CHECKING:
    from rasgo_nb.agent.interface import Interface

# Of 40 characters at most: `render` leaves texts as short as that whole.
STILL_THERE = "DataFrames are still in the notebook"


def shortened(message: Message, interface: Interface, max_chars: int) -> Message:
    """A tool message whose results are at most so long, each still well formed, and without pictures.

    The same message gives the same text each time, so that a provider's cache still knows it.
    """
    if message.role != "tool":
        return message
    parts = [
        _shorter(part, interface, max_chars) if isinstance(part, ToolResult) else part
        for part in message.parts
    ]
    return replace(message, parts=tuple(parts))


def _shorter(result: ToolResult, interface: Interface, max_chars: int) -> ToolResult:
    if len(result.content) <= max_chars:
        return replace(result, images=())
    page = {"text": result.content} if result.page is None else result.page
    content = render({"shortened": STILL_THERE, **page}, replace(interface, max_result_chars=max_chars))
    return replace(result, content=content, images=())
