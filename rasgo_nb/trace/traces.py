"""The recorded runs: listed, found, and read back as the events that they were."""

from __future__ import annotations

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Event, RunNoted
from rasgo_nb.agent.messages import Message, Text, Usage
from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.config import data_path
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.trace.codec import Unpacking, decoded, decoded_value, time_of
from rasgo_nb.trace.processes import is_alive
from rasgo_nb.trace.store import BROKEN_OFF, Reading, Store
from rasgo_nb.trace.store_file import NewerFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rasgo_nb.config import Config

FILE = "trace.sqlite"
_MISSING = Message("user", (Text("A message that is missing in the record."),))
_HELD = timedelta(days=1)  # should whoever holds a run die
_NONE = "No run is recorded yet. Ask a question with `%%ask`, then type `%rasgo runs`."
_ENDS = {"Answered": "answered", "RunFailed": "failed", "RunStopped": "stopped"}


@dataclass(frozen=True, slots=True)
class TracedRun:
    """A recorded run in brief.

    ``status`` is answered, failed, stopped, running, or "broken off" where its process died. ``numbers`` are
    those of its answer, ``verified`` of them were traced. ``bytes`` is about what it takes on disk.
    """

    id: str
    began: datetime
    question: str
    model: str
    interface: str
    connection: str
    status: str
    steps: int
    elapsed_s: float
    usage: Usage
    numbers: int = 0
    verified: int = 0
    notebook: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    bytes: int = 0


class Traces:
    """What is recorded in one file; a file that isn't there holds no run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def listed(self, words: str = "", limit: int = 50) -> list[TracedRun]:
        """The last runs, the newest first; with ``words``, those that have each of them."""
        wanted = words.casefold().split()
        where = " AND ".join(f"({_SEARCHED}) LIKE ? ESCAPE '!'" for _ in wanted)
        values = [f"%{_escaped(word)}%" for word in wanted]
        with self._reading() as reading:
            if reading is None:
                return []
            rows = reading.runs(f"WHERE {where}" if where else "", values, limit=limit)
            return [_traced(row, reading) for row in rows]

    def find(self, run_id: str = "") -> TracedRun:
        """The run of that id, or whose id begins so; the last one where it is empty.

        Raises
        ------
        UnknownName
            where there is none, or several.
        """
        with self._reading() as reading:
            row = self._row(reading, run_id)
            assert reading is not None
            return _traced(row, reading)

    def events(self, run_id: str) -> Iterator[Event]:
        """The events of a run as they were told; what can't be read is a note in its place.

        Raises
        ------
        UnknownName
            as ``find``.
        """
        return (event for _, event in self.timed(run_id))

    def timed(self, run_id: str) -> Iterator[tuple[float, Event]]:
        """As ``events``, each with when it was told, in seconds since 1970; 0 where that is not known."""
        with self._reading() as reading:
            row = self._row(reading, run_id)
            assert reading is not None
            unpacking = _unpacking(reading, row["number"])
            bodies = list(reading.events(row["number"]))
            for body in bodies:
                yield time_of(_json(body)), _event(body, unpacking)

    def log(self, run_id: str) -> RunLog:
        """The run as every reader of its events knew it."""
        log = RunLog()
        for event in self.events(run_id):
            try:
                log.add(event)
            except (StopIteration, IndexError):  # it is of a step or call that could not be read
                log.notes.append(f"A {type(event).__name__} is not shown: what it belongs to is missing.")
        return log

    def forget(self, run_id: str) -> TracedRun:
        """Remove a run and all that only it holds; what it was.

        Raises
        ------
        UnknownName
            as ``find``.
        RasgoError
            where it is being written, or the file can't be changed.
        """
        found = self.find(run_id)
        if found.status == "running":
            raise RasgoError(f"Run {found.id} is being worked off. Stop it, then type `%rasgo runs` again.")
        self.forget_all([found])
        return found

    def forget_all(self, runs: Sequence[TracedRun]) -> None:
        """Remove runs of which none is being written, and all that only they hold.

        Raises
        ------
        RasgoError
            where the file can't be changed.
        """
        with self._writing() as store:
            for run in runs:
                if number := store.number_of(run.id):
                    store.forget(number)
            store.shrink()

    @contextmanager
    def holding(self, run_id: str) -> Iterator[TracedRun]:
        """Within it the run is not removed for its age or size, whatever else is recorded."""
        found = self.find(run_id)
        until = datetime.now(UTC) + _HELD
        with self._writing() as store:
            store.change(store.number_of(found.id), held_until=until.isoformat())
        try:
            yield found
        finally:
            with self._writing() as store:
                store.change(store.number_of(found.id), held_until="")

    @contextmanager
    def _reading(self) -> Iterator[Reading | None]:
        if not self.path.exists():
            yield None
            return
        try:
            with Reading(self.path) as reading:
                yield reading if reading.is_begun else None
        except NewerFile:
            raise RasgoError(
                f"{self.path} was made by a newer version of rasgo_nb. Type `pip install -U rasgo_nb`."
            ) from None
        except sqlite3.Error as error:
            raise RasgoError(
                f"The record of runs can't be read ({error}). Ask a question with `%%ask`: if it is damaged, "
                "it is put aside."
            ) from None

    @contextmanager
    def _writing(self) -> Iterator[Store]:
        try:
            store = Store(self.path)
            try:
                yield store
            finally:
                store.close()
        except (sqlite3.Error, OSError) as error:
            raise RasgoError(f"{self.path} can't be changed ({error}). Type `rasgo-nb doctor`.") from None

    def _row(self, reading: Reading | None, run_id: str) -> sqlite3.Row:
        where = ("WHERE id = ?", (run_id,)) if run_id else ("", ())
        rows = reading.runs(*where, limit=1) if reading is not None else []
        if not rows and reading is not None and run_id:
            rows = reading.runs("WHERE id LIKE ? ESCAPE '!'", (f"{_escaped(run_id)}%",), limit=3)
        if len(rows) == 1:
            return rows[0]
        if rows:
            ids = ", ".join(row["id"] for row in rows)
            raise UnknownName(f"Several runs begin with {run_id!r}: {ids}. Type more of it.")
        if reading is None or not reading.runs(limit=1):
            raise UnknownName(_NONE)
        raise UnknownName(f"No run {run_id!r} is recorded. Type `%rasgo runs` for those that are.")


def traces(config: Config) -> Traces:
    """The runs that are recorded for the person."""
    del config  # where they lie is not a setting
    return Traces(data_path() / FILE)


_SEARCHED = "lower(id || ' ' || question || ' ' || model || ' ' || connection || ' ' || notebook)"


def _escaped(word: str) -> str:
    for letter in "!%_":
        word = word.replace(letter, f"!{letter}")
    return word


def _traced(row: sqlite3.Row, reading: Reading) -> TracedRun:
    status, steps = row["status"], row["steps"]
    if status == "running":
        kinds = reading.kinds(row["number"])
        steps = kinds.count("StepStarted")
        if not is_alive(row["process"]):
            status = _ENDS.get(kinds[-1] if kinds else "", BROKEN_OFF)
    return TracedRun(
        id=row["id"],
        began=datetime.fromisoformat(row["began"]),
        question=row["question"],
        model=row["model"],
        interface=row["interface"],
        connection=row["connection"],
        status=status,
        steps=steps,
        elapsed_s=row["elapsed_s"],
        usage=_usage(row["usage"]),
        numbers=row["numbers"],
        verified=row["verified"],
        notebook=row["notebook"],
        versions=_json(row["versions"]),
        bytes=row["bytes"],
    )


def _usage(written: str) -> Usage:
    known = {one.name for one in fields(Usage)}
    return Usage(**{name: value for name, value in _json(written).items() if name in known})


def _json(written: str) -> dict[str, Any]:
    try:
        read = json.loads(written)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _event(body: str, unpacking: Unpacking) -> Event:
    try:
        return decoded(json.loads(body), unpacking)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return RunNoted("A part of the record is damaged and not shown.")


def _unpacking(reading: Reading, run: int) -> Unpacking:
    late = reading.late(run)

    @cache
    def shared(mark: str) -> object:
        text = reading.text(mark)
        return decoded_value(json.loads(text), unpacking) if text else _MISSING

    unpacking = Unpacking(
        text=cache(reading.text),
        shared=shared,
        late=lambda number: _json(late[number]) if number in late else None,
    )
    return unpacking
