"""The tables of the trace, step by step: a file of any older version is brought up to date by those it lacks.

Steps are only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence


def m001_initial(link: sqlite3.Connection) -> None:
    """Runs, their events in order, texts that are stored once, and what was found out later of frames."""
    for statement in _M001:
        link.execute(statement)


_M001 = (
    """CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        began TEXT NOT NULL,
        question TEXT NOT NULL,
        model TEXT NOT NULL,
        interface TEXT NOT NULL DEFAULT '',
        connection TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'running',
        steps INTEGER NOT NULL DEFAULT 0,
        elapsed_s REAL NOT NULL DEFAULT 0,
        usage TEXT NOT NULL DEFAULT '{}',
        numbers INTEGER NOT NULL DEFAULT 0,
        verified INTEGER NOT NULL DEFAULT 0,
        notebook TEXT NOT NULL DEFAULT '',
        versions TEXT NOT NULL DEFAULT '{}',
        bytes INTEGER NOT NULL DEFAULT 0,
        format INTEGER NOT NULL,
        process TEXT NOT NULL,
        held_until TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE UNIQUE INDEX runs_by_id ON runs (id)",
    """CREATE TABLE events (
        run INTEGER NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID""",
    "CREATE TABLE texts (number INTEGER PRIMARY KEY, mark TEXT NOT NULL UNIQUE, body BLOB NOT NULL)",
    """CREATE TABLE uses (
        run INTEGER NOT NULL,
        text INTEGER NOT NULL,
        PRIMARY KEY (run, text)
    ) WITHOUT ROWID""",
    "CREATE INDEX uses_by_text ON uses (text)",
    """CREATE TABLE late (
        run INTEGER NOT NULL,
        number INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (run, number)
    ) WITHOUT ROWID""",
)

MIGRATIONS: Sequence[Callable[[sqlite3.Connection], None]] = (m001_initial,)
