"""The sample database: flights from New York in 2013 and a year of the Jaffle Shop, for a first question.

``sample_data/`` holds the tables packed, their provenance, and the SQL that turns them into two schemas,
``flights`` and ``jaffle``, with keys and comments.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from uuid import uuid4

import platformdirs

from rasgo_nb.errors import ConnectionFailed

# Part of the path, so that a change of the data or its SQL reaches people who have built an earlier one.
VERSION = 1

_DATA = Path(__file__).parent / "sample_data"
_SCHEMAS = ("flights", "jaffle")


def default_path() -> Path:
    """Where the sample database of this version is kept for this user; it need not exist yet.

    The version is in the folder's name, because DuckDB names a database after its file: ``sample``.
    """
    folder = platformdirs.user_data_path("rasgo_nb", appauthor=False)
    return folder / f"sample-{VERSION}" / "sample.duckdb"


def build(path: Path) -> Path:
    """Build the sample database at ``path`` unless it is there, and return where it is.

    That is ``path``, or a file in a temporary folder of this process when ``path`` cannot be written. A file
    appears whole or not at all, also when several processes build it at once.

    Raises
    ------
    ConnectionFailed
        when neither place can be written; names both.
    """
    try:
        return _build_once(path)
    except OSError as refused:
        return _build_elsewhere(path, refused)


def _build_elsewhere(path: Path, refused: OSError) -> Path:
    try:
        return _build_once(_temporary_folder() / path.name)
    except OSError as error:
        raise ConnectionFailed(
            f"The sample database cannot be written: {path.parent} says {_reason(refused)}, the temporary "
            f"folder {_reason(error)}. Free some space or set XDG_DATA_HOME or TMPDIR to a folder that can "
            "be written, restart the kernel and run `%rasgo connect sample` again."
        ) from error


def _reason(error: OSError) -> str:
    return f"'{error.strerror or error}'"


@cache
def _temporary_folder() -> Path:
    """One folder per process: a fixed name in a shared folder could have been put there by someone else."""
    return Path(tempfile.mkdtemp(prefix="rasgo_nb-"))


def _build_once(path: Path) -> Path:
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    try:
        _write(part)
        _move(part, path)
    finally:
        part.unlink(missing_ok=True)
        part.with_name(f"{part.name}.wal").unlink(missing_ok=True)
    return path


def _move(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except PermissionError:
        # Windows does not replace a file that another process has built and opened in the meantime.
        if not path.exists():
            raise


def _write(path: Path) -> None:
    import duckdb

    try:
        with duckdb.connect(path) as con:
            # A notebook would show a progress bar after two seconds.
            con.execute("SET enable_progress_bar = false")
            con.execute("SET VARIABLE sample_data = ?", [str(_DATA)])
            con.execute(
                "CREATE TEMP MACRO packed(name) AS TABLE SELECT * FROM read_parquet("
                "getvariable('sample_data') || '/' || name || '.parquet', file_row_number = true)"
            )
            for schema in _SCHEMAS:
                con.execute((_DATA / f"{schema}.sql").read_text(encoding="utf-8"))
    except duckdb.IOException as error:
        raise OSError(str(error)) from error
