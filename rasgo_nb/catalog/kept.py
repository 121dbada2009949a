"""The catalogs of open connections: on disk where reading one takes long, in memory where it does not."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.crawl.beside import CrawlBeside
from rasgo_nb.catalog.kept_path import key_of, path_of, team_key_of
from rasgo_nb.catalog.search.catalog import Catalog
from rasgo_nb.catalog.stores.postgres_store import PostgresStore
from rasgo_nb.catalog.stores.postgres_store_rows import SETTING, TeamRows
from rasgo_nb.catalog.stores.sqlite_store import SqliteStore
from rasgo_nb.config import data_path
from rasgo_nb.connectors.base import KnowsIdentity
from rasgo_nb.connectors.open import owner_of
from rasgo_nb.errors import RasgoError
from rasgo_nb.secret_store import SecretsOfSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.catalog.crawl.crawl import CrawlRules
    from rasgo_nb.catalog.crawl.progress import CrawlProgress
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.secret_store import Secrets

FRESH_S = 300.0  # an older catalog is read anew beside the question, which takes the old one
QUICK_S = 0.2  # a catalog that is read in so short a time is read for each question
FIRST_S = 300.0  # a question waits so long for the first reading, then takes what has been read
AGAIN_S = 20.0  # and so long for one that the person asked for
_LOOK_EVERY_S = 0.2  # at what another kernel reads


@dataclass(slots=True)
class _Kept:
    store: SqliteStore
    catalog: Catalog
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: CrawlRules | None = None
    beside: CrawlBeside | None = None  # the last reading that was begun
    began_s: float = 0.0  # when, on the clock of time.monotonic()
    is_forgotten: bool = False


_kept: WeakKeyDictionary[Connection, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def catalog_of(connection: Connection) -> Catalog:
    """What tables the connection has; as they are now where that is read quickly, else from a while ago.

    Waits only for the first reading, which another kernel may have done where the catalog is kept on disk.
    May be called from any thread.

    Raises
    ------
    QueryError, SignInFailed
        as ``Connection.describe_tables``, where there is nothing to go on with.
    """
    kept = _of(connection)
    now_s = time.monotonic()
    if kept.store.is_empty and not _has_read(kept):
        _read(connection, kept, since_s=0.0, wait_s=FIRST_S)  # or what another thread is reading now
    elif kept.store.path is None and _is_quick(kept):
        _read(connection, kept, since_s=now_s, wait_s=FIRST_S)
    elif kept.is_forgotten:
        _read(connection, kept, since_s=now_s, wait_s=AGAIN_S)
    elif kept.beside is None or now_s - kept.began_s > FRESH_S:
        read_beside(connection)
    return kept.catalog


def opened(connection: Connection) -> Catalog:
    """The catalog as it is held now, without a look at the database."""
    return _of(connection).catalog


def store_of(connection: Connection) -> SqliteStore:
    """Where the connection's catalog is held, without a look at the database."""
    return _of(connection).store


def share(connection: Connection, address: str, secrets: Secrets) -> None:
    """Hold the connection's catalog in a team's Postgres from now on, with a replica on this machine.

    ``address`` is its URL without a password, which is looked for in ``secrets``; an empty one, and a
    connection to a file, change nothing. What is held of the connection so far is let go.
    """
    identity = connection.identity() if isinstance(connection, KnowsIdentity) else None
    if not address or identity is None or isinstance(_of(connection).store, PostgresStore):
        return
    password = SecretsOfSource(secrets, owner_of(address, {})).find(f"{SETTING}.password")
    team = TeamRows(address, team_key_of(identity), password=password)
    path = data_path() / "catalog" / f"{key_of(identity)}.team.sqlite3"
    store = PostgresStore(path, team)
    with _lock:
        old, _kept[connection] = _kept[connection], _Kept(store, Catalog(store))
    old.store.close()
    _warm(opened(connection))


def set_rules(connection: Connection, rules: CrawlRules) -> None:
    """What the readings from now on may read."""
    _of(connection).rules = rules


def read_beside(
    connection: Connection,
    *,
    on_progress: Callable[[CrawlProgress], None] | None = None,
    is_full: bool = False,
) -> CrawlBeside:
    """Read what has changed, or all, on a thread of its own, unless a reading is under way; the reading.

    ``on_progress`` is told nothing of a reading that was under way, which is as full as it was begun.
    """
    kept = _of(connection)
    with kept.lock:
        if kept.beside is None or kept.beside.has_ended:
            kept.began_s, kept.is_forgotten = time.monotonic(), False
            kept.beside = CrawlBeside(
                connection,
                kept.store,
                kept.store.path,
                rules=kept.rules,
                on_progress=on_progress,
                is_full=is_full,
            )
        return kept.beside


def reading_of(connection: Connection) -> CrawlBeside | None:
    """The last reading that was begun in this kernel."""
    return _of(connection).beside


def forget(connection: Connection) -> None:
    """Have the next question see what tables there are then: one has come or gone."""
    kept = _of(connection)
    kept.is_forgotten = kept.beside is not None


def _of(connection: Connection) -> _Kept:
    with _lock:
        kept = _kept.get(connection)
        if kept is None:
            store = SqliteStore(path_of(connection))
            kept = _kept[connection] = _Kept(store, Catalog(store))
            if store.path is not None:
                _warm(kept.catalog)
        return kept


def _warm(catalog: Catalog) -> None:
    """Have it read beside what the first search of many tables reads: a second that no question waits for."""

    def read() -> None:
        with suppress(RasgoError):  # closed meanwhile
            catalog.search("warm", limit=1)

    threading.Thread(target=read, name="rasgo_nb catalog", daemon=True).start()


def _has_read(kept: _Kept) -> bool:
    return kept.beside is not None and kept.beside.report is not None and not kept.beside.report.is_stopped


def _is_quick(kept: _Kept) -> bool:
    """Whether the last reading took no time to speak of; one that failed is tried again."""
    if kept.beside is None or not kept.beside.wait_for_end(QUICK_S):
        return False
    return kept.beside.report is None or kept.beside.report.tables_s <= QUICK_S


def _read(connection: Connection, kept: _Kept, *, since_s: float, wait_s: float) -> None:
    """Wait for the tables of a reading that was begun since then."""
    until_s = time.monotonic() + wait_s
    while True:
        beside = read_beside(connection)
        is_late = kept.began_s < since_s
        wait = beside.wait_for_end if is_late else beside.wait
        if not wait(max(0.0, until_s - time.monotonic())):
            return
        if beside.is_elsewhere:
            _wait_for_another(kept, until_s)
            return
        if is_late:
            continue
        if beside.error is not None and (kept.store.path is None or kept.store.is_empty):
            raise beside.error
        return


def _wait_for_another(kept: _Kept, until_s: float) -> None:
    """Wait for the first tables that another kernel reads."""
    while kept.store.is_empty and time.monotonic() < until_s:
        time.sleep(_LOOK_EVERY_S)
