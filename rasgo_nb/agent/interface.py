"""How the agent meets one family of models: formats, tool pages, bounds, instructions."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ResultFormat = Literal["json", "xml", "markdown"]


def standard_instructions() -> str:
    """The instructions that a family may replace; ``{dialect}`` stands in them."""
    return resources.files("rasgo_nb.agent.prompts").joinpath("instructions.md").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class ToolWords:
    """What a family calls a tool; empty words are the tool's own."""

    name: str = ""
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)  # descriptions, by name


@dataclass(frozen=True, slots=True)
class Interface:
    """One family's interface, as its file says it.

    ``context_window`` and ``max_output_tokens`` are counted in tokens; ``options`` go to the provider's
    request as they are, and are left out where the model refuses them.
    """

    family: str = "standard"
    version: int = 1
    result_format: ResultFormat = "json"
    max_result_chars: int = 16_000
    sees_images: bool = False
    context_window: int = 128_000
    max_output_tokens: int = 16_000
    options: Mapping[str, object] = field(default_factory=dict)
    tools: Mapping[str, ToolWords] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # tools that this family does not get
    instructions: str = field(default_factory=standard_instructions, repr=False)


def choose_interface(model: str, _wanted: str = "") -> Interface:
    """The interface for a model's name (``provider:model``), or the one that is wanted."""
    if model == "offline":
        return Interface("offline", max_result_chars=400_000, context_window=10_000_000)
    return Interface()
