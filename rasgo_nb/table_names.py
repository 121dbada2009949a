"""The names of a connection's tables and columns, kept so that a search at each key asks no database."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice, takewhile
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.kept import catalog_of
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.errors import RasgoError
from rasgo_nb.mentions import can_be_mentioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rasgo_nb.connectors.base import Column, Connection, TableDetail, TableName

FRESH_S = 60.0  # names are read anew after this long, or after 20 times what reading them took
MOST_WITH_COLUMNS = 5_000  # tables; of more, columns are offered once their table is written out
_ENOUGH_LETTERS = 2  # to look for a column, or for a part of a name, among all tables


@dataclass(frozen=True, slots=True)
class Named:
    """A table, or one of its columns, and the parts of the name that it is found under."""

    key: str  # folded, as what is typed will be
    parts: tuple[str, ...]
    table: TableDetail
    column: Column | None = None


class _Spelled(NamedTuple):
    """One spelling of a table's name: the last ``parts`` of it; kept small, since there are 300,000."""

    key: str
    name: TableName
    parts: int


T = TypeVar("T", Named, _Spelled)
_key = attrgetter("key")


class TableNames:
    """The names of a catalog's tables, searchable by how they begin; tables themselves are read on demand."""

    def __init__(self, catalog: Catalog) -> None:
        names = [name for name in catalog.names() if can_be_mentioned(name.table)]
        self.count = len(catalog.names())
        self._catalog = catalog
        often = Counter(folded(name.table) for name in names)
        self._shortest: list[_Spelled] = []
        self._longer: list[_Spelled] = []
        for name in names:
            spelled = [_spelled(name, parts) for parts in range(1, len(_parts(name)) + 1)]
            shortest = 0 if often[spelled[0].key] == 1 else min(1, len(spelled) - 1)
            self._longer += spelled[shortest + 1 :]
            self._shortest.append(spelled[shortest])
        self._columns = sorted(self._all_columns(), key=_key) if len(names) <= MOST_WITH_COLUMNS else []
        self._shortest.sort(key=_key)
        self._longer.sort(key=_key)

    def beginning_with(self, typed: str) -> Iterator[Named]:
        """Tables whose name begins so, columns of a table that is written out, then what comes near."""
        begun = folded(typed)
        yield from self._tables(_from(self._shortest, begun))
        for dot in [at for at, letter in enumerate(begun) if letter == "."]:
            yield from self._columns_of(begun[:dot], begun[dot + 1 :])
        yield from self._columns_of(begun, "")
        if len(begun) >= _ENOUGH_LETTERS:
            yield from _from(self._columns, begun)
            yield from self._tables(one for one in self._shortest if begun in one.key)
        if begun:
            yield from self._tables(_from(self._longer, begun))

    def _all_columns(self) -> Iterator[Named]:
        details = {table.name: table for table in self._catalog.tables}
        for one in self._shortest:
            if one.name in details:
                yield from _columns(one, details[one.name])

    def _columns_of(self, table: str, begun: str) -> Iterator[Named]:
        for one in self._tables([*_exactly(self._shortest, table), *_exactly(self._longer, table)]):
            of = _columns(_Spelled(one.key, one.table.name, len(one.parts)), one.table)
            yield from (column for column in of if column.key.startswith(begun))

    def _tables(self, spelled: Iterable[_Spelled]) -> Iterator[Named]:
        for one in spelled:
            named = self._catalog.named(str(one.name))
            detail = next((table for table in named if table.name == one.name), None)
            if detail is not None:  # else it is gone meanwhile
                yield Named(one.key, _parts(one.name)[-one.parts :], detail)


NO_NAMES = TableNames(Catalog([]))


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
        kept.names = TableNames(catalog_of(connection))
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


def _columns(of: _Spelled, table: TableDetail) -> list[Named]:
    parts = _parts(of.name)[-of.parts :]
    return [
        Named(folded(column.name), (*parts, column.name), table, column)
        for column in table.columns
        if can_be_mentioned(column.name)
    ]


def _spelled(name: TableName, parts: int) -> _Spelled:
    return _Spelled(folded(".".join(_parts(name)[-parts:])), name, parts)


def _parts(name: TableName) -> tuple[str, ...]:
    return tuple(part for part in (name.database, name.schema, name.table) if part)


def _exactly(sorted_names: Sequence[_Spelled], key: str) -> Iterator[_Spelled]:
    return takewhile(lambda one: one.key == key, _from(sorted_names, key))


def _from(sorted_names: Sequence[T], begun: str) -> Iterator[T]:
    start = bisect_left(sorted_names, begun, key=_key)
    for one in islice(sorted_names, start, None):
        if not one.key.startswith(begun):
            return
        yield one
