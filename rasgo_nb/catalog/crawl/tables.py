"""The tables of a crawl: which have changed, and what the database says of those."""

from __future__ import annotations

import hashlib
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from rasgo_nb.connectors.base import KnowsChanges
from rasgo_nb.connectors.marks import size_step
from rasgo_nb.errors import QueryError, QueryStopped, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rasgo_nb.catalog.crawl.progress import Pace
    from rasgo_nb.catalog.stores.base import Store
    from rasgo_nb.connectors.base import Connection, TableDetail, TableName

BATCH = 500  # tables that are described, and put, at once
_MOST_REFUSALS = 50  # one after the other: then it is not the tables that are at fault


def crawl_tables(
    connection: Connection, store: Store, pace: Pace, *, is_full: bool = False
) -> list[TableName]:
    """Put what is new or has changed, or all, and drop what is gone; the names of what was put.

    Raises
    ------
    QueryError, SignInFailed
        as ``Connection.describe_tables``.
    """
    pace.tell("listing")
    if isinstance(connection, KnowsChanges):
        return _crawl_by_marks(connection, connection, store, pace, is_full)
    return _crawl_by_fingerprints(connection, store, pace, is_full)


def _crawl_by_marks(
    connection: Connection, knows: KnowsChanges, store: Store, pace: Pace, is_full: bool
) -> list[TableName]:
    marks = pace.ask(knows.table_marks)
    held = store.marks()
    _drop_gone(store, held, marks, pace)
    changed = sorted(name for name, mark in marks.items() if is_full or held.get(name) != mark)
    describing = _Describing(connection, pace)
    done = 0
    for names in batches(changed):
        pace.tell("describing", done, len(changed))
        details = describing.describe(names)
        _put(store, [(detail, marks[detail.name]) for detail in details], pace)
        done += len(names)
    pace.tell("describing", done, len(changed))
    return changed


def _crawl_by_fingerprints(
    connection: Connection, store: Store, pace: Pace, is_full: bool
) -> list[TableName]:
    """All are described, and those put whose description is another."""
    details = _all_described(connection, pace)
    held = store.marks()
    marks = {detail.name: fingerprint(detail) for detail in details}
    _drop_gone(store, held, marks, pace)
    changed = [detail for detail in details if is_full or held.get(detail.name) != marks[detail.name]]
    for start in range(0, len(changed), BATCH):
        pace.tell("describing", start, len(changed))
        _put(store, [(detail, marks[detail.name]) for detail in changed[start : start + BATCH]], pace)
    pace.tell("describing", len(changed), len(changed))
    return [detail.name for detail in changed]


def _all_described(connection: Connection, pace: Pace) -> list[TableDetail]:
    """In one bulk read; where that is refused, without the tables that are at fault."""
    try:
        return pace.ask(connection.describe_tables)
    except QueryError as error:
        if _is_of_connection(error):
            raise
    names = pace.ask(connection.list_tables)
    describing = _Describing(connection, pace)
    return [detail for batch in batches(names) for detail in describing.describe(batch)]


def _drop_gone(
    store: Store, held: Mapping[TableName, str], marks: Mapping[TableName, str], pace: Pace
) -> None:
    gone = [name for name in held if name not in marks]
    if gone:
        store.drop_tables(gone)
        pace.dropped += len(gone)


def _put(store: Store, marked: Sequence[tuple[TableDetail, str]], pace: Pace) -> None:
    if marked:
        store.put_tables(marked)
        pace.described += len(marked)


class _Describing:
    """Describes tables in batches; one for which the database refuses the batch is left out, with a note."""

    def __init__(self, connection: Connection, pace: Pace) -> None:
        self._connection = connection
        self._pace = pace
        self._refusals = 0

    def describe(self, names: Sequence[TableName]) -> list[TableDetail]:
        """Those of the tables that are there and can be described."""
        if not names:
            return []
        try:
            details = self._pace.ask(partial(self._connection.describe_tables, names))
        except UnknownName:
            return self._describe_others(names)
        except QueryError as error:
            return self._describe_halves(names, error)
        self._refusals = 0
        wanted = set(names)
        return [detail for detail in details if detail.name in wanted]  # not one that differs by case alone

    def _describe_others(self, names: Sequence[TableName]) -> list[TableDetail]:
        """Without those that have vanished since they were listed."""
        listed = set(self._pace.ask(self._connection.list_tables))
        left = [name for name in names if name in listed]
        if len(left) < len(names):
            return self.describe(left)
        return self._describe_each_half(names) if len(names) > 1 else []

    def _describe_halves(self, names: Sequence[TableName], error: QueryError) -> list[TableDetail]:
        self._refusals += 1
        if _is_of_connection(error) or self._refusals > _MOST_REFUSALS:
            raise error
        if len(names) > 1:
            return self._describe_each_half(names)
        self._pace.note(f"{names[0]} is left out: {error.message}")
        return []

    def _describe_each_half(self, names: Sequence[TableName]) -> list[TableDetail]:
        middle = len(names) // 2
        return self.describe(names[:middle]) + self.describe(names[middle:])


def _is_of_connection(error: QueryError) -> bool:
    """Whether any other statement would fail as well."""
    return isinstance(error, QueryStopped) or error.kind == "network"


def batches(names: Sequence[TableName]) -> Iterator[list[TableName]]:
    """Neighbours by name, of one schema each: some warehouses are asked for all from first to last."""
    for _, group in groupby(names, key=lambda name: (name.database, name.schema)):
        own = list(group)
        yield from (own[start : start + BATCH] for start in range(0, len(own), BATCH))


def fingerprint(detail: TableDetail) -> str:
    """A text that differs when the description does, or the row count does by half or more."""
    told = (
        detail.columns, detail.kind, detail.primary_key, detail.foreign_keys, detail.comment,
        detail.partitioned_by, detail.clustered_by, detail.owner, detail.tags,
    )  # fmt: skip
    digest = hashlib.blake2b(repr(told).encode(errors="surrogatepass"), digest_size=12)
    return f"{digest.hexdigest()} {size_step(detail.row_count)}"
