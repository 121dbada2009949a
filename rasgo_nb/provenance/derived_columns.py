"""Numbers made of a whole column: its sum, mean, median and spread, the sum or share of its top rows."""

from __future__ import annotations

import re
from itertools import islice, permutations
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.arithmetic import (
    GAP,
    MEAN,
    MEDIAN,
    OVER_ALL,
    SHARE,
    SUM,
    TOP,
    Try,
    columns_wanted,
    is_mean,
    of_pair,
)
from rasgo_nb.provenance.derived_rows import of_columns
from rasgo_nb.provenance.evidence import counts_labels
from rasgo_nb.provenance.number_words import WORDS
from rasgo_nb.provenance.provenance import Place
from rasgo_nb.provenance.words import GENERIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from rasgo_nb.provenance.evidence import Evidence
    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_PER_DAY = re.compile(r"\bper day\b|\bdaily\b|\b(?:a|each|every) day\b", re.I)
_OF_THE = re.compile(r"\bof\s+(?:(?:the|all|about|our|some)[\s*_]+)+[$]?$", re.I)


def of_all_rows(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """Of a whole column: its sum, mean, median, spread, the sum and share of its top rows."""
    around = evidence.around(claim)
    for table in evidence.results.tables:
        if table.is_text or not table.measures or counts_labels(claim, table):
            continue
        if len(_numbers_of(table.measures[0])) == 1:
            yield from of_columns(claim, table, 0, around)
            continue
        named = evidence.named(claim, table)
        is_whole = bool(_OF_THE.search(evidence.text, max(claim.part.start, claim.start - 24), claim.start))
        if named.hold == "firm" and not is_whole and not OVER_ALL.search(_close_to(claim, evidence)):
            continue
        wanted = [
            one for one in columns_wanted(claim, evidence, table) if not (claim.is_percent and is_mean(one))
        ]
        for column in wanted or columns_wanted(claim, evidence, table):
            is_many = len(wanted) > 1
            is_firm = named.hold == "firm"
            yield from _of_column(
                claim,
                table,
                column,
                around,
                is_named=is_firm,
                is_one_of_many=is_many,
                is_whole=is_whole,
            )
        yield from _of_totals(claim, table, evidence)


def _of_totals(claim: Claim, table: Shown, evidence: Evidence) -> Iterator[Try]:
    """The total of one column of counts as a share of another's: "8,255 cancelled, or 2.45 %"."""
    import numpy as np

    if not claim.is_percent or claim.unit == "points":
        return
    words = evidence.words(claim)
    counts = [one for one in table.measures if one.is_whole and not is_mean(one)][:5]
    totals = {id(one): float(np.nansum(_numbers_of(one))) for one in counts}
    for part, whole in permutations(counts, 2):
        if (part.words - GENERIC) & words and 0 < totals[id(part)] < totals[id(whole)]:
            said = f"total {part.name} of total {whole.name} in step {table.step}"
            places = tuple(Place(table.step, table.tool_call_id, one.name) for one in (part, whole))
            yield Try(100 * totals[id(part)] / totals[id(whole)], f"share, {said}", places)


def _close_to(claim: Claim, evidence: Evidence) -> str:
    """The words right beside a number."""
    part = claim.part
    return evidence.text[max(part.start, claim.start - 50) : min(part.end, claim.end + 40)]


def _numbers_of(column: Column) -> Any:
    assert column.numbers is not None
    return column.numbers


def _of_column(
    claim: Claim,
    table: Shown,
    column: Column,
    around: str,
    *,
    is_named: bool,
    is_one_of_many: bool,
    is_whole: bool,
) -> Iterator[Try]:
    import numpy as np

    numbers = column.numbers[np.isfinite(column.numbers)] if column.numbers is not None else np.array([])
    if len(numbers) < 2:
        return
    said = f"{column.name} over {len(numbers)} rows in step {table.step}"
    place = (Place(table.step, table.tool_call_id, column.name),)
    total = float(numbers.sum())
    if _PER_DAY.search(around) and not claim.is_percent and not is_mean(column):
        yield from (Try(total / days, f"{said}, by {days} days", place, 0) for days in (365, 366))
    if not claim.is_percent and not is_mean(column) and (SUM.search(around) or is_whole):
        yield Try(total, f"sum of {said}", place)
    if MEAN.search(around):
        scale = 100.0 if claim.is_percent and np.abs(numbers).max() <= 1 else 1.0
        yield Try(scale * total / len(numbers), f"average of {said}", place)
        yield from _weighted(claim, table, column, place)
    if MEDIAN.search(around):
        yield Try(float(np.median(numbers)), f"median of {said}", place)
    yield from _of_top(claim, numbers, total, around, said, place, column, is_one_of_many=is_one_of_many)
    if is_named:
        return
    for first, second in (
        ((numbers[0], numbers[-1]), (numbers.min(), numbers.max())) if GAP.search(around) else ()
    ):
        yield from of_pair(claim, float(first), float(second), around, said, place, chance=1, is_part=False)
    if claim.is_percent and total and SHARE.search(around) and not is_mean(column):
        yield Try(100 * float(numbers[0]) / total, f"share of the first row of {said}", place)
        yield Try(100 * float(numbers.max()) / total, f"share of the highest of {said}", place)


def _weighted(claim: Claim, table: Shown, column: Column, place: tuple[Place, ...]) -> Iterator[Try]:
    """The mean over all that the rows count: each row's mean by how many it has."""
    import numpy as np

    if not is_mean(column) or column.numbers is None:
        return
    weights = [one for one in table.measures if one.is_whole and one is not column and not is_mean(one)]
    for weight in weights[:3]:
        assert weight.numbers is not None
        both = np.isfinite(column.numbers) & np.isfinite(weight.numbers)
        total = float(weight.numbers[both].sum())
        if total:
            scale = 100.0 if claim.is_percent and np.abs(column.numbers[both]).max() <= 1 else 1.0
            value = scale * float((column.numbers[both] * weight.numbers[both]).sum()) / total
            yield Try(value, f"average of {column.name} by {weight.name} in step {table.step}", place)


def _of_top(
    claim: Claim,
    numbers: np.ndarray[Any, Any],
    total: float,
    around: str,
    said: str,
    place: tuple[Place, ...],
    column: Column,
    *,
    is_one_of_many: bool,
) -> Iterator[Try]:
    """The sum, share or average of as many rows as the sentence says, the first or the highest ones."""

    for match in islice(TOP.finditer(around), 3):
        word = (match["n"] or match["n2"]).casefold()
        count = int(word) if word.isdigit() else WORDS[word]
        if not 1 < count <= len(numbers):
            continue
        for top, fits_word in _tops(numbers, count, match[0]):
            chance = int(not fits_word or is_one_of_many)
            if claim.is_percent and total and not is_mean(column):
                yield Try(100 * float(top.sum()) / total, f"share of {count} rows of {said}", place, chance)
            elif not is_mean(column):
                yield Try(float(top.sum()), f"sum of {count} rows of {said}", place, chance)
            if MEAN.search(around) and not claim.is_percent:
                yield Try(float(top.mean()), f"average of {count} rows of {said}", place, chance)


def _tops(numbers: np.ndarray[Any, Any], count: int, words: str) -> Iterator[tuple[Any, bool]]:
    """The rows that "top 3" may mean, and whether the words mean them."""
    import numpy as np

    ordered = np.sort(numbers)
    is_low = bool(re.search(r"bottom|worst|lowest|smallest|fewest|shortest|least", words, re.I))
    yield ordered[::-1][:count], not is_low
    yield ordered[:count], is_low
    yield numbers[:count], bool(re.search(r"first|top", words, re.I))
