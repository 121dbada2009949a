"""Numbers that count: rows of a result, its different labels, the rows above a line, the items of a list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.evidence import Evidence, Match, is_label
from rasgo_nb.provenance.provenance import Place
from rasgo_nb.provenance.words import GENERIC, stem, stems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_ROWS = frozenset(
    ["row", "record", "group", "result", "combination", "entry", "line", "value", "category", "item", "name"]
) | {"place", "different", "distinct", "unique"}
_NO_NOUNS = frozenset(
    ["and", "or", "for", "in", "of", "is", "are", "was", "were", "to", "from", "while", "with", "at", "by"]
) | {"on", "per", "the", "a", "an", "but", "as"}
_COUNTED = frozenset(["of", "have", "had", "are", "were", "is", "was", "has", "fly", "flew"])
_TOP = re.compile(r"\b(?:top|first|last|bottom|leading|best|worst|next|other|limit)[\s*_`-]*$", re.I)
_ABOVE = re.compile(
    r"\b(?:above|over|more than|exceed\w*|at least|longer than|higher than|greater than|positive|late|"
    r"rose|grew|gained|increased)\b",
    re.I,
)
_BELOW = re.compile(
    r"\b(?:below|under|less than|fewer than|at most|shorter than|lower than|negative|early|fell|lost|"
    r"declined|decreased)\b",
    re.I,
)


def counted(claim: Claim, evidence: Evidence) -> list[Match]:
    """What of the results the number may count."""
    if claim.kind not in ("number", "word") or claim.is_percent or claim.step != 1:
        return []
    if claim.value < 0 or claim.is_negative or claim.value != round(claim.value):
        return []
    options = [match for table in evidence.results.tables for match in _in_table(claim, evidence, table)]
    listed = _listed(claim, evidence)
    return options + ([listed] if listed else [])


def _in_table(claim: Claim, evidence: Evidence, table: Shown) -> Iterator[Match]:
    if table.is_text or not table.counts_rows:
        return
    noun, number = stem(claim.noun), int(claim.value)
    measured = {word for one in table.measures for word in one.words - GENERIC}
    named = {word for one in table.labelled for word in one.words} | table.words
    if claim.unit and noun not in named:
        return
    if is_label(noun, table):
        yield from _of_label(claim, evidence, table, number)
        return
    is_row = bool(claim.noun) and noun not in _NO_NOUNS and (noun not in measured or noun in named)
    if number == table.rows and is_row and (table.rows > 1 or noun in named):
        yield _said(table, f"number of rows in step {table.step}", 1.5 + (noun in named or noun in _ROWS))
    elif _is_about(claim, table.rows) and is_row and noun in named | _ROWS:
        yield _said(table, f"number of rows in step {table.step}, rounded", 1.4)
    for column in table.labelled:
        if number == _different(column) and (noun in column.words or noun in table.words or noun in _ROWS):
            yield _said(table, f"number of different {column.name} in step {table.step}", 1.6)
    if is_row or noun in _ROWS or noun in _COUNTED:
        yield from _of_label(claim, evidence, table, number)
        yield from _beyond(claim, evidence, table, number)
    before = evidence.text[max(claim.part.start, claim.start - 14) : claim.start]
    if _TOP.search(before) and (number == table.rows or f"limit {number}" in _code(evidence).casefold()):
        yield _said(table, f"rows in step {table.step}", 1.2)


def _is_about(claim: Claim, rows: int) -> bool:
    from rasgo_nb.provenance.rounding import fits_one

    return rows > 20 and fits_one(claim, float(rows))


def _said(table: Shown, said: str, rank: float) -> Match:
    place = Place(table.step, table.tool_call_id)
    return Match("counted", said, (place,), rank, float(table.rows))


def _code(evidence: Evidence) -> str:
    return " ".join(code for _, _, code in evidence.results.code)


def _different(column: Column) -> int:
    import numpy as np

    if column.codes is not None:
        return len(column.labels)
    assert column.numbers is not None
    return len(np.unique(column.numbers[np.isfinite(column.numbers)]))


def _of_label(claim: Claim, evidence: Evidence, table: Shown, number: int) -> Iterator[Match]:
    """The rows of the label that the sentence names: "JFK has 12 routes"."""
    named = evidence.named(claim, table)
    if named.hold == "firm" and named.rows is not None and 1 < int(named.rows.sum()) == number:
        yield _said(table, f"number of rows with that label in step {table.step}", 1.3)


def _beyond(claim: Claim, evidence: Evidence, table: Shown, number: int) -> Iterator[Match]:
    """The rows above or below a number of the sentence, zero or the mean: "8 of 16 are above 10 minutes"."""
    around = re.split(r"[,;:(|]|\.\s", evidence.text[claim.end : min(claim.end + 90, claim.part.end)])[0]
    above, below = bool(_ABOVE.search(around)), bool(_BELOW.search(around))
    if not (above or below) or not 1 < table.rows <= 5_000:
        return
    end = claim.end + len(around)
    lines = {one.value for one in evidence.claims if claim.end < one.start < end}
    lines |= (
        {0.0}
        if re.search(
            r"negative|positive|early|late|rose|fell|gain|lost|grew|declin|increas|decreas", around, re.I
        )
        else set()
    )
    words = stems(around)
    named = [one for one in table.measures if (one.words - GENERIC) & words]
    for column in named or table.measures:
        for line, said in _lines(column, lines, around):
            if number in _beyond_line(column, line, above=above, below=below):
                yield _said(table, f"rows of {column.name} beyond {said} in step {table.step}", 1.0)


def _lines(column: Column, lines: set[float], around: str) -> Iterator[tuple[float, str]]:
    import numpy as np

    assert column.numbers is not None
    yield from ((line, f"{line:g}") for line in sorted(lines)[:4])
    if re.search(r"average|mean", around, re.I) and np.isfinite(column.numbers).any():
        yield float(np.nanmean(column.numbers)), "its mean"


def _beyond_line(column: Column, line: float, *, above: bool, below: bool) -> set[int]:
    numbers: np.ndarray[Any, Any] = column.numbers  # type: ignore[assignment]
    counts: set[int] = set()
    if above:
        counts |= {int((numbers > line).sum()), int((numbers >= line).sum())}
    if below:
        counts |= {int((numbers < line).sum()), int((numbers <= line).sum())}
    return counts


def _listed(claim: Claim, evidence: Evidence) -> Match | None:
    """The items that the same sentence or list names: "three airports: EWR, JFK and LGA"."""
    if not 1 < claim.value <= 25:
        return None
    tail = evidence.text[claim.end : claim.end + 3000]
    items = len(re.findall(r"^\s*(?:[-*+]|\d+[.)])\s", tail, re.M))
    is_list = items == claim.value and ":" in tail.split("\n")[0]
    if is_list and stems(claim.noun):
        return Match("counted", "number of items of the list", (), 0.8, claim.value)
    for table in evidence.results.tables:
        labels = evidence.labels_of(table)
        if not table.is_text and labels.follow(claim) and len(labels.groups(claim)) == claim.value:
            place = Place(table.step, table.tool_call_id)
            return Match("counted", "number of labels named", (place,), 0.8, claim.value)
    return None
