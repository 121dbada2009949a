"""Which rows: comparisons, values, texts that contain something, missing values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.lexicon import AGGREGATES, MONTHS, WEEKDAYS
from rasgo_nb.agent.models.offline.plan import Aggregate, AnyOf, Condition, Grain, Nested, Operator, Plan
from rasgo_nb.agent.models.offline.reading import COL, DET, NAME, NUM, TAKEN, VAL, Reading
from rasgo_nb.agent.models.offline.texts import FILL, NOT, read_patterns, read_texts
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.draft import Draft
    from rasgo_nb.agent.models.offline.linking import Mention
    from rasgo_nb.agent.models.offline.schema import Column, Table

_OPERATORS: dict[str, Operator] = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<=", "EQ": "=", "NE": "!="}
_NEGATED: dict[str, Operator] = {
    "=": "!=",
    ">": "<=",
    "<": ">=",
    ">=": "<",
    "<=": ">",
    "like": "not like",
    "between": "between",
}
_COMPARE = r"(GT|LT|GE|LE|EQ|NE)(~\w+)?"
_UNIT = (
    r"(?: (?:years?|days?|dollars|usd|percent|%|million|billion|thousand|"
    r"hours?|minutes?|seconds?|inches|feet|meters|km|miles|pounds|kg|cm|"
    r"mm|square|credits|points?|times)(?= ))*"
)


def read_conditions(reading: Reading, draft: Draft) -> None:
    """Move all conditions on rows from the question into the draft."""
    for rule in (
        _months,
        _weekdays,
        _averages,
        read_patterns,
        _ranges,
        _comparisons,
        _missing,
        _flags,
        read_texts,
        _counted_numbers,
        _equal_numbers,
        _loose_numbers,
    ):
        rule(reading, draft)


def _months(reading: Reading, draft: Draft) -> None:
    match = reading.find(
        rf"(?:in|during|for|of) ({'|'.join(word for word in MONTHS if word != 'sept')})(?: (?:of )?({NUM}))?"
    )
    if match is None:
        return
    subject = [draft.subject] if draft.subject else []
    tables = dict.fromkeys([*measured_tables(reading), *subject, *reading.tables])
    columns = [column for table in tables for column in table.columns]
    month = next(
        (column for column in columns if column.words == ("month",) and column.kind == "number"), None
    )
    dated = next((column for column in columns if column.is_dated), None)
    if month is not None:
        draft.where.append(Condition(month, "=", (MONTHS[match[1]],), words=match[1]))
    elif dated is not None:
        draft.where.append(Condition(dated, "=", (MONTHS[match[1]],), grain="month of year", words=match[1]))
    else:
        return
    reading.replace(match, f"{TAKEN} in {match[2]}" if match[2] else TAKEN)


def _weekdays(reading: Reading, draft: Draft) -> None:
    """On Fridays: a date's day of the week, where no column holds such a word."""
    match = reading.find(rf"(?:on|during|for) (?:a |the )?({'|'.join(sorted(WEEKDAYS))})s?")
    tables = [*measured_tables(reading), *([draft.subject] if draft.subject else []), *reading.tables]
    dated = next((column for table in tables for column in table.columns if column.kind == "date"), None)
    if match is None or dated is None:
        return
    condition = Condition(dated, "=", (match[1].capitalize(),), grain="weekday", words=match[0])
    draft.where.append(condition)
    reading.replace(match)


def _averages(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"(?:({COL}) {FILL})?{_COMPARE} {DET}(?:average|mean|avg|overall average|"
        rf"average of|mean of)(?: (?:of )?{DET}({COL}))?(?: (?:of|for|across|"
        rf"among) {DET}{NAME})?"
    )
    while match := reading.take(pattern):
        column = _averaged(reading, match)
        if column is None:
            reading.unplaced.append("the average")
            return
        draft.where.append(
            Condition(
                column,
                _OPERATORS[match[2]],
                (Nested(Plan((Aggregate("avg", column),))),),
                words="the average",
            )
        )


def _averaged(reading: Reading, match: re.Match[str]) -> Column | None:
    symbol = match[4] or match[1]
    if symbol:
        return reading.column(symbol)
    return reading.measure(match[3][1:], reading.tables) if match[3] else None


def _ranges(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"(?:({COL}) {FILL})?({NOT} )?(?:in the range )?BETWEEN ({NUM}|{VAL})"
        rf" ({NUM}|{VAL}){_UNIT}(?: ({COL}))?"
    )
    while match := reading.find(pattern):
        low, high = (reading.mention(match[one]) for one in (3, 4))
        symbol = match[1] or match[5]
        column = reading.column(symbol) if symbol else _column_for(reading, draft, low.value)
        reading.replace(match)
        if column is not None and match[2] is None:
            grain = _grain(column, low.value)
            draft.where.append(
                Condition(column, "between", (low.value, high.value), grain=grain, words=match[0])
            )
        else:
            reading.give_up(match)


def _comparisons(reading: Reading, draft: Draft) -> None:
    before = (
        rf"({COL}) {FILL}(?:{NOT} )?{_COMPARE} ({NUM}|{VAL}){_UNIT}(?: (?:or|"
        rf"and) {_COMPARE} ({NUM}|{VAL}))?"
    )
    after = rf"{_COMPARE} ({NUM}){_UNIT}(?: (?:of|in|different|the))*? ({COL})"
    while match := reading.find(rf"(after|before|above|below|over|under) {DET}({COL}) ({NUM})"):
        operator = "GT" if match[1] in ("after", "above", "over") else "LT"
        draft.where.append(
            _comparison(reading.column(match[2]), operator, reading.mention(match[3]), match[0])
        )
        reading.replace(match)
    while match := reading.find(after):
        column = reading.column(match[4])
        if column.kind != "number":
            break
        draft.where.append(_comparison(column, match[1], reading.mention(match[3]), match[0]))
        reading.replace(match)
    while match := reading.find(before):
        column = reading.column(match[1])
        if match[1][0] == "X" and column.kind == "text" and not column.is_dated:
            break
        conditions = [_comparison(column, match[2], reading.mention(match[4]), match[0])]
        if match[5]:
            conditions.append(_comparison(column, match[5], reading.mention(match[7]), match[0]))
        draft.where += [AnyOf(tuple(conditions))] if " or " in match[0] else conditions
        reading.replace(match)


def _grain(column: Column, value: object) -> Grain:
    """Whole years are compared with the year of a date."""
    return "year" if column.is_dated and isinstance(value, int) and 1000 <= value <= 2100 else ""


def _comparison(column: Column, operator: str, mention: Mention, words: str) -> Condition:
    value = mention.value
    grain = _grain(column, value)
    return Condition(column, _OPERATORS[operator], (value,), grain=grain, words=words)


def _loose_numbers(reading: Reading, draft: Draft) -> None:
    pattern = rf"(?:({NAME}) )?(?:(?:is|are|was|were|that|who) )*((?:{NOT}) )?{_COMPARE} ({NUM}|{VAL}){_UNIT}"
    while match := reading.find(pattern):
        mention = reading.mention(match[5])
        column = _measured(reading, draft, match[4][1:]) if match[4] else None
        column = column or _column_for(reading, draft, mention.value)
        reading.replace(match, match[1] or TAKEN)
        if column is not None:
            flipped = _is_flipped(column, match[4])
            operator = {"GT": "LT", "LT": "GT"}.get(match[3], match[3]) if flipped else match[3]
            condition = _comparison(column, operator, mention, match[0])
            draft.where.append(
                replace(condition, operator=_NEGATED[condition.operator]) if match[2] else condition
            )
        else:
            reading.give_up(match)
    pattern = rf"(?:(?:in|on|during|since|of|from|for|by) )(?:the )?(?:year )?({NUM})"
    while match := reading.find(pattern):
        mention = reading.mention(match[1])
        column = _column_for(reading, draft, mention.value)
        reading.replace(match)
        if column is not None:
            operator = "GE" if match[0].startswith("since") else "EQ"
            draft.where.append(_comparison(column, operator, mention, match[0]))
        else:
            reading.give_up(match)


def _is_flipped(column: Column, adjective: str | None) -> bool:
    """Older than means an earlier birth, and an age that is higher."""
    return adjective in ("~old", "~young") and (
        column.is_dated or "year" in column.words or "birth" in column.words
    )


def _measured(reading: Reading, draft: Draft, adjective: str) -> Column | None:
    tables = [*([draft.subject] if draft.subject else []), *reading.tables]
    return reading.measure(adjective, tables or reading.schema.tables)


def _column_for(reading: Reading, draft: Draft, value: object) -> Column | None:
    """The column that a lone value belongs to: a year or a date of the tables that are named."""
    subject = [draft.subject] if draft.subject else []
    tables = [*measured_tables(reading), *subject, *reading.tables]
    used = [reading.schema.by_name[name] for name in draft.used()]
    for table in dict.fromkeys([*tables, *used]):
        dated = [column for column in table.columns if _holds(column, is_year=_is_year(value), value=value)]
        if dated:
            return max(dated, key=lambda column: (_said_nearby(reading, column), "year" in column.words))
    return None


def _is_year(value: object) -> bool:
    return isinstance(value, int) and 1000 <= value <= 2100


def measured_tables(reading: Reading) -> list[Table]:
    """The table whose numbers are summed or averaged: "in 2017" is said of those."""
    match = reading.find(rf"(?:{'|'.join(AGGREGATES)}) {DET}({COL})")
    return [reading.schema.table_of(reading.column(match[1]))] if match else []


def _holds(column: Column, *, is_year: bool, value: object) -> bool:
    words = column.words
    if is_year:
        return (
            "year" in words
            or column.is_dated
            or words[-1] in ("founded", "built", "opened", "season", "yearid")
        )
    return isinstance(value, str) and (column.is_dated or "date" in words)


def _said_nearby(reading: Reading, column: Column) -> float:
    said = [token.lemma for token in reading.tokens if token.kind == "word"]
    return max(
        (likeness(word, part) for word in said for part in column.words if part not in ("date", "year")),
        default=0.0,
    )


def _missing(reading: Reading, draft: Draft) -> None:
    patterns: tuple[tuple[str, Operator], ...] = (
        ((rf"({COL}) (?:is|are|was|were) (?:missing|null|empty|unknown|not (?:available|"
        rf"known|given|recorded))"), "null"),
        ((rf"(?:missing|null|without|with no|no|(?:do|does|did|has|have) not have|"
        rf"have no|has no) {DET}(?:values? (?:for|in|of) )?(?:known |any |recorded "
        rf")?({COL})(?! (?:{VAL}|{NUM}|is|of|in))"), "null"),
        (rf"({COL}) (?:is|are) (?:not (?:missing|null|empty)|available|known|recorded)", "not null"),
    )  # fmt: skip
    for pattern, operator in patterns:
        while match := reading.find(pattern):
            if reading.mention(match[1]).letter == "X":
                break
            draft.where.append(Condition(reading.column(match[1]), operator, words=match[0]))
            reading.replace(match)


def _flags(reading: Reading, draft: Draft) -> None:
    """Customers who are active: a column that says yes or no."""
    while match := reading.find(
        rf"(?:who|that|which) (?:is|are|was|were) ({NOT} )?({COL})(?= (?:[?.,]|and|or|{TAKEN}))"
    ):
        column = reading.column(match[2])
        if column.kind not in ("boolean", "number") or any(
            value not in (0, 1, None) for value in column.sample
        ):
            return
        value: object = not match[1] if column.kind == "boolean" else int(not match[1])
        draft.where.append(Condition(column, "=", (value,), words=match[0]))
        reading.replace(match)


def _equal_numbers(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"({COL}) (?:(?:number|numbered|code|id|value) )?{FILL}({NOT} )?(?:EQ "
        rf")?({NUM})((?: (?:or|and|,) {NUM})*)(?! {NAME})"
    )
    while match := reading.find(pattern):
        column = reading.column(match[1])
        if " in " in match[0] and not _may_equal(column, reading.mention(match[3]).value):
            return
        numbers = [match[3], *re.findall(NUM, match[4])]
        operator: Operator = "!=" if match[2] else "="
        conditions = tuple(_equality(column, operator, reading.mention(number)) for number in numbers)
        draft.where += [AnyOf(conditions)] if len(conditions) > 1 and not match[2] else list(conditions)
        reading.replace(match)


def _may_equal(column: Column, value: object) -> bool:
    """Whether "COLUMN in NUMBER" compares them; the average delay in 2013 is said of a year."""
    if _is_year(value):
        return _holds(column, is_year=True, value=value)
    return column.kind != "text" or column.is_dated


def _counted_numbers(reading: Reading, draft: Draft) -> None:
    """Courses with 3 credits: the number comes before its column."""
    while match := reading.find(rf"(?:with|has|have|had|having|and) (?:EQ )?({NUM}) ({COL})"):
        column = reading.column(match[2])
        if column.kind != "number" or column.is_identifier:
            return
        draft.where.append(_equality(column, "=", reading.mention(match[1])))
        reading.replace(match)


def _equality(column: Column, operator: Operator, mention: Mention) -> Condition:
    value = mention.value
    grain = _grain(column, value)
    if column.kind == "text" and not grain:
        value = mention.text
    return Condition(column, operator, (value,), grain=grain, words=mention.text)
