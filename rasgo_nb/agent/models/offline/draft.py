"""A plan while the rules still add to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rasgo_nb.agent.models.offline.plan import AnyOf, Condition, Expression, Having, Order, Plan
from rasgo_nb.agent.models.offline.words import likeness

if TYPE_CHECKING:
    from rasgo_nb.agent.models.offline.schema import Column, Schema, Table


@dataclass
class Draft:
    """What the rules have found so far."""

    select: list[Expression] = field(default_factory=list)
    where: list[Condition | AnyOf] = field(default_factory=list)
    group: list[Expression] = field(default_factory=list)
    order: list[Order] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    having: Having | None = None
    limit: int | None = None
    distinct: bool = False
    star: str = ""
    subject: Table | None = None
    shown_too: list[Expression] = field(default_factory=list)
    entities: list[Column] = field(default_factory=list)
    combined: tuple[Literal["intersect", "except", "union"], Plan] | None = None

    def used(self) -> set[str]:
        """The tables of the columns so far."""
        expressions = [*self.select, *self.group, *(order.expression for order in self.order)]
        columns = [one.column for one in expressions if one.column is not None and one.column.table]
        return {column.table for column in (*columns, *self.conditions_columns())}

    def conditions_columns(self) -> list[Column]:
        """The columns that conditions test."""
        return [
            one.column
            for condition in self.where
            for one in (condition.conditions if isinstance(condition, AnyOf) else (condition,))
        ]


def display_columns(table: Table, schema: Schema) -> tuple[Column, ...]:
    """The columns that name a row to a person: a name, else first and last name, else the key."""
    named = [
        column
        for column in table.columns
        if column.words[-1] in ("name", "title") or column.name.casefold().endswith("name")
    ]
    own = [column for column in named if _is_own_name(column, table)]
    if own:
        return (own[0],)
    same = [column for column in table.columns if column.words == table.words and column.kind == "text"]
    if same:
        return (same[0],)
    parts = [
        column
        for column in named
        if column.words[0] in ("first", "last", "fname", "lname", "f", "l", "forename", "surname")
    ]
    if len(parts) == 2:
        return tuple(parts)
    free = [column for column in named if column not in schema.pointing]
    if free:
        return (free[0],)
    return (key_column(table),)


def _is_own_name(column: Column, table: Table) -> bool:
    if column.words in (("name",), ("title",), ("full", "name")):
        return True
    rest = column.words[:-1]
    return bool(rest) and all(any(likeness(word, part) >= 0.85 for part in table.words) for word in rest)


def key_column(table: Table) -> Column:
    """The column that tells the table's rows apart."""
    if len(table.primary_key) == 1:
        column = table.column(table.primary_key[0])
        if column is not None:
            return column
    return next((column for column in table.columns if column.is_identifier), table.columns[0])
