"""Tables, columns and keys by SQLAlchemy's Inspector in bulk; row counts where the catalog has them."""

from __future__ import annotations

import warnings
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors import sqlalchemy_sqlite
from rasgo_nb.connectors.base import Column, ForeignKey, TableDetail, TableName
from rasgo_nb.connectors.refusals import unknown_table
from rasgo_nb.connectors.sqlalchemy_drivers import kind_of, ways_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Inspector

# Schema, table, rows, bytes: estimates that the database keeps, read without a scan.
SIZES = {
    "mysql": "SELECT table_schema, table_name, table_rows, data_length FROM information_schema.tables "
    "WHERE table_type = 'BASE TABLE'",
    "postgresql": "SELECT n.nspname, c.relname, c.reltuples, pg_table_size(c.oid) FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND c.reltuples >= 0",
    "redshift": 'SELECT "schema", "table", tbl_rows, size * 1048576 FROM svv_table_info',
    "oracle": "SELECT owner, table_name, num_rows, NULL FROM all_tables WHERE num_rows IS NOT NULL",
    "mssql": "SELECT s.name, t.name, SUM(p.row_count), SUM(p.used_page_count) * 8192 "
    "FROM sys.dm_db_partition_stats p JOIN sys.tables t ON t.object_id = p.object_id "
    "JOIN sys.schemas s ON s.schema_id = t.schema_id WHERE p.index_id IN (0, 1) GROUP BY s.name, t.name",
    "duckdb": "SELECT schema_name, table_name, estimated_size, NULL FROM duckdb_tables()",
}
SIZES["mariadb"] = SIZES["mysql"]

Key = tuple[str, str]  # schema, table


def list_names(connection: Connection) -> list[TableName]:
    """All tables and views outside the schemas of the system, in order of name."""
    return sorted(_kinds(connection))


def describe(connection: Connection, tables: Sequence[TableName] | None) -> list[TableDetail]:
    """The named tables, in that order, or all of them in order of name.

    Raises
    ------
    UnknownName
        when one does not exist; offers the nearest names.
    """
    kinds = _kinds(connection)
    chosen = sorted(kinds) if tables is None else [_find(kinds, table) for table in tables]
    if connection.dialect.name == "sqlite":
        return sqlalchemy_sqlite.describe(connection, kinds, chosen)
    wanted: dict[str, list[str] | None] = defaultdict(list)
    for name in chosen:
        (wanted[name.schema] or []).append(name.table)
    if tables is None:
        wanted = dict.fromkeys(wanted)
    found = _Reflected(connection, wanted)
    sizes = _sizes(connection)
    return [found.detail(name, kinds[name], sizes) for name in chosen]


def _kinds(connection: Connection) -> dict[TableName, str]:
    """What kind of table each name is."""
    if connection.dialect.name == "sqlite":
        return sqlalchemy_sqlite.kinds(connection)
    inspector = _inspector(connection)
    kinds: dict[TableName, str] = {}
    for schema in _schemas(inspector, connection):
        for kind, names in (
            ("table", inspector.get_table_names),
            ("view", inspector.get_view_names),
            ("view", inspector.get_materialized_view_names),
        ):
            for name in _asked(names, [], schema=schema):
                kinds.setdefault(TableName("", schema, name), kind)
    return kinds


def _inspector(connection: Connection) -> Inspector:
    from sqlalchemy import inspect

    return inspect(connection)


def _schemas(inspector: Inspector, connection: Connection) -> list[str]:
    hidden = ways_of(connection.engine).system_schemas
    schemas = _asked(inspector.get_schema_names, [])
    return sorted(schema for schema in schemas if schema.casefold() not in hidden)


def _asked(ask: Callable[..., Any], else_: Any, **options: Any) -> Any:
    """What the Inspector answers; ``else_`` where the dialect has no such thing."""
    from sqlalchemy.exc import NoSuchTableError, SAWarning, UnreflectableTableError

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # types that SQLAlchemy does not know: told as they are
        try:
            return ask(**options)
        except (NotImplementedError, NoSuchTableError, UnreflectableTableError):
            return else_


class _Reflected:
    """What the Inspector says of the tables of some schemas; None stands for all tables of one."""

    def __init__(self, connection: Connection, wanted: Mapping[str, list[str] | None]) -> None:
        from sqlalchemy.engine.reflection import ObjectKind

        inspector = _inspector(connection)
        self._dialect = connection.dialect
        self._columns: dict[Key, list[Any]] = {}
        self._primary: dict[Key, Any] = {}
        self._foreign: dict[Key, list[Any]] = {}
        self._comments: dict[Key, Any] = {}
        for schema, names in wanted.items():
            for ask, into in (
                (inspector.get_multi_columns, self._columns),
                (inspector.get_multi_pk_constraint, self._primary),
                (inspector.get_multi_foreign_keys, self._foreign),
                (inspector.get_multi_table_comment, self._comments),
            ):
                told = _asked(ask, {}, schema=schema, filter_names=names, kind=ObjectKind.ANY)
                into.update({(schema, table): value for (_, table), value in told.items()})

    def detail(
        self, name: TableName, kind: str, sizes: Mapping[Key, tuple[int | None, int | None]]
    ) -> TableDetail:
        key = name.schema, name.table
        rows, size = sizes.get(key, (None, None)) if kind == "table" else (None, None)
        return TableDetail(
            name,
            tuple(map(self._column, self._columns.get(key, []))),
            kind,
            tuple((self._primary.get(key) or {}).get("constrained_columns") or ()),
            tuple(_foreign_key(own, name) for own in self._foreign.get(key, [])),
            (self._comments.get(key) or {}).get("text") or "",
            rows,
            size,
        )

    def _column(self, column: Mapping[str, Any]) -> Column:
        return Column(
            str(column["name"]),
            type_text(column["type"], self._dialect),
            bool(column.get("nullable", True)),
            column.get("comment") or "",
        )


def type_text(type_: Any, dialect: Dialect) -> str:
    """A reflected type as the dialect spells it; SQLAlchemy's own name of one that it cannot spell."""
    from sqlalchemy.exc import CompileError

    try:
        return str(type_.compile(dialect=dialect))
    except (
        CompileError,
        NotImplementedError,
        AttributeError,
        TypeError,
    ):  # a type of a third party's dialect
        return str(type(type_).__name__)


def _foreign_key(own: Mapping[str, Any], name: TableName) -> ForeignKey:
    target = TableName("", own.get("referred_schema") or name.schema, own["referred_table"])
    return ForeignKey(tuple(own["constrained_columns"]), target, tuple(own["referred_columns"]))


def _sizes(connection: Connection) -> dict[Key, tuple[int | None, int | None]]:
    """Rows and bytes by the catalog; nothing where it may not be read."""
    from sqlalchemy.exc import DBAPIError

    statement = SIZES.get(kind_of(connection.engine))
    rows: Sequence[Any] = []
    with suppress(DBAPIError):
        if statement is not None:
            rows = connection.exec_driver_sql(statement).fetchall()
    return {
        (schema, table): tuple(None if size is None else int(size) for size in sizes)  # type: ignore[misc]
        for schema, table, *sizes in rows
    }


def _find(known: Mapping[TableName, str], wanted: TableName) -> TableName:
    """The table meant: as spelt, or else the only one that differs by case alone; no schema fits any."""
    if wanted in known:
        return wanted
    alike = [name for name in known if _is_same(name, wanted)]
    if len(alike) == 1:
        return alike[0]
    raise unknown_table(wanted, known, none="no tables can be read here")


def _is_same(name: TableName, wanted: TableName) -> bool:
    is_schema = not wanted.schema or wanted.schema.casefold() == name.schema.casefold()
    return is_schema and wanted.table.casefold() == name.table.casefold()
