"""A frame as a page shows it at first: columns, and its first rows as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.widgets.frame_columns import FrameColumn, columns_of
from rasgo_nb.widgets.safe import State, line
from rasgo_nb.widgets.text import row_text, rows_in_all

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

FIRST_ROWS = 20
MOST_COLUMNS = 100
_MAX_CELL = 60
_MAX_NAME = 80
_MAX_TYPE = 40


def rows_state(frame: pd.DataFrame, *, key: str, name: str = "", note: str = "") -> State:
    """A ``RowsState``, its columns as in the pages of `FrameRows`; an empty key lets nothing be fetched."""
    columns = columns_of(frame.iloc[:FIRST_ROWS, :MOST_COLUMNS])
    if frame.shape[1] > MOST_COLUMNS:
        note = f"{note} {MOST_COLUMNS} of {frame.shape[1]:,} columns.".strip()
    return {
        "id": key,
        "name": name,
        "total": rows_in_all(frame),
        "columns": [_column(column) for column in columns],
        "first": [_cells(row) for row in zip(*(column.series for column in columns), strict=True)],
        "note": note,
    }


def _column(column: FrameColumn) -> State:
    return {
        "name": line(column.name, _MAX_NAME),
        "type": line(column.type, _MAX_TYPE),
        "numeric": column.is_numeric,
    }


def _cells(row: Sequence[object]) -> list[str]:
    return [line(cell, _MAX_CELL) for cell in row_text(row)]


def sample_state(grid: Mapping[str, Any]) -> State:
    """The ``RowsState`` of a few rows that a tool's page holds; there are no more to fetch."""
    rows: Sequence[Sequence[object]] = grid.get("rows", ())
    names = grid.get("columns", ())[:MOST_COLUMNS]
    return {
        "id": "",
        "name": "",
        "total": len(rows),
        "columns": [{"name": line(label, _MAX_NAME), "type": "", "numeric": False} for label in names],
        "first": [_cells(row[:MOST_COLUMNS]) for row in rows[:FIRST_ROWS]],
        "note": "",
    }
