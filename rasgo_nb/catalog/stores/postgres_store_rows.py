"""What a team's Postgres holds of a catalog: each row with the change that brought it, and what is gone."""

from __future__ import annotations

import hashlib
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasgo_nb._optional import load
from rasgo_nb.catalog.vectors.postgres_vectors import PostgresVectors
from rasgo_nb.connectors.base import TableName
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.catalog.vectors.vector_file import Part

SETTING = "catalog_store"
_CONNECT_S = 10
_STATEMENT_MS = 120_000
_LOCK = 4_907_113_562_204_811_377  # an advisory lock of our own: the schema is made by one at a time
_KEPT_CHANGES = 1_000  # a replica that is more behind is brought up to date as a whole
_SCRIPT = """
CREATE SCHEMA IF NOT EXISTS rasgo_nb;
CREATE TABLE IF NOT EXISTS rasgo_nb.catalogs (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE NOT NULL,
    generation bigint NOT NULL DEFAULT 0, forgotten bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS rasgo_nb.tables (
    catalog integer NOT NULL REFERENCES rasgo_nb.catalogs, database text NOT NULL, schema text NOT NULL,
    name text NOT NULL, generation bigint NOT NULL, mark text NOT NULL, detail bytea,
    PRIMARY KEY (catalog, database, schema, name)
);
CREATE INDEX IF NOT EXISTS tables_changed ON rasgo_nb.tables (catalog, generation);
CREATE TABLE IF NOT EXISTS rasgo_nb.facts (
    catalog integer NOT NULL REFERENCES rasgo_nb.catalogs, source text NOT NULL, key bytea NOT NULL,
    generation bigint NOT NULL, is_gone boolean NOT NULL, fact text NOT NULL,
    PRIMARY KEY (catalog, source, key)
);
CREATE INDEX IF NOT EXISTS facts_changed ON rasgo_nb.facts (catalog, generation)
"""
_PUT_TABLES = """
INSERT INTO rasgo_nb.tables
SELECT %s, given.database, given.schema, given.name, %s, given.mark, given.detail
FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bytea[])
    AS given (database, schema, name, mark, detail)
ON CONFLICT (catalog, database, schema, name) DO UPDATE
SET generation = excluded.generation, mark = excluded.mark, detail = excluded.detail
WHERE (tables.mark, tables.detail) IS DISTINCT FROM (excluded.mark, excluded.detail)
"""
_DROP_TABLES = """
UPDATE rasgo_nb.tables AS held SET generation = %s, mark = '', detail = NULL
FROM unnest(%s::text[], %s::text[], %s::text[]) AS gone (database, schema, name)
WHERE held.catalog = %s AND held.detail IS NOT NULL
    AND (held.database, held.schema, held.name) = (gone.database, gone.schema, gone.name)
"""
_PUT_FACTS = """
INSERT INTO rasgo_nb.facts SELECT %s, %s, given.key, %s, false, given.fact
FROM unnest(%s::bytea[], %s::text[]) AS given (key, fact)
ON CONFLICT (catalog, source, key) DO UPDATE SET generation = excluded.generation, is_gone = false
WHERE facts.is_gone
"""
_DROP_FACTS = """
UPDATE rasgo_nb.facts SET generation = %s, is_gone = true
WHERE catalog = %s AND source = %s AND NOT is_gone AND key <> ALL (%s::bytea[])
"""
_FORGET = """
WITH gone AS (DELETE FROM rasgo_nb.facts WHERE catalog = %(catalog)s AND is_gone
    AND generation <= %(least)s RETURNING 1)
UPDATE rasgo_nb.catalogs SET forgotten = %(least)s
WHERE number = %(catalog)s AND (SELECT count(*) FROM gone) > 0
"""


class TeamOutOfReach(RasgoError):
    """The team's Postgres cannot be asked now."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed up to a generation. ``is_whole`` says that it is all there is, whatever came before.

    Of a table that is gone the detail is None; a fact comes with its source, and whether it is gone.
    """

    generation: int
    is_whole: bool
    tables: tuple[tuple[TableName, str, bytes | None], ...]
    facts: tuple[tuple[str, str, bool], ...]


class TeamRows:
    """One catalog of a team. Writers wait for each other, readers for nobody; from any thread.

    Parameters
    ----------
    address : libpq's URL, without a password
    catalog : what the team calls it
    password : empty where libpq finds one itself, or needs none

    Raises
    ------
    TeamOutOfReach
        from each method, when the server cannot be reached or refuses.
    """

    def __init__(self, address: str, catalog: str, *, password: str = "") -> None:
        self._address = address
        self._catalog = catalog
        self._password = password
        self._lock = threading.RLock()
        self._links: list[Any] = []  # none, or the one that is open
        self._is_closed = False
        weakref.finalize(self, _close, self._links)

    def __repr__(self) -> str:
        return f"TeamRows({self._catalog!r})"

    def vectors(self, part: Part, embedder_name: str) -> PostgresVectors:
        """Where the team's vectors of a part of this catalog are; not opened yet."""
        return PostgresVectors(self._address, self._catalog, part, embedder_name, password=self._password)

    def changes(self, since: int) -> Changes:
        """What has changed since that generation."""
        with self._asking() as link, link.transaction():
            link.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            select = "SELECT number, generation, forgotten FROM rasgo_nb.catalogs WHERE name = %s"
            number, generation, forgotten = link.execute(select, (self._catalog,)).fetchone()
            if generation == since:
                return Changes(generation, False, (), ())
            is_whole = since < forgotten
            after = (number, 0 if is_whole else since)
            tables = link.execute(
                "SELECT database, schema, name, mark, detail FROM rasgo_nb.tables "
                "WHERE catalog = %s AND generation > %s ORDER BY database, schema, name",
                after,
            ).fetchall()
            facts = link.execute(
                "SELECT source, fact, is_gone FROM rasgo_nb.facts WHERE catalog = %s AND generation > %s",
                after,
            ).fetchall()
        named = tuple((TableName(*row[:3]), row[3], row[4]) for row in tables)
        return Changes(generation, is_whole, named, tuple(facts))

    def put_tables(self, rows: Sequence[tuple[TableName, str, bytes]]) -> None:
        """Take in tables with their marks and packed details; those that are held so are left alone."""
        names, marks, details = zip(*rows, strict=True) if rows else ((), (), ())
        with self._changing() as (link, catalog, generation):
            link.execute(_PUT_TABLES, (catalog, generation, *_columns(names), list(marks), list(details)))

    def drop_tables(self, names: Sequence[TableName]) -> None:
        """Note that tables are gone."""
        with self._changing() as (link, catalog, generation):
            link.execute(_DROP_TABLES, (generation, *_columns(names), catalog))

    def put_facts(self, source: str, facts: Sequence[str]) -> None:
        """Take in all packed facts of a source, in place of those that it had."""
        by_key = {hashlib.sha256(fact.encode()).digest(): fact for fact in facts}
        keys = list(by_key)
        with self._changing() as (link, catalog, generation):
            link.execute(_DROP_FACTS, (generation, catalog, source, keys))
            link.execute(_PUT_FACTS, (catalog, source, generation, keys, list(by_key.values())))
            link.execute(_FORGET, {"catalog": catalog, "least": generation - _KEPT_CHANGES})

    def close(self) -> None:
        """Close the connection; a second call does nothing."""
        self._is_closed = True
        self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            _close(self._links)

    @contextmanager
    def _changing(self) -> Iterator[tuple[Any, int, int]]:
        """A transaction with the number of its change; the catalog's row is the lock among writers."""
        count_up = (
            "UPDATE rasgo_nb.catalogs SET generation = generation + 1 WHERE name = %s "
            "RETURNING number, generation"
        )
        with self._asking() as link, link.transaction():
            number, generation = link.execute(count_up, (self._catalog,)).fetchone()
            yield link, number, generation

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        psycopg = load("psycopg", extra="postgres", purpose="A team's catalog in Postgres")
        with self._lock:
            if self._is_closed:
                raise TeamOutOfReach(_said(ConnectionError("it is closed")))
            try:
                if not self._links:
                    self._open(psycopg)
                yield self._links[0]
            except psycopg.Error as error:
                self._let_go()
                raise TeamOutOfReach(_said(error)) from None

    def _open(self, psycopg: Any) -> None:
        given = {"password": self._password} if self._password else {}
        link = psycopg.connect(
            self._address,
            autocommit=True,
            connect_timeout=_CONNECT_S,
            application_name="rasgo_nb catalog",
            options=f"-c statement_timeout={_STATEMENT_MS}",
            **given,
        )
        self._links.append(link)
        with link.transaction():
            link.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            if link.execute("SELECT to_regclass('rasgo_nb.facts_changed')").fetchone()[0] is None:
                link.execute(_SCRIPT)
            # Looked for first: an INSERT waits for who is changing the row, even where it would do nothing.
            found = link.execute("SELECT 1 FROM rasgo_nb.catalogs WHERE name = %s", (self._catalog,))
            if found.fetchone() is None:
                link.execute(
                    "INSERT INTO rasgo_nb.catalogs (name) VALUES (%s) ON CONFLICT DO NOTHING",
                    (self._catalog,),
                )


def _close(links: list[Any]) -> None:
    while links:
        links.pop().close()


def _columns(names: Sequence[TableName]) -> tuple[list[str], list[str], list[str]]:
    return [one.database for one in names], [one.schema for one in names], [one.table for one in names]


def _said(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return (
        f"The team's catalog is out of reach ({first}): what this machine holds is used. "
        f"Look at `%rasgo config {SETTING}`."
    )
