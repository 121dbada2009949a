"""Memories leave as text files in a folder or a zip file, and come in from one."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, get_args

from rasgo_nb.errors import RasgoError
from rasgo_nb.memory.folders import folder_name
from rasgo_nb.memory.memories import ENDING, FORGOTTEN
from rasgo_nb.memory.memory import Scope
from rasgo_nb.memory.text_file import MOST_BYTES, Unreadable, decoded, read_text, text_of
from rasgo_nb.memory.whole_file import create

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rasgo_nb.memory.memories import Memories
    from rasgo_nb.memory.memory import Memory

MOST_FILES = 10_000


@dataclass(frozen=True, slots=True)
class Incoming:
    """What would come in, what is kept already, and a line for each file that cannot be read."""

    new: tuple[Memory, ...] = ()
    known: tuple[Memory, ...] = ()
    problems: tuple[str, ...] = ()


def export(memories: Sequence[Memory], path: Path) -> None:
    """Write them to a new folder, or a zip file where the name ends so; a folder for each scope in it.

    Raises
    ------
    RasgoError
        where there is something at that path already, or it cannot be written.
    """
    if path.exists():
        raise RasgoError(f"{path} is there already. Name another path.")
    files = {_place(memory): text_of(memory) for memory in memories}
    try:
        if path.suffix == ".zip":
            path.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as zipped:
                for place, text in files.items():
                    zipped.writestr(place, text)
            return
        for place, text in files.items():
            create(path / place, text)
    except OSError as error:
        raise RasgoError(f"Nothing can be written to {path}: {error.strerror}. Name another path.") from None


def incoming(memories: Memories, path: Path, scope: Scope | None = None) -> Incoming:
    """What would come in from a folder, a zip file or one text file; nothing is kept.

    Raises
    ------
    RasgoError
        where there is nothing at that path that can be read.
    """
    own = {_same(memory) for memory in memories.listed()}
    new: dict[tuple[str, str, str], Memory] = {}
    known: list[Memory] = []
    problems: list[str] = []
    for place, data in _files(path):
        try:
            memory = _read(place, data, scope)
            memories.checked(memory)
        except RasgoError as error:
            said = str(error)
            problems.append(said if isinstance(error, Unreadable) else f"{place}:1: {said}")
            continue
        if _same(memory) in own or _same(memory) in new:
            known.append(memory)
        else:
            new[_same(memory)] = memory
    return Incoming(tuple(new.values()), tuple(known), tuple(problems))


def _place(memory: Memory) -> str:
    folder = f"connections/{folder_name(memory.connection)}" if memory.scope == "connection" else memory.scope
    return f"{folder}/{memory.id}{ENDING}"


def _same(memory: Memory) -> tuple[str, str, str]:
    return (" ".join(memory.text.split()).casefold(), " ".join(memory.sql.split()), memory.connection)


def _read(place: str, data: bytes, scope: Scope | None) -> Memory:
    parts = PurePosixPath(place.replace("\\", "/")).parts
    told: Scope = next((one for one in get_args(Scope) if one in parts[:-1]), "me")
    if "connections" in parts[:-1]:
        told = "connection"
    memory_id = parts[-1].removesuffix(ENDING)
    memory = read_text(decoded(data, place), memory_id, scope or told, place).memory
    if memory.scope == "connection" and not memory.connection:
        raise RasgoError('It names no connection. Write `connection = "NAME"` between its lines of +++.')
    return replace(memory, id=memory_id)


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if path.is_dir():
            yield from _of_folder(path)
        elif zipfile.is_zipfile(path):
            yield from _of_zip(path)
        else:
            with path.open("rb") as file:
                yield path.name, file.read(MOST_BYTES + 1)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise RasgoError(f"{path} cannot be read: {said.rstrip('.')}. Name a folder or zip file.") from None


def _of_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    found = [one for one in sorted(path.rglob(f"*{ENDING}")) if _is_memory(one.relative_to(path).as_posix())]
    for one in found[:MOST_FILES]:
        with one.open("rb") as file:
            yield one.relative_to(path).as_posix(), file.read(MOST_BYTES + 1)


def _of_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as zipped:
        names = [name for name in zipped.namelist() if _is_memory(name)]
        for name in names[:MOST_FILES]:
            with zipped.open(name) as file:
                yield name, file.read(MOST_BYTES + 1)


def _is_memory(place: str) -> bool:
    parts = PurePosixPath(place).parts
    is_hidden = any(part.startswith(".") and part != ".rasgo_nb" for part in parts)
    return place.endswith(ENDING) and FORGOTTEN not in parts and not is_hidden and parts[-1] != "README.md"
