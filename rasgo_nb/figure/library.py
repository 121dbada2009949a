"""Plotly's own JavaScript, for pages that have none."""

from __future__ import annotations


def plotly_js() -> bytes:
    """The library as one script, from the installed package: about 5 MB."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs()).encode()
