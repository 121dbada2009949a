"""The person's settings file: TOML that only they can read."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_file(path: Path) -> dict[str, Any]:
    """The file's tables; none where there is no file.

    Raises
    ------
    RasgoError
        when it cannot be read; the person mends it.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RasgoError(
            f"The settings in {path} cannot be read: {error}. Mend or remove the file."
        ) from None


def write_file(path: Path, settings: Mapping[str, Any]) -> None:
    """Replace the file in one move; nobody but its owner can read it.

    Raises
    ------
    RasgoError
        when it cannot be written.
    """
    text = "\n".join(_table_lines(settings)).lstrip() + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)  # one that is left over may be open to others
        temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise RasgoError(
            f"The settings cannot be kept in {path}: {error}. Name another file in RASGO_NB_CONFIG."
        ) from None


def _table_lines(table: Mapping[str, Any], name: str = "") -> list[str]:
    """A table as TOML: its values, then its tables."""
    lines = [
        f"{toml_key(key)} = {toml_value(item)}" for key, item in sorted(table.items()) if not _is_table(item)
    ]
    if name and lines:
        lines = ["", f"[{name}]", *lines]
    for key, item in sorted(table.items()):
        if _is_table(item):
            lines += _table_lines(item, f"{name}.{toml_key(key)}" if name else toml_key(key))
    return lines


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def toml_key(key: str) -> str:
    """A key as TOML spells it."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else toml_value(key)


def toml_value(value: object) -> str:
    """A text, number, truth value or list of these as TOML spells it, on one line."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # The basic strings of TOML are those of JSON, but for the one control character that JSON lets pass.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return str(value)
