"""Snowflake's results as Arrow batches of one schema: each chunk comes in the narrowest of types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import pyarrow as pa

FIXED, REAL, TEXT, DATE, TIMESTAMP, VARIANT, TIMESTAMP_LTZ, TIMESTAMP_TZ, TIMESTAMP_NTZ = range(9)
OBJECT, ARRAY, BINARY, TIME, BOOLEAN = range(9, 14)
DIGITS_OF_INT64 = 18
TEXT_BATCH = 50_000


@dataclass(frozen=True, slots=True)
class ArrowResult:
    """A result's schema, and its batches, which are downloaded ahead by the driver's threads.

    Closing ``batches`` lets go of what was not downloaded yet.
    """

    schema: pa.Schema
    batches: Generator[pa.RecordBatch, None, None]


def open_result(cursor: Any) -> ArrowResult:
    """The rows of a statement that is done. What lies below the microsecond is cut."""
    from snowflake.connector.errors import NotSupportedError

    try:
        tables = cursor.fetch_arrow_batches(force_microsecond_precision=True)
    except NotSupportedError:  # SHOW, DESCRIBE and the like come as JSON
        schema = schema_of(cursor.description)
        return ArrowResult(schema, _batches_of_rows(cursor, schema))
    first = next(tables, None)
    schema = schema_of(cursor.description, first.schema if first is not None else None)
    return ArrowResult(schema, _batches_of_tables(first, tables, schema))


def _batches_of_tables(first: Any, rest: Any, schema: pa.Schema) -> Generator[pa.RecordBatch, None, None]:
    try:
        table = first
        while table is not None:
            yield from _in_schema(table, schema).to_batches()
            table = next(rest, None)
    finally:
        rest.close()


def schema_of(description: Sequence[Any], came: pa.Schema | None = None) -> pa.Schema:
    """What the columns are brought to; ``came`` is the first chunk's own."""
    import pyarrow as pa

    fields = []
    for position, column in enumerate(description):
        type_ = came.field(position).type if came is not None else None
        if column.type_code == FIXED or type_ is None:
            type_ = _type_of(column, type_)
        fields.append(pa.field(column.name, type_))
    return pa.schema(fields)


def _type_of(column: Any, came: Any) -> pa.DataType:
    import pyarrow as pa

    if column.type_code == FIXED:
        return _number_type(column, came)
    zoned = pa.timestamp("us", "UTC")
    plain = {
        REAL: pa.float64(),
        DATE: pa.date32(),
        TIMESTAMP: pa.timestamp("us"),
        TIMESTAMP_NTZ: pa.timestamp("us"),
        TIMESTAMP_LTZ: zoned,
        TIMESTAMP_TZ: zoned,
        BINARY: pa.binary(),
        TIME: pa.time64("us"),
        BOOLEAN: pa.bool_(),
    }
    return plain.get(column.type_code, pa.string())


def _number_type(column: Any, came: Any) -> pa.DataType:
    """Wide enough for every later chunk too."""
    import pyarrow as pa

    precision, scale = column.precision or 38, column.scale or 0
    if came is not None and pa.types.is_floating(came):
        return pa.float64()  # a session whose owner wants numbers as floats
    if scale == 0 and precision <= DIGITS_OF_INT64:
        return pa.int64()
    return pa.decimal128(38, scale)


def _in_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def _batches_of_rows(cursor: Any, schema: pa.Schema) -> Generator[pa.RecordBatch, None, None]:
    import pyarrow as pa

    while rows := cursor.fetchmany(TEXT_BATCH):
        columns = zip(*rows, strict=True)
        arrays = [_array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def _array(values: Sequence[Any], type_: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_string(type_):
        values = [None if value is None else str(value) for value in values]
    return pa.array(values, type_)
