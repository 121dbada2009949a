"""Frames and numbers in printed text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_NUMBER = re.compile(
    r"(?<![\w.])[-\u2212+]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w])%?"
)
_GAPS = ("NaN", "NaT", "<NA>", "None", "inf", "-inf")
_DOTS = {"...", ".."}  # rows that pandas leaves out


def printed_frames(text: str) -> tuple[list[pd.DataFrame], str]:
    """The frames that pandas has printed, and the text without them."""
    lines = text.splitlines()
    frames, rest, at = [], [], 0
    while at < len(lines):
        frame, end = _frame_at(lines, at)
        if frame is None:
            rest.append(lines[at])
        else:
            frames.append(frame)
        at = end
    return frames, "\n".join(rest)


def _frame_at(lines: list[str], at: int) -> tuple[pd.DataFrame | None, int]:
    """The frame whose head is this line, and the line after it: a head is indented, without numbers."""
    import pandas as pd

    names = lines[at].split()
    is_head = bool(names) and lines[at][:1] == " " and not any(map(_NUMBER.fullmatch, names))
    if not is_head or len(set(names)) < len(names):
        return None, at + 1
    begin, index = at + 1, "index"
    if begin < len(lines) and len(lines[begin].split()) == 1:
        begin, index = begin + 1, lines[begin].strip()
    rows, end = [], begin
    while end < len(lines) and len(cells := lines[end].split()) == len(names) + 1:
        if not set(cells) <= _DOTS:
            rows.append(cells)
        end += 1
    if len(rows) < 2 or index in names:
        return None, at + 1
    frame = pd.DataFrame(dict(zip([index, *names], map(_values, zip(*rows, strict=True)), strict=True)))
    is_numbered = index == "index" and frame[index].iloc[0] == 0
    return frame.drop(columns=index) if is_numbered else frame, end


def _values(cells: tuple[str, ...]) -> list[float] | list[str]:
    """The numbers of a column, or its texts."""
    if all(_NUMBER.fullmatch(one) or one in _GAPS for one in cells):
        return [float("nan") if one in _GAPS else _of_text(one) for one in cells]
    return list(cells)


def numbers_by_line(text: str) -> tuple[list[str], list[list[float]]]:
    """The lines that have numbers: their other words, and the numbers."""
    labels, rows = [], []
    for line in text.splitlines():
        found = [_of_text(match[0]) for match in _NUMBER.finditer(line)][:30]
        if found:
            labels.append(" ".join(_NUMBER.sub(" ", line).split())[:200])
            rows.append(found)
    return labels, rows


def _of_text(text: str) -> float:
    return float(text.replace(",", "").replace("\u2212", "-").replace("$", "").rstrip("%"))
