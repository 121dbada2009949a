"""The names of a connection's tables and columns, kept so that a search at each key asks no database."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.errors import RasgoError
from rasgo_nb.mentions import can_be_mentioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rasgo_nb.connectors.base import Column, Connection, TableDetail, TableName

FRESH_S = 60.0  # names are read anew after this long, or after 20 times what reading them took
_ENOUGH_LETTERS = 2  # to look for a column, or for a part of a name, among all tables


@dataclass(frozen=True, slots=True)
class Named:
    """A table, or one of its columns, and the parts of the name that it is found under."""

    key: str  # folded, as what is typed will be
    parts: tuple[str, ...]
    table: TableDetail
    column: Column | None = None


_key = attrgetter("key")


class TableNames:
    """The names of some tables, searchable by how they begin."""

    def __init__(self, tables: Sequence[TableDetail]) -> None:
        self.count = len(tables)
        known = [table for table in tables if can_be_mentioned(table.name.table)]
        often = Counter(folded(table.name.table) for table in known)
        self._written: dict[str, list[Named]] = {}
        shortest_names: list[Named] = []
        longer: list[Named] = []
        columns: list[Named] = []
        for table in known:
            spelled = [Named(folded(".".join(parts)), parts, table) for parts in _spellings(table.name)]
            shortest = 0 if often[spelled[0].key] == 1 else min(1, len(spelled) - 1)
            longer += spelled[shortest + 1 :]
            shortest_names.append(spelled[shortest])
            columns += _columns(spelled[shortest])
            for one in spelled:
                self._written.setdefault(one.key, []).append(one)
        self._tables = sorted(shortest_names, key=_key)
        self._longer = sorted(longer, key=_key)
        self._columns = sorted(columns, key=_key)

    def beginning_with(self, typed: str) -> Iterator[Named]:
        """Tables whose name begins so, columns of a table that is written out, then what comes near."""
        begun = folded(typed)
        yield from _from(self._tables, begun)
        for dot in [at for at, letter in enumerate(begun) if letter == "."]:
            yield from self._columns_of(begun[:dot], begun[dot + 1 :])
        yield from self._columns_of(begun, "")
        if len(begun) >= _ENOUGH_LETTERS:
            yield from _from(self._columns, begun)
            yield from (one for one in self._tables if begun in one.key)
        if begun:
            yield from _from(self._longer, begun)

    def _columns_of(self, table: str, begun: str) -> Iterator[Named]:
        for one in self._written.get(table, ()):
            yield from (column for column in _columns(one) if column.key.startswith(begun))


NO_NAMES = TableNames([])


@dataclass(slots=True)
class _Kept:
    """What is known of one connection; ``reading`` is under way."""

    names: TableNames | None = None
    read_s: float = 0.0  # when, on the clock of time.monotonic()
    took_s: float = 0.0
    then: list[Callable[[], None]] = field(default_factory=list)
    reading: threading.Thread | None = None


_kept: WeakKeyDictionary[Connection, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def names_of(
    connection: Connection | None, *, wait_s: float, then: Callable[[], None] | None = None
) -> TableNames:
    """The names of a connection, from the last reading; the first one is waited for so long.

    ``then`` is called when a reading that is under way has ended, on its thread.

    They are read on a thread of its own, so an old answer never waits for a new one. May be called from
    any thread.
    """
    if connection is None:
        return NO_NAMES
    with _lock:
        kept = _kept.setdefault(connection, _Kept())
        if kept.reading is None and _is_old(kept):
            # A daemon: a database that does not answer must not keep the kernel from ending.
            kept.reading = threading.Thread(target=_read, args=(connection, kept), daemon=True)
            kept.reading.start()
        reading = kept.reading
        if reading is not None and then is not None:
            kept.then.append(then)
    if kept.names is None and reading is not None:
        reading.join(wait_s)
    return kept.names or NO_NAMES


def known_count(connection: Connection) -> int | None:
    """How many tables there are, where that has been read; never waits."""
    kept = _kept.get(connection)
    return kept.names.count if kept is not None and kept.names is not None else None


def _read(connection: Connection, kept: _Kept) -> None:
    began_s = time.monotonic()
    try:
        kept.names = TableNames(catalog_of(connection).tables)
    except RasgoError:  # closed meanwhile, or out of reach: the next question says so
        pass
    finally:
        kept.read_s = time.monotonic()
        kept.took_s = kept.read_s - began_s
        with _lock:
            kept.reading = None
            told, kept.then = kept.then, []
        for tell in told:
            tell()


def _is_old(kept: _Kept) -> bool:
    return kept.read_s == 0.0 or time.monotonic() - kept.read_s > max(FRESH_S, 20 * kept.took_s)


def folded(name: str) -> str:
    """A name as it is compared: without case and quotes."""
    return name.casefold().replace('"', "")


def _columns(of: Named) -> list[Named]:
    return [
        Named(folded(column.name), (*of.parts, column.name), of.table, column)
        for column in of.table.columns
        if can_be_mentioned(column.name)
    ]


def _spellings(name: TableName) -> list[tuple[str, ...]]:
    """The parts of a name, from the table alone to all of them."""
    parts = tuple(part for part in (name.database, name.schema, name.table) if part)
    return [parts[start:] for start in reversed(range(len(parts)))]


def _from(sorted_names: Sequence[Named], begun: str) -> Iterator[Named]:
    start = bisect_left(sorted_names, begun, key=_key)
    for one in islice(sorted_names, start, None):
        if not one.key.startswith(begun):
            return
        yield one
