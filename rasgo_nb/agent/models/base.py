"""What every model is to the loop: something that streams a reply in fragments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from rasgo_nb.agent.messages import Message, StopReason, ToolPage, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

ResultFormat = Literal["json", "xml", "markdown"]


@dataclass(frozen=True, slots=True)
class TextFragment:
    """A piece of what the model says."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingFragment:
    """A piece of what the model thinks aloud."""

    text: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class ToolCallFragment:
    """A piece of one tool call; fragments with the same index belong together.

    The first carries id and name, each carries a further piece of the arguments' JSON text.
    """

    index: int
    arguments_text: str = ""
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The last fragment of every reply."""

    stop_reason: StopReason
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class Interface:
    """How tool results are written for a model, and how long one may be."""

    result_format: ResultFormat = "json"
    max_result_chars: int = 16_000


Fragment = TextFragment | ThinkingFragment | ToolCallFragment | ReplyEnd


class Model(Protocol):
    """An LLM behind a provider, or something that behaves like one."""

    @property
    def name(self) -> str:
        """As the person types it: ``provider:model``, or ``offline``."""

    @property
    def interface(self) -> Interface:
        """How this model reads tool results best."""

    def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """One reply to the transcript so far, ending with a ``ReplyEnd``."""
