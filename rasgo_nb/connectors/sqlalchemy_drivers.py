"""What one kind of database is told before a statement, and how a statement of any driver is cancelled."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Ways:
    """What is particular to a dialect of SQLAlchemy's.

    Attributes
    ----------
    read_only : statements by which the database itself refuses writes until the transaction ends; empty
        where it has no such thing, and the guard stands alone
    time_limit : the statement that has the database end what runs longer; empty where ours must do
    system_schemas : those that are the database's own
    """

    read_only: tuple[str, ...] = ()
    time_limit: str = ""
    system_schemas: frozenset[str] = frozenset({"information_schema"})


_POSTGRES = Ways(
    read_only=("SET TRANSACTION READ ONLY",),
    time_limit="SET LOCAL statement_timeout = {milliseconds}",
    system_schemas=frozenset(
        {"information_schema", "pg_catalog", "pg_toast", "crdb_internal", "pg_extension"}
    ),
)
_MYSQL_SCHEMAS = frozenset({"information_schema", "mysql", "performance_schema", "sys"})
_ORACLE_SCHEMAS = frozenset(
    (
        *(
            "sys",
            "system",
            "xdb",
            "mdsys",
            "ctxsys",
            "wmsys",
            "outln",
            "dbsnmp",
            "gsmadmin_internal",
            "olapsys",
        ),
        *("lbacsys", "ordsys", "orddata", "appqossys", "audsys", "dvsys", "dvf", "ojvmsys", "anonymous"),
        *("dbsfwuser", "ggsys", "gsmcatuser", "gsmuser", "remote_scheduler_agent", "sysbackup", "sysdg"),
        *("syskm", "sysrac", "sys$umf", "xs$null", "dip", "oracle_ocm", "ordplugins", "si_informtn_schema"),
    )
)

WAYS = {
    "sqlite": Ways(read_only=("PRAGMA query_only = 1",), system_schemas=frozenset({"temp"})),
    "postgresql": _POSTGRES,
    "cockroachdb": _POSTGRES,
    "redshift": Ways(
        time_limit="SET statement_timeout TO {milliseconds}", system_schemas=_POSTGRES.system_schemas
    ),
    "mysql": Ways(
        read_only=("SET SESSION TRANSACTION READ ONLY",),
        time_limit="SET SESSION max_execution_time = {milliseconds}",
        system_schemas=_MYSQL_SCHEMAS,
    ),
    "mariadb": Ways(
        read_only=("SET SESSION TRANSACTION READ ONLY",),
        time_limit="SET SESSION max_statement_time = {seconds}",
        system_schemas=_MYSQL_SCHEMAS,
    ),
    "oracle": Ways(read_only=("SET TRANSACTION READ ONLY",), system_schemas=_ORACLE_SCHEMAS),
    "mssql": Ways(
        system_schemas=frozenset(
            (
                *("sys", "information_schema", "guest", "db_owner", "db_accessadmin", "db_securityadmin"),
                *("db_ddladmin", "db_backupoperator", "db_datareader", "db_datawriter"),
                *("db_denydatareader", "db_denydatawriter"),
            )
        )
    ),
    "snowflake": Ways(),
    "clickhouse": Ways(system_schemas=frozenset({"information_schema", "system"})),
    "clickhousedb": Ways(system_schemas=frozenset({"information_schema", "system"})),
}


def ways_of(engine: Engine) -> Ways:
    """What is particular to the engine's database; known once it was connected to."""
    return WAYS.get(kind_of(engine), Ways())


def kind_of(engine: Engine) -> str:
    """SQLAlchemy's name of the dialect; ``mariadb`` also where it was reached as ``mysql``."""
    return "mariadb" if getattr(engine.dialect, "is_mariadb", False) else engine.dialect.name


def prepare(connection: Connection, ways: Ways, *, read_only: bool, timeout_s: float) -> None:
    """Have the database refuse writes, and end what takes too long, where it can."""
    before = ways.read_only if read_only else ()
    for statement in (*before, *_time_limit(ways, timeout_s)):
        connection.exec_driver_sql(statement)
    if read_only and connection.dialect.name == "sqlite":
        driver_of(connection).set_authorizer(_sqlite_may)


def _time_limit(ways: Ways, timeout_s: float) -> Sequence[str]:
    if not ways.time_limit or timeout_s <= 0:
        return ()
    return (
        ways.time_limit.format(seconds=max(1, round(timeout_s)), milliseconds=max(1, int(timeout_s * 1000))),
    )


def driver_of(connection: Connection) -> Any:
    """The driver's own connection."""
    return connection.connection.driver_connection


_SQLITE_READ_PRAGMAS = frozenset(
    (
        *(
            "collation_list",
            "compile_options",
            "database_list",
            "encoding",
            "foreign_key_list",
            "freelist_count",
        ),
        *(
            "function_list",
            "index_info",
            "index_list",
            "index_xinfo",
            "module_list",
            "page_count",
            "page_size",
        ),
        *("pragma_list", "schema_version", "table_info", "table_list", "table_xinfo", "user_version"),
    )
)
_SQLITE_FILE_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


def _sqlite_may(
    action: int, first: str | None, second: str | None, _schema: str | None, _by: str | None
) -> int:
    """Asked by SQLite of each thing that a statement would do, when it is compiled."""
    import sqlite3

    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION:
        is_allowed = (second or "").casefold() not in _SQLITE_FILE_FUNCTIONS
    elif action == sqlite3.SQLITE_PRAGMA:
        is_allowed = (first or "").casefold() in _SQLITE_READ_PRAGMAS
    else:
        is_allowed = action == sqlite3.SQLITE_TRANSACTION and first == "ROLLBACK"
    return sqlite3.SQLITE_OK if is_allowed else sqlite3.SQLITE_DENY


def session_of(connection: Connection) -> int | None:
    """The number by which MySQL and MariaDB know the session."""
    if connection.dialect.name not in ("mysql", "mariadb"):
        return None
    own = driver_of(connection)
    if callable(getattr(own, "thread_id", None)):
        return int(own.thread_id())
    number = getattr(own, "connection_id", None)
    return int(number) if number is not None else None


def cancel(engine: Engine, driver: Any, session: int | None, cursor: Any) -> None:
    """Have the server end what runs on the driver's connection; called from another thread.

    The connection is closed where the driver has no other way.
    """
    if session is not None:
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {session:d}")
        return
    for owner, name, options in (
        (driver, "interrupt", {}),  # SQLite, DuckDB
        (driver, "cancel_safe", {"timeout": 2.0}),  # psycopg
        (driver, "cancel", {}),  # psycopg2, oracledb
        (cursor, "cancel", {}),  # pyodbc, Trino, Databricks, Athena
    ):
        way = getattr(owner, name, None)
        if callable(way):
            way(**options)
            return
    with closing(driver):
        pass
