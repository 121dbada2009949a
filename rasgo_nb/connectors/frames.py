"""A stream of Arrow batches becomes a DataFrame with dtypes that an analyst can go on with.

===================================  ==========================================================
database type                        pandas dtype
===================================  ==========================================================
text, JSON, UUID                     ``str``
UHUGEINT, BIGNUM, BIT, TIMETZ        ``str``: DuckDB's Arrow has no place for them
integers                             ``int8`` ... ``uint64``; with nulls ``Int8`` ... ``UInt64``
HUGEINT, DECIMAL(n, 0)               ``int64`` / ``Int64``; exact decimals if a value is larger
DECIMAL(n, s)                        ``float64``; exact decimals if a value has over 15 digits
REAL, DOUBLE                         ``float32``, ``float64``; null is NaN, inf stays
BOOLEAN                              ``bool``; with nulls ``boolean``
DATE                                 ``datetime64[us]``; ``datetime64[s]`` if a year is beyond 290,000
TIMESTAMP                            ``datetime64[us]``, or the unit of the database's own type
TIMESTAMP WITH TIME ZONE             the same, with its time zone
INTERVAL                             ``timedelta64[us]``; ``DateOffset`` objects if one holds months
ENUM                                 ``category``
TIME, BLOB, lists, structs, maps     ``ArrowDtype``: an element is a Python object
unions, untyped NULL                 Python objects
===================================  ==========================================================

"Exact decimals" are ``decimal128`` as ``ArrowDtype``. An infinite date or timestamp is the last (or first)
one that the database can hold.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.connectors import arrow_columns, arrow_decimals
from rasgo_nb.connectors.base import Caps, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

DEFAULT_MAX_ROWS = 10_000_000
_TELL_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class GatheredFrame:
    """What ``QueryResult`` takes over: the frame, the sentence on what was cut, the renamed columns."""

    frame: pd.DataFrame
    cut: str
    renamed: tuple[tuple[int, str], ...]


def default_caps() -> Caps:
    """10,000,000 rows, and half of the memory that is free now."""
    import psutil

    return Caps(max_rows=DEFAULT_MAX_ROWS, max_bytes=psutil.virtual_memory().available // 2)


def batch_rows(columns: int) -> int:
    """How many rows a batch should have, so that a wide result does not fill the memory by one batch."""
    return max(2_048, min(122_880, 1_000_000 // max(1, columns)))


def gather_frame(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    caps: Caps,
    *,
    own: Mapping[int, arrow_columns.ColumnGatherer] | None = None,
) -> GatheredFrame:
    """Take batches until they end or a cap is reached; nothing is asked for beyond it.

    ``own`` gathers the columns at some positions, where their Arrow type does not say what they become.
    """
    import pandas as pd

    gatherers = [(own or {}).get(place) or _gatherer(field.type) for place, field in enumerate(schema)]
    capped = _CappedBatches(batches, caps)
    for batch in capped:
        for gatherer, chunk in zip(gatherers, batch.columns, strict=True):
            gatherer.add(chunk)
    gatherers.reverse()
    columns = {position: gatherers.pop().finish() for position in range(len(gatherers))}  # each is freed
    frame = pd.DataFrame(columns, index=pd.RangeIndex(capped.rows), copy=False)
    names, renamed = unique_names(schema.names)
    frame.columns = pd.Index(names, dtype="str")
    return GatheredFrame(frame, capped.cut, renamed)


def told(
    batches: Iterable[pa.RecordBatch], on_progress: Callable[[Progress], None] | None
) -> Iterator[pa.RecordBatch]:
    """The batches; ``on_progress`` hears of the rows that came, not much oftener than ten times a second."""
    started = time.monotonic()
    last, rows = started - _TELL_EVERY_S, 0
    for batch in batches:
        rows += batch.num_rows
        now = time.monotonic()
        if on_progress is not None and now - last >= _TELL_EVERY_S:
            on_progress(Progress("fetching", now - started, rows))
            last = now
        yield batch


def unique_names(names: Sequence[str]) -> tuple[list[str], tuple[tuple[int, str], ...]]:
    """Each name once: a repeated one gets the first free of ``_2``, ``_3``, ...; and which were renamed."""
    taken = set(names)
    seen: set[str] = set()
    unique, renamed = [], []
    for position, name in enumerate(names):
        new = name
        if name in seen:
            new = _free_name(name, taken)
            renamed.append((position, name))
        seen.add(name)
        taken.add(new)
        unique.append(new)
    return unique, tuple(renamed)


def _free_name(name: str, taken: set[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


class _CappedBatches:
    """Batches up to the caps; afterwards ``rows`` came, and ``cut`` says so if there were more."""

    def __init__(self, batches: Iterable[pa.RecordBatch], caps: Caps) -> None:
        self._batches = batches
        self._caps = caps
        self._bytes = 0
        self.rows = 0
        self.cut = ""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for batch in self._batches:
            if not batch.num_rows:
                continue
            fitting = self._fitting_rows(batch)
            self.rows += fitting
            self._bytes += batch.nbytes
            if fitting:
                yield batch.slice(0, fitting)
            if self.cut:
                return

    def _fitting_rows(self, batch: pa.RecordBatch) -> int:
        by_count = self._caps.max_rows - self.rows
        by_size = int((self._caps.max_bytes - self._bytes) / max(1.0, batch.nbytes / batch.num_rows))
        fitting: int = max(0, min(by_count, by_size, batch.num_rows))
        if fitting < batch.num_rows:
            cap = (
                f"{self._caps.max_rows:,} rows"
                if by_count <= by_size
                else f"{self._caps.max_bytes / 1e6:,.0f} MB of memory"
            )
            self.cut = (
                f"Cut at the cap of {cap}: the first {self.rows + fitting:,} rows came, there are more. "
                "Aggregate or filter in SQL, or raise the cap, to get the rest."
            )
        return fitting


def _gatherer(type_: pa.DataType) -> arrow_columns.ColumnGatherer:
    from pyarrow import types

    if types.is_integer(type_):
        return arrow_columns.IntegerGatherer(type_.to_pandas_dtype())
    if types.is_float32(type_) or types.is_float64(type_):
        return arrow_columns.FloatGatherer(type_.to_pandas_dtype())
    if types.is_string(type_) or types.is_large_string(type_):
        return arrow_columns.TextGatherer("int32" if types.is_string(type_) else "int64")
    if types.is_timestamp(type_):
        return arrow_columns.TimestampGatherer(type_.unit, type_.tz)
    if types.is_decimal128(type_):
        return arrow_decimals.DecimalGatherer(type_)
    return _rarer_gatherer(type_)


def _rarer_gatherer(type_: pa.DataType) -> arrow_columns.ColumnGatherer:
    import pyarrow as pa
    from pyarrow import types

    if types.is_boolean(type_):
        return arrow_columns.BooleanGatherer()
    if types.is_date32(type_):
        return arrow_columns.DateGatherer()
    if types.is_dictionary(type_):
        return arrow_columns.CategoryGatherer(type_)
    if types.is_interval(type_):
        return arrow_columns.IntervalGatherer(type_)
    if types.is_union(type_) or types.is_null(type_) or isinstance(type_, pa.BaseExtensionType):
        return arrow_columns.ObjectGatherer(type_)
    return arrow_columns.ArrowGatherer(type_)
