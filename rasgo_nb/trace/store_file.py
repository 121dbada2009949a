"""The trace's SQLite file: opened, brought up to date, and put aside where it can't be used."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rasgo_nb.trace.store_steps import MIGRATIONS

if TYPE_CHECKING:
    from pathlib import Path

BUSY_MS = 1_500  # how long a question waits for another kernel that writes
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
_BESIDE = ("", "-wal", "-shm")
_PAGE_BYTES = 1_024  # most events are small, and each writes a page
_CHECKPOINT_PAGES = 16_000  # a run seldom waits for one


class NewerFile(Exception):
    """A newer version of the package has made the file."""


def identity_of(path: Path) -> tuple[int, int]:
    """The same as long as it is the same file; zeros where there is none."""
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken, rather than out of reach."""
    code = getattr(error, "sqlite_errorcode", 0) or 0
    return code & 0xFF in _DAMAGED or str(error).startswith(("no such table", "no such column"))


def opened(path: Path, *, busy_ms: int = BUSY_MS) -> tuple[sqlite3.Connection, str]:
    """A link to the file, made where there is none, and what the person should know of it; mostly nothing.

    A file that is damaged, or of a newer version, is renamed, and a new one is begun.

    Raises
    ------
    OSError, sqlite3.Error
        where no file can be had.
    """
    try:
        return _opened(path, busy_ms), ""
    except NewerFile:
        return _begun_anew(path, busy_ms, "newer", "was made by a newer version")
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return _begun_anew(path, busy_ms, "damaged", "was damaged")


def read_only(path: Path) -> sqlite3.Connection:
    """A link that only reads; the file is there already.

    Raises
    ------
    sqlite3.Error
        where it can't be read.
    NewerFile
        where a newer version of the package has made it.
    """
    link = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
    try:
        if _version_of(link) > len(MIGRATIONS):
            raise NewerFile
        link.execute("PRAGMA query_only = ON")
    except BaseException:
        link.close()
        raise
    return link


def _opened(path: Path, busy_ms: int) -> sqlite3.Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    link = sqlite3.connect(path, timeout=busy_ms / 1000, isolation_level=None, check_same_thread=False)
    try:
        link.execute("PRAGMA synchronous = NORMAL")  # with WAL, only a power cut can lose the last events
        if _version_of(link) != len(MIGRATIONS):  # also of a file that is just being made
            _bring_up_to_date(link)
        link.execute("SELECT number FROM runs LIMIT 1").fetchone()
        link.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
    except BaseException:
        link.close()
        raise
    return link


def _bring_up_to_date(link: sqlite3.Connection) -> None:
    if _version_of(link) == 0:
        link.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        link.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before the first table
        link.execute("PRAGMA journal_mode = WAL")
    link.execute("BEGIN IMMEDIATE")
    try:
        version = _version_of(link)  # another kernel may have been first
        if version > len(MIGRATIONS):
            raise NewerFile
        for migrate in MIGRATIONS[version:]:
            migrate(link)
        link.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        link.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            link.execute("ROLLBACK")
        raise


def _version_of(link: sqlite3.Connection) -> int:
    return int(link.execute("PRAGMA user_version").fetchone()[0])


def put_aside(path: Path, why: str) -> Path:
    """Rename the file; where it is now.

    Raises
    ------
    OSError
        where that can't be done.
    """
    aside = path.with_name(f"{path.stem}.{why}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}{path.suffix}")
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").replace(f"{aside}{ending}")
    return aside


def _begun_anew(path: Path, busy_ms: int, why: str, said: str) -> tuple[sqlite3.Connection, str]:
    aside = put_aside(path, why)
    note = f"The record of runs {said}. It is kept as {aside}, and a new one is begun. Type `%rasgo runs`."
    return _opened(path, busy_ms), note
