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
from rasgo_nb.catalog.vectors.base import CannotHold, Near
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from rasgo_nb.catalog.vectors.vector_file import Part

SCHEMA = "rasgo_nb"

_CONNECT_S = 3
_SEARCH_MS = 2_000  # a search waits no longer
_WRITE_MS = 120_000
_LOOKED_AT = 200  # vectors that a search keeps in view; more take longer and find more
_LOCK = 7_240_196_335_118_624_511  # an advisory lock of our own: tables are made by one at a time


class NoPgvector(CannotHold):
    """The server has no pgvector, or this role may not add it."""


class PostgresVectors:
    """A ``VectorIndex`` on a server. Nobody's vectors are removed but by ``remove``.

    Nothing is asked of the server before the first call. What is searched waits for nothing that is added.

    Parameters
    ----------
    address : where the server is; it is shown nowhere
    catalog : what the team calls the connection
    password : empty where libpq finds one itself, or needs none

    Raises
    ------
    NoPgvector
        from each method, when the server cannot hold vectors.
    RasgoError
        from each method, when it cannot be reached.
    """

    def __init__(
        self, address: str, catalog: str, part: Part, embedder_name: str, *, password: str = ""
    ) -> None:
        self.embedder_name = embedder_name
        self._of = (catalog, part, embedder_name)
        self._table = f"vectors_{hashlib.sha256(repr(self._of).encode()).hexdigest()[:16]}"
        self._searching = _Link(address, password, _SEARCH_MS)
        self._writing = _Link(address, password, _WRITE_MS)
        self._pgvector = ""  # the schema that it is in, once that is known
        self._has_table = False

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
        with self._asking(self._writing) as link, link.transaction(), link.cursor() as cursor:
            if not self._has_table:
                self._make_table(link, vectors.shape[1])
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
            with self._asking(self._writing) as link:
                link.execute(
                    self._sql("DELETE FROM {table} WHERE number = ANY(%s)"), ([int(one) for one in numbers],)
                )

    def search(self, vector: np.ndarray, limit: int) -> list[Near]:
        """As ``VectorIndex.search``."""
        if limit < 1 or not self._is_there():
            return []
        with self._asking(self._searching) as link:
            rows = link.execute(
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
        """Close the connections; a second call does nothing."""
        self._searching.close()
        self._writing.close()

    def _prepare(self, link: Any) -> None:
        """Have the schema, its list of tables and pgvector there; whoever may not make them finds them."""
        with link.transaction():
            self._lock_tables(link)
            self._pgvector = self._found_pgvector(link)
            found = link.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.vector_tables",)).fetchone()
            if found[0] is None:
                link.execute(self._sql("CREATE SCHEMA IF NOT EXISTS {ours}"))
                link.execute(
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
            with self._asking(self._searching) as link:
                self._has_table = self._found_table(link)
        return self._has_table

    def _found_table(self, connection: Any) -> bool:
        row = connection.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.{self._table}",)).fetchone()
        return row[0] is not None

    def _lock_tables(self, connection: Any) -> None:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))

    def _rows(self, statement: str, *values: object) -> list[Any]:
        with self._asking(self._searching) as link:
            rows: list[Any] = link.execute(self._sql(statement), values).fetchall()
            return rows

    @contextmanager
    def _asking(self, link: _Link) -> Iterator[Any]:
        """A connection for which all is prepared; what the server refuses is told in one line."""
        psycopg = _psycopg()
        with link.lock:
            try:
                connection = link.opened(psycopg)
                if not self._pgvector:
                    self._prepare(connection)
                yield connection
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


class _Link:
    """One connection to the server, opened when it is needed, and anew where it broke."""

    def __init__(self, address: str, password: str, statement_ms: int) -> None:
        self.lock = threading.RLock()
        self._address = address
        self._given = {"password": password} if password else {}
        self._statement_ms = statement_ms
        self._connection: Any = None

    def opened(self, psycopg: Any) -> Any:
        """The connection; ``lock`` is held by the caller."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._address,
                autocommit=True,
                connect_timeout=_CONNECT_S,
                application_name="rasgo_nb vectors",
                prepare_threshold=None,  # poolers between us and the server lose prepared statements
                **self._given,
            )
            self._connection.execute(
                "SELECT set_config('statement_timeout', %s, false), "
                "set_config('hnsw.ef_search', %s, false), "
                "set_config('hnsw.iterative_scan', 'relaxed_order', false)",
                (str(self._statement_ms), str(_LOOKED_AT)),
            )
        return self._connection

    def close(self) -> None:
        """Close it where it is open."""
        with self.lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None


def _text(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.6g}" for value in vector.tolist()) + "]"


def _said(error: Any) -> str:
    """What the server says; a failure to connect is told by its kind, since its text may hold the address."""
    return error.diag.message_primary or type(error).__name__


def _psycopg() -> Any:
    return load("psycopg", extra="postgres", purpose="A team's store of vectors")
