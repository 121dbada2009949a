"""What pages ask about what models saw, and of an answer as a case of a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rasgo_nb.errors import RasgoError
from rasgo_nb.widgets.asked import asked_number, not_understood, there
from rasgo_nb.widgets.saw_state import saw_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from rasgo_nb.agent.run_log import RunLog
    from rasgo_nb.widgets.callbacks import Callbacks
    from rasgo_nb.widgets.safe import State

_MAX_WITHOUT = 500  # items


class TraceRequests:
    """Answers the pages of one run; ``report_eval`` is told what the case of its answer is called."""

    def __init__(self, log: RunLog, callbacks: Callbacks, report_eval: Callable[[str], None]) -> None:
        self._log, self._callbacks, self._report_eval = log, callbacks, report_eval

    def works(self) -> dict[str, Callable[[State], object]]:
        """What answers each request, by name."""
        return {"saw": self._saw, "again": self._again, "save_eval": self._save_eval}

    def _saw(self, ask: State) -> object:
        return saw_state(self._log, asked_number(ask, "step"))

    def _again(self, ask: State) -> object:
        without = ask.get("without")
        if not isinstance(without, list) or not all(isinstance(item, str) for item in without):
            raise not_understood("without")
        if not 0 < len(without) <= _MAX_WITHOUT:
            raise RasgoError(f"Tick at least one item, at most {_MAX_WITHOUT}.")
        return there(self._callbacks.again)(self._log, asked_number(ask, "step"), without)

    def _save_eval(self, _ask: State) -> object:
        name = there(self._callbacks.save_eval)(self._log)
        self._report_eval(name)
        return {"eval": name}
