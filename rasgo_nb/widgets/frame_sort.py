"""In which order the rows of a sorted view come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.widgets.frame_columns import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa


def sorted_rows(
    keys: Sequence[tuple[pd.Series[Any], bool]], rows: npt.NDArray[np.unsignedinteger] | None
) -> npt.NDArray[np.unsignedinteger]:
    """The positions of the rows, sorted by the columns in turn (each with whether it descends); nulls last.

    Rows that are equal keep their order. ``rows`` are those that take part; None for all.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.table({str(at): _ordered(series) for at, (series, _) in enumerate(keys)})
    if rows is not None:
        table = table.take(pa.array(rows))
    directions = [(str(at), "descending" if falls else "ascending") for at, (_, falls) in enumerate(keys)]
    found = pc.sort_indices(table, sort_keys=directions).to_numpy()
    if rows is not None:
        found = rows[found]
    positions: npt.NDArray[np.unsignedinteger] = found.astype(
        np.uint32 if len(keys[0][0]) < 2**32 else np.uint64, copy=False
    )
    return positions


def _ordered(series: pd.Series[Any]) -> pa.Array | pa.ChunkedArray:
    """A key that sorts as the column does: categories by rank, intervals by where they begin."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.array.codes
        return pa.array(category_ranks(series).astype(codes.dtype).take(codes), mask=codes < 0)
    if isinstance(series.dtype, pd.IntervalDtype):
        return whole(pd.Series(series.array.left))
    return whole(series)


def category_ranks(series: pd.Series[Any]) -> npt.NDArray[np.integer]:
    """The place of each category: its own where they are ordered, else its value's; then one for none."""
    import numpy as np
    import pandas as pd

    count = len(series.cat.categories)
    ranks = np.arange(count + 1)
    if not series.cat.ordered and count:
        by_value = sorted_rows([(pd.Series(series.cat.categories), False)], None)
        ranks[by_value] = np.arange(count)
    return ranks
