"""What a run shows beside its own output, as a cell would: charts, the answer's figures and main frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasgo_nb.figure import PLOTLY_MIME, bundle_of, figure_of
from rasgo_nb.figure.picture import png_of
from rasgo_nb.outputs import DisplayData
from rasgo_nb.widgets.figure_state import MOST_BYTES, is_figure, known_weight
from rasgo_nb.widgets.safe import block, line, weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rasgo_nb.outputs import ExecuteResult

BESIDE_MIME = "application/vnd.rasgo.beside+json"  # marks such an output for our labextension
OUTPUT_BYTES = 150_000  # of one output; a larger one is a picture or a line
_RICH = (PLOTLY_MIME, "text/html", "image/svg+xml")
_MAX_TEXT = 4_000
_LEAST_PICTURE = 20_000  # bytes; a picture of a chart has more

Bundle = dict[str, Any]


def shown_besides(output: DisplayData | ExecuteResult, most: int = OUTPUT_BYTES) -> Bundle | None:
    """The bundle, of so many bytes, of what code displayed richly; None for what its step shows as well."""
    data = output.data
    is_rich = isinstance(output, DisplayData) and any(kind in data for kind in _RICH)
    if PLOTLY_MIME not in data and not is_rich:
        return None
    if isinstance(data.get(PLOTLY_MIME), dict) and weight(data[PLOTLY_MIME], most) > most:
        return figure_bundle(data[PLOTLY_MIME], "", most)
    return within_bounds(data, most)


def value_bundle(shell: Any, name: str, value: object) -> tuple[Bundle, Bundle]:
    """A value of the namespace as the shell shows it, and its metadata."""
    if is_figure(value):
        return figure_bundle(value, name), {}
    data, metadata = shell.display_formatter.format(value)
    return within_bounds(data), metadata


def figure_bundle(figure: Any, name: str, most: int = OUTPUT_BYTES) -> Bundle:
    """A Plotly figure, or its JSON; a large one as a picture where that can be made, else as a line."""
    known = known_weight(figure)
    if known <= most:
        # Plotly's own display would put the whole library into the saved notebook.
        bundle = {PLOTLY_MIME: figure} if isinstance(figure, dict) else bundle_of(figure)
        if weight(bundle, most) <= most:
            return bundle
    title = f"Figure {line(name, 100)}".strip()
    text = f"{title}: {known / 1_000_000:,.1f} MB, too large to be kept here as a live figure."
    png = png_of(figure_of(figure)) if known <= MOST_BYTES and most > _LEAST_PICTURE else None
    if png is None or len(png) > most:
        return {"text/plain": f"{text} Show it in a cell of its own."}
    return {"image/png": png, "text/plain": text}


def within_bounds(data: Mapping[str, Any], most: int = OUTPUT_BYTES) -> Bundle:
    """The bundle without its large parts; its text stays, cut and with a sentence."""
    if weight(dict(data), most) <= most:
        return dict(data)
    small = {kind: part for kind, part in data.items() if weight(part, most // 2) <= most // 2}
    text = block(str(data.get("text/plain", "")), _MAX_TEXT)
    return small | {
        "text/plain": f"{text}\nToo large to be kept here as it is. Show it in a cell of its own."
    }
