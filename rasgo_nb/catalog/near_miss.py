"""What would have been right: the nearest names for a wrong one, the real spellings of a text value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.catalog.search.catalog import Catalog, split_words
from rasgo_nb.connectors.nearest import nearest_names as nearest_names
from rasgo_nb.connectors.profile import profile_columns
from rasgo_nb.connectors.statement import Statement, TextFilter, any_row_with, read_statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rasgo_nb.connectors.base import Connection, TableDetail, TableName

_MAX_FILTERS = 8  # literals checked against real values, for one statement
_MAX_COLUMNS_READ = 2  # whose values are read through for want of a literal, for one statement
_USUAL_SCHEMAS = ("", "main", "public")  # those whose tables need no schema before their name
_RANKED_TWICE = 12  # tables with near names, which are told apart by their columns
_TEXT_TYPE = re.compile(r"(?i)(VAR|N|NVAR|BP)?CHAR(ACTER)?( VARYING)?(\(\d+\))?|TEXT|STRING|ENUM\(.*\)")


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A name in a statement that exists nowhere, and the nearest that do."""

    name: str
    nearest: tuple[str, ...]


def near_misses(
    statement: str, connection: Connection, catalog: Catalog, frames: Mapping[str, Sequence[str]]
) -> list[NearMiss]:
    """The wrong table and column names of a statement that failed, each with the nearest real ones.

    ``frames`` are the DataFrames that may stand for tables, with the names of their columns.
    """
    read = read_statement(statement, connection.dialect)
    known = {name.casefold(): columns for name, columns in frames.items()}
    columns_of: dict[str, list[str]] = {}
    misses = []
    for table in read.tables:
        detail = catalog.table(table)
        if detail is not None:
            columns_of[table] = [column.name for column in detail.columns]
            if "." not in table and detail.name.schema not in _USUAL_SCHEMAS:
                misses.append(NearMiss(table, (str(detail.name),)))
        elif table.casefold() in known:
            columns_of[table] = list(known[table.casefold()])
        elif catalog.has(table):
            misses.append(NearMiss(table, tuple(str(one.name) for one in catalog.named(table)[:3])))
        else:
            misses.append(NearMiss(table, tuple(nearest_tables(table, read, catalog, list(frames)))))
    return misses + _column_misses(read, columns_of)


def nearest_tables(name: str, read: Statement, catalog: Catalog, frames: Sequence[str] = ()) -> list[str]:
    """The tables and DataFrames that a wrong name may mean: those that have the statement's columns first."""
    names = {_short(one): one for one in catalog.names()}
    near = nearest_names(name, [*names, *frames], most=_RANKED_TWICE)
    asked = {column.casefold() for table, column in read.columns if table in ("", name)}
    details = catalog.store.details([names[one] for one in near if one in names])
    likely = {_short(one.name): _share(asked, one) for one in details}
    found = nearest_names(name, near, likely=likely)
    hits = [] if found else catalog.search(split_words(name), limit=3)
    return found or [_short(hit.table.name) for hit in hits if not hit.is_beside]


def _share(asked: set[str], detail: TableDetail) -> float:
    own = {column.name.casefold() for column in detail.columns}
    return len(asked & own) / len(asked) if asked else 0.0


def _column_misses(read: Statement, columns_of: Mapping[str, Sequence[str]]) -> list[NearMiss]:
    """Columns that no table of the statement has; a table that is wrong itself could have any."""
    every = [name for columns in columns_of.values() for name in columns]
    misses = []
    for table, column in read.columns:
        names = columns_of.get(table, ()) if table else [*every, *read.made]
        if names and column.casefold() not in {name.casefold() for name in names}:
            misses.append(NearMiss(column, tuple(nearest_columns(column, table, columns_of, read.made))))
    return misses


def nearest_columns(
    column: str, table: str, columns_of: Mapping[str, Sequence[str]], made: Sequence[str] = ()
) -> list[str]:
    """The columns that a wrong one may mean, of the table that it is written with or of all.

    One of just this name in another table of the statement goes first, after that table's name.
    """
    own = columns_of.get(table) or [*(name for names in columns_of.values() for name in names), *made]
    elsewhere = [
        f"{other.rpartition('.')[2]}.{name}"
        for other, names in columns_of.items()
        for name in names
        if table and other != table and name.casefold() == column.casefold()
    ]
    return [*elsewhere, *nearest_names(column, own)][:3]


def used_tables(statement: str, connection: Connection, catalog: Catalog) -> list[TableDetail]:
    """The tables of the catalog that a statement names."""
    found = [catalog.table(table) for table in read_statement(statement, connection.dialect).tables]
    return [detail for detail in found if detail is not None]


def literal_hints(statement: str, connection: Connection, catalog: Catalog) -> list[str]:
    """A sentence for each text that a statement filters by and that no row of the column holds.

    Finding that a text is there stops at its first row; only where one is not, its column is read through,
    once for all such texts.
    """
    read = read_statement(statement, connection.dialect)
    missing: dict[tuple[TableName, str], list[TextFilter]] = {}
    for text_filter in read.filters[:_MAX_FILTERS]:
        owner = _owner(text_filter, catalog)
        if owner is not None and not _is_held(text_filter, *owner, connection):
            missing.setdefault((owner[0].name, owner[1]), []).append(text_filter)
    return [
        hint
        for (table, column), filters in list(missing.items())[:_MAX_COLUMNS_READ]
        for hint in _hints(filters, table, column, connection)
    ]


def _owner(text_filter: TextFilter, catalog: Catalog) -> tuple[TableDetail, str] | None:
    """The one table whose text column the filter means, and that column; None where that is not sure."""
    owners = []
    for table in text_filter.tables:
        detail = catalog.table(table)
        if detail is None:  # a DataFrame, whose columns are not known here, may own it
            return None
        owners += [
            (detail, column)
            for column in detail.columns
            if column.name.casefold() == text_filter.column.casefold()
        ]
    if len(owners) != 1 or _TEXT_TYPE.fullmatch(owners[0][1].type) is None:
        return None
    return owners[0][0], owners[0][1].name


def _is_held(text_filter: TextFilter, detail: TableDetail, column: str, connection: Connection) -> bool:
    question = any_row_with(
        detail.name, column, text_filter.text, operator=text_filter.operator, dialect=connection.dialect
    )
    return len(connection.run_query(question).frame) > 0


def _hints(filters: Sequence[TextFilter], table: TableName, column: str, connection: Connection) -> list[str]:
    wanted = [_wanted(text_filter) for text_filter in filters]
    [profile] = profile_columns(connection, table, [column], look_for=[*filter(None, wanted)], top=50)
    values = [str(value) for value, _ in profile.top_values]
    hints = []
    for text_filter, text in zip(filters, wanted, strict=True):
        near = list(dict.fromkeys([*profile.found.get(text, ()), *nearest_names(text, values, most=5)]))[:5]
        offer = f"Nearest values: {', '.join(map(repr, near))}." if near else _for_example(values)
        hints.append(f"No row of {table} has {column} {text_filter.operator} {text_filter.text!r}. {offer}")
    return hints


def _wanted(text_filter: TextFilter) -> str:
    """The text without the wildcards of LIKE."""
    text = text_filter.text
    return text.strip() if text_filter.operator == "=" else re.sub(r"[%_]+", " ", text).strip()


def _for_example(values: Sequence[str]) -> str:
    return f"It holds for example {', '.join(map(repr, values[:5]))}." if values else "It holds no values."


def _short(name: TableName) -> str:
    return f"{name.schema}.{name.table}" if name.schema else name.table
