"""CSV blocks become Arrow batches: Arrow's parser first, value by value what it does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from rasgo_nb.connectors.postgres_types import Reading


def batches_of(
    blocks: Iterable[bytes], schema: pa.Schema, readings: Sequence[Reading]
) -> Iterator[pa.RecordBatch]:
    """A batch for each block; a text that is no UTF-8 has its odd bytes written as ``\\xff``."""
    import pyarrow as pa

    for block in blocks:
        try:
            columns = _parsed(block, [reading.type for reading in readings])
        except pa.ArrowInvalid:
            columns = _mended(block, readings)
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _mended(block: bytes, readings: Sequence[Reading]) -> list[pa.Array]:
    import pyarrow as pa

    valid = block.decode("utf-8", "backslashreplace").encode()
    texts = _parsed(valid, [pa.string()] * len(readings))
    return [
        column if pa.types.is_string(reading.type) else reading.convert(column)
        for column, reading in zip(texts, readings, strict=True)
    ]


def _parsed(block: bytes, types: Sequence[Any]) -> list[pa.Array]:
    """The columns of a block. It is parsed in one piece, so that a line break in a text ends no row."""
    import pyarrow as pa
    from pyarrow import csv

    names = [str(number) for number in range(len(types))]
    table = csv.read_csv(
        pa.BufferReader(block),
        read_options=csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=False),
        parse_options=csv.ParseOptions(ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict(zip(names, types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return [column.combine_chunks() for column in table.columns]
