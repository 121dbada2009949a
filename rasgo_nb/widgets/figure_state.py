"""A figure as a page draws it: whole where it is small, else to be asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, get_args

from rasgo_nb.errors import RasgoError
from rasgo_nb.figure import Encoding, Mark
from rasgo_nb.widgets.safe import State, line, plain_json, weight

if TYPE_CHECKING:
    from rasgo_nb.widgets.kept import KeptFigure

INLINE_BYTES = 100_000  # of a figure that is sent with the state
MOST_BYTES = 20_000_000  # of a figure that is sent at all
_MAX_TITLE = 200
_MAX_COLUMNS = 200


def is_figure(value: object) -> bool:
    """Whether a value is a Plotly figure; plotly is not loaded to find out."""
    return type(value).__name__ == "Figure" and type(value).__module__.startswith("plotly")


def figure_state(kept: KeptFigure, *, key: str, most: int = INLINE_BYTES) -> State:
    """A ``FigureState``; its spec is left out where the figure is heavier than ``most``."""
    known = known_weight(kept.figure)
    spec = _spec(kept.figure) if known <= most else None
    if spec is not None and weight(spec, most) > most:
        spec, known = None, weight(spec, MOST_BYTES)
    return {
        "id": key,
        "name": line(kept.name, _MAX_TITLE),
        "spec": spec,
        "image": kept.picture,
        "note": "" if spec is not None else _note(known),
        "encoding": _encoding(kept),
    }


def whole_figure(kept: KeptFigure, *, key: str) -> State:
    """The figure with its spec.

    Raises
    ------
    RasgoError
        where it is too large for a page.
    """
    state = figure_state(kept, key=key, most=MOST_BYTES)
    if state["spec"] is None:
        raise RasgoError(f"{state['note']} Aggregate what it draws, and draw it again.")
    return state


def known_weight(figure: Any) -> int:
    """About the bytes of a figure, or of its JSON, without writing it."""
    if isinstance(figure, dict):
        return weight(figure, MOST_BYTES)
    return sum(_trace_weight(trace) for trace in figure.data)


def _trace_weight(trace: Any) -> int:
    arrays = (
        trace[name] for name in ("x", "y", "z", "text", "labels", "values", "customdata") if name in trace
    )
    return sum(int(getattr(array, "nbytes", 0)) or 8 * _length(array) for array in arrays)


def _length(array: Any) -> int:
    return len(array) if hasattr(array, "__len__") else 1


def _note(known: int) -> str:
    if known > MOST_BYTES:
        return f"A figure of more than {MOST_BYTES // 1_000_000} MB, too large for a page."
    return f"A figure of {known / 1_000_000:,.1f} MB."


def _spec(figure: Any) -> State:
    """Its data and layout; frames of animations stay out."""
    whole = figure if isinstance(figure, dict) else json.loads(figure.to_json())
    return {
        "data": plain_json(whole.get("data") or []),
        "layout": plain_json(whole.get("layout") or {}),
    }


def _encoding(kept: KeptFigure) -> State | None:
    if kept.frame is None or kept.encoding is None:
        return None
    one: Encoding = kept.encoding
    return {
        "dataframe": line(kept.frame_name, _MAX_TITLE),
        "mark": one.mark,
        "x": line(one.x, _MAX_TITLE),
        "y": line(one.y, _MAX_TITLE),
        "color": line(one.color, _MAX_TITLE),
        "title": line(one.title, _MAX_TITLE),
        "columns": [line(name, _MAX_TITLE) for name in kept.frame.columns[:_MAX_COLUMNS]],
        "marks": list(get_args(Mark)),
    }
