"""The columns of a frame as Arrow: a few rows to be read on a page, or the whole to be sorted and filtered.

A page knows numbers, booleans and texts. Everything else is written as text here, so that a cell looks the
same in every page; missing values of every kind are null.
"""

from __future__ import annotations

import datetime
import decimal
import numbers
import reprlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb.widgets.plain import encodable

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

    Rows = slice | npt.NDArray[np.unsignedinteger]  # some in a row, or these

MAX_CELL = 2_000  # characters of a cell in a page

_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxdict = 24
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 4, 400, MAX_CELL
_PLAIN = {"Timestamp", "Timedelta", "Period", "Interval", "UUID", "PosixPath", "WindowsPath"}


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """A column, or a level of the index that is shown as one."""

    name: str
    series: pd.Series[Any]

    @property
    def type(self) -> str:
        """The dtype as pandas writes it, in one short line."""
        return str(self.series.dtype)[:80]

    @property
    def is_numeric(self) -> bool:
        """Whether cells are numbers, decimals and complex ones included."""
        dtype = self.series.dtype
        if getattr(dtype, "subtype", None) is not None:  # an interval of numbers is no number
            return False
        return dtype.kind in "iufc" or "decimal" in str(dtype)

    def cells(self, rows: Rows) -> pa.Array:
        """These rows in a type that the page reads."""
        import pyarrow as pa

        dtype = self.series.dtype
        if _is_plain_number(dtype):
            return _page_numbers(self.taken(rows))
        values = self._arrow_values(rows) if hasattr(dtype, "pyarrow_dtype") or _is_arrow_str(dtype) else None
        if values is not None and dtype.kind in "biuf":
            return pa.array(values, type=_readable(dtype.pyarrow_dtype))  # type: ignore[union-attr]
        return pa.array(texts(self.taken(rows).array if values is None else values), type=pa.string())

    def taken(self, rows: Rows) -> pd.Series[Any]:
        """These rows of the column."""
        return self.series.iloc[rows] if isinstance(rows, slice) else self.series.take(rows)

    def _arrow_values(self, rows: Rows) -> list[Any]:
        """Python values, picked one by one: Arrow's own take copies a column of many chunks."""
        chunked = self.series.array.__arrow_array__()
        if isinstance(rows, slice):
            return [_value(scalar) for scalar in chunked.slice(rows.start, rows.stop - rows.start)]
        ends = [0]
        for chunk in chunked.chunks:
            ends.append(ends[-1] + len(chunk))
        places = ((bisect_right(ends, row) - 1, row) for row in rows)
        return [_value(chunked.chunk(place)[int(row) - ends[place]]) for place, row in places]


def _value(scalar: pa.Scalar[Any]) -> Any:
    import pyarrow as pa

    try:
        return scalar.as_py()
    except (ValueError, OverflowError):  # a moment before or after all that Python knows
        return str(scalar.cast(pa.int64()).as_py()) if pa.types.is_temporal(scalar.type) else "…"


def columns_of(frame: pd.DataFrame) -> list[FrameColumn]:
    """The frame's columns; before them the levels of an index that is not just counted."""
    import pandas as pd

    columns = [FrameColumn(label_text(label), frame.iloc[:, at]) for at, label in enumerate(frame.columns)]
    if isinstance(frame.index, pd.RangeIndex):
        return columns
    levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
    named = [
        label_text(level.name) if level.name is not None else f"index{at or ''}"
        for at, level in enumerate(levels)
    ]
    shown = [pd.Series(level.array, copy=False) for level in levels]
    return [*(FrameColumn(name, series) for name, series in zip(named, shown, strict=True)), *columns]


def label_text(label: object) -> str:
    """A column's label as one short line; the parts of a label of several levels are joined."""
    parts = label if isinstance(label, tuple) else (label,)
    return " / ".join(filter(None, ((cell_text(part) or "")[:200] for part in parts))) or "–"


def texts(values: Iterable[object]) -> list[str | None]:
    """Each value as the text of a cell."""
    return [cell_text(value) for value in values]


def cell_text(value: object) -> str | None:
    """A value as a short text that any page can hold; None for a missing one. No value makes it fail."""
    kind = type(value).__name__
    if value is None or kind in {"NAType", "NaTType"}:
        return None
    if isinstance(value, str):
        return encodable(value[:MAX_CELL])
    if isinstance(value, (datetime.datetime, datetime.date)):
        return _moment_text(value)
    if isinstance(value, (numbers.Number, decimal.Decimal)) or kind == "bool_":
        return None if _is_nan(value) else str(value)[:MAX_CELL]
    if kind in _PLAIN or isinstance(value, datetime.time):
        return str(value)[:MAX_CELL]
    return encodable(_SHORT.repr(value)[:MAX_CELL])  # survives a repr that raises


def whole(series: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """All rows in a type that Arrow can order and compare, missing values as null; mostly without copying.

    What has no order of its own is text.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    dtype: Any = series.dtype
    if isinstance(dtype, pd.SparseDtype):
        return whole(dense(series))
    if isinstance(dtype, pd.PeriodDtype):
        return pa.array(series.array.asi8, mask=series.isna().to_numpy())
    if isinstance(dtype, (pd.CategoricalDtype, pd.IntervalDtype)) or dtype.kind == "c":
        return whole_text(series)
    if dtype.kind == "f" and dtype.itemsize in {2, 16} and not hasattr(dtype, "pyarrow_dtype"):
        series = series.astype("float64")
    try:
        array = pa.array(series, from_pandas=True)
    except (
        ValueError,
        TypeError,
        OverflowError,
        NotImplementedError,
    ):  # objects that are no values of one type
        return whole_text(series)
    if pa.types.is_dictionary(array.type):
        array = pc.cast(array, array.type.value_type)
    if pa.types.is_float16(array.type):
        array = pc.cast(array, pa.float32())
    return array if _has_order(array.type) else whole_text(series)


def dense(series: pd.Series[Any]) -> pd.Series[Any]:
    """A sparse column as a plain one."""
    dtype: Any = series.dtype
    return series.astype(dtype.subtype)


def whole_text(series: pd.Series[Any]) -> pa.Array:
    """All rows as the texts of their cells."""
    import pyarrow as pa

    return pa.array(texts(series.array), type=pa.large_string())


def _has_order(type_: pa.DataType) -> bool:
    import pyarrow as pa

    is_number = pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    is_text = pa.types.is_string(type_) or pa.types.is_large_string(type_)
    is_time = pa.types.is_temporal(type_) and not pa.types.is_interval(type_)
    return is_number or is_text or is_time or pa.types.is_boolean(type_)


def _is_plain_number(dtype: Any) -> bool:
    """NumPy's numbers and pandas' masked ones, but none that Arrow keeps or that are packed."""
    import numpy as np

    if isinstance(dtype, np.dtype):
        return dtype.kind in "biuf" and dtype.itemsize <= 8
    return dtype.kind in "biuf" and hasattr(dtype, "numpy_dtype") and not hasattr(dtype, "pyarrow_dtype")


def _is_arrow_str(dtype: Any) -> bool:
    return getattr(dtype, "storage", "") == "pyarrow"


def _page_numbers(series: pd.Series[Any]) -> pa.Array:
    import pyarrow as pa

    return pa.array(series.astype("float32") if series.dtype == "float16" else series, from_pandas=True)


def _readable(type_: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    return pa.float32() if pa.types.is_float16(type_) else type_


def _moment_text(value: datetime.date) -> str:
    """ISO, with a blank for the T; a midnight without a zone is just its date, as in the saved notebook."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    return value.isoformat()


def _is_nan(value: Any) -> bool:
    return bool(value != value)
