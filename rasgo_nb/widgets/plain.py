"""Any value and any text as plain text that a page, a message and a terminal can hold."""

from __future__ import annotations

import re

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_COLOUR = re.compile("\x1b\\[[0-9;]*[A-Za-z]")


def encodable(text: str) -> str:
    """The text without what a page, a message or a file cannot hold."""
    return _CONTROL.sub("\ufffd", text).encode("utf-8", "replace").decode("utf-8")


def without_colours(text: str) -> str:
    """Printed text without the escape sequences by which terminals colour it."""
    return _COLOUR.sub("", text)


def shortened(text: str, most: int) -> str:
    """A text on one line, cut where it is longer than ``most`` characters."""
    text = " ".join(text[: most * 4].split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def cell_text(value: object) -> str:
    """A value as a reader of a table wants it: few digits, no noise around dates, nothing for missing."""
    kind = type(value).__name__
    if value is None or kind in {"NAType", "NaTType"}:
        return "–"
    if kind in {"float", "float64", "float32"}:
        return _float_text(float(value))  # type: ignore[arg-type]
    if kind == "Timestamp":
        return str(value).removesuffix(" 00:00:00")
    try:
        return str(value).replace("\n", "⏎")
    except Exception:  # noqa: BLE001 - a cell may hold any object, and a view must not end the run
        return f"<{kind}>"


def _float_text(value: float) -> str:
    if value != value:
        return "–"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return f"{value:,.2f}" if abs(value) >= 1000 else f"{value:.4g}"
