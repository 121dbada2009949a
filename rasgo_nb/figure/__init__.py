"""Plotly figures: drawn from a DataFrame and an encoding, and written for notebooks and pages."""

from rasgo_nb.figure.bundle import PLOTLY_MIME, bundle_of, figure_of, html_of
from rasgo_nb.figure.chart import Encoding, Mark, axis_title, draw

__all__ = ["PLOTLY_MIME", "Encoding", "Mark", "axis_title", "bundle_of", "draw", "figure_of", "html_of"]
