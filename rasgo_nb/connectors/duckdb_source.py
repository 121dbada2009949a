"""Open what a DuckDB connection reads: a database file, memory, a data file, a folder of data files."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rasgo_nb.errors import ConnectionFailed, OpenInOtherMode
from rasgo_nb.secret_words import without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb
    from sqlglot import exp

MEMORY = ":memory:"
DATABASE_SUFFIXES = (".duckdb", ".db", ".ddb")
READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv"}
# an attempt to install an extension takes seconds without a network; frames are named, never guessed
_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_LOCKED = {"enable_external_access": "false", "lock_configuration": "true"}
COMPRESSIONS = (".gz", ".zst")


@dataclass(frozen=True, slots=True)
class DataFiles:
    """One view-to-be: its name and the files of one kind that it reads."""

    name: str
    reader: str
    paths: tuple[str, ...]


def open_source(source: str | Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """An open connection; a read-only one has no way out to files, extensions or settings.

    Raises
    ------
    ConnectionFailed
        when there is nothing to open; the person picks another path.
    """
    if str(source) == MEMORY:
        connection = _open(MEMORY)
        allowed: list[str] = []
    else:
        path = Path(source).expanduser().absolute()
        if not path.exists() and (read_only or not path.parent.is_dir()):
            raise ConnectionFailed(_missing(path, shown=_shown(source)))
        connection, allowed = _open_path(path, read_only=read_only)
    if read_only:
        lock_down(connection, allowed)
    return connection


def _open_path(path: Path, *, read_only: bool) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    if path.is_dir():
        found = find_data_files(path)
        if not found:
            raise ConnectionFailed(
                f"{path} holds no data files. Give a folder with .parquet or .csv files, or a .duckdb file."
            )
        return _open_with_views(found), [f"{path}{os.sep}"]
    reader = _reader(path)
    if reader:
        return _open_with_views([DataFiles(_stem(path), reader, (str(path),))]), [str(path)]
    if read_only:  # locked from the start, so that the same file can be opened again beside it
        return _open(str(path), read_only=True, **_LOCKED), []
    return _open(str(path)), []


def lock_down(connection: duckdb.DuckDBPyConnection, allowed: Sequence[str]) -> None:
    """Nothing but ``allowed`` can be opened from here on, and no setting can be changed back."""
    if connection.execute("SELECT current_setting('lock_configuration')").fetchall() == [(True,)]:
        return
    for setting, values in (
        ("allowed_directories", [path for path in allowed if path.endswith(os.sep)]),
        ("allowed_paths", [path for path in allowed if not path.endswith(os.sep)]),
    ):
        if values:
            connection.execute(f"SET {setting} = ?", [values])
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def find_data_files(folder: Path) -> list[DataFiles]:
    """Each data file, and each sub-folder of part files, under a name of its own, in order of name."""
    entries = [entry for entry in sorted(folder.iterdir()) if not entry.name.startswith((".", "_"))]
    found = []
    for entry in entries:
        paths = sorted(_part_files(entry)) if entry.is_dir() else [entry]
        for reader in sorted({_reader(path) for path in paths} - {""}):
            own = tuple(str(path) for path in paths if _reader(path) == reader)
            found.append(DataFiles(_stem(entry), reader, own))
    return _with_own_names(found)


def _part_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]


def _with_own_names(found: Sequence[DataFiles]) -> list[DataFiles]:
    """DuckDB takes names without regard to case; the second ``sales`` becomes ``sales_2``."""
    taken = {files.name.casefold() for files in found}
    seen: set[str] = set()
    named = []
    for files in found:
        name, number = files.name, 2
        while name.casefold() in seen or (name != files.name and name.casefold() in taken):
            name, number = f"{files.name}_{number}", number + 1
        seen.add(name.casefold())
        named.append(DataFiles(name, files.reader, files.paths))
    return named


def _stem(path: Path) -> str:
    name = path.name
    for suffix in (*COMPRESSIONS, *READERS):
        name = name[: -len(suffix)] if name.casefold().endswith(suffix) else name
    return name or path.name


def _reader(path: Path) -> str:
    """The DuckDB function that reads the file, empty when none does."""
    suffixes = [suffix.casefold() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    return READERS.get(suffixes[-1], "") if suffixes else ""


def _open_with_views(found: Sequence[DataFiles]) -> duckdb.DuckDBPyConnection:
    import duckdb

    connection = _open(MEMORY)
    for files in found:
        try:
            connection.execute(_create_view(files).sql("duckdb"))
        except duckdb.Error as error:
            connection.close()
            raise ConnectionFailed(
                f"{files.paths[0]} cannot be read as data: {_cause(str(error))} "
                "Mend or move the file, and connect again."
            ) from None
    return connection


def _cause(message: str) -> str:
    """DuckDB's message up to its advice on options, on one line."""
    cause = " ".join(message.partition("\n\n")[0].split())
    return cause if len(cause) <= 300 else f"{cause[:300]}…"


def _create_view(files: DataFiles) -> exp.Create:
    from sqlglot import exp

    paths = exp.Array(expressions=[exp.Literal.string(_literal_path(path)) for path in files.paths])
    arguments: list[exp.Expr] = [paths]
    if files.reader == "read_parquet" or len(files.paths) > 1:
        arguments.append(exp.EQ(this=exp.to_identifier("union_by_name"), expression=exp.true()))
    read = exp.select("*").from_(exp.Table(this=exp.Anonymous(this=files.reader, expressions=arguments)))
    return exp.Create(
        this=exp.Table(this=exp.to_identifier(files.name, quoted=True)), kind="VIEW", expression=read
    )


def _literal_path(path: str) -> str:
    """The path with its wildcards taken literally."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _open(path: str, *, read_only: bool = False, **settings: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    try:
        return duckdb.connect(path, read_only=read_only, config={**_SETTINGS, **settings})
    except duckdb.Error as error:
        kind = OpenInOtherMode if "different configuration" in str(error) else ConnectionFailed
        raise kind(_refusal(path, str(error))) from None


def _refusal(path: str, message: str) -> str:
    if "not a valid DuckDB database" in message:
        return f"{path} is no DuckDB database. Give a .duckdb, .parquet or .csv file, or a folder of files."
    if "lock" in message.casefold():
        return (
            f"{path} is in use by another process. Close it there, or copy the file and connect to the copy."
        )
    if "different configuration" in message:
        return (
            f"{path} is open in this kernel in another mode, under another name. Connect with `--name` and "
            "that name, which closes it first."
        )
    return f"{path} cannot be opened: {message.splitlines()[0]} Check the path, and connect again."


def _shown(source: str | Path) -> str:
    """The path in full; what was not meant as one may hold a password."""
    bare = without_secrets(str(source))
    return str(Path(source).expanduser().absolute()) if bare == str(source).strip() else bare


def _missing(path: Path, *, shown: str) -> str:
    near = _nearest(path)
    offer = f"Nearest there: {', '.join(near)}." if near else "Check the path, and connect again."
    return f"{shown} does not exist. {offer}"


def _nearest(path: Path) -> list[str]:
    """The entries of the deepest existing folder whose names are most like the one that is missing."""
    missing = path
    while not missing.parent.is_dir():
        missing = missing.parent
    usable = {
        entry.name: str(entry)
        for entry in missing.parent.iterdir()
        if entry.is_dir() or _reader(entry) or entry.suffix in DATABASE_SUFFIXES
    }
    names = difflib.get_close_matches(missing.name, usable, n=3, cutoff=0.5)
    return [usable[name] for name in names]
