"""A file or folder that settings name: what kind it is, and what it tells."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from rasgo_nb.catalog.sources.dbt_files import PROJECT, dbt_files, read_dbt
from rasgo_nb.catalog.sources.folder import note_files, read_folder
from rasgo_nb.catalog.sources.source import DoesNotRead, SourceReading

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rasgo_nb.catalog.sources.resolve import Resolver


def files_of(place: Path) -> list[Path]:
    """The files that a place consists of, in order.

    Raises
    ------
    DoesNotRead
        when it is gone, or holds nothing that can be read.
    """
    if not place.exists():
        raise DoesNotRead(f"{place} is not there. Mend its path in `connections.NAME.meaning`.")
    files = dbt_files(place) or ([] if (place / PROJECT).is_file() else note_files(place))
    if not files and (place / PROJECT).is_file():
        raise DoesNotRead(f"{place} has no target/manifest.json. Run `dbt parse` there and sync again.")
    if not files:
        raise DoesNotRead(f"{place} holds no manifest.json, YAML or Markdown. Name another place.")
    return files


def read_place(place: Path, names: Resolver, *, called: str) -> SourceReading:
    """What a place tells; ``called`` is what settings call it, and names the source of notes.

    Raises
    ------
    DoesNotRead
        when nothing of it can be read.
    """
    files = files_of(place)
    if files == dbt_files(place):
        return read_dbt(files, names)
    return read_folder(place, files, names, called=called)


def stamp(files: Iterable[Path]) -> str:
    """A text that differs when a file was written, without a look inside."""
    digest = hashlib.sha256()
    for path in files:
        stat = path.stat()
        digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="surrogatepass"))
    return digest.hexdigest()


def content_mark(files: Iterable[Path]) -> str:
    """A text that differs when what is in a file has changed."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name}\0".encode(errors="surrogatepass"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
