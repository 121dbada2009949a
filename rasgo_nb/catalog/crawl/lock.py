"""At most one crawl of a store at a time, whatever kernel it runs in."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIX = ".crawl"


@contextmanager
def sole_crawl(path: Path | None) -> Iterator[bool]:
    """Whether this is the only crawl of the store in that file; held until the end of the block.

    A store in memory has no other. The lock is one of SQLite on an empty file beside the store: the system
    lets go of it when its holder ends, however that is. Where no file can be written, nothing is locked.
    """
    if path is None:
        yield True
        return
    try:
        link = sqlite3.connect(f"{path}{_SUFFIX}", timeout=0, isolation_level=None, check_same_thread=False)
    except sqlite3.Error:
        yield True
        return
    with closing(link):
        is_sole = _is_locked(link)
        try:
            yield is_sole
        finally:
            with suppress(sqlite3.Error):
                link.rollback()


def _is_locked(link: sqlite3.Connection) -> bool:
    try:
        link.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return True
