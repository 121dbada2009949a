"""The catalogs of open connections, kept where reading one takes long."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb.catalog.search import Catalog
from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from rasgo_nb.connectors.base import Connection

FRESH_S = 300.0  # an older catalog is read anew beside the question, which takes the old one
QUICK_S = 0.2  # a catalog that is read in so short a time is read for each question


@dataclass(slots=True)
class _Kept:
    lock: threading.Lock = field(default_factory=threading.Lock)  # held while it is read
    catalog: Catalog | None = None
    read_s: float = 0.0  # when, on the clock of time.monotonic()
    took_s: float = 0.0


_kept: WeakKeyDictionary[Connection, _Kept] = WeakKeyDictionary()
_lock = threading.Lock()


def catalog_of(connection: Connection) -> Catalog:
    """What tables the connection has; as they are now where that is read quickly, else from a while ago.

    Waits only for the first reading. May be called from any thread.

    Raises
    ------
    QueryError, SignInFailed
        as ``Connection.describe_tables``.
    """
    kept = _of(connection)
    catalog = kept.catalog
    if catalog is None:
        return _read(connection, kept, since_s=0.0)  # or what another thread is reading now
    if kept.took_s <= QUICK_S:
        return _read(connection, kept, since_s=time.monotonic())
    if time.monotonic() - kept.read_s > FRESH_S:
        read_beside(connection)
    return catalog


def read_beside(connection: Connection) -> None:
    """Read the catalog on a thread of its own, so that it is there when a question comes."""
    # A daemon: a database that does not answer must not keep the kernel from ending.
    threading.Thread(target=_read_quietly, args=(connection,), daemon=True).start()


def forget(connection: Connection) -> None:
    """Have the next question read the catalog anew: a table has come or gone."""
    _of(connection).catalog = None


def _of(connection: Connection) -> _Kept:
    with _lock:
        return _kept.setdefault(connection, _Kept())


def _read(connection: Connection, kept: _Kept, *, since_s: float) -> Catalog:
    """Read it, unless another thread has begun to since then."""
    with kept.lock:
        if kept.catalog is not None and kept.read_s >= since_s:
            return kept.catalog
        began_s = time.monotonic()
        catalog = Catalog(connection.describe_tables())
        kept.catalog, kept.read_s, kept.took_s = catalog, began_s, time.monotonic() - began_s
        return catalog


def _read_quietly(connection: Connection) -> None:
    kept = _of(connection)
    if kept.lock.locked():  # it is being read
        return
    with suppress(RasgoError):  # closed meanwhile, or out of reach: the next question says so
        _read(connection, kept, since_s=time.monotonic())
