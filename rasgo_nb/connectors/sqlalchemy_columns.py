"""Rows of Python values become Arrow columns; a column's type is the one that holds all that came.

Values that Arrow has no common type for (SQLite lets each row have its own) become text, as do UUIDs,
network addresses and ranges. JSON that a driver has already taken apart becomes JSON text again.
Decimals stay exact whatever their digits.
"""

from __future__ import annotations

import datetime
import decimal
import json
from functools import reduce
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.frames import gather_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pyarrow as pa

    from rasgo_nb.connectors.base import Caps
    from rasgo_nb.connectors.frames import GatheredFrame

MOST_DIGITS = 76  # of decimal256
_DIGITS_OF_INTEGER = 19


class ArrowColumns:
    """Collects rows, column by column, in the compact form of Arrow.

    ``readers`` turn a column's own text or numbers into what the database says it holds (a date, a boolean)
    and are dropped for a column once they fail on a value.
    """

    def __init__(
        self, names: Sequence[str], readers: Sequence[Callable[[pa.Array], pa.Array] | None] = ()
    ) -> None:
        self._names = list(names)
        self._readers = list(readers) or [None] * len(names)
        self._chunks: list[list[pa.Array]] = [[] for _ in names]
        self._values: list[list[Any]] = [[] for _ in names]
        self.held = 0
        self.rows = 0
        self.bytes = 0

    def hold(self, rows: Sequence[Sequence[object]]) -> None:
        """Take rows over."""
        for values, column in zip(self._values, zip(*rows, strict=True), strict=False):
            values.extend(column)
        self.held += len(rows)

    def take(self) -> pa.RecordBatch:
        """Make Arrow of the rows that are held; the batch has the types that they have by themselves."""
        import pyarrow as pa

        arrays = [to_arrow(values) for values in self._values]
        for chunks, array, values in zip(self._chunks, arrays, self._values, strict=True):
            chunks.append(array)
            values.clear()
        batch = pa.RecordBatch.from_arrays(arrays, names=[str(n) for n in range(len(arrays))])
        self.held = 0
        self.rows += batch.num_rows
        self.bytes += batch.nbytes
        return batch

    def gather(self, caps: Caps) -> GatheredFrame:
        """The frame of all rows; the rows are let go of on the way."""
        import pyarrow as pa

        columns = [
            _of_one_type(_read(chunks, reader))
            for chunks, reader in zip(self._chunks, self._readers, strict=True)
        ]
        self._chunks = []
        schema = pa.schema(
            [(name, chunks[0].type) for name, chunks in zip(self._names, columns, strict=True)]
        )
        return gather_frame(schema, _batches(columns, schema), caps)


def _read(chunks: list[pa.Array], reader: Callable[[pa.Array], pa.Array] | None) -> list[pa.Array]:
    import pyarrow as pa

    chunks = chunks or [pa.nulls(0)]
    if reader is None:
        return chunks
    try:
        return [reader(chunk) for chunk in chunks]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return chunks  # a value is not what the column was declared for: all stay as they are


def _of_one_type(chunks: list[pa.Array]) -> list[pa.Array]:
    import pyarrow as pa

    type_ = reduce(wider, (chunk.type for chunk in chunks))
    try:
        return [of_type(chunk, type_) for chunk in chunks]
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):  # such as an integer that no float holds
        return [of_type(chunk, pa.string()) for chunk in chunks]


def _batches(columns: list[list[pa.Array]], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for chunks in columns:
        chunks.reverse()
    while columns and columns[0]:
        yield pa.RecordBatch.from_arrays([chunks.pop() for chunks in columns], schema=schema)


def to_arrow(values: Sequence[Any]) -> pa.Array:
    """An Arrow array of the values, of the narrowest type that loses none of them."""
    import pyarrow as pa
    from pyarrow import types

    try:
        array = pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return _of_odd_values(values)
    if types.is_binary(array.type) or types.is_date(array.type):
        # Arrow takes text for bytes, and the date of a moment, where the first value is bytes or a date
        return array if len(_kinds(values)) == 1 else _of_odd_values(values)
    if types.is_duration(array.type):
        return pa.array(values, pa.month_day_nano_interval())
    if types.is_nested(array.type) or isinstance(array.type, pa.BaseExtensionType):
        return array if _is_plain_list(array.type) else _texts(values)
    return array


def _is_plain_list(type_: pa.DataType) -> bool:
    from pyarrow import types

    while types.is_list(type_):
        type_ = type_.value_type
    return not bool(types.is_nested(type_)) and not hasattr(type_, "extension_name")


def _of_odd_values(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    kinds = _kinds(values)
    try:
        if kinds <= {int, bool, decimal.Decimal}:
            return pa.array([None if value is None else decimal.Decimal(value) for value in values])
        if kinds <= {datetime.date, datetime.datetime}:
            return pa.array([_moment(value) for value in values], pa.timestamp("us"))
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        pass  # more digits than a decimal has, or NaN among decimals
    return _texts(values)


def _kinds(values: Sequence[Any]) -> set[type]:
    return set(map(type, values)) - {type(None)}


def _moment(value: Any) -> Any:
    if value is None or isinstance(value, datetime.datetime):
        return value
    return datetime.datetime.combine(value, datetime.time())


def _texts(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    return pa.array([None if value is None else text_of(value) for value in values], pa.string())


def text_of(value: object) -> str:
    """A value as text; bytes that are no text as hexadecimal digits."""
    if isinstance(value, dict | list | tuple):
        return json.dumps(value, default=text_of, ensure_ascii=False)
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.hex()
    return str(value)


def wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds the values of both; text where there is none else."""
    import pyarrow as pa
    from pyarrow import types

    if one == other or types.is_null(other):
        return one
    if types.is_null(one):
        return other
    if _is_exact(one) and _is_exact(other):
        return _decimal(one, other)
    if _is_number(one) and _is_number(other):
        return pa.float64()
    if types.is_temporal(one) and types.is_temporal(other):
        return _moments(one, other)
    if types.is_list(one) and types.is_list(other):
        return pa.list_(wider(one.value_type, other.value_type))
    return pa.string()


def _is_exact(type_: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_integer(type_) or types.is_decimal(type_))


def _is_number(type_: pa.DataType) -> bool:
    from pyarrow import types

    return _is_exact(type_) or types.is_floating(type_)


def _decimal(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    (whole, scale), (other_whole, other_scale) = _digits(one), _digits(other)
    scale = max(scale, other_scale)
    digits = max(whole, other_whole) + scale
    if digits > MOST_DIGITS:
        return pa.string()
    return pa.decimal128(digits, scale) if digits <= 38 else pa.decimal256(digits, scale)


def _digits(type_: pa.DataType) -> tuple[int, int]:
    from pyarrow import types

    if types.is_integer(type_):
        return _DIGITS_OF_INTEGER, 0
    return type_.precision - type_.scale, type_.scale


def _moments(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    import pyarrow as pa
    from pyarrow import types

    dates = [types.is_date(type_) for type_ in (one, other)]
    zones = {type_.tz for type_ in (one, other) if types.is_timestamp(type_)}
    if len(zones) == 1 and (all(map(types.is_timestamp, (one, other))) or any(dates)):
        return pa.timestamp("us", *zones)
    if len(zones) == 2 and None not in zones:
        return pa.timestamp("us", "UTC")
    return pa.string()


def of_type(array: pa.Array, type_: pa.DataType) -> pa.Array:
    """The array in a wider type."""
    from pyarrow import types

    if array.type == type_:
        return array
    return _texts(array.to_pylist()) if types.is_string(type_) else array.cast(type_)
