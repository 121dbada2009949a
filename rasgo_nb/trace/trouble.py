"""Why a run isn't recorded, and what the person may type."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from rasgo_nb.trace.store_file import is_damage, put_aside

if TYPE_CHECKING:
    from pathlib import Path

_FULL = (sqlite3.SQLITE_FULL,)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_OUT_OF_REACH = (
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_AUTH,
)
_OFF = "or `%rasgo config trace off` to do without"


def why_not_recorded(error: Exception, path: Path) -> str:
    """A sentence for the person that ends with what to do; a damaged file is put aside."""
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    if isinstance(error, sqlite3.Error) and is_damage(error):
        return _put_aside(path)
    if code in _FULL or getattr(error, "errno", 0) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk of {path.parent} is full. Free some space and ask again, {_OFF}."
    if code in _BUSY:
        return f"another kernel keeps the record locked. Ask again when its run has ended, {_OFF}."
    if code in _OUT_OF_REACH or isinstance(error, PermissionError | FileExistsError | NotADirectoryError):
        return f"{path.parent} can't be written. Set RASGO_NB_HOME to a folder of yours, {_OFF}."
    if isinstance(error, OSError):
        return f"{path.parent}: {error.strerror or error}. Type `rasgo-nb doctor`, {_OFF}."
    if code == sqlite3.SQLITE_IOERR:
        return f"the disk of {path.parent} can't be read or written. Type `rasgo-nb doctor`, {_OFF}."
    return f"{type(error).__name__}: {error}. Type `rasgo-nb doctor`, {_OFF}."


def _put_aside(path: Path) -> str:
    aside = path
    with suppress(OSError):
        aside = put_aside(path, "damaged")
    return f"the record of runs is damaged, and kept as {aside}. Ask again, and a new one is begun."
