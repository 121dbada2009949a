"""Marks of a figure: how it is drawn, and what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.evals.compare_frames import compare_frames
from rasgo_nb.evals.score import Score
from rasgo_nb.figure import axis_title

if TYPE_CHECKING:
    import pandas as pd

_MOST_POINTS = 200_000
_HOVER = re.compile(r"([^<>=%{}]+)=(?:%\{(([\w.]+)[^}]*)\})?")


def figure_encodes(
    figure: Any,
    *,
    mark: str = "",
    x: str = "",
    y: str = "",
    color: str = "",
    wanted: Any = None,
) -> Score:
    """1 where a Plotly figure draws these columns with this mark; empty words count for nothing.

    Columns are told by the titles of axes and legend, as ``show_chart`` and Plotly Express write them.
    Where another figure is ``wanted``, what is drawn must be what that one draws.
    """
    if not hasattr(figure, "data") or not hasattr(figure, "layout"):
        return Score(0.0, f"{type(figure).__name__} is no Plotly figure")
    marks = {_mark_of(trace) for trace in figure.data}
    if mark and mark not in marks:
        return Score(0.0, f"it draws {', '.join(sorted(marks)) or 'nothing'} instead of {mark}")
    titles = _titles(figure)
    for role, column in (("x", x), ("y", y), ("color", color)):
        words = {_plain(column), _plain(axis_title(column))}
        if column and not words.intersection(map(_plain, titles[role])):
            said = " or ".join(map(repr, sorted(titles[role]))) or "without a title"
            return Score(0.0, f"{role} is {said} instead of {column!r}")
    if wanted is None:
        return Score(1.0, "it is encoded as wanted")
    compared = compare_frames(drawn(figure), drawn(wanted))
    return Score(float(compared.same), f"what is drawn: {compared.why}")


def drawn(figure: Any) -> pd.DataFrame:
    """The points of a figure as rows: position, value, and the name of their series where it has several."""
    import pandas as pd

    parts = []
    for trace in figure.data:
        rows = _points(trace)
        if len(figure.data) > 1:
            rows["series"] = str(getattr(trace, "name", "") or "")
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)[:_MOST_POINTS] if parts else pd.DataFrame({"x": []})


def _points(trace: Any) -> pd.DataFrame:
    import pandas as pd

    if getattr(trace, "labels", None) is not None:
        return pd.DataFrame({"x": list(trace.labels), "y": _column(trace, "values", len(trace.labels))})
    if getattr(trace, "z", None) is not None:
        rows = [value for row in trace.z for value in (row if hasattr(row, "__len__") else [row])]
        return pd.DataFrame({"x": rows})
    names = ("y", "x") if getattr(trace, "orientation", None) == "h" else ("x", "y")
    size = max(
        (len(values) for name in names if (values := getattr(trace, name, None)) is not None), default=0
    )
    return pd.DataFrame({role: _column(trace, name, size) for role, name in zip("xy", names, strict=True)})


def _column(trace: Any, name: str, size: int) -> list[object]:
    values = getattr(trace, name, None)
    return list(values) if values is not None else [None] * size


def _mark_of(trace: Any) -> str:
    if trace.type == "histogram2d":
        return "heatmap"
    if trace.type not in ("scatter", "scattergl"):
        return str(trace.type)
    if getattr(trace, "fill", None) not in (None, "none") or getattr(trace, "stackgroup", None):
        return "area"
    mode = getattr(trace, "mode", None) or "lines"
    return "line" if "lines" in mode else "scatter"


def _titles(figure: Any) -> dict[str, set[str]]:
    """What each role is called: on its axis or legend, or in what is shown on hovering."""
    layout = figure.layout
    said = {
        "x": {layout.xaxis.title.text, *_hovered(figure, ("x", "label"))},
        "y": {layout.yaxis.title.text, *_hovered(figure, ("y", "value"))},
        "color": {
            layout.legend.title.text,
            layout.coloraxis.colorbar.title.text,
            *_hovered(figure, ("z", "color", "marker.color", "")),
        },
    }
    if any(getattr(trace, "orientation", None) == "h" for trace in figure.data):
        said["x"], said["y"] = said["y"], said["x"]
    return {role: {title for title in titles if title} for role, titles in said.items()}


def _hovered(figure: Any, names: tuple[str, ...]) -> set[str]:
    templates = [str(getattr(trace, "hovertemplate", "") or "") for trace in figure.data]
    return {
        title
        for template in templates
        for title, _, name in _HOVER.findall(template)
        if name in names and title.strip()
    }


def _plain(text: str) -> str:
    return re.sub(r"[^\w%]|_", "", re.sub(r"<[^>]*>", "", text)).casefold()
