"""What may stand in an interface file, and of which kind it is."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.tools import ALL_TOOLS, ALL_WITH_SPECIALIST
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Check = Callable[[Path, str, Any], None]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what every provider takes for the name of a tool
_LEAST_CHARS = 100  # what the renderer needs to say that it cut something
_TOOLS = {tool.name: tool for tool in (*ALL_TOOLS, *ALL_WITH_SPECIALIST)}


def wrong(path: Path, key: str, what: str) -> RasgoError:
    """The one line for a key that is wrong."""
    return RasgoError(f"{path}: {key} {what}. Mend the file, or take another with `--interface`.")


def check_keys(path: Path, table: Mapping[str, Any]) -> None:
    """Refuse a key that there is not, or a value that is not of its kind."""
    _check_table(path, "", table, _KEYS)


def _check_table(path: Path, place: str, table: Mapping[str, Any], keys: Mapping[str, Check]) -> None:
    for key, value in table.items():
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            hint = f"did you mean {near[0]}?" if near else f"keys: {', '.join(keys)}"
            raise wrong(path, f"{place}{key}", f"is no key here; {hint}")
        keys[key](path, f"{place}{key}", value)


def _check_options(path: Path, key: str, value: Any) -> None:
    _check_dict(path, key, value)
    for group, options in value.items():
        _check_dict(path, f"{key}.{group}", options)


def _check_tools(path: Path, key: str, value: Any) -> None:
    _check_dict(path, key, value)
    for name, words in value.items():
        place = f"{key}.{name}"
        _check_tool(path, place, name)
        _check_dict(path, place, words)
        _check_table(path, f"{place}.", words, _TOOL_KEYS)
        known: Any = _TOOLS[name].parameters["properties"]
        told = dict.fromkeys(known, _check_text)
        _check_table(path, f"{place}.parameters.", words.get("parameters", {}), told)


def _check_left_out(path: Path, key: str, value: Any) -> None:
    _check_texts(path, key, value)
    for name in value:
        _check_tool(path, key, name)
    if "final_answer" in value:
        raise wrong(path, key, "holds final_answer, without which no run ends")


def _check_models(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise wrong(path, key, "must be written as [[models]]")
    for entry in value:
        _check_dict(path, key, entry)
        _check_table(path, f"{key}.", entry, _MODEL_KEYS)
        if "matches" not in entry:
            raise wrong(path, f"{key}.matches", "is missing")


def _check_tool(path: Path, key: str, name: str) -> None:
    if name not in _TOOLS:
        near = get_close_matches(name, _TOOLS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"tools: {', '.join(_TOOLS)}"
        raise wrong(path, key, f"names {name!r}, which is no tool; {hint}")


def check_names_differ(path: Path, table: Mapping[str, Any]) -> None:
    """Refuse two tools under one name, which a model could not tell apart."""
    seen: set[str] = set()
    for name in _TOOLS.keys() - set(table.get("left_out", [])):
        word = table.get("tools", {}).get(name, {}).get("name") or name
        if word in seen:
            raise wrong(path, "tools", f"gives two tools the name {word!r}")
        seen.add(word)


def _check_text(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise wrong(path, key, f"must be a text, not {value!r}")


def _check_texts(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise wrong(path, key, f"must be a list of texts, not {value!r}")


def _check_dict(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise wrong(path, key, f"must be a table, not {value!r}")


def _check_switch(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise wrong(path, key, f"must be true or false, not {value!r}")


def _check_format(path: Path, key: str, value: Any) -> None:
    if value not in ("json", "xml", "markdown"):
        raise wrong(path, key, f"must be json, xml or markdown, not {value!r}")


def _check_tool_name(path: Path, key: str, value: Any) -> None:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise wrong(path, key, f"must be up to 64 letters, digits, _ and -, not {value!r}")


def _number_from(least: int) -> Check:
    def check(path: Path, key: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise wrong(path, key, f"must be a whole number from {least}, not {value!r}")

    return check


_TOOL_KEYS: dict[str, Check] = {
    "name": _check_tool_name,
    "description": _check_text,
    "parameters": _check_dict,
}
_MODEL_KEYS: dict[str, Check] = {
    "matches": _check_texts,
    "result_format": _check_format,
    "max_result_chars": _number_from(_LEAST_CHARS),
    "sees_images": _check_switch,
    "context_window": _number_from(1),
    "max_output_tokens": _number_from(1),
    "options": _check_options,
}
_KEYS: dict[str, Check] = {
    **_MODEL_KEYS,
    "version": _number_from(1),
    "extends": _check_text,
    "tools": _check_tools,
    "left_out": _check_left_out,
    "instructions": _check_text,
    "instructions_file": _check_text,
    "models": _check_models,
}
