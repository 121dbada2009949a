"""The store that this process has open: kept from run to run, since opening one takes longer than a step."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

from rasgo_nb.trace.store import Store
from rasgo_nb.trace.store_file import identity_of

if TYPE_CHECKING:
    from pathlib import Path


class _OpenStores:
    """The last store, and those that a run still writes to."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process = os.getpid()
        self.last: Store | None = None
        self.users: dict[Store, int] = {}


_OPEN = _OpenStores()


def taken(path: Path) -> Store:
    """The store of that file, for a run to write to until it gives it back.

    Raises
    ------
    OSError, sqlite3.Error
        where it can't be opened.
    """
    global _OPEN
    if _OPEN.process != os.getpid():
        _OPEN = _OpenStores()
    with _OPEN.lock:
        last = _OPEN.last
        if last is None or last.path != path or last.identity != identity_of(path):
            _OPEN.last = None
            _close_unused(last)
            last = _OPEN.last = Store(path)
        _OPEN.users[last] = _OPEN.users.get(last, 0) + 1
        return last


def given_back(store: Store, *, is_broken: bool = False) -> None:
    """The run writes to it no more; one that is broken is not used again."""
    with _OPEN.lock:
        _OPEN.users[store] = _OPEN.users.get(store, 1) - 1
        if is_broken and _OPEN.last is store:
            _OPEN.last = None
        if _OPEN.last is not store:
            _close_unused(store)


def _close_unused(store: Store | None) -> None:
    if store is not None and not _OPEN.users.get(store):
        _OPEN.users.pop(store, None)
        store.close()


@atexit.register
def _close_last() -> None:
    if _OPEN.last is not None and _OPEN.process == os.getpid():
        _OPEN.last.close()
