"""Which Arrow type and which gatherer a column of a Postgres result gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors import postgres_text as text
from rasgo_nb.connectors.arrow_columns import (
    ArrowGatherer,
    ColumnGatherer,
    GrowingArray,
    IntervalGatherer,
    TimestampGatherer,
)
from rasgo_nb.connectors.postgres_nested import lists, structs
from rasgo_nb.connectors.postgres_numbers import NumericGatherer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import psycopg
    import pyarrow as pa

    from rasgo_nb.connectors.postgres_text import Convert

_NUMERIC_HEADER = 4  # a numeric's type modifier is (precision << 16 | scale) and this


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column as the server describes it; ``is_stored`` when it is a table's column as it stands."""

    name: str
    type_oid: int
    modifier: int
    is_stored: bool


@dataclass(frozen=True, slots=True)
class OwnType:
    """A type that somebody created: an enum's labels, a row's fields, an array's element, a domain's base."""

    labels: tuple[str, ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    element: int = 0
    base: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read: Arrow's CSV parser gives ``type``, or else ``convert`` makes it of texts.

    ``gatherer`` is what collects the column where that is not decided by the type.
    """

    type: pa.DataType
    convert: Convert
    gatherer: Callable[[], ColumnGatherer] | None = None


_OWN_TYPES = """
    SELECT t.oid::int8, t.typbasetype::int8,
           CASE WHEN t.typcategory = 'A' AND t.typlen = -1 THEN t.typelem::int8 ELSE 0 END,
           ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder),
           ARRAY(SELECT a.attname::text FROM pg_attribute a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
           ARRAY(SELECT a.atttypid::int8 FROM pg_attribute a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)
    FROM pg_type t WHERE t.oid::int8 = ANY (%s)
"""


def read_own_types(
    link: psycopg.Connection[Any], oids: Sequence[int], known: Mapping[int, OwnType]
) -> dict[int, OwnType]:
    """What the types are, and those that they are made of; Postgres's own ones are left out."""
    found = dict(known)
    wanted = {oid for oid in oids if oid not in found and oid not in _builtin()}
    while wanted:
        for oid, base, element, labels, names, types in link.execute(_OWN_TYPES, [sorted(wanted)]):
            fields = tuple(zip(names, types, strict=True))
            found[oid] = OwnType(tuple(labels), fields, element, base)
        found |= {oid: OwnType() for oid in wanted if oid not in found}
        inner = {
            one for own in found.values() for one in (own.element, own.base, *(t for _, t in own.fields))
        }
        wanted = {oid for oid in inner if oid and oid not in found and oid not in _builtin()}
    return found


def reading_of(column: ResultColumn, own: Mapping[int, OwnType], zone: str) -> Reading:
    """How a result's column is read; ``zone`` is the session's time zone."""
    import pyarrow as pa

    if _builtin().get(column.type_oid, "") == "numeric":
        scale = _scale(column.modifier)
        stored = column.is_stored or column.modifier > 0
        return Reading(pa.string(), text.same, lambda: NumericGatherer(scale=scale, is_stored=stored))
    return _reading(column.type_oid, own, zone)


def _reading(oid: int, own: Mapping[int, OwnType], zone: str) -> Reading:
    import pyarrow as pa

    name = _builtin().get(oid, "")
    simple = _simple(zone).get(name)
    if simple is not None:
        return simple
    type_ = own.get(oid, OwnType())
    if type_.base:
        return _reading(type_.base, own, zone)
    if type_.labels:
        return Reading(pa.string(), text.same, lambda: LabelGatherer(type_.labels))
    element = type_.element or _element(oid)
    if element:
        delimiter = ";" if _builtin().get(element) == "box" else ","
        return _whole(lists(_converter(element, own, zone), delimiter=delimiter))
    if type_.fields:
        fields = [_converter(field, own, zone) for _, field in type_.fields]
        return _whole(structs([name for name, _ in type_.fields], fields))
    return Reading(pa.string(), text.same)


def _whole(convert: Convert) -> Reading:
    import pyarrow as pa

    return Reading(pa.string(), convert, lambda: WholeGatherer(convert))


def _converter(oid: int, own: Mapping[int, OwnType], zone: str) -> Convert:
    """The values inside of an array or a row."""
    if _builtin().get(oid) == "numeric":
        return numbers
    return _reading(oid, own, zone).convert


def numbers(texts: pa.Array) -> pa.Array:
    """Numerics inside of an array or a row, as a column of them would be."""
    import numpy as np
    import pyarrow as pa

    gatherer = NumericGatherer()
    gatherer.add(texts)
    values = gatherer.finish()
    if isinstance(values, np.ndarray):
        return pa.array(values, mask=texts.is_null().to_numpy(zero_copy_only=False), from_pandas=False)
    return pa.array(values)


@cache
def _simple(zone: str) -> dict[str, Reading]:
    import pyarrow as pa

    casts = {
        "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "oid": pa.uint32(),
        "float4": pa.float32(), "float8": pa.float64(),
    }  # fmt: skip
    return {
        **{name: Reading(type_, text.casts(type_)) for name, type_ in casts.items()},
        "bool": Reading(pa.bool_(), text.truths),
        "date": Reading(pa.date32(), text.dates),
        "timestamp": Reading(pa.timestamp("us"), text.moments(None)),
        "timestamptz": Reading(pa.timestamp("us", "UTC"), text.moments("UTC"), lambda: ZonedGatherer(zone)),
        "interval": Reading(pa.string(), text.spans, lambda: ByChunk(text.spans, IntervalGatherer)),
        "bytea": Reading(pa.string(), text.blobs, lambda: ByChunk(text.blobs, ArrowGatherer)),
        "time": Reading(pa.string(), text.times, lambda: WholeGatherer(text.times)),
    }


def _scale(modifier: int) -> int | None:
    """The scale of a numeric: 11 bits, below zero too."""
    if modifier < _NUMERIC_HEADER:
        return None
    return (((modifier - _NUMERIC_HEADER) & 0x7FF) ^ 0x400) - 0x400


@cache
def _builtin() -> dict[int, str]:
    """The names of Postgres's own types; an array has the name of its element with brackets."""
    import psycopg

    named: dict[int, str] = {}
    for info in psycopg.adapters.types:
        named[info.oid] = info.name
        if info.array_oid:
            named[info.array_oid] = f"{info.name}[]"
    return named


@cache
def _elements() -> dict[int, int]:
    import psycopg

    return {info.array_oid: info.oid for info in psycopg.adapters.types if info.array_oid}


def _element(oid: int) -> int:
    return _elements().get(oid, 0)


class ZonedGatherer:
    """Moments in a time zone; in UTC if one lies beyond the years that Python's time zones know."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._gatherer = TimestampGatherer("us", "UTC")

    def add(self, chunk: pa.Array) -> None:
        """Take the chunk, which is in UTC."""
        self._gatherer.add(chunk)

    def finish(self) -> Any:
        """A pandas array of moments."""
        import pandas as pd

        moments = self._gatherer.finish()
        first, last = pd.Timestamp("0001-01-03", tz="UTC"), pd.Timestamp("9999-12-29", tz="UTC")
        is_far = len(moments) and (moments.min() < first or moments.max() > last)
        return moments if is_far or self._zone == "UTC" else moments.tz_convert(self._zone)


class ByChunk:
    """Converts each chunk, and leaves the gathering to another gatherer."""

    def __init__(self, convert: Convert, gatherer: Callable[[pa.DataType], ColumnGatherer]) -> None:
        import pyarrow as pa

        self._convert = convert
        self._gatherer = gatherer(convert(pa.array([], pa.string())).type)

    def add(self, chunk: pa.Array) -> None:
        """Take the converted chunk."""
        self._gatherer.add(self._convert(chunk))

    def finish(self) -> Any:
        """As the other gatherer."""
        return self._gatherer.finish()


class WholeGatherer:
    """Keeps the texts and converts them together at the end, for types whose values decide what they become.

    Texts stay as they are where no Arrow type holds them all.
    """

    def __init__(self, convert: Convert) -> None:
        self._convert = convert
        self._chunks: list[pa.Array] = []

    def add(self, chunk: pa.Array) -> None:
        """Keep a copy of the chunk."""
        import pyarrow as pa

        self._chunks.append(pa.concat_arrays([chunk]))

    def finish(self) -> Any:
        """An Arrow column, or ``str``."""
        import pandas as pd
        import pyarrow as pa

        texts = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in self._chunks] or _no_texts())
        self._chunks.clear()
        try:
            found = self._convert(texts)
        except (pa.ArrowException, ValueError):
            found = texts
        if pa.types.is_large_string(found.type):
            return pd.array(found, dtype="str")
        return pd.arrays.ArrowExtensionArray(pa.chunked_array([found]))


def _no_texts() -> list[pa.Array]:
    import pyarrow as pa

    return [pa.array([], pa.large_string())]


class LabelGatherer:
    """An enum as a ``category`` with all labels, in the order of the type."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._codes = GrowingArray("int32")

    def add(self, chunk: pa.Array) -> None:
        """Take the places of the labels."""
        import pyarrow as pa
        import pyarrow.compute as pc

        places = pc.index_in(chunk, value_set=pa.array(self._labels, pa.string()))
        self._codes.append(places.fill_null(-1).to_numpy(zero_copy_only=False))

    def finish(self) -> Any:
        """The categorical."""
        import pandas as pd

        labels = pd.Index(list(self._labels), dtype="str")
        return pd.Categorical.from_codes(self._codes.array(), categories=labels)
