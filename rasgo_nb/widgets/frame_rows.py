"""A frame as a page asks for it: a few rows at a time of a sorted and filtered view, or all as a file."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.frame_columns import FrameColumn, columns_of
from rasgo_nb.widgets.frame_export import Format, copied_text, written_file
from rasgo_nb.widgets.frame_filter import passing
from rasgo_nb.widgets.frame_sort import sorted_rows
from rasgo_nb.widgets.frame_view import View, view_of
from rasgo_nb.widgets.rows_state import MOST_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    import pandas as pd

MAX_ROWS = 1_000  # of a page
KEPT_VIEWS = 3  # whose rows need not be found again

_FORMATS = {"copy": ("csv", "tsv"), "file": ("csv", "tsv", "parquet")}


class FrameRows:
    """The rows of a frame as it was when this was made: pandas copies on write.

    Made on the main thread; pages and exports may be asked for on one other thread while the main one runs.

    ``name`` is what its files are called after.

    Attributes
    ----------
    columns : as the page counts them; an index that is not just counted comes first
    total : rows of the frame
    """

    def __init__(self, frame: pd.DataFrame, name: str = "") -> None:
        self.columns: list[FrameColumn] = columns_of(frame.copy(deep=False))
        self._shown = len(self.columns) - frame.shape[1] + MOST_COLUMNS  # columns of a page
        self.total = len(frame)
        self._name = name
        self._found: OrderedDict[View, npt.NDArray[np.unsignedinteger]] = OrderedDict()

    def page(self, start: int, count: int, view: Mapping[str, Any]) -> tuple[dict[str, int], bytes]:
        """Rows of the view, as ``RowsPage`` and an Arrow IPC stream whose columns are named by position.

        A start beyond the end gives no rows; fewer come than asked for where they would be too many.

        Raises
        ------
        RasgoError
            where the view cannot be read; the text is for the person.
        """
        if type(start) is not int or type(count) is not int:
            raise RasgoError("Rows are counted in whole numbers. Ask for the page again.")
        rows = self._rows(view_of(view, len(self.columns)))
        total = self.total if rows is None else len(rows)
        start = min(max(start, 0), total)
        stop = min(start + min(max(count, 0), MAX_ROWS), total)
        wanted = slice(start, stop) if rows is None else rows[start:stop]
        return {"start": start, "count": stop - start, "total": total}, _stream(
            self.columns[: self._shown], wanted
        )

    def export(self, view: Mapping[str, Any], format: Format, to: str, folder: Path) -> dict[str, Any]:
        """The view's rows as ``{text, rows}`` to copy, or as ``{path, rows}`` of a new file in the folder.

        ``format`` is csv, tsv or parquet; ``to`` is copy (CSV and TSV only; at most 100,000 rows) or file.

        Raises
        ------
        RasgoError
            where the view cannot be read or the file cannot be written; the text is for the person.
        """
        if format not in _FORMATS.get(to, ()):
            raise RasgoError("Rows can be copied as csv or tsv, and written to a csv, tsv or parquet file.")
        rows = self._rows(view_of(view, len(self.columns)))
        if to == "copy":
            text, count = copied_text(self.columns, rows, format)
            return {"text": text, "rows": count}
        path = written_file(self.columns, rows, format, folder, self._name)
        return {"path": path.name, "rows": self.total if rows is None else len(rows)}

    def _rows(self, view: View) -> npt.NDArray[np.unsignedinteger] | None:
        """The positions of the view's rows; None for all as they are."""
        if view == View():
            return None
        if view in self._found:
            self._found.move_to_end(view)
            return self._found[view]
        found = self._sorted(view) if view.sort else self._filtered(view)
        self._found[view] = found
        while len(self._found) > KEPT_VIEWS:
            self._found.popitem(last=False)
        return found

    def _sorted(self, view: View) -> npt.NDArray[np.unsignedinteger]:
        keys = [(self.columns[key.column].series, key.descending) for key in view.sort]
        return sorted_rows(keys, self._rows(View(filters=view.filters)))

    def _filtered(self, view: View) -> npt.NDArray[np.unsignedinteger]:
        import numpy as np

        passes = np.ones(self.total, dtype=bool)
        for one in view.filters:
            passes &= passing(self.columns[one.column], one.test, one.text)
        found = np.flatnonzero(passes)
        return found.astype(np.uint32 if self.total < 2**32 else np.uint64)


def _stream(columns: list[FrameColumn], rows: slice | npt.NDArray[np.unsignedinteger]) -> bytes:
    import pyarrow as pa

    cells = [column.cells(rows) for column in columns]
    batch = pa.record_batch(cells, names=[str(at) for at in range(len(cells))])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    stream: bytes = sink.getvalue().to_pybytes()
    return stream
