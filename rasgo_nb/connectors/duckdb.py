"""DuckDB: a database file, a folder of Parquet or CSV files, or memory, in the analyst's own process."""

from __future__ import annotations

import re
import time
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from rasgo_nb.connectors import duckdb_parser, duckdb_plan, duckdb_source, duckdb_values
from rasgo_nb.connectors.base import Caps, CostEstimate, Progress, QueryResult, TableDetail, TableName
from rasgo_nb.connectors.duckdb_catalog import describe, list_names
from rasgo_nb.connectors.frames import batch_rows, default_caps, gather_frame, told
from rasgo_nb.connectors.readonly import check_read_only
from rasgo_nb.connectors.refusals import check_open
from rasgo_nb.connectors.running import GIVE_UP_S, RunningStatements
from rasgo_nb.errors import ErrorKind, QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb
    import pandas as pd

    from rasgo_nb.connectors.frames import GatheredFrame

T = TypeVar("T")

# cut to 128 bits, or bytes without a meaning, or without their time zone
SPOILT_BY_ARROW = frozenset({"UHUGEINT", "BIGNUM", "BIT", "TIME WITH TIME ZONE"})


def connect(source: str | Path, *, name: str, read_only: bool = True) -> DuckDBConnection:
    """Open a .duckdb file, a Parquet or CSV file, a folder of them, or ``:memory:``.

    Raises
    ------
    ConnectionFailed
        when it cannot be opened; says what to give instead.
    """
    return DuckDBConnection(
        duckdb_source.open_source(source, read_only=read_only), name=name, read_only=read_only
    )


class DuckDBConnection:
    """A ``Connection`` to DuckDB. Each statement runs on a cursor and a thread of its own.

    A session's own state (a temporary table, ``SET``) therefore ends with its statement.
    """

    dialect = "duckdb"

    def __init__(self, parent: duckdb.DuckDBPyConnection, *, name: str, read_only: bool) -> None:
        self.name = name
        self.read_only = read_only
        self._parent = parent
        self.before_each: tuple[str, ...] = ()  # statements that prepare the link of every query
        self._running = RunningStatements()
        self.is_closed = False

    def __repr__(self) -> str:
        return f"DuckDBConnection({self.name!r}, read_only={self.read_only})"

    def list_tables(self) -> list[TableName]:
        """All tables and views, in order of name."""
        return list_names(self._rows)

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """Columns, keys, comments and estimated row counts, from DuckDB's own catalog."""
        return describe(self._rows, tables)

    def usual_values(self, tables: Sequence[TableName]) -> dict[TableName, dict[str, tuple[str, ...]]]:
        """As in ``KnowsValues``: of files on this machine, by their first rows, for a moment at most."""
        return duckdb_values.usual_values(self._rows, tables)

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """As in ``Connection``; on Ctrl-C the statement is stopped and KeyboardInterrupt goes on."""
        with translated_errors(statement):
            duckdb_parser.check_syntax(statement)
        if self.read_only:
            check_read_only(statement, self.dialect)
        started = time.perf_counter()
        used = caps or default_caps()
        gathered: GatheredFrame = self._run(
            statement, lambda cursor: _gather(cursor, statement, frames or {}, used, on_progress)
        )
        elapsed_s = time.perf_counter() - started
        return QueryResult(gathered.frame, elapsed_s, cut=gathered.cut, renamed=gathered.renamed)

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """Rows of the scanned tables and of the result, as DuckDB's planner guesses them."""
        if self.read_only:
            check_read_only(statement, self.dialect)
        return self._run(statement, lambda cursor: duckdb_plan.estimate(cursor, statement, frames or {}))

    def interrupt(self) -> None:
        """Stop every statement that runs now."""
        self._running.stop()

    def close(self) -> None:
        """Stop what runs and close; waits for nobody."""
        self.is_closed = True
        given_up = time.monotonic() + GIVE_UP_S
        while not self._try_to_close() and time.monotonic() < given_up:
            time.sleep(0.002)

    def _try_to_close(self) -> bool:
        import duckdb

        self.interrupt()
        try:
            self._parent.close()
        except duckdb.ResourceInUseException:  # a cursor has not yet heard the interrupt
            return False
        return True

    def _rows(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._run(statement, lambda cursor: cursor.execute(statement, parameters).fetchall())

    def _run(self, statement: str, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        check_open(self, statement)
        cursors: list[duckdb.DuckDBPyConnection] = []

        def run() -> T:
            cursors.append(self._parent.cursor())
            with closing(cursors[0]) as cursor:
                for statement_before in self.before_each:
                    cursor.execute(statement_before)
                return work(cursor)

        with translated_errors(statement):
            return self._running.run(run, cancel=partial(_interrupt, cursors))


def _interrupt(cursors: Sequence[duckdb.DuckDBPyConnection]) -> None:
    import duckdb

    with suppress(duckdb.ConnectionException):  # it has just finished
        for cursor in cursors:
            cursor.interrupt()


def _gather(
    cursor: duckdb.DuckDBPyConnection,
    statement: str,
    frames: Mapping[str, pd.DataFrame],
    caps: Caps,
    on_progress: Callable[[Progress], None] | None,
) -> GatheredFrame:
    for name, frame in frames.items():
        _register(cursor, name, frame, statement)
    relation = _relation(cursor, statement)
    if relation is None:
        raise QueryError(
            "There is no statement to run.", statement=statement, hint="Write one, and run it again."
        )
    relation = _with_texts(relation)
    reader = relation.to_arrow_reader(batch_rows(len(relation.columns)))
    try:
        return gather_frame(reader.schema, told(reader, on_progress), caps)
    finally:
        cursor.interrupt()  # what a cap left unread need not be computed
        reader.close()


def _register(cursor: duckdb.DuckDBPyConnection, name: str, frame: pd.DataFrame, statement: str) -> None:
    import duckdb

    try:
        cursor.register(name, frame)
    except duckdb.Error as error:
        hint = (
            "Turn what is named there into text, numbers or dates in a frame of a new name, and query that."
        )
        message = f"DataFrame {name} cannot be queried: {_short(str(error))}"
        raise QueryError(message, statement=statement, hint=hint) from None


def _with_texts(relation: duckdb.DuckDBPyRelation) -> Any:
    """Columns whose type Arrow would spoil are sent as text."""
    from sqlglot import exp

    types = [str(type_) for type_ in relation.types]
    if not SPOILT_BY_ARROW.intersection(types):
        return relation
    numbers = [exp.to_identifier(f"c{position}") for position in range(len(types))]
    values = [
        exp.cast(exp.column(number), "TEXT") if type_ in SPOILT_BY_ARROW else exp.column(number)
        for number, type_ in zip(numbers, types, strict=True)
    ]
    named = [
        exp.alias_(value, name, quoted=True) for value, name in zip(values, relation.columns, strict=True)
    ]
    source = exp.to_table("result")  # its columns are numbered, for names may repeat
    source.set("alias", exp.TableAlias(this=exp.to_identifier("numbered"), columns=numbers))
    return relation.query("result", exp.select(*named).from_(source).sql("duckdb"))


def _relation(cursor: duckdb.DuckDBPyConnection, statement: str) -> Any:
    import duckdb

    try:
        return cursor.sql(statement)
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        raise _placed_error(cursor, statement, error) from None


def _placed_error(cursor: duckdb.DuckDBPyConnection, statement: str, error: Exception) -> QueryError:
    """The message of a relation lacks the place that the same failure of a plain statement has."""
    import duckdb

    try:
        cursor.execute(f"EXPLAIN\n{statement}")
    except duckdb.Error as placed:
        return query_error(str(placed), statement, added_lines=1)
    return query_error(str(error), statement)


@contextmanager
def translated_errors(statement: str) -> Iterator[None]:
    """DuckDB's errors as ``QueryError``."""
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise QueryStopped("The query was stopped.", statement=statement) from None
    except (duckdb.Error, OSError) as error:
        raise query_error(str(error), statement) from None


def query_error(text: str, statement: str, *, added_lines: int = 0) -> QueryError:
    """DuckDB's message without its picture of the place, and the place as line and column."""
    picture = re.search(r"\n+LINE (\d+): (.*)\n( *)\^", text)
    if picture is None:
        return QueryError(_short(text), statement=statement, kind=_kind(text))
    line = int(picture.group(1))
    column = len(picture.group(3)) - len(f"LINE {line}: ") + 1
    message = _short(text[: picture.start()])
    return QueryError(message, statement=statement, line=line - added_lines, column=column, kind=_kind(text))


_KINDS: dict[str, ErrorKind] = {
    "Catalog Error": "missing_object",
    "Parser Error": "syntax",
    "Conversion Error": "type",
    "Mismatch Type Error": "type",
    "Invalid Type Error": "type",
    "Permission Error": "permission",
    "Out of Memory Error": "quota",
    "HTTP Error": "network",
}


def _kind(text: str) -> ErrorKind:
    """By the class that DuckDB's message begins with; its binder tells of names and of types."""
    name, _, message = text.partition(":")
    if name == "Binder Error":
        is_type = any(words in message for words in ("No function matches", "Cannot compare", "Cannot mix"))
        return "type" if is_type else "missing_object"
    return _KINDS.get(name, "other")


def _short(message: str) -> str:
    one_line = " ".join(message.split())
    return one_line if len(one_line) <= 600 else f"{one_line[:600]}..."
