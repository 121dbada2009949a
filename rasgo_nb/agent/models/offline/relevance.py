"""Which tables may hold the values that a question names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.reading import Reading
from rasgo_nb.agent.models.offline.values import Values

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Schema, Table

_MOST = 8
_CLOSE = 0.25  # of a column's score to the best one's


def relevant_tables(question: str, schema: Schema) -> tuple[Table, ...]:
    """The tables that the question names or takes columns from, then those one join away; at most 8."""
    reading = Reading.of(question, schema, Values())
    named = list(reading.tables)
    for mention in reading.mentions:
        best = max((score for score, _ in mention.columns), default=0.0)
        named += [schema.table_of(column) for score, column in mention.columns if score >= best - _CLOSE]
    names = {table.name for table in named}
    joined = {
        other
        for key in schema.keys
        for one, other in (
            (key.column.table, key.referenced.table),
            (key.referenced.table, key.column.table),
        )
        if one in names
    }
    near = [table for table in schema.tables if table.name in joined]
    return tuple(dict.fromkeys([*named, *near] or schema.tables))[:_MOST]
