"""How often values occur, counted here: a figure holds the counts, never the rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rasgo_nb.figure.drawable import Kind

_MAX_BINS = 50
_FEW_VALUES = 30  # whole numbers that each get a bar of their own
_HALF_A_DAY = 43_200_000_000  # microseconds


def counted(frame: pd.DataFrame, kind: Kind, look: Mapping[str, Any]) -> Any:
    """A bar for each label or bin of ``x``, its height the number of rows, stacked by ``color``."""
    import plotly.express as px

    labels: dict[str, str] = {**look["labels"], "rows": "rows"}
    color = "color" if "color" in frame else None
    if kind == "category":
        counts = _sizes(frame)
        return px.bar(counts, x="x", y="rows", color=color, **{**look, "labels": labels})
    bins = _bins(frame["x"], kind)
    binned = frame.assign(x=bins.map(lambda one: one.mid), low=bins.map(lambda one: one.left))
    counts = _sizes(binned.assign(high=bins.map(lambda one: one.right)))
    figure = px.bar(
        counts,
        x="x",
        y="rows",
        color=color,
        hover_data={"x": False, "low": True, "high": True},
        **{**look, "labels": labels | {"low": "from", "high": "to"}},
    )
    return figure.update_layout(bargap=0.04)


def _sizes(frame: pd.DataFrame) -> pd.DataFrame:
    by = [name for name in ("x", "low", "high", "color") if name in frame]
    return frame.groupby(by, sort=False, observed=True).size().rename("rows").reset_index()


def _bins(values: pd.Series[Any], kind: Kind) -> pd.Series[Any]:
    """The interval that each value lies in."""
    import numpy as np
    import pandas as pd

    if kind == "number" and values.nunique() <= _FEW_VALUES and bool((values % 1 == 0).all()):
        return values.map(lambda value: pd.Interval(value - 0.5, value + 0.5))
    numbers = values.astype("datetime64[us]").astype("int64") if kind == "time" else values
    exact = numbers.to_numpy(dtype="float64")
    # Not numpy's histogram_bin_edges, which fails where the values are too near each other to be told apart.
    edges = np.unique(np.linspace(exact.min(), exact.max(), _amount(len(values)) + 1))
    if len(edges) < 2:
        half = _HALF_A_DAY if kind == "time" else 0.5
        edges = np.array([edges[0] - half, edges[0] + half])
    places = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, len(edges) - 2)
    lows, highs = edges[:-1], edges[1:]
    intervals = [pd.Interval(*pair) for pair in zip(_ends(lows, kind), _ends(highs, kind), strict=True)]
    return pd.Series([intervals[place] for place in places], values.index, dtype="object")


def _amount(rows: int) -> int:
    return max(5, min(_MAX_BINS, math.isqrt(rows)))


def _ends(edges: Any, kind: Kind) -> list[Any]:
    import pandas as pd

    if kind == "number":
        return [float(edge) for edge in edges]
    return list(pd.to_datetime(edges.round().astype("int64"), unit="us"))
