"""Pieces of HTML that need nothing: inline styles and ``<details>``, everything escaped.

Colours follow the JupyterLab theme where there is one.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INK = "var(--jp-ui-font-color1,#1f2328)"
PALE = "var(--jp-ui-font-color2,#656d76)"
LINE = "var(--jp-border-color2,#d0d7de)"
PAPER = "var(--jp-layout-color2,#f6f8fa)"
GOOD, BAD, BUSY = "#2da44e", "#e5484d", "#bf8700"  # legible on white and on dark grey
FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:13px;line-height:1.5"
MONO = "font-family:var(--jp-code-font-family,ui-monospace,monospace);font-size:12px"

_CELL = "padding:2px 14px 2px 0;vertical-align:top;text-align:"  # each has it: hosts set cells to the right


def pre(content: str, color: str = INK) -> str:
    """Text of many lines as it is."""
    return (
        f'<pre style="{MONO};background:{PAPER};color:{color};padding:6px 8px;border-radius:4px;'
        f'margin:4px 0;white-space:pre-wrap;overflow-x:auto">{escape(content)}</pre>'
    )


def prose(sentence: str) -> str:
    """A sentence as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`\n]+)`", rf'<code style="{MONO}">\1</code>', escape(sentence))


def note(sentence: str) -> str:
    """A pale line; nothing for nothing."""
    return f'<div style="color:{PALE};font-size:12px">{escape(sentence)}</div>' if sentence else ""


def folded(title: str, body: str, style: str = "") -> str:
    """HTML that opens with a click on its title, which is text."""
    return (
        f'<details style="{style}"><summary style="cursor:pointer">{escape(title)}</summary>{body}</details>'
    )


def bullets(sentences: Sequence[str]) -> str:
    """A list of sentences."""
    return f'<ul style="margin:2px 0">{"".join(f"<li>{prose(one)}</li>" for one in sentences)}</ul>'


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool] = ()) -> str:
    """A table of escaped text; columns of numbers are set to the right."""
    sides = ["right" if is_number else "left" for is_number in numeric] or ["left"] * len(columns)
    head = _row("th", columns, sides, f"color:{PALE};font-weight:600;")
    lines = "".join(_row("td", row, sides) for row in rows)
    style = f"border-collapse:collapse;{MONO};margin:4px 0;color:{INK}"
    return (
        f'<div style="overflow-x:auto"><table style="{style}"><thead>{head}</thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def _row(tag: str, cells: Sequence[str], sides: Sequence[str], look: str = "") -> str:
    written = (
        f'<{tag} style="{look}{_CELL}{side}">{escape(cell)}</{tag}>'
        for cell, side in zip(cells, sides, strict=False)
    )
    return f'<tr style="border-bottom:1px solid {LINE}">{"".join(written)}</tr>'


def facts(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without the columns in which nothing is said."""
    said = [place for place in range(len(columns)) if any(row[place] not in ("", "–") for row in rows)]
    return table([columns[place] for place in said], [[row[place] for place in said] for row in rows])


def markdown_html(markdown: str) -> str:
    """Markdown as HTML; HTML inside it stays text, pictures are left out, links run nothing."""
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(markdown))
