"""What files and the warehouse say of a connection's tables, brought into its catalog."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from rasgo_nb._optional import load_numpy
from rasgo_nb.catalog.kept import read_beside, store_of
from rasgo_nb.catalog.sync import SYNCED, SyncReport, sync
from rasgo_nb.connectors.base import KnowsMeaning

if TYPE_CHECKING:
    from rasgo_nb.connection_settings import ConnectionSettings
    from rasgo_nb.connectors.base import Connection

FRESH_S = 300.0  # files are looked at again after this long
MODELS_EVERY_S = 3600.0  # semantic models of the warehouse are asked for again after this long
_FIRST_S = 600.0  # what is synced beside waits so long for the tables


@dataclass(slots=True)
class _Synced:
    lock: threading.Lock = field(default_factory=threading.Lock)
    of: object = None  # the places, and how many tables there were
    at_s: float = 0.0
    report: SyncReport | None = None


_synced: WeakKeyDictionary[Connection, _Synced] = WeakKeyDictionary()
_lock = threading.Lock()


def bring_meaning(
    connection: Connection, settings: ConnectionSettings, *, is_asked: bool = False
) -> SyncReport | None:
    """Sync what the settings name, where that was not just done or ``is_asked``; what the last sync did."""
    synced = _of(connection)
    with synced.lock:
        store = store_of(connection)
        of = settings.meaning, len(store.names())
        is_fresh = not is_asked and synced.of == of and time.monotonic() - synced.at_s < FRESH_S
        is_told = settings.meaning or isinstance(connection, KnowsMeaning) or store.facts(source=SYNCED)
        if is_fresh or not is_told:
            return synced.report
        synced.report = sync(
            store,
            settings.meaning,
            connection=connection,
            models_every_s=0.0 if is_asked else MODELS_EVERY_S,
        )
        synced.of, synced.at_s = of, time.monotonic()
        return synced.report


def learn_beside(connection: Connection, settings: ConnectionSettings) -> None:
    """Read the tables on a thread of its own, then what is said of them, so that a question finds both."""
    load_numpy()
    threading.Thread(target=_learn, args=(connection, settings), name="rasgo_nb meaning", daemon=True).start()


def last_sync(connection: Connection) -> SyncReport | None:
    """What the last sync in this kernel did."""
    return _of(connection).report


def _learn(connection: Connection, settings: ConnectionSettings) -> None:
    read_beside(connection).wait(_FIRST_S)
    if not connection.is_closed:
        bring_meaning(connection, settings)


def _of(connection: Connection) -> _Synced:
    with _lock:
        return _synced.setdefault(connection, _Synced())
