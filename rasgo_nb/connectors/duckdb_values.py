"""The usual values of columns in files on this machine: DuckDB keeps none, so first rows are looked at."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from rasgo_nb.errors import QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rasgo_nb.connectors.base import TableName
    from rasgo_nb.connectors.duckdb_catalog import RunRows

ROWS = 5_000  # of each table that are looked at
MOST_COLUMNS = 40
MOST_DISTINCT = 50  # a column with more of them in so few rows holds names or texts rather than kinds
MOST_VALUES = 25
LONGEST_VALUE = 60
LOOK_S = 1.0  # for all tables that are asked for together

# Views of rasgo_nb over files read those alone; any other view may take long for its first row.
_FILES = re.compile(r"CREATE VIEW .+? AS SELECT \* FROM read_\w+\(", re.S)
_PLACES = """
    SELECT t.database_name, t.schema_name, t.table_name, '' FROM duckdb_tables() t
    JOIN duckdb_databases() d USING (database_name)
    WHERE NOT t.internal AND NOT t.temporary AND t.estimated_size > 0
      AND d.type = 'duckdb' AND NOT coalesce(contains(d.path, '://'), false)
    UNION ALL
    SELECT database_name, schema_name, view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary
"""
_COLUMNS = """
    SELECT database_name, schema_name, table_name, column_name FROM duckdb_columns()
    WHERE NOT internal AND (data_type = 'VARCHAR' OR starts_with(data_type, 'ENUM'))
    ORDER BY ALL
"""


def usual_values(run: RunRows, tables: Sequence[TableName]) -> dict[TableName, dict[str, tuple[str, ...]]]:
    """By table and column, most frequent first; of those tables for which there is time."""
    places = _places(run)
    columns = _columns(run)
    until_s = time.monotonic() + LOOK_S
    found: dict[TableName, dict[str, tuple[str, ...]]] = {}
    for table in tables:
        place = places.get((table.database, table.schema, table.table))
        names = columns.get(place, [])[:MOST_COLUMNS] if place else []
        if place and names:
            found[table] = _looked_at(run, place, names)
        if time.monotonic() > until_s:
            break
    return {table: values for table, values in found.items() if values}


def _places(run: RunRows) -> dict[tuple[str, str, str], tuple[str, str, str]]:
    """The whole names of tables on this machine, also by their name without its database."""
    rows = [row[:3] for row in run(_PLACES) if not row[3] or (_FILES.match(row[3]) and "://" not in row[3])]
    return {(database, schema, table): (database, schema, table) for database, schema, table in rows} | {
        ("", schema, table): (database, schema, table) for database, schema, table in rows
    }


def _columns(run: RunRows) -> dict[tuple[str, str, str], list[str]]:
    columns: dict[tuple[str, str, str], list[str]] = {}
    for database, schema, table, name in run(_COLUMNS):
        columns.setdefault((database, schema, table), []).append(name)
    return columns


def _looked_at(
    run: RunRows, place: tuple[str, str, str], columns: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    try:
        (row,) = run(_counting(place, columns))
    except QueryStopped:
        raise
    except QueryError:  # a file that is gone or broken: whoever queries it is told
        return {}
    counted = zip(columns, row, strict=True)
    values = {column: _most_frequent(counts) for column, counts in counted if counts}
    return {column: told for column, told in values.items() if told}


def _most_frequent(counts: dict[str, int]) -> tuple[str, ...]:
    short = [value for value in counts if value and len(value) <= LONGEST_VALUE]
    return tuple(sorted(short, key=lambda value: (-counts[value], value))[:MOST_VALUES])


def _counting(place: tuple[str, str, str], columns: Sequence[str]) -> str:
    """How often each value occurs in the first rows, for the columns that have few."""
    from sqlglot import exp

    database, schema, table = place
    texts = [
        exp.alias_(exp.cast(exp.column(name, quoted=True), "TEXT"), f"c{number}")
        for number, name in enumerate(columns)
    ]
    first = exp.select(*texts).from_(exp.table_(table, db=schema, catalog=database, quoted=True)).limit(ROWS)
    return (
        exp.select(*(_counts(f"c{number}") for number in range(len(columns))))
        .from_(first.subquery("first_rows"))
        .sql("duckdb")
    )


def _counts(name: str) -> Any:
    from sqlglot import exp

    few = exp.LTE(
        this=exp.Count(this=exp.Distinct(expressions=[exp.column(name)])),
        expression=exp.Literal.number(MOST_DISTINCT),
    )
    return exp.Case().when(few, exp.func("histogram", exp.column(name)))
