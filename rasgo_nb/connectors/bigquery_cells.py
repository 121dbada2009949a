"""Rows as the REST API writes them in JSON become Arrow, typed as the Storage Read API types them."""

from __future__ import annotations

import base64
import datetime
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

_INTERVAL = re.compile(
    r"(?P<sign>-?)(?P<years>\d+)-(?P<months>\d+) (?P<days>-?\d+) "
    r"(?P<clock_sign>-?)(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+)(?:\.(?P<fraction>\d+))?"
)


def arrow_schema(fields: Sequence[Mapping[str, Any]]) -> pa.Schema:
    """The schema of a result, from the ``schema.fields`` of an answer."""
    import pyarrow as pa

    return pa.schema([(field["name"], arrow_type(field)) for field in fields])


def arrow_type(field: Mapping[str, Any]) -> pa.DataType:
    """The Arrow type of a field; what BigQuery may yet invent is taken as text."""
    import pyarrow as pa

    if field.get("mode") == "REPEATED":
        return pa.list_(arrow_type({**field, "mode": ""}))
    if field["type"] in ("RECORD", "STRUCT"):
        return pa.struct([(one["name"], arrow_type(one)) for one in field["fields"]])
    if field["type"] == "RANGE":
        end = arrow_type(field["rangeElementType"])
        return pa.struct([("start", end), ("end", end)])
    return _scalar_type(field["type"])


def _scalar_type(type_: str) -> pa.DataType:
    import pyarrow as pa

    types = {
        "DATE": pa.date32(),
        "DATETIME": pa.timestamp("us"),
        "TIMESTAMP": pa.timestamp("us", "UTC"),
        "TIME": pa.time64("us"),
        "BYTES": pa.binary(),
        "NUMERIC": pa.decimal128(38, 9),
        "BIGNUMERIC": pa.decimal256(76, 38),
        "INTERVAL": pa.month_day_nano_interval(),
        **dict.fromkeys(("INTEGER", "INT64"), pa.int64()),
        **dict.fromkeys(("FLOAT", "FLOAT64"), pa.float64()),
        **dict.fromkeys(("BOOLEAN", "BOOL"), pa.bool_()),
    }
    return types.get(type_, pa.string())


def record_batch(fields: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
    """The ``rows`` of one page."""
    import pyarrow as pa

    columns = [
        arrow_array(field, [row["f"][position]["v"] for row in rows]) for position, field in enumerate(fields)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema(fields))


def arrow_array(field: Mapping[str, Any], cells: Sequence[Any]) -> pa.Array:
    """One column of cells."""
    import pyarrow as pa

    if field.get("mode") == "REPEATED":
        return _lists({**field, "mode": ""}, cells)
    if field["type"] in ("RECORD", "STRUCT"):
        return _structs(field, cells)
    if field["type"] == "RANGE":
        return _ranges(field, cells)
    type_ = arrow_type(field)
    read = _READERS.get(field["type"])
    if read is not None:
        return pa.array([None if cell is None else read(cell) for cell in cells], type_)
    texts = pa.array(cells, pa.string())
    if field["type"] == "TIMESTAMP":  # a count of microseconds
        return texts.cast(pa.int64()).cast(type_)
    return texts if type_ == pa.string() else texts.cast(type_)


def _lists(element: Mapping[str, Any], cells: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    offsets, items = [0], []
    for cell in cells:
        items += [item["v"] for item in cell or ()]
        offsets.append(len(items))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), arrow_array(element, items))


def _structs(field: Mapping[str, Any], cells: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    columns = [
        arrow_array(one, [None if cell is None else cell["f"][position]["v"] for cell in cells])
        for position, one in enumerate(field["fields"])
    ]
    mask = pa.array([cell is None for cell in cells], pa.bool_())
    return pa.StructArray.from_arrays(columns, fields=list(arrow_type(field)), mask=mask)


def _ranges(field: Mapping[str, Any], cells: Sequence[Any]) -> pa.Array:
    """``[start, end)``; an end may be UNBOUNDED."""
    import pyarrow as pa

    pairs = [(None, None) if cell is None else cell[1:-1].split(", ") for cell in cells]
    ends = [[None if pair[n] == "UNBOUNDED" else pair[n] for pair in pairs] for n in (0, 1)]
    columns = [arrow_array(field["rangeElementType"], texts) for texts in ends]
    mask = pa.array([cell is None for cell in cells], pa.bool_())
    return pa.StructArray.from_arrays(columns, fields=list(arrow_type(field)), mask=mask)


def _interval(text: str) -> tuple[int, int, int]:
    """Months, days and nanoseconds of ``[sign]Y-M [sign]D [sign]H:M:S[.F]``."""
    found = _INTERVAL.fullmatch(text)
    if found is None:
        raise ValueError(f"no interval: {text}")
    months = int(found["years"]) * 12 + int(found["months"])
    seconds = int(found["hours"]) * 3600 + int(found["minutes"]) * 60 + int(found["seconds"])
    nanoseconds = seconds * 10**9 + int((found["fraction"] or "").ljust(9, "0"))
    return (
        -months if found["sign"] else months,
        int(found["days"]),
        -nanoseconds if found["clock_sign"] else nanoseconds,
    )


_READERS: dict[str, Any] = {
    "BYTES": base64.b64decode,
    "TIME": datetime.time.fromisoformat,
    "INTERVAL": _interval,
}
