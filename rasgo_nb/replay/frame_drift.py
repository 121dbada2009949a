"""A DataFrame then and now: the same rows, the same in another order, or what has changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from rasgo_nb.replay.large_frames import MOST_ROWS, first_changes, has_labels, in_one_order, same_in_order
from rasgo_nb.replay.outcome import MOST_CHANGES, Change, Compared
from rasgo_nb.replay.same_value import plain_value, same_value, shown_value
from rasgo_nb.trace.frames import FrameSummary, summary_in, summary_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from rasgo_nb.trace.frames import ColumnSummary

Row = tuple[object, ...]

ANOTHER_ORDER = "the same rows in another order"
_MOST_CELLS = 400_000  # that are compared one by one
_LONG = 1_000  # characters of a text that a trace may have cut
_MOST_KEYS = 8  # columns that are tried as a key
_NO_KEY = ("float", "Float", "bool", "object")  # dtypes that begin so identify rows badly
_FIGURES = ("nulls", "min", "max", "sum")


def compared_frames(then: pd.DataFrame, now: pd.DataFrame, *, is_ordered: bool) -> Compared:
    """What has become of a frame. ``then`` may be one that a trace kept only the first rows of.

    Rows in another order are the same, and said, unless the order was asked for (``is_ordered``).
    """
    kept = summary_in(then)
    if kept is None and same_in_order(then, now):
        return Compared(True, _size(now))
    if kept is not None and kept.withheld:
        return _compared_shapes(kept, summary_of(now, rows=0))
    is_whole = kept is None or (kept.rows == len(then) and not kept.more_columns)
    if is_whole and max(then.size, now.size) <= _MOST_CELLS:
        return _compared_rows(kept or summary_of(then, rows=0), then, now, is_ordered=is_ordered)
    if kept is None:
        return _compared_large(then, now, is_ordered=is_ordered)
    return _compared_summaries(kept, summary_of(now), is_ordered=is_ordered)


# --- all rows are at hand


def _compared_rows(
    kept: FrameSummary, then: pd.DataFrame, now: pd.DataFrame, *, is_ordered: bool
) -> Compared:
    fresh = summary_of(now, rows=0)
    shape = list(_shape_changes(kept, fresh))
    shared = [column.name for column in kept.columns if column.name in set(_names(fresh))]
    old, new = _rows_of(then, shared), _rows_of(now, shared)
    if not shape and _same_rows(old, new):
        return Compared(True, _size(now))
    if not shape and _same_rows(sorted(old, key=_sort_key), sorted(new, key=_sort_key)):
        return _reordered(fresh, is_ordered=is_ordered)
    dtypes = [column.dtype for column in kept.columns if column.name in set(shared)]
    changes = [
        *shape,
        *_figure_changes(kept, fresh),
        *_row_changes(_labelled(then, shared), dtypes, old, new),
    ]
    return _drifted(changes)


def _rows_of(frame: pd.DataFrame, shared: Sequence[str]) -> list[Row]:
    """The rows, first their labels where those are not just counted."""
    names = [str(name) for name in frame.columns]
    columns: list[list[object]] = [frame.iloc[:, names.index(name)].tolist() for name in shared]
    if has_labels(frame):
        columns.insert(0, frame.index.tolist())
    return list(zip(*columns, strict=True)) if columns else [()] * len(frame)


def _labelled(frame: pd.DataFrame, shared: Sequence[str]) -> list[str]:
    return ["(index)", *shared] if has_labels(frame) else list(shared)


def _same_rows(old: Sequence[Row], new: Sequence[Row]) -> bool:
    return len(old) == len(new) and all(map(_same_row, old, new))


def _same_row(one: Row, other: Row) -> bool:
    return len(one) == len(other) and all(map(_same_cell, one, other))


def _same_cell(then: object, now: object) -> bool:
    """A trace keeps nested values as their text, and of a long text the beginning."""
    if same_value(then, now):
        return True
    if not isinstance(then, str):
        return False
    text = now if isinstance(now, str) else str(plain_value(now))
    return then == text or (len(then) > _LONG and then.endswith("…") and text.startswith(then[:-1]))


def _sort_key(row: Row) -> tuple[str, ...]:
    """Sums in another order differ in their last digits, which must not decide about a row's place."""
    return tuple(
        f"{value:.7g}" if isinstance(value, float) else shown_value(value, most=200) for value in row
    )


def _row_changes(
    names: Sequence[str], dtypes: Sequence[str], old: Sequence[Row], new: Sequence[Row]
) -> Iterator[Change]:
    """The first rows that differ, by their key where columns identify rows, else by their place."""
    places = _key(names, dtypes, old, new)
    if not places:
        yield from _cell_changes(names, enumerate(zip(old, new, strict=False)))
        return
    by_key = {_key_of(row, places): row for row in new}
    before = {_key_of(row, places): row for row in old}
    both = ((key, (row, by_key[key])) for key, row in before.items() if key in by_key)
    named = ((_key_text(names, places, pair[0]), pair) for _, pair in both)
    yield from _cell_changes(names, named, skipped=places)
    for which, other, is_gone in ((before, by_key, True), (by_key, before, False)):
        only = [row for key, row in which.items() if key not in other]
        for row in only[:MOST_ROWS]:
            text = ", ".join(
                f"{names[place]} {shown_value(value)}"
                for place, value in enumerate(row)
                if place not in places
            )
            what = f"row where {_key_text(names, places, row)}"
            yield Change(what, text or "there", "") if is_gone else Change(what, "", text or "there")
        if len(only) > MOST_ROWS:
            more = f"{len(only) - MOST_ROWS:,} more"
            yield Change("rows that are gone", more, "") if is_gone else Change("new rows", "", more)


def _cell_changes(names: Sequence[str], pairs: Any, *, skipped: Sequence[int] = ()) -> Iterator[Change]:
    told = 0
    for label, (one, other) in pairs:
        if told >= MOST_ROWS:
            return
        differing = [
            place
            for place in range(len(one))
            if place not in skipped and not _same_cell(one[place], other[place])
        ]
        told += bool(differing)
        where = f"row {label + 1}" if isinstance(label, int) else label
        for place in differing[:MOST_ROWS]:
            yield Change(
                f"{names[place]} where {where}"
                if not isinstance(label, int)
                else f"{names[place]} of {where}",
                shown_value(one[place]),
                shown_value(other[place]),
            )


def _key(
    names: Sequence[str], dtypes: Sequence[str], old: Sequence[Row], new: Sequence[Row]
) -> tuple[int, ...]:
    """The places of the first column, or two or three, that identify rows then and now; empty for none."""
    shift = len(names) - len(dtypes)  # of the labels before the columns
    fit = [place + shift for place, dtype in enumerate(dtypes) if not dtype.startswith(_NO_KEY)]
    fit = [*range(shift), *fit][:_MOST_KEYS]
    for size in (1, 2, 3):
        for places in combinations(fit, size):
            if all(len({_key_of(row, places) for row in rows}) == len(rows) for rows in (old, new)):
                return places
    return ()


def _key_of(row: Row, places: Sequence[int]) -> tuple[str, ...]:
    return tuple(shown_value(row[place], most=200) for place in places)


def _key_text(names: Sequence[str], places: Sequence[int], row: Row) -> str:
    return ", ".join(f"{names[place]}={shown_value(row[place], most=40)}" for place in places)


# --- there are too many rows to look at each in Python


def _compared_large(then: pd.DataFrame, now: pd.DataFrame, *, is_ordered: bool) -> Compared:
    before, after = summary_of(then, rows=0), summary_of(now, rows=0)
    changes = [*_shape_changes(before, after)]
    if not changes and same_in_order(in_one_order(then), in_one_order(now)):
        return _reordered(after, is_ordered=is_ordered)
    changes += _figure_changes(before, after)
    if not changes or then.shape == now.shape:
        changes += first_changes(then, now)
    return _drifted(changes)


def _reordered(summary: FrameSummary, *, is_ordered: bool) -> Compared:
    if is_ordered:
        return Compared(False, f"{ANOTHER_ORDER}, which the statement asks for")
    return Compared(True, f"{summary.rows:,} rows, {ANOTHER_ORDER}")


# --- only shapes, figures and digests are


def _compared_summaries(then: FrameSummary, now: FrameSummary, *, is_ordered: bool) -> Compared:
    size = f"{now.rows:,} rows"
    if then.digest and then.digest == now.digest:
        return Compared(True, size)
    if then.set_digest and then.set_digest == now.set_digest:
        return _reordered(now, is_ordered=is_ordered)
    changes = [*_shape_changes(then, now), *_figure_changes(then, now)]
    names = [column.name for column in then.columns]
    if names == _names(now):
        dtypes = [column.dtype for column in then.columns]
        changes += _row_changes(names, dtypes, then.first, now.first[: len(then.first)])
    if changes:
        return _drifted(changes)
    return Compared(True, f"{size}, as far as the first rows and the figures of each column tell")


def _compared_shapes(then: FrameSummary, now: FrameSummary) -> Compared:
    changes = list(_shape_changes(_with_names(then, now), now))
    if changes:
        return _drifted(changes)
    return Compared(True, f"{now.rows:,} rows; what was private is not kept, so values are not compared")


def _with_names(then: FrameSummary, now: FrameSummary) -> FrameSummary:
    """Names that were private are kept as numbers: those of today stand for them."""
    names = [
        fresh.name if column.name == f"column {place}" else column.name
        for place, (column, fresh) in enumerate(zip(then.columns, now.columns, strict=False), 1)
    ]
    columns = tuple(replace(one, name=name) for one, name in zip(then.columns, names, strict=False))
    return replace(then, columns=(*columns, *then.columns[len(names) :]))


def _shape_changes(then: FrameSummary, now: FrameSummary) -> Iterator[Change]:
    if then.rows != now.rows:
        yield Change("rows", f"{then.rows:,}", f"{now.rows:,}")
    fresh = {column.name: column for column in now.columns}
    before = {column.name for column in then.columns}
    for column in then.columns:
        if column.name not in fresh:
            yield Change(f"column {column.name}", column.dtype, "")
        elif column.dtype != fresh[column.name].dtype:
            yield Change(f"type of {column.name}", column.dtype, fresh[column.name].dtype)
    for column in now.columns:
        if column.name not in before:
            yield Change(f"column {column.name}", "", column.dtype)
    if [name for name in _names(then) if name in fresh] != [name for name in _names(now) if name in before]:
        yield Change("order of columns", ", ".join(_names(then)), ", ".join(_names(now)))


def _figure_changes(then: FrameSummary, now: FrameSummary) -> Iterator[Change]:
    fresh = {column.name: column for column in now.columns}
    for column in then.columns:
        if column.name in fresh and _is_measured(column):
            for figure in _FIGURES:
                one, other = getattr(column, figure), getattr(fresh[column.name], figure)
                if not same_value(one, other):
                    yield Change(f"{figure} of {column.name}", shown_value(one), shown_value(other))


def _is_measured(column: ColumnSummary) -> bool:
    return column.nulls is not None


def _names(summary: FrameSummary) -> list[str]:
    return [column.name for column in summary.columns]


def _drifted(changes: Sequence[Change]) -> Compared:
    said = "; ".join(map(str, changes[:2])) or "the values differ"
    return Compared(False, said, tuple(changes[:MOST_CHANGES]))


def _size(frame: pd.DataFrame) -> str:
    return f"{len(frame):,} row" if len(frame) == 1 else f"{len(frame):,} rows"
