"""For each what: groups, and conditions on how many rows a group has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.conditions import measured_tables
from rasgo_nb.agent.models.offline.draft import Draft, display_columns, key_column
from rasgo_nb.agent.models.offline.events import bring_in_events
from rasgo_nb.agent.models.offline.plan import Aggregate, Grain, Having, Operator, Term
from rasgo_nb.agent.models.offline.reading import COL, NAME, NUM, TAKEN, VAL, Reading

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Column, Table

_OPERATORS: dict[str, Operator] = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<=", "EQ": "="}
_TIMES = {"once": 1, "twice": 2, "thrice": 3, "one": 1}
_AGGREGATING = (
    r"HOWMANY|COUNTOF|A\d+|average|mean|avg|total|sum|maximum|minimum|max|"
    r"min|count|highest|lowest|largest|smallest|greatest|oldest|youngest|"
    r"longest|shortest|most|least|share|percentage|proportion|percent|fraction|"
    r"monthly|yearly|daily|weekly|trend|busiest"
)
_GRAINS: dict[str, Grain] = {
    "year": "year", "years": "year", "yearly": "year", "annual": "year", "annually": "year", "month": "month",
    "months": "month", "monthly": "month", "quarter": "quarter", "quarterly": "quarter", "week": "week",
    "weekly": "week", "day": "day", "daily": "day", "date": "day", "trend": "month", "weekday": "weekday",
    "hour": "hour", "hourly": "hour",
}  # fmt: skip


def read_groups(reading: Reading, draft: Draft) -> None:
    """Move "for each" phrases and conditions on counts into the draft."""
    _having(reading, draft)
    if (
        re.search(rf" (?:{_AGGREGATING})(?= )", reading.text)
        or draft.having
        or any(isinstance(one.expression, Aggregate) for one in draft.order)
    ):
        _each(reading, draft)
        _by(reading, draft)
        _grains(reading, draft)


def _having(reading: Reading, draft: Draft) -> None:
    times = (
        rf"(?:(?:in|for|on|by|to) )?(GT|GE|LT|LE|EQ|only|more than|at least|less "
        rf"than)?(?:~\w+)? ?({NUM}|once|twice|thrice|one)(?: (?:times?|occurrences)"
        rf")"
    )
    bare = r"(GT|GE|LE|LT|EQ|more than|at least|only) (once|twice|thrice)"
    for pattern in (times, bare):
        match = reading.take(pattern)
        if match:
            draft.having = Having(Aggregate("count"), _operator(match[1]), (_count(reading, match[2]),))
            _count_events(reading, draft)
            return
    pattern = (
        rf"(?:(?:with|have|has|had|having|by|in|of|from|for|contain|contains|"
        rf"made|taught|at|on|to) )*(GT|GE|LT|LE|EQ|only|more than)(?:~\w+)? ({NUM}|"
        rf"one) (?:(?:different|distinct|of|the|{VAL}) )*(?:COUNTOF )?({NAME})"
    )
    match = reading.find(pattern)
    if match is None or not _is_counted(reading, match[3]):
        return
    table = reading.table(match[3])
    if table is not None and table.name not in draft.tables:
        draft.tables.append(table.name)
    aggregate = Aggregate("count")
    if table is None:
        column = reading.column(match[3])
        aggregate = Aggregate("count", column, distinct=True)
    draft.having = Having(aggregate, _operator(match[1]), (_count(reading, match[2]),))
    kept = " ".join(re.findall(VAL, match[0]))
    reading.replace(match, f"{TAKEN} {kept}" if kept else TAKEN)


def _count_events(reading: Reading, draft: Draft) -> None:
    """Count rows of what happened, not of whom it happened to; the verb before "times" is then read."""
    verb = reading.find(rf"({NAME}) {TAKEN}")
    if verb and reading.mention(verb[1]).text.endswith("ed"):
        reading.replace(verb)
        bring_in_events(reading, draft, draft.subject)
    elif len(reading.tables) <= 1:
        bring_in_events(reading, draft, draft.subject)


def _is_counted(reading: Reading, symbol: str) -> bool:
    mention = reading.mention(symbol)
    if mention.letter == "C":
        column = reading.column_among(mention.columns)
        return column.kind == "text" and not re.search(rf" {symbol} (?:is|are) ", reading.text)
    if mention.letter == "X":
        column = reading.column_among(mention.columns, reading.owner(symbol))
        return column.kind != "number" or column.is_identifier or column in reading.schema.pointing
    return True


def _operator(word: str | None) -> Operator:
    return _OPERATORS.get(
        {"only": "EQ", "more than": "GT", "at least": "GE", "less than": "LT"}.get(
            word or "EQ", word or "EQ"
        ),
        "=",
    )


def _count(reading: Reading, symbol: str) -> object:
    return _TIMES[symbol] if symbol in _TIMES else reading.mention(symbol).value


def _each(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"(?:(?:for|in|of|by|from|at|on|with|to|within|across|under|does|do|"
        rf"did|and|belong|per|grouped by) )*(?:each|every|per|grouped by|group "
        rf"by|for different|with different|with each|of different|by different|across different)(?: (?:of|"
        rf"the|different|distinct|single|unique|type of|kind of))* ({NAME})((?: "
        rf"(?:and|,|and each|and the|, and) {NAME})*)"
    )
    while match := reading.find(pattern):
        keep = reading.mention(match[1]).letter != "T" and re.match(
            rf" (?:(?:'|\u2019)(?: s)? )?{COL} ", reading.text[match.end(1) :]
        )
        if keep and reading.mention(match[1]).letter == "X" and reading.mention(match[1]).tables:
            _group_by_table(draft, reading.table(match[1]))
            reading.replace(match, f"{TAKEN}{match[2]}")
            continue
        _group_by(reading, draft, match[1])
        rest = match[2]
        if rest and not re.search(r" (?:of|for|in) (?:each|every) ", match[0]):
            for symbol in re.findall(NAME, rest):
                _group_by(reading, draft, symbol)
            rest = ""
        reading.replace(match, f"{TAKEN}{rest}")


def _by(reading: Reading, draft: Draft) -> None:
    pattern = (
        rf"(?:broken down by|split by|for the different|(?<!ed )by) (?:the )?({NAME})"
        rf"((?: (?:and|,|and by|by) {NAME})*)(?= (?:[?.,]|and|in|for|over|from|"
        rf"$|{TAKEN}|{VAL}|where|with))"
    )
    while match := reading.find(pattern):
        before = re.search(rf" ({NAME}) $", reading.text[: match.start()])
        if before and reading.mention(before[1]).text.endswith(("ed", "en")):
            return
        for symbol in (match[1], *re.findall(NAME, match[2])):
            _group_by(reading, draft, symbol)
        reading.replace(match)


def _group_by(reading: Reading, draft: Draft, symbol: str) -> None:
    mention = reading.mention(symbol)
    if mention.columns and not (mention.letter == "X" and _is_entity(reading, symbol)):
        column = reading.column(symbol)
        grain = _grain_said(reading, symbol, column)
        column, grain = _own_date(reading, mention.text, column) or (column, grain)
        if Term(column, grain) not in draft.group:
            draft.group.append(Term(column, grain))
        return
    _group_by_table(draft, reading.table(symbol))


def _own_date(reading: Reading, said: str, column: Column) -> tuple[Column, Grain] | None:
    """The year of a date of the tables that are named, before a year of another table."""
    grain = _GRAINS.get(said.casefold(), "")
    tables = dict.fromkeys([*measured_tables(reading), *reading.tables])
    if not grain or said.casefold() == "date" or column.table in {table.name for table in tables}:
        return None
    dated = next((one for table in tables for one in table.columns if one.kind == "date"), None)
    return (dated, grain) if dated is not None else None


def _is_entity(reading: Reading, symbol: str) -> bool:
    """True where a word that names a table and a column means the table."""
    mention = reading.mention(symbol)
    column = reading.column_among(mention.columns)
    table = mention.tables[0][1]
    if key_column(table) in reading.schema.pointing:
        return False
    if column.table == table.name and column in (key_column(table), *display_columns(table, reading.schema)):
        return mention.tables[0][0] >= mention.columns[0][0] - 0.1
    return column in reading.schema.pointing and mention.tables[0][0] >= 0.9


def _group_by_table(draft: Draft, table: Table | None) -> None:
    if table is None:
        return
    if table.name not in draft.tables:
        draft.tables.append(table.name)
    key = key_column(table)
    draft.group.append(Term(key))
    draft.entities.append(key)


def _grain_said(reading: Reading, symbol: str, column: Column) -> Grain:
    word = reading.mention(symbol).text.casefold().split()[-1]
    return _GRAINS.get(word, "") if column.kind == "date" and word != "date" else ""


def _grains(reading: Reading, draft: Draft) -> None:
    """Months, years and weekdays of a date, where no column is called so."""
    if any(isinstance(one, Term) and one.grain for one in draft.group):
        return
    words = "|".join(_GRAINS)
    match = reading.find(
        rf"(?:by|per|each|every|over the|of the|in each|for each|for every) ({words})"
        rf"|{TAKEN} (?:and|,) ({words})(?! of)"
        rf"|over (time|the year|the years)|(monthly|yearly|annual|quarterly|weekly|"
        rf"daily|hourly|trend)"
    )
    if match is None:
        return
    column = _time_column(reading, draft)
    if column is None:
        return
    said = next(part for part in match.groups() if part)
    draft.group.append(Term(column, _GRAINS.get(said, "month")))
    reading.replace(match)


def _time_column(reading: Reading, draft: Draft) -> Column | None:
    tables = dict.fromkeys(
        [
            *measured_tables(reading),
            *([draft.subject] if draft.subject else []),
            *reading.tables,
            *(reading.schema.by_name[name] for name in draft.used()),
        ]
    )
    dated = [
        column for table in tables for column in table.columns if column.kind == "date" or column.is_dated
    ]
    return dated[0] if dated else None


def show_groups(reading: Reading, draft: Draft) -> None:
    """Show what the groups are, unless the question shows columns of their table already."""
    for group in list(draft.group):
        if not isinstance(group, Term) or group in draft.select:
            continue
        table = reading.schema.table_of(group.column)
        shown = [one for one in draft.select if isinstance(one, Term) and one.column.table == table.name]
        if group.column not in draft.entities:
            draft.select.insert(0, group)
        elif not shown:
            draft.select[:0] = [Term(column) for column in display_columns(table, reading.schema)]


def group_by_shown(reading: Reading, draft: Draft) -> None:
    """Group by what is shown beside aggregates, and by its table's key where another table is counted."""
    counted = any(
        isinstance(one, Aggregate) for one in (*draft.select, *(order.expression for order in draft.order))
    )
    if not (counted or draft.having):
        return
    shown = [one for one in draft.select if isinstance(one, Term)]
    for one in shown:
        if one not in draft.group:
            draft.group.append(one)
    _add_key(reading, draft, shown)


def _add_key(reading: Reading, draft: Draft, shown: list[Term]) -> None:
    others = {*draft.tables, *draft.used()}
    for table in {one.column.table for one in shown}:
        key = key_column(reading.schema.by_name[table])
        names = display_columns(reading.schema.by_name[table], reading.schema)
        if (
            others - {table}
            and any(one.column in names for one in shown)
            and key.is_identifier
            and Term(key) not in draft.group
        ):
            draft.group.append(Term(key))
