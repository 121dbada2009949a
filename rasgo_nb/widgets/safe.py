"""Text and JSON that any page, message and file can hold, within bounds."""

from __future__ import annotations

import json
import math
from typing import Any

from rasgo_nb.widgets.plain import cell_text, encodable, shortened, without_colours

State = dict[str, Any]  # of the shape that labextension/src/protocol.ts gives it

_MAX_DEPTH = 40
_SAMPLED = 1_000  # items of a long list
_SCALAR_WEIGHT = 8  # of a number or a word of JSON, with its comma


def block(text: str, most: int) -> str:
    """A text of many lines; where it is cut a sentence at its end says so."""
    shown = encodable(without_colours(text[:most]))
    return shown if len(text) <= most else f"{shown}\n… cut here, after {most:,} characters."


def line(value: object, most: int) -> str:
    """A value on one line, cut where it is longer; its own code may raise and may return anything."""
    return shortened(encodable(without_colours(cell_text(value)[: most * 8])), most)


def plain_json(value: object, depth: int = _MAX_DEPTH) -> object:
    """A JSON value without NaN, infinities, control characters and what JSON does not know."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        return encodable(value)
    if depth == 0:
        return None
    if isinstance(value, dict):
        return {encodable(str(key)): plain_json(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_json(item, depth - 1) for item in value]
    return None


def weight(value: object, most: int) -> int:
    """About how many bytes the value has as JSON, by its first items; the count stops soon after ``most``."""
    total, todo = 0, [value]
    while todo and total <= most:
        one = todo.pop()
        if isinstance(one, str):
            total += len(one) + 3
        elif isinstance(one, dict):
            total += sum(len(key) + 4 for key in one if isinstance(key, str))
            todo.extend(one.values())
        elif isinstance(one, list | tuple) and len(one) > _SAMPLED:
            # The items of a long list are alike: its first ones stand for all.
            total += weight(one[:_SAMPLED], most) * len(one) // _SAMPLED
        elif isinstance(one, list | tuple):
            todo.extend(one)
        else:
            total += _SCALAR_WEIGHT
    return total


def size(state: object) -> int:
    """How many bytes a state has as JSON in a message or a notebook file."""
    return len(json.dumps(state, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())
