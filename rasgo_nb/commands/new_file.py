"""Writes a file that the person asked for: whole or not at all, and never over another one unasked."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_place(path: Path, *, force: bool, example: str) -> None:
    """Refuse a place where the file cannot be, before it is made.

    Raises
    ------
    RasgoError
        where there is no such folder, or something is there already.
    """
    if path.is_dir():
        raise RasgoError(f"{path} is a folder. Name a file in it: `%rasgo {example}`.")
    if not path.absolute().parent.is_dir():
        raise RasgoError(f"There is no folder {path.absolute().parent}. Make it, or name another file.")
    if path.exists() and not force:
        raise RasgoError(f"{path} is there already. Name another file, or add `--force` to replace it.")


def written(path: Path, pieces: Iterable[str], *, force: bool, example: str) -> int:
    """Write the pieces; how many there were.

    Raises
    ------
    RasgoError
        as ``check_place``, and where it cannot be written.
    """
    check_place(path, force=force, example=example)
    beside = None
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.absolute().parent)
        beside, count = Path(name), 0
        with os.fdopen(number, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            for piece in pieces:
                file.write(piece)
                count += 1
        beside.replace(path)
    except OSError as error:
        raise RasgoError(
            f"{path} cannot be written: {error}. Name another file: `%rasgo {example}`."
        ) from None
    finally:
        if beside is not None:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    return count
