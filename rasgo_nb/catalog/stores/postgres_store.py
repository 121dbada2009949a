"""A catalog that a team shares: Postgres holds it, and this machine a replica in which it is searched."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from rasgo_nb.catalog.stores.postgres_store_rows import TeamOutOfReach, TeamRows
from rasgo_nb.catalog.stores.replica import OWN_SOURCES, pull
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.catalog.stores.sqlite_store_rows import packed_fact, packed_table
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rasgo_nb.catalog.facts import Fact
    from rasgo_nb.catalog.vectors.base import VectorIndex
    from rasgo_nb.catalog.vectors.vector_file import Part
    from rasgo_nb.connectors.base import TableDetail, TableName

PULL_EVERY_S = 30.0


class PostgresStore(SqliteStore):
    """A ``Store`` whose changes go to the team first, and from there to each replica.

    The replica is searched, so that results are the same with and without a team. While the team's server is
    out of reach, the replica goes on alone, and ``note`` says so: tables that are put then have no mark, so
    that the next crawl brings them again.

    Parameters
    ----------
    path : the replica's file; None for one in memory
    """

    def __init__(self, path: Path | None, team: TeamRows) -> None:
        super().__init__(path)
        self._team = team
        self._team_note = ""
        self._pulling = threading.Lock()
        self._pulled_s = float("-inf")
        self._has_asked = False
        self._is_open = True

    def shared_vectors(self, embedder_name: str) -> dict[Part, VectorIndex]:
        """Where the team's vectors are; those of memories stay on this machine."""
        parts: tuple[Part, ...] = ("table", "fact")
        return {part: self._team.vectors(part, embedder_name) for part in parts}

    @property
    def note(self) -> str:
        """What the person should know of the file, or of the team's server."""
        return super().note or self._team_note

    @property
    def is_empty(self) -> bool:
        """As in ``SqliteStore``; a replica without tables is filled first, where the team has any."""
        if super().is_empty and not self._has_asked:
            self.pull()
        return super().is_empty

    @property
    def generation(self) -> int:
        """As in ``Store``; what others have changed is pulled beside, now and then."""
        if time.monotonic() - self._pulled_s > PULL_EVERY_S:
            self._pulled_s = time.monotonic()
            # A daemon: a server that does not answer must not keep the kernel from ending.
            threading.Thread(target=self._pull_quietly, name="rasgo_nb team", daemon=True).start()
        return super().generation

    def pull(self) -> bool:
        """Bring what others have changed into the replica; whether the team's server could be asked."""
        with self._pulling:
            if not self._is_open:
                return False
            self._pulled_s = time.monotonic()
            try:
                pull(self._team, self)
            except TeamOutOfReach as error:
                self._team_note = str(error)
                return False
            finally:
                self._has_asked = True
            self._team_note = ""
            return True

    def _pull_quietly(self) -> None:
        with suppress(RasgoError):  # closed meanwhile
            self.pull()

    def put_tables(self, tables: Iterable[tuple[TableDetail, str]]) -> None:
        """As in ``Store``."""
        rows = list(tables)
        try:
            self._team.put_tables([(table.name, mark, packed_table(table)) for table, mark in rows])
        except TeamOutOfReach as error:
            self._team_note = str(error)
            rows = [(table, "") for table, _ in rows]
        self.put_in_replica(rows)

    def drop_tables(self, names: Iterable[TableName]) -> None:
        """As in ``Store``; out of the server's reach nothing is dropped, and the next crawl does it."""
        gone = list(names)
        try:
            self._team.drop_tables(gone)
        except TeamOutOfReach as error:
            self._team_note = str(error)
            return
        super().drop_tables(gone)

    def put_facts(self, source: str, facts: Iterable[Fact]) -> None:
        """As in ``Store``; memories and what a run taught stay on this machine."""
        given = list(facts)
        if source not in OWN_SOURCES:
            try:
                self._team.put_facts(source, [packed_fact(fact) for fact in given])
            except TeamOutOfReach as error:
                self._team_note = str(error)
        super().put_facts(source, given)

    def put_in_replica(self, tables: Iterable[tuple[TableDetail, str]]) -> None:
        """Take in tables that the team has."""
        super().put_tables(tables)

    def drop_in_replica(self, names: Iterable[TableName]) -> None:
        """Let go of tables that the team has no longer."""
        super().drop_tables(names)

    def put_facts_in_replica(self, source: str, facts: Iterable[Fact]) -> None:
        """Take in all facts that the team has of a source."""
        super().put_facts(source, facts)

    def close(self) -> None:
        """As in ``Store``."""
        self._is_open = False
        self._team.close()
        super().close()
