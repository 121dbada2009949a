"""What every connector is: open, list, describe, run one read-only statement, close."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, slots=True, order=True)
class TableName:
    """A table's three name parts; ``str()`` gives ``database.schema.table`` without empty parts."""

    database: str
    schema: str
    table: str

    def __str__(self) -> str:
        return ".".join(part for part in (self.database, self.schema, self.table) if part)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the database describes it."""

    name: str
    type: str  # as the database spells it
    nullable: bool = True
    comment: str = ""
    tags: tuple[str, ...] = ()  # ``name: value``, or a word


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values are keys of another table."""

    columns: tuple[str, ...]
    references: TableName
    referenced_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableDetail:
    """A table as the database describes it, without a look at its rows."""

    name: TableName
    columns: tuple[Column, ...]
    kind: str = "table"  # table or view
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""
    row_count: int | None = None  # the database's own figure, without a scan; None for views
    size_bytes: int | None = None  # likewise
    partitioned_by: tuple[str, ...] = ()  # columns or expressions, as the database spells them
    clustered_by: tuple[str, ...] = ()  # likewise; sort keys and distribution keys are told here too
    owner: str = ""
    tags: tuple[str, ...] = ()  # ``name: value``, or a word


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a result is brought over; what lies beyond is cut, and said."""

    max_rows: int
    max_bytes: int  # of the Arrow data, before it becomes a DataFrame


@dataclass(frozen=True, slots=True)
class CostEstimate:
    """What the database says a query would take, before it runs; None where it does not tell.

    ``bytes_read`` and ``rows_read`` are of the tables that are scanned, ``rows`` of the result. ``is_exact``
    says that the figures are what will be billed, rather than the planner's guess.
    """

    bytes_read: int | None = None
    rows_read: int | None = None
    rows: int | None = None
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a query is. ``stage`` is what the warehouse does now; ``share`` lies between 0 and 1."""

    stage: Literal["waiting", "running", "fetching"]
    elapsed_s: float
    rows: int = 0  # that have come
    share: float | None = None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """A result as a DataFrame.

    ``frame`` has dtypes to go on with (``connectors/frames.py`` has the table of them) and unique column
    names: a repeated name gets ``_2``, ``_3``, listed in ``renamed`` as (position, name in the query).
    ``cut`` is empty, or the sentence that says which cap cut the result and how to get the rest.
    """

    frame: pd.DataFrame
    elapsed_s: float
    cut: str = ""
    renamed: tuple[tuple[int, str], ...] = field(default=())
    query_id: str = ""  # as the warehouse names it in its history; empty where it has none

    @property
    def columns(self) -> tuple[str, ...]:
        """The frame's column names."""
        return tuple(str(name) for name in self.frame.columns)

    @property
    def truncated(self) -> bool:
        """Whether a cap cut the result."""
        return bool(self.cut)


@dataclass(frozen=True, slots=True)
class PastStatement:
    """A statement of the warehouse's history; those that differ in literals alone are one."""

    sql: str
    times: int
    people: int = 1  # how many have run it
    last_at: str = ""  # ISO 8601, UTC
    schema: str = ""  # that a table's name without one is of, dotted; empty where that is not told


@dataclass(frozen=True, slots=True)
class SemanticModel:
    """A description of tables that the warehouse itself holds, as it was written."""

    name: str
    format: Literal["snowflake_semantic_view", "snowflake_semantic_model"]
    text: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which database a connection is to, and as whom: the same in every kernel, without secrets.

    ``place`` is host or account, database, and whatever else decides which tables are listed. ``role`` is
    empty where rights are the user's alone.
    """

    kind: str
    place: tuple[str, ...]
    user: str = ""
    role: str = ""


@runtime_checkable
class KnowsIdentity(Protocol):
    """A connection whose catalog takes long to read, so that it is kept."""

    def identity(self) -> Identity | None:
        """None where the database is a file or lies in memory. Asks the database nothing."""


@runtime_checkable
class KnowsChanges(Protocol):
    """A connection that can tell cheaply which tables have changed."""

    def table_marks(self) -> dict[TableName, str]:
        """A text for each table that differs when its description has changed; no scan.

        Raises as ``Connection.describe_tables``.
        """


@runtime_checkable
class KnowsHistory(Protocol):
    """A connection whose warehouse keeps the statements that were run."""

    def past_statements(self, *, days: int, most: int) -> list[PastStatement]:
        """The statements that read tables and succeeded, most often run first.

        Empty where the role may not look; raises as ``Connection.run_query`` otherwise.
        """


@runtime_checkable
class KnowsValues(Protocol):
    """A connection whose database keeps usual values of columns in its statistics."""

    def usual_values(self, tables: Sequence[TableName]) -> dict[TableName, dict[str, tuple[str, ...]]]:
        """By table and column, the values that the database holds in its statistics; no scan.

        Raises as ``Connection.describe_tables``.
        """


@runtime_checkable
class TellsGaps(Protocol):
    """A connection that may be kept from parts of what its warehouse knows of tables."""

    def gaps(self) -> list[str]:
        """One line for each part that was left out when it was last asked for, with whom to ask."""


@runtime_checkable
class KnowsMeaning(Protocol):
    """A connection whose warehouse holds semantic models."""

    def semantic_models(self) -> list[SemanticModel]:
        """Those that the role may read. Raises as ``Connection.run_query``."""


class Connection(Protocol):
    """A named, open link to a database."""

    name: str
    dialect: str  # as sqlglot spells it
    read_only: bool
    is_closed: bool

    def list_tables(self) -> list[TableName]:
        """All tables and views that can be read, system ones left out, in order of name."""

    def describe_tables(self, tables: Sequence[TableName] | None = None) -> list[TableDetail]:
        """Columns, keys, comments and row counts, of the named tables or of all, without a scan.

        Raises
        ------
        UnknownName
            when a named table does not exist; offers the nearest names.
        """

    def run_query(
        self,
        statement: str,
        *,
        frames: Mapping[str, pd.DataFrame] | None = None,
        caps: Caps | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> QueryResult:
        """Run one statement to its end.

        ``frames`` are DataFrames that the statement may name as if they were tables. Blocks; may be
        called from several threads at once. Ctrl-C on the main thread stops the query. ``on_progress`` is
        called from another thread, at most some ten times a second. The query bears ``tag.current_tag()`` in
        the warehouse's history.

        Raises
        ------
        QueryRefused
            when the connection is read-only and the statement is not known to be a read.
        QueryError
            with the database's own message, the place, the kind of failure and the query's id.
        QueryStopped
            after ``interrupt``.
        SignInFailed
            when the person has to sign in again.
        """

    def estimate_cost(
        self, statement: str, *, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> CostEstimate:
        """What the statement would take, without running it; free of charge.

        An estimate of nothing where the database gives none for such a statement.

        Raises
        ------
        QueryRefused, QueryError, QueryStopped, SignInFailed
            as ``run_query``.
        """

    def interrupt(self) -> None:
        """Stop every statement that runs on this connection now; returns at once."""

    def close(self) -> None:
        """Stop what runs and let go of the database; a second call does nothing."""
