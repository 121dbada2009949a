"""Draws a Plotly figure from a DataFrame and an encoding, or says why it cannot be drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.errors import CannotDraw
from rasgo_nb.figure.drawable import Drawable, Kind, as_category, drawable, plain_label
from rasgo_nb.figure.histogram import counted

if TYPE_CHECKING:
    import pandas as pd

Mark = Literal["auto", "line", "area", "bar", "scatter", "histogram", "box", "pie", "heatmap"]

_MAX_BARS = 60
_MAX_SLICES = 12
_MAX_COLORS = 12
_MAX_POINTS = 50_000
_MAX_UPRIGHT = 14  # characters; longer labels lie beside horizontal bars
_FEW_POINTS = 40  # each gets a marker or a tick of its own
# Legible on white and on the dark grey of a dark JupyterLab, and told apart by the colour blind.
_COLORS = ("#4c78d8", "#e8833a", "#2aa198", "#a463d6", "#d9534f", "#8aa63b", "#d4a017", "#7d8694")
_INK, _GRID = "#7d8590", "rgba(128,136,146,0.25)"
_TIME_WORDS = re.compile(r"(?i)(?:^|_|\b)(year|month|quarter|week|day|hour|date)s?(?:_|\b|$)")
_UNITS = {"pct": "%", "percent": "%", "usd": "USD", "eur": "EUR", "min": "min", "km": "km", "ms": "ms"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """Which column is drawn how; empty names are unused."""

    x: str
    y: str = ""
    mark: Mark = "auto"
    color: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Plot:
    """What is drawn: columns ``x``, ``y`` and ``color`` of ``frame``, each with its axis title."""

    frame: pd.DataFrame
    columns: dict[str, Drawable]
    titles: dict[str, str]
    mark: Mark

    def kind(self, role: str) -> Kind | None:
        return self.columns[role].kind if role in self.columns else None

    def count(self, role: str) -> int:
        return int(self.frame[role].nunique())


def draw(frame: pd.DataFrame, encoding: Encoding) -> tuple[Any, Encoding]:
    """A ``plotly.graph_objects.Figure`` and the encoding with its mark settled.

    Raises
    ------
    CannotDraw
        for missing columns, no rows, no numbers to draw, or more marks than an eye can tell apart.
    """
    if frame.empty:
        raise CannotDraw("There are no rows to draw. Choose a frame that has some.")
    plot = _plot(frame, encoding)
    _check_amount(plot, encoding)
    figure = _express(plot)
    _dress(figure, plot, encoding.title)
    return figure, replace(encoding, mark=plot.mark)


def _plot(frame: pd.DataFrame, encoding: Encoding) -> _Plot:
    import pandas as pd

    names = {role: getattr(encoding, role) for role in ("x", "y", "color") if getattr(encoding, role)}
    if "x" not in names:
        raise CannotDraw("A chart needs a column for x. Name one.")
    columns = {role: drawable(_column(frame, name)) for role, name in names.items()}
    mark = _settled_mark(encoding, columns)
    for role in _as_labels(mark, columns):
        columns[role] = as_category(_column(frame, names[role]))
    drawn = pd.DataFrame({role: column.values for role, column in columns.items()})
    placed = [role for role in columns if role != "color" and columns[role].kind != "category"]
    drawn = drawn.dropna(subset=placed)
    if drawn.empty:
        missing = " and ".join(repr(names[role]) for role in placed)
        raise CannotDraw(f"No row has a value to draw in {missing}. Choose another column.")
    titles = {role: axis_title(name, columns[role].unit) for role, name in names.items()}
    return _Plot(drawn, columns, titles, mark)


def _as_labels(mark: Mark, columns: dict[str, Drawable]) -> list[str]:
    """The columns whose numbers and times are drawn as labels."""
    if mark == "heatmap":
        return [
            role for role in ("x", "y") if columns[role].kind == "number" and _is_whole(columns[role].values)
        ]
    roles = ["color"] if "color" in columns and mark != "scatter" else []
    return ["x", *roles] if mark == "pie" else roles


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    names = [str(known) for known in frame.columns]
    if name not in names:
        near = get_close_matches(name, names, n=3, cutoff=0.4) or names[:10]
        raise CannotDraw(f"There is no column {name!r}. Use one of {', '.join(near)}.")
    if names.count(name) > 1:
        raise CannotDraw(f"There are several columns {name!r}. Rename them first.")
    column: pd.Series[Any] = frame.iloc[:, names.index(name)].reset_index(drop=True)
    return column


def axis_title(name: str, unit: str = "") -> str:
    """A column's name as a person writes it: ``avg_delay_min`` becomes ``avg delay (min)``."""
    words = [word for word in name.split("_") if word]
    if not unit and len(words) > 1 and words[-1].lower() in _UNITS:
        unit = _UNITS[words.pop().lower()]
    text = plain_label(" ".join(words) or name)
    return f"{text} ({unit})" if unit else text


def _settled_mark(encoding: Encoding, columns: dict[str, Drawable]) -> Mark:
    """The mark that was asked for, or one that suits the columns."""
    y = columns["y"].kind if "y" in columns else None
    mark = encoding.mark if encoding.mark != "auto" else _usual_mark(encoding, columns)
    if mark in {"histogram", "heatmap"} or (mark == "pie" and y is None):
        if mark == "heatmap" and y is None:
            raise CannotDraw("A heatmap needs a column for y. Name one, or take a histogram.")
        return mark
    if y is None:
        raise CannotDraw(f"A {mark} chart needs a number for y. Name a column for it, or take a histogram.")
    if y != "number":
        what = "a time" if y == "time" else "no number"
        raise CannotDraw(
            f"y must be a number, and {encoding.y!r} is {what}. "
            "Swap x and y, count rows first, or convert it to a number."
        )
    return mark


def _usual_mark(encoding: Encoding, columns: dict[str, Drawable]) -> Mark:
    if "y" not in columns:
        return "histogram"
    x = columns["x"]
    if x.kind == "category":
        return "bar"
    is_counted = x.kind == "number" and bool(_TIME_WORDS.search(encoding.x)) and _is_whole(x.values)
    return "line" if x.kind == "time" or is_counted else "scatter"


def _is_whole(values: pd.Series[Any]) -> bool:
    present = values.dropna()
    return bool((present % 1 == 0).all()) and present.nunique() <= _FEW_POINTS


def _check_amount(plot: _Plot, encoding: Encoding) -> None:
    values, rows = plot.count("x"), len(plot.frame)
    is_bar = plot.mark in {"bar", "histogram"} and plot.kind("x") == "category"
    if (is_bar or plot.mark == "box") and values > _MAX_BARS:
        raise CannotDraw(f"{values:,} bars cannot be read. Keep the top {_MAX_BARS} or fewer, or group them.")
    if plot.mark == "pie" and values > _MAX_SLICES:
        raise CannotDraw(f"{values:,} slices cannot be read. Keep {_MAX_SLICES} or fewer, or draw bars.")
    if plot.mark == "pie" and "y" in plot.frame and (plot.frame["y"] < 0).any():
        raise CannotDraw("A slice cannot be negative. Draw bars.")
    if plot.kind("color") == "category" and plot.count("color") > _MAX_COLORS:
        raise CannotDraw(
            f"{plot.count('color'):,} colours cannot be told apart. "
            f"Keep {_MAX_COLORS} or fewer in {encoding.color!r}."
        )
    if rows > _MAX_POINTS and plot.mark not in {"histogram", "pie"}:
        raise CannotDraw(
            f"{rows:,} points cannot be drawn. Aggregate or sample them to {_MAX_POINTS:,} or fewer first."
        )
    if plot.mark == "bar" and "color" not in plot.columns and rows > 2 * values:
        raise CannotDraw(f"{encoding.x!r} repeats ({rows:,} rows, {values:,} values). Aggregate first.")


def _express(plot: _Plot) -> Any:
    import plotly.express as px

    frame = plot.frame
    order = {role: list(column.order) for role, column in plot.columns.items() if column.order}
    look = {"color_discrete_sequence": list(_COLORS), "labels": plot.titles, "category_orders": order}
    color = "color" if "color" in frame else None
    match plot.mark:
        case "line" | "area":
            make = px.line if plot.mark == "line" else px.area
            return make(_along_x(plot), x="x", y="y", color=color, **look)
        case "bar" if _is_horizontal(plot):
            return px.bar(frame, x="y", y="x", color=color, barmode="group", orientation="h", **look)
        case "bar":
            return px.bar(frame, x="x", y="y", color=color, barmode="group", **look)
        case "histogram":
            return counted(frame, plot.columns["x"].kind, look)
        case "box":
            return px.box(frame, x="x", y="y", color=color, **look)
        case "pie":
            return px.pie(_summed(frame), names="x", values="y", **look)
        case "heatmap":
            del look["color_discrete_sequence"]
            z = {"z": "color", "histfunc": "avg"} if color else {}
            return px.density_heatmap(frame, x="x", y="y", color_continuous_scale="Blues", **z, **look)
        case _:
            scale = {} if plot.kind("color") == "category" else {"color_continuous_scale": "Viridis"}
            return px.scatter(frame, x="x", y="y", color=color, opacity=0.75, **scale, **look)


def _along_x(plot: _Plot) -> pd.DataFrame:
    if plot.kind("x") != "category":
        return plot.frame.sort_values("x", kind="stable")
    place = {label: number for number, label in enumerate(plot.columns["x"].order)}
    return plot.frame.sort_values("x", key=lambda labels: labels.map(place), kind="stable")


def _summed(frame: pd.DataFrame) -> pd.DataFrame:
    groups = frame.groupby("x", sort=False)
    sizes = groups["y"].sum() if "y" in frame else groups.size()
    return sizes.rename("y").reset_index()


def _is_horizontal(plot: _Plot) -> bool:
    return plot.kind("x") == "category" and int(plot.frame["x"].str.len().max()) > _MAX_UPRIGHT


def _dress(figure: Any, plot: _Plot, title: str) -> None:
    """Quiet axes, and no ground of its own: the page's shows through, light or dark."""
    axis = {
        "gridcolor": _GRID, "linecolor": _GRID, "zerolinecolor": _GRID, "automargin": True,
        "title": {"standoff": 12},
    }  # fmt: skip
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, sans-serif", "size": 13, "color": _INK},
        title={"text": plain_title(title), "x": 0.01, "xanchor": "left", "font": {"size": 16}},
        margin={"l": 60, "r": 24, "t": 52 if title else 20, "b": 50},
        height=420,
        colorway=list(_COLORS),
        legend={"title": {"text": plot.titles.get("color", "")}},
        hoverlabel={"namelength": -1},
        separators=".,",
        bargap=0.25,
        xaxis=axis,
        yaxis=axis,
    )
    _fit_axes(figure, plot)
    _fit_traces(figure, plot)


def _fit_axes(figure: Any, plot: _Plot) -> None:
    x = plot.frame["x"]
    if plot.mark == "bar" and _is_horizontal(plot):
        figure.update_yaxes(title="", gridcolor="rgba(0,0,0,0)", ticksuffix=" ")
        figure.update_layout(height=max(240, 110 + 28 * plot.count("x") * _bars_each(plot)))
        return
    if plot.mark not in {"box", "histogram"} and plot.kind("x") == "number" and _is_whole(x):
        _tick_whole(figure, plot)
    if plot.kind("x") != "number":
        figure.update_xaxes(gridcolor="rgba(0,0,0,0)")
    if plot.kind("x") == "time" and plot.mark != "histogram":
        _tick_days(figure, x)


def _bars_each(plot: _Plot) -> int:
    return min(4, plot.count("color")) if "color" in plot.columns else 1


def _tick_whole(figure: Any, plot: _Plot) -> None:
    """Years, months and other whole numbers get ticks at whole numbers, without separators."""
    x = plot.frame["x"]
    step = max(1, -(-int(x.max() - x.min()) // 12))
    figure.update_xaxes(tickformat="d", tick0=float(x.min()), dtick=step)


def _tick_days(figure: Any, times: pd.Series[Any]) -> None:
    """A few days get a tick each, at the day and not at its hours."""
    days = times.drop_duplicates()
    if bool((days == days.dt.normalize()).all()) and (days.max() - days.min()).days <= 14:
        figure.update_xaxes(tickvals=list(days), tickformat="%b %-d<br>%Y")


def _fit_traces(figure: Any, plot: _Plot) -> None:
    if plot.mark in {"line", "area"}:
        few = len(plot.frame) <= _FEW_POINTS * max(1, _bars_each(plot))
        figure.update_traces(mode="lines+markers" if few else "lines", line={"width": 2})
    if plot.mark in {"line", "area"} and plot.kind("x") != "number":
        figure.update_layout(hovermode="x unified")
    if plot.mark == "pie":
        figure.update_traces(hole=0.45, textinfo="label+percent", sort=False)
        figure.update_layout(showlegend=False)


def plain_title(text: str) -> str:
    """Plotly reads a little HTML in titles; what a model wrote is text."""
    short = text if len(text) <= 200 else f"{text[:199]}…"
    return plain_label(short) if len(short) <= 48 else " ".join(short.split()).replace("<", "&lt;")
