"""The parts of a Markdown text: its sentences, list items and table cells, and what in it is no text."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence, or a cell of a table with the ``head`` of its column and the first cell of its row.

    ``line_start`` is where its row begins, for a cell; of a sentence it is where its block does.
    """

    start: int
    end: int
    is_cell: bool = False
    head: str = ""
    line_start: int = 0
    line_end: int = 0


_HIDDEN = re.compile(
    r"""
    (?P<fence>^[ ]{0,3}(```|~~~).*?(?:^[ ]{0,3}\2[^\n]*$|\Z))
  | (?P<code>(?<!`)(`{1,3})(?!`)[^\n]*?(?<!`)\4(?!`))
  | (?P<target>\]\([^)\n]*\))
  | (?P<address>\b(?:https?|s3|gs|file)://[^\s)>\]]+|\b[\w.+-]+@[\w-]+\.[\w.]+)
  | (?P<comment><!--.*?-->|</?[a-zA-Z][^>\n]*>)
  | (?P<heading>^[ ]{0,3}\#{1,6}[ ][^\n]*)
  | (?P<marker>^[ \t>]*(?:[-*+]|\d{1,9}[.)])(?=\s))
  | (?P<steps>\bsteps?\s+\#?\d+(?:(?:\s*(?:,|–|-|and|to|&)\s*)+\#?\d+)*)
  | (?P<named>\b(?:figure|fig\.|table|chart|section|chapter|version|note|query|cell|page|line|v\.?)
        \s*\#?\d[\d.]*\b)
  | (?P<quarter>\b[QH][1-4]\b)
  | (?P<version>\bv?\d+\.\d+\.\d+(?:\.\d+)*\b(?!,)|\b(?:python|duckdb|pandas)\s+\d[\d.]*)
    """,
    re.X | re.M | re.S | re.I,
)
_GROUPED_VERSION = re.compile(r"\d{1,3}(?:\.\d{3})+")
_BLANK = re.compile(r"[^\n]")
_ABBREVIATION = re.compile(
    r"\b(?:inc|st|no|vs|approx|co|corp|ltd|mr|mrs|dr|e\.g|i\.e|u\.s|ca|avg|min|max|ft)\.$", re.I
)
_END = re.compile(
    r"[.!?](?:[*_\")\]]*)(?=\s+[\"'(*_\[]*[A-Z0-9])|;(?=\s)|\n(?=\s*(?:[-*+]|\d+[.)])\s)|\n\s*\n|\n(?=\s*\|)"
)
_RULE = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*")


def hidden(text: str) -> str:
    """The text with blanks for all that claims nothing, as long as before."""
    return _HIDDEN.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    if match.lastgroup == "version" and _GROUPED_VERSION.fullmatch(match[0]):
        return match[0]
    if match["code"] is not None:
        return re.sub(r"[^\n`]", " ", match[0])
    return _BLANK.sub(" ", match[0])


def parts_of(text: str) -> list[Part]:
    """All parts in order; together they cover the text."""
    parts: list[Part] = []
    at, heads = 0, []
    lines = text.splitlines(keepends=True)
    plain_from = 0
    for number, line in enumerate(lines):
        is_row = line.count("|") >= 2 and line.lstrip().startswith("|")
        if is_row:
            parts += _sentences(text, plain_from, at)
            if number + 1 < len(lines) and _RULE.fullmatch(lines[number + 1]) and "|" in lines[number + 1]:
                heads = [one.strip() for one in line.strip().strip("|").split("|")]
            parts += _cells(line, at, heads)
            plain_from = at + len(line)
        else:
            heads = []
        at += len(line)
    return parts + _sentences(text, plain_from, len(text))


def _cells(line: str, at: int, heads: list[str]) -> list[Part]:
    stops = [match.start() for match in re.finditer(r"(?<!\\)\|", line)]
    bounds = list(zip(stops, [*stops[1:], len(line)], strict=True))
    return [
        Part(
            at + start,
            at + end,
            is_cell=True,
            head=heads[place] if place < len(heads) else "",
            line_start=at,
            line_end=at + len(line),
        )
        for place, (start, end) in enumerate(bounds)
    ]


def _sentences(text: str, start: int, end: int) -> list[Part]:
    parts, begun, block = [], start, start
    for match in _END.finditer(text, start, end):
        if text[match.start()] == "." and _ABBREVIATION.search(text, begun, match.start() + 1):
            continue
        parts.append(Part(begun, match.end(), line_start=block, line_end=end))
        begun = match.end()
        if "\n" in match[0] and not re.match(r"\n\s*(?:[-*+]|\d)", match[0]):
            block = begun
    return [*parts, Part(begun, end, line_start=block, line_end=end)] if begun < end else parts
