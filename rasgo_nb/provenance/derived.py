"""Numbers made of shown values: sums, differences, ratios, shares, averages.

Each kind of arithmetic is tried only where words of the sentence ask for it, over the rows that the sentence
names or over all rows, and a match counts only where so few results were tried that it is hardly chance.
"""

from __future__ import annotations

import re
from itertools import combinations, islice
from math import isfinite
from typing import TYPE_CHECKING

from rasgo_nb.provenance.arithmetic import REST, SUM, Try, columns_wanted, of_pair
from rasgo_nb.provenance.derived_columns import of_all_rows
from rasgo_nb.provenance.derived_rows import of_named_rows, only_value
from rasgo_nb.provenance.evidence import Match, place_of
from rasgo_nb.provenance.provenance import Place
from rasgo_nb.provenance.rounding import fits_one

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rasgo_nb.provenance.evidence import Evidence
    from rasgo_nb.provenance.numbers import Claim

_MOST_TRIES = 4_000
_MOST_CHANCE = 0.35


def derived(claim: Claim, evidence: Evidence) -> Match | None:
    """The simplest arithmetic over shown values that gives the number; None where none is plausible."""
    if claim.kind not in ("number", "word", "fraction"):
        return None
    if (count := _top_of(claim, evidence)) is not None:
        return count
    for tier in (_of_sentence, of_named_rows, of_all_rows, _of_two_results):
        match = _first_plausible(claim, tier(claim, evidence))
        if match is not None or evidence.is_late:
            return match
    return None


def _top_of(claim: Claim, evidence: Evidence) -> Match | None:
    """The count in "the top three" or the line in "7 are above 100", told of in the same sentence."""
    for one in evidence.claims:
        match = evidence.matched.get(one.start) if one.part == claim.part else None
        if match is not None and f" of {claim.value:.0f} rows of " in match.said and claim.is_whole:
            return Match("counted", f"rows of the {match.said}", match.places, 1.0, claim.value)
        if match is not None and f" beyond {claim.value:g} in step" in match.said:
            return Match("counted", f"the line of the {match.said}", match.places, 1.0, claim.value)
    return None


def _first_plausible(claim: Claim, tries: Iterable[Try]) -> Match | None:
    """The first try that gives the number, where the tries together hardly give it by chance."""
    hits: list[Try] = []
    met: set[float] = set()
    for one in islice(tries, _MOST_TRIES):
        if not isfinite(one.value):
            continue
        if one.chance:
            met.add(round(one.value / claim.step) if claim.step else one.value)
        if fits_one(claim, one.value):
            hits.append(one)
    if not hits:
        return None
    best = next((one for one in hits if not one.chance), hits[0])
    if best.chance and len(met) * _chance(claim) > _MOST_CHANCE:
        return None
    return Match("derived", best.said, best.places, 1.0, best.value)


def _chance(claim: Claim) -> float:
    """How likely any one result meets the number: by how many digits it is said with."""
    digits = claim.digits - bool(claim.hedge)
    return 0.25 if digits < 2 else float(10.0 ** (1 - min(digits, 9)))


def _of_sentence(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """Of two numbers beside it that are traced already: "from 10.1 to 20.7, up 10.6 or 105 %"."""
    around = evidence.around(claim)
    part = claim.part
    if part.is_cell:
        yield from _of_row_cells(claim, evidence)
        return
    if not claim.is_percent and any(
        evidence.named(claim, table).is_direct for table in evidence.results.tables
    ):
        return
    near = [one for one in evidence.claims if _is_beside(one, claim) and one.start in evidence.matched]
    near = [
        one
        for one in near
        if one.kind == "number" and evidence.matched[one.start].how in ("found", "derived")
    ]
    near = sorted(near, key=lambda one: abs(one.start - claim.start))[:6]
    near.sort(key=lambda one: one.start)
    near = [one for one in near if not evidence.matched[one.start].said.startswith("names ")]
    for first, second in combinations(near, 2):
        if first.is_percent != second.is_percent or (
            first.unit and second.unit and first.unit != second.unit
        ):
            continue
        a, b = _exact(first, second, evidence)
        places = (*evidence.matched[first.start].places[:1], *evidence.matched[second.start].places[:1])
        said = f"{first.text} and {second.text}"
        yield from of_pair(claim, a, b, around, said, places, chance=0, is_part=not first.is_percent)
    if len(near) >= 3 and SUM.search(around):
        yield Try(sum(one.value for one in near), "sum of the numbers beside it", (), 0)
    for one in near:
        exact = evidence.matched[one.start]
        if claim.is_percent and one.unit == "times" and re.search(r"\b(?:more|higher|longer)\b", around):
            yield Try(100 * (exact.value - 1), f"what {one.text} times are more", exact.places, 0)
        if claim.is_percent and one.is_percent and REST.search(around):
            yield Try(100 - one.value, f"100 % less {one.text}", exact.places[:1], 0)


def _exact(first: Claim, second: Claim, evidence: Evidence) -> tuple[float, float]:
    """The values behind two numbers; as they are said where they were changed in unit."""
    a, b = (evidence.matched[one.start].value for one in (first, second))
    close = all(
        value == value and abs(value - one.value) <= 2 * max(one.step, one.round_step)
        for value, one in ((a, first), (b, second))
    )
    return (a, b) if close else (first.value, second.value)


def _is_beside(one: Claim, claim: Claim) -> bool:
    if one.start == claim.start or one.part.is_cell:
        return False
    return one.part == claim.part or (one.part.end >= claim.part.start - 1 and one.end <= claim.part.start)


def _of_row_cells(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """In a table: of two traced cells of the same row, or a column's cells where the row says total."""
    row = [
        one
        for one in evidence.claims
        if one.part.line_start == claim.part.line_start
        and one.part.is_cell
        and one.start != claim.start
        and one.start in evidence.matched
        and one.kind == "number"
        and one.is_whole
        and evidence.matched[one.start].how in ("found", "derived")
    ]
    for first, second in islice(combinations(row, 2), 15):
        a, b = _exact(first, second, evidence)
        yield from of_pair(claim, a, b, claim.part.head, f"{first.text} and {second.text}", (), chance=1)
    name = evidence.text[claim.part.line_start : claim.part.line_end].strip(" |*").split("|")[0]
    if re.search(r"\b(?:total|sum|all|overall|average|mean)\b", name, re.I):
        cells = [
            one
            for one in evidence.claims
            if one.part.is_cell
            and one.part.head == claim.part.head
            and one.part.line_start < claim.part.line_start
            and one.start in evidence.matched
            and one.kind == "number"
        ]
        if len(cells) > 1:
            total = sum(one.value for one in cells)
            yield Try(total, "sum of the cells above", (), 0)
            yield Try(total / len(cells), "average of the cells above", (), 0)


def _of_two_results(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """Of single values of two results, or of a named row's value and a single value."""
    around = evidence.around(claim)
    singles = [
        (float(column.numbers[0]), place_of(table, column, 0))
        for table in evidence.results.tables
        if not table.is_text
        for column in table.measures[:4]
        if column.numbers is not None and len(column.numbers) == 1
    ][:6]
    singles += [
        (float(table.rows), Place(table.step, table.tool_call_id))
        for table in evidence.results.tables
        if table.counts_rows and table.rows > 1
    ][:3]
    named = list(islice(_named_values(claim, evidence), 8))
    pairs = [*combinations(singles, 2), *((one, other) for one in named for other in singles)]
    for (a, place_a), (b, place_b) in pairs[:40]:
        if place_a.step != place_b.step or place_a.tool_call_id != place_b.tool_call_id:
            said = f"values of steps {place_a.step} and {place_b.step}"
            yield from of_pair(claim, a, b, around, said, (place_a, place_b), chance=1)


def _named_values(claim: Claim, evidence: Evidence) -> Iterator[tuple[float, Place]]:
    for table in evidence.results.tables:
        named = evidence.named(claim, table)
        if table.is_text or named.hold == "none" or named.rows is None:
            continue
        for column in columns_wanted(claim, evidence, table):
            only = only_value(column, named.rows)
            if only is not None:
                yield only[0], place_of(table, column, only[1].row)
