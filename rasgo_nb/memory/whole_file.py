"""Files that are there whole or not at all, whatever ends the process; none is written over unasked."""

from __future__ import annotations

import errno
import os
import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LEFT_OVER_S = 3_600.0  # an unfinished file that is older was left by a process that has ended


def create(path: Path, text: str, *, folder_mode: int = 0o777) -> None:
    """Write a new file; its folder is made with that mode where there is none.

    Raises
    ------
    FileExistsError
        where there is one of that name, or another process is just writing it.
    OSError
        where the folder cannot be written.
    """
    try:
        path.parent.mkdir(mode=folder_mode, parents=True, exist_ok=True)
    except FileExistsError:
        said = "a file is where the folder should be"
        raise NotADirectoryError(errno.ENOTDIR, said, str(path.parent)) from None
    _sweep(path.parent)
    # Named after the file itself: of two processes that take the same name, one is refused here.
    begun = path.with_name(f".{path.name}.new")
    _write(begun, text)
    if path.exists():
        begun.unlink()
        raise FileExistsError(path)
    _move(begun, path)


def rewrite(path: Path, text: str) -> None:
    """Put another text in the place of a file's, in one move."""
    begun = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    _write(begun, text)
    _move(begun, path)


def move(path: Path, target: Path) -> None:
    """Move a file into a folder of the same disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)
    _make_last(target.parent)
    _make_last(path.parent)


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        except OSError:  # such as a full disk, which a half file would keep full
            path.unlink(missing_ok=True)
            raise


def _move(begun: Path, path: Path) -> None:
    try:
        begun.replace(path)
    except OSError:
        begun.unlink(missing_ok=True)
        raise
    _make_last(path.parent)


def _make_last(folder: Path) -> None:
    """Have the disk keep the names in a folder; where folders cannot be opened, as on Windows, it does so."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _sweep(folder: Path) -> None:
    for left in folder.glob(".*.new"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_OVER_S:
                left.unlink()
