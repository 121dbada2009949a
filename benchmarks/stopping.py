"""A person stops a query: how soon the caller goes on, and how soon the database works on it no more."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.figures import ROOT, Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rasgo_nb.connectors.base import Connection

    Stoppable = tuple[
        Connection, str, Callable[[], bool] | None
    ]  # a slow statement; whether the server works

BAR_MS = 500
NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1000000)"


def measure(*, quick: bool) -> list[Figure]:
    """The slowest of a few stops, of each connector that can be had here."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "connectors")]
    import pytest

    found: list[Figure] = []
    for name, opened in OPENED.items():
        try:
            with opened() as (connection, sql, runs), closing(connection):
                stops = [_stopped(connection, sql, runs) for _ in range(3 if quick else 10)]
        except pytest.skip.Exception as reason:
            print(f"skipped {name}: {reason}", file=sys.stderr, flush=True)
            continue
        whats = ("the caller goes on", "the server works on it no more")
        for what, waits in zip(whats, zip(*stops, strict=True), strict=False):
            note = f"{len(waits)} stops, median {median(waits):.0f} ms"
            found.append(Figure(f"{name}: stop until {what}", max(waits), "ms", BAR_MS, note=note))
    return found


def _stopped(connection: Connection, sql: str, runs: Callable[[], bool] | None) -> tuple[float, ...]:
    """Milliseconds from the stop until the caller goes on, and until the server does not work on it."""
    from rasgo_nb.errors import QueryStopped

    ended: list[float] = []

    def ask() -> None:
        try:
            connection.run_query(sql)
        except QueryStopped:
            ended.append(time.perf_counter())

    asking = threading.Thread(target=ask)
    asking.start()
    if runs is not None:
        _wait(runs)
    time.sleep(0.5)
    began = time.perf_counter()
    connection.interrupt()
    asking.join()
    waits = [(ended[0] - began) * 1000]
    if runs is not None:
        _wait(lambda: not runs())
        waits.append((time.perf_counter() - began) * 1000)
    return tuple(waits)


def _wait(is_so: Callable[[], bool]) -> None:
    given_up = time.monotonic() + 30
    while not is_so():
        if time.monotonic() > given_up:
            raise RuntimeError("it did not come about within 30 s")
        time.sleep(0.002)


@contextmanager
def _of_duckdb() -> Iterator[Stoppable]:
    from rasgo_nb.connectors.open import open_connection

    sql = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    yield open_connection(":memory:", name="memory"), sql, None


@contextmanager
def _of_sqlite() -> Iterator[Stoppable]:
    from rasgo_nb.connectors.open import open_connection

    with TemporaryDirectory() as folder:
        path = Path(folder, "empty.db")
        path.touch()
        sql = f"{NUMBERS} SELECT count(*) FROM n a, n b WHERE a.x * b.x % 7 = 3"
        yield open_connection(f"sqlite:///{path}", name="empty"), sql, None


@contextmanager
def _of_postgres() -> Iterator[Stoppable]:
    import psycopg
    from postgres_server import running_postgres

    from rasgo_nb.connectors.open import open_connection

    series = "generate_series(1, 1000000)"
    active = """
        SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND pid <> pg_backend_pid() AND application_name LIKE 'rasgo_nb%'
    """
    with running_postgres() as server, psycopg.connect(server.url(), autocommit=True) as other:
        sql = f"SELECT count(*) FROM {series} a, {series} b WHERE a::bigint * b % 7 = 3"
        connection = open_connection(server.url(), name="empty")
        yield connection, sql, lambda: bool(other.execute(active).fetchall()[0][0])


@contextmanager
def _of_snowflake() -> Iterator[Stoppable]:
    from peers.snowflake_data import SLOW_QUERY
    from peers.snowflake_peer import running_snowflake

    from rasgo_nb.connectors.open import open_connection
    from rasgo_nb.connectors.request import ConnectRequest
    from rasgo_nb.secret_store import SecretsInMemory

    secrets = SecretsInMemory()
    secrets.keep("mixed.password", "secret")
    with running_snowflake() as peer:

        def runs() -> bool:
            slow = [query for query in peer.history() if "random()" in query["sql"]]
            return bool(slow) and not slow[-1]["ended"]

        asked = ConnectRequest(options=peer.options, secrets=secrets)
        yield open_connection("snowflake", asked, name="mixed"), SLOW_QUERY, runs


@contextmanager
def _of_bigquery() -> Iterator[Stoppable]:
    from peers.bigquery_peer import running_bigquery

    from rasgo_nb.connectors.open import open_connection
    from rasgo_nb.connectors.request import ConnectRequest

    numbers = "UNNEST(GENERATE_ARRAY(1, 1000000))"
    with running_bigquery() as peer:
        peer.tables.add_dataset("shop", "main")
        options = {"sign_in": "anonymous", "api_endpoint": peer.url, "storage_endpoint": peer.storage_url}
        connection = open_connection("bigquery:shop.main", ConnectRequest(options=options), name="shop")
        sql = f"SELECT count(*) FROM {numbers} a, {numbers} b WHERE MOD(a * b, 7) = 3"
        yield connection, sql, lambda: any(not job.was_cancelled for job in [*peer.jobs.values()])
        for job in peer.jobs.values():
            job.finished.wait(30)  # what the stand-in itself still does in its threads


OPENED = {
    "duckdb": _of_duckdb,
    "sqlite": _of_sqlite,
    "postgres": _of_postgres,
    "snowflake": _of_snowflake,
    "bigquery": _of_bigquery,
}
