"""How tables join: the shortest ways along keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from rasgo_nb.agent.models.offline.schema import Column, Key, Schema


@dataclass(frozen=True, slots=True)
class Join:
    """A table that is added, by equating its column with one of a table that is there already."""

    table: str
    column: Column
    known: Column


def join_tables(
    schema: Schema, tables: Iterable[str], hints: Collection[str] = ()
) -> tuple[Join, ...] | None:
    """The joins that bring all tables together, the first table being there; None where keys don't reach.

    Of several keys between two tables the one is taken whose words are among the hints.
    """
    wanted = list(dict.fromkeys(tables))
    reached, joins = wanted[:1], list[Join]()
    while missing := [table for table in wanted if table not in reached]:
        path = _shortest(schema, reached, set(missing), hints)
        if path is None:
            return None
        joins += path
        reached += [join.table for join in path]
    return tuple(joins)


def distance(schema: Schema, one: str, other: str) -> int:
    """How many joins are between two tables; 9 where keys don't reach."""
    joins = join_tables(schema, (one, other))
    return 9 if joins is None else len(joins)


def _shortest(schema: Schema, start: list[str], goals: set[str], hints: Collection[str]) -> list[Join] | None:
    paths: dict[str, list[Join]] = {table: [] for table in start}
    frontier = list(start)
    while frontier:
        following: list[str] = []
        for table in frontier:
            for key in sorted(schema.keys_of(table), key=lambda key: -_weight(key, hints)):
                join = _step(key, table)
                if join.table in paths:
                    continue
                paths[join.table] = [*paths[table], join]
                following.append(join.table)
        ready = [table for table in following if table in goals]
        if ready:
            return min((paths[table] for table in ready), key=len)
        frontier = following
    return None


def _step(key: Key, table: str) -> Join:
    if key.column.table == table:
        return Join(key.referenced.table, key.referenced, key.column)
    return Join(key.column.table, key.column, key.referenced)


def _weight(key: Key, hints: Collection[str]) -> float:
    said = max(
        (likeness(hint, word) for hint in hints for word in key.column.words if word != "id"), default=0.0
    )
    return said + (0.5 if key.declared else 0.0)
