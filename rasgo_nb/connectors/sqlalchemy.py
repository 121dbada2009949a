"""SQLAlchemy: any database that it has a dialect for, by URL."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rasgo_nb._optional import load
from rasgo_nb.connectors import sqlalchemy_catalog, sqlalchemy_drivers, sqlalchemy_plan
from rasgo_nb.connectors.base import (
    Caps,
    CostEstimate,
    Identity,
    Progress,
    QueryResult,
    TableDetail,
    TableName,
)
from rasgo_nb.connectors.frames import default_caps
from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.connectors.refusals import check_open
from rasgo_nb.connectors.running import RunningStatements
from rasgo_nb.connectors.sqlalchemy_errors import translated_errors
from rasgo_nb.connectors.sqlalchemy_job import Job
from rasgo_nb.connectors.sqlalchemy_schemes import sqlglot_dialect
from rasgo_nb.errors import QueryError, QueryRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    from sqlalchemy import Engine

    from rasgo_nb.connectors.request import ConnectRequest

T = TypeVar("T")


def connect(request: ConnectRequest) -> SQLAlchemyConnection:
    """Open what a URL names, in SQLAlchemy's spelling: ``sqlite:///shop.db``, ``mysql+pymysql://...``.

    The password is taken from the URL, else from ``request.secrets``; ``request.options`` are parameters of
    the URL.

    Raises
    ------
    ConnectionFailed, SignInFailed, MissingDependency
        with what to type next.
    """
    load("sqlalchemy", extra="sqlalchemy", purpose="A connection by URL")
    from rasgo_nb.connectors.sqlalchemy_open import open_engine

    return SQLAlchemyConnection(open_engine(request), request)


class SQLAlchemyConnection:
    """A ``Connection`` by SQLAlchemy. Each statement runs in a transaction that is rolled back.

    A writable one commits. SQLite, Postgres, MySQL, MariaDB and Oracle are told to refuse writes themselves;
    elsewhere the guard stands alone, before the rights of the user.
    """

    def __init__(self, engine: Engine, request: ConnectRequest) -> None:
        self.name = request.name
        self.read_only = request.read_only
        self.dialect = sqlglot_dialect(engine.dialect.name)
        self.is_closed = False
        self._engine = engine
        self._kind = sqlalchemy_drivers.kind_of(engine)
        self._timeout_s = request.timeout_s
        self._running = RunningStatements(again_s=0.2)

    def __repr__(self) -> str:
        return f"SQLAlchemyConnection({self.name!r}, {self._kind}, read_only={self.read_only})"

    def list_tables(self) -> list[TableName]:
        """All tables and views outside the system's schemas, in order of name."""
        return self._run("", lambda job: sqlalchemy_catalog.list_names(job.connection))

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """Columns, keys and comments by SQLAlchemy's Inspector; row counts where the catalog has them."""
        return self._run("", lambda job: sqlalchemy_catalog.describe(job.connection, tables))

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """As in ``Connection``; on Ctrl-C the statement is stopped and KeyboardInterrupt goes on."""
        self._check(statement)
        started = time.perf_counter()
        used = caps or default_caps()
        gathered = self._run(statement, lambda job: job.gather(statement, frames or {}, used, on_progress))
        elapsed_s = time.perf_counter() - started
        return QueryResult(gathered.frame, elapsed_s, cut=gathered.cut, renamed=gathered.renamed)

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """Rows as the planner guesses them, where EXPLAIN of the dialect tells; nothing of a write."""
        try:
            check_read_only(statement, self.dialect)
        except QueryRefused:
            if self.read_only:
                raise
            return CostEstimate()  # with EXPLAIN before it, some of it could be run
        return self._run(statement, lambda job: job.estimate(statement, frames or {}))

    def identity(self) -> Identity | None:
        """The server, database and user of the URL; None of a file."""
        url = self._engine.url
        if not url.host:
            return None
        return Identity(
            url.drivername, (url.host, str(url.port or ""), url.database or ""), url.username or ""
        )

    def interrupt(self) -> None:
        """Stop every statement that runs now."""
        self._running.stop()

    def close(self) -> None:
        """Stop what runs and close what is idle; waits for nobody."""
        self.is_closed = True
        self.interrupt()
        self._engine.dispose()

    def _check(self, statement: str) -> None:
        """The guard; what it takes for no SQL at all is shown to the database, which says what is wrong."""
        if not self.read_only:
            return
        try:
            check_read_only(statement, self.dialect)
        except QueryRefused as refused:
            if sqlalchemy_plan.can_check_syntax(self._kind, statement):
                self._check_syntax(statement)
            raise refused

    def _check_syntax(self, statement: str) -> None:
        try:
            self._run(statement, lambda job: job.check_syntax(statement))
        except QueryError as failed:
            if failed.kind == "syntax":
                raise

    def _run(self, statement: str, work: Callable[[Job], T]) -> T:
        check_open(self, statement)
        job = Job(self._engine, read_only=self.read_only, timeout_s=self._timeout_s)
        with job.time_limit(statement), translated_errors(statement, self._engine.dialect, self._kind):
            return self._running.run(partial(job.run, work), cancel=job.cancel)
