"""Memories as facts, for the catalog's search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.catalog.facts import MEMORY, Fact, Origin
from rasgo_nb.connectors.base import TableName
from rasgo_nb.memory.memory import SHARED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from rasgo_nb.memory.memory import Memory, Scope

SOURCE = MEMORY
SCOPES: tuple[Scope, ...] = ("me", "connection", "team")  # a notebook's are for its own questions alone


def as_facts(
    memories: Iterable[Memory],
    named: Callable[[str], Sequence[TableName]],
    *,
    connection: str = "",
    scopes: Collection[Scope] = SCOPES,
) -> list[Fact]:
    """The facts of those memories that speak of a connection, or of no connection in particular.

    ``named`` finds the tables of a name, as ``Store.named``. ``Origin.place`` is the memory's id.
    """
    return [
        as_fact(memory, named)
        for memory in memories
        if memory.scope in scopes and memory.connection in ("", connection)
    ]


def as_fact(memory: Memory, named: Callable[[str], Sequence[TableName]]) -> Fact:
    """A memory as a fact: of kind ``query`` where it has SQL, else ``note``."""
    tables = tuple(_table(name, named) for name in memory.tables)
    prefix = f"{memory.tables[0]}." if memory.tables else ""
    return Fact(
        "query" if memory.sql else "note",
        tables,
        Origin(SOURCE, memory.id, _author(memory), memory.at),
        text=memory.text,
        sql=memory.sql,
        columns=tuple(
            one.removeprefix(prefix) for one in memory.columns if prefix and one.startswith(prefix)
        ),
        is_verified=True,
    )


def _author(memory: Memory) -> str:
    place = SHARED.get(memory.scope, "")
    return f"{memory.author or 'someone'}, {place}" if place else memory.author


def _table(name: str, named: Callable[[str], Sequence[TableName]]) -> TableName:
    known = named(name)
    if known:
        return known[0]
    database, schema, table = ["", "", *name.split(".", 2)][-3:]  # gone, or of another database
    return TableName(database, schema, table)
