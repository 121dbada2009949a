"""What is said between us and a model: messages made of parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Role = Literal["system", "user", "assistant", "tool"]
StopReason = Literal["end_turn", "tool_calls", "max_tokens", "content_filter", "unknown"]


@dataclass(frozen=True, slots=True)
class Text:
    """What was said."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that a model may look at, such as a chart."""

    data: bytes = field(repr=False)
    media_type: str = "image/png"


@dataclass(frozen=True, slots=True)
class Thinking:
    """What a model thought aloud.

    The signature is the provider's own and goes back unchanged, to the model that gave it and no other.
    """

    text: str
    signature: str = ""
    model: str = ""  # provider:model that gave the signature


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model's request to run a tool."""

    id: str
    name: str
    arguments: Mapping[str, object]
    malformed: str = ""  # what the model is told, where the arguments were no JSON object


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The two faces of a tool's work: ``content`` for the model, ``value`` for the card.

    ``page`` is what ``content`` was rendered from, so that it can be rendered shorter later; ``images`` are
    sent beside the content; ``usage`` is what models inside the tool took and what was billed. ``withheld``
    tells the person what of the value the model did not see, and why.
    """

    tool_call_id: str
    content: str
    is_error: bool = False
    images: tuple[Image, ...] = ()
    value: object = field(default=None, compare=False, repr=False)
    page: Mapping[str, object] | None = field(default=None, compare=False, repr=False)
    usage: Usage | None = field(default=None, compare=False, repr=False)
    withheld: str = field(default="", compare=False)


Part = Text | Thinking | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One item sent to or got from the model."""

    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls, in order."""
        return tuple(part for part in self.parts if isinstance(part, ToolCall))

    @property
    def tool_results(self) -> tuple[ToolResult, ...]:
        """The tool results, in order."""
        return tuple(part for part in self.parts if isinstance(part, ToolResult))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and money of one request or of several; sums with ``+``.

    ``input_tokens`` are all that went in; ``cached_tokens`` of them were read from the provider's cache and
    ``cache_write_tokens`` written to it. ``cost_usd`` is None where no price is known; the sum of a known and
    an unknown cost is unknown. ``bytes_billed`` are those that queries were to be billed for, where the
    warehouse said so before.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    requests: int = 0
    cost_usd: float | None = 0.0
    bytes_billed: int = 0

    def __add__(self, other: Usage) -> Usage:
        known = self.cost_usd is not None and other.cost_usd is not None
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            requests=self.requests + other.requests,
            cost_usd=(self.cost_usd or 0.0) + (other.cost_usd or 0.0) if known else None,
            bytes_billed=self.bytes_billed + other.bytes_billed,
        )

    def __sub__(self, earlier: Usage) -> Usage:
        """What was used since."""
        known = self.cost_usd is not None and earlier.cost_usd is not None
        return Usage(
            input_tokens=self.input_tokens - earlier.input_tokens,
            output_tokens=self.output_tokens - earlier.output_tokens,
            cached_tokens=self.cached_tokens - earlier.cached_tokens,
            cache_write_tokens=self.cache_write_tokens - earlier.cache_write_tokens,
            requests=self.requests - earlier.requests,
            cost_usd=(self.cost_usd or 0.0) - (earlier.cost_usd or 0.0) if known else None,
            bytes_billed=self.bytes_billed - earlier.bytes_billed,
        )

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class ToolPage:
    """A tool as the model reads it; ``parameters`` is a JSON Schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, object]
