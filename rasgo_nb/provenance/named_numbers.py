"""Numbers that name: dates, years, times, ranks, and what the question or the query itself says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.provenance.arithmetic import columns_wanted
from rasgo_nb.provenance.evidence import Evidence, Match, ends_of, place_of
from rasgo_nb.provenance.provenance import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rasgo_nb.provenance.numbers import Claim
    from rasgo_nb.provenance.shown import Column, Shown

_LOW = re.compile(
    r"\b(?:low\w*|few\w*|small\w*|least|short\w*|last|bottom|cheap\w*|best|worst|punctual|reliable|early|earliest|"
    r"fast\w*|cold\w*|cool\w*|dri\w+|calm\w*|young\w*|old\w*|near\w*|light\w*|quiet\w*|less)\b",
    re.I,
)
ASKED = "a number of the question"
_LIMIT = re.compile(
    r"(?:more than|over|above|at least|exceed\w*|less than|fewer than|under|below|at most|within|up "
    r"to|than|top|"
    r"first|last|bottom|of|since|minimum|threshold|≥|>|<|≤|>=|by|between|and|after|before|past)[\s*_$(]*$",
    re.I,
)
_CONDITION = re.compile(r"\b(\w+) is[\s*_$]*$", re.I)


def named_number(claim: Claim, evidence: Evidence) -> Match | None:
    """What a date, year, time or rank stands for; of other numbers the question or query that says them."""
    named = in_label(claim, evidence)
    if named is not None:
        return named
    asked = _asked(claim, evidence)
    if asked is not None:
        return asked
    if claim.kind in ("date", "year"):
        return next(_in_dates(claim, evidence), None) or _in_code(claim, evidence)
    if claim.kind == "time":
        return next(_in_times(claim, evidence), None) or _in_code(claim, evidence)
    if claim.kind == "ordinal":
        return next(_ranks(claim, evidence), None)
    return _limit(claim, evidence) or _condition(claim, evidence)


def in_label(claim: Claim, evidence: Evidence) -> Match | None:
    """The digits of a label: "hour 8", "Boeing 737"."""
    for table in evidence.results.tables:
        for column, mentions in evidence.labels_of(table).mentions:
            for one in mentions:
                is_inside = one.start <= claim.start and claim.end <= one.end
                if is_inside and one.end - one.start > claim.end - claim.start and column.codes is not None:
                    return _name(table, column, evidence.text[one.start : one.end])
    return None


def _asked(claim: Claim, evidence: Evidence) -> Match | None:
    for one in evidence.asked:
        if one.kind == "date" and claim.kind in ("date", "year") and one.date[0] == claim.date[0] > 0:
            is_same = claim.kind == "year" or one.date == claim.date
        elif "year" in (one.kind, claim.kind):
            is_same = one.value == claim.value
        else:
            is_same = one.value == claim.value and one.is_percent == claim.is_percent
        if is_same:
            return Match("asked", ASKED, (), 2.8, claim.value)
    return None


def _in_dates(claim: Claim, evidence: Evidence) -> Iterator[Match]:
    year, month, day = claim.date
    for table in evidence.results.tables:
        for column in table.columns:
            for code, date in enumerate(column.dates):
                is_same = all(one in (0, other) for one, other in zip(claim.date, date, strict=True))
                if is_same and _is_of_row(claim, evidence, table, column, code):
                    yield _name(table, column, column.labels[code])
                    break
        keys = {column.name.casefold(): column for column in table.columns if column.is_key}
        if _has_keys(keys, year, month, day):
            yield Match(
                "counted", f"a date of a row in step {table.step}", (Place(table.step, table.tool_call_id),)
            )
        elif claim.kind == "year" and (_has_year(table, year) or _is_year_of(claim, evidence, table)):
            yield Match("counted", f"a year of step {table.step}", (Place(table.step, table.tool_call_id),))
        elif claim.kind == "date" and _is_label(table, claim):
            yield Match("counted", f"a date of step {table.step}", (Place(table.step, table.tool_call_id),))


def _is_of_row(claim: Claim, evidence: Evidence, table: Shown, column: Column, code: int) -> bool:
    """Whether the row that the sentence names has the date, where each row has one of its own."""
    named = evidence.named(claim, table)
    if named.hold != "firm" or named.rows is None or int(named.rows.sum()) != 1:
        return True
    if column.codes is None or column is table.labelled[0]:
        return True
    return bool((column.codes[named.rows] == code).any())


def _name(table: Shown, column: Column, value: str) -> Match:
    place = Place(table.step, table.tool_call_id, column.name, -1, value)
    return Match("counted", f"a {column.name} in step {table.step}", (place,))


def _has_keys(keys: dict[str, Column], year: int, month: int, day: int) -> bool:
    """Whether a row has these numbers in its columns year, month and day, as far as it has such."""
    mask = None
    for name, number in (("year", year), ("month", month), ("day", day)):
        column = keys.get(name)
        if column is None:
            if number and name != "year":
                return False
            continue
        assert column.numbers is not None
        if number:
            mask = (column.numbers == number) if mask is None else mask & (column.numbers == number)
    return mask is not None and bool(mask.any())


def _is_year_of(claim: Claim, evidence: Evidence, table: Shown) -> bool:
    """Whether the named row has the year in a column of years that is not named so: ``oldest``."""
    named = evidence.named(claim, table)
    for column in table.measures:
        assert column.numbers is not None
        there = column.numbers[column.numbers == column.numbers]
        if (
            named.hold == "firm"
            and named.rows is not None
            and (column.numbers[named.rows] == claim.value).any()
        ):
            return True
        if column.is_whole and len(there) and there.min() >= 1800 and there.max() <= 2100:
            ends = column.numbers[ends_of(column.numbers)]
            if named.hold != "firm" and (ends == claim.value).any():
                return True
    return False


def _has_year(table: Shown, year: int) -> bool:
    return any(
        column.numbers is not None and column.is_whole and bool((column.numbers == year).any())
        for column in table.columns
        if column.is_key or "year" in column.words or table.is_text
    ) or any(str(year) in label for column in table.columns for label in column.labels[:2_000])


def _is_label(table: Shown, claim: Claim) -> bool:
    year, month, day = claim.date
    texts = [f"{year:04}-{month:02}-{day:02}"] if day and year else [f"{year:04}-{month:02}"] if year else []
    return any(
        text in label
        for text in texts
        for column in table.columns
        if not column.dates
        for label in column.labels[:5_000]
    )


def _in_code(claim: Claim, evidence: Evidence) -> Match | None:
    """A date or year that the query itself names."""
    year, month, day = claim.date
    for step, call, code in evidence.results.code:
        if claim.kind == "year":
            is_there = bool(re.search(rf"(?<!\d){year}(?!\d)", code))
        elif claim.kind == "time":
            is_there = claim.text.strip() in code
        else:
            is_there = bool(year and day) and f"{year:04}-{month:02}-{day:02}" in code
            is_there |= bool(year and not day) and f"{year:04}-{month:02}" in code
            numbers = [rf"month\W{{1,6}}{month}\b"] + ([rf"day\W{{1,6}}{day}\b"] if day else [])
            is_there |= all(re.search(one, code, re.I) for one in numbers)
        if is_there:
            return Match(
                "asked", f"named by the query of step {step}", (Place(step, call),), 0.1, claim.value
            )
    return None


def _in_times(claim: Claim, evidence: Evidence) -> Iterator[Match]:
    """02:15 may be 215, a time of day, minutes of a day or an hour."""
    hours, minutes = divmod(int(claim.value), 60)
    clock = f"{hours:02}:{minutes:02}"
    for table in evidence.results.tables:
        for column in table.columns:
            if any(clock in label for label in column.labels[:5_000]):
                yield _name(table, column, clock)
            if column.numbers is None:
                continue
            is_hour = minutes == 0 and "hour" in column.words
            for number in (hours,) if is_hour else (hours * 100 + minutes, int(claim.value)):
                rows = (column.numbers == number).nonzero()[0]
                named = evidence.named(claim, table)
                if named.hold == "firm" and named.rows is not None and not column.is_key:
                    rows = [row for row in rows if named.rows[row]]
                if len(rows) and (number >= 100 or is_hour):
                    yield Match(
                        "found",
                        f"{column.name} in step {table.step}, as a time",
                        (place_of(table, column, int(rows[0])),),
                        1.0,
                        float(number),
                    )


def _ranks(claim: Claim, evidence: Evidence) -> Iterator[Match]:
    """The place of a named row in the order of one of its columns, or of the result."""
    import numpy as np

    for table in evidence.results.tables:
        named = evidence.named(claim, table)
        if named.rows is None or int(named.rows.sum()) != 1:
            continue
        row, place = int(np.flatnonzero(named.rows)[0]), int(claim.value)
        orders = [("its order", row)]
        for column in columns_wanted(claim, evidence, table):
            assert column.numbers is not None
            orders.append((column.name, int((column.numbers > column.numbers[row]).sum())))
            if _LOW.search(evidence.around(claim)):
                orders.append((column.name, int((column.numbers < column.numbers[row]).sum())))
        for name, before in orders:
            if before + 1 == place:
                yield Match(
                    "derived",
                    f"rank by {name} in step {table.step}",
                    (Place(table.step, table.tool_call_id, "", row),),
                    1.0,
                    claim.value,
                )


def _limit(claim: Claim, evidence: Evidence) -> Match | None:
    """A number of the query, said as the limit that it is: "more than 30 minutes", "the top 5"."""
    before = evidence.text[max(claim.part.start, claim.start - 24) : claim.start]
    if claim.value < 0 or not _LIMIT.search(before):
        return None
    wanted = re.compile(rf"(?<![\w.]){re.escape(f'{claim.value:.10g}')}(?![\w.])")
    for step, call, code in evidence.results.code:
        is_limit = re.search(r"(?:top|first|last|bottom)[\s*_]*$", before, re.I)
        for match in wanted.finditer(code):
            head = code[max(match.start() - 14, 0) : match.start()]
            if (
                re.search(r"limit\s+$|head\($|nlargest\($|top\s+$", head, re.I)
                if is_limit
                else re.search(r"(?:[<>]=?|between|and|=)\s*$", head, re.I)
            ):
                return Match(
                    "asked", f"a limit of the query of step {step}", (Place(step, call),), 0.1, claim.value
                )
    return None


def _condition(claim: Claim, evidence: Evidence) -> Match | None:
    """What the query asks a column to be, said so: "where month is 7"."""
    before = _CONDITION.search(evidence.text[claim.part.start : claim.start])
    if before is None:
        return None
    value = re.escape(f"{claim.value:.10g}")
    wanted = re.compile(rf"\b{re.escape(before[1])}\W{{0,2}}\s*==?\s*{value}(?![\w.])", re.I)
    for step, call, code in evidence.results.code:
        if wanted.search(code):
            said = f"a condition of the query of step {step}"
            return Match("asked", said, (Place(step, call),), 0.1, claim.value)
    return None
