"""SQLite: its catalog, and what a result's columns were declared for, as each value has its own type."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.sqlalchemy_drivers import driver_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa
    from sqlalchemy import Connection

_VIEW = "rasgo_nb_result"


def readers(connection: Connection, statement: str) -> list[Callable[[pa.Array], pa.Array] | None]:
    """For each column of the result, what turns its texts and numbers into what it was declared for.

    An empty list where SQLite does not tell. A view that lasts as long as the connection is made of the
    statement, and SQLite asked for the view's columns: it traces them back to those of the tables.
    """
    import sqlite3

    try:
        with closing(driver_of(connection).cursor()) as cursor:
            cursor.execute(f"CREATE TEMP VIEW {_VIEW} AS {statement}")
            columns = cursor.execute(f"PRAGMA table_info({_VIEW})").fetchall()
            cursor.execute(f"DROP VIEW {_VIEW}")
    except sqlite3.Error:  # a PRAGMA, or wrong: what is wrong is told when it runs
        return []
    return [_reader(declared) for _, _, declared, *_ in columns]


def _reader(declared: str) -> Callable[[pa.Array], pa.Array] | None:
    word = declared.upper().partition("(")[0].strip()
    if word == "DATE":
        return _as_date
    if word in ("TIMESTAMP", "DATETIME", "TIMESTAMP WITHOUT TIME ZONE"):
        return _as_timestamp
    if word in ("BOOLEAN", "BOOL"):
        return _as_boolean
    if "INT" in word:
        return lambda array: _if_null(array, "int64")
    if any(part in word for part in ("REAL", "FLOA", "DOUB")):
        return lambda array: _if_null(array, "double")
    if any(part in word for part in ("CHAR", "CLOB", "TEXT")):
        return lambda array: _if_null(array, "string")
    return None


def _if_null(array: pa.Array, type_: str) -> pa.Array:
    """An array that holds nothing, of the type that its column was declared with."""
    from pyarrow import types

    return array.cast(type_) if types.is_null(array.type) else array


def _as_date(array: pa.Array) -> pa.Array:
    return _of_texts(array, "date32")


def _as_timestamp(array: pa.Array) -> pa.Array:
    import pyarrow as pa

    return _of_texts(array, pa.timestamp("us"))


def _of_texts(array: pa.Array, type_: Any) -> pa.Array:
    import pyarrow as pa
    from pyarrow import types

    if types.is_string(array.type) or types.is_null(array.type):
        return array.cast(type_)
    raise pa.ArrowInvalid("not a text")


def _as_boolean(array: pa.Array) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    if types.is_null(array.type):
        return array.cast("bool")
    if not types.is_integer(array.type) or not pc.all(pc.is_in(array, pa.array([0, 1, None]))).as_py():
        raise pa.ArrowInvalid("not a truth value")
    return array.cast("bool")


_TABLES = """
    SELECT schema, name, CASE type WHEN 'view' THEN 'view' ELSE 'table' END FROM pragma_table_list
    WHERE type IN ('table', 'view', 'virtual') AND schema <> 'temp' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_COLUMNS = """
    SELECT t.schema, t.name, c.name, c.type, c."notnull" = 0 AND c.pk = 0, c.pk
    FROM pragma_table_list t JOIN pragma_table_xinfo(t.name, t.schema) c
    WHERE t.schema <> 'temp' AND c.hidden <> 1 {condition} ORDER BY t.schema, t.name, c.cid
"""
_FOREIGN_KEYS = """
    SELECT t.schema, t.name, k.id, k."table", k."from", k."to"
    FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name, t.schema) k
    WHERE t.schema <> 'temp' AND t.type = 'table' {condition} ORDER BY t.schema, t.name, k.id DESC, k.seq
"""


def kinds(connection: Connection) -> dict[TableName, str]:
    """What kind of table each name is."""
    rows = connection.exec_driver_sql(_TABLES).fetchall()
    return {TableName("", schema, name): kind for schema, name, kind in rows}


def describe(
    connection: Connection, known: Mapping[TableName, str], chosen: Sequence[TableName]
) -> list[TableDetail]:
    """Tables by two statements over all of them, for the Inspector asks several for each."""
    one = chosen[0] if len(chosen) == 1 else None
    columns: dict[TableName, list[Any]] = defaultdict(list)
    foreign: dict[TableName, dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for schema, table, *column in _rows(connection, _COLUMNS, one):
        columns[TableName("", schema, table)].append(column)
    for schema, table, number, *key in _rows(connection, _FOREIGN_KEYS, one):
        foreign[TableName("", schema, table)][number].append(key)
    primary = {name: _primary_key(own) for name, own in columns.items()}
    counts = _row_counts(connection)
    return [
        TableDetail(
            name,
            tuple(Column(own, type_, bool(nullable)) for own, type_, nullable, _ in columns[name]),
            known[name],
            primary.get(name, ()),
            tuple(_foreign_key(name, key, primary, known) for key in foreign[name].values()),
            row_count=counts.get(name),
        )
        for name in chosen
    ]


def _rows(connection: Connection, statement: str, one: TableName | None) -> Sequence[Any]:
    condition, values = ("AND t.schema = ? AND t.name = ?", (one.schema, one.table)) if one else ("", ())
    return connection.exec_driver_sql(statement.format(condition=condition), values).fetchall()


def _primary_key(columns: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    numbered = sorted((number, name) for name, _, _, number in columns if number)
    return tuple(name for _, name in numbered)


def _foreign_key(
    name: TableName,
    key: Sequence[Any],
    primary: Mapping[TableName, tuple[str, ...]],
    known: Iterable[TableName],
) -> ForeignKey:
    """A key that names no columns means the other table's primary key."""
    written = TableName("", name.schema, key[0][0])
    folded = {own.table.casefold(): own for own in known if own.schema == name.schema}
    target = folded.get(written.table.casefold(), written)
    referenced = tuple(to for _, _, to in key if to is not None) or primary.get(target, ())
    return ForeignKey(tuple(own for _, own, _ in key), target, referenced)


def _row_counts(connection: Connection) -> dict[TableName, int]:
    """What ANALYZE counted; nothing where it never ran."""
    from sqlalchemy.exc import DBAPIError

    try:
        rows = connection.exec_driver_sql("SELECT tbl, stat FROM main.sqlite_stat1").fetchall()
    except DBAPIError:
        return {}
    return {TableName("", "main", table): int(stat.split()[0]) for table, stat in rows if stat}
