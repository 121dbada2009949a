"""What the model knows of the database: tables, columns, keys; read from tool results."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Literal

from rasgo_nb.agent.models.offline.words import identifier_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Kind = Literal["number", "text", "date", "boolean", "other"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``sample`` holds the few values that were seen."""

    table: str
    name: str
    type: str
    comment: str = field(default="", compare=False)
    sample: tuple[object, ...] = field(default=(), compare=False, repr=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return identifier_words(self.name)

    @property
    def kind(self) -> Kind:
        """What its type holds."""
        return kind_of(self.type)

    @property
    def is_dated(self) -> bool:
        """True for dates, and for texts that hold ISO dates."""
        return self.kind == "date" or (self.kind == "text" and _is_iso(self.sample))

    @property
    def is_identifier(self) -> bool:
        """True where its name ends as those of identifiers do."""
        return self.words[-1] in ("id", "key", "code", "ids") or self.name.casefold().endswith("id")


@dataclass(frozen=True, slots=True)
class Table:
    """A table, or a DataFrame of the notebook."""

    name: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...] = ()
    rows: int | None = None
    comment: str = field(default="", compare=False)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of its name."""
        return identifier_words(self.short_name)

    @property
    def short_name(self) -> str:
        """The name without database and schema."""
        return self.name.rsplit(".", 1)[-1]

    def column(self, name: str) -> Column | None:
        """The column of that name, whatever the case."""
        wanted = name.casefold()
        return next((column for column in self.columns if column.name.casefold() == wanted), None)


@dataclass(frozen=True, slots=True)
class Key:
    """Two columns that a join may equate; ``column`` points at ``referenced``."""

    column: Column
    referenced: Column
    declared: bool = True


@dataclass(frozen=True)
class Schema:
    """Tables and the keys between them."""

    tables: tuple[Table, ...]
    keys: tuple[Key, ...] = ()

    @cached_property
    def by_name(self) -> dict[str, Table]:
        """The tables by their full names."""
        return {table.name: table for table in self.tables}

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns of all tables."""
        return tuple(column for table in self.tables for column in table.columns)

    def table_of(self, column: Column) -> Table:
        """The table that a column belongs to."""
        return self.by_name[column.table]

    def keys_of(self, table: str) -> tuple[Key, ...]:
        """The keys from and to a table."""
        return tuple(key for key in self.keys if table in (key.column.table, key.referenced.table))

    @cached_property
    def groups(self) -> tuple[frozenset[str], ...]:
        """The tables that keys join, directly or through others, group by group."""
        group_of = {table.name: {table.name} for table in self.tables}
        for key in self.keys:
            one, other = (group_of[column.table] for column in (key.column, key.referenced))
            if one is not other:
                one |= other
                group_of |= dict.fromkeys(other, one)
        return tuple(frozenset(one) for one in {id(group): group for group in group_of.values()}.values())

    @cached_property
    def pointing(self) -> frozenset[Column]:
        """The columns that point at another table."""
        return frozenset(key.column for key in self.keys)


@lru_cache(maxsize=1_000)
def kind_of(type_name: str) -> Kind:
    """What a database's type holds, by its name."""
    name = type_name.casefold()
    if any(part in name for part in ("date", "time", "timestamp")) and "interval" not in name:
        return "date"
    if "bool" in name:
        return "boolean"
    if any(part in name for part in ("int", "double", "float", "decimal", "numeric", "real", "number")):
        return "number"
    if any(part in name for part in ("char", "text", "string", "str", "enum", "clob", "object", "category")):
        return "text"
    return "other"


def infer_keys(tables: Iterable[Table], declared: Iterable[Key] = ()) -> tuple[Key, ...]:
    """Declared keys first, then those that names suggest between tables that no declared key joins."""
    tables = tuple(tables)
    keys = list(declared)
    joined = {frozenset((key.column.table, key.referenced.table)) for key in keys}
    pointing = {key.column for key in keys}
    targets = [(table, column) for table in tables for column in table.columns if is_main_key(column, table)]
    for table in tables:
        for column in table.columns:
            if column in pointing:
                continue
            target = _target(column, table, targets)
            if target is not None and frozenset((column.table, target.table)) not in joined:
                keys.append(Key(column, target, declared=False))
    return tuple(keys)


def _target(column: Column, home: Table, targets: Sequence[tuple[Table, Column]]) -> Column | None:
    options = [
        (score, target)
        for table, target in targets
        if table.name != home.name and (score := _key_likeness(column, home, target, table)) > 0
    ]
    return max(options, key=lambda option: option[0], default=(0.0, None))[1]


def _key_likeness(column: Column, home: Table, target: Column, table: Table) -> float:
    if column.kind in ("date", "boolean", "other") or target.kind in ("date", "boolean", "other"):
        return 0.0
    if column.kind != target.kind and column.name.casefold() != target.name.casefold():
        return 0.0
    if column.name.casefold() == target.name.casefold():
        generic = column.words in (("id",), ("name",), ("code",), ("year",))
        if _names(column, table) != _names(column, home):
            return 1.2 if _names(column, table) else 0.0
        if generic or (is_main_key(column, home) and len(home.columns) > len(table.columns)):
            return 0.0 if generic else 0.5
        return 1.0
    if not target.is_identifier:
        return 0.0
    if _names(column, table):
        return 0.9
    same = "".join(column.words) in _stems(table)
    return 0.6 if same and column.kind == "number" else 0.0


def _stems(table: Table) -> set[str]:
    return {"".join(table.words), table.words[-1]}


def _names(column: Column, table: Table) -> bool:
    """True for ``store_id`` and a table of stores."""
    ends = ("id", "key", "code", "no", "number")
    return "".join(column.words) in {one + end for one in _stems(table) for end in ends}


def is_main_key(column: Column, table: Table) -> bool:
    """True for the column that names a table's rows: the declared key, else the first column."""
    if table.primary_key:
        return table.primary_key == (column.name,)
    return (
        bool(table.columns)
        and table.columns[0].name == column.name
        and (column.is_identifier or column.kind == "text")
    )


def _is_iso(sample: tuple[object, ...]) -> bool:
    seen = [value for value in sample if isinstance(value, str)]
    return bool(seen) and all(
        len(value) >= 10 and value[:4].isdigit() and value[4] == "-" and value[5:7].isdigit()
        for value in seen
    )
