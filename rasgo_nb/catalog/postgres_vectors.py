"""Vectors that a team shares, in a Postgres with pgvector: embedded once, by whoever comes first.

There is a table for each part of a catalog and each embedder, all in one schema; ``vector_tables`` there
says which is which. The search is pgvector's HNSW (https://github.com/pgvector/pgvector#hnsw).
"""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.catalog.vectors import Near
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from rasgo_nb.catalog.vector_file import Part

SCHEMA = "rasgo_nb"

_CONNECT_S = 10
_STATEMENT_MS = 60_000  # building an index of many vectors anew is never asked for
_LOOKED_AT = 200  # vectors that a search keeps in view; more take longer and find more
_MOST_LOOKED_AT = 1_000  # as pgvector has it
_LOCK = 7_240_196_335_118_624_511  # an advisory lock of our own: tables are made by one at a time


class NoPgvector(RasgoError):
    """The server has no pgvector, or this role may not add it."""


class PostgresVectors:
    """A ``VectorIndex`` on a server. Nobody's vectors are removed but by ``remove``.

    Parameters
    ----------
    url : where the server is; it is shown nowhere
    catalog : what the team calls the connection

    Raises
    ------
    NoPgvector
        when the server cannot hold vectors.
    RasgoError
        when it cannot be reached, then or later.
    """

    def __init__(self, url: str, catalog: str, part: Part, embedder_name: str) -> None:
        self.embedder_name = embedder_name
        self._url = url
        self._of = (catalog, part, embedder_name)
        self._table = f"vectors_{hashlib.sha256(repr(self._of).encode()).hexdigest()[:16]}"
        self._lock = threading.RLock()
        self._connection: Any = None
        self._has_table = False
        self._pgvector = ""  # the schema that it is in
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"PostgresVectors({self._of!r})"

    def __len__(self) -> int:
        rows = self._rows("SELECT count(*) FROM {table}") if self._is_there() else [(0,)]
        return int(rows[0][0])

    def held(self, numbers: Sequence[int]) -> set[int]:
        """As ``VectorIndex.held``."""
        if not self._is_there():
            return set()
        wanted = [int(number) for number in numbers]
        rows = self._rows("SELECT number FROM {table} WHERE number = ANY(%s)", wanted)
        return {number for (number,) in rows}

    def add(self, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """As ``VectorIndex.add``."""
        latest = {int(number): _text(row) for number, row in zip(numbers, vectors, strict=True)}
        if not latest:
            return
        rows = sorted(latest.items())  # in one order: two who add the same never wait for each other
        with self._asking() as connection, connection.transaction(), connection.cursor() as cursor:
            if not self._has_table:
                self._make_table(connection, vectors.shape[1])
            cursor.executemany(
                self._sql(
                    "INSERT INTO {table} (number, vector) VALUES (%s, %s::{schema}.halfvec) "
                    "ON CONFLICT (number) DO UPDATE SET vector = excluded.vector"
                ),
                rows,
            )
        self._has_table = True

    def remove(self, numbers: Sequence[int]) -> None:
        """As ``VectorIndex.remove``."""
        if self._is_there():
            with self._asking() as connection:
                connection.execute(
                    self._sql("DELETE FROM {table} WHERE number = ANY(%s)"), ([int(one) for one in numbers],)
                )

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """As ``VectorIndex.search``."""
        if limit < 1 or not self._is_there():
            return []
        looked_at = min(max(_LOOKED_AT, 2 * limit), _MOST_LOOKED_AT)
        with self._asking() as connection, connection.transaction():
            connection.execute("SELECT set_config('hnsw.ef_search', %s, true)", (str(looked_at),))
            connection.execute("SELECT set_config('hnsw.iterative_scan', 'relaxed_order', true)")
            rows = connection.execute(
                self._sql(
                    "SELECT number, 1 - distance FROM (SELECT number, "
                    "vector OPERATOR({schema}.<=>) %s::{schema}.halfvec AS distance "
                    "FROM {table} ORDER BY distance LIMIT %s) AS nearest"
                ),
                (_text(vector), limit),
            ).fetchall()
        near = [Near(number, similarity) for number, similarity in rows]
        return sorted(near, key=lambda one: (-one.similarity, one.number))

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _prepare(self) -> None:
        """Have the schema, its list of tables and pgvector there; whoever may not make them finds them."""
        with self._asking() as connection, connection.transaction():
            self._lock_tables(connection)
            self._pgvector = self._found_pgvector(connection)
            found = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.vector_tables",)).fetchone()
            if found[0] is None:
                connection.execute(self._sql("CREATE SCHEMA IF NOT EXISTS {ours}"))
                connection.execute(
                    self._sql(
                        "CREATE TABLE {ours}.vector_tables (name text PRIMARY KEY, catalog text NOT NULL, "
                        "part text NOT NULL, embedder text NOT NULL, dimensions integer NOT NULL, "
                        "made_at timestamptz NOT NULL DEFAULT now())"
                    )
                )

    def _found_pgvector(self, connection: Any) -> str:
        """The schema that pgvector is in, once it is there."""
        select = (
            "SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace "
            "WHERE extname = 'vector'"
        )
        found = connection.execute(select).fetchone()
        if found is None:
            try:
                with connection.transaction():
                    connection.execute("CREATE EXTENSION vector")
            except _psycopg().Error as error:
                raise NoPgvector(
                    f"The team's Postgres has no pgvector ({_said(error)}). Have its owner run "
                    "`CREATE EXTENSION vector`; vectors are kept on this machine meanwhile."
                ) from None
            found = connection.execute(select).fetchone()
        return str(found[0])

    def _make_table(self, connection: Any, dimensions: int) -> None:
        self._lock_tables(connection)
        if self._found_table(connection):
            return
        # The number of dimensions is a part of the type, where no parameter can stand.
        kind = self._sql("{schema}.halfvec({dimensions})", dimensions=dimensions)
        connection.execute(
            self._sql("CREATE TABLE {table} (number bigint PRIMARY KEY, vector {kind} NOT NULL)", kind=kind)
        )
        connection.execute(
            self._sql("CREATE INDEX ON {table} USING hnsw (vector {schema}.halfvec_cosine_ops)")
        )
        connection.execute(
            self._sql(
                "INSERT INTO {ours}.vector_tables (name, catalog, part, embedder, dimensions) "
                "VALUES (%s, %s, %s, %s, %s)"
            ),
            (self._table, *self._of, dimensions),
        )

    def _is_there(self) -> bool:
        """Whether anyone has added vectors."""
        if not self._has_table:
            with self._asking() as connection:
                self._has_table = self._found_table(connection)
        return self._has_table

    def _found_table(self, connection: Any) -> bool:
        row = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.{self._table}",)).fetchone()
        return row[0] is not None

    def _lock_tables(self, connection: Any) -> None:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._asking() as connection:
            rows: list[Any] = connection.execute(self._sql(statement), values).fetchall()
            return rows

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """The connection, opened where it is not; what the server refuses is told in one line."""
        psycopg = _psycopg()
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(
                        self._url,
                        autocommit=True,
                        connect_timeout=_CONNECT_S,
                        options=f"-c statement_timeout={_STATEMENT_MS}",
                        prepare_threshold=None,  # poolers between us and the server lose prepared statements
                    )
                yield self._connection
            except psycopg.Error as error:
                raise RasgoError(
                    f"The team's Postgres did not give vectors ({_said(error)}). "
                    "Words are searched alone meanwhile; type `%rasgo embeddings` to see how it is."
                ) from None

    def _sql(self, statement: str, **parts: Any) -> Any:
        from psycopg import sql

        given = {
            name: part if isinstance(part, sql.Composed) else sql.Literal(part)
            for name, part in parts.items()
        }
        return sql.SQL(statement).format(  # texts of this file alone
            table=sql.Identifier(SCHEMA, self._table),
            ours=sql.Identifier(SCHEMA),
            schema=sql.Identifier(self._pgvector),
            **given,
        )


def _text(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"


def _said(error: Any) -> str:
    """What the server says; a failure to connect is told by its kind, since its text may hold the address."""
    return error.diag.message_primary or type(error).__name__


def _psycopg() -> Any:
    return load("psycopg", extra="postgres", purpose="A team's store of vectors")
