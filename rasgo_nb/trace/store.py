"""Writes and reads the rows of the trace; texts are stored once, whichever run has them."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.trace.processes import is_alive
from rasgo_nb.trace.store_file import BUSY_MS, identity_of, opened, read_only

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PACKED_FROM = 1_000  # characters from which a text is compressed
_SLOW_S = 0.05  # a write that took longer has waited for another kernel
_LEAST_WAIT_MS = 50
_FREED_AT_ONCE = 8_000  # pages


class Store:
    """A link that writes. Any thread may use it.

    ``note`` is empty, or says what the person should know of the file. What fails raises ``sqlite3.Error`` or
    ``OSError``; waiting for others takes two seconds at most in all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._waited_s = 0.0
        self._link, self.note = opened(path)
        self.identity = identity_of(path)

    def begin(self, run: Mapping[str, object], body: str) -> int:
        """Put a run down by its columns, with its first event; the number that it has here."""
        names = ", ".join(run)
        with self._lock, self._at_once():
            self._wait_at_most(BUSY_MS)
            done = self._link.execute(
                f"INSERT INTO runs ({names}) VALUES ({holes(run)})",
                tuple(run.values()),
            )
            number = int(done.lastrowid or 0)
            self._link.execute(_INSERT, (number, 1, "RunStarted", packed(body)))
        return number

    def change(self, run: int, **columns: object) -> None:
        """Set columns of a run."""
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._lock:
            self._link.execute(f"UPDATE runs SET {names} WHERE number = ?", (*columns.values(), run))

    def add(
        self, run: int, number: int, kind: str, body: str, texts: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Write an event, and the texts that it brings, wholly or not at all."""
        began = time.perf_counter()
        with self._lock:
            if texts:
                self._add_with_texts((run, number, kind, packed(body)), texts)
            else:
                self._link.execute(_INSERT, (run, number, kind, packed(body)))
        waited_s = time.perf_counter() - began
        if waited_s > _SLOW_S:
            self._note_wait(waited_s)

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
            for statement in _FORGET:
                self._link.execute(statement, (run,))

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

    def _add_with_texts(self, event: tuple[object, ...], texts: Sequence[tuple[str, bytes]]) -> None:
        with self._at_once():
            for mark, body in texts:
                self._link.execute("INSERT OR IGNORE INTO texts (mark, body) VALUES (?, ?)", (mark, body))
                self._link.execute(
                    "INSERT OR IGNORE INTO uses SELECT ?, number FROM texts WHERE mark = ?", (event[0], mark)
                )
            self._link.execute(_INSERT, event)

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

    def _note_wait(self, waited_s: float) -> None:
        """Let later events of the run wait for what is left only."""
        left_ms = int(BUSY_MS - (self._waited_s + waited_s) * 1000)
        self._wait_at_most(max(_LEAST_WAIT_MS, left_ms))
        self._waited_s += waited_s

    def _wait_at_most(self, milliseconds: int) -> None:
        self._waited_s = 0.0 if milliseconds == BUSY_MS else self._waited_s
        with self._lock:
            self._link.execute(f"PRAGMA busy_timeout = {milliseconds}")


class Reading:
    """A link that reads; one thread uses it."""

    def __init__(self, path: Path) -> None:
        self._link = read_only(path)
        self._link.row_factory = sqlite3.Row

    def runs(self, where: str = "", values: Sequence[object] = (), *, limit: int = -1) -> list[sqlite3.Row]:
        """Runs, the last one first; ``where`` is ours, what a person gives is among ``values``."""
        return self._link.execute(
            f"SELECT * FROM runs {where} ORDER BY began DESC, number DESC LIMIT ?",
            (*values, limit),
        ).fetchall()

    def events(self, run: int) -> Iterator[str]:
        """The events of a run as JSON, in order."""
        # As they are now: a reader that pauses must not hold back a checkpoint.
        rows = self._link.execute("SELECT body FROM events WHERE run = ? ORDER BY number", (run,)).fetchall()
        return (unpacked(row[0]) for row in rows)

    def steps(self, run: int) -> int:
        """How many steps have begun."""
        counted = "SELECT count(*) FROM events WHERE run = ? AND kind = 'StepStarted'"
        return int(self._link.execute(counted, (run,)).fetchone()[0])

    def last_kind(self, run: int) -> str:
        """The name of the last event."""
        last = "SELECT kind FROM events WHERE run = ? ORDER BY number DESC LIMIT 1"
        row = self._link.execute(last, (run,)).fetchone()
        return str(row[0]) if row else ""

    def text(self, mark: str) -> str:
        """A text that is stored once; empty where it is gone."""
        row = self._link.execute("SELECT body FROM texts WHERE mark = ?", (mark,)).fetchone()
        return unpacked(row[0]) if row else ""

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


_INSERT = "INSERT INTO events VALUES (?, ?, ?, ?)"
_FORGET = (
    "DELETE FROM texts WHERE number IN (SELECT text FROM uses AS mine WHERE run = ?1 AND NOT EXISTS "
    "(SELECT 1 FROM uses AS other WHERE other.text = mine.text AND other.run != ?1))",
    "DELETE FROM uses WHERE run = ?1",
    "DELETE FROM late WHERE run = ?1",
    "DELETE FROM events WHERE run = ?1",
    "DELETE FROM runs WHERE number = ?1",
)
