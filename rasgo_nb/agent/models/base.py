"""What every model is to the loop: something that streams a reply in fragments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from rasgo_nb.agent.messages import Message, StopReason, ToolPage, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence


@dataclass(frozen=True, slots=True)
class TextFragment:
    """A piece of what the model says."""

    text: str


@dataclass(frozen=True, slots=True)
class ThinkingFragment:
    """A piece of what the model thinks aloud; a signature closes the part."""

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
class ReplyRestart:
    """The reply broke off and is asked for anew after ``wait_s``; what came of it so far is void."""

    reason: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """The last fragment of every reply; the usage of a real provider has ``cost_usd=None``."""

    stop_reason: StopReason
    usage: Usage = field(default_factory=Usage)


Fragment = TextFragment | ThinkingFragment | ToolCallFragment | ReplyRestart | ReplyEnd


class Model(Protocol):
    """An LLM behind a provider, or something that behaves like one.

    A provider's class is made with ``(name, endpoint, options, cache_key)``: see ``ProviderModel``.
    """

    @property
    def name(self) -> str:
        """As the person types it: ``provider:model``, or ``offline``."""

    def stream_reply(
        self, messages: Sequence[Message], tools: Sequence[ToolPage]
    ) -> AsyncGenerator[Fragment, None]:
        """One reply to the transcript so far, ending with a ``ReplyEnd``.

        Closing the generator closes the connection. It tries once: retries are the loop's.

        Raises
        ------
        ModelUnavailable
            it may work in a while: rate limit, overload, a broken connection, a reply cut in the middle.
        ContextOverflow
            the messages do not fit the model.
        ModelFailed
            anything else that the person can mend.
        """

    async def aclose(self) -> None:
        """Close what is open; the model is not used again."""
