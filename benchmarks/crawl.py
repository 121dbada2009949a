"""How long a crawl of 10,000 tables takes beyond the database's own time, and one with 1 % changed.

python -m benchmarks --only crawl

The database's own time is that of its statements alone: the names, marks and descriptions, read and thrown
away. What is left is ours: comparing, indexing, writing the file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import ROOT, Figure, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import psycopg

    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.connectors.duckdb import DuckDBConnection

TABLES = 10_000
COLUMNS = ("customer_id INTEGER", "order_date DATE", "unit_price DOUBLE PRECISION", "quantity INTEGER")
MORE = tuple(
    f"{word}_{part} TEXT" for word in ("shipping", "billing") for part in ("street", "city", "country")
)
FIRST_S, SECOND_S = 60.0, 3.0


def measure(*, quick: bool) -> list[Figure]:
    """Over a DuckDB file, and over Postgres where one can be started."""
    tables = TABLES // 10 if quick else TABLES
    figures = []
    for name, opened in (("DuckDB", _duckdb), ("Postgres", _postgres)):
        try:
            with opened(tables) as (connection, change):
                figures += _measured(name, connection, change, tables)
        except ImportError as missing:
            raise Skipped(f"{missing.name} is not installed") from None
    return figures


def _measured(
    name: str, connection: Connection, change: Callable[[int], None], tables: int
) -> Iterator[Figure]:
    from rasgo_nb.catalog.crawl.crawl import CrawlRules, crawl
    from rasgo_nb.catalog.stores.sqlite_store import SqliteStore

    share = TABLES / tables
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "catalog.db")
        own_s = _own_s(connection)
        first = crawl(connection, store, rules=CrawlRules(reads_values=True))
        assert first.described == tables
        note = f"{tables:,} tables; {first.elapsed_s:.1f} s with the database's own {own_s:.1f} s"
        yield Figure(f"{name}: first crawl", share * (first.elapsed_s - own_s), "s", FIRST_S, note=note)
        change(tables // 100)
        own_s = _marks_s(connection)
        second = crawl(connection, store, rules=CrawlRules(reads_values=True))
        assert second.described == tables // 100, second
        note = f"{second.described} changed; {second.elapsed_s:.2f} s with the database's own {own_s:.2f} s"
        yield Figure(f"{name}: 1 % changed", share * (second.elapsed_s - own_s), "s", SECOND_S, note=note)
        store.close()


def _own_s(connection: Connection) -> float:
    """Of listing and describing all, once the database has them in its cache."""
    connection.describe_tables()
    return _marks_s(connection) + (_seconds(connection.describe_tables) if _has_marks(connection) else 0.0)


def _marks_s(connection: Any) -> float:
    """Of telling what has changed; where that takes a description of all, of that."""
    return _seconds(connection.table_marks if _has_marks(connection) else connection.describe_tables)


def _has_marks(connection: Connection) -> bool:
    from rasgo_nb.connectors.base import KnowsChanges

    return isinstance(connection, KnowsChanges)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def _duckdb(tables: int) -> Iterator[tuple[Connection, Callable[[int], None]]]:
    from rasgo_nb.connectors.duckdb import connect

    with tempfile.TemporaryDirectory() as folder:
        connection = connect(Path(folder) / "many.duckdb", name="many", read_only=False)
        try:
            _run(connection, _script(tables))
            yield connection, lambda count: _run(connection, _changes(count))
        finally:
            connection.close()


@contextmanager
def _postgres(tables: int) -> Iterator[tuple[Connection, Callable[[int], None]]]:
    sys.path.insert(0, str(ROOT / "tests"))
    import psycopg
    from postgres_server import running_postgres

    from rasgo_nb.connectors.open import open_connection

    with running_postgres() as server:
        database = server.new_database()
        with psycopg.connect(server.url(database), autocommit=True) as link:
            for start in range(0, tables, 500):  # a transaction holds a lock for each table that it makes
                _execute(link, _script(min(tables, start + 500), start))
            connection = open_connection(server.url(database), name="many")
            try:
                yield connection, lambda count: _execute(link, _changes(count))
            finally:
                connection.close()


def _run(connection: DuckDBConnection, script: str) -> None:
    connection._rows(script)


def _execute(link: psycopg.Connection[Any], script: str) -> None:
    link.execute(script.encode())


def _script(tables: int, start: int = 0) -> str:
    columns = ", ".join((*COLUMNS, *MORE))
    return ";".join(f"CREATE TABLE sales_fact_{n} ({columns})" for n in range(start, tables))


def _changes(count: int) -> str:
    return ";".join(
        f"COMMENT ON TABLE sales_fact_{n * 7} IS 'Revised forecast of region {n}'" for n in range(count)
    )
