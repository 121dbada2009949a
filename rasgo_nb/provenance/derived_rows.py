"""Numbers made of the rows that a sentence names: two of them, one and all, columns of one."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.arithmetic import (
    ABOVE_END,
    ABOVE_MEAN,
    GAP,
    MEAN,
    OF_BOTH,
    PART_AFTER,
    PART_BEFORE,
    RATIO,
    REST,
    SHARE,
    SUM,
    Try,
    columns_wanted,
    is_mean,
    of_pair,
)
from rasgo_nb.provenance.evidence import counts_labels, place_of
from rasgo_nb.provenance.provenance import Place
from rasgo_nb.provenance.words import GENERIC, stems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from rasgo_nb.provenance.evidence import Evidence
    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_PER = re.compile(r"\b(?:per|for every|for each|an?)\s+([^\W\d]+)", re.I)


def of_named_rows(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """Of the rows that the sentence names: two of them, one and all rows, columns of one."""
    around = evidence.around(claim)
    for table in evidence.results.tables:
        if table.is_text or not table.measures or counts_labels(claim, table):
            continue
        named = evidence.named(claim, table)
        is_own = claim.part.is_cell or (named.is_direct and not claim.is_percent)
        groups = [] if is_own else evidence.labels_of(table).groups(claim)[:8]
        own = named.rows if named.hold != "none" else None
        if own is not None and 1 <= int(own.sum()) <= 3:
            yield from _of_one_row(claim, table, own, around)
        wanted = columns_wanted(claim, evidence, table)
        for column in wanted:
            values = [value for value in (only_value(column, rows) for rows in groups) if value is not None]
            pairs = list(combinations(values, 2))
            for (a, place_a), (b, place_b) in pairs[:10]:
                said = f"{column.name} of two rows in step {table.step}"
                yield from of_pair(
                    claim,
                    a,
                    b,
                    around,
                    said,
                    (place_a, place_b),
                    chance=int(len(pairs) + len(wanted) > 2),
                    is_part=not is_mean(column),
                )
            if not claim.is_percent or _is_share_of_all(claim, evidence, table):
                chance = int(len(wanted) > 1)
                yield from _of_several(claim, table, column, [one for one, _ in values], around, chance)
            if claim.is_percent and not _is_share_of_all(claim, evidence, table):
                continue
            mine = only_value(column, own) if own is not None else None
            if mine is not None:
                chance = int(sum(not is_mean(one) for one in wanted) > 1)
                yield from _of_one_and_all(claim, table, column, mine, around, chance)
                yield from _since_the_row_before(claim, table, column, mine, around)
            if own is not None and 1 < int(own.sum()) < table.rows:
                yield from _of_part(claim, table, column, own, around)


def _is_share_of_all(claim: Claim, evidence: Evidence, table: Shown) -> bool:
    """Whether a percentage is told as a part of the whole, and is not one that the result has itself."""
    words = evidence.words(claim)
    own = [one for one in table.measures if one.words & {"percent", "share", "rate", "ratio"}]
    if any((one.words - GENERIC) & words for one in own):
        return False
    if claim.part.is_cell:
        return bool(re.search(r"share|%|percent|part|portion", claim.part.head, re.I))
    part = claim.part
    before = evidence.text[max(part.start, claim.start - 60) : claim.start]
    return bool(PART_BEFORE.search(before) or PART_AFTER.match(evidence.text[claim.end : part.end]))


def only_value(column: Column, rows: np.ndarray[Any, Any]) -> tuple[float, Place] | None:
    """The value of the one row that is named, or None."""
    assert column.numbers is not None
    places = rows.nonzero()[0]
    if len(places) != 1:
        return None
    return float(column.numbers[places[0]]), Place(0, "", column.name, int(places[0]))


def _of_several(
    claim: Claim, table: Shown, column: Column, values: list[float], around: str, chance: int
) -> Iterator[Try]:
    """The sum, share or average of the named rows."""
    import numpy as np

    if len(values) < 2:
        return
    assert column.numbers is not None
    total, said = (
        float(np.nansum(column.numbers)),
        f"{column.name} of {len(values)} rows in step {table.step}",
    )
    place = (Place(table.step, table.tool_call_id, column.name),)
    if claim.is_percent and total and SHARE.search(around) and not is_mean(column):
        yield Try(100 * sum(values) / total, f"share of {said}", place, chance)
    elif SUM.search(around) and not is_mean(column):
        yield Try(sum(values), f"sum of {said}", place, chance)
    if OF_BOTH.search(around) and not claim.is_percent:
        yield Try(sum(values) / len(values), f"average of {said}", place)


def _of_one_and_all(
    claim: Claim, table: Shown, column: Column, mine: tuple[float, Place], around: str, chance: int
) -> Iterator[Try]:
    """A row's share of its column's total; how far it is from the mean, the highest or the next."""
    import numpy as np

    assert column.numbers is not None
    value, place = mine
    places = (Place(table.step, table.tool_call_id, column.name, place.row),)
    total, said = float(np.nansum(column.numbers)), f"{column.name} in step {table.step}"
    if claim.is_percent and total and SHARE.search(around) and not is_mean(column):
        yield Try(100 * value / total, f"share of all {said}", places, chance)
        if REST.search(around):
            yield Try(100 - 100 * value / total, f"all but the share of {said}", places, chance)
    if len(column.numbers) < 2 or not (GAP.search(around) or RATIO.search(around)):
        return
    ends = [float(np.nanmean(column.numbers))] if ABOVE_MEAN.search(around) else []
    if not ends and ABOVE_END.search(around):
        ordered = np.sort(column.numbers[np.isfinite(column.numbers)])
        ends = [float(ordered[0]), float(ordered[-1])]
    for other in ends:
        a_row = f"{said} of a row and all"
        yield from of_pair(claim, value, other, around, a_row, places, chance=1, is_part=False)


def _since_the_row_before(
    claim: Claim, table: Shown, column: Column, mine: tuple[float, Place], around: str
) -> Iterator[Try]:
    """How far a row of a date is from that of the date before: "February dipped by 166"."""
    value, place = mine
    dated = [one for one in table.labelled if one.dates or one.is_key]
    if len(table.labelled) != 1 or not dated or place.row < 1 or not GAP.search(around):
        return
    assert column.numbers is not None
    before = float(column.numbers[place.row - 1])
    rows = (place.row, place.row - 1)
    places = tuple(Place(table.step, table.tool_call_id, column.name, row) for row in rows)
    said = f"{column.name} and the row before in step {table.step}"
    yield from of_pair(claim, value, before, around, said, places, chance=1, is_part=False)


def _of_part(
    claim: Claim, table: Shown, column: Column, rows: np.ndarray[Any, Any], around: str
) -> Iterator[Try]:
    """The sum, mean or share of the rows of one label, where it has several."""
    import numpy as np

    assert column.numbers is not None
    part, total = column.numbers[rows], float(np.nansum(column.numbers))
    place = (Place(table.step, table.tool_call_id, column.name),)
    said = f"{column.name} over {int(rows.sum())} rows in step {table.step}"
    if not is_mean(column):
        if not claim.is_percent:
            yield Try(float(np.nansum(part)), f"sum of {said}", place)
        elif total:
            yield Try(100 * float(np.nansum(part)) / total, f"share of {said}", place)
    if not claim.is_percent and MEAN.search(around) and np.isfinite(part).any():
        yield Try(float(np.nanmean(part)), f"average of {said}", place)


def _of_one_row(claim: Claim, table: Shown, rows: np.ndarray[Any, Any], around: str) -> Iterator[Try]:
    """Of the columns of the named rows."""
    for row in rows.nonzero()[0]:
        yield from of_columns(claim, table, int(row), around)


def of_columns(claim: Claim, table: Shown, row: int, around: str) -> Iterator[Try]:
    """Of two columns of one row: arrival less departure, delayed of all."""
    columns = [one for one in table.measures if one.numbers is not None][:7]
    for first, second in combinations(columns, 2):
        assert first.numbers is not None
        assert second.numbers is not None
        a, b = float(first.numbers[row]), float(second.numbers[row])
        is_alike = bool((first.words & second.words) - GENERIC)
        if claim.is_percent and (is_mean(first) or is_mean(second)):
            is_alike = False
        is_part = claim.is_percent or claim.unit == "times"
        is_share = is_part and first.is_whole and second.is_whole
        per = stems(" ".join(_PER.findall(around)))
        if per & (first.words | second.words) - GENERIC and not (is_mean(first) or is_mean(second)):
            is_share = True
        if not (is_alike or is_share):
            continue
        said = f"{first.name} and {second.name} in step {table.step}"
        places = tuple(Place(table.step, table.tool_call_id, one.name, row) for one in (first, second))
        yield from of_pair(claim, a, b, around, said, places, chance=1)
    for column in columns:
        assert column.numbers is not None
        value = float(column.numbers[row])
        has_shares = bool(column.words & {"percent", "share", "rate", "ratio"})
        if claim.is_percent and has_shares and REST.search(around):
            whole = 1.0 if abs(value) <= 1 else 100.0
            yield Try(
                100 * (whole - value) / whole,
                f"all but {column.name} in step {table.step}",
                (place_of(table, column, row),),
            )
