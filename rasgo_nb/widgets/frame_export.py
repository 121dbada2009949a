"""Rows of a frame as text to copy, or as a new file beside the notebook."""

from __future__ import annotations

import io
import os
import re
import tempfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.connectors.frames import unique_names
from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_columns import FrameColumn, dense, whole, whole_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa
    from pyarrow import csv

    Rows = npt.NDArray[np.unsignedinteger] | None  # positions; None for all as they are

Format = Literal["csv", "tsv", "parquet"]

MAX_COPIED_ROWS = 100_000
MAX_COPIED_BYTES = 32_000_000  # of one message to the page
_BLOCK = 500_000  # rows that are put together at once
_COPIED_BLOCK = 2_000


def copied_text(columns: list[FrameColumn], rows: Rows, format: Format) -> tuple[str, int]:
    """The first rows as CSV or TSV with a header, and how many they are: as many as a message can hold."""
    first = slice(0, MAX_COPIED_ROWS) if rows is None else rows[:MAX_COPIED_ROWS]
    source = _Source([FrameColumn(column.name, column.taken(first)) for column in columns], _writable_as_text)
    sink = io.BytesIO()
    copied = 0
    with _text_writer(sink, source.schema, format) as writer:
        for block in source.blocks(None, _COPIED_BLOCK):
            writer.write_table(block)
            copied += block.num_rows
            if sink.tell() > MAX_COPIED_BYTES:
                break
    return sink.getvalue().decode("utf-8"), copied


def written_file(columns: list[FrameColumn], rows: Rows, format: Format, folder: Path, name: str) -> Path:
    """A new file of all the rows, there only once it is whole, under a name that no other has.

    Raises
    ------
    RasgoError
        where the folder does not take it.
    """
    source = _Source(columns, _storable if format == "parquet" else _writable_as_text)
    try:
        descriptor, part = tempfile.mkstemp(prefix=f".{_stem(name)}-", suffix=".part", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as sink:
                _write(sink, source, rows, format)
            return _named(Path(part), folder, _stem(name), format)
        finally:
            Path(part).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RasgoError(
            f"The file could not be written into {folder}: {reason}. Free it and export again."
        ) from error


def _write(sink: Any, source: _Source, rows: Rows, format: Format) -> None:
    from pyarrow import parquet

    make = parquet.ParquetWriter if format == "parquet" else _text_writer
    with make(sink, source.schema, **({} if format == "parquet" else {"format": format})) as writer:
        for block in source.blocks(rows, _BLOCK):
            writer.write_table(block)


def _named(part: Path, folder: Path, stem: str, format: Format) -> Path:
    """Give the finished file the first free name: ``orders.csv``, ``orders_2.csv``, ..."""
    for number in count(1):
        path = folder / f"{stem}{f'_{number}' if number > 1 else ''}.{format}"
        try:
            path.touch(mode=0o666, exist_ok=False)  # nobody else can take the name now
        except FileExistsError:
            continue
        part.chmod(path.stat().st_mode)
        return part.replace(path)
    raise AssertionError("counting ends never")


def _stem(name: str) -> str:
    return re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:60] or "rows"


def _text_writer(sink: Any, schema: pa.Schema, format: Format) -> csv.CSVWriter:
    from pyarrow import csv

    return csv.CSVWriter(
        sink, schema, write_options=csv.WriteOptions(delimiter="\t" if format == "tsv" else ",")
    )


class _Source:
    """Columns that are converted block by block; names that occur twice are told apart."""

    def __init__(self, columns: list[FrameColumn], convert: Callable[[pd.Series[Any]], Any]) -> None:
        self._names, _ = unique_names([column.name for column in columns])
        self._columns = [FrameColumn(column.name, _typed(column.series, convert)) for column in columns]
        self._convert = convert
        self.schema = self._block(slice(0, 0)).schema

    def blocks(self, rows: Rows, size: int) -> Iterator[pa.Table]:
        """The rows, so many at a time."""
        total = (
            len(self._columns[0].series)
            if self._columns and rows is None
            else len(() if rows is None else rows)
        )
        for start in range(0, total, size):
            stop = min(start + size, total)
            yield self._block(slice(start, stop) if rows is None else rows[start:stop])

    def _block(self, rows: Any) -> pa.Table:
        import pyarrow as pa

        return pa.table([self._convert(one.taken(rows)) for one in self._columns], names=self._names)


def _typed(series: pd.Series[Any], convert: Callable[[pd.Series[Any]], Any]) -> pd.Series[Any]:
    """Objects have the type that all of them fit into: a block alone may suggest another one."""
    import pandas as pd

    return pd.Series(pd.arrays.ArrowExtensionArray(convert(series))) if series.dtype == object else series


def _writable_as_text(series: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """Typed where CSV has one way to write the type; moments with a zone are in UTC, ending in Z."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(series.dtype, pd.CategoricalDtype):
        names = whole_text(pd.Series(series.cat.categories))
        return pc.take(names, pa.array(series.cat.codes, mask=series.isna().to_numpy()))
    array = whole_text(series) if isinstance(series.dtype, pd.PeriodDtype) else whole(series)
    if pa.types.is_decimal(array.type):
        return pc.cast(array, pa.large_string())
    return whole_text(series) if pa.types.is_duration(array.type) else array


def _storable(series: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """With all that the type knows, or as text where Parquet has no place for it."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(series.dtype, pd.SparseDtype):
        series = dense(series)
    if isinstance(series.dtype, (pd.PeriodDtype, pd.IntervalDtype)) or series.dtype.kind == "c":
        return whole_text(series)
    try:
        array = pa.array(series, from_pandas=True)
    except (ValueError, TypeError, OverflowError, NotImplementedError):  # objects that are no values
        return whole_text(series)
    is_odd = pa.types.is_interval(array.type) or pa.types.is_union(array.type)
    return whole_text(series) if is_odd or isinstance(array.type, pa.BaseExtensionType) else array
