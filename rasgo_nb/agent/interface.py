"""How the agent meets one family of models: formats, tool pages, bounds, instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.agent.interface_file import matching_file, read_whole, wanted_file

if TYPE_CHECKING:
    from collections.abc import Mapping

ResultFormat = Literal["json", "xml", "markdown"]

_MAX_OUTPUT_TOKENS = 16_000

# Providers that speak another's wire format share its group of options.
_WIRES = {"azure": "openai", "bedrock": "anthropic", "vertex": "anthropic"}


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
    request as they are, and are left out where the model refuses them. Descriptions and ``instructions``
    are written with our names of tools; see ``in_its_words``.
    """

    family: str = "standard"
    version: int = 1
    result_format: ResultFormat = "json"
    max_result_chars: int = 16_000
    sees_images: bool = False
    context_window: int = 128_000
    max_output_tokens: int = _MAX_OUTPUT_TOKENS
    options: Mapping[str, object] = field(default_factory=dict)
    tools: Mapping[str, ToolWords] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()  # tools that this family does not get
    instructions: str = field(default_factory=standard_instructions, repr=False)

    def words_of(self, tool: str) -> ToolWords:
        """What this family calls one of our tools."""
        words = self.tools.get(tool, ToolWords())
        return ToolWords(words.name or tool, words.description, words.parameters)

    def in_its_words(self, text: str) -> str:
        """A text with our names of tools, each as this family calls it."""
        renamed = {tool: words.name for tool, words in self.tools.items() if words.name}
        if not renamed:
            return text
        names = "|".join(re.escape(tool) for tool in renamed)
        return re.sub(rf"\b({names})\b", lambda found: renamed[found[0]], text)


def choose_interface(model: str, wanted: str = "", *, kind: str = "") -> Interface:
    """The interface for a model's name (``provider:model``), or the one that is wanted: a family or a file.

    ``kind`` is the provider of ours that speaks to the model, where its name is the person's own. The
    offline model always gets its own: its rules read just that one. A model of the caller's own, with no
    provider in its name, gets the standard one.

    Raises
    ------
    RasgoError
        naming the file and the key that is wrong.
    """
    path = wanted_file(wanted) if wanted else matching_file(model)
    path = matching_file(model) if model == "offline" else path
    if path is None:
        return Interface()
    provider, _, name = model.partition(":")
    table = _for_model(read_whole(path), name or model)
    return _interface(path.stem, table, kind or provider)


def _for_model(table: dict[str, Any], name: str) -> dict[str, Any]:
    """The family's settings with those of the first entry in ``models`` that matches; its options replace."""
    table = dict(table)
    entries: list[dict[str, Any]] = table.pop("models", [])
    for entry in entries:
        if any(fnmatchcase(name.lower(), pattern.lower()) for pattern in entry["matches"]):
            return table | entry | {"options": table.get("options", {}) | entry.get("options", {})}
    return table


def _interface(family: str, table: dict[str, Any], provider: str) -> Interface:
    standard = standard_instructions()
    groups = table.get("options", {})
    options = {**groups.get(_WIRES.get(provider, ""), {}), **groups.get(provider, {})}
    most = table.get("max_output_tokens", _MAX_OUTPUT_TOKENS)
    built = {
        "tools": {name: ToolWords(**words) for name, words in table.get("tools", {}).items()},
        "left_out": tuple(table.get("left_out", ())),
        "options": {key: most if value == "{max_output_tokens}" else value for key, value in options.items()},
        "instructions": table.get("instructions", "{standard}").replace("{standard}", standard),
    }
    plain = {key: value for key, value in table.items() if key != "matches"}
    return Interface(**{"family": family, **plain, **built})
