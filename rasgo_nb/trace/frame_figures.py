"""The figures of a frame's columns: nulls, least, most and sum; in Python for small frames, else by numpy."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

MOST_SMALL_CELLS = 4_000
_MOST_TEXT = 200  # characters of a least or most text

Figures = tuple[int, object, object, object]  # nulls, min, max, sum
_AS_THEY_ARE = frozenset((type(None), bool, int, str))
_PLAIN = _AS_THEY_ARE | {Decimal, datetime.date, datetime.time, bytes}


def is_small(frame: pd.DataFrame) -> bool:
    """Whether a look at every cell takes no time."""
    return frame.shape[0] * max(1, frame.shape[1]) <= MOST_SMALL_CELLS


def is_counted(index: Any) -> bool:
    """Whether the labels of rows are their numbers, from 0."""
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1


def named_types(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """Name and type of each column."""
    return [(str(name), str(dtype)) for name, dtype in zip(frame.columns, frame.dtypes, strict=True)]


def named_columns(frame: pd.DataFrame) -> tuple[list[tuple[str, str]], list[list[object]]]:
    """``named_types`` and ``kept_columns``, in one look at each column."""
    named, columns = [], []
    for name, series in frame.items():
        named.append((str(name), str(series.dtype)))
        columns.append(_kept_values(series.tolist()))
    return named, columns


def kept_columns(frame: pd.DataFrame) -> list[list[object]]:
    """The values of each column, as ``kept_cell``."""
    return [_kept_values(series.tolist()) for _, series in frame.items()]


def _kept_values(values: list[object]) -> list[object]:
    return values if set(map(type, values)) <= _AS_THEY_ARE else [kept_cell(value) for value in values]


def kept_cell(value: Any) -> object:
    """A cell's value as it is kept: Python's own, None for a missing one, else its text."""
    kind = type(value)
    if kind is float:
        return None if value != value else value
    if kind in _PLAIN:
        return value
    if kind.__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(value, datetime.datetime):
        # A Timestamp has nanoseconds, which a datetime would lose.
        return value.isoformat() if getattr(value, "nanosecond", 0) else _plain_moment(value)
    if isinstance(value, datetime.timedelta):
        return datetime.timedelta(value.days, value.seconds, value.microseconds)
    if kind.__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return kept_cell(value.item())
    return _text_of(value)


def shortened_cell(value: object, most: int) -> object:
    """A kept value, a long text cut."""
    return f"{value[:most]}…" if isinstance(value, str) and len(value) > most else value


def figures_of(frame: pd.DataFrame) -> list[Figures]:
    """The figures of each column."""
    if is_small(frame):
        return figures_of_values(kept_columns(frame))
    return [_of_series(frame.iloc[:, place]) for place in range(frame.shape[1])]


def figures_of_values(columns: Sequence[Sequence[object]]) -> list[Figures]:
    """The figures of each column of a small frame, whose values are at hand."""
    return [_of_values(column) for column in columns]


def _plain_moment(value: datetime.datetime) -> datetime.datetime:
    convert = getattr(value, "to_pydatetime", None)
    plain: datetime.datetime = convert() if convert is not None else value
    return plain


def _text_of(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - a cell may hold any object, whose own code may fail
        return f"<{type(value).__name__}>"


def _of_values(values: Sequence[Any]) -> Figures:
    held = [value for value in values if value is not None]
    nulls = len(values) - len(held)
    kinds = {type(value) for value in held}
    if not held or (len(kinds) > 1 and not kinds <= {int, float}):
        return nulls, None, None, None
    if kinds == {bytes}:
        return nulls, None, None, None
    try:
        least, most = min(held), max(held)
    except TypeError:  # naive and aware moments do not compare
        return nulls, None, None, None
    return nulls, shortened_cell(least, _MOST_TEXT), shortened_cell(most, _MOST_TEXT), _total(held, kinds)


def _total(held: Sequence[Any], kinds: set[type]) -> object:
    if kinds == {int} or kinds == {bool}:
        return sum(held)
    if kinds == {Decimal}:
        return sum(held, Decimal(0))
    if kinds <= {int, float}:
        try:
            return math.fsum(held)
        except (OverflowError, ValueError):  # of infinities
            return sum(held)
    return None


def _of_series(series: pd.Series[Any]) -> Figures:
    nulls = int(series.isna().sum())
    held = series.dropna() if nulls else series
    kind = getattr(series.dtype, "kind", "O")
    if not len(held):
        return nulls, None, None, None
    if kind == "O" and not _is_text(series):
        return _of_objects(held, nulls)
    try:
        least, most = kept_cell(held.min()), kept_cell(held.max())
    except (TypeError, ValueError, NotImplementedError):
        return nulls, None, None, None
    total = _series_total(held, kind)
    return nulls, shortened_cell(least, _MOST_TEXT), shortened_cell(most, _MOST_TEXT), total


def _is_text(series: pd.Series[Any]) -> bool:
    return str(series.dtype).startswith("str")


def _of_objects(held: pd.Series[Any], nulls: int) -> Figures:
    """Decimals are summed; other objects are of no known order."""
    values = held.tolist()
    if not all(type(value) is Decimal for value in values):
        return nulls, None, None, None
    return nulls, min(values), max(values), sum(values, Decimal(0))


def _series_total(held: pd.Series[Any], kind: str) -> object:
    if kind == "b":
        return int(held.sum())
    if kind in "iu":
        numbers = held.to_numpy(dtype="uint64" if kind == "u" else "int64")
        # In halves: the sum of many large numbers does not fit into 64 bits.
        return (int((numbers >> 32).sum()) << 32) + int((numbers & 0xFFFFFFFF).sum())
    if kind == "f":
        return float(held.sum())
    return None
