"""Draws a Plotly figure from a DataFrame and an encoding, or says why it cannot be drawn."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.errors import CannotDraw

if TYPE_CHECKING:
    import pandas as pd

PLOTLY_MIME = "application/vnd.plotly.v1+json"

Mark = Literal["auto", "line", "area", "bar", "scatter", "histogram", "box", "pie", "heatmap"]
Kind = Literal["time", "category", "number"]

_MAX_BARS = 60
_MAX_SLICES = 12
_MAX_COLORS = 12
_MAX_POINTS = 50_000
_MAX_LABEL = 14  # characters; longer category names lie beside horizontal bars
_COLORS = ("#3366cc", "#e8710a", "#12a4a4", "#9334e6", "#d93025", "#7cb342", "#f9ab00", "#5f6368")


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which column is drawn how; empty names are unused."""

    x: str
    y: str = ""
    mark: Mark = "auto"
    color: str = ""
    title: str = ""


def draw(frame: pd.DataFrame, encoding: Encoding) -> tuple[Any, Encoding]:
    """A ``plotly.graph_objects.Figure`` and the encoding with its mark settled.

    Raises
    ------
    CannotDraw
        for missing columns, no rows, no numbers to draw, or more marks than an eye can tell apart.
    """
    _check_columns(frame, encoding)
    frame = _drawable(frame, encoding)
    encoding = _settled(frame, encoding)
    _check_amount(frame, encoding)
    figure = _express(frame, encoding)
    _dress(figure, frame, encoding)
    return figure, encoding


def kind_of(column: pd.Series[Any]) -> Kind:
    """How a column is drawn: along time, as categories or by number."""
    import pandas as pd

    types = pd.api.types
    if types.is_datetime64_any_dtype(column.dtype):
        return "time"
    if types.is_bool_dtype(column.dtype):
        return "category"
    return "number" if types.is_numeric_dtype(column.dtype) else "category"


def _check_columns(frame: pd.DataFrame, encoding: Encoding) -> None:
    names = [str(name) for name in frame.columns]
    for name in (encoding.x, encoding.y, encoding.color):
        if name and name not in names:
            near = get_close_matches(name, names, n=3, cutoff=0.4) or names[:10]
            raise CannotDraw(f"There is no column {name!r}. Use one of {', '.join(near)}.")
        if name and names.count(name) > 1:
            raise CannotDraw(f"There are several columns {name!r}. Rename them first.")
    if not encoding.x:
        raise CannotDraw("A chart needs a column for x. Name one.")


def _drawable(frame: pd.DataFrame, encoding: Encoding) -> pd.DataFrame:
    """Only the columns that are drawn, in types that Plotly can draw, rows without a place left out."""
    import pandas as pd

    used = list(dict.fromkeys(name for name in (encoding.x, encoding.y, encoding.color) if name))
    drawn = frame[used].copy()
    for name in used:
        column = drawn[name]
        if kind_of(column) == "number":
            drawn[name] = pd.to_numeric(column.astype("Float64")).astype("float64")
            drawn[name] = drawn[name].where(drawn[name].abs() != float("inf"))
        elif kind_of(column) == "category":
            drawn[name] = (
                column.astype("object").map(_label, na_action="ignore").fillna("(none)").astype("str")
            )
    placed = [name for name in (encoding.x, encoding.y) if name and kind_of(drawn[name]) != "category"]
    drawn = drawn.dropna(subset=placed)
    if drawn.empty:
        raise CannotDraw(
            "There are no rows to draw." if frame.empty else f"All values of {', '.join(placed)} are missing."
        )
    return drawn


def _label(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _settled(frame: pd.DataFrame, encoding: Encoding) -> Encoding:
    """The encoding with a mark that suits its columns."""
    x = kind_of(frame[encoding.x])
    y = kind_of(frame[encoding.y]) if encoding.y else None
    mark = encoding.mark
    if mark == "auto":
        mark = _usual_mark(x, y)
    if mark in {"histogram", "heatmap"} or (mark == "pie" and y is None):
        return replace(encoding, mark=mark)
    if y is None:
        raise CannotDraw(f"A {mark} chart needs a number for y. Name a column for it, or take a histogram.")
    if y != "number":
        raise CannotDraw(
            f"y must be a number, and {encoding.y!r} is a {y}. Swap x and y, or count rows first."
        )
    return replace(encoding, mark=mark)


def _usual_mark(x: Kind, y: Kind | None) -> Mark:
    if y is None:
        return "histogram"
    return {"time": "line", "category": "bar", "number": "scatter"}[x]  # type: ignore[return-value]


def _check_amount(frame: pd.DataFrame, encoding: Encoding) -> None:
    values = frame[encoding.x].nunique()
    if encoding.mark == "bar" and kind_of(frame[encoding.x]) == "category" and values > _MAX_BARS:
        raise CannotDraw(f"{values:,} bars cannot be read. Keep the top {_MAX_BARS} or fewer, or group them.")
    if encoding.mark == "pie" and values > _MAX_SLICES:
        raise CannotDraw(f"{values:,} slices cannot be read. Keep {_MAX_SLICES} or fewer, or draw bars.")
    if encoding.color and kind_of(frame[encoding.color]) != "number":
        colors = frame[encoding.color].nunique()
        if colors > _MAX_COLORS:
            raise CannotDraw(
                f"{colors:,} colours cannot be told apart. Keep {_MAX_COLORS} or fewer in {encoding.color!r}."
            )
    if len(frame) > _MAX_POINTS and encoding.mark in {"line", "area", "bar", "scatter", "box"}:
        raise CannotDraw(
            f"{len(frame):,} points cannot be drawn. Aggregate or sample them to {_MAX_POINTS:,} or fewer first."
        )
    if encoding.mark == "bar" and not encoding.color and len(frame) > 2 * values:
        raise CannotDraw(f"{encoding.x!r} repeats ({len(frame):,} rows, {values:,} values). Aggregate first.")


def _express(frame: pd.DataFrame, encoding: Encoding) -> Any:
    import plotly.express as px

    x, y, color = encoding.x, encoding.y or None, encoding.color or None
    look = {"color_discrete_sequence": list(_COLORS)}
    match encoding.mark:
        case "line" | "area":
            ordered = frame.sort_values(encoding.x, kind="stable")
            make = px.line if encoding.mark == "line" else px.area
            return make(ordered, x=x, y=y, color=color, markers=len(frame) <= 40, **look)
        case "bar" if _is_horizontal(frame, encoding):
            return px.bar(frame, x=y, y=x, color=color, orientation="h", **look)
        case "bar":
            return px.bar(frame, x=x, y=y, color=color, barmode="group", **look)
        case "histogram":
            return px.histogram(frame, x=x, color=color, **look)
        case "box":
            return px.box(frame, x=x, y=y, color=color, **look)
        case "pie":
            return px.pie(frame, names=x, values=y, **look)
        case "heatmap":
            return px.density_heatmap(frame, x=x, y=y, z=color, histfunc="avg" if color else None)
        case _:
            return px.scatter(frame, x=x, y=y, color=color, **look)


def _is_horizontal(frame: pd.DataFrame, encoding: Encoding) -> bool:
    labels = frame[encoding.x]
    return kind_of(labels) == "category" and int(labels.str.len().max()) > _MAX_LABEL


def _dress(figure: Any, frame: pd.DataFrame, encoding: Encoding) -> None:
    figure.update_layout(
        template="plotly_white",
        title={"text": _plain_text(encoding.title), "x": 0.01},
        margin={"l": 60, "r": 20, "t": 50 if encoding.title else 20, "b": 50},
        height=420,
        hoverlabel={"namelength": -1},
    )
    if encoding.mark == "bar" and _is_horizontal(frame, encoding):
        # The first row of the frame on top, as it reads in the table.
        figure.update_yaxes(autorange="reversed", automargin=True)
        figure.update_layout(height=max(320, 90 + 24 * frame[encoding.x].nunique()))
    elif (
        encoding.mark == "bar"
        and kind_of(frame[encoding.x]) == "number"
        and frame[encoding.x].nunique() <= 40
    ):
        figure.update_xaxes(type="category")
    if encoding.mark in {"line", "area"} and kind_of(frame[encoding.x]) == "number":
        values = frame[encoding.x]
        if len(values) <= 40 and (values % 1 == 0).all():
            figure.update_xaxes(dtick=max(1, round((values.max() - values.min()) / 12)), tickformat="d")


def _plain_text(text: str) -> str:
    """Plotly reads a little HTML in titles; what a model wrote is text."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def bundle_of(figure: Any) -> dict[str, Any]:
    """A figure as a mime bundle for a notebook: small, and alive wherever Plotly's mime type is known."""
    title = figure.layout.title.text or ", ".join(trace.type for trace in figure.data)
    return {PLOTLY_MIME: json.loads(figure.to_json()), "text/plain": f"Figure: {title}"}


def html_of(figure: dict[str, Any], *, with_library: bool) -> str:
    """A figure's JSON as HTML that draws itself; the first of a page brings the library along."""
    import plotly.io

    return str(plotly.io.to_html(figure, include_plotlyjs=with_library, full_html=False, validate=False))
