"""An SQLite file that may be damaged, full or out of reach at any time, and is made anew then."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

_WAIT_S = 60.0  # for another kernel that is writing
_MOST_IDLE = 4  # links for reading that are kept open
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT)
# Said by Python, and by FTS5 of its own tables, without a code for it.
_SOUNDS_DAMAGED = ("Could not decode", "no such", "vtable constructor failed")
_NOT_KEPT = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN)
_NOT_KEPT_EITHER = (sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS, sqlite3.SQLITE_PROTOCOL)
_BESIDE = ("", "-wal", "-shm")


class SqliteFile:
    """One file, or memory where ``path`` is None, whose tables ``script`` makes.

    ``version`` is that of the tables: a file of another is put aside. May be used from any thread; those that
    read a file never wait for one that writes. ``note`` is empty, or the sentence that says why what was kept
    is gone, or why nothing is kept now.
    """

    def __init__(self, path: Path | None, script: str, *, version: int) -> None:
        self.path = path
        self.note = ""
        self._script = script
        self._version = version
        self._lock = threading.RLock()  # of the writing link; in memory of all
        self._links: list[sqlite3.Connection] = []  # all that are open
        self._idle: list[sqlite3.Connection] = []
        self._writer: sqlite3.Connection | None = None
        self._opened_as: tuple[int, int] | None = None
        self._is_closed = False
        weakref.finalize(self, _close_all, self._links)
        with self._lock:
            self._open()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` finds."""
        try:
            return self._read(work)
        except sqlite3.DatabaseError as error:
            self._mend(error)
            return self._read(work)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do ``work`` wholly or not at all; it may be called twice.

        Raises
        ------
        CatalogBusy
            when another kernel keeps writing.
        """
        with self._lock:
            try:
                return self._write(work)
            except sqlite3.DatabaseError as error:
                self._mend(error)
                return self._write(work)

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self._lock:
            self._is_closed = True
            self._let_go()

    def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self.path is None:
            with self._lock:
                return work(self._link())
        link = self._idle_link() or self._new_link()
        try:
            return work(link)
        finally:
            if link in self._links and len(self._idle) < _MOST_IDLE:
                self._idle.append(link)
            else:
                self._close(link)

    def _idle_link(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:  # rather than a look before: threads take turns at any time
            return None

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        link = self._link()
        link.execute("BEGIN IMMEDIATE")
        try:
            done = work(link)
            link.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the failure may have ended the transaction
                link.execute("ROLLBACK")
            raise
        return done

    def _link(self) -> sqlite3.Connection:
        if self._writer is None:
            if self._is_closed:
                raise RasgoError("The catalog is closed. Open the connection anew with `%rasgo connect`.")
            self._open()
        assert self._writer is not None
        return self._writer

    def _open(self) -> None:
        try:
            self._open_file()
        except sqlite3.DatabaseError as error:
            self._mend(error)
        except OSError as error:
            self._go_on_in_memory(error.strerror or str(error))

    def _open_file(self) -> None:
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            status = self.path.stat()
            self._opened_as = (status.st_dev, status.st_ino)
        self._writer = link = self._new_link()
        _prepare(link, self._script, self._version)
        if self.path is not None and _is_cut_off(link, self.path):
            raise Damaged("it was cut off")

    def _new_link(self) -> sqlite3.Connection:
        if self._is_closed:
            raise RasgoError("The catalog is closed. Open the connection anew with `%rasgo connect`.")
        where = ":memory:" if self.path is None else self.path
        link = sqlite3.connect(where, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
        self._links.append(link)
        link.execute("PRAGMA synchronous = NORMAL")  # with WAL a crash loses the last changes at most
        link.execute("PRAGMA cache_size = -32000")
        link.execute("PRAGMA temp_store = MEMORY")
        return link

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Make the file anew, or go on in memory, where that helps; else raise the error."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        with self._lock:
            if isinstance(error, Damaged) or code in _DAMAGED or str(error).startswith(_SOUNDS_DAMAGED):
                self._make_anew(str(error))
            elif code in _NOT_KEPT or code in _NOT_KEPT_EITHER:
                self._go_on_in_memory(str(error))
            elif code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise CatalogBusy(
                    "Another kernel is writing this connection's catalog. Ask again in a minute."
                ) from error
            else:
                raise error

    def _make_anew(self, why: str) -> None:
        self._let_go()
        assert self.path is not None
        try:
            if self._is_as_opened():
                _put_aside(self.path)
                self.note = f"The catalog kept in {self.path} could not be read ({why}): it is read anew."
            self._open_file()
        except (OSError, sqlite3.DatabaseError) as error:
            self._go_on_in_memory(str(error))

    def _is_as_opened(self) -> bool:
        """Whether the path still names the file that was opened; another kernel may have made it anew."""
        assert self.path is not None
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        return self._opened_as in (None, (status.st_dev, status.st_ino))

    def _go_on_in_memory(self, why: str) -> None:
        old, path = self._writer, self.path
        self.path = None
        link = self._new_link()
        if old is not None:
            with suppress(sqlite3.Error):
                old.rollback()
                old.backup(link)
        self._links.remove(link)
        self._let_go()
        self._links.append(link)
        _prepare(link, self._script, self._version)
        self._writer = link
        self.note = (
            f"The catalog cannot be kept in {path} ({why}): it is held in memory till the kernel ends. "
            "Make room there, or name another folder with the variable RASGO_NB_HOME."
        )

    def _let_go(self) -> None:
        """Close what is not in use; a link that is being read by is closed by its reader."""
        self._links.clear()
        _close_all(self._idle)
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _close(self, link: sqlite3.Connection) -> None:
        if link in self._links:
            self._links.remove(link)
        link.close()


class CatalogBusy(RasgoError):
    """Another process keeps the file to itself."""


class Damaged(sqlite3.DatabaseError):
    """What is in the file is not what was written, though SQLite has not noticed."""


def _prepare(link: sqlite3.Connection, script: str, version: int) -> None:
    """Make the tables where there are none; a file with tables of another version counts as damaged."""
    if link.execute("PRAGMA user_version").fetchone()[0] == version:
        return
    link.execute("PRAGMA journal_mode = WAL")
    link.execute("BEGIN IMMEDIATE")
    try:
        found = link.execute("PRAGMA user_version").fetchone()[0]
        if found == 0 and not link.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in script.split(";\n"):
                link.execute(statement)
            link.execute(f"PRAGMA user_version = {version:d}")
        elif found != version:
            raise Damaged("another version of rasgo_nb has written it")
        link.execute("COMMIT")
    except BaseException:
        link.execute("ROLLBACK")
        raise


def _is_cut_off(link: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is shorter than it says; what is in the log beside it may yet be missing from it."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return False
    pages, size = (int(link.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    return path.stat().st_size < pages * size


def _put_aside(path: Path) -> None:
    for ending in reversed(_BESIDE):  # the logs first: left alone they would be taken for the new file's
        with suppress(FileNotFoundError):
            path.with_name(f"{path.name}{ending}").replace(path.with_name(f"{path.name}.damaged{ending}"))


def _close_all(links: list[sqlite3.Connection]) -> None:
    while links:
        links.pop().close()
