"""One statement at work: a connection of the pool, its locks and time limit, its rows, its end."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.connectors import sqlalchemy_drivers, sqlalchemy_frames, sqlalchemy_plan, sqlalchemy_sqlite
from rasgo_nb.connectors.base import CostEstimate
from rasgo_nb.connectors.frames import told
from rasgo_nb.connectors.sqlalchemy_columns import ArrowColumns
from rasgo_nb.connectors.tag import current_tag
from rasgo_nb.errors import QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa
    from sqlalchemy import Connection, CursorResult, Engine

    from rasgo_nb.connectors.base import Caps, Progress
    from rasgo_nb.connectors.frames import GatheredFrame

T = TypeVar("T")

ROWS_AT_ONCE = 500  # fewer than the garbage collector waits for
FIRST_ROWS = 500  # of a batch; rows may be wide: the first few tell how many fit
MOST_ROWS = 16_384
BYTES_AT_ONCE = 16_000_000
MORE = "Aggregate or filter in SQL, or raise the cap, to get the rest."


class Job:
    """Runs in the thread of its statement; ``cancel`` is for other threads."""

    connection: Connection

    def __init__(self, engine: Engine, *, read_only: bool, timeout_s: float) -> None:
        self.kind = sqlalchemy_drivers.kind_of(engine)
        self._engine = engine
        self._read_only = read_only
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._driver: Any = None  # the driver's connection while it may be cancelled
        self._cursor: Any = None
        self._session: int | None = None
        self._is_cancelled = False
        self._is_late = False

    def run(self, work: Callable[[Job], T]) -> T:
        """What the work returns; its transaction is rolled back, or committed where writing is allowed."""
        with self._engine.connect() as self.connection:
            self._begin()
            try:
                done = work(self)
                if not self._read_only:
                    self.connection.commit()
                return done
            finally:
                self._end()

    def _begin(self) -> None:
        session = sqlalchemy_drivers.session_of(self.connection)
        with self._lock:
            self._driver, self._session = sqlalchemy_drivers.driver_of(self.connection), session

    def _end(self) -> None:
        with self._lock:
            self._driver = self._cursor = None
        if self._is_cancelled:  # a cancel that is still on its way must not meet another statement
            self.connection.invalidate()

    def cancel(self) -> None:
        """Have the server end what runs; nothing where nothing does."""
        from sqlalchemy.exc import SQLAlchemyError

        driver_error = self._engine.dialect.loaded_dbapi.Error
        with self._lock, suppress(SQLAlchemyError, driver_error, OSError):
            if self._driver is not None:
                self._is_cancelled = True
                sqlalchemy_drivers.cancel(self._engine, self._driver, self._session, self._cursor)

    @contextmanager
    def time_limit(self, statement: str) -> Iterator[None]:
        """End what runs longer than the limit, whether or not the database does so itself."""
        timer = threading.Timer(self._timeout_s or threading.TIMEOUT_MAX, self._end_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        except QueryStopped:
            raise
        except QueryError as error:
            if not self._is_late:
                raise
            raise QueryError(
                f"The query ran longer than its limit of {self._timeout_s:,.0f} s and was ended.",
                statement=statement,
                hint="Ask for less, or raise the connection's timeout.",
                kind="timeout",
            ) from error
        finally:
            timer.cancel()

    def _end_late(self) -> None:
        self._is_late = True
        self.cancel()

    def gather(
        self,
        statement: str,
        frames: Mapping[str, pd.DataFrame],
        caps: Caps,
        on_progress: Callable[[Progress], None] | None,
    ) -> GatheredFrame:
        """The statement's result, up to the caps."""
        sent, readers = self._made_ready(statement, frames)
        with self._execute(_comment() + sent, is_stream=sqlalchemy_plan.is_query(sent)) as result:
            if not result.returns_rows:
                columns = ArrowColumns(["rows"])
                columns.hold([(max(0, result.rowcount),)])
                columns.take()
                return columns.gather(caps)
            columns = ArrowColumns(list(result.keys()), readers)
            for _ in told(self._batches(result, columns), on_progress):
                if columns.rows > caps.max_rows or columns.bytes > caps.max_bytes:
                    return self._cut(columns, caps)
        return columns.gather(caps)

    def _batches(self, result: CursorResult[Any], columns: ArrowColumns) -> Iterator[pa.RecordBatch]:
        """Takes rows from the driver itself: SQLAlchemy would make another object of each.

        Few rows exist at a time as tuples, which Python's garbage collector would visit again and again.
        """
        size = FIRST_ROWS
        for rows in self._rows(result):
            columns.hold(rows)
            if columns.held >= size:
                batch = columns.take()
                fitting = BYTES_AT_ONCE * batch.num_rows // max(1, batch.nbytes)
                size = max(1, min(MOST_ROWS, 8 * size, fitting))
                yield batch
        if columns.held:
            yield columns.take()

    def _rows(self, result: CursorResult[Any]) -> Iterator[Sequence[Any]]:
        first = result.fetchmany(1)  # which SQLAlchemy may have fetched already
        cursor = result.cursor
        yield first
        while first and cursor is not None and (rows := cursor.fetchmany(ROWS_AT_ONCE)):
            if self._is_cancelled:  # a server hears nothing of a cancel between two fetches
                raise QueryError("The query was stopped.")
            yield rows

    def _cut(self, columns: ArrowColumns, caps: Caps) -> GatheredFrame:
        if self._session is not None:
            self.cancel()  # MySQL's drivers read the rest of a result before they close it
        gathered = columns.gather(caps)
        if gathered.cut:
            return gathered
        cap = f"{caps.max_bytes / 1e6:,.0f} MB of memory"
        cut = f"Cut at the cap of {cap}: the first {len(gathered.frame):,} rows came, there are more. {MORE}"
        return replace(gathered, cut=cut)

    def _made_ready(self, statement: str, frames: Mapping[str, pd.DataFrame]) -> tuple[str, list[Any]]:
        """The statement to send and the readers of its columns; from now on nothing can be written."""
        sent = sqlalchemy_frames.with_frames(self.connection, statement, frames)
        readers = sqlalchemy_sqlite.readers(self.connection, sent) if self.kind == "sqlite" else []
        sqlalchemy_drivers.prepare(
            self.connection,
            sqlalchemy_drivers.ways_of(self._engine),
            read_only=self._read_only,
            timeout_s=self._timeout_s,
        )
        return sent, readers

    @contextmanager
    def _execute(self, statement: str, *, is_stream: bool) -> Iterator[CursorResult[Any]]:
        options = {"no_parameters": True, "stream_results": is_stream}
        result = self.connection.exec_driver_sql(statement, execution_options=options)
        self._cursor = result.cursor
        try:
            yield result
        finally:
            result.close()

    def estimate(self, statement: str, frames: Mapping[str, pd.DataFrame]) -> CostEstimate:
        """What EXPLAIN tells."""
        how = sqlalchemy_plan.HOW.get(self.kind)
        if how is None:
            return CostEstimate()
        sent, _ = self._made_ready(statement, frames)
        with self._execute(f"{how.explain} {sent}", is_stream=False) as result:
            return how.read(result.fetchall())

    def check_syntax(self, statement: str) -> None:
        """Have the database compile the statement, without running it."""
        self._made_ready("", {})
        with self._execute(f"EXPLAIN {statement}", is_stream=False):
            pass


def _comment() -> str:
    """The tag in front of the statement, where every database's history shows it."""
    tag = re.sub(r"[^\w .=-]", "", str(current_tag()))
    return f"/* {tag} */ "
