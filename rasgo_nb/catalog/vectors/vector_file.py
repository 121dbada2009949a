"""Vectors of one connection's texts, and what each text speaks of, in an SQLite file that can be made anew.

It lies beside the store and not in it: a store that is damaged or made anew costs no vectors, and writing
them for minutes holds up no crawl.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from rasgo_nb.catalog.stores.sqlite_store_file import SqliteFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np

Part = Literal["table", "fact", "memory"]

_VERSION = 1
_CHUNK = 500
_BY_NUMBER = "document INDEXED BY document_number"  # SQLite would take the other way, through the whole part
_SCRIPT = """
CREATE TABLE vector (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- what came after an id is new to whoever has read up to it
    embedder TEXT NOT NULL, part TEXT NOT NULL, number INTEGER NOT NULL, vector BLOB NOT NULL,
    UNIQUE (embedder, part, number)
);
CREATE TABLE document (
    part TEXT NOT NULL, key TEXT NOT NULL, mark TEXT NOT NULL, number INTEGER NOT NULL, meant TEXT NOT NULL,
    PRIMARY KEY (part, key)
) WITHOUT ROWID;
CREATE INDEX document_number ON document (part, number);
CREATE TABLE counter (removals INTEGER NOT NULL);
INSERT INTO counter VALUES (0)
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was embedded: what it speaks of, told by ``meant``, and the number of its vector.

    ``mark`` differs when the text may have changed.
    """

    key: str
    mark: str
    number: int
    meant: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """What has happened to the vectors of a file: the last id given, and how often some were removed."""

    last: int = 0
    removals: int = 0


@dataclass(frozen=True, slots=True)
class Rows:
    """Vectors as they were read: float16 of shape (n, d), with the number of each."""

    numbers: np.ndarray
    vectors: np.ndarray


class VectorFile:
    """May be used from any thread, and by several kernels at once. Without a path it is held in memory."""

    def __init__(self, path: Path | None = None) -> None:
        self._file = SqliteFile(path, _SCRIPT, version=_VERSION)

    @property
    def path(self) -> Path | None:
        """The file; None where all is held in memory."""
        return self._file.path

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._file.close()

    def version(self) -> Version:
        """Differs when this or another kernel has changed vectors."""
        row = self._file.read(
            lambda link: link.execute(
                "SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'vector'), removals FROM counter"
            ).fetchone()
        )
        return Version(row[0] or 0, row[1])

    def marks(self, part: Part) -> dict[str, str]:
        """The mark of each document, by key."""
        select = "SELECT key, mark FROM document WHERE part = ?"
        return dict(self._file.read(lambda link: link.execute(select, (part,)).fetchall()))

    def put_documents(self, part: Part, documents: Sequence[Document]) -> None:
        """Take in documents, in place of those that had their keys."""
        rows = [(part, one.key, one.mark, one.number, one.meant) for one in documents]
        self._file.write(
            lambda link: link.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?, ?)", rows)
        )

    def drop_documents(self, part: Part, keys: Sequence[str]) -> None:
        """Let go of documents, where they are held."""
        rows = [(part, key) for key in keys]
        self._file.write(
            lambda link: link.executemany("DELETE FROM document WHERE part = ? AND key = ?", rows)
        )

    def meant(self, part: Part, numbers: Sequence[int]) -> dict[int, list[str]]:
        """What the texts of these numbers speak of; several things may have the same text."""
        found: dict[int, list[str]] = {}
        for chunk in _chunks(numbers):
            holes = _holes(chunk)
            select = f"SELECT number, key, meant FROM {_BY_NUMBER} WHERE part = ? AND number IN ({holes})"
            for number, _, meant in sorted(self._select(select, (part, *chunk))):
                found.setdefault(number, []).append(meant)
        return found

    def held(self, embedder: str, part: Part, numbers: Sequence[int]) -> set[int]:
        """Which of these numbers have a vector."""
        found: set[int] = set()
        for chunk in _chunks(numbers):
            select = (
                f"SELECT number FROM vector WHERE embedder = ? AND part = ? AND number IN ({_holes(chunk)})"
            )
            found.update(number for (number,) in self._select(select, (embedder, part, *chunk)))
        return found

    def put_vectors(self, embedder: str, part: Part, numbers: Sequence[int], vectors: np.ndarray) -> None:
        """Take in vectors, shape (n, d), in place of those that had their numbers."""
        import numpy as np

        halves = np.asarray(vectors, dtype="<f2")
        rows = [
            (embedder, part, int(number), row.tobytes()) for number, row in zip(numbers, halves, strict=True)
        ]
        insert = "INSERT OR REPLACE INTO vector (embedder, part, number, vector) VALUES (?, ?, ?, ?)"
        self._file.write(lambda link: link.executemany(insert, rows))

    def drop_vectors(self, embedder: str, part: Part, numbers: Sequence[int]) -> None:
        """Let go of vectors, where they are held."""
        rows = [(embedder, part, int(number)) for number in numbers]

        def drop(link: sqlite3.Connection) -> None:
            done = link.executemany("DELETE FROM vector WHERE embedder = ? AND part = ? AND number = ?", rows)
            _count_removals(link, done.rowcount)

        self._file.write(drop)

    def forget(self, embedder: str) -> None:
        """Let go of all vectors of an embedder, and have every text embedded anew."""

        def drop(link: sqlite3.Connection) -> None:
            link.execute("DELETE FROM document")
            _count_removals(link, link.execute("DELETE FROM vector WHERE embedder = ?", (embedder,)).rowcount)

        self._file.write(drop)

    def drop_unused(self, embedder: str, part: Part) -> None:
        """Let go of the part's vectors of other embedders, and of texts that are there no longer."""

        def drop(link: sqlite3.Connection) -> None:
            done = link.execute(
                "DELETE FROM vector WHERE part = ?1 AND (embedder != ?2 OR NOT EXISTS "
                f"(SELECT 1 FROM {_BY_NUMBER} WHERE part = ?1 AND document.number = vector.number))",
                (part, embedder),
            )
            _count_removals(link, done.rowcount)

        self._file.write(drop)

    def rows(self, embedder: str, part: Part, *, after: int = 0, upto: int) -> Rows:
        """The vectors of the ids from after one up to another, in their order."""
        import numpy as np

        found = self._select(
            "SELECT number, vector FROM vector WHERE id > ? AND id <= ? AND embedder = ? AND part = ? "
            "ORDER BY id",
            (after, upto, embedder, part),
        )
        if not found:
            return Rows(np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.float16))
        numbers, blobs = zip(*found, strict=True)
        vectors = np.frombuffer(b"".join(blobs), dtype="<f2").reshape(len(blobs), -1)
        return Rows(np.array(numbers, dtype=np.int64), vectors)

    def numbers(self, embedder: str, part: Part) -> np.ndarray:
        """The numbers of all vectors, in order."""
        import numpy as np

        found = self._select(
            "SELECT number FROM vector WHERE embedder = ? AND part = ? ORDER BY number", (embedder, part)
        )
        return np.fromiter((number for (number,) in found), dtype=np.int64, count=len(found))

    def dimensions(self, embedder: str) -> int:
        """How many numbers each vector of the embedder has; 0 where there is none."""
        found = self._select("SELECT length(vector) / 2 FROM vector WHERE embedder = ? LIMIT 1", (embedder,))
        return found[0][0] if found else 0

    def count(self, embedder: str, part: Part) -> int:
        """How many vectors there are."""
        select = "SELECT count(*) FROM vector WHERE embedder = ? AND part = ?"
        return int(self._select(select, (embedder, part))[0][0])

    def _select(self, select: str, values: Sequence[object]) -> list[Any]:
        return self._file.read(lambda link: link.execute(select, values).fetchall())


def _count_removals(link: sqlite3.Connection, removed: int) -> None:
    if removed > 0:
        link.execute("UPDATE counter SET removals = removals + 1")


def _chunks(numbers: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _CHUNK):
        yield [int(number) for number in numbers[start : start + _CHUNK]]


def _holes(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
