"""A DataFrame as the trace keeps it: shape and types, its first rows, figures and digests of the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.trace.frame_digests import digests_of, digests_of_values
from rasgo_nb.trace.frame_figures import (
    Figures,
    figures_of,
    figures_of_values,
    is_counted,
    is_small,
    kept_cell,
    kept_columns,
    named_columns,
    named_types,
    shortened_cell,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SUMMARY, ROWS = "rasgo_nb_summary", "rasgo_nb_rows"  # in the attrs of a frame that was read back
DEFAULT_ROWS = 200
MOST_COLUMNS = 1_000
_CHARACTERS = 2_000  # of a text in a cell


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """A column; its figures are None where they are not known, or make no sense for its type.

    ``sum`` is exact, as an int or a Decimal, where all values are; of floats it is rounded once for small
    frames.
    """

    name: str
    dtype: str
    nulls: int | None = None
    min: object = None
    max: object = None
    sum: object = None


@dataclass(frozen=True, slots=True)
class FrameSummary:
    """What is kept of a frame of ``rows`` rows.

    ``first`` are its first rows, values in the order of ``columns``; ``index`` are their labels, empty where
    those are counted from 0. Frames with the same content have the same ``digest``; with the same rows in
    another order they have the same ``set_digest`` only. Both are empty while they are not known.
    ``withheld`` frames were private: nothing but their shape and types is kept.
    """

    rows: int
    columns: tuple[ColumnSummary, ...] = ()
    first: tuple[tuple[object, ...], ...] = ()
    index: tuple[object, ...] = ()
    digest: str = ""
    set_digest: str = ""
    withheld: bool = False
    more_columns: int = 0  # beyond those that are kept

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the whole."""
        return self.rows, len(self.columns) + self.more_columns


def summary_of(frame: pd.DataFrame, *, rows: int = DEFAULT_ROWS) -> FrameSummary:
    """All that is kept of a frame, its first ``rows`` rows among it."""
    if not is_small(frame):
        return measured(outline_of(frame, rows=rows), frame)
    named, values = named_columns(frame)
    return _measured(
        _outline(frame, rows, named, [column[:rows] for column in values[:MOST_COLUMNS]]),
        figures_of_values(values[:MOST_COLUMNS]),
        digests_of_values(frame.index, named, values),
    )


def outline_of(frame: pd.DataFrame, *, rows: int) -> FrameSummary:
    """The summary without what needs a look at every row."""
    return _outline(frame, rows, named_types(frame), kept_columns(frame.iloc[:rows, :MOST_COLUMNS]))


def measured(outline: FrameSummary, frame: pd.DataFrame) -> FrameSummary:
    """The summary with its figures and digests, which take time for a large frame."""
    return _measured(outline, figures_of(frame.iloc[:, :MOST_COLUMNS]), digests_of(frame))


def _outline(
    frame: pd.DataFrame, rows: int, named: Sequence[tuple[str, str]], values: Sequence[Sequence[object]]
) -> FrameSummary:
    shown = [[shortened_cell(value, _CHARACTERS) for value in column] for column in values]
    return FrameSummary(
        len(frame),
        tuple(ColumnSummary(name, dtype) for name, dtype in named[:MOST_COLUMNS]),
        first=tuple(zip(*shown, strict=True)),
        index=_labels(frame, rows),
        more_columns=max(0, frame.shape[1] - MOST_COLUMNS),
    )


def _measured(outline: FrameSummary, figures: Sequence[Figures], digests: tuple[str, str]) -> FrameSummary:
    columns = tuple(
        ColumnSummary(column.name, column.dtype, *found)
        for column, found in zip(outline.columns, figures, strict=True)
    )
    return replace(outline, columns=columns, digest=digests[0], set_digest=digests[1])


def without_rows(
    outline: FrameSummary, *, hidden: Sequence[bool] | None = None, names: Sequence[str] | None = None
) -> FrameSummary:
    """What is kept of a private frame: no row, figure or digest; of some columns alone where those are
    ``hidden``. ``names`` replace its own, which may be made of values."""
    if hidden is None:
        told = [
            ColumnSummary(name, column.dtype)
            for column, name in zip(
                outline.columns, names or [column.name for column in outline.columns], strict=True
            )
        ]
        return FrameSummary(outline.rows, tuple(told), withheld=True, more_columns=outline.more_columns)
    columns = tuple(
        ColumnSummary(column.name, column.dtype) if is_hidden else column
        for column, is_hidden in zip(outline.columns, hidden, strict=True)
    )
    first = tuple(
        tuple(None if is_hidden else value for value, is_hidden in zip(row, hidden, strict=True))
        for row in outline.first
    )
    return replace(outline, columns=columns, first=first, index=(), digest="", set_digest="", withheld=True)


def frame_of(summary: FrameSummary) -> pd.DataFrame:
    """The kept rows as a DataFrame, whose ``attrs`` tell how many there were, and the summary."""
    import pandas as pd

    columns = {
        place: _series([row[place] for row in summary.first], column.dtype)
        for place, column in enumerate(summary.columns)
    }
    frame = pd.DataFrame(columns, index=range(len(summary.first)))
    frame.columns = pd.Index([column.name for column in summary.columns])
    if len(summary.index) == len(frame) > 0:
        frame.index = pd.Index(list(summary.index))
    frame.attrs.update({ROWS: summary.rows, SUMMARY: summary})
    return frame


def summary_in(frame: pd.DataFrame) -> FrameSummary | None:
    """The summary that a frame was read back from; None of any other frame."""
    found = frame.attrs.get(SUMMARY)
    return found if isinstance(found, FrameSummary) else None


def _series(values: list[object], dtype: str) -> pd.Series[Any]:
    """The values with the type that they had, where that can be had from its name."""
    import pandas as pd

    plain = pd.Series(values, dtype=object)
    try:
        if dtype.startswith("datetime64"):
            return pd.to_datetime(plain, utc="," in dtype).astype(dtype)  # type: ignore[call-overload,no-any-return]
        if dtype.startswith("timedelta64"):
            return pd.to_timedelta(plain)
        return plain.astype(dtype)  # type: ignore[call-overload,no-any-return]
    except (ValueError, TypeError, OverflowError, NotImplementedError, ArithmeticError):
        return plain


def _labels(frame: pd.DataFrame, rows: int) -> tuple[object, ...]:
    """The labels of the first rows; nothing for those that are counted from 0."""
    index: Any = frame.index
    if is_counted(index):
        return ()
    return tuple(
        tuple(shortened_cell(kept_cell(part), _CHARACTERS) for part in label)
        if isinstance(label, tuple)
        else shortened_cell(kept_cell(label), _CHARACTERS)
        for label in index[:rows].tolist()
    )
