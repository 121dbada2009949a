"""Numbers made of shown values: sums, differences, ratios, shares, averages.

Each kind of arithmetic is tried only where words of the sentence ask for it, over the rows that the sentence
names or over all rows, and a match counts only where so few results were tried that it is hardly chance.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from rasgo_nb.provenance.evidence import Evidence, Match, counts_labels, place_of
from rasgo_nb.provenance.number_words import WORDS
from rasgo_nb.provenance.provenance import Place
from rasgo_nb.provenance.rounding import fits_one
from rasgo_nb.provenance.words import GENERIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_SUM = re.compile(
    r"\b(?:total\w*|sum\w*|altogether|all|together|combined|overall|across|in all|account\w*|jointly|"
    r"both|cumulat\w+|alone|whole|entire)\b",
    re.I,
)
_TOGETHER = re.compile(r"\b(?:together|total\w*|combined|sum\w*|both|altogether|jointly|in all)\b", re.I)
_MEAN = re.compile(r"\b(?:average\w*|mean|overall|typical\w*|all|across|per)\b", re.I)
_MEDIAN = re.compile(r"\bmedian\b", re.I)
_GAP = re.compile(
    r"\b(?:differ\w*|gap|(?:the|a) spread|range|more|less|fewer|higher|lower|longer|shorter|greater|"
    r"larger|smaller|rose|risen|fell|"
    r"fallen|grew|grown|growth|declin\w*|drop\w*|increas\w*|decreas\w*|ahead|behind|above|below|up|"
    r"down|chang\w*|gain\w*|los\w*|"
    r"faster|slower|margin|better|worse|later|earlier|points?|swing|climb\w*|jump\w*|shrank|exceed\w*|"
    r"beat\w*|cheaper|hotter|warmer|colder|outnumber\w*|outsell\w*|outsold|lead\w*|trail\w*)\b",
    re.I,
)
_DOWN = re.compile(
    r"\b(?:fell|fallen|drop\w*|declin\w*|decreas\w*|lower|less|fewer|shorter|down|smaller|shrank|"
    r"below|behind)\b",
    re.I,
)
_UP = re.compile(
    r"\b(?:rose|risen|grew|grown|growth|increas\w*|higher|more|longer|up|larger|greater|climb\w*|"
    r"jump\w*|above|ahead|gain\w*)\b",
    re.I,
)
_RATIO = re.compile(r"\b(?:ratio|factor|per|for every|fold)\b", re.I)
_SHARE = re.compile(
    r"\b(?:of|share|account\w*|represent\w*|make[s]? up|made up|portion|proportion|fraction|"
    r"responsible|contribut\w*|percent\w*|constitut\w*|compris\w*|rate|from|behind|held|hold\w*|took|"
    r"generat\w*|brought)\b|%",
    re.I,
)
_REST = re.compile(
    r"\b(?:rest|remain\w*|others?|not|without|on time|remainder|instead|un\w+|none|never)\b", re.I
)
_ANY_COUNT = "|".join(WORDS)
_TOP = re.compile(
    r"\b(?:top|first|best|leading|largest|biggest|busiest|highest|most \w+|last|bottom|worst|lowest|smallest)"
    rf"[\s*_]+(?P<n>\d{{1,3}}|{_ANY_COUNT})\b|\b(?P<n2>\d{{1,2}}|{_ANY_COUNT})[\s*_]+"
    r"(?:top|best|leading|largest|biggest|busiest|highest|most|worst|lowest|smallest|\w{3,}est)\b",
    re.I,
)
_ABOVE_MEAN = re.compile(
    r"\b(?:above|below|over|under|than|beyond)\s+(?:the\s+)?(?:\w+\s+)?(?:average|mean)\b", re.I
)
_ABOVE_END = re.compile(
    r"\b(?:than|behind|ahead of|below|above|over)\s+(?:the\s+)?(?:\w{3,}est|next|best|worst|second|runner)",
    re.I,
)
_OF_BOTH = re.compile(
    r"\b(?:average|mean)\s+of\s+(?:the|these|those|both|all)\s+(?:two|three|four|both)\b|\bboth "
    r"average\b|\bbetween them\b",
    re.I,
)
_OVER_ALL = re.compile(
    r"\b(?:overall|all|across|altogether|in total|total|whole|entire|combined|every|average (?:of|is|"
    r"was|over))\b",
    re.I,
)
_PART_BEFORE = re.compile(
    r"\b(?:share|account\w*|represent\w*|mak(?:es?|ing)[\s*_]+up|portion|hold\w*|held|contribut\w+|"
    r"constitut\w+|"
    r"compris\w+|generat\w+|took|tak(?:es?|ing)|remain\w*|rest|responsible|behind|brings?|brought|"
    r"captur\w+)\b"
    r"|\d\s*(?:[^\W\d]+\s*){0,3}[(,–-][\s*_]*(?:or|about|roughly|i\.e\.)?[\s*_]*$",
    re.I,
)
_PART_AFTER = re.compile(r"[\s*_)]*(?:of|share|from)\b", re.I)
_MOST_TRIES = 4_000
_MOST_CHANCE = 0.35


@dataclass(frozen=True, slots=True)
class Try:
    """One result of arithmetic. ``chance`` is 0 where the sentence gives all of its parts."""

    value: float
    said: str
    places: tuple[Place, ...]
    chance: int = 1


def derived(claim: Claim, evidence: Evidence) -> Match | None:
    """The simplest arithmetic over shown values that gives the number; None where none is plausible."""
    if claim.kind not in ("number", "word", "fraction"):
        return None
    for tier in (_of_sentence, _of_named_rows, _of_all_rows, _of_two_results):
        match = _first_plausible(claim, tier(claim, evidence))
        if match is not None or evidence.is_late:
            return match
    return None


def _first_plausible(claim: Claim, tries: Iterable[Try]) -> Match | None:
    """The first try that gives the number, where the tries together hardly give it by chance."""
    hits: list[Try] = []
    met: set[float] = set()
    for one in islice(tries, _MOST_TRIES):
        if one.value != one.value:
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
        yield from _of_pair(claim, a, b, around, said, places, chance=0, is_part=not first.is_percent)
    if len(near) >= 3 and _SUM.search(around):
        yield Try(sum(one.value for one in near), "sum of the numbers beside it", (), 0)
    for one in near:
        if claim.is_percent and one.is_percent and _REST.search(around):
            exact = evidence.matched[one.start]
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
        yield from _of_pair(claim, a, b, claim.part.head, f"{first.text} and {second.text}", (), chance=1)
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


def _of_pair(
    claim: Claim,
    a: float,
    b: float,
    around: str,
    said: str,
    places: tuple[Place, ...],
    *,
    chance: int,
    is_part: bool = True,
) -> Iterator[Try]:
    """Difference, ratio, change and sum of two values, each where the words ask for it."""
    if _GAP.search(around) and (not claim.is_percent or claim.unit == "points"):
        yield from (Try(one, f"difference of {said}", places, chance) for one in _signed(claim, a - b, b - a))
        for factor in (100.0,) if claim.is_percent else ():
            yield Try(abs(a - b) * factor, f"difference of {said}, in points", places, chance)
    if claim.is_percent and claim.unit != "points":
        if _GAP.search(around):
            changes = [100 * (x - y) / abs(y) for x, y in ((b, a), (a, b)) if y]
            yield from (
                Try(one, f"change between {said}", places, chance) for one in _way(claim, changes, around)
            )
        if is_part and _SHARE.search(around) and claim.value:
            yield from (
                Try(100 * x / y, f"share, from {said}", places, chance)
                for x, y in ((a, b), (b, a))
                if y and abs(x) <= abs(y)
            )
    if not claim.is_percent and (claim.unit == "times" or _RATIO.search(around)):
        yield from (Try(x / y, f"ratio of {said}", places, chance) for x, y in ((a, b), (b, a)) if y)
    if is_part and not claim.is_percent and _TOGETHER.search(around):
        yield Try(a + b, f"sum of {said}", places, chance)
    if _OF_BOTH.search(around):
        yield Try((a + b) / 2, f"average of {said}", places, chance)


def _signed(claim: Claim, *values: float) -> list[float]:
    return list(values) if claim.is_negative else [max(values)]


def _way(claim: Claim, changes: list[float], around: str) -> list[float]:
    """Of the changes either way those that fit the words: a rise told as such, a fall without its minus."""
    if claim.is_negative:
        return changes
    falls, rises = [-one for one in changes if one <= 0], [one for one in changes if one >= 0]
    if _DOWN.search(around) and not _UP.search(around):
        return falls
    if _UP.search(around) and not _DOWN.search(around):
        return rises
    return [*rises, *falls]


def _of_named_rows(claim: Claim, evidence: Evidence) -> Iterator[Try]:
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
        wanted = _wanted(claim, evidence, table)
        for column in wanted:
            values = [value for value in (_only(column, rows) for rows in groups) if value is not None]
            pairs = list(combinations(values, 2))
            for (a, place_a), (b, place_b) in pairs[:10]:
                said = f"{column.name} of two rows in step {table.step}"
                yield from _of_pair(
                    claim,
                    a,
                    b,
                    around,
                    said,
                    (place_a, place_b),
                    chance=int(len(pairs) + len(wanted) > 2),
                    is_part=not _is_mean(column),
                )
            if not claim.is_percent or _is_share_of_all(claim, evidence, table):
                yield from _of_several(claim, table, column, [value for value, _ in values], around)
            if claim.is_percent and not _is_share_of_all(claim, evidence, table):
                continue
            mine = _only(column, own) if own is not None else None
            if mine is not None:
                chance = int(sum(not _is_mean(one) for one in wanted) > 1)
                yield from _of_one_and_all(claim, table, column, mine, around, chance)
            if own is not None and 1 < int(own.sum()) < table.rows:
                yield from _of_part(claim, table, column, own, around)


def _wanted(claim: Claim, evidence: Evidence, table: Shown) -> list[Column]:
    """The columns of numbers that the sentence names, or what stands before it; all where none is named."""
    for words in (evidence.words(claim), evidence.words_before(claim)):
        named = [one for one in table.measures if _is_named(one, table, words)]
        if named:
            return [one for one in named if not _counts_things(claim) or one.is_whole][:8]
    return [one for one in table.measures if not _counts_things(claim) or one.is_whole][:8]


def _is_named(column: Column, table: Shown, words: frozenset[str]) -> bool:
    """Whether words name the column, or what the rows are that it counts."""
    own = column.words - GENERIC
    things = table.words - {word for one in table.labelled for word in one.words}
    return bool(own & words) or (not own and column.is_whole and bool(things & words))


def _counts_things(claim: Claim) -> bool:
    """Whether a whole number stands before a plural, which no fraction can be rounded to."""
    return claim.is_whole and not claim.unit and claim.noun.endswith("s") and len(claim.noun) > 3


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
    return bool(_PART_BEFORE.search(before) or _PART_AFTER.match(evidence.text[claim.end : part.end]))


def _only(column: Column, rows: np.ndarray[Any, Any]) -> tuple[float, Place] | None:
    """The value of the one row that is named, or None."""
    assert column.numbers is not None
    places = rows.nonzero()[0]
    if len(places) != 1:
        return None
    return float(column.numbers[places[0]]), Place(0, "", column.name, int(places[0]))


def _of_several(
    claim: Claim, table: Shown, column: Column, values: list[float], around: str
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
    if claim.is_percent and total and _SHARE.search(around) and not _is_mean(column):
        yield Try(100 * sum(values) / total, f"share of {said}", place)
    elif _SUM.search(around) and not _is_mean(column):
        yield Try(sum(values), f"sum of {said}", place)
    if _OF_BOTH.search(around) and not claim.is_percent:
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
    if claim.is_percent and total and _SHARE.search(around) and not _is_mean(column):
        yield Try(100 * value / total, f"share of all {said}", places, chance)
        if _REST.search(around):
            yield Try(100 - 100 * value / total, f"all but the share of {said}", places, chance)
    if len(column.numbers) < 2 or not (_GAP.search(around) or _RATIO.search(around)):
        return
    ends = [float(np.nanmean(column.numbers))] if _ABOVE_MEAN.search(around) else []
    if not ends and _ABOVE_END.search(around):
        ordered = np.sort(column.numbers[np.isfinite(column.numbers)])
        ends = [float(ordered[0]), float(ordered[-1])]
    for other in ends:
        a_row = f"{said} of a row and all"
        yield from _of_pair(claim, value, other, around, a_row, places, chance=1, is_part=False)


def _of_part(
    claim: Claim, table: Shown, column: Column, rows: np.ndarray[Any, Any], around: str
) -> Iterator[Try]:
    """The sum, mean or share of the rows of one label, where it has several."""
    import numpy as np

    assert column.numbers is not None
    part, total = column.numbers[rows], float(np.nansum(column.numbers))
    place = (Place(table.step, table.tool_call_id, column.name),)
    said = f"{column.name} over {int(rows.sum())} rows in step {table.step}"
    if not _is_mean(column):
        if not claim.is_percent:
            yield Try(float(np.nansum(part)), f"sum of {said}", place)
        elif total:
            yield Try(100 * float(np.nansum(part)) / total, f"share of {said}", place)
    if not claim.is_percent and _MEAN.search(around) and np.isfinite(part).any():
        yield Try(float(np.nanmean(part)), f"average of {said}", place)


def _of_one_row(claim: Claim, table: Shown, rows: np.ndarray[Any, Any], around: str) -> Iterator[Try]:
    """Of two columns of the row: arrival less departure, delayed of all."""
    for row in rows.nonzero()[0]:
        yield from _of_columns(claim, table, int(row), around)


def _of_columns(claim: Claim, table: Shown, row: int, around: str) -> Iterator[Try]:
    columns = [one for one in table.measures if one.numbers is not None][:7]
    for first, second in combinations(columns, 2):
        assert first.numbers is not None
        assert second.numbers is not None
        a, b = float(first.numbers[row]), float(second.numbers[row])
        is_alike = bool((first.words & second.words) - GENERIC)
        if claim.is_percent and (_is_mean(first) or _is_mean(second)):
            is_alike = False
        is_part = claim.is_percent or claim.unit == "times"
        is_share = is_part and first.is_whole and second.is_whole
        if not (is_alike or is_share):
            continue
        said = f"{first.name} and {second.name} in step {table.step}"
        places = tuple(Place(table.step, table.tool_call_id, one.name, row) for one in (first, second))
        yield from _of_pair(claim, a, b, around, said, places, chance=1)
    for column in columns:
        assert column.numbers is not None
        value = float(column.numbers[row])
        has_shares = bool(column.words & {"percent", "share", "rate", "ratio"})
        if claim.is_percent and has_shares and _REST.search(around):
            whole = 1.0 if abs(value) <= 1 else 100.0
            yield Try(
                100 * (whole - value) / whole,
                f"all but {column.name} in step {table.step}",
                (place_of(table, column, row),),
            )


def _of_all_rows(claim: Claim, evidence: Evidence) -> Iterator[Try]:
    """Of a whole column: its sum, mean, median, spread, the sum and share of its top rows."""
    around = evidence.around(claim)
    for table in evidence.results.tables:
        if table.is_text or not table.measures or counts_labels(claim, table):
            continue
        if len(_numbers_of(table.measures[0])) == 1:
            yield from _of_columns(claim, table, 0, around)
            continue
        named = evidence.named(claim, table)
        if named.hold == "firm" and not _OVER_ALL.search(_close_to(claim, evidence)):
            continue
        wanted = [one for one in _wanted(claim, evidence, table) if not (claim.is_percent and _is_mean(one))]
        for column in wanted or _wanted(claim, evidence, table):
            is_many = len(wanted) > 1
            is_firm = named.hold == "firm"
            yield from _of_column(claim, table, column, around, is_named=is_firm, is_one_of_many=is_many)


def _close_to(claim: Claim, evidence: Evidence) -> str:
    """The words right beside a number."""
    part = claim.part
    return evidence.text[max(part.start, claim.start - 50) : min(part.end, claim.end + 40)]


def _numbers_of(column: Column) -> Any:
    assert column.numbers is not None
    return column.numbers


def _of_column(
    claim: Claim, table: Shown, column: Column, around: str, *, is_named: bool, is_one_of_many: bool
) -> Iterator[Try]:
    import numpy as np

    numbers = column.numbers[np.isfinite(column.numbers)] if column.numbers is not None else np.array([])
    if len(numbers) < 2:
        return
    said = f"{column.name} over {len(numbers)} rows in step {table.step}"
    place = (Place(table.step, table.tool_call_id, column.name),)
    total = float(numbers.sum())
    if not claim.is_percent and not _is_mean(column) and _SUM.search(around):
        yield Try(total, f"sum of {said}", place)
    if _MEAN.search(around):
        scale = 100.0 if claim.is_percent and np.abs(numbers).max() <= 1 else 1.0
        yield Try(scale * total / len(numbers), f"average of {said}", place)
        yield from _weighted(claim, table, column, place)
    if _MEDIAN.search(around):
        yield Try(float(np.median(numbers)), f"median of {said}", place)
    yield from _of_top(claim, numbers, total, around, said, place, column, is_one_of_many=is_one_of_many)
    if is_named:
        return
    for first, second in (
        ((numbers[0], numbers[-1]), (numbers.min(), numbers.max())) if _GAP.search(around) else ()
    ):
        yield from _of_pair(claim, float(first), float(second), around, said, place, chance=1, is_part=False)
    if claim.is_percent and total and _SHARE.search(around) and not _is_mean(column):
        yield Try(100 * float(numbers[0]) / total, f"share of the first row of {said}", place)
        yield Try(100 * float(numbers.max()) / total, f"share of the highest of {said}", place)
    if re.search(r"\bper day|daily|a day\b", around, re.I):
        yield from (Try(total / days, f"{said}, by {days} days", place) for days in (365, 366))


def _weighted(claim: Claim, table: Shown, column: Column, place: tuple[Place, ...]) -> Iterator[Try]:
    """The mean over all that the rows count: each row's mean by how many it has."""
    import numpy as np

    if not _is_mean(column) or column.numbers is None:
        return
    weights = [one for one in table.measures if one.is_whole and one is not column and not _is_mean(one)]
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

    for match in islice(_TOP.finditer(around), 3):
        word = (match["n"] or match["n2"]).casefold()
        count = int(word) if word.isdigit() else WORDS[word]
        if not 1 < count <= len(numbers):
            continue
        for top, fits_word in _tops(numbers, count, match[0]):
            chance = int(not fits_word or is_one_of_many)
            if claim.is_percent and total and not _is_mean(column):
                yield Try(100 * float(top.sum()) / total, f"share of {count} rows of {said}", place, chance)
            elif not _is_mean(column):
                yield Try(float(top.sum()), f"sum of {count} rows of {said}", place, chance)
            if _MEAN.search(around) and not claim.is_percent:
                yield Try(float(top.mean()), f"average of {count} rows of {said}", place, chance)


def _tops(numbers: np.ndarray[Any, Any], count: int, words: str) -> Iterator[tuple[Any, bool]]:
    """The rows that "top 3" may mean, and whether the words mean them."""
    import numpy as np

    ordered = np.sort(numbers)
    is_low = bool(re.search(r"bottom|worst|lowest|smallest|fewest|shortest|least", words, re.I))
    yield ordered[::-1][:count], not is_low
    yield ordered[:count], is_low
    yield numbers[:count], bool(re.search(r"first|top", words, re.I))


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
            yield from _of_pair(claim, a, b, around, said, (place_a, place_b), chance=1)


def _named_values(claim: Claim, evidence: Evidence) -> Iterator[tuple[float, Place]]:
    for table in evidence.results.tables:
        named = evidence.named(claim, table)
        if table.is_text or named.hold == "none" or named.rows is None:
            continue
        for column in _wanted(claim, evidence, table):
            only = _only(column, named.rows)
            if only is not None:
                yield only[0], place_of(table, column, only[1].row)


def _is_mean(column: Column) -> bool:
    """Whether sums of the column say nothing: means, shares, extremes."""
    return bool(
        column.words
        & {"mean", "median", "percent", "share", "rate", "ratio", "minimum", "maximum", "deviation"}
    )
