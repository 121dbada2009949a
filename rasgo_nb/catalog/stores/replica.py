"""Brings what a team has changed into the replica of this machine."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rasgo_nb.catalog.stores.sqlite_store_file import Damaged
from rasgo_nb.catalog.stores.sqlite_store_rows import unpacked_fact, unpacked_table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.stores.postgres_store import PostgresStore
    from rasgo_nb.catalog.stores.postgres_store_rows import Changes, TeamRows
    from rasgo_nb.connectors.base import TableDetail, TableName

# Of this person and machine alone; keys are told by the tables themselves.
OWN_SOURCES = frozenset(("memory", "runs", "keys", "synced"))
_AT_ONCE = 1_000  # tables of one transaction
_STATE = "pulled"


def pull(team: TeamRows, replica: PostgresStore) -> None:
    """Take in what has changed since the last time.

    What is interrupted is done again from its start: each part of it may be done twice.

    Raises
    ------
    TeamOutOfReach
        when the team's server cannot be asked.
    """
    since = replica.file.read(_pulled)
    changes = team.changes(since)
    if changes.generation == since:
        return
    _pull_tables(changes, replica)
    _pull_facts(changes, replica)
    replica.file.write(lambda link: _note_pulled(link, changes.generation))


def _pull_tables(changes: Changes, replica: PostgresStore) -> None:
    live = [(name, mark, detail) for name, mark, detail in changes.tables if detail is not None]
    for first in range(0, len(live), _AT_ONCE):
        some = _that_differ(replica, live[first : first + _AT_ONCE])
        replica.put_in_replica(_readable_tables(some))
    gone = [name for name, _, detail in changes.tables if detail is None]
    if changes.is_whole:
        gone += set(replica.names()).difference(name for name, _, _ in live)
    replica.drop_in_replica(gone)


def _that_differ(
    replica: PostgresStore, rows: Sequence[tuple[TableName, str, bytes]]
) -> list[tuple[TableName, str, bytes]]:
    """Those that are not held just so: what this machine has put itself comes back to it."""
    select = "SELECT mark, detail FROM tables WHERE (database, schema, name) = (?, ?, ?)"

    def held(link: sqlite3.Connection, name: TableName) -> object:
        return link.execute(select, (name.database, name.schema, name.table)).fetchone()

    return replica.file.read(lambda link: [row for row in rows if held(link, row[0]) != row[1:]])


def _readable_tables(rows: Iterable[tuple[TableName, str, bytes]]) -> list[tuple[TableDetail, str]]:
    tables = []
    for name, mark, detail in rows:
        with suppress(Damaged):  # as below
            tables.append((unpacked_table(name, detail), mark))
    return tables


def _pull_facts(changes: Changes, replica: PostgresStore) -> None:
    sources = {source for source, _, _ in changes.facts} - OWN_SOURCES
    if changes.is_whole:
        sources |= replica.file.read(_sources) - OWN_SOURCES
    for source in sorted(sources):
        held: dict[Fact, None] = {} if changes.is_whole else dict.fromkeys(replica.facts(source=source))
        for fact, is_gone in _of_source(changes, source):
            held.pop(fact, None) if is_gone else held.setdefault(fact)
        replica.put_facts_in_replica(source, held)


def _of_source(changes: Changes, source: str) -> Iterable[tuple[Fact, bool]]:
    """Those of a source; none that passes for what a person confirmed, or this machine saw itself."""
    for own, text, is_gone in changes.facts:
        if own == source:
            with suppress(Damaged):  # of another version, or not written by us: the file here is whole
                fact = unpacked_fact(text)
                if fact.origin.source not in OWN_SOURCES:
                    yield fact, is_gone


def _sources(link: sqlite3.Connection) -> set[str]:
    return {row[0] for row in link.execute("SELECT DISTINCT source FROM facts")}


def _pulled(link: sqlite3.Connection) -> int:
    row = link.execute("SELECT value FROM state WHERE name = ?", (_STATE,)).fetchone()
    return int(row[0]) if row else 0


def _note_pulled(link: sqlite3.Connection, generation: int) -> None:
    link.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (_STATE, generation))
