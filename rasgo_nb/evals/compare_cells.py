"""A column of any dtype, made comparable with one of any other: numbers, and hashes of everything else."""

from __future__ import annotations

import datetime
import decimal
import json
import numbers
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

Kind = Literal["number", "time", "text", "bool", "mixed", "empty"]

USUAL_TOLERANCE = 1e-6
_FLOOR = 1e-12  # of the largest value: sums of floats differ by that much by their order alone
_MANY = 10_000  # texts, of which many are likely to be the same
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?")
_NUMBER = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?")  # a leading zero is that of a code


@dataclass(frozen=True, slots=True)
class Cells:
    """A column: ``number`` is NaN where ``exact``, a hash, stands for a text, a time or a missing value.

    ``whole`` holds the same numbers as int64 where all are, so that long ids are not rounded.
    """

    kind: Kind
    exact: np.ndarray[Any, np.dtype[np.uint64]]
    number: np.ndarray[Any, np.dtype[np.float64]]
    whole: np.ndarray[Any, np.dtype[np.int64]] | None = None

    def __len__(self) -> int:
        return len(self.exact)

    def at(self, rows: Any) -> Cells:
        """The same column, of these rows in this order."""
        whole = self.whole[rows] if self.whole is not None else None
        return Cells(self.kind, self.exact[rows], self.number[rows], whole)


def cells_of(column: pd.Series[Any], *, types_count: bool = False) -> Cells:
    """The column as numbers and hashes.

    Dates and timestamps are the same time, those with a zone their instant in UTC; NaN, None, NaT and NA are
    all missing; durations are seconds. Unless types count, texts that are all ISO dates are times, and texts
    that are all plain numbers are numbers.
    """
    import numpy as np
    import pandas as pd

    types = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if types.is_bool_dtype(column.dtype) and column.dtype != object:
        return _of_numbers(column.astype("Float64"), "bool")
    if types.is_integer_dtype(column.dtype) and not column.isna().any():
        whole = column.to_numpy()
        fits = whole.dtype.kind == "i" or not len(whole) or int(whole.max()) < 2**63
        number = whole.astype(np.float64)
        return Cells(
            "number", np.zeros(len(whole), np.uint64), number, whole.astype(np.int64) if fits else None
        )
    if types.is_datetime64_any_dtype(column.dtype):
        return _of_times(column)
    if types.is_timedelta64_dtype(column.dtype):
        return _of_numbers(column.dt.total_seconds(), "number")
    if types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        return _of_numbers(column, "number")
    if isinstance(column.dtype, pd.StringDtype) and len(column) > _MANY:
        return _of_repeated(column, types_count=types_count)
    return _of_objects(column, types_count=types_count)


def close(left: Cells, right: Cells, tolerance: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which cells of two columns of one length are the same, position by position.

    ``tolerance`` is relative to the larger of two numbers. Whole numbers are compared exactly where it is the
    usual one or less.
    """
    import numpy as np

    if left.whole is not None and right.whole is not None and tolerance <= USUAL_TOLERANCE:
        same: np.ndarray[Any, np.dtype[np.bool_]] = left.whole == right.whole
        return same
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.maximum(np.abs(left.number), np.abs(right.number))
        finite = size[np.isfinite(size)]
        floor = _FLOOR * float(finite.max()) if finite.size and tolerance > 0 else 0.0
        near = np.abs(left.number - right.number) <= np.maximum(size * tolerance, floor)
        near &= np.isfinite(size)
        equal = (left.number == right.number) | near
    missing = np.isnan(left.number) & np.isnan(right.number)
    answer: np.ndarray[Any, np.dtype[np.bool_]] = np.where(missing, left.exact == right.exact, equal)
    return answer


def _of_numbers(column: pd.Series[Any], kind: Kind) -> Cells:
    import numpy as np

    number = column.to_numpy(dtype=np.float64, na_value=np.nan)
    exact = np.where(np.isnan(number), _missing(), np.uint64(0))
    return Cells(kind if not np.isnan(number).all() else "empty", exact, number)


def _of_times(column: pd.Series[Any]) -> Cells:
    import numpy as np

    if getattr(column.dt, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    stamps = column.to_numpy(dtype="datetime64[us]")
    none = np.isnat(stamps)
    exact = _hashed(stamps.astype(np.int64)) ^ np.uint64(0x7133)  # a time is no number
    return Cells(
        "empty" if none.all() else "time", np.where(none, _missing(), exact), np.full(len(stamps), np.nan)
    )


def _of_objects(column: pd.Series[Any], *, types_count: bool) -> Cells:
    import numpy as np
    import pandas as pd

    values = column.astype(object).to_numpy()
    none = np.fromiter((_is_missing(value) for value in values), bool, len(values))
    known = values[~none]
    kinds = {_kind_of(value) for value in known}
    if not types_count and kinds == {"text"}:
        kinds = {_read_as(known)}
    if kinds == {"time"}:
        return _of_times(pd.Series(_placed(_stamps(known), ~none), dtype="datetime64[us]"))
    if kinds and kinds <= {"number", "bool"}:
        whole = _whole(values) if not none.any() else None
        cells = _of_numbers(
            pd.Series(
                [np.nan if gone else _as_float(value) for value, gone in zip(values, none, strict=True)]
            ),
            "bool" if kinds == {"bool"} else "number",
        )
        return Cells(cells.kind, cells.exact, cells.number, whole)
    number = np.full(len(values), np.nan)
    exact = np.full(len(values), _missing(), np.uint64)
    texts = kinds == {"text"}
    if len(known):
        exact[~none] = _hashed(
            np.array([value if texts else _spelled(value) for value in known], dtype=object)
        )
    if not texts:
        is_number = np.fromiter(
            (not gone and _kind_of(value) == "number" for value, gone in zip(values, none, strict=True)),
            bool,
            len(values),
        )
        number[is_number] = [_as_float(value) for value in values[is_number]]
    return Cells("text" if texts else "mixed" if kinds else "empty", exact, number)


def _of_repeated(column: pd.Series[Any], *, types_count: bool) -> Cells:
    """As ``_of_objects``, with each text looked at once."""
    import pandas as pd

    codes, texts = pd.factorize(column, use_na_sentinel=False)
    return _of_objects(pd.Series(texts, dtype=column.dtype), types_count=types_count).at(codes)


def _hashed(values: Any) -> np.ndarray[Any, np.dtype[np.uint64]]:
    import pandas as pd

    return pd.util.hash_array(values, categorize=values.dtype == object)


def _missing() -> np.uint64:
    import numpy as np

    return np.uint64(1)


def _is_missing(value: object) -> bool:
    import pandas as pd

    if value is None or value is pd.NaT or value is pd.NA:
        return True
    if isinstance(value, decimal.Decimal):
        return value.is_nan()
    return isinstance(value, float) and value != value


def _kind_of(value: object) -> Kind:
    import numpy as np

    if isinstance(value, bool | np.bool_):
        return "bool"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime.date | np.datetime64):  # datetimes and timestamps are dates too
        return "time"
    if isinstance(value, decimal.Decimal | datetime.timedelta) or (
        isinstance(value, numbers.Real) and not isinstance(value, complex)
    ):
        return "number"
    return "mixed"


def _read_as(texts: Iterable[str]) -> Kind:
    """What texts are, all of them."""
    held = list(texts)
    for kind, form in (("time", _DATE), ("number", _NUMBER)):
        if all(form.fullmatch(text) for text in held):
            if kind == "time" and _stamps(held) is None:
                continue
            return "time" if kind == "time" else "number"
    return "text"


def _stamps(values: Iterable[object]) -> Any:
    import numpy as np
    import pandas as pd

    try:
        stamps = pd.to_datetime(pd.Series(list(values), dtype=object), format="ISO8601", utc=True)
    except (ValueError, OverflowError):
        return None
    return stamps.dt.tz_localize(None).to_numpy(dtype="datetime64[us]") if len(stamps) else np.array([])


def _placed(stamps: Any, where: Any) -> Any:
    import numpy as np

    placed = np.full(len(where), np.datetime64("NaT", "us"))
    if stamps is not None:
        placed[where] = stamps
    return placed


def _as_float(value: Any) -> float:
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _whole(values: Any) -> np.ndarray[Any, np.dtype[np.int64]] | None:
    import numpy as np

    if all(isinstance(value, int) and -(2**63) <= value < 2**63 for value in values):
        return np.array([int(value) for value in values], dtype=np.int64)
    return None


def _spelled(value: object) -> str:
    """A text that is the same for equal values, whatever holds them."""
    if isinstance(value, str):
        return value
    if _kind_of(value) == "time":
        return f"\0time {value}"
    if hasattr(value, "tolist"):
        value = value.tolist()
    try:
        return f"\0{json.dumps(value, sort_keys=True, default=str)}"
    except (TypeError, ValueError):
        return f"\0{value!r}"
