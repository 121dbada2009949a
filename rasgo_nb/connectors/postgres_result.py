"""One statement on an open transaction: what it would give, and its rows as a DataFrame."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rasgo_nb.connectors.frames import gather_frame, told
from rasgo_nb.connectors.postgres_copy import COPY, block_of_result, copied_blocks
from rasgo_nb.connectors.postgres_errors import query_error
from rasgo_nb.connectors.postgres_rows import batches_of
from rasgo_nb.connectors.postgres_types import ResultColumn, read_own_types, reading_of
from rasgo_nb.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import psycopg
    import pyarrow as pa
    from psycopg.pq.abc import PGresult

    from rasgo_nb.connectors.base import Caps, Progress
    from rasgo_nb.connectors.frames import GatheredFrame
    from rasgo_nb.connectors.postgres_types import OwnType, Reading

    Link = psycopg.Connection[Any]

_COMMENT = r"--[^\n]*(?:\n|$)|/\*(?:[^*]|\*(?!/))*\*/"
_FIRST_WORD = re.compile(rf"(?:\s|\(|{_COMMENT})*([A-Za-z]+)")
_COPIED = frozenset({"select", "values", "table", "with"})


def gather(
    link: Link,
    statement: str,
    own_types: dict[int, OwnType],
    caps: Caps,
    on_progress: Callable[[Progress], None] | None,
) -> GatheredFrame:
    """The rows as a DataFrame; ``own_types`` is what is known of the database's types, and is added to.

    Raises
    ------
    psycopg.Error, QueryError
        as the server fails the statement.
    """
    import psycopg

    _let_any_bytes_come(link)
    columns = described(link, statement)
    own_types.update(read_own_types(link, [column.type_oid for column in columns], own_types))
    readings = [reading_of(column, own_types, session_zone(link)) for column in columns]
    own = {place: reading.gatherer() for place, reading in enumerate(readings) if reading.gatherer}
    schema = _schema(columns, readings)

    def gathered(blocks: Iterable[bytes]) -> GatheredFrame:
        return gather_frame(schema, told(batches_of(blocks, schema, readings), on_progress), caps, own=own)

    if not columns or not is_query(statement):
        result = _plain(link)
        return gathered([block_of_result(result)]) if columns else _without_columns(result, caps)
    try:
        with copied_blocks(link, without_end(statement)) as blocks:
            return gathered(blocks)
    except psycopg.Error as error:
        raise query_error(error, statement, added=COPY) from None


def _let_any_bytes_come(link: Link) -> None:
    """A database of the encoding SQL_ASCII holds any bytes; the server would refuse to send them as UTF-8."""
    if link.pgconn.parameter_status(b"server_encoding") == b"SQL_ASCII":
        link.execute("SET LOCAL client_encoding = 'SQL_ASCII'")


def described(link: Link, statement: str) -> list[ResultColumn]:
    """The columns that a statement will give; it is parsed, and not run.

    Raises
    ------
    psycopg.Error
        with the place, when the server does not take it.
    """
    link.pgconn.send_prepare(b"", statement.encode())
    _awaited(link)
    link.pgconn.send_describe_prepared(b"")
    result = _awaited(link)
    return [
        ResultColumn(
            (result.fname(place) or b"").decode("utf-8", "backslashreplace"),
            result.ftype(place),
            result.fmod(place),
            bool(result.ftable(place)),
        )
        for place in range(result.nfields)
    ]


def is_query(statement: str) -> bool:
    """Whether COPY and EXPLAIN take it: SELECT, VALUES, TABLE or WITH."""
    found = _FIRST_WORD.match(statement)
    return bool(found) and found[1].casefold() in _COPIED  # type: ignore[index]


def without_end(statement: str) -> str:
    """The statement without its semicolon, which may have comments behind it."""
    from sqlglot import tokenize
    from sqlglot.errors import SqlglotError

    if ";" not in statement:
        return statement
    try:
        tokens = tokenize(statement, read="postgres")
    except SqlglotError:
        return statement.rstrip("; \n\t\r")
    end = len(statement)
    while tokens and statement[tokens[-1].start : tokens[-1].end + 1] == ";":
        end = tokens.pop().start
    return statement[:end]


def session_zone(link: Link) -> str:
    """The session's time zone by the name that pandas knows too; UTC where it has another kind of name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = (link.pgconn.parameter_status(b"TimeZone") or b"").decode()
    try:
        return ZoneInfo(name).key if name else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def _schema(columns: list[ResultColumn], readings: list[Reading]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema(
        [pa.field(column.name, reading.type) for column, reading in zip(columns, readings, strict=True)]
    )


def _plain(link: Link) -> PGresult:
    link.pgconn.send_query_prepared(b"", None)
    return _awaited(link)


def _without_columns(result: PGresult, caps: Caps) -> GatheredFrame:
    """What gives no columns: ``SELECT FROM people`` has rows all the same."""
    import pandas as pd

    from rasgo_nb.connectors.frames import GatheredFrame

    rows = min(result.ntuples, caps.max_rows)
    frame = pd.DataFrame(index=pd.RangeIndex(rows), columns=pd.Index([], dtype="str"))
    return GatheredFrame(frame, "", ())


def _awaited(link: Link) -> PGresult:
    """The result of what was sent. libpq's own calls that wait would hold up every other thread of Python."""
    from psycopg import errors, generators, pq

    results: list[PGresult] = link.wait(generators.execute(link.pgconn))
    result = results[-1]
    if result.status == pq.ExecStatus.EMPTY_QUERY:
        raise QueryError("There is no statement to run.", hint="Write one, and run it again.")
    if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        return result
    if not result.error_field(pq.DiagnosticField.SQLSTATE):
        raise errors.OperationalError(result.get_error_message() or "the server closed it")
    raise errors.error_from_result(result)
