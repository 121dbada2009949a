"""Keeps charts alive when nbconvert writes a notebook as HTML.

jupyter nbconvert --to html --HTMLExporter.preprocessors=rasgo_nb.export.LiveCharts notebook.ipynb
"""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import Preprocessor

from rasgo_nb.figure import PLOTLY_MIME, html_of


class LiveCharts(Preprocessor):
    """Gives each Plotly output HTML that draws itself, with the library in the page and no network."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """The notebook with its charts as HTML."""
        has_library = False
        for cell in nb.cells:
            for output in cell.get("outputs", ()):
                figure = output.get("data", {}).get(PLOTLY_MIME)
                if figure is not None:
                    drawn = {"data": figure["data"], "layout": figure["layout"]}
                    output["data"]["text/html"] = html_of(drawn, with_library=not has_library)
                    has_library = True
        return nb, resources
