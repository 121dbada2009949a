"""Fits the transcript into the model's context window."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rasgo_nb.agent.messages import Usage
from rasgo_nb.errors import ContextOverflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.agent.interface import Interface
    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.agent.models.base import Model


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent; ``note`` says what was shortened since the last call, ``usage`` what that took."""

    messages: Sequence[Message]
    note: str = ""
    usage: Usage = field(default_factory=Usage)


class ContextWindow:
    """What one run's model is sent of its transcript."""

    def __init__(self, model: Model, interface: Interface) -> None:
        self.model = model
        self.interface = interface

    async def fit(self, messages: Sequence[Message], _pages: Sequence[ToolPage]) -> Fitted:
        """The messages to send now; the same beginning as last time unless something had to be shortened."""
        return Fitted(messages)

    def overflowed(self) -> None:
        """The provider said that the last prompt was too long: fit tighter from now on.

        Raises
        ------
        ContextOverflow
            when nothing is left to shorten.
        """
        raise ContextOverflow("The run is longer than the model can read. Ask with `--fresh`.")

    def measured(self, usage: Usage) -> None:
        """Learn from what the provider counted for the last prompt."""
