"""A delta that may end within a secret is held back until the next event shows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.events import TextDelta, ThinkingDelta, ToolCallDelta

if TYPE_CHECKING:
    from rasgo_nb.agent.events import Event
    from rasgo_nb.trace.masking import Masking

Delta = TextDelta | ThinkingDelta | ToolCallDelta


class HeldDelta:
    """The last delta of a run, while what follows may complete a secret."""

    def __init__(self) -> None:
        self._held: Delta | None = None

    def due(self, event: Event, masking: Masking) -> list[Event]:
        """What is to be written now that the event has come."""
        if self._held is None and not isinstance(event, Delta):
            return [event]
        before, self._held = self._held, None
        due: list[Event] = []
        if before is not None and isinstance(event, Delta):
            joined = _joined(before, event)
            due, event = ([], joined) if joined is not None else ([before], event)
        elif before is not None:
            due = [before]
        if isinstance(event, Delta) and masking.may_go_on(_text_of(event)):
            self._held = event
            return due
        return [*due, event]


def _text_of(delta: Delta) -> str:
    return delta.arguments_text if isinstance(delta, ToolCallDelta) else delta.text


def _joined(before: Delta, after: Delta) -> Delta | None:
    """Both in one; None where they are of different texts."""
    if isinstance(before, ToolCallDelta) and isinstance(after, ToolCallDelta):
        if (before.step, before.index) != (after.step, after.index):
            return None
        return replace(after, arguments_text=before.arguments_text + after.arguments_text)
    if before.step != after.step:
        return None
    if isinstance(before, TextDelta) and isinstance(after, TextDelta):
        return replace(after, text=before.text + after.text)
    if isinstance(before, ThinkingDelta) and isinstance(after, ThinkingDelta):
        return replace(after, text=before.text + after.text)
    return None
