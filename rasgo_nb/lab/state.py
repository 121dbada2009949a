"""What JupyterLab's side panel shows of a kernel: runs, connections, the model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from rasgo_nb.agent.events import Answered, Event, RunFailed, RunStarted, RunStopped, StepStarted
from rasgo_nb.agent.models.choose import choose
from rasgo_nb.catalog.kept import reading_of
from rasgo_nb.config import load_config
from rasgo_nb.errors import RasgoError
from rasgo_nb.table_names import known_count

if TYPE_CHECKING:
    from rasgo_nb.config import Config
    from rasgo_nb.connectors.base import Connection
    from rasgo_nb.session import Session

_MAX_RUNS = 100
_MAX_QUESTION = 300
_BEGUN = {"stage": "listing", "done": 0, "total": 0}


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in a line; ``cell`` is the id of the cell that it was asked in, empty where that is not known."""

    id: str
    question: str
    model: str
    status: str
    steps: int
    elapsed_s: float
    cell: str


class RunRows:
    """The runs of one kernel, oldest first; may be read from any thread."""

    def __init__(self) -> None:
        self._rows: dict[str, RunRow] = {}

    @property
    def running(self) -> str:
        """The id of the run that is under way; empty where there is none."""
        return next((row.id for row in self.as_list() if row.status == "running"), "")

    def as_list(self) -> list[RunRow]:
        """All that are kept."""
        return list(self._rows.values())

    def add(self, event: Event, cell: str) -> bool:
        """Take an event in; returns whether it changed what a row says."""
        match event:
            case RunStarted():
                self._start(event, cell)
            case StepStarted():
                self._change(steps=event.step)
            case Answered():
                self._change(status="answered", elapsed_s=event.elapsed_s)
            case RunFailed():
                self._change(status="failed", elapsed_s=event.elapsed_s)
            case RunStopped():
                self._change(status="stopped", elapsed_s=event.elapsed_s)
            case _:
                return False
        return True

    def end(self) -> bool:
        """The cell has ended, and with it a run that could not say so; returns whether there was one."""
        is_running = bool(self.running)
        self._change(status="stopped")
        return is_running

    def _start(self, event: RunStarted, cell: str) -> None:
        question = " ".join(event.question[: 2 * _MAX_QUESTION].split())
        shown = question if len(question) <= _MAX_QUESTION else question[: _MAX_QUESTION - 1] + "…"
        self._rows[event.run_id] = RunRow(event.run_id, shown, event.model, "running", 0, 0.0, cell)
        if len(self._rows) > _MAX_RUNS:
            del self._rows[next(iter(self._rows))]

    def _change(self, **changes: Any) -> None:
        running = self.running
        if running:
            self._rows[running] = replace(self._rows[running], **changes)


def state_of(session: Session | None, runs: RunRows) -> dict[str, Any]:
    """A ``LabState`` of labextension/src/lab/linkMessages.ts."""
    return {
        "runs": [asdict(row) for row in runs.as_list()],
        "running": runs.running,
        "connections": [] if session is None else _connections(session),
        "model": _model(None if session is None else session.config),
    }


def _connections(session: Session) -> list[dict[str, Any]]:
    # The kernel may open or close one meanwhile, on its own thread.
    opened = [(name, session.connections.get(name)) for name in list(session.connections)]
    return [
        {
            "name": name,
            "dialect": one.dialect,
            "current": name == session.current,
            "read_only": one.read_only,
            "tables": known_count(one),
            "privacy": session.settings_of(name).privacy,
            "crawl": _crawl(one),
        }
        for name, one in opened
        if one is not None
    ]


def _crawl(connection: Connection) -> dict[str, Any] | None:
    """How far the reading of its catalog is; None where none goes on."""
    reading = reading_of(connection)
    if reading is None or reading.has_ended:
        return None
    told = reading.progress
    return {"stage": told.stage, "done": told.done, "total": told.total} if told else dict(_BEGUN)


def _model(config: Config | None) -> dict[str, str]:
    try:
        config = config or load_config()
        choice = choose(config.model, config.providers)
    except RasgoError as error:
        return {"name": "", "note": str(error)}
    return {"name": choice.name, "note": choice.note}
