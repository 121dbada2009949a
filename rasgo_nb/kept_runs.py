"""The runs of this kernel that one can come back to: to promote them, or to go on from one of their steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rasgo_nb.agent.run_log import RunLog
from rasgo_nb.errors import UnknownName

if TYPE_CHECKING:
    from rasgo_nb.agent.events import RunStarted
    from rasgo_nb.conversation import Conversation, Turn

MOST_RUNS = 50


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that has ended, its turn, and the conversation that it was in."""

    started: RunStarted
    conversation: Conversation
    turn: Turn

    @property
    def log(self) -> RunLog:
        """All its steps, those included that it went on from."""
        assert self.turn.run is not None
        return RunLog(self.started, list(self.turn.run.steps))


class KeptRuns:
    """By id; the oldest is forgotten when there are too many.

    The journal of the namespace holds the steps of the last run, and those that it shares with runs that it
    branched from: of each run, those before ``reach``.
    """

    def __init__(self) -> None:
        self._runs: dict[str, KeptRun] = {}
        self._reach: dict[str, float] = {}
        self._last = ""

    def keep(self, run: KeptRun) -> None:
        """Remember a run, which is the last one now."""
        self._last = run.started.run_id
        self._runs.pop(self._last, None)
        self._runs[self._last] = run
        while len(self._runs) > MOST_RUNS:
            del self._runs[next(iter(self._runs))]

    def find(self, run_id: str = "") -> KeptRun:
        """The run with that id, or the last one.

        Raises
        ------
        UnknownName
            where it was made in another kernel, or is forgotten.
        """
        run = self._runs.get(run_id or self._last)
        if run is not None:
            return run
        if not run_id:
            raise UnknownName("There is no run yet. Ask a question with `%%ask`.")
        raise UnknownName(
            f"This kernel knows of no run {run_id!r}: another one made it, or it was long ago. "
            "Run its `%%ask` cell again."
        )

    def has(self, run_id: str) -> bool:
        """Whether the run is known."""
        return run_id in self._runs

    def made(self) -> dict[int, object]:
        """All that the known runs bound names to, by id."""
        return {id(value): value for run in self._runs.values() for value in run.turn.bound.values()}

    def began(self, run_id: str) -> None:
        """A run goes on with the journal."""
        self._reach[run_id] = math.inf

    def forget_reach(self) -> None:
        """The journal was begun anew."""
        self._reach.clear()

    def went_back(self, step: int) -> None:
        """The journal holds nothing from that step on."""
        self._reach = {run_id: min(reach, step) for run_id, reach in self._reach.items()}

    def reaches(self, run_id: str, step: int) -> bool:
        """Whether the journal can put the namespace back to before that step of the run."""
        return step <= self._reach.get(run_id, -1)
