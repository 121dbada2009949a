"""Frames of many rows, compared by whole columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.replay.outcome import Change
from rasgo_nb.replay.same_value import RELATIVE, same_value, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

MOST_ROWS = 4  # told of those that have changed, that are gone and that are new


def same_in_order(then: pd.DataFrame, now: pd.DataFrame) -> bool:
    """Whether two whole frames are the same, told fast; False where that takes a closer look."""
    if then.shape != now.shape or not then.columns.equals(now.columns) or not then.index.equals(now.index):
        return False
    if list(then.dtypes) != list(now.dtypes):
        return False
    return not any(mask.any() for mask in _differing(then, now))


def _differing(then: pd.DataFrame, now: pd.DataFrame) -> Iterator[Any]:
    """For each column which rows differ, of frames of the same shape and types."""
    import numpy as np

    for place, dtype in enumerate(then.dtypes):
        one, other = then.iloc[:, place], now.iloc[:, place]
        if isinstance(dtype, np.dtype) and dtype.kind == "f":
            yield ~np.isclose(other, one, rtol=RELATIVE, atol=1e-12, equal_nan=True)
        elif dtype.kind != "O" and one.equals(other):  # to which 1 and True are the same
            yield np.zeros(len(one), dtype=bool)
        else:
            pairs = zip(one.tolist(), other.tolist(), strict=True)
            yield np.array([not same_value(before, after) for before, after in pairs], dtype=bool)


def in_one_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order of what they hold; of floats last, whose last digits differ."""
    columns = {place: _sortable(frame.iloc[:, place]) for place in range(frame.shape[1])}
    places = sorted(columns, key=lambda place: frame.dtypes.iloc[place].kind == "f")
    if not places:
        return frame
    keys = frame.iloc[:, :0].assign(**{f"key_{place}": columns[place] for place in places})
    keys = keys.reset_index(drop=True)
    order = keys.sort_values(list(keys.columns), kind="stable").index
    return frame.iloc[order].reset_index(drop=not has_labels(frame))


def _sortable(column: pd.Series[Any]) -> Any:
    kind = column.dtype.kind
    return column.round(6) if kind == "f" else column.map(shown_value) if kind == "O" else column


def first_changes(then: pd.DataFrame, now: pd.DataFrame) -> Iterator[Change]:
    """The first cells of each column that differ, of frames of the same shape and types."""
    if list(then.dtypes) != list(now.dtypes) or then.shape != now.shape:
        return
    for place, mask in enumerate(_differing(then, now)):
        rows = mask.nonzero()[0][:MOST_ROWS]
        for row in rows:
            what = f"{then.columns[place]} of row {row + 1:,}"
            yield Change(what, shown_value(then.iat[row, place]), shown_value(now.iat[row, place]))


def has_labels(frame: pd.DataFrame) -> bool:
    """Whether the rows have labels of their own, rather than being counted from 0."""
    index: Any = frame.index
    return not (type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1)
