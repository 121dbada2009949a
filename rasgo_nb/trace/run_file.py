"""Runs as lines of JSON: of each run a line about it, then one for each event as the codec has it."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Answered, NumbersTraced, RunFailed, RunStarted, RunStopped, StepStarted
from rasgo_nb.errors import RasgoError
from rasgo_nb.trace.codec import AT, FORMAT, KIND, Packing, decoded, encoded
from rasgo_nb.trace.frames import summary_in, summary_of
from rasgo_nb.trace.store import BROKEN_OFF, Store
from rasgo_nb.trace.without_values import without_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from rasgo_nb.agent.events import Event
    from rasgo_nb.trace.frames import FrameSummary
    from rasgo_nb.trace.traces import TracedRun

HEAD = "rasgo_nb_run"  # the key by which the line about a run is known; its value is the format
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_STATUS = {Answered: "answered", RunFailed: "failed", RunStopped: "stopped"}
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError)


def lines(run: TracedRun, events: Iterable[tuple[float, Event]], *, rows: bool = True) -> Iterator[str]:
    """A run as lines; without ``rows`` no value of the data is in them."""
    about = {
        HEAD: FORMAT,
        "id": run.id,
        "began": run.began.isoformat(),
        "interface": run.interface,
        "notebook": run.notebook,
        "versions": dict(run.versions),
        "rows": rows,
    }
    yield _line(about)
    packing = Packing(frame=_summary)
    for at_s, event in events:
        kept = event if rows else without_values(event)
        if kept is not None:
            yield _line({**encoded(kept, packing), **({AT: at_s} if at_s else {})})


def _summary(frame: pd.DataFrame) -> FrameSummary:
    """Of a frame that was read back: what is known of the whole."""
    return summary_in(frame) or summary_of(frame)


def _line(value: object) -> str:
    return f"{json.dumps(value, ensure_ascii=True, separators=(',', ':'))}\n"


@dataclass(slots=True)
class RunInFile:
    """A run as a file has it: what is told about it, and its events as JSON."""

    id: str
    began: datetime
    interface: str = ""
    notebook: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    started: RunStarted | None = None
    columns: dict[str, object] = field(default_factory=dict)  # that later events tell

    def take(self, data: dict[str, Any]) -> None:
        """Take in the next event."""
        event = decoded(data)
        self.events.append(data)
        match event:
            case RunStarted():
                self.started = event
            case StepStarted():
                self.columns["steps"] = event.step
            case NumbersTraced():
                found = event.provenance
                self.columns |= {"numbers": len(found.numbers), "verified": found.verified}
            case Answered() | RunFailed() | RunStopped():
                usage = json.dumps(asdict(event.usage))
                self.columns |= {
                    "status": _STATUS[type(event)],
                    "elapsed_s": event.elapsed_s,
                    "usage": usage,
                }


def read_runs(path: Path) -> list[RunInFile]:
    """The runs of a file.

    Raises
    ------
    RasgoError
        naming the file, the line and what to do.
    """
    runs: list[RunInFile] = []
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    _read_line(line, runs, f"{path}, line {number}")
    except (OSError, UnicodeDecodeError) as error:
        raise RasgoError(f"{path} cannot be read: {error}. {_ANEW}") from None
    broken = next((run.id for run in runs if run.started is None), "")
    if broken or not runs:
        what = f"Run {broken} of {path} has no beginning" if broken else f"{path} holds no run"
        raise RasgoError(f"{what}. {_ANEW}")
    return runs


_ANEW = "Export it anew with `%rasgo runs export RUN --to FILE.jsonl`."


def _read_line(line: str, runs: list[RunInFile], place: str) -> None:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RasgoError(f"{place} is no JSON ({error}). {_ANEW}") from None
    if not isinstance(data, dict):
        raise RasgoError(f"{place} is no JSON object. {_ANEW}")
    if HEAD in data:
        runs.append(_head(data, place))
        return
    if not runs:
        raise RasgoError(f"{place} should tell of a run: it has no {HEAD!r}. {_ANEW}")
    try:
        if not runs[-1].events and data.get(KIND) != "RunStarted":
            raise RasgoError(f"{place} should be the RunStarted of the run. {_ANEW}")
        runs[-1].take(data)
    except _UNREADABLE as error:
        what = f"{type(error).__name__}: {error}"[:200]
        raise RasgoError(f"{place} is no event of a run ({what}). {_ANEW}") from None


def _head(data: Mapping[str, Any], place: str) -> RunInFile:
    run_id, began, versions = data.get("id"), data.get("began"), data.get("versions")
    if not isinstance(run_id, str) or not _ID.fullmatch(run_id):
        raise RasgoError(f"{place}: the id of a run is letters and digits, not {run_id!r}. {_ANEW}")
    try:
        time = datetime.fromisoformat(str(began))
    except ValueError:
        raise RasgoError(f"{place}: {began!r} is no time that a run began. {_ANEW}") from None
    known = {str(name): str(one) for name, one in versions.items()} if isinstance(versions, dict) else {}
    utc = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    return RunInFile(run_id, utc, str(data.get("interface", "")), str(data.get("notebook", "")), known)


def take_in(runs: Sequence[RunInFile], record: Path) -> list[RunInFile]:
    """Write runs into the record; those that were new to it. Each is written whole or not at all.

    Raises
    ------
    RasgoError
        where the record can't be changed.
    """
    try:
        store = Store(record)
        try:
            return [run for run in runs if _put_down(run, store)]
        finally:
            store.close()
    except (sqlite3.Error, OSError) as error:
        raise RasgoError(f"{record} can't be changed ({error}). Type `rasgo-nb doctor`.") from None


def _put_down(run: RunInFile, store: Store) -> bool:
    if store.number_of(run.id):
        return False
    rows = [(place, str(data.get(KIND, "")), json.dumps(data)) for place, data in enumerate(run.events, 1)]
    size = sum(len(body) for *_, body in rows)
    store.begin({**_columns(run), "status": BROKEN_OFF, **run.columns, "bytes": size}, rows)
    return True


def _columns(run: RunInFile) -> dict[str, object]:
    assert run.started is not None
    return {
        "id": run.id,
        "began": run.began.isoformat(),
        "question": run.started.question,
        "model": run.started.model,
        "connection": run.started.connections,
        "interface": run.interface,
        "notebook": run.notebook,
        "versions": json.dumps(run.versions),
        "format": FORMAT,
        "process": "",
    }
