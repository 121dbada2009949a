"""DuckDB's catalog: names, columns, keys and comments of all tables in a few bulk reads, never a scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.refusals import unknown_table

RunRows = Callable[..., list[tuple[Any, ...]]]

_TABLES = """
    SELECT database_name, schema_name, table_name, 'table', comment, estimated_size,
           map_entries(tags)
    FROM duckdb_tables() WHERE NOT internal AND database_name NOT IN ('system', 'temp')
    UNION ALL
    SELECT database_name, schema_name, view_name, 'view', comment, NULL, map_entries(tags)
    FROM duckdb_views() WHERE NOT internal AND database_name NOT IN ('system', 'temp')
    ORDER BY ALL
"""
_COLUMNS = """
    SELECT database_name, schema_name, table_name, column_name, data_type, is_nullable, comment,
           map_entries(tags)
    FROM duckdb_columns() WHERE NOT internal AND database_name NOT IN ('system', 'temp')
    ORDER BY database_name, schema_name, table_name, column_index
"""
_KEYS = """
    SELECT database_name, schema_name, table_name, constraint_type, constraint_column_names,
           referenced_table, referenced_column_names
    FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')
    ORDER BY database_name, schema_name, table_name, constraint_index
"""


def list_names(run: RunRows) -> list[TableName]:
    """All tables and views of the attached databases."""
    return [name for name, *_ in _named_tables(run)]


def describe(run: RunRows, tables: Sequence[TableName] | None) -> list[TableDetail]:
    """The named tables, in that order, or all of them.

    Raises
    ------
    UnknownName
        when one does not exist; offers the nearest names.
    """
    rows = _named_tables(run)
    name_of = {key: name for name, key, *_ in rows}
    columns = _columns(run)
    primary, foreign = _keys(run, name_of)
    details = {
        name: TableDetail(
            name,
            tuple(columns[key]),
            kind,
            primary.get(key, ()),
            tuple(foreign[key]),
            comment or "",
            size,
            tags=_tags(tags),
        )
        for name, key, kind, comment, size, tags in rows
    }
    if tables is None:
        return list(details.values())
    return [_find(details, table) for table in tables]


def _tags(entries: Sequence[dict[str, str]]) -> tuple[str, ...]:
    return tuple(f"{entry['key']}: {entry['value']}" for entry in entries)


def _named_tables(
    run: RunRows,
) -> list[tuple[TableName, tuple[str, str, str], str, str | None, int | None, Any]]:
    """The database part is left out of the names while there is only one database."""
    rows = run(_TABLES)
    has_several = len({row[0] for row in rows}) > 1
    return [
        (
            TableName(database if has_several else "", schema, table),
            (database, schema, table),
            kind,
            comment,
            size,
            tags or (),
        )
        for database, schema, table, kind, comment, size, tags in rows
    ]


def _columns(run: RunRows) -> dict[tuple[str, str, str], list[Column]]:
    columns: dict[tuple[str, str, str], list[Column]] = defaultdict(list)
    for database, schema, table, name, type_, is_nullable, comment, tags in run(_COLUMNS):
        column = Column(name, type_, is_nullable, comment or "", _tags(tags or ()))
        columns[database, schema, table].append(column)
    return columns


def _keys(run: RunRows, name_of: dict[tuple[str, str, str], TableName]) -> tuple[Any, Any]:
    primary: dict[tuple[str, str, str], tuple[str, ...]] = {}
    foreign: dict[tuple[str, str, str], list[ForeignKey]] = defaultdict(list)
    for database, schema, table, kind, names, referenced, referenced_names in run(_KEYS):
        key = database, schema, table
        if kind == "PRIMARY KEY":
            primary[key] = tuple(names)
        elif (database, schema, referenced) in name_of:
            target = name_of[database, schema, referenced]
            foreign[key].append(ForeignKey(tuple(names), target, tuple(referenced_names)))
    return primary, foreign


def _find(details: dict[TableName, TableDetail], wanted: TableName) -> TableDetail:
    if wanted in details:
        return details[wanted]
    alike = [name for name in details if _is_same(name, wanted)]
    if len(alike) == 1:
        return details[alike[0]]
    raise unknown_table(wanted, details, none="the database is empty")


def _is_same(name: TableName, wanted: TableName) -> bool:
    """DuckDB takes names without regard to case; parts that are left out fit any."""
    return all(
        not part or part.casefold() == own.casefold()
        for own, part in (
            (name.database, wanted.database if name.database else ""),
            (name.schema, wanted.schema),
            (name.table, wanted.table),
        )
    )
