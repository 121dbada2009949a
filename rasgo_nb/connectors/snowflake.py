"""Snowflake, by the driver that a Snowpark session stands on, with the rights of the person's own role."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb._optional import load
from rasgo_nb.connectors import snowflake_history, snowflake_plan, snowflake_semantic
from rasgo_nb.connectors.base import (
    Caps,
    CostEstimate,
    Identity,
    Progress,
    QueryResult,
    TableDetail,
    TableName,
)
from rasgo_nb.connectors.frames import default_caps, gather_frame, told
from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.connectors.refusals import check_open, refuse_frames
from rasgo_nb.connectors.running import RunningStatements
from rasgo_nb.connectors.snowflake_catalog import SnowflakeCatalog
from rasgo_nb.connectors.snowflake_columns import open_result
from rasgo_nb.connectors.snowflake_errors import SessionLost, sign_in_error, translated_errors
from rasgo_nb.connectors.snowflake_open import Opening, active_opening
from rasgo_nb.connectors.snowflake_query import SnowflakeQuery, statement_parameters
from rasgo_nb.connectors.snowflake_tags import SnowflakeTags
from rasgo_nb.connectors.tag import current_tag
from rasgo_nb.errors import QueryError, QueryRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from rasgo_nb.connectors.base import PastStatement, SemanticModel
    from rasgo_nb.connectors.frames import GatheredFrame
    from rasgo_nb.connectors.request import ConnectRequest

T = TypeVar("T")

_CANCEL_AGAIN_S = 1.0  # each is a statement of its own


def connect(request: ConnectRequest) -> SnowflakeConnection:
    """Open a section of ``connections.toml``, a URL, or ``active``: the Snowpark session of this kernel.

    Raises
    ------
    ConnectionFailed
        when it cannot be opened; says what to give instead.
    SignInFailed
        when the sign-in is not taken, or something that it needs is missing.
    MissingDependency
        when the driver is not installed.
    """
    load("snowflake.connector", extra="snowflake", purpose="Snowflake")
    opening = active_opening(request) if request.place == "active" else Opening.of(request)
    return SnowflakeConnection(opening, request)


class SnowflakeConnection:
    """A ``Connection`` to Snowflake. All statements share one session, several may run in it at once.

    The session's role is the lock: give ``role=`` one that can only read.
    """

    dialect = "snowflake"

    def __init__(self, opening: Opening, request: ConnectRequest) -> None:
        self.name = request.name
        self.read_only = request.read_only
        self.is_closed = False
        self._opening = opening
        self._timeout_s = request.timeout_s
        self._running = RunningStatements(again_s=_CANCEL_AGAIN_S)
        self._renewing = threading.Lock()
        self._snowpark: Any = None
        self._tags = SnowflakeTags()
        self._history_gap = ""
        self._link = opening.open()

    def __repr__(self) -> str:
        return f"SnowflakeConnection({self.name!r}, read_only={self.read_only})"

    def session(self) -> Any:
        """A Snowpark session over this sign-in, for code of one's own; made when first asked for.

        Snowpark counts it among the active ones, so that ``get_active_session`` finds it.
        """
        if self._snowpark is None or self._snowpark.connection is not self._link:
            snowpark = load("snowflake.snowpark", extra="snowflake", purpose="A Snowpark session")
            self._snowpark = snowpark.Session.builder.configs({"connection": self._link}).create()
        return self._snowpark

    def list_tables(self) -> list[TableName]:
        """All tables and views of the session's database, or of those that ``databases=`` names."""
        return self._catalog().list_names()

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """Columns, keys, comments, sizes and clustering keys, from INFORMATION_SCHEMA and SHOW."""
        return self._catalog().describe(tables)

    def table_marks(self) -> dict[TableName, str]:
        """As in ``KnowsChanges``, by LAST_DDL; reads the tags anew that ``describe_tables`` tells."""
        return self._catalog().marks()

    def past_statements(self, *, days: int, most: int) -> list[PastStatement]:
        """As in ``KnowsHistory``: of the account where the role may see it, else of 7 days."""
        database = self._opening.databases(self._link)[0]
        past, self._history_gap = snowflake_history.past_statements(
            self._rows, database, days=days, most=most
        )
        return past

    def semantic_models(self) -> list[SemanticModel]:
        """As in ``KnowsMeaning``: the semantic views of the databases."""
        return snowflake_semantic.semantic_models(self._rows, self._opening.databases(self._link))

    def gaps(self) -> list[str]:
        """As in ``TellsGaps``."""
        return [gap for gap in (self._tags.gap, self._history_gap) if gap]

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """As in ``Connection``; a statement cannot name a DataFrame, for that would have to be written."""
        self._check(statement, frames)
        used = caps or default_caps()
        started = time.perf_counter()

        def take(query: SnowflakeQuery, cursor: Any) -> QueryResult:
            gathered = _gather(query, cursor, used, on_progress)
            elapsed_s = time.perf_counter() - started
            return QueryResult(gathered.frame, elapsed_s, gathered.cut, gathered.renamed, query.query_id)

        return self._execute(statement, take, on_progress)

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """Bytes of the micro-partitions that are left after pruning, by EXPLAIN, which needs no warehouse."""
        self._check(statement, frames)
        if not snowflake_plan.has_plan(statement):
            return CostEstimate()
        try:
            rows = self._rows(snowflake_plan.explaining(statement))
        except QueryError as error:
            raise snowflake_plan.in_own_lines(error, statement) from None
        return snowflake_plan.estimate(rows)

    def identity(self) -> Identity:
        """The account with the databases that are listed, and the session's user and role."""
        link = self._link
        databases = ",".join(self._opening.databases(link))
        return Identity("snowflake", (str(link.account), databases), str(link.user), str(link.role))

    def interrupt(self) -> None:
        """Stop every statement that runs now."""
        self._running.stop()

    def close(self) -> None:
        """Stop what runs and end the session; waits for nobody."""
        if self.is_closed:
            return
        self.is_closed = True
        self._running.stop()
        threading.Thread(target=self._opening.close, args=(self._link,), daemon=True).start()

    def _check(self, statement: str, frames: Mapping[str, pd.DataFrame] | None) -> None:
        refuse_frames("Snowflake", statement, self.dialect, frames)
        if not self.read_only:
            return
        try:
            check_read_only(statement, self.dialect)
        except QueryRefused:
            if snowflake_plan.may_compile(statement):
                self._compile(statement)
            raise

    def _compile(self, statement: str) -> None:
        """Have Snowflake say what is wrong with what cannot be a statement; compiled, never run."""

        def compile_only(link: Any) -> None:
            with translated_errors(statement):
                link.cursor().describe(statement)

        self._with_session(statement, compile_only, may_repeat=lambda: True)

    def _catalog(self) -> SnowflakeCatalog:
        databases = self._opening.databases(self._link)
        if not databases:
            hint = "Connect again with `database=NAME`, or `databases=A,B` for several."
            raise QueryError("No database is chosen.", hint=hint)
        return SnowflakeCatalog(self._rows, databases, self._tags)

    def _rows(self, statement: str) -> list[dict[str, Any]]:
        def take(_: SnowflakeQuery, cursor: Any) -> list[dict[str, Any]]:
            names = [column.name.lower() for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

        return self._execute(statement, take)

    def _execute(
        self,
        statement: str,
        take: Callable[[SnowflakeQuery, Any], T],
        on_progress: Callable[[Progress], None] | None = None,
    ) -> T:
        """What ``take`` makes of the result, in a thread of its own; once more after a new sign-in."""
        parameters = statement_parameters(str(current_tag()), self._timeout_s)
        queries: list[SnowflakeQuery] = []

        def run(link: Any) -> T:
            queries.append(SnowflakeQuery(link, statement, parameters, on_progress))
            with translated_errors(statement):
                return take(queries[-1], queries[-1].run())

        def work() -> T:
            return self._with_session(
                statement, run, may_repeat=lambda: self.read_only or not queries[-1].query_id
            )

        return self._running.run(work, cancel=lambda: queries[-1].cancel() if queries else None)

    def _with_session(self, statement: str, work: Callable[[Any], T], *, may_repeat: Callable[[], bool]) -> T:
        check_open(self, statement)
        link = self._link
        try:
            return work(link)
        except SessionLost as lost:
            self._renew(link, lost)
            if not may_repeat():
                hint = "Look whether it took effect before you run it again."
                message = "The session ended while the statement ran; a new one is open."
                raise QueryError(message, statement=statement, hint=hint, kind="network") from None
        try:
            return work(self._link)
        except SessionLost as lost:
            raise sign_in_error(lost.error, self._opening.place) from None

    def _renew(self, link: Any, lost: SessionLost) -> None:
        """Sign in again in place of ``link``, unless another thread just did."""
        with self._renewing:
            if self._link is link:
                self._link = self._opening.open_again(lost.error)


def _gather(
    query: SnowflakeQuery, cursor: Any, caps: Caps, on_progress: Callable[[Progress], None] | None
) -> GatheredFrame:
    result = open_result(cursor)
    try:
        return gather_frame(result.schema, query.until_stopped(told(result.batches, on_progress)), caps)
    finally:
        result.batches.close()  # what a cap left unread need not be downloaded
