"""What a tool result is made of before it is written for a model: plain data that says how much of it is shown."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Page: TypeAlias = Mapping[str, object]

MAX_TEXT = 200  # characters of one value; longer ones are cut and say so


def shown(items: Sequence[object], *, total: int, noun: str) -> dict[str, object]:
    """A list that says how much of it is shown: ``{"shown": "30 of 4,112 values", "items": [...]}``."""
    return {"shown": _share(len(items), total, noun), "items": list(items)}


def grid(frame: pd.DataFrame, *, rows: int, columns: int = 60) -> dict[str, object]:
    """The first rows and columns of a frame as plain values."""
    head = frame.iloc[:rows, :columns]
    page: dict[str, object] = {
        "shown": _share(len(head), len(frame), "rows"),
        "columns": [str(name) for name in head.columns],
        "rows": [[plain(value) for value in row] for row in head.itertuples(index=False, name=None)],
    }
    if frame.shape[1] > columns:
        page["columns_shown"] = _share(columns, frame.shape[1], "columns")
    return page


def plain(value: object) -> object:
    """A value as JSON can hold it: numbers stay numbers, missing is None, the rest is bounded text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return bounded(value)
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        value = value.item()  # a numpy scalar
    if isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    return _plain_object(value)


def bounded(text: str, most: int = MAX_TEXT) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text):,} characters)"


def _plain_object(value: object) -> object:
    if isinstance(value, decimal.Decimal):
        return float(value) if value.is_finite() and len(value.as_tuple().digits) <= 15 else str(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        text = value.isoformat()
        return None if text == "NaT" else text.removesuffix("T00:00:00")
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{bytes(value[:16]).hex()}{'…' if len(value) > 16 else ''} ({len(value):,} bytes)"
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in list(value.items())[:20]}
    if isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "ndarray":
        return [plain(item) for item in list(value)[:20]]  # type: ignore[call-overload]
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    return bounded(str(value))


def _not_finite(value: float) -> object:
    return None if math.isnan(value) else ("infinity" if value > 0 else "-infinity")


def _share(count: int, total: int, noun: str) -> str:
    return f"{count:,} of {total:,} {noun}"
