"""Rows that have none of something: without any, never, not in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.plan import Condition, Nested, Plan, Term
from rasgo_nb.agent.models.offline.reading import DET, TAB, Reading

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.draft import Draft
    from rasgo_nb.agent.models.offline.schema import Column, Schema, Table

_NONE = (
    r"(?:without|(?:do|does|did|have|has|had|is|are|was|were|be|been)(?: "
    r"not)(?: been| be| have| has| had| yet)*|have no|has no|had no|never(?: "
    r"had| been)?|not)"
)


def read_exclusions(reading: Reading, draft: Draft) -> None:
    """Move "without any T" and "never had a T" into the draft."""
    pattern = (
        rf"(?:(?:that|who|which) )?(?:(?:have|has|had) )?{_NONE}(?: (?!than|equal|"
        rf"in|at|from|C\d)[a-z]+)*? (?:(?:in|on|at|by|to|for|with) )?{DET}(?:single "
        rf")?({TAB})(?! (?:is|are|[CVQN]\d))"
    )
    match = reading.find(pattern)
    table = reading.table(match[1]) if match else None
    subject = draft.subject if draft.subject != table else _named_first(reading)
    if match is None or table is None or subject is None or table == subject:
        return
    link = _link(reading.schema, subject, table)
    if link is None:
        return
    own, other = link
    draft.where.append(Condition(own, "not in", (Nested(Plan((Term(other),))),), words=match[0]))
    reading.replace(match)


def _named_first(reading: Reading) -> Table | None:
    """The table of the first column that is named, where no table is."""
    options = next((mention.columns for mention in reading.mentions if mention.columns), ())
    return reading.schema.table_of(reading.column_among(options)) if options else None


def _link(schema: Schema, subject: Table, table: Table) -> tuple[Column, Column] | None:
    """The columns of two tables that a key equates, the subject's first."""
    for key in schema.keys_of(subject.name):
        if key.column.table == table.name:
            return key.referenced, key.column
        if key.referenced.table == table.name:
            return key.column, key.referenced
    return None
