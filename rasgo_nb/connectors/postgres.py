"""Postgres through psycopg: each statement in a read-only transaction, its rows streamed by COPY."""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.connectors import (
    postgres_history,
    postgres_marks,
    postgres_plan,
    postgres_result,
    postgres_values,
)
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
from rasgo_nb.connectors.postgres_catalog import describe, list_names
from rasgo_nb.connectors.postgres_errors import query_error
from rasgo_nb.connectors.postgres_pool import Lease, Pool
from rasgo_nb.connectors.postgres_result import described
from rasgo_nb.connectors.postgres_sign_in import open_link, parameters_of
from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.connectors.refusals import check_open, refuse_frames
from rasgo_nb.connectors.running import RunningStatements
from rasgo_nb.connectors.tag import current_tag
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryRefused, SignInFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import psycopg
    from psycopg import sql

    from rasgo_nb.connectors.base import PastStatement
    from rasgo_nb.connectors.frames import GatheredFrame
    from rasgo_nb.connectors.postgres_types import OwnType
    from rasgo_nb.connectors.request import ConnectRequest

    Link = psycopg.Connection[Any]

T = TypeVar("T")

_MOST_TAG_BYTES = 63  # of an application name; the server cuts the rest
_AGAIN_S = 0.25  # a cancel is a connection of its own
_IDLE_IN_TRANSACTION_S = 60


def connect(request: ConnectRequest) -> PostgresConnection:
    """Open what libpq's words name: a URL, ``key=value`` pairs, a database, a service, or ``PG*`` variables.

    Raises
    ------
    ConnectionFailed
        when it cannot be opened, with what to mend; SignInFailed when the sign-in is refused.
    """
    parameters = parameters_of(request)
    pool = Pool(partial(open_link, parameters, name=request.name))
    link = open_link(parameters, name=request.name)
    identity = Identity("postgres", (link.info.host, str(link.info.port), link.info.dbname), link.info.user)
    pool.keep(link)
    return PostgresConnection(
        pool, identity, name=request.name, read_only=request.read_only, timeout_s=request.timeout_s
    )


class PostgresConnection:
    """A ``Connection`` to a Postgres database; statements that run at once have a link to the server each.

    A session's own state (a temporary table, ``SET``) ends with its statement.
    """

    dialect = "postgres"

    def __init__(
        self, pool: Pool, identity: Identity, *, name: str, read_only: bool, timeout_s: float
    ) -> None:
        self.name = name
        self.read_only = read_only
        self.is_closed = False
        self._timeout_s = timeout_s
        self._pool = pool
        self._identity = identity
        self._running = RunningStatements(again_s=_AGAIN_S)
        self._own_types: dict[int, OwnType] = {}

    def __repr__(self) -> str:
        return f"PostgresConnection({self.name!r}, read_only={self.read_only})"

    def list_tables(self) -> list[TableName]:
        """All tables and views that the role may read, partitions under their parent, in order of name."""
        return self._in_transaction("", list_names, read_only=True)

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """Columns, keys, comments and the statistics of the last ANALYZE, from the server's catalog."""
        return self._in_transaction("", lambda link: describe(link, tables), read_only=True)

    def table_marks(self) -> dict[TableName, str]:
        """As in ``KnowsChanges``: a digest that the server makes of each table's description."""
        return self._in_transaction("", postgres_marks.table_marks, read_only=True)

    def past_statements(self, *, days: int, most: int) -> list[PastStatement]:  # noqa: ARG002 - it has no days
        """As in ``KnowsHistory``: what pg_stat_statements has counted, without ``days``, which it has not."""
        return self._in_transaction(
            "", lambda link: postgres_history.past_statements(link, most), read_only=True
        )

    def usual_values(self, tables: Sequence[TableName]) -> dict[TableName, dict[str, tuple[str, ...]]]:
        """As in ``KnowsValues``: of texts and enumerations with few values, by the last ANALYZE."""
        return self._in_transaction(
            "", lambda link: postgres_values.usual_values(link, tables), read_only=True
        )

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """As in ``Connection``; a connection that may write commits what the statement did."""
        refuse_frames("Postgres", statement, self.dialect, frames)
        self._check(statement)
        started = time.perf_counter()
        used = caps or default_caps()
        gathered: GatheredFrame = self._in_transaction(
            statement,
            lambda link: postgres_result.gather(link, statement, self._own_types, used, on_progress),
            read_only=self.read_only,
        )
        elapsed_s = time.perf_counter() - started
        return QueryResult(gathered.frame, elapsed_s, cut=gathered.cut, renamed=gathered.renamed)

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """What the planner guesses: rows of the result, rows and bytes of the tables that are scanned."""
        refuse_frames("Postgres", statement, self.dialect, frames)
        self._check(statement)
        return self._in_transaction(
            statement, lambda link: postgres_plan.estimate(link, statement), read_only=True
        )

    def identity(self) -> Identity:
        """As libpq has resolved host, port, database and user."""
        return self._identity

    def interrupt(self) -> None:
        """Stop every statement that runs now."""
        self._running.stop()

    def close(self) -> None:
        """Stop what runs, and let go of the server."""
        self.is_closed = True
        self._running.stop()
        self._pool.close()

    def _check(self, statement: str) -> None:
        """Refuse what is no read; what does not even parse is told in the server's own words."""
        if not self.read_only:
            return
        try:
            check_read_only(statement, self.dialect)
        except QueryRefused:
            self._in_transaction(statement, lambda link: _raise_if_misspelt(link, statement), read_only=True)
            raise

    def _in_transaction(self, statement: str, work: Callable[[Link], T], *, read_only: bool) -> T:
        check_open(self, statement)
        lease = Lease()
        begin = partial(_begin, read_only=read_only, timeout_s=self._timeout_s)
        with _translated(statement):
            return self._running.run(
                lambda: _worked(self._pool, lease, begin, work, commits=not read_only),
                cancel=lease.cancel,
            )


def _worked(
    pool: Pool, lease: Lease, begin: Callable[[Link], None], work: Callable[[Link], T], *, commits: bool
) -> T:
    with pool.begun(lease, begin) as link:
        done = work(link)
        if commits:
            link.commit()
        return done


def _begin(link: Link, *, read_only: bool, timeout_s: float) -> None:
    """Settings are made inside of the transaction, so that they end with it also behind a pooler.

    ``default_transaction_read_only`` holds on if a procedure were to commit. Dates and intervals come in the
    forms that are read here; the order of day and month in what a statement gives is left as it is.
    """
    from psycopg import sql

    settings: dict[str, str | int] = {
        "application_name": _application_name(),
        "statement_timeout": int(timeout_s * 1000),
        "idle_in_transaction_session_timeout": _IDLE_IN_TRANSACTION_S * 1000,
        "datestyle": "ISO",
        "intervalstyle": "postgres",
        "bytea_output": "hex",
        "extra_float_digits": 1,
    }
    if read_only:
        settings["default_transaction_read_only"] = "on"
    parts: list[sql.Composable] = [sql.SQL("BEGIN READ ONLY" if read_only else "BEGIN READ WRITE")]
    parts += [
        sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in settings.items()
    ]
    link.execute(sql.SQL("; ").join(parts))


def _application_name() -> str:
    return str(current_tag()).encode()[:_MOST_TAG_BYTES].decode(errors="ignore")


def _raise_if_misspelt(link: Link, statement: str) -> None:
    """Raise the server's syntax error; other errors, and none, are the guard's to word."""
    import psycopg

    try:
        described(link, statement)
    except psycopg.errors.SyntaxError as error:
        if str(error.diag.message_primary).startswith("cannot insert multiple"):
            return
        raise
    except psycopg.Error:
        return


@contextmanager
def _translated(statement: str) -> Iterator[None]:
    """Errors of psycopg as ``QueryError``; a server that is gone is a failure of the network."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise query_error(error, statement) from None
    except SignInFailed:
        raise
    except ConnectionFailed as error:
        raise QueryError(str(error), statement=statement, kind="network") from None
