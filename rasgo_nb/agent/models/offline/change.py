"""Which groups got better or worse over time: the two halves of the period, and the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.conditions import read_conditions
from rasgo_nb.agent.models.offline.draft import Draft, display_columns
from rasgo_nb.agent.models.offline.lexicon import AGGREGATES, words_of
from rasgo_nb.agent.models.offline.plan import Aggregate, Beyond, Change, Function, Order, Plan, Term
from rasgo_nb.agent.models.offline.reading import DET, NAME, Reading

if TYPE_CHECKING:
    import re

    from rasgo_nb.agent.models.offline.schema import Column, Table

_BECAME = r"(?:got|get|gotten|getting|became|become|becoming|grew|grown|growing)"
_RISEN = words_of(
    "grew grown increased rose risen gained climbed increase grow rise gain higher slower larger"
)
_FALLEN = words_of(
    "fell fallen decreased declined dropped shrank decrease decline drop fall lower faster lost"
)
_WORSE = words_of("worse worsened deteriorated worsen deteriorate")
_BETTER = words_of("better improved improve")
_VERBS = "|".join(sorted(_RISEN | _FALLEN | _WORSE | _BETTER))
# Numbers of which less is better.
HARMS = words_of(
    "delay wait waiting cost error fault failure downtime loss complaint defect injury death killed late "
    "accident crime expense return refund churn debt"
)
_SUMMED = words_of("revenue sale turnover income profit spend spending total")


def read_change(reading: Reading, draft: Draft) -> Plan | Beyond | None:
    """The plan of a question such as "which stores grew most?"; None where it asks for no such change."""
    measured = rf"{DET}(?P<function>COUNTOF|average|mean|total|sum)? ?{DET}(?P<measure>{NAME})"
    link = r"(?:(?:the|most|least|more|at|in|on|with|by|their|its|of) )*"
    patterns = (
        rf"(?:which|what) (?P<group>{NAME}) (?:(?:have|has|had|are|is) )?(?:{_BECAME} )?"
        rf"(?P<way>{_VERBS})(?: {link}{measured})?",
        rf"(?:which|what) (?P<group>{NAME}) (?:['\u2019] )?(?:s |had |have |saw |with )?{measured} "
        rf"(?:(?:have|has|had) )?(?:{_BECAME} )?(?P<way>{_VERBS})(?: most| least)?",
    )
    for pattern in patterns:
        match = reading.find(pattern)
        if match:
            return _change(reading, draft, match)
    return None


def _change(reading: Reading, draft: Draft, match: re.Match[str]) -> Plan | Beyond:
    aggregate = _measure(reading, match)
    table = _table_read(reading, match, aggregate)
    if aggregate is None or table is None:
        return Beyond("it asks what changed, and I can't tell which number is meant")
    period = _period(table)
    if period is None:
        return Beyond(f"it asks for a change over time, and {table.short_name} has no date")
    group = _group(reading, match["group"], table)
    reading.replace(match)
    read_conditions(reading, draft)
    draft.tables.append(table.name)
    change = Change(aggregate, period, "change")
    halves = Change(aggregate, period, "first half"), Change(aggregate, period, "second half")
    return Plan(
        select=(group, *halves, change),
        tables=(table.name,),
        where=tuple(draft.where),
        group=(group,),
        order=(Order(change, descending=is_rise(match["way"], aggregate)),),
    )


def is_rise(way: str, aggregate: Aggregate) -> bool:
    """True where the word asks for numbers that rose; of harms, those that got worse."""
    harms = aggregate.column is not None and not HARMS.isdisjoint(aggregate.column.words)
    if way in _WORSE or way in _BETTER:
        return (way in _WORSE) == harms
    return way in _RISEN


def _measure(reading: Reading, match: re.Match[str]) -> Aggregate | None:
    symbol = match["measure"]
    if symbol is None:
        return Aggregate("count") if match["way"] in _RISEN | _FALLEN else None
    mention = reading.mention(symbol)
    if not mention.columns or match["function"] == "COUNTOF":
        return Aggregate("count")
    column = reading.column(symbol)
    if column.kind != "number" or column.is_identifier:
        return Aggregate("count") if mention.tables else None
    said = {*mention.text.casefold().split(), match["function"] or ""}
    default: Function = "avg" if _SUMMED.isdisjoint(said) else "sum"
    return Aggregate("sum" if AGGREGATES.get(match["function"] or "") == "sum" else default, column)


def _table_read(reading: Reading, match: re.Match[str], aggregate: Aggregate | None) -> Table | None:
    """The table whose numbers change: that of the measure, else one that points at the group's."""
    if aggregate is not None and aggregate.column is not None:
        return reading.schema.table_of(aggregate.column)
    if match["measure"]:
        return reading.table(match["measure"])
    own = reading.table(match["group"])
    pointing = [key.column.table for key in reading.schema.keys if own and key.referenced.table == own.name]
    return reading.schema.by_name[pointing[0]] if len(set(pointing)) == 1 else None


def _period(table: Table) -> Column | None:
    """The column that tells when: a date, else a number of months, else of years."""
    dated = next((column for column in table.columns if column.is_dated), None)
    numbered = [column for word in ("month", "year") for column in table.columns if column.words == (word,)]
    return dated or next(iter(numbered), None)


def _group(reading: Reading, symbol: str, table: Table) -> Term:
    """The column that names the groups: one of the table itself, else the name in the other table."""
    mention = reading.mention(symbol)
    own = [option for option in mention.columns if option[1].table == table.name]
    if own or not mention.tables:
        return Term(reading.column_among(own or mention.columns))
    return Term(display_columns(mention.tables[0][1], reading.schema)[0])
