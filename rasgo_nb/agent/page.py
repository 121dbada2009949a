"""What a tool result is made of before it is written for a model.

Plain data that says how much of it is shown.
"""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

Page: TypeAlias = Mapping[str, object]

MAX_TEXT = 200  # characters of one value; longer ones are cut and say so
_MAX_BITS = 200  # of an integer that is written out
_MAX_ITEMS = (20, 5, 3)  # of a nested value, by depth; deeper ones are text


def shown(items: Sequence[object], *, total: int, noun: str) -> dict[str, object]:
    """A list that says how much of it is shown: ``{"shown": "30 of 4,112 values", "items": [...]}``."""
    return {"shown": _share(len(items), total, noun), "items": list(items)}


def grid(frame: pd.DataFrame, *, rows: int, columns: int = 60) -> dict[str, object]:
    """The first rows and columns of a frame as plain values."""
    head = frame.iloc[:rows, :columns]
    page: dict[str, object] = {
        "shown": _share(len(head), len(frame), "rows"),
        "columns": [bounded(safe_text(name)) for name in head.columns],
        "rows": [[plain(value) for value in row] for row in head.itertuples(index=False, name=None)],
    }
    if frame.shape[1] > columns:
        page["columns_shown"] = _share(columns, frame.shape[1], "columns")
    return page


def plain(value: object, depth: int = 0) -> object:
    """A value as JSON can hold it: numbers stay numbers, missing is None, the rest is bounded text."""
    if type(value).__module__ == "numpy" and not hasattr(value, "__len__"):
        value = value.item() if type(value).__name__ != "datetime64" else str(value)  # type: ignore[attr-defined]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        bits = value.bit_length()
        return int(value) if bits <= _MAX_BITS else f"an integer of {bits:,} bits"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return bounded(value)
    return _plain_object(value, depth)


def bounded(text: str, most: int = MAX_TEXT) -> str:
    """A text cut after ``most`` characters, saying how long it is."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text):,} characters)"


def safe_text(value: object) -> str:
    """``str(value)``, also where the value's own code fails at it."""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 - any object of the notebook may raise anything here
        return f"<{type(value).__name__} whose text cannot be made: {type(error).__name__}>"


def _plain_object(value: object, depth: int) -> object:
    if type(value).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, decimal.Decimal):
        return _decimal(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{bytes(value[:16]).hex()}{'…' if len(value) > 16 else ''} ({len(value):,} bytes)"
    if isinstance(value, Mapping | list | tuple | set | frozenset) or type(value).__name__ == "ndarray":
        return _plain_items(value, depth)  # type: ignore[arg-type]
    return bounded(safe_text(value))


def _plain_items(value: Collection[object], depth: int) -> object:
    if depth >= len(_MAX_ITEMS):
        return f"{len(value):,} items"
    most = _MAX_ITEMS[depth]
    more = f"… {most:,} of {len(value):,} items"
    if isinstance(value, Mapping):
        page = {bounded(safe_text(key)): plain(item, depth + 1) for key, item in islice(value.items(), most)}
        return page | ({"…": more} if len(value) > most else {})
    items = [plain(item, depth + 1) for item in islice(value, most)]
    return [*items, more] if len(value) > most else items


def _decimal(value: decimal.Decimal) -> object:
    if not value.is_finite():
        return _number(float(value)) if not value.is_snan() else None
    number = float(value)
    return number if len(value.as_tuple().digits) <= 15 and math.isfinite(number) else bounded(str(value))


def _number(value: float) -> object:
    if math.isfinite(value):
        return float(value)
    return None if math.isnan(value) else ("infinity" if value > 0 else "-infinity")


def _share(count: int, total: int, noun: str) -> str:
    return f"{count:,} of {total:,} {noun}"
