"""The table of what happened to the rows of another: orders of customers, sales of products."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.words import stem

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.draft import Draft
    from rasgo_nb.agent.models.offline.reading import Reading
    from rasgo_nb.agent.models.offline.schema import Table


def bring_in_events(reading: Reading, draft: Draft, table: Table | None) -> None:
    """Join the table that is counted where a question counts what rows did: "customers who ordered twice".

    It points at the rows' own table; a verb of the question names it, else it is the one with the most rows.
    """
    if table is None:
        return
    schema = reading.schema
    pointing = [key.column.table for key in schema.keys_of(table.name) if key.referenced.table == table.name]
    events = [schema.by_name[name] for name in dict.fromkeys(pointing) if name != table.name]
    said = {stem(token.lower) for token in reading.tokens if token.kind == "word"}
    named = [one for one in events if any(stem(word) in said for word in one.words)]
    chosen = max(named or events, key=lambda one: one.rows or 0, default=None)
    if chosen is not None and chosen.name not in draft.tables:
        draft.tables.append(chosen.name)
