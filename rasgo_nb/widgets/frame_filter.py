"""Which rows of a frame a filter lets through; what the person typed is read as the column's type."""

from __future__ import annotations

import calendar
import datetime
import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, get_args

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_columns import FrameColumn, cell_text, whole, whole_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

Test = Literal["contains", "equals", "at_least", "at_most", "is_null", "not_null"]
TESTS: tuple[Test, ...] = get_args(Test)

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[ T](\d\d?)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?)?)?)?", re.ASCII
)
_EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - moments are compared as the clock on the wall shows them
_NS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY_NS = 86_400 * _NS["s"]
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", re.ASCII)
_PIECE_OF_A_NUMBER = re.compile(r"[-+\d.,eE]+|-?inf", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """The values that are equal to what was typed, both ends included; no value reaches None."""

    low: pa.Scalar[Any] | None
    high: pa.Scalar[Any] | None


def passing(column: FrameColumn, test: Test, text: str) -> npt.NDArray[np.bool_]:
    """For each row whether it passes.

    Raises
    ------
    RasgoError
        where the text cannot be read as the column's type; says what could.
    """
    import pandas as pd

    series = column.series
    if test in {"is_null", "not_null"}:
        missing = series.isna().to_numpy(dtype=bool)
        return missing if test == "is_null" else ~missing
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _passing_categories(column, test, text)
    if isinstance(series.dtype, pd.PeriodDtype):
        column = FrameColumn(column.name, series.dt.start_time)
    if test == "contains":
        return _containing(column, text)
    return _comparing(column, test, text)


def _passing_categories(column: FrameColumn, test: Test, text: str) -> npt.NDArray[np.bool_]:
    import numpy as np
    import pandas as pd

    categories = FrameColumn(column.name, pd.Series(column.series.cat.categories))
    if column.series.cat.ordered and test in {"at_least", "at_most"}:
        place, places = _place_of(categories, text), np.arange(len(categories.series))
        chosen = places >= place if test == "at_least" else places <= place
    else:
        chosen = passing(categories, test, text)
    codes = column.series.cat.codes.to_numpy()
    return np.append(chosen, False)[codes]  # a missing value has the code -1


def _place_of(categories: FrameColumn, text: str) -> int:
    known = [cell_text(value) or "" for value in categories.series]
    if text.strip() not in known:
        raise _unreadable(categories, "ordered categories", known[0] if known else "none")
    return known.index(text.strip())


def _containing(column: FrameColumn, text: str) -> npt.NDArray[np.bool_]:
    """Rows whose text holds the typed one, in capitals or not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = whole(column.series)
    if _is_number(values.type):
        text = text.strip().replace(",", "")
        if not _PIECE_OF_A_NUMBER.fullmatch(text):
            raise _unreadable(column, "numbers", "12")
    if pa.types.is_duration(values.type):
        values = whole_text(column.series)
    elif pa.types.is_timestamp(values.type) and values.type.tz:
        values = pc.local_timestamp(values)
    return _mask(pc.match_substring(pc.cast(values, pa.large_string()), text, ignore_case=True))


def _comparing(column: FrameColumn, test: Test, text: str) -> npt.NDArray[np.bool_]:
    import numpy as np
    import pyarrow.compute as pc

    values, wanted = _range_of(column, whole(column.series), text)
    at_least = at_most = np.zeros(len(values), dtype=bool)
    if wanted.low is not None and test != "at_most":
        at_least = _mask(pc.greater_equal(values, wanted.low))
    if wanted.high is not None and test != "at_least":
        at_most = _mask(pc.less_equal(values, wanted.high))
    if test == "equals":
        return at_least & at_most
    return at_least if test == "at_least" else at_most


def _range_of(column: FrameColumn, values: Any, text: str) -> tuple[Any, Range]:
    """The values as what they are compared by, and the range of those that are equal to the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    type_ = values.type
    if pa.types.is_boolean(type_):
        return pc.cast(values, pa.int8()), _boolean(column, text)
    if pa.types.is_integer(type_):
        return values, _integers(column, type_, text)
    if _is_number(type_):
        return pc.cast(values, pa.float64()), _same(float(_number(column, text)), pa.float64())
    if pa.types.is_timestamp(type_) or pa.types.is_date(type_):
        return _ticks(values), _moments(column, type_, text)
    if pa.types.is_duration(type_) or pa.types.is_time(type_):
        return _ticks(values), _durations(column, type_, text)
    return values, _same(text, type_)


def _boolean(column: FrameColumn, text: str) -> Range:
    import pyarrow as pa

    words = {"true": 1, "yes": 1, "1": 1, "false": 0, "no": 0, "0": 0}
    if text.strip().lower() not in words:
        raise _unreadable(column, "true and false", "true")
    return _same(words[text.strip().lower()], pa.int8())


def _number(column: FrameColumn, text: str) -> Decimal:
    typed = text.strip()
    if _GROUPED.fullmatch(typed):
        typed = typed.replace(",", "")
    try:
        number = Decimal(typed)
    except InvalidOperation:
        number = Decimal("NaN")
    if number.is_nan():
        raise _unreadable(column, "numbers", "12")
    return number


def _integers(column: FrameColumn, type_: pa.DataType, text: str) -> Range:
    """The whole numbers that are equal to it: none where it has a fraction."""
    import numpy as np

    number = max(Decimal("-1e30"), min(Decimal("1e30"), _number(column, text)))  # beyond every integer type
    bounds = np.iinfo(type_.to_pandas_dtype())
    return _within(math.ceil(number), math.floor(number), type_, int(bounds.min), int(bounds.max))


def _within(low: int, high: int, type_: pa.DataType, least: int = -(2**63), most: int = 2**63 - 1) -> Range:
    """The range as far as the type reaches."""
    import pyarrow as pa

    return Range(
        None if low > most else pa.scalar(max(low, least), type_),
        None if high < least else pa.scalar(min(high, most), type_),
    )


def _moments(column: FrameColumn, type_: pa.DataType, text: str) -> Range:
    """All of the year, month, day, hour, minute or second typed, as a clock in the column's zone shows it."""
    import pyarrow as pa

    found = _MOMENT.fullmatch(text.strip())
    parts = [int(part) for part in found.groups()[:6] if part is not None] if found else []
    try:
        start = datetime.datetime(*[*parts, 1, 1][: max(3, len(parts))])  # type: ignore[arg-type]  # noqa: DTZ001
    except (TypeError, ValueError) as error:
        raise _unreadable(column, "dates", "2024-03-01") from error
    start_ns = (start - _EPOCH) // datetime.timedelta(seconds=1) * _NS["s"]
    lasts_ns = _lasts_s(start, len(parts)) * _NS["s"]
    if found and (fraction := found[7]):
        start_ns += int(f"{fraction:0<9}")
        lasts_ns = int(10 ** (9 - len(fraction)))
    return _ticks_between(start_ns, start_ns + lasts_ns, type_, pa.int64())


def _lasts_s(start: datetime.datetime, parts: int) -> int:
    """How long lasts what begins there and was typed with so many parts: a year, a month, ... a second."""
    days = {1: 365 + calendar.isleap(start.year), 2: calendar.monthrange(start.year, start.month)[1], 3: 1}
    return days[parts] * 86_400 if parts in days else {4: 3_600, 5: 60, 6: 1}[parts]


def _durations(column: FrameColumn, type_: pa.DataType, text: str) -> Range:
    """A duration, or the time of day that so much has passed of the day."""
    import pandas as pd
    import pyarrow as pa

    is_time = pa.types.is_time(type_)
    typed = re.sub(r"((?:^| )\d\d?:\d\d)$", r"\1:00", text.strip())
    wrong = _unreadable(column, *(("times of day", "14:30") if is_time else ("durations", "1 day 02:30:00")))
    # A bare number would be nanoseconds; large letters mean other units from version to version.
    if not re.search("[:a-z]", typed) or re.search("[A-Z](?![a-z])", typed):
        raise wrong
    try:
        length = pd.Timedelta(typed)
    except ValueError as error:
        raise wrong from error
    if str(length) == "NaT":
        raise wrong
    length_ns = length.as_unit("ns").value
    return _ticks_between(length_ns, length_ns + 1, type_, pa.int64())


def _ticks_between(start_ns: int, end_ns: int, type_: pa.DataType, ticks: pa.DataType) -> Range:
    """From a moment to right before another, in the type's unit."""
    import pyarrow as pa

    is_day = pa.types.is_date(type_)
    tick_ns = 86_400 * _NS["s"] if is_day else _NS[str(getattr(type_, "unit", "ms"))]
    return _within(-(-start_ns // tick_ns), -(-end_ns // tick_ns) - 1, ticks)


def _ticks(values: Any) -> Any:
    """Moments and durations as the numbers that they are; moments with a zone as its clocks show them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_timestamp(values.type) and values.type.tz:
        values = pc.local_timestamp(values)
    if pa.types.is_date64(values.type):
        values = pc.cast(values, pa.date32())
    narrow = pa.types.is_date32(values.type) or pa.types.is_time32(values.type)
    return pc.cast(pc.cast(values, pa.int32()) if narrow else values, pa.int64())


def _same(value: object, type_: pa.DataType) -> Range:
    import pyarrow as pa

    scalar = pa.scalar(value, type_)
    return Range(scalar, scalar)


def _is_number(type_: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))


def _mask(found: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    """As NumPy has it; where a value is missing the answer is no."""
    return found.fill_null(False).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _unreadable(column: FrameColumn, what: str, example: str) -> RasgoError:
    return RasgoError(f"`{column.name}` holds {what}. Type one, such as {example}.")
