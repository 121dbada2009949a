"""Records the events of one run as they come; never at the price of the question."""

from __future__ import annotations

import json
import platform
import sqlite3
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from rasgo_nb._version import __version__
from rasgo_nb.agent.events import (
    Answered,
    ModelCalled,
    NumbersTraced,
    RunFailed,
    RunNoted,
    RunStarted,
    RunStopped,
    StepStarted,
    ToolCallFinished,
)
from rasgo_nb.trace.beside import Beside
from rasgo_nb.trace.codec import FORMAT, Packing, encoded, encoded_message, encoded_value, timed
from rasgo_nb.trace.frame_figures import is_small
from rasgo_nb.trace.frames import outline_of, summary_of
from rasgo_nb.trace.held_delta import Delta, HeldDelta
from rasgo_nb.trace.masking import Secrets
from rasgo_nb.trace.open_store import given_back, taken
from rasgo_nb.trace.private_values import without_private
from rasgo_nb.trace.processes import this_process
from rasgo_nb.trace.store import BROKEN_OFF, packed
from rasgo_nb.trace.tail import Tail
from rasgo_nb.trace.trouble import why_not_recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import pandas as pd

    from rasgo_nb.agent.events import Event
    from rasgo_nb.agent.messages import Message, ToolPage
    from rasgo_nb.trace.store import Store
    from rasgo_nb.trace.tail import KeptText

_STATUS = {Answered: "answered", RunFailed: "failed", RunStopped: "stopped"}


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recorder is told: where to write, how much is kept, and whom to ask for the rest.

    ``secrets`` gives those that are known now, ``is_open`` whether a model may read all that the notebook
    holds, ``notebook`` the path of its file. ``days`` and ``megabytes`` are limits of the whole record; 0 is
    none.
    """

    path: Path
    rows: int = 200
    days: int = 0
    megabytes: int = 0
    notebook: Callable[[], str] = lambda: ""
    secrets: Callable[[], Iterable[str]] = tuple
    is_open: Callable[[], bool] = lambda: True
    versions: dict[str, str] = field(default_factory=dict)


class Recorder:
    """A reader of the events of one run; ``record`` returns when the event is written.

    What the person should know is told by ``tell``, once: then the run isn't recorded any further.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self._lock = threading.RLock()
        self._store: Store | None = None
        self._tail: Tail | None = None  # while the run goes on
        self._run = 0
        self._run_id = ""
        self._number = 1
        self._steps = 0
        self._bytes = 0
        self._is_quiet = False
        self._interface = ""
        self._news: list[str] = []
        self._held = HeldDelta()
        self._texts: list[KeptText] = []  # that the next event brings
        self._known: set[str] = set()  # marks of texts that the run has
        self._shared: dict[int, tuple[object, str]] = {}  # objects are held: ids come again
        self._secrets = Secrets(recording.secrets)
        self._beside = Beside()
        self._packing = Packing(self._text, self._share, self._frame)

    def record(self, event: Event) -> None:
        """Write the event down; whatever goes wrong is told by ``tell`` and ends nothing."""
        with self._lock:
            if self._is_quiet:
                return
            try:
                self._record(event)
            except (sqlite3.Error, OSError) as error:
                self._give_up(why_not_recorded(error, self.recording.path))
            except Exception as error:  # noqa: BLE001 - a value's own code may fail; a question goes on
                self._give_up(why_not_recorded(error, self.recording.path))

    def tell(self, report: Callable[[Event], None]) -> None:
        """Report what the person should know, each thing once."""
        news, self._news = self._news, []
        for note in news:
            report(RunNoted(note))

    def close(self) -> None:
        """The run has ended: finish beside it, remove what is too old, and let go of the file."""
        with self._lock:
            store, self._store = self._store, None
            tail, self._tail = self._tail, None
        if tail is not None:
            tail.close()
        if store is not None:
            self._beside.finish(store, self.recording, self._run, self._run_id)

    def _record(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._begin(event)
        elif self._store is not None:
            for one in self._held.due(event, self._secrets.masking):
                if isinstance(one, Delta):
                    self._write_delta(self._store, one)
                else:
                    self._write(self._store, one)
                    self._note(self._store, one)
        elif self._run:
            self._write_afterwards(event)

    def _begin(self, event: RunStarted) -> None:
        self._secrets.refresh()
        self._store = store = taken(self.recording.path)
        if store.note:
            self._news.append(store.note)
            store.note = ""
        # Not the names of connections and dialects: a password may be "postgres".
        told = replace(event, question=self._masked(event.question), note=self._masked(event.note))
        body = json.dumps(timed(encoded(told)))
        self._run = store.begin(self._columns(event), [(1, "RunStarted", body)])
        self._run_id = event.run_id
        self._tail = Tail(self.recording.path, event.run_id)
        self._bytes = len(body)

    def _columns(self, event: RunStarted) -> dict[str, object]:
        versions = {
            "rasgo_nb": __version__,
            "python": platform.python_version(),
            "trace": str(FORMAT),
            **self.recording.versions,
        }
        return {
            "id": event.run_id,
            "began": datetime.now(UTC).isoformat(),
            "question": _storable(self._masked(event.question)),
            "model": event.model,
            "connection": _storable(event.connections),
            "notebook": _storable(self._masked(self.recording.notebook())),
            "versions": json.dumps(versions),
            "format": FORMAT,
            "process": this_process(),
        }

    def _write_delta(self, store: Store, event: Delta) -> None:
        """As ``_write``, for what comes most often."""
        body = self._masked(json.dumps(timed(encoded(event))))
        self._put_down(store, event, body)

    def _write(self, store: Store, event: Event) -> None:
        kept = without_private(event, rows=self.recording.rows, is_open=self.recording.is_open)
        if isinstance(kept, StepStarted):
            self._steps += 1
            self._secrets.refresh()
        body = self._masked(json.dumps(timed(self._encoded(kept))))
        self._bytes += sum(len(text) for _, text in self._texts)
        self._put_down(store, kept, body)

    def _put_down(self, store: Store, event: Event, body: str) -> None:
        self._number += 1
        self._bytes += len(body)
        row = (self._number, type(event).__name__, body)
        if self._tail is not None:
            self._tail.append(row, self._texts)
        else:
            store.add(self._run, [row], self._texts)
        self._texts.clear()

    def _encoded(self, event: Event) -> dict[str, Any]:
        if not isinstance(event, ToolCallFinished):
            return encoded(event, self._packing)
        try:
            return encoded(event, self._packing)
        except Exception:  # noqa: BLE001 - the value's own code failed: all but the value is kept
            return encoded(replace(event, result=replace(event.result, value=None)), self._packing)

    def _note(self, store: Store, event: Event) -> None:
        """Keep what a list of runs tells."""
        match event:
            case ModelCalled() if not self._interface:
                self._interface = event.interface or "-"
                store.change(self._run, interface=event.interface)
            case NumbersTraced():
                found = event.provenance
                store.change(self._run, numbers=len(found.numbers), verified=found.verified)
            case Answered() | RunFailed() | RunStopped():
                store.change(
                    self._run,
                    status=_STATUS[type(event)],
                    steps=self._steps,
                    elapsed_s=event.elapsed_s,
                    usage=json.dumps(asdict(event.usage)),
                    bytes=self._bytes,
                )

    def _write_afterwards(self, event: Event) -> None:
        """Something was decided after the run has ended."""
        store = taken(self.recording.path)
        try:
            if store.has(self._run):
                self._write(store, event)
        finally:
            given_back(store)

    def _give_up(self, why: str) -> None:
        self._is_quiet = True
        self._news.append(f"This run is not recorded: {why}")
        tail, self._tail = self._tail, None
        if tail is not None:
            tail.close()  # it is taken in when this process has ended
        store, self._store = self._store, None
        if store is not None:
            with suppress(sqlite3.Error):
                store.change(self._run, status=BROKEN_OFF)
            given_back(store, is_broken=True)

    # --- what is kept apart from the events

    def _masked(self, text: str) -> str:
        return self._secrets.masking.masked(text)

    def _text(self, text: str) -> dict[str, str]:
        return {"$": "text", "of": self._kept(self._masked(text))}

    def _share(self, value: Message | ToolPage) -> dict[str, str]:
        held = self._shared.get(id(value))
        if held is None:
            body = self._masked(json.dumps(encoded_message(value, self._packing)))
            held = self._shared[id(value)] = (value, self._kept(body))
        return {"$": "shared", "of": held[1]}

    def _kept(self, text: str) -> str:
        """The mark of a text, which is written with the event where the run hasn't it yet."""
        mark = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
        if mark not in self._known:
            self._known.add(mark)
            self._texts.append((mark, packed(text)))
        return mark

    def _frame(self, frame: pd.DataFrame) -> Any:
        """The summary; of a large frame what is known at once, the rest comes beside the run."""
        rows = self.recording.rows
        if is_small(frame):
            return summary_of(frame, rows=rows)
        outline = outline_of(frame, rows=rows)
        number = self._beside.measure(self._store, self._run, outline, frame, self._masked)
        return {**encoded_value(outline, self._packing), "late": number}


def _storable(text: str) -> str:
    """The text with a ``?`` for each half of a character, which SQLite refuses."""
    return text.encode("utf-8", "replace").decode()
