"""Writes and reads the rows of the trace; texts are stored once, whichever run has them."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.trace.processes import is_alive
from rasgo_nb.trace.store_file import identity_of, opened, read_only
from rasgo_nb.trace.tail import Written, left_over, remove, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rasgo_nb.trace.tail import KeptText, Row

_PACKED_FROM = 1_000  # characters from which a text is compressed
_FREED_AT_ONCE = 8_000  # pages

BROKEN_OFF = "broken off"  # the status of a run that has no end


class Store:
    """A link that writes. Any thread may use it.

    ``note`` is empty, or says what the person should know of the file. What fails raises ``sqlite3.Error`` or
    ``OSError``; each call waits for other kernels for ``BUSY_MS`` at most.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._link, self.note = opened(path)
        self.identity = identity_of(path)
        self._take_in_tails()

    def begin(self, run: Mapping[str, object], rows: Sequence[Row]) -> int:
        """Put a run down by its columns, with its first events; the number that it has here."""
        names = ", ".join(run)
        with self._lock, self._at_once():
            done = self._link.execute(
                f"INSERT INTO runs ({names}) VALUES ({holes(run)})",
                tuple(run.values()),
            )
            number = int(done.lastrowid or 0)
            self._put_down(number, rows)
        return number

    def change(self, run: int, **columns: object) -> None:
        """Set columns of a run."""
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._lock:
            self._link.execute(f"UPDATE runs SET {names} WHERE number = ?", (*columns.values(), run))

    def add(self, run: int, rows: Sequence[Row], texts: Iterable[KeptText] = ()) -> None:
        """Write events, and the texts that they bring, wholly or not at all."""
        with self._lock, self._at_once():
            self._put_down(run, rows, texts)

    def take_in(self, run_id: str, *, is_over: bool = True) -> None:
        """Take in the tail of a run, which no process may write to any more; that of a run that is gone goes.

        Where ``is_over`` is not known, it is while the process that wrote the run lives.
        """
        with self._lock, self._at_once():
            found = "SELECT number, process FROM runs WHERE id = ?"
            number, process = self._link.execute(found, (run_id,)).fetchone() or (0, "")
            if number and not is_over and is_alive(process):
                return
            if number:
                tail = written(self.path, run_id)
                self._put_down(number, tail.rows, tail.texts.items())
        remove(self.path, run_id)

    def add_late(self, run: int, number: int, body: str) -> None:
        """Write what was found out later; nothing where the run is gone."""
        with self._lock:
            self._link.execute(
                "INSERT OR REPLACE INTO late SELECT number, ?, ? FROM runs WHERE number = ?",
                (number, packed(body), run),
            )

    def number_of(self, run_id: str) -> int:
        """The number of a run here; 0 where it is gone."""
        with self._lock:
            row = self._link.execute("SELECT number FROM runs WHERE id = ?", (run_id,)).fetchone()
        return int(row[0]) if row else 0

    def has(self, run: int) -> bool:
        """Whether the run is still here."""
        with self._lock:
            return bool(self._link.execute("SELECT 1 FROM runs WHERE number = ?", (run,)).fetchone())

    def forget(self, run: int) -> None:
        """Remove a run, and the texts that no other has."""
        with self._lock, self._at_once():
            row = self._link.execute("SELECT id FROM runs WHERE number = ?", (run,)).fetchone()
            for statement in _FORGET:
                self._link.execute(statement, (run,))
        if row:
            remove(self.path, row[0])

    def used_bytes(self) -> int:
        """What the file holds, without what is free in it."""
        return self._pragma("page_size") * (self._pragma("page_count") - self._pragma("freelist_count"))

    def check_in(self, most_bytes: int) -> None:
        """Bring what was written into the file itself, where that is more than so much."""
        beside = self.path.with_name(f"{self.path.name}-wal")
        if beside.exists() and beside.stat().st_size > most_bytes:
            with self._lock:
                self._link.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def shrink(self) -> None:
        """Give what is free back to the disk."""
        while self._pragma("freelist_count"):
            with self._lock:
                # As a script: by ``execute`` it frees one page. A part at a time, so that others may write.
                self._link.executescript(f"PRAGMA incremental_vacuum({_FREED_AT_ONCE})")
        with self._lock:
            self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def oldest(self, *, but: int, before: str = "9") -> list[int]:
        """The numbers of runs that may be removed, the oldest first."""
        now = datetime.now(UTC).isoformat()
        with self._lock:
            rows = self._link.execute(
                "SELECT number, status, process FROM runs WHERE number != ? AND began < ? AND held_until < ? "
                "ORDER BY began",
                (but, before, now),
            ).fetchall()
        return [number for number, status, process in rows if status != "running" or not is_alive(process)]

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self._lock, suppress(sqlite3.Error):
            self._link.close()

    def _pragma(self, name: str) -> int:
        with self._lock:
            return int(self._link.execute(f"PRAGMA {name}").fetchone()[0])

    def _put_down(self, run: int, rows: Iterable[Row], texts: Iterable[KeptText] = ()) -> None:
        for mark, body in texts:
            self._link.execute("INSERT OR IGNORE INTO texts (mark, body) VALUES (?, ?)", (mark, body))
            self._link.execute(
                "INSERT OR IGNORE INTO uses SELECT ?, number FROM texts WHERE mark = ?", (run, mark)
            )
        self._link.executemany(_INSERT, [(run, number, kind, packed(body)) for number, kind, body in rows])

    def _take_in_tails(self) -> None:
        for run_id in left_over(self.path):
            with suppress(sqlite3.Error):  # it stays, and is read where it is
                self.take_in(run_id, is_over=False)

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """All or nothing; a removal in another kernel waits, or has ended."""
        self._link.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._link.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):  # the failure may have ended the transaction
                self._link.execute("ROLLBACK")
            raise


class Reading:
    """A link that reads; one thread uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._link = read_only(path)
        self._link.row_factory = sqlite3.Row
        self._texts: dict[str, str | bytes] = {}  # of tails that were read
        self.is_begun = bool(self._link.execute("PRAGMA user_version").fetchone()[0])  # an empty file is not

    def runs(self, where: str = "", values: Sequence[object] = (), *, limit: int = -1) -> list[sqlite3.Row]:
        """Runs, the last one first; ``where`` is ours, what a person gives is among ``values``."""
        return self._link.execute(
            f"SELECT * FROM runs {where} ORDER BY began DESC, number DESC LIMIT ?",
            (*values, limit),
        ).fetchall()

    def events(self, run: int) -> Iterator[str]:
        """The events of a run as JSON, in order."""
        # As they are now: a reader that pauses must not hold back a checkpoint.
        rows = self._rows("body", run, {number: body for number, _, body in self._tail(run)})
        return map(unpacked, rows)

    def kinds(self, run: int) -> list[str]:
        """The names of the events of a run, in order."""
        return self._rows("kind", run, {number: kind for number, kind, _ in self._tail(run)})

    def _tail(self, run: int) -> list[Row]:
        """What is in the tail of a run; read before the record, which takes it in at any time."""
        row = self._link.execute("SELECT id FROM runs WHERE number = ?", (run,)).fetchone()
        tail = written(self.path, row[0]) if row else Written()
        self._texts |= tail.texts
        return tail.rows

    def _rows(self, column: str, run: int, tail: dict[int, str]) -> list[str]:
        """A column of all events of a run, in order, with what its tail had of it."""
        found = f"SELECT number, {column} FROM events WHERE run = ?"
        rows = {**tail, **dict(map(tuple, self._link.execute(found, (run,))))}
        return [rows[number] for number in sorted(rows)]

    def text(self, mark: str) -> str:
        """A text that is stored once; empty where it is gone."""
        row = self._link.execute("SELECT body FROM texts WHERE mark = ?", (mark,)).fetchone()
        return unpacked(row[0] if row else self._texts.get(mark, ""))

    def late(self, run: int) -> dict[int, str]:
        """What was found out later, by its number."""
        rows = self._link.execute("SELECT number, body FROM late WHERE run = ?", (run,)).fetchall()
        return {int(row[0]): unpacked(row[1]) for row in rows}

    def close(self) -> None:
        """Let go of the file."""
        self._link.close()

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def packed(text: str) -> Any:
    """A text as it is stored: compressed where it is long."""
    if len(text) < _PACKED_FROM:
        return text
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 1)


def unpacked(body: str | bytes) -> str:
    """The text that was stored; empty where it is damaged."""
    if isinstance(body, str):
        return body
    try:
        return zlib.decompress(body).decode("utf-8", "surrogatepass")
    except (zlib.error, UnicodeDecodeError):
        return ""


def holes(values: Mapping[str, object]) -> str:
    """A ``?`` for each."""
    return ", ".join("?" * len(values))


_INSERT = "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)"
_FORGET = (
    "DELETE FROM texts WHERE number IN (SELECT text FROM uses AS mine WHERE run = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM uses AS other WHERE other.text = mine.text AND other.run != ?1))",
    "DELETE FROM uses WHERE run = ?1",
    "DELETE FROM late WHERE run = ?1",
    "DELETE FROM events WHERE run = ?1",
    "DELETE FROM runs WHERE number = ?1",
)
