"""What joins did to rows: multiplied where a key is not unique, lost where one has no match, keys missing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rasgo_nb.catalog.join_guard.read import Join, Side, joins_of, tables_in
from rasgo_nb.catalog.join_guard.sql import counting, uniqueness
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryStopped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from rasgo_nb.catalog.search.catalog import Catalog
    from rasgo_nb.connectors.base import Connection, CostEstimate

_MAX_JOINS = 6  # of one statement that are looked at
_FREE_S = 0.25  # what a check may always take
_SHARE = 1 / 3  # of the statement's own time, or of the bytes that it bills
_ROWS_PER_S = 4_000_000  # that a database groups by a key; the slow ones do
_COUNTED_PER_S = 25_000_000  # whose keys it counts about
_FREE_BYTES = 20_000_000  # where bytes are billed
_KEEPS_KEYS = frozenset({"duckdb", "postgres", "sqlite", "mysql", "oracle", "tsql"})  # that are declared
_SURELY_REPEATED = 1.1  # rows for each key, above which an estimate is believed


@dataclass(frozen=True, slots=True)
class JoinFinding:
    """One thing that a join did to rows. ``rows`` of ``of_rows`` are lost or have no key, or became more."""

    kind: Literal["fan_out", "lost_rows", "null_keys", "not_checked"]
    text: str
    left: str
    right: str
    rows: int = 0
    of_rows: int = 0


@dataclass(frozen=True, slots=True)
class _Counts:
    left: int
    right: int
    joined: int
    left_lost: int
    right_lost: int
    left_most: int
    right_most: int
    left_null: int
    right_null: int


@dataclass(frozen=True, slots=True)
class _Multiplied:
    """Whether a row of the left meets several of the right, and the other way round."""

    left: bool
    right: bool
    rows: tuple[int, int, int] = (0, 0, 0)  # left, right, joined


_UNKNOWN = _Multiplied(left=False, right=False)


def guard_joins(
    statement: str,
    connection: Connection,
    catalog: Catalog,
    frames: Mapping[str, pd.DataFrame],
    *,
    elapsed_s: float,
    estimate: CostEstimate | None = None,
) -> list[JoinFinding]:
    """What is worth saying of the joins of a statement that took ``elapsed_s``; nothing where all is well.

    One small statement for each join, none where that could take more than a third of the statement's own
    time or bill a third of its bytes. Keys that the catalog declares unique are believed.

    Raises
    ------
    QueryStopped
        after an interrupt.
    """
    joins = joins_of(statement, connection.dialect, catalog, frames)[:_MAX_JOINS]
    guard = _Guard(statement, connection, catalog, frames, elapsed_s, estimate, _SHARE / max(1, len(joins)))
    edges: list[tuple[Join, _Multiplied]] = []
    findings: list[JoinFinding] = []
    for join in joins:
        multiplied, found = guard.check(join)
        edges.append((join, multiplied))
        findings += found
    return [*_fan_outs(edges), *findings]


class _Guard:
    def __init__(
        self,
        statement: str,
        connection: Connection,
        catalog: Catalog,
        frames: Mapping[str, pd.DataFrame],
        elapsed_s: float,
        estimate: CostEstimate | None,
        share: float,
    ) -> None:
        self._statement = statement
        self._connection = connection
        self._catalog = catalog
        self._frames = frames
        self._until = time.monotonic() + max(_FREE_S, elapsed_s * _SHARE)
        self._limit_s = max(_FREE_S, elapsed_s * share)
        self._billed = estimate.bytes_read if estimate is not None and estimate.is_exact else None
        self._share = share

    def check(self, join: Join) -> tuple[_Multiplied, list[JoinFinding]]:
        """How the join multiplies rows, and what else it did."""
        if time.monotonic() > self._until:
            return _UNKNOWN, [_not_checked(join, "that would take long beside the query itself")]
        left_unique, right_unique = self._is_unique(join.left), self._is_unique(join.right)
        rows = [self._rows(side) for side in (join.left, join.right)]
        known = sum(one for one in rows if one is not None)
        if None in rows:
            return _UNKNOWN, [_not_checked(join, "it is not known how large its tables are")]
        if known > self._limit_s * _COUNTED_PER_S:
            return _UNKNOWN, [_not_checked(join, "its tables are large")]
        try:
            if known > self._limit_s * _ROWS_PER_S:
                return self._estimated(join, left_unique=left_unique, right_unique=right_unique), []
            figures = self._run(counting(join, self._statement, self._connection.dialect))
        except QueryStopped:
            raise
        except (QueryError, ConnectionFailed):  # advice only: the statement itself has its result
            return _UNKNOWN, []
        if figures is None:
            return _UNKNOWN, [_not_checked(join, "that would bill too much")]
        counts = _Counts(*(int(figure) for figure in figures))
        multiplied = _Multiplied(
            left=counts.right_most > 1 and not right_unique,
            right=counts.left_most > 1 and not left_unique,
            rows=(counts.left, counts.right, counts.joined),
        )
        return multiplied, _told(join, counts)

    def _estimated(self, join: Join, *, left_unique: bool, right_unique: bool) -> _Multiplied:
        return _Multiplied(
            left=not right_unique and self._is_repeated(join.right),
            right=not left_unique and self._is_repeated(join.left),
        )

    def _is_repeated(self, side: Side) -> bool:
        if len(side.keys) > 1:
            return False
        figures = self._run(uniqueness(side, self._connection.dialect))
        return figures is not None and int(figures[0]) > _SURELY_REPEATED * max(1, int(figures[1]))

    def _run(self, question: str) -> Sequence[int] | None:
        """The first row of the answer; None where it is too dear."""
        if self._billed is not None:
            price = self._connection.estimate_cost(question, frames=self._frames).bytes_read
            if price is None or price > max(_FREE_BYTES, self._billed * self._share):
                return None
        frame = self._connection.run_query(question, frames=self._frames).frame
        return [0 if value is None else value for value in frame.iloc[0].tolist()]

    def _is_unique(self, side: Side) -> bool:
        """Whether the catalog declares the key unique; only where the database holds tables to that."""
        detail = self._catalog.table(side.table) if side.table else None
        if detail is None or not detail.primary_key or self._connection.dialect not in _KEEPS_KEYS:
            return False
        names = {name.casefold() for name in side.key_names}
        return {name.casefold() for name in detail.primary_key} <= names

    def _rows(self, side: Side) -> int | None:
        """About how many rows are read for a side; None where that is not known."""
        read = [side.table] if side.table else tables_in(side.source)
        counts = [self._rows_of(table) for table in read]
        return None if None in counts else sum(count for count in counts if count is not None)

    def _rows_of(self, table: str) -> int | None:
        if table in self._frames:
            return len(self._frames[table])
        if not self._catalog.has(table):
            return 0  # one that the statement defines, from tables that are counted where it reads them
        detail = self._catalog.table(table)
        if detail is None:
            return None
        if detail.row_count is not None:
            return detail.row_count
        return int(self._limit_s * _ROWS_PER_S / 2) if self._connection.dialect == "duckdb" else None


def _fan_outs(edges: Sequence[tuple[Join, _Multiplied]]) -> list[JoinFinding]:
    """Sums of columns whose rows a join repeats, and joins whose keys are unique on neither side."""
    findings = []
    for join, multiplied in edges:
        if multiplied.left and multiplied.right:
            findings.append(_many_to_many(join, multiplied))
    told = {(one.left, one.right) for one in findings}
    for alias, side in {side.alias: side for join, _ in edges for side in (join.left, join.right)}.items():
        if not side.summed:
            continue
        for one, other, rows in _repeats(alias, edges):
            if (one.title, other.title) not in told and (other.title, one.title) not in told:
                told.add((one.title, other.title))
                findings.append(_fan_out(side, one, other, rows))
    return findings


def _repeats(
    alias: str, edges: Sequence[tuple[Join, _Multiplied]]
) -> list[tuple[Side, Side, tuple[int, int, int]]]:
    """The joins that repeat the rows of a source, on every way that leads away from it."""
    found, reached, seen = [], [alias], {alias}
    while reached:
        at = reached.pop()
        for join, multiplied in edges:
            for one, other, repeats, rows in (
                (join.left, join.right, multiplied.left, multiplied.rows),
                (join.right, join.left, multiplied.right, multiplied.rows),
            ):
                if one.alias == at and other.alias not in seen:
                    seen.add(other.alias)
                    reached.append(other.alias)
                    if repeats:
                        before = rows[0] if one is join.left else rows[1]
                        found.append((one, other, (before, 0, rows[2])))
    return found


def _fan_out(summed: Side, one: Side, other: Side, rows: tuple[int, int, int]) -> JoinFinding:
    became = f": {rows[0]:,} rows of {one.title} became {rows[2]:,}" if rows[2] else ""
    text = (
        f"{other.title}.{other.key_title} is not unique{became}, so {summed.summed[0]} takes rows of "
        f"{summed.title} several times. Aggregate {other.title} by {other.key_title} before the join."
    )
    return JoinFinding("fan_out", text, one.title, other.title, rows[2], rows[0])


def _many_to_many(join: Join, multiplied: _Multiplied) -> JoinFinding:
    left, right, joined = multiplied.rows
    became = (
        f" {left:,} rows of {join.left.title} and {right:,} of {join.right.title} became {joined:,}."
        if joined
        else ""
    )
    text = (
        f"{join.left.title} and {join.right.title} are joined by a key that is unique in neither "
        f"({join.left.key_title}).{became}"
    )
    return JoinFinding("fan_out", text, join.left.title, join.right.title, joined, left)


def _told(join: Join, counts: _Counts) -> list[JoinFinding]:
    """Rows that have no key, and rows that an inner join left out."""
    findings = []
    for one, other, rows, lost, null, is_kept in (
        (
            join.left,
            join.right,
            counts.left,
            counts.left_lost,
            counts.left_null,
            join.kind in ("left", "full"),
        ),
        (
            join.right,
            join.left,
            counts.right,
            counts.right_lost,
            counts.right_null,
            join.kind in ("right", "full"),
        ),
    ):
        is_side = join.kind == "inner" or is_kept
        if null and is_side:
            findings.append(_null_keys(one, other, null, rows))
        lost -= null
        if lost > 0 and join.kind == "inner" and not other.filters:
            findings.append(_lost(one, other, lost, rows))
    return findings


def _null_keys(one: Side, other: Side, null: int, rows: int) -> JoinFinding:
    text = f"{null:,} of {rows:,} rows of {one.title} have no {one.key_title} to match {other.title} by."
    return JoinFinding("null_keys", text, one.title, other.title, null, rows)


def _lost(one: Side, other: Side, lost: int, rows: int) -> JoinFinding:
    share = f"{100 * lost / rows:.2g} %" if lost < rows else "all"
    text = f"{lost:,} of {rows:,} rows of {one.title} ({share}) match none of {other.title} and are left out."
    return JoinFinding("lost_rows", text, one.title, other.title, lost, rows)


def _not_checked(join: Join, why: str) -> JoinFinding:
    names = f"{join.left.title} and {join.right.title}"
    text = f"Whether the join of {names} repeats or loses rows was not checked: {why}."
    return JoinFinding("not_checked", text, join.left.title, join.right.title)
