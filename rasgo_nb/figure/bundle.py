"""A figure as a notebook and a page hold it."""

from __future__ import annotations

import json
from typing import Any

PLOTLY_MIME = "application/vnd.plotly.v1+json"


def bundle_of(figure: Any) -> dict[str, Any]:
    """A figure as a mime bundle for a notebook: small, and alive wherever Plotly's mime type is known."""
    title = figure.layout.title.text or ", ".join(trace.type for trace in figure.data)
    return {PLOTLY_MIME: json.loads(figure.to_json()), "text/plain": f"Figure: {title}"}


def figure_of(figure: Any) -> Any:
    """A ``plotly.graph_objects.Figure`` of a figure's JSON; a figure is returned as it is."""
    if not isinstance(figure, dict):
        return figure
    import plotly.graph_objects as go

    known = {part: figure[part] for part in ("data", "layout") if part in figure}
    return go.Figure(known, skip_invalid=True)


def html_of(figure: dict[str, Any], *, with_library: bool) -> str:
    """A figure's JSON as HTML that draws itself; the first of a page brings the library along."""
    import plotly.io

    return str(plotly.io.to_html(figure, include_plotlyjs=with_library, full_html=False, validate=False))
